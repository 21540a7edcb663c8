"""What is different about elastic tables: two columns more, one key, and what they cannot have (contract 07 §6)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from dataverse_emulator.errors import not_emulated
from dataverse_emulator.messages.metadata.given import invalid
from dataverse_emulator.messages.metadata.system_columns import SYSTEM
from dataverse_emulator.metadata.catalog import ELASTIC
from dataverse_emulator.metadata.compiled import CASCADE_ACTIONS
from dataverse_emulator.values import LIFETIME, PARTITION

KEY_NAME = "KeyForNoSqlEntityWithPKPartitionId"

_STATES = ("statecode", "statuscode", "statecodename", "statuscodename")
_REFUSED = ("Money", "MultiSelectPicklist", "Image", "File")


def check_table_type(given: Mapping[str, Any]) -> None:
    """Refuse a new table that is neither a standard nor an elastic one.

    Raises:
        EmulatorError: 501 for a virtual table, 0x80040203 for a type that there is not.
    """
    kind = given.get("TableType")
    if kind == "Virtual" or given.get("DataProviderId"):
        raise not_emulated("virtual tables")
    if kind not in (None, "Standard", ELASTIC):
        raise invalid(f"The table type '{kind}' is not known.")


def elastic_columns(columns: dict[str, dict[str, Any]]) -> None:
    """Make the columns of a new table those of an elastic one.

    Raises:
        EmulatorError: 0x80040203 for columns that it cannot have.
    """
    for name in _STATES:
        columns.pop(name, None)
    for part in columns.values():
        check_elastic_column(part)
    columns |= {part["logicalName"]: part for part in _own_columns()}


def _own_columns() -> Iterator[dict[str, Any]]:
    partition = {"logicalName": PARTITION, "schemaName": "PartitionId", "type": "String", "maxLength": 100}
    yield {**partition, "displayName": "Partition Id", "format": "Text", "validForUpdate": False, **SYSTEM}
    lifetime = {"logicalName": LIFETIME, "schemaName": "TTLInSeconds", "type": "Integer"}
    yield {**lifetime, "displayName": "Time to live", "min": 1, "max": 2**31 - 1, **SYSTEM}


def check_elastic_column(part: Mapping[str, Any]) -> None:
    """Refuse a column of a type that elastic tables do not have.

    Raises:
        EmulatorError: 0x80040203.
    """
    if part["type"] in _REFUSED:
        raise invalid(f"Elastic tables cannot have columns of the type {part['type']}.")


def no_cascades(sent: Mapping[str, str]) -> dict[str, str]:
    """The cascade settings of a relationship with an elastic table: none cascades.

    Raises:
        EmulatorError: 0x80040203 for another setting.
    """
    if any(setting != "NoCascade" for setting in sent.values()):
        raise invalid("Relationships with elastic tables cannot cascade.")
    return dict.fromkeys(CASCADE_ACTIONS, "NoCascade")


def elastic_key(primary_id: str) -> dict[str, Any]:
    """The one key of an elastic table."""
    return {
        "logicalName": KEY_NAME.lower(),
        "schemaName": KEY_NAME,
        "displayName": KEY_NAME,
        "columns": [primary_id, PARTITION],
        "settings": {},
    }
