"""Global option sets, and the actions that change single options (contract 07 §3.6, §7)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from dataverse_emulator.errors import error
from dataverse_emulator.messages.base import Context, Operation, OperationResult, handles, operation
from dataverse_emulator.messages.metadata import kinds
from dataverse_emulator.messages.metadata.choices import (
    check_value,
    more_of,
    next_value,
    option_part,
    option_parts,
    two_options,
)
from dataverse_emulator.messages.metadata.column_members import class_name
from dataverse_emulator.messages.metadata.given import base_text, invalid, label_of, settings_of, texts
from dataverse_emulator.messages.metadata.names import schema_name
from dataverse_emulator.messages.metadata.parts import commit
from dataverse_emulator.messages.metadata.solutions import OPTION_SET as SET_COMPONENT
from dataverse_emulator.messages.metadata.solutions import add_component, find_solution
from dataverse_emulator.metadata import compiled
from dataverse_emulator.metadata.catalog import Column, ColumnType
from dataverse_emulator.metadata.describe import describe_option_set, global_set_class, option_set_id
from dataverse_emulator.metadata.describe.values import LANGUAGE
from dataverse_emulator.metadata.overlay import COLUMN, OPTION_SET
from dataverse_emulator.metadata.written import write_column, write_options

Options: TypeAlias = list[dict[str, Any]]
SETTINGS = ("DisplayName", "Description", "IsCustomizable", "ExternalTypeName")
"""Members of an option set that only its description knows."""


@handles(kinds.CreateOptionSet)
def create_option_set(context: Context, message: kinds.CreateOptionSet) -> str:
    """Make a global option set.

    Raises:
        EmulatorError: names (07 §4), 0x80044345 for a name that is taken, 0x80044310 for a value that is there twice.
    """
    given = message.definition
    solution = find_solution(context, message.solution)
    name = schema_name(given.get("Name"), "option set", solution.prefix)
    if any(known.lower() == name.lower() for known in context.catalog.option_sets):
        raise error("InvalidOptionSetSchemaName", name=name)
    is_boolean = class_name(given) == "BooleanOptionSetMetadata"
    part: dict[str, Any] = {
        "name": name,
        "type": "Boolean" if is_boolean else "Picklist",
        "displayName": base_text(given.get("DisplayName")) or name,
        "options": two_options(given)
        if is_boolean
        else option_parts(given.get("Options") or [], solution.first_option),
        "isCustom": True,
    }
    commit(context, {(OPTION_SET, name): _with_settings(part, given, None)})
    add_component(context, solution, SET_COMPONENT, option_set_id(name))
    return name


def _with_settings(part: dict[str, Any], given: Mapping[str, Any], former: Mapping[str, Any] | None) -> dict[str, Any]:
    plain = {name: value for name, value in part.items() if name != "settings"}
    options = compiled.bind_options(compiled.compile_options(part["options"]))
    usual = describe_option_set(part["name"], options, part=plain)
    settings = settings_of("OptionSetMetadata", given, usual, SETTINGS, former=former)
    return {**plain, "settings": settings} if settings else plain


@handles(kinds.UpdateOptionSet)
def update_option_set(context: Context, message: kinds.UpdateOptionSet) -> None:
    """Change a global option set's labels and the like; its options stay, whatever is sent of them."""
    name, given = message.name, message.definition
    part = set_part(context, name)
    options = compiled.bind_options(compiled.compile_options(part["options"]))
    former = describe_option_set(name, options, part=context.catalog.option_set_part(name))
    display = base_text(given.get("DisplayName"))
    changed = {key: value for key, value in part.items() if key != "displayName"}
    if display is not None:
        changed["displayName"] = display
    changed = _with_settings(changed, given, former if message.merge_labels else None)
    if describe_option_set(name, options, part=changed) != former:
        commit(context, {(OPTION_SET, name): changed})


