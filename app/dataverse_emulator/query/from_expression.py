"""Queries as parameters of messages: FetchExpression and QueryExpression in the form of JSON (contract 05 §8, 08).

A QueryExpression becomes the nodes that FetchXML is read to, so one binder serves both.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dataverse_emulator.errors import error, not_emulated
from dataverse_emulator.metadata.catalog import Catalog
from dataverse_emulator.query.fetch_nodes import Fetch, FetchCondition, FetchEntity, FetchFilter
from dataverse_emulator.query.fetch_reader import read_fetch
from dataverse_emulator.query.from_fetchxml import bind_fetch
from dataverse_emulator.query.model import Query
from dataverse_emulator.query.operators import FUNCTIONS

# Operators that have no query function, which would have their name
_PLAIN = {
    "Equal": "eq",
    "NotEqual": "ne",
    "GreaterThan": "gt",
    "LessThan": "lt",
    "GreaterEqual": "ge",
    "LessEqual": "le",
    "Like": "like",
    "NotLike": "not-like",
    "Null": "null",
    "NotNull": "not-null",
    "BeginsWith": "begins-with",
    "DoesNotBeginWith": "not-begin-with",
    "EndsWith": "ends-with",
    "DoesNotEndWith": "not-end-with",
}


def bind_expression(expression: Any, catalog: Catalog) -> Query:
    """The query of a FetchExpression or QueryExpression: which rows, not which columns.

    Args:
        expression: the complex value as a dictionary; ``@odata.type`` may be absent.

    Raises:
        EmulatorError: 0x80040203 for what is no query, those of ``bind_fetch``; 501 for links and other kinds.
    """
    if not isinstance(expression, Mapping):
        raise error("InvalidArgument", message="Required field 'Query' is missing")
    kind = str(expression.get("@odata.type") or "").rpartition(".")[2]
    text = expression.get("Query")
    if kind in ("", "FetchExpression") and isinstance(text, str):
        return bind_fetch(read_fetch(text), catalog)
    if kind not in ("", "QueryExpression"):
        raise not_emulated(f"queries of the type {kind}")
    name = expression.get("EntityName")
    if not isinstance(name, str):
        raise error("InvalidArgument", message="The query names no entity.")
    if expression.get("LinkEntities"):
        raise not_emulated("links of a QueryExpression in a parameter")
    criteria = expression.get("Criteria")
    filters = (_filter(criteria),) if isinstance(criteria, Mapping) else ()
    top = expression.get("TopCount")
    entity = FetchEntity(name, no_attributes=True, filters=filters)
    return bind_fetch(Fetch(entity, top=top if isinstance(top, int) and top > 0 else None), catalog)


def _filter(given: Mapping[str, Any]) -> FetchFilter:
    conditions = [_condition(each) for each in _mappings(given.get("Conditions"))]
    filters = [_filter(each) for each in _mappings(given.get("Filters"))]
    return FetchFilter((*conditions, *filters), any_=given.get("FilterOperator") == "Or")


def _condition(given: Mapping[str, Any]) -> FetchCondition:
    operator = str(given.get("Operator"))
    known = _PLAIN.get(operator) or (FUNCTIONS[operator].value if operator in FUNCTIONS else None)
    if known is None:
        raise error("InvalidArgument", message=f"The condition operator '{operator[:100]}' is not valid.")
    values = given.get("Values")
    texts = tuple(_text(value) for value in (values if isinstance(values, list) else ()))
    return FetchCondition(str(given.get("AttributeName")), known, texts)


def _text(value: Any) -> str:
    """A value as FetchXML writes it; clients wrap it with its type (``Object``)."""
    plain = value.get("Value") if isinstance(value, Mapping) else value
    return str(plain).lower() if isinstance(plain, bool) else str(plain)


def _mappings(items: Any) -> list[Mapping[str, Any]]:
    return [each for each in items if isinstance(each, Mapping)] if isinstance(items, list) else []
