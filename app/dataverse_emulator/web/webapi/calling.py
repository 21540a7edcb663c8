"""Calls of actions and functions: bound, executed, and their results represented."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from dataverse_emulator.errors import not_emulated
from dataverse_emulator.messages.base import OperationResult, Retrieve, Target
from dataverse_emulator.metadata.operations import Operation
from dataverse_emulator.query.from_odata import bind_record_query
from dataverse_emulator.query.model import Query, Rows
from dataverse_emulator.values import Reference
from dataverse_emulator.web.exchange import WebResponse
from dataverse_emulator.web.webapi.call import Call, no_route
from dataverse_emulator.web.webapi.elastic import session_headers
from dataverse_emulator.web.webapi.later import later
from dataverse_emulator.web.webapi.links import NO_LINKS
from dataverse_emulator.web.webapi.locating import locate
from dataverse_emulator.web.webapi.operations import (
    Answer,
    bind_action,
    bind_function,
    find_operation,
    named_arguments,
    represent_operation,
)
from dataverse_emulator.web.webapi.reading import applied_preferences, content_type, demand_json, shape_of
from dataverse_emulator.web.webapi.represent import represent_rows
from dataverse_emulator.web.webapi.resources import OperationCall, Record, unknown_segment
from dataverse_emulator.web.webapi.responses import dump, no_content, respond
from odata_protocol.syntax import QueryOptions

if TYPE_CHECKING:
    from dataverse_emulator.messages.entity_changes import EntityChanges

SOLUTION = "SolutionUniqueName"

_entity_changes: Callable[[Call, EntityChanges], dict[str, Any]] = later("tracking", "entity_changes")


def call_operation(call: Call, operation: OperationCall) -> WebResponse:
    """Answer the call of an operation.

    Raises:
        EmulatorError: an action by GET or a function by POST (404, ruling R4); whatever the operation says.
    """
    definition = find_operation(operation.name, operation.on, call.service)
    if definition is None:
        raise unknown_segment(operation.segment.name)
    if definition.is_action != (call.method == "POST"):
        raise no_route(call.request)
    if operation.rest:
        raise not_emulated("paths behind the result of a function")
    demand_json(call)
    target: Target | None = None
    if isinstance(operation.on, Record):
        target = locate(call, operation.on)
        if target is None:
            raise unknown_segment(operation.segment.name)
    table = None if operation.on is None else operation.on.table
    catalog = call.service.catalog
    if definition.is_action:
        if operation.segment.key is not None or operation.segment.arguments:
            raise no_route(call.request)
        name = definition.name if table is None else table.entity_set_name
        body = call.json(name) if call.request.body.strip() else None
        message = bind_action(definition, _with_solution(call, definition, body), target, table, catalog, call.root)
    else:
        arguments = named_arguments(operation.segment)
        if not arguments and operation.segment.arguments is None:
            # parameters may also stand in the query, by their own names (inferred)
            arguments = tuple(call.query.aliases.items()) if not definition.parameters else ()
        message = bind_function(definition, arguments, call.query.aliases, target, table, catalog, call.root)
    message = replace(message, version=call.demanded_version, suppress_duplicates=call.suppresses_duplicates)
    result: OperationResult = call.service.execute(message, call.caller)
    if result.failure is not None:
        raise result.failure
    if result.changes is not None:
        result = OperationResult(_entity_changes(call, result.changes))
    answer = represent_operation(definition, result, catalog)
    # deletions tell no session (contract 01 §5)
    session = session_headers(call, table) if definition.is_action and definition.name != "DeleteMultiple" else []
    if answer is None:
        return no_content(*session)
    items = [_read(call, reference, answer) for reference in answer.rows or ()]
    headers = [content_type(shape_of(call)), *applied_preferences(call, "odata.include-annotations"), *session]
    return respond(200, headers, dump(answer.body(call.root, items)))


def _with_solution(call: Call, definition: Operation, body: Any) -> Any:
    """The body with the solution that a header or the query names, for actions that take one (contract 07 §4)."""
    if isinstance(body, dict) and SOLUTION not in body and definition.parameter(SOLUTION) is not None:
        name = call.solution
        return {**body, SOLUTION: name} if name else body
    return body


def _read(call: Call, reference: Reference, answer: Answer) -> dict[str, Any]:
    """One row of a result, in full; ``$select`` and ``$expand`` count where the result has one type."""
    catalog = call.service.catalog
    table = catalog.table(reference.table)
    options = QueryOptions() if answer.is_typed else call.query.options
    key = ("result", table, call.request.query, answer.is_typed, call.annotations.formatted, catalog.version)
    query: Query | None = call.state.find(key)
    if query is None:
        query = bind_record_query(table, options, catalog, labels=call.annotations.formatted)
        call.state.keep(key, query)
    rows: Rows = call.service.execute(Retrieve(reference, query), call.caller)
    shape = replace(shape_of(call), etags=not answer.is_typed)
    return represent_rows(rows, call.state.formats, call.root, shape, NO_LINKS)[0]
