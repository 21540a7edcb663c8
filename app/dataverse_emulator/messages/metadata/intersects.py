"""The table that holds the pairs of an N:N relationship (contract 07 §5.2, §8)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dataverse_emulator.messages.metadata.names import plural
from dataverse_emulator.messages.metadata.system_columns import READ_ONLY, SYSTEM


def intersect_head(schema: str) -> dict[str, Any]:
    """The table's definition without columns, type code and times."""
    name = schema.lower()
    return {
        "logicalName": name,
        "schemaName": schema,
        "entitySetName": f"{name}set",
        "collectionSchemaName": plural(schema),
        "logicalCollectionName": plural(name),
        "ownership": "None",
        "primaryId": f"{name}id",
        "isIntersect": True,
        "flags": {"isCustomEntity": True, "isManaged": False},
    }


def intersect_columns(schema: str, column1: str, column2: str) -> Iterator[dict[str, Any]]:
    """The key, the two ends and the version of a row."""
    for column, kind, required in (
        (f"{schema.lower()}id", "Uniqueidentifier", "SystemRequired"),
        (column1, "Uniqueidentifier", "SystemRequired"),
        (column2, "Uniqueidentifier", "SystemRequired"),
        ("versionnumber", "BigInt", "None"),
    ):
        members = {"logicalName": column, "schemaName": column, "type": kind, "required": required}
        yield {**members, **READ_ONLY, **SYSTEM}
