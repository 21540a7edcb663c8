"""Definitions as items that can be selected from, filtered and walked: what a path of definitions leads to.

An item describes itself when it is asked to, so that a read of one table does not describe the columns of all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias
from weakref import WeakKeyDictionary

from dataverse_emulator.metadata.catalog import (
    OPTION_TYPES,
    Catalog,
    Column,
    ColumnType,
    ManyToMany,
    OneToMany,
    Table,
)
from dataverse_emulator.metadata.describe import (
    Description,
    class_of,
    column_id,
    describe_column,
    describe_key,
    describe_option_set,
    describe_option_set_of,
    describe_relationship,
    global_set_class,
    kept_description,
    option_set_id,
    relationship_id,
    table_id,
)
from dataverse_emulator.metadata.operations import Operation, Structure

Relationship: TypeAlias = OneToMany | ManyToMany
Customs: TypeAlias = tuple[tuple[Operation, ...], tuple[Structure, ...]]
"""Custom APIs as operations, and the types of their responses."""


class Item(Protocol):
    """One definition.

    Attributes:
        class_name: the class of the definition, without namespace.
    """

    @property
    def class_name(self) -> str: ...

    def describe(self) -> Description:
        """All its properties; not to be changed by the caller."""
        ...

    def has_key(self, name: str, value: str) -> bool:
        """A property that can be a key (``MetadataId``, or the one that names it) has that value."""
        ...

    def many(self, navigation: str) -> Sequence[Item]:
        """What a collection-valued navigation property leads to."""
        ...

    def one(self, navigation: str) -> Item | None:
        """What a single-valued navigation property leads to."""
        ...


class PlainItem:
    """A definition that leads nowhere: a relationship, a key, an option set."""

    def __init__(self, class_name: str, description: Callable[[], Description]) -> None:
        self._class_name = class_name
        self._description = description

    @property
    def class_name(self) -> str:
        """The class of the definition."""
        return self._class_name

    def describe(self) -> Description:
        """All its properties."""
        return self._description()

    def has_key(self, name: str, value: str) -> bool:
        """A property that can be a key has that value."""
        return bool(self._description()[name] == value)

    def many(self, navigation: str) -> Sequence[Item]:
        """Nothing."""
        del navigation
        return ()

    def one(self, navigation: str) -> Item | None:
        """Nothing: ``Lookup`` of a relationship is for writing (contract 07 §3.5)."""
        del navigation
        return None


@dataclass(frozen=True, slots=True)
class ColumnItem:
    """A column; ``number`` is its place in the table, from 1."""

    column: Column
    table: Table
    number: int

    @property
    def class_name(self) -> str:
        """The class of the definition."""
        return class_of(self.column)

    def describe(self) -> Description:
        """All its properties."""
        return describe_column(self.column, self.table, self.number)

    def has_key(self, name: str, value: str) -> bool:
        """A property that can be a key has that value; told without a description, as a table has many columns."""
        if name == "MetadataId":
            return self.column is _columns_by_id(self.table).get(value)
        return self.column.logical_name == value

    def many(self, navigation: str) -> Sequence[Item]:
        """Nothing."""
        del navigation
        return ()

    def one(self, navigation: str) -> Item | None:
        """The option set; ``GlobalOptionSet`` only where it is a global one."""
        if self.column.type not in OPTION_TYPES:
            return None
        if navigation == "GlobalOptionSet" and not self.column.option_set_global:
            return None
        name = "BooleanOptionSetMetadata" if self.column.type is ColumnType.BOOLEAN else "OptionSetMetadata"
        return PlainItem(name, lambda: describe_option_set_of(self.column, self.table))


@dataclass(frozen=True, slots=True)
class TableItem:
    """A table; ``definitions`` keeps its description."""

    logical_name: str
    definitions: Definitions

    @property
    def class_name(self) -> str:
        """The class of the definition."""
        return "EntityMetadata"

    def describe(self) -> Description:
        """All its properties."""
        return self.definitions.described_table(self.logical_name)

    def has_key(self, name: str, value: str) -> bool:
        """A property that can be a key has that value."""
        return (table_id(self.logical_name) if name == "MetadataId" else self.logical_name) == value

    def many(self, navigation: str) -> Sequence[Item]:
        """Columns, keys or relationships."""
        catalog = self.definitions.catalog
        name = self.logical_name
        if navigation == "OneToManyRelationships":
            return [relationship_item(each) for each in catalog.children_of(name)]
        if navigation == "ManyToOneRelationships":
            return [relationship_item(each) for each in catalog.parents_of(name)]
        if navigation == "ManyToManyRelationships":
            return [relationship_item(each) for each in catalog.links_of(name)]
        table = catalog.table(name)
        if navigation == "Keys":
            return [_key_item(table, index) for index in range(len(table.keys))]
        return [ColumnItem(column, table, number) for number, column in enumerate(table.columns.values(), 1)]

    def one(self, navigation: str) -> Item | None:
        """Nothing."""
        del navigation
        return None


def _columns_by_id(table: Table) -> Mapping[str, Column]:
    """The columns by ``MetadataId``, kept with the table once a client has named one so."""
    found: dict[str, Column] | None = table.memo.get("columns by id")
    if found is None:
        found = table.memo["columns by id"] = {column_id(column): column for column in table.columns.values()}
    return found


def relationship_item(relationship: Relationship) -> Item:
    """A relationship of either kind."""
    kind = "OneToManyRelationshipMetadata" if isinstance(relationship, OneToMany) else "ManyToManyRelationshipMetadata"
    return PlainItem(kind, lambda: describe_relationship(relationship))


def _key_item(table: Table, index: int) -> Item:
    return PlainItem("EntityKeyMetadata", lambda: describe_key(table.keys[index], table))


class Definitions:
    """The definitions of one version of a catalog: look-ups that need no table to be bound, and a memo.

    ``documents`` keeps the CSDL documents, without annotations (False) and with them (True), and the custom APIs that
    they declare.
    """

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self.version = catalog.version
        self.documents: dict[bool, tuple[Customs, bytes]] = {}
        self._table_ids: dict[str, str] | None = None
        self._relationships: dict[str, Relationship] | None = None
        self._relationship_ids: dict[str, str] | None = None
        self._option_set_ids: dict[str, str] | None = None

    # ---- tables

    def described_table(self, logical_name: str) -> Description:
        """All properties of a table, described once."""
        return kept_description(self.catalog.table(logical_name), self.catalog)

    def tables(self, names: Sequence[str] | None = None) -> Iterator[Item]:
        """All tables, or those of ``names`` that exist, in the order of the catalog."""
        wanted = None if names is None else set(names)
        for name in self.catalog.table_names:
            if wanted is None or name in wanted:
                yield TableItem(name, self)

    def table_of_id(self, identifier: str) -> str | None:
        """The logical name of the table with that ``MetadataId``."""
        if self._table_ids is None:
            self._table_ids = {table_id(name): name for name in self.catalog.table_names}
        return self._table_ids.get(identifier)

    # ---- relationships

    def relationships(self) -> Mapping[str, Relationship]:
        """All relationships by schema name: 1:N first, each by its referenced table."""
        if self._relationships is None:
            catalog = self.catalog
            found: dict[str, Relationship] = {}
            for name in catalog.table_names:
                found.update((each.schema_name, each) for each in catalog.children_of(name))
            for name in catalog.table_names:
                found.update((each.schema_name, each) for each in catalog.links_of(name))
            self._relationships = found
        return self._relationships

    def relationship_of_id(self, identifier: str) -> str | None:
        """The schema name of the relationship with that ``MetadataId``."""
        if self._relationship_ids is None:
            self._relationship_ids = {relationship_id(name): name for name in self.relationships()}
        return self._relationship_ids.get(identifier)

    # ---- global option sets

    def option_set(self, name: str) -> Item | None:
        """The global option set of that name."""
        options = self.catalog.option_set(name)
        if options is None:
            return None
        part = self.catalog.option_set_part(name)
        return PlainItem(global_set_class(name, part), lambda: describe_option_set(name, options, part=part))

    def option_sets(self) -> list[Item]:
        """All global option sets."""
        found = (self.option_set(name) for name in self.catalog.option_sets)
        return [item for item in found if item is not None]

    def option_set_of_id(self, identifier: str) -> str | None:
        """The name of the global option set with that ``MetadataId``."""
        if self._option_set_ids is None:
            self._option_set_ids = {option_set_id(name): name for name in self.catalog.option_sets}
        return self._option_set_ids.get(identifier)


_KEPT: WeakKeyDictionary[Catalog, Definitions] = WeakKeyDictionary()  # a memo: goes with its catalog


def definitions_of(catalog: Catalog) -> Definitions:
    """The definitions of the catalog as it is now."""
    kept = _KEPT.get(catalog)
    if kept is None or kept.version != catalog.version:
        kept = _KEPT[catalog] = Definitions(catalog)
    return kept
