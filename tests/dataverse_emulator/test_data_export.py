"""Rows into files: what is exported and imported elsewhere is exported from there to the same content."""

from __future__ import annotations

import csv
import json
import zipfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.dataverse_emulator.transfers import dump, load, target_of

from dataverse_emulator import Emulator
from dataverse_emulator.cli import main
from dataverse_emulator.config import Settings
from dataverse_emulator.environment import open_service
from dataverse_emulator.service import Service

ACCOUNT = "11111111-1111-1111-1111-111111111111"
OTHER = "22222222-2222-2222-2222-222222222222"
LEAD = "33333333-3333-3333-3333-333333333333"
EMAIL = "44444444-4444-4444-4444-444444444444"
LOOKUP = "#Microsoft.Dynamics.CRM.LookupAttributeMetadata"
KINDS = ("json", "zip", "folder")


def attribute(kind: str, name: str, **members: Any) -> dict[str, Any]:
    return {
        "@odata.type": f"#Microsoft.Dynamics.CRM.{kind}AttributeMetadata",
        "LogicalName": name.lower(),
        "SchemaName": name,
        "AttributeTypeName": {"Value": f"{kind}Type"},
        **members,
    }


def options(*values: int) -> dict[str, Any]:
    label = {"UserLocalizedLabel": {"Label": "x", "LanguageCode": 1033}}
    return {"OptionSet": {"IsGlobal": False, "Options": [{"Value": each, "Label": label} for each in values]}}


TABLE = {
    "LogicalName": "new_all",
    "SchemaName": "new_All",
    "EntitySetName": "new_alls",
    "PrimaryIdAttribute": "new_allid",
    "PrimaryNameAttribute": "new_text",
    "OwnershipType": "UserOwned",
    "Attributes": [
        attribute("Uniqueidentifier", "new_AllId"),
        attribute("String", "new_Text", MaxLength=200),
        attribute("Memo", "new_Memo", MaxLength=2000),
        attribute("Integer", "new_Whole"),
        attribute("BigInt", "new_Big"),
        attribute("Decimal", "new_Decimal", Precision=5),
        attribute("Double", "new_Double", Precision=5),
        attribute("Boolean", "new_Flag", DefaultValue=True),
        attribute("DateTime", "new_When"),
        attribute("DateTime", "new_Day", Format="DateOnly", DateTimeBehavior={"Value": "DateOnly"}),
        attribute("DateTime", "new_There", DateTimeBehavior={"Value": "TimeZoneIndependent"}),
        attribute("Picklist", "new_Kind", DefaultFormValue=2, **options(1, 2, 3)),
        attribute("MultiSelectPicklist", "new_Colors", **options(7, 8, 9)),
        attribute("Lookup", "new_Account", Targets=["account"]),
        attribute("Customer", "new_Customer", **{"@odata.type": LOOKUP}, Targets=["account", "contact"]),
        attribute("Owner", "ownerid", **{"@odata.type": LOOKUP}),
        attribute(
            "State",
            "statecode",
            OptionSet={
                "Options": [
                    {"Value": 0, "DefaultStatus": 1, "InvariantName": "Active", "Label": {}},
                    {"Value": 1, "DefaultStatus": 2, "InvariantName": "Inactive", "Label": {}},
                ]
            },
        ),
        attribute(
            "Status",
            "statuscode",
            OptionSet={
                "Options": [
                    {"Value": 1, "State": 0, "Label": {"UserLocalizedLabel": {"Label": "a"}}},
                    {"Value": 2, "State": 1, "Label": {"UserLocalizedLabel": {"Label": "b"}}},
                ]
            },
        ),
    ],
}

TEXT = st.text(
    st.characters(exclude_categories=("Cs", "Cn"), exclude_characters=[chr(code) for code in range(32)])
    | st.sampled_from("\t\r\n\"',;<>&:é東🙂"),
    max_size=60,
)
MOMENT = st.datetimes(datetime(1753, 1, 1), datetime(9999, 12, 30)).map(
    lambda moment: f"{moment.replace(microsecond=0).isoformat()}Z"
)
ROW = st.fixed_dictionaries(
    {"new_allid": st.uuids().map(str)},
    optional={
        "new_text": st.none() | TEXT,
        "new_memo": st.none() | TEXT,
        "new_whole": st.none() | st.integers(-(2**31), 2**31 - 1),
        "new_big": st.none() | st.integers(-(2**63) + 1, 2**63 - 1),
        "new_decimal": st.none() | st.integers(-(10**9), 10**9).map(lambda number: number / 10**5),
        "new_double": st.none() | st.floats(-1e9, 1e9),
        "new_flag": st.none() | st.booleans(),
        "new_when": st.none() | MOMENT,
        "new_day": st.none() | MOMENT.map(lambda moment: moment[:10]),
        "new_there": st.none() | MOMENT,
        "new_kind": st.none() | st.sampled_from([1, 2, 3]),
        "new_colors": st.none() | st.sampled_from(["7", "8,9", "7,8,9"]),
        "new_account": st.none() | st.just({"table": "account", "id": ACCOUNT}),
        "new_customer": st.none()
        | st.sampled_from([{"table": "account", "id": ACCOUNT}, {"table": "contact", "id": OTHER}]),
        "statecode": st.sampled_from([0, 1]),
        "statuscode": st.sampled_from([1, 2]),
    },
)


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Service, Service]]:
    """Two environments with a table that has columns of every type."""
    path = tmp_path_factory.mktemp("schema") / "table.json"
    path.write_text(json.dumps(TABLE))
    opened = [open_service(Settings(log_format="none", schemas=(str(path),))) for _ in range(2)]
    yield opened[0], opened[1]
    for service in opened:
        service.close()


