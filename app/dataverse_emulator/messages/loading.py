"""Loads rows that ship with the emulator: completed as a Create would, taken at their word, in bulk.

The form is ``{"<table>": [{"<column>": value}]}`` with lookups as ``{"table": ..., "id": ...}``. Rows come in any
order, so that nothing is checked for existence; system columns that are given stay as they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from dataverse_emulator.messages import activities
from dataverse_emulator.messages.addresses import address_rows, give_address_ids
from dataverse_emulator.messages.autonumber import fill_numbers
from dataverse_emulator.messages.base import Context
from dataverse_emulator.messages.composed import compose_on_create
from dataverse_emulator.messages.currency import set_on_create
from dataverse_emulator.messages.elastic import place_row
from dataverse_emulator.messages.facts import TableFacts, facts_of
from dataverse_emulator.messages.notes import complete_file
from dataverse_emulator.messages.organization_settings import (
    DEFAULT_PRECISION,
    Rate,
    forget,
    settings,
    settings_of,
)
from dataverse_emulator.messages.state import default_status
from dataverse_emulator.values import Reference

_CREATION = (("createdon", "modifiedon"), ("createdby", "modifiedby"))


def load_rows(context: Context, rows: Mapping[str, Iterable[Mapping[str, Any]]]) -> None:
    """Add rows of any tables, with the caller as the owner of those that name none.

    Raises:
        EmulatorError: 0x80041102 or 0x80041103 for an unknown table or column, 0x80040237 for a key that exists.
    """
    forget(context)
    read = {table: [_read_row(context, table, row) for row in listed] for table, listed in rows.items()}
    _prepare(context, read)
    loader = _Loader(context, read)
    for table, listed in read.items():
        for row in listed:
            loader.add(table, row)
    for table, complete in loader.rows.items():
        context.store.insert_many(context.catalog.table(table), complete)
    forget(context)


def _read_row(context: Context, table: str, row: Mapping[str, Any]) -> dict[str, Any]:
    """The row with its lookups as references.

    Raises:
        EmulatorError: 0x80041103 for a column that the table lacks.
    """
    definition = context.catalog.table(table)
    values: dict[str, Any] = {}
    for name, value in row.items():
        if name not in definition.columns:
            definition.column(name)
        values[name] = Reference(value["table"], value["id"]) if isinstance(value, dict) else value
    return values


def _prepare(context: Context, rows: Mapping[str, list[dict[str, Any]]]) -> None:
    """Know the organization and the currencies before they are in the store."""
    for organization in rows.get("organization", ()):
        context.memo["settings"] = settings_of(organization)
    rates = context.memo.setdefault("rates", {})
    for currency in rows.get("transactioncurrency", ()):
        precision = currency.get("currencyprecision")
        rates[currency["transactioncurrencyid"]] = Rate(
            currency.get("exchangerate") or 1.0, DEFAULT_PRECISION if precision is None else precision
        )


class _Loader:
    """Completes rows and gathers them by table."""

    def __init__(self, context: Context, rows: Mapping[str, list[dict[str, Any]]]) -> None:
        self.rows: dict[str, list[dict[str, Any]]] = {}
        self._context = context
        self._user = Reference("systemuser", context.caller.user_id)
        self._units: dict[str, Reference | None] = {}
        self._given_roles = {
            (party["activityid"].id, party.get("participationtypemask")) for party in rows.get("activityparty", ())
        }
        for table in ("systemuser", "team"):
            key = f"{table}id"
            for row in rows.get(table, ()):
                if row.get(key) is not None:
                    self._units[row[key]] = row.get("businessunitid")

    def add(self, table: str, values: dict[str, Any]) -> None:
        """Complete one row."""
        context = self._context
        definition = context.catalog.table(table)
        facts = facts_of(context, definition)
        row = {**facts.defaults, **values}
        if row.get(definition.primary_id) is None:
            row[definition.primary_id] = context.new_id()
        self._set_state(facts, row)
        self._set_stamps(facts, row, values)
        if facts.has_owner:
            self._set_owner(facts, row)
        if facts.numbered:
            fill_numbers(context, facts, row)
        give_address_ids(context, facts, row)
        compose_on_create(context, facts, row)
        if facts.has_currency:
            set_on_create(context, facts, row, values.keys())
        if facts.is_activity:
            activities.complete_on_create(facts, row)
        complete_file(context, facts, row)
        if facts.is_elastic:
            place_row(context, definition, row)
        for name, value in values.items():
            if value is not None and name not in facts.money:
                row[name] = value  # what is given stands, composed columns included
        self.rows.setdefault(table, []).append(row)
        if facts.address_rows:
            self._add_addresses(facts, row, values)
        if facts.is_activity:
            for party in activities.automatic_parties(context, definition, row):
                if (row[definition.primary_id], party["participationtypemask"]) not in self._given_roles:
                    self.rows.setdefault(activities.PARTY_TABLE, []).append(party)

    def _add_addresses(self, facts: TableFacts, row: dict[str, Any], values: Mapping[str, Any]) -> None:
        """Add the row's addresses, but for those that are rows already."""
        table = self._context.catalog.table(facts.address_rows[0].table)
        listed = self.rows.setdefault(table.logical_name, [])
        for address, made in zip(facts.address_rows, address_rows(self._context, facts, row), strict=True):
            if values.get(address.id_column) is None or not self._context.store.exists(table, made[table.primary_id]):
                listed.append(made)

    def _set_state(self, facts: TableFacts, row: dict[str, Any]) -> None:
        if facts.initial_state is None:
            if "statuscode" in facts.columns and facts.initial_status is not None:
                row.setdefault("statuscode", facts.initial_status)
            return
        state = row.setdefault("statecode", facts.initial_state)
        if "statuscode" in facts.columns and row.get("statuscode") is None:
            row["statuscode"] = default_status(facts.table, state)

    def _set_stamps(self, facts: TableFacts, row: dict[str, Any], values: Mapping[str, Any]) -> None:
        context, columns = self._context, facts.columns
        for (created, modified), value in zip(_CREATION, (context.now, self._user), strict=True):
            if created in columns and row.get(created) is None:
                row[created] = value
            if modified in columns and row.get(modified) is None:
                row[modified] = row.get(created) if values.get(created) is not None else value
        if "versionnumber" in columns:
            row["versionnumber"] = context.store.next_version()
        column = facts.organization_column
        if column is not None and row.get("organizationid") is None:
            organization = settings(context).organization
            if organization is not None:
                row["organizationid"] = organization if column.is_lookup else organization.id

    def _set_owner(self, facts: TableFacts, row: dict[str, Any]) -> None:
        owner = row.get("ownerid") or self._user
        row["ownerid"] = owner
        is_team = owner.table == "team"
        places = {
            "owninguser": None if is_team else owner,
            "owningteam": owner if is_team else None,
            "owningbusinessunit": self._unit_of(owner),
        }
        for name, value in places.items():
            if name in facts.columns and row.get(name) is None:
                is_lookup = facts.table.columns[name].is_lookup
                row[name] = value if is_lookup or value is None else value.id

    def _unit_of(self, owner: Reference) -> Reference | None:
        if owner.id not in self._units:
            table = self._context.catalog.table(owner.table)
            found = self._context.store.read(table, owner.id, ("businessunitid",))
            self._units[owner.id] = found["businessunitid"] if found is not None else None
        return self._units[owner.id]
