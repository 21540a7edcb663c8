"""Rows between the engine's form and SQL: one writer a table, one reader a choice of columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dataverse_emulator.metadata.catalog import Catalog, Table
from dataverse_emulator.query.sql_names import fold_name, type_name
from dataverse_emulator.query.text import fold, folded_twin
from dataverse_emulator.storage.schema import Kind, Layout, layout
from dataverse_emulator.values import PARTITION, Reference, partition_of

# What a row of a base table takes from the row that it repeats, where the names differ.
_OWNER_NAMES = {"systemuser": ("fullname", "yomifullname"), "team": ("name", "yominame")}


class TableWriter:
    """Writes rows of one table. SQL texts are kept for each set of columns."""

    def __init__(self, table: Table, catalog: Catalog) -> None:
        self.table = table
        self.layout = layout(table)
        self.base = catalog.find(table.base) if table.base is not None else None
        self._base_kinds = layout(self.base).kinds if self.base is not None else {}
        self._insertions: dict[tuple[str, ...], str] = {}
        self._changes: dict[tuple[str, ...], str] = {}
        name = table.logical_name
        self._is_partitioned = table.is_elastic
        self._condition = f'"{table.primary_id}" = ?' + (f' AND "{PARTITION}" = ?' if table.is_elastic else "")
        self.deletion = f'DELETE FROM "{name}" WHERE {self._condition}'
        self.existence = f'SELECT 1 FROM "{name}" WHERE {self._condition}'

    def key(self, id: str) -> tuple[str, ...]:
        """The values by which the statements find a row."""
        return (str(id), partition_of(id)) if self._is_partitioned else (id,)

    def named(self, id: str) -> dict[str, str]:
        """The same by the names of their columns."""
        primary = self.table.primary_id
        return {primary: str(id), PARTITION: partition_of(id)} if self._is_partitioned else {primary: id}

    def insertion(self, row: Mapping[str, Any]) -> tuple[str, list[Any]]:
        """The INSERT of a row and its values. Columns without a place in the store are left out."""
        kind_of = self.layout.kinds.get
        plain, text = Kind.PLAIN, Kind.TEXT
        names: list[str] = []
        values: list[Any] = []
        for name, value in row.items():
            if value is None:
                continue
            kind = kind_of(name)
            if kind is None:
                continue
            names.append(name)
            if kind is plain:
                values.append(value)
            elif kind is text:
                values.append(value)
                twin = folded_twin(value)
                if twin is not None:
                    names.append(fold_name(self.table.columns[name]))
                    values.append(twin)
            elif isinstance(value, Reference):
                values.append(value.id)
                if kind is Kind.POLYMORPHIC:
                    names.append(type_name(self.table.columns[name]))
                    values.append(value.table)
            else:
                values.append(value)
        key = tuple(names)
        sql = self._insertions.get(key)
        if sql is None:
            listed = ", ".join(f'"{name}"' for name in names)
            marks = ", ".join("?" * len(names))
            sql = self._insertions[key] = f'INSERT INTO "{self.table.logical_name}" ({listed}) VALUES ({marks})'
        return sql, values

    def change(self, changes: Mapping[str, Any]) -> tuple[str, list[Any]]:
        """The UPDATE of one row (its last marks are the ``key``) and its values; no text when nothing is stored."""
        kinds = self.layout.kinds
        names: list[str] = []
        values: list[Any] = []
        for name, value in changes.items():
            kind = kinds.get(name)
            if kind is None:
                continue
            names.append(name)
            if kind is Kind.TEXT:
                values.append(value)
                names.append(fold_name(self.table.columns[name]))
                values.append(None if value is None else folded_twin(value))
            elif kind is Kind.PLAIN:
                values.append(value)
            else:
                is_reference = isinstance(value, Reference)
                values.append(value.id if is_reference else value)
                if kind is Kind.POLYMORPHIC:
                    names.append(type_name(self.table.columns[name]))
                    values.append(value.table if is_reference else None)
        if not names:
            return "", values
        key = tuple(names)
        sql = self._changes.get(key)
        if sql is None:
            listed = ", ".join(f'"{name}" = ?' for name in names)
            sql = self._changes[key] = f'UPDATE "{self.table.logical_name}" SET {listed} WHERE {self._condition}'
        return sql, values

    def equality(self, name: str, is_null: bool) -> str:
        """The condition that a column equals a value."""
        # with the table's name, since SQLite takes a bare name in quotes for text where there is no such column
        place = f'"{self.table.logical_name}"."{name}"'
        if is_null:
            return f"{place} IS NULL"
        if self.layout.kinds.get(name) is Kind.TEXT:
            return f'coalesce("{fold_name(self.table.columns[name])}", {place}) COLLATE NOCASE = ?'
        return f"{place} = ?"

    def operand(self, name: str, value: Any) -> Any:
        """A value as ``equality`` compares it."""
        if isinstance(value, Reference):
            return value.id
        if self.layout.kinds.get(name) is Kind.TEXT and isinstance(value, str):
            return fold(value)
        return value

    def base_row(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """The base table's row of a row."""
        assert self.base is not None
        id_ = row[self.table.primary_id]
        if self.base.logical_name == "owner":
            return {"ownerid": id_, "owneridtype": self.table.logical_name, **self.base_changes(row)}
        return {**self.base_changes(row), self.base.primary_id: id_, "activitytypecode": self.table.logical_name}

    def base_changes(self, changes: Mapping[str, Any]) -> dict[str, Any]:
        """What a change of a row changes in its base table's row."""
        assert self.base is not None
        if self.base.logical_name == "owner":
            names = zip(_OWNER_NAMES[self.table.logical_name], ("name", "yominame"), strict=True)
            copied = {base: changes[own] for own, base in names if own in changes}
        else:
            copied = {
                name: changes[name] for name in changes if name in self._base_kinds and name != "activitytypecode"
            }
        if "versionnumber" in changes and "versionnumber" in self._base_kinds:
            copied["versionnumber"] = changes["versionnumber"]
        return copied


