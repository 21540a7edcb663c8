"""Solutions, publishers and components: rows and the messages that change them (contract 07 §11, §12 #28 to #32)."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import MISSING, Api
from .defining import CRM, column, label, one_to_many, options, table

INTO = {"MSCRM.SolutionUniqueName": "Mine"}


@pytest.fixture
def mine(api: Api) -> Api:
    """The Web API with a publisher, the solution Mine, and a table with a lookup and a shared option set beside it."""
    publisher = api.new("publishers", uniquename="fabrikam", friendlyname="Fabrikam", customizationprefix="new")
    api.new("solutions", uniquename="Mine", **{"publisherid@odata.bind": f"/publishers({publisher})"})
    shared = {"@odata.type": f"{CRM}.OptionSetMetadata", "Name": "new_colors", "DisplayName": label("Colors")}
    bind = {"GlobalOptionSet@odata.bind": "/GlobalOptionSetDefinitions(Name='new_colors')"}
    for path, body in (
        ("GlobalOptionSetDefinitions", {**shared, "Options": options((1, "Red"))["Options"]}),
        ("EntityDefinitions", table("new_Owner")),
        ("EntityDefinitions", table("new_Project", {**column("Picklist", "new_Color"), **bind})),
        ("RelationshipDefinitions", one_to_many("new_owner_project", "new_owner", "new_project", "new_OwnerId")),
    ):
        answer = api.post(path, body)
        assert answer.status == 204, answer.text
    return api


def metadata_id(api: Api, path: str) -> str:
    """The id of a definition."""
    return str(api.get(f"{path}?$select=MetadataId").json()["MetadataId"])


def add(api: Api, id: str, kind: int = 1, **members: Any) -> Any:
    """AddSolutionComponent, into Mine."""
    given = {"ComponentId": id, "ComponentType": kind, "SolutionUniqueName": "Mine", "AddRequiredComponents": False}
    return api.post("AddSolutionComponent", {**given, **members})


def components(api: Api, *columns: str) -> list[tuple[Any, ...]]:
    """The components of Mine."""
    solution = api.get("solutions?$filter=uniquename eq 'Mine'").value[0]["solutionid"]
    rows = api.get(f"solutioncomponents?$filter=_solutionid_value eq {solution}&$orderby=componenttype").value
    return [
        tuple(row[name] for name in columns or ("componenttype", "objectid", "rootcomponentbehavior")) for row in rows
    ]


PROJECT = "EntityDefinitions(LogicalName='new_project')"


@pytest.mark.parametrize("_", [0], ids=["07 §12 #29 solutions?$filter=uniquename eq 'x', publishers"])
def test_solutions_and_publishers_are_found_by_name(mine: Api, _: int) -> None:
    found = mine.get("solutions?$filter=uniquename eq 'mine'&$expand=publisherid($select=customizationprefix)").value
    assert [(row["uniquename"], row["version"], row["publisherid"]["customizationprefix"]) for row in found] == [
        ("Mine", "1.0.0.0", "new")
    ]
    assert {"Default", "Active"} <= set(mine.names("solutions", "uniquename"))
    assert "new" in mine.names("publishers", "customizationprefix")


@pytest.mark.parametrize("_", [0], ids=["07 §12 #28 AddSolutionComponent: 200 with the id of the row"])
def test_a_component_is_added(mine: Api, _: int) -> None:
    id = metadata_id(mine, PROJECT)
    answer = add(mine, id)
    assert answer.status == 200
    body = answer.json()
    assert body["@odata.context"].endswith("#Microsoft.Dynamics.CRM.AddSolutionComponentResponse")
    row = mine.get(f"solutioncomponents({body['id']})").json()
    assert (row["objectid"], row["componenttype"], row["rootcomponentbehavior"]) == (id, 1, 0)
    assert add(mine, id).json()["id"] == body["id"]
    assert components(mine) == [(1, id, 0)]


@pytest.mark.parametrize(
    ("members", "behavior"),
    [
        ({}, 0),
        ({"IncludedComponentSettingsValues": None}, 0),
        ({"DoNotIncludeSubcomponents": True}, 1),
        ({"DoNotIncludeSubcomponents": True, "IncludedComponentSettingsValues": []}, 2),
    ],
)
def test_a_table_comes_with_or_without_its_parts(mine: Api, members: dict[str, Any], behavior: int) -> None:
    id = metadata_id(mine, PROJECT)
    assert add(mine, id, **members).status == 200
    assert components(mine, "rootcomponentbehavior") == [(behavior,)]
    assert add(mine, id).status == 200
    assert components(mine, "rootcomponentbehavior") == [(0,)]


def test_what_a_component_needs_comes_along_if_asked_for(mine: Api) -> None:
    id = metadata_id(mine, PROJECT)
    assert add(mine, id, AddRequiredComponents=True).status == 200
    wanted = {
        (1, id),
        (1, metadata_id(mine, "EntityDefinitions(LogicalName='new_owner')")),
        (9, metadata_id(mine, "GlobalOptionSetDefinitions(Name='new_colors')")),
    }
    assert set(components(mine, "componenttype", "objectid")) == wanted


def test_components_of_every_kind_are_added(mine: Api) -> None:
    key = mine.post(
        f"{PROJECT}/Keys", {"SchemaName": "new_K", "KeyAttributes": ["new_name"], "DisplayName": label("K")}
    ).id
    view = mine.get("savedqueries?$top=1&$select=savedqueryid").value[0]["savedqueryid"]
    role = mine.get("roles?$top=1&$select=roleid").value[0]["roleid"]
    for kind, id in (
        (2, metadata_id(mine, f"{PROJECT}/Attributes(LogicalName='new_color')")),
        (9, metadata_id(mine, "GlobalOptionSetDefinitions(Name='new_colors')")),
        (10, metadata_id(mine, "RelationshipDefinitions(SchemaName='new_owner_project')")),
        (14, key),
        (20, role),
        (26, view),
        (2, metadata_id(mine, "EntityDefinitions(LogicalName='account')/Attributes(LogicalName='name')")),
    ):
        assert add(mine, id, kind).status == 200
    assert components(mine, "componenttype") == [(2,), (2,), (9,), (10,), (14,), (20,), (26,)]


@pytest.mark.parametrize(
    ("members", "status", "code"),
    [
        ({"ComponentType": 999}, 400, "0x80072004"),
        ({"ComponentType": 2}, 404, "0x80060888"),
        ({"ComponentId": MISSING}, 404, "0x80060888"),
        ({"ComponentId": MISSING, "ComponentType": 26}, 404, "0x80040217"),
        ({"SolutionUniqueName": "Nothing"}, 400, "0x80040203"),
        ({"SolutionUniqueName": "Active"}, 400, "0x8004F00A"),
        ({"IncludedComponentSettingsValues": ["IsAuditEnabled"]}, 501, "0x80040219"),
        ({"ComponentId": "x"}, 400, "0x80048d19"),
    ],
)
def test_what_cannot_be_added(mine: Api, members: dict[str, Any], status: int, code: str) -> None:
    assert add(mine, metadata_id(mine, PROJECT), **members).error[:2] == (status, code)
    assert components(mine) == []


def removal(id: str, **members: Any) -> dict[str, Any]:
    """The body of RemoveSolutionComponent."""
    given = {"@odata.type": f"{CRM}.solutioncomponent", "solutioncomponentid": id}
    return {"SolutionComponent": given, "ComponentType": 1, "SolutionUniqueName": "Mine", **members}


@pytest.mark.parametrize("by_row", [True, False])
@pytest.mark.parametrize(
    "_", [0], ids=["07 §12 #28 RemoveSolutionComponent: by the id of the component, or of its row"]
)
def test_a_component_is_removed_and_stays_itself(mine: Api, by_row: bool, _: int) -> None:
    id = metadata_id(mine, PROJECT)
    row = add(mine, id).json()["id"]
    answer = mine.post("RemoveSolutionComponent", removal(row if by_row else id))
    assert (answer.status, answer.json()["id"]) == (200, row)
    assert components(mine) == []
    assert mine.get(PROJECT).status == 200
    assert mine.post("RemoveSolutionComponent", removal(id)).error[:2] == (400, "0x8004F021")
    default = removal(id, SolutionUniqueName="Default")
    assert mine.post("RemoveSolutionComponent", default).error[:2] == (400, "0x8004F000")


@pytest.mark.parametrize(
    "_", [0], ids=["07 §12 #28 UpdateSolutionComponent: whether the table's own members are part of the solution"]
)
def test_a_component_is_updated(mine: Api, _: int) -> None:
    id = metadata_id(mine, PROJECT)
    body: dict[str, Any] = {"ComponentId": id, "ComponentType": 1, "SolutionUniqueName": "Mine"}
    assert mine.post("UpdateSolutionComponent", body).error[:2] == (400, "0x8004F021")
    add(mine, id, DoNotIncludeSubcomponents=True)
    assert mine.post("UpdateSolutionComponent", {**body, "IncludedComponentSettingsValues": []}).status == 204
    assert components(mine, "rootcomponentbehavior") == [(2,)]
    assert mine.post("UpdateSolutionComponent", body).status == 204
    assert components(mine, "rootcomponentbehavior") == [(1,)]


def test_components_of_a_header_are_found(mine: Api) -> None:
    id = mine.post("EntityDefinitions", table("new_Task"), **INTO).id
    assert components(mine) == [(1, id, 0)]


def test_a_new_row_goes_into_the_solution_of_the_header(mine: Api) -> None:
    view = {"name": "V", "returnedtypecode": "new_project", "querytype": 0, "fetchxml": "<fetch/>"}
    id = mine.post("savedqueries", view, **INTO).id
    assert mine.post("accounts", {"name": "A"}, **INTO).status == 204  # no component: the header says nothing
    assert components(mine) == [(26, id, 0)]
    answer = mine.post("savedqueries", view, **{"MSCRM.SolutionUniqueName": "Nothing"})
    assert answer.error[:2] == (400, "0x80040203")
    assert mine.names("savedqueries?$filter=returnedtypecode eq 'new_project'") == ["V"]


# ---- what needs what


def test_required_components_and_missing_dependencies(mine: Api) -> None:
    id = metadata_id(mine, PROJECT)
    owner = metadata_id(mine, "EntityDefinitions(LogicalName='new_owner')")
    colors = metadata_id(mine, "GlobalOptionSetDefinitions(Name='new_colors')")
    answer = mine.get(f"RetrieveRequiredComponents(ObjectId={id},ComponentType=1)")
    assert answer.status == 200
    found = {(row["requiredcomponenttype"], row["requiredcomponentobjectid"]) for row in answer.value}
    assert {(1, owner), (9, colors)} <= found
    assert {row["dependentcomponentobjectid"] for row in answer.value} == {id}
    add(mine, id)
    path = "RetrieveMissingDependencies(SolutionUniqueName='Mine')"
    assert {row["requiredcomponentobjectid"] for row in mine.get(path).value} == {owner, colors}
    add(mine, id, AddRequiredComponents=True)
    assert mine.get(path).value == []
    assert mine.get("RetrieveMissingDependencies(SolutionUniqueName='Nothing')").error[:2] == (400, "0x80040203")


def test_dependencies_for_uninstall(mine: Api) -> None:
    owner = metadata_id(mine, "EntityDefinitions(LogicalName='new_owner')")
    add(mine, owner)
    rows = mine.get("RetrieveDependenciesForUninstall(SolutionUniqueName='Mine')").value
    lookup = metadata_id(mine, f"{PROJECT}/Attributes(LogicalName='new_ownerid')")
    assert [(row["requiredcomponentobjectid"], row["dependentcomponentobjectid"]) for row in rows] == [(owner, lookup)]


# ---- rows


def test_a_solution_goes_and_its_components_stay(mine: Api) -> None:
    id = metadata_id(mine, PROJECT)
    add(mine, id)
    solution = mine.get("solutions?$filter=uniquename eq 'Mine'").value[0]
    publisher = solution["_publisherid_value"]
    assert mine.delete(f"publishers({publisher})").error[:2] == (405, "0x80040227")
    assert mine.delete(f"solutions({solution['solutionid']})").status == 204
    assert mine.get(PROJECT).status == 200
    assert mine.get(f"solutioncomponents?$filter=objectid eq {id}").value == []
    assert mine.delete(f"publishers({publisher})").status == 204


@pytest.mark.parametrize(
    ("path", "name", "code"),
    [
        ("solutions", "Default", "0x8004F005"),
        ("solutions", "Active", "0x8004F005"),
        ("publishers", "MicrosoftCorporation", "0x8004F006"),
        ("publishers", "DefaultPublishercontoso", "0x8004F006"),
    ],
)
def test_the_platforms_own_stay(api: Api, path: str, name: str, code: str) -> None:
    row = api.get(f"{path}?$filter=uniquename eq '{name}'").value[0]
    assert api.delete(f"{path}({row[path.removesuffix('s') + 'id']})").error[:2] == (400, code)
    assert name in api.names(path, "uniquename")


@pytest.mark.parametrize(
    ("members", "status", "code"),
    [
        ({"uniquename": "Mine"}, 400, "0x8004F023"),
        ({"uniquename": "two words"}, 400, "0x8004F002"),
        ({"uniquename": "1st"}, 400, "0x8004F002"),
        ({"uniquename": "Other", "version": "one"}, 400, "0x8004F01E"),
        ({"uniquename": "Other", "version": "1.2.3.4.5"}, 400, "0x8004F01E"),
    ],
)
def test_what_is_no_solution(mine: Api, members: dict[str, Any], status: int, code: str) -> None:
    publisher = mine.get("publishers?$filter=uniquename eq 'fabrikam'").value[0]["publisherid"]
    body = {"friendlyname": "X", "version": "1.0", "publisherid@odata.bind": f"/publishers({publisher})", **members}
    assert mine.post("solutions", body).error[:2] == (status, code)


def test_a_solution_takes_another_version_but_no_wrong_one(mine: Api) -> None:
    solution = mine.get("solutions?$filter=uniquename eq 'Mine'").value[0]
    path = f"solutions({solution['solutionid']})"
    assert mine.patch(path, {"version": "2.0.0.1", "uniquename": "Yours"}).status == 204
    row = mine.get(path).json()
    assert (row["version"], row["uniquename"]) == ("2.0.0.1", "Mine")
    assert mine.patch(path, {"version": "2"}).error[:2] == (400, "0x8004F01E")


@pytest.mark.parametrize(
    "_", [0], ids=["07 §12 #32: relationship, key, tables, option set, solution and publisher deleted in one $batch"]
)
def test_all_goes_in_one_batch(mine: Api, _: int) -> None:
    solution = mine.get("solutions?$filter=uniquename eq 'Mine'").value[0]
    add(mine, metadata_id(mine, PROJECT))
    paths = (
        "RelationshipDefinitions(SchemaName='new_owner_project')",
        PROJECT,
        "EntityDefinitions(LogicalName='new_owner')",
        "GlobalOptionSetDefinitions(Name='new_colors')",
        f"solutions({solution['solutionid']})",
        f"publishers({solution['_publisherid_value']})",
    )
    parts = "".join(
        "--b\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n"
        f"DELETE /api/data/v9.2/{path} HTTP/1.1\r\n\r\n\r\n"
        for path in paths
    )
    headers = {"Content-Type": "multipart/mixed; boundary=b"}
    answer = mine.send("POST", "$batch", f"{parts}--b--\r\n".encode(), headers)
    assert (answer.status, answer.text.count("HTTP/1.1 204")) == (200, len(paths))
    assert mine.get(PROJECT).status == 404
    assert mine.get("publishers?$filter=uniquename eq 'fabrikam'").value == []
