"""``$filter``, ``$orderby`` and ``$compute``: text to tree."""

from __future__ import annotations

from decimal import Decimal
from time import perf_counter
from typing import Any
from uuid import UUID

import pytest

from odata_protocol.errors import SyntaxProblem
from odata_protocol.expressions import parse_compute, parse_filter, parse_orderby
from odata_protocol.syntax import (
    Alias,
    And,
    Arithmetic,
    ArithmeticOperator,
    Call,
    Comparison,
    ComparisonOperator,
    ComputeItem,
    CountPath,
    EnumLiteral,
    Expression,
    InList,
    JsonLiteral,
    Lambda,
    Literal,
    Negate,
    Not,
    Or,
    OrderItem,
    Path,
)

ID = "00000000-0000-0000-0000-000000000001"


def path(text: str) -> Path:
    return Path(tuple(text.split("/")))


def string(value: str) -> Literal:
    return Literal(value, "Edm.String")


def number(value: int) -> Literal:
    return Literal(value, "Edm.Int32")


def compare(operator: str, left: Expression, right: Expression) -> Comparison:
    return Comparison(ComparisonOperator[operator], left, right)


def compute(operator: str, left: Expression, right: Expression) -> Arithmetic:
    return Arithmetic(ArithmeticOperator[operator], left, right)


A, B, C, D = path("a"), path("b"), path("c"), path("d")
NAME_IS_X = compare("EQ", path("name"), string("x"))
NULL = Literal(None, "Edm.Null")


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("name eq 'x'", NAME_IS_X),
        ("  name   eq\t'x'  ", NAME_IS_X),
        ("(name eq 'x')", NAME_IS_X),
        ("((name) eq ('x'))", NAME_IS_X),
        ("name eq 'O''Neil'", compare("EQ", path("name"), string("O'Neil"))),
        ("x eq null", compare("EQ", path("x"), NULL)),
        ("null ne x", compare("NE", NULL, path("x"))),
        ("a eq true", compare("EQ", A, Literal(True, "Edm.Boolean"))),
        ("a eq True", compare("EQ", A, path("True"))),
        (f"_a_value eq {ID}", compare("EQ", path("_a_value"), Literal(UUID(ID), "Edm.Guid"))),
        ("revenue gt 10.50", compare("GT", path("revenue"), Literal(Decimal("10.50"), "Edm.Decimal"))),
        ("p/q/r le -1", compare("LE", path("p/q/r"), number(-1))),
        ("p/ns.T/r ge 1", compare("GE", path("p/ns.T/r"), number(1))),
        ("a lt @p1", compare("LT", A, Alias("p1"))),
        ("@p/b lt 1", compare("LT", path("@p/b"), number(1))),
        ("$it/a lt $root/x/b", compare("LT", path("$it/a"), path("$root/x/b"))),
        ("a has ns.Kind'X,Y'", compare("HAS", A, EnumLiteral("ns.Kind", "X,Y"))),
        ("a and b or c and d", Or((And((A, B)), And((C, D))))),
        ("a or b and c or d", Or((A, And((B, C)), D))),
        ("(a or b) and c", And((Or((A, B)), C))),
        ("((a and b) and (c)) and d", And((A, B, C, D))),
        ("a or (b or (c or d))", Or((A, B, C, D))),
        ("not a and b", And((Not(A), B))),
        ("not (a and b)", Not(And((A, B)))),
        ("not not a", Not(Not(A))),
        ("not contains(a,'x')", Not(Call("contains", (A, string("x"))))),
        ("not a eq b", compare("EQ", Not(A), B)),
        ("a eq b gt c", compare("EQ", A, compare("GT", B, C))),
        ("a add b mul c eq d", compare("EQ", compute("ADD", A, compute("MUL", B, C)), D)),
        ("a sub b sub c", compute("SUB", compute("SUB", A, B), C)),
        ("a sub -5", compute("SUB", A, number(-5))),
        ("-a mul b", compute("MUL", Negate(A), B)),
        ("- 5", Negate(number(5))),
        ("-INF", Literal(float("-inf"), "Edm.Double")),
        ("a divby 2 mod 3", compute("MOD", compute("DIVBY", A, number(2)), number(3))),
        ("startswith(name, 'x')", Call("startswith", (path("name"), string("x")))),
        ("contains( name , 'a(b' )", Call("contains", (path("name"), string("a(b")))),
        ("now()", Call("now")),
        ("geo.length(a)", Call("geo.length", (A,))),
        ("ns.F(X=1,Y=@p)", Call("ns.F", (), (("X", number(1)), ("Y", Alias("p"))))),
        ("ns.F(X=1 add 2)", Call("ns.F", (), (("X", compute("ADD", number(1), number(2))),))),
        ("p/ns.F()/q", Call("ns.F", of=path("p"), rest=path("q"))),
        ("F()/G()", Call("G", of=Call("F"))),
        ("F()/q/G()/$count", Call("G", of=Call("F", rest=path("q")), rest=path("$count"))),
        ("Items(1)/Name", Call("Items", (number(1),), rest=path("Name"))),
        (
            "Microsoft.Dynamics.CRM.In(PropertyName='name',PropertyValues=[\"a\",'b'])",
            Call(
                "Microsoft.Dynamics.CRM.In",
                (),
                (("PropertyName", string("name")), ("PropertyValues", JsonLiteral(["a", "b"]))),
            ),
        ),
        ("ns.F(T={'@odata.id':'accounts(1)'})", Call("ns.F", (), (("T", JsonLiteral({"@odata.id": "accounts(1)"})),))),
        ("ns.F(T=[])", Call("ns.F", (), (("T", JsonLiteral([])),))),
        ("tasks/any()", Lambda("any", path("tasks"), "", None)),
        ("tasks/any(t:t/a eq b)", Lambda("any", path("tasks"), "t", compare("EQ", path("t/a"), B))),
        ("p/tasks/all( t : t/a )", Lambda("all", path("p/tasks"), "t", path("t/a"))),
        ("x/any(a:a/y/any(b:b/z))", Lambda("any", path("x"), "a", Lambda("any", path("a/y"), "b", path("b/z")))),
        ("tasks/$count gt 1", compare("GT", CountPath(path("tasks")), number(1))),
        ("tasks/$count($filter=a or b) gt 1", compare("GT", CountPath(path("tasks"), Or((A, B))), number(1))),
        ("a in (1,2)", InList(A, (number(1), number(2)))),
        ("a in ()", InList(A, ())),
        ("a in ['x']", InList(A, (JsonLiteral(["x"]),), listed=False)),
        ("a in p/q", InList(A, (path("p/q"),), listed=False)),
        ("a in @p and b", And((InList(A, (Alias("p"),), listed=False), B))),
        ("a eq binary'Zg'", compare("EQ", A, Literal(b"f", "Edm.Binary"))),
        ("and eq or", compare("EQ", path("and"), path("or"))),
    ],
    ids=str,
)
def test_filter(text: str, tree: Expression) -> None:
    assert parse_filter(text) == tree


