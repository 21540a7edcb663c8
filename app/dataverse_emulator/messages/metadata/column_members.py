"""What definitions of columns may say, read into the form of the definition files (contract 07 §6)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from dataverse_emulator.errors import error, not_emulated
from dataverse_emulator.messages.metadata.given import base_text, invalid, member
from dataverse_emulator.metadata.classes import plain_class

CLASSES: Mapping[str, str] = {
    "StringAttributeMetadata": "String",
    "MemoAttributeMetadata": "Memo",
    "IntegerAttributeMetadata": "Integer",
    "BigIntAttributeMetadata": "BigInt",
    "DecimalAttributeMetadata": "Decimal",
    "DoubleAttributeMetadata": "Double",
    "MoneyAttributeMetadata": "Money",
    "BooleanAttributeMetadata": "Boolean",
    "DateTimeAttributeMetadata": "DateTime",
    "PicklistAttributeMetadata": "Picklist",
    "MultiSelectPicklistAttributeMetadata": "MultiSelectPicklist",
    "ImageAttributeMetadata": "Image",
    "FileAttributeMetadata": "File",
}
"""Class → type of the columns that users can make without a relationship."""

_COMMON_SETTINGS = (
    "DisplayName",
    "Description",
    "IsAuditEnabled",
    "IsGlobalFilterEnabled",
    "IsSortableEnabled",
    "IsCustomizable",
    "IsRenameable",
    "IsValidForAdvancedFind",
    "CanModifyAdditionalSettings",
    "IsSecured",
    "IsRetrievable",
    "IsRequiredForForm",
    "IsDataSourceSecret",
    "ExternalName",
    "DeprecatedVersion",
)
_OWN_SETTINGS: Mapping[str, tuple[str, ...]] = {
    "String": ("ImeMode", "IsLocalizable", "YomiOf"),
    "Memo": ("ImeMode", "IsLocalizable"),
    "Decimal": ("ImeMode",),
    "Double": ("ImeMode",),
    "Money": ("ImeMode",),
    "DateTime": ("ImeMode", "CanChangeDateTimeBehavior"),
    "Image": ("IsPrimaryImage",),
}
_REQUIRED = ("None", "Recommended", "ApplicationRequired", "SystemRequired")
_TEXT_FORMATS = (
    *("Email", "Phone", "PhoneNumber", "PhoneticGuide", "Text", "TextArea", "TickerSymbol", "Url", "VersionNumber"),
    *("Json", "RichText"),
)
_INTEGER_FORMATS = ("None", "Duration", "TimeZone", "Language", "Locale")
_BEHAVIORS = ("UserLocal", "DateOnly", "TimeZoneIndependent")
_INT32, _INT64 = 2**31, 2**63
_LONGEST_TEXT, _LONGEST_MEMO = 4000, 1_048_576
_LARGEST_IMAGE, _USUAL_IMAGE, _LARGEST_FILE, _USUAL_FILE = 30_720, 10_240, 10_485_760, 32_768  # in KB
_DECIMAL, _MONEY = 100_000_000_000, 922_337_203_685_477

Given = Mapping[str, Any]


def settings_of_kind(kind: str) -> tuple[str, ...]:
    """The members that only the description of a column of that type knows, and that users may set."""
    return (*_COMMON_SETTINGS, *_OWN_SETTINGS.get(kind, ()))


def read_members(kind: str, given: Given) -> dict[str, Any]:
    """The members of a column of that type, missing ones as they are on a new column.

    Raises:
        EmulatorError: 0x80040203 for values out of range; 501 for calculated and rollup columns.
    """
    if given.get("SourceType") or given.get("FormulaDefinition"):
        raise not_emulated("calculated, rollup and formula columns")
    required = member(given.get("RequiredLevel")) or "None"
    if required not in _REQUIRED:
        raise invalid(f"RequiredLevel '{required}' is not known.")
    members = {"displayName": base_text(given.get("DisplayName")), "required": required}
    reader = _READERS.get(kind)
    return {**members, **reader(given)} if reader is not None else members


def _string(given: Given) -> dict[str, Any]:
    return {
        "maxLength": _whole(given, "MaxLength", 1, _LONGEST_TEXT, 100),
        "format": _text_format(given, "Text"),
        "autoNumberFormat": given.get("AutoNumberFormat") or None,
    }


def _memo(given: Given) -> dict[str, Any]:
    return {
        "maxLength": _whole(given, "MaxLength", 1, _LONGEST_MEMO, 2000),
        "format": _text_format(given, "TextArea"),
    }


def _text_format(given: Given, usual: str) -> str:
    found = member(given.get("FormatName")) or given.get("Format") or usual
    if found not in _TEXT_FORMATS:
        raise invalid(f"The format '{found}' is not known.")
    return "Phone" if found == "PhoneNumber" else str(found)


def _integer(given: Given) -> dict[str, Any]:
    found = given.get("Format") or "None"
    if found not in _INTEGER_FORMATS:
        raise invalid(f"The format '{found}' is not known.")
    return {**_limits(given, -_INT32, _INT32 - 1), "format": None if found == "None" else found}


def _big_int(given: Given) -> dict[str, Any]:
    return _limits(given, -_INT64, _INT64 - 1)


def _decimal(given: Given) -> dict[str, Any]:
    return {**_limits(given, -_DECIMAL, _DECIMAL), "precision": _whole(given, "Precision", 0, 10, 2)}


def _double(given: Given) -> dict[str, Any]:
    return {**_limits(given, -_DECIMAL, _DECIMAL), "precision": _whole(given, "Precision", 0, 5, 2)}


def _money(given: Given) -> dict[str, Any]:
    return {
        **_limits(given, -_MONEY, _MONEY),
        "precision": _whole(given, "Precision", 0, 10, 2),
        "precisionSource": _whole(given, "PrecisionSource", 0, 2, 2),
    }


def _limits(given: Given, low: int, high: int) -> dict[str, Any]:
    """The smallest and the largest value; those of the type where the client says nothing."""
    found = {}
    for name, key, usual in (("MinValue", "min", low), ("MaxValue", "max", high)):
        value = given.get(name)
        if value is None:
            value = usual
        if not isinstance(value, int | float) or isinstance(value, bool) or not low <= value <= high:
            raise invalid(f"{name} must be between {low} and {high}.")
        found[key] = value
    if found["min"] > found["max"]:
        raise invalid("MinValue must not be greater than MaxValue.")
    return found


def _whole(given: Given, name: str, low: int, high: int, usual: int) -> int:
    value = given.get(name)
    if value is None:
        return usual
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise invalid(f"{name} must be between {low} and {high}.")
    return value


def _boolean(given: Given) -> dict[str, Any]:
    return {"defaultValue": bool(given.get("DefaultValue"))}


def _date_time(given: Given) -> dict[str, Any]:
    behavior = member(given.get("DateTimeBehavior")) or "UserLocal"
    found = given.get("Format") or "DateAndTime"
    if behavior not in _BEHAVIORS:
        raise error("InvalidBehavior", behavior=behavior)
    if found not in ("DateOnly", "DateAndTime") or (behavior == "DateOnly" and found != "DateOnly"):
        raise error("InvalidDateTimeFormat", format=found, behavior=behavior)
    return {"format": found, "dateTimeBehavior": behavior}


def _choice(given: Given) -> dict[str, Any]:
    default = given.get("DefaultFormValue")
    return {"defaultValue": None if default in (None, -1) else default}


def _image(given: Given) -> dict[str, Any]:
    size = _whole(given, "MaxSizeInKB", 1, _LARGEST_IMAGE, _USUAL_IMAGE)
    return {"maxSizeInKB": size, "canStoreFullImage": bool(given.get("CanStoreFullImage"))}


def _file(given: Given) -> dict[str, Any]:
    return {"maxSizeInKB": _whole(given, "MaxSizeInKB", 1, _LARGEST_FILE, _USUAL_FILE)}


_READERS: Mapping[str, Callable[[Given], dict[str, Any]]] = {
    "String": _string,
    "Memo": _memo,
    "Integer": _integer,
    "BigInt": _big_int,
    "Decimal": _decimal,
    "Double": _double,
    "Money": _money,
    "Boolean": _boolean,
    "DateTime": _date_time,
    "Picklist": _choice,
    "MultiSelectPicklist": _choice,
    "State": _choice,
    "Status": _choice,
    "Image": _image,
    "File": _file,
}


def class_name(given: Given) -> str:
    """The class that a definition names, without namespace and the ``Complex`` of the types of operations.

    Raises:
        EmulatorError: 0x80060888 when it names none.
    """
    text = given.get("@odata.type")
    if not isinstance(text, str) or not text:
        raise error("ODataError", message="The definition does not say its type: '@odata.type' is missing.")
    return plain_class(text)
