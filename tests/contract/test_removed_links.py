"""What a deletion or a removed link leaves behind in the rows that pointed there (06 §3, §6, §8, ruling R22)."""

from __future__ import annotations

import pytest

from .conftest import Api

FORMATTED = "OData.Community.Display.V1.FormattedValue"


@pytest.mark.parametrize(
    ("gone", "entity_set", "column"),
    [
        ("leads", "accounts", "originatingleadid"),
        ("leads", "opportunities", "originatingleadid"),
        ("contacts", "accounts", "primarycontactid"),
        ("opportunities", "leads", "qualifyingopportunityid"),
    ],
)
def test_a_row_whose_link_is_removed_has_a_new_version(api: Api, gone: str, entity_set: str, column: str) -> None:
    target = f"{gone}({api.new(gone)})"
    row = f"{entity_set}({api.new(entity_set, **{f'{column}@odata.bind': target})})"
    before = api.get(row)
    assert api.delete(target).status == 204
    after = api.get(row, If_None_Match=before.headers["etag"])
    assert after.status == 200
    assert after.json()[f"_{column}_value"] is None
    assert after.json()["modifiedon"] == before.json()["modifiedon"]


def test_the_party_of_a_deleted_row_keeps_its_name(api: Api) -> None:
    lead = api.new("leads", firstname="Ana", lastname="Ruiz", emailaddress1="ana@example.com")
    party = {"participationtypemask": 2, "partyid_lead@odata.bind": f"leads({lead})"}
    email = api.new("emails", subject="Offer", email_activity_parties=[party])
    assert api.delete(f"leads({lead})").status == 204
    parties = api.get(
        f"emails({email})/email_activity_parties?$filter=participationtypemask eq 2",
        Prefer=f'odata.include-annotations="{FORMATTED}"',
    ).value
    (kept,) = parties
    assert (kept["ispartydeleted"], kept["addressused"]) == (True, "ana@example.com")
    assert kept[f"_partyid_value@{FORMATTED}"] == "Ana Ruiz"


def test_a_party_without_row_has_no_name(api: Api) -> None:
    email = api.new("emails", email_activity_parties=[{"participationtypemask": 2, "addressused": "a@example.com"}])
    parties = api.get(f"emails({email})/email_activity_parties", Prefer='odata.include-annotations="*"').value
    (party,) = [row for row in parties if row["participationtypemask"] == 2]
    assert f"_partyid_value@{FORMATTED}" not in party


def test_a_customer_of_another_type_is_not_cleared(api: Api) -> None:
    contact = api.new("contacts", lastname="Ruiz")
    lead = api.new("leads", **{"customerid_contact@odata.bind": f"contacts({contact})"})
    assert api.delete(f"leads({lead})/customerid_account/$ref").status == 204
    assert api.get(f"leads({lead})").json()["_customerid_value"] == contact
    assert api.delete(f"leads({lead})/customerid_contact/$ref").status == 204
    assert api.get(f"leads({lead})").json()["_customerid_value"] is None
