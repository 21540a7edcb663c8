"""QualifyLead over HTTP (contract 05 §1). The rules behind it have tests of their own beside the message."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import MISSING, ROOT, Answer, Api

TYPE = "Microsoft.Dynamics.CRM."
ALL = {"CreateAccount": True, "CreateContact": True, "CreateOpportunity": True, "Status": 3}
ALONE = {"CreateAccount": False, "CreateContact": False}
FLAGS = ("donotemail", "donotbulkemail", "donotphone", "donotfax", "donotpostalmail", "donotsendmm")

# lead column, value, and where it goes: the documented and the extended maps (05 §1.4)
MAPS: list[tuple[str, Any, str, str, str]] = [
    ("subject", "Forklifts", "", "", "name"),
    ("companyname", "Contoso", "name", "", ""),
    ("yomicompanyname", "Kontoso", "yominame", "", ""),
    ("firstname", "Ana", "", "firstname", ""),
    ("middlename", "Maria", "", "middlename", ""),
    ("lastname", "Ruiz", "", "lastname", ""),
    ("yomifirstname", "An", "", "yomifirstname", ""),
    ("yomimiddlename", "Ma", "", "yomimiddlename", ""),
    ("yomilastname", "Ru", "", "yomilastname", ""),
    ("salutation", "Ms", "", "salutation", ""),
    ("jobtitle", "Buyer", "", "jobtitle", ""),
    ("websiteurl", "https://contoso.example.com", "websiteurl", "websiteurl", ""),
    ("telephone1", "+1 1", "telephone1 address1_telephone1", "telephone1 managerphone", ""),
    ("telephone2", "+1 2", "telephone2", "telephone2", ""),
    ("telephone3", "+1 3", "", "telephone3", ""),
    ("mobilephone", "+1 4", "", "mobilephone", ""),
    ("fax", "+1 5", "fax", "fax", ""),
    ("pager", "+1 6", "", "pager", ""),
    ("emailaddress1", "a@contoso.example.com", "emailaddress1", "emailaddress1", ""),
    ("emailaddress2", "b@contoso.example.com", "", "emailaddress2", ""),
    ("emailaddress3", "c@contoso.example.com", "", "emailaddress3", ""),
    ("address1_line1", "1 Main Street", "address1_line1", "address1_line1", ""),
    ("address1_line2", "Floor 2", "address1_line2", "address1_line2", ""),
    ("address1_line3", "Room 3", "address1_line3", "address1_line3", ""),
    ("address1_city", "Oslo", "address1_city", "address1_city", ""),
    ("address1_stateorprovince", "Oslo", "address1_stateorprovince", "address1_stateorprovince", ""),
    ("address1_postalcode", "0150", "address1_postalcode", "address1_postalcode", ""),
    ("address1_country", "Norway", "address1_country", "address1_country", ""),
    ("description", "Warm", "description", "description", "description"),
    *((flag, True, flag, flag, "") for flag in FLAGS),
    ("sic", "11", "sic", "", ""),
    ("industrycode", 1, "industrycode", "", ""),
    ("numberofemployees", 7, "numberofemployees", "", ""),
    ("revenue", 500.0, "revenue", "", ""),
    ("preferredcontactmethodcode", 2, "preferredcontactmethodcode", "preferredcontactmethodcode", ""),
    ("qualificationcomments", "Good", "", "", "qualificationcomments"),
    ("budgetamount", 20.0, "", "", "budgetamount"),
    ("budgetstatus", 1, "", "", "budgetstatus"),
    ("purchaseprocess", 1, "", "", "purchaseprocess"),
    ("purchasetimeframe", 1, "", "", "purchasetimeframe"),
    ("need", 1, "", "", "need"),
    ("decisionmaker", True, "", "", "decisionmaker"),
    ("confirminterest", True, "", "", "confirminterest"),
    ("evaluatefit", True, "", "", "evaluatefit"),
    ("initialcommunication", 1, "", "", "initialcommunication"),
    ("estimatedclosedate", "2030-01-31", "", "", "estimatedclosedate"),
    ("estimatedamount", 30.0, "", "", "estimatedvalue"),
]
LEAD = {source: value for source, value, *_ in MAPS}
UNMAPPED = {"address1_name": "Head office", "address1_county": "County", "address2_city": "Bergen", "leadsourcecode": 8}


def qualify(api: Api, lead: str, changes: dict[str, Any] | None = None, **headers: str) -> Answer:
    """Call the action; a parameter of None is left out."""
    body = {name: value for name, value in {**ALL, **(changes or {})}.items() if value is not None}
    return api.post(f"leads({lead})/{TYPE}QualifyLead", body, **headers)


@pytest.fixture
def lead(api: Api) -> str:
    """A lead with every column that is copied."""
    return api.new("leads", **LEAD, **UNMAPPED)


# ---- what is made ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("source", "value", "account", "contact", "opportunity"), MAPS, ids=[row[0] for row in MAPS])
def test_a_column_is_copied(api: Api, source: str, value: Any, account: str, contact: str, opportunity: str) -> None:
    lead = api.new("leads", **{source: value})
    for row, columns in zip(qualify(api, lead).value, (account, contact, opportunity), strict=True):
        assert {name: row[name] for name in columns.split()} == dict.fromkeys(columns.split(), value)


def test_all_columns_at_once(api: Api, lead: str) -> None:
    for number, row in enumerate(qualify(api, lead).value):
        expected = {name: map_[1] for map_ in MAPS for name in map_[2 + number].split()}
        assert {name: row[name] for name in expected} == expected
        kept = (set(UNMAPPED) - set(expected)) & set(row)
        assert all(row[name] != UNMAPPED[name] for name in kept)


def test_the_body_of_the_answer(api: Api, lead: str) -> None:
    answer = qualify(api, lead)
    assert answer.status == 200
    body = answer.json()
    assert body["@odata.context"] == f"{ROOT}$metadata#Collection({TYPE}crmbaseentity)"
    assert set(body) == {"@odata.context", "value"}
    keys = [("account", "accounts"), ("contact", "contacts"), ("opportunity", "opportunities")]
    assert [row["@odata.type"] for row in body["value"]] == [f"#{TYPE}{table}" for table, _ in keys]
    for row, (table, entity_set) in zip(body["value"], keys, strict=True):
        whole = api.get(f"{entity_set}({row[f'{table}id']})").json()
        assert {name for name in row if "@" not in name} == {name for name in whole if "@" not in name}
        assert all(whole[name] == value for name, value in row.items() if "@" not in name)
        assert row["_originatingleadid_value"] == lead
        assert row["_ownerid_value"] == row["_createdby_value"] == api.get("WhoAmI").json()["UserId"]


def test_columns_that_are_always_set(api: Api) -> None:
    account, contact, opportunity = qualify(api, api.new("leads", lastname="L")).value
    assert account["name"] is None
    assert contact["_transactioncurrencyid_value"] is contact["exchangerate"] is None
    ones = ("preferredcontactmethod", "haschildren", "education", "customertype", "customersize", "shippingmethod")
    assert all(contact[f"{name}code"] == 1 for name in (*ones, "territory", "leadsource"))
    assert all(contact[f"address2_{name}code"] == 1 for name in ("addresstype", "freightterms", "shippingmethod"))
    assert all(contact[f"address{number}_addressid"] for number in (1, 2, 3))
    assert contact["followemail"] is True
    off = ("creditonhold", "merged", "marketingonly", "isbackofficecustomer", "participatesinworkflow", *FLAGS)
    assert not any(contact[name] for name in off)
    expected = {
        "statecode": 0,
        "statuscode": 1,
        "opportunityratingcode": 2,
        "prioritycode": 1,
        "salesstagecode": 1,
        "pricingerrorcode": 0,
        "isrevenuesystemcalculated": False,
        "participatesinworkflow": False,
        "identifycompetitors": False,
        "developproposal": False,
        "exchangerate": 1,
    }
    assert {name: opportunity[name] for name in expected} == expected
    totals = ("amount", "lineitemamount", "amountlessfreight", "discountamount", "lineitemdiscountamount", "tax")
    assert all(opportunity[f"total{name}{base}"] == 0 for name in totals for base in ("", "_base"))
    for name in ("estimatedvalue", "actualvalue", "_pricelevelid_value", "name", "_accountid_value"):
        assert opportunity[name] is None


# ---- links (05 §1.5, §1.6) -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("parent", ["", "account", "contact"])
@pytest.mark.parametrize("wanted", ["", "A", "C", "O", "AC", "AO", "CO", "ACO"])
@pytest.mark.parametrize("given", ["", "account", "contact"])
def test_links(api: Api, parent: str, wanted: str, given: str) -> None:
    """Every combination of the lead's parent, the rows wanted, and a customer given."""
    known = {"account": api.new("accounts", name="Known"), "contact": api.new("contacts", lastname="Known")}
    bind = {f"parent{parent}id@odata.bind": f"{parent}s({known[parent]})"} if parent else {}
    lead = api.new("leads", **LEAD, **bind)
    body: dict[str, Any] = {f"Create{name}": name[0] in wanted for name in ("Account", "Contact", "Opportunity")}
    customer = api.new(f"{given}s", **{"name" if given == "account" else "lastname": "Given"}) if given else None
    if customer is not None:
        body["OpportunityCustomerId"] = {"@odata.type": TYPE + given, f"{given}id": customer}
    before = api.get(f"leads({lead})").json()
    answer = qualify(api, lead, body)
    assert answer.status == 200
    rows = {row["@odata.type"].removeprefix(f"#{TYPE}"): row for row in answer.value}
    assert [table[0].upper() for table in rows] == list(wanted)
    account, contact, opportunity = (rows.get(table) for table in ("account", "contact", "opportunity"))
    of_lead = {table: known[table] if parent == table else None for table in known}
    account_id = account["accountid"] if account else of_lead["account"]
    contact_id = contact["contactid"] if contact else of_lead["contact"]
    if account:
        assert account["_primarycontactid_value"] == (contact["contactid"] if contact else None)
    if contact:
        assert contact["_parentcustomerid_value"] == account_id
    assert api.get(f"accounts({known['account']})").json()["_primarycontactid_value"] is None
    if opportunity:
        assert opportunity["_parentaccountid_value"] == (account_id or (customer if given == "account" else None))
        assert opportunity["_parentcontactid_value"] == (contact_id or (customer if given == "contact" else None))
        assert opportunity["_customerid_value"] == (customer or account_id or contact_id)
    expected = {
        **before,
        "statecode": 1,
        "statuscode": 3,
        "_parentaccountid_value": account_id,
        "_parentcontactid_value": contact_id,
        "_customerid_value": account_id or contact_id,
        "_qualifyingopportunityid_value": opportunity["opportunityid"] if opportunity else None,
    }
    after = api.get(f"leads({lead})").json()
    changed = ("@odata.etag", "versionnumber", "modifiedon")
    assert {name for name in expected if after[name] != expected[name]} <= set(changed)
    assert after["versionnumber"] > before["versionnumber"]


