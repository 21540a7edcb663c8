"""The life of a lead as a client sees it: made, related, worked on, qualified or disqualified, reported on.

Contract 05 §1 and §3, 06 §3.1, §6 and §7, and the promises of the issue that asked for leads.
"""

from __future__ import annotations

import base64
from collections import Counter
from typing import Any

import pytest

from dataverse_emulator.config import Settings
from dataverse_emulator.environment import open_service

from .conftest import MISSING, ROOT, Answer, Api

QUALIFY = "Microsoft.Dynamics.CRM.QualifyLead"
ALL = {"CreateAccount": True, "CreateContact": True, "CreateOpportunity": True, "Status": 3}
FORMATTED = "@OData.Community.Display.V1.FormattedValue"

# navigation property of the lead, its kind (with which $ref is written), the other table's set, the other side
RELATIONSHIPS = [
    ("accountleads_association", "N:N", "accounts", "accountleads_association"),
    ("contactleads_association", "N:N", "contacts", "contactleads_association"),
    ("leadcompetitors_association", "N:N", "competitors", "leadcompetitors_association"),
    ("leadproduct_association", "N:N", "products", "leadproduct_association"),
    ("listlead_association", "N:N", "lists", "listlead_association"),
    ("parentaccountid", "N:1", "accounts", "lead_parent_account"),
    ("parentcontactid", "N:1", "contacts", "lead_parent_contact"),
    ("customerid_account", "N:1", "accounts", "lead_customer_accounts"),
    ("customerid_contact", "N:1", "contacts", "lead_customer_contacts"),
    ("qualifyingopportunityid", "N:1", "opportunities", "lead_qualifying_opportunity"),
    ("originatingcaseid", "N:1", "incidents", "OriginatingCase_Lead"),
    ("campaignid", "N:1", "campaigns", "campaign_leads"),
    ("account_originating_lead", "1:N", "accounts", "originatingleadid"),
    ("contact_originating_lead", "1:N", "contacts", "originatingleadid"),
    ("opportunity_originating_lead", "1:N", "opportunities", "originatingleadid"),
    ("Lead_Tasks", "1:N", "tasks", "regardingobjectid_lead_task"),
    ("Lead_Phonecalls", "1:N", "phonecalls", "regardingobjectid_lead_phonecall"),
    ("Lead_Emails", "1:N", "emails", "regardingobjectid_lead_email"),
    ("Lead_Appointments", "1:N", "appointments", "regardingobjectid_lead_appointment"),
    ("Lead_Letters", "1:N", "letters", "regardingobjectid_lead_letter"),
    ("Lead_Faxes", "1:N", "faxes", "regardingobjectid_lead_fax"),
    ("Lead_Annotation", "1:N", "annotations", "objectid_lead"),
    ("lead_connections1", "1:N", "connections", "record1id_lead"),
    ("lead_connections2", "1:N", "connections", "record2id_lead"),
]
ACTIVITIES = {"tasks": "task", "phonecalls": "phonecall", "emails": "email", "appointments": "appointment"}


@pytest.fixture
def lead(api: Api) -> str:
    return api.new("leads", subject="Forklifts", firstname="Ana", lastname="Ruiz", companyname="Contoso")


def make(api: Api, entity_set: str) -> str:
    """A row of any table that a lead is related to."""
    bind = {"customerid_account@odata.bind": f"accounts({api.new('accounts', name='C')})"}
    values: dict[str, dict[str, Any]] = {
        "contacts": {"lastname": "C"},
        "lists": {"listname": "L", "createdfromcode": 4},
        "incidents": {"title": "T", **bind},
        "connections": {},
        "products": {"name": "P", "productnumber": "P-1"},
    }
    if entity_set in ("accounts", "competitors", "opportunities", "campaigns"):
        return api.new(entity_set, name="N")
    return api.new(entity_set, **values.get(entity_set, {"subject": "S"}))


def qualify(api: Api, lead: str, **changes: Any) -> Answer:
    return api.post(f"leads({lead})/{QUALIFY}", {**ALL, **changes})


