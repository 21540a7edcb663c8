"""The calls that clients really make of metadata, every row of contract 07 §12: those that change something.

A test names its row by its id; ``test_metadata_checklist.py`` counts them.
"""

from __future__ import annotations

from typing import Any

import pytest

from .checklist import (
    ALL,
    CLASSES,
    COLUMNS,
    MERGE,
    RELATIONSHIPS,
    SETS,
    STRONG,
    TABLE,
    cast,
    code_key,
    components,
    identifier,
    make,
    read,
    solution,
)
from .conftest import ROOT, Api
from .defining import CRM, column, label, many_to_many, one_to_many, table

# ---- tables


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        pytest.param("EntityDefinitions", {}, id="07 §12 #4"),
        pytest.param("EntityDefinitions?SolutionUniqueName=checklist", {}, id="07 §12 #4 in a solution by its address"),
        pytest.param(
            "EntityDefinitions", {"MSCRM.SolutionUniqueName": "checklist"}, id="07 §12 #4 in a solution by a header"
        ),
    ],
)
def test_a_table_is_made(api: Api, path: str, headers: dict[str, str]) -> None:
    own = solution(api)
    answer = api.post(path, table(), **headers)
    assert (answer.status, answer.body) == (204, b"")
    assert answer.headers["odata-entityid"] == f"{ROOT}EntityDefinitions({answer.id})"
    assert identifier(api, TABLE) == answer.id
    assert api.get("new_projects", **STRONG).value == []
    is_inside = bool(headers) or "?" in path
    assert components(api, own) == ([(1, answer.id)] if is_inside else [])


@pytest.mark.parametrize(
    "path",
    [
        pytest.param("EntityDefinitions?SolutionUniqueName=nothing", id="07 §12 #4 in no solution"),
    ],
)
def test_a_table_of_an_unknown_solution_is_refused(api: Api, path: str) -> None:
    assert api.post(path, table()).status == 400
    assert api.get(TABLE).status == 404


@pytest.mark.parametrize("members", [pytest.param({"TableType": "Elastic"}, id="07 §12 #31")])
def test_an_elastic_table_with_a_column_of_json(api: Api, members: dict[str, Any]) -> None:
    make(api, "EntityDefinitions", table(**members))
    assert read(api, f"{TABLE}?$select=TableType")["TableType"] == "Elastic"
    make(api, COLUMNS, column("String", "new_Payload", MaxLength=1000, FormatName={"Value": "Json"}))
    found = read(api, f"{COLUMNS}(LogicalName='new_payload')/{cast('String')}?$select=FormatName")
    assert found["FormatName"] == {"Value": "Json"}
    keys = read(api, f"{TABLE}/Keys")["value"]
    assert [each["SchemaName"] for each in keys] == ["KeyForNoSqlEntityWithPKPartitionId"]


# ---- columns


@pytest.mark.parametrize(
    "by", [pytest.param("id", id="07 §12 #7 below an id"), pytest.param("name", id="07 §12 #7 below a name")]
)
def test_columns_are_made(api: Api, by: str) -> None:
    id = make(api, "EntityDefinitions", table())
    path = f"EntityDefinitions({id})/Attributes" if by == "id" else COLUMNS
    for kind, body in CLASSES.items():
        answer = api.post(path, body)
        assert answer.status == 204, answer.text
        assert answer.headers["odata-entityid"] == f"{ROOT}{path}({answer.id})"
        assert read(api, f"{path}({answer.id})")["@odata.type"] == f"#{cast(kind)}"


@pytest.mark.parametrize("headers", [pytest.param(ALL, id="07 §12 #8"), pytest.param({}, id="07 §12 #8 unconditional")])
def test_a_column_and_a_table_are_deleted(project: Api, headers: dict[str, str]) -> None:
    path = f"EntityDefinitions({identifier(project, TABLE)})"
    memo = identifier(project, f"{COLUMNS}(LogicalName='new_memo')")
    own = f"{path}/Attributes({memo})"
    for each in (own, path):
        assert project.delete(each, **headers).status == 204
        assert project.get(each).status == 404
        assert project.delete(each, **headers).status == 404
    assert project.get("new_projects").status == 404


