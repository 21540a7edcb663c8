"""Files of rows: JSON, CSV and the zip archives of the Configuration Migration tool, read piece by piece.

A file is never held as a whole, so its length costs time and no memory.
"""

from __future__ import annotations

import codecs
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO, TypeAlias

from dataverse_emulator.importing.files import MAX_FILE_BYTES, UnreadableFile, is_zip

LINKS = "links"
ROLE = "@role"
"""Member of a thing that is no row: the role of an activity whose parties follow, and replace those there are."""

_BATCH = 1000
_HEAD = 4096
_ENCODINGS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))

Item: TypeAlias = tuple[tuple[str, str], int, Any]
"""What a reader finds: the part (``rows`` or ``links`` and the table), the line, the row or link."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Rows of one table, or links, that stand together in a file.

    Attributes:
        content: in the form that ``loading.load_batch`` takes.
        lines: the line of each row or link.
        table: the rows' table as the file names it; empty for links.
    """

    content: dict[str, Any]
    lines: list[int]
    table: str


@dataclass(slots=True)
class RowFile:
    """A file of rows.

    Attributes:
        path: the file.
        remarks: what was not taken; grows while the pieces are read.
        has_links: links were among the pieces read so far.
    """

    path: Path
    _read: Callable[[RowFile], Iterator[Item]]
    remarks: dict[str, None] = field(default_factory=dict)
    has_links: bool = False

    def pieces(self) -> Iterator[Piece]:
        """The file's content from its beginning.

        Raises:
            UnreadableFile: the file is damaged; what came before is lost with it, as callers look at all of it first.
        """
        waiting: dict[tuple[str, str], list[tuple[int, Any]]] = {}
        count = 0
        for part, line, thing in self._read(self):
            self.has_links = self.has_links or part[0] == LINKS
            found = waiting.setdefault(part, [])
            found.append((line, thing))
            count += 1
            if len(found) == _BATCH or count == 4 * _BATCH:
                part = max(waiting, key=lambda each: len(waiting[each]))
                count -= len(waiting[part])
                yield _piece(part, waiting.pop(part))
        for part, found in waiting.items():
            yield _piece(part, found)


def _piece(part: tuple[str, str], found: list[tuple[int, Any]]) -> Piece:
    kind, table = part
    roles = [thing[ROLE] for _, thing in found if ROLE in thing]
    found = [(line, thing) for line, thing in found if ROLE not in thing]
    things, lines = [thing for _, thing in found], [line for line, _ in found]
    if kind == LINKS:
        return Piece({LINKS: things}, lines, "")
    return Piece({"table": table, "rows": things, **({"roles": roles} if roles else {})}, lines, table)


def open_rows(path: Path, table: str | None = None) -> RowFile:
    """A file of rows, by the end of its name or else its first letters.

    Args:
        path: the file; its name tells the table of a CSV file or of a list (``accounts.csv``).
        table: the table, where the name does not tell it.

    Raises:
        UnreadableFile: it is not there, empty, too large, or in none of the known forms.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as stream:
            head = stream.read(_HEAD)
    except OSError as problem:
        raise UnreadableFile(f"The file cannot be read: {problem.strerror or problem}.") from problem
    if not head:
        raise UnreadableFile("The file is empty.")
    if is_zip(head):
        from dataverse_emulator.importing.migration_rows import read_archive

        return RowFile(path, read_archive)
    if size > 4 * MAX_FILE_BYTES:
        raise UnreadableFile(f"The file is larger than {4 * MAX_FILE_BYTES // 1024**3} GB.")
    encoding = next((name for mark, name in _ENCODINGS if head.startswith(mark)), "utf-8")
    first = head.decode(encoding, "ignore").lstrip()[:1]
    kind = path.suffix.lower()
    if kind == ".zip":
        raise UnreadableFile("The file is no zip archive.")
    stem = table or path.stem
    if first == "<" and kind != ".csv":
        from dataverse_emulator.importing.migration_rows import read_document

        return RowFile(path, read_document)
    if kind == ".xml":
        raise UnreadableFile("The file is no XML document.")
    if kind == ".json" or (first in ("{", "[") and kind != ".csv"):
        from dataverse_emulator.importing.json_rows import read_json

        return RowFile(path, lambda file: _decoded(file, encoding, lambda text: read_json(text, stem)))
    from dataverse_emulator.importing.csv_rows import read_csv

    return RowFile(path, lambda file: _decoded(file, encoding, lambda text: read_csv(text, stem)))


def _decoded(file: RowFile, encoding: str, read: Callable[[TextIO], Iterator[Item]]) -> Iterator[Item]:
    with file.path.open("rb") as stream, io.TextIOWrapper(stream, encoding, newline="") as text:
        try:
            yield from read(text)
        except UnicodeError as problem:
            raise UnreadableFile(
                "The file is text neither in UTF-8, nor in UTF-16 with a byte order mark."
            ) from problem
