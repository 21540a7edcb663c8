"""File columns: contents put in, taken out and removed (contract 02 §13.1; image columns take the same ways).

A file column holds the id of a row of ``fileattachment``, under which the content is kept; an image column a thumbnail,
and its full image under the image's own id.
"""

from __future__ import annotations

import base64
import mimetypes
from dataclasses import dataclass
from typing import Any, ClassVar

from dataverse_emulator.errors import EmulatorError, error
from dataverse_emulator.messages.base import Context, Message, Record, Target, handles
from dataverse_emulator.messages.columns import stamp_change
from dataverse_emulator.messages.contents import ATTACHMENTS, drop_attachments, image_id
from dataverse_emulator.messages.facts import facts_of
from dataverse_emulator.messages.notes import check_kind
from dataverse_emulator.messages.references import existing, missing, resolve
from dataverse_emulator.messages.updating import demand_version, update_row
from dataverse_emulator.metadata.catalog import Column, ColumnType, Table
from dataverse_emulator.spool import Spool
from dataverse_emulator.values import Reference

LARGEST_KB = 131_072  # where a column has no limit of its own
ANY_TYPE = "application/octet-stream"

# What a transfer is: an upload to a column by PATCH or by messages, one of a note or attachment, or a download
CHUNKS, BLOCKS, BODY, DOWNLOAD = "chunks", "blocks", "body", "download"


@dataclass(frozen=True, slots=True)
class PutFile(Message):
    """Put a whole file into a file or image column. ``version`` demands that row version. Result: None."""

    target: Target
    column: Column
    name: str
    content: Spool
    version: int | None = None


@dataclass(frozen=True, slots=True)
class StartUpload(Message):
    """Begin to put a file into a file column in chunks; ``version`` as in PutFile. Result: the id of the upload."""

    target: Target
    column: Column
    name: str
    version: int | None = None


@dataclass(frozen=True, slots=True)
class AddChunk(Message):
    """Go on with an upload; the chunk that reaches ``total`` ends it. Result: whether it has ended (bool)."""

    target: Target
    column: Column
    upload: str
    start: int
    total: int
    content: Spool


@dataclass(frozen=True, slots=True)
class RemoveFile(Message):
    """Empty a file column; ``version`` as in PutFile. Result: None."""

    target: Target
    column: Column
    version: int | None = None


@dataclass(frozen=True, slots=True)
class ReadFile(Message):
    """Read a file column, or an image column's thumbnail or ``full`` image; a part of it where ``length`` is given.

    Result: ``FileContent``, or None where the column is empty."""

    writes: ClassVar[bool] = False
    target: Target
    column: Column
    full: bool = False
    start: int = 0
    length: int | None = None


@dataclass(frozen=True, slots=True)
class FileContent:
    """A file, or a part of one."""

    name: str
    mime_type: str
    size: int
    content: Spool


@handles(PutFile)
def put_file(context: Context, message: PutFile) -> None:
    """Put a whole file into a column.

    Raises:
        EmulatorError: 0x80040217 when the row is missing, 0x80044a02 for a file that is too large, 0x80040203 for an
            empty one, 0x80043E09 for a blocked kind of file, 0x80072553 for what is no image; for another row version
            as ``check_version``.
    """
    target = existing(context, message.target)
    demand_version(context, target, message.version)
    if message.column.type is ColumnType.IMAGE:
        _put_image(context, target, message.column, message.content.read())
        return
    check_size(message.column, message.content.size)
    _check_name(context, message.name)
    file = context.new_id()
    context.store.files.add(file, message.content)
    attach(context, target, message.column, file, message.name)


@handles(StartUpload)
def start_upload(context: Context, message: StartUpload) -> str:
    """Begin an upload in chunks.

    Raises:
        EmulatorError: 0x80040217 when the row is missing, 0x80090017 for image columns (E-102), 0x80043E09 for a
            blocked kind of file; for another row version as ``check_version``.
    """
    target = existing(context, message.target)
    demand_version(context, target, message.version)
    if message.column.type is ColumnType.IMAGE:
        raise error("ChunksNotSupported")
    return open_upload(context, CHUNKS, target, message.column, message.name)


