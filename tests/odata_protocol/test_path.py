"""Resource paths: text to segments."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from odata_protocol.errors import SyntaxProblem
from odata_protocol.path import parse_path
from odata_protocol.syntax import Alias, EnumLiteral, JsonLiteral, Key, Literal, ResourcePath, Segment

TEXT = "00000000-0000-0000-0000-00000000000A"
GUID = Literal(UUID(TEXT), "Edm.Guid")


def string(value: str) -> Literal:
    return Literal(value, "Edm.String")


def keyed(name: str, *values: tuple[str, Any]) -> Segment:
    return Segment(name, Key(values))


@pytest.mark.parametrize(
    ("text", "segments"),
    [
        ("", []),
        ("/", []),
        ("accounts", [Segment("accounts")]),
        ("/accounts", [Segment("accounts")]),
        ("accounts/", [Segment("accounts")]),
        (f"accounts({TEXT})", [keyed("accounts", ("", GUID))]),
        (f"accounts%28{TEXT}%29", [keyed("accounts", ("", GUID))]),
        (f"accounts( {TEXT} )", [keyed("accounts", ("", GUID))]),
        (f"accounts(accountid={TEXT})", [keyed("accounts", ("accountid", GUID))]),
        (f"contacts(_parent_value={TEXT})", [keyed("contacts", ("_parent_value", GUID))]),
        ("accounts(accountnumber='A-1')", [keyed("accounts", ("accountnumber", string("A-1")))]),
        ("accounts(n='O''Neil')", [keyed("accounts", ("n", string("O'Neil")))]),
        ("accounts(n=%27O%27%27Neil%27)", [keyed("accounts", ("n", string("O'Neil")))]),
        ("accounts(n='a%2Fb')", [keyed("accounts", ("n", string("a/b")))]),
        ("accounts(n='a/b')/x", [keyed("accounts", ("n", string("a/b"))), Segment("x")]),
        ("accounts(n='),(')", [keyed("accounts", ("n", string("),(")))]),
        ("accounts(n='100%25')", [keyed("accounts", ("n", string("100%")))]),
        ("accounts(n='100%2527')", [keyed("accounts", ("n", string("100%27")))]),
        ("accounts(n='a+b')", [keyed("accounts", ("n", string("a+b")))]),
        ("accounts(n='%C3%A4')", [keyed("accounts", ("n", string("ä")))]),
        ("contacts(a='J',b=5)", [keyed("contacts", ("a", string("J")), ("b", Literal(5, "Edm.Int32")))]),
        ("contacts(a='J', b=@b)", [keyed("contacts", ("a", string("J")), ("b", Alias("b")))]),
        ("accounts(@id)", [keyed("accounts", ("", Alias("id")))]),
        (
            "accounts(1)/nav(2)/name",
            [
                keyed("accounts", ("", Literal(1, "Edm.Int32"))),
                keyed("nav", ("", Literal(2, "Edm.Int32"))),
                Segment("name"),
            ],
        ),
        ("accounts/$count", [Segment("accounts"), Segment("$count")]),
        ("accounts/%24count", [Segment("accounts"), Segment("$count")]),
        ("a/b/$ref", [Segment("a"), Segment("b"), Segment("$ref")]),
        ("a/b/$value", [Segment("a"), Segment("b"), Segment("$value")]),
        ("$metadata", [Segment("$metadata")]),
        ("$batch", [Segment("$batch")]),
        ("$1/nav/$ref", [Segment("$1"), Segment("nav"), Segment("$ref")]),
        ("a/ns.Type/b", [Segment("a"), Segment("ns.Type"), Segment("b")]),
        ("WhoAmI", [Segment("WhoAmI")]),
        ("WhoAmI()", [Segment("WhoAmI", None, ())]),
        ("a/ns.F()/b", [Segment("a"), Segment("ns.F", None, ()), Segment("b")]),
        ("F(x=1)", [keyed("F", ("x", Literal(1, "Edm.Int32")))]),
        ("F(x=null)", [keyed("F", ("x", Literal(None, "Edm.Null")))]),
        ("F(x=ns.Kind'A')", [keyed("F", ("x", EnumLiteral("ns.Kind", "A")))]),
        ("F(x=['a',\"b'/\"])", [Segment("F", None, (("x", JsonLiteral(["a", "b'/"])),))]),
        ("F(x={'@odata.id':'accounts(1)'})", [Segment("F", None, (("x", JsonLiteral({"@odata.id": "accounts(1)"})),))]),
        ("F(x=1)(2)", [Segment("F", Key((("", Literal(2, "Edm.Int32")),)), (("x", Literal(1, "Edm.Int32")),))]),
        ("F()(2)", [Segment("F", Key((("", Literal(2, "Edm.Int32")),)), ())]),
        ("no such name", [Segment("no such name")]),
    ],
    ids=str,
)
def test_path(text: str, segments: list[Segment]) -> None:
    assert parse_path(text) == ResourcePath(tuple(segments))


def test_positions_count_from_the_start_of_the_text() -> None:
    first, second = parse_path("/accounts(n='a%2Fb')/nav(1)").segments
    assert (first.position, second.position) == (1, 21)
    assert second.key is not None
    assert second.key.position == 24


BAD = "Bad Request - Error in query syntax."


@pytest.mark.parametrize(
    ("text", "message", "position"),
    [
        ("accounts(", BAD, 9),
        ("accounts(1", BAD, 10),
        ("accounts(n='x)", BAD, 14),
        ("accounts(n='O'Neil')", BAD, 20),
        ("accounts(1))", BAD, 11),
        ("accounts)", BAD, 8),
        ("accounts(1)x", BAD, 11),
        ("accounts(1)(2)", BAD, 11),
        ("accounts(a=1)(2)(3)", BAD, 16),
        ("accounts(name)", BAD, 9),
        ("accounts(name=)", BAD, 14),
        ("accounts(a=1,a=2)", BAD, 8),
        ("accounts(1,2)", BAD, 8),
        ("accounts//x", BAD, 9),
        ("//", BAD, 1),
        ("%FF", BAD, 0),
        ("\ud800", BAD, 0),
        (".a(1)", BAD, 0),
        ("a/$metadata", BAD, 2),
        ("$count", BAD, 0),
        ("$metadata/a", BAD, 10),
        ("accounts(a=1;b=2)", "')' or ',' expected at position 4 in '(a=1;b=2)'.", 12),
        ("accounts(5531d)", "')' or ',' expected at position 1 in '(5531d)'.", 9),
        ("accounts(1 2)", "')' or ',' expected at position 3 in '(1 2)'.", 11),
        ("x/$count/y", "The request URI is not valid. The segment '$count' must be the last segment in the URI.", 9),
        ("F(a=['O'Neil'])", BAD, 15),
    ],
    ids=str,
)
def test_refused_path(text: str, message: str, position: int) -> None:
    with pytest.raises(SyntaxProblem) as caught:
        parse_path(text)
    assert (caught.value.message, caught.value.position) == (message, position)
    assert caught.value.text == text
