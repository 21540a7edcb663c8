"""JSON bodies."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from odata_protocol.errors import SyntaxProblem
from odata_protocol.payload import EntityPayload, read_entity, read_json


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b"{}", {}),
        (b" [1, 2.5, -3e2, true, null] ", [1, 2.5, -300.0, True, None]),
        (b'\xef\xbb\xbf{"a":"\xc3\xa4"}', {"a": "ä"}),
        (b'"\\ud83d\\ude00"', "😀"),
        (b'{"a":{"a":1},"b":[{"a":1}]}', {"a": {"a": 1}, "b": [{"a": 1}]}),
        (b"9223372036854775808", 2**63),
        (b"1e-400", 0.0),
        (b"[" * 100 + b"]" * 100, None),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_json(body: bytes, value: Any) -> None:
    found = read_json(body)
    assert value is None or found == value


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "An unexpected 'EndOfInput' node was found when reading from the JSON reader."),
        (b" \r\n", "An unexpected 'EndOfInput' node was found"),
        (b"\xef\xbb\xbf", "An unexpected 'EndOfInput' node was found"),
        (b'{"a":1,"a":2}', "Multiple properties with the name 'a' were detected in a resource."),
        (b'{"a":1 "b":2}', "Invalid JSON. A comma character ',' was expected"),
        (b'{"a" 1}', "Invalid JSON. A colon character ':' is expected"),
        (b"{a:1}", "Invalid JSON. A property name"),
        (b"{'a':1}", "Invalid JSON. A property name"),
        (b'{"a":1,}', "Invalid JSON. "),
        (b'{"a":', "Invalid JSON. An unexpected token"),
        (b'{"a":"x', "Invalid JSON. Unexpected end of input"),
        (b'{"a":"\n"}', "Invalid JSON. A control character"),
        (b'"\\q"', "Invalid JSON. An unrecognized escape sequence"),
        (b"{} {}", "Invalid JSON. More than one value"),
        (b"NaN", "Invalid JSON. The token 'NaN' is not recognized."),
        (b"[-Infinity]", "Invalid JSON. The token '-Infinity' is not recognized."),
        (b"1e999", "Invalid JSON. The number '1e999' is outside the supported range."),
        (b"9" * 5000, "Invalid JSON. The number '99999999999999999999...' is outside the supported range."),
        (b'"\xff"', "Invalid JSON. The content is not valid UTF-8."),
        (b'"\xed\xa0\x80"', "Invalid JSON. The content is not valid UTF-8."),
        (b'{"a":"\\ud800"}', "Invalid JSON. An unpaired surrogate"),
        (b'{"\\udc00":1}', "Invalid JSON. An unpaired surrogate"),
        (b"\x00", "Invalid JSON."),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_refused_json(body: bytes, message: str) -> None:
    with pytest.raises(SyntaxProblem) as caught:
        read_json(body)
    assert caught.value.message.startswith(message)


def test_decimals_keep_their_digits() -> None:
    assert read_json(b"[922337203685477.5807]", decimals=True) == [Decimal("922337203685477.5807")]
    with pytest.raises(SyntaxProblem):
        read_json(b"1e1000000", decimals=True)


def test_numbers_of_many_digits_do_not_hang() -> None:
    assert read_json(b"0." + b"1" * 100_000) == pytest.approx(1 / 9)
    with pytest.raises(SyntaxProblem):
        read_json(b"1" * 1_000_000)


def test_entity() -> None:
    found = read_entity(
        {
            "@odata.type": "#Microsoft.Dynamics.CRM.account",
            "@odata.id": "accounts(1)",
            "@odata.etag": 'W/"1"',
            "@odata.context": "x",
            "name": "A",
            "revenue@OData.Community.Display.V1.FormattedValue": "$1",
            "revenue@odata.type": "#Decimal",
            "revenue": 1,
            "primarycontactid@odata.bind": "/contacts(1)",
            "parentaccountid@odata.bind": None,
            "Account_Tasks@odata.bind": ["/tasks(1)"],
            "account_tasks": [{"subject": "x", "@odata.type": "y"}],
        }
    )
    assert found == EntityPayload(
        properties={"name": "A", "revenue": 1, "account_tasks": [{"subject": "x", "@odata.type": "y"}]},
        binds={"primarycontactid": "/contacts(1)", "parentaccountid": None, "Account_Tasks": ["/tasks(1)"]},
        property_annotations={"revenue": {"OData.Community.Display.V1.FormattedValue": "$1", "odata.type": "#Decimal"}},
        type="Microsoft.Dynamics.CRM.account",
        id="accounts(1)",
        annotations={"odata.etag": 'W/"1"', "odata.context": "x"},
    )


def test_plain_entity() -> None:
    assert read_entity({"a": 1}) == EntityPayload({"a": 1})


@pytest.mark.parametrize("name", ["@odata.type", "@odata.id"])
def test_annotations_of_the_wrong_kind(name: str) -> None:
    with pytest.raises(SyntaxProblem):
        read_entity({name: 5})
    assert read_entity({name: None}) == EntityPayload({})
