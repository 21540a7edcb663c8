"""Definitions without some of their tables, for files whose tables stand in place of the standard ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from dataverse_emulator.metadata.catalog import ColumnMap, DefinitionSource, ManyToMany, OneToMany, Option, Table


class WithoutTables:
    """A ``DefinitionSource`` that hides tables, with the relationships that live in their columns.

    Those that point to a hidden table stay: another table of that name takes its place.
    """

    def __init__(self, source: DefinitionSource, hidden: AbstractSet[str]) -> None:
        self._source = source
        self._hidden = frozenset(hidden)

    def table_names(self) -> Mapping[str, str]:
        """Logical name of each table that is left → its entity set name."""
        return {name: set_name for name, set_name in self._source.table_names().items() if name not in self._hidden}

    def load_table(self, logical_name: str) -> Table:
        """The table of that name."""
        return self._source.load_table(logical_name)

    def one_to_many(self) -> Sequence[OneToMany]:
        """The 1:N relationships of the tables that are left."""
        return [each for each in self._source.one_to_many() if each.referencing_table not in self._hidden]

    def many_to_many(self) -> Sequence[ManyToMany]:
        """The N:N relationships whose intersect tables are left."""
        return [each for each in self._source.many_to_many() if each.intersect_table not in self._hidden]

    def option_sets(self) -> Mapping[str, tuple[Option, ...]]:
        """The global option sets."""
        return self._source.option_sets()

    def option_set_part(self, name: str) -> Mapping[str, Any] | None:
        """How a global option set is described beyond its options, where it does not ship (its part in ``overlay``)."""
        return self._source.option_set_part(name)

    def column_maps(self) -> Mapping[tuple[str, str], tuple[ColumnMap, ...]]:
        """The pairs of columns that are copied, of tables that are left."""
        return {pair: maps for pair, maps in self._source.column_maps().items() if not self._hidden & set(pair)}
