"""POST, PATCH, PUT and DELETE of rows, properties and references, turned into messages (contract 02 §1, §3, §4, §7)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from dataverse_emulator.errors import error
from dataverse_emulator.messages.base import (
    Associate,
    Create,
    Delete,
    Disassociate,
    KeyReference,
    Related,
    Retrieve,
    Target,
    Update,
    Upsert,
    Upserted,
)
from dataverse_emulator.messages.base import (
    Record as NewRecord,
)
from dataverse_emulator.metadata.catalog import ColumnType, Navigation, NavigationKind, Table
from dataverse_emulator.values import Reference
from dataverse_emulator.web.exchange import WebResponse
from dataverse_emulator.web.webapi.bind import PARTIES, bind_property_value, bind_record, bind_reference, check_type
from dataverse_emulator.web.webapi.call import Call
from dataverse_emulator.web.webapi.elastic import key_text, session_headers
from dataverse_emulator.web.webapi.later import later
from dataverse_emulator.web.webapi.locating import identify, locate
from dataverse_emulator.web.webapi.queries import Bound, bind_row
from dataverse_emulator.web.webapi.reading import demand_json, record_response
from dataverse_emulator.web.webapi.resources import Collection, Property, Record, References
from dataverse_emulator.web.webapi.responses import Header, no_content

_CONTENTS = (ColumnType.FILE, ColumnType.IMAGE)
_is_content: Callable[[Call, Property], bool] = later("contents", "is_content")
_upload: Callable[[Call, Property], WebResponse] = later("contents", "upload")
_remove: Callable[[Call, Property], WebResponse] = later("contents", "remove")


def create_record(call: Call, collection: Collection) -> WebResponse:
    """POST on an entity set, or on a collection of another row: the new row is linked with that one then."""
    table = collection.table
    call.check_body()
    bound = _representation(call, table)
    body = call.json(table.entity_set_name)
    check_type(table, body, call.service.catalog)
    record = bind_record(table, body, call.service.catalog, call.root, for_update=False)
    if collection.parent is not None:
        _link_to_parent(call, record, collection)
    solution = call.header("mscrm.solutionuniquename")
    id: str = call.service.execute(Create(record, call.suppresses_duplicates, solution), call.caller)
    session = session_headers(call, table)
    if bound is not None:
        return _show(call, 201, table, Reference(table.logical_name, id), bound, session)
    return no_content(*_entity_id(f"{call.root}{table.entity_set_name}({key_text(table, id)})"), *session)


def update_record(call: Call, record: Record) -> WebResponse:
    """PATCH on a row: update, or upsert where no header forbids it (contract 02 §3.2)."""
    table, target = record.table, _own_target(call, record)
    call.check_body()
    bound = _representation(call, table, expand=False)
    body = call.json(table.entity_set_name)
    demanded, version = _demands(call)
    forbidden = call.tags("if-none-match")
    check_type(table, body, call.service.catalog)
    new = bind_record(table, body, call.service.catalog, call.root, for_update=True)
    done: Upserted = call.service.execute(
        Upsert(
            target,
            new,
            may_create=not demanded,
            may_update=forbidden is None or not forbidden.any,
            version=version,
            suppress_duplicates=call.suppresses_duplicates,
        ),
        call.caller,
    )
    session = session_headers(call, table)
    if bound is not None:
        reference = Reference(table.logical_name, done.id)
        return _show(call, 201 if done.created else 200, table, reference, bound, session)
    key = key_text(table, done.id) if table.is_elastic else record.key or done.id
    return no_content(*_entity_id(f"{call.root}{table.entity_set_name}({key})"), *session)


def replace_record(call: Call, record: Record) -> WebResponse:
    """PUT on a row: by an alternate key clients use it as PATCH (contract 09 §3); by primary key 405 (E-09b)."""
    if record.parent is None and isinstance(record.target, KeyReference):
        return update_record(call, record)
    raise error("MethodNotSupported", method="PUT")


def delete_record(call: Call, record: Record) -> WebResponse:
    """DELETE on a row."""
    target = _own_target(call, record)
    call.refuse_options()
    _, version = _demands(call)
    call.service.execute(Delete(target, version), call.caller)
    return no_content()


def write_property(call: Call, place: Property) -> WebResponse:
    """PUT on a property: its new value stands in ``value``."""
    column = place.column
    if column.type in _CONTENTS and _is_content(call, place):
        return _upload(call, place)
    _refuse_raw(place)
    if column.type is ColumnType.FILE:
        raise error("ODataError", message="The value of a file column is its content.")
    call.check_body()
    call.refuse_options()
    target = _located(call, place.record)
    body = call.json(place.record.table.entity_set_name)
    value = bind_property_value(column, body, place.record.table.entity_set_name)
    return _write_column(call, place, target, value)


def clear_property(call: Call, place: Property) -> WebResponse:
    """DELETE on a property: it becomes null."""
    _refuse_raw(place)
    if place.column.is_lookup:
        raise error("MethodNotSupported", method=call.method)
    if place.column.type is ColumnType.FILE:
        return _remove(call, place)
    call.refuse_options()
    return _write_column(call, place, _located(call, place.record), None)


def upload(call: Call, place: Property) -> WebResponse:
    """PATCH on a property: the content of a file or image column."""
    if place.column.type in _CONTENTS:
        return _upload(call, place)
    raise error("MethodNotSupported", method=call.method)


def takes_parties(collection: Collection) -> bool:
    """The collection is that of an activity's parties."""
    return collection.navigation is not None and collection.navigation.name.endswith(PARTIES)


