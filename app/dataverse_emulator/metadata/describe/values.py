"""The small values that definitions are made of: identifiers, labels, managed properties (contract 07 §3.7)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from hashlib import sha1
from typing import Any, TypeAlias

Description: TypeAlias = dict[str, Any]
"""A definition as it stands in a JSON body. Parts are shared between descriptions: copy before changing one."""

LANGUAGE = 1033

SYSTEM_TIME = "1900-01-01T00:00:00Z"
"""When the definitions that come with the platform were made and changed."""

SYSTEM_VERSION = "5.0.0.0"
"""Version that a definition of the platform reports where the facts have none (inferred)."""

CUSTOM_VERSION = "1.0.0.0"

_ID_NAMESPACE = bytes.fromhex("6f1d0b8e5c7a4d0e9a3b2c4d5e6f7a81")


def metadata_id(kind: str, *names: str) -> str:
    """The identifier of a definition: the same for the same names in every environment (a version 5 UUID).

    >>> metadata_id("table", "account") == metadata_id("table", "account") != metadata_id("table", "lead")
    True
    """
    digest = bytearray(sha1(_ID_NAMESPACE + "/".join((kind, *names)).encode(), usedforsecurity=False).digest()[:16])
    digest[6] = (digest[6] & 0x0F) | 0x50
    digest[8] = (digest[8] & 0x3F) | 0x80
    text = digest.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def label(text: str | None, kind: str, *names: str, managed: bool = True) -> Description:
    """A ``Label`` in the base language; empty where there is no text. ``kind`` and ``names`` make its identifier.

    ``managed``: the text comes with the platform, not from a user's definition.
    """
    if not text:
        return EMPTY_LABEL
    localized = {
        "Label": text,
        "LanguageCode": LANGUAGE,
        "IsManaged": managed,
        "MetadataId": metadata_id(kind, *names),
        "HasChanged": None,
    }
    return {"LocalizedLabels": [localized], "UserLocalizedLabel": localized}


EMPTY_LABEL: Description = {"LocalizedLabels": [], "UserLocalizedLabel": None}


def labels(texts: Mapping[str, str], kind: str, *names: str) -> Description:
    """A ``Label`` of a user's definition: language code → text. Users see the base language's."""
    localized = [
        {
            "Label": text,
            "LanguageCode": int(language),
            "IsManaged": False,
            "MetadataId": metadata_id(kind, *names, *(() if int(language) == LANGUAGE else (language,))),
            "HasChanged": None,
        }
        for language, text in texts.items()
    ]
    own = next((each for each in localized if each["LanguageCode"] == LANGUAGE), None)
    return {"LocalizedLabels": localized, "UserLocalizedLabel": own}


def apply_settings(described: Description, settings: Mapping[str, Any] | None, kind: str, *names: str) -> Description:
    """Put what users set in place of the usual members of a description, in the form of that member.

    A setting is a plain value; for a label the texts by language, for a managed property its value and whether it can
    be changed. ``kind`` and ``names`` make the identifiers of labels.
    """
    for name, value in (settings or {}).items():
        usual = described.get(name)
        if isinstance(usual, dict) and "LocalizedLabels" in usual:
            described[name] = labels(value, f"{kind} {name.lower()}", *names)
        elif isinstance(usual, dict) and "ManagedPropertyLogicalName" in usual:
            described[name] = {**usual, "Value": value[0], "CanBeChanged": value[1]}
        elif isinstance(usual, dict) and usual.keys() == {"Value"}:
            described[name] = {"Value": value}
        elif name in described:
            described[name] = value
    return described


@cache
def managed_property(value: bool | str, name: str, can_change: bool = True) -> Description:
    """A ``BooleanManagedProperty`` (or the required level's twin of it)."""
    return {"Value": value, "CanBeChanged": can_change, "ManagedPropertyLogicalName": name}


@cache
def named_value(value: str) -> Description:
    """A single-value wrapper such as ``AttributeTypeDisplayName`` or ``StringFormatName``."""
    return {"Value": value}
