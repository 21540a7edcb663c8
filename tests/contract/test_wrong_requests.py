# ruff: noqa: E501 - tables read best with one row a line
"""Wrong requests and what the service answers (contract 04 §1, §4 and §5; the ids are its rows)."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import MISSING, Api

ODATA = "0x80060888"
SEGMENT = "0x8006088a"
PAYLOAD = "0x80048d19"
SYNTAX = "Bad Request - Error in query syntax."


@pytest.fixture
def account(api: Api) -> tuple[Api, str]:
    return api, api.new("accounts", name="A", numberofemployees=1)


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        pytest.param("GET", "Accounts", (404, SEGMENT, "Resource not found for the segment 'Accounts'."), id="E-01"),
        pytest.param("GET", "account", (404, SEGMENT, "Resource not found for the segment 'account'."), id="E-01 singular"),
        pytest.param("POST", "foos", (404, SEGMENT, "Resource not found for the segment 'foos'."), id="E-01 POST"),
        pytest.param("GET", "accounts({id})/foo", (404, SEGMENT, "Resource not found for the segment 'foo'."), id="E-02"),
        pytest.param("GET", "accounts/foo", (404, SEGMENT, "Resource not found for the segment 'foo'."), id="E-02 set"),
        pytest.param("POST", "Foo", (404, SEGMENT, "Resource not found for the segment 'Foo'."), id="E-03"),
        pytest.param("GET", "Microsoft.Dynamics.CRM.WhoAmI", (404, SEGMENT, None), id="E-03 full name"),
        pytest.param("POST", "accounts({id})/Microsoft.Dynamics.CRM.Foo", (404, SEGMENT, None), id="E-03 bound"),
        pytest.param("POST", "leads({id})/QualifyLead", (400, ODATA, "Request message has unresolved parameters."), id="E-04"),
        pytest.param("POST", "WhoAmI", (404, "", None), id="E-05 function by POST"),
        pytest.param("GET", "leads({id})/Microsoft.Dynamics.CRM.QualifyLead", (404, "", None), id="E-05 action by GET"),
        pytest.param("GET", "accounts(", (400, ODATA, None), id="E-06 bracket"),
        pytest.param("GET", "accounts(name='x)", (400, ODATA, None), id="E-06 quote"),
        pytest.param("GET", "accounts({id}", (400, ODATA, None), id="E-06 end"),
        pytest.param("GET", "accounts(123)", (400, ODATA, SYNTAX), id="E-07 number"),
        pytest.param("GET", "accounts('x')", (400, ODATA, SYNTAX), id="E-07 text"),
        pytest.param("GET", "accounts(00000000-0000-0000-0000-000000000000)", (404, "0x80040217", None), id="E-08"),
        pytest.param("GET", f"systemusers(systemuserid={MISSING})", (400, None, None), id="E-09 user"),
        pytest.param("GET", "principals", (404, SEGMENT, None), id="E-09 principals"),
        pytest.param("GET", "accounts(name='x')", (400, None, None), id="E-09a"),
        pytest.param("PATCH", "accounts", (405, ODATA, "The requested resource does not support http method 'PATCH'."), id="E-09b PATCH"),
        pytest.param("DELETE", "accounts", (405, ODATA, None), id="E-09b DELETE"),
        pytest.param("POST", "accounts({id})", (405, ODATA, None), id="E-09b POST"),
        pytest.param("PUT", "accounts({id})", (405, ODATA, None), id="E-09b PUT"),
        pytest.param("PUT", "accounts", (405, ODATA, None), id="E-09b PUT on a set"),
        pytest.param("POST", "accounts/$count", (405, ODATA, None), id="E-09b $count"),
        pytest.param("TRACE", "accounts", (405, ODATA, None), id="E-09b TRACE"),
        pytest.param("GET", "$batch", (405, ODATA, None), id="E-09b $batch"),
        pytest.param("POST", "$metadata", (405, ODATA, None), id="E-09b $metadata"),
        pytest.param("GET", "accounts?$filter=" + "x" * 33000, (404, "", None), id="E-09i"),
        pytest.param("PATCH", "EntityDefinitions(LogicalName='account')", (405, ODATA, None), id="changes of definitions"),
    ],
)  # fmt: skip
def test_addresses_and_options(
    account: tuple[Api, str], method: str, path: str, expected: tuple[int, str | None, str | None]
) -> None:
    api, id = account
    found = api.send(method, path.replace("{id}", id), {} if method in ("POST", "PATCH", "PUT") else None).error
    assert [a for a, b in zip(found, expected, strict=True) if b is not None] == [b for b in expected if b is not None]


@pytest.mark.parametrize(
    ("method", "path", "headers", "body"),
    [
        pytest.param("GET", "$metadata", {"Accept": "application/json"}, b"", id="E-09d $metadata as JSON"),
        pytest.param("GET", "accounts", {"Accept": "application/xml"}, b"", id="E-09d rows as XML"),
        pytest.param("POST", "accounts", {"Content-Type": "text/plain"}, b"{}", id="E-09e text"),
        pytest.param(
            "POST", "accounts", {"Content-Type": "application/x-www-form-urlencoded"}, b"a=b", id="E-09e form"
        ),
        pytest.param("POST", "accounts", {"Content-Type": "nonsense"}, b"{}", id="E-09e nonsense"),
    ],
)
def test_media_types(api: Api, method: str, path: str, headers: dict[str, str], body: bytes) -> None:
    status, code, text = api.send(method, path, body, headers).error
    assert (status, code) == (415, ODATA)
    assert text.startswith("A supported MIME type could not be found")


@pytest.mark.parametrize(
    ("body", "inner"),
    [
        pytest.param(
            {"foo": 1}, "Invalid property 'foo' was found in entity 'Microsoft.Dynamics.CRM.account'", id="E-20"
        ),
        pytest.param({"Name": "x"}, "Invalid property 'Name'", id="E-20 case"),
        pytest.param({"foo@odata.bind": "accounts(1)"}, "An undeclared property 'foo'", id="E-21"),
        pytest.param(b'{"name":', "Invalid JSON", id="E-22"),
        pytest.param(b"\xff\xfe", "Invalid JSON", id="E-22 no UTF-8"),
        pytest.param(b" ", "EndOfInput", id="E-23"),
        pytest.param({"numberofemployees": "x"}, "Cannot convert", id="E-24"),
        pytest.param({"name": 5}, "", id="E-24 number for text"),
        pytest.param({"creditonhold": "maybe"}, "", id="E-25"),
        pytest.param([], "", id="E-27"),
        pytest.param({"primarycontactid@odata.bind": "accounts({id})"}, "", id="E-33"),
        pytest.param({"primarycontactid@odata.bind": 5}, "", id="E-34"),
        pytest.param({"_primarycontactid_value": MISSING}, "", id="E-35"),
        pytest.param({"primarycontactid": MISSING}, "", id="E-35 navigation property"),
        pytest.param({"primarycontactid": {"lastname": "x"}}, "", id="E-36"),
        pytest.param(b'{"name":"a","name":"b"}', "Multiple properties with the name 'name'", id="E-38"),
    ],
)
def test_bodies(account: tuple[Api, str], body: Any, inner: str) -> None:
    api, id = account
    if isinstance(body, dict):
        body = {name: v.replace("{id}", id) if isinstance(v, str) else v for name, v in body.items()}
    status, code, text = api.patch(f"accounts({id})", body).error
    assert (status, code) == (400, PAYLOAD)
    assert text.startswith("Error identified in Payload provided by the user for Entity :'accounts'")
    assert inner in text
    assert api.get(f"accounts({id})/name").json()["value"] == "A"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param({"name": "x" * 161}, (400, "0x80044331"), id="E-30"),
        pytest.param({"numberofemployees": -1}, (400, "0x8004432F"), id="E-30a"),
        pytest.param({"accountcategorycode": 99}, (400, "0x8004431A"), id="E-30c"),
        pytest.param({"statecode": 0, "statuscode": 2}, (400, "0x80048408"), id="E-30d"),
        pytest.param({"primarycontactid@odata.bind": f"contacts({MISSING})"}, (404, "0x80040217"), id="E-31"),
        pytest.param({"primarycontactid@odata.bind": f"foos({MISSING})"}, (404, SEGMENT), id="E-32"),
        pytest.param({"primarycontactid@odata.bind": "contacts(bad)"}, (400, ODATA), id="E-34"),
        pytest.param({"primarycontactid@odata.bind": "$1"}, (400, ODATA), id="E-35e"),
    ],
)
def test_values(account: tuple[Api, str], body: dict[str, Any], expected: tuple[int, str]) -> None:
    api, id = account
    assert api.patch(f"accounts({id})", body).error[:2] == expected


@pytest.mark.parametrize("path", ["accounts({id})/createdby", "accounts({id})/primarycontactid", "$metadata", "WhoAmI"])
def test_no_writes_there(account: tuple[Api, str], path: str) -> None:
    api, id = account
    for method in ("PATCH", "DELETE", "PUT"):
        assert api.send(method, path.replace("{id}", id), {"lastname": "x"}).error[0] == 405


def test_the_shape_of_an_error(api: Api) -> None:
    answer = api.get("foo")
    assert list(answer.json()) == ["error"]
    assert list(answer.json()["error"]) == ["code", "message"]
    assert answer.headers["content-type"] == "application/json; odata.metadata=minimal"
    assert answer.headers["odata-version"] == "4.0"
    assert answer.headers["req_id"] == answer.headers["x-ms-service-request-id"]
