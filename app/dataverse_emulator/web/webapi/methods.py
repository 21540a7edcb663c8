"""The methods that a resource takes, for ``Allow`` (contract 01 §5): fewer than its kind has steps for."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Set as AbstractSet

from dataverse_emulator.messages.base import KeyReference
from dataverse_emulator.metadata.catalog import ColumnType
from dataverse_emulator.service import Service
from dataverse_emulator.web.webapi.later import later
from dataverse_emulator.web.webapi.resources import (
    Collection,
    OperationCall,
    Property,
    Record,
    References,
    Resource,
    find_operation,
)

ORDER = ("OPTIONS", "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
ALL = frozenset(ORDER)

takes_parties = later("writing", "takes_parties")


def allow(methods: AbstractSet[str]) -> str:
    """The value of ``Allow``: OPTIONS always, HEAD with GET.

    >>> allow({"POST", "GET"})
    'OPTIONS,GET,HEAD,POST'
    """
    listed = {"OPTIONS", "HEAD", *methods} if "GET" in methods else {"OPTIONS", *methods}
    return ",".join(name for name in ORDER if name in listed)


def methods_of(place: Resource, steps: Iterable[str], service: Service) -> set[str]:
    """The methods of one resource; ``steps`` are those of its kind."""
    return set(steps) - _missing(place, service)


def _missing(place: Resource, service: Service) -> set[str]:
    if isinstance(place, Collection):
        return set() if takes_parties(place) else {"PUT"}
    if isinstance(place, Record):
        if place.parent is not None:
            return {"PUT", "PATCH", "DELETE"}
        return set() if isinstance(place.target, KeyReference) else {"PUT"}
    if isinstance(place, Property):
        return set() if place.column.type in (ColumnType.FILE, ColumnType.IMAGE) else {"PATCH"}
    if isinstance(place, References):
        return {"POST"} if isinstance(place.of, Record) else {"PUT"}
    if isinstance(place, OperationCall):
        definition = find_operation(place.name, place.on, service)
        return {"GET"} if definition is not None and definition.is_action else {"POST"}
    return set()
