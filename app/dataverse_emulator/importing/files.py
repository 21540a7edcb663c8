"""Files from outside, read with suspicion: no document types, entities or network, no bombs, no paths that climb."""

from __future__ import annotations

import re
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any, TypeAlias

from lxml import etree

Element: TypeAlias = Any

MAX_FILE_BYTES = 512 * 1024 * 1024
MAX_MEMBER_BYTES = 512 * 1024 * 1024
MAX_MEMBERS = 20_000
SUSPICIOUS_RATIO = 200
_RATIO_COUNTS_FROM = 16 * 1024 * 1024
_CHUNK = 1024 * 1024
_FIRST_ELEMENT = re.compile(rb"<[A-Za-z_]")


class UnreadableFile(Exception):
    """A file that cannot be imported; the text says why, for the user."""


def read_file(path: str | Path) -> bytes:
    """The content of a file.

    Raises:
        UnreadableFile: it is not there, cannot be read, or is larger than half a gigabyte.
    """
    place = Path(path)
    try:
        if place.stat().st_size > MAX_FILE_BYTES:
            raise UnreadableFile(f"The file {place} is larger than {MAX_FILE_BYTES // 1024 // 1024} MB.")
        return place.read_bytes()
    except OSError as problem:
        raise UnreadableFile(f"The file {place} cannot be read: {problem.strerror or problem}.") from problem


def is_zip(data: bytes) -> bool:
    """The content is a zip archive."""
    return data[:4] in (b"PK\x03\x04", b"PK\x05\x06")


def parse_xml(data: bytes, what: str = "The file") -> Element:
    """The root element of an XML document.

    Raises:
        UnreadableFile: it is no XML, or it declares a document type (which is where entities come from).
    """
    plain = data.replace(b"\0", b"") if data[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in data[:8] else data
    first = _FIRST_ELEMENT.search(plain)
    if b"<!DOCTYPE" in plain[: first.start() if first else len(plain)]:
        raise UnreadableFile(f"{what} declares a document type; such XML is not read.")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as problem:
        raise UnreadableFile(f"{what} is not well-formed XML: {problem}.") from problem
    if root.getroottree().docinfo.internalDTD is not None:
        raise UnreadableFile(f"{what} declares a document type; such XML is not read.")
    return root


class Archive:
    """A zip archive whose members are looked at before they are unpacked."""

    def __init__(self, data: bytes) -> None:
        """
        Raises:
            UnreadableFile: it is damaged, has too many members, or one whose name leads out of the archive.
        """
        try:
            self._zip = zipfile.ZipFile(BytesIO(data))
        except (zipfile.BadZipFile, ValueError, NotImplementedError) as problem:
            raise UnreadableFile(f"The zip archive cannot be read: {problem}.") from problem
        self._members = {each.filename.lower(): each for each in self._zip.infolist() if not each.is_dir()}
        if len(self._zip.infolist()) > MAX_MEMBERS:
            raise UnreadableFile(f"The zip archive has more than {MAX_MEMBERS} members.")
        for each in self._zip.infolist():
            _check_name(each.filename)
        if sum(each.file_size for each in self._members.values()) > 2 * MAX_MEMBER_BYTES:
            raise UnreadableFile("The zip archive would unpack to more than a gigabyte.")

    @property
    def names(self) -> tuple[str, ...]:
        """The members' names."""
        return tuple(each.filename for each in self._members.values())

    def __contains__(self, name: str) -> bool:
        return name.lower() in self._members

    def read(self, name: str) -> bytes:
        """A member, whatever the case of its name.

        Raises:
            UnreadableFile: it is not there, encrypted, damaged, or unpacks to far more than it says or should.
        """
        member = self._members.get(name.lower())
        if member is None:
            raise UnreadableFile(f"The zip archive has no {name}.")
        if member.flag_bits & 1:
            raise UnreadableFile(f"The member {name} of the zip archive is encrypted.")
        if member.file_size > MAX_MEMBER_BYTES or (
            member.file_size > _RATIO_COUNTS_FROM and member.file_size > SUSPICIOUS_RATIO * max(member.compress_size, 1)
        ):
            raise UnreadableFile(f"The member {name} of the zip archive unpacks to a suspicious size.")
        pieces, size = [], 0
        try:
            with self._zip.open(member) as stream:
                while piece := stream.read(_CHUNK):
                    size += len(piece)
                    if size > member.file_size:
                        raise UnreadableFile(f"The member {name} of the zip archive is larger than it says.")
                    pieces.append(piece)
        except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, OSError) as problem:
            raise UnreadableFile(f"The member {name} of the zip archive cannot be read: {problem}.") from problem
        return b"".join(pieces)


def _check_name(name: str) -> None:
    parts = re.split(r"[/\\]", name)
    if name.startswith(("/", "\\")) or ".." in parts or ":" in parts[0] or "\0" in name:
        raise UnreadableFile(f"The zip archive has a member whose name leads out of it: {name[:200]!r}.")
