"""Notes, files and activities of a table, and the relationships of a new activity (contract 07 §5.1, §5.3)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dataverse_emulator.messages.base import Context
from dataverse_emulator.messages.metadata.system_columns import SYSTEM, system_relationship
from dataverse_emulator.metadata.written import write_column, write_relationship

MODEL = "letter"
"""The activity after which new ones are made."""

POINTER = "activitypointer"
_MODELS_OWN = frozenset(
    {
        "category",
        "subcategory",
        "address",
        "directioncode",
        "directioncodename",
        "subscriptionid",
        "statecode",
        "statuscode",
    }
)
_MODELS_CHILDREN = ("letter_activity_parties", "Letter_Annotation", "Letter_QueueItem")
_SHARED = dict.fromkeys(("Assign", "Delete", "Merge", "Reparent", "Share", "Unshare"), "Cascade")


def notes_relationship(name: str, key: str) -> dict[str, Any]:
    """What ``HasNotes`` makes: notes belong to rows of the table."""
    made = system_relationship(f"{name}_Annotations", name, key, "annotation", "objectid", _SHARED)
    return {**made, "referencingNavigation": f"objectid_{name}"}


def files_relationship(name: str, key: str) -> dict[str, Any]:
    """What the first file column of a table makes: the rows of its files (contract 02 §13.1)."""
    made = system_relationship(
        f"{name}_FileAttachments", name, key, "fileattachment", "objectid", {"Delete": "Cascade"}
    )
    return {**made, "referencingNavigation": f"objectid_{name}"}


def activity_relationships(context: Context, name: str, key: str) -> Iterator[dict[str, Any]]:
    """What ``HasActivities`` makes: activities of every type can regard rows of the table."""
    catalog = context.catalog
    for one in catalog.children_of("account"):
        referencing = one.referencing_table
        if one.referencing_column != "regardingobjectid" or not catalog.table(referencing).is_activity:
            continue
        schema = f"{name}_{one.schema_name.partition('_')[2]}"
        made = system_relationship(schema, name, key, referencing, "regardingobjectid")
        navigation = f"regardingobjectid_{name}" + ("" if referencing == POINTER else f"_{referencing}")
        yield {**made, "referencingNavigation": navigation, "cascade": dict(one.cascade)}


def activity_columns(context: Context, name: str) -> Iterator[dict[str, Any]]:
    """The columns of a new activity: those of the activities that ship."""
    for column in context.catalog.table(MODEL).columns.values():
        if column.logical_name not in _MODELS_OWN:
            part = {**write_column(column), **SYSTEM}
            part.pop("navigation", None)
            if column.option_set and not column.option_set_global:
                part["optionSet"] = f"{name}_{column.logical_name}"
            yield part
    state = {"type": "State", "displayName": "Activity Status", "required": "SystemRequired", "validForCreate": False}
    status = {"type": "Status", "displayName": "Status Reason"}
    names = ("Open", "Completed", "Canceled", "Scheduled")
    states = [
        {"value": number, "label": text, "defaultStatus": number + 1, "invariantName": text}
        for number, text in enumerate(names)
    ]
    reasons = [{"value": number + 1, "label": text, "state": number} for number, text in enumerate(names)]
    for column_name, schema, members, options in (
        ("statecode", "StateCode", state, states),
        ("statuscode", "StatusCode", status, reasons),
    ):
        own = {"logicalName": column_name, "schemaName": schema, "optionSet": f"{name}_{column_name}"}
        yield {**own, **members, "options": options, **SYSTEM, **({"defaultValue": 0} if members is state else {})}


def relationships_of_activity(context: Context, name: str, plural: str) -> Iterator[dict[str, Any]]:
    """The relationships of a new activity, made after those of one that ships."""

    def renamed(text: str | None) -> str | None:
        if text is None:
            return None
        for model, own in (("Letters", plural), ("letters", plural), ("Letter", name), ("letter", name)):
            if model in text:
                return text.replace(model, own)
        return text

    catalog = context.catalog
    children = [one for one in catalog.children_of(MODEL) if one.schema_name in _MODELS_CHILDREN]
    for one in (*catalog.parents_of(MODEL), *children):
        if one.referencing_column in _MODELS_OWN:
            continue
        part = write_relationship(one)
        schema = renamed(one.schema_name)
        if schema == one.schema_name:
            schema = f"{one.schema_name}_{name}"
        part["schemaName"] = schema
        part["referencedNavigation"] = renamed(one.referenced_navigation)
        part["referencingNavigation"] = renamed(one.referencing_navigation)
        part["referencingTable"] = name if one.referencing_table == MODEL else one.referencing_table
        part["referencedTable"] = name if one.referenced_table == MODEL else one.referenced_table
        yield part
