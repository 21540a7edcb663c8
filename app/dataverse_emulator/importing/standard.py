"""Bound columns back in the form of the definition files."""

from __future__ import annotations

from typing import Any

from dataverse_emulator.metadata.catalog import Column, Option
from dataverse_emulator.metadata.compiled import default_edm_type, default_property

# Member of a definition → attribute of Column; left out where the value is the default.
_MEMBERS = {
    "displayName": "display_name",
    "format": "format",
    "dateTimeBehavior": "date_time_behavior",
    "maxLength": "max_length",
    "min": "minimum",
    "max": "maximum",
    "precision": "precision",
    "precisionSource": "precision_source",
    "defaultValue": "default",
    "optionSet": "option_set",
    "attributeOf": "attribute_of",
    "autoNumberFormat": "auto_number_format",
    "introducedVersion": "introduced_version",
}
_OPTION_MEMBERS = {"state": "state", "defaultStatus": "default_status", "invariantName": "invariant_name"}


def column_definition(column: Column) -> dict[str, Any]:
    """A column as a definition file would have it."""
    found: dict[str, Any] = {
        "logicalName": column.logical_name,
        "schemaName": column.schema_name,
        "type": column.type.value,
    }
    for member, attribute in _MEMBERS.items():
        value = getattr(column, attribute)
        if value is not None:
            found[member] = value
    if column.required != "None":
        found["required"] = column.required
    for member, is_valid in (
        ("validForCreate", column.valid_for_create),
        ("validForUpdate", column.valid_for_update),
        ("validForRead", column.valid_for_read),
    ):
        if not is_valid:
            found[member] = False
    for member, is_so in (("isLogical", column.is_logical), ("optionSetGlobal", column.option_set_global)):
        if is_so:
            found[member] = True
    if column.source_type:
        found["sourceType"] = column.source_type
    if column.options and not column.option_set_global:
        found["options"] = [_option(each) for each in column.options]
    if column.targets:
        found["targets"] = list(column.targets)
    if column.navigation:
        found["navigation"] = dict(column.navigation)
    if column.edm_name != default_property(found):
        found["property"] = column.edm_name
    if column.edm_name is not None:
        found["readOnly"] = column.edm_read_only
        if column.edm_type != default_edm_type(found):
            found["edmType"] = column.edm_type
    return found


def _option(option: Option) -> dict[str, Any]:
    own = {member: getattr(option, attribute) for member, attribute in _OPTION_MEMBERS.items()}
    return {
        "value": option.value,
        "label": option.label,
        **{member: value for member, value in own.items() if value is not None},
    }
