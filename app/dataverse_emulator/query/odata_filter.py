"""``$filter`` to conditions (contract 03 §4, 04 E-40 to E-57)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from dataverse_emulator.errors import EmulatorError, error, not_emulated
from dataverse_emulator.metadata.catalog import CHOICE_TYPES, Column, ColumnType
from dataverse_emulator.query.model import (
    ROOT,
    All,
    Any_,
    ColumnRef,
    Compare,
    Condition,
    Exists,
    Output,
    Query,
    all_of,
    any_of,
)
from dataverse_emulator.query.negation import negate
from dataverse_emulator.query.odata_paths import NAMESPACE, Scope, unknown_property
from dataverse_emulator.query.operators import TURNED, Operator
from dataverse_emulator.values import read_guid
from odata_protocol import syntax
from odata_protocol.syntax import ComparisonOperator, Expression, Literal, Path

_COMPARISONS = {
    ComparisonOperator.EQ: Operator.EQ,
    ComparisonOperator.NE: Operator.NE,
    ComparisonOperator.GT: Operator.GT,
    ComparisonOperator.GE: Operator.GE,
    ComparisonOperator.LT: Operator.LT,
    ComparisonOperator.LE: Operator.LE,
}
_TEXT_FUNCTIONS = {
    "contains": Operator.CONTAINS,
    "startswith": Operator.BEGINS_WITH,
    "endswith": Operator.ENDS_WITH,
}
_KNOWN_FUNCTIONS = frozenset(
    """
    length indexof substring tolower toupper trim concat substringof year month day hour minute second
    fractionalseconds totaloffsetminutes now maxdatetime mindatetime date time totalseconds round floor ceiling isof
    cast matchespattern hassubset hassubsequence case
    """.split()  # noqa: SIM905 - words in a row read better
)
_TRUTHS = (syntax.Comparison, syntax.And, syntax.Or, syntax.Not, syntax.Call, syntax.Lambda)
MAX_CONDITIONS = 500


def bind_filter(expression: Expression, scope: Scope) -> Condition:
    """The condition that an expression means in a scope; joins for its paths are added to the scope.

    Raises:
        EmulatorError: contract 04 §2; 0x8004430C for more than 500 conditions.
    """
    condition = _bind(expression, scope)
    if _size(condition) > MAX_CONDITIONS:
        raise error("TooManyConditions")
    return condition


def _size(condition: Condition) -> int:
    if isinstance(condition, All | Any_):
        return sum(_size(part) for part in condition.parts)
    if isinstance(condition, Exists):
        return 1 + (_size(condition.query.where) if condition.query.where is not None else 0)
    return 1


def _bind(expression: Expression, scope: Scope) -> Condition:
    expression = scope.expand_alias(expression)
    binder = _BINDERS.get(type(expression))
    if binder is None:
        raise error("NodeNotSupported", node=_node_name(expression))
    return binder(expression, scope)


def _bind_and(node: syntax.And, scope: Scope) -> Condition:
    return all_of([_bind(part, scope) for part in node.operands])


def _bind_or(node: syntax.Or, scope: Scope) -> Condition:
    return any_of([_bind(part, scope) for part in node.operands])


def _bind_not(node: syntax.Not, scope: Scope) -> Condition:
    operand = scope.expand_alias(node.operand)
    if isinstance(operand, syntax.Call) and operand.name.startswith(NAMESPACE):
        raise error("ODataError", message="Not operator along with the Custom Named Condition operators is not allowed")
    return negate(_bind(operand, scope))


def _bind_literal(node: Literal, scope: Scope) -> Condition:
    del scope
    if node.value is True:
        return All(())
    if node.value is False:
        return Any_(())
    raise error("ODataError", message="The $filter expression must evaluate to a single boolean value.")


def _bind_path(node: Path, scope: Scope) -> Condition:
    ref = scope.column(node)
    if ref.column.type is not ColumnType.BOOLEAN:
        raise error("ODataError", message="The $filter expression must evaluate to a single boolean value.")
    return Compare(ref, Operator.EQ, (True,))


def _bind_comparison(node: syntax.Comparison, scope: Scope) -> Condition:
    operator = _COMPARISONS.get(node.operator)
    if operator is None:
        raise error("NodeNotSupported", node="BinaryOperator")
    left, right = scope.expand_alias(node.left), scope.expand_alias(node.right)
    if isinstance(left, Literal) and isinstance(right, Path):
        left, right = right, left
        operator = TURNED.get(operator, operator)
    if isinstance(left, Literal) and isinstance(right, Literal):
        return _compare_literals(left, operator, right)
    if not isinstance(left, Path):
        if isinstance(left, _TRUTHS) and isinstance(right, Literal) and isinstance(right.value, bool):
            return _compare_truth(left, operator, right, scope)
        raise error("NodeNotSupported", node=_node_name(left))
    navigation = scope.navigation(left)
    if navigation is not None:
        return _compare_navigation(left, operator, right, scope)
    ref = scope.column(left)
    if isinstance(right, Path):
        return _compare_columns(ref, operator, right, scope)
    if not isinstance(right, Literal):
        raise error("NodeNotSupported", node=_node_name(right))
    return compare(ref, operator, right, node.operator.value)


def _compare_literals(left: Literal, operator: Operator, right: Literal) -> Condition:
    if operator in (Operator.EQ, Operator.NE):
        is_equal = left.value == right.value
        return All(()) if is_equal is (operator is Operator.EQ) else Any_(())
    raise error("NodeNotSupported", node="Constant")


def _compare_truth(left: Expression, operator: Operator, right: Literal, scope: Scope) -> Condition:
    """``contains(name,'a') eq true``: generated by some clients."""
    if operator not in (Operator.EQ, Operator.NE):
        raise error("NodeNotSupported", node="BinaryOperator")
    return _bind(left if right.value is (operator is Operator.EQ) else syntax.Not(left), scope)


def _compare_navigation(left: Path, operator: Operator, right: Expression, scope: Scope) -> Condition:
    found = scope.navigation(left)
    assert found is not None
    navigation, source = found
    if navigation.is_collection:
        raise error("NodeNotSupported", node="CollectionNavigationNode")
    if isinstance(right, Literal) and right.value is None and operator in (Operator.EQ, Operator.NE):
        table = scope.table if source == ROOT else scope.joins[source].table
        null = Operator.NULL if operator is Operator.EQ else Operator.NOT_NULL
        return Compare(ColumnRef(table.column(navigation.column), source), null)
    kind = right.type if isinstance(right, Literal) else "Edm.Guid"
    raise error(
        "IncompatibleTypes",
        left=f"{NAMESPACE}{scope.catalog.table(navigation.target).edm_type_name}",
        right=kind,
        operator=_kind_name(operator),
    )


def _compare_columns(left: ColumnRef, operator: Operator, path: Path, scope: Scope) -> Condition:
    right = scope.column(path)
    if _family(left.column) != _family(right.column):
        raise _incompatible(left.column, str(right.column.edm_type), operator)
    if operator in (Operator.EQ, Operator.NE, Operator.GT, Operator.GE, Operator.LT, Operator.LE):
        return Compare(left, operator, (), right)
    raise error("NodeNotSupported", node="BinaryOperator")


def compare(ref: ColumnRef, operator: Operator, literal: Literal, operator_name: str = "Equal") -> Condition:
    """``column operator literal`` with the literal in the column's form.

    Raises:
        EmulatorError: E-42 when the literal's type does not fit.
    """
    if literal.value is None:
        if operator is Operator.EQ:
            return Compare(ref, Operator.NULL)
        if operator is Operator.NE:
            return Compare(ref, Operator.NOT_NULL)
        return Any_(())  # nothing is greater or less than null
    value = literal_value(ref.column, literal)
    if value is None:
        raise error(
            "IncompatibleTypes",
            left=_type_name(ref.column),
            right=_literal_type(literal),
            operator=operator_name,
        )
    if value == "" and operator in (Operator.EQ, Operator.NE) and ref.column.is_text:
        # the platform stores no empty text: '' and null are the same
        return Compare(ref, Operator.NULL if operator is Operator.EQ else Operator.NOT_NULL)
    return Compare(ref, operator, (value,))


def literal_value(column: Column, literal: Literal) -> Any:
    """The literal in the engine's form for that column, or None when its type does not fit."""
    return _READERS[_family(column)](literal.value)


