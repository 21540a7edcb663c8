# ruff: noqa: E501 - tables read best with one row a line
"""Wrong writes, operations, batches and files, and what the service answers (contract 04; the ids are its rows)."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

import pytest
from werkzeug.test import Client

from dataverse_emulator.metadata.catalog import AlternateKey
from dataverse_emulator.web import application

from .conftest import MISSING, Api
from .failing import FailingEverywhere

TYPE = "Microsoft.Dynamics.CRM."
ODATA = "0x80060888"
PAYLOAD = "0x80048d19"
QUALIFY = {"CreateAccount": False, "CreateContact": False, "CreateOpportunity": False, "Status": 3}
OCTETS = {"Content-Type": "application/octet-stream"}
NAMED = {**OCTETS, "x-ms-file-name": "a.txt"}
BATCH = {"Content-Type": "multipart/mixed; boundary=b"}


@pytest.fixture
def rows(api: Api) -> dict[str, str]:
    """Ids of rows by what they are; accounts have an alternate key, which two of them share already."""
    found = {"account": api.new("accounts", name="A", accountnumber="1"), "lead": api.new("leads", lastname="L")}
    for number in ("2", "2"):
        api.new("accounts", name="B", accountnumber=number)
    found["linked"] = api.new("leads", lastname="L")
    link = {"@odata.id": f"leads({found['linked']})"}
    assert api.post(f"accounts({found['account']})/accountleads_association/$ref", link).status == 204
    found["closed"] = api.new("leads", lastname="C")
    assert api.post(f"leads({found['closed']})/{TYPE}QualifyLead", QUALIFY).status == 200
    customer = {"customerid_account@odata.bind": f"accounts({found['account']})"}
    found["incident"] = api.new("incidents", title="I", **customer)
    assert api.patch(f"incidents({found['incident']})", {"statecode": 2}).status == 204
    found["job"] = api.new("asyncoperations", name="J")
    found["unit"] = api.get("WhoAmI").json()["BusinessUnitId"]
    found["etag"] = api.get(f"accounts({found['account']})?$select=name").headers["etag"]
    api.service.catalog.table("account").keys += (AlternateKey("number", "Number", ("accountnumber",)),)
    api.service.catalog.version += 1
    return found


def filled(value: Any, rows: dict[str, str]) -> Any:
    """A value of the tables below with the ids in the places of their names."""
    text = json.dumps(value)
    for name, id in rows.items():
        text = text.replace(f"<{name}>", json.dumps(id)[1:-1])
    return json.loads(text)


def check(answer: Any, expected: tuple[int, str | None]) -> None:
    status, code = expected
    assert answer.status == status, answer.text
    if code is None:
        assert answer.body == b""
    else:
        assert answer.error[1] == code, answer.text


@pytest.mark.parametrize(
    ("method", "path", "body", "headers", "expected"),
    [
        pytest.param("GET", "http://localhost:5365/api/data/v7.0/accounts", None, {}, (404, ""), id="E-09c"),
        pytest.param("GET", "http://localhost:5365/api/data/v10.0/accounts", None, {}, (404, ""), id="E-09c later"),
        pytest.param("GET", "accounts", None, {"OData-MaxVersion": "3.0"}, (400, ODATA), id="E-09f"),
        pytest.param("GET", "accounts(a:b%2F)", None, {}, (400, ODATA), id="E-09g"),
        pytest.param("PATCH", "accounts(<account>)", {"lastonholdtime": "1600-01-01T00:00:00Z"}, {}, (400, "0x80040239"), id="E-26"),
        pytest.param("GET", f"accounts({MISSING})", None, {}, (404, "0x80040217"), id="E-28 GET"),
        pytest.param("PATCH", f"accounts({MISSING})", {"name": "B"}, {"If-Match": "*"}, (404, "0x80040217"), id="E-28 PATCH"),
        pytest.param("DELETE", f"accounts({MISSING})", None, {}, (404, "0x80040217"), id="E-28 DELETE"),
        pytest.param("GET", f"accounts({MISSING})/primarycontactid", None, {}, (404, "0x80040217"), id="E-28 navigation"),
        pytest.param("POST", f"leads({MISSING})/{TYPE}QualifyLead", QUALIFY, {}, (404, "0x80040217"), id="E-28 action"),
        pytest.param("GET", "accounts(accountnumber='9')", None, {}, (404, "0x80060891"), id="E-29"),
        pytest.param("GET", "accounts(accountnumber='2')", None, {}, (400, "0x8006089D"), id="E-29a"),
        pytest.param("PATCH", "accounts(<account>)", {"revenue": 1e16}, {}, (400, "0x80044330"), id="E-30b"),
        pytest.param("POST", "uomschedules", {"description": "D"}, {}, (400, "0x80040200"), id="E-30f"),
        pytest.param("PATCH", "accounts(<account>)", {"ownerid@odata.bind": None}, {}, (400, "0x8004203E"), id="E-30g"),
        pytest.param("PATCH", "accounts(<account>)", {"createdon": "2001-01-01T00:00:00Z"}, {}, (204, None), id="E-30h"),
        pytest.param("PATCH", "incidents(<incident>)", {"title": "U"}, {}, (400, "0x80040230"), id="E-30i"),
        pytest.param("PUT", "accounts(<account>)/name", {}, {}, (400, PAYLOAD), id="E-37"),
        pytest.param("PUT", "accounts(<account>)/name", {"value": 5}, {}, (400, PAYLOAD), id="E-37 type"),
        pytest.param("PATCH", "accounts(<account>)", {"accountid": MISSING}, {}, (204, None), id="E-39 the URL wins"),
        pytest.param("DELETE", f"accounts(<account>)/contact_customer_accounts({MISSING})/$ref", None, {}, (204, None), id="E-35c 1:N"),
        pytest.param("DELETE", "accounts(<account>)/accountleads_association(<lead>)/$ref", None, {}, (204, None), id="E-35c N:N"),
        pytest.param("POST", "accounts(<account>)/accountleads_association/$ref", {"@odata.id": "leads(<linked>)"}, {}, (412, "0x80040237"), id="E-35d"),
        pytest.param("POST", "Merge", {"Target": {"accountid": "<account>"}, "PerformParentingChecks": False}, {}, (400, ODATA), id="E-35f"),
        pytest.param("PATCH", "accounts(<account>)", {"name": "B"}, {"If-Match": 'W/"1"'}, (412, "0x80060882"), id="E-80 PATCH"),
        pytest.param("DELETE", "accounts(<account>)", None, {"If-Match": 'W/"1"'}, (412, "0x80060882"), id="E-80 DELETE"),
        pytest.param("PATCH", "asyncoperations(<job>)", {"name": "B"}, {"If-Match": 'W/"1"'}, (400, "0x8006088D"), id="E-81"),
        pytest.param("PATCH", "accounts(<account>)", {"name": "B"}, {"If-None-Match": "*"}, (412, "0x80040237"), id="E-82"),
        pytest.param("GET", "accounts(<account>)?$select=name", None, {"If-None-Match": "<etag>"}, (304, None), id="E-83"),
        pytest.param("POST", "accounts", {"accountid": "<account>"}, {}, (412, "0x80040237"), id="E-84"),
        pytest.param("POST", "accounts", {"accountnumber": "1"}, {}, (412, "0x80060892"), id="E-85"),
        pytest.param("POST", "accounts", {"name": "A"}, {"MSCRM.SuppressDuplicateDetection": "false"}, (412, "0x80040333"), id="E-86"),
        pytest.param("POST", f"leads(<closed>)/{TYPE}QualifyLead", QUALIFY, {}, (400, "0x80040519"), id="E-88"),
        pytest.param("PATCH", "accounts(<account>)", {"name": "B"}, {"If-Match": "x"}, (400, ODATA), id="E-89"),
        pytest.param("POST", "organizations", {"name": "B"}, {}, (405, "0x80040315"), id="E-89a"),
        pytest.param("POST", f"accounts/{TYPE}DeleteMultiple", {"Targets": []}, {}, (501, "0x80040219"), id="E-89b"),
        pytest.param("POST", f"accounts/{TYPE}CreateMultiple", {"Targets": [{"name": "B"}]}, {}, (400, ODATA), id="E-71"),
        pytest.param("POST", f"accounts/{TYPE}UpdateMultiple", {"Targets": [{"@odata.type": TYPE + "account", "accountid": MISSING}]}, {}, (404, "0x80040217"), id="E-71a"),
        pytest.param("POST", f"accounts/{TYPE}CreateMultiple", {"Targets": []}, {}, (400, "0x80040203"), id="E-71b empty"),
        pytest.param("POST", f"accounts/{TYPE}CreateMultiple", {"Targets": [{"@odata.type": TYPE + "contact", "lastname": "B"}]}, {}, (400, "0x80040203"), id="E-71b other table"),
        pytest.param("POST", f"leads(<lead>)/{TYPE}QualifyLead", {}, {}, (400, "0x80040203"), id="E-95"),
        pytest.param("POST", f"leads(<lead>)/{TYPE}QualifyLead", {**QUALIFY, "Other": 1}, {}, (400, ODATA), id="E-96"),
        pytest.param("GET", "RetrieveTotalRecordCount(EntityNames=@p1)", None, {}, (400, "0x80040203"), id="E-97 alias without value"),
        pytest.param("GET", "RetrieveTotalRecordCount", None, {}, (400, "0x80040203"), id="E-97 no parameter"),
        pytest.param("POST", f"leads(<lead>)/{TYPE}QualifyLead", {**QUALIFY, "CreateAccount": "x"}, {}, (400, PAYLOAD), id="E-98"),
        pytest.param("POST", f"leads(<lead>)/{TYPE}QualifyLead", {**QUALIFY, "Status": 99}, {}, (400, "0x80048408"), id="E-99"),
        pytest.param("GET", "accounts", None, {"CallerObjectId": MISSING}, (403, "0x80040217"), id="E-116 CallerObjectId"),
        pytest.param("GET", "accounts", None, {"MSCRMCallerID": MISSING}, (403, "0x80040217"), id="E-116 MSCRMCallerID"),
        pytest.param("PATCH", "asyncoperations(<job>)/datablobid?x-ms-file-name=a.exe", "MZ", OCTETS, (400, "0x80043E09"), id="E-101"),
        pytest.param("PATCH", "accounts(<account>)/entityimage?x-ms-file-name=a", None, {"x-ms-transfer-mode": "chunked"}, (400, "0x80090017"), id="E-102"),
        pytest.param("PATCH", "accounts(<account>)", {"entityimage": "QUJD"}, {}, (400, "0x80072553"), id="E-103"),
        pytest.param("PATCH", "asyncoperations(<job>)/datablobid", "x", OCTETS, (400, ODATA), id="E-105"),
        pytest.param("PATCH", "asyncoperations(<job>)/datablobid?sessiontoken=x", "x", {**NAMED, "Content-Range": "bytes 0-0/1"}, (400, "0x80040203"), id="E-106"),
        pytest.param("GET", "asyncoperations(<job>)/datablobid/$value", None, {}, (204, None), id="E-107"),
    ],
)  # fmt: skip
def test_writes(
    api: Api,
    rows: dict[str, str],
    method: str,
    path: str,
    body: Any,
    headers: dict[str, str],
    expected: tuple[int, str | None],
) -> None:
    payload = body.encode() if isinstance(body, str) else filled(body, rows)
    check(api.send(method, filled(path, rows), payload, filled(headers, rows)), expected)
    account = api.get(f"accounts({rows['account']})?$select=name,createdon").json()
    assert account["name"] == "A"
    assert account["createdon"] > "2001-01-02"


def part(line: str, content_id: str = "", body: str = "") -> str:
    lines = ["Content-Type: application/http", *([f"Content-ID: {content_id}"] if content_id else [])]
    return "\r\n".join([*lines, "", f"{line} HTTP/1.1", "", body])


def change_set(*parts: str) -> bytes:
    inner = "".join(f"--c\r\n{one}\r\n" for one in parts)
    return f"--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n{inner}--c--\r\n--b--\r\n".encode()


CREATE = part("POST competitors", "1", '{"name":"N"}')


@pytest.mark.parametrize(
    ("headers", "body", "expected"),
    [
        pytest.param({"Content-Type": "application/json"}, b"{}", (400, ODATA), id="E-90 JSON"),
        pytest.param({"Content-Type": "multipart/mixed"}, b"--b--", (400, ODATA), id="E-90 no boundary"),
        pytest.param(BATCH, b"nothing", (400, ODATA), id="E-90 no delimiter"),
        pytest.param(BATCH, b"--b\n\nGET WhoAmI HTTP/1.1\n" * 1001 + b"--b--", (400, ODATA), id="E-91"),
        pytest.param(BATCH, change_set(CREATE, part("DELETE accounts")), (400, ODATA), id="E-92"),
        pytest.param(BATCH, change_set(CREATE, part("GET accounts", "2")), (400, ODATA), id="E-93 read in a change set"),
        pytest.param(BATCH, b"--b\n\nPOST $batch HTTP/1.1\n--b--", (400, ODATA), id="E-93 batch in a batch"),
        pytest.param(BATCH, change_set(CREATE, part(f"DELETE accounts({MISSING})", "2")), (404, ""), id="E-94"),
    ],
)  # fmt: skip
def test_batches(api: Api, headers: dict[str, str], body: bytes, expected: tuple[int, str]) -> None:
    answer = api.send("POST", "$batch", body, headers)
    assert answer.status == expected[0], answer.text
    if expected[1]:
        assert answer.error[1] == expected[1]
    assert api.names("competitors?$select=name") == []


@pytest.mark.parametrize("_", [0], ids=["E-87"])
def test_a_delete_that_a_relationship_restricts(api: Api, _: int) -> None:
    group = api.new("uomschedules", name="G", baseuomname="Each")
    unit = api.get("uoms?$select=uomid").value[0]["uomid"]
    bindings = {"defaultuomid@odata.bind": f"uoms({unit})", "defaultuomscheduleid@odata.bind": f"uomschedules({group})"}
    api.new("products", name="P", productnumber="P", **bindings)
    assert api.delete(f"uoms({unit})").error[:2] == (405, "0x80040227")


@pytest.mark.parametrize("_", [0], ids=["E-100"])
def test_a_file_over_the_columns_limit(api: Api, rows: dict[str, str], _: int) -> None:
    api.service.catalog.table("asyncoperation").column("datablobid").max_size_kb = 1
    answer = api.send("PATCH", f"asyncoperations({rows['job']})/datablobid", bytes(1025), NAMED)
    assert answer.error[:2] == (400, "0x80044a02")


@pytest.mark.parametrize("_", [0], ids=["E-104"])
def test_an_image_that_is_not_the_primary_one(api: Api, _: int) -> None:
    api.service.catalog.table("account").primary_image = "other"
    assert api.post("accounts", {"entityimage": "QUJD"}).error[:2] == (400, "0x80090487")


@pytest.mark.parametrize("_", [0], ids=["E-112"])
def test_a_disabled_user(api: Api, _: int) -> None:
    unit = api.get("WhoAmI").json()["BusinessUnitId"]
    user = api.new("systemusers", lastname="U", **{"businessunitid@odata.bind": f"businessunits({unit})"})
    assert api.patch(f"systemusers({user})", {"isdisabled": True}).status == 204
    assert api.get("WhoAmI", MSCRMCallerID=user).error[:2] == (403, "0x80040225")


@pytest.mark.parametrize("_", [0], ids=["E-122"])
def test_what_is_unexpected(api: Api, _: int) -> None:
    FailingEverywhere.before(api.service.store, sqlite3.OperationalError("disk I/O error")).working = 0
    assert api.post("accounts", {"name": "A"}).error[:2] == (500, "0x80040216")


@pytest.mark.parametrize("_", [0], ids=["E-09h"])
def test_a_body_over_the_limit(api: Api, monkeypatch: pytest.MonkeyPatch, _: int) -> None:
    monkeypatch.setattr(application, "MAX_BODY_BYTES", 100)
    client = Client(application.create_application(api.service))
    answer = client.post("/api/data/v9.2/accounts", json={"name": "A" * 100})
    assert (answer.status_code, answer.json["error"]["code"]) == (413, "0x8004418A")
    assert api.names("accounts?$select=name") == []
