"""Rows from files and into files: JSON, CSV and the archives of the Configuration Migration tool."""

from __future__ import annotations

import io
import json
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from dataverse_emulator.cli import main
from dataverse_emulator.config import Settings
from dataverse_emulator.environment import open_service
from dataverse_emulator.importing.files import UnreadableFile
from dataverse_emulator.importing.loading import dump_rows, load_batch
from dataverse_emulator.importing.rows import read_rows
from dataverse_emulator.service import Service
from dataverse_emulator.values import Reference

ACCOUNT = "11111111-1111-1111-1111-111111111111"
CONTACT = "22222222-2222-2222-2222-222222222222"
LEAD = "33333333-3333-3333-3333-333333333333"

DATA = f"""<entities><entity name="account" displayname="Account"><records>
 <record id="{ACCOUNT}"><field name="accountid" value="{ACCOUNT}"/><field name="name" value="Alpine"/>
  <field name="revenue" value="1000.5"/><field name="donotemail" value="True"/>
  <field name="primarycontactid" value="{CONTACT}" lookupentity="contact" lookupentityname="Ann"/>
  <field name="industrycode" value="1"/><field name="lastonholdtime" value="2024-05-01T10:00:00.0000000Z"/></record>
 </records><m2mrelationships><m2mrelationship sourceid="{ACCOUNT}" targetentityname="lead"
  targetentitynameidfield="leadid" m2mrelationshipname="accountleads"><targetids><targetid>{LEAD}</targetid></targetids>
 </m2mrelationship></m2mrelationships></entity>
<entity name="contact"><records><record id="{CONTACT}"><field name="lastname" value="Ann"/>
 <field name="parentcustomerid" value="{ACCOUNT}" lookupentity="account"/><field name="birthdate" value="1990-02-03"/>
 </record></records></entity>
<entity name="lead"><records><record id="{LEAD}"><field name="subject" value="Ice"/><field name="lastname" value="Lee"/>
 </record></records></entity></entities>"""


def archive(**members: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as target:
        for name, content in members.items():
            target.writestr(name, content)
    return stream.getvalue()


@pytest.fixture
def service() -> Iterator[Service]:
    opened = open_service(Settings(log_format="none"))
    yield opened
    opened.close()


def load(service: Service, data: bytes, name: str) -> list[str]:
    remarks: list[str] = []
    for _, batch in read_rows(data, name).batches():
        with service.store.transaction():
            remarks += load_batch(service.context(service.default_caller()), json.loads(json.dumps(batch)))
    return remarks


def row(service: Service, table: str, id: str) -> dict[str, Any]:
    with service.store.reading():
        found = service.store.read(service.catalog.table(table), id)
    assert found is not None
    return found


def test_an_archive_of_the_migration_tool(service: Service) -> None:
    assert load(service, archive(**{"data.xml": DATA, "data_schema.xml": "<entities/>"}), "data.zip") == []
    account = row(service, "account", ACCOUNT)
    assert (account["name"], account["revenue"], account["donotemail"]) == ("Alpine", 1000.5, True)
    assert account["primarycontactid"] == Reference("contact", CONTACT)
    assert account["lastonholdtime"] == "2024-05-01T10:00:00Z"
    assert account["ownerid"].id == service.default_caller().user_id
    contact = row(service, "contact", CONTACT)
    assert (contact["fullname"], contact["birthdate"]) == ("Ann", "1990-02-03")
    with service.store.reading():
        pairs = service.store.find(service.catalog.table("accountleads"), {"accountid": ACCOUNT})
    assert [pair["leadid"] for pair in pairs] == [LEAD]


def test_rows_that_are_there_are_changed(service: Service) -> None:
    load(service, DATA.encode(), "data.xml")
    before = service.store.count(service.catalog.table("account"))
    load(service, DATA.replace("Alpine", "Arctic").encode(), "data.xml")
    assert row(service, "account", ACCOUNT)["name"] == "Arctic"
    assert service.store.count(service.catalog.table("account")) == before


def test_csv(service: Service) -> None:
    text = f'accountid,name,revenue,donotemail,shoe\n{ACCOUNT},"Alpine, Ltd",10.5,yes,\n,Second,,no,44\n'
    assert load(service, text.encode("utf-8-sig"), "/some/where/accounts.csv") == ["account.shoe: no such column"]
    assert row(service, "account", ACCOUNT)["name"] == "Alpine, Ltd"
    text = f"contactid,lastname,parentcustomerid\n{CONTACT},Ann,account:{ACCOUNT}\n"
    load(service, text.encode(), "contact.csv")
    assert row(service, "contact", CONTACT)["parentcustomerid"] == Reference("account", ACCOUNT)


def test_an_answer_of_the_web_api(service: Service) -> None:
    load(service, json.dumps({"account": [{"accountid": ACCOUNT, "name": "Alpine"}]}).encode(), "x.json")
    answer = {
        "@odata.context": "https://x.crm.dynamics.com/api/data/v9.2/$metadata#contacts(lastname)",
        "value": [
            {
                "@odata.etag": 'W/"1"',
                "contactid": CONTACT,
                "lastname": "Ann",
                "_parentcustomerid_value": ACCOUNT,
                "_parentcustomerid_value@Microsoft.Dynamics.CRM.lookuplogicalname": "account",
                "statecode": 0,
            }
        ],
    }
    assert load(service, json.dumps(answer).encode(), "x.json") == []
    assert row(service, "contact", CONTACT)["parentcustomerid"] == Reference("account", ACCOUNT)


@pytest.mark.parametrize(
    ("data", "name", "match"),
    [
        (b"{", "x.json", "not valid JSON"),
        (b'{"account": 1}', "x.json", "list of objects"),
        (b"a,b\n1,2,3\n", "x.csv", "Line 2"),
        (b"", "x.csv", "first line"),
        (b"\xff\xfe\xff", "x.csv", "UTF-8"),
        (b"<x/>", "data.xml", "no data.xml"),
        (archive(readme="x"), "x.zip", "no data.xml"),
        (archive(**{"data.xml": "<!DOCTYPE x><entities/>"}), "x.zip", "document type"),
    ],
)
def test_a_file_that_holds_no_rows(data: bytes, name: str, match: str) -> None:
    with pytest.raises(UnreadableFile, match=match):
        read_rows(data, name)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name,revenue\nx,much\n", "does not fit the column account.revenue"),
        ("accountid,name\nx,y\n", "is no identifier|does not fit"),
        (f"name,ownerid\nx,nothing:{LEAD}\n", "does not fit the column account.ownerid"),
    ],
)
def test_a_value_that_does_not_fit(service: Service, text: str, message: str) -> None:
    with pytest.raises(Exception, match=message):
        load(service, text.encode(), "account.csv")


