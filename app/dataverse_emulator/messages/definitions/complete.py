"""Definitions as the ``Complex...`` types of messages: with lists inside and no navigation (contract 07 §3.1).

Names are those of the definition classes with ``Complex`` in front, so that a client finds the class it knows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from dataverse_emulator.metadata.catalog import (
    OPTION_TYPES,
    Catalog,
    Column,
    ManyToMany,
    OneToMany,
    Table,
)
from dataverse_emulator.metadata.classes import NAMESPACE
from dataverse_emulator.metadata.describe import (
    Description,
    describe_column,
    describe_key,
    describe_option_set,
    describe_option_set_of,
    describe_relationship,
    describe_table,
)

TYPE = "@odata.type"
LISTS = ("Attributes", "Keys", "ManyToManyRelationships", "ManyToOneRelationships", "OneToManyRelationships")
"""The lists of a ``ComplexEntityMetadata``."""


def complex_table(
    catalog: Catalog, table: Table, lists: Iterable[str] = LISTS, *, privileges: bool = True
) -> Description:
    """A table with the lists that are asked for; the others are there and empty."""
    described = dict(describe_table(table, catalog))
    if not privileges:
        described["Privileges"] = []
    wanted = set(lists)
    for name in LISTS:
        described[name] = list(MEMBERS[name](catalog, table)) if name in wanted else []
    return described


def complex_column(table: Table, column: Column, number: int) -> Description:
    """A column, its options included."""
    described = _renamed(describe_column(column, table, number))
    if column.type in OPTION_TYPES:
        described["OptionSet"] = _renamed(describe_option_set_of(column, table))
    return described


def complex_relationship(relationship: OneToMany | ManyToMany) -> Description:
    """A relationship of either kind."""
    return _renamed(describe_relationship(relationship))


def complex_option_set(catalog: Catalog, name: str) -> Description | None:
    """A global option set with its options, or None."""
    options = catalog.option_set(name)
    return None if options is None else _renamed(describe_option_set(name, options))


def complex_columns(catalog: Catalog, table: Table) -> Iterable[Description]:
    """All columns of a table, in the order of the definitions."""
    del catalog
    return (complex_column(table, column, number) for number, column in enumerate(table.columns.values(), 1))


def _keys(catalog: Catalog, table: Table) -> Iterable[Description]:
    del catalog
    return ({**describe_key(key, table), TYPE: f"#{NAMESPACE}.ComplexEntityKeyMetadata"} for key in table.keys)


def _links(catalog: Catalog, table: Table) -> Iterable[Description]:
    return map(complex_relationship, catalog.links_of(table.logical_name))


def _parents(catalog: Catalog, table: Table) -> Iterable[Description]:
    return map(complex_relationship, catalog.parents_of(table.logical_name))


def _children(catalog: Catalog, table: Table) -> Iterable[Description]:
    return map(complex_relationship, catalog.children_of(table.logical_name))


MEMBERS: dict[str, Callable[[Catalog, Table], Iterable[Description]]] = {
    "Attributes": complex_columns,
    "Keys": _keys,
    "ManyToManyRelationships": _links,
    "ManyToOneRelationships": _parents,
    "OneToManyRelationships": _children,
}
"""List → what makes its members."""


def _renamed(description: Description) -> Description:
    """A copy under the name of the complex type."""
    plain = description[TYPE].removeprefix(f"#{NAMESPACE}.")
    return {**description, TYPE: f"#{NAMESPACE}.Complex{plain}"}