@pytest.fixture
def service() -> Iterator[Service]:
    opened = open_service(Settings(log_format="none"))
    yield opened
    opened.close()


def path_of(folder: Path, kind: str, name: str) -> Path:
    """A file or folder for an export of that kind."""
    path = folder / (name if kind == "folder" else f"{name}.{kind}")
    if kind == "folder":
        path.mkdir(exist_ok=True)
    return path


def sources(path: Path) -> list[Path]:
    return sorted(path.iterdir()) if path.is_dir() else [path]


def content(path: Path) -> dict[str, bytes]:
    return {each.name.replace(path.stem, ""): each.read_bytes() for each in sources(path)}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(ROW, min_size=1, max_size=6, unique_by=lambda row: row["new_allid"]))
@pytest.mark.parametrize("kind", KINDS)
def test_rows_of_any_values_come_back(
    pair: tuple[Service, Service], tmp_path: Path, kind: str, rows: list[dict[str, Any]]
) -> None:
    start, first, second = (
        tmp_path / "new_all.json",
        path_of(tmp_path, kind, "first"),
        path_of(tmp_path, kind, "second"),
    )
    start.write_text(json.dumps(rows))
    targets = tmp_path / "targets.json"
    targets.write_text(json.dumps({"account": [{"accountid": ACCOUNT}], "contact": [{"contactid": OTHER}]}))
    for service in pair:
        service.reset()
        load(service, targets)
    load(pair[0], start)
    assert dump(pair[0], first, "new_all") == []
    assert load(pair[1], *sources(first)) == []
    dump(pair[1], second, "new_all")
    assert content(first) == content(second)
    exported = json.loads(json.dumps(target_of(pair[1]).send("GET", "/_emulator/data?table=new_all", b"")["rows"]))
    wanted = sorted(rows, key=lambda row: row["new_allid"])
    for given_row, found in zip(wanted, exported, strict=True):
        for name, value in given_row.items():
            assert found.get(name) == (None if value == "" else value), name


@pytest.mark.parametrize("kind", KINDS)
def test_a_whole_organization_comes_back(tmp_path: Path, kind: str) -> None:
    """Into an empty environment, and into the one that it came from."""
    first, second, third = (path_of(tmp_path, kind, name) for name in ("first", "second", "third"))
    source = open_service(Settings(log_format="none", seeds=("sample",)))
    target = open_service(Settings(log_format="none"))
    try:
        dump(source, first)
        assert load(target, *sources(first)) == []
        dump(target, second)
        assert content(first) == content(second)
        load(source, *sources(first))
        dump(source, third)
        assert content(first) == content(third)
    finally:
        source.close()
        target.close()


@pytest.fixture
def linked(service: Service, tmp_path: Path) -> Service:
    """An account with a lead, and an e-mail to a contact."""
    path = tmp_path / "start.json"
    path.write_text(
        json.dumps(
            {
                "account": [{"accountid": ACCOUNT, "name": "A"}],
                "lead": [{"leadid": LEAD, "subject": "L", "lastname": "L"}],
                "contact": [{"contactid": OTHER, "lastname": "C"}],
                "email": [{"activityid": EMAIL, "subject": "M"}],
                "activityparty": [
                    {
                        "activityid": {"table": "email", "id": EMAIL},
                        "partyid": {"table": "contact", "id": OTHER},
                        "participationtypemask": 2,
                    }
                ],
                "accountleads": [{"accountid": ACCOUNT, "leadid": LEAD}],
            }
        )
    )
    load(service, path)
    return service


def test_links_are_rows_of_their_table_in_json_and_csv(linked: Service, tmp_path: Path) -> None:
    dump(linked, tmp_path / "x.json", "accountleads")
    (row,) = json.loads((tmp_path / "x.json").read_text())["accountleads"]
    assert (row["accountid"], row["leadid"]) == (ACCOUNT, LEAD)
    dump(linked, tmp_path / "x.csv", "accountleads")
    (line,) = csv.DictReader((tmp_path / "x.csv").read_text().splitlines())
    assert (line["accountid"], line["leadid"]) == (ACCOUNT, LEAD)


