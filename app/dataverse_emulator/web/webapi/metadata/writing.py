"""Writes of ``EntityDefinitions`` and its sister sets as messages (contract 07 §4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dataverse_emulator.errors import EmulatorError, error, payload_error
from dataverse_emulator.messages.base import Message
from dataverse_emulator.messages.metadata import kinds
from dataverse_emulator.metadata.classes import (
    FORGOTTEN,
    definition_classes,
    is_kind_of,
    members_of,
    navigation_of,
    plain_class,
)
from dataverse_emulator.metadata.describe import column_id, key_id, option_set_id, relationship_id, table_id
from dataverse_emulator.metadata.operations import Parameter, catalogue
from dataverse_emulator.web.exchange import WebResponse
from dataverse_emulator.web.webapi.call import Call
from dataverse_emulator.web.webapi.metadata.items import ColumnItem, TableItem, definitions_of
from dataverse_emulator.web.webapi.metadata.reading import Place, Reader, read_definitions
from dataverse_emulator.web.webapi.parameters import ParameterBinder
from dataverse_emulator.web.webapi.reading import applied_preferences
from dataverse_emulator.web.webapi.responses import JSON, Header, dump, no_content, respond
from odata_protocol.path import parse_path
from odata_protocol.syntax import QueryOptions, RequestUrl, ResourcePath

_BIND = "@odata.bind"
_BASES = frozenset({"AttributeMetadata", "RelationshipMetadataBase", "OptionSetMetadataBase"})


def write_definitions(call: Call, path: ResourcePath) -> WebResponse:
    """Answer POST, PUT, PATCH or DELETE on definitions.

    Raises:
        EmulatorError: 405 for PATCH and for methods that a place does not have; whatever the messages say.
    """
    definitions = definitions_of(call.service.catalog)
    reader = Reader(RequestUrl(path, QueryOptions(), (), ()), definitions, call.root)
    place = reader.walk()
    if not isinstance(place, Place):
        raise error("MethodNotSupported", method=call.method)
    if call.method == "PATCH":
        raise error("MetadataNotPatchable", kind=place.class_name)
    table = reader.table
    if call.method == "POST":
        return _create(call, place, table)
    if place.item is None:
        raise error("MethodNotSupported", method=call.method)
    if call.method == "DELETE":
        call.service.execute(_deletion(place, table), call.caller)
        return no_content()
    call.service.execute(_update(call, place, table), call.caller)
    url = f"{call.root}{call.path}"
    return no_content(("OData-EntityId", url), ("Location", url))


def _create(call: Call, place: Place, table: str | None) -> WebResponse:
    if place.items is None:
        raise error("MethodNotSupported", method="POST")
    body = _body(call, place.class_name)
    solution = call.solution
    name, catalog = place.class_name, call.service.catalog
    run = call.service.execute
    inside = f"{call.root}{call.path.rstrip('/')}"
    if is_kind_of(name, "EntityMetadata"):
        made = run(kinds.CreateEntity(body, solution), call.caller)
        return _created(call, f"{call.root}EntityDefinitions({table_id(made)})")
    if is_kind_of(name, "AttributeMetadata") and table is not None:
        body.setdefault("@odata.type", f"Microsoft.Dynamics.CRM.{name}" if name != "AttributeMetadata" else None)
        made = run(kinds.CreateAttribute(table, body, solution), call.caller)
        return _created(call, f"{_without_cast(inside)}({column_id(catalog.table(table).column(made))})")
    if is_kind_of(name, "EntityKeyMetadata") and table is not None:
        made = run(kinds.CreateEntityKey(table, body, solution), call.caller)
        return _created(call, f"{inside}({key_id(table, made)})")
    if is_kind_of(name, "RelationshipMetadataBase") and table is None:
        kind = kinds.CreateManyToMany if _declared(body, name).startswith("ManyToMany") else kinds.CreateOneToMany
        made = run(kind(body, solution), call.caller)
        return _created(call, f"{call.root}RelationshipDefinitions({relationship_id(made)})")
    if is_kind_of(name, "OptionSetMetadataBase"):
        declared = _declared(body, name)
        body["@odata.type"] = f"Microsoft.Dynamics.CRM.{declared}"
        made = run(kinds.CreateOptionSet(body, solution), call.caller)
        return _created(call, f"{call.root}GlobalOptionSetDefinitions({option_set_id(made)})")
    raise error("MethodNotSupported", method="POST")


def _declared(body: Mapping[str, Any], declared: str) -> str:
    """The class that a body names, or the one that the path is cast to.

    Raises:
        EmulatorError: neither names one.
    """
    text = body.get("@odata.type")
    found = plain_class(str(text)) if text else declared
    if found not in definition_classes() or found in ("RelationshipMetadataBase", "OptionSetMetadataBase"):
        raise error("ODataError", message="The definition does not say its type: '@odata.type' is missing or unknown.")
    return found


def _without_cast(url: str) -> str:
    head, _, tail = url.rpartition("/")
    return head if "." in tail and "(" not in tail else url


def _created(call: Call, url: str) -> WebResponse:
    """204 with the new definition's address, or 201 with the definition where the client wants it."""
    headers: list[Header] = [("OData-EntityId", url), ("Location", url)]
    if not call.wants_representation:
        return no_content(*headers)
    path = parse_path(url.removeprefix(call.root))
    body = read_definitions(RequestUrl(path, call.query.options, (), ()), call.service.catalog, call.root)
    return respond(201, [JSON, *headers, *applied_preferences(call, "return")], dump(body))


