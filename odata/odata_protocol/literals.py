"""Primitive values: URL text to Python value and back.

The readers are shared by the lexer (which already knows the kind of a token), ``parse_literal`` and ``read_value``.
"""

from __future__ import annotations

import binascii
import math
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

from odata_protocol.errors import SyntaxProblem
from odata_protocol.syntax import Literal

INT32 = 2**31
INT64 = 2**63
MAX_EXPONENT = 1000

GUID_PATTERN = r"[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}"
DATE_PATTERN = r"-?[0-9]{4,}-[0-9]{2}-[0-9]{2}"
TIME_PATTERN = r"[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?"
STAMP_PATTERN = DATE_PATTERN + r"[Tt]" + TIME_PATTERN + r"(?:[Zz]|[+-][0-9]{2}:[0-9]{2})?"
NUMBER_PATTERN = r"[+-]?(?:[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|INF)"
QUOTED_PATTERN = r"'[^']*+(?:''[^']*+)*+'"

_DURATION = re.compile(
    r"([+-])?P(?:([0-9]{1,9})D)?(?:T(?:([0-9]{1,9})H)?(?:([0-9]{1,9})M)?(?:([0-9]{1,9})(\.[0-9]+)?S)?)?"
)
_GEO = re.compile(r"(?i:SRID=[0-9]{1,5};[a-z]+\(.*\))", re.DOTALL)
_ENUM = re.compile(r"(?:-?[0-9]+|[^\W\d]\w*)(?:,(?:-?[0-9]+|[^\W\d]\w*))*")
_BASE64 = re.compile(r"[A-Za-z0-9_-]*={0,2}")

Reading = tuple[Any, str]
"""A Python value and the EDM type of its text."""


def _read_number(text: str) -> Reading:
    if text[-1] == "F":
        return (-math.inf if text[0] == "-" else math.inf), "Edm.Double"
    if "e" in text or "E" in text:
        number = float(text)
        if math.isinf(number):
            raise ValueError(text)
        return number, "Edm.Double"
    if "." in text:
        return Decimal(text), "Edm.Decimal"
    if len(text) > 20:  # also keeps clear of the interpreter's limit on the digits of an int
        return Decimal(text), "Edm.Decimal"
    whole = int(text)
    if -INT32 <= whole < INT32:
        return whole, "Edm.Int32"
    if -INT64 <= whole < INT64:
        return whole, "Edm.Int64"
    return Decimal(text), "Edm.Decimal"


def _read_guid(text: str) -> Reading:
    return UUID(text), "Edm.Guid"


def _date(text: str) -> date:
    if len(text) != 10:  # years below 1 and above 9999 have no Python value
        raise ValueError(text)
    return date(int(text[0:4]), int(text[5:7]), int(text[8:10]))


def _time(text: str) -> time:
    second = int(text[6:8]) if len(text) > 5 else 0
    return time(int(text[0:2]), int(text[3:5]), second, int(text[9:15].ljust(6, "0")) if len(text) > 9 else 0)


def _read_date(text: str) -> Reading:
    return _date(text), "Edm.Date"


def _read_time(text: str) -> Reading:
    return _time(text), "Edm.TimeOfDay"


def _read_stamp(text: str) -> Reading:
    day, rest = _date(text[:10]), text[11:]
    if text[10] not in "Tt":
        raise ValueError(text)
    zone: timezone = UTC
    if rest[-1] in "Zz":
        rest = rest[:-1]
    elif len(rest) > 6 and rest[-6] in "+-":
        minutes = int(rest[-5:-3]) * 60 + int(rest[-2:])
        if minutes > 14 * 60 or int(rest[-2:]) > 59:
            raise ValueError(text)
        zone = timezone(timedelta(minutes=-minutes if rest[-6] == "-" else minutes))
        rest = rest[:-6]
    stamp = datetime.combine(day, _time(rest), zone)
    if zone is not UTC:
        stamp.astimezone(UTC)  # raises where the instant has no value in UTC
    return stamp, "Edm.DateTimeOffset"


def _unquoted(text: str) -> str:
    """The text between quotes, doubled quotes made single."""
    inner = text[1:-1]
    return inner.replace("''", "'") if "'" in inner else inner


def _read_string(text: str) -> Reading:
    return _unquoted(text), "Edm.String"


