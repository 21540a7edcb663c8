"""What may not be done to rows that others stand on, and what happens to a lead's company (contract 06 §5, §8, §13)."""

from __future__ import annotations

import pytest

from .conftest import Api

ASSIGNED = {"tasks": "task", "phonecalls": "phonecall", "emails": "email", "appointments": "appointment"}


def test_a_base_currency_keeps_its_rate_and_state(api: Api) -> None:
    (organization,) = api.get("organizations?$select=_basecurrencyid_value").value
    base = f"transactioncurrencies({organization['_basecurrencyid_value']})"
    assert api.patch(base, {"exchangerate": 3.0}).error[:2] == (400, "0x80048CF5")
    assert api.patch(base, {"statecode": 1}).error[:2] == (400, "0x80048CF4")
    assert api.delete(base).error[:2] == (400, "0x80048CFF")
    assert api.patch(base, {"exchangerate": 1.0, "currencyname": "Money"}).status == 204


def test_a_queue_with_items_stays(api: Api) -> None:
    queue, task = api.new("queues", name="Q"), api.new("tasks", subject="T")
    bindings = {"queueid@odata.bind": f"queues({queue})", "objectid_task@odata.bind": f"tasks({task})"}
    item = api.new("queueitems", **bindings)
    assert api.delete(f"queues({queue})").error[:2] == (400, "0x80631117")
    assert api.delete(f"queueitems({item})").status == 204
    assert api.delete(f"queues({queue})").status == 204


def test_a_team_that_owns_rows_stays(api: Api) -> None:
    unit = api.get("WhoAmI").json()["BusinessUnitId"]
    team = api.new("teams", name="T", teamtype=0, **{"businessunitid@odata.bind": f"businessunits({unit})"})
    lead = api.new("leads", lastname="L", **{"ownerid@odata.bind": f"teams({team})"})
    assert api.delete(f"teams({team})").error[:2] == (400, "0x8004830E")
    assert api.delete(f"leads({lead})").status == 204
    assert api.delete(f"teams({team})").status == 204


@pytest.mark.parametrize(
    ("entity_set", "name", "bind", "code"),
    [
        ("accounts", "name", "parentaccountid", "0x80040507"),
        ("contacts", "lastname", "parentcustomerid_contact", "0x8004050A"),
    ],
)
def test_no_row_stands_above_itself(api: Api, entity_set: str, name: str, bind: str, code: str) -> None:
    ids = [api.new(entity_set, **{name: "A"})]
    top = f"{entity_set}({ids[0]})"
    for _ in range(3):
        ids.append(api.new(entity_set, **{name: "B", f"{bind}@odata.bind": f"{entity_set}({ids[-1]})"}))
    for below in ids:
        answer = api.patch(top, {f"{bind}@odata.bind": f"{entity_set}({below})"})
        assert answer.error[:2] == (400, code)
    assert api.put(f"{top}/{bind}/$ref", {"@odata.id": f"{entity_set}({ids[-1]})"}).error[1] == code
    assert api.patch(f"{entity_set}({ids[-1]})", {f"{bind}@odata.bind": top}).status == 204


def test_the_text_of_a_loop(api: Api) -> None:
    account = api.new("accounts", name="A")
    answer = api.patch(f"accounts({account})", {"parentaccountid@odata.bind": f"accounts({account})"})
    assert answer.error[2] == "Creating this parental association would create a loop in Accounts hierarchy."


@pytest.mark.parametrize(("table", "parent", "name"), [
    ("account", "parentaccountid", "name"),
    ("contact", "parentcontactid", "lastname"),
])  # fmt: skip
def test_a_lead_outlives_its_parents_but_not_its_customer(api: Api, table: str, parent: str, name: str) -> None:
    first, second = (api.new(f"{table}s", **{name: "A"}) for _ in range(2))
    child = api.new("leads", lastname="L", **{f"{parent}@odata.bind": f"{table}s({first})"})
    customer = api.new("leads", lastname="L", **{f"customerid_{table}@odata.bind": f"{table}s({first})"})
    both = api.new(
        "leads",
        lastname="L",
        **{f"{parent}@odata.bind": f"{table}s({second})", f"customerid_{table}@odata.bind": f"{table}s({first})"},
    )
    assert api.delete(f"{table}s({first})").status == 204
    row = api.get(f"leads({child})").json()
    assert (row[f"_{parent}_value"], row["_customerid_value"]) == (None, None)
    assert [api.get(f"leads({lead})").status for lead in (customer, both)] == [404, 404]


