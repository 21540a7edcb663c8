"""Tables, columns, relationships and choices of one environment, looked up by any of their names.

The catalog is read by everyone and changed by the metadata messages alone. Tables are bound on first use: a definition
source hands out plain definitions, and ``Catalog.table`` makes the objects that the rest of the program works with.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias

from dataverse_emulator.errors import error
from dataverse_emulator.metadata.columns import (
    CHOICE_TYPES,
    FRACTION_TYPES,
    LOOKUP_TYPES,
    NUMBER_TYPES,
    OPTION_TYPES,
    TEXT_TYPES,
    Column,
    ColumnType,
    Option,
)
from dataverse_emulator.metadata.navigation import navigation_properties
from dataverse_emulator.metadata.relationships import ManyToMany, Navigation, NavigationKind, OneToMany
from dataverse_emulator.values import LIFETIME, PARTITION

__all__ = [
    "CHOICE_TYPES",
    "ELASTIC",
    "FRACTION_TYPES",
    "LOOKUP_TYPES",
    "NUMBER_TYPES",
    "OPTION_TYPES",
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
    "Parts",
    "Table",
]


ELASTIC = "Elastic"
"""``TableType`` of elastic tables."""
_ELASTIC_COLUMNS = frozenset({PARTITION, LIFETIME, "modifiedon"})


@dataclass(frozen=True, slots=True)
class AlternateKey:
    """An alternate key of a table; ``columns`` are logical names.

    A key whose index could not be made, because rows have equal values, is not active: nothing finds rows by it.
    ``settings`` as in ``Table``."""

    logical_name: str
    display_name: str
    columns: tuple[str, ...]
    schema_name: str = ""
    is_active: bool = True
    settings: Mapping[str, Any] | None = field(default=None, hash=False)


@dataclass(eq=False, slots=True)
class Table:
    """One table. Compared by identity.

    ``base`` is the table that repeats the common columns of this one under the same id: ``activitypointer`` for
    activities, ``owner`` for users and teams, else None. ``columns`` is keyed by logical name, ``properties`` by the
    Web API's property name, ``navigation`` by the navigation property's name (those inherited from ``base`` included).
    ``memo`` is a place for what others derive from the table, keyed as they like.
    ``transitions`` maps a status reason to the reasons that may follow it (ruling R17).
    ``settings`` are members of the table's definition that nothing but its description knows.
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
    settings: Mapping[str, Any] | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        self.list_properties()

    def list_properties(self) -> None:
        """Fill ``properties`` from ``columns``."""
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
    def is_elastic(self) -> bool:
        """An elastic table: its rows have partitions and may expire (contract 02 §17).

        A definition that comes from elsewhere may call a table elastic and lack the columns: it is a plain one then."""
        settings = self.settings
        return settings is not None and settings.get("TableType") == ELASTIC and self.columns.keys() >= _ELASTIC_COLUMNS

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

    def option_set_part(self, name: str) -> Mapping[str, Any] | None:
        """How a global option set is described beyond its options, where it does not ship (its part in ``overlay``)."""
        ...

    def column_maps(self) -> Mapping[tuple[str, str], tuple[ColumnMap, ...]]:
        """(source table, target table) → the pairs that QualifyLead and InitializeFrom copy, in order."""
        ...


