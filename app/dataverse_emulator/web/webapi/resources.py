"""What a path leads to: its segments resolved against the catalog, without touching a row.

The order of checks is that of contract 04 §0: names (404) before keys (400).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from dataverse_emulator.errors import EmulatorError, error, not_emulated
from dataverse_emulator.messages.base import Target
from dataverse_emulator.metadata.catalog import Catalog, Column, ColumnType, Navigation, Table
from dataverse_emulator.values import Reference
from dataverse_emulator.web.webapi.call import Call, syntax_error
from dataverse_emulator.web.webapi.elastic import with_partition
from dataverse_emulator.web.webapi.later import later
from dataverse_emulator.web.webapi.references import OWNER, bind_key
from odata_protocol.errors import SyntaxProblem
from odata_protocol.path import parse_path
from odata_protocol.syntax import Expression, Key, Literal, ResourcePath, Segment

NAMESPACES = ("Microsoft.Dynamics.CRM.", "mscrm.")
DEFINITION_SETS = frozenset(
    {"EntityDefinitions", "RelationshipDefinitions", "GlobalOptionSetDefinitions", "ManagedPropertyDefinitions"}
)
MAX_SEGMENTS = 12
UNSAFE_IN_KEYS = "/<>*%&:\\?+"
"""Characters that a text in an alternate key must not have in the URL of GET and PATCH, encoded or not (02 §2)."""

_PLAIN = re.compile(
    r"([A-Za-z_][A-Za-z0-9_]*)"
    r"(?:\(([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12})\))?/?"
)

find_operation = later("operations", "find_operation")


@dataclass(frozen=True, slots=True)
class ServiceRoot:
    """The service document."""


@dataclass(frozen=True, slots=True)
class MetadataDocument:
    """``$metadata``."""


@dataclass(frozen=True, slots=True)
class Batch:
    """``$batch``."""


@dataclass(frozen=True, slots=True)
class Definitions:
    """A path that begins with a set of definitions."""

    path: ResourcePath


@dataclass(frozen=True, slots=True)
class Record:
    """One row.

    Named by its key (``target``), reached over a single-valued navigation property of ``parent`` (``target`` is None),
    or a member of a collection of ``parent`` (all three). ``key`` is the predicate as the client wrote it.
    """

    table: Table
    target: Target | None
    key: str = ""
    parent: Record | None = None
    navigation: Navigation | None = None
    cast: bool = False


@dataclass(frozen=True, slots=True)
class Collection:
    """An entity set, or the rows over a collection-valued navigation property of ``parent``."""

    table: Table
    parent: Record | None = None
    navigation: Navigation | None = None
    cast: bool = False


@dataclass(frozen=True, slots=True)
class Property:
    """One property of a row; ``raw``: its ``$value``."""

    record: Record
    column: Column
    raw: bool = False


@dataclass(frozen=True, slots=True)
class Count:
    """``$count`` of a collection."""

    collection: Collection


@dataclass(frozen=True, slots=True)
class References:
    """``$ref`` of a row or of a collection."""

    of: Record | Collection


@dataclass(frozen=True, slots=True)
class OperationCall:
    """An action or function; ``on`` is what it is bound to, ``rest`` the segments behind a composable function."""

    name: str
    segment: Segment
    on: Record | Collection | None = None
    rest: tuple[Segment, ...] = ()


Resource: TypeAlias = (
    ServiceRoot
    | MetadataDocument
    | Batch
    | Definitions
    | Record
    | Collection
    | Property
    | Count
    | References
    | OperationCall
)


def resolve(call: Call) -> Resource:
    """What the path of a call leads to.

    Raises:
        EmulatorError: wrong syntax (400), unknown names (404), keys that are none (400).
    """
    catalog = call.service.catalog
    plain = _PLAIN.fullmatch(call.path)
    if plain is not None:
        table = catalog.find_set(plain[1])
        if table is not None:
            if plain[2] is None:
                return Collection(table)
            target = Reference(table.logical_name, plain[2].lower())
            return Record(table, with_partition(call, table, target) if table.is_elastic else target, plain[2])
    try:
        path = parse_path(call.path)
    except SyntaxProblem as problem:
        name, _, behind = call.path.partition("(")
        if "/" not in behind and catalog.find_set(name) is not None:
            raise error("BadQuerySyntax") from None
        raise syntax_error(problem) from None
    if not path.segments:
        return ServiceRoot()
    return _Resolver(call, catalog, path).resolve()


def single_table(navigation: Navigation, catalog: Catalog) -> Table:
    """The table to which a navigation property leads."""
    return catalog.table(navigation.target)


class _Resolver:
    """Walks the segments of one path."""

    def __init__(self, call: Call, catalog: Catalog, path: ResourcePath) -> None:
        self.call = call
        self.catalog = catalog
        self.path = path
        self.segments = path.segments

    @property
    def aliases(self) -> Mapping[str, Expression]:
        return self.call.query.aliases

    def resolve(self) -> Resource:
        first = self.segments[0]
        name = first.name
        if len(self.segments) > MAX_SEGMENTS:
            raise error("ODataError", message="The request URI has too many segments.")
        if name == "$metadata":
            return MetadataDocument()
        if name == "$batch":
            return Batch()
        if name in DEFINITION_SETS:
            return Definitions(self.path)
        if name.startswith("$"):
            raise unknown_segment(name)
        table = self.catalog.find_set(name)
        if table is None:
            return self._unbound(first)
        place: Record | Collection = Collection(table)
        if first.key is not None:
            target = self._bind_key(table, first)
            if table.is_elastic:
                target = with_partition(self.call, table, target)
            place = Record(table, target, _key_text(self.call.path))
            if self.call.method in ("GET", "PATCH", "PUT") and not self.call.in_batch:
                _check_key_texts(table, first.key)
        elif first.arguments is not None:
            raise error("BadQuerySyntax")
        for index, segment in enumerate(self.segments[1:], 1):
            rest = self.segments[index + 1 :]
            step = self._step(place, segment, rest)
            if not isinstance(step, Record | Collection):
                return step
            place = step
        return place

    def _unbound(self, first: Segment) -> Resource:
        if "." in first.name or find_operation(first.name, None, self.call.service) is None:
            raise unknown_segment(first.name)
        return OperationCall(first.name, first, None, self.segments[1:])

    def _step(self, place: Record | Collection, segment: Segment, rest: tuple[Segment, ...]) -> Resource:
        name = segment.name
        if name == "$count":
            if isinstance(place, Record):
                raise unknown_segment(name)
            return Count(place)
        if name == "$ref":
            return References(place)
        if name == "$value":
            raise unknown_segment(name)
        for namespace in NAMESPACES:
            if name.startswith(namespace):
                return self._qualified(place, segment, name.removeprefix(namespace), rest)
        if "." in name:
            raise unknown_segment(name)
        if isinstance(place, Record):
            return self._member(place, segment, rest)
        if find_operation(name, place, self.call.service) is not None:
            raise error("UnresolvedParameters")
        raise unknown_segment(name)

    def _qualified(
        self, place: Record | Collection, segment: Segment, name: str, rest: tuple[Segment, ...]
    ) -> Resource:
        """A type cast or a bound operation."""
        table = self.catalog.find(name) if segment.arguments is None else None
        if table is not None and (table is place.table or table.base == place.table.logical_name):
            return self._cast(place, table, segment)
        if find_operation(name, place, self.call.service) is None:
            raise unknown_segment(segment.name)
        return OperationCall(name, segment, place, rest)

    def _cast(self, place: Record | Collection, table: Table, segment: Segment) -> Record | Collection:
        if isinstance(place, Record):
            target = place.target
            if isinstance(target, Reference):
                target = Reference(table.logical_name, target.id)
            return Record(table, target, place.key, place.parent, place.navigation, cast=True)
        collection = Collection(table, place.parent, place.navigation, cast=True)
        if segment.key is None:
            return collection
        return self._keyed(collection, segment)

    def _member(self, record: Record, segment: Segment, rest: tuple[Segment, ...]) -> Resource:
        name, table = segment.name, record.table
        navigation = table.navigation.get(name)
        if navigation is not None:
            target = single_table(navigation, self.catalog)
            if not navigation.is_collection:
                if segment.key is not None or segment.arguments is not None:
                    raise error("BadQuerySyntax")
                return Record(target, None, "", record, navigation)
            collection = Collection(target, record, navigation)
            return collection if segment.key is None else self._keyed(collection, segment)
        column = table.properties.get(name)
        if column is None or not column.is_stored:
            if find_operation(name, record, self.call.service) is not None:
                raise error("UnresolvedParameters")
            raise unknown_segment(name)
        if segment.key is not None or segment.arguments is not None:
            raise error("BadQuerySyntax")
        if not rest:
            return Property(record, column)
        if len(rest) == 1 and rest[0].name == "$value":
            return Property(record, column, raw=True)
        raise unknown_segment(rest[0].name)

    def _keyed(self, collection: Collection, segment: Segment) -> Record:
        if collection.table.logical_name == OWNER:
            raise not_emulated("members of collections of owners")
        target = self._bind_key(collection.table, segment)
        return Record(collection.table, target, "", collection.parent, collection.navigation)

    def _bind_key(self, table: Table, segment: Segment) -> Target:
        """The row that a key in the path names; names that are no key are the OData layer's to refuse (02 §2)."""
        assert segment.key is not None
        try:
            return bind_key(table, segment.key, self._aliases_of(segment))
        except EmulatorError as problem:
            if problem.name == "KeyNotDefined":
                raise error("KeyNotValid", table=table.edm_type_name) from None
            raise

    def _aliases_of(self, segment: Segment) -> Mapping[str, Expression]:
        assert segment.key is not None
        return self.aliases if "@" in self.call.path or "%40" in self.call.path else {}


def unknown_segment(name: str) -> EmulatorError:
    """404 for a name that the path cannot have there (E-01 to E-03)."""
    return error("UnknownSegment", segment=name[:200])


def _check_key_texts(table: Table, key: Key) -> None:
    """Refuse texts that the front end of the service takes for an attack; those in an alias stand outside the path."""
    for name, value in key.values:
        column = table.columns.get(name)
        if column is None or column.type is not ColumnType.STRING or not isinstance(value, Literal):
            continue
        for character in str(value.value):
            if character in UNSAFE_IN_KEYS:
                raise error("DangerousPath", character=character)


def _key_text(path: str) -> str:
    """The first key predicate of a path as the client wrote it: to its closing bracket, quotes respected."""
    start = path.find("(")
    if start < 0:
        return ""
    depth, quoted = 0, False
    for index in range(start, len(path)):
        character = path[index]
        if character == "'" or path.startswith("%27", index):
            quoted = not quoted
        elif quoted:
            continue
        elif character == "(":
            depth += 1
        elif character == ")":
            depth -= 1
            if depth == 0:
                return path[start + 1 : index]
    return path[start + 1 :]
