"""Notes and attachments: file size, file mark, size limit, blocked kinds of files (02 §13.3, 06 §7, E-100, E-101)."""

from __future__ import annotations

import binascii
from typing import Any

from dataverse_emulator.errors import error
from dataverse_emulator.messages.base import Context
from dataverse_emulator.messages.facts import TableFacts
from dataverse_emulator.messages.organization_settings import settings

# table → the column with the file in base64
FILE_COLUMNS = {"annotation": "documentbody", "activitymimeattachment": "body"}


def complete_file(context: Context, facts: TableFacts, row: dict[str, Any]) -> None:
    """Set ``filesize`` and ``isdocument`` of a note or attachment whose file is among the columns of ``row``.

    Raises:
        EmulatorError: 0x80044a02 when the file is larger than ``organization.maxuploadfilesize``; 0x80043E09 for a
            kind of file that the organization blocks; 0x80040203 for what is no base64 text.
    """
    column = FILE_COLUMNS.get(facts.table.logical_name)
    if column is None:
        return
    check_kind(context, row.get("filename"), row.get("mimetype"))
    if column not in row:
        return
    text = row[column] = _plain(row[column], column)
    size = decoded_size(text) if text else None
    if size is not None and size > settings(context).upload_limit:
        raise error("FileTooBig")
    if "filesize" in facts.columns:
        row["filesize"] = size
    if "isdocument" in facts.columns:
        row["isdocument"] = size is not None


def check_kind(context: Context, name: str | None, mime_type: str | None = None) -> None:
    """Refuse files of a kind that the organization blocks: by extension, or by type where it names types that it
    allows or, without such, blocks (E-101).

    Raises:
        EmulatorError: 0x80043E09.
    """
    known = settings(context)
    is_blocked = bool(name and "." in name and name.rpartition(".")[2].strip().lower() in known.blocked_extensions)
    if mime_type and not is_blocked and (known.allowed_types or known.blocked_types):
        kind = mime_type.partition(";")[0].strip().lower()
        is_blocked = kind not in known.allowed_types if known.allowed_types else kind in known.blocked_types
    if is_blocked:
        raise error("AttachmentBlocked")


def _plain(text: str | None, column: str) -> str | None:
    """A base64 text without the line ends that it may have."""
    if not text:
        return text
    if not text.isascii() or any(space in text for space in " \t\r\n"):
        text = "".join(text.split())
    try:
        binascii.a2b_base64(text, strict_mode=True)
    except (binascii.Error, ValueError):
        raise error("InvalidArgument", message=f"The value of the column '{column}' is no base64 text.") from None
    return text


def decoded_size(base64_text: str) -> int:
    """The number of bytes that a base64 text stands for.

    >>> decoded_size("aGVsbG8=")
    5
    """
    text = base64_text.rstrip()
    return len(text) * 3 // 4 - (len(text) - len(text.rstrip("=")))