# ---- related ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("side", ["lead", "other"])
@pytest.mark.parametrize(("navigation", "kind", "entity_set", "back"), RELATIONSHIPS, ids=[r[0] for r in RELATIONSHIPS])
def test_related_and_parted(
    api: Api, lead: str, navigation: str, kind: str, entity_set: str, back: str, side: str
) -> None:
    other = make(api, entity_set)
    of_lead, of_other = f"leads({lead})/{navigation}", f"{entity_set}({other})/{back}"
    near, far, target, is_single = (
        (of_lead, of_other, f"{entity_set}({other})", kind == "N:1")
        if side == "lead"
        else (of_other, of_lead, f"leads({lead})", kind == "1:N")
    )

    def linked() -> tuple[bool, bool]:
        return (target_id in ids(api, near), near.partition("(")[2][:36] in ids(api, far))

    target_id = target.partition("(")[2][:-1]
    versions = [api.get(path).json()["versionnumber"] for path in (f"leads({lead})", f"{entity_set}({other})")]
    assert linked() == (False, False)
    write = api.put if is_single else api.post
    assert write(f"{near}/$ref", {"@odata.id": f"{entity_set}({MISSING})" if side == "lead" else f"leads({MISSING})"}
    ).error[:2] == (404, "0x80040217")  # fmt: skip
    assert write(f"{near}/$ref", {"@odata.id": ROOT + target}).status == 204
    assert linked() == (True, True)
    now = [api.get(path).json()["versionnumber"] for path in (f"leads({lead})", f"{entity_set}({other})")]
    changed = [after > before for before, after in zip(versions, now, strict=True)]
    assert changed == {"N:N": [False, False], "N:1": [True, False], "1:N": [False, True]}[kind]
    again = write(f"{near}/$ref", {"@odata.id": target})
    assert again.status == (412 if kind == "N:N" else 204)
    for _ in range(2):  # the second time there is nothing to part
        removed = f"{near}/$ref" if is_single else f"{near}({target_id})/$ref"
        assert api.delete(removed).status == 204
        assert linked() == (False, False)
    assert write(f"{near}/$ref", {"@odata.id": target}).status == 204
    assert linked() == (True, True)
    if not is_single:
        assert api.delete(f"{near}/$ref?$id={ROOT}{target}").status == 204
        assert linked() == (False, False)


def ids(api: Api, path: str) -> list[str]:
    """The rows behind a navigation property."""
    answer = api.get(f"{path}/$ref")
    if answer.status == 204:
        return []
    body = answer.json()
    links = [body["@odata.id"]] if "@odata.id" in body else [row["@odata.id"] for row in body["value"]]
    return [link[-37:-1] for link in links]


def test_one_customer_at_a_time(api: Api, lead: str) -> None:
    account, contact = api.new("accounts", name="A"), api.new("contacts", lastname="C")
    for table, id in (("account", account), ("contact", contact)):
        assert api.patch(f"leads({lead})", {f"customerid_{table}@odata.bind": f"{table}s({id})"}).status == 204
        row = api.get(f"leads({lead})", Prefer='odata.include-annotations="*"').json()
        assert row["_customerid_value"] == id
        assert row["_customerid_value@Microsoft.Dynamics.CRM.lookuplogicalname"] == table
    assert api.get(f"leads({lead})/customerid_account").status == 204
    both = {"customerid_account@odata.bind": f"accounts({account})", "customerid_contact@odata.bind": None}
    assert api.post("leads", {**both, "customerid_contact@odata.bind": f"contacts({contact})"}).status == 400


# ---- worked on -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("entity_set", ACTIVITIES)
def test_activities_of_a_lead(api: Api, lead: str, entity_set: str) -> None:
    table = ACTIVITIES[entity_set]
    activity = api.new(entity_set, subject="A", **{f"regardingobjectid_lead_{table}@odata.bind": f"/leads({lead})"})
    expand = f"Lead_{entity_set.capitalize()}"
    row = api.get(f"leads({lead})?$select=subject&$expand={expand}($select=subject),Lead_ActivityPointers").json()
    assert [found["activityid"] for found in row[expand]] == [activity]
    (pointer,) = row["Lead_ActivityPointers"]
    assert (pointer["activityid"], pointer["activitytypecode"], pointer["subject"]) == (activity, table, "A")
    assert api.patch(f"{entity_set}({activity})", {"statecode": 1}).status == 204
    found = api.get(f"activitypointers?$filter=_regardingobjectid_value eq {lead} and statecode eq 1").value
    assert [pointer["activityid"] for pointer in found] == [activity]
    assert found[0]["actualend"] is not None
    assert api.delete(f"leads({lead})").status == 204
    assert [api.get(f"{name}({activity})").status for name in (entity_set, "activitypointers")] == [404, 404]


