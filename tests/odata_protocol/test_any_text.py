"""Whatever a client sends: a tree or a SyntaxProblem, never another exception."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from odata_protocol.errors import SyntaxProblem
from odata_protocol.expressions import parse_compute, parse_filter, parse_orderby
from odata_protocol.headers import accepts, parse_entity_tags, parse_media_type, parse_prefer
from odata_protocol.literals import parse_literal, read_value
from odata_protocol.options import parse_apply, parse_expand, parse_select
from odata_protocol.path import parse_path
from odata_protocol.payload import read_entity, read_json
from odata_protocol.search import parse_search
from odata_protocol.url import parse_url, split_query

WORDS = r"""
name a.b.C contact/fullname $it $root $count $select= $filter= $expand= $top= $ref $value @p @p= any all x: eq ne has in
add mul and or not asc desc as with sum from null true NaN INF -INF 1 -1.5 1e400 99999999999999999999 2024-01-01
2024-13-45 2024-01-01T00:00:00Z 9999-12-31T23:59:59-14:00 12:30 duration'PT1S' binary'x' geography'y' a.B'C' 'x' ' ''
00000000-0000-0000-0000-000000000001 " [ ] { } [1,2] {'a':1} ( ) () , ; / // = : * - -- & + % %2F %27 %zz %ff ? # ä
groupby( aggregate( filter( identity AND OR NOT
"""
PIECES = st.sampled_from([*WORDS.split(), "\ud800", "\x00", "\t"])
TEXT = st.one_of(st.text(), st.lists(st.one_of(PIECES, st.just(" "), st.text(max_size=3)), max_size=25).map("".join))
PARSERS: list[Callable[[str], object]] = [
    parse_filter,
    parse_orderby,
    parse_compute,
    parse_select,
    parse_expand,
    parse_apply,
    parse_search,
    parse_path,
    parse_literal,
    parse_entity_tags,
    parse_media_type,
    split_query,
    lambda text: parse_url("accounts", text),
    lambda text: parse_url(text, text),
]


def survives(parser: Callable[[str], object], text: str) -> None:
    refused = None
    try:
        parser(text)
    except SyntaxProblem as problem:
        refused = problem
    if refused is not None:
        assert refused.message
        assert 0 <= refused.position <= len(refused.text)


@settings(max_examples=400, deadline=None)
@given(TEXT)
def test_parsers_raise_syntax_problems_only(text: str) -> None:
    for parser in PARSERS:
        survives(parser, text)


@settings(max_examples=200, deadline=None)
@given(TEXT)
def test_headers_that_never_raise(text: str) -> None:
    found = parse_prefer([text, text])
    found.applied("return", "odata.include-annotations")
    if found.include_annotations is not None:
        found.include_annotations.matches(text)
    accepts(text, "application/json")


@settings(max_examples=200, deadline=None)
@given(TEXT, st.sampled_from(["Edm.Int32", "Edm.Decimal", "Edm.Double", "Edm.DateTimeOffset", "Edm.Duration", "x.Y"]))
def test_values_of_bodies(text: str, type_: str) -> None:
    survives(lambda body: read_value(body, type_), text)


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.binary(), TEXT.map(lambda text: text.encode("utf-8", "surrogatepass"))))
def test_bodies_raise_syntax_problems_only(body: bytes) -> None:
    try:
        value = read_json(body)
    except SyntaxProblem:
        return
    if isinstance(value, dict):
        read_entity(value)


DEEP = 20_000


@pytest.mark.parametrize(
    ("parser", "text"),
    [
        (parse_filter, "(" * DEEP),
        (parse_filter, "(" * DEEP + "a" + ")" * DEEP),
        (parse_filter, "not " * DEEP + "a"),
        (parse_filter, "-" * DEEP + "a"),
        (parse_filter, "f(" * DEEP),
        (parse_filter, "a/any(x:" * DEEP),
        (parse_filter, "a/f()" + "/f()" * DEEP),
        (parse_filter, "a" + " add 1" * DEEP),
        (parse_filter, "a" + " eq 1" * DEEP),
        (parse_filter, "(" * 95 + "a" + " mul 1 add 1 lt 1 eq 1 and 1 or 1)" * 95),
        (parse_filter, "a in " + "[" * DEEP),
        (parse_filter, "a in " + '{"a":' * DEEP),
        (parse_orderby, "(" * DEEP),
        (parse_apply, "groupby((a)," * DEEP),
        (parse_search, "(" * DEEP),
        (parse_search, "NOT " * DEEP),
        (parse_expand, "a($expand=" * 3000 + "b" + ")" * 3000),
        (parse_select, "a($select=" * 3000 + "b" + ")" * 3000),
        (parse_path, "a(" * DEEP),
        (parse_path, "a(" + "[" * DEEP + ")"),
    ],
    ids=lambda value: value[:20] if isinstance(value, str) else "",
)
def test_deep_nesting_is_refused(parser: Callable[[str], object], text: str) -> None:
    with pytest.raises(SyntaxProblem):
        parser(text)


@pytest.mark.parametrize(
    "body",
    [b"[" * 200_000, b'{"a":' * 5_000, b"[" * 101 + b"]" * 101, b"[" * 900 + b"]" * 900],
    ids=["arrays", "objects", "101", "900"],
)
def test_deep_bodies_are_refused(body: bytes) -> None:
    with pytest.raises(SyntaxProblem):
        read_json(body)
