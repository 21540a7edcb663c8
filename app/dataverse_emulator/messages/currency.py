"""Currency, exchange rate and the values in the base currency (06 §5)."""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import Any, TypeAlias

from dataverse_emulator.errors import error
from dataverse_emulator.messages.base import Context
from dataverse_emulator.messages.defaults import ALWAYS_WITH_CURRENCY
from dataverse_emulator.messages.facts import TableFacts
from dataverse_emulator.messages.organization_settings import Rate, rate, settings, user_currency
from dataverse_emulator.messages.validation import round_to
from dataverse_emulator.values import Reference

# A change of state refreshes the exchange rate, too (asserted by another test double only)
RECOMPUTE_ON_STATE = True
# table → (table of its lines, their lookup, error)
LOCKED_BY_LINES = {
    "opportunity": ("opportunityproduct", "opportunityid", "OpportunityCurrencyLocked"),
    "quote": ("quotedetail", "quoteid", "QuoteCurrencyLocked"),
}
# The exchange rate; the money columns, their places, the columns with their base values, and the places of these (None
# where the base value is the value itself)
_Conversion: TypeAlias = tuple[float, list[tuple[str, int, str | None, int | None]]]
_PRICING_PRECISION, _CURRENCY_PRECISION = 1, 2  # values of PrecisionSource


def read_on_create(facts: TableFacts) -> tuple[str, ...]:
    """The columns of a new row that ``set_on_create`` reads."""
    return ("transactioncurrencyid", *facts.money)


def set_on_create(context: Context, facts: TableFacts, row: dict[str, Any], given: Set[str]) -> None:
    """Fill currency, rate and base values of a new row; ``given`` are the names of the columns that the client set.

    Raises:
        EmulatorError: 0x80048CFB when money is given together with a currency of null.
    """
    if not facts.has_currency:
        return
    currency = row.get("transactioncurrencyid")
    if currency is None:
        has_money = any(name in given and row.get(name) is not None for name in facts.money)
        if has_money and "transactioncurrencyid" in given:
            raise error("CurrencyCannotBeNull")
        if not has_money and facts.table.logical_name not in ALWAYS_WITH_CURRENCY:
            return
        currency = row["transactioncurrencyid"] = user_currency(context, context.caller.user_id)
    _compute(context, facts, row, row, currency)


def wanted(facts: TableFacts, given: Mapping[str, Any]) -> tuple[str, ...]:
    """The columns of the old row that ``set_on_update`` needs for these changes."""
    return read_on_create(facts) if _concerns(facts, given) else ()


def set_on_update(
    context: Context, facts: TableFacts, id: str, old: Mapping[str, Any], changes: dict[str, Any]
) -> None:
    """Add rate and base values to ``changes``; ``old`` holds what ``wanted`` asked for.

    Raises:
        EmulatorError: 0x80048CFB when the row has or gets money and no currency; 0x80048479 and 0x8004480E when the
            currency of an opportunity or quote with lines changes.
    """
    if not _concerns(facts, changes):
        return
    if "transactioncurrencyid" in changes and changes["transactioncurrencyid"] != old.get("transactioncurrencyid"):
        _check_lines(context, facts, id)
    merged = {**old, **changes}
    has_money = any(merged.get(name) is not None for name in facts.money)
    currency = merged.get("transactioncurrencyid")
    if currency is None and has_money:
        if "transactioncurrencyid" in changes:
            raise error("CurrencyCannotBeNull")
        currency = changes["transactioncurrencyid"] = user_currency(context, context.caller.user_id)
    if currency is None and "transactioncurrencyid" not in changes:
        return
    _compute(context, facts, changes, merged, currency)


def _check_lines(context: Context, facts: TableFacts, id: str) -> None:
    """Refuse another currency while there are lines in the present one."""
    locked = LOCKED_BY_LINES.get(facts.table.logical_name)
    if locked is not None:
        table = context.catalog.table(locked[0])
        if context.store.find(table, {locked[1]: id}, (table.primary_id,), limit=1):
            raise error(locked[2])


def _concerns(facts: TableFacts, given: Mapping[str, Any]) -> bool:
    if not facts.has_currency:
        return False
    names = given.keys()
    return (
        "transactioncurrencyid" in names
        or not names.isdisjoint(facts.money.keys())
        or (RECOMPUTE_ON_STATE and "statecode" in names and bool(facts.money))
    )


def _compute(
    context: Context, facts: TableFacts, into: dict[str, Any], source: Mapping[str, Any], currency: Reference | None
) -> None:
    """Write rate, rounded money and base values; a row without currency has no money, so no base values either."""
    if currency is None:
        into["exchangerate"] = None
        into.update({column.base: None for name, column in facts.money.items() if name in into and column.base})
        return
    own, columns = _conversion(context, facts, currency)
    into["exchangerate"] = own
    for name, places, base, base_places in columns:
        value = source.get(name)
        if value is not None:
            value = into[name] = round_to(value, places)
        elif name not in into:
            continue
        if base is not None:
            into[base] = value if value is None or base_places is None else round_to(value / own, base_places)


def _conversion(context: Context, facts: TableFacts, currency: Reference) -> _Conversion:
    """How a table's money is rounded and converted in a currency: found once a root message."""
    key = ("conversion", facts.table.logical_name, currency.id)
    known: _Conversion | None = context.memo.get(key)
    if known is None:
        own, base_currency = rate(context, currency), settings(context).base_currency
        base = rate(context, base_currency) if base_currency is not None else own
        columns = []
        for name, column in facts.money.items():
            places, base_places = _places(context, column.places, own), _places(context, column.base_places, base)
            is_same = own.exchange_rate == 1 and base_places >= places
            columns.append((name, places, column.base, None if is_same else base_places))
        known = context.memo[key] = own.exchange_rate, columns
    return known


def _places(context: Context, places: tuple[int, int], currency: Rate) -> int:
    """The decimal places of a column with that precision and PrecisionSource, in a currency."""
    precision, source = places
    if source == _CURRENCY_PRECISION:
        return currency.precision
    if source == _PRICING_PRECISION:
        return settings(context).pricing_precision
    return precision
