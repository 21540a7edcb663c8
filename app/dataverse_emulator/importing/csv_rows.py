"""CSV files of rows: the first line names the columns, an empty cell is null, a lookup is ``table:id``."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import TextIO

from dataverse_emulator.importing.files import UnreadableFile
from dataverse_emulator.importing.rows import Item

_LONGEST_CELL = 100 * 1024 * 1024


def read_csv(text: TextIO, table: str) -> Iterator[Item]:
    """The rows of a CSV file.

    Raises:
        UnreadableFile: the first line names no columns, one twice, or is separated by something else than commas; a
            line has more or fewer values than the first one, or the text is no CSV; the text names the line.
    """
    csv.field_size_limit(max(csv.field_size_limit(), _LONGEST_CELL))
    reader = csv.reader(text, strict=True)
    line = 1
    try:
        names = [name.strip() for name in next(reader, ())]
        if not names or not all(names):
            raise UnreadableFile("Line 1: the first line of a CSV file must name the columns.")
        if len(names) == 1 and (";" in names[0] or "\t" in names[0]):
            raise UnreadableFile("Line 1: columns must be separated by commas.")
        if len(set(names)) < len(names):
            raise UnreadableFile("Line 1: a column is named twice.")
        line = reader.line_num + 1
        for values in reader:
            if values:
                if len(values) != len(names):
                    raise UnreadableFile(f"Line {line}: {len(values)} values, but {len(names)} columns are named.")
                yield ("rows", table), line, dict(zip(names, values, strict=True))
            line = reader.line_num + 1
    except csv.Error as problem:
        raise UnreadableFile(f"Line {line}: no CSV: {problem}.") from problem
