"""Option sets and their options as definitions (contract 07 §3.6)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from dataverse_emulator.metadata.catalog import Column, ColumnType, Option, Table
from dataverse_emulator.metadata.classes import NAMESPACE
from dataverse_emulator.metadata.describe.values import (
    CUSTOM_VERSION,
    EMPTY_LABEL,
    SYSTEM_VERSION,
    Description,
    apply_settings,
    label,
    managed_property,
    metadata_id,
)

TRANSITIONS_NAMESPACE = "http://schemas.microsoft.com/crm/2009/WebServices"

_SET_TYPES = {
    ColumnType.STATE: "State",
    ColumnType.STATUS: "Status",
    ColumnType.BOOLEAN: "Boolean",
}
# The global sets of two-option columns; the catalog keeps no type of a global set.
_TWO_OPTION_SETS = frozenset(
    (
        "confirminterest",
        "decisionmaker",
        "evaluatefit",
        "isencryptedattributevalueset",
        "ismanaged",
        "sdkmessage_autotransact",
    )
)
_NO_YES = (Option(0, "No"), Option(1, "Yes"))


def describe_option_set_of(column: Column, table: Table) -> Description:
    """The option set of a choice or two-option column, global or local."""
    name = column.option_set or f"{table.logical_name}_{column.logical_name}"
    set_type = _SET_TYPES.get(column.type, "Picklist")
    if column.option_set_global:
        return describe_option_set(name, column.options, set_type, column.option_set_part)
    custom = column.is_custom or table.flags.get("isCustomEntity", False)
    head = _head(name, column.display_name, set_type, is_global=False, custom=custom)
    settings = column.settings or {}
    own = {member: settings[member] for member in ("DisplayName", "Description") if member in settings}
    apply_settings(head, own, "optionset", name)
    described = _with_options(head, name, column, custom)
    if column.type is ColumnType.STATUS and table.transitions:
        for option in described["Options"]:
            option["TransitionData"] = transition_data(option["Value"], table.transitions.get(option["Value"], ()))
    return described


def transition_data(source: int, targets: Iterable[int]) -> str:
    """The reasons that may follow a reason, as the text of a status option (06 §4.8).

    >>> transition_data(1, (2,))
    '<allowedtransitions xmlns="http://schemas.microsoft.com/crm/2009/WebServices"><allowedtransition \
sourcestatusid="1" tostatusid="2" /></allowedtransitions>'
    """
    inner = "".join(f'<allowedtransition sourcestatusid="{source}" tostatusid="{target}" />' for target in targets)
    return f'<allowedtransitions xmlns="{TRANSITIONS_NAMESPACE}">{inner}</allowedtransitions>'


def option_set_id(name: str) -> str:
    """The ``MetadataId`` of an option set."""
    return metadata_id("optionset", name)


def global_set_class(name: str, part: Mapping[str, Any] | None = None) -> str:
    """The class of a global option set's definition; ``part`` is the user's definition of it."""
    return "BooleanOptionSetMetadata" if _set_type(name, part) == "Boolean" else "OptionSetMetadata"


def _set_type(name: str, part: Mapping[str, Any] | None) -> str:
    if part is not None and "type" in part:
        return str(part["type"])
    return "Boolean" if name in _TWO_OPTION_SETS else "Picklist"


def describe_option_set(
    name: str, options: tuple[Option, ...], set_type: str | None = None, part: Mapping[str, Any] | None = None
) -> Description:
    """A global option set; its type follows from the user's definition of it or from the name."""
    custom = part is not None and part.get("isCustom", False)
    # inferred: the facts have no display names of global sets
    display_name = name if part is None else part.get("displayName", name)
    head = _head(name, display_name, set_type or _set_type(name, part), is_global=True, custom=custom)
    if part is not None:
        apply_settings(head, part.get("settings"), "optionset", name)
    return _with_options(head, name, options, custom)


def _head(name: str, display_name: str | None, set_type: str, *, is_global: bool, custom: bool) -> Description:
    kind = "BooleanOptionSetMetadata" if set_type == "Boolean" else "OptionSetMetadata"
    return {
        "@odata.type": f"#{NAMESPACE}.{kind}",
        "MetadataId": option_set_id(name),
        "HasChanged": None,
        "IsCustomOptionSet": custom or not is_global,
        "IsGlobal": is_global,
        "IsManaged": not custom,
        "Name": name,
        "ExternalTypeName": None,
        "OptionSetType": set_type,
        "IntroducedVersion": CUSTOM_VERSION if custom else SYSTEM_VERSION,
        "ParentOptionSetName": None,
        "Description": EMPTY_LABEL,
        "DisplayName": label(display_name, "optionset label", name, managed=not custom),
        "IsCustomizable": managed_property(True, "iscustomizable"),
    }


def _with_options(head: Description, name: str, of: Column | tuple[Option, ...], custom: bool) -> Description:
    column, options = (None, of) if isinstance(of, tuple) else (of, of.options)
    if head["OptionSetType"] == "Boolean":
        del head["ParentOptionSetName"]
        named = {option.value: option for option in (*_NO_YES, *options)}
        head["TrueOption"] = _describe_option(named[1], name, column, custom)
        head["FalseOption"] = _describe_option(named[0], name, column, custom)
    else:
        head["Options"] = [_describe_option(option, name, column, custom) for option in options]
    return head


def _describe_option(option: Option, set_name: str, column: Column | None, custom: bool) -> Description:
    described: Description = {
        "Value": option.value,
        "Color": None,
        "IsManaged": not custom,
        "ExternalValue": "" if custom else None,
        "ParentValues": [],
        "Tag": None,
        "IsHidden": False,
        "MetadataId": None,
        "HasChanged": None,
        "Label": label(option.label, "option label", set_name, str(option.value), managed=not custom),
        "Description": EMPTY_LABEL,
    }
    apply_settings(described, option.more, "option", set_name, str(option.value))
    if column is not None and column.type is ColumnType.STATE:
        own = {"DefaultStatus": option.default_status, "InvariantName": option.invariant_name or option.label}
        return {"@odata.type": f"#{NAMESPACE}.StateOptionMetadata", **own, **described}
    if column is not None and column.type is ColumnType.STATUS:
        own = {"State": option.state, "TransitionData": None}
        return {"@odata.type": f"#{NAMESPACE}.StatusOptionMetadata", **own, **described}
    return described
