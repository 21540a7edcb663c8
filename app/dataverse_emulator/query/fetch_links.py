"""The tables of a FetchXML query: links to joins and to tests for existence (contract 03 §12)."""

from __future__ import annotations

from dataclasses import dataclass, field

from dataverse_emulator.errors import error
from dataverse_emulator.metadata.catalog import (
    Catalog,
    Column,
    ColumnType,
    ManyToMany,
    Navigation,
    NavigationKind,
    Table,
)
from dataverse_emulator.query.fetch_nodes import FetchEntity, FetchFilter, FetchLink
from dataverse_emulator.query.model import ROOT, ColumnPair, ColumnRef, Join, JoinKind
from dataverse_emulator.query.sql_names import label_column, lookup_of_companion

MAX_LINKS = 15
MAX_CONDITIONS = 500

JOIN_KINDS = {
    "inner": JoinKind.INNER,
    "natural": JoinKind.INNER,
    "outer": JoinKind.OUTER,
    "matchfirstrowusingcrossapply": JoinKind.FIRST,
}
_UNLINKED = frozenset(
    {ColumnType.FILE, ColumnType.IMAGE, ColumnType.MULTI_SELECT, ColumnType.PARTY_LIST, ColumnType.VIRTUAL}
)


@dataclass(slots=True)
class Sources:
    """What aliases mean in one query, or in one test for existence: its tables and the joins made so far."""

    catalog: Catalog
    root: Table
    tables: dict[str, Table] = field(default_factory=dict)
    joins: list[Join] = field(default_factory=list)
    entities: list[tuple[str, FetchLink]] = field(default_factory=list)
    unnamed: dict[str, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.tables[ROOT] = self.root

    def find(self, name: str) -> str:
        """The source of an alias; a link without alias goes by its generated one or, if it is the only one of its
        table, by the table's name.

        Raises:
            EmulatorError: 0x8004110A when there is none.
        """
        if name in self.tables and name != ROOT:
            return name
        unnamed = self.unnamed.get(name, ())
        if len(unnamed) == 1:
            return unnamed[0]
        if name == self.root.logical_name:
            return ROOT
        raise error("UnknownAlias")

    def add(self, link: FetchLink, table: Table) -> str:
        """Enter a link's table; its alias."""
        alias = link.alias
        if alias is None:
            alias = default_alias(link)
            self.unnamed.setdefault(table.logical_name, []).append(alias)
        self.tables[alias] = table
        return alias

    def column(self, name: str, source: str) -> ColumnRef:
        """A column that can be compared and sorted by: a stored one, a label, or the table name of a lookup's target.

        Raises:
            EmulatorError: E-60; 0x80041106 for columns without value of their own (lists of parties).
        """
        table = self.tables[source]
        column = table.columns.get(name)
        if column is None:
            raise error("NoAttribute", table=table.logical_name, attribute=name)
        if not column.is_stored and lookup_of_companion(table, column) is None:
            label = label_column(table, name)
            if label is None:
                raise error("BadCondition")
            column = label
        return ColumnRef(column, source)


def default_alias(link: FetchLink) -> str:
    """The alias of a link that has none (ruling R10): its table and its number among the query's links."""
    return f"{link.entity.name}{link.number}"


def link_columns(link: FetchLink, parent: Table, catalog: Catalog) -> tuple[Table, Column, Column]:
    """A link's table, its column in that table and its column in the parent's.

    Raises:
        EmulatorError: E-60, E-61; E-73 for columns whose values cannot be compared.
    """
    table = catalog.table(link.entity.name)
    if link.from_ is None or link.to is None:
        return (table, *_related(table, parent))
    from_column, to_column = _linked(table, link.from_), _linked(parent, link.to)
    if kind_of(from_column) != kind_of(to_column):
        raise error("AttributePairMismatch")
    return table, from_column, to_column


def link_path(source: Table, target: Table, from_column: Column, to_column: Column) -> Navigation | ColumnPair:
    """The navigation property that leads over the two columns, or the columns themselves where none does."""
    for navigation in source.navigation.values():
        if navigation.target != target.logical_name or navigation.kind is NavigationKind.MANY_TO_MANY:
            continue
        if navigation.kind is NavigationKind.ONE_TO_MANY:
            if to_column.is_primary_id and navigation.column == from_column.logical_name:
                return navigation
        elif from_column.is_primary_id and navigation.column == to_column.logical_name:
            return navigation
    return ColumnPair(from_column, to_column)


def kind_of(column: Column) -> str:
    """Columns of one kind can be compared with each other."""
    if column.is_lookup or column.type is ColumnType.UNIQUEIDENTIFIER:
        return "row"
    if column.type is ColumnType.BOOLEAN:
        return "boolean"
    if column.type is ColumnType.DATE_TIME:
        return "date" if column.is_date_only else "time"
    if column.edm_type in ("Edm.Int32", "Edm.Int64", "Edm.Decimal", "Edm.Double"):
        return "number"
    return "text"


def check_size(entity: FetchEntity) -> None:
    """Refuse what is too large or names an alias twice.

    Raises:
        EmulatorError: 0x8004430D for more than 15 links, 0x8004430C for more than 500 conditions and links, 0x80041130
            for aliases that are not unique.
    """
    links: list[FetchLink] = []
    conditions = _gather(entity, links)
    if len(links) > MAX_LINKS:
        raise error("TooManyLinks")
    if conditions + len(links) > MAX_CONDITIONS:
        raise error("TooManyConditions")
    aliases = [link.alias or default_alias(link) for link in links]
    if len(set(aliases)) < len(aliases):
        raise error("DuplicateAlias")
    names = [attribute.alias for of in (entity, *(link.entity for link in links)) for attribute in of.attributes]
    given = [name for name in names if name is not None]
    if len(set(given)) < len(given):
        raise error("DuplicateAlias")


def _gather(entity: FetchEntity, links: list[FetchLink]) -> int:
    """Collect the links below an entity; the number of conditions there."""
    conditions = sum(_gather_filter(filter_, links) for filter_ in entity.filters)
    for link in entity.links:
        links.append(link)
        conditions += _gather(link.entity, links)
    return conditions


def _gather_filter(filter_: FetchFilter, links: list[FetchLink]) -> int:
    conditions = 0
    for item in filter_.items:
        if isinstance(item, FetchFilter):
            conditions += _gather_filter(item, links)
        elif isinstance(item, FetchLink):
            links.append(item)
            conditions += _gather(item.entity, links)
        else:
            conditions += 1
    return conditions


def _linked(table: Table, name: str) -> Column:
    column = table.column(name)
    if column.type in _UNLINKED or not column.is_stored:
        raise error("AttributePairMismatch")
    return column


def _related(table: Table, parent: Table) -> tuple[Column, Column]:
    """The columns of the relationship between two tables, where a link names none: N:1 before 1:N before N:N."""
    for own, other in ((parent, table), (table, parent)):
        for navigation in own.navigation.values():
            if navigation.kind is NavigationKind.MANY_TO_ONE and navigation.target == other.logical_name:
                lookup, key = own.column(navigation.column), other.column(other.primary_id)
                if lookup.is_stored:
                    return (key, lookup) if own is parent else (lookup, key)
    for own, other in ((parent, table), (table, parent)):
        for navigation in own.navigation.values():
            relationship = navigation.relationship
            if isinstance(relationship, ManyToMany) and relationship.intersect_table == other.logical_name:
                near, key = other.column(navigation.near_column), own.column(own.primary_id)
                return (near, key) if own is parent else (key, near)
    raise error("AttributePairMismatch")
