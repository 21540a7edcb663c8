"""What a definition file may say, as marshmallow schemas, and the rules that no single field shows.

Imported by tests and where a user's own definitions come in; a start never needs it, since marshmallow is slow to
import and the shipped files are tested.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from dataverse_emulator.metadata.catalog import ColumnType
from dataverse_emulator.metadata.compiled import CASCADE_ACTIONS, default_property

_LOGICAL_NAME = validate.Regexp(r"^[a-z_][a-z0-9_]*$", error="Not a logical name: {input}.")
_NAME = validate.Regexp(r"^[A-Za-z_][A-Za-z0-9_]*$", error="Not a name: {input}.")
_OPERATION_TYPE = validate.Regexp(
    r"^(Collection\()?(Edm|mscrm)\.[A-Za-z_][A-Za-z0-9_]*\)?$", error="Not a type: {input}."
)
_REQUIRED = ("None", "Recommended", "ApplicationRequired", "SystemRequired")
_OWNERSHIP = ("UserOwned", "TeamOwned", "BusinessOwned", "OrganizationOwned", "None")
_CASCADES = ("NoCascade", "Cascade", "Active", "UserOwned", "RemoveLink", "Restrict")


class OptionSchema(Schema):
    """An option of a choice, state, status or two-option column."""

    value = fields.Integer(required=True, strict=True)
    label = fields.String(required=True)
    state = fields.Integer(strict=True)
    defaultStatus = fields.Integer(strict=True)
    invariantName = fields.String()
    more = fields.Dict(keys=fields.String())


class ColumnSchema(Schema):
    """A column; all but the first three may be left out where the default is right."""

    logicalName = fields.String(required=True, validate=_LOGICAL_NAME)
    schemaName = fields.String(validate=_NAME)
    type = fields.String(required=True, validate=validate.OneOf([str(member) for member in ColumnType]))
    displayName = fields.String()
    format = fields.String()
    dateTimeBehavior = fields.String(validate=validate.OneOf(["UserLocal", "DateOnly", "TimeZoneIndependent"]))
    maxLength = fields.Integer(strict=True, validate=validate.Range(min=0))
    min = fields.Float()
    max = fields.Float()
    precision = fields.Integer(strict=True, validate=validate.Range(min=0, max=12))
    precisionSource = fields.Integer(strict=True, validate=validate.OneOf([0, 1, 2]))
    required = fields.String(validate=validate.OneOf(_REQUIRED))
    validForCreate = fields.Boolean()
    validForUpdate = fields.Boolean()
    validForRead = fields.Boolean()
    property = fields.String(allow_none=True, validate=_NAME)
    edmType = fields.String(validate=_OPERATION_TYPE)
    readOnly = fields.Boolean()
    defaultValue = fields.Raw()
    optionSet = fields.String()
    optionSetGlobal = fields.Boolean()
    options = fields.List(fields.Nested(OptionSchema))
    targets = fields.List(fields.String(validate=_LOGICAL_NAME))
    navigation = fields.Dict(keys=fields.String(validate=_LOGICAL_NAME), values=fields.String(validate=_NAME))
    attributeOf = fields.String(validate=_LOGICAL_NAME)
    isLogical = fields.Boolean()
    autoNumberFormat = fields.String()
    sourceType = fields.Integer(strict=True, validate=validate.OneOf([0, 1, 2]))
    introducedVersion = fields.String()
    maxSizeInKB = fields.Integer(strict=True, validate=validate.Range(min=1))
    canStoreFullImage = fields.Boolean()
    isCustom = fields.Boolean()
    settings = fields.Dict(keys=fields.String())


class KeySchema(Schema):
    """An alternate key."""

    logicalName = fields.String(required=True, validate=_LOGICAL_NAME)
    schemaName = fields.String(required=True, validate=_NAME)
    displayName = fields.String()
    columns = fields.List(fields.String(), required=True, validate=validate.Length(min=1))
    isActive = fields.Boolean()
    settings = fields.Dict(keys=fields.String())


class TableSchema(Schema):
    """A table with its columns: one file of the folder ``tables``."""

    logicalName = fields.String(required=True, validate=_LOGICAL_NAME)
    schemaName = fields.String(validate=_NAME)
    entitySetName = fields.String(validate=_NAME)
    displayName = fields.String(allow_none=True)
    displayCollectionName = fields.String(allow_none=True)
    collectionSchemaName = fields.String(allow_none=True)
    logicalCollectionName = fields.String(allow_none=True)
    objectTypeCode = fields.Integer(strict=True, validate=validate.Range(min=1))
    ownership = fields.String(validate=validate.OneOf(_OWNERSHIP))
    base = fields.String(validate=validate.OneOf(["activitypointer", "owner"]))
    primaryId = fields.String(required=True)
    primaryName = fields.String()
    primaryImage = fields.String()
    isActivity = fields.Boolean()
    isIntersect = fields.Boolean()
    isBusinessProcessFlow = fields.Boolean()
    flags = fields.Dict(keys=fields.String(), values=fields.Boolean())
    keys = fields.List(fields.Nested(KeySchema))
    privileges = fields.List(fields.String())
    messages = fields.List(fields.String())
    statusTransitions = fields.Dict(keys=fields.Integer(), values=fields.List(fields.Integer(strict=True)))
    settings = fields.Dict(keys=fields.String())
    columns = fields.List(fields.Nested(ColumnSchema), required=True, validate=validate.Length(min=1))


class OptionSetSchema(Schema):
    """A global option set."""

    name = fields.String(required=True, validate=_NAME)
    type = fields.String(required=True, validate=validate.OneOf(["Picklist", "Boolean"]))
    options = fields.List(fields.Nested(OptionSchema), required=True, validate=validate.Length(min=1))


class OneToManySchema(Schema):
    """A 1:N relationship."""

    schemaName = fields.String(required=True, validate=_NAME)
    referencedTable = fields.String(required=True, validate=_LOGICAL_NAME)
    referencedColumn = fields.String(required=True, validate=_LOGICAL_NAME)
    referencedNavigation = fields.String(validate=_NAME)
    referencingTable = fields.String(required=True, validate=_LOGICAL_NAME)
    referencingColumn = fields.String(required=True, validate=_LOGICAL_NAME)
    referencingNavigation = fields.String(validate=_NAME)
    cascade = fields.Dict(
        keys=fields.String(validate=validate.OneOf(CASCADE_ACTIONS)),
        values=fields.String(validate=validate.OneOf(_CASCADES)),
    )
    isHierarchical = fields.Boolean()
    isCustom = fields.Boolean()
    settings = fields.Dict(keys=fields.String())


class ManyToManySchema(Schema):
    """An N:N relationship."""

    schemaName = fields.String(required=True, validate=_NAME)
    table1 = fields.String(required=True, validate=_LOGICAL_NAME)
    navigation1 = fields.String(required=True, validate=_NAME)
    table2 = fields.String(required=True, validate=_LOGICAL_NAME)
    navigation2 = fields.String(required=True, validate=_NAME)
    intersectTable = fields.String(required=True, validate=_LOGICAL_NAME)
    column1 = fields.String(required=True, validate=_LOGICAL_NAME)
    column2 = fields.String(required=True, validate=_LOGICAL_NAME)
    isCustom = fields.Boolean()
    settings = fields.Dict(keys=fields.String())


class RelationshipsSchema(Schema):
    """All relationships."""

    oneToMany = fields.List(fields.Nested(OneToManySchema), required=True)
    manyToMany = fields.List(fields.Nested(ManyToManySchema), required=True)


class ColumnPairSchema(Schema):
    """A value that goes from one column into another."""

    source = fields.String(required=True, validate=_LOGICAL_NAME)
    target = fields.String(required=True, validate=_LOGICAL_NAME)


class ColumnMapSchema(Schema):
    """What is copied when a row of ``target`` is made from one of ``source``."""

    source = fields.String(required=True, validate=_LOGICAL_NAME)
    target = fields.String(required=True, validate=_LOGICAL_NAME)
    relationship = fields.String(validate=_NAME)
    columns = fields.List(fields.Nested(ColumnPairSchema), required=True)


class PropertySchema(Schema):
    """A parameter of an operation or a property of a complex type."""

    name = fields.String(required=True, validate=_NAME)
    type = fields.String(required=True, validate=_OPERATION_TYPE)
    nullable = fields.Boolean()


class TypeNavigationSchema(PropertySchema):
    """A navigation property of a complex or definition type."""

    containsTarget = fields.Boolean()


class BindingSchema(Schema):
    """A type that an operation is bound to; ``crmbaseentity`` stands for every table."""

    type = fields.String(required=True, validate=_LOGICAL_NAME)
    collection = fields.Boolean()


class OperationSchema(Schema):
    """An action or a function."""

    name = fields.String(required=True, validate=_NAME)
    kind = fields.String(required=True, validate=validate.OneOf(["Action", "Function"]))
    bound = fields.List(fields.Nested(BindingSchema), validate=validate.Length(min=1))
    unbound = fields.Boolean()
    queryFunction = fields.Boolean()
    parameters = fields.List(fields.Nested(PropertySchema), required=True)
    returnType = fields.String(validate=_OPERATION_TYPE)
    returnNullable = fields.Boolean()


class StructureSchema(Schema):
    """A complex type, or an entity type of the definitions."""

    name = fields.String(required=True, validate=_NAME)
    baseType = fields.String()
    abstract = fields.Boolean()
    openType = fields.Boolean()
    key = fields.List(fields.String())
    properties = fields.List(fields.Nested(PropertySchema))
    navigationProperties = fields.List(fields.Nested(TypeNavigationSchema))


class MemberSchema(Schema):
    """A member of an enumeration."""

    name = fields.String(required=True, validate=_NAME)
    value = fields.Integer(required=True, strict=True)


class EnumerationSchema(Schema):
    """An enumeration."""

    name = fields.String(required=True, validate=_NAME)
    isFlags = fields.Boolean()
    underlyingType = fields.String()
    members = fields.List(fields.Nested(MemberSchema), required=True, validate=validate.Length(min=1))


class EntitySetSchema(Schema):
    """An entity set of definitions."""

    entitySet = fields.String(required=True, validate=_NAME)
    type = fields.String(required=True, validate=_OPERATION_TYPE)


class OperationsSchema(Schema):
    """``operations.json``."""

    operations = fields.List(fields.Nested(OperationSchema), required=True)
    complexTypes = fields.List(fields.Nested(StructureSchema), required=True)
    enumTypes = fields.List(fields.Nested(EnumerationSchema), required=True)
    metadataEntityTypes = fields.List(fields.Nested(StructureSchema), required=True)
    metadataEntitySets = fields.List(fields.Nested(EntitySetSchema), required=True)


def validate_table(data: Mapping[str, Any]) -> list[str]:
    """What is wrong with the definition of a table; an empty list when nothing is."""
    problems = check(TableSchema(), data)
    return problems or list(_contradictions(data))


def validate_option_sets(data: Sequence[Mapping[str, Any]]) -> list[str]:
    """What is wrong with a list of global option sets."""
    problems = check(OptionSetSchema(many=True), data)
    return problems or [f"{row['name']}: {p}" for row in data for p in _repeated("option", row["options"], "value")]


def check(schema: Schema, data: Any) -> list[str]:
    """The schema's complaints as lines ``path: text``."""
    try:
        schema.load(data)
    except ValidationError as failure:
        return list(_flatten(failure.messages))
    return []


