"""The calls that clients really make of metadata, every row of contract 07 §12: operations, solutions, batches.

A test names its row by its id; ``test_metadata_checklist.py`` counts them.
"""

from __future__ import annotations

import re

import pytest

from .checklist import (
    ALL,
    COLUMNS,
    RELATIONSHIPS,
    SETS,
    TABLE,
    cast,
    changes,
    colours,
    components,
    equals,
    identifier,
    make,
    query,
    read,
    solution,
)
from .conftest import ROOT, Api
from .defining import CRM, column, label, lookup, table

# ---- option sets and options


@pytest.mark.parametrize(
    ("by", "segment"),
    [
        pytest.param("id", "", id="07 §12 #19 made and deleted by id"),
        pytest.param("name", "", id="07 §12 #19 made and deleted by name"),
        pytest.param("name", f"/{CRM}.OptionSetMetadata", id="07 §12 #19 made and deleted by name and class"),
    ],
)
def test_an_option_set_is_made_and_deleted(api: Api, by: str, segment: str) -> None:
    answer = api.post(f"{SETS}{segment}", colours())
    assert answer.status == 204, answer.text
    assert answer.headers["odata-entityid"] == f"{ROOT}{SETS}({answer.id})"
    key = answer.id if by == "id" else "Name='new_Colours'"
    assert [each["Value"] for each in read(api, f"{SETS}({key})/{CRM}.OptionSetMetadata")["Options"]] == [1, 2]
    assert api.delete(f"{SETS}({key}){segment}", **ALL).status == 204
    assert api.get(f"{SETS}({key})").status == 404


LOCAL = {"EntityLogicalName": "new_project", "AttributeLogicalName": "new_picklist"}
CHOICE = f"{COLUMNS}(LogicalName='new_picklist')/{cast('Picklist')}/OptionSet"


@pytest.mark.parametrize(
    ("place", "path"),
    [
        pytest.param(LOCAL, CHOICE, id="07 §12 #23 local options"),
        pytest.param({"OptionSetName": "new_Colours"}, f"{SETS}(Name='new_Colours')", id="07 §12 #23 global options"),
    ],
)
def test_options_are_changed(project: Api, place: dict[str, str], path: str) -> None:
    def texts() -> list[tuple[int, str]]:
        found = read(project, f"{path}/{CRM}.OptionSetMetadata" if path.startswith(SETS) else path)["Options"]
        return [(each["Value"], each["Label"]["UserLocalizedLabel"]["Label"]) for each in found]

    (first, one), (second, two) = texts()
    answer = project.post("InsertOptionValue", {**place, "Value": 9, "Label": label("Nine")})
    context = f"{ROOT}$metadata#{CRM}.InsertOptionValueResponse"
    assert (answer.status, answer.json()) == (200, {"@odata.context": context, "NewOptionValue": 9})
    changed = {**place, "Value": first, "Label": label("New"), "MergeLabels": True}
    assert project.post("UpdateOptionValue", changed).status == 204
    assert project.post("OrderOption", {**place, "Values": [9, second, first]}).status == 204
    assert texts() == [(9, "Nine"), (second, two), (first, "New")]
    assert one != "New"
    assert project.post("DeleteOptionValue", {**place, "Value": 9}).status == 204
    assert texts() == [(second, two), (first, "New")]


@pytest.mark.parametrize("state", [pytest.param(1, id="07 §12 #23 a status reason")])
def test_a_status_reason_is_added(project: Api, state: int) -> None:
    place = {"EntityLogicalName": "new_project", "AttributeLogicalName": "statuscode"}
    answer = project.post("InsertStatusValue", {**place, "Label": label("Paused"), "StateCode": state})
    assert answer.status == 200
    assert answer.json()["@odata.context"] == f"{ROOT}$metadata#{CRM}.InsertStatusValueResponse"
    value = answer.json()["NewOptionValue"]
    path = f"{COLUMNS}(LogicalName='statuscode')/{cast('Status')}/OptionSet"
    assert (value, state) in [(each["Value"], each["State"]) for each in read(project, path)["Options"]]


# ---- lookups of several tables


@pytest.mark.parametrize(
    ("action", "targets"),
    [
        pytest.param("CreateCustomerRelationships", ["account", "contact"], id="07 §12 #24 a customer"),
        pytest.param(
            "CreatePolymorphicLookupAttribute", ["account", "lead", "task"], id="07 §12 #24 a lookup of several tables"
        ),
    ],
)
def test_a_lookup_of_several_tables(project: Api, action: str, targets: list[str]) -> None:
    own = solution(project)
    relationships = [
        {
            "@odata.type": f"{CRM}.ComplexOneToManyRelationshipMetadata",
            "SchemaName": f"new_project_{target}_party",
            "ReferencedEntity": target,
            "ReferencingEntity": "new_project",
        }
        for target in targets
    ]
    body = {
        "OneToManyRelationships": relationships,
        "Lookup": {**lookup("new_PartyId"), "@odata.type": f"{CRM}.ComplexLookupAttributeMetadata"},
        "SolutionUniqueName": "checklist",
    }
    answer = project.post(action, body)
    assert answer.status == 200, answer.text
    assert answer.json()["@odata.context"] == f"{ROOT}$metadata#{CRM}.{action}Response"
    assert {(10, id) for id in answer.json()["RelationshipIds"]} <= set(components(project, own))
    found = read(project, f"{COLUMNS}({answer.json()['AttributeId']})/{cast('Lookup')}")
    assert (found["Targets"], found["AttributeType"]) == (targets, "Customer" if len(targets) == 2 else "Lookup")
    for id, target in zip(answer.json()["RelationshipIds"], targets, strict=True):
        one = read(project, f"{RELATIONSHIPS}({id})")
        assert one["ReferencingEntityNavigationPropertyName"] == f"new_PartyId_{target}"
    account = project.new("accounts", name="A")
    row = project.new("new_projects", **{"new_PartyId_account@odata.bind": f"/accounts({account})"})
    assert read(project, f"new_projects({row})?$expand=new_PartyId_account($select=name)")["new_PartyId_account"]


