"""Option sets and their options as definitions (contract 07 §3.6)."""

from __future__ import annotations

from dataverse_emulator.metadata.catalog import Column, ColumnType, Option, Table
from dataverse_emulator.metadata.classes import NAMESPACE
from dataverse_emulator.metadata.describe.values import (
    CUSTOM_VERSION,
    EMPTY_LABEL,
    SYSTEM_VERSION,
    Description,
    label,
    managed_property,
    metadata_id,
)

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
        return describe_option_set(name, column.options, set_type)
    custom = table.flags.get("isCustomEntity", False)
    head = _head(name, column.display_name, set_type, is_global=False, custom=custom)
    return _with_options(head, name, column, custom)


def global_set_class(name: str) -> str:
    """The class of a global option set's definition."""
    return "BooleanOptionSetMetadata" if name in _TWO_OPTION_SETS else "OptionSetMetadata"


def describe_option_set(name: str, options: tuple[Option, ...], set_type: str | None = None) -> Description:
    """A global option set; its type follows from the name where it is not given."""
    if set_type is None:
        set_type = "Boolean" if name in _TWO_OPTION_SETS else "Picklist"
    # inferred: the facts have no display names of global sets
    head = _head(name, name, set_type, is_global=True, custom=False)
    return _with_options(head, name, options, False)


def _head(name: str, display_name: str | None, set_type: str, *, is_global: bool, custom: bool) -> Description:
    kind = "BooleanOptionSetMetadata" if set_type == "Boolean" else "OptionSetMetadata"
    return {
        "@odata.type": f"#{NAMESPACE}.{kind}",
        "MetadataId": metadata_id("optionset", name),
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
        "DisplayName": label(display_name, "optionset label", name),
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
    if column is not None and column.type is ColumnType.STATE:
        own = {"DefaultStatus": option.default_status, "InvariantName": option.invariant_name or option.label}
        return {"@odata.type": f"#{NAMESPACE}.StateOptionMetadata", **own, **described}
    if column is not None and column.type is ColumnType.STATUS:
        own = {"State": option.state, "TransitionData": None}
        return {"@odata.type": f"#{NAMESPACE}.StatusOptionMetadata", **own, **described}
    return described
