"""Values of auto-number columns (06 §1.3): running numbers, random letters, the date."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from dataverse_emulator.errors import error
from dataverse_emulator.messages.base import Context, Operation, OperationResult, operation
from dataverse_emulator.messages.facts import TableFacts, facts_of

FIRST_NUMBER = 1000
LARGEST_SEED = 2**62  # leaves room to count on in 64 bits
LONGEST_RANDOM = 6
LONGEST_NUMBER = 4000  # as long as a text can be

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}|[{}]")
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
            row[column] = make_number(context, sequence_name(facts.table.logical_name, column), format)


def sequence_name(table: str, column: str) -> str:
    """The name of a column's sequence in the store."""
    return f"{table}.{column}"


def make_number(context: Context, sequence: str, format: str) -> str:
    """The next value of a format, for example ``CAS-{SEQNUM:5}-{RANDSTRING:6}``.

    Raises:
        EmulatorError: 0x80040203 for a format that is not right, which nobody checked before (contract 07 §6).
    """

    def replace(match: re.Match[str]) -> str:
        kind, _, argument = (match[1] or "").partition(":")
        if kind == "SEQNUM":
            width = _length(argument, 0, LONGEST_NUMBER)
            return str(context.store.next_number(sequence, FIRST_NUMBER)).zfill(width)
        if kind == "RANDSTRING":
            return context.random_text(_length(argument, 1, LONGEST_RANDOM))
        if kind != "DATETIMEUTC" or not argument:
            raise error("InvalidArgument", message=f"'{match[0][:100]}' is no placeholder of an AutoNumberFormat.")
        moment = datetime.strptime(context.now, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        parts = dict(_DATE_PARTS)
        return _DATE_TOKEN.sub(lambda token: parts[token.group()](moment), argument)

    return _PLACEHOLDER.sub(replace, format)


def _length(text: str, least: int, most: int) -> int:
    """The length that a placeholder asks for."""
    if not text.isascii() or not text.isdigit() or not least <= (length := int(text[:9])) <= most:
        raise error("InvalidArgument", message=f"A placeholder takes a length of {least} to {most}.")
    return length


@operation("SetAutoNumberSeed")
def set_auto_number_seed(context: Context, message: Operation) -> OperationResult:
    """Let the column's numbers go on with the given one.

    Raises:
        EmulatorError: 0x80041102, 0x80041103 for unknown names, 0x80040203 for a column without numbers, and for a
            number below 0 or above ``LARGEST_SEED`` (inferred).
    """
    sequence, number = _sequence(context, message), message.parameters["Value"]
    if not 0 <= number <= LARGEST_SEED:
        raise error("InvalidArgument", message=f"A seed is a number from 0 to {LARGEST_SEED}.")
    context.store.set_number(sequence, number)
    return OperationResult()


@operation("GetAutoNumberSeed", reads=True)
def get_auto_number_seed(context: Context, message: Operation) -> OperationResult:
    """The number that the next row gets (that it is this one is inferred)."""
    return OperationResult({"AutoNumberSeedValue": _next(context, message)})


@operation("GetNextAutoNumberValue", reads=True)
def get_next_auto_number_value(context: Context, message: Operation) -> OperationResult:
    """The number that the next row gets."""
    return OperationResult({"NextAutoNumberValue": _next(context, message)})


def _next(context: Context, message: Operation) -> int:
    return context.store.next_number_is(_sequence(context, message), FIRST_NUMBER)


def _sequence(context: Context, message: Operation) -> str:
    table_name, column = message.parameters["EntityName"], message.parameters["AttributeName"]
    table = context.catalog.find(table_name)
    if table is None:
        raise error("NoEntity", table=table_name)
    if column not in table.columns:
        raise error("NoAttribute", table=table_name, attribute=column)
    if not any(name == column for name, _ in facts_of(context, table).numbered):
        raise error("InvalidArgument", message=f"The column '{column}' of '{table_name}' has no automatic numbers.")
    return sequence_name(table_name, column)
