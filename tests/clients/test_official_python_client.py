"""Microsoft's own Python client (PowerPlatform-Dataverse-Client), unmodified.

Every test runs twice: over the emulator's https port with its certificate authority (the client takes nothing but
https), and in process under the organization URL that the client already uses.
"""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from PowerPlatform.Dataverse.client import DataverseClient
from PowerPlatform.Dataverse.core.errors import HttpError
from PowerPlatform.Dataverse.models.filters import col

from dataverse_emulator import Emulator

from .official import StandInCredential, client

__all__ = ["client"]

FORMATTED = "OData.Community.Display.V1.FormattedValue"


def unique(text: str) -> str:
    return f"{text} {uuid.uuid4()}"


def send(client: DataverseClient, method: str, path: str, body: Any = None, *expected: int) -> Any:
    """A request for which the client has no method, through its own layer for HTTP (headers, token, session)."""
    with client._scoped_odata() as layer:
        options = {} if body is None else {"json": body}
        return layer._request(method, f"{layer.api}/{path}", expected=expected or (200, 204), **options)


def test_create_gives_the_id_and_retrieve_the_record(client: DataverseClient) -> None:
    name = unique("Northwind")
    id = client.records.create("account", {"name": name, "revenue": 5000000, "creditonhold": False})
    record = client.records.retrieve("account", id, select=["name", "revenue", "creditonhold"])
    assert record is not None
    assert (record["name"], record["revenue"], record["creditonhold"]) == (name, 5000000, False)
    assert record["accountid"] == id
    assert record.etag


def test_choice_is_written_by_its_label(client: DataverseClient) -> None:
    id = client.records.create("lead", {"subject": "A", "lastname": "B", "leadsourcecode": "Trade Show"})
    record = client.records.retrieve("lead", id, select=["leadsourcecode"], include_annotations=FORMATTED)
    assert record is not None
    assert record["leadsourcecode"] == 7
    assert record[f"leadsourcecode@{FORMATTED}"] == "Trade Show"


def test_record_that_is_not_there_is_none(client: DataverseClient) -> None:
    assert client.records.retrieve("account", str(uuid.uuid4()), select=["name"]) is None


def test_lookup_is_bound_and_expanded(client: DataverseClient) -> None:
    contact = client.records.create("contact", {"firstname": "Ana", "lastname": "Ruiz"})
    account = client.records.create("account", {"name": "A", "primarycontactid@odata.bind": f"/contacts({contact})"})
    record = client.records.retrieve("account", account, select=["name"], expand=["primarycontactid($select=fullname)"])
    assert record is not None
    assert record["primarycontactid"]["fullname"] == "Ana Ruiz"


def test_list_filters_selects_sorts_and_expands(client: DataverseClient) -> None:
    city = unique("City")
    contact = client.records.create("contact", {"lastname": "Expanded"})
    for name, employees in (("C", 30), ("A", 10), ("B", 20), ("D", 40)):
        client.records.create(
            "account",
            {
                "name": name,
                "address1_city": city,
                "numberofemployees": employees,
                "primarycontactid@odata.bind": f"/contacts({contact})",
            },
        )
    found = client.records.list(
        "account",
        filter=(col("address1_city") == city) & (col("numberofemployees") < 40),
        select=["name", "numberofemployees"],
        orderby=["numberofemployees desc"],
        expand=["primarycontactid($select=lastname)"],
        include_annotations="*",
    )
    assert [record["name"] for record in found] == ["C", "B", "A"]
    assert {record["primarycontactid"]["lastname"] for record in found} == {"Expanded"}
    top = client.records.list("account", filter=f"address1_city eq '{city}'", select=["name"], orderby=["name"], top=2)
    assert [record["name"] for record in top] == ["A", "B"]


def test_query_builder_reaches_the_same_rows(client: DataverseClient) -> None:
    city = unique("Built")
    for name in ("A", "B", "C"):
        client.records.create("account", {"name": name, "address1_city": city})
    query = client.query.builder("account").select("name").where(col("address1_city") == city)
    found = query.where(col("name").in_(["A", "C"])).order_by("name", descending=True).execute()
    assert [record["name"] for record in found] == ["C", "A"]


def test_pages_follow_each_other_without_gap_or_repetition(client: DataverseClient) -> None:
    city = unique("Paged")
    names = ["A", "B", "C", "D", "E"]
    for name in names:
        client.records.create("account", {"name": name, "address1_city": city})
    pages = list(
        client.records.list_pages(
            "account", filter=f"address1_city eq '{city}'", select=["name"], orderby=["name"], page_size=2
        )
    )
    assert [[record["name"] for record in page] for page in pages] == [["A", "B"], ["C", "D"], ["E"]]


def test_pages_of_fetchxml_follow_each_other(client: DataverseClient) -> None:
    """The client takes the number of the next page from the cookie, where it is always 2."""
    city = unique("City")
    client.records.create("account", [{"name": f"Page {number}", "address1_city": city} for number in range(7)])
    condition = f'<filter><condition attribute="address1_city" operator="eq" value="{city}"/></filter>'
    for order in ('<order attribute="name"/>', ""):
        xml = f'<fetch count="2"><entity name="account"><attribute name="name"/>{order}{condition}</entity></fetch>'
        pages = [[row["name"] for row in page] for page in client.query.fetchxml(xml).execute_pages()]
        assert [len(page) for page in pages] == [2, 2, 2, 1]
        assert sorted(name for page in pages for name in page) == [f"Page {number}" for number in range(7)]