# ---- parameters (05 §1.2) --------------------------------------------------------------------------------------------

ROWS = {
    "OpportunityCurrencyId": ("transactioncurrency", "transactioncurrencies", "_transactioncurrencyid_value"),
    "SourceCampaignId": ("campaign", "campaigns", "_campaignid_value"),
    "OpportunityCustomerId": ("account", "accounts", "_customerid_value"),
}
FORMS: dict[str, Any] = {
    "type and key": lambda table, _, id: {"@odata.type": TYPE + table, f"{table}id": id},
    "type with hash": lambda table, _, id: {"@odata.type": f"#{TYPE}{table}", f"{table}id": id},
    "key alone": lambda table, _, id: {f"{table}id": id},
    "upper case": lambda table, _, id: {"@odata.type": TYPE + table, f"{table}id": id.upper()},
    "relative id": lambda _, entity_set, id: {"@odata.id": f"{entity_set}({id})"},
    "id with slash": lambda _, entity_set, id: {"@odata.id": f"/{entity_set}({id})"},
    "absolute id": lambda _, entity_set, id: {"@odata.id": f"{ROOT}{entity_set}({id})"},
    "type and id": lambda table, entity_set, id: {"@odata.type": TYPE + table, "@odata.id": f"{entity_set}({id})"},
}