def test_positions_point_at_operators_and_operands() -> None:
    tree: Any = parse_filter("a eq 1 and  contains(b,'x')")
    assert tree.position == 7
    assert [operand.position for operand in tree.operands] == [2, 12]
    assert tree.operands[0].right.position == 5
    assert [argument.position for argument in tree.operands[1].arguments] == [21, 23]
    assert tree.operands[0].right.text == "1"


@pytest.mark.parametrize(
    ("text", "message", "position"),
    [
        ("", "Expression expected at position 0 in ''.", 0),
        ("name eq", "Expression expected at position 7 in 'name eq'.", 7),
        ("name eq 'x' and", "Expression expected at position 15 in 'name eq 'x' and'.", 15),
        ("(name eq 'x'", "')' or operator expected at position 12 in '(name eq 'x''.", 12),
        ("name eq 'x')", "Syntax error at position 11 in 'name eq 'x')'.", 11),
        ("contains(name,'x'", "')' or ',' expected at position 17 in 'contains(name,'x''.", 17),
        ("contains(name 'x')", "')' or ',' expected at position 14 in 'contains(name 'x')'.", 14),
        ("name eq 'x", "There is an unterminated literal at position 10 in 'name eq 'x'.", 10),
        ("name eq 'O'Neil'", "There is an unterminated literal at position 16 in 'name eq 'O'Neil''.", 16),
        ('name eq "x"', "Syntax error at position 8 in 'name eq \"x\"'.", 8),
        ("name eq x y", "Syntax error at position 10 in 'name eq x y'.", 10),
        ("name = 'x'", "Syntax error at position 5 in 'name = 'x''.", 5),
        ("a eq red'x'", "Syntax error at position 8 in 'a eq red'x''.", 8),
        ("a eq 5x", "Syntax error at position 5 in 'a eq 5x'.", 5),
        ("a gt 2024-02-30", "Unrecognized 'Edm.Date' literal '2024-02-30' at '5' in 'a gt 2024-02-30'.", 5),
        ("a/any(t t/b)", "Syntax error at position 8 in 'a/any(t t/b)'.", 8),
        ("a/all()", "Syntax error at position 6 in 'a/all()'.", 6),
        ("all(x:true)", "')' or ',' expected at position 5 in 'all(x:true)'.", 5),
        ("$count gt 1", "Syntax error at position 0 in '$count gt 1'.", 0),
        ("a in 1", "'(' expected at position 5 in 'a in 1'.", 5),
        ("a has null", "Syntax error at position 6 in 'a has null'.", 6),
        ("F()/any()", "A lambda over a function is not supported: 'any'.", 4),
        (
            "ns.In(V=['a' 'b'])",
            "Invalid JSON. A comma character ',' was expected in scope 'Array'. Every two elements in an array and"
            " properties of an object must be separated by commas.",
            13,
        ),
        ("ns.In(V=['O''Neil'])", "Invalid JSON. A comma character ',' was expected in scope 'Array'.", 12),
        ("ns.In(V=[1", "Invalid JSON. Unexpected end of input was found in JSON content.", 10),
        ("ns.In(V={'a':1,'a':2})", "Multiple properties with the name 'a' were detected in a resource.", 15),
        ("ns.In(V={'a' 1})", "Invalid JSON. A colon character ':' is expected after the property name 'a'", 13),
        ("ns.In(V=[1e999])", "Invalid JSON. The value '1e999' cannot be read.", 9),
        ('ns.In(V=["\\ud800"])', "Invalid JSON. The value '\"\\ud800\"' cannot be read.", 9),
    ],
    ids=str,
)
def test_refused_filter(text: str, message: str, position: int) -> None:
    with pytest.raises(SyntaxProblem) as caught:
        parse_filter(text)
    assert caught.value.message.startswith(message)
    assert caught.value.position == position


