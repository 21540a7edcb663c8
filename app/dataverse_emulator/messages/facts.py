"""What writes need to know of a table, derived once from its definition and kept in ``Table.memo``.

Nothing here looks at a request: a write then touches only the columns that it was given.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dataverse_emulator.messages.base import Context
from dataverse_emulator.messages.defaults import (
    ADDRESS_ROWS,
    FILLED_BY_PLATFORM,
    NEVER_DEMANDED_TABLES,
    NUMBER_FORMATS,
    OPENING_TOTALS,
    RECORDED_DEFAULTS,
)
from dataverse_emulator.messages.validation import Rule, compile_rule
from dataverse_emulator.metadata.catalog import Column, ColumnType, Table

# Stamped by the platform whatever the client sends (06 §1)
STAMPED = frozenset(
    {
        "createdon",
        "createdby",
        "createdonbehalfby",
        "modifiedon",
        "modifiedby",
        "modifiedonbehalfby",
        "versionnumber",
        "owninguser",
        "owningteam",
        "owningbusinessunit",
        "organizationid",
        "activitytypecode",
    }
)
_ADDRESS_STAMPS = (
    "createdon",
    "createdby",
    "createdonbehalfby",
    "modifiedon",
    "modifiedby",
    "modifiedonbehalfby",
    "ownerid",
    "owninguser",
    "owningbusinessunit",
    "transactioncurrencyid",
    "exchangerate",
)
_DEMANDED_TYPES = frozenset({ColumnType.STRING, ColumnType.MEMO, ColumnType.LOOKUP, ColumnType.CUSTOMER})
_DEFAULT_TYPES = frozenset(
    {ColumnType.BOOLEAN, ColumnType.PICKLIST, ColumnType.INTEGER, ColumnType.DECIMAL, ColumnType.DOUBLE}
)


@dataclass(frozen=True, slots=True)
class MoneyColumn:
    """The column with the base value of a money column; of both the decimal places and where they come from."""

    base: str | None
    places: tuple[int, int]
    base_places: tuple[int, int]


@dataclass(frozen=True, slots=True)
class AddressColumns:
    """The parts of an address in a table's own columns, by their common prefix (``address1_``, or empty)."""

    composite: str
    lines: tuple[str, ...]
    city: str | None
    state: str | None
    postal_code: str | None
    country: str | None
    parts: tuple[str, ...]  # all columns that the composite text is made of


@dataclass(frozen=True, slots=True)
class AddressRow:
    """An address that also is a row of an address table: columns there by columns here."""

    number: int
    table: str
    id_column: str
    columns: tuple[tuple[str, str], ...]  # (column of this table, column of the address table)
    names: frozenset[str]
    copied: tuple[tuple[str, str], ...]  # as ``columns``, with the stamps that a new address takes from its row
    constants: dict[str, Any]  # what every such address starts with


@dataclass(slots=True)
class TableFacts:
    """See the module's text. The rule of a column is None where any value will do."""

    version: int
    table: Table
    columns: frozenset[str]
    defaults: dict[str, Any]
    create_rules: dict[str, Rule | None]
    update_rules: dict[str, Rule | None]
    lookups: dict[str, Column]
    demanded: frozenset[str]
    not_null: frozenset[str]
    initial_state: int | None
    initial_status: int | None
    has_owner: bool
    owner_is_writable: bool
    organization_column: Column | None
    has_currency: bool
    money: dict[str, MoneyColumn]
    has_fullname: bool
    name_parts: frozenset[str]
    addresses: tuple[AddressColumns, ...]
    address_parts: frozenset[str]
    address_rows: tuple[AddressRow, ...]
    numbered: tuple[tuple[str, str], ...]
    is_activity: bool
    is_read_only: bool
    images: frozenset[str]
    files: tuple[str, ...]
    is_elastic: bool


NAME_PARTS = (
    "firstname",
    "middlename",
    "lastname",
    "yomifirstname",
    "yomimiddlename",
    "yomilastname",
)


