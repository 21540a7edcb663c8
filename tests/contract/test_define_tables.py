"""Tables that clients define (contract 07 §4, §5)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from .conftest import ROOT, Api
from .defining import CRM, column, label, one_to_many, table


@pytest.fixture
def project(api: Api) -> Api:
    """The Web API with a table of projects."""
    answer = api.post("EntityDefinitions", table())
    assert answer.status == 204, answer.text
    return api


def test_a_new_table_is_addressed_and_described(api: Api) -> None:
    answer = api.post("EntityDefinitions", table(Description=label("What we do"), ChangeTrackingEnabled=True))
    assert answer.status == 204
    assert answer.body == b""
    assert answer.headers["odata-entityid"] == f"{ROOT}EntityDefinitions({answer.id})"
    found = api.get(f"EntityDefinitions({answer.id})").json()
    wanted = {
        "LogicalName": "new_project",
        "SchemaName": "new_Project",
        "EntitySetName": "new_projects",
        "LogicalCollectionName": "new_projects",
        "CollectionSchemaName": "new_Projects",
        "PrimaryIdAttribute": "new_projectid",
        "PrimaryNameAttribute": "new_name",
        "OwnershipType": "UserOwned",
        "IsCustomEntity": True,
        "IsManaged": False,
        "IntroducedVersion": "1.0.0.0",
        "ChangeTrackingEnabled": True,
        "HasNotes": False,
        "ReportViewName": "Filterednew_Project",
        "IsActivity": False,
    }
    assert {name: found[name] for name in wanted} == wanted
    assert found["ObjectTypeCode"] >= 10000
    assert found["Description"]["UserLocalizedLabel"]["Label"] == "What we do"
    assert len(found["Privileges"]) == 8


def test_a_new_table_takes_rows_at_once(project: Api) -> None:
    id = project.new("new_projects", new_name="Bridge")
    row = project.get(f"new_projects({id})").json()
    assert (row["new_name"], row["statecode"], row["statuscode"]) == ("Bridge", 0, 1)
    assert row["_ownerid_value"]
    assert row["_owningbusinessunit_value"]
    assert row["createdon"]
    assert project.patch(f"new_projects({id})", {"statecode": 1}).status == 204
    assert project.get(f"new_projects({id})?$select=statuscode").json()["statuscode"] == 2
    assert project.get("new_projects?$filter=startswith(new_name,'br')").value
    assert project.get(f"new_projects({id})?$expand=createdby($select=fullname)").json()["createdby"]
    assert project.delete(f"new_projects({id})").status == 204


def test_a_new_table_has_the_system_columns(project: Api) -> None:
    names = set(
        project.names("EntityDefinitions(LogicalName='new_project')/Attributes?$select=LogicalName", "LogicalName")
    )
    assert names >= {
        *("new_projectid", "new_name", "createdon", "modifiedon", "createdby", "modifiedby", "createdonbehalfby"),
        *("modifiedonbehalfby", "ownerid", "owningbusinessunit", "owninguser", "owningteam", "statecode"),
        *("statuscode", "versionnumber", "importsequencenumber", "overriddencreatedon", "timezoneruleversionnumber"),
        *("utcconversiontimezonecode", "owneridtype", "createdbyname"),
    }
    custom = "EntityDefinitions(LogicalName='new_project')/Attributes?$filter=IsCustomAttribute eq true"
    assert project.names(custom, "LogicalName") == ["new_name"]


def test_an_organization_owned_table_has_no_owner(api: Api) -> None:
    assert api.post("EntityDefinitions", table(OwnershipType="OrganizationOwned")).status == 204
    row = api.get(f"new_projects({api.new('new_projects', new_name='A')})").json()
    assert row["_organizationid_value"]
    assert "_ownerid_value" not in row


def test_columns_ride_along(api: Api) -> None:
    body = table("new_Project", column("Integer", "new_Size", MinValue=0, MaxValue=9), column("Money", "new_Cost"))
    assert api.post("EntityDefinitions", body).status == 204
    row = api.get(f"new_projects({api.new('new_projects', new_name='A', new_size=3, new_cost=5)})").json()
    assert (row["new_size"], row["new_cost"], row["new_cost_base"], row["exchangerate"]) == (3, 5, 5, 1)


def test_notes_and_activities_regard_rows_of_the_table(api: Api) -> None:
    assert api.post("EntityDefinitions", table(HasNotes=True, HasActivities=True)).status == 204
    id = api.new("new_projects", new_name="A")
    api.new("annotations", subject="N", **{"objectid_new_project@odata.bind": f"/new_projects({id})"})
    api.new("tasks", subject="T", **{"regardingobjectid_new_project_task@odata.bind": f"/new_projects({id})"})
    found = api.get(f"new_projects({id})?$expand=new_project_Annotations,new_project_Tasks").json()
    assert [each["subject"] for each in found["new_project_Annotations"]] == ["N"]
    assert [each["subject"] for each in found["new_project_Tasks"]] == ["T"]
    pointers = api.get("activitypointers?$select=_regardingobjectid_value").value
    assert [each["_regardingobjectid_value"] for each in pointers] == [id]
    assert api.delete("EntityDefinitions(LogicalName='new_project')").status == 204
    assert api.get("tasks?$select=_regardingobjectid_value").value[0]["_regardingobjectid_value"] is None


def test_an_activity_has_a_base_row_and_parties(api: Api) -> None:
    assert api.post("EntityDefinitions", table("new_Call", IsActivity=True)).status == 204
    contact = api.new("contacts", lastname="Ruiz")
    party = {"participationtypemask": 2, "partyid_contact@odata.bind": f"/contacts({contact})"}
    api.new("new_calls", subject="C", new_call_activity_parties=[party])
    pointer = api.get("activitypointers").value[0]
    assert (pointer["subject"], pointer["activitytypecode"]) == ("C", "new_call")
    assert api.get("new_calls?$expand=new_call_activity_parties").value[0]["new_call_activity_parties"]
    assert api.delete("EntityDefinitions(LogicalName='new_call')").status == 204
    assert api.get("activitypointers").value == []


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"SchemaName": "Project"}, "0x80044366"),
        ({"SchemaName": "mscrmx_Project"}, "0x80044366"),
        ({"SchemaName": "n_Project"}, "0x80044366"),
        ({"SchemaName": "1ew_Project"}, "0x80044365"),
        ({"SchemaName": "new_" + "x" * 120}, "0x80044367"),
        ({"SchemaName": "new_Prüfung"}, "0x80040203"),
        ({"SchemaName": None}, "0x80040203"),
        ({"DisplayName": None}, "0x80040203"),
        ({"EntitySetName": "accounts"}, "0x8006089b"),
        ({"Attributes": []}, "0x80040203"),
        ({"Attributes": 5}, "0x80048d19"),
        ({"OwnershipType": "Nobody"}, "0x80048d19"),
        ({"Colour": "red"}, "0x80048d19"),
        ({"@odata.type": f"{CRM}.StringAttributeMetadata"}, "0x80048d19"),
    ],
    ids=lambda value: str(next(iter(value)) if isinstance(value, dict) else value),
)
def test_a_wrong_table_is_refused(api: Api, change: dict[str, Any], code: str) -> None:
    status, found, text = api.post("EntityDefinitions", {**table(), **change}).error
    assert (status, found.lower()) == (400, code), text
    assert api.get("EntityDefinitions(LogicalName='new_project')").status == 404


def test_a_name_is_taken_once(project: Api) -> None:
    assert project.post("EntityDefinitions", table("NEW_project")).error[:2] == (400, "0x8004700B")
    assert project.post("EntityDefinitions", table("new_b", EntitySetName="new_projects")).error[1] == "0x8006089B"
    assert (
        project.post("EntityDefinitions", table("new_b", CollectionSchemaName="new_Projects")).error[1] == "0x8006088E"
    )
    taken = table("new_b", CollectionSchemaName="new_PROJECTS", EntitySetName="new_bs")
    assert project.post("EntityDefinitions", taken).error[1] == "0x8006088E"
    two = [*table()["Attributes"], column("String", "new_Other", IsPrimaryName=True)]
    assert project.post("EntityDefinitions", table("new_c", Attributes=two)).error[1] == "0x8004701E"


def test_the_primary_column_may_be_named_a_second_time(api: Api) -> None:
    """The test suite of the official client does so; the first definition stands."""
    body = table("new_Project", column("String", "new_Name", MaxLength=7), column("Integer", "new_Size"))
    assert api.post("EntityDefinitions", body).status == 204
    path = f"EntityDefinitions(LogicalName='new_project')/Attributes(LogicalName='new_name')/{CRM}"
    assert api.get(f"{path}.StringAttributeMetadata").json()["MaxLength"] == 100
    twice = table("new_Other", column("Integer", "new_Size"), column("Integer", "new_Size"))
    assert api.post("EntityDefinitions", twice).error[:2] == (400, "0x80047013")


def test_a_table_is_changed_by_the_whole_definition(project: Api) -> None:
    whole = project.get("EntityDefinitions(LogicalName='new_project')").json()
    whole["DisplayName"] = label("Undertaking")
    whole["HasNotes"] = True
    whole["IsAuditEnabled"]["Value"] = True
    whole["EntityColor"] = "#123456"
    answer = project.put(f"EntityDefinitions({whole['MetadataId']})", whole, **{"MSCRM.MergeLabels": "true"})
    assert answer.status == 204, answer.text
    found = project.get("EntityDefinitions(LogicalName='new_project')").json()
    assert found["DisplayName"]["UserLocalizedLabel"]["Label"] == "Undertaking"
    assert (found["HasNotes"], found["IsAuditEnabled"]["Value"], found["EntityColor"]) == (True, True, "#123456")
    assert project.get("new_projects?$expand=new_project_Annotations").status == 200
    found["HasNotes"] = False
    assert project.put(f"EntityDefinitions({whole['MetadataId']})", found).status == 400


def test_labels_of_other_languages_stay_only_when_merged(project: Api) -> None:
    path = "EntityDefinitions(LogicalName='new_project')"
    whole = project.get(path).json()
    project.put(path, {**whole, "DisplayName": label("Project", _1036="Projet")})
    project.put(path, {**whole, "DisplayName": label("Plan")}, **{"MSCRM.MergeLabels": "true"})
    found = project.get(f"{path}?$select=DisplayName").json()["DisplayName"]["LocalizedLabels"]
    assert {each["LanguageCode"]: each["Label"] for each in found} == {1033: "Plan", 1036: "Projet"}
    french = project.get(f"{path}?$select=DisplayName&LabelLanguages=1036").json()["DisplayName"]["LocalizedLabels"]
    assert [each["Label"] for each in french] == ["Projet"]
    project.put(path, {**whole, "DisplayName": label("Plan")})
    found = project.get(f"{path}?$select=DisplayName").json()["DisplayName"]["LocalizedLabels"]
    assert [each["Label"] for each in found] == ["Plan"]


def test_every_definition_can_be_put_back(project: Api) -> None:
    """07 §12, 21: nothing is refused and nothing changes."""
    project.post("RelationshipDefinitions", one_to_many("new_a", "account", "new_project", "new_AccountId"))
    version = project.service.catalog.version
    for whole in project.get("EntityDefinitions").value:
        answer = project.put(f"EntityDefinitions({whole['MetadataId']})", whole)
        assert (answer.status, project.service.catalog.version) == (204, version), (whole["LogicalName"], answer.text)


@pytest.mark.parametrize("name", ["account", "task", "systemuser", "organization", "new_project"])
def test_every_column_can_be_put_back(project: Api, name: str) -> None:
    version = project.service.catalog.version
    path = f"EntityDefinitions(LogicalName='{name}')/Attributes"
    for whole in project.get(path).value:
        answer = project.put(f"{path}({whole['MetadataId']})", whole)
        assert (answer.status, project.service.catalog.version) == (204, version), (whole["LogicalName"], answer.text)


def announced(api: Api, name: str) -> set[str]:
    """The messages that a table takes, asked for as clients do (09 §2)."""
    query = "sdkmessagefilters?$select=sdkmessagefilterid&$expand=sdkmessageid($select=name)&$filter="
    found = api.get(f"{query}primaryobjecttypecode eq '{name}'").value
    return {each["sdkmessageid"]["name"] for each in found}


def test_a_new_table_announces_its_messages(project: Api) -> None:
    project.post("EntityDefinitions", table("new_Setting", OwnershipType="OrganizationOwned"))
    project.post("EntityDefinitions", table("new_Call", IsActivity=True))
    project.post("EntityDefinitions", table("new_Event", TableType="Elastic"))
    assert announced(project, "new_project") == announced(project, "account") - {"Merge"}
    assert announced(project, "new_setting") == announced(project, "pricelevel")
    assert announced(project, "new_call") == announced(project, "task")
    assert "DeleteMultiple" in announced(project, "new_event")
    assert project.delete("EntityDefinitions(LogicalName='new_project')").status == 204
    assert announced(project, "new_project") == set()


def test_a_new_table_has_privileges(project: Api) -> None:
    project.post("EntityDefinitions", table("new_Setting", OwnershipType="OrganizationOwned"))
    found = project.get("EntityDefinitions(LogicalName='new_project')?$select=Privileges").json()["Privileges"]
    kinds = ("Create", "Read", "Write", "Delete", "Assign", "Share", "Append", "AppendTo")
    assert {(each["Name"], each["PrivilegeType"]) for each in found} == {
        (f"prv{kind}new_Project", kind) for kind in kinds
    }
    depths = ("CanBeBasic", "CanBeDeep", "CanBeGlobal", "CanBeLocal")
    assert all(each[depth] for each in found for depth in depths)
    assert not any(each["CanBeEntityReference"] or each["CanBeParentEntityReference"] for each in found)
    found = project.get("EntityDefinitions(LogicalName='new_setting')?$select=Privileges").json()["Privileges"]
    assert {each["PrivilegeType"] for each in found} == set(kinds) - {"Assign", "Share"}
    assert {tuple(each[depth] for depth in depths) for each in found} == {(False, False, True, False)}


def test_definitions_say_when_they_were_made_and_changed(project: Api) -> None:
    clock = project.service.clock
    path = "EntityDefinitions(LogicalName='new_project')"

    def times(target: str) -> tuple[str, str]:
        found = project.get(f"{target}?$select=CreatedOn,ModifiedOn").json()
        return found["CreatedOn"], found["ModifiedOn"]

    made, _ = times(path)
    assert made.startswith(clock.now_text()[:4])
    assert times(f"{path}/Attributes(LogicalName='createdby')") == (made, made)
    clock.freeze(clock.now() + timedelta(days=1))
    later = clock.now_text()
    project.post(f"{path}/Attributes", column("String", "new_Text"))
    assert times(f"{path}/Attributes(LogicalName='new_text')") == (later, later)
    clock.freeze(clock.now() + timedelta(days=1))
    for target in (path, f"{path}/Attributes(LogicalName='new_name')"):
        whole = project.get(target).json()
        assert project.put(target, whole).status == 204
        assert times(target) == (made, made)
        assert project.put(target, {**whole, "DisplayName": label("Other")}).status == 204
        assert times(target) == (made, clock.now_text())


def test_patch_is_refused(project: Api) -> None:
    answer = project.patch("EntityDefinitions(LogicalName='new_project')", {"HasNotes": True})
    assert answer.error == (405, "0x80060888", "Operation not supported on EntityMetadata")


def test_a_table_goes_with_its_rows_and_relationships(project: Api) -> None:
    project.post("RelationshipDefinitions", one_to_many("new_p_account", "new_project", "account", "new_ProjectId"))
    id = project.new("new_projects", new_name="A")
    account = project.new("accounts", name="B", **{"new_ProjectId@odata.bind": f"/new_projects({id})"})
    found = project.get("EntityDefinitions(LogicalName='new_project')?$select=MetadataId").json()["MetadataId"]
    assert project.delete(f"EntityDefinitions({found})", If_Match="*").status == 204
    assert project.get("new_projects").status == 404
    assert project.get(f"EntityDefinitions({found})").status == 404
    assert "_new_projectid_value" not in project.get(f"accounts({account})").json()
    assert project.get("RelationshipDefinitions(SchemaName='new_p_account')").status == 404
    assert project.post("EntityDefinitions", table()).status == 204
    assert project.get("new_projects").value == []


def test_a_system_table_stays(api: Api) -> None:
    assert api.delete("EntityDefinitions(LogicalName='account')").error[:2] == (400, "0x80044250")
    whole = api.get("EntityDefinitions(LogicalName='account')").json()
    assert api.put("EntityDefinitions(LogicalName='account')", {**whole, "EntitySetName": "x"}).error[1] == "0x8004F663"


def test_the_service_document_and_the_csdl_follow(project: Api) -> None:
    assert "new_projects" in [each["name"] for each in project.get("").value]
    assert '<EntityType Name="new_project"' in project.get("$metadata").text
    project.delete("EntityDefinitions(LogicalName='new_project')")
    assert "new_project" not in project.get("$metadata").text


def test_a_solution_takes_components_and_gives_its_prefix(api: Api) -> None:
    publisher = api.new(
        "publishers",
        uniquename="tst",
        friendlyname="T",
        customizationprefix="tst",
        customizationoptionvalueprefix=72700,
    )
    solution = api.new(
        "solutions",
        uniquename="demo",
        friendlyname="D",
        version="1.0.0.0",
        **{"publisherid@odata.bind": f"/publishers({publisher})"},
    )
    assert api.post("EntityDefinitions", table(), **{"MSCRM.SolutionUniqueName": "demo"}).error[1] == "0x80044366"
    assert api.post("EntityDefinitions", table(), **{"MSCRM.SolutionUniqueName": "none"}).status == 400
    body = table("tst_Project", Attributes=[column("String", "tst_Name", IsPrimaryName=True)])
    made = api.post("EntityDefinitions?SolutionUniqueName=demo", body)
    assert made.status == 204, made.text
    found = api.get(f"solutioncomponents?$filter=_solutionid_value eq {solution}").value
    assert [(each["objectid"], each["componenttype"]) for each in found] == [(made.id, 1)]


def test_a_representation_is_returned_where_it_is_wanted(api: Api) -> None:
    answer = api.post("EntityDefinitions", table(), Prefer="return=representation")
    assert answer.status == 201
    assert answer.json()["LogicalName"] == "new_project"


def test_create_entities_makes_all_or_none(api: Api) -> None:
    one = {**table("new_One"), "@odata.type": f"{CRM}.ComplexEntityMetadata"}
    for each in one["Attributes"]:
        each["@odata.type"] = each["@odata.type"].replace("CRM.", "CRM.Complex")
    two = {**one, "SchemaName": "Two"}
    assert api.post("CreateEntities", {"Entities": [one, two]}).status == 400
    assert api.get("new_ones").status == 404
    two["SchemaName"] = "new_Two"
    assert api.post("CreateEntities", {"Entities": [one, two]}).status == 204
    assert api.get("new_twos").value == []


def test_a_change_set_that_fails_takes_definitions_back(api: Api) -> None:
    def fail() -> None:
        with api.service.unit():
            assert api.post("EntityDefinitions", table()).status == 204
            assert api.get("new_projects").status == 200
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert api.get("new_projects").status == 404
    assert api.post("EntityDefinitions", table()).status == 204
    assert api.get("new_projects").status == 200


def test_the_type_of_a_table_is_known_and_stays(project: Api) -> None:
    assert project.post("EntityDefinitions", table("new_b", TableType="Virtual")).status == 501
    assert project.post("EntityDefinitions", table("new_b", TableType="Other")).error[:2] == (400, "0x80040203")
    path = "EntityDefinitions(LogicalName='new_project')"
    whole = project.get(path).json()
    assert project.put(path, {**whole, "TableType": "Elastic"}).status == 204
    assert project.get(path).json() == whole


def test_an_elastic_table_has_its_own_columns_and_key(api: Api) -> None:
    body = table("new_Event", column("String", "new_Data", FormatName={"Value": "Json"}), TableType="Elastic")
    assert api.post("EntityDefinitions", body).status == 204
    path = "EntityDefinitions(LogicalName='new_event')"
    assert api.get(f"{path}?$select=TableType").json()["TableType"] == "Elastic"
    assert api.names(f"{path}/Keys", "SchemaName") == ["KeyForNoSqlEntityWithPKPartitionId"]
    id = api.new("new_events", new_name="A", partitionid="p", ttlinseconds=60, new_data='{"a": 1}')
    assert "statecode" not in api.get(f"new_events({id})").json()
    assert api.post(f"{path}/Attributes", column("Money", "new_Cost")).status == 400
    assert api.post(f"{path}/Keys", {"SchemaName": "new_K", "KeyAttributes": ["new_name"]}).status == 400


def test_publishing_is_accepted(api: Api) -> None:
    assert api.post("PublishAllXml").status == 204
    assert api.post("PublishXml", {"ParameterXml": "<importexportxml/>"}).status == 204
