"""CreateAttribute, UpdateAttribute, DeleteAttribute (contract 07 §6)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dataverse_emulator.errors import error
from dataverse_emulator.messages.base import Context, handles
from dataverse_emulator.messages.contents import drop_columns
from dataverse_emulator.messages.metadata import kinds
from dataverse_emulator.messages.metadata.attached import files_relationship
from dataverse_emulator.messages.metadata.choices import choice_members
from dataverse_emulator.messages.metadata.column_members import (
    CLASSES,
    class_name,
    read_members,
    settings_of_kind,
)
from dataverse_emulator.messages.metadata.elastic import check_elastic_column
from dataverse_emulator.messages.metadata.given import invalid, member, settings_of
from dataverse_emulator.messages.metadata.names import schema_name
from dataverse_emulator.messages.metadata.parts import (
    Changes,
    change_head,
    commit,
    refuse_column_of_key,
    without_column,
)
from dataverse_emulator.messages.metadata.solutions import ATTRIBUTE, Solution, add_component, find_solution
from dataverse_emulator.messages.metadata.system_columns import CUSTOM, companions, currency_parts
from dataverse_emulator.messages.metadata.transitions import changed_transitions
from dataverse_emulator.metadata import compiled
from dataverse_emulator.metadata.catalog import CHOICE_TYPES, Column, ColumnType, Table
from dataverse_emulator.metadata.describe import class_of, column_id, describe_column
from dataverse_emulator.metadata.overlay import COLUMN, ONE_TO_MANY
from dataverse_emulator.metadata.written import write_column

_LIMITS = {
    "MaxLength": "maxLength",
    "MinValue": "min",
    "MaxValue": "max",
    "Precision": "precision",
    "MaxSizeInKB": "maxSizeInKB",
}
_WITH_OPTIONS = ("Picklist", "MultiSelectPicklist", "Boolean")


def column_part(
    context: Context, head: Mapping[str, Any], given: Mapping[str, Any], solution: Solution
) -> dict[str, Any]:
    """A new column's definition.

    Args:
        head: the table's definition without columns.

    Raises:
        EmulatorError: names (07 §4), members out of range; 501 for calculated columns.
    """
    of = class_name(given)
    if of == "LookupAttributeMetadata":
        raise invalid("Lookup columns cannot be made on their own: they come with a relationship.")
    if of not in CLASSES:
        raise invalid(f"Columns of the type {of} cannot be made.")
    name = schema_name(given.get("SchemaName"), "column", solution.prefix)
    kind = CLASSES[of]
    return new_column(context, head, name, kind, given, solution)


def new_column(
    context: Context, head: Mapping[str, Any], schema: str, kind: str, given: Mapping[str, Any], solution: Solution
) -> dict[str, Any]:
    """The definition of a column that a user makes, also of a lookup.

    Args:
        head: the table's definition without columns.
        schema: the column's schema name, checked.
        kind: its type.

    Raises:
        EmulatorError: 0x80040203 for members out of range; 501 for calculated columns.
    """
    members = read_members(kind, given)
    if members["required"] == "SystemRequired":
        raise _not_system_required()
    name = schema.lower()
    part = {"logicalName": name, "schemaName": schema, "type": kind, **CUSTOM, **members}
    if kind in _WITH_OPTIONS:
        part |= choice_members(context, kind, given, head["logicalName"], name, solution.first_option)
    created = {"CreatedOn": context.now, "ModifiedOn": context.now}
    return with_settings(context, head, part, given, created, None)


def _not_system_required() -> Exception:
    return invalid("A custom column cannot be SystemRequired.")


def with_settings(
    context: Context,
    head: Mapping[str, Any],
    part: dict[str, Any],
    given: Mapping[str, Any],
    fixed: Mapping[str, Any],
    former: Mapping[str, Any] | None,
) -> dict[str, Any]:
    """The definition with the members that only its description knows.

    Args:
        fixed: settings that the platform makes itself.
        former: the description as it was where labels are merged.
    """
    part = {name: value for name, value in part.items() if value is not None or name == "property"}
    part.pop("settings", None)
    table = compiled.bind_head(head)
    column = bind_part(context, head, part)
    usual = describe_column(column, table, 0)
    names = settings_of_kind(part["type"])
    settings = settings_of(class_of(column), given, usual, names, former=former) or {}
    if column.required != "SystemRequired" and member(given.get("RequiredLevel"), "CanBeChanged") is False:
        settings["RequiredLevel"] = [column.required, False]  # the level itself is a member of the column
    return {**part, "settings": {**settings, **fixed}}


def bind_part(context: Context, head: Mapping[str, Any], part: Mapping[str, Any]) -> Column:
    """The column of a definition, which is in no table yet."""
    column = compiled.bind_column(head["logicalName"], compiled.compile_column(part, head, {}))
    if column.option_set_global and column.option_set is not None:
        compiled.set_options(column, context.catalog.option_set(column.option_set) or ())
    return column


def head_of(table: Table) -> dict[str, Any]:
    """What of a table's definition the description of its columns needs."""
    return {
        "logicalName": table.logical_name,
        "primaryId": table.primary_id,
        "primaryName": table.primary_name,
        "flags": dict(table.flags),
    }