Parts: TypeAlias = Mapping[tuple[str, str], Mapping[str, Any]]
"""What users defined: (kind, name) → definition, in the form of the definition files."""

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
    """The schema of one environment: definitions that ship with the emulator, and what users made of them.

    Readers in other threads may hold tables of an earlier version; those are never changed, new objects take their
    place.
    """

    def __init__(self, source: DefinitionSource) -> None:
        self._shipped = source
        self._state = _State(source)
        self.parts: Parts = {}
        self.version = 1

    @property
    def table_names(self) -> tuple[str, ...]:
        """Logical names of all tables, in the order of the definitions."""
        return tuple(self._state.names)

    @property
    def entity_set_names(self) -> tuple[str, ...]:
        """Entity set names of all tables that have one, in the order of the definitions."""
        return tuple(self._state.sets)

    def find(self, logical_name: str) -> Table | None:
        """The table of that logical name, or None."""
        state = self._state
        table = state.tables.get(logical_name)
        if table is None and logical_name in state.names:
            table = state.bind(logical_name)
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
        logical_name = self._state.sets.get(entity_set_name)
        return None if logical_name is None else self.find(logical_name)

    def children_of(self, logical_name: str) -> Sequence[OneToMany]:
        """1:N relationships in which the table is referenced (it is the "one")."""
        return self._state.index.children.get(logical_name, ())

    def parents_of(self, logical_name: str) -> Sequence[OneToMany]:
        """1:N relationships in which the table references another (it is the "many")."""
        return self._state.index.parents.get(logical_name, ())

    def links_of(self, logical_name: str) -> Sequence[ManyToMany]:
        """N:N relationships in which the table takes part."""
        return self._state.index.links.get(logical_name, ())

    def option_set(self, name: str) -> tuple[Option, ...] | None:
        """The options of a global option set, or None."""
        return self.option_sets.get(name)

    @property
    def option_sets(self) -> Mapping[str, tuple[Option, ...]]:
        """All global option sets by name."""
        return self._state.source.option_sets()

    def option_set_part(self, name: str) -> Mapping[str, Any] | None:
        """How a global option set is described beyond its options, where it does not ship (its part in ``overlay``)."""
        return self._state.source.option_set_part(name)

    def column_maps(self, source: str, target: str) -> tuple[ColumnMap, ...]:
        """The pairs that are copied when a row of ``target`` is made from one of ``source``."""
        return self._state.source.column_maps().get((source, target), ())

    @property
    def mapped_tables(self) -> tuple[tuple[str, str], ...]:
        """The (source, target) pairs of tables that have column maps."""
        return tuple(self._state.source.column_maps())

    # -- what users define ------------------------------------------------------------------------------------------

    def part(self, kind: str, name: str) -> Mapping[str, Any] | None:
        """What users defined under that name; see ``overlay.py`` for the kinds."""
        return self.parts.get((kind, name))

    def copy(self, parts: Parts) -> Catalog:
        """Another catalog that has these user definitions beside those of this one."""
        found = Catalog(self._shipped)
        found.with_parts({**self.parts, **parts})
        return found

    def with_parts(self, parts: Parts) -> None:
        """Take other user definitions. Nothing of the store changes: ``Store.define`` is what messages call."""
        if parts == self.parts:
            return
        from dataverse_emulator.metadata.overlay import ChangedDefinitions, affected_sets, affected_tables

        source = ChangedDefinitions(self._shipped, parts) if parts else self._shipped
        state = _State(source)
        state.take_over(self._state, affected_tables(self.parts, parts), affected_sets(self.parts, parts))
        self._state = state
        self.parts = parts
        self.version += 1


@dataclass(frozen=True, slots=True)
class _Index:
    """Relationships by the tables that they concern."""

    children: Mapping[str, Sequence[OneToMany]]
    parents: Mapping[str, Sequence[OneToMany]]
    links: Mapping[str, Sequence[ManyToMany]]


class _State:
    """One version of a catalog's definitions with the tables bound so far."""

    def __init__(self, source: DefinitionSource) -> None:
        self.source = source
        self.names = dict(source.table_names())
        self.sets = {set_name: name for name, set_name in self.names.items() if set_name}
        self.tables: dict[str, Table] = {}
        self._index: _Index | None = None

    def take_over(self, former: _State, tables: AbstractSet[str], option_sets: AbstractSet[str]) -> None:
        """Keep the bound tables of the version before, but for those affected and those that show affected sets."""
        for name, table in list(former.tables.items()):
            if name in tables or table.base in tables:
                continue
            if option_sets and any(c.option_set in option_sets for c in table.columns.values() if c.option_set_global):
                continue
            self.tables[name] = table

    @property
    def index(self) -> _Index:
        if self._index is None:
            children: dict[str, list[OneToMany]] = {}
            parents: dict[str, list[OneToMany]] = {}
            links: dict[str, list[ManyToMany]] = {}
            for one in self.source.one_to_many():
                children.setdefault(one.referenced_table, []).append(one)
                parents.setdefault(one.referencing_table, []).append(one)
            for many in self.source.many_to_many():
                links.setdefault(many.table1, []).append(many)
                if many.table2 != many.table1:
                    links.setdefault(many.table2, []).append(many)
            self._index = _Index(children, parents, links)
        return self._index

    def bind(self, logical_name: str) -> Table:
        table = self.source.load_table(logical_name)
        if table.base == "owner":
            table.properties[PRINCIPAL_KEY] = _principal_key(table)
        index = self.index
        for of in (logical_name, table.base):
            if of is not None:
                for navigation in navigation_properties(
                    table, of, index.parents.get(of, ()), index.children.get(of, ()), index.links.get(of, ())
                ):
                    table.navigation.setdefault(navigation.name, navigation)
        return self.tables.setdefault(logical_name, table)
