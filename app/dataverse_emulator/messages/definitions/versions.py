"""Version stamps of definitions: what changed and what went since a client last asked (contract 07 §10).

A stamp stands for the definitions as they were when it was given. What they were is kept as one digest a definition,
for the last few versions of a catalog; a stamp of another process, or one that is too old, has expired.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from weakref import WeakKeyDictionary

from dataverse_emulator.errors import error
from dataverse_emulator.metadata.catalog import Catalog, Column, Table
from dataverse_emulator.metadata.describe import column_id, metadata_id, relationship_id, table_id

KINDS = ("Entity", "Attribute", "Relationship", "OptionSet")
FIRST_NUMBER = 1_000_000
LIFETIME = timedelta(days=90)
_KEPT_VERSIONS = 16
_STAMP_TIME = "%m/%d/%Y %H:%M:%S"


def version_number(catalog: Catalog) -> int:
    """The version of the definitions."""
    return FIRST_NUMBER + catalog.version


@dataclass(frozen=True, slots=True)
class Changes:
    """What is different from an earlier version: identifiers of definitions, and those that went by kind."""

    changed: frozenset[str]
    deleted: dict[str, tuple[str, ...]]


def current_stamp(catalog: Catalog, now: datetime) -> str:
    """The stamp of the definitions as they are."""
    history = _history(catalog)
    for stamp, (version, _) in history.items():
        if version == catalog.version:
            return stamp
    stamp = f"{version_number(catalog)}!{now.strftime(_STAMP_TIME)}"
    history[stamp] = (catalog.version, _digests(catalog))
    if len(history) > _KEPT_VERSIONS:
        history.popitem(last=False)
    return stamp


def changes_since(catalog: Catalog, stamp: str, now: datetime) -> Changes:
    """What changed since a stamp was given.

    Raises:
        EmulatorError: 0x80044352 for a stamp that this catalog does not know (any more), or one of 90 days ago.
    """
    found = _history(catalog).get(stamp)
    if found is None or now - _time_of(stamp) > LIFETIME:
        raise error("ExpiredVersionStamp")
    version, before = found
    if version == catalog.version:
        return Changes(frozenset(), {})
    after = _history(catalog)[current_stamp(catalog, now)][1]
    deleted: dict[str, list[str]] = {}
    for identifier, (kind, _) in before.items():
        if identifier not in after:
            deleted.setdefault(kind, []).append(identifier)
    changed = frozenset(each for each, digest in after.items() if before.get(each) != digest)
    return Changes(changed, {kind: tuple(each) for kind, each in deleted.items()})


_Digests = dict[str, tuple[str, int]]
_HISTORIES: WeakKeyDictionary[Catalog, OrderedDict[str, tuple[int, _Digests]]] = WeakKeyDictionary()


def _history(catalog: Catalog) -> OrderedDict[str, tuple[int, _Digests]]:
    """Stamp → version and digests, oldest first; goes with the catalog."""
    return _HISTORIES.setdefault(catalog, OrderedDict())


def _time_of(stamp: str) -> datetime:
    return datetime.strptime(stamp.partition("!")[2], _STAMP_TIME).replace(tzinfo=UTC)


def _digests(catalog: Catalog) -> _Digests:
    return dict(_each_digest(catalog))


def _each_digest(catalog: Catalog) -> Iterator[tuple[str, tuple[str, int]]]:
    for name in catalog.table_names:
        table = catalog.table(name)
        yield table_id(name), ("Entity", hash(_own(table)))
        for column in table.columns.values():
            yield column_id(column), ("Attribute", hash(_plain(column)))
        for key in table.keys:
            yield metadata_id("key", name, key.logical_name), ("Key", hash(key))
        for one in catalog.children_of(name):
            digest = hash((repr(one), *sorted(one.cascade.items())))
            yield relationship_id(one.schema_name), ("Relationship", digest)
        for many in catalog.links_of(name):
            yield relationship_id(many.schema_name), ("Relationship", hash(many))
    for name, options in catalog.option_sets.items():
        yield metadata_id("optionset", name), ("OptionSet", hash(options))


def _own(table: Table) -> tuple[Any, ...]:
    """What a table's own definition is made of: not its columns, keys and relationships."""
    return (
        table.logical_name,
        table.schema_name,
        table.entity_set_name,
        table.primary_id,
        table.primary_name,
        table.primary_image,
        table.display_name,
        table.display_collection_name,
        table.collection_schema_name,
        table.logical_collection_name,
        table.ownership,
        *sorted(table.flags.items()),
        repr(sorted(table.transitions.items())),
    )


def _plain(column: Column) -> str:
    return repr(astuple(column))
