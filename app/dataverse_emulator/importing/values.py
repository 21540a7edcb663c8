"""Values of rows from outside in the form in which ``messages.loading`` takes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from dataverse_emulator.errors import error
from dataverse_emulator.metadata.catalog import CHOICE_TYPES, Catalog, Column, ColumnType, Table
from dataverse_emulator.metadata.relationships import ManyToMany
from dataverse_emulator.values import read_guid

_LOOKUP_TABLE = "@Microsoft.Dynamics.CRM.lookuplogicalname"
_TRUE, _FALSE = frozenset({"true", "1", "yes"}), frozenset({"false", "0", "no"})


class Converter:
    """Brings rows of one table into form; what is no column is told once, and left out."""

    def __init__(self, catalog: Catalog, table: Table) -> None:
        self._catalog = catalog
        self._table = table
        self.unknown: dict[str, None] = {}

    def row(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """One row: column or property names → text, or JSON values.

        A lookup is ``{"table": ..., "id": ...}``, ``table:id`` or an id alone where it can point to one table only;
        the Web API's ``_x_value`` with its annotation is read too.

        Raises:
            EmulatorError: 0x80040203 for a value that does not fit its column.
        """
        found: dict[str, Any] = {}
        for name, value in given.items():
            if "@" in name:
                continue
            column = self._table.columns.get(name) or self._table.properties.get(name)
            if column is None or not column.is_stored:
                if column is None:
                    self.unknown[name] = None
                continue
            if value is None or value == "":
                continue
            found[column.logical_name] = self._value(column, value, given.get(name + _LOOKUP_TABLE))
        return found

    def _value(self, column: Column, value: Any, told_table: Any) -> Any:
        if column.is_lookup:
            return self._lookup(column, value, told_table)
        read = _READERS.get(column.type)
        try:
            if column.type is ColumnType.DATE_TIME:
                moment = _moment(value)
                return moment[:10] if column.is_date_only else moment
            return value if read is None else read(value)
        except (TypeError, ValueError):
            raise _misfit(column, value) from None

    def _lookup(self, column: Column, value: Any, told_table: Any) -> dict[str, str]:
        table, id = told_table, value
        if isinstance(value, Mapping):
            table, id = value.get("table"), value.get("id")
        elif isinstance(value, str) and ":" in value:
            table, _, id = value.partition(":")
        if not table:
            if len(column.targets) != 1 and column.type is not ColumnType.OWNER:
                raise error(
                    "InvalidArgument",
                    message=f"The lookup {column.table}.{column.logical_name} can point to several tables: "
                    "write table:id.",
                )
            table = "systemuser" if column.type is ColumnType.OWNER else column.targets[0]
        if self._catalog.find(str(table)) is None:
            raise _misfit(column, value)
        return {"table": str(table), "id": _guid(id)}


def find_table(catalog: Catalog, name: str) -> Table:
    """The table of a logical or entity set name.

    Raises:
        EmulatorError: 0x80041102 when there is none.
    """
    return catalog.find(name) or catalog.find_set(name) or catalog.table(name)


def find_link(catalog: Catalog, table: Table, name: str) -> ManyToMany | None:
    """The N:N relationship of a table by its schema name, or the name of its intersect table."""
    for each in catalog.links_of(table.logical_name):
        if name in (each.schema_name, each.intersect_table):
            return each
    return None


def _misfit(column: Column, value: Any) -> Exception:
    text = str(value)[:100]
    return error(
        "InvalidArgument", message=f"The value '{text}' does not fit the column {column.table}.{column.logical_name}."
    )


def _guid(value: Any) -> str:
    found = read_guid(value)
    if found is None:
        raise error("InvalidArgument", message=f"'{str(value)[:100]}' is no identifier.")
    return found


def _boolean(value: Any) -> bool:
    text = str(value).strip().lower()
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    raise ValueError


def _moment(value: Any) -> str:
    """A date or a time of UTC as stored text; data files have either ``T`` or a blank in the middle."""
    moment = datetime.fromisoformat(str(value).strip())
    if moment.tzinfo is not None:
        moment = moment.astimezone(UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _number(value: Any) -> float:
    if isinstance(value, bool):
        raise TypeError
    return float(value)


def _integer(value: Any) -> int:
    if isinstance(value, bool):
        raise TypeError
    return int(value)


def _choices(value: Any) -> str:
    """The values of a multi-select column, joined by commas."""
    listed = value if isinstance(value, list) else str(value).replace("[", "").replace("]", "").split(",")
    numbers = [int(each) for each in listed if str(each).strip() not in ("", "-1")]
    return ",".join(map(str, numbers))


_READERS: dict[ColumnType, Callable[[Any], Any]] = {
    ColumnType.STRING: str,
    ColumnType.MEMO: str,
    ColumnType.ENTITY_NAME: str,
    ColumnType.BOOLEAN: _boolean,
    ColumnType.INTEGER: _integer,
    ColumnType.BIG_INT: _integer,
    ColumnType.DECIMAL: _number,
    ColumnType.DOUBLE: _number,
    ColumnType.MONEY: _number,
    ColumnType.UNIQUEIDENTIFIER: _guid,
    ColumnType.MULTI_SELECT: _choices,
    **dict.fromkeys(CHOICE_TYPES, _integer),
}
