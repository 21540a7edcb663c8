"""Calls of actions and functions: found in the catalogue, bound to messages, their results brought into shape
(contract 01 §10, 05 §1.2 and §1.9, 04 §7)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from dataverse_emulator.errors import error, payload_error
from dataverse_emulator.messages import base
from dataverse_emulator.messages.base import OperationResult, Target
from dataverse_emulator.metadata.catalog import Catalog, Table
from dataverse_emulator.metadata.operations import ANY_TABLE, Operation, OperationCatalogue, Parameter, catalogue
from dataverse_emulator.service import Service
from dataverse_emulator.values import Reference
from dataverse_emulator.web.webapi.json_values import unexpected_node
from dataverse_emulator.web.webapi.parameters import ABSTRACT, ParameterBinder, local_name, plain_argument
from dataverse_emulator.web.webapi.unsaved import represent_unsaved
from odata_protocol.context import collection_context, collection_type_context, entity_context, type_context
from odata_protocol.syntax import Expression, Segment

NAMESPACE = "Microsoft.Dynamics.CRM."
OPEN_ROW = "expando"

# Parameters that the metadata calls required and the documentation optional (contract 05 §8).
OPTIONAL = frozenset(
    {
        ("Merge", "UpdateContent"),
        ("InsertOptionValue", "ParentValues"),
        ("UpdateOptionValue", "ParentValues"),
        ("BulkDetectDuplicates", "SendEmailNotification"),
        ("BulkDetectDuplicates", "TemplateId"),
        ("BulkDetectDuplicates", "ToRecipients"),
        ("BulkDetectDuplicates", "CCRecipients"),
        ("BulkDetectDuplicates", "RecurrencePattern"),
        ("BulkDetectDuplicates", "RecurrenceStartTime"),
        ("AddSolutionComponent", "IncludedComponentSettingsValues"),
        ("UpdateSolutionComponent", "IncludedComponentSettingsValues"),
    }
)
# Parameters that clients send although the metadata lacks them (contract 05 §8).
UNDECLARED = {
    ("InitializeFrom", "SkipParentalRelationshipMapping"): Parameter(
        "SkipParentalRelationshipMapping", "Edm.Boolean", nullable=True
    )
}
# Messages that miss their parameters themselves, after a look at the row they are bound to (contract 05 §1.3).
CHECKED_BY_MESSAGE = frozenset({"QualifyLead"})


class Place(Protocol):
    """What an operation is bound to: one row, which has a ``target`` (that may be None), or a collection."""

    @property
    def table(self) -> Table:
        """The table of the row or of the rows."""
        ...


def find_operation(name: str, place: Place | None, service: Service) -> Operation | None:
    """The operation of that name (without namespace) that can be called there, or None; unbound where ``place`` is.

    The platform's own ones come first, then the environment's custom APIs.
    """
    if place is None:
        return catalogue().find_unbound(name) or service.customs.find(name)
    table, collection = place.table, not hasattr(place, "target")
    found = catalogue().find_bound(name, table.logical_name, table.base, collection=collection)
    return found or service.customs.find(name, table.logical_name, collection=collection)


def bind_action(
    definition: Operation,
    body: Any,
    target: Target | None,
    table: Table | None,
    catalog: Catalog,
    root: str,
    *,
    types: OperationCatalogue | None = None,
) -> base.Operation:
    """The message for the call of an action.

    Args:
        body: the parsed JSON body; None where the request has none.
        target: the row to which the action is bound.
        table: the table of that row, or of the collection.
        root: service root URL of the request.
        types: enumerations and complex types; those that ship with the emulator by default.

    Raises:
        EmulatorError: the body is no object, a name is unknown (E-96), a required parameter is missing (E-95), a value
            does not fit (E-98).
    """
    name = table.entity_set_name if table is not None else definition.name
    if body is None:
        body = {}
    if not isinstance(body, dict):
        found = "StartArray" if isinstance(body, list) else "PrimitiveValue"
        raise payload_error(name, str(unexpected_node(found, "StartObject")))
    binder = ParameterBinder(catalog, root, types or catalogue(), name)
    parameters = {}
    for member, value in body.items():
        parameter = definition.parameter(member)
        if parameter is None:
            if "@" in member and not member.endswith("@odata.bind"):
                continue
            raise error("UnknownParameter", parameter=member, operation=definition.name)
        if value is not None:
            parameters[member] = binder.bind(parameter, value)
    _check_required(definition, parameters)
    return base.Operation(definition.name, target, table, parameters)


def bind_function(
    definition: Operation,
    arguments: Iterable[tuple[str, Expression]],
    aliases: Mapping[str, Expression],
    target: Target | None,
    table: Table | None,
    catalog: Catalog,
    root: str,
    *,
    types: OperationCatalogue | None = None,
) -> base.Operation:
    """The message for the call of a function.

    Args:
        arguments: the named arguments of the call (``named_arguments``).
        aliases: the parameter aliases of the request by name without ``@``.

    Raises:
        EmulatorError: as ``bind_action``; an alias without a value is null (contract 01 §10), which a required
            parameter cannot be.
    """
    name = table.entity_set_name if table is not None else definition.name
    binder = ParameterBinder(catalog, root, types or catalogue(), name)
    parameters = {}
    for member, expression in arguments:
        parameter = definition.parameter(member) or UNDECLARED.get((definition.name, member))
        if parameter is None:
            raise error("UnknownParameter", parameter=member, operation=definition.name)
        value = plain_argument(expression, aliases, member)
        if value is not None:
            parameters[member] = binder.bind(parameter, value)
    _check_required(definition, parameters)
    return base.Operation(definition.name, target, table, parameters)


def named_arguments(segment: Segment) -> tuple[tuple[str, Expression], ...]:
    """The arguments of a function's segment; ``F(x=1)`` is read as a key, for names alone do not tell.

    Raises:
        EmulatorError: a value without a name.
    """
    arguments = segment.arguments or (segment.key.values if segment.key is not None else ())
    if any(not name for name, _ in arguments):
        raise error("UnresolvedParameters")
    return arguments


def _check_required(definition: Operation, given: Mapping[str, Any]) -> None:
    if definition.name in CHECKED_BY_MESSAGE:
        return
    for parameter in definition.parameters:
        if parameter.nullable or parameter.name in given or (definition.name, parameter.name) in OPTIONAL:
            continue
        raise error("InvalidArgument", message=f"Required field '{parameter.name}' is missing")


@dataclass(frozen=True, slots=True)
class Answer:
    """The shape of an operation's answer.

    Attributes:
        context: what follows ``$metadata`` in the context URL.
        members: the members behind the context where no rows are answered.
        rows: rows to be answered in full, in order; None where there are none to read.
        is_collection: the rows stand in ``value``, else the one row is the body.
        is_typed: the declared type is abstract, so every row carries ``@odata.type``.
    """

    context: str
    members: dict[str, Any] | None = None
    rows: tuple[Reference, ...] | None = None
    is_collection: bool = False
    is_typed: bool = False

    def body(self, root: str, items: Sequence[dict[str, Any]] = ()) -> dict[str, Any]:
        """The JSON body.

        Args:
            root: service root URL of the request.
            items: the rows as JSON objects, in the order of ``rows``.
        """
        body: dict[str, Any] = {"@odata.context": f"{root}$metadata{self.context}"}
        if self.rows is None:
            body.update(self.members or {})
            return body
        if self.is_typed:
            items = [_typed(reference, item) for reference, item in zip(self.rows, items, strict=True)]
        if self.is_collection:
            body["value"] = list(items)
        else:
            body.update(items[0])
        return body


def represent_operation(definition: Operation, result: OperationResult, catalog: Catalog) -> Answer | None:
    """The shape of the answer of an operation, or None for 204 without body.

    Rows are read and turned to JSON by the caller, who hands them to ``Answer.body``.
    """
    declared = definition.return_type
    if result.unsaved is not None:
        row = result.unsaved
        return Answer(entity_context(row.table.entity_set_name), represent_unsaved(row, catalog))
    if result.rows is not None:
        rows = tuple(result.rows)
        is_collection = declared is not None and declared.collection
        name = local_name(declared.name) if declared is not None else ANY_TABLE
        is_typed = name in ABSTRACT
        if is_collection:
            known = catalog.find(name)
            context = (
                collection_type_context(NAMESPACE + name)
                if is_typed or known is None
                else collection_context(known.entity_set_name)
            )
            return Answer(context, None, rows, True, is_typed)
        if not rows:
            return None
        return Answer(entity_context(catalog.table(rows[0].table).entity_set_name), None, rows[:1], False, is_typed)
    if result.members is None:
        return None
    if declared is not None and declared.name.startswith("Edm."):
        type_text = declared.name
    else:
        type_text = NAMESPACE + (local_name(declared.name) if declared is not None else definition.name + "Response")
    in_list = declared is not None and declared.collection
    if type_text == NAMESPACE + OPEN_ROW and not in_list:
        return Answer(entity_context(OPEN_ROW), _open_row(result.members))
    table = catalog.find(type_text.removeprefix(NAMESPACE)) if in_list else None
    if table is not None:  # rows that are kept nowhere: they come as members
        return Answer(collection_context(table.entity_set_name), dict(result.members))
    context = collection_type_context(type_text) if in_list else type_context(type_text)
    return Answer(context, dict(result.members))


def _open_row(members: Mapping[str, Any]) -> dict[str, Any]:
    """An entity that has no table, with its types in front of it and of those that stand in it."""
    row: dict[str, Any] = {"@odata.type": f"#{NAMESPACE}{OPEN_ROW}"}
    for name, value in members.items():
        if isinstance(value, list) and (not value or isinstance(value[0], dict)):
            row[f"{name}@odata.type"] = f"#Collection({NAMESPACE}{OPEN_ROW})"
            value = [_open_row(each) if isinstance(each, dict) else each for each in value]
        row[name] = _open_row(value) if isinstance(value, dict) else value
    return row


def _typed(reference: Reference, item: dict[str, Any]) -> dict[str, Any]:
    """A row with its type in front."""
    return {"@odata.type": f"#{NAMESPACE}{reference.table}", **item}