# ---- what changed


@pytest.mark.parametrize("filters", [pytest.param("Attribute", id="07 §12 #26 with ClientVersionStamp")])
def test_what_changed_since_a_stamp(project: Api, filters: str) -> None:
    wanted = query(
        equals("LogicalName", "new_project"),
        "LogicalName",
        "Attributes",
        AttributeQuery={"Properties": {"AllProperties": False, "PropertyNames": ["LogicalName"]}},
    )
    first = changes(project, wanted)
    assert [each["LogicalName"] for each in first["EntityMetadata"]] == ["new_project"]
    stamp = f"'{first['ServerVersionStamp']}'"
    gone = identifier(project, f"{COLUMNS}(LogicalName='new_memo')")
    assert project.delete(f"{COLUMNS}({gone})", **ALL).status == 204
    make(project, COLUMNS, column("String", "new_Extra"))
    deleted = {"DeletedMetadataFilters": f"{CRM}.DeletedMetadataFilters'{filters}'"}
    second = changes(project, wanted, ClientVersionStamp=stamp, **deleted)
    (found,) = second["EntityMetadata"]
    assert [each["LogicalName"] for each in found["Attributes"]] == ["new_extra"]
    assert (second["DeletedMetadata"]["Count"], second["DeletedMetadata"]["Keys"]) == (1, [filters])
    assert second["DeletedMetadata"]["Values"] == [{"Items": [gone]}]
    stamp = f"'{second['ServerVersionStamp']}'"
    third = changes(project, wanted, ClientVersionStamp=stamp, **deleted)
    assert third["EntityMetadata"] == []


# ---- solutions and security


@pytest.mark.parametrize("name", [pytest.param("checklist", id="07 §12 #29")])
def test_solutions_publishers_and_components(api: Api, name: str) -> None:
    own = solution(api, name)
    found = api.get(f"solutions?$filter=uniquename eq '{name}'&$expand=publisherid($select=customizationprefix)").value
    assert [(each["solutionid"], each["publisherid"]["customizationprefix"]) for each in found] == [(own, "new")]
    assert api.get("solutions?$filter=uniquename eq 'nothing'").value == []
    assert "new" in api.names("publishers?$select=customizationprefix", "customizationprefix")
    inside = {"MSCRM.SolutionUniqueName": name}
    id = make(api, "EntityDefinitions", table(), **inside)
    choice = make(api, SETS, colours(), **inside)
    condition = f"$select=componenttype,objectid&$filter=_solutionid_value eq {own}&$orderby=componenttype"
    rows = [(each["componenttype"], each["objectid"]) for each in api.get(f"solutioncomponents?{condition}").value]
    assert rows == [(1, id), (9, choice)]
    rows = [
        (each["componenttype"], each["objectid"]) for each in api.get(f"solutioncomponents?{condition}&$top=1").value
    ]
    assert rows == [(1, id)]


@pytest.mark.parametrize("column_name", [pytest.param("new_code", id="07 §12 #30")])
def test_profiles_of_secured_columns(project: Api, column_name: str) -> None:
    user = project.get("WhoAmI").json()["UserId"]
    profile = project.new("fieldsecurityprofiles", name="Readers")
    project.new(
        "fieldpermissions",
        entityname="new_project",
        attributelogicalname=column_name,
        canread=4,
        **{"fieldsecurityprofileid@odata.bind": f"/fieldsecurityprofiles({profile})"},
    )
    condition = f"$filter=_fieldsecurityprofileid_value eq {profile}"
    assert project.names(f"fieldpermissions?{condition}", "attributelogicalname") == [column_name]
    path = f"systemusers({user})/systemuserprofiles_association"
    assert project.post(f"{path}/$ref", {"@odata.id": f"{ROOT}fieldsecurityprofiles({profile})"}).status == 204
    assert project.names(f"{path}?$select=name") == ["Readers"]
    assert project.delete(f"{path}({profile})/$ref").status == 204
    assert project.names(path) == []
    assert "System Administrator" in project.names("fieldsecurityprofiles?$select=name")


# ---- everything at once


@pytest.mark.parametrize("headers", [pytest.param("If-Match: *\r\n", id="07 §12 #32")])
def test_everything_is_deleted_in_one_batch(project: Api, headers: str) -> None:
    own = solution(project)
    publisher = project.new(
        "publishers",
        uniquename="checklist",
        friendlyname="C",
        customizationprefix="chk",
        customizationoptionvalueprefix=72700,
    )
    paths = [
        f"{RELATIONSHIPS}(SchemaName='new_project_contact')",
        f"{RELATIONSHIPS}(SchemaName='new_account_project')",
        TABLE,
        f"{SETS}(Name='new_Colours')",
    ]
    addresses = [f"{path.partition('(')[0]}({identifier(project, path)})" for path in paths]
    addresses += [f"solutions({own})", f"publishers({publisher})"]
    parts = [
        "--batch_1\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n"
        f"DELETE {ROOT}{address} HTTP/1.1\r\n{headers}\r\n"
        for address in addresses
    ]
    body = "".join([*parts, "--batch_1--\r\n"]).encode()
    answer = project.send("POST", "$batch", body, {"Content-Type": "multipart/mixed; boundary=batch_1"})
    assert answer.status == 200, answer.text
    assert re.findall(r"HTTP/1.1 (\d+)", answer.text) == ["204"] * len(addresses)
    assert [project.get(address).status for address in addresses] == [404] * len(addresses)
