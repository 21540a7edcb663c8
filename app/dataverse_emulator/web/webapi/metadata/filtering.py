"""``$filter`` on definitions (contract 07 §1.2): an expression becomes a function of a description.

Comparisons, ``and``, ``or``, ``not``; properties and one level into a complex value, never into a label. The real
service has no functions here.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, TypeAlias, TypeGuard
from uuid import UUID

from dataverse_emulator.errors import EmulatorError, error
from dataverse_emulator.metadata.classes import NAMESPACE, members_of, navigation_of
from dataverse_emulator.metadata.describe import Description
from dataverse_emulator.metadata.operations import catalogue
from odata_protocol.syntax import (
    Alias,
    And,
    Comparison,
    ComparisonOperator,
    EnumLiteral,
    Expression,
    Literal,
    Not,
    Or,
    Path,
)

Predicate: TypeAlias = Callable[[Description], bool]
Value: TypeAlias = Callable[[Description], Any]
Aliases: TypeAlias = Mapping[str, Expression]

_NUMBERS = frozenset({"Edm.Int16", "Edm.Int32", "Edm.Int64", "Edm.Decimal", "Edm.Double"})

# Complex type → its members that can be compared.
_COMPLEX: dict[str, dict[str, str]] = {
    "mscrm.BooleanManagedProperty": {
        "Value": "Edm.Boolean",
        "CanBeChanged": "Edm.Boolean",
        "ManagedPropertyLogicalName": "Edm.String",
    },
    "mscrm.AttributeRequiredLevelManagedProperty": {
        "Value": "mscrm.AttributeRequiredLevel",
        "CanBeChanged": "Edm.Boolean",
        "ManagedPropertyLogicalName": "Edm.String",
    },
    "mscrm.AttributeTypeDisplayName": {"Value": "Edm.String"},
    "mscrm.StringFormatName": {"Value": "Edm.String"},
    "mscrm.MemoFormatName": {"Value": "Edm.String"},
    "mscrm.DateTimeBehavior": {"Value": "Edm.String"},
    "mscrm.CascadeConfiguration": dict.fromkeys(
        ("Assign", "Delete", "Archive", "Merge", "Reparent", "Share", "Unshare", "RollupView"), "mscrm.CascadeType"
    ),
    "mscrm.AssociatedMenuConfiguration": {
        "Behavior": "mscrm.AssociatedMenuBehavior",
        "Group": "mscrm.AssociatedMenuGroup",
        "Order": "Edm.Int32",
        "AvailableOffline": "Edm.Boolean",
        "IsCustomizable": "Edm.Boolean",
        "Icon": "Edm.String",
        "MenuId": "Edm.String",
        "QueryApi": "Edm.String",
        "ViewId": "Edm.Guid",
    },
}
_NOT_COMPARABLE = frozenset({*_COMPLEX, "mscrm.Label", "mscrm.OptionMetadata"})

# Node → its name in the OData library's messages.
_NODE_NAMES = {
    "Call": "SingleValueFunctionCall",
    "InList": "In",
    "Lambda": "Any",
    "Arithmetic": "BinaryOperator",
    "Negate": "UnaryOperator",
    "Literal": "Constant",
    "Path": "SingleValuePropertyAccess",
    "CountPath": "Count",
}

_EQUALITY = (ComparisonOperator.EQ, ComparisonOperator.NE)
_ORDERED: dict[ComparisonOperator, Callable[[Any, Any], bool]] = {
    ComparisonOperator.GT: operator.gt,
    ComparisonOperator.GE: operator.ge,
    ComparisonOperator.LT: operator.lt,
    ComparisonOperator.LE: operator.le,
}


def make_predicate(expression: Expression, class_name: str, aliases: Aliases) -> Predicate:
    """A function that says whether a description of that class fits the expression.

    Raises:
        EmulatorError: 0x80060888 for unknown properties, types that cannot be compared, nodes the service refuses.
    """
    if isinstance(expression, And):
        parts = [make_predicate(each, class_name, aliases) for each in expression.operands]
        return lambda item: all(part(item) for part in parts)
    if isinstance(expression, Or):
        parts = [make_predicate(each, class_name, aliases) for each in expression.operands]
        return lambda item: any(part(item) for part in parts)
    if isinstance(expression, Not):
        inner = make_predicate(expression.operand, class_name, aliases)
        return lambda item: not inner(item)
    if isinstance(expression, Comparison):
        return _compare(expression, class_name, aliases)
    if isinstance(expression, Path):
        value, kind = _bind_path(expression, class_name)
        if kind == "Edm.Boolean":
            return lambda item: value(item) is True
    raise _refused(expression)


def _compare(comparison: Comparison, class_name: str, aliases: Aliases) -> Predicate:
    left, right, how = _resolved(comparison.left, aliases), _resolved(comparison.right, aliases), comparison.operator
    if isinstance(right, Path) and not isinstance(left, Path):
        mirrored = {"GT": "LT", "GE": "LE", "LT": "GT", "LE": "GE"}
        left, right, how = right, left, ComparisonOperator[mirrored.get(how.name, how.name)]
    if isinstance(left, And | Or | Not | Comparison) and _is_truth(right) and how in _EQUALITY:
        inner, expected = make_predicate(left, class_name, aliases), right.value is (how is ComparisonOperator.EQ)
        return lambda item: inner(item) is expected
    if not isinstance(left, Path):
        raise _refused(left)
    value, kind = _bind_path(left, class_name)
    if isinstance(right, Path):
        other, other_kind = _bind_path(right, class_name)
        if kind != other_kind:
            raise _incompatible(kind, other_kind, how)
        return lambda item: _holds(how, value(item), other(item))
    constant = _constant(right, kind, how)
    if how is ComparisonOperator.HAS:
        wanted = set(str(constant).replace(" ", "").split(","))
        return lambda item: wanted <= set(str(value(item)).replace(" ", "").split(","))
    if how in _ORDERED and kind.startswith("mscrm."):
        raise _incompatible(kind, kind, how)
    return lambda item: _holds(how, value(item), constant)


def _is_truth(expression: Expression) -> TypeGuard[Literal]:
    return isinstance(expression, Literal) and isinstance(expression.value, bool)


def _holds(how: ComparisonOperator, left: Any, right: Any) -> bool:
    # inferred: names of definitions are compared as they are written, unlike text in rows
    if how is ComparisonOperator.EQ:
        return bool(left == right)
    if how is ComparisonOperator.NE:
        return bool(left != right)
    return left is not None and right is not None and _ORDERED[how](left, right)


def _bind_path(path: Path, class_name: str) -> tuple[Value, str]:
    """The function that reads the path from a description, and the type of what it reads."""
    members = members_of(class_name)
    first, *rest = path.segments
    if first not in members:
        if first in navigation_of(class_name):
            raise error("NodeNotSupported", node="CollectionNavigationNode")
        raise error("UnknownProperty", name=first, table=class_name)
    kind = members[first]
    if not rest:
        return operator.itemgetter(first), kind
    inner = _COMPLEX.get(kind, {})
    second = rest[0]
    if len(rest) > 1 or second not in inner:
        if kind == "mscrm.Label":
            raise error("NodeNotSupported", node="SingleComplexNode")
        raise error("UnknownProperty", name=second, table=kind.removeprefix("mscrm."))
    return lambda item: item[first][second], inner[second]


def _constant(literal: Expression, kind: str, how: ComparisonOperator) -> Any:
    """The value of a literal in the form that descriptions have for that type."""
    if isinstance(literal, EnumLiteral):
        enum = literal.type.removeprefix(f"{NAMESPACE}.").removeprefix("mscrm.")
        if kind != f"mscrm.{enum}":
            raise _incompatible(kind, literal.type, how)
        return _member(enum, str(literal.members))
    if not isinstance(literal, Literal):
        raise _refused(literal)
    value = literal.value
    if kind in _NOT_COMPARABLE or kind.startswith("Collection("):
        raise _incompatible(kind, literal.type, how)
    if value is None:
        return None
    if kind == "Edm.Boolean":
        fits = isinstance(value, bool)
    elif kind in _NUMBERS:
        fits = isinstance(value, int | float | Decimal) and not isinstance(value, bool)
    elif kind == "Edm.Guid":
        fits = isinstance(value, UUID)
        value = str(value)
    elif kind == "Edm.DateTimeOffset":
        fits = isinstance(value, date)
        value = _instant(value) if fits else value
    else:  # text, and enums: clients write their members as plain text too
        fits = isinstance(value, str)
    if not fits:
        raise _incompatible(kind, literal.type, how)
    return _member(kind.removeprefix("mscrm."), value) if kind.startswith("mscrm.") else value


def _member(enum: str, text: str) -> str:
    """The text, which must name members of the enumeration.

    Raises:
        EmulatorError: 0x80060888.
    """
    members = catalogue().enumerations[enum].members
    if any(name.strip() not in members for name in text.split(",")):
        raise error(
            "ODataError", message=f"The string '{NAMESPACE}.{enum}'{text}'' is not a valid enumeration type constant."
        )
    return text


def _instant(value: date) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return f"{value.isoformat()}T00:00:00Z"


def _resolved(expression: Expression, aliases: Aliases) -> Expression:
    if isinstance(expression, Alias):
        if expression.name not in aliases:
            raise error("UnresolvedParameters")
        return aliases[expression.name]
    return expression


def _incompatible(left: str, right: str, how: ComparisonOperator) -> EmulatorError:
    return error("IncompatibleTypes", left=left.replace("mscrm.", f"{NAMESPACE}."), right=right, operator=how.value)


def _refused(expression: Expression) -> EmulatorError:
    kind = type(expression).__name__
    return error("NodeNotSupported", node=_NODE_NAMES.get(kind, kind))


def named_tables(expression: Expression | None, table_of_set: Callable[[str], str | None]) -> list[str] | None:
    """The only tables that can fit, where the filter gives them away by name; None where all have to be looked at.

    This spares binding the whole catalog for the most frequent question of clients (contract 09 §1.5). The schema
    name of a table is its logical name in another case.
    """
    if isinstance(expression, Or):
        parts = [named_tables(each, table_of_set) for each in expression.operands]
        return None if None in parts else [name for part in parts if part is not None for name in part]
    if isinstance(expression, And):
        found = (named_tables(each, table_of_set) for each in expression.operands)
        return next((names for names in found if names is not None), None)
    if not isinstance(expression, Comparison) or expression.operator is not ComparisonOperator.EQ:
        return None
    left, right = expression.left, expression.right
    if not isinstance(left, Path) or not isinstance(right, Literal) or not isinstance(right.value, str):
        return None
    if left.segments == ("LogicalName",):
        return [right.value]
    if left.segments == ("SchemaName",):
        return [right.value.lower()]
    if left.segments == ("EntitySetName",):
        name = table_of_set(right.value)
        return [] if name is None else [name]
    return None
