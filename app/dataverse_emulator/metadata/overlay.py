"""What users defined, laid over the definitions that ship with the emulator.

A user's definition is a *part*: a kind, a name and a dictionary in the form of the definition files.

| kind | name | content |
| --- | --- | --- |
| `table` | logical name | a whole head (without columns) of a new table, or what differs of a shipped one's |
| `column` | `table.column` | a whole column, new or in place of a shipped one |
| `key` | `table.key` | an alternate key |
| `oneToMany`, `manyToMany` | schema name | a relationship, new or in place of a shipped one |
| `optionSet` | name | a global option set, new or in place of a shipped one |
| `rowLabels` | `table.id.column` | texts of a row's column in further languages: no definition, and kept with them |

Where lookups may point is not said by their columns but follows from the relationships.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from dataverse_emulator.metadata import compiled
from dataverse_emulator.metadata.catalog import (
    AlternateKey,
    Column,
    ColumnMap,
    DefinitionSource,
    ManyToMany,
    OneToMany,
    Option,
    Parts,
    Table,
)

_Relationship = TypeVar("_Relationship", OneToMany, ManyToMany)

TABLE, COLUMN, KEY = "table", "column", "key"
ONE_TO_MANY, MANY_TO_MANY, OPTION_SET = "oneToMany", "manyToMany", "optionSet"
ROW_LABELS = "rowLabels"

# Members of a table's head that a shipped table may have changed → attribute of Table.
_HEAD = {
    "displayName": "display_name",
    "displayCollectionName": "display_collection_name",
    "primaryImage": "primary_image",
    "settings": "settings",
}


class ChangedDefinitions:
    """Shipped definitions with users' parts over them, as a ``DefinitionSource``."""

    def __init__(self, shipped: DefinitionSource, parts: Parts) -> None:
        self._shipped = shipped
        self._heads: dict[str, Mapping[str, Any]] = {}
        self._columns: dict[str, list[Mapping[str, Any]]] = {}
        self._keys: dict[str, list[Mapping[str, Any]]] = {}
        self._sets: dict[str, Mapping[str, Any]] = {}
        ones: list[Mapping[str, Any]] = []
        manies: list[Mapping[str, Any]] = []
        for (kind, name), part in parts.items():
            if kind == TABLE:
                self._heads[name] = part
            elif kind == COLUMN:
                self._columns.setdefault(table_of(name), []).append(part)
            elif kind == KEY:
                self._keys.setdefault(table_of(name), []).append(part)
            elif kind == OPTION_SET:
                self._sets[name] = part
            elif kind != ROW_LABELS:
                (ones if kind == ONE_TO_MANY else manies).append(part)
        one_rows, many_rows, cascades = compiled.compile_relationships({"oneToMany": ones, "manyToMany": manies})
        self._own_ones = compiled.bind_one_to_many(one_rows, cascades)
        self._own_manies = compiled.bind_many_to_many(many_rows)
        self._compiled_sets = {name: compiled.compile_options(part["options"]) for name, part in self._sets.items()}
        self._ones: Sequence[OneToMany] | None = None
        self._option_sets: dict[str, tuple[Option, ...]] | None = None

    def table_names(self) -> Mapping[str, str]:
        """Logical name of each table → its entity set name."""
        shipped = self._shipped.table_names()
        new = {name: head.get("entitySetName", "") for name, head in self._heads.items() if name not in shipped}
        return {**shipped, **new}

    def load_table(self, logical_name: str) -> Table:
        """A new object for the table of that name."""
        head = self._heads.get(logical_name)
        if logical_name in self._shipped.table_names():
            table = self._shipped.load_table(logical_name)
            if head is not None:
                _change_head(table, head)
        else:
            assert head is not None
            table = compiled.bind_table(*compiled.compile_table({**head, "columns": ()}, self._compiled_sets))
        roles = {"primaryId": table.primary_id, "primaryName": table.primary_name}
        for part in self._columns.get(logical_name, ()):
            row = compiled.compile_column(part, roles, self._compiled_sets)
            column = table.columns[row[0]] = compiled.bind_column(logical_name, row)
            self._give_options(column)
        if self._sets:
            for column in table.columns.values():
                self._give_options(column)
        self._add_targets(table)
        keys = self._keys.get(logical_name)
        if keys:
            table.keys += tuple(AlternateKey(*compiled.compile_key(part)) for part in keys)
        table.list_properties()
        return table

    def one_to_many(self) -> Sequence[OneToMany]:
        """All 1:N relationships."""
        if self._ones is None:
            self._ones = _replaced(self._shipped.one_to_many(), self._own_ones)
        return self._ones

    def many_to_many(self) -> Sequence[ManyToMany]:
        """All N:N relationships."""
        return _replaced(self._shipped.many_to_many(), self._own_manies)

    def option_sets(self) -> Mapping[str, tuple[Option, ...]]:
        """The global option sets by name."""
        if self._option_sets is None:
            own = {name: compiled.bind_options(rows) for name, rows in self._compiled_sets.items()}
            self._option_sets = {**self._shipped.option_sets(), **own}
        return self._option_sets

    def option_set_part(self, name: str) -> Mapping[str, Any] | None:
        """How a global option set is described beyond its options, where it does not ship (its part in ``overlay``)."""
        return self._sets.get(name) or self._shipped.option_set_part(name)

    def column_maps(self) -> Mapping[tuple[str, str], tuple[ColumnMap, ...]]:
        """(source table, target table) → the pairs that are copied."""
        return self._shipped.column_maps()

    def _give_options(self, column: Column) -> None:
        """The options of the global set that a column shows."""
        if column.option_set_global and column.option_set is not None:
            options = self.option_sets().get(column.option_set)
            if options is not None and (column.option_set in self._sets or not column.options):
                compiled.set_options(column, options)
                column.option_set_part = self._sets.get(column.option_set)

    def _add_targets(self, table: Table) -> None:
        """Let lookups point where users' relationships say."""
        for one in self._own_ones:
            if one.referencing_table != table.logical_name:
                continue
            column = table.columns.get(one.referencing_column)
            if column is None or column.type == "Owner":
                continue
            if one.referenced_table not in column.targets:
                column.targets = (*column.targets, one.referenced_table)
            if one.referencing_navigation:
                column.navigation = {**column.navigation, one.referenced_table: one.referencing_navigation}


