"""Formatted values of columns of every type."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataverse_emulator.formatting import Locale, formatter, money_formatter, money_text, number_text
from dataverse_emulator.metadata.catalog import (
    Catalog,
    Column,
    ColumnMap,
    ColumnType,
    ManyToMany,
    OneToMany,
    Option,
    Table,
)

GERMAN = Locale(
    group=".",
    decimal=",",
    date="{day:02d}.{month:02d}.{year}",
    time="{hour:02d}:{minute:02d}",
    money="{amount} {symbol}",
    negative_money="-{amount} {symbol}",
)


class OneTable:
    """Definitions of the single table ``incident``."""

    def table_names(self) -> Mapping[str, str]:
        return {"incident": "incidents"}

    def load_table(self, logical_name: str) -> Table:
        return Table(logical_name, "Incident", "incidents", "incidentid", "title", {}, display_name="Case")

    def one_to_many(self) -> Sequence[OneToMany]:
        return ()

    def many_to_many(self) -> Sequence[ManyToMany]:
        return ()

    def option_sets(self) -> Mapping[str, tuple[Option, ...]]:
        return {}

    def column_maps(self) -> Mapping[tuple[str, str], tuple[ColumnMap, ...]]:
        return {}


CATALOG = Catalog(OneTable())
SOURCES = (Option(1, "Advertisement"), Option(9, "Word of Mouth"))
ALLOW = (Option(1, "Do Not Allow"), Option(0, "Allow"))


def column(kind: ColumnType, **facts: Any) -> Column:
    return Column("lead", "x", "X", kind, edm_name="x", **facts)


@pytest.mark.parametrize(
    ("kind", "facts", "value", "text"),
    [
        pytest.param(ColumnType.INTEGER, {}, 1234, "1,234", id="integer"),
        pytest.param(ColumnType.INTEGER, {}, -1234567, "-1,234,567", id="integer below zero"),
        pytest.param(ColumnType.INTEGER, {"format": "Duration"}, 90, "90", id="duration"),
        pytest.param(ColumnType.BIG_INT, {}, 81359849, "81,359,849", id="version number"),
        pytest.param(ColumnType.DECIMAL, {"precision": 2}, 1234.5, "1,234.50", id="decimal"),
        pytest.param(ColumnType.DECIMAL, {"precision": 10}, 1.0, "1.0000000000", id="exchange rate"),
        pytest.param(ColumnType.DECIMAL, {"precision": 0}, 1234.0, "1,234", id="decimal without places"),
        pytest.param(ColumnType.DOUBLE, {"precision": 5}, 52.5, "52.50000", id="double"),
        pytest.param(ColumnType.DOUBLE, {}, 52.5, "52.50", id="double of unknown precision"),
        pytest.param(ColumnType.BOOLEAN, {"options": ALLOW}, True, "Do Not Allow", id="true by label"),
        pytest.param(ColumnType.BOOLEAN, {"options": ALLOW}, False, "Allow", id="false by label"),
        pytest.param(ColumnType.BOOLEAN, {}, True, "Yes", id="true without labels"),
        pytest.param(ColumnType.BOOLEAN, {}, False, "No", id="false without labels"),
        pytest.param(ColumnType.PICKLIST, {"options": SOURCES}, 9, "Word of Mouth", id="choice"),
        pytest.param(ColumnType.PICKLIST, {"options": SOURCES}, 77, None, id="choice without label"),
        pytest.param(ColumnType.STATE, {"options": (Option(0, "Open"),)}, 0, "Open", id="state"),
        pytest.param(ColumnType.STATUS, {"options": (Option(3, "Qualified", state=1),)}, 3, "Qualified", id="status"),
        pytest.param(
            ColumnType.MULTI_SELECT, {"options": SOURCES}, "1,9", "Advertisement; Word of Mouth", id="multi-select"
        ),
        pytest.param(ColumnType.MULTI_SELECT, {"options": SOURCES}, "77", None, id="multi-select without label"),
        pytest.param(ColumnType.DATE_TIME, {}, "2024-01-07T23:25:31Z", "1/7/2024 11:25 PM", id="evening"),
        pytest.param(ColumnType.DATE_TIME, {}, "2024-01-07T00:05:00Z", "1/7/2024 12:05 AM", id="after midnight"),
        pytest.param(ColumnType.DATE_TIME, {}, "2024-12-31T12:00:00Z", "12/31/2024 12:00 PM", id="noon"),
        pytest.param(
            ColumnType.DATE_TIME, {"format": "DateOnly"}, "2024-01-07T00:00:00Z", "1/7/2024", id="date with midnight"
        ),
        pytest.param(ColumnType.DATE_TIME, {"edm_type": "Edm.Date"}, "2024-01-07", "1/7/2024", id="date"),
        pytest.param(ColumnType.ENTITY_NAME, {}, "incident", "Case", id="table name"),
        pytest.param(ColumnType.ENTITY_NAME, {}, "nosuchtable", None, id="unknown table name"),
    ],
)
def test_value_is_written_in_the_locale_of_the_environment(
    kind: ColumnType, facts: dict[str, Any], value: Any, text: str | None
) -> None:
    write = formatter(column(kind, **facts), CATALOG)
    assert write is not None
    assert write(value) == text


@pytest.mark.parametrize(
    "kind",
    [
        ColumnType.STRING,
        ColumnType.MEMO,
        ColumnType.UNIQUEIDENTIFIER,
        ColumnType.LOOKUP,
        ColumnType.OWNER,
        ColumnType.CUSTOMER,
        ColumnType.MONEY,
        ColumnType.IMAGE,
        ColumnType.FILE,
    ],
)
def test_types_without_a_formatted_value_of_their_own_have_no_formatter(kind: ColumnType) -> None:
    assert formatter(column(kind), CATALOG) is None


@pytest.mark.parametrize(
    ("amount", "symbol", "precision", "text"),
    [
        (20000.0, "$", 2, "$20,000.00"),
        (-20000.0, "$", 2, "($20,000.00)"),
        (-0.001, "$", 2, "$0.00"),
        (0.0, "€", 0, "€0"),
        (1234.56789, "kr.", 4, "kr.1,234.5679"),
    ],
)
def test_money_carries_the_symbol_of_its_currency(amount: float, symbol: str, precision: int, text: str) -> None:
    assert money_text(amount, symbol, precision) == text
    assert money_formatter(symbol, precision)(amount) == text


@given(st.floats(-1e15, 1e15), st.text(max_size=4), st.integers(0, 4), st.sampled_from([",", "."]))
def test_money_is_shown_alike_by_what_is_made_once(amount: float, symbol: str, precision: int, group: str) -> None:
    locale = Locale(group=group, decimal="." if group == "," else ",")
    assert money_formatter(symbol, precision, locale)(amount) == money_text(amount, symbol, precision, locale)


@pytest.mark.parametrize(
    ("kind", "facts", "value", "text"),
    [
        (ColumnType.INTEGER, {}, 1234567, "1.234.567"),
        (ColumnType.DECIMAL, {"precision": 2}, 1234.5, "1.234,50"),
        (ColumnType.DATE_TIME, {}, "2024-01-07T23:25:31Z", "07.01.2024 23:25"),
    ],
)
def test_another_locale_is_a_matter_of_facts(kind: ColumnType, facts: dict[str, Any], value: Any, text: str) -> None:
    write = formatter(column(kind, **facts), CATALOG, GERMAN)
    assert write is not None
    assert write(value) == text


def test_money_in_another_locale_puts_the_symbol_where_it_belongs() -> None:
    assert money_text(-1234.5, "€", 2, GERMAN) == "-1.234,50 €"


@given(st.floats(allow_nan=False, allow_infinity=False, width=32), st.integers(0, 10))
def test_number_reads_back_as_itself(value: float, precision: int) -> None:
    assert float(number_text(value, precision).replace(",", "")) == pytest.approx(
        value, abs=0.5 * 10**-precision + 1e-9
    )
