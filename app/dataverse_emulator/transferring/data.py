"""Rows from files into an emulator, and back: two walks over each file in, one over each table out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import click

from dataverse_emulator.importing.files import UnreadableFile
from dataverse_emulator.importing.row_writers import RowWriter, open_writer
from dataverse_emulator.importing.rows import Piece, RowFile, open_rows
from dataverse_emulator.transferring.progress import Progress
from dataverse_emulator.transferring.target import Target

_PATH = "/_emulator/data"
_SHOWN = 20


class Import:
    """Files on their way into a target.

    Attributes:
        counts: rows and links by file.
        remarks: what was not taken.
    """

    def __init__(self, target: Target, paths: Sequence[Path], table: str | None, progress: bool | None) -> None:
        self._send = target.send
        self._is_running = target.is_running
        self._progress = progress
        self._late: set[str] = {""}  # the links are
        self.counts: dict[Path, int] = {}
        self.remarks: dict[str, None] = {}
        self._files: list[RowFile] = []
        self._tables: dict[str, None] = {}
        for path in paths:
            try:
                self._files.append(open_rows(path, table))
            except UnreadableFile as problem:
                raise click.ClickException(f"{path}: {problem}") from problem

    def check(self) -> None:
        """Look at all rows.

        Raises:
            ClickException: a file cannot be read, or rows are wrong; nothing was changed.
        """
        wrong: list[str] = []
        for file in self._files:
            count = 0
            with Progress(f"{file.path.name}: checked", None, self._progress) as bar:
                for piece in _pieces(file):
                    answer = self._post(file, piece, f"{_PATH}?check=true")
                    if answer["isLate"]:
                        self._late.add(piece.table)
                    wrong += _told(file, piece, answer)
                    if piece.table:
                        self._tables[piece.table] = None
                    count += len(piece.lines)
                    bar.add(len(piece.lines))
            self.counts[file.path] = count
            self.remarks |= dict.fromkeys(f"{file.path}: {remark}" for remark in file.remarks)
        if wrong:
            raise click.ClickException(_listed(wrong, "nothing was imported"))

    def load(self) -> None:
        """Load what was looked at: first what stands by itself, then what belongs to other rows.

        Raises:
            ClickException: a row was refused, or a link's ends are not there.
        """
        wrong = self._walk(lambda piece: piece.table not in self._late)
        if self._late != {""} or any(file.has_links for file in self._files):
            wrong += self._walk(lambda piece: piece.table in self._late)
        if wrong:
            fate = "the other rows are imported" if self._is_running else "nothing was imported"
            raise click.ClickException(_listed(wrong, fate))
        for table in self._tables:
            self.remarks |= dict.fromkeys(self._send("GET", f"{_PATH}?{urlencode({'loose': table})}", b"")["report"])

    def _walk(self, is_meant: Callable[[Piece], bool]) -> list[str]:
        wrong: list[str] = []
        for file in self._files:
            with Progress(file.path.name, self.counts[file.path], self._progress) as bar:
                for piece in _pieces(file):
                    if is_meant(piece):
                        wrong += _told(file, piece, self._post(file, piece, _PATH))
                    bar.add(len(piece.lines))
        return wrong

    def _post(self, file: RowFile, piece: Piece, path: str) -> dict[str, Any]:
        body = _body(file, piece)
        try:
            answer = self._send("POST", path, body)
        except click.ClickException as problem:
            line = piece.lines[0] if piece.lines else 1
            raise click.ClickException(f"{file.path}, from line {line}: {problem.message}") from problem
        self.remarks |= dict.fromkeys(f"{file.path}: {remark}" for remark in answer["report"])
        return answer


def _pieces(file: RowFile) -> Iterator[Piece]:
    try:
        yield from file.pieces()
    except UnreadableFile as problem:
        raise click.ClickException(f"{file.path}: {problem}") from problem


def _body(file: RowFile, piece: Piece) -> bytes:
    """A piece as JSON.

    Raises:
        ClickException: a row holds a number of more than 64 bits, or lists in lists without end.
    """
    import orjson

    try:
        return orjson.dumps(piece.content)
    except orjson.JSONEncodeError as problem:
        for line, row in zip(piece.lines, piece.content["rows"], strict=True):
            try:
                orjson.dumps(row)
            except orjson.JSONEncodeError:
                raise click.ClickException(f"{file.path}, line {line}: {problem}.") from problem
        raise


def _told(file: RowFile, piece: Piece, answer: dict[str, Any]) -> list[str]:
    return [f"{file.path}, line {piece.lines[each['place']]}: {each['message']}" for each in answer["wrong"]]


def _listed(wrong: Sequence[str], fate: str) -> str:
    more = [f"... and {len(wrong) - _SHOWN} more"] if len(wrong) > _SHOWN else []
    return "\n".join((f"{len(wrong)} rows cannot be taken; {fate}:", *wrong[:_SHOWN], *more))


def export_tables(
    target: Target, path: Path, tables: Sequence[str], progress: bool | None
) -> tuple[int, dict[str, None]]:
    """Write tables (all that have rows, where none is named) to a file.

    Returns:
        The number of rows and links, and what could not be written.

    Raises:
        ClickException: there is no such table.
        OSError: the file cannot be written.
    """
    names = list(tables) or list(target.send("GET", _PATH, b"")["tables"])
    count = 0
    with Progress(path.name, len(names), progress) as bar, open_writer(path) as writer:
        for name in names:
            count += _export(target, writer, name, frozenset(names), is_archive=path.suffix.lower() == ".zip")
            bar.add(1)
    return count, writer.remarks


def _export(target: Target, writer: RowWriter, name: str, names: frozenset[str], *, is_archive: bool) -> int:
    asked = {"table": name, **({"parties": "true"} if is_archive else {})}
    head = page = _page(target, asked)
    if not writer.begin(head):
        return 0
    for column, number in head["notExported"].items():
        writer.remarks[f"{head['table']}.{column}: the contents of {number} files are not exported"] = None
    count = len(page["rows"])
    writer.rows(page["rows"])
    while page["after"] is not None:
        page = _page(target, {**asked, "after": page["after"]})
        writer.rows(page["rows"])
        count += len(page["rows"])
    for link in head["links"] if is_archive else ():
        if link["name"] in names or link["target"] in names:
            count += _export_links(target, writer, link)
    return count


def _export_links(target: Target, writer: RowWriter, link: dict[str, Any]) -> int:
    count, asked = 0, {"links": link["name"]}
    while True:
        page = _page(target, asked)
        if page["pairs"]:
            writer.pairs(link, page["pairs"])
        count += len(page["pairs"])
        if page["after"] is None:
            return count
        asked["after"] = ",".join(page["after"])


def _page(target: Target, asked: dict[str, str]) -> dict[str, Any]:
    return target.send("GET", f"{_PATH}?{urlencode(asked)}", b"")
