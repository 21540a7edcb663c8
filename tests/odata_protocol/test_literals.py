"""Primitive values: URL text to value and back."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odata_protocol.errors import SyntaxProblem
from odata_protocol.expressions import parse_filter
from odata_protocol.literals import parse_literal, read_value, write_literal
from odata_protocol.syntax import Literal


@pytest.mark.parametrize(
    ("text", "value", "type_"),
    [
        ("null", None, "Edm.Null"),
        ("true", True, "Edm.Boolean"),
        ("false", False, "Edm.Boolean"),
        ("0", 0, "Edm.Int32"),
        ("-12", -12, "Edm.Int32"),
        ("+5", 5, "Edm.Int32"),
        ("2147483647", 2147483647, "Edm.Int32"),
        ("2147483648", 2147483648, "Edm.Int64"),
        ("-9223372036854775808", -(2**63), "Edm.Int64"),
        ("9223372036854775808", Decimal(2**63), "Edm.Decimal"),
        ("9" * 5000, Decimal("9" * 5000), "Edm.Decimal"),
        ("3.10", Decimal("3.10"), "Edm.Decimal"),
        ("1e5", 1e5, "Edm.Double"),
        ("-1.5E-3", -0.0015, "Edm.Double"),
        ("INF", math.inf, "Edm.Double"),
        ("-INF", -math.inf, "Edm.Double"),
        ("''", "", "Edm.String"),
        ("'a b'", "a b", "Edm.String"),
        ("'O''Neil'''", "O'Neil'", "Edm.String"),
        ("6047331A-6F47-42A4-87E0-7078A0A95062", UUID("6047331a-6f47-42a4-87e0-7078a0a95062"), "Edm.Guid"),
        ("2024-02-29", date(2024, 2, 29), "Edm.Date"),
        ("2024-01-01T10:30Z", datetime(2024, 1, 1, 10, 30, tzinfo=UTC), "Edm.DateTimeOffset"),
        ("2024-01-01T00:00:00", datetime(2024, 1, 1, tzinfo=UTC), "Edm.DateTimeOffset"),
        ("2024-01-01T00:00:00.5", datetime(2024, 1, 1, 0, 0, 0, 500000, UTC), "Edm.DateTimeOffset"),
        ("2024-01-01t00:00:00z", datetime(2024, 1, 1, tzinfo=UTC), "Edm.DateTimeOffset"),
        ("2024-01-01T00:00:00.123456789Z", datetime(2024, 1, 1, 0, 0, 0, 123456, UTC), "Edm.DateTimeOffset"),
        (
            "2024-01-01T02:00:00+02:00",
            datetime(2024, 1, 1, 2, tzinfo=timezone(timedelta(hours=2))),
            "Edm.DateTimeOffset",
        ),
        ("12:30", time(12, 30), "Edm.TimeOfDay"),
        ("12:30:01.25", time(12, 30, 1, 250000), "Edm.TimeOfDay"),
        ("duration'P1DT2H3M4.5S'", timedelta(1, 7384, 500000), "Edm.Duration"),
        ("duration'-PT1H'", -timedelta(hours=1), "Edm.Duration"),
        ("binary'Zm9vYg'", b"foob", "Edm.Binary"),
        ("binary''", b"", "Edm.Binary"),
        ("geography'SRID=0;Point(1 2)'", "geography'SRID=0;Point(1 2)'", "Edm.Geography"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_literal(text: str, value: Any, type_: str) -> None:
    found = parse_literal(text)
    assert (found.value, found.type, found.text) == (value, type_, text)
    assert type(found.value) is type(value)
    assert parse_literal(write_literal(value, type_)) == found


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("'abc", "There is an unterminated literal at position 4 in ''abc'."),
        ("2024-13-01", "Unrecognized 'Edm.Date' literal '2024-13-01' at '0' in '2024-13-01'."),
        ("2024-01-01T24:00Z", "Unrecognized 'Edm.DateTimeOffset' literal '2024-01-01T24:00Z' at '0' in"),
        ("0001-01-01T00:00:00+10:00", "Unrecognized 'Edm.DateTimeOffset' literal"),
        ("2024-01-01T00:00:00+14:01", "Unrecognized 'Edm.DateTimeOffset' literal"),
        ("25:00", "Unrecognized 'Edm.TimeOfDay' literal"),
        ("1e999", "Unrecognized 'Edm.Double' literal"),
        ("duration'P'", "Unrecognized 'Edm.Untyped' literal"),
        ("duration'P1Y'", "Unrecognized 'Edm.Untyped' literal"),
        ("binary'?'", "Unrecognized 'Edm.Untyped' literal"),
        ("color'red'", "Unrecognized 'Edm.Untyped' literal"),
        ("True", "Syntax error at position 0 in 'True'."),
        ("", "Syntax error at position 0 in ''."),
    ],
)
def test_text_without_a_value(text: str, message: str) -> None:
    with pytest.raises(SyntaxProblem) as caught:
        parse_literal(text)
    assert caught.value.message.startswith(message)


def zone(minutes: int) -> timezone:
    return timezone(timedelta(minutes=minutes))


VALUES = st.one_of(
    st.tuples(st.just("Edm.String"), st.text()),
    st.tuples(st.just("Edm.Boolean"), st.booleans()),
    st.tuples(st.just("Edm.Int32"), st.integers(-(2**31), 2**31 - 1)),
    st.tuples(st.just("Edm.Int64"), st.one_of(st.integers(2**31, 2**63 - 1), st.integers(-(2**63), -(2**31) - 1))),
    st.tuples(
        st.just("Edm.Decimal"), st.decimals(allow_nan=False, allow_infinity=False, min_value=-1e20, max_value=1e20)
    ),
    st.tuples(st.just("Edm.Double"), st.floats(allow_nan=False)),
    st.tuples(st.just("Edm.Guid"), st.uuids()),
    st.tuples(st.just("Edm.Date"), st.dates()),
    st.tuples(
        st.just("Edm.DateTimeOffset"),
        st.datetimes(
            datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.builds(zone, st.integers(-14 * 60, 14 * 60))
        ),
    ),
    st.tuples(st.just("Edm.TimeOfDay"), st.times()),
    st.tuples(st.just("Edm.Duration"), st.timedeltas()),
    st.tuples(st.just("Edm.Binary"), st.binary()),
)


@given(VALUES)
def test_any_value_survives_writing_and_reading(pair: tuple[str, Any]) -> None:
    type_, value = pair
    text = write_literal(value, type_)
    assert parse_literal(text) == Literal(value, type_)
    assert parse_filter(f"a eq {text}").right == Literal(value, type_)  # type: ignore[union-attr]  # a comparison has a right side


def test_nan_survives() -> None:
    assert parse_literal(write_literal(math.nan, "Edm.Double")) == parse_literal("NaN")


@pytest.mark.parametrize(
    ("text", "type_", "value"),
    [
        ("a'b", "Edm.String", "a'b"),
        ("true", "Edm.Boolean", True),
        ("7", "Edm.Int32", 7),
        ("7.50", "Edm.Decimal", Decimal("7.50")),
        ("1.5e3", "Edm.Decimal", Decimal("1.5e3")),
        ("-INF", "Edm.Double", -math.inf),
        ("2024-01-01T00:00:00Z", "Edm.DateTimeOffset", datetime(2024, 1, 1, tzinfo=UTC)),
        ("A,B", "ns.Kind", "A,B"),
    ],
)
def test_bare_value(text: str, type_: str, value: Any) -> None:
    assert read_value(text, type_) == value


@pytest.mark.parametrize(
    ("text", "type_"),
    [("x", "Edm.Int32"), ("3000000000", "Edm.Int32"), ("1e9999", "Edm.Decimal"), ("1", "Edm.Guid"), ("x", "Edm.None")],
)
def test_bare_text_without_a_value(text: str, type_: str) -> None:
    with pytest.raises(SyntaxProblem, match=f"Cannot convert the literal '{text}' to the expected type '{type_}'"):
        read_value(text, type_)