def given_row(api: Api, parameter: str) -> str:
    if parameter == "OpportunityCurrencyId":
        money = {"currencyname": "Crown", "isocurrencycode": "NOK", "currencysymbol": "kr", "currencyprecision": 2}
        return api.new("transactioncurrencies", exchangerate=10.0, **money)
    return api.new(ROWS[parameter][1], name="Given")


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("parameter", ROWS)
def test_forms_of_rows(api: Api, lead: str, parameter: str, form: str) -> None:
    table, entity_set, column = ROWS[parameter]
    id = given_row(api, parameter)
    answer = qualify(api, lead, {**ALONE, parameter: FORMS[form](table, entity_set, id)})
    if parameter == "OpportunityCustomerId" and form == "key alone":
        assert answer.error == (
            400,
            "0x80060888",
            "EdmEntityObject passed should have the key property value set.",
        )
        return
    (opportunity,) = answer.value
    assert opportunity[column] == id
    if parameter == "OpportunityCurrencyId":
        assert (opportunity["exchangerate"], opportunity["estimatedvalue_base"]) == (10.0, 3.0)


@pytest.mark.parametrize("parameter", ROWS)
def test_rows_that_are_not_given(api: Api, lead: str, parameter: str) -> None:
    body = {**ALL, **ALONE, parameter: None}
    assert api.post(f"leads({lead})/{TYPE}QualifyLead", body).status == 200


