"""The store follows its definitions: rows kept, in one transaction, over restarts and resets, under load."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dataverse_emulator.config import Settings
from dataverse_emulator.environment import open_service
from dataverse_emulator.errors import EmulatorError, SchemaChanged
from dataverse_emulator.messages.base import Create, Record
from dataverse_emulator.messages.metadata.kinds import CreateAttribute, CreateEntity, DeleteAttribute, DeleteEntity
from dataverse_emulator.metadata.overlay import COLUMN, ONE_TO_MANY, TABLE
from dataverse_emulator.service import Service
from dataverse_emulator.values import Reference
from dataverse_emulator.web.exchange import WebRequest
from dataverse_emulator.web.front import FrontDoor

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


def test_definitions_and_rows_change_together_under_load() -> None:
    """Four threads read and write while a table and columns come and go: nothing but the answers of the platform."""
    service = open_service(Settings(log_format="none"))
    front = FrontDoor(service, Settings(log_format="none"))
    caller = service.default_caller()
    stop = threading.Event()
    failures: list[str] = []

    def send(method: str, path: str, body: bytes = b"") -> None:
        target, _, query = path.partition("?")
        request = WebRequest(
            method, f"/api/data/v9.2/{target}", query, {"content-type": "application/json"}, body, "http://localhost"
        )
        answer = front.answer(request)
        if answer.status >= 500:
            failures.append(f"{method} {path}: {answer.status} {answer.body[:300]!r}")

    def read_and_write() -> None:
        while not stop.is_set():
            send("POST", "accounts", b'{"name": "A", "new_size": 1}')
            send("POST", "accounts", b'{"name": "A"}')
            send("GET", "accounts?$select=name,new_size&$top=2")
            send("GET", "accounts?$top=2&$expand=primarycontactid($select=fullname)")
            send("POST", "new_loads", b'{"new_name": "A"}')
            send("GET", "new_loads?$filter=new_name eq 'a'&$select=new_name&$top=3")
            send("GET", "EntityDefinitions(LogicalName='account')/Attributes(LogicalName='new_size')")

    text = {"LocalizedLabels": [{"Label": "L", "LanguageCode": 1033}]}
    name = {
        "@odata.type": "Microsoft.Dynamics.CRM.StringAttributeMetadata",
        "SchemaName": "new_Name",
        "IsPrimaryName": True,
        "DisplayName": text,
    }
    size = {"@odata.type": "Microsoft.Dynamics.CRM.IntegerAttributeMetadata", "SchemaName": "new_Size"}
    table = {"SchemaName": "new_Load", "DisplayName": text, "Attributes": [name]}
    threads = [threading.Thread(target=read_and_write) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(12):
            service.execute(CreateEntity(table), caller)
            service.execute(CreateAttribute("account", size), caller)
            record = Record(service.catalog.table("account"), {"name": "B", "new_size": 5})
            service.execute(Create(record), caller)
            service.execute(DeleteAttribute("account", "new_size"), caller)
            service.execute(DeleteEntity("new_load"), caller)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert failures == []
    with pytest.raises(EmulatorError):
        service.catalog.table("new_load")
    service.close()
