"""Raw URLs: decoding and the parts together."""

from __future__ import annotations

import pytest

from odata_protocol.errors import SyntaxProblem
from odata_protocol.expressions import parse_filter
from odata_protocol.syntax import Literal, QueryOptions, SelectItem
from odata_protocol.url import parse_url, split_query


@pytest.mark.parametrize(
    ("query", "pairs"),
    [
        ("", []),
        ("?", []),
        ("&&", []),
        ("?a=1", [("a", "1")]),
        ("a=1&?", [("a", "1")]),
        ("a", [("a", "")]),
        ("a=b=c", [("a", "b=c")]),
        ("%24select=a%2Cb", [("$select", "a,b")]),
        ("$filter=name+eq+'a%2Bb'", [("$filter", "name eq 'a+b'")]),
        ("q=%C3%A4%E2%82%AC", [("q", "ä€")]),
        ("q=ä", [("q", "ä")]),
        ("q=a%26b", [("q", "a&b")]),
        ("q=100%", [("q", "100%")]),
        ("q=x?", [("q", "x?")]),
    ],
)
def test_query(query: str, pairs: list[tuple[str, str]]) -> None:
    assert split_query(query) == pairs


@pytest.mark.parametrize("query", ["q=%FF", "q=%C3", "%ED%A0%80=1", "q=\udc80"])
def test_text_that_is_not_utf8_is_refused(query: str) -> None:
    with pytest.raises(SyntaxProblem):
        split_query(query)


def test_url() -> None:
    url = parse_url("/accounts/", "%24select=name&$filter=contains(name,@p)&@p=%27x%27&@q&tag=1")
    assert [segment.name for segment in url.path.segments] == ["accounts"]
    assert url.options == QueryOptions(select=(SelectItem(("name",)),), filter=parse_filter("contains(name,@p)"))
    assert url.aliases == (("p", Literal("x", "Edm.String")), ("q", Literal(None, "Edm.Null")))
    assert url.custom == (("tag", "1"),)


def test_entity_by_its_identifier() -> None:
    assert parse_url("$entity", "$id=accounts(1)").custom == (("$id", "accounts(1)"),)
    assert parse_url("$entity/ns.account", "$id=accounts(1)&$select=name").options.select


@pytest.mark.parametrize("query", ["", "$format=json", "$id=accounts(1)&$select=name"])
def test_entity_without_identifier_or_type(query: str) -> None:
    with pytest.raises(SyntaxProblem):
        parse_url("$entity", query)