def test_a_case_a_note_with_a_file_and_an_email_with_parties(api: Api, lead: str) -> None:
    case = make(api, "incidents")
    assert api.patch(f"leads({lead})", {"originatingcaseid@odata.bind": f"incidents({case})"}).status == 204
    body = base64.b64encode(b"hello").decode()
    file = {"filename": "a.txt", "mimetype": "text/plain", "documentbody": body}
    note = api.new("annotations", subject="N", **file, **{"objectid_lead@odata.bind": f"/leads({lead})"})
    row = api.get(f"annotations({note})").json()
    assert (row["objecttypecode"], row["isdocument"], row["filesize"]) == ("lead", True, 5)
    assert api.get(f"annotations({note})/documentbody/$value").text == body
    user = api.get("WhoAmI").json()["UserId"]
    parties = [
        {"participationtypemask": 1, "partyid_systemuser@odata.bind": f"/systemusers({user})"},
        {"participationtypemask": 2, "partyid_lead@odata.bind": f"/leads({lead})"},
        {"participationtypemask": 3, "addressused": "someone@example.com"},
    ]
    bind = {"regardingobjectid_lead_email@odata.bind": f"/leads({lead})"}
    email = api.new("emails", subject="Offer", directioncode=True, email_activity_parties=parties, **bind)
    found = api.get(f"emails({email})?$expand=email_activity_parties").json()["email_activity_parties"]
    assert sorted(party["participationtypemask"] for party in found) == [1, 2, 3, 8, 9]
    attached = {"filename": "b.txt", "body": body, "objectid_activitypointer@odata.bind": f"activitypointers({email})"}
    attachment = api.new("activitymimeattachments", **attached)

    assert qualify(api, lead).status == 200
    query = "$expand=Lead_Annotation($select=subject),Lead_Emails($select=subject),originatingcaseid($select=title)"
    row = api.get(f"leads({lead})?$select=statecode&{query}").json()
    assert (row["statecode"], row["originatingcaseid"]["incidentid"]) == (1, case)
    assert [one["annotationid"] for one in row["Lead_Annotation"]] == [note]
    assert [one["activityid"] for one in row["Lead_Emails"]] == [email]
    assert api.get(f"activitymimeattachments({attachment})").json()["objecttypecode"] == "email"


# ---- qualified, disqualified, reactivated ----------------------------------------------------------------------------


def test_qualified_once(api: Api, lead: str) -> None:
    account, contact, opportunity = qualify(api, lead).value
    assert contact["_parentcustomerid_value"] == account["accountid"]
    assert opportunity["_customerid_value"] == account["accountid"]
    before = {name: api.get(f"{name}/$count").text for name in ("accounts", "contacts", "opportunities")}
    assert qualify(api, lead).error == (400, "0x80040519", "The lead is already closed.")
    assert {name: api.get(f"{name}/$count").text for name in before} == before
    assert api.names(f"opportunities({opportunity['opportunityid']})/lead_qualifying_opportunity", "leadid") == [lead]
    row = api.get(f"leads({lead})?$expand=qualifyingopportunityid($select=name)").json()
    assert (row["statecode"], row["qualifyingopportunityid"]["name"]) == (1, "Forklifts")


@pytest.mark.parametrize(
    ("changes", "state", "reason"),
    [
        ({"statecode": 2}, 2, 4),
        *(({"statecode": 2, "statuscode": reason}, 2, reason) for reason in (4, 5, 6, 7)),
        ({"statecode": 1}, 1, 3),
        ({"statecode": 1, "statuscode": 3}, 1, 3),
        ({"statuscode": 2}, 0, 2),
    ],
)
def test_closed_and_reactivated(api: Api, lead: str, changes: dict[str, int], state: int, reason: int) -> None:
    def states() -> tuple[int, int]:
        row = api.get(f"leads({lead})?$select=statecode,statuscode").json()
        return row["statecode"], row["statuscode"]

    assert api.patch(f"leads({lead})", {"description": "D", **changes}).status == 204
    assert states() == (state, reason)
    if state:
        assert qualify(api, lead).error[1] == "0x80040519"
        wrong = {"statecode": 0, "statuscode": reason}
        assert api.patch(f"leads({lead})", wrong).error[1] == "0x80048408"
    assert api.patch(f"leads({lead})", {"subject": "Editable"}).status == 204
    assert api.patch(f"leads({lead})", {"statecode": 0}).status == 204
    assert states() == (0, 1)
    assert api.get(f"leads?$filter=leadid eq {lead} and _qualifyingopportunityid_value eq null").value != []
    assert len(qualify(api, lead).value) == 3


def test_reactivated_leads_make_new_rows(api: Api, lead: str) -> None:
    first = qualify(api, lead).value
    assert api.patch(f"leads({lead})", {"statecode": 0, "statuscode": 1}).status == 204
    row = api.get(f"leads({lead})").json()
    assert row["_qualifyingopportunityid_value"] == first[2]["opportunityid"]
    assert row["_parentaccountid_value"] == first[0]["accountid"]
    second = qualify(api, lead).value
    assert second[2]["opportunityid"] != first[2]["opportunityid"]
    assert len(api.get(f"leads({lead})/opportunity_originating_lead").value) == 2


