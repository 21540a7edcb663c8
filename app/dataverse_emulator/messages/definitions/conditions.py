"""``Criteria`` of a metadata query: a filter of conditions becomes a function of a description (contract 07 §10)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, TypeAlias

from dataverse_emulator.errors import EmulatorError, error
from dataverse_emulator.metadata.classes import definition_classes, is_kind_of, members_of
from dataverse_emulator.metadata.describe import Description
from dataverse_emulator.metadata.operations import catalogue

Predicate: TypeAlias = Callable[[Description], bool]

_OPERATORS = ("Equals", "NotEquals", "In", "NotIn", "GreaterThan", "LessThan")
_FILTER_OPERATORS = ("And", "Or")
# Complex values whose ``Value`` is what a condition compares.
_WRAPPED = {
    "mscrm.BooleanManagedProperty": "Edm.Boolean",
    "mscrm.AttributeRequiredLevelManagedProperty": "mscrm.AttributeRequiredLevel",
    "mscrm.AttributeTypeDisplayName": "Edm.String",
    "mscrm.StringFormatName": "Edm.String",
    "mscrm.MemoFormatName": "Edm.String",
    "mscrm.DateTimeBehavior": "Edm.String",
}
_NOT_SEARCHABLE = frozenset({"SourceType"})
_INTEGERS = frozenset({"Edm.Int16", "Edm.Int32", "Edm.Int64"})
_MAX_DEPTH = 20


def make_predicate(criteria: Any, class_name: str, depth: int = 0) -> Predicate:
    """The function that tells whether a definition of a class fits.

    Args:
        criteria: a MetadataFilterExpression: ``FilterOperator``, ``Conditions``, ``Filters``.
        class_name: the class, without namespace; its derived classes' properties count too.

    Raises:
        EmulatorError: 0x80040203 for an unknown operator or property, or a value that does not fit.
    """
    if criteria is None:
        return lambda _: True
    if not isinstance(criteria, Mapping) or depth > _MAX_DEPTH:
        raise refused("Criteria must be a MetadataFilterExpression.")
    parts = [_condition(each, class_name) for each in listed(criteria, "Conditions")]
    parts += [make_predicate(each, class_name, depth + 1) for each in listed(criteria, "Filters")]
    if not parts:
        return lambda _: True
    if _member(criteria.get("FilterOperator", 0), _FILTER_OPERATORS, "FilterOperator") == "Or":
        return lambda description: any(part(description) for part in parts)
    return lambda description: all(part(description) for part in parts)


def listed(value: Mapping[str, Any], name: str) -> list[Any]:
    """A member that is a list; an absent one is empty.

    Raises:
        EmulatorError: 0x80040203 where it is something else.
    """
    found = value.get(name)
    if found is None:
        return []
    if not isinstance(found, list):
        raise refused(f"{name} must be a list.")
    return found


def refused(text: str) -> EmulatorError:
    """0x80040203 with a text."""
    return error("InvalidArgument", message=text)


def _condition(condition: Any, class_name: str) -> Predicate:
    if not isinstance(condition, Mapping):
        raise refused("A condition must be a MetadataConditionExpression.")
    name = str(condition.get("PropertyName"))
    kind = searchable(class_name).get(name)
    if kind is None or name in _NOT_SEARCHABLE:
        raise refused(f"The property '{name}' of {class_name} cannot be used in a condition.")
    inner = _WRAPPED.get(kind)
    operator = _member(condition.get("ConditionOperator", 0), _OPERATORS, "ConditionOperator")
    wanted = _values(condition.get("Value"), inner or kind, name, many=operator in ("In", "NotIn"))

    def value_of(description: Description) -> Any:
        value = description.get(name)
        return value["Value"] if inner is not None and isinstance(value, Mapping) else value

    if operator in ("Equals", "In"):
        return lambda description: value_of(description) in wanted
    if operator in ("NotEquals", "NotIn"):
        return lambda description: value_of(description) not in wanted
    (limit,) = wanted
    if limit is None or isinstance(limit, bool):
        raise refused(f"{operator} needs a value that has an order.")
    if operator == "GreaterThan":
        return lambda description: value_of(description) is not None and value_of(description) > limit
    return lambda description: value_of(description) is not None and value_of(description) < limit


@cache
def searchable(class_name: str) -> Mapping[str, str]:
    """Property → type of those of a class and its derived classes that conditions may name."""
    found: dict[str, str] = {}
    for name in definition_classes():
        if is_kind_of(name, class_name):
            found.update(members_of(name))
    return {name: kind for name, kind in found.items() if _is_searchable(kind)}


def _is_searchable(kind: str) -> bool:
    return kind in _WRAPPED or kind.startswith("Edm.") or kind.removeprefix("mscrm.") in catalogue().enumerations


def _member(value: Any, names: tuple[str, ...], what: str) -> str:
    """The name of an enumeration's member that is given by name or number."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < len(names):
        return names[value]
    if value in names:
        return str(value)
    raise refused(f"'{value}' is no {what}.")


def _values(value: Any, kind: str, name: str, *, many: bool) -> list[Any]:
    """The values of a condition in the form of descriptions; ``{"Type": ..., "Value": ...}`` or plain."""
    if isinstance(value, Mapping):
        value = value.get("Value")
    if not many:
        return [_value(value, kind, name)]
    if isinstance(value, str):
        value = [part.strip(" '\"") for part in value.strip("[]").split(",")]
    if not isinstance(value, list):
        raise refused(f"The value of the condition on '{name}' must be a list.")
    return [_value(each, kind, name) for each in value]


def _value(value: Any, kind: str, name: str) -> Any:
    if isinstance(value, Mapping):
        value = value.get("Value")
    if value is None:
        return None
    if kind == "Edm.Boolean":
        if isinstance(value, bool):
            return value
        if str(value).lower() in ("true", "false"):
            return str(value).lower() == "true"
    elif kind in _INTEGERS:
        if str(value).lstrip("-").isdecimal():
            return int(value)
    elif kind.startswith("mscrm."):
        members = catalogue().enumerations[kind.removeprefix("mscrm.")].members
        by_number = {str(number): member for member, number in members.items()}
        found = by_number.get(str(value), str(value))
        if found in members:
            return found
    elif isinstance(value, str):
        return value.lower() if kind == "Edm.Guid" else value
    raise refused(f"The value '{value}' does not fit the property '{name}'.")
