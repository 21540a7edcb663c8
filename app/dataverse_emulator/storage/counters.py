"""Numbers that only grow: row versions and the sequences of auto-number columns."""

from __future__ import annotations

from dataverse_emulator.storage.sqlite import SqliteDatabase

COUNTERS = "emulator_counter"
VERSION_COUNTER = "version"


class Counters:
    """Named counters, kept in memory and written with the transaction that moved them."""

    def __init__(self, database: SqliteDatabase) -> None:
        self.read(database)

    def next(self, name: str, start: int) -> int:
        """The next number of a counter, which begins at ``start``."""
        number = self.last(name, start) + 1
        self._numbers[name] = number
        self._changed.add(name)
        return number

    def last(self, name: str, start: int) -> int:
        """The number that a counter gave last; the one before ``start`` where it gave none."""
        return self._numbers.get(name, start - 1)

    def set(self, name: str, number: int) -> None:
        """Let a counter go on with a number."""
        self._numbers[name] = number - 1
        self._changed.add(name)

    def read(self, database: SqliteDatabase) -> None:
        """Forget what was not written."""
        self._numbers: dict[str, int] = dict(database.fetch(f"SELECT name, value FROM {COUNTERS}"))
        self._changed: set[str] = set()

    def write(self, database: SqliteDatabase) -> None:
        """Write what has changed."""
        for name in self._changed:
            database.run(
                f"INSERT INTO {COUNTERS} (name, value) VALUES (?, ?) "
                "ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                (name, self._numbers[name]),
            )
        self._changed.clear()
