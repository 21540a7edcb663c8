"""Version stamps of definitions: what changed and what went since a client last asked (contract 07 §10).

A stamp stands for the definitions as they were when it was given. What they were is kept as one digest a definition,
for the last few versions of a catalog; a stamp of another process, or one that is too old, has expired.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any
from weakref import WeakKeyDictionary

from dataverse_emulator.errors import error
from dataverse_emulator.messages.change_tracking import Stamp, read_stamp
from dataverse_emulator.metadata.catalog import Catalog, Column, Table
from dataverse_emulator.metadata.describe import column_id, key_id, option_set_id, relationship_id, table_id
from dataverse_emulator.metadata.overlay import OPTION_SET

KINDS = ("Entity", "Attribute", "Relationship", "OptionSet")
FIRST_NUMBER = 1_000_000
LIFETIME = timedelta(days=90)
_KEPT_VERSIONS = 16


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
    stamp = Stamp(version_number(catalog), now.isoformat()).text
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
    given = read_stamp(stamp)
    if found is None or given is None or now - datetime.fromisoformat(given.moment) > LIFETIME:
        raise error("ExpiredVersionStamp")
    version, before = found
    if version == catalog.version:
        return Changes(frozenset(), {})
    after = _history(catalog)[current_stamp(catalog, now)][1]
    names = [name for name in before.keys() | after.keys() if before.get(name) is not after.get(name)]
    was, now_is = _merged(before, names), _merged(after, names)
    deleted: dict[str, list[str]] = {}
    for identifier, (kind, _) in was.items():
        if identifier not in now_is:
            deleted.setdefault(kind, []).append(identifier)
    changed = frozenset(each for each, digest in now_is.items() if was.get(each) != digest)
    return Changes(changed, {kind: tuple(each) for kind, each in deleted.items()})


_Digests = Mapping[str, tuple[str, int]]
_Parts = Mapping[str, _Digests]
_MEMO = "digests"
_HISTORIES: WeakKeyDictionary[Catalog, OrderedDict[str, tuple[int, _Parts]]] = WeakKeyDictionary()


def _history(catalog: Catalog) -> OrderedDict[str, tuple[int, _Parts]]:
    """Stamp → version and digests by table, oldest first; goes with the catalog."""
    return _HISTORIES.setdefault(catalog, OrderedDict())


def _merged(parts: _Parts, names: Iterable[str]) -> dict[str, tuple[str, int]]:
    return {identifier: digest for name in names for identifier, digest in parts.get(name, {}).items()}


def _digests(catalog: Catalog) -> _Parts:
    """The digests of each table's definitions by its name, and of the option sets without one.

    A table keeps its digests as long as it lives. A change of definitions makes new objects of the tables that it
    concerns and lets the others be, so that a stamp takes no longer than the change.
    """
    found: dict[str, _Digests] = {}
    for name in catalog.table_names:
        table = catalog.table(name)
        digests: _Digests | None = table.memo.get(_MEMO)
        if digests is None:
            digests = table.memo[_MEMO] = dict(_each_digest(catalog, table))
        found[name] = digests
    found[""] = {
        option_set_id(name): ("OptionSet", hash(repr((options, catalog.part(OPTION_SET, name)))))
        for name, options in catalog.option_sets.items()
    }
    return found


def _each_digest(catalog: Catalog, table: Table) -> Iterator[tuple[str, tuple[str, int]]]:
    name = table.logical_name
    yield table_id(name), ("Entity", hash(_own(table)))
    for column in table.columns.values():
        yield column_id(column), ("Attribute", hash(repr(_MEMBERS(column))))
    for key in table.keys:
        yield key_id(name, key.logical_name), ("Key", hash(repr(key)))
    for one in catalog.children_of(name):
        yield relationship_id(one.schema_name), ("Relationship", hash(repr(one)))
    for many in catalog.links_of(name):
        yield relationship_id(many.schema_name), ("Relationship", hash(repr(many)))


_MEMBERS = attrgetter(*(each.name for each in fields(Column)))


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
        repr(table.settings),
    )
