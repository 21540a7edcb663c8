"""Rows that are gone, for those who follow the changes of a table (contract 02 §14)."""

from __future__ import annotations

from collections.abc import Iterator

from dataverse_emulator.storage.sqlite import SqliteDatabase

DELETIONS = "emulator_deletion"


def deletions_ddl() -> Iterator[str]:
    """The statements that make the list of deleted rows."""
    columns = "version INTEGER PRIMARY KEY, table_name TEXT NOT NULL, id TEXT NOT NULL"
    yield f"CREATE TABLE IF NOT EXISTS {DELETIONS} ({columns})"
    yield f"CREATE INDEX IF NOT EXISTS {DELETIONS}__table ON {DELETIONS} (table_name, version)"


class Deletions:
    """Ids of deleted rows with the row version at which each of them went."""

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database

    def add(self, table: str, id: str, version: int) -> None:
        """Remember a deleted row."""
        self._database.run(f"INSERT INTO {DELETIONS} (version, table_name, id) VALUES (?, ?, ?)", (version, table, id))

    def since(self, table: str, version: int) -> list[str]:
        """Ids of the rows of a table that went after a version, in that order, each once."""
        rows = self._database.fetch(
            f"SELECT id FROM {DELETIONS} WHERE table_name = ? AND version > ? ORDER BY version", (table, version)
        )
        return list(dict.fromkeys(row[0] for row in rows))
