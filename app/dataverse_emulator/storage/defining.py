"""Definitions that users make, kept beside the rows and changed with them in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from dataverse_emulator.metadata.catalog import Catalog, Column, Parts, Table
from dataverse_emulator.query.sql_names import type_name
from dataverse_emulator.storage.schema import DEFINITIONS, DEFINITIONS_DDL, index_operand
from dataverse_emulator.storage.sqlite import SqliteDatabase

Changes: TypeAlias = Mapping[tuple[str, str], Mapping[str, Any] | None]


class Definer:
    """Changes the catalog and the store's tables together. The caller holds the store's lock."""

    def __init__(self, catalog: Catalog, database: SqliteDatabase) -> None:
        self._catalog = catalog
        self._database = database
        self._undo: list[tuple[int, Parts]] = []

    def load(self) -> None:
        """Bring the catalog to what the database says."""
        self._undo.clear()
        if not self._database.has_table(DEFINITIONS):  # a file of an earlier version
            self._database.run(DEFINITIONS_DDL)
        rows = self._database.fetch(f"SELECT kind, name, body FROM {DEFINITIONS} ORDER BY number")
        if rows or self._catalog.parts:
            import orjson

            self._catalog.with_parts({(kind, name): orjson.loads(body) for kind, name, body in rows})

    def define(self, changes: Changes, depth: int) -> bool:
        """Change parts of the user's definitions (None: gone), and the tables behind them.

        Args:
            depth: how many transactions are open in one another; ``undo`` and ``keep`` go by it.

        Returns:
            Something is different now; a definition that was given unchanged makes no new version.
        """
        before = self._catalog.parts
        changes = {place: change for place, change in changes.items() if before.get(place) != change}
        if not changes:
            return False
        parts = dict(before)
        for place, change in changes.items():
            if change is None:
                parts.pop(place, None)
            else:
                parts[place] = change
        self._undo.append((depth, before))
        former = self._bound(before, parts)
        self._catalog.with_parts(parts)
        self._migrate(former)
        self._write(changes)
        return True

    def _write(self, changes: Changes) -> None:
        import orjson

        gone = [place for place, part in changes.items() if part is None]
        rows = [(*place, orjson.dumps(part).decode()) for place, part in changes.items() if part is not None]
        if gone:
            self._database.run_many(f"DELETE FROM {DEFINITIONS} WHERE kind = ? AND name = ?", gone)
        if rows:
            self._database.run_many(
                f"INSERT INTO {DEFINITIONS} (kind, name, body) VALUES (?, ?, ?) "
                "ON CONFLICT (kind, name) DO UPDATE SET body = excluded.body",
                rows,
            )

    @property
    def is_open(self) -> bool:
        """Definitions were changed since the outermost transaction began."""
        return bool(self._undo)

    def undo(self, depth: int) -> None:
        """Forget the changes that were made deeper than ``depth``; the database has forgotten them already."""
        parts = None
        while self._undo and self._undo[-1][0] > depth:
            parts = self._undo.pop()[1]
        if parts is not None:
            self._catalog.with_parts(parts)

    def keep(self, depth: int) -> None:
        """Count the changes that were made deeper than ``depth`` as that transaction's own."""
        self._undo = [(min(level, depth), parts) for level, parts in self._undo] if depth else []

    def has_equal_rows(self, table: Table, columns: Sequence[str]) -> bool:
        """Two rows have the same values in all these columns; rows with a null in one of them do not count."""
        operands = ", ".join(index_operand(table.columns[name]) for name in columns)
        given = " AND ".join(f'"{name}" IS NOT NULL' for name in columns)
        sql = f'SELECT 1 FROM "{table.logical_name}" WHERE {given} GROUP BY {operands} HAVING count(*) > 1 LIMIT 1'
        return bool(self._database.fetch(sql))

    def forget_target(self, table: Table, column: Column, target: str) -> None:
        """Set a lookup with several targets to null where it points to rows of a table that goes."""
        name, kind = column.logical_name, type_name(column)
        self._database.run(
            f'UPDATE "{table.logical_name}" SET "{name}" = NULL, "{kind}" = NULL WHERE "{kind}" = ?', (target,)
        )

    def _bound(self, before: Parts, after: Parts) -> dict[str, Table | None]:
        """The tables that a change concerns, as they are before it. Option sets change no table of the store."""
        from dataverse_emulator.metadata.overlay import affected_tables

        return {name: self._catalog.find(name) for name in sorted(affected_tables(before, after))}

    def _migrate(self, former: Mapping[str, Table | None]) -> None:
        from dataverse_emulator.storage.migration import migration

        for name, old in former.items():
            if old is not None:
                self._database.files_schema()  # a column may go
            for statement in migration(old, self._catalog.find(name), self._database.dialect()):
                self._database.run(statement)