def check_new_column(part: Mapping[str, Any], taken: Mapping[str, Any], table: str) -> None:
    """Refuse a name that is taken.

    Raises:
        EmulatorError: 0x80047013.
    """
    if part["logicalName"] in taken:
        raise error("DuplicateAttributeSchemaName", name=part["schemaName"], table=table)


@handles(kinds.CreateAttribute)
def create_attribute(context: Context, message: kinds.CreateAttribute) -> str:
    """Make a column, with those that come with it.

    Raises:
        EmulatorError: as ``column_part``; 0x80047013 for a name that is taken, 0x8004701E for a second primary name.
    """
    table = context.catalog.table(message.table)
    solution = find_solution(context, message.solution)
    if message.definition.get("IsPrimaryName"):
        raise error("DuplicatePrimaryNameAttribute", table=table.logical_name)
    part = column_part(context, head_of(table), message.definition, solution)
    check_new_column(part, table.columns, table.logical_name)
    if table.is_elastic:
        check_elastic_column(part)
    name = table.logical_name
    changes: Changes = {(COLUMN, f"{name}.{part['logicalName']}"): part}
    for each in companions(part):
        if each["logicalName"] not in table.columns:
            changes[COLUMN, f"{name}.{each['logicalName']}"] = each
    if part["type"] == "Money":
        changes |= currency_parts(table.logical_name, table.columns)
    if part["type"] == "File":
        made = files_relationship(name, table.primary_id)
        if all(one.schema_name != made["schemaName"] for one in context.catalog.children_of(name)):
            changes[ONE_TO_MANY, made["schemaName"]] = made
    if part["type"] == "Image" and part["settings"].get("IsPrimaryImage"):
        change_head(context, name, changes, primaryImage=part["logicalName"])
    commit(context, changes)
    add_component(context, solution, ATTRIBUTE, column_id(context.catalog.table(name).column(part["logicalName"])))
    return str(part["logicalName"])


@handles(kinds.UpdateAttribute)
def update_attribute(context: Context, message: kinds.UpdateAttribute) -> None:
    """Change a column's definition; what the client leaves out takes the value that it has on a new column.

    Names, type and options stay. Transitions between status reasons are kept with the table (ruling R17).

    Raises:
        EmulatorError: the definition is of another class; members out of range; 0x800608A0 for another behavior of
            dates where that cannot change.
    """
    table = context.catalog.table(message.table)
    column = table.column(message.column)
    given = message.definition
    if "@odata.type" in given and class_name(given) != class_of(column):
        raise invalid(f"The column {column.logical_name} is of the type {class_of(column)}.")
    head = head_of(table)
    number = list(table.columns).index(column.logical_name) + 1
    former = describe_column(column, table, number)
    part = _updated(context, table, column, given, former, former if message.merge_labels else None)
    changes: Changes = {}
    described = describe_column(bind_part(context, head, part), table, number)
    if _without_time(described) != _without_time(former):
        part["settings"] = {**part["settings"], "ModifiedOn": context.now}
        changes[COLUMN, f"{table.logical_name}.{column.logical_name}"] = part
    if column.type is ColumnType.STATUS:
        changes |= changed_transitions(context, table, given)
    commit(context, changes)


