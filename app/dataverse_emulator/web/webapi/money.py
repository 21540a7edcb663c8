"""Formatted values of money: they need the symbol and the precision of the row's currency."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import TypeAlias

from dataverse_emulator.formatting import EN_US, Locale, money_formatter
from dataverse_emulator.metadata.catalog import Column
from dataverse_emulator.service import Service

MoneyText: TypeAlias = Callable[[float, str | None], str]

_CURRENCY_PRECISION = 2  # a value of PrecisionSource
_DEFAULT_SYMBOL, _DEFAULT_PRECISION = "", 2
_BASE_SUFFIX = "_base"


class Currencies:
    """Symbols and precisions of an environment's currencies, read once and kept until ``forget``."""

    def __init__(self, service: Service) -> None:
        self._service = weakref.ref(service)  # the environment outlives what is kept for it, not the other way
        self._known: dict[str, tuple[str, int]] = {}
        self._base: str | None = None
        self._shown: dict[tuple[object, str | None], Callable[[float], str]] = {}

    def forget(self) -> None:
        """Read again at the next use: currencies or the organization have changed."""
        self._known.clear()
        self._base = None
        self._shown = {}  # whoever is about to add to the former one adds what may be outdated

    def formatter(self, column: Column, locale: Locale = EN_US) -> MoneyText:
        """Make the function that gives the formatted value of an amount for the id of the row's currency."""
        in_base = column.logical_name.endswith(_BASE_SUFFIX)
        own = column.precision if column.precision is not None else _DEFAULT_PRECISION
        follows_currency = column.precision_source in (None, _CURRENCY_PRECISION)

        key = object()

        def text(amount: float, currency: str | None) -> str:
            shown = self._shown
            show = shown.get((key, currency))
            if show is None:
                symbol, places = self._facts(self._base_currency() if in_base or currency is None else currency)
                show = shown[key, currency] = money_formatter(symbol, places if follows_currency else own, locale)
            return show(amount)

        return text

    def _facts(self, currency: str) -> tuple[str, int]:
        return self._known.get(currency) or self._read(currency)

    def _read(self, currency: str) -> tuple[str, int]:
        service = self._service()
        table = None if service is None else service.catalog.find("transactioncurrency")
        if service is None or table is None or not currency:
            return _DEFAULT_SYMBOL, _DEFAULT_PRECISION
        with service.store.reading():
            row = service.store.read(table, currency, ("currencysymbol", "currencyprecision")) or {}
            precision = row.get("currencyprecision")
            facts = (
                row.get("currencysymbol") or _DEFAULT_SYMBOL,
                _DEFAULT_PRECISION if precision is None else precision,
            )
            self._known[currency] = facts  # before anyone can change the row
        return facts

    def _base_currency(self) -> str:
        return self._read_base() if self._base is None else self._base

    def _read_base(self) -> str:
        service = self._service()
        table = None if service is None else service.catalog.find("organization")
        if service is None or table is None:
            return ""
        with service.store.reading():
            rows = service.store.find(table, {}, ("basecurrencyid",), 1)
            reference = rows[0]["basecurrencyid"] if rows else None
            base = self._base = "" if reference is None else str(reference.id)
        return base
