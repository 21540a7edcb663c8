"""How tables and columns are called in SQL; shared by the compiler and the storage schema.

A Dataverse table is a SQL table of the same name, a column a SQL column of the same name. Hidden ones beside them:
``rid`` (row number), ``x__type`` (table of a polymorphic lookup's target) and ``x__fold`` (see ``text.py``).
"""

from __future__ import annotations

from dataverse_emulator.metadata.catalog import PRINCIPAL_KEY, Column, ColumnType, Table

ROW_ID = "rid"
_TYPE = "__type"
_FOLD = "__fold"


def type_name(column: Column) -> str:
    """The hidden column that holds the logical name of a polymorphic lookup's target table."""
    return column.logical_name + _TYPE


def fold_name(column: Column) -> str:
    """The hidden column that holds the folded text where it differs from plain ASCII."""
    return column.logical_name + _FOLD


def has_fold(column: Column) -> bool:
    """The column is compared as text, so it has a folded twin."""
    return column.type in (ColumnType.STRING, ColumnType.MEMO) and column.edm_type == "Edm.String"


def lookup_of_companion(table: Table, column: Column) -> Column | None:
    """The polymorphic lookup whose target table ``column`` names (``objecttypecode`` of a note), or None.

    Such a column has no place of its own: it reads the lookup's hidden type column."""
    if column.type is ColumnType.ENTITY_NAME and column.attribute_of is not None:
        lookup = table.columns.get(column.attribute_of)
        if lookup is not None and lookup.is_stored and lookup.is_polymorphic:
            return lookup
    return None


def sql_name(table: Table, column: Column) -> str:
    """The SQL column that a Dataverse column reads."""
    if table.base == "owner" and column.logical_name == PRINCIPAL_KEY:
        return table.primary_id
    lookup = lookup_of_companion(table, column)
    return column.logical_name if lookup is None else type_name(lookup)
