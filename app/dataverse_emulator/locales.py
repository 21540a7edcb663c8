"""A user's regional settings to the facts of a locale (contract 01 §4; columns of ``usersettings``).

``localeid`` names the locale. The format columns say how the user wants it otherwise; one that holds what a new en-US
user starts with counts as not chosen, so that a change of ``localeid`` alone changes the formats too (inferred: the
service fills them anew). Facts of locales other than en-US are those of the Unicode CLDR, by Babel, which is loaded
when the first such user comes.
"""

from __future__ import annotations

import locale as system_locale
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import tzinfo
from functools import lru_cache
from typing import Any

from dataverse_emulator.errors import not_emulated
from dataverse_emulator.formatting import EN_US, Locale

ENGLISH = 1033
LANGUAGES = {"en": 1033, "da": 1030, "de": 1031, "fr": 1036, "vi": 1066}
"""Provisioned languages (ruling R20) by the tags of ``Accept-Language``."""

DEFAULTS: Mapping[str, Any] = {
    "dateformatcode": 1,
    "dateformatstring": "M/d/yyyy",
    "dateseparator": "/",
    "timeformatcode": 0,
    "timeformatstring": "h:mm tt",
    "timeseparator": ":",
    "amdesignator": "AM",
    "pmdesignator": "PM",
    "decimalsymbol": ".",
    "numberseparator": ",",
    "numbergroupformat": "3",
    "negativeformatcode": 1,
    "currencyformatcode": 0,
    "negativecurrencyformatcode": 0,
}
"""The format columns and what they hold for a new en-US user."""

COLUMNS = ("localeid", "timezonecode", *DEFAULTS)

_LANGUAGE_BITS = 0x3FF  # of a locale's number; the rest is the region
# the codes count the short patterns of en-US in the order in which Windows lists them (inferred)
_DATE_PATTERNS = {2: "M/d/yy", 3: "MM/dd/yy", 4: "MM/dd/yyyy", 5: "yy/MM/dd", 6: "yyyy-MM-dd", 7: "dd-MMM-yy"}
_TIME_PATTERNS = {1: "hh:mm tt", 2: "H:mm", 3: "HH:mm"}
_NEGATIVES = ("({})", "-{}", "- {}", "{}-", "{} -")
_MONEY = ("$n", "n$", "$ n", "n $")
_NEGATIVE_MONEY = (
    *("($n)", "-$n", "$-n", "$n-", "(n$)", "-n$", "n-$", "n$-"),
    *("-n $", "-$ n", "n $-", "$ n-", "$ -n", "n- $", "($ n)", "(n $)"),
)
_FIELDS = {
    "d": "{day}",
    "dd": "{day:02d}",
    "ddd": "{weekday_short}",
    "dddd": "{weekday}",
    "M": "{month}",
    "MM": "{month:02d}",
    "MMM": "{month_short}",
    "MMMM": "{month_name}",
    "y": "{year2}",
    "yy": "{year2:02d}",
    "yyyy": "{year}",
    "h": "{hour12}",
    "hh": "{hour12:02d}",
    "H": "{hour}",
    "HH": "{hour:02d}",
    "m": "{minute}",
    "mm": "{minute:02d}",
    "s": "{second}",
    "ss": "{second:02d}",
    "t": "{half}",
    "tt": "{half}",
}
_PARTS = re.compile(r"'([^']*)'|\\(.)|(d+|M+|y+|h+|H+|m+|s+|t+)|([/:])|(.)", re.DOTALL)


def language_of(header: str) -> int | None:
    """The provisioned language that ``Accept-Language`` likes most, or None.

    >>> language_of("sv, da-DK;q=0.8, en;q=0.9"), language_of("*")
    (1033, None)
    """
    liked: list[tuple[float, int]] = []
    for item in header.split(","):
        tag, _, parameter = item.partition(";")
        code = LANGUAGES.get(tag.strip().lower().partition("-")[0])
        weight = _weight(parameter)
        if code is not None and weight > 0:
            liked.append((-weight, code))
    return min(liked, key=lambda each: each[0])[1] if liked else None


def _weight(parameter: str) -> float:
    name, _, value = parameter.partition("=")
    if name.strip().lower() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0


def locale_of_settings(settings: Mapping[str, Any], zone: tzinfo | None, language: int | None = None) -> Locale:
    """The locale of a user; one object for all users who have the same.

    Args:
        settings: values of ``COLUMNS``.
        zone: the user's time zone; None for UTC.
        language: the language that the client asks for. Where the user has another, the formats are its own.

    Raises:
        EmulatorError: 501 for a locale that is not known.
    """
    own = settings.get("localeid") or ENGLISH
    is_own = language is None or not (language ^ own) & _LANGUAGE_BITS
    code = own if is_own else language
    chosen: tuple[tuple[str, Any], ...] = ()
    if is_own:
        chosen = tuple(
            (name, settings[name])
            for name, default in DEFAULTS.items()
            if settings.get(name) is not None and settings[name] != default
        )
    return _make(code, chosen, zone)


@lru_cache(maxsize=1024)
def _make(code: int, chosen: tuple[tuple[str, Any], ...], zone: tzinfo | None) -> Locale:
    found = EN_US if code == ENGLISH else _by_babel(code)
    changes = dict(_changes(dict(chosen), found))
    if zone is not None:
        changes["zone"] = zone
    return replace(found, **changes) if changes else found