def is_whole(head: Mapping[str, Any] | None) -> bool:
    """The part of a table is that of a new one, not what differs of a shipped one's."""
    return head is not None and "primaryId" in head


def table_of(name: str) -> str:
    """The table of a column's or key's part."""
    return name.partition(".")[0]


def affected_tables(before: Parts, after: Parts) -> set[str]:
    """Tables that are no longer the same, but for what their columns show of global option sets."""
    found: set[str] = set()
    for kind, name, parts in _differing(before, after):
        for part in parts:
            if part is not None and kind != OPTION_SET:
                found.update(_tables_of(kind, name, part))
    return found


def affected_sets(before: Parts, after: Parts) -> set[str]:
    """Global option sets that are no longer the same."""
    return {name for kind, name, _ in _differing(before, after) if kind == OPTION_SET}


def _differing(before: Parts, after: Parts) -> Iterator[tuple[str, str, tuple[Mapping[str, Any] | None, ...]]]:
    for place in before.keys() | after.keys():
        old, new = before.get(place), after.get(place)
        if old is not new and old != new:
            yield *place, (old, new)


def _tables_of(kind: str, name: str, part: Mapping[str, Any]) -> Iterable[str]:
    if kind == ONE_TO_MANY:
        return part["referencedTable"], part["referencingTable"]
    if kind == MANY_TO_MANY:
        return part["table1"], part["table2"], part["intersectTable"]
    if kind == ROW_LABELS:
        return ()
    return (table_of(name),)


def _change_head(table: Table, head: Mapping[str, Any]) -> None:
    for member, attribute in _HEAD.items():
        if member in head:
            setattr(table, attribute, head[member])
    if "flags" in head:
        table.flags = {**table.flags, **head["flags"]}
    if "statusTransitions" in head:
        table.transitions = {int(one): tuple(others) for one, others in head["statusTransitions"].items()}


def _replaced(shipped: Sequence[_Relationship], own: Sequence[_Relationship]) -> Sequence[_Relationship]:
    """The shipped ones, those of the user in their place or behind them."""
    if not own:
        return shipped
    found = {each.schema_name: each for each in shipped}
    found.update((each.schema_name, each) for each in own)
    return tuple(found.values())
