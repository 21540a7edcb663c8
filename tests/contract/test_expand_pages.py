"""Pages of expanded collections, which come with the first nested expansion (contract 03 §3.3, §3.4)."""

from __future__ import annotations

from urllib.parse import unquote

import pytest

from .conftest import Api

PAGE = "odata.maxpagesize=3"
CONTACTS = "contact_customer_accounts"
NESTED = f"$expand={CONTACTS}($select=lastname;$expand=createdby($select=fullname)),Account_Tasks($select=subject)"


@pytest.fixture
def account(api: Api) -> str:
    """An account with seven contacts and three tasks."""
    tasks = [{"subject": f"T{number}"} for number in range(3)]
    id = api.new("accounts", name="A", Account_Tasks=tasks)
    for number in range(7):
        api.new("contacts", lastname=f"C{number}", **{"parentcustomerid_account@odata.bind": f"accounts({id})"})
    return id


def test_the_page_size_is_that_of_every_expanded_collection(api: Api, account: str) -> None:
    answer = api.get(f"accounts({account})?$select=name&{NESTED}", Prefer=PAGE)
    row = answer.json()
    assert answer.headers["preference-applied"] == PAGE
    assert [contact["lastname"] for contact in row[CONTACTS]] == ["C0", "C1", "C2"]
    assert len(row["Account_Tasks"]) == 3
    assert "Account_Tasks@odata.nextLink" not in row, "all of them are there"


def test_links_of_expanded_collections_lead_through_their_pages(api: Api, account: str) -> None:
    answer = api.get(f"accounts?$select=name&$top=1&{NESTED}", Prefer=PAGE)
    link = answer.value[0][f"{CONTACTS}@odata.nextLink"]
    start, _, token = link.partition("&$skiptoken=")
    assert start.endswith(f"accounts({account})/{CONTACTS}?$select=lastname&$expand=createdby($select=fullname)")
    cookie = unquote(unquote(unquote(token)))
    assert 'page="1" countOfRecords="3"' in cookie
    assert f'last="{{{answer.value[0][CONTACTS][-1]["contactid"].upper()}}}"' in cookie
    found = []
    while link:
        page = api.get(link).json()
        assert all("createdby" in row for row in page["value"])
        found.append([row["lastname"] for row in page["value"]])
        link = page.get("@odata.nextLink")
    assert found == [["C3", "C4", "C5"], ["C6"]]


def test_collections_further_inside_have_pages_too(api: Api, account: str) -> None:
    contact = api.new("contacts", lastname="P", **{"account_primary_contact@odata.bind": [f"accounts({account})"]})
    query = "$select=name&$expand=primarycontactid($select=lastname;$expand=contact_customer_contacts)"
    for number in range(2):
        api.new("contacts", lastname=f"I{number}", **{"parentcustomerid_contact@odata.bind": f"contacts({contact})"})
    inner = api.get(f"accounts({account})?{query}", Prefer="odata.maxpagesize=1").json()["primarycontactid"]
    assert len(inner["contact_customer_contacts"]) == 1
    link = inner["contact_customer_contacts@odata.nextLink"]
    assert f"/contacts({contact})/contact_customer_contacts?$skiptoken=" in link
    assert [row["lastname"] for row in api.get(link).value] == ["I1"]


def test_without_a_preference_nested_collections_come_whole(api: Api, account: str) -> None:
    row = api.get(f"accounts({account})?$select=name&{NESTED}").json()
    assert len(row[CONTACTS]) == 7
    assert f"{CONTACTS}@odata.nextLink" not in row


def test_one_level_of_expansion_is_not_paged(api: Api, account: str) -> None:
    answer = api.get(f"accounts?$select=name&$expand={CONTACTS}($select=lastname)", Prefer=PAGE)
    row = answer.value[0]
    assert len(row[CONTACTS]) == 7
    assert row[f"{CONTACTS}@odata.nextLink"].endswith(f"accounts({account})/{CONTACTS}?$select=lastname")


def test_a_reference_to_an_owner_names_its_own_set(api: Api, account: str) -> None:
    user = api.get("WhoAmI").json()["UserId"]
    row = api.get(f"accounts({account})?$select=name&$expand=ownerid/$ref").json()
    assert row["ownerid"]["@odata.id"].endswith(f"/systemusers({user})")
    team = api.get("teams?$select=teamid&$top=1").value[0]["teamid"]
    api.patch(f"accounts({account})", {"ownerid@odata.bind": f"teams({team})"})
    row = api.get(f"accounts({account})?$select=name&$expand=ownerid/$ref").json()
    assert row["ownerid"]["@odata.id"].endswith(f"/teams({team})")


def test_aliases_are_not_taken_inside_an_expansion(api: Api, account: str) -> None:
    answer = api.get(f"accounts({account})?$expand=Account_Tasks($filter=subject eq @s)&@s='T1'")
    assert answer.error == (400, "0x80060888", "The query node ParameterAlias is not supported")