def _changes(chosen: Mapping[str, Any], found: Locale) -> Iterator[tuple[str, Any]]:
    """What the chosen formats change of a locale."""
    date = chosen.get("dateformatstring") or _DATE_PATTERNS.get(chosen.get("dateformatcode", 0))
    separator = chosen.get("dateseparator", DEFAULTS["dateseparator"])
    if date is not None:
        yield "date", template(date, separator, ":")
    elif "dateseparator" in chosen:
        yield "date", re.sub(r"[/.-]", lambda _: _literal(separator), found.date)
    time = chosen.get("timeformatstring") or _TIME_PATTERNS.get(chosen.get("timeformatcode", 0))
    separator = chosen.get("timeseparator", DEFAULTS["timeseparator"])
    if time is not None:
        yield "time", template(time, "/", separator)
    elif "timeseparator" in chosen:
        yield "time", re.sub(r"(?<=\})[:.](?=\{)", lambda _: _literal(separator), found.time)
    if "amdesignator" in chosen or "pmdesignator" in chosen:
        yield "halves", (chosen.get("amdesignator", found.halves[0]), chosen.get("pmdesignator", found.halves[1]))
    if "decimalsymbol" in chosen:
        yield "decimal", chosen["decimalsymbol"]
    if "numberseparator" in chosen:
        yield "group", chosen["numberseparator"]
    sizes = [int(size) for size in re.findall(r"[1-9]", str(chosen.get("numbergroupformat", "")))]
    if sizes:
        yield "group_sizes", (sizes[0], sizes[-1])
    if "negativeformatcode" in chosen:
        yield "negative_number", _choose(_NEGATIVES, chosen["negativeformatcode"], "{}").replace("{}", "{amount}")
    if "currencyformatcode" in chosen:
        yield "money", _money(_choose(_MONEY, chosen["currencyformatcode"], "$n"))
    if "negativecurrencyformatcode" in chosen:
        yield "negative_money", _money(_choose(_NEGATIVE_MONEY, chosen["negativecurrencyformatcode"], "-$n"))


def _choose(patterns: tuple[str, ...], code: int, otherwise: str) -> str:
    return patterns[code] if 0 <= code < len(patterns) else otherwise


def _money(pattern: str) -> str:
    return "".join({"$": "{symbol}", "n": "{amount}"}.get(letter, letter) for letter in pattern)


def template(pattern: str, date_separator: str, time_separator: str) -> str:
    """A .NET pattern of dates and times as a format string.

    >>> template("dd-MMM-yyyy 'at' H:mm", "/", ".")
    '{day:02d}-{month_short}-{year} at {hour}.{minute:02d}'
    """
    parts: list[str] = []
    for found in _PARTS.finditer(pattern):
        quoted, escaped, field, separator, other = found.groups()
        if field is not None:
            longest = "yyyy" if field[0] == "y" else field[0] * 4
            parts.append(_FIELDS.get(field) or _FIELDS.get(longest) or _FIELDS[field[0] * 2])
        elif separator is not None:
            parts.append(_literal(date_separator if separator == "/" else time_separator))
        else:
            parts.append(_literal(quoted if quoted is not None else escaped or other or ""))
    return "".join(parts)


def _literal(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")


# ---- Babel ---------------------------------------------------------------------------------------------------------


def _by_babel(code: int) -> Locale:
    """The facts of a locale by the number that Windows gives it."""
    from babel import Locale as Facts
    from babel import UnknownLocaleError

    try:
        facts = Facts.parse(system_locale.windows_locale[code])
    except (KeyError, ValueError, UnknownLocaleError):
        raise not_emulated(f"formatted values of the locale {code}") from None
    symbols = facts.number_symbols["latn"]
    money = facts.currency_formats["standard"]
    halves = facts.day_periods["format"]["abbreviated"]
    months, short_months = facts.months["format"]["wide"], facts.months["format"]["abbreviated"]
    days, short_days = facts.days["format"]["wide"], facts.days["format"]["abbreviated"]
    return Locale(
        group=symbols["group"],
        decimal=symbols["decimal"],
        group_sizes=facts.decimal_formats[None].grouping,
        date=_unicode_template(facts.date_formats["short"].pattern),
        time=_unicode_template(facts.time_formats["short"].pattern),
        halves=(halves["am"], halves["pm"]),
        months=tuple(months[number] for number in range(1, 13)),
        months_short=tuple(short_months[number] for number in range(1, 13)),
        days=tuple(days[number] for number in range(7)),
        days_short=tuple(short_days[number] for number in range(7)),
        money=_unicode_money(money.prefix[0], money.suffix[0]),
        negative_money=_unicode_money(money.prefix[1], money.suffix[1]),
    )


def _unicode_template(pattern: str) -> str:
    """A pattern of the CLDR as a format string; years have all their digits, as in en-US (inferred)."""
    pattern = re.sub(r"y+", "yyyy", re.sub(r"[abB]+", "tt", pattern))
    return template(pattern, "/", ":")


def _unicode_money(prefix: str, suffix: str) -> str:
    return f"{_literal(prefix)}{{amount}}{_literal(suffix)}".replace("¤", "{symbol}")
