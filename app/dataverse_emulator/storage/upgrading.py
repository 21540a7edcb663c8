"""Database files of other definitions: an earlier version's, or those of a start with other schema files.

Such a file keeps its rows and gets what it lacks: tables, columns, indexes, and the rows that came with them. Nothing
is taken away.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sqlalchemy.engine import Dialect

from dataverse_emulator.metadata.catalog import Catalog, Table
from dataverse_emulator.query.sql_names import type_name
from dataverse_emulator.storage.defining import Definer
from dataverse_emulator.storage.deletions import deletions_ddl
from dataverse_emulator.storage.schema import index_ddl, sql_columns, table_ddl
from dataverse_emulator.storage.sqlite import SqliteDatabase
from dataverse_emulator.storage.store import Store


def open_upgraded(
    catalog: Catalog,
    database: SqliteDatabase,
    stamp: int,
    image: Callable[[], bytes],
    complete: Callable[[Store], None],
) -> Store:
    """Open a store over a database after giving it what it lacks.

    Args:
        stamp: marks the database at the end, so that the next start finds nothing to do; one that did not come so far
            goes on here.
        image: as for ``Store``.
        complete: adds the rows that are not there.
    """
    database.begin()
    try:
        Definer(catalog, database).load()
        for statement in _missing(catalog, database):
            database.run(statement)
    except BaseException:  # also an interrupt: no half of an upgrade stays
        database.rollback()
        raise
    database.commit()
    store = Store(catalog, database, image)
    with store.transaction():
        complete(store)
        database.stamp = stamp
    return store


def _missing(catalog: Catalog, database: SqliteDatabase) -> Iterator[str]:
    """The statements that make what the catalog has and the database has not."""
    there, indexes, dialect = database.schema(), database.indexes(), database.dialect()
    yield from deletions_ddl()
    for name in catalog.table_names:
        table = catalog.table(name)
        if name not in there:
            yield from table_ddl(table, dialect)
            continue
        yield from _missing_columns(catalog, table, there[name], dialect)
        yield from (statement for index, statement in index_ddl(table).items() if index not in indexes)


def _missing_columns(catalog: Catalog, table: Table, there: set[str], dialect: Dialect) -> Iterator[str]:
    name = table.logical_name
    missing = {column: kind for column, kind in sql_columns(table, dialect).items() if column not in there}
    for added, kind in missing.items():
        yield f'ALTER TABLE "{name}" ADD COLUMN "{added}" {kind}'
    for column in table.columns.values():
        if column.is_stored and column.is_polymorphic and type_name(column) in missing:
            yield from _told_types(catalog, name, column.logical_name, type_name(column), column.targets)


def _told_types(catalog: Catalog, name: str, column: str, kind: str, targets: tuple[str, ...]) -> Iterator[str]:
    """Fill the new place for the target tables of a lookup that had one: the table that has the row."""
    for target in targets:
        definition = catalog.find(target)
        if definition is not None:
            yield (
                f'UPDATE "{name}" SET "{kind}" = \'{target}\' WHERE "{column}" IN '
                f'(SELECT "{definition.primary_id}" FROM "{target}")'
            )
