"""The operations that the service declares: actions and functions, and the types they take and give.

The catalogue says what exists, not what is emulated. It is read on first use; a start does not need it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from dataverse_emulator.metadata.definitions import definitions_folder

ANY_TABLE = "crmbaseentity"
"""The bound type of operations that exist for every table."""

_NAMESPACE = "mscrm."


@dataclass(frozen=True, slots=True)
class TypeUse:
    """A type where it is used: ``Edm.Int32``, ``mscrm.lead``, or a collection of one."""

    name: str
    collection: bool = False
    nullable: bool = False

    def __str__(self) -> str:
        return f"Collection({self.name})" if self.collection else self.name


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of an operation, or a property of a complex type."""

    name: str
    type: str
    nullable: bool = False
    collection: bool = False

    @property
    def local_type(self) -> str | None:
        """The type without the namespace of the service (``lead``); None for primitive types."""
        return self.type.removeprefix(_NAMESPACE) if self.type.startswith(_NAMESPACE) else None


@dataclass(frozen=True, slots=True)
class Operation:
    """One action or function; bound to several types it stands in the catalogue once for each.

    ``bound_type`` is the logical name of a table, ``crmbaseentity`` for all tables, None where it is unbound.
    Query functions (``LastXDays``, ...) may stand in ``$filter`` alone.
    """

    name: str
    kind: str
    bound_type: str | None
    bound_to_collection: bool
    parameters: tuple[Parameter, ...]
    return_type: TypeUse | None
    is_query_function: bool = False

    @property
    def is_action(self) -> bool:
        """Called by POST."""
        return self.kind == "Action"

    def parameter(self, name: str) -> Parameter | None:
        """The parameter of that name (case matters), or None."""
        for parameter in self.parameters:
            if parameter.name == name:
                return parameter
        return None


@dataclass(frozen=True, slots=True)
class Structure:
    """A complex type, or an entity type of the definitions (``EntityMetadata``, ...)."""

    name: str
    base_type: str | None
    is_abstract: bool
    is_open: bool
    key: tuple[str, ...]
    properties: tuple[Parameter, ...]
    navigation_properties: tuple[Parameter, ...]
    contained: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Enumeration:
    """An enumeration; ``members`` maps names to values."""

    name: str
    is_flags: bool
    members: Mapping[str, int]


class OperationCatalogue:
    """All operations by name, with their types; the file is read when something is looked up."""

    def __init__(self, folder: str | None = None) -> None:
        self._folder = folder

    def find(self, name: str) -> Operation | None:
        """The operation of that name (case matters); the first where it is bound to several types."""
        found = self._by_name.get(name)
        return found[0] if found else None

    def overloads(self, name: str) -> tuple[Operation, ...]:
        """The operation of that name once for each type that it is bound to; empty where there is none."""
        return self._by_name.get(name, ())

    def extended(self, operations: Iterable[Operation], structures: Iterable[Structure]) -> OperationCatalogue:
        """A catalogue with further operations and types of responses."""
        found = OperationCatalogue(self._folder)
        found.__dict__["_file"] = self._file
        found.__dict__["operations"] = (*self.operations, *operations)
        found.__dict__["complex_types"] = {**self.complex_types, **_by_name(structures)}
        return found

    def find_unbound(self, name: str) -> Operation | None:
        """The unbound operation of that name that can be called by a URL of its own, or None."""
        for operation in self._by_name.get(name, ()):
            if operation.bound_type is None and not operation.is_query_function:
                return operation
        return None

    def find_bound(self, name: str, table: str, base: str | None = None, *, collection: bool) -> Operation | None:
        """The operation of that name that can be called on a row of ``table``, or on its entity set; or None.

        Args:
            name: name without namespace.
            table: logical name of the table.
            base: the table's base; operations of the base are inherited.
            collection: the call is on the collection, not on one row.
        """
        wanted = (table, base, ANY_TABLE)
        for operation in self._by_name.get(name, ()):
            is_fitting = operation.bound_type is not None and operation.bound_type in wanted
            if is_fitting and operation.bound_to_collection == collection:
                return operation
        return None

    @cached_property
    def operations(self) -> tuple[Operation, ...]:
        """All operations, in alphabetical order."""
        return tuple(operation for row in self._file["operations"] for operation in _operations(row))

    @cached_property
    def complex_types(self) -> Mapping[str, Structure]:
        """The complex types by name."""
        return _by_name(_structure(row) for row in self._file["complexTypes"])

    @cached_property
    def definition_types(self) -> Mapping[str, Structure]:
        """The entity types of the definitions (``EntityMetadata`` and its kin) by name."""
        return _by_name(_structure(row) for row in self._file["metadataEntityTypes"])

    @cached_property
    def enumerations(self) -> Mapping[str, Enumeration]:
        """The enumerations by name."""
        found = {}
        for row in self._file["enumTypes"]:
            members = {member["name"]: member["value"] for member in row["members"]}
            found[row["name"]] = Enumeration(row["name"], row.get("isFlags", False), members)
        return found

    @cached_property
    def _by_name(self) -> Mapping[str, tuple[Operation, ...]]:
        found: dict[str, tuple[Operation, ...]] = {}
        for operation in self.operations:
            found[operation.name] = (*found.get(operation.name, ()), operation)
        return found

    @cached_property
    def _file(self) -> Mapping[str, Any]:
        import orjson

        with open(os.path.join(self._folder or definitions_folder(), "operations.json"), "rb") as file:
            data: dict[str, Any] = orjson.loads(file.read())
        return data


@lru_cache(maxsize=1)
def catalogue() -> OperationCatalogue:
    """The operations that ship with the emulator, read once."""
    return OperationCatalogue()


def _operations(row: Mapping[str, Any]) -> Iterable[Operation]:
    parameters = tuple(_parameter(parameter) for parameter in row["parameters"])
    returned = None
    if "returnType" in row:
        name, collection = _split(row["returnType"])
        returned = TypeUse(name, collection, row.get("returnNullable", False))

    def operation(bound_type: str | None, collection: bool = False) -> Operation:
        is_query_function = row.get("queryFunction", False)
        return Operation(row["name"], row["kind"], bound_type, collection, parameters, returned, is_query_function)

    if row.get("unbound") or "bound" not in row:
        yield operation(None)
    for binding in row.get("bound", ()):
        yield operation(binding["type"], binding.get("collection", False))


def _structure(row: Mapping[str, Any]) -> Structure:
    base = row.get("baseType")
    return Structure(
        name=row["name"],
        base_type=base.removeprefix(_NAMESPACE) if base else None,
        is_abstract=row.get("abstract", False),
        is_open=row.get("openType", False),
        key=tuple(row.get("key", ())),
        properties=tuple(_parameter(one) for one in row.get("properties", ())),
        navigation_properties=tuple(_parameter(one) for one in row.get("navigationProperties", ())),
        contained=tuple(one["name"] for one in row.get("navigationProperties", ()) if one.get("containsTarget")),
    )


def _parameter(row: Mapping[str, Any]) -> Parameter:
    name, collection = _split(row["type"])
    return Parameter(row["name"], name, row.get("nullable", False), collection)


def _split(type_text: str) -> tuple[str, bool]:
    if type_text.startswith("Collection("):
        return type_text[len("Collection(") : -1], True
    return type_text, False


def _by_name(structures: Iterable[Structure]) -> Mapping[str, Structure]:
    return {structure.name: structure for structure in structures}
