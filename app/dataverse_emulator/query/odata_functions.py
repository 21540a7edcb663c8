"""The platform's query functions ``Microsoft.Dynamics.CRM.*`` in ``$filter`` (contract 03 §8).

Which functions there are and what parameters they take stands in the operator table.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dataverse_emulator.errors import error, not_emulated
from dataverse_emulator.query.conditions import bind_condition
from dataverse_emulator.query.model import ColumnRef, Condition
from dataverse_emulator.query.odata_paths import NAMESPACE, Scope
from dataverse_emulator.query.operators import FUNCTIONS, TRAITS
from odata_protocol import syntax
from odata_protocol.syntax import Expression, JsonLiteral, Literal

_FULL_TEXT = "Contains"


def bind_query_function(node: syntax.Call, scope: Scope) -> Condition:
    """The condition that a query function means.

    Raises:
        EmulatorError: 400 for an unknown function and for parameters that it does not have or that are missing,
            0x80041103 for an unknown column (E-56), the codes of ``bind_condition``, 501 for ``Contains``.
    """
    name = node.name.removeprefix(NAMESPACE)
    if name == _FULL_TEXT:
        raise not_emulated("full text search (the query function Contains)")
    operator = FUNCTIONS.get(name)
    if operator is None:
        raise error(
            "ODataError",
            message=f"An unknown function with name '{node.name}' was found. This may also be a function import or a "
            "key lookup on a navigation property, which is not allowed.",
        )
    traits = TRAITS[operator]
    given = {key: scope.expand_alias(value) for key, value in node.named}
    if node.arguments or len(node.named) != len(given) or given.keys() != {own for own, _ in traits.parameters}:
        signature = ",".join(f"{own}={kind}" for own, kind in traits.parameters)
        raise error(
            "ODataError",
            message=f"No function signature for the function with name '{node.name}' matches the specified arguments. "
            f"The function signatures considered are: {node.name}({signature}).",
        )
    values = [value for own, kind in traits.parameters[1:] for value in _values(given, own, kind)]
    return bind_condition(_column(given["PropertyName"], scope), operator, values, scope.catalog)


def _column(argument: Expression, scope: Scope) -> ColumnRef:
    """The column of a logical name; inside a lambda the range variable may stand before it."""
    if not isinstance(argument, Literal) or not isinstance(argument.value, str):
        raise error("BadQuerySyntax")
    name = argument.value
    if scope.variable is not None:
        name = name.removeprefix(f"{scope.variable}/")
    column = scope.table.columns.get(name) or scope.table.properties.get(name)
    if column is None or not column.is_stored:
        raise error("NoAttribute", table=scope.table.logical_name, attribute=name)
    return ColumnRef(column)


def _values(given: Mapping[str, Expression], name: str, kind: str) -> list[Any]:
    """What was given for a parameter: the members of a list, or one value (a number may stand in quotes)."""
    argument = given[name]
    if kind.startswith("Collection("):
        if isinstance(argument, JsonLiteral) and isinstance(argument.value, list):
            if any(isinstance(member, dict | list) or member is None for member in argument.value):
                raise error("BadCondition")
            return argument.value
        raise error("BadCondition")
    if not isinstance(argument, Literal) or argument.value is None:
        raise error("BadCondition")
    return [argument.text.strip("'") if _is_bare(argument) else argument.value]


def _is_bare(literal: Literal) -> bool:
    """A literal without quotes that is no number: a date or an id where text is expected."""
    return bool(literal.text) and not isinstance(literal.value, str | int | float | bool)
