"""Rows between the engine's form and SQL: one writer a table, one reader a choice of columns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import repeat
from operator import itemgetter
from typing import Any

from dataverse_emulator.metadata.catalog import Catalog, Table
from dataverse_emulator.query.sql_names import fold_name, type_name
from dataverse_emulator.query.text import fold, folded_twin
from dataverse_emulator.storage.schema import Kind, Layout, layout
from dataverse_emulator.values import PARTITION, Reference, partition_of

MOST_SHAPES = 512  # sets of columns whose INSERT is kept, for each table
# What a row of a base table takes from the row that it repeats, where the names differ.
_OWNER_NAMES = {"systemuser": ("fullname", "yomifullname"), "team": ("name", "yominame")}


def _none(values: Sequence[Any]) -> Iterable[str | None]:  # noqa: ARG001 - in place of an ``itemgetter``
    return ()


def _is_plain(lines: str) -> bool:
    """None of the lines needs a folded twin."""
    return lines.isascii() and " \n" not in lines and lines[-1:] != " "


class InsertShape:
    """The INSERT of rows that have the same columns.

    It learns which of its texts ever needed a folded twin and names those twins from then on, so that rows of one shape
    come to share one statement, whatever is in their texts.
    """

    __slots__ = ("_all_texts", "_booleans", "_lookups", "_names", "_picked", "_table", "_texts", "_twins", "sql")

    def __init__(self, of: Layout, names: Sequence[str]) -> None:
        """
        Args:
            names: the keys of the rows in their order; those without a place in the store are left out.
        """
        kinds, columns = of.kinds, of.table.columns
        stored = [name for name in names if name in kinds]
        self._table = of.table
        self._picked = None if len(stored) == len(names) else tuple(stored)
        # SQLite takes numbers at once, whereas the driver asks for an adapter for each boolean
        self._booleans = tuple(at for at, name in enumerate(stored) if name in of.booleans)
        self._texts = tuple((at, name) for at, name in enumerate(stored) if kinds[name] is Kind.TEXT)
        # twice the last one makes a tuple of a single text, too
        places = [at for at, _ in (*self._texts, *self._texts[-1:])]
        self._all_texts: Callable[[Sequence[Any]], Iterable[str | None]] = itemgetter(*places) if places else _none
        lookups = [(at, name) for at, name in enumerate(stored) if kinds[name] in (Kind.LOOKUP, Kind.POLYMORPHIC)]
        self._lookups = tuple((at, kinds[name] is Kind.POLYMORPHIC) for at, name in lookups)
        types = [type_name(columns[name]) for at, name in lookups if kinds[name] is Kind.POLYMORPHIC]
        self._names = [*stored, *types]
        self._twins: dict[str, None] = {}
        self.sql = self._statement()

    def _statement(self) -> str:
        names = [*self._names, *(fold_name(self._table.columns[name]) for name in self._twins)]
        listed = ", ".join(f'"{name}"' for name in names)
        return f'INSERT INTO "{self._table.logical_name}" ({listed}) VALUES ({", ".join("?" * len(names))})'

    def values(self, row: Mapping[str, Any]) -> list[Any]:
        """The values of a row, as ``sql`` takes them after this call."""
        picked = self._picked
        values = list(row.values()) if picked is None else [row[name] for name in picked]
        # most texts are plain ASCII: one look at all of them together finds that out
        text = "\n".join(filter(None, self._all_texts(values)))
        twins = None if _is_plain(text) else self._folded(values)
        for at in self._booleans:
            if values[at] is not None:
                values[at] = int(values[at])
        for at, is_polymorphic in self._lookups:
            value = values[at]
            is_reference = value.__class__ is Reference
            if is_reference:
                values[at] = value.id
            if is_polymorphic:
                values.append(value.table if is_reference else None)
        if self._twins:
            values.extend([None] * len(self._twins) if twins is None else [twins.get(name) for name in self._twins])
        return values

    def rows(self, columns: Mapping[str, Sequence[Any]]) -> Iterator[Sequence[Any]]:
        """The same of many rows, given by columns."""
        picked = columns if self._picked is None else self._picked
        values = [columns[name] for name in picked]
        twins = {}
        for at, name in self._texts:
            text = "\n".join(filter(None, values[at]))
            if not _is_plain(text):
                twins[name] = [value and folded_twin(value) for value in values[at]]
        if not twins.keys() <= self._twins.keys():
            self._name_twins(twins)
        for at in self._booleans:
            values[at] = [value if value is None else int(value) for value in values[at]]
        for at, is_polymorphic in self._lookups:
            column = values[at]
            values[at] = [value.id if value.__class__ is Reference else value for value in column]
            if is_polymorphic:
                values.append([value.table if value.__class__ is Reference else None for value in column])
        absent = repeat(None)
        return zip(*values, *(twins.get(name, absent) for name in self._twins), strict=False)

    def _name_twins(self, names: Iterable[str]) -> None:
        self._twins.update(dict.fromkeys(names))
        self.sql = self._statement()

    def _folded(self, values: Sequence[Any]) -> dict[str, str]:
        """The twins that a row needs; the statement comes to name them."""
        twins = {}
        for at, name in self._texts:
            value = values[at]
            twin = None if value is None else folded_twin(value)
            if twin is not None:
                twins[name] = twin
        if not twins.keys() <= self._twins.keys():
            self._name_twins(twins)
        return twins


class TableWriter:
    """Writes rows of one table. SQL texts are kept for each set of columns."""

    def __init__(self, table: Table, catalog: Catalog) -> None:
        self.table = table
        self.layout = layout(table)
        self.base = catalog.find(table.base) if table.base is not None else None
        self._base_kinds = layout(self.base).kinds if self.base is not None else {}
        self._shapes: dict[tuple[str, ...], InsertShape] = {}
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
        shape = self._shape(row)
        values = shape.values(row)
        return shape.sql, values

    def insertion_of_columns(self, columns: Mapping[str, Sequence[Any]]) -> tuple[str, Iterator[Sequence[Any]]]:
        """The INSERT of many rows, given by columns of the same length, and the values of each."""
        shape = self._shape(columns)
        rows = shape.rows(columns)
        return shape.sql, rows

    def _shape(self, of: Mapping[str, Any]) -> InsertShape:
        names = tuple(of)
        shape = self._shapes.get(names)
        if shape is None:
            if len(self._shapes) >= MOST_SHAPES:
                self._shapes.clear()
            shape = self._shapes[names] = InsertShape(self.layout, names)
        return shape

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
