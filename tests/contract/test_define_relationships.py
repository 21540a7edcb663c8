"""Relationships that clients define (contract 07 §8)."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import ROOT, Api
from .defining import CRM, column, label, lookup, many_to_many, one_to_many, table


@pytest.fixture
def project(api: Api) -> Api:
    """The Web API with a table of projects."""
    assert api.post("EntityDefinitions", table()).status == 204
    return api


def relate(api: Api, body: dict[str, Any]) -> dict[str, Any]:
    """Make a relationship and give its definition."""
    answer = api.post("RelationshipDefinitions", body)
    assert answer.status == 204, answer.text
    assert answer.headers["odata-entityid"] == f"{ROOT}RelationshipDefinitions({answer.id})"
    return api.get(f"RelationshipDefinitions({answer.id})").json()  # type: ignore[no-any-return]  # JSON has no type


def test_a_lookup_comes_with_its_relationship(project: Api) -> None:
    found = relate(project, one_to_many("new_account_projects", "account", "new_project", "new_AccountId"))
    wanted = {
        "ReferencedEntity": "account",
        "ReferencedAttribute": "accountid",
        "ReferencingEntity": "new_project",
        "ReferencingAttribute": "new_accountid",
        "ReferencedEntityNavigationPropertyName": "new_account_projects",
        "ReferencingEntityNavigationPropertyName": "new_AccountId",
        "IsCustomRelationship": True,
        "SecurityTypes": "Append",
        "RelationshipBehavior": 1,
        "IsHierarchical": False,
        "RelationshipType": "OneToManyRelationship",
    }
    assert {name: found[name] for name in wanted} == wanted
    assert found["CascadeConfiguration"] == {
        "Assign": "NoCascade",
        "Delete": "RemoveLink",
        "Archive": "RemoveLink",
        "Merge": "Cascade",
        "Reparent": "NoCascade",
        "Share": "NoCascade",
        "Unshare": "NoCascade",
        "RollupView": "NoCascade",
    }
    path = "EntityDefinitions(LogicalName='new_project')/Attributes(LogicalName='new_accountid')"
    column_found = project.get(path).json()
    assert (column_found["AttributeType"], column_found["Targets"]) == ("Lookup", ["account"])


def test_a_new_lookup_is_bound_filtered_expanded_and_cascades(project: Api) -> None:
    body = one_to_many("new_account_projects", "account", "new_project", "new_AccountId")
    relate(project, {**body, "CascadeConfiguration": {"Delete": "Cascade"}})
    account = project.new("accounts", name="A")
    id = project.new("new_projects", new_name="P", **{"new_AccountId@odata.bind": f"/accounts({account})"})
    assert project.names(f"new_projects?$filter=_new_accountid_value eq {account}", "new_name") == ["P"]
    assert project.names("new_projects?$filter=new_AccountId/name eq 'a'", "new_name") == ["P"]
    row = project.get(f"accounts({account})?$expand=new_account_projects($select=new_name)").json()
    assert [each["new_name"] for each in row["new_account_projects"]] == ["P"]
    assert project.get(f"new_projects({id})/new_AccountId?$select=name").json()["name"] == "A"
    assert project.delete(f"new_projects({id})/new_AccountId/$ref").status == 204
    reference = {"@odata.id": f"{ROOT}new_projects({id})"}
    assert project.post(f"accounts({account})/new_account_projects/$ref", reference).status == 204
    fetch = (
        "<fetch><entity name='new_project'><attribute name='new_accountidname'/><link-entity name='account' "
        "from='accountid' to='new_accountid'><attribute name='name' alias='n'/></link-entity></entity></fetch>"
    )
    assert [each["n"] for each in project.get(f"new_projects?fetchXml={fetch}").value] == ["A"]
    assert project.delete(f"accounts({account})").status == 204
    assert project.get("new_projects").value == []


def test_a_deep_insert_goes_over_a_new_relationship(project: Api) -> None:
    relate(project, one_to_many("new_account_projects", "account", "new_project", "new_AccountId"))
    account = project.new("accounts", name="A", new_account_projects=[{"new_name": "P"}])
    assert project.get("new_projects").value[0]["_new_accountid_value"] == account
    project.new("new_projects", new_name="Q", new_AccountId={"name": "B"})
    assert project.names("accounts?$orderby=name") == ["A", "B"]


def test_rows_of_custom_tables_are_not_merged(project: Api) -> None:
    found = relate(project, one_to_many("new_project_account", "new_project", "account", "new_ProjectId"))
    assert found["CascadeConfiguration"]["Merge"] == "NoCascade"


def test_a_further_relationship_gives_the_lookup_a_further_target(project: Api) -> None:
    relate(project, one_to_many("new_one", "account", "new_project", "new_PartyId"))
    account = project.new("accounts", name="A")
    first = project.new("new_projects", new_name="P", **{"new_PartyId@odata.bind": f"/accounts({account})"})
    found = relate(project, one_to_many("new_two", "contact", "new_project", "new_PartyId"))
    assert found["ReferencingEntityNavigationPropertyName"] == "new_PartyId_contact"
    contact = project.new("contacts", lastname="C")
    second = project.new("new_projects", new_name="Q", **{"new_PartyId_contact@odata.bind": f"/contacts({contact})"})
    logical = "Microsoft.Dynamics.CRM.lookuplogicalname"

    def target(id: str) -> tuple[str, str]:
        row = project.get(f"new_projects({id})", Prefer='odata.include-annotations="*"').json()
        return row["_new_partyid_value"], row.get(f"_new_partyid_value@{logical}")

    assert target(first) == (account, "account")
    assert target(second) == (contact, "contact")
    assert project.delete("RelationshipDefinitions(SchemaName='new_two')").status == 204
    assert target(first) == (account, "account")
    assert target(second)[0] is None


@pytest.mark.parametrize("action", ["CreateCustomerRelationships", "CreatePolymorphicLookupAttribute"])
def test_a_lookup_of_several_targets_is_made_at_once(project: Api, action: str) -> None:
    relationships = [
        {
            "SchemaName": f"new_project_{target}",
            "ReferencedEntity": target,
            "ReferencingEntity": "new_project",
            "@odata.type": f"{CRM}.ComplexOneToManyRelationshipMetadata",
        }
        for target in ("account", "contact")
    ]
    body = {**lookup("new_CustomerId"), "@odata.type": f"{CRM}.ComplexLookupAttributeMetadata"}
    answer = project.post(action, {"Lookup": body, "OneToManyRelationships": relationships})
    assert answer.status == 200, answer.text
    found = answer.json()
    assert len(found["RelationshipIds"]) == 2
    path = f"EntityDefinitions(LogicalName='new_project')/Attributes({found['AttributeId']})"
    described = project.get(path).json()
    kind = "Customer" if action == "CreateCustomerRelationships" else "Lookup"
    assert (described["AttributeType"], sorted(described["Targets"])) == (kind, ["account", "contact"])
    contact = project.new("contacts", lastname="C")
    project.new("new_projects", new_name="P", **{"new_CustomerId_contact@odata.bind": f"/contacts({contact})"})
    row = project.get("new_projects?$expand=new_CustomerId_contact($select=lastname)").value[0]
    assert row["new_CustomerId_contact"]["lastname"] == "C"


def test_many_to_many(project: Api) -> None:
    found = relate(project, many_to_many("new_project_Contact", "new_project", "contact"))
    wanted = {
        "IntersectEntityName": "new_project_contact",
        "Entity1IntersectAttribute": "new_projectid",
        "Entity2IntersectAttribute": "contactid",
        "Entity1NavigationPropertyName": "new_project_Contact",
        "Entity2NavigationPropertyName": "new_project_Contact",
        "SecurityTypes": "None",
        "RelationshipType": "ManyToManyRelationship",
    }
    assert {name: found[name] for name in wanted} == wanted
    one, two = project.new("new_projects", new_name="P"), project.new("contacts", lastname="C")
    body = {"@odata.id": f"{ROOT}contacts({two})"}
    assert project.post(f"new_projects({one})/new_project_Contact/$ref", body).status == 204
    assert project.post(f"new_projects({one})/new_project_Contact/$ref", body).status == 412
    row = project.get(f"contacts({two})?$expand=new_project_Contact($select=new_name)").json()
    assert [each["new_name"] for each in row["new_project_Contact"]] == ["P"]
    assert len(project.get("new_project_contactset").value) == 1
    assert project.delete("RelationshipDefinitions(SchemaName='new_project_Contact')").status == 204
    assert project.get("new_project_contactset").status == 404
    assert project.get(f"contacts({two})?$expand=new_project_Contact").status == 400


def test_many_to_many_of_a_table_with_itself(project: Api) -> None:
    found = relate(project, many_to_many("new_project_project", "new_project", "new_project"))
    one, two = project.new("new_projects", new_name="P"), project.new("new_projects", new_name="Q")
    navigation = found["Entity1NavigationPropertyName"]
    body = {"@odata.id": f"{ROOT}new_projects({two})"}
    assert project.post(f"new_projects({one})/{navigation}/$ref", body).status == 204
    assert project.names(f"new_projects({one})/{navigation}", "new_name") == ["Q"]
    assert project.names(f"new_projects({two})/{navigation}", "new_name") == []


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (one_to_many("new_a", "nowhere", "contact", "new_X"), "0x80041102"),
        (one_to_many("a", "account", "contact", "new_X"), "0x80044366"),
        (one_to_many("new_a", "account", "contact", "X"), "0x80044366"),
        (one_to_many("new_a", "account", "contact", "new_X", Lookup=None), "0x80040203"),
        (one_to_many("new_a", "account", "contactleads", "new_X"), "0x80040203"),
        (
            one_to_many("new_a", "account", "contact", "new_X", ReferencedEntityNavigationPropertyName="name"),
            "0x80072551",
        ),
        (one_to_many("new_a", "account", "contact", "new_X", ReferencedAttribute="name"), "0x80040203"),
        (many_to_many("new_a", "account", "contact", IntersectEntityName="new_project"), "0x8004700B"),
        ({"SchemaName": "new_a"}, "0x80060888"),
    ],
)
def test_a_wrong_relationship_is_refused(project: Api, body: dict[str, Any], code: str) -> None:
    answer = project.post("RelationshipDefinitions", body)
    assert answer.error[:2] == (400, code), answer.text


def test_names_are_taken_once(project: Api) -> None:
    relate(project, one_to_many("new_a", "account", "new_project", "new_AccountId"))
    again = one_to_many("NEW_A", "account", "new_project", "new_OtherId")
    assert project.post("RelationshipDefinitions", again).error[1] == "0x8004432B"
    again = one_to_many("new_b", "account", "new_project", "new_AccountId")
    assert project.post("RelationshipDefinitions", again).error[1] == "0x80047013"


def test_a_relationship_is_changed(project: Api) -> None:
    found = relate(project, one_to_many("new_a", "account", "new_project", "new_AccountId"))
    found["CascadeConfiguration"]["Delete"] = "Restrict"
    found["AssociatedMenuConfiguration"] |= {"Behavior": "UseLabel", "Label": label("Work"), "Order": 5}
    found["IsValidForAdvancedFind"] = False
    path = f"RelationshipDefinitions({found['MetadataId']})"
    assert project.put(f"{path}/{CRM}.OneToManyRelationshipMetadata", found).status == 204
    changed = project.get(path).json()
    assert changed["CascadeConfiguration"]["Delete"] == "Restrict"
    assert changed["AssociatedMenuConfiguration"]["Label"]["UserLocalizedLabel"]["Label"] == "Work"
    assert (changed["AssociatedMenuConfiguration"]["Order"], changed["IsValidForAdvancedFind"]) == (5, False)
    account = project.new("accounts", name="A")
    project.new("new_projects", new_name="P", **{"new_AccountId@odata.bind": f"/accounts({account})"})
    assert project.delete(f"accounts({account})").status == 405


def test_relationships_can_be_put_back(project: Api) -> None:
    relate(project, one_to_many("new_a", "account", "new_project", "new_AccountId"))
    relate(project, many_to_many("new_b", "new_project", "contact"))
    version = project.service.catalog.version
    for whole in project.get("RelationshipDefinitions").value[::25]:
        answer = project.put(f"RelationshipDefinitions({whole['MetadataId']})", whole)
        assert (answer.status, project.service.catalog.version) == (204, version), (whole["SchemaName"], answer.text)


def test_a_lookup_and_its_relationship_go_together(project: Api) -> None:
    attributes = "EntityDefinitions(LogicalName='new_project')/Attributes"
    relate(project, one_to_many("new_a", "account", "new_project", "new_AccountId"))
    assert project.delete("RelationshipDefinitions(SchemaName='new_a')", If_Match="*").status == 204
    assert project.get(f"{attributes}(LogicalName='new_accountid')").status == 404
    relate(project, one_to_many("new_a", "account", "new_project", "new_AccountId"))
    assert project.delete(f"{attributes}(LogicalName='new_accountid')").status == 204
    assert project.get("RelationshipDefinitions(SchemaName='new_a')").status == 404
    assert project.get("accounts?$expand=new_a").status == 400


def test_relationships_of_the_platform_stay(api: Api) -> None:
    assert api.delete("RelationshipDefinitions(SchemaName='contact_customer_accounts')").error[1] == "0x80044250"
    assert api.delete("RelationshipDefinitions(SchemaName='nothing')").status == 404


def test_a_lookup_between_tables_of_the_platform(api: Api) -> None:
    relate(api, one_to_many("new_contact_accounts", "contact", "account", "new_KeyContactId"))
    contact = api.new("contacts", lastname="C")
    id = api.new("accounts", name="A", **{"new_KeyContactId@odata.bind": f"/contacts({contact})"})
    assert api.get(f"accounts({id})?$expand=new_KeyContactId($select=lastname)").json()["new_KeyContactId"]
    extra = column("String", "new_Text")
    assert api.post("EntityDefinitions(LogicalName='account')/Attributes", extra).status == 204
    assert (
        api.get(f"accounts({id})?$select=new_text,_new_keycontactid_value").json()["_new_keycontactid_value"] == contact
    )
