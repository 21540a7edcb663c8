"""Views of a solution: rows of ``savedquery`` (03 §17)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from dataverse_emulator.errors import error
from dataverse_emulator.messages.base import Context, Create, Record, Update
from dataverse_emulator.messages.metadata.given import base_of
from dataverse_emulator.messages.row_labels import set_texts
from dataverse_emulator.values import Reference

_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_TEXTS = ("name", "description")


def add_views(context: Context, views: Iterable[Mapping[str, Any]]) -> None:
    """Make the views, or change those that are there.

    Raises:
        EmulatorError: 0x80048033 for a view without id, name or type, and what a Create of it raises.
    """
    table = context.catalog.table("savedquery")
    for view in views:
        name, id, kind = base_of(view["name"]), view["savedqueryid"], str(view["querytype"])
        if not name or not _ID.fullmatch(id) or not (kind.isascii() and kind.isdigit() and len(kind) < 10):
            raise error("ImportSolutionError", reason=f"A view ({name}) has no name, no id or no type.")
        values = {key: value for key, value in view.items() if value is not None and key not in _TEXTS}
        values |= {"name": name, "description": base_of(view["description"]), "querytype": int(kind)}
        target = Reference("savedquery", id)
        if context.store.exists(table, id):
            del values["returnedtypecode"], values["savedqueryid"]
            context.execute(Update(target, Record(table, values)))
        else:
            context.execute(Create(Record(table, values)))
            context.store.update(table, id, {"iscustom": True})
        for column in _TEXTS:
            if len(view[column]) > 1:
                set_texts(context, target, column, view[column])
