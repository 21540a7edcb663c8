"""The navigation properties that relationships give to a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from dataverse_emulator.metadata.relationships import ManyToMany, Navigation, NavigationKind, OneToMany

if TYPE_CHECKING:
    from dataverse_emulator.metadata.catalog import Table


def navigation_properties(
    table: Table, of: str, parents: Sequence[OneToMany], children: Sequence[OneToMany], links: Sequence[ManyToMany]
) -> Iterator[Navigation]:
    """The navigation properties of ``table`` that ``of`` (the table itself or its base) declares.

    Args:
        parents: relationships in which ``of`` references another table.
        children: relationships in which ``of`` is referenced.
        links: N:N relationships of ``of``.
    """
    own = table.logical_name
    for one in parents:
        lookup = table.columns.get(one.referencing_column)
        if one.referencing_navigation and lookup is not None and lookup.is_stored:
            yield Navigation(
                one.referencing_navigation,
                own,
                one.referenced_table,
                NavigationKind.MANY_TO_ONE,
                one,
                column=one.referencing_column,
            )
    for one in children:
        if one.referenced_navigation:
            yield Navigation(
                one.referenced_navigation,
                own,
                one.referencing_table,
                NavigationKind.ONE_TO_MANY,
                one,
                column=one.referencing_column,
            )
    for many in links:
        if many.table1 == of:
            yield _link(many.navigation1, own, many.table2, many, many.column1, many.column2)
        if many.table2 == of:
            yield _link(many.navigation2, own, many.table1, many, many.column2, many.column1)


def _link(name: str, source: str, target: str, many: ManyToMany, near: str, far: str) -> Navigation:
    return Navigation(name, source, target, NavigationKind.MANY_TO_MANY, many, near_column=near, far_column=far)
