"""Contents of files and images, in blocks apart from the rows (contract 02 §13).

A file is a list of parts, each with a small block of bytes of its own: blocks are written once and never copied, so a
file of any length takes the memory of one of them. Parts of one name are what clients know as a block of an upload.
Beside them stand transfers, the memory of uploads and downloads under way.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from dataverse_emulator.spool import Spool
from dataverse_emulator.storage.sqlite import SqliteDatabase

BLOCK_SIZE = 4 * 1024 * 1024
"""The longest block that clients may send, and what they are told to send."""

_ADD_PART = "INSERT INTO emulator_part (file, place, name, size, block) VALUES (?, ?, ?, ?, ?)"
_TABLES = (
    "emulator_block (id INTEGER PRIMARY KEY, data BLOB NOT NULL)",
    "emulator_part (file TEXT, place INTEGER, name TEXT, size INTEGER, block INTEGER, PRIMARY KEY (file, place)) "
    "WITHOUT ROWID",
    "emulator_transfer (id TEXT PRIMARY KEY, content TEXT NOT NULL) WITHOUT ROWID",
)


class Files:
    """Contents by the id of their file; the tables are made when they are needed first."""

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database

    def add(self, file: str, content: Spool, name: str = "") -> None:
        """Add bytes to the end of a file; those of a name take the place of what had that name."""
        self._prepare()
        if name:
            self._drop_parts(file, name)
        last = self._database.fetch("SELECT max(place) FROM emulator_part WHERE file = ?", (file,))[0][0]
        with self._database.small_cache():
            for place, piece in enumerate(content.pieces(), 0 if last is None else last + 1):
                self._database.run("INSERT INTO emulator_block (data) VALUES (?)", (piece,))
                block = self._database.fetch("SELECT last_insert_rowid()")[0][0]
                self._database.run(_ADD_PART, (file, place, name, len(piece), block))

    def size(self, file: str) -> int:
        """The number of bytes of a file."""
        self._prepare()
        return int(self._database.fetch("SELECT sum(size) FROM emulator_part WHERE file = ?", (file,))[0][0] or 0)

    def names(self, file: str) -> list[str]:
        """The names of a file's parts."""
        self._prepare()
        found = self._database.fetch("SELECT DISTINCT name FROM emulator_part WHERE file = ?", (file,))
        return [name for (name,) in found]

    def arrange(self, file: str, names: Iterable[str]) -> None:
        """Put a file's parts into the order of their names; those that are not named go."""
        parts: dict[str, list[tuple[int, int]]] = {}
        for name, size, block in self._parts(file):
            parts.setdefault(name, []).append((size, block))
        self._database.run("DELETE FROM emulator_part WHERE file = ?", (file,))
        kept = [(name, *part) for name in names for part in parts.pop(name)]
        rows = [(file, place, name, size, block) for place, (name, size, block) in enumerate(kept)]
        self._database.run_many(_ADD_PART, rows)
        unused = [(block,) for several in parts.values() for _, block in several]
        with self._database.small_cache():
            self._database.run_many("DELETE FROM emulator_block WHERE id = ?", unused)

    def read(self, file: str, offset: int = 0, length: int | None = None) -> Spool:
        """Bytes of a file from ``offset`` on, ``length`` at most."""
        return Spool.of(self._pieces(file, offset, length))

    def drop(self, file: str) -> None:
        """Forget a file."""
        self._prepare()
        self._drop_parts(file)

    def keep_transfer(self, id: str, content: Mapping[str, Any]) -> None:
        """Remember an upload or download under way, or what has changed of it."""
        self._prepare()
        sql = "INSERT OR REPLACE INTO emulator_transfer (id, content) VALUES (?, ?)"
        self._database.run(sql, (id, json.dumps(content)))

    def transfer(self, id: str) -> dict[str, Any] | None:
        """What is remembered of an upload or download, or None."""
        self._prepare()
        found = self._database.fetch("SELECT content FROM emulator_transfer WHERE id = ?", (id,))
        return json.loads(found[0][0]) if found else None

    def end_transfer(self, id: str) -> None:
        """Forget an upload or download."""
        self._prepare()
        self._database.run("DELETE FROM emulator_transfer WHERE id = ?", (id,))

    def clear(self) -> None:
        """Forget everything."""
        self._prepare()
        for table in _TABLES:
            self._database.run(f"DELETE FROM {table.split()[0]}")

    def _pieces(self, file: str, offset: int, length: int | None) -> Iterator[bytes]:
        position, end = 0, None if length is None else offset + length
        with self._database.small_cache():
            for _, size, block in self._parts(file):
                first, last = max(offset - position, 0), size if end is None else min(end - position, size)
                if first < last:
                    sql = "SELECT substr(data, ?, ?) FROM emulator_block WHERE id = ?"
                    yield self._database.fetch(sql, (first + 1, last - first, block))[0][0]
                position += size

    def _parts(self, file: str) -> list[tuple[Any, ...]]:
        self._prepare()
        return self._database.fetch(
            "SELECT name, size, block FROM emulator_part WHERE file = ? ORDER BY place", (file,)
        )

    def _drop_parts(self, file: str, name: str | None = None) -> None:
        """Remove the parts of a file, all or those of a name."""
        condition, values = ("file = ?", [file]) if name is None else ("file = ? AND name = ?", [file, name])
        with self._database.small_cache():
            self._database.run(
                f"DELETE FROM emulator_block WHERE id IN (SELECT block FROM emulator_part WHERE {condition})", values
            )
        self._database.run(f"DELETE FROM emulator_part WHERE {condition}", values)

    def _prepare(self) -> None:
        schema = self._database.files_schema()
        for table in _TABLES:
            self._database.run(f"CREATE TABLE IF NOT EXISTS {schema}.{table}")