def _duration(text: str) -> timedelta:
    match = _DURATION.fullmatch(text)
    if match is None or text[-1] in "PT":
        raise ValueError(text)
    sign, days, hours, minutes, seconds, fraction = match.groups()
    span = timedelta(
        days=int(days or 0),
        hours=int(hours or 0),
        minutes=int(minutes or 0),
        seconds=int(seconds or 0),
        microseconds=int(fraction[1:7].ljust(6, "0")) if fraction else 0,
    )
    return -span if sign == "-" else span


def _binary(text: str) -> bytes:
    if _BASE64.fullmatch(text) is None:
        raise ValueError(text)
    bare = text.rstrip("=")
    return urlsafe_b64decode(bare + "=" * (-len(bare) % 4))


def _read_prefixed(text: str) -> Reading:
    prefix, _, rest = text.partition("'")
    prefix = prefix.lower()
    if prefix == "duration":
        return _duration(rest[:-1]), "Edm.Duration"
    if prefix == "binary":
        return _binary(rest[:-1]), "Edm.Binary"
    if prefix in ("geography", "geometry") and _GEO.fullmatch(rest[:-1]):
        return text, "Edm." + prefix.capitalize()
    raise ValueError(text)


READERS: dict[str, Callable[[str], Reading]] = {
    "number": _read_number,
    "guid": _read_guid,
    "stamp": _read_stamp,
    "date": _read_date,
    "time": _read_time,
    "string": _read_string,
    "prefixed": _read_prefixed,
}
"""Readers by the kind of a token; each raises ValueError (or OverflowError) where the value does not exist."""

WORDS: dict[str, Reading] = {
    "null": (None, "Edm.Null"),
    "true": (True, "Edm.Boolean"),
    "false": (False, "Edm.Boolean"),
    "INF": (math.inf, "Edm.Double"),
    "NaN": (math.nan, "Edm.Double"),
}
"""Literals that look like names."""

PREFIXES = frozenset({"duration", "binary", "geography", "geometry"})

KIND_TYPES = {
    "number": "Edm.Double",
    "guid": "Edm.Guid",
    "stamp": "Edm.DateTimeOffset",
    "date": "Edm.Date",
    "time": "Edm.TimeOfDay",
    "string": "Edm.String",
    "prefixed": "Edm.Untyped",
}

_KINDS = re.compile(
    rf"(?P<guid>{GUID_PATTERN})|(?P<stamp>{STAMP_PATTERN})|(?P<date>{DATE_PATTERN})|(?P<time>{TIME_PATTERN})"
    rf"|(?P<number>{NUMBER_PATTERN})|(?P<string>{QUOTED_PATTERN})|(?P<prefixed>[A-Za-z]+{QUOTED_PATTERN})"
)


def make_literal(kind: str, text: str, position: int, whole: str) -> Literal:
    """Give the literal of a token; raise SyntaxProblem where the value does not exist (``2024-13-01``)."""
    try:
        value, type_ = READERS[kind](text)
    except (ValueError, OverflowError):
        message = f"Unrecognized '{KIND_TYPES[kind]}' literal '{text}' at '{position}' in '{whole}'."
        raise SyntaxProblem(message, whole, position) from None
    return Literal(value, type_, text, position=position)


def parse_literal(text: str) -> Literal:
    """Read the URL text of one primitive value.

    >>> parse_literal("'O''Neil'")
    Literal(value="O'Neil", type='Edm.String', text="'O''Neil'")
    >>> parse_literal("5000000000").type
    'Edm.Int64'
    >>> parse_literal("2024-01-01T00:00:00").value
    datetime.datetime(2024, 1, 1, 0, 0, tzinfo=datetime.timezone.utc)
    """
    word = WORDS.get(text)
    if word is not None:
        return Literal(word[0], word[1], text)
    match = _KINDS.fullmatch(text)
    if match is None or match.lastgroup is None:
        if text.startswith("'"):
            raise unterminated(text)
        raise SyntaxProblem(f"Syntax error at position 0 in '{text}'.", text, 0)
    return make_literal(match.lastgroup, text, 0, text)


def unterminated(text: str) -> SyntaxProblem:
    """The problem of a quote that is never closed; it shows at the end of the text."""
    return SyntaxProblem(f"There is an unterminated literal at position {len(text)} in '{text}'.", text, len(text))


