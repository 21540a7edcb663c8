"""The platform's codes of time zones (``usersettings.timezonecode``) and the names that the time zone database uses."""

from __future__ import annotations

from datetime import UTC, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dataverse_emulator.errors import not_emulated

COORDINATED = 92
NAMES: dict[int, str] = {
    2: "Pacific/Honolulu",
    3: "America/Anchorage",
    4: "America/Los_Angeles",
    10: "America/Denver",
    15: "America/Phoenix",
    20: "America/Chicago",
    25: "America/Regina",
    29: "America/Mexico_City",
    33: "America/Guatemala",
    35: "America/New_York",
    40: "America/Indiana/Indianapolis",
    45: "America/Bogota",
    50: "America/Halifax",
    56: "America/Santiago",
    60: "America/St_Johns",
    65: "America/Sao_Paulo",
    69: "America/Argentina/Buenos_Aires",
    73: "America/Nuuk",
    80: "Atlantic/Azores",
    83: "Atlantic/Cape_Verde",
    84: "Africa/Casablanca",
    85: "Europe/London",
    90: "Atlantic/Reykjavik",
    95: "Europe/Budapest",
    100: "Europe/Warsaw",
    105: "Europe/Paris",
    110: "Europe/Berlin",
    113: "Africa/Lagos",
    115: "Europe/Chisinau",
    120: "Africa/Cairo",
    125: "Europe/Kyiv",
    130: "Europe/Bucharest",
    134: "Europe/Istanbul",
    135: "Asia/Jerusalem",
    140: "Africa/Johannesburg",
    145: "Europe/Moscow",
    150: "Asia/Riyadh",
    155: "Africa/Nairobi",
    158: "Asia/Baghdad",
    160: "Asia/Tehran",
    165: "Asia/Dubai",
    175: "Asia/Kabul",
    184: "Asia/Karachi",
    190: "Asia/Kolkata",
    193: "Asia/Kathmandu",
    196: "Asia/Dhaka",
    200: "Asia/Colombo",
    203: "Asia/Yangon",
    205: "Asia/Bangkok",
    210: "Asia/Shanghai",
    215: "Asia/Singapore",
    220: "Asia/Taipei",
    225: "Australia/Perth",
    230: "Asia/Seoul",
    235: "Asia/Tokyo",
    245: "Australia/Darwin",
    250: "Australia/Adelaide",
    255: "Australia/Sydney",
    260: "Australia/Brisbane",
    265: "Australia/Hobart",
    285: "Pacific/Fiji",
    290: "Pacific/Auckland",
    300: "Pacific/Tongatapu",
}


def time_zone(code: int | None) -> tzinfo:
    """The time zone of a code; without one it is UTC.

    Raises:
        EmulatorError: 501 for a code that the emulator does not know, or when the machine has no time zone database.
    """
    if code is None or code == COORDINATED:
        return UTC
    name = NAMES.get(code)
    if name is None:
        raise not_emulated(f"the time zone with code {code}")
    try:
        return ZoneInfo(name)
    except ZoneInfoNotFoundError:
        raise not_emulated(f"the time zone {name} on a machine without it (install the package tzdata)") from None
