"""Contents of files and images go with their rows (contract 02 §13)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from dataverse_emulator.errors import error
from dataverse_emulator.messages.base import Context
from dataverse_emulator.metadata.catalog import Column, ColumnType, Table
from dataverse_emulator.values import Reference

ATTACHMENTS = "fileattachment"


def drop_contents(context: Context, table: Table, reference: Reference) -> None:
    """Forget what a row that is about to go holds of files and full images."""
    if table.logical_name == ATTACHMENTS:
        context.store.files.drop(reference.id)
        return
    kinds: tuple[tuple[str, ...], bool] | None = table.memo.get("contents")
    if kinds is None:
        columns = [column for column in table.columns.values() if column.is_stored]
        kinds = table.memo["contents"] = (
            tuple(f"{column.logical_name}id" for column in columns if column.can_store_full_image),
            any(column.type is ColumnType.FILE for column in columns),
        )
    images, has_files = kinds
    if images:
        row = context.store.read(table, reference.id, images) or {}
        for id in row.values():
            if id:
                context.store.files.drop(id)
    if has_files:
        drop_attachments(context, reference)


def drop_columns(context: Context, table: Table, columns: Iterable[Column]) -> None:
    """Forget what all rows hold in columns that are about to go."""
    attachments = context.catalog.table(ATTACHMENTS)
    for column in columns:
        if column.type is ColumnType.FILE:
            where = {"regardingfieldname": column.logical_name}
            for row in context.store.find(attachments, where, (attachments.primary_id, "objectid")):
                if row["objectid"] is not None and row["objectid"].table == table.logical_name:
                    _drop_attachment(context, row[attachments.primary_id])
        elif column.can_store_full_image and column.is_stored:
            name = f"{column.logical_name}id"
            for row in context.store.find(table, {}, (name,)):
                if row[name]:
                    context.store.files.drop(row[name])


def drop_attachments(context: Context, target: Reference, column: Column | None = None) -> None:
    """Forget the files of a row, or that of one of its columns; the columns themselves stay as they are."""
    attachments = context.catalog.table(ATTACHMENTS)
    where: dict[str, Any] = {"objectid": target}
    if column is not None:
        where["regardingfieldname"] = column.logical_name
    for row in context.store.find(attachments, where, (attachments.primary_id,)):
        _drop_attachment(context, row[attachments.primary_id])


def _drop_attachment(context: Context, file: str) -> None:
    context.store.files.drop(file)
    context.store.delete(context.catalog.table(ATTACHMENTS), file)


def image_id(context: Context, target: Reference, column: Column) -> str | None:
    """The id of the image that a row holds in a column, under which a full one is kept; None without one."""
    name = f"{column.logical_name}id"
    row = context.store.read(context.catalog.table(target.table), target.id, (name,))
    return None if row is None else row[name]


def refuse_without_file(context: Context, target: Reference, column: Column) -> None:
    """Refuse to empty a file column with its row; null where nothing is does no harm (contract 02 §13.1).

    Raises:
        EmulatorError: 0x80040203 (inferred).
    """
    row = context.store.read(context.catalog.table(target.table), target.id, (column.logical_name,))
    if row is not None and row[column.logical_name] is not None:
        raise error(
            "InvalidArgument",
            message=f"The file of the column '{column.logical_name}' cannot be removed by an update of the row.",
        )
