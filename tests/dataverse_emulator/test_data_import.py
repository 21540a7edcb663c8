"""Rows from files: JSON, CSV and the archives of the Configuration Migration tool."""

from __future__ import annotations

import io
import json
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from tests.dataverse_emulator.transfers import load

from dataverse_emulator.config import Settings
from dataverse_emulator.environment import open_service
from dataverse_emulator.service import Service
from dataverse_emulator.values import Reference

ACCOUNT = "11111111-1111-1111-1111-111111111111"
CONTACT = "22222222-2222-2222-2222-222222222222"
LEAD = "33333333-3333-3333-3333-333333333333"
EMAIL = "44444444-4444-4444-4444-444444444444"
PARTY = "55555555-5555-5555-5555-555555555555"

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

MAIL = f"""<entities><entity name="email"><records><record id="{EMAIL}"><field name="subject" value="Offer"/>
 <field name="to" value="" lookupentity="" lookupentityname=""><activitypointerrecords id="{PARTY}">
  <field name="partyid" value="{CONTACT}" lookupentity="contact"/><field name="addressused" value="a@x.com"/>
 </activitypointerrecords></field></record></records></entity>
 <entity name="contact"><records><record id="{CONTACT}"><field name="lastname" value="Ann"/></record></records></entity>
 </entities>"""


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


@pytest.fixture
def file(tmp_path: Path) -> Any:
    def write(content: str | bytes, name: str) -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def row(service: Service, table: str, id: str) -> dict[str, Any]:
    with service.store.reading():
        found = service.store.read(service.catalog.table(table), id)
    assert found is not None
    return found


def rows(service: Service, table: str, **where: Any) -> list[dict[str, Any]]:
    with service.store.reading():
        return service.store.find(service.catalog.table(table), where)


# ---- archives of the migration tool


def test_an_archive_of_the_migration_tool(service: Service, file: Any) -> None:
    assert load(service, file(archive(**{"data.xml": DATA, "data_schema.xml": "<entities/>"}), "data.zip")) == []
    account = row(service, "account", ACCOUNT)
    assert (account["name"], account["revenue"], account["donotemail"]) == ("Alpine", 1000.5, True)
    assert account["primarycontactid"] == Reference("contact", CONTACT)
    assert account["lastonholdtime"] == "2024-05-01T10:00:00Z"
    assert account["ownerid"].id == service.default_caller().user_id
    contact = row(service, "contact", CONTACT)
    assert (contact["fullname"], contact["birthdate"]) == ("Ann", "1990-02-03")
    assert [pair["leadid"] for pair in rows(service, "accountleads", accountid=ACCOUNT)] == [LEAD]


def test_other_members_of_an_archive_are_reported(service: Service, file: Any) -> None:
    remarks = load(service, file(archive(**{"data.xml": DATA, "files/x.bin": "x"}), "data.zip"))
    assert remarks == ["file files/x.bin: not taken"]


def test_a_party_list(service: Service, file: Any) -> None:
    load(service, file(MAIL, "data.xml"))
    (party,) = rows(service, "activityparty", activityid=EMAIL, participationtypemask=2)
    assert (party["activitypartyid"], party["addressused"]) == (PARTY, "a@x.com")
    assert party["partyid"] == Reference("contact", CONTACT)


def test_a_party_list_takes_the_place_of_the_one_there(service: Service, file: Any) -> None:
    load(service, file(MAIL, "data.xml"))
    load(service, file(MAIL.replace(PARTY, ACCOUNT).replace("a@x.com", "b@x.com"), "data.xml"))
    found = rows(service, "activityparty", activityid=EMAIL, participationtypemask=2)
    assert [party["addressused"] for party in found] == ["b@x.com"]