def typed(table: str, **members: str) -> dict[str, str]:
    return {"@odata.type": TYPE + table, **members}


def missing(table: str) -> str:
    return f"Entity '{table}' With Id = {MISSING} Does Not Exist"


NO_KEY = "EdmEntityObject passed should have the key property value set."
REFUSED: list[tuple[str, dict[str, Any], int, str, str]] = [
    ("currency missing", {"OpportunityCurrencyId": {"transactioncurrencyid": MISSING}}, 404, "0x80040217",
     missing("transactioncurrency")),
    ("campaign missing", {"SourceCampaignId": {"campaignid": MISSING}}, 404, "0x80040217", missing("campaign")),
    ("account missing", {"OpportunityCustomerId": typed("account", accountid=MISSING)}, 404, "0x80040217",
     missing("account")),
    ("contact missing", {"OpportunityCustomerId": typed("contact", contactid=MISSING)}, 404, "0x80040217",
     missing("contact")),
    ("process missing", {"ProcessInstanceId": typed("leadtoopportunitysalesprocess",
                                                    businessprocessflowinstanceid=MISSING)}, 404, "0x80040217",
     missing("leadtoopportunitysalesprocess")),
    ("customer is a user", {"OpportunityCustomerId": typed("systemuser", systemuserid=MISSING)}, 400, "0x80040504",
     "The parent of an opportunity must be an account or contact."),
    ("customer untyped", {"OpportunityCustomerId": {"accountid": MISSING}}, 400, "0x80060888", NO_KEY),
    ("customer without key", {"OpportunityCustomerId": typed("account")}, 400, "0x80060888", NO_KEY),
    ("process untyped", {"ProcessInstanceId": {"businessprocessflowinstanceid": MISSING}}, 400, "0x80060888", NO_KEY),
    ("currency without key", {"OpportunityCurrencyId": {}}, 400, "0x80060888", NO_KEY),
    ("bare guid", {"OpportunityCurrencyId": MISSING}, 400, "0x80048d19", "'StartObject' node was expected"),
    ("currency of another type", {"OpportunityCurrencyId": typed("account", accountid=MISSING)}, 400, "0x80048d19",
     "is not assignable to the expected type"),
    ("unknown parameter", {"SourceProcessCode": 1}, 400, "0x80060888",
     "The parameter 'SourceProcessCode' in the request payload is not a valid parameter for the operation "
     "'QualifyLead'."),
    ("status is a word", {"Status": "won"}, 400, "0x80048d19", "Edm.Int32"),
    ("flag is a word", {"CreateAccount": "yes"}, 400, "0x80048d19", "Edm.Boolean"),
    *((f"{name} missing", {name: None}, 400, "0x80040203", f"Required field '{name}' is missing") for name in ALL),
    *((f"status {status}", {"Status": status}, 400, "0x80048408",
       f"{status} is not a valid status code for state code LeadState.Qualified on lead with Id ")
      for status in (1, 2, 4, 5, 6, 7)),
    ("status unknown", {"Status": 999999}, 400, "0x80048408", "999999 is not a valid status code on lead with Id "),
]  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "status", "code", "text"), [row[1:] for row in REFUSED], ids=[r[0] for r in REFUSED]
)
def test_what_is_refused_changes_nothing(
    api: Api, lead: str, changes: dict[str, Any], status: int, code: str, text: str
) -> None:
    answer = qualify(api, lead, changes)
    assert answer.error[:2] == (status, code)
    assert text in answer.error[2]
    assert api.get(f"leads({lead})?$select=statecode").json()["statecode"] == 0
    assert api.get("opportunities?$filter=_originatingleadid_value eq " + lead).value == []


def test_a_null_flag_is_missing(api: Api, lead: str) -> None:
    answer = api.post(f"leads({lead})/{TYPE}QualifyLead", {**ALL, "CreateContact": None})
    assert answer.error == (400, "0x80040203", "Required field 'CreateContact' is missing")


def test_an_inactive_customer(api: Api, lead: str) -> None:
    account = api.new("accounts", name="A")
    api.patch(f"accounts({account})", {"statecode": 1})
    answer = qualify(api, lead, {"OpportunityCustomerId": typed("account", accountid=account)})
    assert answer.error == (400, "0x80040517", "An inactive customer cannot be set as the parent of an object.")


