"""A change of definitions is done in full or not at all, whichever SQL statement fails (contract 07 §4).

Each change is tried again and again, each time with a failure one statement further, until it comes through. Until then
the schema, the rows, the catalog and what clients read of it are what they were.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from dataverse_emulator.config import Settings
from dataverse_emulator.environment import open_service

from .conftest import Answer, Api
from .defining import CRM, column, label, many_to_many, one_to_many, options, table
from .failing import FailingEverywhere

TABLE = "EntityDefinitions(LogicalName='{}')"
ACCOUNT, PROJECT = TABLE.format("account"), TABLE.format("new_project")
COLOURS = {**options((1, "Red"), (2, "Blue")), "Name": "new_Colours", "IsGlobal": True, "DisplayName": label("Colours")}
SET = {"OptionSetName": "new_Colours"}

Change = Callable[[Api], Answer]


def create_table(api: Api) -> Answer:
    columns = (column("Money", "new_Cost"), column("Picklist", "new_Stage", OptionSet=options((1, "A"))))
    return api.post("EntityDefinitions", table("new_More", *columns, HasNotes=True, HasActivities=True))


def create_tables(api: Api) -> Answer:
    bodies = []
    for name in ("new_One", "new_Two"):
        body = {**table(name), "@odata.type": f"{CRM}.ComplexEntityMetadata"}
        for each in body["Attributes"]:
            each["@odata.type"] = each["@odata.type"].replace("CRM.", "CRM.Complex")
        bodies.append(body)
    return api.post("CreateEntities", {"Entities": bodies})


def update_table(api: Api) -> Answer:
    whole = api.get(PROJECT).json()
    return api.put(PROJECT, {**whole, "DisplayName": label("Plan"), "HasNotes": True, "EntitySetName": "new_plans"})


def delete_table(api: Api) -> Answer:
    return api.delete(PROJECT)


def create_column(api: Api) -> Answer:
    return api.post(f"{PROJECT}/Attributes", column("Money", "new_Cost"))


def update_column(api: Api) -> Answer:
    path = f"{PROJECT}/Attributes(LogicalName='new_at')"
    whole = api.get(f"{path}/{CRM}.DateTimeAttributeMetadata").json()
    return api.put(path, {**whole, "Format": "DateOnly", "DateTimeBehavior": {"Value": "DateOnly"}})


def delete_column(api: Api) -> Answer:
    return api.delete(f"{ACCOUNT}/Attributes(LogicalName='new_projectid')")


def create_one_to_many(api: Api) -> Answer:
    return api.post("RelationshipDefinitions", one_to_many("new_b", "contact", "new_project", "new_ContactId"))


def add_target(api: Api) -> Answer:
    """A further target of a lookup that has rows."""
    return api.post("RelationshipDefinitions", one_to_many("new_c", "contact", "account", "new_ProjectId"))


def create_many_to_many(api: Api) -> Answer:
    return api.post("RelationshipDefinitions", many_to_many("new_d", "new_project", "contact"))


def delete_relationship(api: Api) -> Answer:
    return api.delete("RelationshipDefinitions(SchemaName='new_links')")


def _lookup(action: str, *targets: str) -> Change:
    pairs = [
        {"SchemaName": f"new_{action}_{each}", "ReferencedEntity": each, "ReferencingEntity": "new_project"}
        for each in targets
    ]
    lookup = {**column("Lookup", "new_PartnerId"), "@odata.type": f"{CRM}.ComplexLookupAttributeMetadata"}
    return lambda api: api.post(action, {"Lookup": lookup, "OneToManyRelationships": pairs})


def create_customer(api: Api) -> Answer:
    return _lookup("CreateCustomerRelationships", "account", "contact")(api)


def create_polymorphic(api: Api) -> Answer:
    return _lookup("CreatePolymorphicLookupAttribute", "account", "contact", "lead")(api)


def create_key(api: Api) -> Answer:
    return api.post(f"{PROJECT}/Keys", {"SchemaName": "new_K", "KeyAttributes": ["new_name"]})


def delete_key(api: Api) -> Answer:
    return api.delete(f"{ACCOUNT}/Keys(LogicalName='new_number')")


def create_option_set(api: Api) -> Answer:
    return api.post("GlobalOptionSetDefinitions", {**COLOURS, "Name": "new_Paints"})


def insert_option(api: Api) -> Answer:
    return api.post("InsertOptionValue", {**SET, "Value": 3, "Label": label("Green")})


def update_option(api: Api) -> Answer:
    return api.post("UpdateOptionValue", {**SET, "Value": 1, "Label": label("Crimson"), "MergeLabels": False})


def delete_option(api: Api) -> Answer:
    return api.post("DeleteOptionValue", {**SET, "Value": 2})


def insert_status(api: Api) -> Answer:
    reason = {"EntityLogicalName": "new_project", "AttributeLogicalName": "statuscode", "StateCode": 1}
    return api.post("InsertStatusValue", {**reason, "Value": 3, "Label": label("Dropped")})


CHANGES = [
    *(create_table, create_tables, update_table, delete_table, create_column, update_column, delete_column),
    *(create_one_to_many, add_target, create_many_to_many, delete_relationship, create_customer, create_polymorphic),
    *(create_key, delete_key, create_option_set, insert_option, update_option, delete_option, insert_status),
]
ON_A_FILE = (create_table, delete_table, delete_column, create_many_to_many)


@pytest.fixture
def api(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Api]:
    """The Web API with projects, accounts of projects, and what the changes change."""
    on_file = request.param == "file"
    service = open_service(Settings(log_format="none", database=str(tmp_path / "rows.db") if on_file else None))
    api = Api(service)
    for path, body in (
        ("GlobalOptionSetDefinitions", COLOURS),
        ("EntityDefinitions", table("new_Project", column("DateTime", "new_At"))),
        ("RelationshipDefinitions", one_to_many("new_a", "new_project", "account", "new_ProjectId")),
        ("RelationshipDefinitions", many_to_many("new_links", "new_project", "lead")),
        (f"{ACCOUNT}/Keys", {"SchemaName": "new_Number", "KeyAttributes": ["accountnumber"]}),
    ):
        assert api.post(path, body).status == 204
    project = api.new("new_projects", new_name="P", new_at="2024-03-31T23:30:00Z")
    api.new("accounts", name="A", **{"new_ProjectId@odata.bind": f"/new_projects({project})"})
    link = {"@odata.id": f"leads({api.new('leads', subject='L', lastname='L')})"}
    assert api.post(f"new_projects({project})/new_links/$ref", link).status == 204
    yield api
    service.close()


def state(api: Api) -> list[Any]:
    """What the database holds and what the catalog says."""
    fetch = api.service.store.database.fetch
    schema = fetch("SELECT type, name, sql FROM sqlite_master ORDER BY name")
    rows = {name: fetch(f'SELECT * FROM "{name}" ORDER BY 1, 2') for kind, name, _ in schema if kind == "table"}
    catalog = api.service.catalog
    return [schema, rows, catalog.parts, catalog.table_names, catalog.entity_set_names]


def described(api: Api) -> list[Any]:
    """What clients read of the tables that the changes change."""
    paths = [ACCOUNT, PROJECT, TABLE.format("contact")]
    found = [api.get(f"{path}?$expand=Attributes,Keys,ManyToOneRelationships").json() for path in paths]
    rows = [api.get(query).json() for query in ("new_projects?$expand=new_a,new_links", "accounts", "leads")]
    return [*found, *rows, api.get("GlobalOptionSetDefinitions(Name='new_Colours')").json()]


@pytest.mark.parametrize(
    ("api", "change"),
    [("memory", change) for change in CHANGES] + [("file", change) for change in ON_A_FILE],
    indirect=["api"],
    ids=lambda value: value if isinstance(value, str) else value.__name__.replace("_", " "),
)
def test_nothing_is_left_of_a_change_that_fails_at_any_statement(api: Api, change: Change) -> None:
    shown = described(api)
    failing = FailingEverywhere.before(api.service.store, sqlite3.OperationalError("disk I/O error"))
    before = state(api)
    for number in range(300):
        failing.working = number
        answer = change(api)
        failing.working = -1
        if answer.status < 300:
            break
        assert answer.status == 500, answer.text
        for one, other in zip(before, state(api), strict=True):
            assert one == other, number
        if number == 2:
            assert described(api) == shown
    assert 2 < number < 299
    assert state(api) != before
    assert api.get("accounts?$top=1").status == 200
    assert api.new("leads", subject="After", lastname="L")


@pytest.mark.parametrize("api", ["memory"], indirect=True)
def test_what_is_undone_after_it_succeeded_can_be_read_as_if_it_never_was(api: Api) -> None:
    def undo(change: Change) -> None:
        with api.service.unit():
            assert change(api).status < 300
            described(api)
            raise ZeroDivisionError

    shown = described(api)
    for change in CHANGES:
        with pytest.raises(ZeroDivisionError):
            undo(change)
        assert described(api) == shown
