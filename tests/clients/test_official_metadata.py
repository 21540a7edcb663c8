"""Tables, relationships and keys with Microsoft's own Python client, unmodified.

Every test runs twice: over the emulator's https port with its certificate authority, and in process. All operations
that the client has for definitions are called, alone and in batches; the last test here counts them.
"""

from __future__ import annotations

import inspect
import re
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from PowerPlatform.Dataverse.client import DataverseClient
from PowerPlatform.Dataverse.core.errors import HttpError, MetadataError
from PowerPlatform.Dataverse.models.labels import Label, LocalizedLabel
from PowerPlatform.Dataverse.models.relationship import (
    CascadeConfiguration,
    LookupAttributeMetadata,
    ManyToManyRelationshipMetadata,
    OneToManyRelationshipMetadata,
)
from PowerPlatform.Dataverse.operations.batch import BatchTableOperations
from PowerPlatform.Dataverse.operations.tables import TableOperations

from .official import client, column, project

__all__ = ["client", "project"]


@pytest.fixture
def solution(client: DataverseClient) -> Iterator[str]:
    """The unique name of a solution whose publisher has the prefix ``new``."""
    (publisher,) = client.records.list("publisher", filter="customizationprefix eq 'new'", select=["publisherid"])
    name = f"solution{uuid.uuid4().hex[:8]}"
    values = {"uniquename": name, "friendlyname": name, "version": "1.0.0.0"}
    bound = {"publisherid@odata.bind": f"/publishers({publisher['publisherid']})"}
    id = client.records.create("solution", {**values, **bound})
    yield name
    client.records.delete("solution", id)


def components(client: DataverseClient, solution: str) -> set[int]:
    """The types of what a solution holds."""
    rows = client.records.list("solutioncomponent", filter=f"solutionid/uniquename eq '{solution}'")
    return {row["componenttype"] for row in rows}


def label(text: str) -> Label:
    return Label([LocalizedLabel(text, 1033)])


def test_a_table_is_made_found_and_used(client: DataverseClient, project: str) -> None:
    found = client.tables.get(project)
    assert found is not None
    assert found.schema_name == project
    assert found.logical_name == project.lower()
    assert found.entity_set_name == f"{project.lower()}s"
    assert found.primary_name_attribute == "new_name"
    values = {
        "new_name": "A",
        "new_code": "C",
        "new_notes": "N",
        "new_size": 3,
        "new_cost": 1.25,
        "new_ratio": 0.5,
        "new_done": True,
        "new_stage": "build",
    }
    id = client.records.create(project.lower(), values)
    record = client.records.retrieve(project.lower(), id)
    assert record is not None
    assert {name: record[name] for name in values} == {**values, "new_stage": 2}
    with pytest.raises(HttpError):
        client.records.create(project.lower(), {"new_size": 9})


def test_a_table_is_made_once(client: DataverseClient, project: str) -> None:
    with pytest.raises(MetadataError):
        client.tables.create(project, {})


def test_tables_are_listed(client: DataverseClient, project: str) -> None:
    found = client.tables.list(filter=f"SchemaName eq '{project}'", select=["LogicalName", "SchemaName"])
    assert [each["LogicalName"] for each in found] == [project.lower()]


def test_keys(client: DataverseClient, project: str) -> None:
    key = client.tables.create_alternate_key(project, "new_CodeKey", ["new_code"], display_name="Code")
    found = client.tables.get_alternate_keys(project)
    assert [(each.schema_name, each.key_attributes, each.status) for each in found] == [
        ("new_CodeKey", ["new_code"], "Active")
    ]
    client.records.create(project.lower(), {"new_name": "A", "new_code": "1"})
    with pytest.raises(HttpError):
        client.records.create(project.lower(), {"new_name": "B", "new_code": "1"})
    client.tables.delete_alternate_key(project, key.metadata_id)
    assert client.tables.get_alternate_keys(project) == []