@pytest.mark.parametrize("name", [pytest.param("new_extra", id="07 §12 #15")])
def test_a_new_column_can_be_asked_for_at_once(api: Api, name: str) -> None:
    make(api, "EntityDefinitions", table())
    assert api.get(f"new_projects?$top=1&$select={name}").status == 400
    make(api, COLUMNS, column("Integer", "new_Extra"))
    assert api.get(f"new_projects?$top=1&$select={name}").value == []
    api.new("new_projects", new_extra=3)
    assert [row[name] for row in api.get(f"new_projects?$top=1&$select={name}").value] == [3]


# ---- keys and relationships


@pytest.mark.parametrize(
    "by", [pytest.param("id", id="07 §12 #10 deleted by id"), pytest.param("name", id="07 §12 #10 deleted by name")]
)
def test_a_key_is_made_and_deleted(project: Api, by: str) -> None:
    path = f"{TABLE}/Keys"
    answer = project.post(path, code_key("new_MemoKey", "new_integer"))
    assert (answer.status, answer.headers["odata-entityid"]) == (204, f"{ROOT}{path}({answer.id})")
    key = answer.id if by == "id" else "LogicalName='new_memokey'"
    assert read(project, f"{path}({key})")["KeyAttributes"] == ["new_integer"]
    assert project.delete(f"{path}({key})", **ALL).status == 204
    assert [each["LogicalName"] for each in read(project, path)["value"]] == ["new_codekey"]


@pytest.mark.parametrize(
    ("body", "type_code"),
    [
        pytest.param(one_to_many("new_lead_project", "lead", "new_project", "new_LeadId"), 10, id="07 §12 #11 1:N"),
        pytest.param(many_to_many("new_project_lead", "new_project", "lead"), 10, id="07 §12 #11 N:N"),
    ],
)
@pytest.mark.parametrize("headers", [{}, {"MSCRM.SolutionUniqueName": "checklist"}], ids=["", "in a solution"])
def test_a_relationship_is_made(project: Api, body: dict[str, Any], type_code: int, headers: dict[str, str]) -> None:
    own = solution(project)
    answer = project.post(RELATIONSHIPS, body, **headers)
    assert answer.status == 204, answer.text
    assert answer.headers["odata-entityid"] == f"{ROOT}{RELATIONSHIPS}({answer.id})"
    assert (type_code, answer.id) in components(project, own) or not headers
    for key in (answer.id, f"SchemaName='{body['SchemaName']}'"):
        path = f"{RELATIONSHIPS}({key})/{body['@odata.type']}"
        assert read(project, path)["IsCustomRelationship"] is True


@pytest.mark.parametrize(
    "headers", [pytest.param(ALL, id="07 §12 #14"), pytest.param({}, id="07 §12 #14 unconditional")]
)
@pytest.mark.parametrize("name", ["new_account_project", "new_project_contact"])
def test_a_relationship_is_deleted(project: Api, name: str, headers: dict[str, str]) -> None:
    id = identifier(project, f"{RELATIONSHIPS}(SchemaName='{name}')")
    path = f"{RELATIONSHIPS}({id})"
    assert project.delete(path, **headers).status == 204
    assert project.get(path).status == 404
    assert read(project, f"{RELATIONSHIPS}?$filter=SchemaName eq '{name}'")["value"] == []


# ---- PUT

PLACES = {
    "a table": (TABLE, ""),
    "a column": (f"{COLUMNS}(LogicalName='new_code')", ""),
    "a column of a class": (f"{COLUMNS}(LogicalName='new_integer')", f"/{cast('Integer')}"),
    "a choice": (f"{COLUMNS}(LogicalName='new_picklist')", f"/{cast('Picklist')}"),
    "an option set": (f"{SETS}(Name='new_Colours')", ""),
}