def _family(column: Column) -> str:
    if column.is_lookup or column.type is ColumnType.UNIQUEIDENTIFIER:
        return "guid"
    if column.type in (ColumnType.FILE, ColumnType.IMAGE):
        return "content"  # compared with null alone (contract 03 §4.2)
    if column.type is ColumnType.BOOLEAN:
        return "boolean"
    if column.type is ColumnType.DATE_TIME:
        return "date" if column.is_date_only else "time"
    if column.type in CHOICE_TYPES or column.edm_type in ("Edm.Int32", "Edm.Int64"):
        return "number"
    if column.edm_type in ("Edm.Decimal", "Edm.Double"):
        return "number"
    return "text"


def _read_guid(value: Any) -> str | None:
    if isinstance(value, UUID):
        return str(value)
    return read_guid(value)


def _read_number(value: Any) -> Any:
    if isinstance(value, bool):
        return None
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, int):
        return value if abs(value) < 2**63 else float(value)
    return value if isinstance(value, float) else None


def _read_time(value: Any) -> str | None:
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if value.year > 1 else None
    if isinstance(value, date):
        return f"{value.isoformat()}T00:00:00Z"
    return None


def _read_date(value: Any) -> str | None:
    if isinstance(value, datetime):
        return value.date().isoformat()
    return value.isoformat() if isinstance(value, date) else None


