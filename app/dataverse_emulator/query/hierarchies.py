"""Which lookup makes a table a hierarchy (contract 03 §13, operators ``above`` and ``under``)."""

from __future__ import annotations

from dataverse_emulator.metadata.catalog import Catalog, Column, Table

MAX_DEPTH = 100
# Self-relationships of the platform that are hierarchies, where the definitions do not mark them.
PARENTS = {
    "account": "parentaccountid",
    "businessunit": "parentbusinessunitid",
    "position": "parentpositionid",
    "product": "parentproductid",
    "systemuser": "parentsystemuserid",
    "territory": "parentterritoryid",
}
_KEY = "hierarchy"


def parent_column(table: Table, catalog: Catalog) -> Column | None:
    """The lookup to the parent row of the same table, or None where the table is no hierarchy."""
    if _KEY not in table.memo:
        name = table.logical_name
        marked = [
            one.referencing_column
            for one in catalog.children_of(name)
            if one.is_hierarchical and one.referencing_table == name
        ]
        column = table.columns.get(marked[0] if marked else PARENTS.get(name, ""))
        table.memo[_KEY] = column if column is not None and column.is_stored else None
    found: Column | None = table.memo[_KEY]
    return found


def hierarchy_of(column: Column, catalog: Catalog) -> tuple[Table, Column] | None:
    """The hierarchy in which the values of a column lie: a table and its lookup to the parent row.

    That is the column's own table for a primary key, the target for a lookup."""
    names = column.targets if column.is_lookup else (column.table,)
    for name in names:
        table = catalog.find(name)
        if table is None or (not column.is_lookup and column.logical_name != table.primary_id):
            continue
        parent = parent_column(table, catalog)
        if parent is not None:
            return table, parent
    return None