def test_a_deleted_lead_leaves_what_was_made_of_it(api: Api, lead: str) -> None:
    rows = qualify(api, lead).value
    assert api.delete(f"leads({lead})").status == 204
    assert api.delete(f"leads({lead})").error[:2] == (404, "0x80040217")
    for row, (entity_set, key) in zip(
        rows, [("accounts", "accountid"), ("contacts", "contactid"), ("opportunities", "opportunityid")], strict=True
    ):
        assert api.get(f"{entity_set}({row[key]})").json()["_originatingleadid_value"] is None


def test_a_deleted_opportunity_leaves_its_lead(api: Api, lead: str) -> None:
    opportunity = qualify(api, lead).value[2]["opportunityid"]
    assert api.delete(f"opportunities({opportunity})").status == 204
    row = api.get(f"leads({lead})").json()
    assert (row["statecode"], row["_qualifyingopportunityid_value"]) == (1, None)


# ---- reported on -----------------------------------------------------------------------------------------------------

SOURCES = [(1, 0), (1, 0), (1, 1), (8, 0), (8, 2), (8, 2), (8, 1), (None, 0), (None, 1)]
GROUPED = "leads?$apply=groupby((leadsourcecode,statecode),aggregate($count as total))"


def report(api: Api, query: str) -> dict[tuple[Any, ...], Any]:
    """The totals of a grouped query; members that are left out are null."""
    return {
        (row.get("leadsourcecode"), row.get("statecode")): row.get("total") for row in api.get(query).json()["value"]
    }


def test_leads_by_source_and_state(api: Api) -> None:
    for source, state in SOURCES:
        lead = api.new("leads", lastname="L", leadsourcecode=source)
        if state == 1:
            assert qualify(api, lead).status == 200
        elif state == 2:
            assert api.patch(f"leads({lead})", {"statecode": 2}).status == 204
    assert report(api, GROUPED) == Counter(SOURCES)
    qualified = "leads?$apply=filter(statecode eq 1)/groupby((leadsourcecode),aggregate($count as total))"
    assert report(api, qualified) == {(1, None): 1, (8, None): 1, (None, None): 1}
    row = api.get(GROUPED, Prefer='odata.include-annotations="*"').value
    labels = {(one.get(f"leadsourcecode{FORMATTED}"), one.get(f"statecode{FORMATTED}")) for one in row}
    assert ("Advertisement", "Qualified") in labels
    assert ("Web", "Disqualified") in labels


def test_revenue_by_the_source_of_the_lead(api: Api) -> None:
    expected: Counter[int | None] = Counter()
    for number, (source, _) in enumerate(SOURCES):
        lead = api.new("leads", lastname="L", leadsourcecode=source)
        row = qualify(api, lead, CreateAccount=False).value[1]
        opportunity = f"opportunities({row['opportunityid']})"
        assert api.patch(opportunity, {"actualvalue": 100.0 * number}).status == 204
        expected[source] += 100 * number
    query = "groupby((originatingleadid/leadsourcecode),aggregate(actualvalue with sum as revenue))"
    rows = api.get(f"opportunities?$apply={query}").value
    revenues = Counter(row["revenue"] for row in rows)
    assert revenues == Counter(expected.values())
    assert api.get(f"opportunities?$apply=filter(statecode eq 1)/{query}").value == []


def test_reports_of_the_sample_organization_agree_with_its_rows() -> None:
    service = open_service(Settings(log_format="none", seeds=("sample",)))
    api = Api(service)
    leads = api.get("leads?$select=leadsourcecode,statecode,_qualifyingopportunityid_value").value
    assert report(api, GROUPED) == Counter((row["leadsourcecode"], row["statecode"]) for row in leads)
    won = api.get("opportunities?$filter=statecode eq 1&$expand=originatingleadid($select=leadsourcecode)").value
    expected: Counter[Any] = Counter()
    for row in won:
        expected[row["originatingleadid"] and row["originatingleadid"]["leadsourcecode"]] += row["actualvalue"] or 0
    query = "filter(statecode eq 1)/groupby((originatingleadid/leadsourcecode),aggregate(actualvalue with sum as sum))"
    sums = [row.get("sum") or 0 for row in api.get(f"opportunities?$apply={query}").value]
    assert sorted(sums) == pytest.approx(sorted(expected.values()))
    service.close()
