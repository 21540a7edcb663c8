"""Columns and options as elements of ``customizations.xml``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from dataverse_emulator.importing.files import Element
from dataverse_emulator.importing.solutions.members import add, add_members, add_texts
from dataverse_emulator.importing.solutions.words import (
    BEHAVIOR_TEXTS,
    COLUMN_MEMBERS,
    FORMAT_TEXTS,
    FOUND,
    PRIMARY_KEY,
    REQUIRED_TEXTS,
    SET_TYPES,
    TYPE_TEXTS,
    VALID_FOR,
)
from dataverse_emulator.messages.metadata.column_members import settings_of_kind
from dataverse_emulator.metadata.catalog import Column, ColumnType, Table
from dataverse_emulator.metadata.classes import members_of
from dataverse_emulator.metadata.compiled import default_property
from dataverse_emulator.metadata.describe import class_of, describe_column, describe_option_set_of
from dataverse_emulator.metadata.written import write_column

_TAGS = {"state": ("states", "state"), "status": ("statuses", "status")}


def add_column(parent: Element, table: Table, column: Column, number: int) -> None:
    """A column with all its members; ``number`` is its place in the table, from 1."""
    written = write_column(column)
    described = describe_column(column, table, number)
    element = add(parent, "attribute", PhysicalName=column.schema_name)
    add(element, "Type", PRIMARY_KEY if column.is_primary_id else TYPE_TEXTS[str(column.type)])
    add(element, "Name", column.logical_name)
    add(element, "LogicalName", column.logical_name)
    add(element, "RequiredLevel", REQUIRED_TEXTS[column.required])
    add(element, "DisplayMask", "|".join(_mask(column, described)))
    add(element, "CanModifySearchSettings", bool(described["IsValidForAdvancedFind"]["CanBeChanged"]))
    add(element, "IsCustomField", column.is_custom)
    for member, name in VALID_FOR:
        add(element, name, bool(written.get(member, True)))
    for name, text in (
        ("AttributeOf", column.attribute_of),
        ("PropertyName", column.edm_name if column.edm_name != default_property(written) else None),
        ("IsLogical", True if column.is_logical else None),
        ("IntroducedVersion", column.introduced_version),
        ("AutoNumberFormat", column.auto_number_format),
        ("SourceType", column.source_type or None),
        ("MaxLength", column.max_length),
        ("MinValue", column.minimum),
        ("MaxValue", column.maximum),
        *((name, written.get(member)) for member, name in COLUMN_MEMBERS),
        ("Format", FORMAT_TEXTS.get(column.format or "", column.format)),
        ("Behavior", BEHAVIOR_TEXTS.get(column.date_time_behavior or "")),
        ("CanStoreFullImage", True if column.can_store_full_image else None),
    ):
        if text is not None:
            add(element, name, text)
    names = [each for each in settings_of_kind(str(column.type)) if each != f"Is{FOUND}"]
    add_members(element, members_of(class_of(column)), names, described)
    if column.targets and column.type is not ColumnType.OWNER:
        targets = add(element, "LookupTypes")
        for target in column.targets:
            add(targets, "LookupType", target)
    _add_choice(element, table, column)
    add_texts(element, "displaynames", "displayname", described["DisplayName"])
    add_texts(element, "Descriptions", "Description", described["Description"])


def _mask(column: Column, described: Mapping[str, Any]) -> Iterable[str]:
    if column.is_primary_name:
        yield "PrimaryName"
    if described["IsValidForAdvancedFind"]["Value"]:
        yield FOUND
    yield from ("ValidForForm", "ValidForGrid")


def _add_choice(element: Element, table: Table, column: Column) -> None:
    if column.type is ColumnType.BOOLEAN or isinstance(column.default, int):
        add(element, "AppDefaultValue", int(column.default or 0))
    if column.option_set_global:
        add(element, "OptionSetName", column.option_set)
    elif column.options:
        add_option_set(element, describe_option_set_of(column, table), SET_TYPES.get(str(column.type), "picklist"))


def add_option_set(parent: Element, described: Mapping[str, Any], told: str = "", **attributes: str) -> Element:
    """An option set with its options; ``told`` is the text of its type, from the description by default."""
    element = add(parent, "optionset", Name=described["Name"], **attributes)
    told = told or SET_TYPES.get(described["OptionSetType"], "picklist")
    add(element, "OptionSetType", told)
    if "Options" not in described or described["IsGlobal"]:
        add_texts(element, "displaynames", "displayname", described["DisplayName"])
        add_texts(element, "Descriptions", "Description", described["Description"])
    group, tag = _TAGS.get(told, ("options", "option"))
    options = add(element, group)
    found = described.get("Options")
    for each in (described["TrueOption"], described["FalseOption"]) if found is None else found:
        _add_option(options, tag, each)
    return element


def _add_option(parent: Element, tag: str, described: Mapping[str, Any]) -> None:
    attributes = {"value": str(described["Value"])}
    for name, member in (
        ("defaultstatus", "DefaultStatus"),
        ("invariantname", "InvariantName"),
        ("state", "State"),
        ("TransitionData", "TransitionData"),
        ("ExternalValue", "ExternalValue"),
        ("Color", "Color"),
        ("Tag", "Tag"),
    ):
        if described.get(member) is not None:
            attributes[name] = str(described[member])
    if described["IsHidden"]:
        attributes["IsHidden"] = "1"
    if described["ParentValues"]:
        attributes["ParentValues"] = ",".join(map(str, described["ParentValues"]))
    option = add(parent, tag, **attributes)
    add_texts(option, "labels", "label", described["Label"])
    add_texts(option, "Descriptions", "Description", described["Description"])
