"""Files from outside, read with suspicion: no document types, entities or network, no bombs, no paths that climb."""

from __future__ import annotations

import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import IO, Any, TypeAlias

from lxml import etree

Element: TypeAlias = Any

MAX_FILE_BYTES = 512 * 1024 * 1024
MAX_MEMBER_BYTES = 512 * 1024 * 1024
MAX_MEMBERS = 20_000
SUSPICIOUS_RATIO = 200
_RATIO_COUNTS_FROM = 4 * 1024 * 1024
_CHUNK = 1024 * 1024
_FIRST_ELEMENT = re.compile(rb"<[A-Za-z_]")
_SAFE: dict[str, Any] = {"resolve_entities": False, "no_network": True, "load_dtd": False}
_BARE: dict[str, Any] = {"remove_comments": True, "remove_pis": True}
_FIRST_DAY = (1980, 1, 1, 0, 0, 0)

WITHOUT_BLANKS = etree.XMLParser(**_SAFE, remove_blank_text=True)
"""For documents inside documents, which are kept as they are but for their blanks."""
NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML cannot hold."""


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
    try:
        root = etree.fromstring(data, etree.XMLParser(**_SAFE, **_BARE))
    except (etree.XMLSyntaxError, LookupError, ValueError) as problem:
        raise UnreadableFile(f"{what} is not well-formed XML: {problem}.") from problem
    _refuse_document_type(root, what)
    return root


def walk_xml(stream: IO[bytes] | Member, what: str) -> Iterator[tuple[str, Element]]:
    """The elements of an XML document as they start and end (``start``, ``end``), for documents of any length.

    What was read stays in memory until ``forget`` is called for it.

    Raises:
        UnreadableFile: as ``parse_xml``.
    """
    events = etree.iterparse(stream, events=("start", "end"), **_SAFE, **_BARE)
    is_first = True
    try:
        for event, element in events:
            if is_first:
                _refuse_document_type(element, what)
                is_first = False
            yield event, element
    except (etree.XMLSyntaxError, LookupError, ValueError) as problem:
        raise UnreadableFile(f"{what} is not well-formed XML: {problem}.") from problem


def forget(element: Element) -> None:
    """Free an element that has ended, and those before it."""
    element.clear()
    parent = element.getparent()
    while element.getprevious() is not None:
        del parent[0]


def _refuse_document_type(element: Element, what: str) -> None:
    if element.getroottree().docinfo.internalDTD is not None:
        raise UnreadableFile(f"{what} declares a document type; such XML is not read.")


class Archive:
    """A zip archive whose members are looked at before they are unpacked."""

    def __init__(self, source: bytes | Path) -> None:
        """
        Args:
            source: the content, or the path of a file that is read as it is needed.

        Raises:
            UnreadableFile: it is damaged, has too many members, two of one name, or one that leads out of the archive.
        """
        try:
            self._zip = zipfile.ZipFile(BytesIO(source) if isinstance(source, bytes) else source)
        except _DAMAGE as problem:
            raise UnreadableFile(f"The zip archive cannot be read: {problem}.") from problem
        listed = self._zip.infolist()
        if len(listed) > MAX_MEMBERS:
            raise UnreadableFile(f"The zip archive has more than {MAX_MEMBERS} members.")
        for each in listed:
            _check_member(each)
        self._members = {each.filename.lower(): each for each in listed if not each.is_dir()}
        if len({each.filename.lower() for each in listed}) < len(listed):
            raise UnreadableFile("The zip archive has two members of the same name.")
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
            UnreadableFile: it is not there, encrypted, damaged, neither stored nor deflated, or unpacks to far more
                than it says or should.
        """
        with self.open(name) as stream:
            pieces = []
            while piece := stream.read(_CHUNK):
                pieces.append(piece)
        return b"".join(pieces)

    def open(self, name: str) -> Member:
        """A member as a stream, whatever the case of its name.

        Raises:
            UnreadableFile: as ``read``, also while the stream is read.
        """
        member = self._members.get(name.lower())
        if member is None:
            raise UnreadableFile(f"The zip archive has no {name}.")
        if member.flag_bits & 1:
            raise UnreadableFile(f"The member {name} of the zip archive is encrypted.")
        if member.compress_type not in _METHODS:
            raise UnreadableFile(f"The member {name} of the zip archive is neither stored nor deflated.")
        if member.file_size > MAX_MEMBER_BYTES or (
            member.file_size > _RATIO_COUNTS_FROM and member.file_size > SUSPICIOUS_RATIO * max(member.compress_size, 1)
        ):
            raise UnreadableFile(f"The member {name} of the zip archive unpacks to a suspicious size.")
        try:
            return Member(self._zip.open(member), member)
        except _DAMAGE as problem:
            raise UnreadableFile(f"The member {name} of the zip archive cannot be read: {problem}.") from problem


_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_DAMAGE = (
    *(zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, OSError, zlib.error, struct.error),
    *(ValueError, OverflowError),  # offsets that no file can have
)


class Member:
    """The content of a member as it is unpacked; never longer than the archive says."""

    def __init__(self, stream: IO[bytes], member: zipfile.ZipInfo) -> None:
        self._stream = stream
        self._name = member.filename
        self._left = member.file_size

    def __enter__(self) -> Member:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()

    def read(self, size: int = -1) -> bytes:
        """The next bytes.

        Raises:
            UnreadableFile: the archive is damaged, or the member longer than it says.
        """
        try:
            piece = self._stream.read(size)
        except _DAMAGE as problem:
            raise UnreadableFile(f"The member {self._name} of the zip archive cannot be read: {problem}.") from problem
        self._left -= len(piece)
        if self._left < 0:
            raise UnreadableFile(f"The member {self._name} of the zip archive is larger than it says.")
        return piece


def new_member(name: str) -> zipfile.ZipInfo:
    """A member to be written, without the time of day: the same content makes the same archive."""
    made = zipfile.ZipInfo(name, _FIRST_DAY)
    made.compress_type = zipfile.ZIP_DEFLATED
    return made


def _check_member(member: zipfile.ZipInfo) -> None:
    name = member.orig_filename
    parts = re.split(r"[/\\]", name)
    if not name:
        raise UnreadableFile("The zip archive has a member without a name.")
    if name.startswith(("/", "\\")) or ".." in parts or ":" in parts[0] or any(each < " " for each in name):
        raise UnreadableFile(f"The zip archive has a member whose name leads out of it: {name[:200]!r}.")
    if stat.S_ISLNK(member.external_attr >> 16):
        raise UnreadableFile(f"The zip archive has a symbolic link: {name[:200]!r}.")