def test_a_link_to_a_row_that_is_not_there(service: Service, file: Any) -> None:
    with pytest.raises(click.ClickException, match=rf"data.xml, line \d+: lead With Id = {ACCOUNT}|Does Not Exist"):
        load(service, file(DATA.replace(f"<targetid>{LEAD}", f"<targetid>{ACCOUNT}"), "data.xml"))
    assert rows(service, "account", accountid=ACCOUNT) == []


def test_a_relationship_that_is_not_there(service: Service, file: Any) -> None:
    with pytest.raises(click.ClickException, match="account has no N:N relationship nothing"):
        load(
            service, file(DATA.replace('m2mrelationshipname="accountleads"', 'm2mrelationshipname="nothing"'), "d.xml")
        )


# ---- rows that are there


def test_rows_that_are_there_are_changed(service: Service, file: Any) -> None:
    load(service, file(DATA, "data.xml"))
    before = service.store.count(service.catalog.table("account"))
    load(service, file(DATA.replace("Alpine", "Arctic"), "data.xml"))
    assert row(service, "account", ACCOUNT)["name"] == "Arctic"
    assert service.store.count(service.catalog.table("account")) == before


def test_what_follows_from_a_change_follows(service: Service, file: Any) -> None:
    load(service, file(DATA, "data.xml"))
    version = row(service, "contact", CONTACT)["versionnumber"]
    load(service, file(f"contactid,firstname\n{CONTACT},Zoe\n", "contact.csv"))
    contact = row(service, "contact", CONTACT)
    assert (contact["fullname"], contact["birthdate"]) == ("Zoe Ann", "1990-02-03")
    assert contact["versionnumber"] > version


def test_addresses_follow_their_row(service: Service, file: Any) -> None:
    content = {
        "contact": [{"contactid": CONTACT, "lastname": "Ann", "address1_addressid": LEAD, "address1_city": "Rome"}]
    }
    load(
        service,
        file(json.dumps({"customeraddress": [{"customeraddressid": LEAD, "city": "Oslo"}], **content}), "x.json"),
    )
    assert row(service, "customeraddress", LEAD)["city"] == "Oslo"
    load(service, file(f"contactid,address1_city\n{CONTACT},Paris\n", "contact.csv"))
    assert row(service, "customeraddress", LEAD)["city"] == "Paris"


def test_lookups_may_go_round(service: Service, file: Any) -> None:
    one = {"accountid": ACCOUNT, "name": "A", "primarycontactid": {"table": "contact", "id": CONTACT}}
    other = {"contactid": CONTACT, "lastname": "B", "parentcustomerid": f"account:{ACCOUNT}"}
    load(service, file(json.dumps({"accounts": [one], "contacts": [other]}), "x.json"))
    assert row(service, "contact", CONTACT)["parentcustomerid"] == Reference("account", ACCOUNT)
    assert row(service, "account", ACCOUNT)["primarycontactid"] == Reference("contact", CONTACT)


def test_lookups_that_lead_nowhere_are_reported(service: Service, file: Any) -> None:
    text = f"lastname,parentcustomerid\nA,account:{ACCOUNT}\nB,contact:{LEAD}\n"
    assert load(service, file(text, "contact.csv")) == [
        "1 rows point to rows of account that are not there",
        "1 rows point to rows of contact that are not there",
    ]


def test_rows_of_base_tables_come_with_their_own(service: Service, file: Any) -> None:
    remarks = load(service, file(json.dumps({"activitypointer": [{"activityid": EMAIL, "subject": "x"}]}), "x.json"))
    assert remarks == ["activitypointer: not taken: its rows come with those of the tables that share their ids"]


# ---- CSV and JSON


def test_csv(service: Service, file: Any) -> None:
    text = f'accountid,name,revenue,donotemail,shoe\n{ACCOUNT},"Alpine, Ltd",10.5,yes,\n,Second,,no,44\n'
    assert load(service, file(text.encode("utf-8-sig"), "accounts.csv")) == ["account.shoe: no such column"]
    assert row(service, "account", ACCOUNT)["name"] == "Alpine, Ltd"
    load(service, file(f"contactid,lastname,parentcustomerid\n{CONTACT},Ann,account:{ACCOUNT}\n", "contact.csv"))
    assert row(service, "contact", CONTACT)["parentcustomerid"] == Reference("account", ACCOUNT)