def test_update_changes_what_is_given(client: DataverseClient) -> None:
    id = client.records.create("account", {"name": "A", "telephone1": "1", "fax": "2"})
    client.records.update("account", id, {"telephone1": "3", "fax": None})
    record = client.records.retrieve("account", id, select=["name", "telephone1", "fax"])
    assert record is not None
    assert (record["name"], record["telephone1"], record["fax"]) == ("A", "3", None)


def test_update_of_a_missing_record_is_refused(client: DataverseClient) -> None:
    with pytest.raises(HttpError) as caught:
        client.records.update("account", str(uuid.uuid4()), {"name": "A"})
    assert caught.value.status_code == 404
    assert caught.value.details["service_error_code"] == "0x80040217"


def test_delete_removes_the_record(client: DataverseClient) -> None:
    id = client.records.create("account", {"name": "A"})
    client.records.delete("account", id)
    assert client.records.retrieve("account", id, select=["name"]) is None
    with pytest.raises(HttpError) as caught:
        client.records.delete("account", id)
    assert caught.value.status_code == 404


def test_delete_of_a_list_removes_the_records(client: DataverseClient) -> None:
    ids = client.records.create("account", [{"name": "A"}, {"name": "B"}])
    assert client.records.delete("account", ids)  # the id of a job
    assert [client.records.retrieve("account", id, select=["name"]) for id in ids] == [None, None]


def test_unknown_column_is_refused_by_name(client: DataverseClient) -> None:
    with pytest.raises(HttpError, match="nosuchcolumn") as caught:
        client.records.create("account", {"name": "A", "nosuchcolumn": 1})
    assert caught.value.status_code == 400


@pytest.mark.parametrize(
    ("navigation", "table", "entity_set", "values"),
    [
        pytest.param("accountleads_association", "lead", "leads", {"subject": "A", "lastname": "B"}, id="many to many"),
        pytest.param("contact_customer_accounts", "contact", "contacts", {"lastname": "B"}, id="one to many"),
    ],
)
def test_rows_are_associated_and_disassociated(
    client: DataverseClient, navigation: str, table: str, entity_set: str, values: dict[str, Any]
) -> None:
    account = client.records.create("account", {"name": "A"})
    other = client.records.create(table, values)
    key = f"{table}id"

    def related() -> list[str]:
        record = client.records.retrieve("account", account, select=["name"], expand=[f"{navigation}($select={key})"])
        assert record is not None
        return [row[key] for row in record[navigation]]

    with client._scoped_odata() as layer:
        reference = {"@odata.id": f"{layer.api}/{entity_set}({other})"}
    send(client, "post", f"accounts({account})/{navigation}/$ref", reference, 204)
    assert related() == [other]
    send(client, "delete", f"accounts({account})/{navigation}({other})/$ref", None, 204)
    assert related() == []
    send(client, "post", f"accounts({account})/{navigation}/$ref", reference, 204)
    send(client, "delete", f"accounts({account})/{navigation}/$ref?$id={reference['@odata.id']}", None, 204)
    assert related() == []


def test_lookup_is_set_and_cleared_by_reference(client: DataverseClient) -> None:
    account = client.records.create("account", {"name": "A"})
    contact = client.records.create("contact", {"lastname": "B"})

    def primary() -> Any:
        record = client.records.retrieve("account", account, select=["_primarycontactid_value"])
        assert record is not None
        return record["_primarycontactid_value"]

    send(client, "put", f"accounts({account})/primarycontactid/$ref", {"@odata.id": f"contacts({contact})"}, 204)
    assert primary() == contact
    send(client, "delete", f"accounts({account})/primarycontactid/$ref", None, 204)
    assert primary() is None


def test_lead_is_qualified(client: DataverseClient) -> None:
    lead = client.records.create(
        "lead", {"subject": "Coffee machines", "firstname": "Ana", "lastname": "Ruiz", "companyname": "Fabrikam"}
    )
    body = {"CreateAccount": True, "CreateContact": True, "CreateOpportunity": True, "Status": 3}
    answer = send(client, "post", f"leads({lead})/Microsoft.Dynamics.CRM.QualifyLead", body, 200).json()
    account, contact, opportunity = answer["value"]
    assert [row["@odata.type"] for row in answer["value"]] == [
        f"#Microsoft.Dynamics.CRM.{table}" for table in ("account", "contact", "opportunity")
    ]
    assert account["name"] == "Fabrikam"
    assert contact["fullname"] == "Ana Ruiz"
    record = client.records.retrieve("opportunity", opportunity["opportunityid"], select=["_originatingleadid_value"])
    assert record is not None
    assert record["_originatingleadid_value"] == lead
    closed = client.records.retrieve("lead", lead, select=["statecode", "statuscode"])
    assert closed is not None
    assert (closed["statecode"], closed["statuscode"]) == (1, 3)


def test_qualified_lead_cannot_be_qualified_again(client: DataverseClient) -> None:
    lead = client.records.create("lead", {"subject": "A", "lastname": "B"})
    body = {"CreateAccount": False, "CreateContact": False, "CreateOpportunity": False, "Status": -1}
    path = f"leads({lead})/Microsoft.Dynamics.CRM.QualifyLead"
    assert send(client, "post", path, body, 200).json()["value"] == []
    with pytest.raises(HttpError, match="The lead is already closed") as caught:
        send(client, "post", path, body, 200)
    assert caught.value.status_code == 400


def test_client_refuses_plain_http(emulator: Emulator) -> None:
    with pytest.raises(ValueError, match="HTTPS"):
        DataverseClient(emulator.url, StandInCredential())
