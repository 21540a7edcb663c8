"""A catalog as SQL tables: the DDL of the template database and the layout that the store writes by."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.schema import CreateTable

from dataverse_emulator.metadata.catalog import Catalog, Column, ColumnType, Table
from dataverse_emulator.query.outputs import is_content
from dataverse_emulator.query.sql_names import ROW_ID, fold_name, has_fold, lookup_of_companion, type_name
from dataverse_emulator.storage.counters import COUNTERS
from dataverse_emulator.storage.deletions import deletions_ddl
from dataverse_emulator.values import PARTITION

DEFINITIONS = "emulator_definition"
DEFINITIONS_DDL = (
    f"CREATE TABLE IF NOT EXISTS {DEFINITIONS} (number INTEGER PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL, "
    "body TEXT NOT NULL, UNIQUE (kind, name))"
)
"""What users defined (``metadata.overlay``), in the order in which they did."""

_SQL_TYPES: dict[ColumnType, Any] = {
    ColumnType.INTEGER: sa.Integer,
    ColumnType.BIG_INT: sa.BigInteger,
    ColumnType.DECIMAL: sa.Float,
    ColumnType.DOUBLE: sa.Float,
    ColumnType.MONEY: sa.Float,
    ColumnType.BOOLEAN: sa.Integer,
    ColumnType.MANAGED_PROPERTY: sa.Integer,
    ColumnType.PICKLIST: sa.Integer,
    ColumnType.STATE: sa.Integer,
    ColumnType.STATUS: sa.Integer,
}

# Lookups that nearly every row fills and few questions ask for: an index would cost each write and serve none.
UNINDEXED = frozenset(
    {
        "createdby",
        "createdonbehalfby",
        "modifiedby",
        "modifiedonbehalfby",
        "owninguser",
        "owningteam",
        "owningbusinessunit",
        "organizationid",
        "transactioncurrencyid",
        "slaid",
        "slainvokedid",
        "createdbyexternalparty",
        "modifiedbyexternalparty",
    }
)
# Tables whose primary names are usually searched and sorted.
NAMED = frozenset({"account", "contact", "lead", "opportunity", "incident", "systemuser", "team"})
# Tables whose rows are usually sorted by age. States have no index: nearly all rows are in one, and SQLite, which does
# not know that, would walk such an index and sort what it finds where an index in the order asked for is at hand.
DATED = frozenset({"account", "contact", "lead", "opportunity", "incident", "quote", "salesorder", "invoice"}) | {
    "activitypointer",
    "task",
    "phonecall",
    "email",
    "appointment",
    "annotation",
}


class Kind(IntEnum):
    """How a column's value is written."""

    PLAIN = 0
    TEXT = 1
    LOOKUP = 2
    POLYMORPHIC = 3


@dataclass(frozen=True, slots=True)
class Layout:
    """How rows of a table are written and read: stored columns by logical name with their kind."""

    table: Table
    kinds: dict[str, Kind]
    booleans: frozenset[str]
    companions: dict[str, str]


def layout(table: Table) -> Layout:
    """The layout of a table's rows."""
    kinds: dict[str, Kind] = {}
    companions: dict[str, str] = {}
    booleans: set[str] = set()
    for column in table.columns.values():
        if not column.is_stored:
            continue
        lookup = lookup_of_companion(table, column)
        if lookup is not None:
            companions[column.logical_name] = lookup.logical_name
        else:
            kinds[column.logical_name] = _kind(column)
            if column.type in (ColumnType.BOOLEAN, ColumnType.MANAGED_PROPERTY):
                booleans.add(column.logical_name)
    return Layout(table, kinds, frozenset(booleans), companions)


def _kind(column: Column) -> Kind:
    if has_fold(column):
        return Kind.TEXT
    if column.is_lookup:
        return Kind.POLYMORPHIC if column.is_polymorphic else Kind.LOOKUP
    return Kind.PLAIN


def ddl(catalog: Catalog, dialect: Dialect) -> Iterator[str]:
    """The statements that make the tables and indexes of a catalog, and the counters."""
    yield f"CREATE TABLE {COUNTERS} (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID"
    yield DEFINITIONS_DDL
    yield from deletions_ddl()
    for name in catalog.table_names:
        yield from table_ddl(catalog.table(name), dialect)


