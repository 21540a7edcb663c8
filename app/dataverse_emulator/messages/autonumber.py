"""Values of auto-number columns (06 §1.3): running numbers, random letters, the date."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from dataverse_emulator.errors import error
from dataverse_emulator.messages.base import Context
from dataverse_emulator.messages.facts import TableFacts

FIRST_NUMBER = 1000
LONGEST_RANDOM = 6

_PLACEHOLDER = re.compile(r"\{(SEQNUM|RANDSTRING|DATETIMEUTC):([^}]*)\}")
_DATE_PARTS: tuple[tuple[str, Callable[[datetime], str]], ...] = (
    ("yyyy", lambda moment: f"{moment.year:04}"),
    ("yy", lambda moment: f"{moment.year % 100:02}"),
    ("MM", lambda moment: f"{moment.month:02}"),
    ("dd", lambda moment: f"{moment.day:02}"),
    ("HH", lambda moment: f"{moment.hour:02}"),
    ("hh", lambda moment: f"{(moment.hour + 11) % 12 + 1:02}"),
    ("mm", lambda moment: f"{moment.minute:02}"),
    ("ss", lambda moment: f"{moment.second:02}"),
)
_DATE_TOKEN = re.compile("|".join(token for token, _ in _DATE_PARTS))


def fill_numbers(context: Context, facts: TableFacts, row: dict[str, Any]) -> None:
    """Generate the auto-number columns that have no value yet; a value that the client sent wins."""
    for column, format in facts.numbered:
        if row.get(column) is None:
            row[column] = make_number(context, f"{facts.table.logical_name}.{column}", format)


def make_number(context: Context, sequence: str, format: str) -> str:
    """The next value of a format, for example ``CAS-{SEQNUM:5}-{RANDSTRING:6}``.

    Raises:
        EmulatorError: 0x80040203 for a random part longer than six characters.
    """

    def replace(match: re.Match[str]) -> str:
        kind, argument = match.groups()
        if kind == "SEQNUM":
            return str(context.store.next_number(sequence, FIRST_NUMBER)).zfill(int(argument))
        if kind == "RANDSTRING":
            length = int(argument)
            if not 1 <= length <= LONGEST_RANDOM:
                raise error("InvalidArgument", message=f"RANDSTRING takes a length of 1 to {LONGEST_RANDOM}.")
            return context.random_text(length)
        moment = datetime.strptime(context.now, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        parts = dict(_DATE_PARTS)
        return _DATE_TOKEN.sub(lambda token: parts[token.group()](moment), argument)

    return _PLACEHOLDER.sub(replace, format)
