"""Which status reasons may follow each other, as the options of a status column say it (ruling R17, 06 §4.8)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dataverse_emulator.messages.base import Context
from dataverse_emulator.messages.metadata.given import invalid
from dataverse_emulator.messages.metadata.parts import Changes, change_head
from dataverse_emulator.metadata.catalog import Table


def changed_transitions(context: Context, table: Table, given: Mapping[str, Any]) -> Changes:
    """The change of the table that the ``TransitionData`` of a definition's options asks for.

    Options without it are free to go anywhere only where no option has it; sending none at all changes nothing.

    Raises:
        EmulatorError: 0x80040203 for text that is not well formed, and for reasons that the table does not have.
    """
    options = (given.get("OptionSet") or {}).get("Options")
    if not isinstance(options, list) or not any("TransitionData" in each for each in options):
        return {}
    found: dict[str, list[int]] = {}
    for each in options:
        text = each.get("TransitionData")
        if text:
            for source, target in read_transitions(text):
                if source not in _reasons(table) or target not in _reasons(table):
                    raise invalid(f"TransitionData names a status reason that {table.logical_name} does not have.")
                found.setdefault(str(source), []).append(target)
    if {int(source): tuple(targets) for source, targets in found.items()} == dict(table.transitions):
        return {}
    changes: Changes = {}
    change_head(context, table.logical_name, changes, statusTransitions=found)
    return changes


def _reasons(table: Table) -> Mapping[int, str]:
    return table.status.labels if table.status is not None else {}


def read_transitions(text: str) -> list[tuple[int, int]]:
    """The pairs of status reasons that a text of ``TransitionData`` holds.

    Raises:
        EmulatorError: 0x80040203 for what is no such text.
    """
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True)
    try:
        root = etree.fromstring(text.encode(), parser)
        return [
            (int(each.get("sourcestatusid", "")), int(each.get("tostatusid", "")))
            for each in root.iter()
            if etree.QName(each).localname == "allowedtransition"
        ]
    except (etree.XMLSyntaxError, ValueError):
        raise invalid("TransitionData is not well formed.") from None