def test_without_an_opportunity_its_parameters_are_ignored(api: Api, lead: str) -> None:
    changes = {
        "CreateOpportunity": False,
        "OpportunityCustomerId": typed("account", accountid=MISSING),
        "SourceCampaignId": typed("campaign", campaignid=MISSING),
    }
    assert len(qualify(api, lead, changes).value) == 2


def test_the_default_status(api: Api, lead: str) -> None:
    assert qualify(api, lead, {"Status": -1}).status == 200
    assert api.get(f"leads({lead})").json()["statuscode"] == 3


# ---- route and headers (05 §1.1) -------------------------------------------------------------------------------------


def test_routes(api: Api, lead: str) -> None:
    name = f"{TYPE}QualifyLead"
    answer = api.post(f"leads({lead})/QualifyLead", ALL)
    assert answer.error == (400, "0x80060888", "Request message has unresolved parameters.")
    for path in ("QualifyLead", name, f"leads/{name}", f"contacts({MISSING})/{name}"):
        assert api.post(path, ALL).status == 404
    assert api.get(f"leads({lead})/{name}").status == 404
    assert api.post(f"leads({MISSING})/{name}", ALL).error == (404, "0x80040217", missing("lead"))
    assert api.post(f"leads({lead})/{name}").error[:2] == (400, "0x80040203")


def test_the_lead_must_be_of_the_version_that_the_client_knows(api: Api, lead: str) -> None:
    old = api.get(f"leads({lead})").json()["@odata.etag"]
    api.patch(f"leads({lead})", {"subject": "New"})
    assert qualify(api, lead, If_Match=old).error[:2] == (412, "0x80060882")
    assert qualify(api, lead, If_Match=api.get(f"leads({lead})").json()["@odata.etag"]).status == 200


def test_annotations_of_the_answer(api: Api, lead: str) -> None:
    opportunity = qualify(api, lead, Prefer='odata.include-annotations="*"').value[2]
    customer = "_customerid_value@"
    assert opportunity[f"{customer}OData.Community.Display.V1.FormattedValue"] == "Contoso"
    assert opportunity[f"{customer}{TYPE}lookuplogicalname"] == "account"
    assert opportunity[f"{customer}{TYPE}associatednavigationproperty"] == "customerid_account"


# ---- closed leads, duplicates, atomicity -----------------------------------------------------------------------------


@pytest.mark.parametrize("close", [{"statecode": 1}, {"statecode": 2, "statuscode": 5}])
@pytest.mark.parametrize("changes", [{}, {"Status": None}, {"Status": 4}], ids=["right", "no status", "wrong status"])
def test_a_closed_lead_is_refused_before_its_parameters(
    api: Api, lead: str, close: dict[str, Any], changes: dict[str, Any]
) -> None:
    assert api.patch(f"leads({lead})", close).status == 204
    assert qualify(api, lead, changes).error == (400, "0x80040519", "The lead is already closed.")


def test_duplicates(api: Api, lead: str) -> None:
    api.new("accounts", name="contoso")
    text = "A record was not created or updated because a duplicate of the current record already exists."
    asked = {"SuppressDuplicateDetection": False}
    headers = {"MSCRM.SuppressDuplicateDetection": "false"}
    path = f"leads({lead})/{TYPE}QualifyLead"
    assert api.send("POST", path, ALL, headers).error == (412, "0x80040333", text)
    assert qualify(api, lead, asked).error == (412, "0x80040333", text)
    assert api.get(f"leads({lead})").json()["statecode"] == 0
    assert api.send("POST", path, {**ALL, "SuppressDuplicateDetection": True}, headers).status == 200


@pytest.mark.parametrize("opportunity", [True, False])
def test_the_process_of_another_lead_is_refused(api: Api, opportunity: bool) -> None:
    flows, key = "leadtoopportunitysalesprocesses", "businessprocessflowinstanceid"
    flow = api.new(flows, **{"leadId@odata.bind": f"leads({api.new('leads', lastname='Other')})"})
    lead = api.new("leads", lastname="L")
    named = {"@odata.type": f"{TYPE}leadtoopportunitysalesprocess", key: flow}
    answer = qualify(api, lead, {"CreateOpportunity": opportunity, "ProcessInstanceId": named})
    assert answer.error[:2] == (400, "0x80040203")
    assert api.get(f"leads({lead})?$select=statecode").json()["statecode"] == 0