def table_ddl(table: Table, dialect: Dialect) -> Iterator[str]:
    """The statements that make one table with its indexes."""
    sql_table = sa.Table(table.logical_name, sa.MetaData(), *_sql_columns(table))
    yield str(CreateTable(sql_table).compile(dialect=dialect))
    yield from index_ddl(table).values()


def index_ddl(table: Table) -> dict[str, str]:
    """The indexes of a table: name → statement."""
    name = table.logical_name
    key = f'"{table.primary_id}", "{PARTITION}"' if table.is_elastic else f'"{table.primary_id}"'
    found = {f"{name}__key": f'CREATE UNIQUE INDEX "{name}__key" ON "{name}" ({key})'}
    if table.is_intersect:
        pair = [c.logical_name for c in table.columns.values() if _is_end(table, c)]
        if len(pair) == 2:
            found[f"{name}__pair"] = f'CREATE UNIQUE INDEX "{name}__pair" ON "{name}" ("{pair[0]}", "{pair[1]}")'
            found[f"{name}__far"] = f'CREATE INDEX "{name}__far" ON "{name}" ("{pair[1]}")'
    for column in table.columns.values():
        if column.is_stored and column.is_lookup and column.logical_name not in UNINDEXED:
            column_name = column.logical_name
            found[f"{name}__{column_name}"] = (
                f'CREATE INDEX "{name}__{column_name}" ON "{name}" ("{column_name}") WHERE "{column_name}" IS NOT NULL'
            )
    if name in NAMED and table.primary_name is not None:
        operand = index_operand(table.column(table.primary_name))
        found[f"{name}__name"] = f'CREATE INDEX "{name}__name" ON "{name}" ({operand})'
    for column_name in ("createdon", "modifiedon") if name in DATED else ():
        if column_name in table.columns:
            found[f"{name}__{column_name}"] = f'CREATE INDEX "{name}__{column_name}" ON "{name}" ("{column_name}")'
    for alternate in () if table.is_elastic else table.keys:
        index = f"{name}__key__{alternate.logical_name}"
        listed = ", ".join(index_operand(table.columns[column]) for column in alternate.columns)
        found[index] = f'CREATE INDEX "{index}" ON "{name}" ({listed})'
    return found


def index_operand(column: Column) -> str:
    """What an index holds of a column, so that comparisons of values find it."""
    if has_fold(column):
        return f'coalesce("{fold_name(column)}", "{column.logical_name}") COLLATE NOCASE'
    return f'"{column.logical_name}"'


def sql_columns(table: Table, dialect: Dialect) -> dict[str, str]:
    """The SQL columns of a table: name → type."""
    return {column.name: str(column.type.compile(dialect=dialect)) for column in _sql_columns(table)}


def _is_end(table: Table, column: Column) -> bool:
    """The column is one end of an intersect table."""
    return (
        column.is_stored
        and column.edm_type == "Edm.Guid"
        and column.logical_name != table.primary_id
        and (column.type is ColumnType.UNIQUEIDENTIFIER or column.is_lookup)
        and not column.logical_name.endswith("overwritetime")
    )


def _sql_columns(table: Table) -> Iterator[sa.Column[Any]]:
    yield sa.Column(ROW_ID, sa.Integer, primary_key=True)
    hidden: list[str] = []
    contents: list[str] = []
    for column in table.columns.values():
        if not column.is_stored or lookup_of_companion(table, column) is not None:
            continue
        if is_content(table, column):
            contents.append(column.logical_name)
        else:
            yield sa.Column(
                column.logical_name,
                _SQL_TYPES.get(column.type, sa.Text),
                nullable=column.logical_name != table.primary_id,
            )
        if column.is_polymorphic:
            hidden.append(type_name(column))
        if has_fold(column):
            hidden.append(fold_name(column))
    # Contents of files stand behind everything else: what does not ask for them never walks through their pages.
    for name in (*hidden, *contents):
        yield sa.Column(name, sa.Text)