@handles(kinds.DeleteOptionSet)
def delete_option_set(context: Context, message: kinds.DeleteOptionSet) -> None:
    """Delete a global option set that a user made.

    Raises:
        EmulatorError: 0x80044250 for the platform's own, 0x80048417 while a column uses it.
    """
    part = context.catalog.part(OPTION_SET, message.name)
    if part is None or not part.get("isCustom"):
        raise error("MetadataRecordNotDeletable", name=message.name)
    for (kind, _), column in context.catalog.parts.items():
        if kind == COLUMN and column.get("optionSetGlobal") and column.get("optionSet") == message.name:
            raise error("CannotDeleteInUseOptionSet", name=message.name)
    commit(context, {(OPTION_SET, message.name): None})


def set_part(context: Context, name: str) -> dict[str, Any]:
    """The definition of a global option set, the user's or one that shows what ships.

    Raises:
        EmulatorError: 0x80060888 (404) when there is none.
    """
    part = context.catalog.option_set_part(name)
    if part is not None:
        return dict(part)
    options = context.catalog.option_set(name)
    if options is None:
        raise error("DefinitionNotFound", kind="OptionSetMetadata", key="Name", value=name)
    kind = "Boolean" if global_set_class(name) == "BooleanOptionSetMetadata" else "Picklist"
    return {"name": name, "type": kind, "options": write_options(options)}


# ---- single options --------------------------------------------------------------------------------------------------


def _change(context: Context, message: Operation, change: Callable[[Options, Column | None], None]) -> None:
    """Change the options of the set that a message names: a global one, or that of a column.

    Raises:
        EmulatorError: 0x80040203 when it names none, 0x80041102 and 0x80041103 for unknown tables and columns.
    """
    parameters = message.parameters
    name = parameters.get("OptionSetName")
    column: Column | None = None
    if not name:
        table_name, column_name = parameters.get("EntityLogicalName"), parameters.get("AttributeLogicalName")
        if not table_name or not column_name:
            raise invalid("Either OptionSetName or EntityLogicalName and AttributeLogicalName must be given.")
        column = context.catalog.table(table_name).column(column_name)
        if column.option_set_global:
            name = column.option_set
        elif not column.options:
            raise invalid(f"The column {column_name} of {table_name} has no options.")
    if name:
        part = set_part(context, name)
        part["options"] = [dict(each) for each in part["options"]]
        change(part["options"], None)
        commit(context, {(OPTION_SET, name): part})
        return
    assert column is not None
    part = write_column(column)
    change(part["options"], column)
    commit(context, {(COLUMN, f"{column.table}.{column.logical_name}"): part})


def _insert(context: Context, message: Operation, state: int | None = None) -> OperationResult:
    given = {name: message.parameters.get(name) for name in ("Label", "Description", "Color", "ExternalValue")}
    given["ParentValues"] = message.parameters.get("ParentValues") or None
    first = find_solution(context, message.parameters.get("SolutionUniqueName")).first_option
    value = message.parameters.get("Value")

    def insert(options: Options, column: Column | None) -> None:
        nonlocal value
        taken = [each["value"] for each in options]
        if value is None:
            value = next_value(taken, first)
        check_value(value)
        if value in taken:
            raise error("PicklistValueNotUnique", value=value)
        is_status = column is not None and column.type is ColumnType.STATUS
        if is_status != (state is not None) or (
            column is not None and column.type in (ColumnType.STATE, ColumnType.BOOLEAN)
        ):
            raise invalid("Options of this kind cannot be added here.")
        if state is not None:
            assert column is not None
            states = context.catalog.table(column.table).state
            if states is None or state not in states.labels:
                raise error("StateUnknown")
        options.append({**option_part(given, value), **({} if state is None else {"state": state})})

    _change(context, message, insert)
    return OperationResult(members={"NewOptionValue": value})


@operation("InsertOptionValue")
def insert_option(context: Context, message: Operation) -> OperationResult:
    """Add an option; one without a value gets the next free one.

    Raises:
        EmulatorError: 0x80044310 when the value is taken.
    """
    return _insert(context, message)