def test_one_to_many(client: DataverseClient, project: str) -> None:
    name = f"{project}_account"
    made = client.tables.create_one_to_many_relationship(
        LookupAttributeMetadata("new_AccountId", label("Account")),
        OneToManyRelationshipMetadata(
            name, "account", project.lower(), "accountid", CascadeConfiguration(delete="Cascade")
        ),
    )
    found = client.tables.get_relationship(name)
    assert found is not None
    assert found.relationship_id == made.relationship_id
    assert found.referencing_entity == project.lower()
    account = client.records.create("account", {"name": "A"})
    id = client.records.create(project.lower(), {"new_name": "P", "new_AccountId@odata.bind": f"/accounts({account})"})
    record = client.records.retrieve(project.lower(), id, expand=["new_AccountId($select=name)"])
    assert record is not None
    assert record["new_AccountId"]["name"] == "A"
    listed = client.tables.list_table_relationships(project, filter=f"SchemaName eq '{name}'")
    assert [each["SchemaName"] for each in listed] == [name]
    client.tables.delete_relationship(made.relationship_id)
    assert client.tables.get_relationship(name) is None


def test_a_lookup_field(client: DataverseClient, project: str) -> None:
    made = client.tables.create_lookup_field(
        referencing_table=project.lower(), lookup_field_name="new_ContactId", referenced_table="contact"
    )
    contact = client.records.create("contact", {"lastname": "C"})
    client.records.create(project.lower(), {"new_ContactId@odata.bind": f"/contacts({contact})"})
    client.tables.delete_relationship(made.relationship_id)


def test_many_to_many(client: DataverseClient, project: str) -> None:
    name = f"{project}_contact"
    made = client.tables.create_many_to_many_relationship(
        ManyToManyRelationshipMetadata(name, project.lower(), "contact")
    )
    found = client.tables.get_relationship(name)
    assert found is not None
    assert (found.relationship_type, found.relationship_id) == ("many_to_many", made.relationship_id)
    client.tables.delete_relationship(made.relationship_id)


def test_definitions_go_into_a_solution(client: DataverseClient, solution: str) -> None:
    name = f"new_Part{uuid.uuid4().hex[:8]}"
    made = client.tables.create(
        name, {"new_Code": "string"}, solution=solution, primary_column="new_Title", display_name="Part"
    )
    assert made.primary_name_attribute == "new_title"
    assert components(client, solution) == {1}
    client.tables.create_one_to_many_relationship(
        LookupAttributeMetadata("new_AccountId", label("Account")),
        OneToManyRelationshipMetadata(f"{name}_account", "account", name.lower(), "accountid"),
        solution=solution,
    )
    client.tables.create_many_to_many_relationship(
        ManyToManyRelationshipMetadata(f"{name}_contact", name.lower(), "contact"), solution=solution
    )
    assert components(client, solution) >= {1, 10}
    with pytest.raises(HttpError):
        client.tables.create(f"{name}b", {}, solution="nothing")
    client.tables.delete(name)


def test_relationships_are_listed(client: DataverseClient, project: str) -> None:
    name = f"{project}_account"
    client.tables.create_lookup_field(
        project.lower(),
        "new_AccountId",
        "account",
        display_name="Customer",
        description="Who pays",
        required=True,
        cascade_delete="Restrict",
        language_code=1033,
    )
    client.tables.create_many_to_many_relationship(ManyToManyRelationshipMetadata(name, project.lower(), "account"))
    every = client.tables.list_relationships()
    assert {"contact_customer_accounts", name} <= {each["SchemaName"] for each in every}
    kind = "Microsoft.Dynamics.CRM.RelationshipType'ManyToManyRelationship'"
    many = client.tables.list_relationships(filter=f"RelationshipType eq {kind}", select=["SchemaName"])
    assert name in {each["SchemaName"] for each in many}
    own = client.tables.list_table_relationships(project)
    assert {each["@odata.type"] for each in own if "@odata.type" in each} <= {
        f"#Microsoft.Dynamics.CRM.{each}RelationshipMetadata" for each in ("OneToMany", "ManyToMany")
    }
    lookups = client.tables.list_table_relationships(project, select=["SchemaName", "ReferencedEntity"])
    assert "account" in {each.get("ReferencedEntity") for each in lookups}
    found = column(client, project, "new_AccountId")
    assert (found["Targets"], found["RequiredLevel"]["Value"]) == (["account"], "ApplicationRequired")
    assert found["Description"]["UserLocalizedLabel"]["Label"] == "Who pays"


