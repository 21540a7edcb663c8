"""Functions over metadata (contract 07 §8, §10): whole definitions, queries over them, what changed, eligibility."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest

from dataverse_emulator.messages.base import Operation
from dataverse_emulator.metadata.describe import column_id, relationship_id, table_id

from .conftest import ROOT, Answer, Api
from .defining import column, label

CRM = "Microsoft.Dynamics.CRM."
EMPTY = "00000000-0000-0000-0000-000000000000"
EVERYTHING = {"Properties": {"AllProperties": True}}
NOW = datetime(2024, 5, 15, 12, tzinfo=UTC)


@pytest.fixture
def at_noon(api: Api) -> Api:
    api.service.clock.freeze(NOW)
    return api


def changes(api: Api, query: Any = None, **others: str) -> Answer:
    """Ask RetrieveMetadataChanges with parameter aliases, as the samples do."""
    given = {**({} if query is None else {"Query": quote(json.dumps(query))}), **others}
    names = ",".join(f"{name}=@p{number}" for number, name in enumerate(given))
    values = "&".join(f"@p{number}={value}" for number, value in enumerate(given.values()))
    return api.get(f"RetrieveMetadataChanges({names})?{values}")


def condition(name: str, value: Any, operator: str = "Equals", kind: str = "System.String") -> dict[str, Any]:
    return {"ConditionOperator": operator, "PropertyName": name, "Value": {"Type": kind, "Value": value}}


def where(*conditions: Any, operator: str = "And") -> dict[str, Any]:
    return {"FilterOperator": operator, "Conditions": list(conditions)}


def only(*names: str) -> dict[str, Any]:
    return {"AllProperties": False, "PropertyNames": list(names)}


CONTACT_CHOICES = {
    "Properties": only("LogicalName", "Attributes"),
    "Criteria": where(condition("LogicalName", "contact")),
    "AttributeQuery": {
        "Properties": only("LogicalName", "OptionSet"),
        "Criteria": where(
            condition("AttributeTypeName", "PicklistType", kind="Microsoft.Xrm.Sdk.Metadata.AttributeTypeDisplayName")
        ),
    },
    "LabelQuery": {"FilterLanguages": [1033], "MissingLabelBehavior": 0},
}


# ---- RetrieveEntity and RetrieveAllEntities


def test_retrieve_entity_by_identifier(api: Api) -> None:
    answer = api.get(
        "RetrieveEntity(EntityFilters=@p1,MetadataId=@p2,RetrieveAsIfPublished=@p3)"
        f"?@p1={CRM}EntityFilters'Entity'&@p2={table_id('account')}&@p3=false"
    )
    assert answer.status == 200, answer.text
    body = answer.json()
    assert body["@odata.context"] == f"{ROOT}$metadata#{CRM}RetrieveEntityResponse"
    found = body["EntityMetadata"]
    assert (found["LogicalName"], found["EntitySetName"], found["HasChanged"]) == ("account", "accounts", None)
    assert (found["Attributes"], found["OneToManyRelationships"], found["Privileges"]) == ([], [], [])


def test_retrieve_entity_by_name_with_an_empty_identifier(api: Api) -> None:
    path = "RetrieveEntity(EntityFilters={}'{}',LogicalName='lead',MetadataId={},RetrieveAsIfPublished=true)"
    found = api.get(path.format(f"{CRM}EntityFilters", "Attributes,Relationships", EMPTY)).json()["EntityMetadata"]
    source = next(each for each in found["Attributes"] if each["LogicalName"] == "leadsourcecode")
    assert source["@odata.type"] == f"#{CRM}ComplexPicklistAttributeMetadata"
    assert source["OptionSet"]["@odata.type"] == f"#{CRM}ComplexOptionSetMetadata"
    assert "Web" in [each["Label"]["UserLocalizedLabel"]["Label"] for each in source["OptionSet"]["Options"]]
    assert any(each["ReferencingAttribute"] == "parentaccountid" for each in found["ManyToOneRelationships"])
    assert found["Privileges"] == []
    everything = api.get(path.format(f"{CRM}EntityFilters", "All", EMPTY)).json()["EntityMetadata"]
    assert "prvReadLead" in [each["Name"] for each in everything["Privileges"]]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (f"LogicalName='nothing',MetadataId={EMPTY}", (404, "0x80060888")),
        (f"MetadataId={EMPTY[:-1]}1", (404, "0x80060888")),
        ("LogicalName='account'", (400, "0x80040203")),
    ],
)
def test_retrieve_entity_of_what_is_not_there(api: Api, arguments: str, expected: tuple[int, str]) -> None:
    path = f"RetrieveEntity(EntityFilters={CRM}EntityFilters'Entity',{arguments},RetrieveAsIfPublished=true)"
    assert api.get(path).error[:2] == expected


def test_retrieve_all_entities(api: Api) -> None:
    path = f"RetrieveAllEntities(EntityFilters={CRM}EntityFilters'Entity',RetrieveAsIfPublished=true)"
    body = api.get(path).json()
    assert [each["LogicalName"] for each in body["EntityMetadata"]] == list(api.service.catalog.table_names)
    assert body["Timestamp"].isdigit()


# ---- RetrieveMetadataChanges


def test_the_query_of_the_samples(api: Api) -> None:
    answer = changes(api, CONTACT_CHOICES)
    assert answer.status == 200, answer.text
    body = answer.json()
    assert body["@odata.context"] == f"{ROOT}$metadata#{CRM}RetrieveMetadataChangesResponse"
    assert body["DeletedMetadata"] is None
    (contact,) = body["EntityMetadata"]
    assert set(contact) == {"MetadataId", "HasChanged", "LogicalName", "Attributes"}
    assert contact["LogicalName"] == "contact"
    assert contact["HasChanged"] is True
    names = [each["LogicalName"] for each in contact["Attributes"]]
    assert "familystatuscode" in names
    assert "statecode" not in names
    for each in contact["Attributes"]:
        assert set(each) == {"@odata.type", "MetadataId", "HasChanged", "LogicalName", "OptionSet"}
        assert each["@odata.type"] == f"#{CRM}ComplexPicklistAttributeMetadata"


def test_a_query_is_not_needed(api: Api) -> None:
    tables = api.get("RetrieveMetadataChanges()").json()["EntityMetadata"]
    assert len(tables) == len(api.service.catalog.table_names)
    assert next(each for each in tables if each["LogicalName"] == "lead")["Attributes"]


def test_column_lengths_come_with_their_class(api: Api) -> None:
    query = {
        "Properties": only("Attributes"),
        "Criteria": where(condition("LogicalName", "account")),
        "AttributeQuery": {
            "Properties": {"AllProperties": True},
            "Criteria": where(condition("LogicalName", "name")),
        },
    }
    ((name,),) = [each["Attributes"] for each in changes(api, query).json()["EntityMetadata"]]
    assert (name["MaxLength"], name["RequiredLevel"]["Value"]) == (160, "ApplicationRequired")


def test_relationships_and_keys_have_queries_of_their_own(keyed: Api) -> None:
    query = {
        "Properties": only("Keys", "OneToManyRelationships", "ManyToManyRelationships"),
        "Criteria": where(condition("LogicalName", "account")),
        "KeyQuery": {"Properties": only("KeyAttributes")},
        "RelationshipQuery": {
            "Properties": only("SchemaName"),
            "Criteria": where(condition("ReferencingEntity", "contact")),
        },
    }
    (account,) = changes(keyed, query).json()["EntityMetadata"]
    assert [each["KeyAttributes"] for each in account["Keys"]] == [["accountnumber"]]
    assert "contact_customer_accounts" in [each["SchemaName"] for each in account["OneToManyRelationships"]]
    assert account["ManyToManyRelationships"] == []


@pytest.mark.parametrize(
    ("criteria", "expected"),
    [
        (where(condition("LogicalName", ["lead", "contact"], "In", "System.String[]")), ["contact", "lead"]),
        (where(condition("LogicalName", "lead"), condition("LogicalName", "task"), operator="Or"), ["lead", "task"]),
        (
            where(condition("ObjectTypeCode", 5, "LessThan", "System.Int32")),
            ["account", "contact", "lead", "opportunity"],
        ),
        (
            {
                **where(condition("IsActivity", "True", kind="System.Boolean")),
                "Filters": [where(condition("SchemaName", "PhoneCall"))],
            },
            ["phonecall"],
        ),
        (where(condition("MetadataId", table_id("lead"), kind="System.Guid")), ["lead"]),
        (
            where(condition("OwnershipType", "UserOwned", kind="x"), condition("LogicalName", "lead")),
            ["lead"],
        ),
        (where(condition("OwnershipType", 8, kind="x"), condition("LogicalName", "currency")), []),
        (
            where(condition("IsAuditEnabled", True, "NotEquals", "System.Boolean"), condition("LogicalName", "lead")),
            None,
        ),
        (where({"ConditionOperator": 0, "PropertyName": "LogicalName", "Value": "lead"}), ["lead"]),
    ],
)
def test_conditions(api: Api, criteria: Any, expected: list[str] | None) -> None:
    answer = changes(api, {"Properties": only("LogicalName"), "Criteria": criteria})
    assert answer.status == 200, answer.text
    found = [each["LogicalName"] for each in answer.json()["EntityMetadata"]]
    assert expected is None or found == expected


@pytest.mark.parametrize(
    "query",
    [
        {"Criteria": where(condition("Nothing", "x"))},
        {"Criteria": where(condition("DisplayName", "x"))},
        {"AttributeQuery": {"Criteria": where(condition("SourceType", 0, kind="System.Int32"))}},
        {"Criteria": where(condition("ObjectTypeCode", "many"))},
        {"Criteria": where(condition("LogicalName", "x", "Resembles"))},
        {"Criteria": {"FilterOperator": "Xor", "Conditions": [condition("LogicalName", "x")]}},
        {"Criteria": {"Conditions": "all"}},
        {"Criteria": "all"},
        {"Properties": "all"},
    ],
)
def test_a_query_that_cannot_be_understood(api: Api, query: Any) -> None:
    assert changes(api, query).error[:2] == (400, "0x80040203")


def test_labels_of_another_language_are_empty(api: Api) -> None:
    query = {**CONTACT_CHOICES, "LabelQuery": {"FilterLanguages": [1031]}}
    (contact,) = changes(api, query).json()["EntityMetadata"]
    option = contact["Attributes"][0]["OptionSet"]["Options"][0]
    assert option["Label"]["UserLocalizedLabel"] is None


def test_nothing_comes_back_when_nothing_changed(at_noon: Api) -> None:
    first = changes(at_noon, CONTACT_CHOICES).json()["ServerVersionStamp"]
    assert first.endswith("!05/15/2024 12:00:00")
    again = changes(at_noon, CONTACT_CHOICES, ClientVersionStamp=quote(f"'{first}'")).json()
    assert again["EntityMetadata"] == []
    assert again["ServerVersionStamp"] == first


def test_only_what_changed_comes_back(at_noon: Api) -> None:
    path = "EntityDefinitions(LogicalName='lead')/Attributes"
    gone_id = at_noon.post(path, column("String", "new_Old")).id
    first = changes(at_noon, {}).json()["ServerVersionStamp"]
    assert at_noon.post(path, column("String", "new_Color")).status == 204
    assert at_noon.delete(f"{path}({gone_id})").status == 204
    query = {
        "Properties": only("LogicalName", "Attributes"),
        "AttributeQuery": {"Properties": only("LogicalName")},
    }
    filters = f"{CRM}DeletedMetadataFilters'All'"
    body = changes(at_noon, query, ClientVersionStamp=quote(f"'{first}'"), DeletedMetadataFilters=quote(filters)).json()
    (lead,) = body["EntityMetadata"]
    assert (lead["LogicalName"], lead["HasChanged"]) == ("lead", False)
    assert [each["LogicalName"] for each in lead["Attributes"]] == ["new_color"]
    gone = body["DeletedMetadata"]
    assert (gone["Count"], gone["Keys"]) == (1, ["Attribute"])
    assert gone["Values"] == [{"Items": [gone_id]}]
    assert body["ServerVersionStamp"] != first
    last = changes(at_noon, query, ClientVersionStamp=quote(f"'{body['ServerVersionStamp']}'")).json()
    assert last["EntityMetadata"] == []


def test_a_label_is_a_change(at_noon: Api) -> None:
    """Of tables, keys and global option sets alike, although nothing but their descriptions shows it."""
    path = "EntityDefinitions(LogicalName='lead')"
    assert at_noon.post(f"{path}/Keys", {"SchemaName": "new_K", "KeyAttributes": ["fax"]}).status == 204
    for target, expected in (
        (path, (True, [], [])),
        (f"{path}/Keys(LogicalName='new_k')", (False, ["new_K"], [])),
        ("GlobalOptionSetDefinitions(Name='budgetstatus')", (False, [], ["BudgetStatus"])),
    ):
        first = changes(at_noon, {}).json()["ServerVersionStamp"]
        whole = at_noon.get(target).json()
        assert at_noon.put(target, {**whole, "DisplayName": label("Other")}).status == 204
        found = changes(at_noon, EVERYTHING, ClientVersionStamp=quote(f"'{first}'")).json()["EntityMetadata"]
        lists = ([each["SchemaName"] for each in found[0][name]] for name in ("Keys", "Attributes"))
        assert (found[0]["HasChanged"], *lists) == expected


def test_a_stamp_expires(at_noon: Api) -> None:
    assert changes(at_noon, {}, ClientVersionStamp="'1!01/01/2024%2000:00:00'").error[:2] == (400, "0x80044352")
    assert changes(at_noon, {}, ClientVersionStamp="'nonsense'").error[:2] == (400, "0x80044352")
    first = changes(at_noon, {}).json()["ServerVersionStamp"]
    at_noon.service.clock.freeze(NOW + timedelta(days=91))
    status, code, text = changes(at_noon, {}, ClientVersionStamp=quote(f"'{first}'")).error
    assert (status, code) == (400, "0x80044352")
    assert text == "Version stamp associated with the client has expired. Please perform a full sync."


# ---- messages of the Organization service alone


@pytest.mark.parametrize(
    ("name", "parameters", "member", "expected"),
    [
        ("RetrieveAttribute", {"EntityLogicalName": "lead", "LogicalName": "fax"}, "AttributeMetadata", "fax"),
        ("RetrieveRelationship", {"Name": "lead_addresses"}, "RelationshipMetadata", None),
        ("RetrieveOptionSet", {"Name": "budgetstatus"}, "OptionSetMetadata", None),
    ],
)
def test_definitions_by_message(
    api: Api, name: str, parameters: dict[str, Any], member: str, expected: str | None
) -> None:
    service = api.service
    caller = service.default_caller()
    found = service.execute(Operation(name, parameters=parameters), caller).members[member]
    assert expected is None or found["LogicalName"] == expected
    again = service.execute(Operation(name, parameters={"MetadataId": found["MetadataId"]}), caller).members[member]
    assert again == found
    assert api.get(f"{name}()").status == 404


# ---- eligibility


@pytest.mark.parametrize("name", ["CanBeReferenced", "CanBeReferencing", "CanManyToMany"])
def test_eligibility_of_a_table(api: Api, name: str) -> None:
    answer = api.post(name, {"EntityName": "account"})
    assert answer.json() == {"@odata.context": f"{ROOT}$metadata#{CRM}{name}Response", name: True}
    assert api.post(name, {"EntityName": "accountleads"}).json()[name] is False
    assert api.post(name, {"EntityName": "nothing"}).error[:2] == (404, "0x80060888")
    assert api.post(name, {}).error[:2] == (400, "0x80040203")


@pytest.mark.parametrize(
    "call",
    [
        "GetValidManyToMany()",
        "GetValidReferencedEntities(ReferencingEntityName='lead')",
        "GetValidReferencingEntities(ReferencedEntityName='lead')",
        "GetValidReferencedEntities()",
    ],
)
def test_eligible_tables(api: Api, call: str) -> None:
    names = api.get(call).json()["EntityNames"]
    assert {"account", "contact", "task"} <= set(names)
    assert not {"accountleads", "owner"} & set(names)


def test_an_intersect_table_has_no_partners(api: Api) -> None:
    call = "GetValidReferencedEntities(ReferencingEntityName='accountleads')"
    assert api.get(call).json()["EntityNames"] == []


# ---- dependencies


def test_dependencies_of_a_table(api: Api) -> None:
    answer = api.get(f"RetrieveDependenciesForDelete(ObjectId={table_id('lead')},ComponentType=1)")
    assert answer.status == 200, answer.text
    body = answer.json()
    assert body["@odata.context"] == f"{ROOT}$metadata#dependencies"
    originating = column_id(api.service.catalog.table("opportunity").columns["originatingleadid"])
    row = next(each for each in body["value"] if each["dependentcomponentobjectid"] == originating)
    assert (row["dependentcomponenttype"], row["requiredcomponenttype"]) == (2, 1)


def test_dependencies_of_a_column_and_of_nothing(keyed: Api) -> None:
    number = column_id(keyed.service.catalog.table("account").columns["accountnumber"])
    rows = keyed.get(f"RetrieveDependenciesForDelete(ObjectId={number},ComponentType=2)").value
    assert [row["dependentcomponenttype"] for row in rows] == [14]
    one = relationship_id("lead_addresses")
    assert keyed.get(f"RetrieveDependenciesForDelete(ObjectId={one},ComponentType=10)").value == []
