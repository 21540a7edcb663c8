"""Values of rows from outside in the form in which ``messages.loading`` takes them."""

from __future__ import annotations

import base64
import binascii
import math
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from dataverse_emulator.errors import error
from dataverse_emulator.messages.activities import PARTY_TABLE
from dataverse_emulator.messages.validation import Rule, check_target, choice_error, compile_rule
from dataverse_emulator.metadata.catalog import CHOICE_TYPES, Catalog, Column, ColumnType, Table
from dataverse_emulator.metadata.relationships import ManyToMany
from dataverse_emulator.values import read_guid

_LOOKUP_TABLE = "@Microsoft.Dynamics.CRM.lookuplogicalname"
_TRUE, _FALSE = frozenset({"true", "1", "yes"}), frozenset({"false", "0", "no"})
_BEYOND_64_BITS = 2**63
VERSION = "versionnumber"  # counts the changes of one environment: of no use in another


class Converter:
    """Brings rows of one table into form; what is not taken is told once a column, and left out."""

    def __init__(self, catalog: Catalog, table: Table) -> None:
        self._catalog = catalog
        self._table = table
        self._rules: dict[str, Rule | None] = {}
        self.remarks: dict[str, None] = {}

    def row(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """One row: column or property names → text, or JSON values; an empty text is null.

        A lookup is ``{"table": ..., "id": ...}``, ``table:id`` or an id alone where it can point to one table only;
        the Web API's ``_x_value`` with its annotation is read too. A row without key may have it under ``@id``.

        Raises:
            EmulatorError: 0x80040203 for a value that does not fit its column, and what a Create would say to it.
        """
        found: dict[str, Any] = {}
        for name, value in given.items():
            if "@" in name:
                continue
            column = self._table.columns.get(name) or self._table.properties.get(name)
            if column is None:
                self._remark(name, "no such column")
            elif column.type is ColumnType.FILE:
                if value not in (None, ""):
                    self._remark(name, "contents of file columns are not imported")
            elif column.is_stored and column.logical_name != VERSION:
                empty = value is None or value == ""
                told = given.get(name + _LOOKUP_TABLE)
                found[column.logical_name] = None if empty else self._value(column, value, told)
        key = self._table.primary_id
        if found.get(key) is None:
            found.pop(key, None)
            if given.get("@id"):
                found[key] = _guid(given["@id"])
        return found

    def _remark(self, name: str, text: str) -> None:
        self.remarks[f"{self._table.logical_name}.{name}: {text}"] = None

    def _value(self, column: Column, value: Any, told_table: Any) -> Any:
        if column.is_lookup:
            return self._lookup(column, value, told_table)
        read = _READERS.get(column.type)
        try:
            if column.type is ColumnType.DATE_TIME:
                value = _day(value) if column.is_date_only else _moment(value)
            elif read is not None:
                value = read(value)
        except (TypeError, ValueError, OverflowError):
            raise _misfit(column, value) from None
        if column.type in _STATES and column.labels and value not in column.labels:
            raise choice_error(column, value)
        name = column.logical_name
        if name not in self._rules:
            self._rules[name] = compile_rule(column)
        rule = self._rules[name]
        return value if rule is None else rule(value)

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
        target = self._catalog.find(str(table)) or self._catalog.find_set(str(table))
        if target is None:
            raise _misfit(column, value if isinstance(value, str) else table)
        is_principal = target.base == "owner"
        if column.type is ColumnType.OWNER:
            if not is_principal:
                raise _misfit(column, target.logical_name)
        elif self._table.logical_name != PARTY_TABLE or not is_principal:  # any owner is a party, teams too
            check_target(self._catalog, column, target.logical_name, target.base)
        return {"table": target.logical_name, "id": _guid(id)}


def find_table(catalog: Catalog, name: str) -> Table:
    """The table of a logical or entity set name.

    Raises:
        EmulatorError: 0x80041102 when there is none.
    """
    return catalog.find(name) or catalog.find_set(name) or catalog.table(name)


def find_link(catalog: Catalog, name: str, table: Table | None = None) -> ManyToMany | None:
    """The N:N relationship of that schema name, or whose pairs are in the table of that name; of ``table`` or any."""
    of = [table.logical_name] if table is not None else catalog.table_names
    for each in of:
        for many in catalog.links_of(each):
            if name in (many.schema_name, many.intersect_table):
                return many
    return None


def _misfit(column: Column, value: Any) -> Exception:
    text = value[:100] if isinstance(value, str) else f"a value of type {type(value).__name__}"
    if isinstance(value, int | float) and abs(value) < _BEYOND_64_BITS:
        text = str(value)
    return error(
        "InvalidArgument", message=f"The value '{text}' does not fit the column {column.table}.{column.logical_name}."
    )


def _guid(value: Any) -> str:
    found = read_guid(value)
    if found is None:
        text = value[:100] if isinstance(value, str) else f"a value of type {type(value).__name__}"
        raise error("InvalidArgument", message=f"'{text}' is no identifier.")
    return found


def _text(value: Any) -> str:
    if not isinstance(value, str | int | float):
        raise TypeError
    return str(value)


def _image(value: Any) -> str:
    try:
        base64.b64decode(value, validate=True)
    except binascii.Error:
        raise ValueError from None
    return str(value)


def _boolean(value: Any) -> bool:
    if isinstance(value, Mapping):
        value = value.get("Value")  # a managed property
    text = str(value).strip().lower()
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    raise ValueError


def _moment(value: Any) -> str:
    """A time of UTC as stored text; data files have either ``T`` or a blank in the middle."""
    moment = datetime.fromisoformat(str(value).strip())
    if moment.tzinfo is not None:
        moment = moment.astimezone(UTC)
    return f"{moment.replace(tzinfo=None, microsecond=0).isoformat()}Z"


def _day(value: Any) -> str:
    """The date of a text; what stands behind it is no part of the value."""
    return datetime.fromisoformat(str(value).strip()).date().isoformat()


def _number(value: Any) -> float:
    if isinstance(value, bool):
        raise TypeError
    number = float(value)
    if not math.isfinite(number):
        raise ValueError
    return number


def _integer(value: Any) -> int:
    if isinstance(value, bool):
        raise TypeError
    number = int(value)
    if not -_BEYOND_64_BITS <= number < _BEYOND_64_BITS or (isinstance(value, float) and number != value):
        raise ValueError
    return number


def _choices(value: Any) -> str:
    """The values of a multi-select column, joined by commas."""
    listed = value if isinstance(value, list) else str(value).replace("[", "").replace("]", "").split(",")
    numbers = [_integer(each) for each in listed if str(each).strip() not in ("", "-1")]
    return ",".join(map(str, numbers))


_STATES = frozenset({ColumnType.STATE, ColumnType.STATUS})
_READERS: dict[ColumnType, Callable[[Any], Any]] = {
    ColumnType.STRING: _text,
    ColumnType.MEMO: _text,
    ColumnType.ENTITY_NAME: _text,
    ColumnType.IMAGE: _image,
    ColumnType.BOOLEAN: _boolean,
    ColumnType.MANAGED_PROPERTY: _boolean,
    ColumnType.INTEGER: _integer,
    ColumnType.BIG_INT: _integer,
    ColumnType.DECIMAL: _number,
    ColumnType.DOUBLE: _number,
    ColumnType.MONEY: _number,
    ColumnType.UNIQUEIDENTIFIER: _guid,
    ColumnType.MULTI_SELECT: _choices,
    **dict.fromkeys(CHOICE_TYPES, _integer),
}
