"""Definitions as clients send them, for the tests of what changes definitions."""

from __future__ import annotations

from typing import Any

from .conftest import Api

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


COLOURS = {
    **options((1, "Red"), (2, "Blue")),
    "Name": "new_Colours",
    "IsGlobal": True,
    "DisplayName": label("Colours", _1036="Couleurs"),
}


def define_of_every_kind(api: Api) -> None:
    """Tables of projects, calls, events and settings with columns, keys and relationships of every kind."""
    project = "EntityDefinitions(LogicalName='new_project')"

    def post(path: str, body: dict[str, Any]) -> None:
        answer = api.post(path, body)
        assert answer.status in (200, 204), answer.text

    def column_of(path: str, kind: str, name: str, **members: Any) -> None:
        post(f"{path}/Attributes", column(kind, name, Description=label("D", _1031="T"), **members))

    post("GlobalOptionSetDefinitions", COLOURS)
    post(
        "EntityDefinitions", table(Description=label("What we do", _1036="Travaux"), HasNotes=True, HasActivities=True)
    )
    post("EntityDefinitions", table("new_Call", IsActivity=True))
    post("EntityDefinitions", table("new_Event", TableType="Elastic"))
    post("EntityDefinitions", table("new_Setting", OwnershipType="OrganizationOwned", IsAuditEnabled={"Value": True}))
    for path in (project, "EntityDefinitions(LogicalName='account')"):
        for kind in ("Memo", "Integer", "BigInt", "Decimal", "Double", "Money", "Boolean", "DateTime", "Image", "File"):
            column_of(path, kind, f"new_{kind}")
        column_of(path, "String", "new_Number", AutoNumberFormat="P-{SEQNUM:4}", MaxLength=20)
        column_of(path, "String", "new_Rich", FormatName={"Value": "RichText"})
        column_of(path, "Integer", "new_Size", MinValue=1, MaxValue=5, RequiredLevel={"Value": "Recommended"})
        column_of(path, "DateTime", "new_Day", Format="DateOnly", DateTimeBehavior={"Value": "DateOnly"})
        column_of(path, "Picklist", "new_Stage", OptionSet=options((7, "A"), (8, "B")), DefaultFormValue=7)
        column_of(path, "MultiSelectPicklist", "new_Tags", OptionSet=options((1, "A"), (2, "B")))
        bound = {"GlobalOptionSet@odata.bind": "/GlobalOptionSetDefinitions(Name='new_Colours')"}
        column_of(path, "Picklist", "new_Colour", **bound)
        post(f"{path}/Keys", {"SchemaName": "new_K", "KeyAttributes": ["new_number"], "DisplayName": label("K")})
    post("RelationshipDefinitions", one_to_many("new_account_project", "account", "new_project", "new_AccountId"))
    post("RelationshipDefinitions", many_to_many("new_project_contact", "new_project", "contact"))
    body = {
        "Lookup": {**column("Lookup", "new_PartnerId"), "@odata.type": f"{CRM}.ComplexLookupAttributeMetadata"},
        "OneToManyRelationships": [
            {"SchemaName": f"new_partner_{each}", "ReferencedEntity": each, "ReferencingEntity": "new_project"}
            for each in ("account", "contact", "lead")
        ],
    }
    post("CreatePolymorphicLookupAttribute", body)
    path = f"{project}/Attributes(LogicalName='new_stage')"
    whole = api.get(f"{path}/{CRM}.PicklistAttributeMetadata").json()
    assert api.put(path, {**whole, "DisplayName": label("Stage", _1036="Phase")}).status == 204
