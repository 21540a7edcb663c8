"""Entity tags and the row versions that they stand for (contract 01 §12, 02 §9)."""

from __future__ import annotations

import re

STALE = -1
"""A version that no row has."""
_ELASTIC = re.compile(r"([0-9a-f]{8})-0000-0200-0000-([0-9a-f]{8})0000")


def elastic_tag(version: int) -> str:
    """The tag of a row of an elastic table, which looks like a guid.

    >>> elastic_tag(1_000_001)
    '000f4241-0000-0200-0000-000000000000'
    """
    return f"{version & 0xFFFFFFFF:08x}-0000-0200-0000-{version >> 32:08x}0000"


def version_of(tag: str) -> int | None:
    """The row version that a tag stands for, or None for a tag that no row can have.

    >>> version_of("1000001"), version_of(elastic_tag(1_000_001)), version_of("x")
    (1000001, 1000001, None)
    """
    if tag.isascii() and tag.isdigit() and len(tag) < 19:
        return int(tag)
    found = _ELASTIC.fullmatch(tag)
    return int(found[2] + found[1], 16) if found is not None else None
