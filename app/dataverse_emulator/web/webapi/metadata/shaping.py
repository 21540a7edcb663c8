"""``$select`` and ``$expand`` on definitions, and the context text that goes with them (contract 07 §1.1, §1.2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dataverse_emulator.errors import error
from dataverse_emulator.metadata.classes import (
    NAMESPACE,
    ClassNavigation,
    definition_classes,
    is_kind_of,
    members_of,
    navigation_of,
)
from dataverse_emulator.metadata.describe import Description
from dataverse_emulator.web.webapi.metadata.filtering import Aliases, Predicate, make_predicate
from dataverse_emulator.web.webapi.metadata.items import Item
from odata_protocol.context import expanded
from odata_protocol.syntax import ExpandForm, ExpandItem, QueryOptions, SelectItem

_TYPE = "@odata.type"
_REFUSED = {
    "orderby": "$orderby",
    "top": "$top",
    "skip": "$skip",
    "search": "$search",
    "apply": "$apply",
    "compute": "$compute",
    "skiptoken": "$skiptoken",
    "deltatoken": "$deltatoken",
}
_NO_OPTIONS = QueryOptions()


@dataclass(frozen=True, slots=True)
class Expansion:
    """One expanded navigation property: its own shape, and which items belong to it."""

    navigation: ClassNavigation
    shape: Shape
    cast: str | None
    predicate: Predicate | None


@dataclass(frozen=True, slots=True)
class Shape:
    """What of an item stands in the answer.

    Attributes:
        class_name: the class that the context declares; items of another class carry their ``@odata.type``.
        members: the selected properties, or None for all.
        expansions: what is expanded.
    """

    class_name: str
    members: tuple[str, ...] | None
    expansions: tuple[Expansion, ...]

    @property
    def context(self) -> str:
        """The list in brackets that follows the name in a context; empty where all is shown."""
        inner = self._listed()
        return f"({','.join(inner)})" if inner else ""

    def _listed(self) -> list[str]:
        # inferred: a selected MetadataId is listed, one that comes unasked is not
        own = list(self.members or ())
        return [*own, *(expanded(each.navigation.name, each.shape._listed()) for each in self.expansions)]

    def _tells_type(self, item: Item) -> bool:
        # 07 §1.1: every column of a list that is not cast does, those of no derived class too
        return item.class_name != self.class_name or item.class_name == "AttributeMetadata"

    def represent(self, item: Item) -> Description:
        """The item as it stands in the answer."""
        description = item.describe()
        shown: Description
        if self.members is None:
            shown = dict(description)
            if not self._tells_type(item):
                shown.pop(_TYPE, None)
        else:
            shown = {}
            if self._tells_type(item):
                shown[_TYPE] = f"#{NAMESPACE}.{item.class_name}"
            for name in self.members:
                if name in description:  # a member of a derived class that this item has not
                    shown[name] = description[name]
            shown["MetadataId"] = description["MetadataId"]
        for each in self.expansions:
            shown[each.navigation.name] = _represent_expansion(each, item)
        return shown


def _represent_expansion(expansion: Expansion, item: Item) -> Any:
    name = expansion.navigation.name
    if not expansion.navigation.many:
        one = item.one(name)
        return None if one is None else expansion.shape.represent(one)
    return [expansion.shape.represent(each) for each in narrowed(item.many(name), expansion.cast, expansion.predicate)]


def narrowed(items: Iterable[Item], cast: str | None, predicate: Predicate | None) -> list[Item]:
    """The items of the class ``cast`` for which the predicate holds."""
    return [
        item
        for item in items
        if (cast is None or is_kind_of(item.class_name, cast)) and (predicate is None or predicate(item.describe()))
    ]


def check_options(options: QueryOptions) -> None:
    """Refuse the options that definitions do not have.

    Raises:
        EmulatorError: 0x80060888.
    """
    for attribute, name in _REFUSED.items():
        if getattr(options, attribute) is not None:
            raise error("OptionNotSupported", option=name)
    if options.count:
        raise error("OptionNotSupported", option="$count")


def make_shape(class_name: str, options: QueryOptions, aliases: Aliases) -> Shape:
    """Check ``$select`` and ``$expand`` against a class.

    Raises:
        EmulatorError: 0x80060888 for names that the class does not have.
    """
    check_options(options)
    members = None if options.select is None else _select(class_name, options.select)
    return Shape(
        class_name,
        members,
        tuple(_expand(class_name, each, aliases) for each in options.expand or ()),
    )


def find_cast(segment: str, declared: str) -> str:
    """The class that a cast segment names.

    Raises:
        EmulatorError: the class is unknown, does not derive from ``declared``, or cannot be cast to.
    """
    name = segment.removeprefix(f"{NAMESPACE}.").removeprefix("mscrm.")
    # 07 §1: casting to the base of the choice classes does not work
    if name not in definition_classes() or not is_kind_of(name, declared) or name == "EnumAttributeMetadata":
        raise error("UnknownSegment", segment=segment)
    return name


def _select(class_name: str, items: Sequence[SelectItem]) -> tuple[str, ...] | None:
    members: Mapping[str, str] = members_of(class_name)
    navigation = navigation_of(class_name)
    names: list[str] = []
    for item in items:
        of, path = class_name, item.path
        if path == ("*",):
            return None
        if "." in path[0]:
            of, path = find_cast(path[0], class_name), path[1:]
        if not path or (path[0] not in members_of(of) and path[0] not in navigation):
            raise error("UnknownProperty", name="/".join(path) or item.path[0], table=of)
        if path[0] in navigation and path[0] not in members:
            continue  # selecting a navigation property shows nothing by itself
        if path[0] not in names:
            names.append(path[0])
    return tuple(names)


def _expand(class_name: str, item: ExpandItem, aliases: Aliases) -> Expansion:
    path = item.path
    if "." in path[0]:
        class_name, path = find_cast(path[0], class_name), path[1:]
    found = navigation_of(class_name).get(path[0]) if path else None
    if found is None:
        raise error("UnknownProperty", name="/".join(item.path), table=class_name)
    if item.form is not ExpandForm.RECORDS:
        raise error("NodeNotSupported", node=item.form.value)
    target, cast = found.target, None
    if len(path) == 2 and "." in path[1]:
        target = cast = find_cast(path[1], found.target)
    elif len(path) > 1:
        raise error("UnknownProperty", name=path[1], table=found.target)
    options = item.options or _NO_OPTIONS
    predicate = None if options.filter is None else make_predicate(options.filter, target, aliases)
    return Expansion(found, make_shape(target, options, aliases), cast, predicate)