def test_an_empty_cell_is_null(service: Service, file: Any) -> None:
    load(service, file(f"accountid,name,telephone1\n{ACCOUNT},A,123\n", "account.csv"))
    load(service, file(f"accountid,telephone1\n{ACCOUNT},\n", "account.csv"))
    assert row(service, "account", ACCOUNT)["telephone1"] is None


def test_text_with_line_breaks_and_quotes(service: Service, file: Any) -> None:
    load(service, file(f'accountid,name,description\r\n{ACCOUNT},A,"one\r\ntwo ""x"",\n"\r\n', "account.csv"))
    assert row(service, "account", ACCOUNT)["description"] == 'one\r\ntwo "x",\n'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("name", ["account.csv", "account.json", "data.xml"])
def test_encodings(service: Service, file: Any, encoding: str, name: str) -> None:
    text = {
        "account.csv": f"accountid,name\n{ACCOUNT},Žižkov 東\n",
        "account.json": json.dumps([{"accountid": ACCOUNT, "name": "Žižkov 東"}], ensure_ascii=False),
        "data.xml": f'<entities><entity name="account"><records><record id="{ACCOUNT}"><field name="name" '
        'value="Žižkov 東"/></record></records></entity></entities>',
    }[name]
    load(service, file(text.encode(encoding), name))
    assert row(service, "account", ACCOUNT)["name"] == "Žižkov 東"


def test_an_answer_of_the_web_api(service: Service, file: Any) -> None:
    load(service, file(json.dumps({"account": [{"accountid": ACCOUNT, "name": "Alpine"}]}), "x.json"))
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
    assert load(service, file(json.dumps(answer), "x.json")) == []
    assert row(service, "contact", CONTACT)["parentcustomerid"] == Reference("account", ACCOUNT)


def test_a_single_row_of_the_web_api(service: Service, file: Any) -> None:
    answer = {"@odata.context": "https://x/api/data/v9.2/$metadata#accounts/$entity", "accountid": ACCOUNT, "name": "A"}
    assert load(service, file(json.dumps(answer), "x.json")) == []
    assert row(service, "account", ACCOUNT)["name"] == "A"


# ---- what is wrong


