"""The store follows its definitions: rows kept, in one transaction, over restarts and resets."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dataverse_emulator.config import Settings
from dataverse_emulator.environment import open_service
from dataverse_emulator.errors import SchemaChanged
from dataverse_emulator.messages.base import Create, Record
from dataverse_emulator.messages.metadata.kinds import CreateAttribute, DeleteAttribute
from dataverse_emulator.metadata.overlay import COLUMN, ONE_TO_MANY, TABLE
from dataverse_emulator.service import Service
from dataverse_emulator.values import Reference

HEAD = {
    "logicalName": "new_thing",
    "schemaName": "new_Thing",
    "entitySetName": "new_things",
    "primaryId": "new_thingid",
    "primaryName": "new_name",
}
KEY = {"logicalName": "new_thingid", "type": "Uniqueidentifier"}
NAME = {"logicalName": "new_name", "type": "String", "maxLength": 100}
OWNER = {"logicalName": "new_owner", "type": "Lookup"}


def relationship(referenced: str, name: str) -> dict[str, Any]:
    return {
        "schemaName": name,
        "referencedTable": referenced,
        "referencedColumn": f"{referenced}id",
        "referencingTable": "new_thing",
        "referencingColumn": "new_owner",
        "referencingNavigation": f"new_owner_{referenced}",
    }


CHANGES: dict[tuple[str, str], Any] = {
    (TABLE, "new_thing"): HEAD,
    (COLUMN, "new_thing.new_thingid"): KEY,
    (COLUMN, "new_thing.new_name"): NAME,
    (COLUMN, "new_thing.new_owner"): OWNER,
    (ONE_TO_MANY, "new_one"): relationship("account", "new_one"),
}
ID = "00000000-0000-0000-0000-000000000001"
OTHER = "00000000-0000-0000-0000-000000000002"


@pytest.fixture
def service() -> Iterator[Service]:
    service = open_service(Settings())
    yield service
    service.close()


def define(service: Service, changes: dict[tuple[str, str], Any]) -> None:
    with service.store.transaction():
        service.store.define(changes)


def add(service: Service, **values: Any) -> None:
    with service.store.transaction():
        service.store.insert(service.catalog.table("new_thing"), values)


def rows(service: Service) -> list[dict[str, Any]]:
    with service.store.reading():
        return service.store.find(service.catalog.table("new_thing"), {})


def test_tables_and_columns_come_and_go_and_rows_stay(service: Service) -> None:
    define(service, CHANGES)
    add(service, new_thingid=ID, new_name="Ä", new_owner=Reference("account", OTHER))
    define(service, {(COLUMN, "new_thing.new_size"): {"logicalName": "new_size", "type": "Integer"}})
    assert rows(service) == [
        {"new_thingid": ID, "new_name": "Ä", "new_owner": Reference("account", OTHER), "new_size": None}
    ]
    define(service, {(COLUMN, "new_thing.new_name"): None, (TABLE, "new_thing"): {**HEAD, "primaryName": None}})
    assert rows(service) == [{"new_thingid": ID, "new_owner": Reference("account", OTHER), "new_size": None}]
    define(service, dict.fromkeys(service.catalog.parts))
    assert service.catalog.find("new_thing") is None


def test_a_lookup_keeps_its_values_when_it_gets_a_second_target(service: Service) -> None:
    define(service, CHANGES)
    add(service, new_thingid=ID, new_owner=Reference("account", OTHER))
    define(service, {(ONE_TO_MANY, "new_two"): relationship("contact", "new_two")})
    assert rows(service)[0]["new_owner"] == Reference("account", OTHER)
    add(service, new_thingid=OTHER, new_owner=Reference("contact", ID))
    assert [row["new_owner"].table for row in rows(service)] == ["account", "contact"]


def test_a_change_that_fails_leaves_nothing_behind(service: Service) -> None:
    store = service.store

    def fail() -> None:
        with store.transaction():
            store.define(CHANGES)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert service.catalog.find("new_thing") is None
    assert service.catalog.parts == {}
    define(service, CHANGES)
    add(service, new_thingid=ID)
    assert rows(service)


def test_an_inner_transaction_takes_its_own_changes_back(service: Service) -> None:
    store = service.store
    size = {(COLUMN, "new_thing.new_size"): {"logicalName": "new_size", "type": "Integer"}}

    def fail() -> None:
        with store.transaction():
            store.define(size)
            raise ZeroDivisionError

    with store.transaction():
        with store.transaction():
            store.define(CHANGES)
        with pytest.raises(ZeroDivisionError):
            fail()
        assert "new_size" not in service.catalog.table("new_thing").columns
        store.insert(service.catalog.table("new_thing"), {"new_thingid": ID})
    assert [row["new_thingid"] for row in rows(service)] == [ID]


def test_a_reset_takes_definitions_back(service: Service) -> None:
    define(service, CHANGES)
    version = service.catalog.version
    service.reset()
    assert service.catalog.find("new_thing") is None
    assert service.catalog.version > version
    define(service, CHANGES)
    assert rows(service) == []


def test_a_file_keeps_definitions_and_rows(tmp_path: Path) -> None:
    settings = Settings(database=str(tmp_path / "rows.sqlite"))
    first = open_service(settings)
    define(first, CHANGES)
    add(first, new_thingid=ID, new_name="A")
    first.close()
    second = open_service(settings)
    try:
        assert [row["new_name"] for row in rows(second)] == ["A"]
        assert second.catalog.table("new_thing").column("new_owner").targets == ("account",)
        second.reset()
        assert second.catalog.find("new_thing") is None
    finally:
        second.close()


def test_a_file_without_definitions_gets_their_table(tmp_path: Path) -> None:
    settings = Settings(database=str(tmp_path / "rows.sqlite"))
    first = open_service(settings)
    first.store.database.run("DROP TABLE emulator_definition")
    first.close()
    second = open_service(settings)
    define(second, CHANGES)
    second.close()


def test_a_statement_bound_to_a_former_definition_says_so(service: Service) -> None:
    define(service, CHANGES)
    former = service.catalog.table("new_thing")
    define(service, {(COLUMN, "new_thing.new_name"): None, (TABLE, "new_thing"): {**HEAD, "primaryName": None}})
    with pytest.raises(SchemaChanged), service.store.transaction():
        service.store.insert(former, {"new_thingid": ID, "new_name": "A"})
    with pytest.raises(SchemaChanged), service.store.reading():
        service.store.find(former, {"new_name": "A"})


def test_a_row_bound_to_a_former_definition_is_not_written(service: Service) -> None:
    """A value may fit the column that was and not the one that is."""
    caller = service.default_caller()
    service.execute(
        CreateAttribute("account", {"@odata.type": "StringAttributeMetadata", "SchemaName": "new_A"}), caller
    )
    record = Record(service.catalog.table("account"), {"name": "A", "new_a": "text"})
    service.execute(DeleteAttribute("account", "new_a"), caller)
    service.execute(
        CreateAttribute("account", {"@odata.type": "IntegerAttributeMetadata", "SchemaName": "new_A"}), caller
    )
    with pytest.raises(SchemaChanged):
        service.execute(Create(record), caller)
    assert service.store.count(service.catalog.table("account")) == 0
