"""JSON files of rows, read row by row: rows by table, a list of rows, or an answer of the Web API."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from typing import Any, NoReturn, TextIO

from dataverse_emulator.importing.files import UnreadableFile
from dataverse_emulator.importing.rows import Item

_CHUNK = 256 * 1024
_LONGEST_VALUE = 256 * 1024 * 1024
_BLANKS = re.compile(r"[ \t\r\n]*")
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_CONTEXT = "@odata.context"


def read_json(text: TextIO, table: str) -> Iterator[Item]:
    """The rows of a JSON file.

    Args:
        text: ``{"account": [row, ...], "contact": [...]}``, ``[row, ...]``, or an answer with ``@odata.context``.
        table: the table of a bare list of rows.

    Raises:
        UnreadableFile: it is no JSON, or holds something else; the text names the line.
    """
    reader = _Reader(text)
    first = reader.peek()
    if first == "[":
        for line, row in reader.items():
            yield ("rows", table), line, _row(row, line)
    elif first == "{":
        yield from _read_object(reader, table)
    else:
        reader.fail("a list or an object is expected")
    if reader.peek():
        reader.fail("the text goes on behind its end")


def _read_object(reader: _Reader, table: str) -> Iterator[Item]:
    single: dict[str, Any] = {}
    context = None
    for line, name in reader.members():
        if name == _CONTEXT:
            context = str(reader.value()).rpartition("#")[2].partition("(")[0].partition("/")[0]
        elif context is not None and name != "value":
            single[name] = reader.value()
        elif reader.peek() == "[":
            of = (context or table) if name == "value" else name
            for place, row in reader.items():
                yield ("rows", of), place, _row(row, place)
        elif name.startswith("@"):
            reader.value()
        else:
            raise UnreadableFile(f"Line {line}: the rows of {name[:100]} must be a list of objects.")
    row = {name: value for name, value in single.items() if not name.startswith("@")}
    if row and context:
        yield ("rows", context), 1, row


def _row(row: Any, line: int) -> dict[str, Any]:
    if not isinstance(row, dict):
        raise UnreadableFile(f"Line {line}: a row must be an object.")
    return row


class _Reader:
    """Values of a text that is read as far as they need it."""

    def __init__(self, text: TextIO) -> None:
        self._stream = text
        self._text = ""
        self._place = 0
        self._line = 1
        self._decoder = json.JSONDecoder(parse_constant=self._constant, parse_float=_finite)

    def fail(self, what: str) -> NoReturn:
        """
        Raises:
            UnreadableFile: always.
        """
        raise UnreadableFile(f"Line {self._line}: not valid JSON: {what}.")

    def peek(self) -> str:
        """The next character that is no blank, or nothing at the end."""
        while True:
            match = _BLANKS.match(self._text, self._place)
            assert match is not None
            self._move(match.end())
            if self._place < len(self._text):
                return self._text[self._place]
            if not self._more():
                return ""

    def value(self) -> Any:
        """The next value."""
        self.peek()
        while True:
            try:
                found, end = self._decoder.raw_decode(self._text, self._place)
            except json.JSONDecodeError as problem:
                if self._more():
                    continue
                self.fail(problem.msg)
            except (ValueError, RecursionError) as problem:
                self.fail("it is nested too deeply" if isinstance(problem, RecursionError) else str(problem))
            if end == len(self._text) and self._more():
                continue  # a number may go on
            self._check_text(self._text[self._place : end])
            self._move(end)
            return found

    def items(self) -> Iterator[tuple[int, Any]]:
        """The items of the list that comes next, with their lines."""
        for _ in self._listed("[", "]"):
            self.peek()
            yield self._line, self.value()

    def members(self) -> Iterator[tuple[int, str]]:
        """The names of the members of the object that comes next; the caller takes their values."""
        for _ in self._listed("{", "}"):
            if self.peek() != '"':
                self.fail("the name of a member is expected")
            line, name = self._line, self.value()
            self._take(":")
            yield line, name

    def _listed(self, start: str, end: str) -> Iterator[None]:
        """Stop where each thing begins that stands between two brackets, apart by commas; the caller takes it."""
        self._take(start)
        if self.peek() == end:
            self._take(end)
            return
        while True:
            yield
            if self.peek() == end:
                self._take(end)
                return
            self._take(",")

    def _take(self, wanted: str) -> None:
        if self.peek() != wanted:
            self.fail(f"'{wanted}' is expected")
        self._move(self._place + 1)

    def _move(self, place: int) -> None:
        self._line += self._text.count("\n", self._place, place)
        self._place = place

    def _more(self) -> bool:
        """Read on; each time more than before, so that a long value is not looked at too often."""
        left = len(self._text) - self._place
        if left > _LONGEST_VALUE:
            self.fail("a value is too long")
        piece = self._stream.read(max(_CHUNK, left))
        self._text = self._text[self._place :] + piece
        self._place = 0
        return bool(piece)

    def _check_text(self, text: str) -> None:
        """Half a surrogate pair is no character, though JSON can write it."""
        if _SURROGATE.search(text):
            try:
                json.dumps(json.loads(text), ensure_ascii=False).encode()
            except UnicodeEncodeError:
                self.fail("half of a surrogate pair")

    def _constant(self, name: str) -> NoReturn:
        raise ValueError(f"{name} is no number")


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError(f"{text[:100]} is too large a number")
    return number
