"""Writes files of rows piece by piece: JSON and CSV; ``migration_writer`` writes those of the Configuration Migration
tool.

A file appears under its name when it is complete; until then it has another.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any, Protocol

Row = dict[str, Any]
KINDS = (".json", ".csv", ".zip")


class RowWriter(Protocol):
    """What takes tables, one after another. ``remarks`` says what could not be written."""

    remarks: dict[str, None]

    def begin(self, head: Mapping[str, Any]) -> bool:
        """Begin with a table (``dumping.describe``); False where its rows are written with those of another."""
        ...

    def rows(self, rows: Sequence[Row]) -> None:
        """Write rows of that table."""
        ...

    def pairs(self, link: Mapping[str, Any], pairs: Sequence[Sequence[str]]) -> None:
        """Write links of that table, where N:N relationships are no tables of their own."""
        ...


@contextmanager
def open_writer(path: Path) -> Iterator[RowWriter]:
    """A writer by the end of the file's name; for a folder, one that writes a CSV file a table.

    Raises:
        OSError: the file cannot be written.
    """
    if path.is_dir():
        with CsvFolder(path) as folder:
            yield folder
        return
    with written(path) as stream:
        kind = path.suffix.lower()
        if kind == ".csv":
            text = io.TextIOWrapper(stream, "utf-8", newline="")
            yield CsvWriter(text)
            text.detach()
        elif kind == ".zip":
            from dataverse_emulator.importing.migration_writer import MigrationWriter

            archive = MigrationWriter(stream)
            yield archive
            archive.close()
        else:
            writer = JsonWriter(stream)
            yield writer
            writer.close()


@contextmanager
def written(path: Path) -> Iterator[IO[bytes]]:
    """A file to write; it takes the place of another only when nothing was raised.

    Raises:
        OSError: the file cannot be written.
    """
    part = path.with_name(f"{path.name}.part")
    try:
        with part.open("wb") as stream:
            yield stream
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


class JsonWriter:
    """``{"account": [row, ...], ...}``, one row a line."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._is_first_table = self._is_first_row = True
        self.remarks: dict[str, None] = {}

    def begin(self, head: Mapping[str, Any]) -> bool:
        """Begin with a table."""
        start = "{\n" if self._is_first_table else "\n],\n"
        self._stream.write(f"{start}{json.dumps(head['table'])}: [".encode())
        self._is_first_table, self._is_first_row = False, True
        return True

    def rows(self, rows: Sequence[Row]) -> None:
        """Write rows of that table."""
        import orjson

        for row in rows:
            self._stream.write(b"\n" if self._is_first_row else b",\n")
            self._stream.write(orjson.dumps(row))
            self._is_first_row = False

    def pairs(self, link: Mapping[str, Any], pairs: Sequence[Sequence[str]]) -> None:
        """Nothing: the table that holds the pairs is written as any other."""

    def close(self) -> None:
        """Write the end."""
        self._stream.write(b"{}\n" if self._is_first_table else b"\n]\n}\n")


class CsvWriter:
    """One table; lookups as ``table:id``, null as an empty cell."""

    def __init__(self, stream: IO[str]) -> None:
        self._writer = csv.writer(stream)
        self._columns: list[str] = []
        self.remarks: dict[str, None] = {}

    def begin(self, head: Mapping[str, Any]) -> bool:
        """Write the names of the columns."""
        self._columns = list(head["columns"])
        self._writer.writerow(self._columns)
        return True

    def rows(self, rows: Sequence[Row]) -> None:
        """Write rows."""
        for row in rows:
            self._writer.writerow([_cell(row.get(name)) for name in self._columns])

    def pairs(self, link: Mapping[str, Any], pairs: Sequence[Sequence[str]]) -> None:
        """Nothing: the table that holds the pairs is a file of its own."""


def _cell(value: Any) -> Any:
    if isinstance(value, Mapping):
        return f"{value['table']}:{value['id']}"
    if isinstance(value, bool):
        return "true" if value else "false"
    return value


class CsvFolder:
    """One CSV file a table, N:N relationships among them; each file is complete when the next one begins."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file = ExitStack()
        self._writer: RowWriter | None = None
        self.remarks: dict[str, None] = {}

    def __enter__(self) -> CsvFolder:
        return self

    def __exit__(self, *problem: Any) -> None:
        self._file.__exit__(*problem)

    def begin(self, head: Mapping[str, Any]) -> bool:
        """Begin with a file."""
        self._file.close()
        self._writer = self._file.enter_context(open_writer(self._folder / f"{head['table']}.csv"))
        return self._writer.begin(head)

    def rows(self, rows: Sequence[Row]) -> None:
        """Write rows of that file."""
        assert self._writer is not None
        self._writer.rows(rows)

    def pairs(self, link: Mapping[str, Any], pairs: Sequence[Sequence[str]]) -> None:
        """Nothing: the table that holds the pairs is a file of its own."""
