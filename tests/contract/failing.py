"""A stand-in that lets statements fail."""

from __future__ import annotations

from typing import Any, cast

from dataverse_emulator.storage.sqlite import SqliteDatabase
from dataverse_emulator.storage.store import Store


class FailingDatabase:
    """Stands before a database: the statement of a given number that changes something fails."""

    def __init__(self, database: SqliteDatabase, failure: Exception) -> None:
        self._database = database
        self._failure = failure
        self.working = -1

    @classmethod
    def before(cls, store: Store, failure: Exception) -> FailingDatabase:
        """Put one before the database of a store."""
        made = cls(store.database, failure)
        users = (store.files, store.deletions, store.definitions)
        store.database = cast(SqliteDatabase, made)
        for user in users:
            user._database = store.database  # type: ignore[attr-defined]  # kinds of users that have one
        return made

    def __getattr__(self, name: str) -> Any:
        return getattr(self._database, name)

    def run(self, sql: str, values: Any = ()) -> int:
        self._step()
        return self._database.run(sql, values)

    def run_many(self, sql: str, rows: Any) -> None:
        self._step()
        self._database.run_many(sql, rows)

    def content(self) -> dict[str, list[Any]]:
        """All rows of all tables. (An image of a database in memory does not show what was written since its start.)"""
        query = self._database.connection.execute
        tables = [
            f'"{schema}"."{name}"'
            for (_, schema, _) in query("PRAGMA database_list").fetchall()
            for (name,) in query(f"SELECT name FROM \"{schema}\".sqlite_master WHERE type = 'table'").fetchall()
        ]
        return {name: query(f"SELECT * FROM {name} ORDER BY 1, 2").fetchall() for name in tables}

    def _step(self) -> None:
        self.working -= 1
        if self.working == -1:
            raise self._failure


class FailingEverywhere(FailingDatabase):
    """Lets every statement fail: those that read, and those of the transactions, too."""

    def fetch(self, sql: str, values: Any = ()) -> Any:
        self._step()
        return self._database.fetch(sql, values)

    def begin(self) -> None:
        self._step()
        self._database.begin()

    def commit(self) -> None:
        self._step()
        self._database.commit()

    def save_point(self, depth: int) -> None:
        self._step()
        self._database.save_point(depth)

    def release(self, depth: int) -> None:
        self._step()
        self._database.release(depth)
