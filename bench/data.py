"""Rows as JSON bodies of the Web API, made from their number alone: the same size gives the same rows, everywhere."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias

Body: TypeAlias = dict[str, Any]

_SYLLABLES = (
    "ba",
    "der",
    "fo",
    "gal",
    "hin",
    "kor",
    "lum",
    "mes",
    "nor",
    "pi",
    "quen",
    "ros",
    "sul",
    "tam",
    "vek",
    "zo",
)
_LINES = ("Foods", "Freight", "Metals", "Paper", "Textiles", "Timber", "Tools")
_CITIES = (("Nordhavn", "DK"), ("Lindenau", "DE"), ("Port Ellis", "US"), ("Sołtyn", "PL"), ("Vila Clara", "PT"))
_FIRST_NAMES = ("Ada", "Bo", "Cleo", "Dag", "Eva", "Finn", "Gil", "Ines", "Jon", "Kaja")
_STEP = 2_654_435_761  # spreads consecutive numbers


def row_id(number: int) -> str:
    """The identifier of a generated row.

    >>> row_id(12)
    'be9c0000-0000-4000-8000-000000000012'
    """
    return f"be9c0000-0000-4000-8000-{number:012d}"


def word(number: int, syllables: int = 3) -> str:
    """A name made of syllables, different for neighbouring numbers."""
    mixed = (number + 1) * _STEP % 2**32
    return "".join(_SYLLABLES[mixed >> 4 * place & 15] for place in range(syllables)).capitalize()


def account(number: int) -> Body:
    """One account with 40 columns."""
    city, country = _CITIES[number % len(_CITIES)]
    name = f"{word(number)} {_LINES[number % len(_LINES)]} {number}"
    site = f"{word(number).lower()}{number}.example.com"
    return {
        "name": name,
        "accountnumber": f"A{number:08d}",
        "accountcategorycode": number % 2 + 1,
        "customertypecode": number % 12 + 1,
        "industrycode": number % 33 + 1,
        "ownershipcode": number % 4 + 1,
        "paymenttermscode": number % 4 + 1,
        "preferredcontactmethodcode": number % 5 + 1,
        "preferredappointmentdaycode": number % 7,
        "numberofemployees": number * 7 % 5000,
        "revenue": number * 1013 % 10_000_000 + 0.5,
        "creditlimit": number % 50 * 1000,
        "marketcap": number * 977 % 90_000_000,
        "sharesoutstanding": number * 31 % 1_000_000,
        "tickersymbol": word(number, 2)[:4].upper(),
        "stockexchange": "XBEN",
        "sic": f"{number % 10_000:04d}",
        "creditonhold": number % 9 == 0,
        "donotemail": number % 5 == 0,
        "donotphone": number % 7 == 0,
        "donotfax": number % 3 == 0,
        "donotbulkemail": number % 4 == 0,
        "donotpostalmail": number % 6 == 0,
        "followemail": number % 2 == 0,
        "telephone1": f"+45 5550 {number % 10_000:04d}",
        "telephone2": f"+45 5551 {number % 10_000:04d}",
        "fax": f"+45 5552 {number % 10_000:04d}",
        "emailaddress1": f"office@{site}",
        "emailaddress2": f"sales@{site}",
        "websiteurl": f"https://www.{site}",
        "description": f"{name} was made for measuring. " * 3,
        "address1_name": "Head office",
        "address1_line1": f"{word(number, 2)} Street {number % 200 + 1}",
        "address1_line2": f"Floor {number % 9 + 1}",
        "address1_city": city,
        "address1_stateorprovince": word(number % 12, 2),
        "address1_postalcode": f"{number % 90_000 + 10_000}",
        "address1_country": country,
        "address1_latitude": round(number * 0.37 % 180 - 90, 5),
        "address1_longitude": round(number * 0.73 % 360 - 180, 5),
    }


ACCOUNT_COLUMNS = tuple(account(0))


def lead(number: int) -> Body:
    """One lead."""
    return {
        "subject": f"Asked about {_LINES[number % len(_LINES)].lower()}, no. {number}",
        "firstname": _FIRST_NAMES[number % len(_FIRST_NAMES)],
        "lastname": word(number),
        "companyname": f"{word(number + 1)} {_LINES[number % len(_LINES)]}",
        "emailaddress1": f"{word(number).lower()}{number}@example.com",
        "leadsourcecode": number % 10 + 1,
        "leadqualitycode": number % 3 + 1,
        "estimatedamount": number % 100 * 500,
        "address1_city": _CITIES[number % len(_CITIES)][0],
    }


def contact(number: int) -> Body:
    """One contact."""
    return {
        "firstname": _FIRST_NAMES[number % len(_FIRST_NAMES)],
        "lastname": word(number),
        "emailaddress1": f"{word(number).lower()}{number}@example.com",
        "jobtitle": "Buyer" if number % 3 else "Head of Purchasing",
        "telephone1": f"+45 5553 {number % 10_000:04d}",
    }


def accounts(count: int) -> Iterator[Body]:
    """Accounts with identifiers of their own, ``row_id(0)`` first."""
    for number in range(count):
        yield {"accountid": row_id(number), **account(number)}
