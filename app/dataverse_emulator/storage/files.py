"""Contents of files and images, in blocks apart from the rows (contract 02 §13).

A file is a list of parts, each with a block of bytes of its own: blocks are written once and never copied, so a file of
any length takes the memory of one block. Beside them stand transfers, the memory of uploads and downloads under way.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from dataverse_emulator.storage.sqlite import SqliteDatabase

BLOCK_SIZE = 4 * 1024 * 1024

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

    def add(self, file: str, data: bytes, name: str = "") -> None:
        """Add a block to a file, or replace the block of that name."""
        self._prepare()
        parts = self._parts(file)
        old = next((part for part in parts if name and part[1] == name), None)
        if old is not None:
            self._database.run("UPDATE emulator_block SET data = ? WHERE id = ?", (data, old[3]))
            self._database.run(
                "UPDATE emulator_part SET size = ? WHERE file = ? AND place = ?", (len(data), file, old[0])
            )
            return
        place = parts[-1][0] + 1 if parts else 0
        with self._database.small_cache():
            self._database.run("INSERT INTO emulator_block (data) VALUES (?)", (data,))
        block = self._database.fetch("SELECT last_insert_rowid()")[0][0]
        self._database.run(
            "INSERT INTO emulator_part (file, place, name, size, block) VALUES (?, ?, ?, ?, ?)",
            (file, place, name, len(data), block),
        )

    def add_all(self, file: str, data: bytes) -> None:
        """Add bytes of any length, in blocks."""
        view = memoryview(data)
        for start in range(0, len(data), BLOCK_SIZE):
            self.add(file, bytes(view[start : start + BLOCK_SIZE]))

    def size(self, file: str) -> int:
        """The number of bytes of a file."""
        self._prepare()
        return sum(size for _, _, size, _ in self._parts(file))

    def names(self, file: str) -> list[str]:
        """The names of a file's blocks, in order."""
        self._prepare()
        return [name for _, name, _, _ in self._parts(file)]

    def arrange(self, file: str, names: Iterable[str]) -> None:
        """Put a file's blocks into the order of their names; those that are not named go."""
        self._prepare()
        parts = {name: (size, block) for _, name, size, block in self._parts(file)}
        self._database.run("DELETE FROM emulator_part WHERE file = ?", (file,))
        for place, name in enumerate(names):
            size, block = parts.pop(name)
            self._database.run(
                "INSERT INTO emulator_part (file, place, name, size, block) VALUES (?, ?, ?, ?, ?)",
                (file, place, name, size, block),
            )
        for _, block in parts.values():
            self._database.run("DELETE FROM emulator_block WHERE id = ?", (block,))

    def read(self, file: str, offset: int = 0, length: int | None = None) -> bytes:
        """Bytes of a file from ``offset`` on, ``length`` at most."""
        self._prepare()
        pieces: list[bytes] = []
        position, end = 0, None if length is None else offset + length
        for _, _, size, block in self._parts(file):
            first, last = max(offset - position, 0), size if end is None else min(end - position, size)
            if first < last:
                sql = "SELECT substr(data, ?, ?) FROM emulator_block WHERE id = ?"
                with self._database.small_cache():
                    pieces.append(self._database.fetch(sql, (first + 1, last - first, block))[0][0])
            position += size
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def drop(self, file: str) -> None:
        """Forget a file."""
        self._prepare()
        self._database.run(
            "DELETE FROM emulator_block WHERE id IN (SELECT block FROM emulator_part WHERE file = ?)", (file,)
        )
        self._database.run("DELETE FROM emulator_part WHERE file = ?", (file,))

    def keep_transfer(self, id: str, content: Mapping[str, Any]) -> None:
        """Remember an upload or download under way."""
        self._prepare()
        self._database.run("INSERT INTO emulator_transfer (id, content) VALUES (?, ?)", (id, json.dumps(content)))

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

    def _parts(self, file: str) -> list[tuple[Any, ...]]:
        return self._database.fetch(
            "SELECT place, name, size, block FROM emulator_part WHERE file = ? ORDER BY place", (file,)
        )

    def _prepare(self) -> None:
        schema = self._database.files_schema()
        for table in _TABLES:
            self._database.run(f"CREATE TABLE IF NOT EXISTS {schema}.{table}")
        self._database.files_are_open()