class Reader:
    """Reads chosen columns of a table's rows into dictionaries."""

    def __init__(self, of: Layout, columns: Sequence[str] | None) -> None:
        """
        Args:
            columns: logical names; None for all stored ones. Names without a place in the store are left out.
        """
        table = of.table
        names = [*of.kinds, *of.companions] if columns is None else list(dict.fromkeys(columns))
        self._plain: list[tuple[str, int]] = []
        self._booleans: list[tuple[str, int]] = []
        self._references: list[tuple[str, int, int, str]] = []
        selected: list[str] = []
        for name in names:
            kind = of.kinds.get(name)
            place = len(selected)
            if kind is None:
                lookup = of.companions.get(name)
                if lookup is not None:
                    self._plain.append((name, place))
                    selected.append(type_name(table.columns[lookup]))
                continue
            selected.append(name)
            if kind in (Kind.PLAIN, Kind.TEXT):
                (self._booleans if name in of.booleans else self._plain).append((name, place))
            elif kind is Kind.POLYMORPHIC:
                selected.append(type_name(table.columns[name]))
                self._references.append((name, place, place + 1, ""))
            else:
                self._references.append((name, place, -1, table.columns[name].targets[0]))
        own = f'"{table.logical_name}"'
        listed = ", ".join(f'{own}."{name}"' for name in selected) or "1"
        self.sql = f'SELECT {listed} FROM "{table.logical_name}"'

    def rows(self, found: Sequence[Sequence[Any]]) -> list[dict[str, Any]]:
        """The rows as logical name → value."""
        rows = []
        for values in found:
            row: dict[str, Any] = {name: values[place] for name, place in self._plain}
            for name, place in self._booleans:
                value = values[place]
                row[name] = None if value is None else bool(value)
            for name, place, type_place, target in self._references:
                value = values[place]
                if value is None:
                    row[name] = None
                else:
                    row[name] = Reference(values[type_place] or "" if type_place >= 0 else target, value)
            rows.append(row)
        return rows