def test_what_the_real_service_refuses_is_refused(client: DataverseClient, project: str) -> None:
    with pytest.raises(HttpError) as problem:
        client.tables.list(filter="startswith(SchemaName, 'new_')")
    assert problem.value.status_code == 400
    with pytest.raises(HttpError) as problem:
        client.tables.list_relationships(select=["SchemaName", "ReferencedEntity"])
    assert "Could not find a property named 'ReferencedEntity'" in str(problem.value)
    with pytest.raises(MetadataError):
        client.tables.remove_columns(project, "new_Nothing")
    with pytest.raises(MetadataError):
        client.tables.update_column(project, "new_Nothing", {"max_length": 5})


def test_definitions_in_a_batch(client: DataverseClient, project: str) -> None:
    other = f"{project}b"
    batch = client.batch.new()
    batch.tables.create(other, {"new_Code": "string"})
    batch.tables.add_columns(project, {"new_Batched": "int"})
    result = batch.execute()
    assert not result.has_errors
    client.records.create(other.lower(), {"new_name": "A", "new_code": "1"})
    client.records.create(project.lower(), {"new_name": "A", "new_batched": 1})
    batch = client.batch.new()
    batch.tables.remove_columns(project, "new_Batched")
    batch.tables.delete(other)
    assert not batch.execute().has_errors
    assert client.tables.get(other) is None


def test_relationships_in_a_batch(client: DataverseClient, project: str) -> None:
    one, two, three = f"{project}_account", f"{project}_contact", "new_LeadId"
    batch = client.batch.new()
    batch.tables.create_one_to_many_relationship(
        LookupAttributeMetadata("new_AccountId", label("Account")),
        OneToManyRelationshipMetadata(one, "account", project.lower(), "accountid"),
    )
    batch.tables.create_many_to_many_relationship(ManyToManyRelationshipMetadata(two, project.lower(), "contact"))
    batch.tables.create_lookup_field(project.lower(), three, "lead")
    batch.tables.get(project)
    batch.tables.list(filter=f"LogicalName eq '{project.lower()}'", select=["LogicalName"])
    batch.tables.get_relationship(one)
    result = batch.execute()
    assert not result.has_errors
    data = [(each.data or {}).get("value", []) for each in result.responses]
    assert [each["LogicalName"] for each in data[3]] == [project.lower()]
    assert [each["LogicalName"] for each in data[4]] == [project.lower()]
    assert [each["SchemaName"] for each in data[5]] == [one]
    found = client.tables.get_relationship(two)
    assert found is not None
    batch = client.batch.new()
    batch.tables.delete_relationship(str(found.relationship_id))
    assert not batch.execute().has_errors
    assert client.tables.get_relationship(two) is None


@pytest.mark.parametrize(("operations", "prefix"), [(TableOperations, "client"), (BatchTableOperations, "batch")])
def test_every_operation_on_definitions_is_called(operations: type, prefix: str) -> None:
    calls = re.compile(rf"\b{prefix}\.tables\.(\w+)\(")
    texts = (file.read_text(encoding="utf-8") for file in Path(__file__).parent.glob("*official*.py"))
    called = {name for text in texts for name in calls.findall(text)}
    names = {name for name, _ in inspect.getmembers(operations, inspect.isfunction) if not name.startswith("_")}
    assert sorted(names - called) == []
