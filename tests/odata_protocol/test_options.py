"""Query options: names and values to a tree."""

from __future__ import annotations

from typing import Any

import pytest

from odata_protocol.errors import SyntaxProblem
from odata_protocol.expressions import parse_filter
from odata_protocol.options import parse_apply, parse_expand, parse_options, parse_select
from odata_protocol.search import parse_search
from odata_protocol.syntax import (
    AggregateItem,
    AggregateStep,
    Alias,
    ExpandForm,
    ExpandItem,
    FilterStep,
    GroupByStep,
    JsonLiteral,
    Literal,
    NamedStep,
    OrderItem,
    Path,
    QueryOptions,
    SearchOperation,
    SearchTerm,
    SelectItem,
)

A, B = Path(("a",)), Path(("b",))


def read(**options: str) -> QueryOptions:
    return parse_options([("$" + name, value) for name, value in options.items()])[0]


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ("", []),
        ("  ", []),
        ("*", ["*"]),
        ("name", ["name"]),
        ("name, revenue ,_ownerid_value", ["name", "revenue", "_ownerid_value"]),
        ("a/b,ns.T/c", ["a/b", "ns.T/c"]),
        ("ns.*,a", ["ns.*", "a"]),
        ("ns.Action,ns.Function(x,y)", ["ns.Action", "ns.Function(x,y)"]),
        ("@ns.Term", ["@ns.Term"]),
        ("not,eq", ["not", "eq"]),
    ],
)
def test_select(text: str, paths: list[str]) -> None:
    assert parse_select(text) == tuple(SelectItem(tuple(path.split("/"))) for path in paths)


def test_select_with_options_and_positions() -> None:
    items = parse_select("a, b($top=2)")
    assert items == (SelectItem(("a",)), SelectItem(("b",), QueryOptions(top=2)))
    assert [item.position for item in items] == [0, 3]
    assert [item.position for item in parse_select("a, b,c")] == [0, 3, 5]


@pytest.mark.parametrize(
    ("text", "position"),
    [("a,,b", 2), ("a b", 2), ("a;b", 1), ("/a", 0), ("a/", 2), ("a,b c", 4), (",", 0), ("a(", 2), ("1", 0)],
)
def test_refused_select(text: str, position: int) -> None:
    with pytest.raises(SyntaxProblem) as caught:
        parse_select(text)
    assert caught.value.position == position


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("", []),
        ("a", [ExpandItem(("a",))]),
        ("a,b", [ExpandItem(("a",)), ExpandItem(("b",))]),
        ("*", [ExpandItem(("*",))]),
        ("a/ns.T/b", [ExpandItem(("a", "ns.T", "b"))]),
        ("a/$ref,b/$count", [ExpandItem(("a",), ExpandForm.REFERENCES), ExpandItem(("b",), ExpandForm.COUNT)]),
        ("a/$ref($top=1)", [ExpandItem(("a",), ExpandForm.REFERENCES, QueryOptions(top=1))]),
        (
            "a($levels=max),b($levels=2)",
            [
                ExpandItem(("a",), options=QueryOptions(levels="max")),
                ExpandItem(("b",), options=QueryOptions(levels=2)),
            ],
        ),
        (
            "a($select=x,y;$filter=b eq ');(';$orderby=b desc;$top=5),c",
            [
                ExpandItem(
                    ("a",),
                    options=QueryOptions(
                        select=(SelectItem(("x",)), SelectItem(("y",))),
                        filter=parse_filter("b eq ');('"),
                        orderby=(OrderItem(B, True),),
                        top=5,
                    ),
                ),
                ExpandItem(("c",)),
            ],
        ),
        (
            "a( $expand=b($expand=c($select=d)); $select=e )",
            [
                ExpandItem(
                    ("a",),
                    options=QueryOptions(
                        expand=(
                            ExpandItem(
                                ("b",),
                                options=QueryOptions(
                                    expand=(ExpandItem(("c",), options=QueryOptions(select=(SelectItem(("d",)),))),)
                                ),
                            ),
                        ),
                        select=(SelectItem(("e",)),),
                    ),
                )
            ],
        ),
    ],
    ids=str,
)
def test_expand(text: str, items: list[ExpandItem]) -> None:
    assert parse_expand(text) == tuple(items)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a()", "Expression expected at position 0 in ''."),
        ("a($select=x", "')' or ',' expected at position 11 in 'a($select=x'."),
        ("a($select=x))", "Syntax error at position 12 in 'a($select=x))'."),
        ("a($select=x)b", "Syntax error at position 13 in 'a($select=x)b'."),
        ("a($filter=x eq 'y)", "There is an unterminated literal at position 18"),
        ("a($top=1;$top=2)", "Query option '$top' was specified more than once"),
        ("a(x=1)", "Term 'x' is not valid in a $select or $expand expression."),
        ("a($skiptoken=1)", "Term '$skiptoken' is not valid in a $select or $expand expression."),
        ("a($top)", "Term '$top' is not valid in a $select or $expand expression."),
        ("a/$ref($select=x)", "Term '$select' is not valid in a $select or $expand expression."),
        ("a/$count($count=true)", "Term '$count' is not valid in a $select or $expand expression."),
        ("a($top=-1)", "Invalid value '-1' for $top query option found."),
        ("a,,b", "Syntax error at position 2 in 'a,,b'."),
        ("a(1)($top=1)", "Syntax error at position 1 in '1)($top=1'."),
    ],
)
def test_refused_expand(text: str, message: str) -> None:
    with pytest.raises(SyntaxProblem) as caught:
        parse_expand(text)
    assert caught.value.message.startswith(message)


