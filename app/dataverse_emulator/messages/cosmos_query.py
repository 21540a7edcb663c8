"""ExecuteCosmosSqlQuery: a query over the documents of an elastic table, page by page (contract 02 §17)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from dataverse_emulator.errors import EmulatorError, error
from dataverse_emulator.messages.base import Context, Operation, OperationResult, operation
from dataverse_emulator.metadata.catalog import Table
from dataverse_emulator.query.cosmos import read_cosmos
from dataverse_emulator.values import PARTITION, Reference

PAGE_SIZE = 1000
MAX_PAGE = 5000
MAX_NUMBER = 2**63

_NUMBERS = {"Int16": int, "Int32": int, "Int64": int, "Double": float, "Decimal": float, "Single": float}


@operation("ExecuteCosmosSqlQuery", reads=True)
def execute_cosmos_query(context: Context, message: Operation) -> OperationResult:
    """Answer a query of Cosmos DB's SQL: the results of one page, whether there are more, and the cookie to them.

    Columns are asked for as ``c.props.<column>``, what stands in a column of JSON as ``c.props.<column>.<member>``.

    Raises:
        EmulatorError: 0x80040203 for a table that is not elastic, a text that is no query and parameters that fit
            none; 0x8004112A for a damaged cookie; 501 for what the query language has and the emulator has not.
    """
    parameters = message.parameters
    table = context.catalog.table(parameters["EntityLogicalName"])
    if not table.is_elastic:
        raise error("InvalidArgument", message=f"The entity {table.logical_name} is not an elastic table.")
    query = read_cosmos(parameters["QueryText"], _values(parameters.get("QueryParameters")))
    results = query.answer(_documents(context, table, parameters.get("PartitionId")))
    start = _start(parameters.get("PagingCookie"))
    size = parameters.get("PageSize")
    end = start + (min(size, MAX_PAGE) if isinstance(size, int) and size > 0 else PAGE_SIZE)
    more = end < len(results)
    cookie = base64.b64encode(orjson.dumps({"start": end})).decode() if more else ""
    return OperationResult({"PagingCookie": cookie, "HasMore": more, "Result": results[start:end]})


def _documents(context: Context, table: Table, within: Any) -> Iterator[Mapping[str, Any]]:
    """The rows of a partition, or of all, as documents; columns without value are absent."""
    for row in context.store.find(table, {PARTITION: within} if within else {}):
        properties = {
            name: _plain(value, is_json=table.columns[name].format == "Json")
            for name, value in row.items()
            if value is not None and name in table.columns
        }
        yield {"id": row[table.primary_id], PARTITION: row[PARTITION], "props": properties}


def _plain(value: Any, *, is_json: bool) -> Any:
    if isinstance(value, Reference):
        return value.id
    if is_json:
        try:
            return orjson.loads(value)
        except orjson.JSONDecodeError:
            return value
    return value


def _values(collection: Any) -> dict[str, Any]:
    """The values of a ParameterCollection by name; each is wrapped with the name of its .NET type."""
    given = collection if isinstance(collection, Mapping) else {}
    keys, values = given.get("Keys") or [], given.get("Values") or []
    if not (isinstance(keys, list) and isinstance(values, list) and len(keys) == len(values)):
        raise error("InvalidArgument", message="Keys and Values of the query parameters do not match.")
    return {str(key): _value(value) for key, value in zip(keys, values, strict=True)}


def _value(given: Any) -> Any:
    if not isinstance(given, Mapping):
        return given
    value, kind = given.get("Value"), str(given.get("Type")).rpartition(".")[2]
    if kind == "Boolean" and isinstance(value, str):
        return value.lower() == "true"
    convert = _NUMBERS.get(kind)
    try:
        converted = value if convert is None or value is None else convert(value)
    except (TypeError, ValueError):
        raise _misfit(kind) from None
    if isinstance(converted, int) and abs(converted) >= MAX_NUMBER:
        raise _misfit(kind)
    return converted


def _misfit(kind: str) -> EmulatorError:
    return error("InvalidArgument", message=f"A query parameter is no value of the type {kind[:50]}.")


def _start(cookie: Any) -> int:
    """The number of results before the page that a cookie leads to."""
    if not cookie:
        return 0
    try:
        start = orjson.loads(base64.b64decode(str(cookie), validate=True))["start"]
    except (binascii.Error, ValueError, TypeError, KeyError):
        raise error("BadCookie") from None
    if not isinstance(start, int) or start < 0:
        raise error("BadCookie")
    return start
