"""JSON bodies to records of the organization service (contract 02 §1, §3, §5, §8; 04 §4, §5).

Members are bound in one loop over the body: a property's converter is found in a table made once, and only what is
no plain property (binds, nested records, annotations, mistakes) takes the long way.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

from dataverse_emulator.errors import EmulatorError, error, payload_error
from dataverse_emulator.messages.base import AlikeRecords, KeyReference, Record, Related
from dataverse_emulator.metadata.catalog import Catalog, Column, Navigation, Table
from dataverse_emulator.values import Reference, read_guid
from dataverse_emulator.web.webapi.json_values import UNCONVERTED, Converter, Misfit, converter, unexpected_node
from dataverse_emulator.web.webapi.references import OWNER, bind_reference, check_target

__all__ = ["bind_alike", "bind_property_value", "bind_record", "bind_reference", "check_type", "declared_table"]

MAX_DEPTH = 10  # no limit is documented; a guard (contract 02 §1.1)

BIND = "@odata.bind"
TYPE = "@odata.type"
ID = "@odata.id"
NAMESPACE = "Microsoft.Dynamics.CRM."
PARTIES = "_activity_parties"


def bind_record(
    table: Table,
    body: Any,
    catalog: Catalog,
    root: str,
    *,
    for_update: bool,
    parameter: bool = False,
    depth: int = 0,
) -> Record:
    """Bind the parsed JSON body of a create or an update.

    Members that the service computes are kept: whether they are dropped is the message's business.

    Args:
        root: service root URL of the request, by which absolute URLs of this service are recognised.
        for_update: nested records and binds of collections are refused (E-36), but for an activity's parties.
        parameter: the record is a parameter of an operation, which is not made as it stands: a nested object with
            nothing but its key, or a bare guid, is a reference then (contract 05 §4, 09 §3).
        depth: how deep in a deep insert this body stands.

    Raises:
        EmulatorError: contract 04 E-20, E-21, E-24 to E-27, E-32 to E-36.
    """
    if body.__class__ is not dict:
        node = "StartArray" if isinstance(body, list) else "PrimitiveValue"
        raise payload_error(table.entity_set_name, str(unexpected_node(node, "StartObject")))
    record = Record(table)
    values = record.values
    rules = table.memo.get(_RULES) or _make_rules(table)
    others: list[tuple[str, Any]] | None = None
    name = ""
    try:
        for name, value in body.items():
            rule = rules.get(name)
            if rule is None:
                if others is None:
                    others = []
                others.append((name, value))
            elif value is None or value.__class__ is rule[2]:
                values[rule[0]] = value
            else:
                values[rule[0]] = rule[1](value)
    except Misfit as problem:
        raise payload_error(table.entity_set_name, str(problem)) from None
    if others is not None:
        _Others(record, catalog, root, for_update, parameter, depth).bind(others)
    return record


def bind_alike(table: Table, bodies: Sequence[Any], catalog: Catalog, root: str) -> AlikeRecords | None:
    """Bind bodies that have the same members and type column by column, each as ``bind_record`` would.

    None where they must be bound one by one: they differ, there are others than plain properties and references among
    their members, or a value does not fit. The first one is a body of the table.
    """
    members, type_name = tuple(bodies[0]), bodies[0].get(TYPE)
    for body in bodies:
        if body.__class__ is not dict or tuple(body) != members or body.get(TYPE) != type_name:
            return None
    rules = table.memo.get(_RULES) or _make_rules(table)
    columns: dict[str, Sequence[Any]] = {}
    for member, values in zip(members, zip(*map(dict.values, bodies), strict=True), strict=True):
        rule = rules.get(member)
        if rule is None and "@" in member and not member.endswith(BIND):
            continue
        try:
            name, column = _plain_column(rule, values) if rule else _bound_column(table, member, values, catalog, root)
        except (Misfit, EmulatorError):
            return None
        if name in columns:
            return None
        columns[name] = column
    return AlikeRecords(table, columns, len(bodies))


def _plain_column(rule: _Rule, values: Sequence[Any]) -> tuple[str, Sequence[Any]]:
    name, convert, unconverted = rule
    if {*map(type, values)} == {unconverted}:
        return name, values
    return name, [None if value is None else convert(value) for value in values]


def _bound_column(
    table: Table, member: str, values: Sequence[Any], catalog: Catalog, root: str
) -> tuple[str, Sequence[Any]]:
    """A lookup that is bound in all bodies; each row that occurs is read once."""
    navigation = table.navigation.get(member.removesuffix(BIND)) if member.endswith(BIND) else None
    column = None if navigation is None or navigation.is_collection else table.columns[navigation.column]
    if navigation is None or column is None or not column.is_lookup or not {*map(type, values)} <= {str, type(None)}:
        raise Misfit(member)
    found = {text: bind_reference(text, catalog, root, navigation) for text in {*values} - {None}}
    return column.logical_name, [found.get(text) for text in values]


def bind_property_value(column: Column, body: Any, entity_set: str | None = None) -> Any:
    """The value of ``PUT set(id)/name`` with the body ``{"value": ...}`` (contract 02 §3.1).

    Raises:
        EmulatorError: the body has no such member or the value does not fit (E-37); the column is a lookup (E-35).
    """
    name = entity_set or column.table
    convert = converter(column)
    if convert is None:
        raise _unknown(name, column.table, column.edm_name or column.logical_name)
    if not isinstance(body, dict) or "value" not in body:
        raise payload_error(name, "A top-level property named 'value' was expected in the payload")
    value = body["value"]
    try:
        return None if value is None else convert(value)
    except Misfit as problem:
        raise payload_error(name, str(problem)) from None


def check_type(table: Table, body: Any, catalog: Catalog) -> None:
    """Refuse a body that declares itself to be of another type than the rows of the set (text as E-33).

    Raises:
        EmulatorError: the type is unknown or another.
    """
    if not isinstance(body, dict) or TYPE not in body:
        return
    declared = declared_table(body, catalog)
    if declared is not None and declared is not table and declared.base != table.logical_name:
        raise payload_error(
            table.entity_set_name,
            f"An entry with type '{NAMESPACE}{declared.edm_type_name}' was found, but it is not assignable to the "
            f"expected type '{NAMESPACE}{table.edm_type_name}'",
        )


def declared_table(body: dict[str, Any], catalog: Catalog) -> Table | None:
    """The table that ``@odata.type`` names (with or without ``#``), or None when the member is absent.

    Raises:
        EmulatorError: the member names no table.
    """
    text = body.get(TYPE)
    if text is None:
        return None
    name = text.removeprefix("#") if isinstance(text, str) else ""
    for namespace in (NAMESPACE, "mscrm."):
        if name.startswith(namespace):
            table = catalog.find(name.removeprefix(namespace))
            if table is not None:
                return table
    raise error("ODataError", message=f"A type named '{text}' could not be resolved by the model.")


_RULES = "rules of binding"
_Rule: TypeAlias = tuple[str, Converter, type | None]
"""A property's column, its converter and the class whose values need none."""


def _make_rules(table: Table) -> dict[str, _Rule]:
    """The rules of a table's properties by their names; kept with the table."""
    rules: dict[str, _Rule] = {}
    for name, column in table.properties.items():
        convert = converter(column)
        if convert is not None:
            rules[name] = (column.logical_name, convert, UNCONVERTED.get(convert))
    table.memo[_RULES] = rules
    return rules


class _Others:
    """The members of one body that are no plain properties."""

    __slots__ = ("_bound", "_catalog", "_depth", "_for_update", "_parameter", "_record", "_root", "_set", "_table")

    def __init__(
        self, record: Record, catalog: Catalog, root: str, for_update: bool, parameter: bool, depth: int
    ) -> None:
        self._record = record
        self._table = record.table
        self._set = record.table.entity_set_name
        self._catalog = catalog
        self._root = root
        self._for_update = for_update
        self._parameter = parameter
        self._depth = depth
        self._bound: dict[str, str] = {}

    def bind(self, members: list[tuple[str, Any]]) -> None:
        navigation_of = self._table.navigation.get
        for name, value in members:
            if name.endswith(BIND):
                navigation = navigation_of(name[: -len(BIND)])
                if navigation is None:
                    raise self._undeclared(name[: -len(BIND)])
                self._bind_annotation(navigation, value)
            elif "@" in name:
                continue  # annotations of clients and of answers that are posted back
            else:
                navigation = navigation_of(name)
                if navigation is None:
                    raise _unknown(self._set, self._table.edm_type_name, name)
                self._bind_nested(navigation, value)

    def _undeclared(self, name: str) -> EmulatorError:
        """The refusal of a bind without navigation property; a party that names an activity has one of its own."""
        if self._table.logical_name == "activityparty":
            party = self._catalog.find(name.removeprefix("partyid_"))
            if party is not None and party.is_activity:
                return error("PartyIsActivity")
        return payload_error(
            self._set,
            f"An undeclared property '{name}' which only has property annotations in the payload but no property value "
            "was found in the payload. In OData, only declared navigation properties and declared named streams can be "
            "represented as properties without values",
        )

    def _bind_annotation(self, navigation: Navigation, value: Any) -> None:
        """``nav@odata.bind``: one reference or null; for a collection a list, when the row is made."""
        if not navigation.is_collection:
            if value is None:
                self._set_lookup(navigation, None)
            else:
                self._set_lookup(navigation, bind_reference(value, self._catalog, self._root, navigation))
            return
        if self._for_update and not self._are_parties(navigation):
            raise self._refused_in_update(navigation)
        if not isinstance(value, list):
            raise payload_error(self._set, str(unexpected_node("PrimitiveValue", "StartArray")))
        related = Related(navigation, [])
        for text in value:
            related.items.append(self._existing(bind_reference(text, self._catalog, self._root, navigation)))
        self._record.related.append(related)

    def _bind_nested(self, navigation: Navigation, value: Any) -> None:
        """A navigation property with a value of its own: null, a record, or a list of records (deep insert)."""
        if not navigation.is_collection:
            if value is None:
                self._set_lookup(navigation, None)
                return
            known = self._reference_in_parameter(navigation, value) if self._parameter else None
            if known is not None:
                self._set_lookup(navigation, known)
                return
            if not isinstance(value, dict):
                raise self._wrong_node(value, "StartObject")
            if self._for_update:
                raise self._refused_in_update(navigation)
            item = self._item(navigation, value)
            self._claim(navigation)
            if isinstance(item, Reference):
                self._set_value(navigation, item)
            else:
                self._record.related.append(Related(navigation, [item]))
            return
        if not isinstance(value, list):
            raise self._wrong_node(value, "StartArray")
        if self._for_update and not self._are_parties(navigation):
            raise self._refused_in_update(navigation)
        items = []
        for item in value:
            if not isinstance(item, dict):
                raise self._wrong_node(item, "StartObject")
            items.append(self._item(navigation, item))
        self._record.related.append(Related(navigation, items))

    def _reference_in_parameter(self, navigation: Navigation, value: Any) -> Reference | None:
        """The row that a record inside a parameter names without a bind."""
        table = self._catalog.table(navigation.target)
        if isinstance(value, dict):
            members = [name for name in value if not name.startswith("@")]
            value = value[table.primary_id] if members == [table.primary_id] else None
        id = read_guid(value)
        return None if id is None else Reference(table.logical_name, id)

    def _item(self, navigation: Navigation, body: dict[str, Any]) -> Record | Reference:
        """A nested record; one that is nothing but ``@odata.id`` is an existing row."""
        if ID in body and all(name.startswith("@") for name in body):
            return self._existing(bind_reference(body[ID], self._catalog, self._root, navigation))
        if self._depth >= MAX_DEPTH:
            raise error("InvalidArgument", message=f"Nested records may be at most {MAX_DEPTH} levels deep.")
        table = declared_table(body, self._catalog)
        if table is None:
            table = self._catalog.table(navigation.target)
            if navigation.target == OWNER:
                raise error("EntityWithoutKey")
        else:
            check_target(table, navigation, self._catalog)
        return bind_record(
            table,
            body,
            self._catalog,
            self._root,
            for_update=False,
            parameter=self._parameter,
            depth=self._depth + 1,
        )

    def _set_lookup(self, navigation: Navigation, target: Reference | KeyReference | None) -> None:
        column = navigation.column
        if target is None:
            # a null beside another reference of the same column clears nothing
            if column not in self._bound:
                self._record.values[column] = None
            return
        self._claim(navigation)
        self._set_value(navigation, target)

    def _claim(self, navigation: Navigation) -> None:
        """One body may set a column over one navigation property only (contract 06 §3)."""
        before = self._bound.get(navigation.column)
        self._bound[navigation.column] = navigation.name
        if before is not None:
            raise payload_error(
                self._set,
                f"The navigation properties '{before}' and '{navigation.name}' set the same column and cannot be "
                "given together",
            )

    def _set_value(self, navigation: Navigation, target: Reference | KeyReference) -> None:
        column = self._table.columns[navigation.column]
        if column.is_lookup:
            self._record.values[column.logical_name] = target
        else:  # a guid column with a navigation property, such as stageid
            self._record.values[column.logical_name] = self._existing(target).id

    def _existing(self, target: Reference | KeyReference) -> Reference:
        """Where only a primary key will do."""
        if isinstance(target, KeyReference):
            raise error("KeyNotDefined", table=target.table)
        return target

    def _are_parties(self, navigation: Navigation) -> bool:
        """An activity's parties are the one collection that an update may replace (contract 02 §8)."""
        return self._table.is_activity and navigation.name == self._table.logical_name + PARTIES

    def _wrong_node(self, value: Any, expected: str) -> EmulatorError:
        node = {dict: "StartObject", list: "StartArray"}.get(value.__class__, "PrimitiveValue")
        return payload_error(self._set, str(unexpected_node(node, expected)))

    def _refused_in_update(self, navigation: Navigation) -> EmulatorError:
        """E-36; the text is ours."""
        return payload_error(
            self._set,
            f"Records of the navigation property '{navigation.name}' cannot be created or linked in an update",
        )


def _unknown(entity_set: str, table: str, name: str) -> EmulatorError:
    """A member that the type does not have, or that cannot be written (E-20, E-35)."""
    return error(
        "PayloadError",
        set=entity_set,
        inner=f"Microsoft.Crm.CrmException: Invalid property '{name}' was found in entity '{NAMESPACE}{table}'. ---> "
        "Microsoft.OData.ODataException: Does not support untyped value in non-open type",
    )
