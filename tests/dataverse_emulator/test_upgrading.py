"""A database file of an earlier version, or of another program, at a start."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from dataverse_emulator.config import Settings
from dataverse_emulator.environment import open_service
from dataverse_emulator.messages.base import Create, Record
from dataverse_emulator.service import DEFAULT_USER_ID, Service
from dataverse_emulator.storage.sqlite import UnusableDatabase
from dataverse_emulator.values import Reference

FORMER = (
    "DROP INDEX lead__createdon",
    "DROP TABLE invoice",
    "DROP TABLE emulator_definition",
    "ALTER TABLE account DROP COLUMN tickersymbol",
    "ALTER TABLE account DROP COLUMN ownerid__type",
    "DELETE FROM attributemap",
    "DELETE FROM entitymap WHERE sourceentityname = 'lead'",
    "PRAGMA user_version = 0",
)
NAME = {"name": "Contoso"}


def create(service: Service, table: str, **values: object) -> str:
    return str(service.execute(Create(Record(service.catalog.table(table), dict(values))), service.default_caller()))


def count(path: Path, table: str) -> int:
    with closing(sqlite3.connect(path)) as connection:
        return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file with an account that lacks what a later version brought."""
    path = tmp_path / "org.sqlite"
    service = open_service(Settings(database=str(path)))
    create(service, "account", **NAME)
    service.close()
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in FORMER:
            if "ownerid__type" in statement:
                connection.execute("DROP INDEX IF EXISTS account__ownerid")
            connection.execute(statement)
    return path


@pytest.fixture
def service(path: Path) -> Iterator[Service]:
    service = open_service(Settings(database=str(path)))
    yield service
    service.close()


def test_a_file_of_an_earlier_version_keeps_its_rows(service: Service) -> None:
    account = service.catalog.table("account")
    assert service.store.find(account, NAME, ("name",)) == [NAME]


def test_a_file_of_an_earlier_version_gets_tables_and_columns(service: Service) -> None:
    create(service, "invoice", name="New")
    id = create(service, "account", name="New", tickersymbol="NEW")
    row = service.store.read(service.catalog.table("account"), id, ("tickersymbol",))
    assert row == {"tickersymbol": "NEW"}


def test_a_file_of_an_earlier_version_gets_indexes(service: Service) -> None:
    assert "lead__createdon" in service.store.database.indexes()


def test_lookups_that_get_several_targets_lead_where_they_did(service: Service) -> None:
    [row] = service.store.find(service.catalog.table("account"), NAME, ("ownerid",))
    assert row["ownerid"] == Reference("systemuser", DEFAULT_USER_ID)


def test_a_file_of_an_earlier_version_gets_the_rows_of_tables_that_had_none(service: Service) -> None:
    assert service.store.count(service.catalog.table("attributemap")) > 0


def test_rows_that_were_taken_away_do_not_come_back(service: Service) -> None:
    maps = service.catalog.table("entitymap")
    assert service.store.find(maps, {"sourceentityname": "lead"}, ("entitymapid",)) == []


def test_tables_of_other_schema_files_come_to_a_file_at_the_next_start(tmp_path: Path) -> None:
    schema = tmp_path / "schema.json"
    path = tmp_path / "org.sqlite"
    open_service(Settings(database=str(path))).close()
    schema.write_text(SCHEMA, encoding="utf-8")
    service = open_service(Settings(database=str(path), schemas=(str(schema),)))
    try:
        create(service, "new_thing", new_name="A")
        assert service.store.count(service.catalog.table("new_thing")) == 1
    finally:
        service.close()


SCHEMA = """
{"LogicalName": "new_thing", "SchemaName": "new_Thing", "EntitySetName": "new_things",
 "PrimaryIdAttribute": "new_thingid", "PrimaryNameAttribute": "new_name",
 "Attributes": [
   {"LogicalName": "new_thingid", "SchemaName": "new_thingId", "AttributeType": "Uniqueidentifier"},
   {"LogicalName": "new_name", "SchemaName": "new_Name", "AttributeType": "String", "MaxLength": 100}]}
"""


@pytest.mark.parametrize("table", ["people", "account"])
def test_a_file_of_another_program_is_refused_and_stays_as_it_is(tmp_path: Path, table: str) -> None:
    path = tmp_path / "org.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"CREATE TABLE {table} (name TEXT)")
    before = path.read_bytes()
    with pytest.raises(UnusableDatabase, match="another program made it"):
        open_service(Settings(database=str(path)))
    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


def test_a_start_that_finds_nothing_missing_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "org.sqlite"
    open_service(Settings(database=str(path))).close()
    before = path.read_bytes()
    open_service(Settings(database=str(path), seeds=("sample",))).close()
    assert path.read_bytes() == before
