"""QualifyLead beside other requests: many clients at once, change sets, references (05 §1, 02 §11.2)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from .conftest import Answer, Api
from .test_batch import CONTINUE, change_set, part, send

TYPE = "Microsoft.Dynamics.CRM."
ALL = {"CreateAccount": True, "CreateContact": True, "CreateOpportunity": True, "Status": 3}
CLIENTS = 8


@pytest.fixture
def lead(api: Api) -> str:
    """An open lead."""
    return api.new("leads", lastname="Ruiz", companyname="Contoso", subject="Forklifts")


def made_of(api: Api, lead: str) -> list[int]:
    """How many accounts, contacts and opportunities came from a lead."""
    where = f"$filter=_originatingleadid_value eq {lead}&$select=createdon"
    return [len(api.get(f"{name}?{where}").value) for name in ("accounts", "contacts", "opportunities")]


def test_one_of_many_clients_qualifies_a_lead(api: Api, lead: str) -> None:
    def qualify(_: int) -> Answer:
        return api.post(f"leads({lead})/{TYPE}QualifyLead", ALL)

    with ThreadPoolExecutor(CLIENTS) as clients:
        answers = list(clients.map(qualify, range(CLIENTS)))
    assert sorted(answer.status for answer in answers) == [200] + [400] * (CLIENTS - 1)
    refused = {answer.error for answer in answers if answer.status != 200}
    assert refused == {(400, "0x80040519", "The lead is already closed.")}
    assert made_of(api, lead) == [1, 1, 1]


def test_a_lead_cannot_be_qualified_twice_in_a_change_set(api: Api, lead: str) -> None:
    line = f"POST leads({lead})/{TYPE}QualifyLead"
    assert send(api, change_set(part(line, ALL, "1"), part(line, ALL, "2"))).statuses == [400]
    assert made_of(api, lead) == [0, 0, 0]
    assert api.get(f"leads({lead})?$select=statecode").json()["statecode"] == 0


def test_a_second_qualification_in_a_batch_leaves_the_first(api: Api, lead: str) -> None:
    parts = [part(f"POST leads({lead})/{TYPE}QualifyLead", ALL)] * 2
    assert send(api, *parts, part("GET leads/$count"), headers=CONTINUE).statuses == [200, 400, 200]
    assert made_of(api, lead) == [1, 1, 1]


@pytest.mark.parametrize(
    ("row", "parameter", "value"),
    [
        (
            part("POST accounts", {"name": "Fabrikam"}, "new"),
            "OpportunityCustomerId",
            {"@odata.type": f"{TYPE}account", "@odata.id": "$new"},
        ),
        (part("POST campaigns", {"name": "Fair"}, "new"), "SourceCampaignId", {"@odata.id": "$new"}),
    ],
)
def test_a_parameter_names_a_row_of_the_same_change_set(
    api: Api, lead: str, row: str, parameter: str, value: dict[str, Any]
) -> None:
    body = {**ALL, "CreateAccount": False, "CreateContact": False, parameter: value}
    answers = send(api, change_set(row, part(f"POST leads({lead})/{TYPE}QualifyLead", body, "2")))
    assert answers.statuses == [[204, 200]]
    (opportunity,) = api.get("opportunities").value
    names = {"OpportunityCustomerId": "_customerid_value", "SourceCampaignId": "_campaignid_value"}
    assert opportunity[names[parameter]] is not None


def test_what_qualify_lead_answers_is_no_row_to_refer_to(api: Api, lead: str) -> None:
    call = part(f"POST leads({lead})/{TYPE}QualifyLead", ALL, "1")
    answers = send(api, change_set(call, part("PATCH $1", {"name": "x"}, "2")))
    assert answers.statuses == [400]
    assert made_of(api, lead) == [0, 0, 0]
