"""Tables, columns, relationships and keys with Microsoft's own Python client, unmodified."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from enum import IntEnum
from typing import Any

import pytest
from azure.core.credentials import AccessToken
from PowerPlatform.Dataverse.client import DataverseClient
from PowerPlatform.Dataverse.core.errors import HttpError, MetadataError
from PowerPlatform.Dataverse.models.labels import Label, LocalizedLabel
from PowerPlatform.Dataverse.models.relationship import (
    CascadeConfiguration,
    LookupAttributeMetadata,
    ManyToManyRelationshipMetadata,
    OneToManyRelationshipMetadata,
)

from dataverse_emulator import Emulator

ORGANIZATION = "https://contoso.crm.dynamics.com"


class StandInCredential:
    """A credential whose token nobody checks."""

    def get_token(self, *scopes: str, **_: Any) -> AccessToken:
        return AccessToken("not-a-real-token for " + " ".join(scopes), int(time.time()) + 3600)


class Stage(IntEnum):
    """A choice."""

    PLAN = 1
    BUILD = 2


@pytest.fixture
def client(emulator: Emulator) -> Iterator[DataverseClient]:
    """A client in process."""
    with emulator.intercept(ORGANIZATION), DataverseClient(ORGANIZATION, StandInCredential()) as made:
        yield made


@pytest.fixture
def project(client: DataverseClient) -> Iterator[str]:
    """The schema name of a table with a column of each type that the client can make."""
    name = f"new_Project{uuid.uuid4().hex[:8]}"
    columns: dict[str, Any] = {
        "new_Code": "string",
        "new_Notes": "memo",
        "new_Size": {"type": "int", "min_value": 1, "max_value": 5},
        "new_Cost": "decimal",
        "new_Ratio": "float",
        "new_Due": "datetime",
        "new_Done": "bool",
        "new_Plan": "file",
        "new_Stage": Stage,
    }
    made = client.tables.create(name, columns, display_name="Project")
    assert made.columns_created == list(columns)
    yield name
    if client.tables.get(name) is not None:
        client.tables.delete(name)


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


def test_columns_come_change_and_go(client: DataverseClient, project: str) -> None:
    assert client.tables.add_columns(project, {"new_Extra": "string", "new_More": "int"}) == ["new_Extra", "new_More"]
    client.tables.update_column(project, "new_Extra", {"max_length": 5, "display_name": "Extra text"})
    assert client.records.create(project.lower(), {"new_name": "A", "new_extra": "12345"})
    with pytest.raises(HttpError):
        client.records.create(project.lower(), {"new_name": "A", "new_extra": "123456"})
    listed = client.tables.list_columns(project, filter="IsCustomAttribute eq true", select=["LogicalName"])
    assert {"new_extra", "new_more", "new_code"} <= {each["LogicalName"] for each in listed}
    assert client.tables.remove_columns(project, ["new_Extra", "new_More"]) == ["new_Extra", "new_More"]
    listed = client.tables.list_columns(project, filter="LogicalName eq 'new_extra'")
    assert listed == []


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