def _update(call: Call, place: Place, table: str | None) -> Message:
    assert place.item is not None
    merge = (call.header("mscrm.mergelabels") or "").strip().lower() == "true"
    item = place.item
    body = _body(call, item.class_name)
    described = item.describe()
    if isinstance(item, TableItem):
        return kinds.UpdateEntity(item.logical_name, body, merge)
    if isinstance(item, ColumnItem):
        return kinds.UpdateAttribute(item.column.table, item.column.logical_name, body, merge)
    if is_kind_of(item.class_name, "EntityKeyMetadata") and table is not None:
        return kinds.UpdateEntityKey(table, described["LogicalName"], body, merge)
    if is_kind_of(item.class_name, "RelationshipMetadataBase"):
        return kinds.UpdateRelationship(described["SchemaName"], body, merge)
    if is_kind_of(item.class_name, "OptionSetMetadataBase") and table is None:
        return kinds.UpdateOptionSet(described["Name"], body, merge)
    raise error("MethodNotSupported", method="PUT")


def _deletion(place: Place, table: str | None) -> Message:
    assert place.item is not None
    item = place.item
    described = item.describe()
    if isinstance(item, TableItem):
        return kinds.DeleteEntity(item.logical_name)
    if isinstance(item, ColumnItem):
        return kinds.DeleteAttribute(item.column.table, item.column.logical_name)
    if is_kind_of(item.class_name, "EntityKeyMetadata") and table is not None:
        return kinds.DeleteEntityKey(table, described["LogicalName"])
    if is_kind_of(item.class_name, "RelationshipMetadataBase"):
        return kinds.DeleteRelationship(described["SchemaName"])
    if is_kind_of(item.class_name, "OptionSetMetadataBase") and table is None:
        return kinds.DeleteOptionSet(described["Name"])
    raise error("MethodNotSupported", method="DELETE")


def _body(call: Call, class_name: str) -> dict[str, Any]:
    """The JSON body, its values checked against the types of the class.

    Raises:
        EmulatorError: it is no object, has members that the class does not have, or values of another type.
    """
    body = call.json(class_name)
    if not isinstance(body, dict):
        raise payload_error(class_name, "A definition must be an object")
    text = body.get("@odata.type")
    named = str(text).rpartition(".")[2] if text else class_name
    known = plain_class(named)
    if not is_kind_of(known, class_name):
        raise _misfit(class_name, named)
    if not text and class_name in _BASES:
        return body  # refused for what it does not say: its type
    for name in body:
        if "@" in name and not name.endswith(_BIND):
            continue
        plain = name.removesuffix(_BIND)
        if plain not in members_of(known) and plain not in navigation_of(known) and plain not in FORGOTTEN:
            raise payload_error(
                class_name,
                f"The property '{name}' does not exist on type 'Microsoft.Dynamics.CRM.{known}'. Make sure to only use "
                "property names that are defined by the type",
            )
    binder = ParameterBinder(call.service.catalog, call.root, catalogue(), class_name)
    bound: dict[str, Any] = binder.bind(Parameter("definition", f"mscrm.{known}"), body)
    return bound


def _misfit(class_name: str, named: str) -> EmulatorError:
    return payload_error(
        class_name,
        f"A resource with type '{named}' was found, but it is not assignable to the expected type "
        f"'Microsoft.Dynamics.CRM.{class_name}'",
    )
