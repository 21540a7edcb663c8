"""RetrieveEntity and its kin: whole definitions by name or identifier (contract 07 §10).

RetrieveAttribute, RetrieveRelationship, RetrieveOptionSet and RetrieveAllOptionSets are messages of the Organization
service alone: no function of the Web API has their names.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from dataverse_emulator.errors import error
from dataverse_emulator.messages.base import Context, Operation, OperationResult, operation
from dataverse_emulator.messages.definitions.complete import (
    complex_column,
    complex_option_set,
    complex_relationship,
    complex_table,
)
from dataverse_emulator.messages.definitions.versions import version_number
from dataverse_emulator.metadata.catalog import Catalog, ManyToMany, OneToMany, Table
from dataverse_emulator.metadata.describe import column_id, option_set_id, relationship_id, table_id
from dataverse_emulator.values import EMPTY_GUID

_LISTS = {
    "Attributes": ("Attributes", "Keys"),  # inferred: keys come with the columns
    "Relationships": ("ManyToManyRelationships", "ManyToOneRelationships", "OneToManyRelationships"),
}


@operation("RetrieveEntity", reads=True)
def retrieve_entity(context: Context, message: Operation) -> OperationResult:
    """One table. ``LogicalName`` counts where ``MetadataId`` is empty.

    Raises:
        EmulatorError: 0x80060888 for a table that does not exist.
    """
    table = _named_table(context.catalog, message.parameters)
    lists, privileges = _wanted(message)
    return OperationResult({"EntityMetadata": complex_table(context.catalog, table, lists, privileges=privileges)})


@operation("RetrieveAllEntities", reads=True)
def retrieve_all_entities(context: Context, message: Operation) -> OperationResult:
    """All tables."""
    catalog = context.catalog
    lists, privileges = _wanted(message)
    tables = [complex_table(catalog, catalog.table(name), lists, privileges=privileges) for name in catalog.table_names]
    return OperationResult({"EntityMetadata": tables, "Timestamp": str(version_number(catalog))})


@operation("RetrieveAttribute", reads=True)
def retrieve_attribute(context: Context, message: Operation) -> OperationResult:
    """One column, by its table and name or by its identifier.

    Raises:
        EmulatorError: 0x80060888 for a table or identifier that does not exist, 0x80041103 for an unknown column.
    """
    parameters = message.parameters
    identifier = _identifier(parameters)
    name = parameters.get("EntityLogicalName")
    catalog = context.catalog
    tables: Iterable[Table]
    tables = map(catalog.table, catalog.table_names) if name is None else (defined_table(catalog, name),)
    for table in tables:
        for number, column in enumerate(table.columns.values(), 1):
            is_it = column_id(column) == identifier if identifier else column.logical_name == parameters["LogicalName"]
            if is_it:
                return OperationResult({"AttributeMetadata": complex_column(table, column, number)})
    if identifier:
        raise _missing("AttributeMetadata", "MetadataId", None, identifier)
    raise error("NoAttribute", table=name, attribute=parameters["LogicalName"])


@operation("RetrieveRelationship", reads=True)
def retrieve_relationship(context: Context, message: Operation) -> OperationResult:
    """One relationship, by its schema name or its identifier.

    Raises:
        EmulatorError: 0x80060888 for one that does not exist.
    """
    identifier, name = _identifier(message.parameters), message.parameters.get("Name")
    for one in relationships(context.catalog):
        if relationship_id(one.schema_name) == identifier if identifier else one.schema_name == name:
            return OperationResult({"RelationshipMetadata": complex_relationship(one)})
    raise _missing("RelationshipMetadataBase", "SchemaName", name, identifier)


@operation("RetrieveOptionSet", reads=True)
def retrieve_option_set(context: Context, message: Operation) -> OperationResult:
    """One global option set, by its name or its identifier.

    Raises:
        EmulatorError: 0x80060888 for one that does not exist.
    """
    identifier, name = _identifier(message.parameters), message.parameters.get("Name")
    if identifier:
        name = find_option_set(context.catalog, identifier)
    found = None if name is None else complex_option_set(context.catalog, name)
    if found is None:
        raise _missing("OptionSetMetadataBase", "Name", name, identifier)
    return OperationResult({"OptionSetMetadata": found})


@operation("RetrieveAllOptionSets", reads=True)
def retrieve_all_option_sets(context: Context, message: Operation) -> OperationResult:  # noqa: ARG001 - handlers share one shape
    """All global option sets."""
    catalog = context.catalog
    return OperationResult({"OptionSetMetadata": [complex_option_set(catalog, name) for name in catalog.option_sets]})


def relationships(catalog: Catalog) -> Iterator[OneToMany | ManyToMany]:
    """All relationships, each once: those of 1:N by their referenced table, then those of N:N."""
    for name in catalog.table_names:
        yield from catalog.children_of(name)
    for name in catalog.table_names:
        yield from (each for each in catalog.links_of(name) if each.table1 == name)


def find_table(catalog: Catalog, identifier: str) -> str | None:
    """The logical name of the table with that ``MetadataId``."""
    return next((name for name in catalog.table_names if table_id(name) == identifier), None)


def find_option_set(catalog: Catalog, identifier: str) -> str | None:
    """The name of the global option set with that ``MetadataId``."""
    return next((name for name in catalog.option_sets if option_set_id(name) == identifier), None)


def _named_table(catalog: Catalog, parameters: dict[str, Any]) -> Table:
    identifier, name = _identifier(parameters), parameters.get("LogicalName")
    if identifier is None and name:
        return defined_table(catalog, name)
    found = find_table(catalog, identifier or EMPTY_GUID)
    if found is None:
        raise _missing("EntityMetadata", "MetadataId", EMPTY_GUID, identifier)
    return catalog.table(found)


def defined_table(catalog: Catalog, name: str) -> Table:
    """The table of that logical name.

    Raises:
        EmulatorError: 0x80060888 (404) when there is none.
    """
    table = catalog.find(name)
    if table is None:
        raise error("TableNotDefined", table=name)
    return table


def _identifier(parameters: dict[str, Any]) -> str | None:
    """The ``MetadataId`` that is asked for; the empty one asks for none."""
    found = parameters.get("MetadataId")
    return None if found in (None, EMPTY_GUID) else str(found)


def _missing(kind: str, key: str, name: str | None, identifier: str | None) -> Exception:
    """The error for a definition that was asked for by its identifier or else by another key."""
    if identifier:
        return error("DefinitionNotFound", kind=kind, key="MetadataId", value=identifier)
    return error("DefinitionNotFound", kind=kind, key=key, value=name)


def _wanted(message: Operation) -> tuple[list[str], bool]:
    """The lists that ``EntityFilters`` asks for, and whether it asks for privileges."""
    filters = set(str(message.parameters.get("EntityFilters", "Entity")).split(","))
    if "All" in filters:
        filters |= {*_LISTS, "Privileges"}
    return [name for each, names in _LISTS.items() if each in filters for name in names], "Privileges" in filters