def _flatten(messages: Any, path: str = "") -> Iterator[str]:
    if isinstance(messages, Mapping):
        for key, inner in messages.items():
            yield from _flatten(inner, f"{path}.{key}" if path else str(key))
    else:
        for message in messages:
            yield f"{path}: {message}"


def _contradictions(table: Mapping[str, Any]) -> Iterator[str]:
    columns = {column["logicalName"]: column for column in table["columns"]}
    yield from _repeated("column", table["columns"], "logicalName")
    names = [column["property"] if "property" in column else default_property(column) for column in table["columns"]]
    for name, count in Counter(name for name in names if name is not None).items():
        if count > 1:
            yield f"property {name} is there {count} times"
    for role in ("primaryId", "primaryName"):
        if table.get(role) is not None and table[role] not in columns:
            yield f"{role} names no column: {table[role]}"
    for key in table.get("keys", ()):
        for name in key["columns"]:
            if name not in columns:
                yield f"key {key['logicalName']} names no column: {name}"
    for name, column in columns.items():
        for problem in _column_contradictions(column, columns):
            yield f"{name}: {problem}"


def _column_contradictions(column: Mapping[str, Any], columns: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    options = column.get("options", ())
    values = {option["value"] for option in options}
    yield from _repeated("option", options, "value")
    if column.get("attributeOf", column["logicalName"]) not in columns:
        yield f"attributeOf names no column: {column['attributeOf']}"
    if column.get("optionSetGlobal") and "optionSet" not in column:
        yield "optionSetGlobal without optionSet"
    default = column.get("defaultValue")
    if column["type"] in ("Picklist", "State", "Status") and default is not None and options and default not in values:
        yield f"defaultValue is no option: {default}"
    if column["type"] == "Boolean" and not isinstance(default, bool | None):
        yield f"defaultValue is neither true nor false: {default}"
    if column["type"] in ("Lookup", "Customer", "Owner"):
        for target in column.get("navigation", ()):
            if target != "owner" and target not in column.get("targets", ()):
                yield f"navigation to a table that is no target: {target}"
    if column["type"] == "Status":
        states = {option["value"] for option in columns.get("statecode", {}).get("options", ())}
        for option in options:
            if option.get("state") not in states:
                yield f"status {option['value']} is of no state"
    if column["type"] == "State":
        of_status = {o["value"]: o.get("state") for o in columns.get("statuscode", {}).get("options", ())}
        for option in options:
            if of_status.get(option.get("defaultStatus"), "none") != option["value"]:
                yield f"default status of state {option['value']} is not one of its own: {option.get('defaultStatus')}"


def _repeated(what: str, rows: Sequence[Mapping[str, Any]], key: str) -> Iterator[str]:
    for value, count in Counter(row[key] for row in rows).items():
        if count > 1:
            yield f"{what} {value} is there {count} times"