@pytest.mark.parametrize(
    ("data", "name", "match"),
    [
        (b"{", "x.json", "Line 1: not valid JSON"),
        (b'{"account": [\n{"name": "x"},\n{"name": }]}', "x.json", "Line 3: not valid JSON"),
        (b'{"account": [{"name": "x"}]} trailing', "x.json", "goes on behind its end"),
        (b'{"account": 1}', "x.json", "list of objects"),
        (b'{"account": [1]}', "x.json", "a row must be an object"),
        (b'[{"name": NaN}]', "account.json", "NaN is no number"),
        (b'[{"revenue": ' + b"9" * 5000 + b"}]", "account.json", "Line 1: not valid JSON"),
        (b'[{"revenue": ' + b"9" * 50 + b"}]", "account.json", "line 1: Integer exceeds"),
        (b'[{"name": "x"},\n{"name": ' + b"[" * 500 + b"]" * 500 + b"}]", "account.json", "line 2: Recursion limit"),
        (b'[{"revenue": 1e999}]', "account.json", "1e999 is too large a number"),
        (b'[{"name": "\\ud800"}]', "account.json", "half of a surrogate pair"),
        (b"[" * 100_000, "account.json", "nested too deeply"),
        (b'"text"', "x.json", "a list or an object"),
        (b'[{"name": "Caf\xe9"}]', "account.json", "UTF-8"),
        (b"a,b\n1,2,3\n", "x.csv", "Line 2: 3 values, but 2 columns"),
        (b'a,b\n1,2\n"1,2\n', "x.csv", "Line 3: no CSV"),
        (b"a,a\n1,2\n", "x.csv", "named twice"),
        (b"a;b\n1;2\n", "x.csv", "separated by commas"),
        (b"a\tb\n1\t2\n", "x.csv", "separated by commas"),
        (b"a,,b\n1,2,3\n", "x.csv", "must name the columns"),
        (b"name\nCaf\xe9\n", "account.csv", "UTF-8"),
        (b"", "x.csv", "The file is empty"),
        (b"\xff\xfe\xff", "x.csv", "UTF-8"),
        (b"<x/>", "data.xml", "no data.xml"),
        (b"a,b\n1,2\n", "data.xml", "no XML document"),
        (b'<entities><entity name="account">', "data.xml", "not well-formed"),
        (b"PK\x03\x04 damaged", "x.zip", "cannot be read"),
        (b"no archive", "x.zip", "no zip archive"),
        (archive(readme="x"), "x.zip", "no data.xml"),
        (archive(**{"data.xml": "<!DOCTYPE x><entities/>"}), "x.zip", "document type"),
        (archive(**{"data.xml": DATA, "../x": ""}), "x.zip", "leads out of it"),
        (archive(**{"data.xml": DATA})[:-40], "x.zip", "cannot be read"),
        (b'[{"name": "x"}]', "nothing.json", "nothing"),
    ],
)
def test_a_file_that_holds_no_rows(service: Service, file: Any, data: bytes, name: str, match: str) -> None:
    with pytest.raises(click.ClickException, match=match):
        load(service, file(data, name))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name,revenue\nx,1\nx,much\n", "line 3: The value 'much' does not fit the column account.revenue"),
        ("name,numberofemployees\nx,99999999999999999999\n", "line 2: .*does not fit the column"),
        ("name,revenue\nx,1e400\n", "line 2: .*does not fit the column account.revenue"),
        ("name,numberofemployees\nx,-5\n", "line 2: .*numberofemployees"),
        ("name,industrycode\nx,9999\n", "line 2: .*industrycode"),
        ("name,statecode\nx,7\n", "line 2: .*statecode"),
        ("name,createdon\nx,yesterday\n", "line 2: .*account.createdon"),
        (f"name\n{'x' * 161}\n", "line 2: .*name"),
        ("accountid,name\nx,y\n", "line 2: .x. is no identifier"),
        (f"name,ownerid\nx,nothing:{LEAD}\n", "line 2: .*does not fit the column account.ownerid"),
        (f"name,ownerid\nx,account:{LEAD}\n", "line 2: .*does not fit the column account.ownerid"),
        (f"name,primarycontactid\nx,account:{LEAD}\n", "line 2: .*primarycontactid"),
    ],
)
def test_a_wrong_row_is_told_with_its_line_and_nothing_is_imported(
    service: Service, file: Any, text: str, message: str
) -> None:
    good = file("name\nGood\n", "account.csv")
    with pytest.raises(click.ClickException, match=f"1 rows cannot be taken; nothing was imported:\n.*{message}"):
        load(service, good, file(text, "accounts.csv"))
    assert rows(service, "account", name="Good") == []


def test_many_wrong_rows_are_counted(service: Service, file: Any) -> None:
    with pytest.raises(click.ClickException, match=r"^30 rows cannot(.|\n)*and 10 more$"):
        load(service, file("name,revenue\n" + "x,y\n" * 30, "account.csv"))


def test_a_hundred_thousand_rows(service: Service, file: Any) -> None:
    lines = "".join(f"Contact {number},Street {number}\n" for number in range(100_000))
    start = time.monotonic()
    load(service, file(f"lastname,address1_line1\n{lines}", "contact.csv"))
    assert service.store.count(service.catalog.table("contact")) == 100_000
    assert time.monotonic() - start < 120
