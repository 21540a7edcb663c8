"""The settings of the organization and the exchange rates that writes depend on, read once a root message."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from dataverse_emulator.messages.base import Context
from dataverse_emulator.values import Reference

_COLUMNS = (
    "organizationid",
    "basecurrencyid",
    "fullnameconventioncode",
    "pricingdecimalprecision",
    "maxuploadfilesize",
    "blockedattachments",
    "allowedmimetypes",
    "blockedmimetypes",
    "expirechangetrackingindays",
)
SETTINGS_TABLES = frozenset({"organization", "transactioncurrency", "systemuser", "usersettings", "team"})
"""Tables whose rows are remembered for the length of a root message; a change of one makes them be read again."""

DEFAULT_NAME_CONVENTION = 1  # First Last (06 §1.2)
DEFAULT_UPLOAD_LIMIT = 5 * 1024 * 1024  # 06 §7
DEFAULT_TRACKING_DAYS = 7  # 02 §14
DEFAULT_PRECISION = 2


@dataclass(frozen=True, slots=True)
class Settings:
    """What the row of table ``organization`` says, with the platform's defaults where it is silent."""

    organization: Reference | None
    base_currency: Reference | None
    name_convention: int
    pricing_precision: int
    upload_limit: int
    blocked_extensions: frozenset[str]
    allowed_types: frozenset[str]
    blocked_types: frozenset[str]
    tracking_days: int


@dataclass(frozen=True, slots=True)
class Rate:
    """A currency's exchange rate against the base currency, and its decimal places."""

    exchange_rate: float
    precision: int


def settings(context: Context) -> Settings:
    """The organization's settings."""
    known = context.memo.get("settings")
    if isinstance(known, Settings):
        return known
    rows = context.store.find(context.catalog.table("organization"), {}, _COLUMNS, limit=1)
    made = context.memo["settings"] = settings_of(rows[0] if rows else {})
    return made


def settings_of(row: Mapping[str, Any]) -> Settings:
    """The settings that a row of table ``organization`` holds."""
    id = row.get("organizationid")
    tracking_days = row.get("expirechangetrackingindays")
    convention, precision = row.get("fullnameconventioncode"), row.get("pricingdecimalprecision")
    return Settings(
        Reference("organization", id) if id else None,
        row.get("basecurrencyid"),
        DEFAULT_NAME_CONVENTION if convention is None else convention,
        DEFAULT_PRECISION if precision is None else precision,
        row.get("maxuploadfilesize") or DEFAULT_UPLOAD_LIMIT,
        _listed(row.get("blockedattachments") or ""),
        _listed(row.get("allowedmimetypes") or ""),
        _listed(row.get("blockedmimetypes") or ""),
        DEFAULT_TRACKING_DAYS if tracking_days is None else tracking_days,
    )


@lru_cache(maxsize=16)
def _listed(text: str) -> frozenset[str]:
    return frozenset(each.strip() for each in text.lower().split(";")) - {""}


def rate(context: Context, currency: Reference) -> Rate:
    """The rate of a currency at this moment (1 where the row is missing)."""
    rates: dict[str, Rate] = context.memo.setdefault("rates", {})
    known = rates.get(currency.id)
    if known is None:
        table = context.catalog.table("transactioncurrency")
        row = context.store.read(table, currency.id, ("exchangerate", "currencyprecision")) or {}
        precision = row.get("currencyprecision")
        known = rates[currency.id] = Rate(
            row.get("exchangerate") or 1.0, DEFAULT_PRECISION if precision is None else precision
        )
    return known


def user_currency(context: Context, user_id: str) -> Reference | None:
    """The currency that a user chose, in the own row or the own settings, else the base currency (06 §5)."""
    chosen: dict[str, Reference | None] = context.memo.setdefault("user currencies", {})
    if user_id not in chosen:
        chosen[user_id] = (
            _currency_in(context, "systemuser", user_id)
            or _currency_in(context, "usersettings", user_id)
            or settings(context).base_currency
        )
    return chosen[user_id]


def _currency_in(context: Context, table: str, user_id: str) -> Reference | None:
    found = context.catalog.find(table)
    row = context.store.read(found, user_id, ("transactioncurrencyid",)) if found is not None else None
    currency: Reference | None = row["transactioncurrencyid"] if row is not None else None
    return currency


def forget(context: Context) -> None:
    """Drop what was read, after a row that it came from has changed."""
    context.memo.clear()
    context.store.settings_stamp += 1