def test_all_options_at_once() -> None:
    pairs = [
        ("$select", "a"),
        ("$expand", "b"),
        ("$filter", "a"),
        ("$orderby", "a"),
        ("$top", "3"),
        ("$skip", "4"),
        ("$count", "true"),
        ("$search", "x"),
        ("$apply", "identity"),
        ("$compute", "a as c"),
        ("$skiptoken", "<cookie pagenumber='2' />"),
        ("$deltatoken", "1!2"),
        ("$format", "application/json"),
        ("$levels", "2"),
    ]
    options, aliases, custom = parse_options(pairs)
    assert options.present == tuple(name for name, _ in pairs)
    assert all(getattr(options, name[1:]) is not None for name, _ in pairs)
    assert (options.top, options.skip, options.count, options.levels) == (3, 4, True, 2)
    assert options.skiptoken == "<cookie pagenumber='2' />"
    assert (aliases, custom) == ({}, ())


def test_no_options() -> None:
    assert parse_options([]) == (QueryOptions(), {}, ())


def test_empty_select_is_not_an_absent_one() -> None:
    assert read(select="").select == ()
    assert read().select is None


def test_aliases_and_other_parameters_are_kept_apart() -> None:
    options, aliases, custom = parse_options(
        [
            ("@p1", "'x'"),
            ("Tag", "1"),
            ("@p2", ""),
            ("@p3", "revenue"),
            ("$filter", "a eq @p1"),
            ("fetchXml", "<fetch/>"),
            ("@p4", "{'@odata.id':'accounts(1)'}"),
            ("$id", "accounts(1)"),
            ("@p5", "@p1"),
        ]
    )
    assert options.present == ("$filter",)
    assert aliases == {
        "p1": Literal("x", "Edm.String"),
        "p2": Literal(None, "Edm.Null"),
        "p3": Path(("revenue",)),
        "p4": JsonLiteral({"@odata.id": "accounts(1)"}),
        "p5": Alias("p1"),
    }
    assert custom == (("Tag", "1"), ("fetchXml", "<fetch/>"), ("$id", "accounts(1)"))


def test_blanks_around_names_do_not_hide_an_option() -> None:
    assert parse_options([(" $top ", " 2 ")])[0].top == 2


@pytest.mark.parametrize(
    ("pairs", "message"),
    [
        ([("$foo", "1")], "The query parameter $foo is not supported"),
        ([("$Select", "a")], "The query parameter $Select is not supported"),
        ([("$", "a")], "The query parameter $ is not supported"),
        ([("$top", "1"), ("$top", "1")], "Query option '$top' was specified more than once"),
        ([("@p", "1"), ("@p", "1")], "Parameter alias '@p' was specified more than once."),
        ([("@p", "'x")], "There is an unterminated literal at position 2 in ''x'."),
        ([("$count", "yes")], "Invalid value 'yes' for $count query option found."),
        ([("$count", "")], "Invalid value '' for $count query option found."),
        ([("$filter", "")], "Expression expected at position 0 in ''."),
        ([("$format", "a/b/c")], "Invalid value 'a/b/c' for $format query option found."),
        ([("$levels", "0")], "Invalid value '0' for $levels query option found."),
        ([("$skiptoken", "")], "Invalid value '' for $skiptoken query option found."),
    ],
)
def test_refused_options(pairs: list[tuple[str, str]], message: str) -> None:
    with pytest.raises(SyntaxProblem) as caught:
        parse_options(pairs)
    assert caught.value.message.startswith(message)