@handles(AddChunk)
def add_chunk(context: Context, message: AddChunk) -> bool:
    """Add a chunk to an upload, which must begin where the one before has ended.

    Raises:
        EmulatorError: 0x80040203 for an unknown upload, or that to another place, 0x80060888 (416) for a chunk out of
            turn or of another total (E-106, both inferred), 0x80044a02 for a file that is too large.
    """
    files = context.store.files
    upload = find_transfer(context, message.upload, CHUNKS)
    target, column = upload_target(context, upload)
    if target != existing(context, message.target) or column.logical_name != message.column.logical_name:
        raise _wrong_transfer()
    check_size(column, message.total)
    end = message.start + message.content.size
    is_next = message.start == files.size(message.upload) and end <= message.total
    if not is_next or upload.setdefault("total", message.total) != message.total:
        raise error("RangeNotSatisfiable")
    if message.start == 0:
        files.keep_transfer(message.upload, upload)
    files.add(message.upload, message.content)
    if end < message.total:
        return False
    files.end_transfer(message.upload)
    attach(context, target, column, message.upload, upload["name"])
    return True


@handles(RemoveFile)
def remove_file(context: Context, message: RemoveFile) -> None:
    """Empty a file column; one that is empty stays so.

    Raises:
        EmulatorError: 0x80040217 when the row is missing; for another row version as ``check_version``.
    """
    target = existing(context, message.target)
    demand_version(context, target, message.version)
    table, column = context.catalog.table(target.table), message.column
    drop_attachments(context, target, column)
    facts = facts_of(context, table)
    changes: dict[str, Any] = {column.logical_name: None, f"{column.logical_name}_name": None}
    stamp_change(context, facts, changes)
    context.store.update(table, target.id, changes)


@handles(ReadFile)
def read_file(context: Context, message: ReadFile) -> FileContent | None:
    """Read a file or image.

    Raises:
        EmulatorError: 0x80040217 when the row is missing.
    """
    target = resolve(context, message.target)
    table, column = context.catalog.table(target.table), message.column
    name = column.logical_name
    if column.type is ColumnType.IMAGE:
        return _read_image(context, table, target, message)
    row = context.store.read(table, target.id, (name,))
    if row is None:
        raise missing(message.target)
    found = attachment(context, row[name])
    if found is None:
        return None
    content = context.store.files.read(row[name], message.start, message.length)
    return FileContent(found["filename"], found["mimetype"], found["filesizeinbytes"], content)


def _read_image(context: Context, table: Table, target: Reference, message: ReadFile) -> FileContent | None:
    name = message.column.logical_name
    row = context.store.read(table, target.id, (name, f"{name}id"))
    if row is None:
        raise missing(message.target)
    if row[name] is None:
        return None
    if message.full:
        content = context.store.files.read(row[f"{name}id"] or "").read()
        if not content:
            return None
    else:
        content = base64.b64decode(row[name])
    kind = "png" if content.startswith(b"\x89PNG") else "jpg"
    file_name = f"{name}.{kind}"
    return FileContent(file_name, mimetypes.guess_type(file_name)[0] or ANY_TYPE, len(content), Spool(content))


# ---- what uploads of all kinds share --------------------------------------------------------------------------------


def check_size(column: Column, size: int) -> None:
    """Refuse a file that is too large for its column, or empty.

    Raises:
        EmulatorError: 0x80044a02 (E-100), 0x80040203 (inferred: a block of an upload cannot be empty either).
    """
    if not size:
        raise empty_file()
    if size > (column.max_size_kb or LARGEST_KB) * 1024:
        raise error("FileTooBig")


def empty_file() -> EmulatorError:
    """The error for a file without content."""
    return error("InvalidArgument", message="A file must have one byte at least.")


