"""What EntityDefinitions JSON must look like, as marshmallow schemas; other members are looked at later."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import INCLUDE, Schema, fields, validate

from dataverse_emulator.metadata.schemas import check

_NAME = validate.Regexp(r"^[A-Za-z_][A-Za-z0-9_]{0,127}$", error="Not a name: {input}.")


class _Open(Schema):
    class Meta:
        unknown = INCLUDE


class OptionSchema(_Open):
    """An option."""

    Value = fields.Integer(required=True, strict=True)
    Label = fields.Dict(allow_none=True)
    State = fields.Integer(allow_none=True, strict=True)
    DefaultStatus = fields.Integer(allow_none=True, strict=True)
    InvariantName = fields.String(allow_none=True)


class OptionSetSchema(_Open):
    """An option set, of a column or global."""

    Name = fields.String(allow_none=True)
    Options = fields.List(fields.Nested(OptionSchema), allow_none=True)
    TrueOption = fields.Nested(OptionSchema, allow_none=True)
    FalseOption = fields.Nested(OptionSchema, allow_none=True)


class AttributeSchema(_Open):
    """A column."""

    LogicalName = fields.String(required=True, validate=_NAME)
    SchemaName = fields.String(allow_none=True, validate=_NAME)
    AttributeType = fields.String(allow_none=True)
    AttributeTypeName = fields.Dict(allow_none=True)
    MaxLength = fields.Integer(allow_none=True, strict=True)
    MinValue = fields.Float(allow_none=True)
    MaxValue = fields.Float(allow_none=True)
    Precision = fields.Integer(allow_none=True, strict=True)
    MaxSizeInKB = fields.Integer(allow_none=True, strict=True)
    Targets = fields.List(fields.String(), allow_none=True)
    OptionSet = fields.Nested(OptionSetSchema, allow_none=True)
    GlobalOptionSet = fields.Nested(OptionSetSchema, allow_none=True)


class OneToManyRelationshipSchema(_Open):
    """A 1:N relationship."""

    SchemaName = fields.String(required=True, validate=_NAME)
    ReferencedEntity = fields.String(required=True, validate=_NAME)
    ReferencedAttribute = fields.String(required=True, validate=_NAME)
    ReferencingEntity = fields.String(required=True, validate=_NAME)
    ReferencingAttribute = fields.String(required=True, validate=_NAME)
    CascadeConfiguration = fields.Dict(allow_none=True)


class ManyToManyRelationshipSchema(_Open):
    """An N:N relationship."""

    SchemaName = fields.String(required=True, validate=_NAME)
    Entity1LogicalName = fields.String(required=True, validate=_NAME)
    Entity2LogicalName = fields.String(required=True, validate=_NAME)
    IntersectEntityName = fields.String(required=True, validate=_NAME)
    Entity1IntersectAttribute = fields.String(required=True, validate=_NAME)
    Entity2IntersectAttribute = fields.String(required=True, validate=_NAME)


class EntitySchema(_Open):
    """A table; its lists are checked member by member, so that one wrong column costs no table."""

    LogicalName = fields.String(required=True, validate=_NAME)
    SchemaName = fields.String(allow_none=True, validate=_NAME)
    PrimaryIdAttribute = fields.String(required=True, validate=_NAME)
    PrimaryNameAttribute = fields.String(allow_none=True)
    EntitySetName = fields.String(allow_none=True)
    Attributes = fields.List(fields.Dict(), required=True, validate=validate.Length(min=1))
    Keys = fields.List(fields.Dict(), allow_none=True)
    Privileges = fields.List(fields.Dict(), allow_none=True)
    OneToManyRelationships = fields.List(fields.Dict(), allow_none=True)
    ManyToOneRelationships = fields.List(fields.Dict(), allow_none=True)
    ManyToManyRelationships = fields.List(fields.Dict(), allow_none=True)


_SCHEMAS: dict[str, Schema] = {
    "table": EntitySchema(),
    "column": AttributeSchema(),
    "oneToMany": OneToManyRelationshipSchema(),
    "manyToMany": ManyToManyRelationshipSchema(),
}


def problems_of(kind: str, given: Mapping[str, Any]) -> list[str]:
    """What is wrong with a definition of that kind (``table``, ``column``, ``oneToMany``, ``manyToMany``)."""
    return check(_SCHEMAS[kind], given)
