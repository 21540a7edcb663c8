"""The calls that clients really make of metadata, every row of contract 07 §12: those that read.

A test names its row by its id; ``test_metadata_checklist.py`` counts them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, quote_plus

import pytest

from .checklist import (
    CLASSES,
    COLUMNS,
    RELATIONSHIPS,
    SETS,
    STRONG,
    TABLE,
    cast,
    changes,
    define_project,
    equals,
    identifier,
    query,
    read,
)
from .conftest import ROOT, Api, opened
from .defining import CRM


@pytest.fixture(scope="module")
def api() -> Iterator[Api]:
    """An environment with the table of projects, which the tests here only read."""
    with opened() as made:
        define_project(made)
        yield made


# ---- tables


@pytest.mark.parametrize("headers", [{}, STRONG], ids=["at rest", "strong"])
@pytest.mark.parametrize(
    ("names", "name"),
    [
        pytest.param(names, name, id=f"{row} {name}")
        for row, names in (
            ("07 §12 #1", "LogicalName,EntitySetName,PrimaryIdAttribute"),
            ("07 §12 #2", "MetadataId,LogicalName,SchemaName,EntitySetName,PrimaryNameAttribute,PrimaryIdAttribute"),
        )
        for name in ("account", "new_project")
    ],
)
def test_the_first_question_about_a_table(api: Api, names: str, name: str, headers: dict[str, str]) -> None:
    condition = f"LogicalName eq '{name}'"
    wanted = {
        "LogicalName": name,
        "SchemaName": {"account": "Account"}.get(name, "new_Project"),
        "EntitySetName": f"{name}s",
        "PrimaryIdAttribute": f"{name}id",
        "PrimaryNameAttribute": {"account": "name"}.get(name, "new_name"),
        "MetadataId": identifier(api, f"EntityDefinitions(LogicalName='{name}')"),
    }
    for encoded in (condition, quote(condition), quote_plus(condition)):
        body = read(api, f"EntityDefinitions?$select={quote(names)}&$filter={encoded}", **headers)
        assert body["@odata.context"] == f"{ROOT}$metadata#EntityDefinitions({names})"
        assert body["value"] == [{each: wanted[each] for each in {**dict.fromkeys(names.split(",")), "MetadataId": 0}}]
    assert read(api, f"EntityDefinitions?$select={names}&$filter=LogicalName eq 'nothing'")["value"] == []


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        pytest.param("$filter=IsPrivate eq false", None, id="07 §12 #3 all properties"),
        pytest.param(
            "$filter=IsPrivate eq false and (SchemaName eq 'new_Project')", ["new_project"], id="07 §12 #3 narrowed"
        ),
        pytest.param(
            "$filter=IsPrivate eq false and (SchemaName eq 'Lead' or SchemaName eq 'new_Project')"
            "&$select=LogicalName,SchemaName",
            ["lead", "new_project"],
            id="07 §12 #3 selected",
        ),
        pytest.param("$select=EntitySetName,LogicalName", None, id="07 §12 #16"),
    ],
)
def test_lists_of_tables(api: Api, options: str, expected: list[str] | None) -> None:
    body = read(api, f"EntityDefinitions?{options}", Prefer="odata.maxpagesize=3")
    assert "@odata.nextLink" not in body
    found = [each["LogicalName"] for each in body["value"]]
    assert {"account", "new_project"} <= set(found) if expected is None else sorted(found) == expected
    if "$select" not in options:
        assert {"IsPrivate", "DisplayName", "Privileges", "OwnershipType"} <= body["value"][0].keys()


@pytest.mark.parametrize(
    "key", [pytest.param("id", id="07 §12 #18 by id"), pytest.param("name", id="07 §12 #18 by name")]
)
def test_one_table_with_its_columns(api: Api, key: str) -> None:
    path = TABLE if key == "name" else f"EntityDefinitions({identifier(api, TABLE)})"
    expanded = "$expand=Attributes($select=LogicalName,AttributeType;$filter=IsCustomAttribute eq true),Keys"
    body = read(api, f"{path}?$select=LogicalName,SchemaName&{expanded}")
    assert (body["LogicalName"], body["SchemaName"]) == ("new_project", "new_Project")
    assert {"new_code", "new_accountid"} <= {each["LogicalName"] for each in body["Attributes"]}
    assert [each["LogicalName"] for each in body["Keys"]] == ["new_codekey"]
    inner = "new_code" if key == "name" else identifier(api, f"{COLUMNS}(LogicalName='new_code')")
    by = f"LogicalName='{inner}'" if key == "name" else inner
    assert read(api, f"{path}/Attributes({by})")["@odata.type"] == f"#{cast('String')}"
    typed = read(api, f"{path}/Attributes({by})/{cast('String')}?$select=LogicalName,MaxLength", **STRONG)
    assert (typed["LogicalName"], typed["MaxLength"]) == ("new_code", 20)
    assert "@odata.type" not in typed


@pytest.mark.parametrize("select", [pytest.param("EntitySetName", id="07 §12 #34 a table")])
def test_the_set_of_a_table(api: Api, select: str) -> None:
    body = read(api, f"{TABLE}?$select={select}")
    context = f"{ROOT}$metadata#EntityDefinitions({select})/$entity"
    assert (body["@odata.context"], body["EntitySetName"]) == (context, "new_projects")


@pytest.mark.parametrize("name", [pytest.param("new_Colours", id="07 §12 #34 an option set")])
def test_an_option_set_by_name(api: Api, name: str) -> None:
    body = read(api, f"{SETS}(Name='{name}')")
    assert body["@odata.type"] == f"#{CRM}.OptionSetMetadata"
    assert [each["Value"] for each in body["Options"]] == [1, 2]
    assert api.get(f"{SETS}(Name='new_Nothing')").status == 404


# ---- columns


@pytest.mark.parametrize("headers", [{}, STRONG], ids=["at rest", "strong"])
@pytest.mark.parametrize(
    ("options", "expected"),
    [
        pytest.param(
            "$select=MetadataId,LogicalName,SchemaName&$filter=LogicalName eq 'new_code'",
            ["new_code"],
            id="07 §12 #5",
        ),
        pytest.param("$filter=LogicalName eq 'nothing'", [], id="07 §12 #5 none"),
        pytest.param("", None, id="07 §12 #6"),
        pytest.param("$select=LogicalName,SchemaName,AttributeType", None, id="07 §12 #6 selected"),
        pytest.param(
            "$filter=AttributeType eq 'String' and IsCustomAttribute eq true and AttributeOf eq null",
            ["new_code", "new_name"],
            id="07 §12 #6 filtered",
        ),
    ],
)
def test_lists_of_columns(api: Api, options: str, expected: list[str] | None, headers: dict[str, str]) -> None:
    body = read(api, f"EntityDefinitions({identifier(api, TABLE)})/Attributes?{options}", **headers)
    found = {each["LogicalName"]: each for each in body["value"]}
    assert expected is None or sorted(found) == expected
    assert all(each["@odata.type"].startswith(f"#{CRM}.") and each["MetadataId"] for each in found.values())
    if expected != []:
        assert found["new_code"]["SchemaName"] == "new_Code"
        assert found["new_code"]["@odata.type"] == f"#{cast('String')}"


@pytest.mark.parametrize("set_name", [pytest.param("Options", id="07 §12 #9")])
def test_the_choices_of_a_table_with_their_labels(api: Api, set_name: str) -> None:
    body = read(
        api, f"{COLUMNS}/{cast('Picklist')}?$select=LogicalName&$expand=OptionSet($select={set_name})", **STRONG
    )
    context = f"EntityDefinitions('new_project')/Attributes/{cast('Picklist')}(LogicalName,OptionSet(Options))"
    assert body["@odata.context"] == f"{ROOT}$metadata#{context}"
    (choice,) = body["value"]
    labels = {each["Label"]["UserLocalizedLabel"]["Label"]: each["Value"] for each in choice["OptionSet"]["Options"]}
    assert (choice["LogicalName"], labels) == ("new_picklist", {"Plan": 1, "Build": 2})


@pytest.mark.parametrize(
    ("kind", "members"),
    [
        pytest.param("DateTime", "Format,DateTimeBehavior,MinSupportedValue", id="07 §12 #22 DateTime"),
        pytest.param("Decimal", "MinValue,MaxValue,Precision", id="07 §12 #22 Decimal"),
        pytest.param("Integer", "MinValue,MaxValue,Format", id="07 §12 #22 Integer"),
        pytest.param("Memo", "MaxLength,Format,FormatName", id="07 §12 #22 Memo"),
        pytest.param("Money", "MinValue,MaxValue,Precision,PrecisionSource", id="07 §12 #22 Money"),
        pytest.param("Picklist", "DefaultFormValue", id="07 §12 #22 Picklist"),
        pytest.param("MultiSelectPicklist", "DefaultFormValue", id="07 §12 #22 MultiSelectPicklist"),
        pytest.param("BigInt", "MinValue,MaxValue", id="07 §12 #22 BigInt"),
        pytest.param("Lookup", "Targets", id="07 §12 #22 Lookup"),
        pytest.param("Boolean", "DefaultValue", id="07 §12 #22 Boolean"),
    ],
)
def test_a_column_of_each_class(api: Api, kind: str, members: str) -> None:
    name = "new_accountid" if kind == "Lookup" else CLASSES[kind]["SchemaName"].lower()
    common = "MetadataId,SchemaName,DisplayName,RequiredLevel"
    body = read(api, f"{COLUMNS}(LogicalName='{name}')/{cast(kind)}?$select={common},{members}", **STRONG)
    context = f"EntityDefinitions('new_project')/Attributes/{cast(kind)}({common},{members})/$entity"
    assert body.pop("@odata.context") == f"{ROOT}$metadata#{context}"
    assert set(body) == {*common.split(","), *members.split(",")}
    if kind in ("Picklist", "MultiSelectPicklist", "Boolean"):
        options = "$select=SchemaName&$expand=OptionSet,GlobalOptionSet"
        found = read(api, f"{COLUMNS}(LogicalName='{name}')/{cast(kind)}?{options}")
        assert found["@odata.context"].endswith("(SchemaName,OptionSet(),GlobalOptionSet())/$entity")
        assert found["OptionSet"]["Name"] == f"new_project_{name}"
        assert found["GlobalOptionSet"] is None


# ---- keys and relationships


@pytest.mark.parametrize(
    "by", [pytest.param("name", id="07 §12 #10 by name"), pytest.param("id", id="07 §12 #10 by id")]
)
def test_keys_are_read(api: Api, by: str) -> None:
    (listed,) = read(api, f"EntityDefinitions({identifier(api, TABLE)})/Keys")["value"]
    key = "LogicalName='new_codekey'" if by == "name" else listed["MetadataId"]
    found = read(api, f"{TABLE}/Keys({key})")
    assert found.pop("@odata.context") == f"{ROOT}$metadata#EntityDefinitions('new_project')/Keys/$entity"
    assert found == listed
    assert (found["KeyAttributes"], found["EntityKeyIndexStatus"]) == (["new_code"], "Active")


ONE, MANY = "OneToManyRelationship", "ManyToManyRelationship"


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        pytest.param("SchemaName eq 'new_account_project'", [(ONE, "new_account_project")], id="07 §12 #12 by name"),
        pytest.param("SchemaName eq 'new_project_contact'", [(MANY, "new_project_contact")], id="07 §12 #12 N:N"),
        pytest.param("SchemaName eq 'nothing'", [], id="07 §12 #12 none"),
        pytest.param(
            f"RelationshipType eq {CRM}.RelationshipType'{ONE}' and IsCustomRelationship eq true",
            [(ONE, "new_account_project")],
            id="07 §12 #12 by type",
        ),
        pytest.param(
            f"RelationshipType eq {CRM}.RelationshipType'{MANY}' and IsCustomRelationship eq true",
            [(MANY, "new_project_contact")],
            id="07 §12 #12 by the other type",
        ),
    ],
)
def test_relationships_are_found(api: Api, condition: str, expected: list[tuple[str, str]]) -> None:
    for options in ("", "&$select=SchemaName,RelationshipType"):
        found = read(api, f"{RELATIONSHIPS}?$filter={quote(condition)}{options}")["value"]
        assert [(each["RelationshipType"], each["SchemaName"]) for each in found] == expected
        assert [each["@odata.type"] for each in found] == [f"#{CRM}.{kind}Metadata" for kind, _ in expected]


@pytest.mark.parametrize(
    "by", [pytest.param("id", id="07 §12 #13 by id"), pytest.param("name", id="07 §12 #13 by name")]
)
def test_the_relationships_of_a_table(api: Api, by: str) -> None:
    path = TABLE if by == "name" else f"EntityDefinitions({identifier(api, TABLE)})"
    for navigation, name, select in (
        ("OneToManyRelationships", "new_project_Annotations", "ReferencedEntity,ReferencingEntity"),
        ("ManyToOneRelationships", "new_account_project", "ReferencingEntityNavigationPropertyName"),
        ("ManyToManyRelationships", "new_project_contact", "Entity1LogicalName,IntersectEntityName"),
    ):
        assert name in [each["SchemaName"] for each in read(api, f"{path}/{navigation}")["value"]]
        options = f"$select=SchemaName,{select}&$filter=SchemaName eq '{name}'"
        (found,) = read(api, f"{path}/{navigation}?{options}")["value"]
        assert set(found) == {"SchemaName", "MetadataId", *select.split(",")}


# ---- option sets, documents, functions


@pytest.mark.parametrize(
    ("key", "segment"),
    [
        pytest.param("", "", id="07 §12 #19 all"),
        pytest.param("", f"/{CRM}.OptionSetMetadata", id="07 §12 #19 all of a class"),
        pytest.param("name", "", id="07 §12 #19 by name"),
        pytest.param("name", f"/{CRM}.OptionSetMetadata", id="07 §12 #19 by name and class"),
        pytest.param("id", "", id="07 §12 #19 by id"),
        pytest.param("id", f"/{CRM}.OptionSetMetadata", id="07 §12 #19 by id and class"),
    ],
)
def test_option_sets_are_read(api: Api, key: str, segment: str) -> None:
    named = f"{SETS}(Name='new_Colours')"
    path = {"": SETS, "name": named, "id": f"{SETS}({identifier(api, named)})"}[key]
    body = read(api, f"{path}{segment}")
    context = f"{SETS}{segment}" + ("/$entity" if key else "")
    assert body["@odata.context"] == f"{ROOT}$metadata#{context}"
    found = body if key else next(each for each in body["value"] if each["Name"] == "new_Colours")
    assert [each["Label"]["UserLocalizedLabel"]["Label"] for each in found["Options"]] == ["Red", "Blue"]
    assert ("@odata.type" in found) is (segment == "")


@pytest.mark.parametrize("prefer", [pytest.param('odata.include-annotations="*"', id="07 §12 #20")])
def test_the_document_with_annotations(api: Api, prefer: str) -> None:
    answer = api.get("$metadata", Prefer=prefer)
    assert (answer.status, answer.headers["content-type"]) == (200, "application/xml")
    assert answer.headers["preference-applied"] == prefer
    assert '<EntityType Name="new_project" BaseType="mscrm.crmbaseentity">' in answer.text
    assert "Org.OData.Core.V1.Permissions" in answer.text
    assert "Org.OData.Core.V1.Permissions" not in api.get("$metadata").text


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("CanBeReferenced", id="07 §12 #25 CanBeReferenced"),
        pytest.param("CanBeReferencing", id="07 §12 #25 CanBeReferencing"),
        pytest.param("CanManyToMany", id="07 §12 #25 CanManyToMany"),
    ],
)
def test_eligibility_of_a_table(api: Api, name: str) -> None:
    answer = api.post(name, {"EntityName": "new_project"})
    assert answer.json() == {"@odata.context": f"{ROOT}$metadata#{CRM}.{name}Response", name: True}


@pytest.mark.parametrize(
    "call",
    [
        pytest.param(
            "GetValidReferencingEntities(ReferencedEntityName='new_project')",
            id="07 §12 #25 GetValidReferencingEntities",
        ),
        pytest.param("GetValidManyToMany()", id="07 §12 #25 GetValidManyToMany"),
        pytest.param(
            "GetValidReferencedEntities(ReferencingEntityName='new_project')",
            id="07 §12 #25 GetValidReferencedEntities",
        ),
    ],
)
def test_eligible_partners_of_a_table(api: Api, call: str) -> None:
    body = read(api, call)
    assert body["@odata.context"] == f"{ROOT}$metadata#{CRM}.{call.partition('(')[0]}Response"
    assert {"account", "contact", "new_project"} <= set(body["EntityNames"])


PICKLISTS = query(
    equals("LogicalName", "new_project"),
    "LogicalName",
    "Attributes",
    AttributeQuery={
        "Properties": {"AllProperties": False, "PropertyNames": ["LogicalName", "OptionSet"]},
        "Criteria": {
            "FilterOperator": "And",
            "Conditions": [
                equals("AttributeTypeName", "PicklistType", "Microsoft.Xrm.Sdk.Metadata.AttributeTypeDisplayName")
            ],
        },
    },
    LabelQuery={"FilterLanguages": [1033], "MissingLabelBehavior": 0},
)


@pytest.mark.parametrize("wanted", [pytest.param(PICKLISTS, id="07 §12 #26 with Query")])
def test_changes_by_a_query(api: Api, wanted: dict[str, Any]) -> None:
    body = changes(api, wanted)
    assert body["@odata.context"] == f"{ROOT}$metadata#{CRM}.RetrieveMetadataChangesResponse"
    (found,) = body["EntityMetadata"]
    (choice,) = found["Attributes"]
    assert choice["@odata.type"] == f"#{CRM}.ComplexPicklistAttributeMetadata"
    assert [each["Value"] for each in choice["OptionSet"]["Options"]] == [1, 2]


@pytest.mark.parametrize(
    ("filters", "has_columns"),
    [
        pytest.param("Entity", False, id="07 §12 #27 the table"),
        pytest.param("Entity,Attributes", True, id="07 §12 #27 with columns"),
        pytest.param("All", True, id="07 §12 #27 all"),
    ],
)
def test_retrieve_entity(api: Api, filters: str, has_columns: bool) -> None:
    aliases = f"@p1={CRM}.EntityFilters'{filters}'&@p2={identifier(api, TABLE)}&@p3=false"
    body = read(api, f"RetrieveEntity(EntityFilters=@p1,MetadataId=@p2,RetrieveAsIfPublished=@p3)?{aliases}")
    assert body["@odata.context"] == f"{ROOT}$metadata#{CRM}.RetrieveEntityResponse"
    found = body["EntityMetadata"]
    assert found["LogicalName"] == "new_project"
    assert ("new_code" in [each["LogicalName"] for each in found["Attributes"]]) is has_columns
