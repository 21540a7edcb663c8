"""Which messages a table of users takes: its rows of ``sdkmessagefilters``, which clients ask for (contract 09 §2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dataverse_emulator.messages.base import Context
from dataverse_emulator.messages.columns import caller_reference
from dataverse_emulator.metadata.catalog import ELASTIC
from dataverse_emulator.values import Reference

_FILTER, _MESSAGE = "sdkmessagefilter", "sdkmessage"
_ALWAYS = frozenset(
    {
        *("Create", "Retrieve", "Update", "Delete", "RetrieveMultiple", "Upsert"),
        *("CreateMultiple", "UpdateMultiple", "UpsertMultiple"),
    }
)
_OF_OWNED = frozenset({"Assign", "GrantAccess", "ModifyAccess", "RetrievePrincipalAccess", "RevokeAccess"})


def add_message_filters(context: Context, head: Mapping[str, Any]) -> None:
    """Announce the messages of a new table.

    Args:
        head: the table's definition without columns.
    """
    filters, messages = context.catalog.find(_FILTER), context.catalog.find(_MESSAGE)
    if filters is None or messages is None:
        return
    names, user = _messages_of(head), caller_reference(context)
    rows = []
    for message in context.store.find(messages, {}, ("sdkmessageid", "name")):
        if message["name"] in names:
            rows.append(
                {
                    "sdkmessagefilterid": context.new_id(),
                    "sdkmessageid": Reference(_MESSAGE, message["sdkmessageid"]),
                    "primaryobjecttypecode": head["logicalName"],
                    "secondaryobjecttypecode": "none",
                    "iscustomprocessingstepallowed": True,
                    "isvisible": True,
                    "ismanaged": False,
                    "workflowsdkstepenabled": False,
                    "createdon": context.now,
                    "modifiedon": context.now,
                    "createdby": user,
                    "modifiedby": user,
                    "versionnumber": context.store.next_version(),
                }
            )
    context.store.insert_many(filters, rows)


def remove_message_filters(context: Context, table: str) -> None:
    """Take the messages of a table that goes off the list."""
    filters = context.catalog.find(_FILTER)
    if filters is not None:
        for row in context.store.find(filters, {"primaryobjecttypecode": table}, (filters.primary_id,)):
            context.store.delete(filters, row[filters.primary_id])


def _messages_of(head: Mapping[str, Any]) -> frozenset[str]:
    names = set(_ALWAYS)
    if head["ownership"] == "UserOwned":
        names |= _OF_OWNED
    names.add("DeleteMultiple" if (head.get("settings") or {}).get("TableType") == ELASTIC else "SetState")
    if head["isActivity"] or head["flags"].get("isValidForQueue"):
        names.add("AddToQueue")
    return frozenset(names)