def _without_same(given: Mapping[str, Any], described: Mapping[str, Any]) -> dict[str, Any]:
    """What was sent without limits that are as they were, and without formulas, which nobody may change."""
    left_out = {name for name in _LIMITS if name in given and given[name] == described.get(name)}
    return {
        name: value
        for name, value in given.items()
        if name not in left_out and name not in ("SourceType", "FormulaDefinition")
    }


def _updated(
    context: Context,
    table: Table,
    column: Column,
    given: Mapping[str, Any],
    described: Mapping[str, Any],
    former: Mapping[str, Any] | None,
) -> dict[str, Any]:
    kind = str(column.type)
    kept = write_column(column)
    members = read_members(kind, _without_same(given, described))
    for name, key in _LIMITS.items():
        # what the platform's own columns have may be out of a user's reach; sent back it is right
        if key in members and name in given and given[name] == described.get(name):
            members[key] = kept.get(key)
    if members["required"] == "SystemRequired" != column.required:
        raise _not_system_required()
    if column.required == "SystemRequired":
        members["required"] = column.required
    if kind == "DateTime" and members["dateTimeBehavior"] != (column.date_time_behavior or "UserLocal"):
        _check_behavior(column, described)
        kept.pop("edmType", None)
    if kind == "Boolean" or column.type in CHOICE_TYPES:
        default = members["defaultValue"]
        if isinstance(default, int) and column.labels and kind != "Boolean" and default not in column.labels:
            raise invalid(f"DefaultFormValue {default} is no option of the column.")
        if kind in ("State", "Status"):
            del members["defaultValue"]
    if column.is_lookup and given.get("Format") is not None:
        kept["format"] = None if given["Format"] == "None" else given["Format"]
    _check_securing(table, column, given)
    fixed = {name: value for name, value in (column.settings or {}).items() if name in ("CreatedOn", "ModifiedOn")}
    return with_settings(context, head_of(table), {**kept, **members}, given, fixed, former)


def _check_behavior(column: Column, described: Mapping[str, Any]) -> None:
    """Refuse another behavior of dates: custom columns alone change theirs, once, away from UserLocal.

    Source: "Change the behavior of a date and time column" of behavior-format-date-time-attribute.md.
    """
    is_allowed = column.is_custom and described["CanChangeDateTimeBehavior"]["Value"]
    if not is_allowed or column.date_time_behavior not in (None, "UserLocal"):
        raise error("InvalidBehaviorSelection", attribute=column.logical_name)


def _check_securing(table: Table, column: Column, given: Mapping[str, Any]) -> None:
    """Refuse to secure a column of a key, or one that the platform keeps open (contract 07 §4, §6)."""
    if not given.get("IsSecured") or (column.settings or {}).get("IsSecured"):
        return
    if any(column.logical_name in key.columns for key in table.keys):
        raise error("CannotSecureEntityKeyAttribute", attribute=column.logical_name)
    if column.is_primary_id or column.attribute_of is not None:
        raise error("CannotSecureAttribute", attribute=column.logical_name)


def _without_time(description: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in description.items() if name not in ("ModifiedOn", "CreatedOn")}


@handles(kinds.DeleteAttribute)
def delete_attribute(context: Context, message: kinds.DeleteAttribute) -> None:
    """Delete a column that a user made, its values and the columns that came with it.

    Raises:
        EmulatorError: 0x80044250 for the platform's own, 0x80047002 for the primary name, 0x8004F01F while a key uses
            it.
    """
    table = context.catalog.table(message.table)
    column = table.column(message.column)
    name = column.logical_name
    if column.is_primary_name:
        raise error("CannotDeletePrimaryUIAttribute", attribute=name, table=table.logical_name)
    if not column.is_custom or column.attribute_of is not None:
        raise error("MetadataRecordNotDeletable", name=name)
    refuse_column_of_key(table, name)
    changes: Changes = {}
    for one in context.catalog.parents_of(table.logical_name):
        if one.referencing_column == name and one.is_custom:
            changes[ONE_TO_MANY, one.schema_name] = None
    drop_columns(context, table, (column,))
    without_column(context, table, name, changes)
    commit(context, changes)
