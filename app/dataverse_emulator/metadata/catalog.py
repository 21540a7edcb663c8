"""Tables, columns, relationships and choices of one environment, looked up by any of their names.

The catalog is a value that is read by everyone and changed by the metadata messages alone. Tables are bound on first
use: a definition source hands out plain definitions, and ``Catalog.table`` makes the objects that the rest of the
program works with.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from dataverse_emulator.errors import error
from dataverse_emulator.metadata.columns import (
    CHOICE_TYPES,
    LOOKUP_TYPES,
    NUMBER_TYPES,
    TEXT_TYPES,
    Column,
    ColumnType,
    Option,
)
from dataverse_emulator.metadata.relationships import ManyToMany, Navigation, NavigationKind, OneToMany

__all__ = [
    "CHOICE_TYPES",
    "LOOKUP_TYPES",
    "NUMBER_TYPES",
    "PRINCIPAL_KEY",
    "TEXT_TYPES",
    "AlternateKey",
    "Catalog",
    "Column",
    "ColumnMap",
    "ColumnType",
    "DefinitionSource",
    "ManyToMany",
    "Navigation",
    "NavigationKind",
    "OneToMany",
    "Option",
    "Table",
]


@dataclass(frozen=True, slots=True)
class AlternateKey:
    """An alternate key of a table; ``columns`` are logical names."""

    logical_name: str
    display_name: str
    columns: tuple[str, ...]
    schema_name: str = ""


@dataclass(eq=False, slots=True)
class Table:
    """One table. Compared by identity.

    ``base`` is the table that repeats the common columns of this one under the same id: ``activitypointer`` for
    activities, ``owner`` for users and teams, else None. ``columns`` is keyed by logical name, ``properties`` by the
    Web API's property name, ``navigation`` by the navigation property's name (those inherited from ``base`` included).
    ``memo`` is a place for what others derive from the table, keyed as they like.
    ``transitions`` maps a status reason to the reasons that may follow it (ruling R17).
    """

    logical_name: str
    schema_name: str
    entity_set_name: str
    primary_id: str
    primary_name: str | None
    columns: dict[str, Column]
    primary_image: str | None = None
    object_type_code: int | None = None
    display_name: str | None = None
    display_collection_name: str | None = None
    collection_schema_name: str | None = None
    logical_collection_name: str | None = None
    ownership: str = "UserOwned"
    is_activity: bool = False
    is_intersect: bool = False
    is_business_process_flow: bool = False
    base: str | None = None
    flags: Mapping[str, bool] = field(default_factory=dict)
    keys: tuple[AlternateKey, ...] = ()
    messages: tuple[str, ...] = ()
    privileges: tuple[str, ...] = ()
    properties: dict[str, Column] = field(init=False, repr=False)
    navigation: dict[str, Navigation] = field(default_factory=dict, repr=False)
    memo: dict[Any, Any] = field(default_factory=dict, init=False, repr=False)
    transitions: Mapping[int, tuple[int, ...]] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        self.properties = {c.edm_name: c for c in self.columns.values() if c.edm_name is not None}

    def __repr__(self) -> str:
        return f"<Table {self.logical_name}>"

    @property
    def state(self) -> Column | None:
        """The ``statecode`` column of a table that has states."""
        column = self.columns.get("statecode")
        return column if column is not None and column.type is ColumnType.STATE else None

    @property
    def status(self) -> Column | None:
        """The ``statuscode`` column of a table that has status reasons."""
        column = self.columns.get("statuscode")
        return column if column is not None and column.type is ColumnType.STATUS else None

    @property
    def is_user_owned(self) -> bool:
        """Rows have an owner (user or team)."""
        column = self.columns.get("ownerid")
        return column is not None and column.type is ColumnType.OWNER

    @property
    def edm_type_name(self) -> str:
        """The name of the entity type in the CSDL; the logical name but for ``owner``, whose type is ``principal``."""
        return "principal" if self.logical_name == "owner" else self.logical_name

    def column(self, logical_name: str) -> Column:
        """The column of that logical name.

        Raises:
            EmulatorError: 0x80041103 when the table has no such column.
        """
        try:
            return self.columns[logical_name]
        except KeyError:
            raise error("NoAttribute", table=self.logical_name, attribute=logical_name) from None


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """One row of an attribute map: the value of ``source`` goes into ``target``."""

    source: str
    target: str


class DefinitionSource(Protocol):
    """Where a catalog takes its definitions from; see ``definitions.py``."""

    def table_names(self) -> Mapping[str, str]:
        """Logical name of each table → its entity set name (empty where it has none)."""
        ...

    def load_table(self, logical_name: str) -> Table:
        """The table of that name, with columns and without navigation properties."""
        ...

    def one_to_many(self) -> Sequence[OneToMany]:
        """All 1:N relationships."""
        ...

    def many_to_many(self) -> Sequence[ManyToMany]:
        """All N:N relationships."""
        ...

    def option_sets(self) -> Mapping[str, tuple[Option, ...]]:
        """The global option sets by name."""
        ...

    def column_maps(self) -> Mapping[tuple[str, str], tuple[ColumnMap, ...]]:
        """(source table, target table) → the pairs that QualifyLead and InitializeFrom copy, in order."""
        ...


PRINCIPAL_KEY = "ownerid"


def _principal_key(table: Table) -> Column:
    """The key that users and teams inherit from the principal: a property of the type, though no column of theirs.

    It reads the row's own primary key (contract 02 §2: ``systemuserid`` and ``ownerid`` come together)."""
    return Column(
        table.logical_name,
        PRINCIPAL_KEY,
        "OwnerId",
        ColumnType.UNIQUEIDENTIFIER,
        edm_name=PRINCIPAL_KEY,
        edm_type="Edm.Guid",
        edm_read_only=True,
        valid_for_create=False,
        valid_for_update=False,
    )


