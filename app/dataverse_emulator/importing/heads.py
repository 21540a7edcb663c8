"""What files tell of a table as a whole: its flags and the members that only its description knows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dataverse_emulator.importing.drafts import Definition, TableDraft
from dataverse_emulator.messages.metadata.tables import flags_of, head_settings, whole_head
from dataverse_emulator.metadata.catalog import Catalog, Table
from dataverse_emulator.metadata.describe import describe_table

_STAMPS = ("CreatedOn", "ModifiedOn")
_TEXTS = ("displayName", "displayCollectionName")


def with_members(head: Definition, given: Mapping[str, Any], catalog: Catalog) -> Definition:
    """The head of a new table with the members that a file gives, in the shape of the Web API."""
    if not given:
        return head
    whole = {**head, "flags": {**head.get("flags", {}), **flags_of(given)}}
    settings = head_settings(catalog, whole, given)
    return {**whole, "settings": settings} if settings else whole


def changed_head(table: Table, draft: TableDraft, catalog: Catalog) -> Definition:
    """The members of the head of a table that is there which a file gives otherwise."""
    described = describe_table(table, catalog)
    former_flags = flags_of(described)
    flags = {name: value for name, value in flags_of(draft.given).items() if value != former_flags[name]}
    changed: Definition = {}
    if flags:
        changed["flags"] = {**table.flags, **flags}
    for member, former in (("primaryImage", table.primary_image), ("statusTransitions", _transitions(table))):
        if draft.head.get(member) and draft.head[member] != former:
            changed[member] = draft.head[member]
    whole = {**whole_head(table), **{name: draft.head[name] for name in _TEXTS if draft.head.get(name)}}
    former_settings = dict(table.settings or {})
    settings = head_settings(catalog, {**whole, "flags": {**table.flags, **flags}}, draft.given)
    settings |= {name: former_settings[name] for name in _STAMPS if name in former_settings}
    if settings != former_settings:
        changed["settings"] = settings
    return changed


def _transitions(table: Table) -> dict[str, list[int]]:
    return {str(source): list(targets) for source, targets in table.transitions.items()}
