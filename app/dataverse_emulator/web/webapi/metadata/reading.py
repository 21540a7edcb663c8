"""Reads of ``EntityDefinitions`` and its sister sets (contract 07 §1)."""

from __future__ import annotations

from collections.abc import Iterable, Set
from dataclasses import dataclass, replace
from typing import Any

from dataverse_emulator.errors import EmulatorError, error
from dataverse_emulator.metadata.catalog import Catalog
from dataverse_emulator.metadata.classes import DEFINITION_SETS, is_kind_of, members_of, navigation_of
from dataverse_emulator.web.webapi.metadata.filtering import Aliases, make_predicate, named_tables
from dataverse_emulator.web.webapi.metadata.items import (
    Definitions,
    Item,
    TableItem,
    definitions_of,
    relationship_item,
)
from dataverse_emulator.web.webapi.metadata.shaping import check_options, find_cast, make_shape, narrowed
from odata_protocol.syntax import Alias, Key, Literal, QueryOptions, RequestUrl, Segment

_NAME_KEYS = {
    "EntityMetadata": "LogicalName",
    "AttributeMetadata": "LogicalName",
    "EntityKeyMetadata": "LogicalName",
    "ManagedPropertyMetadata": "LogicalName",
    "RelationshipMetadataBase": "SchemaName",
    "OptionSetMetadataBase": "Name",
}
"""Class → the property that is its alternate key (contract 07 §1)."""


def read_definitions(request: RequestUrl, catalog: Catalog, root: str) -> Any:
    """The JSON-ready body that answers a GET of definitions; None where a navigation property leads to nothing (204).

    Parts of the body are shared with later answers: write it out, do not change it.

    Args:
        request: the parsed URL; its first segment is ``EntityDefinitions``, ``RelationshipDefinitions``,
            ``GlobalOptionSetDefinitions`` or ``ManagedPropertyDefinitions``.
        catalog: the schema.
        root: the service root as the client wrote it, with the slash at its end.

    Raises:
        EmulatorError: the path, a name or an option does not fit.
    """
    body = Reader(request, definitions_of(catalog), root).answer()
    languages = next((value for name, value in request.custom if name == "LabelLanguages"), None)
    return body if languages is None else _in_languages(body, set(languages.split(",")))


@dataclass(frozen=True, slots=True)
class Place:
    """Where a path has led to so far.

    ``items`` are those of a collection; ``item`` the one of a single place; ``class_name`` what is declared;
    ``context`` the path as the context of an answer shows it, ``keyed`` the same with the key of the last segment, for
    the context of what lies below.
    """

    class_name: str
    context: str
    keyed: str
    items: Iterable[Item] | None = None
    item: Item | None = None
    cast: str | None = None