def facts_of(context: Context, table: Table) -> TableFacts:
    """The facts of a table; made anew after a change of the schema."""
    version = context.catalog.version
    known = table.memo.get("facts")
    if isinstance(known, TableFacts) and known.version == version:
        return known
    made = table.memo["facts"] = _derive(context, table, version)
    return made


def _derive(context: Context, table: Table, version: int) -> TableFacts:
    name = table.logical_name
    stored = {column.logical_name: column for column in table.columns.values() if column.is_stored}
    state = _initial_state(table)
    status = _status_of_state(table, state)
    writable = {
        key: column
        for key, column in stored.items()
        if key not in STAMPED and column.type not in (ColumnType.STATE, ColumnType.STATUS, ColumnType.FILE)
    }
    defaults = _defaults(table, stored)
    money = _money(stored)
    addresses = _addresses(stored)
    address_rows = _address_rows(context, table, stored)
    fixed = {row.id_column for row in address_rows}  # an address row is found by this key, so it stays
    owner = stored.get("ownerid")
    organization = stored.get("organizationid")
    return TableFacts(
        version=version,
        table=table,
        columns=frozenset(
            name for name, column in stored.items() if column.is_lookup or name not in ("createdby", "modifiedby")
        ),  # a user's own definition may have texts of these names
        defaults=defaults,
        create_rules={k: compile_rule(c) for k, c in writable.items() if c.valid_for_create or c.is_primary_id},
        update_rules={
            k: compile_rule(c)
            for k, c in writable.items()
            if c.valid_for_update and not c.is_primary_id and k not in fixed
        },
        lookups={k: c for k, c in stored.items() if c.is_lookup},
        demanded=_demanded(table, stored, defaults),
        not_null=frozenset(k for k, c in stored.items() if c.required == "SystemRequired" and not c.is_primary_id),
        initial_state=state,
        initial_status=status,
        has_owner=owner is not None and owner.type is ColumnType.OWNER,
        owner_is_writable=owner is not None and owner.type is ColumnType.OWNER and owner.valid_for_create,
        organization_column=organization if name != "organization" else None,
        has_currency="transactioncurrencyid" in stored and "exchangerate" in stored and name != "transactioncurrency",
        money=money,
        has_fullname="fullname" in stored and "lastname" in stored,
        name_parts=frozenset(part for part in NAME_PARTS if part in stored) if "fullname" in stored else frozenset(),
        addresses=addresses,
        address_parts=frozenset(part for address in addresses for part in address.parts),
        address_rows=address_rows,
        numbered=_numbered(name, stored),
        is_activity=table.is_activity and name != "activitypointer",
        is_read_only=table.is_intersect or name == "owner",
        images=frozenset(k for k, c in stored.items() if c.type is ColumnType.IMAGE),
        files=tuple(k for k, c in stored.items() if c.type is ColumnType.FILE),
        is_elastic=table.is_elastic,
    )


def _initial_state(table: Table) -> int | None:
    column = table.state
    if column is None or not column.options:
        return None
    if isinstance(column.default, int) and column.default in column.labels:
        return column.default
    return 0 if 0 in column.labels else column.options[0].value


def _status_of_state(table: Table, state: int | None) -> int | None:
    if state is None or table.state is None or table.status is None:
        return table.status.default if table.status is not None else None
    for option in table.state.options:
        if option.value == state and option.default_status is not None:
            return option.default_status
    return next((option.value for option in table.status.options if option.state == state), None)


