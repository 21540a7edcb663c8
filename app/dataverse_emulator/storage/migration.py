"""The statements that bring a table of the store from one definition to another, its rows kept."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy.engine import Dialect

from dataverse_emulator.metadata.catalog import Table
from dataverse_emulator.query.sql_names import type_name
from dataverse_emulator.storage.schema import index_ddl, sql_columns, table_ddl


def migration(old: Table | None, new: Table | None, dialect: Dialect) -> Iterator[str]:
    """What makes, changes or drops the table of one Dataverse table.

    A column keeps its type for life, so columns come and go but are never rewritten. A lookup that gets a second target
    gets a place for the target's table as well, filled with the one that it had. Moments of a column that becomes one
    of dates keep their date (in UTC).
    """
    if old is None:
        if new is not None:
            yield from table_ddl(new, dialect)
        return
    name = old.logical_name
    if new is None:
        yield f'DROP TABLE "{name}"'
        return
    before, after = sql_columns(old, dialect), sql_columns(new, dialect)
    old_indexes, new_indexes = index_ddl(old), index_ddl(new)
    for index, statement in old_indexes.items():
        if new_indexes.get(index) != statement:
            yield f'DROP INDEX "{index}"'
    for column in before.keys() - after.keys():
        yield f'ALTER TABLE "{name}" DROP COLUMN "{column}"'
    for column, kind in after.items():
        if column not in before:
            yield f'ALTER TABLE "{name}" ADD COLUMN "{column}" {kind}'
    yield from _filled_types(old, new, before)
    yield from _cut_moments(old, new)
    for index, statement in new_indexes.items():
        if old_indexes.get(index) != statement:
            yield statement


def _filled_types(old: Table, new: Table, before: dict[str, str]) -> Iterator[str]:
    """Fill the new places for target tables of lookups that had one target."""
    for column in new.columns.values():
        if column.is_stored and column.is_polymorphic and type_name(column) not in before:
            former = old.columns.get(column.logical_name)
            if former is not None and former.is_stored and former.targets:
                target = former.targets[0].replace("'", "''")
                yield (
                    f'UPDATE "{new.logical_name}" SET "{type_name(column)}" = \'{target}\' '
                    f'WHERE "{column.logical_name}" IS NOT NULL'
                )


def _cut_moments(old: Table, new: Table) -> Iterator[str]:
    """Cut the values of columns that hold dates from now on and held moments before."""
    for name, column in new.columns.items():
        former = old.columns.get(name)
        if column.is_stored and column.is_date_only and former is not None and not former.is_date_only:
            yield f'UPDATE "{new.logical_name}" SET "{name}" = substr("{name}", 1, 10) WHERE "{name}" IS NOT NULL'