def _plain(kind: str) -> Callable[[str], Any]:
    pattern = {"guid": GUID_PATTERN, "stamp": STAMP_PATTERN, "date": DATE_PATTERN, "time": TIME_PATTERN}[kind]
    compiled, reader = re.compile(pattern), READERS[kind]

    def read(text: str) -> Any:
        if compiled.fullmatch(text) is None:
            raise ValueError(text)
        return reader(text)[0]

    return read


_INTEGER = re.compile(r"[+-]?[0-9]{1,20}")
_DECIMAL = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,4})?")


def _whole(limit: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if _INTEGER.fullmatch(text) is None or not -limit <= int(text) < limit:
            raise ValueError(text)
        return int(text)

    return read


def _decimal(text: str) -> Decimal:
    if _DECIMAL.fullmatch(text) is None:
        raise ValueError(text)
    number = Decimal(text)
    if abs(number.adjusted()) > MAX_EXPONENT:
        raise ValueError(text)
    return number


def _double(text: str) -> float:
    if text in ("INF", "-INF", "NaN"):
        return {"INF": math.inf, "-INF": -math.inf, "NaN": math.nan}[text]
    if _DECIMAL.fullmatch(text) is None or math.isinf(float(text)):
        raise ValueError(text)
    return float(text)


def _boolean(text: str) -> bool:
    return {"true": True, "false": False}[text]


_VALUES: dict[str, Callable[[str], Any]] = {
    "Edm.String": str,
    "Edm.Boolean": _boolean,
    "Edm.Guid": _plain("guid"),
    "Edm.Date": _plain("date"),
    "Edm.DateTimeOffset": _plain("stamp"),
    "Edm.TimeOfDay": _plain("time"),
    "Edm.Duration": _duration,
    "Edm.Binary": _binary,
    "Edm.Byte": _whole(2**8),
    "Edm.Int16": _whole(2**15),
    "Edm.Int32": _whole(INT32),
    "Edm.Int64": _whole(INT64),
    "Edm.Decimal": _decimal,
    "Edm.Double": _double,
    "Edm.Single": _double,
}


def read_value(text: str, type: str) -> Any:
    """Read the bare text of a value, as it stands in a JSON string or a ``$value`` body, not in a URL.

    Types outside ``Edm`` are taken for enumerations: the text is checked and given back.

    >>> read_value("2024-02-29", "Edm.Date")
    datetime.date(2024, 2, 29)
    """
    try:
        if type.startswith("Edm."):
            return _VALUES[type](text)
        if _ENUM.fullmatch(text):
            return text
    except (ValueError, OverflowError, KeyError, binascii.Error):
        pass
    raise SyntaxProblem(f"Cannot convert the literal '{text}' to the expected type '{type}'.", text, 0)


def _write_stamp(value: datetime) -> str:
    text = value.replace(tzinfo=None).isoformat()
    offset = value.utcoffset()
    if not offset:
        return text + "Z"
    minutes = int(offset.total_seconds() // 60)
    return f"{text}{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"


def _write_duration(value: timedelta) -> str:
    sign, span = ("-", -value) if value < timedelta(0) else ("", value)
    fraction = f".{span.microseconds:06}".rstrip("0") if span.microseconds else ""
    return f"duration'{sign}P{span.days}DT{span.seconds}{fraction}S'"


def _write_double(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "INF" if value > 0 else "-INF"
    text = repr(value)
    return text if "e" in text else text + "e0"  # without an exponent it would read as a decimal


def _write_decimal(value: Decimal) -> str:
    text = format(value, "f")
    return text if "." in text or not -INT64 <= value < INT64 else text + ".0"


def write_literal(value: Any, type: str) -> str:
    """Give the URL text of a value, not percent-encoded.

    >>> write_literal("O'Neil", "Edm.String")
    "'O''Neil'"
    >>> write_literal(timedelta(minutes=90), "Edm.Duration")
    "duration'P0DT5400S'"
    """
    if value is None:
        return "null"
    if isinstance(value, str):
        if type in ("Edm.Geography", "Edm.Geometry"):
            return value
        return "'" + value.replace("'", "''") + "'"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) or type == "Edm.Double":
        return _write_double(float(value))
    if isinstance(value, Decimal):
        return _write_decimal(value)
    if isinstance(value, datetime):
        return _write_stamp(value)
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return _write_duration(value)
    if isinstance(value, bytes):
        return "binary'" + urlsafe_b64encode(value).decode("ascii") + "'"
    return str(value)