@pytest.mark.parametrize("name", ["$top", "$skip"])
@pytest.mark.parametrize("value", ["-1", "x", "", "1.5", "+1", "٣", "9" * 30])
def test_counts_must_be_whole_numbers(name: str, value: str) -> None:
    with pytest.raises(SyntaxProblem) as caught:
        parse_options([(name, value)])
    assert caught.value.message == (
        f"Invalid value '{value}' for {name} query option found."
        f" The {name} query option requires a non-negative integer value."
    )


def total(method: str, alias: str, expression: Any = A) -> AggregateItem:
    return AggregateItem(expression, method, alias)


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("identity", [NamedStep("identity")]),
        ("filter(a)", [FilterStep(A)]),
        ("aggregate(a with sum as n)", [AggregateStep((total("sum", "n"),))]),
        ("aggregate($count as n, a with max as m)", [AggregateStep((total("$count", "n", None), total("max", "m")))]),
        ("aggregate(a/$count as n)", [AggregateStep((total("$count", "n"),))]),
        (
            "aggregate(a mul b with ns.median as n)",
            [AggregateStep((total("ns.median", "n", parse_filter("a mul b")),))],
        ),
        ("aggregate(a)", [AggregateStep((total("", ""),))]),
        (
            "aggregate(a with sum from b with average as n)",
            [AggregateStep((AggregateItem(A, "sum", "n", ((B, "average"),)),))],
        ),
        ("groupby((a))", [GroupByStep((A,))]),
        ("groupby((a, p/q))", [GroupByStep((A, Path(("p", "q"))))]),
        ("groupby((rollup(a,b),p))", [GroupByStep((Path(("p",)),), (), ((A, B),))]),
        ("groupby((rollup($all,b)))", [GroupByStep((), (), ((None, B),))]),
        (
            "filter(a)/groupby((b),aggregate($count as n))",
            [FilterStep(A), GroupByStep((B,), (AggregateStep((total("$count", "n", None),)),))],
        ),
        ("topcount(5, a)/skip(1)", [NamedStep("topcount", ("5", "a")), NamedStep("skip", ("1",))]),
        ("concat(identity,filter(a eq ','))", [NamedStep("concat", ("identity", "filter(a eq ',')"))]),
        ("ns.Custom()", [NamedStep("ns.Custom")]),
    ],
    ids=str,
)
def test_apply(text: str, steps: list[Any]) -> None:
    assert parse_apply(text) == tuple(steps)


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("", 0),
        ("filter()", 7),
        ("filter(a", 8),
        ("sum(a)", 0),
        ("groupby()", 8),
        ("groupby(())", 9),
        ("groupby(a)", 8),
        ("groupby((a/b()))", 9),
        ("aggregate($count)", 16),
        ("aggregate(a with sum)", 20),
        ("aggregate(a with total as n)", 17),
        ("aggregate(a sum as n)", 12),
        ("aggregate(a with sum as)", 23),
        ("identity/", 9),
        ("top(1", 5),
    ],
)
def test_refused_apply(text: str, position: int) -> None:
    with pytest.raises(SyntaxProblem) as caught:
        parse_apply(text)
    assert caught.value.position == position


X, Y, Z = SearchTerm("x"), SearchTerm("y"), SearchTerm("z")


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("x", X),
        ('"x y"', SearchTerm("x y")),
        ("x y", SearchOperation("AND", (X, Y))),
        ("x AND y OR z", SearchOperation("OR", (SearchOperation("AND", (X, Y)), Z))),
        ("x (y OR z)", SearchOperation("AND", (X, SearchOperation("OR", (Y, Z))))),
        ("NOT x y", SearchOperation("AND", (SearchOperation("NOT", (X,)), Y))),
    ],
)
def test_search(text: str, tree: object) -> None:
    assert parse_search(text) == tree


@pytest.mark.parametrize("text", ["", "AND", "x OR", "(x", "x)", 'x"y', '""', "a;b", "NOT"])
def test_refused_search(text: str) -> None:
    with pytest.raises(SyntaxProblem):
        parse_search(text)
