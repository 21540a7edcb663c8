"""The rows that every organization has: they fit the tables, and clients find what they take for granted."""

from __future__ import annotations

import json
import re
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from lxml import etree

import dataverse_fixtures
from dataverse_emulator.metadata.catalog import NUMBER_TYPES, Catalog, Column, ColumnType
from dataverse_emulator.metadata.definitions import load_catalog

FILE = Path(dataverse_fixtures.__file__).parent / "rows" / "base.json"
ROWS: dict[str, list[dict[str, Any]]] = json.loads(FILE.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    """The shipped catalog."""
    return load_catalog()


def rows(table: str, **values: Any) -> list[dict[str, Any]]:
    """Rows of a table that have those values."""
    return [row for row in ROWS[table] if all(row.get(name) == value for name, value in values.items())]


def one(table: str, **values: Any) -> dict[str, Any]:
    """The one row of a table that has those values."""
    (row,) = rows(table, **values)
    return row


def test_every_row_is_a_line() -> None:
    lines = [line for line in FILE.read_text(encoding="utf-8").splitlines() if line.startswith("  {")]
    assert len(lines) == sum(len(found) for found in ROWS.values())


@pytest.mark.parametrize("table", ROWS)
def test_rows_have_their_key_once(catalog: Catalog, table: str) -> None:
    keys = [row[catalog.table(table).primary_id] for row in ROWS[table]]
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize("table", ROWS)
def test_values_fit_their_columns(catalog: Catalog, table: str) -> None:
    known = {(name, row[catalog.table(name).primary_id]) for name, found in ROWS.items() for row in found}
    for row in ROWS[table]:
        for name, value in row.items():
            column = catalog.table(table).column(name)
            assert column.is_stored, column
            assert fits(column, value, known), (column, value)


def fits(column: Column, value: Any, known: set[tuple[str, str]]) -> bool:
    """The value is one that the loader can read for that column."""
    if column.is_lookup:
        return value["table"] in column.targets and (value["table"], value["id"]) in known
    if column.type in (ColumnType.PICKLIST, ColumnType.STATE, ColumnType.STATUS):
        return type(value) is int and (value in column.labels or not column.options)
    if column.type is ColumnType.BOOLEAN:
        return isinstance(value, bool)
    if column.type is ColumnType.UNIQUEIDENTIFIER:
        return bool(str(UUID(value)) == value)
    if column.type is ColumnType.DATE_TIME:
        return datetime.fromisoformat(value).tzinfo is not None
    if column.type in NUMBER_TYPES:
        low, high = column.minimum, column.maximum
        return type(value) in (int, float) and (low is None or low <= value) and (high is None or value <= high)
    return isinstance(value, str) and (column.max_length is None or len(value) <= column.max_length)


def test_the_default_user_is_an_administrator_of_the_root_unit() -> None:
    user = one("systemuser", fullname="Dev Admin")
    unit = one("businessunit")
    role = one("role", name="System Administrator")
    assert user["domainname"] == user["internalemailaddress"] == "admin@contoso.onmicrosoft.com"
    assert (user["isdisabled"], user["accessmode"]) == (False, 0)
    assert user["businessunitid"]["id"] == unit["businessunitid"]
    assert "parentbusinessunitid" not in unit
    assert rows("systemuserroles", systemuserid=user["systemuserid"], roleid=role["roleid"])
    assert rows("teammembership", systemuserid=user["systemuserid"])
    assert one("team", isdefault=True)["name"] == unit["name"]


def test_every_user_has_settings() -> None:
    assert {row["systemuserid"] for row in ROWS["usersettings"]} == {row["systemuserid"] for row in ROWS["systemuser"]}


def test_the_organization_has_a_base_currency() -> None:
    organization = one("organization")
    base = one("transactioncurrency", isocurrencycode="USD")
    assert organization["basecurrencyid"]["id"] == base["transactioncurrencyid"]
    assert (base["exchangerate"], base["currencysymbol"], base["currencyprecision"]) == (1, "$", 2)
    assert (organization["languagecode"], organization["maxuploadfilesize"]) == (1033, 5242880)
    assert organization["fullnameconventioncode"] == 1


def test_solutions_and_the_default_publisher() -> None:
    publisher = one("publisher", customizationprefix="new")
    assert {row["uniquename"] for row in ROWS["solution"]} == {"Active", "Default", "Basic"}
    assert one("solution", uniquename="Default")["publisherid"]["id"] == publisher["publisherid"]


def test_the_field_security_profile_of_administrators() -> None:
    """07 §6: it has the same identifier everywhere."""
    profile = one("fieldsecurityprofile", name="System Administrator")
    assert profile["fieldsecurityprofileid"] == "572329c1-a042-4e22-be47-367c6374ea45"


@pytest.mark.parametrize(
    ("name", "table"),
    [
        ("Active Accounts", "account"),
        ("Active Contacts", "contact"),
        ("Open Leads", "lead"),
        ("My Open Leads", "lead"),
        ("All Leads", "lead"),
        ("Open Opportunities", "opportunity"),
    ],
)
def test_views_that_clients_ask_for(name: str, table: str) -> None:
    assert one("savedquery", name=name)["returnedtypecode"] == table


def test_one_default_view_a_table() -> None:
    tables = {row["returnedtypecode"] for row in ROWS["savedquery"]}
    defaults = [row["returnedtypecode"] for row in rows("savedquery", isdefault=True)]
    assert sorted(defaults) == sorted(tables)


@pytest.mark.parametrize("view", ROWS["savedquery"], ids=lambda row: re.sub(r"\W+", "-", row["name"]))
def test_views_name_existing_columns(catalog: Catalog, view: dict[str, Any]) -> None:
    fetch, layout = etree.fromstring(view["fetchxml"]), etree.fromstring(view["layoutxml"])
    (entity,) = fetch.findall("entity")
    table = catalog.table(view["returnedtypecode"])
    assert entity.get("name") == table.logical_name
    assert layout.get("object") == str(table.object_type_code)
    for node in (*entity.iter("attribute"), *layout.iter("cell")):
        assert table.column(node.get("name") or "").is_stored
    for node in (*entity.iter("condition"), *entity.iter("order")):
        assert table.column(node.get("attribute") or "").is_stored


@pytest.mark.parametrize("table", ["account", "contact", "lead", "opportunity", "task"])
def test_bulk_messages_are_announced(table: str) -> None:
    # contract 02 §9: clients look here before they send CreateMultiple
    names = {row["sdkmessageid"]: row["name"] for row in ROWS["sdkmessage"]}
    found = {names[row["sdkmessageid"]["id"]] for row in rows("sdkmessagefilter", primaryobjecttypecode=table)}
    assert {"Create", "Update", "Delete", "Retrieve", "RetrieveMultiple", "Assign"} <= found
    assert {"CreateMultiple", "UpdateMultiple"} <= found
    assert ("QualifyLead" in found) == (table == "lead")


def test_stages_of_the_sales_process() -> None:
    # contract 05 §1.7
    process = one("workflow", uniquename="leadtoopportunitysalesprocess")
    assert process["workflowid"] == "919e14d1-6489-4852-abd0-a63a6ecaac5d"
    stages = [(row["stagename"], row["primaryentitytypecode"]) for row in ROWS["processstage"]]
    assert stages == [
        ("Qualify", "lead"),
        ("Develop", "opportunity"),
        ("Propose", "opportunity"),
        ("Close", "opportunity"),
    ]
    assert all(row["processid"]["id"] == process["workflowid"] for row in ROWS["processstage"])
