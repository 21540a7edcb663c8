"""The few expressions that SQLite spells in its own way; another database brings a module of the same functions."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.selectable import Select


def caseless(value: ColumnElement[Any]) -> ColumnElement[Any]:
    """Text that is compared without regard to ASCII case (what is not ASCII has been folded before)."""
    return sa.collate(value, "NOCASE")


def listed(json_text: Any) -> Select[Any]:
    """The members of a JSON array as rows: one bound value whatever the array's length."""
    return sa.select(sa.literal_column("value")).select_from(sa.func.json_each(json_text))


def matches_sets(value: ColumnElement[Any], pattern: Any) -> ColumnElement[bool]:
    """A pattern with character sets (``[a-f]``), which LIKE does not know."""
    return sa.func.lower(value).op("GLOB", is_comparison=True)(pattern)