def open_upload(context: Context, kind: str, target: Reference, column: Column, name: str) -> str:
    """Remember a new upload, in ``CHUNKS`` or ``BLOCKS``; its id.

    Raises:
        EmulatorError: 0x80043E09 for a blocked kind of file, 0x80040203 and 0x80044331 for a name that is none or too
            long.
    """
    _check_name(context, name)
    id = context.new_id()
    content = {"kind": kind, "table": target.table, "id": target.id, "column": column.logical_name, "name": name}
    context.store.files.keep_transfer(id, content)
    return id


def find_transfer(context: Context, id: str, *kinds: str) -> dict[str, Any]:
    """An upload or download under way, of one of some kinds.

    Raises:
        EmulatorError: 0x80040203 when there is none of that id.
    """
    found = context.store.files.transfer(id)
    if found is None or found["kind"] not in kinds:
        raise _wrong_transfer()
    return found


def _wrong_transfer() -> EmulatorError:
    return error("InvalidArgument", message="The session token or file continuation token is not valid.")


def _check_name(context: Context, name: str) -> None:
    limit = context.catalog.table(ATTACHMENTS).column("filename").max_length
    if not name:
        raise error("InvalidArgument", message="A file must have a name.")
    if limit is not None and len(name) > limit:
        raise error("StringTooLong", attribute="filename", table=ATTACHMENTS, limit=limit)
    check_kind(context, name)


def upload_target(context: Context, upload: dict[str, Any]) -> tuple[Reference, Column]:
    """The row and column that an upload is for.

    Raises:
        EmulatorError: 0x80040217 when the row has gone since.
    """
    target = existing(context, Reference(upload["table"], upload["id"]))
    return target, context.catalog.table(target.table).column(upload["column"])


def attach(
    context: Context, target: Reference, column: Column, file: str, name: str, mime_type: str | None = None
) -> None:
    """Make a content that is in the store the file of a column (or, for an image column, its image).

    Raises:
        EmulatorError: as ``open_upload``; 0x80072553 and 0x80044a02 for images.
    """
    table = context.catalog.table(target.table)
    files = context.store.files
    if column.type is ColumnType.IMAGE:
        content = files.read(file).read()
        files.drop(file)
        _put_image(context, target, column, content)
        return
    _check_name(context, name)
    kind = mime_type or mimetypes.guess_type(name)[0] or ANY_TYPE
    check_kind(context, name, kind)
    drop_attachments(context, target, column)
    attachments = context.catalog.table(ATTACHMENTS)
    row = {
        attachments.primary_id: file,
        "filename": name,
        "mimetype": kind,
        "filesizeinbytes": files.size(file),
        "objectid": target,
        "regardingfieldname": column.logical_name,
        "createdon": context.now,
        "versionnumber": context.store.next_version(),
    }
    context.store.insert(attachments, row)
    changes: dict[str, Any] = {column.logical_name: file, f"{column.logical_name}_name": name}
    stamp_change(context, facts_of(context, table), changes)
    context.store.update(table, target.id, changes)


def attachment(context: Context, file: str | None) -> dict[str, Any] | None:
    """The row of ``fileattachment`` of a file, or None."""
    if not file:
        return None
    columns = ("fileattachmentid", "filename", "mimetype", "filesizeinbytes", "objectid", "regardingfieldname")
    return context.store.read(context.catalog.table(ATTACHMENTS), file, columns)


def _put_image(context: Context, target: Reference, column: Column, content: bytes) -> None:
    text = base64.b64encode(content).decode()
    update_row(context, target, Record(context.catalog.table(target.table), {column.logical_name: text}))


def no_image(context: Context, target: Reference, column: Column) -> EmulatorError:
    """The error for an image that is not kept in full (contract 02 §13.2)."""
    return error(
        "NoFullImage",
        image=image_id(context, target, column) or "",
        column=column.logical_name,
        table=target.table,
        id=target.id,
    )