_READERS: dict[str, Callable[[Any], Any]] = {
    "guid": _read_guid,
    "content": lambda _: None,
    "boolean": lambda value: value if isinstance(value, bool) else None,
    "number": _read_number,
    "time": _read_time,
    "date": _read_date,
    "text": lambda value: value if isinstance(value, str) else None,
}


def _bind_call(node: syntax.Call, scope: Scope) -> Condition:
    if node.name.startswith(NAMESPACE):
        from dataverse_emulator.query.odata_functions import bind_query_function

        return bind_query_function(node, scope)
    operator = _TEXT_FUNCTIONS.get(node.name)
    if operator is None:
        if node.name in _KNOWN_FUNCTIONS or node.name.startswith("geo."):
            raise error("NodeNotSupported", node="SingleValueFunctionCall")
        raise error(
            "ODataError",
            message=f"An unknown function with name '{node.name}' was found. This may also be a function import or a "
            "key lookup on a navigation property, which is not allowed.",
        )
    if len(node.arguments) != 2:
        raise error(
            "ODataError",
            message=f"No function signature for the function with name '{node.name}' matches the specified arguments.",
        )
    subject, value = (scope.expand_alias(argument) for argument in node.arguments)
    if not isinstance(subject, Path):
        raise error("NodeNotSupported", node=_node_name(subject))
    ref = scope.column(subject)
    if not isinstance(value, Literal):
        raise error("NodeNotSupported", node=_node_name(value))
    if value.value is None:
        return Any_(())
    if not isinstance(value.value, str) or _family(ref.column) != "text":
        raise error(
            "ODataError",
            message=f"No function signature for the function with name '{node.name}' matches the "
            f"specified arguments. The function signatures considered are: {node.name}(Edm.String Nullable=true, "
            "Edm.String Nullable=true).",
        )
    return Compare(ref, operator, (value.value,))


def _bind_lambda(node: syntax.Lambda, scope: Scope) -> Condition:
    segments = scope.own_segments(node.path)
    if len(segments) != 1:
        if len(segments) > 1:
            raise error("NodeNotSupported", node="Any")
        raise unknown_property(".".join(node.path.segments), scope.table)
    found = scope.navigation(node.path)
    if found is None:
        if segments[0] in scope.table.properties:
            raise error("NodeNotSupported", node="Any")
        raise unknown_property(segments[0], scope.table)
    navigation, source = found
    if not navigation.is_collection:
        raise error("NodeNotSupported", node="Any")
    target = scope.catalog.table(navigation.target)
    if navigation.column and not target.column(navigation.column).is_stored:
        raise not_emulated(f"the relationship {navigation.relationship.schema_name}")
    inner = Scope(target, scope.catalog, scope.aliases, node.variable, scope)
    where: Condition | None = None
    if node.condition is not None:
        where = _bind(node.condition, inner)
        if node.quantifier == "all":
            where = negate(where)
    key = Output(ColumnRef(target.column(target.primary_id)))
    query = Query(target, (key,), tuple(inner.joins.values()), where)
    return Exists(navigation, query, node.quantifier == "all", source)


def _incompatible(column: Column, other: str, operator: Operator) -> EmulatorError:
    return error("IncompatibleTypes", left=_type_name(column), right=other, operator=_kind_name(operator))


def _type_name(column: Column) -> str:
    return column.edm_type or "Edm.String"


def _literal_type(literal: Literal) -> str:
    return literal.type


def _kind_name(operator: Operator) -> str:
    return next((known.value for known, own in _COMPARISONS.items() if own is operator), "Equal")


_NODE_NAMES: dict[type, str] = {
    syntax.Arithmetic: "BinaryOperator",
    syntax.Negate: "UnaryOperator",
    syntax.InList: "In",
    syntax.CountPath: "Count",
    syntax.Call: "SingleValueFunctionCall",
    syntax.EnumLiteral: "Constant",
    syntax.JsonLiteral: "Constant",
    syntax.Literal: "Constant",
}


def _node_name(expression: Expression) -> str:
    return _NODE_NAMES.get(type(expression), "BinaryOperator")


_BINDERS: dict[type, Callable[[Any, Scope], Condition]] = {
    syntax.And: _bind_and,
    syntax.Or: _bind_or,
    syntax.Not: _bind_not,
    syntax.Literal: _bind_literal,
    syntax.Path: _bind_path,
    syntax.Comparison: _bind_comparison,
    syntax.Call: _bind_call,
    syntax.Lambda: _bind_lambda,
}
