"""A catalog as EntityDefinitions JSON, in the form in which the Web API answers it and ``import schema`` reads it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from dataverse_emulator.messages.definitions.retrieving import defined_table
from dataverse_emulator.metadata.catalog import OPTION_TYPES, Catalog, Column, Table
from dataverse_emulator.metadata.describe import (
    Description,
    describe_column,
    describe_key,
    describe_option_set_of,
    describe_relationship,
    describe_table,
)


def export_schema(catalog: Catalog, names: Iterable[str] = ()) -> Iterator[Description]:
    """The definitions of tables, one after another.

    Args:
        catalog: the schema.
        names: logical names; by default the custom tables, and those that were changed.

    Raises:
        EmulatorError: 0x80060888 for a table that does not exist.
    """
    for name in names or custom_tables(catalog):
        yield _describe(catalog, defined_table(catalog, name))


def custom_tables(catalog: Catalog) -> list[str]:
    """The tables that did not come with the emulator, or have a column that did not."""
    return [name for name in catalog.table_names if _is_custom(catalog.table(name))]


def _is_custom(table: Table) -> bool:
    return table.flags.get("isCustomEntity", False) or any(column.is_custom for column in table.columns.values())


def _describe(catalog: Catalog, table: Table) -> Description:
    name = table.logical_name
    described: dict[str, Any] = dict(describe_table(table, catalog))
    described["Attributes"] = [
        _column(column, table, number) for number, column in enumerate(table.columns.values(), 1)
    ]
    described["Keys"] = [describe_key(key, table) for key in table.keys]
    described["OneToManyRelationships"] = [describe_relationship(each) for each in catalog.children_of(name)]
    described["ManyToOneRelationships"] = [describe_relationship(each) for each in catalog.parents_of(name)]
    described["ManyToManyRelationships"] = [describe_relationship(each) for each in catalog.links_of(name)]
    return described


def _column(column: Column, table: Table, number: int) -> Description:
    described = dict(describe_column(column, table, number))
    if column.type in OPTION_TYPES:
        options = describe_option_set_of(column, table)
        described["OptionSet"] = options
        described["GlobalOptionSet"] = options if column.option_set_global else None
    return described