@pytest.mark.parametrize(
    ("named", "segment"),
    [
        pytest.param(*PLACES["a table"], id="07 §12 #17 a table"),
        pytest.param(*PLACES["a column"], id="07 §12 #17 a column"),
        pytest.param(*PLACES["a column of a class"], id="07 §12 #17 a column of a class"),
        pytest.param(*PLACES["a choice"], id="07 §12 #17 a choice"),
        pytest.param(*PLACES["an option set"], id="07 §12 #17 an option set"),
    ],
)
@pytest.mark.parametrize("headers", [MERGE, {}], ids=["merged", "replaced"])
def test_a_definition_is_replaced(project: Api, named: str, segment: str, headers: dict[str, str]) -> None:
    path = f"{named[: named.rindex('(')]}({identifier(project, named)}){segment}"
    whole = read(project, path)
    whole["DisplayName"] = label("Changed", _1036="Modifié")
    assert project.put(path, whole, **MERGE).status == 204
    answer = project.put(path, {**whole, "DisplayName": label("Again")}, **headers)
    assert answer.status == 204, answer.text
    assert answer.headers["odata-entityid"] == f"{ROOT}{path}"
    found = read(project, f"{path}?$select=DisplayName")["DisplayName"]
    texts = {each["LanguageCode"]: each["Label"] for each in found["LocalizedLabels"]}
    assert texts == ({1033: "Again", 1036: "Modifié"} if headers else {1033: "Again"})
    assert found["UserLocalizedLabel"]["Label"] == "Again"


@pytest.mark.parametrize(
    "segment",
    [
        pytest.param("", id="07 §12 #17 a relationship"),
        pytest.param(f"/{CRM}.OneToManyRelationshipMetadata", id="07 §12 #17 a relationship of a class"),
    ],
)
def test_a_relationship_is_replaced(project: Api, segment: str) -> None:
    id = identifier(project, f"{RELATIONSHIPS}(SchemaName='new_account_project')")
    path = f"{RELATIONSHIPS}({id}){segment}"
    whole = read(project, path)
    whole["CascadeConfiguration"]["Delete"] = "Restrict"
    assert project.put(path, whole, **MERGE).status == 204
    assert read(project, path)["CascadeConfiguration"]["Delete"] == "Restrict"


TYPES = {"LocalizedLabels": "Label", "LanguageCode": "LocalizedLabel", "PrivilegeId": "SecurityPrivilegeMetadata"}


def typed(value: Any) -> Any:
    """The JSON with the types of its complex values, as the serializers of .NET write it."""
    if isinstance(value, list):
        return [typed(each) for each in value]
    if not isinstance(value, dict):
        return value
    inner = {name: typed(each) for name, each in value.items()}
    found = [kind for name, kind in TYPES.items() if name in value]
    if "ManagedPropertyLogicalName" in value:
        boolean = isinstance(value["Value"], bool)
        found.append("BooleanManagedProperty" if boolean else "AttributeRequiredLevelManagedProperty")
    return {**({"@odata.type": f"{CRM}.{found[0]}"} if found else {}), **inner}


@pytest.mark.parametrize(
    ("named", "segment"),
    [
        pytest.param(TABLE, "", id="07 §12 #21"),
        pytest.param("EntityDefinitions(LogicalName='account')", "", id="07 §12 #21 of the platform"),
        pytest.param(*PLACES["a column"], id="07 §12 #21 a column"),
        pytest.param(*PLACES["a column of a class"], id="07 §12 #21 a column of a class"),
        pytest.param(*PLACES["an option set"], id="07 §12 #21 an option set"),
        pytest.param(f"{RELATIONSHIPS}(SchemaName='new_account_project')", "", id="07 §12 #21 a relationship"),
    ],
)
def test_what_was_read_is_put_back(project: Api, named: str, segment: str) -> None:
    path = f"{named}{segment}"
    whole = read(project, path)
    bare = {name: value for name, value in whole.items() if name != "@odata.context"}
    for body in (whole, bare, typed(whole)):
        answer = project.put(path, body, **MERGE)
        assert answer.status == 204, answer.text
    assert read(project, path) == whole