def test_the_other_parent_becomes_the_customer(api: Api) -> None:
    account, contact = api.new("accounts", name="A"), api.new("contacts", lastname="C")
    parents = {
        "parentaccountid@odata.bind": f"accounts({account})",
        "parentcontactid@odata.bind": f"contacts({contact})",
    }
    lead = api.new("leads", lastname="L", **parents)
    assert api.delete(f"accounts({account})").status == 204
    row = api.get(f"leads({lead})").json()
    assert (row["_parentaccountid_value"], row["_customerid_value"]) == (None, contact)


def test_a_qualified_lead_outlives_what_was_made_of_it(api: Api) -> None:
    lead = api.new("leads", lastname="L", companyname="A", subject="S")
    body = {"CreateAccount": True, "CreateContact": True, "CreateOpportunity": True, "Status": 3}
    account, contact, opportunity = api.post(f"leads({lead})/Microsoft.Dynamics.CRM.QualifyLead", body).value
    assert api.delete(f"accounts({account['accountid']})").status == 204
    row = api.get(f"leads({lead})").json()
    assert (row["statecode"], row["_parentaccountid_value"], row["_qualifyingopportunityid_value"]) == (1, None, None)
    # both hung on the account: parentcustomerid and customerid cascade
    assert api.get(f"contacts({contact['contactid']})").status == 404
    assert api.get(f"opportunities({opportunity['opportunityid']})").status == 404


@pytest.mark.parametrize("entity_set", ASSIGNED)
def test_activities_of_a_lead_go_to_its_new_owner(api: Api, entity_set: str) -> None:
    unit = api.get("WhoAmI").json()["BusinessUnitId"]
    team = api.new("teams", name="T", teamtype=0, **{"businessunitid@odata.bind": f"businessunits({unit})"})
    lead = api.new("leads", lastname="L")
    bind = f"regardingobjectid_lead_{ASSIGNED[entity_set]}@odata.bind"
    activity = api.new(entity_set, subject="A", **{bind: f"leads({lead})"})
    note = api.new("annotations", subject="N", **{"objectid_lead@odata.bind": f"leads({lead})"})
    assert api.patch(f"leads({lead})", {"ownerid@odata.bind": f"teams({team})"}).status == 204
    for name in (entity_set, "activitypointers"):
        assert api.get(f"{name}({activity})").json()["_owningteam_value"] == team
    parties = api.get(f"activityparties?$filter=_activityid_value eq {activity}").value
    assert {row["participationtypemask"]: row["_partyid_value"] for row in parties} == {8: lead, 9: team}
    assert api.get(f"annotations({note})").json()["_owningteam_value"] is None


# ---- numbers ---------------------------------------------------------------------------------------------------------


def test_numbers_go_on_with_the_seed(api: Api) -> None:
    account = api.new("accounts", name="A")
    column = {"EntityName": "incident", "AttributeName": "ticketnumber"}
    assert api.post("SetAutoNumberSeed", {**column, "Value": 5000}).status == 204
    for number in (5000, 5001):
        arguments = "EntityName='incident',AttributeName='ticketnumber'"
        assert api.get(f"GetNextAutoNumberValue({arguments})").json()["NextAutoNumberValue"] == number
        case = api.new("incidents", title="C", **{"customerid_account@odata.bind": f"accounts({account})"})
        assert api.get(f"incidents({case})").json()["ticketnumber"].startswith(f"CAS-0{number}-")
    assert api.get(f"GetAutoNumberSeed({arguments})").json()["AutoNumberSeedValue"] == 5002


@pytest.mark.parametrize(
    ("table", "column", "code"),
    [("foo", "x", "0x80041102"), ("lead", "x", "0x80041103"), ("lead", "subject", "0x80040203")],
)
def test_seeds_need_a_numbered_column(api: Api, table: str, column: str, code: str) -> None:
    body = {"EntityName": table, "AttributeName": column, "Value": 5}
    assert api.post("SetAutoNumberSeed", body).error[:2] == (400, code)


# ---- parties and attachments -----------------------------------------------------------------------------------------


def roles(api: Api, email: str) -> list[tuple[int, str]]:
    rows = api.get(f"emails({email})?$expand=email_activity_parties").json()["email_activity_parties"]
    return sorted((row["participationtypemask"], row["addressused"]) for row in rows if row["addressused"])


def party(role: int, address: str) -> dict[str, object]:
    return {"participationtypemask": role, "addressused": address}


def test_parties_are_replaced_by_role_with_patch_and_all_with_put(api: Api) -> None:
    email = api.new("emails", subject="E", email_activity_parties=[party(2, "a"), party(2, "b"), party(3, "c")])
    assert api.patch(f"emails({email})", {"email_activity_parties": [party(2, "d")]}).status == 204
    assert roles(api, email) == [(2, "d"), (3, "c")]
    assert api.put(f"emails({email})/email_activity_parties", {"value": [party(4, "e")]}).status == 204
    assert roles(api, email) == [(4, "e")]
    assert api.patch(f"emails({email})", {"email_activity_parties": []}).status == 204
    assert roles(api, email) == []


