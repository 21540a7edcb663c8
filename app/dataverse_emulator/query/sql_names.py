"""How tables and columns are called in SQL; shared by the compiler and the storage schema.

A Dataverse table is a SQL table of the same name, a column a SQL column of the same name. Hidden ones beside them:
``rid`` (row number), ``x__type`` (table of a polymorphic lookup's target) and ``x__fold`` (see ``text.py``).
"""

from __future__ import annotations

from dataverse_emulator.metadata.catalog import PRINCIPAL_KEY, Column, ColumnType, Table
from dataverse_emulator.values import PARTITION

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
    """The column is compared as text, so it has a folded twin. The names of partitions are compared as they are."""
    return (
        column.type in (ColumnType.STRING, ColumnType.MEMO)
        and column.edm_type == "Edm.String"
        and column.logical_name != PARTITION
    )


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


def label_column(table: Table, name: str) -> Column | None:
    """The text column that shows another one's value: the name of a lookup's target, the label of a choice.

    ``primarycontactidname`` and ``statecodename`` are columns of the platform without a place of their own (contract 03
    §13); here they are text columns of which ``labelled`` tells what they show. None for other names."""
    key = ("label", name)
    found: Column | None = table.memo.get(key)
    if found is None:
        column = table.columns.get(name)
        if column is None or column.attribute_of is None or column.is_stored:
            return None
        of = table.columns.get(column.attribute_of)
        if of is None or not of.is_stored or name != of.logical_name + "name" or not (of.is_lookup or of.labels):
            return None
        found = table.memo[key] = Column(
            table.logical_name,
            name,
            column.schema_name,
            ColumnType.STRING,
            edm_type="Edm.String",
            attribute_of=of.logical_name,
        )
    return found


def labelled(table: Table, column: Column) -> Column | None:
    """The column whose value a label column shows, or None for every other column."""
    if column.edm_name is None and column.attribute_of is not None and table.memo.get(("label", column.logical_name)):
        return table.columns[column.attribute_of]
    return None