def _defaults(table: Table, stored: dict[str, Column]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, column in stored.items():
        default = column.default
        if default is None or column.type not in _DEFAULT_TYPES or column.is_primary_id:
            continue
        if column.type is ColumnType.BOOLEAN:
            values[name] = bool(default)
        elif column.type is ColumnType.PICKLIST:
            if default in column.labels or (not column.labels and default != -1):
                values[name] = default
        else:
            values[name] = default
    for name, default in RECORDED_DEFAULTS.get(table.logical_name, {}).items():
        known = stored.get(name)
        if known is not None and (known.type is not ColumnType.PICKLIST or default in known.labels):
            values.setdefault(name, default)
    for name in OPENING_TOTALS.get(table.logical_name, ()):
        if name in stored:
            values[name] = 0.0
    return values


def _demanded(table: Table, stored: dict[str, Column], defaults: dict[str, Any]) -> frozenset[str]:
    """Columns without which a row cannot be created (04 E-30f: only SystemRequired ones are enforced)."""
    name = table.logical_name
    if name in NEVER_DEMANDED_TABLES:
        return frozenset()
    filled = FILLED_BY_PLATFORM.get(name, frozenset())
    return frozenset(
        key
        for key, column in stored.items()
        if column.required == "SystemRequired"
        and column.valid_for_create
        and column.type in _DEMANDED_TYPES
        and key not in defaults
        and key not in filled
        and key not in STAMPED
        and key not in ("businessunitid", "uniquename")
        and not column.is_primary_id
        and (name, key) not in NUMBER_FORMATS
        and column.auto_number_format is None
    )


def _money(stored: dict[str, Column]) -> dict[str, MoneyColumn]:
    def places(column: Column) -> tuple[int, int]:
        """Precision and PrecisionSource."""
        return (
            column.precision if column.precision is not None else 2,
            column.precision_source if column.precision_source is not None else 2,
        )

    return {
        name: MoneyColumn(
            f"{name}_base" if f"{name}_base" in stored else None,
            places(column),
            places(stored.get(f"{name}_base", column)),
        )
        for name, column in stored.items()
        if column.type is ColumnType.MONEY and not (name.endswith("_base") and name[:-5] in stored)
    }


def _addresses(stored: dict[str, Column]) -> tuple[AddressColumns, ...]:
    found = []
    for name in stored:
        if name != "composite" and not name.endswith("_composite"):
            continue
        prefix = name[: -len("composite")]

        def part(*names: str, prefix: str = prefix) -> str | None:
            return next((prefix + one for one in names if prefix + one in stored), None)

        lines = tuple(prefix + line for line in ("line1", "line2", "line3") if prefix + line in stored)
        places = (part("city"), part("stateorprovince"), part("postalcode"), part("country"))
        parts = (*lines, *(place for place in places if place is not None))
        found.append(AddressColumns(name, lines, *places, parts))
    return tuple(found)


def _address_rows(context: Context, table: Table, stored: dict[str, Column]) -> tuple[AddressRow, ...]:
    target, numbers = ADDRESS_ROWS.get(table.logical_name, ("", ()))
    other = context.catalog.find(target) if target else None
    if other is None:
        return ()
    there_facts = facts_of(context, other)
    stamps = tuple((name, name) for name in _ADDRESS_STAMPS if name in there_facts.columns)
    rows = []
    for number in numbers:
        prefix = f"address{number}_"
        id_column = prefix + "addressid"
        pairs = tuple(
            (name, name[len(prefix) :])
            for name in stored
            if name.startswith(prefix)
            and name != id_column
            and (there := other.columns.get(name[len(prefix) :])) is not None
            and there.is_stored
        )
        if id_column in stored:
            names = frozenset(name for name, _ in pairs)
            constants = {**there_facts.defaults, "addressnumber": number}
            if "objecttypecode" in there_facts.columns:
                constants["objecttypecode"] = table.logical_name
            rows.append(AddressRow(number, target, id_column, pairs, names, (*pairs, *stamps), constants))
    return tuple(rows)


def _numbered(table: str, stored: dict[str, Column]) -> tuple[tuple[str, str], ...]:
    found = []
    for name, column in stored.items():
        format = column.auto_number_format or NUMBER_FORMATS.get((table, name))
        if format:
            found.append((name, format))
    return tuple(found)
