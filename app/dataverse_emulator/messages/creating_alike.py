"""Many new rows that give the same columns, made column by column instead of row by row.

What a row starts with is the same for all of them and is found once; the columns are checked and written as wholes.
Steps whose outcome differs from row to row are those of ``creating.py``, run on the columns that they read. Rows for
which that is not all there is to do are left to ``create_row``, and so is the refusal of wrong ones: the first wrong
row decides which error it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, TypeAlias

from dataverse_emulator.errors import EmulatorError, error
from dataverse_emulator.messages import composed, currency
from dataverse_emulator.messages.addresses import address_columns
from dataverse_emulator.messages.base import AlikeRecords, Context
from dataverse_emulator.messages.columns import new_key
from dataverse_emulator.messages.creating import DECISIVE, check_creatable, check_lookup, start_row
from dataverse_emulator.messages.facts import TableFacts, facts_of
from dataverse_emulator.messages.map_rows import ATTRIBUTE_MAP
from dataverse_emulator.messages.notes import FILE_COLUMNS
from dataverse_emulator.messages.organization_settings import SETTINGS_TABLES
from dataverse_emulator.messages.solution_rows import SOLUTION_TABLES
from dataverse_emulator.messages.state import STATE_COLUMNS, needs_parent
from dataverse_emulator.messages.validation import not_writable
from dataverse_emulator.metadata.catalog import TEXT_TYPES

Columns: TypeAlias = dict[str, Sequence[Any]]
"""Logical name → the values of all rows, in their order."""

_TABLES_WITH_CARE = {*SOLUTION_TABLES, *SETTINGS_TABLES, *FILE_COLUMNS, ATTRIBUTE_MAP}


def create_alike(context: Context, records: AlikeRecords) -> list[str] | None:
    """Make rows; their ids in the order of the records.

    None, with nothing written, where they must be made one by one: they need more than columns, or one is wrong.

    Raises:
        EmulatorError: 0x80040237 for a key that exists.
    """
    table = records.table
    facts = facts_of(context, table)
    if not _is_plain(facts) or not facts.images.isdisjoint(records.columns):
        return None
    try:
        columns = _completed(context, facts, records.columns, records.size)
    except EmulatorError:
        return None
    context.store.insert_columns(table, columns)
    for address in facts.address_rows:
        context.store.insert_columns(
            context.catalog.table(address.table), address_columns(context, facts, address, columns)
        )
    return list(columns[table.primary_id])


def _is_plain(facts: TableFacts) -> bool:
    """A new row of the table is nothing but its columns and addresses, and no other row decides over it."""
    table = facts.table
    return not (
        facts.is_elastic
        or facts.is_activity
        or facts.numbered
        or table.base is not None
        or table.logical_name in _TABLES_WITH_CARE
        or needs_parent(facts) is not None
        or any(key.is_active for key in table.keys)
        or table.primary_id in DECISIVE
    )


def _completed(context: Context, facts: TableFacts, given: Columns, count: int) -> Columns:
    """The columns of the new rows, checked and filled as ``creating.py`` checks and fills a row.

    Raises:
        EmulatorError: there is a row that must be made, or refused, by itself.
    """
    check_creatable(facts)
    own = _checked(context, facts, given)
    common = facts.defaults | {name: _shared(own.pop(name)) for name in DECISIVE & own.keys()}
    state = {name: _shared(given[name]) for name in STATE_COLUMNS & given.keys()}
    start_row(context, facts, common, state, common.get("ownerid"), "")
    if "versionnumber" in common:
        own["versionnumber"] = [context.store.next_version() for _ in range(count)]
    absent = [None] * count
    own[facts.table.primary_id] = [new_key(context, id) for id in own.get(facts.table.primary_id, absent)]
    for address in facts.address_rows:
        own[address.id_column] = [id or context.new_id() for id in own.get(address.id_column, absent)]
    _run(own, common, composed.read_on_create(facts), lambda row: composed.compose_on_create(context, facts, row))
    if facts.has_currency:
        names = frozenset(own)
        _run(
            own, common, currency.read_on_create(facts), lambda row: currency.set_on_create(context, facts, row, names)
        )
    return {name: [value] * count for name, value in common.items()} | own


def _checked(context: Context, facts: TableFacts, given: Columns) -> Columns:
    """The columns that may be set on create, checked and converted."""
    own: Columns = {}
    needed = facts.not_null | facts.demanded | DECISIVE
    for name, values in given.items():
        if facts.create_rules.get(name, not_writable) is not_writable:
            continue
        checked = _checked_column(context, facts, name, values)
        if name in needed and None in checked:
            raise error("ValueCannotBeNull")
        own[name] = checked
    if not own.keys() >= facts.demanded:
        raise error("RequiredFieldMissing")
    return own


def _checked_column(context: Context, facts: TableFacts, name: str, values: Sequence[Any]) -> Sequence[Any]:
    """The values of one column: each that occurs is checked once; of texts the longest stands for all."""
    rule = facts.create_rules[name]
    if rule is None and name not in facts.lookups:
        return values
    rule = rule or partial(check_lookup, context, facts, name)
    if facts.table.columns[name].type in TEXT_TYPES and all(values):
        rule(max(values, key=len))
        return values
    made = {value: rule(value) for value in {*values} - {None}}
    return [made.get(value) for value in values]


def _shared(values: Sequence[Any]) -> Any:
    """The value that all rows have in a column."""
    if any(value != values[0] for value in values):
        raise error("InvalidArgument", message="The rows differ.")
    return values[0]


def _run(own: Columns, common: dict[str, Any], names: Iterable[str], step: Callable[[dict[str, Any]], None]) -> None:
    """Run a step that reads these columns: once where all rows have the same in them, else on each row's own."""
    varying = [name for name in names if name in own]
    if not varying:
        step(common)
        return
    fixed = {name: common.pop(name) for name in names if name in common}
    rows = [fixed | dict(zip(varying, values, strict=True)) for values in zip(*map(own.get, varying), strict=True)]
    for row in rows:
        step(row)
    names = tuple(rows[0])
    if all(tuple(row) == names for row in rows):
        own.update(zip(names, zip(*map(dict.values, rows), strict=True), strict=True))
        return
    for name in dict.fromkeys(name for row in rows for name in row):  # what a row lacks has the common value
        own[name] = [row.get(name, common.get(name)) for row in rows]