def test_parties_of_a_sent_email_stay(api: Api) -> None:
    email = api.new("emails", subject="E", email_activity_parties=[party(2, "a")])
    assert api.patch(f"emails({email})", {"statecode": 1, "statuscode": 3}).status == 204
    refused = [
        api.patch(f"emails({email})", {"email_activity_parties": [party(2, "d")]}),
        api.put(f"emails({email})/email_activity_parties", {"value": [party(2, "d")]}),
        api.patch(f"emails({email})", {"description": "D"}),
    ]
    assert [answer.error[:2] for answer in refused] == [(400, "0x80040230")] * 3
    assert roles(api, email) == [(2, "a")]


def test_an_activity_is_no_party(api: Api) -> None:
    task = api.new("tasks", subject="T")
    parties = [{"participationtypemask": 2, "partyid_task@odata.bind": f"tasks({task})"}]
    assert api.post("emails", {"subject": "E", "email_activity_parties": parties}).error[:2] == (400, "0x80048501")


@pytest.mark.parametrize("navigation", ["objectid_activitypointer", "objectid_email"])
def test_an_attachment_knows_its_email(api: Api, navigation: str) -> None:
    email = api.new("emails", subject="E")
    entity_set = "activitypointers" if navigation.endswith("pointer") else "emails"
    body = {"filename": "a.txt", "body": "aGVsbG8=", f"{navigation}@odata.bind": f"/{entity_set}({email})"}
    attachment = api.new("activitymimeattachments", **body)
    row = api.get(f"activitymimeattachments({attachment})").json()
    assert (row["objecttypecode"], row["_objectid_value"], row["filesize"]) == ("email", email, 5)
    assert len(api.get(f"emails({email})/email_activity_mime_attachment").value) == 1
    assert api.delete(f"emails({email})").status == 204
    assert api.get(f"activitymimeattachments({attachment})").status == 404


@pytest.mark.parametrize(
    ("header", "line", "bind", "closed"),
    [
        ("quotes", "quotedetails", "quoteid", {"statecode": 1}),
        ("salesorders", "salesorderdetails", "salesorderid", {"statecode": 2}),
        ("invoices", "invoicedetails", "invoiceid", {"statecode": 2}),
    ],
)
def test_a_line_of_a_closed_header_goes_only_with_it(
    api: Api, header: str, line: str, bind: str, closed: dict[str, int]
) -> None:
    account = api.new("accounts", name="Contoso")
    head = api.new(header, name="x", **{"customerid_account@odata.bind": f"accounts({account})"})
    values = {"isproductoverridden": True, "productdescription": "Lift", f"{bind}@odata.bind": f"{header}({head})"}
    first, second = api.new(line, **values), api.new(line, **values)
    assert api.delete(f"{line}({first})").status == 204
    assert api.patch(f"{header}({head})", closed).status == 204
    assert api.delete(f"{line}({second})").error == (400, "0x8004022E", "Cannot Update a Read-Only Entity")
    assert api.delete(f"{header}({head})").status == 204
    assert api.get(f"{line}({second})").status == 404


def test_the_team_of_a_business_unit_stays(api: Api) -> None:
    (team,) = api.get("teams?$filter=isdefault eq true&$select=teamid").value
    assert api.delete(f"teams({team['teamid']})").error[:2] == (400, "0x80048307")
    assert api.get(f"teams({team['teamid']})").status == 200


@pytest.mark.parametrize("role", range(1, 14))
def test_an_activity_without_list_of_roles_takes_every_role(api: Api, role: int) -> None:
    party = {"participationtypemask": role, "addressused": "a@example.com"}
    task = api.new("tasks", subject="T", task_activity_parties=[party])
    parties = api.get(f"tasks({task})/task_activity_parties?$filter=addressused eq 'a@example.com'").value
    assert [row["participationtypemask"] for row in parties] == [role]


@pytest.mark.parametrize("key", [None, "11111111-1111-1111-1111-111111111111"])
def test_an_address_row_stays_tied_to_its_row(api: Api, key: str | None) -> None:
    account = api.new("accounts", name="Contoso")
    address = api.get(f"accounts({account})").json()["address1_addressid"]
    assert api.patch(f"accounts({account})", {"address1_addressid": key}).status == 204
    assert api.patch(f"accounts({account})", {"address1_city": "Oslo"}).status == 204
    assert api.get(f"accounts({account})").json()["address1_addressid"] == address
    assert api.get(f"customeraddresses({address})").json()["city"] == "Oslo"
