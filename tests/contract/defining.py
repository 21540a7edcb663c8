"""Definitions as clients send them, for the tests of what changes definitions."""

from __future__ import annotations

from typing import Any

CRM = "Microsoft.Dynamics.CRM"


def label(text: str, **others: str) -> dict[str, Any]:
    """A label in English, and in further languages: ``_1036="..."``."""
    texts = {1033: text, **{int(code[1:]): other for code, other in others.items()}}
    return {
        "@odata.type": f"{CRM}.Label",
        "LocalizedLabels": [
            {"@odata.type": f"{CRM}.LocalizedLabel", "Label": each, "LanguageCode": code}
            for code, each in texts.items()
        ],
    }


def column(kind: str, schema_name: str, **members: Any) -> dict[str, Any]:
    """A column of a class, for example ``String``."""
    return {
        "@odata.type": f"{CRM}.{kind}AttributeMetadata",
        "SchemaName": schema_name,
        "DisplayName": label(schema_name.partition("_")[2]),
        "RequiredLevel": {"Value": "None"},
        **members,
    }


def table(schema_name: str = "new_Project", *columns: dict[str, Any], **members: Any) -> dict[str, Any]:
    """A table with the primary name ``new_Name``."""
    return {
        "@odata.type": f"{CRM}.EntityMetadata",
        "SchemaName": schema_name,
        "DisplayName": label("Project"),
        "DisplayCollectionName": label("Projects"),
        "OwnershipType": "UserOwned",
        "HasActivities": False,
        "HasNotes": False,
        "Attributes": [column("String", "new_Name", IsPrimaryName=True, MaxLength=100), *columns],
        **members,
    }


def lookup(schema_name: str, **members: Any) -> dict[str, Any]:
    """The lookup of a relationship."""
    return column("Lookup", schema_name, **members)


def one_to_many(
    schema_name: str, referenced: str, referencing: str, lookup_name: str, **members: Any
) -> dict[str, Any]:
    """A 1:N relationship with its lookup."""
    return {
        "@odata.type": f"{CRM}.OneToManyRelationshipMetadata",
        "SchemaName": schema_name,
        "ReferencedEntity": referenced,
        "ReferencingEntity": referencing,
        "Lookup": lookup(lookup_name),
        **members,
    }


def many_to_many(schema_name: str, one: str, two: str, **members: Any) -> dict[str, Any]:
    """An N:N relationship."""
    return {
        "@odata.type": f"{CRM}.ManyToManyRelationshipMetadata",
        "SchemaName": schema_name,
        "Entity1LogicalName": one,
        "Entity2LogicalName": two,
        "IntersectEntityName": schema_name,
        **members,
    }


def options(*pairs: tuple[int | None, str]) -> dict[str, Any]:
    """A local option set."""
    return {
        "@odata.type": f"{CRM}.OptionSetMetadata",
        "IsGlobal": False,
        "OptionSetType": "Picklist",
        "Options": [{"Value": value, "Label": label(text)} for value, text in pairs],
    }