def test_a_hundred_thousand_rows(service: Service) -> None:
    lines = "".join(f"Contact {number},Street {number}\n" for number in range(100_000))
    start = time.monotonic()
    load(service, f"lastname,address1_line1\n{lines}".encode(), "contact.csv")
    assert service.store.count(service.catalog.table("contact")) == 100_000
    assert time.monotonic() - start < 120


@pytest.mark.parametrize("kind", ["json", "zip"])
def test_what_is_exported_is_imported(tmp_path: Path, kind: str) -> None:
    first, second = str(tmp_path / "first.sqlite"), str(tmp_path / "second.sqlite")
    source, target = tmp_path / "data.xml", tmp_path / f"out.{kind}"
    source.write_text(DATA)

    def run(*arguments: str) -> str:
        ended = CliRunner().invoke(main, arguments)
        assert ended.exit_code == 0, ended.output
        return ended.output

    assert "4 rows imported" in run("import", "data", str(source), "--database", first)
    tables = ("--table", "account", "--table", "contact")
    assert "2 rows exported" in run("export", "data", str(target), *tables, "--database", first)
    assert "2 rows imported" in run("import", "data", str(target), "--database", second)
    found = []
    for path in (first, second):
        service = open_service(Settings(database=path, log_format="none"))
        with service.store.reading():
            content = dump_rows(service.context(service.default_caller()), "account")["rows"]
        found.append([{name: value for name, value in each.items() if name != "versionnumber"} for each in content])
        service.close()
    assert found[0] == found[1]


def test_csv_is_exported(tmp_path: Path) -> None:
    database, target = str(tmp_path / "x.sqlite"), tmp_path / "out.csv"
    CliRunner().invoke(main, ["import", "data", str(tmp_path / "x"), "--database", database])
    ended = CliRunner().invoke(main, ["export", "data", str(target), "--table", "systemuser", "--database", database])
    assert ended.exit_code == 0, ended.output
    head, *lines = target.read_text().splitlines()
    assert "systemuserid" in head.split(",")
    assert lines


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("export", "data", "x.txt"), "must end in .json, .csv or .zip"),
        (("export", "data", "x.csv"), "name it with --table"),
        (("import", "data", "/nowhere.csv"), "does not exist"),
    ],
)
def test_wrong_usage(arguments: tuple[str, ...], text: str) -> None:
    ended = CliRunner().invoke(main, arguments)
    assert ended.exit_code == 2
    assert text in ended.output
