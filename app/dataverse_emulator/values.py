"""Column values as the engine keeps them.

One form a type, chosen so that reading a row costs no conversion:

    String, Memo, EntityName       str
    Integer, BigInt, choices       int
    Decimal, Double, Money         float (Decimal and Money rounded to the column's precision when written)
    Boolean                        bool
    DateTime                       str: ``2024-01-31T08:00:00Z`` (UTC, whole seconds) or ``2024-01-31`` (date only)
    Uniqueidentifier, File         str: 36 characters, lower case
    Lookup, Customer, Owner        Reference
    MultiSelectPicklist            str: ``1,9`` (ascending as sent, no blanks)
    Image                          str: base64
    null                           None
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_GUID = re.compile(r"\{?([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12})\}?\Z")

EMPTY_GUID = "00000000-0000-0000-0000-000000000000"


@dataclass(frozen=True, slots=True)
class Reference:
    """A row by its table's logical name and its primary key (36 characters, lower case)."""

    table: str
    id: str


PARTITION = "partitionid"
"""The column that says in which partition a row of an elastic table stands."""

LIFETIME = "ttlinseconds"
"""The column that says for how many seconds after its last change such a row lives."""


class PartitionedId(str):
    """The primary key of a row of an elastic table, with the partition that makes it unique (contract 02 §17)."""

    __slots__ = ("within",)

    within: str

    def __new__(cls, id: str, within: str) -> PartitionedId:
        """
        Args:
            within: the row's ``partitionid``.
        """
        made = super().__new__(cls, id)
        made.within = within
        return made


def partition_of(id: str) -> str:
    """The partition of a row of an elastic table: the key itself where the id names none.

    >>> partition_of(PartitionedId("0f", "device-1")), partition_of("0f")
    ('device-1', '0f')
    """
    return id.within if isinstance(id, PartitionedId) else id


def read_guid(text: object) -> str | None:
    """The canonical form of a guid in any letter case, with or without braces, or None when ``text`` is none.

    >>> read_guid("{7EB682F1-CA75-E511-80D4-00155D2A68D1}")
    '7eb682f1-ca75-e511-80d4-00155d2a68d1'
    """
    if not isinstance(text, str):
        return None
    match = _GUID.match(text)
    return match.group(1).lower() if match else None
