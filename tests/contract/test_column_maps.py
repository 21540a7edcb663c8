"""The maps that QualifyLead and InitializeFrom copy by are rows that clients read, add and delete (05 §1.4)."""

from __future__ import annotations

import pytest

from .conftest import Api

QUALIFY = "Microsoft.Dynamics.CRM.QualifyLead"
LEAD = {"lastname": "Ruiz", "companyname": "Contoso", "jobtitle": "Buyer", "telephone1": "+1 1"}


def map_of(api: Api, target: str) -> str:
    """The key of the map from leads to another table."""
    rows = api.get(f"entitymaps?$filter=sourceentityname eq 'lead' and targetentityname eq '{target}'").value
    assert len(rows) == 1
    found: str = rows[0]["entitymapid"]
    return found


def account_of(api: Api, **columns: object) -> dict[str, object]:
    """The account made from a new lead."""
    lead = api.new("leads", **LEAD, **columns)
    body = {"CreateAccount": True, "CreateContact": False, "CreateOpportunity": False, "Status": 3}
    answer = api.post(f"leads({lead})/{QUALIFY}", body)
    assert answer.status == 200, answer.text
    return answer.value[0]


def add(api: Api, source: str, target: str, entity_map: str) -> tuple[int, str]:
    """Add a pair to a map; the status and the new row's id or the error's code."""
    body = {
        "sourceattributename": source,
        "targetattributename": target,
        "entitymapid@odata.bind": f"/entitymaps({entity_map})",
    }
    answer = api.post("attributemaps", body)
    return (answer.status, answer.id if answer.status == 204 else answer.error[1])


@pytest.mark.parametrize("target", ["account", "contact", "opportunity"])
def test_the_maps_of_a_lead_are_rows(api: Api, target: str) -> None:
    rows = api.get(f"attributemaps?$filter=_entitymapid_value eq {map_of(api, target)}").value
    pairs = {(row["sourceattributename"], row["targetattributename"]) for row in rows}
    documented = {
        "account": {("companyname", "name"), ("telephone1", "address1_telephone1"), ("websiteurl", "websiteurl")},
        "contact": {("firstname", "firstname"), ("telephone1", "managerphone"), ("jobtitle", "jobtitle")},
        "opportunity": {("subject", "name"), ("parentaccountid", "parentaccountid")},
    }
    assert documented[target] <= pairs
    assert all(row["issystem"] for row in rows)


def test_an_added_pair_is_copied_until_it_is_deleted(api: Api) -> None:
    status, id = add(api, "jobtitle", "ftpsiteurl", map_of(api, "account"))
    assert status == 204
    assert account_of(api)["ftpsiteurl"] == "Buyer"
    assert api.delete(f"attributemaps({id})").status == 204
    assert account_of(api)["ftpsiteurl"] is None


def test_an_added_pair_wins_over_the_one_that_ships(api: Api) -> None:
    add(api, "jobtitle", "name", map_of(api, "account"))
    assert account_of(api)["name"] == "Buyer"


def test_a_pair_that_ships_can_be_taken_away(api: Api) -> None:
    where = f"_entitymapid_value eq {map_of(api, 'account')} and targetattributename eq 'name'"
    (row,) = api.get(f"attributemaps?$filter={where}").value
    assert api.delete(f"attributemaps({row['attributemapid']})").status == 204
    account = account_of(api)
    assert (account["name"], account["telephone1"]) == (None, "+1 1")


def test_an_added_pair_serves_initialize_from(api: Api) -> None:
    add(api, "jobtitle", "ftpsiteurl", map_of(api, "account"))
    lead = api.new("leads", **LEAD)
    call = "InitializeFrom(EntityMoniker=@s,TargetEntityName=@t,TargetFieldType=@f)"
    values = f"@s={{'@odata.id':'leads({lead})'}}&@t='account'&@f=Microsoft.Dynamics.CRM.TargetFieldType'All'"
    assert api.get(f"{call}?{values}").json()["ftpsiteurl"] == "Buyer"


@pytest.mark.parametrize(
    ("source", "target", "code"),
    [
        ("nothing", "name", "0x80041103"),
        ("jobtitle", "nothing", "0x80041103"),
        ("revenue", "name", "0x80046203"),
        ("jobtitle", "donotemail", "0x80046203"),
        ("jobtitle", "createdon", "0x80046203"),
        ("jobtitle", "ownerid", "0x80046203"),
        ("jobtitle", "entityimage", "0x80046203"),
        ("leadid", "accountid", "0x80046203"),
        ("parentaccountid", "primarycontactid", "0x80046203"),
    ],
)
def test_columns_that_do_not_fit_are_refused(api: Api, source: str, target: str, code: str) -> None:
    assert add(api, source, target, map_of(api, "account")) == (400, code)


def test_a_text_that_is_too_long_for_its_target_stops_the_qualification(api: Api) -> None:
    add(api, "description", "name", map_of(api, "account"))
    lead = api.new("leads", description="x" * 200)
    body = {"CreateAccount": True, "CreateContact": False, "CreateOpportunity": False, "Status": 3}
    assert api.post(f"leads({lead})/{QUALIFY}", body).error[:2] == (400, "0x80044331")
    assert api.get(f"leads({lead})?$select=statecode").json()["statecode"] == 0
