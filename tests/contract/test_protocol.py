"""The order of faults, methods and media types of resources, options where they mean nothing (contract 01, 04 §0)."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import MISSING, ROOT, Api

ODATA = "0x80060888"
SEGMENT = "0x8006088a"
PAYLOAD = "0x80048d19"
TEXT = {"Content-Type": "text/plain"}
XML = {"Accept": "application/xml"}
ROW = f"accounts({MISSING})"


@pytest.mark.parametrize(
    ("method", "path", "body", "headers", "expected"),
    [
        pytest.param("PATCH", "accounts", b"x", TEXT, (405, ODATA), id="method before media type"),
        pytest.param("GET", "foos", None, XML, (415, ODATA), id="media type before segment"),
        pytest.param("POST", "foos", b"x", TEXT, (415, ODATA), id="content type before segment"),
        pytest.param("GET", "accounts(1", None, XML, (415, ODATA), id="media type before syntax"),
        pytest.param("GET", "foos/$count", None, {"Accept": "text/plain"}, (404, SEGMENT), id="a count is no JSON"),
        pytest.param(
            "PATCH", f"{ROW}/foo", b"x", {"Content-Type": "application/octet-stream"}, (404, SEGMENT), id="file"
        ),
        pytest.param("GET", "foos(1)?$foo=1", None, {}, (404, SEGMENT), id="segment before key and option"),
        pytest.param("GET", "accounts(1)?$foo=1", None, {}, (400, ODATA), id="key before option"),
        pytest.param("POST", "accounts?$foo=1", b"x", TEXT, (415, ODATA), id="content type before option"),
        pytest.param("POST", "accounts?$select=foo", b"{", {}, (400, ODATA), id="option before body"),
        pytest.param("PATCH", f"{ROW}?$select=foo", b"{", {}, (400, ODATA), id="option before body of an update"),
        pytest.param("PATCH", ROW, {"foo": 1}, {"If-Match": "*"}, (400, PAYLOAD), id="member before row"),
        pytest.param("PATCH", ROW, {"name": "x" * 200}, {"If-Match": "*"}, (404, "0x80040217"), id="row before value"),
        pytest.param("GET", "foos", None, {"MSCRMCallerID": MISSING}, (403, "0x80040217"), id="caller before segment"),
    ],
)
def test_the_first_fault_is_told(
    api: Api, method: str, path: str, body: Any, headers: dict[str, str], expected: tuple[int, str]
) -> None:
    assert api.send(method, path, body, headers).error[:2] == expected


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PATCH", "accounts", "OPTIONS,GET,HEAD,POST"),
        ("PUT", "accounts", "OPTIONS,GET,HEAD,POST"),
        ("PUT", ROW, "OPTIONS,GET,HEAD,PATCH,DELETE"),
        ("DELETE", f"{ROW}/primarycontactid", "OPTIONS,GET,HEAD"),
        ("PATCH", f"{ROW}/name", "OPTIONS,GET,HEAD,PUT,DELETE"),
        ("POST", f"{ROW}/primarycontactid/$ref", "OPTIONS,GET,HEAD,PUT,DELETE"),
        ("PUT", f"{ROW}/contact_customer_accounts/$ref", "OPTIONS,GET,HEAD,POST,DELETE"),
        ("DELETE", "WhoAmI", "OPTIONS,GET,HEAD"),
        ("PATCH", "WinOpportunity", "OPTIONS,POST"),
        ("PATCH", f"emails({MISSING})/email_activity_parties", "OPTIONS,GET,HEAD,POST,PUT"),
        ("GET", "$batch", "OPTIONS,POST"),
        ("PROPFIND", "accounts", "OPTIONS,GET,HEAD,POST,PUT,PATCH,DELETE"),
    ],
)
def test_a_refused_method_names_those_that_are_taken(api: Api, method: str, path: str, allowed: str) -> None:
    answer = api.send(method, path, None if method == "GET" else {})
    assert answer.error == (405, ODATA, f"The requested resource does not support http method '{method}'.")
    assert answer.headers["allow"] == allowed


def test_options_tells_the_methods_of_a_resource(api: Api) -> None:
    answer = api.send("OPTIONS", "accounts")
    assert (answer.status, answer.headers["allow"], answer.headers["odata-version"]) == (
        200,
        "OPTIONS,GET,HEAD,POST",
        "4.0",
    )
    assert api.send("OPTIONS", "foos").status == 404


def test_a_browser_may_ask_anywhere_and_is_told_the_headers_it_can_read(api: Api) -> None:
    answer = api.send("OPTIONS", "foos", None, {"Origin": "http://a", "Access-Control-Request-Method": "GET"})
    assert answer.status == 200
    assert "OData-EntityId" in answer.headers["access-control-expose-headers"]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "accounts?$foo=1", {}),
        ("PATCH", "{row}?$search=a", {}),
        ("DELETE", "{row}?$foo=1", None),
        ("GET", "{row}/name?$foo=1", None),
        ("PUT", "{row}/name?$foo=1", {"value": "x"}),
        ("DELETE", "{row}/name?$skip=1", None),
        ("PUT", "{row}/primarycontactid/$ref?$foo=1", {"@odata.id": f"contacts({MISSING})"}),
    ],
)
def test_unknown_options_are_refused_with_every_method(api: Api, method: str, path: str, body: Any) -> None:
    row = f"accounts({api.new('accounts', name='A')})"
    option = path.partition("?")[2].partition("=")[0]
    answer = api.send(method, path.format(row=row), body)
    assert answer.error == (400, ODATA, f"The query parameter {option} is not supported")
    assert api.names("accounts?$select=name") == ["A"]


def test_other_parameters_are_ignored_with_every_method(api: Api) -> None:
    row = f"accounts({api.new('accounts', name='A')})"
    assert api.patch(row + "?tag=x&partitionId=1&api-version=2", {"name": "B"}).status == 204
    assert api.delete(row + "?tag=x").status == 204


@pytest.mark.parametrize("content_type", ["application/jsonx", "application/xml", "text/plain; charset=utf-8"])
def test_only_json_is_taken(api: Api, content_type: str) -> None:
    assert api.post("accounts", b"{}", Content_Type=content_type).error[:2] == (415, ODATA)


@pytest.mark.parametrize(
    "content_type",
    ["application/json; type=entry", "APPLICATION/JSON", "application/json;IEEE754Compatible=true", "text/json"],
)
def test_json_under_any_parameters_is_taken(api: Api, content_type: str) -> None:
    assert api.post("accounts", b"{}", Content_Type=content_type).status == 204


def test_a_version_may_be_followed_by_the_name_of_the_client(api: Api) -> None:
    assert api.send("GET", "WhoAmI", None, {"OData-MaxVersion": "4.0;NetFx"}).status == 200


def test_keys_that_are_no_guid_have_one_text(api: Api) -> None:
    for key in ("{" + MISSING + "}", f"guid'{MISSING}'", "1", "'x'", "abc"):
        assert api.get(f"accounts({key})").error == (400, ODATA, "Bad Request - Error in query syntax.")


@pytest.mark.parametrize(
    "path", [f"systemusers(systemuserid={MISSING})", f"teams(teamid={MISSING})", "accounts(name='x')"]
)
def test_names_that_are_no_key(api: Api, path: str) -> None:
    status, code, text = api.get(path).error
    assert (status, code) == (400, ODATA)
    assert text.startswith("The key in the request URI is not valid for resource 'Microsoft.Dynamics.CRM.")


@pytest.mark.parametrize("name", ["contact", "foo"])
def test_a_body_of_another_type_is_refused(api: Api, name: str) -> None:
    body = {"@odata.type": f"#Microsoft.Dynamics.CRM.{name}", "name": "A"}
    assert api.post("accounts", body).status == 400
    assert api.post("accounts", {**body, "@odata.type": "Microsoft.Dynamics.CRM.account"}).status == 204


def test_an_error_with_annotations_says_that_they_were_asked_for(api: Api) -> None:
    answer = api.send("GET", "foos", None, {"Prefer": 'odata.include-annotations="*", odata.maxpagesize=2'})
    assert answer.headers["preference-applied"] == 'odata.include-annotations="*"'
    assert "@Microsoft.PowerApps.CDS.HelpLink" in answer.json()["error"]


def test_a_body_that_is_no_json_names_the_action(api: Api) -> None:
    assert "for Entity :'WinOpportunity'" in api.post("WinOpportunity", b"{").error[2]


def test_the_time_stamp_is_the_version_of_the_last_write(api: Api) -> None:
    version = api.get(f"accounts({api.new('accounts', name='A')})?$select=versionnumber").json()["versionnumber"]
    answer = api.get("RetrieveTimestamp()").json()
    assert answer["@odata.context"] == f"{ROOT}$metadata#Microsoft.Dynamics.CRM.RetrieveTimestampResponse"
    assert int(answer["Timestamp"]) >= version
