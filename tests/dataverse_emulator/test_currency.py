"""Currencies, exchange rates and base values (contract 06 §5)."""

from __future__ import annotations

from typing import Any

import pytest

from dataverse_emulator.messages.validation import round_to


def test_money_brings_the_base_currency(bench: Any) -> None:
    row = bench.read(bench.create("lead", {"lastname": "L", "revenue": 100.0}))
    assert (row["transactioncurrencyid"], row["exchangerate"], row["revenue_base"]) == (bench.base_currency, 1.0, 100.0)


def test_a_row_without_money_has_no_currency(bench: Any) -> None:
    row = bench.read(bench.create("contact", {"lastname": "C"}))
    assert (row["transactioncurrencyid"], row["exchangerate"]) == (None, None)


def test_an_opportunity_always_has_a_currency_and_totals(bench: Any) -> None:
    row = bench.read(bench.create("opportunity", {"name": "O"}))
    assert (row["transactioncurrencyid"], row["exchangerate"]) == (bench.base_currency, 1.0)
    for total in ("totalamount", "totallineitemamount", "totaltax", "totaldiscountamount", "totalamountlessfreight"):
        assert (row[total], row[f"{total}_base"]) == (0.0, 0.0)
    assert row["estimatedvalue"] is None


def test_the_users_currency_comes_before_the_base_currency(bench: Any) -> None:
    currency = bench.other_currency()
    bench.update(bench.user, {"transactioncurrencyid": currency})
    row = bench.read(bench.create("lead", {"lastname": "L", "revenue": 100.0}))
    assert (row["transactioncurrencyid"], row["exchangerate"], row["revenue_base"]) == (currency, 2.0, 50.0)


def test_base_values_are_divided_by_the_rate(bench: Any) -> None:
    currency = bench.other_currency(3.0)
    row = bench.read(bench.create("lead", {"lastname": "L", "revenue": 100.0, "transactioncurrencyid": currency}))
    assert (row["revenue"], row["revenue_base"], row["exchangerate"]) == (100.0, 33.33, 3.0)


def test_a_change_of_money_or_currency_computes_again(bench: Any) -> None:
    first, second = bench.other_currency(2.0), bench.other_currency(4.0, isocurrencycode="TSL")
    values = {"lastname": "L", "revenue": 100.0, "budgetamount": 8.0, "transactioncurrencyid": first}
    lead = bench.create("lead", values)
    bench.update(lead, {"revenue": 50.0})
    assert bench.read(lead)["revenue_base"] == 25.0
    bench.update(lead, {"transactioncurrencyid": second})
    row = bench.read(lead)
    assert (row["revenue_base"], row["budgetamount_base"], row["exchangerate"]) == (12.5, 2.0, 4.0)
    bench.update(lead, {"revenue": None})
    assert bench.read(lead)["revenue_base"] is None


def test_a_new_rate_reaches_rows_only_when_they_change(bench: Any) -> None:
    currency = bench.other_currency(2.0)
    lead = bench.create("lead", {"lastname": "L", "revenue": 100.0, "transactioncurrencyid": currency})
    bench.update(currency, {"exchangerate": 4.0})
    assert bench.read(lead)["revenue_base"] == 50.0
    bench.update(lead, {"description": "no money"})
    assert bench.read(lead)["revenue_base"] == 50.0
    bench.update(lead, {"statecode": 2})
    assert (bench.read(lead)["revenue_base"], bench.read(lead)["exchangerate"]) == (25.0, 4.0)


def test_money_without_currency_is_refused(bench: Any, refused: Any) -> None:
    with refused("CurrencyCannotBeNull", "0x80048CFB", 400):
        bench.create("lead", {"lastname": "L", "revenue": 1.0, "transactioncurrencyid": None})
    lead = bench.create("lead", {"lastname": "L", "revenue": 1.0})
    with refused("CurrencyCannotBeNull", "0x80048CFB", 400):
        bench.update(lead, {"transactioncurrencyid": None})


def test_money_on_an_update_brings_the_currency(bench: Any) -> None:
    lead = bench.create("lead", {"lastname": "L"})
    bench.update(lead, {"revenue": 5.0})
    row = bench.read(lead)
    assert (row["transactioncurrencyid"], row["revenue_base"]) == (bench.base_currency, 5.0)


def test_money_is_rounded_to_the_currencys_precision(bench: Any) -> None:
    currency = bench.other_currency(1.0, currencyprecision=0)
    row = bench.read(bench.create("lead", {"lastname": "L", "revenue": 10.5, "transactioncurrencyid": currency}))
    assert row["revenue"] == 11.0
    assert bench.read(bench.create("lead", {"lastname": "L", "revenue": 10.126}))["revenue"] == 10.13


@pytest.mark.parametrize(
    ("parent", "line", "name", "code"),
    [
        ("opportunity", "opportunityproduct", "OpportunityCurrencyLocked", "0x80048479"),
        ("quote", "quotedetail", "QuoteCurrencyLocked", "0x8004480E"),
    ],
)
def test_lines_fix_the_currency(bench: Any, refused: Any, parent: str, line: str, name: str, code: str) -> None:
    row = bench.create(parent, {"name": "N"})
    bench.create(line, {f"{parent}id": row, "productdescription": "P"})
    with refused(name, code, 400):
        bench.update(row, {"transactioncurrencyid": bench.other_currency()})


@pytest.mark.parametrize(
    ("value", "places", "expected"),
    [(2.675, 2, 2.68), (2.5, 0, 3.0), (-2.5, 0, -3.0), (1.005, 2, 1.01), (0.1 + 0.2, 2, 0.3), (1e11, 2, 1e11)],
)
def test_rounding_goes_away_from_zero(value: float, places: int, expected: float) -> None:
    assert round_to(value, places) == expected
