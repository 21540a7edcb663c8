"""Contents of files and images go with their rows (contract 02 §13)."""

from __future__ import annotations

from dataverse_emulator.messages.base import Context
from dataverse_emulator.metadata.catalog import ColumnType, Table
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
        attachments = context.catalog.table(ATTACHMENTS)
        for row in context.store.find(attachments, {"objectid": reference}, (attachments.primary_id,)):
            context.store.files.drop(row[attachments.primary_id])
            context.store.delete(attachments, row[attachments.primary_id])
