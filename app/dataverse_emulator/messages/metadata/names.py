"""Names of what users define: prefixes, characters, lengths, plurals (contract 07 §4, §5.2)."""

from __future__ import annotations

import re
from typing import Any

from dataverse_emulator.errors import error
from dataverse_emulator.messages.metadata.given import invalid

LONGEST_NAME = 100
_PREFIX = re.compile(r"(?!mscrm)[a-z][a-z0-9]{1,7}", re.IGNORECASE)
NAME = re.compile(r"[A-Za-z0-9_]+")
"""The characters of a schema name."""


def schema_name(given: Any, of: str, prefix: str | None = None) -> str:
    """The schema name of a definition, after checks.

    Args:
        given: what the client sent.
        of: the kind of definition, for the text of an error.
        prefix: the prefix that the solution's publisher demands.

    Raises:
        EmulatorError: 0x80044365, 0x80044366 or 0x80044367; 0x80040203 for other characters or none at all.
    """
    if not isinstance(given, str) or not given:
        raise invalid(f"The SchemaName of the {of} is missing.")
    if len(given) > LONGEST_NAME:
        raise error("SchemaNameLengthExceedsLimit", name=given[:LONGEST_NAME], limit=LONGEST_NAME)
    if not (given[0].isascii() and given[0].isalpha()):
        raise error("SchemaNameNotStartwithLetter", name=given)
    head, separator, rest = given.partition("_")
    is_fitting = _PREFIX.fullmatch(head) is not None and (prefix is None or head.lower() == prefix.lower())
    if not separator or not rest or not is_fitting:
        raise error("InvalidNamePrefix", name=given)
    if NAME.fullmatch(given) is None:
        raise invalid(f"The name '{given}' has characters other than letters, digits and underscores.")
    return given


def plural(name: str) -> str:
    """The plural of a name by the rule that most of the platform's own names follow.

    >>> plural("new_box"), plural("new_city"), plural("new_day"), plural("new_project")
    ('new_boxes', 'new_cities', 'new_days', 'new_projects')
    """
    lower = name.lower()
    if lower.endswith(("s", "x", "z", "ch", "sh")):
        return name + "es"
    if lower.endswith("y") and lower[-2:-1] not in ("a", "e", "i", "o", "u", ""):
        return name[:-1] + "ies"
    return name + "s"
