"""Lookups that point to rows that are not there; only an import can leave such."""

from __future__ import annotations

from dataverse_emulator.metadata.catalog import Catalog, Table
from dataverse_emulator.query.sql_names import type_name
from dataverse_emulator.storage.sqlite import SqliteDatabase


def count_dangling(database: SqliteDatabase, catalog: Catalog, table: Table) -> dict[tuple[str, str], int]:
    """(lookup, target table) → the number of rows of a table whose lookup leads nowhere."""
    found: dict[tuple[str, str], int] = {}
    for column in table.columns.values():
        if not (column.is_lookup and column.is_stored):
            continue
        name = column.logical_name
        targets: list[str] = [*column.targets[:1]]
        if column.is_polymorphic:
            kinds = f'SELECT DISTINCT "{type_name(column)}" FROM "{table.logical_name}" WHERE "{name}" IS NOT NULL'
            targets = [kind for (kind,) in database.fetch(kinds) if kind]
        for target in targets:
            of = catalog.find(target)
            if of is None:
                continue
            kind = f' AND "{type_name(column)}" = ?' if column.is_polymorphic else ""
            sql = (
                f'SELECT count(*) FROM "{table.logical_name}" AS row WHERE row."{name}" IS NOT NULL{kind} '
                f'AND NOT EXISTS (SELECT 1 FROM "{target}" AS far WHERE far."{of.primary_id}" = row."{name}")'
            )
            count = database.fetch(sql, (target,) if kind else ())[0][0]
            if count:
                found[name, target] = int(count)
    return found
