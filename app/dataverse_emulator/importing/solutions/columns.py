"""Columns and options of ``customizations.xml`` in the form of the definition files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dataverse_emulator.importing.drafts import Definition, Report, TableDraft
from dataverse_emulator.importing.files import Element
from dataverse_emulator.importing.solutions.members import (
    TRUE,
    number_of,
    read_members,
    text_of,
    texts_of,
    whole,
)
from dataverse_emulator.importing.solutions.words import (
    BEHAVIORS,
    COLUMN_MEMBERS,
    COLUMN_TYPES,
    FORMATS,
    FOUND,
    PRIMARY_KEY,
    REQUIRED,
    VALID_FOR,
)
from dataverse_emulator.messages.metadata.choices import more_of
from dataverse_emulator.messages.metadata.column_members import settings_of_kind
from dataverse_emulator.messages.metadata.given import base_of, label_of, settings_of
from dataverse_emulator.metadata import compiled
from dataverse_emulator.metadata.classes import members_of
from dataverse_emulator.metadata.describe import class_of, describe_column

_LOOKUPS = ("Lookup", "Customer", "PartyList")
_SWITCHES = (("isCustom", "IsCustomField"), ("isLogical", "IsLogical"), ("canStoreFullImage", "CanStoreFullImage"))
_TEXTS = (
    ("autoNumberFormat", "AutoNumberFormat"),
    ("introducedVersion", "IntroducedVersion"),
    ("attributeOf", "AttributeOf"),
    ("property", "PropertyName"),
)
_WITH_DEFAULT = ("Picklist", "MultiSelectPicklist", "State")


def read_column(report: Report, draft: TableDraft, element: Element) -> Definition | None:
    """A column without its settings, or None where it cannot be taken; it may tell the table its key or its name.

    Raises:
        UnreadableFile: a value or a language is no number.
    """
    name = (text_of(element, "LogicalName") or text_of(element, "Name")).lower()
    place = f"column {draft.name}.{name}"
    told = text_of(element, "Type").lower()
    kind = COLUMN_TYPES.get(told)
    if kind is None or not name:
        report.add(place, f"not taken: the type {told or '(none)'} is not understood")
        return None
    column: Definition = {"logicalName": name, "schemaName": element.get("PhysicalName") or name, "type": kind}
    if told == PRIMARY_KEY:
        draft.head["primaryId"] = name
        column["required"] = "SystemRequired"
    if "PrimaryName" in text_of(element, "DisplayMask"):
        draft.head["primaryName"] = name
    if text_of(element, "IsPrimaryImage") in TRUE:
        draft.head["primaryImage"] = name
    text = base_of(texts_of(element.find("displaynames"), "displayname"))
    if text:
        column["displayName"] = text
    column |= _limits(element, kind)
    required = REQUIRED.get(text_of(element, "RequiredLevel").lower())
    if required and required != "None":
        column.setdefault("required", required)
    column |= {member: False for member, of in VALID_FOR if text_of(element, of) == "0"}
    column |= {member: True for member, of in _SWITCHES if text_of(element, of) in TRUE}
    column |= {member: text for member, of in _TEXTS if (text := text_of(element, of))}
    if text_of(element, "SourceType") in ("1", "2"):
        column["sourceType"] = int(text_of(element, "SourceType"))
        report.beside(place, "its formula is not taken: it is never calculated")
    if kind == "Owner":
        column |= {"targets": ["systemuser", "team"], "navigation": {"owner": name}}
    else:
        named = [(each.text or "").strip().lower() for each in element.iterfind("LookupTypes/LookupType")]
        targets = [each for each in named if each and not each.isdigit()]  # other files tell type codes
        if targets and kind in _LOOKUPS:
            column["targets"] = targets
    _choice(column, element)
    return column


def _limits(element: Element, kind: str) -> Definition:
    found: Definition = {}
    if kind in ("String", "Memo"):
        length = number_of(element, "MaxLength") or number_of(element, "Length")
        if length:
            found["maxLength"] = int(length)
    for member, of in (("min", "MinValue"), ("max", "MaxValue")):
        if number_of(element, of) is not None:
            found[member] = number_of(element, of)
    for member, of in COLUMN_MEMBERS:
        if number_of(element, of) is not None:
            found[member] = int(number_of(element, of) or 0)
    shape = FORMATS.get(text_of(element, "Format").lower())
    if shape:
        found["format"] = shape
    behavior = BEHAVIORS.get(text_of(element, "Behavior"))
    if kind == "DateTime" and behavior:
        found["dateTimeBehavior"] = behavior
    return found


def _choice(column: Definition, element: Element) -> None:
    shared = text_of(element, "OptionSetName")
    own = element.find("optionset")
    if own is not None:
        options = read_options(own)
        column |= {"optionSet": own.get("Name") or shared or f"{column['logicalName']}_set", "options": options}
    elif shared:
        column |= {"optionSet": shared, "optionSetGlobal": True}
    default = number_of(element, "AppDefaultValue")
    if column["type"] == "Boolean":
        column["defaultValue"] = default == 1
    elif default is not None and default >= 0 and column["type"] in _WITH_DEFAULT:
        column["defaultValue"] = int(default)
    elif column["type"] == "State" and column.get("options"):
        column["defaultValue"] = column["options"][0]["value"]


def read_options(element: Element) -> list[Definition]:
    """The options of an option set.

    Raises:
        UnreadableFile: a value is no number.
    """
    found: list[Definition] = []
    for each in (
        *element.iterfind("options/option"),
        *element.iterfind("states/state"),
        *element.iterfind("statuses/status"),
    ):
        value = whole(each.get("value"), "The value of an option")
        label = base_of(texts_of(each.find("labels"), "label")) or str(value)
        option: Definition = {"value": value, "label": label}
        if each.get("state") is not None:
            option["state"] = whole(each.get("state"), "The state of an option")
        if each.get("defaultstatus") is not None:
            option |= {
                "defaultStatus": whole(each.get("defaultstatus"), "A default status"),
                "invariantName": each.get("invariantname") or label,
            }
        found.append(option | more_of(_given_option(each), label))
    return found


def _given_option(element: Element) -> dict[str, Any]:
    parents, texts = element.get("ParentValues"), texts_of(element.find("labels"), "label")
    return {
        "Label": label_of(texts) if texts else None,
        "Description": label_of(texts_of(element.find("Descriptions"), "Description")),
        "Color": element.get("Color"),
        "ExternalValue": element.get("ExternalValue"),
        "Tag": element.get("Tag"),
        "IsHidden": element.get("IsHidden") == "1",
        "ParentValues": [whole(each, "A parent value") for each in parents.split(",")] if parents else None,
    }


def give_settings(draft: TableDraft, column: Definition, element: Element) -> None:
    """Add the members of a column that only its description knows, those that are not as on any new column."""
    plain = compiled.bind_column(draft.name, compiled.compile_column(column, draft.head, {}))
    usual = describe_column(plain, compiled.bind_head(draft.head), 0)
    of = class_of(plain)
    names = settings_of_kind(column["type"])
    given = read_members(element, members_of(of), names, usual)
    given |= _found(element, usual)
    for member, texts in (
        ("DisplayName", texts_of(element.find("displaynames"), "displayname")),
        ("Description", texts_of(element.find("Descriptions"), "Description")),
    ):
        if texts:
            given[member] = label_of(texts)
    settings = settings_of(of, given, usual, names)
    if settings or column.get("isCustom"):
        column["settings"] = settings or {}


def _found(element: Element, usual: Mapping[str, Any]) -> dict[str, Any]:
    """Whether users' queries may name the column, which the file says among the places where it is shown."""
    mask = text_of(element, "DisplayMask")
    change = text_of(element, "CanModifySearchSettings")
    if not mask and not change:
        return {}
    former = usual[f"Is{FOUND}"]
    value = FOUND in mask.split("|") if mask else former["Value"]
    return {f"Is{FOUND}": {"Value": value, "CanBeChanged": change in TRUE if change else former["CanBeChanged"]}}
