"""Notes and attachments: file size, file mark, size limit, blocked kinds of files (02 §13.3, 06 §7, E-100, E-101)."""

from __future__ import annotations

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
        EmulatorError: 0x80044a02 when the file is larger than ``organization.maxuploadfilesize``; 0x80043E09 for a file
            name whose extension ``organization.blockedattachments`` lists.
    """
    column = FILE_COLUMNS.get(facts.table.logical_name)
    if column is None:
        return
    check_file_name(context, row.get("filename"))
    if column not in row:
        return
    text = row[column]
    size = decoded_size(text) if text else None
    if size is not None and size > settings(context).upload_limit:
        raise error("FileTooBig")
    if "filesize" in facts.columns:
        row["filesize"] = size
    if "isdocument" in facts.columns:
        row["isdocument"] = size is not None


def check_file_name(context: Context, name: str | None) -> None:
    """Refuse files of a kind that the organization blocks.

    Raises:
        EmulatorError: 0x80043E09.
    """
    if name and "." in name and name.rpartition(".")[2].strip().lower() in settings(context).blocked_extensions:
        raise error("AttachmentBlocked")


def decoded_size(base64_text: str) -> int:
    """The number of bytes that a base64 text stands for.

    >>> decoded_size("aGVsbG8=")
    5
    """
    text = base64_text.rstrip()
    return len(text) * 3 // 4 - (len(text) - len(text.rstrip("=")))