def replace_collection(call: Call, collection: Collection) -> WebResponse:
    """PUT on a collection: only an activity's parties may be replaced (contract 02 §8)."""
    parent, navigation = collection.parent, collection.navigation
    if parent is None or navigation is None or not takes_parties(collection):
        raise error("MethodNotSupported", method=call.method)
    target = _located(call, parent)
    body = call.json(parent.table.entity_set_name)
    items = body.get("value") if isinstance(body, dict) else body
    members = {navigation.name: items}
    record = bind_record(parent.table, members, call.service.catalog, call.root, for_update=True)
    for related in record.related:
        related.replaces_all = True
    call.service.execute(Update(target, record, call.demanded_version), call.caller)
    return no_content()


# ---- references ------------------------------------------------------------------------------------------------------


def add_reference(call: Call, references: References) -> WebResponse:
    """POST on ``$ref`` of a collection, PUT on that of a single-valued navigation property."""
    place = references.of
    is_single = isinstance(place, Record)
    parent, navigation = _link_ends(place)
    if is_single != (call.method == "PUT") or (is_single and navigation.is_collection):
        raise error("MethodNotSupported", method=call.method)
    call.check_body()
    call.refuse_options()
    target = _located(call, parent)
    body = call.json(parent.table.entity_set_name)
    text = body.get("@odata.id") if isinstance(body, dict) else None
    if text is None:
        raise error("ODataError", message="The reference link does not contain the property '@odata.id'.")
    related = bind_reference(text, call.service.catalog, call.root, navigation)
    call.service.execute(Associate(target, navigation, related, call.demanded_version), call.caller)
    return no_content()


def remove_reference(call: Call, references: References) -> WebResponse:
    """DELETE on ``$ref``: of a single-valued navigation property, of a member by its key, or by ``$id``."""
    place = references.of
    parent, navigation = _link_ends(place)
    related: Target | None = None
    if isinstance(place, Record):
        related = place.target
    else:
        text = call.query.parameter("$id")
        if not text:
            raise error("ODataError", message="The $id query option is required to remove a member of a collection.")
        related = bind_reference(text, call.service.catalog, call.root, navigation)
    message = Disassociate(_located(call, parent), navigation, related, call.demanded_version)
    call.service.execute(message, call.caller)
    return no_content()


def _link_ends(place: Record | Collection) -> tuple[Record, Navigation]:
    if place.parent is None or place.navigation is None:
        raise error("UnknownSegment", segment="$ref")
    return place.parent, place.navigation


# ---- steps -----------------------------------------------------------------------------------------------------------


def _own_target(call: Call, record: Record) -> Target:
    """The row of a path that names it by its own key; other ways to a row lead to no change of it."""
    if record.parent is not None or record.target is None:
        raise error("MethodNotSupported", method=call.method)
    return record.target


def _located(call: Call, record: Record) -> Target:
    target = locate(call, record)
    if target is None:
        raise error("UnknownSegment", segment=record.navigation.name if record.navigation is not None else "")
    return target


def _demands(call: Call) -> tuple[bool, int | None]:
    """What ``If-Match`` demands: that the row exists, and its version."""
    return call.header("if-match") is not None, call.demanded_version


def _entity_id(url: str) -> tuple[Header, Header]:
    return ("OData-EntityId", url), ("Location", url)


def _representation(call: Call, table: Table, *, expand: bool = True) -> Bound | None:
    """How the row is to be shown, bound before anything changes; None where the client wants no representation."""
    if not call.wants_representation:
        if call.request.query:  # wrong options are told all the same
            bind_row(call, table, expand=expand)
        return None
    demand_json(call)
    return bind_row(call, table, expand=expand)


def _show(
    call: Call, status: int, table: Table, reference: Reference, bound: Bound, session: Sequence[Header]
) -> WebResponse:
    rows = call.service.execute(Retrieve(reference, bound.query), call.caller)
    response = record_response(call, status, table, bound, rows, "return")
    response.headers.extend(session)
    return response


def _refuse_raw(place: Property) -> None:
    if place.raw:
        raise error("MethodNotSupported", method="PUT")


def _write_column(call: Call, place: Property, target: Target, value: Any) -> WebResponse:
    table = call.service.catalog.table(target.table)
    record = NewRecord(table, {place.column.logical_name: value})
    call.service.execute(Update(target, record, call.demanded_version, call.suppresses_duplicates), call.caller)
    return no_content(*session_headers(call, table))


def _link_to_parent(call: Call, record: NewRecord, collection: Collection) -> None:
    assert collection.parent is not None
    navigation = collection.navigation
    assert navigation is not None
    parent = identify(call, collection.parent)
    if parent is None:
        raise error("UnknownSegment", segment=navigation.name)
    if navigation.kind is NavigationKind.ONE_TO_MANY:
        record.values[navigation.column] = parent
        return
    for back in record.table.navigation.values():
        if back.relationship == navigation.relationship and back.near_column == navigation.far_column:
            record.related.append(Related(back, [parent]))
            return
    raise error("MethodNotSupported", method=call.method)
