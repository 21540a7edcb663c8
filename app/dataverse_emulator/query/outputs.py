"""What a row of a result holds, for all query languages (contract 03 §2, §10)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from dataverse_emulator.metadata.catalog import PRINCIPAL_KEY, Column, ColumnType, Table
from dataverse_emulator.query.model import Output

_UNSELECTED_TYPES = frozenset({ColumnType.IMAGE, ColumnType.FILE})
# Bodies of files come with a single row, never with a list that did not ask for them (06 §7).
_BODIES = frozenset({("annotation", "documentbody"), ("activitymimeattachment", "body")})


def all_columns(table: Table, with_bodies: bool = False) -> dict[str, Column]:
    """The columns that come where none is named, by logical name; ``with_bodies``: those of files too."""
    return {
        column.logical_name: column
        for column in table.properties.values()
        if column.is_stored
        and column.type not in _UNSELECTED_TYPES
        and (with_bodies or (table.logical_name, column.logical_name) not in _BODIES)
    }


def is_content(table: Table, column: Column) -> bool:
    """The column holds the content of a file or image, as long as it may be."""
    return column.type is ColumnType.IMAGE or (table.logical_name, column.logical_name) in _BODIES


def add_companions(table: Table, columns: dict[str, Column]) -> None:
    """Add the columns that come along with named ones: currency, address composites, keys (contract 03 §2)."""
    for column in list(columns.values()):
        for name in _companions(column):
            companion = table.columns.get(name)
            if companion is not None and companion.is_stored:
                columns.setdefault(name, companion)
    columns.setdefault(table.primary_id, table.column(table.primary_id))
    if PRINCIPAL_KEY in table.properties and table.base == "owner":
        columns.setdefault(PRINCIPAL_KEY, table.properties[PRINCIPAL_KEY])


def _companions(column: Column) -> tuple[str, ...]:
    if column.type is ColumnType.MONEY:
        return ("transactioncurrencyid",)
    name = column.logical_name
    if name.startswith("address") and name[7:8].isdigit() and name[8:9] == "_":
        return (f"{name[:8]}_composite",) if column.is_text else ()
    return ()


def with_labels(outputs: Iterable[Output]) -> tuple[Output, ...]:
    """The same outputs, each lookup followed by the name of the row that it points to."""
    labelled: list[Output] = []
    for output in outputs:
        labelled.append(output)
        if output.ref.column.is_lookup and not output.hidden:
            labelled.append(replace(output, label=True))
    return tuple(labelled)