class Catalog:
    """The schema of one environment."""

    def __init__(self, source: DefinitionSource) -> None:
        self._source = source
        self._sets: dict[str, str] = {}
        self._names = dict(source.table_names())
        for logical_name, set_name in self._names.items():
            if set_name:
                self._sets[set_name] = logical_name
        self._tables: dict[str, Table] = {}
        self._children: dict[str, list[OneToMany]] | None = None
        self._parents: dict[str, list[OneToMany]] = {}
        self._links: dict[str, list[ManyToMany]] = {}
        self.version = 1

    @property
    def table_names(self) -> tuple[str, ...]:
        """Logical names of all tables, in the order of the definitions."""
        return tuple(self._names)

    @property
    def entity_set_names(self) -> tuple[str, ...]:
        """Entity set names of all tables that have one, in the order of the definitions."""
        return tuple(self._sets)

    def find(self, logical_name: str) -> Table | None:
        """The table of that logical name, or None."""
        table = self._tables.get(logical_name)
        if table is None and logical_name in self._names:
            table = self._bind(logical_name)
        return table

    def table(self, logical_name: str) -> Table:
        """The table of that logical name.

        Raises:
            EmulatorError: 0x80041102 when there is none.
        """
        table = self.find(logical_name)
        if table is None:
            raise error("NoEntity", table=logical_name)
        return table

    def find_set(self, entity_set_name: str) -> Table | None:
        """The table of that entity set name (case matters), or None."""
        logical_name = self._sets.get(entity_set_name)
        return None if logical_name is None else self.find(logical_name)

    def children_of(self, logical_name: str) -> Sequence[OneToMany]:
        """1:N relationships in which the table is referenced (it is the "one")."""
        self._index()
        assert self._children is not None
        return self._children.get(logical_name, ())

    def parents_of(self, logical_name: str) -> Sequence[OneToMany]:
        """1:N relationships in which the table references another (it is the "many")."""
        self._index()
        return self._parents.get(logical_name, ())

    def links_of(self, logical_name: str) -> Sequence[ManyToMany]:
        """N:N relationships in which the table takes part."""
        self._index()
        return self._links.get(logical_name, ())

    def option_set(self, name: str) -> tuple[Option, ...] | None:
        """The options of a global option set, or None."""
        return self._source.option_sets().get(name)

    @property
    def option_sets(self) -> Mapping[str, tuple[Option, ...]]:
        """All global option sets by name."""
        return self._source.option_sets()

    def column_maps(self, source: str, target: str) -> tuple[ColumnMap, ...]:
        """The pairs that are copied when a row of ``target`` is made from one of ``source``."""
        return self._source.column_maps().get((source, target), ())

    def _index(self) -> None:
        if self._children is not None:
            return
        children: dict[str, list[OneToMany]] = {}
        for one in self._source.one_to_many():
            children.setdefault(one.referenced_table, []).append(one)
            self._parents.setdefault(one.referencing_table, []).append(one)
        for many in self._source.many_to_many():
            self._links.setdefault(many.table1, []).append(many)
            if many.table2 != many.table1:
                self._links.setdefault(many.table2, []).append(many)
        self._children = children

    def _bind(self, logical_name: str) -> Table:
        table = self._source.load_table(logical_name)
        if table.base == "owner":
            table.properties[PRINCIPAL_KEY] = _principal_key(table)
        self._tables[logical_name] = table
        self._add_navigation(table, logical_name)
        if table.base is not None:
            self._add_navigation(table, table.base)
        return table

    def _add_navigation(self, table: Table, of: str) -> None:
        """Add the navigation properties that ``of`` (the table itself or its base) declares."""

        def add(navigation: Navigation) -> None:
            table.navigation.setdefault(navigation.name, navigation)

        own = table.logical_name
        for one in self.parents_of(of):
            lookup = table.columns.get(one.referencing_column)
            if one.referencing_navigation and lookup is not None and lookup.is_stored:
                add(
                    Navigation(
                        one.referencing_navigation,
                        own,
                        one.referenced_table,
                        NavigationKind.MANY_TO_ONE,
                        one,
                        column=one.referencing_column,
                    )
                )
        for one in self.children_of(of):
            if one.referenced_navigation:
                add(
                    Navigation(
                        one.referenced_navigation,
                        own,
                        one.referencing_table,
                        NavigationKind.ONE_TO_MANY,
                        one,
                        column=one.referencing_column,
                    )
                )
        for many in self.links_of(of):
            if many.table1 == of:
                add(
                    Navigation(
                        many.navigation1,
                        own,
                        many.table2,
                        NavigationKind.MANY_TO_MANY,
                        many,
                        near_column=many.column1,
                        far_column=many.column2,
                    )
                )
            if many.table2 == of:
                add(
                    Navigation(
                        many.navigation2,
                        own,
                        many.table1,
                        NavigationKind.MANY_TO_MANY,
                        many,
                        near_column=many.column2,
                        far_column=many.column1,
                    )
                )