def test_long_chains_take_linear_time() -> None:
    terms = " or ".join(f"name eq 'a{number}'" for number in range(10_000))
    start = perf_counter()
    tree = parse_filter(terms)
    assert isinstance(tree, Or)
    assert len(tree.operands) == 10_000
    assert perf_counter() - start < 2


def test_hundred_levels_of_brackets_are_read() -> None:
    assert parse_filter("(" * 100 + "a" + ")" * 100) == A
    with pytest.raises(SyntaxProblem, match="Recursion depth exceeded allowed limit"):
        parse_filter("(" * 101 + "a" + ")" * 101)


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("name", [OrderItem(path("name"))]),
        (" name  asc ", [OrderItem(path("name"))]),
        ("name desc", [OrderItem(path("name"), True)]),
        ("p/name desc,a", [OrderItem(path("p/name"), True), OrderItem(A)]),
        ("name asc, a desc", [OrderItem(path("name")), OrderItem(A, True)]),
        ("@c asc", [OrderItem(Alias("c"))]),
        ("contains(a,'x') desc", [OrderItem(Call("contains", (A, string("x"))), True)]),
        ("a eq 1 desc", [OrderItem(compare("EQ", A, number(1)), True)]),
        ("null", [OrderItem(NULL)]),
    ],
    ids=str,
)
def test_orderby(text: str, items: list[OrderItem]) -> None:
    assert parse_orderby(text) == tuple(items)


@pytest.mark.parametrize(
    ("text", "position"),
    [("", 0), ("name ascending", 5), ("name DESC", 5), ("a,,b", 2), ("a,", 2), ("a desc asc", 7)],
)
def test_refused_orderby(text: str, position: int) -> None:
    with pytest.raises(SyntaxProblem) as caught:
        parse_orderby(text)
    assert caught.value.position == position


def test_compute() -> None:
    items = (ComputeItem(compute("MUL", A, number(2)), "twice"), ComputeItem(Call("year", (B,)), "y"))
    assert parse_compute("a mul 2 as twice, year(b) as y") == items
    with pytest.raises(SyntaxProblem, match="'as' expected at position 7"):
        parse_compute("a mul 2")
