"""CreateEntityKey, UpdateEntityKey, DeleteEntityKey, ReactivateEntityKey (contract 07 §9)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dataverse_emulator.errors import error
from dataverse_emulator.messages.base import Context, Operation, OperationResult, handles, operation
from dataverse_emulator.messages.metadata import kinds
from dataverse_emulator.messages.metadata.given import base_text, invalid, settings_of
from dataverse_emulator.messages.metadata.names import schema_name
from dataverse_emulator.messages.metadata.parts import commit
from dataverse_emulator.messages.metadata.solutions import KEY as KEY_COMPONENT
from dataverse_emulator.messages.metadata.solutions import add_component, find_solution
from dataverse_emulator.metadata.catalog import AlternateKey, Column, ColumnType, Table
from dataverse_emulator.metadata.compiled import compile_key
from dataverse_emulator.metadata.describe import describe_key, key_id
from dataverse_emulator.metadata.overlay import KEY

MOST_KEYS = 10
MOST_COLUMNS = 16
MOST_BYTES = 900
SETTINGS = ("DisplayName", "IsCustomizable")
"""Members of a key that only its description knows."""

_TYPES = frozenset(
    {
        *(ColumnType.DECIMAL, ColumnType.INTEGER, ColumnType.STRING, ColumnType.DATE_TIME, ColumnType.LOOKUP),
        *(ColumnType.PICKLIST, ColumnType.CUSTOMER),
    }
)
_WIDTHS = {ColumnType.INTEGER: 4, ColumnType.PICKLIST: 4, ColumnType.DATE_TIME: 8, ColumnType.DECIMAL: 13}


@handles(kinds.CreateEntityKey)
def create_key(context: Context, message: kinds.CreateEntityKey) -> str:
    """Make an alternate key. Its index is ready at once; where rows have equal values the key is there but failed.

    Raises:
        EmulatorError: names (07 §4), 0x80060893 and 0x80060894 for a key that is there, 0x8006088F for columns that
            cannot be in a key, 0x80041103 for unknown ones.
    """
    given = message.definition
    table = context.catalog.table(message.table)
    solution = find_solution(context, message.solution)
    schema = schema_name(given.get("SchemaName"), "key", solution.prefix)
    name = schema.lower()
    names = given.get("KeyAttributes")
    if not isinstance(names, list) or not names or not all(isinstance(each, str) for each in names):
        raise invalid("A key must have KeyAttributes.")
    columns = tuple(each.lower() for each in names)
    if any(key.logical_name == name for key in table.keys):
        raise error("EntityKeyNameExists", name=schema, table=table.logical_name)
    if any(set(key.columns) == set(columns) for key in table.keys):
        raise error("EntityKeyWithSelectedAttributesExists", table=table.logical_name)
    if table.is_elastic:
        raise error("InvalidEntityKeyOperation", reason="elastic tables have no keys of users")
    if len(table.keys) >= MOST_KEYS or len(columns) > MOST_COLUMNS or len(set(columns)) < len(columns):
        raise error("InvalidEntityKeyOperation", reason=f"at most {MOST_KEYS} keys of {MOST_COLUMNS} columns each")
    for each in columns:
        _check_column(table, table.column(each))
    if sum(_width(table.column(each)) for each in columns) > MOST_BYTES:
        raise error("InvalidEntityKeyOperation", reason=f"the columns take more than {MOST_BYTES} bytes")
    display = base_text(given.get("DisplayName")) or schema
    part: dict[str, Any] = {
        "logicalName": name,
        "schemaName": schema,
        "displayName": display,
        "columns": list(columns),
        "isActive": not context.store.definitions.has_equal_rows(table, columns),
    }
    part["settings"] = _settings(table, part, given, None)
    commit(context, {(KEY, f"{table.logical_name}.{name}"): part})
    add_component(context, solution, KEY_COMPONENT, key_id(table.logical_name, name))
    return name


def _settings(
    table: Table, part: Mapping[str, Any], given: Mapping[str, Any], former: Mapping[str, Any] | None
) -> dict[str, Any]:
    """The members of a key that only its description knows; ``former`` where labels are merged."""
    usual = describe_key(AlternateKey(*compile_key({**part, "settings": {}})), table)
    return settings_of("EntityKeyMetadata", given, usual, SETTINGS, former=former) or {}


@handles(kinds.UpdateEntityKey)
def update_key(context: Context, message: kinds.UpdateEntityKey) -> None:
    """Change a key's label. The SDK has no such message; a definition that comes back unchanged must be taken.

    Raises:
        EmulatorError: 0x8006088F for other columns, and for a change of the platform's own keys.
    """
    given = message.definition
    table = context.catalog.table(message.table)
    key = next(each for each in table.keys if each.logical_name == message.key)
    described = describe_key(key, table)
    for name in ("KeyAttributes", "SchemaName", "LogicalName"):
        if given.get(name, described[name]) != described[name]:
            raise error("InvalidEntityKeyOperation", reason=f"{name} of the key {message.key} cannot be changed")
    place = (KEY, f"{table.logical_name}.{message.key}")
    part = {
        "logicalName": key.logical_name,
        "schemaName": described["SchemaName"],
        "displayName": base_text(given.get("DisplayName")) or described["SchemaName"],
        "columns": list(key.columns),
        "isActive": key.is_active,
    }
    part["settings"] = _settings(table, part, given, described if message.merge_labels else None)
    is_own = context.catalog.part(*place) is not None
    bound = AlternateKey(*compile_key({**part, "settings": part["settings"] or (None if key.settings is None else {})}))
    if describe_key(bound, table) == described:
        return
    if not is_own:
        raise error("InvalidEntityKeyOperation", reason=f"the key {message.key} is the platform's own")
    commit(context, {place: part})


def _check_column(table: Table, column: Column) -> None:
    is_secured = bool((column.settings or {}).get("IsSecured"))
    if column.type not in _TYPES or not column.is_stored or is_secured:
        raise error(
            "InvalidEntityKeyOperation",
            reason=f"the column {column.logical_name} of {table.logical_name} cannot be in a key",
        )


def _width(column: Column) -> int:
    """The bytes that a column takes in an index: two a character, as in the service's own database."""
    return 2 * (column.max_length or 100) if column.type is ColumnType.STRING else _WIDTHS.get(column.type, 16)


@handles(kinds.DeleteEntityKey)
def delete_key(context: Context, message: kinds.DeleteEntityKey) -> None:
    """Delete an alternate key that a user made.

    Raises:
        EmulatorError: 0x80044250 for the platform's own.
    """
    place = (KEY, f"{message.table}.{message.key}")
    if context.catalog.part(*place) is None:
        raise error("MetadataRecordNotDeletable", name=message.key)
    commit(context, {place: None})


@operation("ReactivateEntityKey")
def reactivate_key(context: Context, message: Operation) -> OperationResult:
    """Try again to make the index of a key that failed.

    Raises:
        EmulatorError: 0x8006088F when there is no such key.
    """
    table = context.catalog.table(str(message.parameters.get("EntityLogicalName")))
    name = str(message.parameters.get("EntityKeyLogicalName")).lower()
    part = context.catalog.part(KEY, f"{table.logical_name}.{name}")
    if part is None:
        raise error("InvalidEntityKeyOperation", reason=f"there is no key {name}")
    is_active = not context.store.definitions.has_equal_rows(table, tuple(part["columns"]))
    if is_active != part["isActive"]:
        commit(context, {(KEY, f"{table.logical_name}.{name}"): {**part, "isActive": is_active}})
    return OperationResult()
