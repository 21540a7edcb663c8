"""The platform's query functions ``Microsoft.Dynamics.CRM.*`` in ``$filter`` (contract 03 §8).

Here are those that need neither a calendar nor a hierarchy; the others are refused as not emulated.
"""

from __future__ import annotations

from typing import Any

from dataverse_emulator.errors import error, not_emulated
from dataverse_emulator.metadata.catalog import Column, ColumnType
from dataverse_emulator.query.model import All, Any_, ColumnRef, Compare, Condition
from dataverse_emulator.query.odata_paths import NAMESPACE, Scope
from dataverse_emulator.query.operators import Operator
from dataverse_emulator.values import read_guid
from odata_protocol import syntax
from odata_protocol.syntax import Expression, JsonLiteral, Literal

_LISTS = {"In": Operator.IN, "NotIn": Operator.NOT_IN}
_RANGES = {"Between": Operator.BETWEEN, "NotBetween": Operator.NOT_BETWEEN}


def bind_query_function(node: syntax.Call, scope: Scope) -> Condition:
    """The condition that a query function means.

    Raises:
        EmulatorError: 0x80041103 for an unknown column (E-56), 0x80041106 for a wrong number of values, 501 for a
            function that is not emulated.
    """
    name = node.name.removeprefix(NAMESPACE)
    given = {key: scope.expand_alias(value) for key, value in node.named}
    if name not in _LISTS and name not in _RANGES:
        raise not_emulated(f"the query function {name}")
    ref = _column(given.get("PropertyName"), scope)
    values = [_value(ref.column, text) for text in _texts(given.get("PropertyValues"))]
    if name in _RANGES:
        if len(values) != 2:
            raise error("BadCondition")
        return Compare(ref, _RANGES[name], tuple(values))
    if not values:
        return Any_(()) if name == "In" else All(())
    return Compare(ref, _LISTS[name], tuple(values))


def _column(argument: Expression | None, scope: Scope) -> ColumnRef:
    if not isinstance(argument, Literal) or not isinstance(argument.value, str):
        raise error("BadQuerySyntax")
    name = argument.value
    if scope.variable is not None:
        name = name.removeprefix(f"{scope.variable}/")
    column = scope.table.columns.get(name) or scope.table.properties.get(name)
    if column is None or not column.is_stored:
        raise error("NoAttribute", table=scope.table.logical_name, attribute=name)
    return ColumnRef(column)


def _texts(argument: Expression | None) -> list[Any]:
    if isinstance(argument, JsonLiteral) and isinstance(argument.value, list):
        return argument.value
    raise error("BadCondition")


def _value(column: Column, given: Any) -> Any:
    """A list member (a string for every type of column) in the engine's form."""
    if column.is_text or column.type is ColumnType.ENTITY_NAME:
        return str(given)
    text = str(given).strip()
    try:
        if column.edm_type in ("Edm.Int32", "Edm.Int64"):
            return int(text)
        if column.edm_type in ("Edm.Decimal", "Edm.Double"):
            return float(text)
    except ValueError:
        raise error("BadAttributeValue") from None
    if column.type is ColumnType.BOOLEAN:
        if text.lower() not in ("true", "false", "0", "1"):
            raise error("BadAttributeValue")
        return text.lower() in ("true", "1")
    if column.edm_type == "Edm.Guid":
        guid = read_guid(text)
        if guid is None:
            raise error("BadAttributeValue")
        return guid
    return text