class Reader:
    """Answers one request.

    Attributes:
        table: the table through which the path led, if it did.
    """

    def __init__(self, request: RequestUrl, definitions: Definitions, root: str) -> None:
        self.options: QueryOptions = request.options
        self.segments = request.path.segments
        self.definitions = definitions
        self.root = root
        self.aliases: Aliases = dict(request.aliases)
        self.table: str | None = None

    def answer(self) -> Any:
        """The body, or None."""
        place = self.walk()
        return self._represent(place) if isinstance(place, Place) else self._property(*place)

    def walk(self) -> Place | tuple[Place, Item, int]:
        """Where the path leads: a place, or the property of an item with the number of its segment."""
        place = self._start(self.segments[0])
        for index, segment in enumerate(self.segments[1:], 1):
            if "." in segment.name:
                place = self._cast(place, segment)
            elif place.item is not None and segment.name in navigation_of(place.class_name):
                if isinstance(place.item, TableItem):
                    self.table = place.item.logical_name
                place = self._navigate(place, segment)
            elif place.item is not None and segment.name in members_of(place.class_name):
                return place, place.item, index
            else:
                raise error("UnknownSegment", segment=segment.name)
        return place

    # ---- the path

    def _start(self, segment: Segment) -> Place:
        class_name = DEFINITION_SETS[segment.name]
        if segment.key is None:
            return Place(class_name, segment.name, segment.name, items=self._all(class_name))
        item = self._find(class_name, segment.key)
        return Place(class_name, segment.name, f"{segment.name}({_key_text(segment.key)})", item=item)

    def _all(self, class_name: str) -> Iterable[Item]:
        definitions = self.definitions
        if class_name == "EntityMetadata":
            whole = len(self.segments) == 1
            return definitions.tables(named_tables(self.options.filter, self._table_of_set) if whole else None)
        if class_name == "RelationshipMetadataBase":
            return [relationship_item(each) for each in definitions.relationships().values()]
        if class_name == "OptionSetMetadataBase":
            return definitions.option_sets()
        return ()  # 07 §1: managed properties are for internal use

    def _table_of_set(self, set_name: str) -> str | None:
        table = self.definitions.catalog.find_set(set_name)
        return None if table is None else table.logical_name

    def _find(self, class_name: str, key: Key) -> Item:
        """An item of one of the four sets, by key."""
        definitions = self.definitions
        by, value = self._key(class_name, key)
        if class_name == "EntityMetadata":
            name = value if by == "LogicalName" else definitions.table_of_id(value)
            if name is not None and definitions.catalog.find(name) is not None:
                return TableItem(name, definitions)
            if by == "LogicalName":
                raise error("TableNotDefined", table=value)
        elif class_name == "RelationshipMetadataBase":
            name = value if by == "SchemaName" else definitions.relationship_of_id(value)
            found = None if name is None else definitions.relationships().get(name)
            if found is not None:
                return relationship_item(found)
        elif class_name == "OptionSetMetadataBase":
            name = value if by == "Name" else definitions.option_set_of_id(value)
            item = None if name is None else definitions.option_set(name)
            if item is not None:
                return item
        raise error("DefinitionNotFound", kind=class_name, key=by, value=value)

    def _key(self, class_name: str, key: Key) -> tuple[str, str]:
        """The name of the key property and the value as text."""
        allowed = next(name for base, name in _NAME_KEYS.items() if is_kind_of(class_name, base))
        if len(key.values) != 1:
            raise error("KeyNotValid", table=class_name)
        name, expression = key.values[0]
        if isinstance(expression, Alias):
            if expression.name not in self.aliases:
                raise error("UnresolvedParameters")
            expression = self.aliases[expression.name]
        if not isinstance(expression, Literal):
            raise error("KeyNotValid", table=class_name)
        if name in ("", "MetadataId") and expression.type == "Edm.Guid":
            return "MetadataId", str(expression.value)
        if name == allowed and isinstance(expression.value, str):
            return name, expression.value
        raise error("KeyNotValid", table=class_name)

    def _cast(self, place: Place, segment: Segment) -> Place:
        cast = find_cast(segment.name, place.class_name)
        if place.item is not None and not is_kind_of(place.item.class_name, cast):
            raise error("CastDoesNotFit", kind=place.item.class_name, cast=segment.name)
        context, keyed = f"{place.context}/{segment.name}", f"{place.keyed}/{segment.name}"
        narrow = replace(place, class_name=cast, cast=cast, context=context, keyed=keyed)
        return narrow if segment.key is None else self._pick(narrow, segment.key)

    def _navigate(self, place: Place, segment: Segment) -> Place:
        assert place.item is not None
        navigation = navigation_of(place.class_name)[segment.name]
        context = f"{place.keyed}/{segment.name}"
        if not navigation.many:
            return Place(navigation.target, context, context, item=place.item.one(segment.name))
        next_place = Place(navigation.target, context, context, items=place.item.many(segment.name))
        return next_place if segment.key is None else self._pick(next_place, segment.key)

    def _pick(self, place: Place, key: Key) -> Place:
        """The one item of a collection that has the key."""
        by, value = self._key(place.class_name, key)
        for item in place.items or ():
            if item.has_key(by, value) and (place.cast is None or is_kind_of(item.class_name, place.cast)):
                return replace(place, keyed=f"{place.keyed}({_key_text(key)})", items=None, item=item)
        raise error("DefinitionNotFound", kind=place.class_name, key=by, value=value)

    # ---- the answer

    def _represent(self, place: Place) -> Any:
        shape = make_shape(place.class_name, self.options, self.aliases)
        context = f"{self.root}$metadata#{place.context}{shape.context}"
        condition = self.options.filter
        if place.items is None:
            if condition is not None:
                raise _filter_refused()
            if place.item is None:
                return None
            return {"@odata.context": f"{context}/$entity", **shape.represent(place.item)}
        if condition is not None and is_kind_of(place.class_name, "OptionSetMetadataBase"):
            raise _filter_refused()
        predicate = None if condition is None else make_predicate(condition, place.class_name, self.aliases)
        found = narrowed(place.items, place.cast, predicate)
        return {"@odata.context": context, "value": [shape.represent(item) for item in found]}

    def _property(self, place: Place, item: Item, index: int) -> Any:
        """A property by path, or a member of a complex one."""
        check_options(self.options)
        value = item.describe()[self.segments[index].name]
        context = f"{place.keyed}/{self.segments[index].name}"
        for segment in self.segments[index + 1 :]:
            if not isinstance(value, dict) or segment.name not in value:
                raise error("UnknownSegment", segment=segment.name)
            value = value[segment.name]
            context = f"{context}/{segment.name}"
        head = {"@odata.context": f"{self.root}$metadata#{context}"}
        if isinstance(value, dict):
            return {**head, **value}
        return None if value is None else {**head, "value": value}


def _key_text(key: Key) -> str:
    """The key as a context repeats it: a name in quotes, an identifier bare."""
    value = key.values[0][1]
    return value.text if isinstance(value, Literal) else f"@{getattr(value, 'name', '')}"


def _filter_refused() -> EmulatorError:
    return error("OptionNotSupported", option="$filter")


def _in_languages(value: Any, languages: Set[str]) -> Any:
    """A copy of the body whose labels hold the texts in those languages alone."""
    if isinstance(value, dict):
        return {
            name: [each for each in inner if str(each["LanguageCode"]) in languages]
            if name == "LocalizedLabels"
            else _in_languages(inner, languages)
            for name, inner in value.items()
        }
    return [_in_languages(inner, languages) for inner in value] if isinstance(value, list) else value