@operation("InsertStatusValue")
def insert_status(context: Context, message: Operation) -> OperationResult:
    """Add a status reason to a state.

    Raises:
        EmulatorError: 0x80044310 when the value is taken; 0x80048408 for an unknown state.
    """
    message.parameters.setdefault("AttributeLogicalName", "statuscode")
    return _insert(context, message, int(message.parameters["StateCode"]))


def _find(options: Options, value: Any) -> dict[str, Any]:
    for each in options:
        if each["value"] == value:
            return each
    raise invalid(f"There is no option with the value {value}.")


def _relabel(message: Operation, option: dict[str, Any]) -> None:
    """Change an option's texts and the members that were sent with them."""
    given = message.parameters
    more = dict(option.get("more") or {})
    former = {"Label": more.get("Label", {str(LANGUAGE): option["label"]}), "Description": more.get("Description", {})}
    sent: dict[str, Any] = {}
    for name in ("Label", "Description"):
        if given.get(name) is not None:
            new = texts(given[name])
            merged = {**former[name], **new} if given.get("MergeLabels") else new
            sent[name] = label_of(merged)
            more.pop(name, None)
    for name in ("Color", "ExternalValue", "ParentValues"):
        if given.get(name):
            sent[name] = given[name]
    if "Label" in sent:
        label = base_text(sent["Label"])
        if label is None:
            raise invalid("An option must have a label.")
        option["label"] = label
    more |= more_of(sent, option["label"]).get("more", {})
    option.pop("more", None)
    if more:
        option["more"] = more


@operation("UpdateOptionValue")
def update_option(context: Context, message: Operation) -> OperationResult:
    """Change an option's label and description.

    Raises:
        EmulatorError: 0x80040203 when there is no such option, or it would have no label.
    """
    _change(context, message, lambda options, _: _relabel(message, _find(options, message.parameters.get("Value"))))
    return OperationResult()


@operation("UpdateStateValue")
def update_state(context: Context, message: Operation) -> OperationResult:
    """Change a state's label and the status reason that rows get with it.

    Raises:
        EmulatorError: 0x80040203 when the reason is of another state.
    """
    message.parameters.setdefault("AttributeLogicalName", "statecode")

    def update(options: Options, column: Column | None) -> None:
        option = _find(options, message.parameters.get("Value"))
        if column is None or column.type is not ColumnType.STATE:
            raise invalid("Only a state can be changed here.")
        _relabel(message, option)
        default = message.parameters.get("DefaultStatusCode")
        if default is not None:
            reasons = context.catalog.table(column.table).status
            own = () if reasons is None else reasons.options
            if not any(each.value == default and each.state == option["value"] for each in own):
                raise invalid(f"The status reason {default} does not belong to the state.")
            option["defaultStatus"] = default

    _change(context, message, update)
    return OperationResult()


@operation("DeleteOptionValue")
def delete_option(context: Context, message: Operation) -> OperationResult:
    """Delete an option; rows that have it keep the number.

    Raises:
        EmulatorError: 0x80040203 for states, two-option columns and the status reason that a state starts with.
    """

    def delete(options: Options, column: Column | None) -> None:
        option = _find(options, message.parameters.get("Value"))
        if column is not None:
            if column.type in (ColumnType.STATE, ColumnType.BOOLEAN):
                raise invalid("Options of this kind cannot be deleted.")
            states = context.catalog.table(column.table).state
            if column.type is ColumnType.STATUS and states is not None:
                for state in states.options:
                    if state.default_status == option["value"]:
                        raise invalid(f"The status reason is the default of the state {state.label}.")
        options.remove(option)

    _change(context, message, delete)
    return OperationResult()


@operation("OrderOption")
def order_options(context: Context, message: Operation) -> OperationResult:
    """Bring options into another order.

    Raises:
        EmulatorError: 0x80040203 when not every option is named once.
    """
    values = message.parameters.get("Values") or []

    def order(options: Options, column: Column | None) -> None:
        del column
        if sorted(values) != sorted(each["value"] for each in options):
            raise invalid("Values must name every option once.")
        options.sort(key=lambda each: values.index(each["value"]))

    _change(context, message, order)
    return OperationResult()
