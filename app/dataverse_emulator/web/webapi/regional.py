"""Whose formats a request gets: the caller's regional settings, or the language that the client asks for.

A language of ``Accept-Language`` that is provisioned (ruling R20) and not the caller's brings its own formats; the time
zone is the caller's in any case (that the header counts is inferred). Settings are looked up once and kept until a row
is written.
"""

from __future__ import annotations

from typing import Any

from dataverse_emulator.formatting import Locale
from dataverse_emulator.messages.base import Caller
from dataverse_emulator.web.webapi.call import Call


def locale_of(call: Call) -> Locale:
    """The locale in which the caller's formatted values are shown.

    Raises:
        EmulatorError: 501 for a locale or a time zone that is not known.
    """
    caller, language = call.caller, call.header("accept-language")
    version = call.service.store.last_version
    key = ("locale", caller.user_id, language)
    kept: tuple[Caller, int, Locale] | None = call.state.find(key)
    # a reset brings callers anew, and with them row versions that were given before
    if kept is not None and kept[0] is caller and kept[1] == version:
        return kept[2]
    locale = _look_up(call, language)
    call.state.keep(key, (caller, version, locale))
    return locale


def _look_up(call: Call, language: str | None) -> Locale:
    # most callers are never asked for: the modules of the others can wait
    from dataverse_emulator.locales import COLUMNS, language_of, locale_of_settings
    from dataverse_emulator.messages.time_zones import COORDINATED, time_zone

    settings = _settings(call, COLUMNS)
    code = settings.get("timezonecode")
    zone = None if code in (None, COORDINATED) else time_zone(code)
    return locale_of_settings(settings, zone, None if language is None else language_of(language))


def _settings(call: Call, columns: tuple[str, ...]) -> dict[str, Any]:
    """The caller's settings, or the organization's where there are none."""
    catalog, store = call.service.catalog, call.service.store
    with store.reading():
        table = catalog.find("usersettings")
        row = None if table is None else store.read(table, call.caller.user_id, columns)
        if row is not None:
            return row
        table = catalog.find("organization")
        if table is None:
            return {}
        stored = tuple(name for name in columns if name in table.columns and table.columns[name].is_stored)
        rows = store.find(table, {}, stored, 1)
    return rows[0] if rows else {}
