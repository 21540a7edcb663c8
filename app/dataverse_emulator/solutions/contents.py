"""What a solution holds, gathered for its archive (contract 07 §11).

A table that is there with its parts brings all columns, keys, views and relationships that users made of it; a table of
a user's brings its system columns, too, and global option sets of users go with the columns that show them (inferred).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from dataverse_emulator.errors import not_emulated
from dataverse_emulator.importing.solutions.writing import Content, TableContent
from dataverse_emulator.messages.base import Context
from dataverse_emulator.messages.definitions.retrieving import relationships
from dataverse_emulator.messages.metadata.solutions import ATTRIBUTE, ENTITY, KEY, OPTION_SET, RELATIONSHIP, VIEW
from dataverse_emulator.messages.row_labels import texts_of
from dataverse_emulator.metadata.catalog import Column, ManyToMany, OneToMany, Table
from dataverse_emulator.metadata.overlay import COLUMN, MANY_TO_MANY, ONE_TO_MANY, TABLE, is_whole, table_of
from dataverse_emulator.metadata.overlay import KEY as KEY_PART
from dataverse_emulator.metadata.overlay import OPTION_SET as SET_PART
from dataverse_emulator.solutions.components import INCLUDE_SUBCOMPONENTS, SHELL_ONLY, Component, definition_id
from dataverse_emulator.values import Reference

VIEW_COLUMNS = (
    *("savedqueryid", "name", "description", "querytype", "isdefault", "isquickfindquery"),
    *("fetchxml", "layoutxml", "returnedtypecode"),
)


def gather(context: Context, components: Iterable[tuple[Component, int]]) -> Content:
    """The content of a solution with these components (and their behavior).

    Raises:
        EmulatorError: 501 for components that are neither definitions nor views.
    """
    return _Gathering(context).content(components)


def default_components(context: Context) -> list[tuple[Component, int]]:
    """The components of the default solution: all that users made."""
    found: dict[str, Component] = {}

    def take(kind: int, name: str) -> None:
        id = definition_id(kind, name)
        found.setdefault(id, Component(kind, id, name))

    for kind, name in context.catalog.parts:
        if kind in (TABLE, COLUMN, KEY_PART) and not context.catalog.table(table_of(name)).is_intersect:
            take(ENTITY, table_of(name))
        elif kind in (ONE_TO_MANY, MANY_TO_MANY):
            take(RELATIONSHIP, name)
        elif kind == SET_PART:
            take(OPTION_SET, name)
    return [(component, INCLUDE_SUBCOMPONENTS) for component in found.values()]


class _Gathering:
    def __init__(self, context: Context) -> None:
        self._context = context
        self._catalog = context.catalog
        self._tables: dict[str, TableContent] = {}
        self._relationships: dict[str, OneToMany | ManyToMany] = {}
        self._sets: dict[str, None] = {}

    def content(self, components: Iterable[tuple[Component, int]]) -> Content:
        for component, behavior in components:
            self._take(component, behavior)
        order = {name: number for number, name in enumerate(self._catalog.table_names)}
        tables = sorted(self._tables.values(), key=lambda each: order[each.table.logical_name])
        for each in tables:
            self._sort(each)
        found = [each for each in relationships(self._catalog) if each.schema_name in self._relationships]
        return Content(
            tables,
            _unique(each for each in found if isinstance(each, OneToMany)),
            _unique(each for each in found if isinstance(each, ManyToMany)),
            list(self._sets),
        )

    def _take(self, component: Component, behavior: int) -> None:
        kind, name = component.kind, component.name
        if kind == ENTITY:
            self._take_table(self._catalog.table(str(name)), behavior)
        elif kind == OPTION_SET:
            self._sets[str(name)] = None
        elif kind == RELATIONSHIP:
            self._take_relationship(str(name))
        elif kind in (ATTRIBUTE, KEY):
            table_name, _, rest = str(name).partition(".")
            table = self._catalog.table(table_name)
            if kind == ATTRIBUTE:
                self._take_columns(table, [table.column(rest)])
            else:
                self._of(table).keys += [key for key in table.keys if key.logical_name == rest]
        elif kind == VIEW:
            self._take_view(component.id)
        else:
            raise not_emulated(f"the export of solution components of the type {kind}")

    def _of(self, table: Table) -> TableContent:
        return self._tables.setdefault(table.logical_name, TableContent(table))

    def _take_table(self, table: Table, behavior: int) -> None:
        content = self._of(table)
        content.has_head = behavior != SHELL_ONLY
        if behavior != INCLUDE_SUBCOMPONENTS:
            return
        name = table.logical_name
        is_own = self._is_of_user(name)
        self._take_columns(
            table,
            [
                column
                for column in table.columns.values()
                if is_own or self._catalog.part(COLUMN, f"{name}.{column.logical_name}") is not None
            ],
        )
        content.keys += [
            key for key in table.keys if self._catalog.part(KEY_PART, f"{name}.{key.logical_name}") is not None
        ]
        for row in self._views({"returnedtypecode": name, "iscustom": True}):
            self._add_view(content, row)
        for one in self._catalog.parents_of(name):
            if self._catalog.part(ONE_TO_MANY, one.schema_name) is not None:
                self._relationships[one.schema_name] = one
        for one in self._catalog.children_of(name):
            if self._is_of_platforms_lookup(one):
                self._relationships[one.schema_name] = one
        for many in self._catalog.links_of(name):
            if self._catalog.part(MANY_TO_MANY, many.schema_name) is not None:
                self._relationships[many.schema_name] = many

    def _is_of_platforms_lookup(self, one: OneToMany) -> bool:
        """Notes and activities of a user's table: nothing else of theirs is a user's."""
        if self._catalog.part(ONE_TO_MANY, one.schema_name) is None:
            return False
        lookup = self._catalog.table(one.referencing_table).columns.get(one.referencing_column)
        return lookup is not None and not lookup.is_custom and not self._is_of_user(one.referencing_table)

    def _is_of_user(self, table: str) -> bool:
        return is_whole(self._catalog.part(TABLE, table))

    def _take_columns(self, table: Table, columns: list[Column]) -> None:
        content = self._of(table)
        taken = {each.logical_name for each in columns}
        belonging = [
            each
            for each in table.columns.values()
            if each.attribute_of in taken or (each.type == "Money" and each.logical_name.removesuffix("_base") in taken)
        ]
        for column in (*columns, *belonging):
            if column not in content.columns:
                content.columns.append(column)
            name = column.option_set
            if column.option_set_global and name and self._catalog.part(SET_PART, name) is not None:
                self._sets[name] = None

    def _take_relationship(self, name: str) -> None:
        found = next(each for each in relationships(self._catalog) if each.schema_name == name)
        self._relationships[name] = found
        if isinstance(found, OneToMany):
            table = self._catalog.table(found.referencing_table)
            lookup = table.columns.get(found.referencing_column)
            if lookup is not None and lookup.is_custom:
                self._take_columns(table, [lookup])

    def _take_view(self, id: str) -> None:
        for row in self._views({"savedqueryid": id}):
            self._add_view(self._of(self._catalog.table(row["returnedtypecode"])), row)

    def _views(self, where: dict[str, Any]) -> list[dict[str, Any]]:
        return self._context.store.find(self._catalog.table("savedquery"), where, VIEW_COLUMNS)

    def _add_view(self, content: TableContent, row: dict[str, Any]) -> None:
        if all(each["savedqueryid"] != row["savedqueryid"] for each in content.views):
            view = Reference("savedquery", row["savedqueryid"])
            texts = {name: texts_of(self._context, view, name) for name in ("name", "description")}
            content.views.append({**row, **texts})

    def _sort(self, content: TableContent) -> None:
        """The order of the definitions; views by name."""
        columns = list(content.table.columns.values())
        content.columns = [each for each in columns if each in content.columns]
        content.keys = [each for each in content.table.keys if each in content.keys]
        content.views.sort(key=lambda row: (str(row["name"]), row["savedqueryid"]))


def _unique(found: Iterable[Any]) -> list[Any]:
    return list({each.schema_name: each for each in found}.values())


def publisher_row(context: Context, reference: Any) -> dict[str, Any]:
    """The row of a solution's publisher."""
    table = context.catalog.table("publisher")
    columns = (
        *("uniquename", "friendlyname", "description", "emailaddress", "supportingwebsiteurl"),
        *("customizationprefix", "customizationoptionvalueprefix"),
    )
    row = context.store.read(table, reference.id, columns) if isinstance(reference, Reference) else None
    return row or {"uniquename": "", "friendlyname": ""}
