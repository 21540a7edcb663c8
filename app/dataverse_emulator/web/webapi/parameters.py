"""Values of parameters of actions and functions (contract 01 §10, 05 §1.2, 04 E-95 to E-98).

One converter for JSON bodies and for arguments in URLs: the latter are turned into what a JSON reader would have given.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

from dataverse_emulator.errors import EmulatorError, error, payload_error
from dataverse_emulator.messages.base import KeyReference, Record, Target
from dataverse_emulator.metadata.catalog import Catalog, Table
from dataverse_emulator.metadata.classes import body_members
from dataverse_emulator.metadata.operations import Enumeration, OperationCatalogue, Parameter, Structure
from dataverse_emulator.values import Reference
from dataverse_emulator.web.webapi.bind import ID, bind_alike, bind_record, declared_table
from dataverse_emulator.web.webapi.json_values import Misfit, convert_typed, misfit, to_guid, unexpected_node
from dataverse_emulator.web.webapi.references import OWNER, bind_reference
from odata_protocol.syntax import Alias, EnumLiteral, Expression, JsonLiteral, Literal

# Abstract types: a value must say of which table it is. The principal's type is the base of users and teams.
ABSTRACT = frozenset({"crmbaseentity", "principal", "activitypointer", "owner"})
MAX_DEPTH = 50

_NAMESPACES = ("#Microsoft.Dynamics.CRM.", "Microsoft.Dynamics.CRM.", "#mscrm.", "mscrm.")


class ParameterBinder:
    """Binds the parameters of one call.

    Args:
        entity_set: what error texts call the payload: the entity set that the operation is bound to, or its name.
    """

    def __init__(self, catalog: Catalog, root: str, types: OperationCatalogue, entity_set: str) -> None:
        self._catalog = catalog
        self._root = root
        self._types = types
        self._set = entity_set

    def bind(self, parameter: Parameter, value: Any) -> Any:
        """The value in the engine's form: scalars, ``Reference`` or ``KeyReference``, ``Record``, dict, lists of them.

        Raises:
            EmulatorError: the value does not fit the parameter's type (E-98), or those of ``bind_record``.
        """
        try:
            return self._bind(parameter, value, 0)
        except Misfit as problem:
            raise payload_error(self._set, str(problem)) from None

    def _bind(self, parameter: Parameter, value: Any, depth: int) -> Any:
        if depth > MAX_DEPTH:
            raise Misfit("The payload is nested too deeply")
        if not parameter.collection:
            return self._one(parameter, value, depth)
        if not isinstance(value, list):
            raise unexpected_node("StartObject" if isinstance(value, dict) else "PrimitiveValue", "StartArray")
        return self._many(parameter, value, depth)

    def _many(self, parameter: Parameter, values: list[Any], depth: int) -> Sequence[Any]:
        """The items of a collection; rows of one table with the same members are bound at once."""
        first = [self._one(parameter, value, depth) for value in values[:1]]
        if len(values) > 1 and isinstance(first[0], Record) and first[0].target is None:
            alike = bind_alike(first[0].table, values, self._catalog, self._root)
            if alike is not None:
                return alike
        return first + [self._one(parameter, value, depth) for value in values[1:]]

    def _one(self, parameter: Parameter, value: Any, depth: int) -> Any:
        local = parameter.local_type
        if local is None:
            return convert_typed(value, parameter.type)
        enumeration = self._types.enumerations.get(local)
        if enumeration is not None:
            return bind_enumeration(enumeration, value)
        if local in ABSTRACT or self._catalog.find(local) is not None:
            return self._entity(local, value)
        structure = self._structure_named(local)
        if structure is not None:
            return self._structure(structure, value, depth)
        return value

    def _structure(self, structure: Structure, value: Any, depth: int) -> dict[str, Any]:
        """A complex value as a dictionary. Members that its type does not declare are refused in definitions; in other
        values they are kept as they came.
        """
        if not isinstance(value, dict):
            raise unexpected_node("StartArray" if isinstance(value, list) else "PrimitiveValue", "StartObject")
        structure = self._named_by(value.get("@odata.type")) or structure
        declared = self._declared(structure)
        is_strict = body_members(structure.name) is not None
        result = {}
        for name, member in value.items():
            one = declared.get(name)
            if one is None and is_strict and "@" not in name:
                raise Misfit(
                    f"The property '{name}' does not exist on type 'Microsoft.Dynamics.CRM.{structure.name}'. "
                    "Make sure to only use property names that are defined by the type"
                )
            result[name] = member if one is None or member is None else self._bind(one, member, depth + 1)
        return result

    def _named_by(self, type_text: Any) -> Structure | None:
        """The type that a value names itself."""
        if not isinstance(type_text, str | None):
            raise misfit(type_text, "Edm.String")
        return None if type_text is None else self._structure_named(local_name(type_text))

    def _declared(self, structure: Structure) -> dict[str, Parameter]:
        """The properties of a type, with those of its base types."""
        found: dict[str, Parameter] = {}
        one: Structure | None = structure
        while one is not None:
            for property in (*one.properties, *one.navigation_properties):
                found.setdefault(property.name, property)
            for name, kind in (body_members(one.name) or {}).items():
                found.setdefault(name, _member(name, kind))
            one = self._structure_named(one.base_type) if one.base_type is not None else None
        return found

    def _structure_named(self, name: str) -> Structure | None:
        found = self._types.complex_types.get(name) or self._types.definition_types.get(name)
        return _bare(name) if found is None and body_members(name) is not None else found

    def _entity(self, declared: str, value: Any) -> Target | Record:
        """A row: a reference where nothing but its key is given, else a record (contract 05 §1.2)."""
        if not isinstance(value, dict):
            raise unexpected_node("StartArray" if isinstance(value, list) else "PrimitiveValue", "StartObject")
        target = None
        if ID in value:
            target = bind_reference(value[ID], self._catalog, self._root)
        table = declared_table(value, self._catalog)
        if table is None:
            if target is not None:
                table = self._catalog.table(target.table)
            elif declared in ABSTRACT:
                raise error("EntityWithoutKey")
            else:
                table = self._catalog.table(declared)
        self._check_type(table, declared)
        if target is not None and all(name.startswith("@") for name in value):
            return target
        id = _only_key(table, value)
        if id is not None:
            return Reference(table.logical_name, to_guid(id))
        record = bind_record(table, value, self._catalog, self._root, for_update=False, parameter=True)
        if target is not None:
            _add_key(record, target)
        return record

    def _check_type(self, table: Table, declared: str) -> None:
        if declared == "crmbaseentity" or table.logical_name == declared:
            return
        base = OWNER if declared == "principal" else declared
        if table.base == base or table.logical_name == base:
            return
        raise Misfit(
            f"An entry with type 'Microsoft.Dynamics.CRM.{table.edm_type_name}' was found, but it is not assignable to "
            f"the expected type 'Microsoft.Dynamics.CRM.{declared}'"
        )


def bind_enumeration(enumeration: Enumeration, value: Any) -> str:
    """Member names joined by commas, without blanks; numbers are replaced by the names.

    >>> rights = Enumeration("AccessRights", True, {"None": 0, "ReadAccess": 1, "WriteAccess": 2})
    >>> bind_enumeration(rights, "ReadAccess, WriteAccess"), bind_enumeration(rights, 3)
    ('ReadAccess,WriteAccess', 'ReadAccess,WriteAccess')
    """
    members = enumeration.members
    if value.__class__ is int:
        names = [name for name, number in members.items() if number == value][:1]  # some numbers have two names
        if not names and enumeration.is_flags and value > 0:
            names = [name for name, number in members.items() if number and value & number == number]
            if sum(members[name] for name in names) != value:
                names = []
    elif value.__class__ is str:
        names = [part.strip() for part in value.split(",")]
        if any(name not in members for name in names) or (len(names) > 1 and not enumeration.is_flags):
            names = []
    else:
        names = []
    if not names:
        raise misfit(value, f"Microsoft.Dynamics.CRM.{enumeration.name}")
    return ",".join(names)


def plain_argument(value: Expression, aliases: Mapping[str, Expression], name: str) -> Any:
    """What a JSON reader would have given for an argument in a URL; an alias without a value is null.

    Raises:
        EmulatorError: the argument is no value, for example a path.
    """
    if isinstance(value, Alias):
        replaced = aliases.get(value.name)
        if replaced is None:
            return None
        if isinstance(replaced, Alias):
            raise _no_value(name)
        value = replaced
    if isinstance(value, EnumLiteral):
        return int(value.members) if value.members.isdecimal() else value.members
    if isinstance(value, JsonLiteral):
        return value.value
    if not isinstance(value, Literal):
        raise _no_value(name)
    plain = value.value
    if isinstance(plain, UUID):
        return str(plain)
    if isinstance(plain, Decimal):
        return float(plain)
    if isinstance(plain, date | datetime | time):
        return plain.isoformat()
    if isinstance(plain, bool | int | float | str) or plain is None:
        return plain
    return value.text.partition("'")[2].rstrip("'") or value.text  # durations and binary values keep their text


def _bare(name: str) -> Structure:
    return Structure(name, None, False, False, (), (), ())


def _member(name: str, kind: str) -> Parameter:
    inner = kind.removeprefix("Collection(")
    return Parameter(name, inner.removesuffix(")"), collection=inner != kind)


def local_name(type_text: str) -> str:
    """A type's name without namespace and ``#``."""
    for namespace in _NAMESPACES:
        if type_text.startswith(namespace):
            return type_text.removeprefix(namespace)
    return type_text


def _no_value(name: str) -> EmulatorError:
    return error("ODataError", message=f"The value of the parameter '{name}' could not be read.")


def _only_key(table: Table, body: Mapping[str, Any]) -> Any:
    """The value of the primary key where it is the only property; the inherited key of users and teams counts."""
    found = None
    for name in body:
        if not name.startswith("@"):
            if found is not None:
                return None
            found = name
    is_key = found == table.primary_id or (table.base == OWNER and found == OWNER + "id")
    return body[found] if found is not None and is_key else None


def _add_key(record: Record, target: Target) -> None:
    """``@odata.id`` beside members: its key is part of the record unless the record has it."""
    record.target = target
    if isinstance(target, KeyReference):
        for name, value in target.values:
            record.values.setdefault(name, value)
    else:
        record.values.setdefault(record.table.primary_id, target.id)
