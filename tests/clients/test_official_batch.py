"""Batches and bulk calls of Microsoft's own Python client, unmodified (contract 02 §11 and §12, 09 §3)."""

from __future__ import annotations

import uuid

import pytest
from PowerPlatform.Dataverse.client import DataverseClient
from PowerPlatform.Dataverse.core.errors import HttpError
from PowerPlatform.Dataverse.models.upsert import UpsertItem

from dataverse_emulator import Emulator
from dataverse_emulator.metadata.catalog import AlternateKey

from .official import ORGANIZATION, StandInCredential, client

__all__ = ["client"]


def unique(text: str) -> str:
    return f"{text} {uuid.uuid4()}"


def names(client: DataverseClient, name: str) -> list[str]:
    """The names of the accounts that start with a text."""
    with client._scoped_odata() as layer:
        url = f"{layer.api}/accounts?$select=name&$filter=startswith(name,'{name}')&$orderby=name"
        return [row["name"].removeprefix(name) for row in layer._request("get", url).json()["value"]]


def test_batch_answers_in_its_order(client: DataverseClient) -> None:
    name = unique("batch of Æ")
    id = client.records.create("account", {"name": name})
    batch = client.batch.new()
    batch.records.create("account", {"name": name + " 1"})
    batch.records.retrieve("account", id, select=["name"])
    batch.records.list("account", select=["name"], filter=f"name eq '{name} 1'", top=5)
    batch.records.update("account", id, {"telephone1": "1"})
    batch.records.delete("account", id)
    result = batch.execute()
    assert not result.has_errors
    assert [one.status_code for one in result.responses] == [204, 200, 200, 204, 204]
    created, read, listed, updated, _ = result.responses
    assert read.data is not None
    assert listed.data is not None
    assert read.data["name"] == name
    assert [row["name"] for row in listed.data["value"]] == [name + " 1"]
    assert result.entity_ids == [created.entity_id, updated.entity_id]
    assert updated.entity_id == id
    assert client.records.retrieve("account", id, select=["name"]) is None


def test_change_set_refers_to_its_own_rows(client: DataverseClient) -> None:
    name = unique("change set")
    batch = client.batch.new()
    with batch.changeset() as changes:
        contact = changes.records.create("contact", {"lastname": name})
        account = changes.records.create("account", {"name": name, "primarycontactid@odata.bind": contact})
        changes.records.update("account", account, {"telephone1": "1"})
        gone = changes.records.create("account", {"name": name})
        changes.records.delete("account", gone)
    result = batch.execute()
    assert [one.status_code for one in result.responses] == [204] * 5
    assert [one.content_id for one in result.responses] == ["1", "2", "3", "4", "5"]
    contact_id, account_id = result.entity_ids[:2]
    row = client.records.retrieve("account", account_id, select=["telephone1", "_primarycontactid_value"])
    assert row is not None
    assert (row["telephone1"], row["_primarycontactid_value"]) == ("1", contact_id)
    assert names(client, name) == [""]


def test_failed_change_set_leaves_nothing(client: DataverseClient) -> None:
    name = unique("failed")
    batch = client.batch.new()
    batch.records.create("account", {"name": name + " before"})
    with batch.changeset() as changes:
        changes.records.create("account", {"name": name + " in"})
        changes.records.update("account", str(uuid.uuid4()), {"name": "x" * 200})
    batch.records.create("account", {"name": name + " behind"})
    result = batch.execute(continue_on_error=True)
    assert [one.status_code for one in result.responses] == [204, 404, 204]
    (problem,) = result.failed
    assert problem.error_code == "0x80040217"
    assert problem.error_message is not None
    assert problem.error_message.endswith("Does Not Exist")
    assert names(client, name) == [" before", " behind"]


def test_first_error_ends_the_batch(client: DataverseClient) -> None:
    name = unique("first error")
    batch = client.batch.new()
    batch.records.create("account", {"name": name})
    batch.records.create("account", {"nope": 1})
    batch.records.create("account", {"name": name})
    result = batch.execute()
    assert [one.status_code for one in result.responses] == [204, 400]
    assert names(client, name) == [""]


def test_batch_that_the_client_cannot_take_raises(client: DataverseClient) -> None:
    """The status of the whole is that of the failure, and the client takes no failing one but 400 (contract 09 §3)."""
    batch = client.batch.new()
    batch.records.delete("account", str(uuid.uuid4()))
    with pytest.raises(HttpError) as caught:
        batch.execute()
    assert caught.value.status_code == 404


def test_bulk_calls_alone_and_in_a_batch(client: DataverseClient) -> None:
    name = unique("bulk")
    ids = client.records.create("account", [{"name": f"{name} {number}"} for number in range(3)])
    assert names(client, name) == [" 0", " 1", " 2"]
    client.records.update("account", ids, {"telephone1": "1"})
    client.records.update("account", ids[:2], [{"name": f"{name} a"}, {"name": f"{name} b"}])
    assert names(client, name) == [" 2", " a", " b"]
    batch = client.batch.new()
    batch.records.create("account", [{"name": f"{name} c"}, {"name": f"{name} d"}])
    batch.records.update("account", [ids[2]], {"name": f"{name} e"})
    batch.records.delete("account", ids[:2], use_bulk_delete=False)
    result = batch.execute()
    assert [one.status_code for one in result.responses] == [200, 204, 204, 204]
    assert result.responses[0].data is not None
    assert len(result.responses[0].data["Ids"]) == 2
    assert names(client, name) == [" c", " d", " e"]


def test_upsert_by_alternate_key_of_one_and_of_many() -> None:
    emulator = Emulator()
    with emulator, emulator.intercept(ORGANIZATION), DataverseClient(ORGANIZATION, StandInCredential()) as client:
        catalog = emulator.service.catalog
        catalog.table("account").keys += (AlternateKey("number", "Number", ("accountnumber",)),)
        catalog.version += 1
        client.records.upsert("account", [UpsertItem({"accountnumber": "K 1"}, {"name": "one"})])
        many = [UpsertItem({"accountnumber": f"K {n}"}, {"name": f"row {n}"}) for n in range(3)]
        client.records.upsert("account", many)
        assert names(client, "row ") == ["0", "1", "2"]
        assert names(client, "one") == []
        batch = client.batch.new()
        batch.records.upsert("account", [UpsertItem({"accountnumber": "K 0"}, {"name": "row 9"})])
        batch.records.upsert("account", many[1:])
        assert not batch.execute().has_errors
        assert names(client, "row ") == ["1", "2", "9"]