def test_links_and_parties_stand_with_their_rows_in_an_archive(linked: Service, tmp_path: Path) -> None:
    dump(linked, tmp_path / "x.zip")
    with zipfile.ZipFile(tmp_path / "x.zip") as archive:
        data, schema = archive.read("data.xml").decode(), archive.read("data_schema.xml").decode()
    assert f'<m2mrelationship sourceid="{ACCOUNT}" targetentityname="lead"' in data
    assert f"<targetids><targetid>{LEAD}</targetid></targetids>" in data
    assert '<field name="to" value="" lookupentity=""><activitypointerrecords id=' in data
    assert 'entity name="accountleads"' not in data
    assert 'name="accountleads" manyToMany="true" isreflexive="false"' in schema
    assert '<field displayname="to" name="to" type="partylist"/>' in schema


def test_links_of_tables_that_are_not_exported_are_left_out_of_an_archive(linked: Service, tmp_path: Path) -> None:
    dump(linked, tmp_path / "x.zip", "account")
    with zipfile.ZipFile(tmp_path / "x.zip") as archive:
        assert b"m2mrelationship " not in archive.read("data.xml")


def test_a_table_is_exported_page_by_page(service: Service, tmp_path: Path) -> None:
    path = tmp_path / "contact.csv"
    path.write_text("lastname\n" + "".join(f"C{number}\n" for number in range(2500)))
    load(service, path)
    send = target_of(service).send
    page = send("GET", "/_emulator/data?table=contact", b"")
    assert len(page["rows"]) == 1000
    dump(service, tmp_path / "x.json", "contact")
    assert len(json.loads((tmp_path / "x.json").read_text())["contact"]) == 2500


def test_characters_that_xml_cannot_hold_are_reported(linked: Service, tmp_path: Path) -> None:
    path = tmp_path / "account.json"
    path.write_text(json.dumps([{"accountid": ACCOUNT, "name": "a\u0001b"}]))
    load(linked, path)
    assert dump(linked, tmp_path / "x.zip", "account") == [
        "account.name: characters that XML cannot hold are not exported"
    ]


# ---- the commands


def run(*arguments: object, code: int = 0) -> str:
    ended = CliRunner().invoke(main, [str(each) for each in arguments])
    assert ended.exit_code == code, ended.output
    return ended.output


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "accounts.csv"
    path.write_text(f"accountid,name,shoe\n{ACCOUNT},Alpine,44\n")
    return path


def test_a_database_file(tmp_path: Path, file: Path) -> None:
    database = tmp_path / "x.sqlite"
    output = run("import", "data", file, "--database", database)
    assert f"{file}: account.shoe: no such column" in output
    assert f"{file}: 1 rows imported" in output
    assert "1 rows exported" in run("export", "data", tmp_path / "o.csv", "--table", "account", "--database", database)
    assert "Alpine" in (tmp_path / "o.csv").read_text()


def test_a_running_emulator(tmp_path: Path, file: Path) -> None:
    with Emulator(tls_port=None) as emulator:
        port = emulator.url.rpartition(":")[2]
        run("import", "data", file, "--port", port)
        run("export", "data", f"{tmp_path}/out/", "--port", port)
        run("import", "data", tmp_path / "out", "--port", port, "--progress")
    assert "Alpine" in (tmp_path / "out" / "account.csv").read_text()


def test_a_dry_run_changes_nothing(tmp_path: Path, file: Path) -> None:
    database = tmp_path / "x.sqlite"
    assert "1 rows would be imported" in run("import", "data", file, "--database", database, "--dry-run")
    assert "0 rows exported" in run("export", "data", tmp_path / "o.csv", "--table", "account", "--database", database)


def test_a_database_that_is_in_use(tmp_path: Path, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dataverse_emulator.storage.claim.WAIT", 0.0)
    database = str(tmp_path / "x.sqlite")
    with Emulator(database=database, tls_port=None):
        assert "is in use by another emulator" in run("import", "data", file, "--database", database, code=1)
    run("import", "data", file, "--database", database)


def test_a_file_that_is_no_database(tmp_path: Path, file: Path) -> None:
    assert "file is not a database" in run("import", "data", file, "--database", file, code=1)
    assert "cannot be opened" in run("import", "data", file, "--database", tmp_path / "no" / "x", code=1)


def test_a_failed_export_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    target = tmp_path / "o.json"
    target.write_text("before")
    run("export", "data", target, "--table", "nothing", "--database", tmp_path / "x.sqlite", code=1)
    assert [each.name for each in tmp_path.glob("o.json*")] == ["o.json"]
    assert target.read_text() == "before"


def test_progress_is_shown_when_it_is_wanted(tmp_path: Path, file: Path) -> None:
    arguments = ("import", "data", file, "--database", tmp_path / "x.sqlite")
    assert "accounts.csv 100%" in run(*arguments, "--progress")
    assert "100%" not in run(*arguments)


@pytest.mark.parametrize("command", ["import schema", "import data", "export schema", "export data"])
def test_the_help_has_examples(command: str) -> None:
    assert f"  dataverse-emulator {command} " in run(*command.split(), "--help")


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("export", "data", "x.txt"), "must end in .json, .csv or .zip"),
        (("export", "data", "x.csv"), "name it with --table"),
        (("import", "data", "/nowhere.csv"), "does not exist"),
    ],
)
def test_wrong_usage(arguments: tuple[str, ...], text: str) -> None:
    assert text in run(*arguments, code=2)
