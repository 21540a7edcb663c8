"""Files in blocks: the upload and download messages for files, notes and attachments (contract 02 §13.1, §13.3)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import Any

from dataverse_emulator.errors import EmulatorError, error
from dataverse_emulator.messages.base import Context, Create, Operation, OperationResult, Record, Update, operation
from dataverse_emulator.messages.contents import image_id
from dataverse_emulator.messages.files import (
    BLOCKS,
    BODY,
    DOWNLOAD,
    RemoveFile,
    attach,
    attachment,
    check_size,
    empty_file,
    find_transfer,
    no_image,
    open_upload,
    upload_target,
)
from dataverse_emulator.messages.notes import FILE_COLUMNS, decoded_size
from dataverse_emulator.messages.organization_settings import settings
from dataverse_emulator.messages.references import existing_row_of, reference_of
from dataverse_emulator.metadata.catalog import Column, ColumnType
from dataverse_emulator.spool import Spool
from dataverse_emulator.storage.files import BLOCK_SIZE
from dataverse_emulator.values import Reference

LONGEST_BLOCK_ID = 64
_KEYS = {"annotation": "AnnotationId", "activitymimeattachment": "ActivityMimeAttachmentId"}


# ---- uploads ---------------------------------------------------------------------------------------------------------


@operation("InitializeFileBlocksUpload")
def start_file(context: Context, message: Operation) -> OperationResult:
    """Begin to upload a file into a file or image column.

    Raises:
        EmulatorError: 0x80040217 when the row is missing, 0x80041103 for a column that the table lacks, 0x80040203 for
            one that holds no files, 0x80043E09 for a blocked kind of file.
    """
    target, column = _place(context, message.parameters)
    return _token(open_upload(context, BLOCKS, target, column, message.parameters["FileName"]))


@operation("InitializeAnnotationBlocksUpload")
def start_note(context: Context, message: Operation) -> OperationResult:  # noqa: ARG001 - it comes at the end
    """Begin to upload the file of a note."""
    return _start_body(context, "annotation")


@operation("InitializeAttachmentBlocksUpload")
def start_attachment(context: Context, message: Operation) -> OperationResult:  # noqa: ARG001 - it comes at the end
    """Begin to upload the file of an attachment."""
    return _start_body(context, "activitymimeattachment")


def _start_body(context: Context, table: str) -> OperationResult:
    id = context.new_id()
    context.store.files.keep_transfer(id, {"kind": BODY, "table": table})
    return _token(id)


@operation("UploadBlock")
def upload_block(context: Context, message: Operation) -> OperationResult:
    """Add a block to an upload, or replace the one of that id.

    Raises:
        EmulatorError: 0x80040203 for an unknown upload, a block id that is none, or an empty or too large block.
    """
    parameters = message.parameters
    token, name = parameters["FileContinuationToken"], parameters["BlockId"]
    find_transfer(context, token, BLOCKS, BODY)
    files = context.store.files
    length = len(_decoded(name, "BlockId"))
    known = files.names(token)
    if not 0 < length <= LONGEST_BLOCK_ID or (known and len(_decoded(known[0], "BlockId")) != length):
        raise error("InvalidArgument", message="The BlockId must have 1 to 64 bytes, as many as those of other blocks.")
    data = _decoded(parameters["BlockData"], "BlockData")
    if not 0 < len(data) <= BLOCK_SIZE:
        raise error("InvalidArgument", message=f"The BlockData must have 1 to {BLOCK_SIZE} bytes.")
    files.add(token, Spool(data), name)
    return OperationResult()


@operation("CommitFileBlocksUpload")
def commit_file(context: Context, message: Operation) -> OperationResult:
    """End an upload: the blocks in the order of ``BlockList`` are the file.

    Raises:
        EmulatorError: 0x80040203 for an unknown upload or block or an empty file, 0x80044a02 for a file that is too
            large, 0x80043E09 for a blocked kind of file, 0x80072553 for what is no image.
    """
    parameters = message.parameters
    token = parameters["FileContinuationToken"]
    upload = find_transfer(context, token, BLOCKS)
    target, column = upload_target(context, upload)
    size = _arrange(context, token, parameters["BlockList"])
    check_size(column, size)
    context.store.files.end_transfer(token)
    attach(context, target, column, token, parameters["FileName"], parameters["MimeType"])
    file = token
    if column.type is ColumnType.IMAGE:
        file = image_id(context, target, column) or token
    return OperationResult({"FileId": file, "FileSizeInBytes": size})


@operation("CommitAnnotationBlocksUpload")
def commit_note(context: Context, message: Operation) -> OperationResult:
    """End the upload of a note's file: the note is made, or changed where there is one of that id.

    Raises:
        EmulatorError: 0x80040203 for an unknown upload or block, 0x80044a02, and the codes of Create and Update.
    """
    return _commit_body(context, message, "annotation", may_update=True)


@operation("CommitAttachmentBlocksUpload")
def commit_attachment(context: Context, message: Operation) -> OperationResult:
    """End the upload of an attachment, which is made.

    Raises:
        EmulatorError: as ``commit_note``.
    """
    return _commit_body(context, message, "activitymimeattachment", may_update=False)


def _commit_body(context: Context, message: Operation, table_name: str, *, may_update: bool) -> OperationResult:
    parameters = message.parameters
    token = parameters["FileContinuationToken"]
    if find_transfer(context, token, BODY)["table"] != table_name:
        raise error("InvalidArgument", message=f"The upload is not that of a row of table '{table_name}'.")
    size = _arrange(context, token, parameters["BlockList"])
    if not size:
        raise empty_file()
    if size > settings(context).upload_limit:
        raise error("FileTooBig")
    files = context.store.files
    text = base64.b64encode(files.read(token).read()).decode()
    files.drop(token)
    files.end_transfer(token)
    given = parameters["Target"]
    table = context.catalog.table(table_name)
    record = Record(table, dict(given.values), given.related) if isinstance(given, Record) else Record(table)
    is_named = not isinstance(given, Record) or table.primary_id in record.values
    named = reference_of(context, given) if is_named else None
    record.values[FILE_COLUMNS[table_name]] = text
    if may_update and named is not None and context.store.exists(table, named.id):
        record.values.pop(table.primary_id, None)
        context.execute(Update(named, record))
        id = named.id
    else:
        if named is not None:
            record.values[table.primary_id] = named.id
        id = context.execute(Create(record))
    return OperationResult({_KEYS[table_name]: id, "FileSizeInBytes": size})


def _arrange(context: Context, token: str, names: Sequence[str]) -> int:
    """Put the blocks of an upload into order; the size of the whole."""
    files = context.store.files
    known = set(files.names(token))
    if len(set(names)) != len(names) or not known.issuperset(names):
        raise error("InvalidArgument", message="The BlockList names a block that was not uploaded, or one twice.")
    files.arrange(token, names)
    return files.size(token)


# ---- downloads -------------------------------------------------------------------------------------------------------


@operation("InitializeFileBlocksDownload")
def start_file_download(context: Context, message: Operation) -> OperationResult:
    """Begin to read a file column, or the full image of an image column.

    Raises:
        EmulatorError: 0x80040217 when the row is missing or holds no file.
    """
    target, column = _place(context, message.parameters)
    if column.type is ColumnType.IMAGE:
        file = image_id(context, target, column)
        size = context.store.files.size(file) if file else 0
        if not size:
            raise no_image(context, target, column)
        return _download(context, {"file": file}, size, f"{column.logical_name}.png")
    row = context.store.read(context.catalog.table(target.table), target.id, (column.logical_name,)) or {}
    found = attachment(context, row.get(column.logical_name))
    if found is None:
        raise error("NoFile", column=column.logical_name, id=target.id)
    return _download(context, {"file": found["fileattachmentid"]}, found["filesizeinbytes"], found["filename"])


@operation("InitializeAnnotationBlocksDownload")
def start_note_download(context: Context, message: Operation) -> OperationResult:
    """Begin to read the file of a note.

    Raises:
        EmulatorError: 0x80040217 when the note is missing or has no file.
    """
    return _start_body_download(context, message)


@operation("InitializeAttachmentBlocksDownload")
def start_attachment_download(context: Context, message: Operation) -> OperationResult:
    """Begin to read an attachment.

    Raises:
        EmulatorError: 0x80040217 when the attachment is missing or has no file.
    """
    return _start_body_download(context, message)


def _start_body_download(context: Context, message: Operation) -> OperationResult:
    target = existing_row_of(context, message.parameters["Target"])
    table = context.catalog.table(target.table)
    column = FILE_COLUMNS[target.table]
    row = context.store.read(table, target.id, (column, "filename")) or {}
    if not row.get(column):
        raise error("NoFile", column=column, id=target.id)
    kept = {"table": target.table, "id": target.id}
    return _download(context, kept, decoded_size(row[column]), row["filename"] or "")


def _download(context: Context, kept: dict[str, Any], size: int, name: str) -> OperationResult:
    token = context.new_id()
    context.store.files.keep_transfer(token, {"kind": DOWNLOAD, **kept})
    return OperationResult(
        {"FileContinuationToken": token, "FileSizeInBytes": size, "FileName": name, "IsChunkingSupported": True}
    )


@operation("DownloadBlock", reads=True)
def download_block(context: Context, message: Operation) -> OperationResult:
    """Read a part of a file.

    Raises:
        EmulatorError: 0x80040203 for an unknown download, a part that cannot be, or a file that has gone since.
    """
    parameters = message.parameters
    download = find_transfer(context, parameters["FileContinuationToken"], DOWNLOAD)
    offset, length = parameters["Offset"], parameters["BlockLength"]
    if offset < 0 or length < 1:
        raise _wrong_block()
    if "file" in download:
        data = context.store.files.read(download["file"], offset, length).read()
    else:
        column = FILE_COLUMNS[download["table"]]
        row = context.store.read(context.catalog.table(download["table"]), download["id"], (column,)) or {}
        data = _part_of_base64(row.get(column) or "", offset, length)
    if not data:
        raise _wrong_block()
    return OperationResult({"Data": base64.b64encode(data).decode()})


def _wrong_block() -> EmulatorError:
    return error("InvalidArgument", message="The block to download is not valid.")


def _part_of_base64(text: str, offset: int, length: int) -> bytes:
    """Some of the bytes that a base64 text stands for.

    >>> _part_of_base64("aGVsbG8=", 1, 3)
    b'ell'
    """
    first, last = offset // 3 * 4, -(-(offset + length) // 3) * 4
    start = offset - offset // 3 * 3
    return base64.b64decode(text[first:last])[start : start + length]


# ---- removal ---------------------------------------------------------------------------------------------------------


@operation("DeleteFile")
def delete_file(context: Context, message: Operation) -> OperationResult:
    """Remove a file by its id; its column becomes empty.

    Raises:
        EmulatorError: 0x80040217 when there is no such file.
    """
    file = message.parameters["FileId"]
    found = attachment(context, file)
    if found is None:
        raise error("ObjectDoesNotExist", table="fileattachment", id=file)
    target = found["objectid"]
    column = context.catalog.table(target.table).column(found["regardingfieldname"])
    context.execute(RemoveFile(target, column))
    return OperationResult()


# ---- parameters ------------------------------------------------------------------------------------------------------


def _place(context: Context, parameters: dict[str, Any]) -> tuple[Reference, Column]:
    target = existing_row_of(context, parameters["Target"])
    name = parameters["FileAttributeName"]
    column = context.catalog.table(target.table).column(name.lower())
    if column.type not in (ColumnType.FILE, ColumnType.IMAGE) or not column.is_stored:
        raise error("InvalidArgument", message=f"The column '{name}' of table '{target.table}' holds no files.")
    return target, column


def _decoded(text: str, name: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise error("InvalidArgument", message=f"The {name} is no base64 text.") from None


def _token(id: str) -> OperationResult:
    return OperationResult({"FileContinuationToken": id})
