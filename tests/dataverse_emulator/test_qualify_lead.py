"""QualifyLead (contract 05 §1)."""

from __future__ import annotations

from typing import Any

import pytest

from dataverse_emulator.messages.base import Operation
from dataverse_emulator.messages.sales.lead_process import FLOW_STAGES
from dataverse_emulator.values import Reference

NOBODY = "99999999-9999-9999-9999-999999999999"
PROCESS = Reference("workflow", "919e14d1-6489-4852-abd0-a63a6ecaac5d")
QUALIFY, DEVELOP = (Reference("processstage", FLOW_STAGES[number][0]) for number in (0, 1))

LEAD = {
    "subject": "Forklifts",
    "companyname": "Contoso",
    "firstname": "Ana",
    "lastname": "Ruiz",
    "jobtitle": "Buyer",
    "websiteurl": "https://contoso.example.com",
    "telephone1": "1",
    "telephone2": "2",
    "telephone3": "3",
    "mobilephone": "4",
    "fax": "5",
    "pager": "6",
    "emailaddress1": "ana@contoso.example.com",
    "emailaddress2": "ana2@contoso.example.com",
    "address1_line1": "1 Main",
    "address1_city": "Oslo",
    "address1_postalcode": "0150",
    "address1_country": "Norway",
    "address1_county": "County",
    "address2_city": "Bergen",
    "description": "Warm",
    "donotemail": True,
    "sic": "11",
    "industrycode": 1,
    "numberofemployees": 7,
    "revenue": 500.0,
    "salutation": "Ms",
    "middlename": "M",
    "qualificationcomments": "Good",
    "budgetamount": 20.0,
    "estimatedamount": 30.0,
    "estimatedclosedate": "2024-12-31",
    "decisionmaker": True,
    "leadsourcecode": 8,
}


@pytest.fixture
def lead(bench: Any) -> Reference:
    return bench.create("lead", LEAD)  # type: ignore[no-any-return]  # the fixture has no type


def qualify(bench: Any, lead: Reference, *tables: str, **parameters: Any) -> list[Reference]:
    wanted = {f"Create{table.title()}": table in tables for table in ("account", "contact", "opportunity")}
    result = bench.operation("QualifyLead", lead, **{**wanted, "Status": 3, **parameters})
    assert result.members is None
    rows: list[Reference] = result.rows
    return rows


ALL = ("account", "contact", "opportunity")


# -- what is made ------------------------------------------------------------------------------------------------------


def test_all_three_rows_in_order(bench: Any, lead: Reference) -> None:
    assert [row.table for row in qualify(bench, lead, *ALL)] == list(ALL)


def test_nothing_but_the_state_may_be_asked_for(bench: Any, lead: Reference) -> None:
    assert qualify(bench, lead) == []
    row = bench.read(lead)
    assert (row["statecode"], row["statuscode"]) == (1, 3)
    assert (row["qualifyingopportunityid"], row["parentaccountid"], row["parentcontactid"]) == (None, None, None)


def test_documented_and_extended_maps(bench: Any, lead: Reference) -> None:
    account, contact, opportunity = (bench.read(row) for row in qualify(bench, lead, *ALL))
    expected: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
        "account": (
            account,
            {
                "name": "Contoso",
                "websiteurl": "https://contoso.example.com",
                "telephone1": "1",
                "address1_telephone1": "1",
                "telephone2": "2",
                "telephone3": None,
                "fax": "5",
                "emailaddress1": "ana@contoso.example.com",
                "emailaddress2": None,
                "address1_line1": "1 Main",
                "address1_city": "Oslo",
                "address1_county": None,
                "address2_city": None,
                "description": "Warm",
                "donotemail": True,
                "sic": "11",
                "industrycode": 1,
                "numberofemployees": 7,
                "revenue": 500.0,
                "statecode": 0,
                "statuscode": 1,
            },
        ),
        "contact": (
            contact,
            {
                "firstname": "Ana",
                "middlename": "M",
                "lastname": "Ruiz",
                "fullname": "Ana Ruiz",
                "salutation": "Ms",
                "jobtitle": "Buyer",
                "telephone1": "1",
                "managerphone": "1",
                "telephone3": "3",
                "mobilephone": "4",
                "pager": "6",
                "emailaddress2": "ana2@contoso.example.com",
                "websiteurl": "https://contoso.example.com",
                "address1_country": "Norway",
                "leadsourcecode": 1,
                "transactioncurrencyid": None,
                "exchangerate": None,
            },
        ),
        "opportunity": (
            opportunity,
            {
                "name": "Forklifts",
                "description": "Warm",
                "qualificationcomments": "Good",
                "budgetamount": 20.0,
                "estimatedvalue": 30.0,
                "estimatedclosedate": "2024-12-31",
                "decisionmaker": True,
                "statecode": 0,
                "statuscode": 1,
                "opportunityratingcode": 2,
                "prioritycode": 1,
                "salesstagecode": 1,
                "pricingerrorcode": 0,
                "isrevenuesystemcalculated": False,
                "totalamount": 0.0,
                "totalamount_base": 0.0,
                "actualvalue": None,
                "pricelevelid": None,
                "accountid": None,
                "contactid": None,
            },
        ),
    }
    for row, values in expected.values():
        assert {name: row[name] for name in values} == values
        assert row["originatingleadid"] == lead
        assert row["ownerid"] == row["createdby"] == bench.user
    assert account["transactioncurrencyid"] == bench.base_currency
    assert contact["address3_addressid"] is not None


def test_a_lead_without_values_makes_empty_rows(bench: Any) -> None:
    lead = bench.create("lead")
    account, contact, opportunity = (bench.read(row) for row in qualify(bench, lead, *ALL))
    assert (account["name"], contact["fullname"], opportunity["name"]) == (None, None, None)
    assert opportunity["estimatedvalue"] is None
    assert account["transactioncurrencyid"] is None


def test_a_custom_map_is_honoured(bench: Any, lead: Reference) -> None:
    entity_map = bench.create("entitymap", {"sourceentityname": "lead", "targetentityname": "account"})
    for source, target in (("address2_city", "address2_city"), ("jobtitle", "description")):
        bench.create(
            "attributemap",
            {"entitymapid": entity_map, "sourceattributename": source, "targetattributename": target},
        )
    (account,) = qualify(bench, lead, "account")
    row = bench.read(account)
    assert (row["address2_city"], row["description"]) == ("Bergen", "Buyer")


# -- links (05 §1.5) ---------------------------------------------------------------------------------------------------


def test_account_and_contact_point_to_each_other(bench: Any, lead: Reference) -> None:
    account, contact, opportunity = qualify(bench, lead, *ALL)
    assert bench.read(contact)["parentcustomerid"] == account
    assert bench.read(account)["primarycontactid"] == contact
    row = bench.read(opportunity)
    assert (row["customerid"], row["parentaccountid"], row["parentcontactid"]) == (account, account, contact)


def test_a_contact_joins_the_leads_account(bench: Any, lead: Reference) -> None:
    account = bench.create("account", {"name": "Known"})
    bench.update(lead, {"parentaccountid": account})
    contact, opportunity = qualify(bench, lead, "contact", "opportunity")
    assert bench.read(contact)["parentcustomerid"] == account
    assert bench.read(account)["primarycontactid"] is None
    assert bench.read(opportunity)["customerid"] == account
    assert bench.read(lead)["parentaccountid"] == account


def test_an_account_does_not_take_the_leads_contact(bench: Any, lead: Reference) -> None:
    contact = bench.create("contact", {"lastname": "Known"})
    bench.update(lead, {"parentcontactid": contact})
    account, opportunity = qualify(bench, lead, "account", "opportunity")
    assert bench.read(account)["primarycontactid"] is None
    assert bench.read(opportunity)["parentcontactid"] == contact


def test_the_customer_is_the_contact_without_an_account(bench: Any, lead: Reference) -> None:
    contact, opportunity = qualify(bench, lead, "contact", "opportunity")
    assert bench.read(opportunity)["customerid"] == contact


def test_an_opportunity_without_any_customer(bench: Any, lead: Reference) -> None:
    (opportunity,) = qualify(bench, lead, "opportunity")
    assert bench.read(opportunity)["customerid"] is None


@pytest.mark.parametrize(("table", "parent"), [("account", "parentaccountid"), ("contact", "parentcontactid")])
def test_a_given_customer(bench: Any, lead: Reference, table: str, parent: str) -> None:
    customer = bench.create(table, {"lastname": "C"} if table == "contact" else {"name": "C"})
    (opportunity,) = qualify(bench, lead, "opportunity", OpportunityCustomerId=customer)
    row = bench.read(opportunity)
    assert (row["customerid"], row[parent]) == (customer, customer)


def test_a_given_customer_wins_over_the_new_account(bench: Any, lead: Reference) -> None:
    customer = bench.create("account", {"name": "C"})
    account, opportunity = qualify(bench, lead, "account", "opportunity", OpportunityCustomerId=customer)
    row = bench.read(opportunity)
    assert (row["customerid"], row["parentaccountid"]) == (customer, account)


def test_parameters_may_be_records_that_hold_their_key(bench: Any, lead: Reference) -> None:
    customer = bench.create("account", {"name": "C"})
    record = bench.record("account", {"accountid": customer.id})
    (opportunity,) = qualify(bench, lead, "opportunity", OpportunityCustomerId=record)
    assert bench.read(opportunity)["customerid"] == customer


def test_currency_of_the_opportunity(bench: Any, lead: Reference) -> None:
    given, own = bench.other_currency(2.0), bench.other_currency(4.0, isocurrencycode="TSL")
    (first,) = qualify(bench, lead, "opportunity", OpportunityCurrencyId=given)
    row = bench.read(first)
    assert (row["transactioncurrencyid"], row["exchangerate"], row["estimatedvalue_base"]) == (given, 2.0, 15.0)
    second_lead = bench.create("lead", {**LEAD, "transactioncurrencyid": own})
    (second,) = qualify(bench, second_lead, "opportunity")
    assert bench.read(second)["transactioncurrencyid"] == own
    (third,) = qualify(bench, bench.create("lead"), "opportunity")
    assert bench.read(third)["transactioncurrencyid"] == bench.base_currency


def test_campaign_of_the_opportunity(bench: Any, lead: Reference) -> None:
    of_lead, given = bench.create("campaign", {"name": "A"}), bench.create("campaign", {"name": "B"})
    bench.update(lead, {"campaignid": of_lead})
    (first,) = qualify(bench, lead, "opportunity")
    assert bench.read(first)["campaignid"] == of_lead
    (second,) = qualify(bench, bench.create("lead", {"campaignid": of_lead}), "opportunity", SourceCampaignId=given)
    assert bench.read(second)["campaignid"] == given


def test_document_locations_are_copied(bench: Any, lead: Reference) -> None:
    bench.create(
        "sharepointdocumentlocation",
        {"name": "Documents", "relativeurl": "ana", "servicetype": 0, "regardingobjectid": lead},
    )
    account, opportunity = qualify(bench, lead, "account", "opportunity")
    for row in (lead, account, opportunity):
        (location,) = bench.rows("sharepointdocumentlocation", regardingobjectid=row)
        assert location["relativeurl"] == "ana"


# -- the lead afterwards (05 §1.6, §1.11) ------------------------------------------------------------------------------


def test_the_lead_afterwards(bench: Any, lead: Reference) -> None:
    note = bench.create("annotation", {"subject": "N", "objectid": lead})
    task = bench.create("task", {"subject": "T", "regardingobjectid": lead})
    before = bench.read(lead)
    account, contact, opportunity = qualify(bench, lead, *ALL)
    row = bench.read(lead)
    changed = {
        "statecode": 1,
        "statuscode": 3,
        "qualifyingopportunityid": opportunity,
        "parentaccountid": account,
        "parentcontactid": contact,
        "customerid": account,
    }
    assert {name: row[name] for name in changed} == changed
    assert (row["accountid"], row["contactid"]) == (None, None)
    assert row["versionnumber"] > before["versionnumber"]
    stamps = {"modifiedon", "modifiedby", "versionnumber"}
    assert {n for n in row if row[n] != before[n]} <= changed.keys() | stamps
    assert bench.read(note)["objectid"] == lead
    assert bench.read(task)["regardingobjectid"] == lead


def test_a_reactivated_lead_is_qualified_again(bench: Any, lead: Reference) -> None:
    first = qualify(bench, lead, *ALL)
    bench.update(lead, {"statecode": 0, "statuscode": 1})
    assert bench.read(lead)["qualifyingopportunityid"] == first[2]
    second = qualify(bench, lead, *ALL)
    assert not set(first) & set(second)
    assert len(bench.rows("opportunity")) == 2


def test_patching_the_state_makes_nothing(bench: Any, lead: Reference) -> None:
    bench.update(lead, {"statecode": 1, "statuscode": 3})
    assert not bench.rows("account")


def test_the_default_status(bench: Any, lead: Reference) -> None:
    qualify(bench, lead, Status=-1)
    assert bench.read(lead)["statuscode"] == 3


# -- business process flow (05 §1.7) -----------------------------------------------------------------------------------


def flow(bench: Any, lead: Reference, stage: Reference = QUALIFY) -> Reference:
    return bench.create(  # type: ignore[no-any-return]  # the fixture has no type
        "leadtoopportunitysalesprocess",
        {"leadid": lead, "processid": PROCESS, "activestageid": stage, "traversedpath": stage.id},
    )


def test_the_flow_moves_on_to_the_opportunity(bench: Any, lead: Reference) -> None:
    instance = flow(bench, lead)
    opportunity = qualify(bench, lead, *ALL)[2]
    row = bench.read(instance)
    assert (row["activestageid"], row["opportunityid"]) == (DEVELOP, opportunity)
    assert row["traversedpath"] == f"{QUALIFY.id},{DEVELOP.id}"


def test_the_flow_stays_without_an_opportunity(bench: Any, lead: Reference) -> None:
    instance = flow(bench, lead)
    qualify(bench, lead, "contact")
    row = bench.read(instance)
    assert (row["activestageid"], row["opportunityid"]) == (QUALIFY, None)


def test_the_named_instance_moves_on(bench: Any, lead: Reference) -> None:
    named, other = flow(bench, lead), flow(bench, lead)
    qualify(bench, lead, "opportunity", ProcessInstanceId=named)
    assert bench.read(named)["activestageid"] == DEVELOP
    assert bench.read(other)["activestageid"] == QUALIFY


def test_a_flow_that_has_left_the_lead(bench: Any, refused: Any, lead: Reference) -> None:
    flow(bench, lead)
    qualify(bench, lead, *ALL)
    bench.update(lead, {"statecode": 0})
    with refused("StageNotOnLead", "0x80100002", 400):
        qualify(bench, lead, *ALL)
    assert len(bench.rows("opportunity")) == 1


# -- errors (05 §1.10) -------------------------------------------------------------------------------------------------


def test_a_lead_that_is_not_there(bench: Any, refused: Any) -> None:
    with refused("EntityDoesNotExist", "0x80040217", 404):
        qualify(bench, Reference("lead", NOBODY), *ALL)
    with pytest.raises(Exception, match=f"Entity 'lead' With Id = {NOBODY} Does Not Exist"):
        qualify(bench, Reference("lead", NOBODY), *ALL)


@pytest.mark.parametrize(("state", "status"), [(1, 3), (2, 4)])
def test_a_closed_lead(bench: Any, refused: Any, lead: Reference, state: int, status: int) -> None:
    bench.update(lead, {"statecode": state, "statuscode": status})
    with refused("LeadClosed", "0x80040519", 400):
        qualify(bench, lead, *ALL)


@pytest.mark.parametrize("missing", ["Status", "CreateAccount", "CreateContact", "CreateOpportunity"])
def test_a_missing_parameter(bench: Any, refused: Any, lead: Reference, missing: str) -> None:
    with refused("InvalidArgument", "0x80040203", 400):
        qualify(bench, lead, *ALL, **{missing: None})
    with pytest.raises(Exception, match=f"Required field '{missing}' is missing"):
        qualify(bench, lead, *ALL, **{missing: None})


@pytest.mark.parametrize("status", [1, 2, 4, 5, 6, 7])
def test_a_status_of_another_state(bench: Any, lead: Reference, status: int) -> None:
    text = f"{status} is not a valid status code for state code LeadState.Qualified on lead with Id {lead.id}"
    with pytest.raises(Exception, match=text):
        qualify(bench, lead, *ALL, Status=status)
    assert bench.read(lead)["statecode"] == 0


def test_an_unknown_status(bench: Any, refused: Any, lead: Reference) -> None:
    with pytest.raises(Exception, match=f"999999 is not a valid status code on lead with Id {lead.id}"):
        qualify(bench, lead, Status=999999)
    with refused("StatusUnknown", "0x80048408", 400):
        qualify(bench, lead, Status=999999)


@pytest.mark.parametrize(
    ("parameter", "table"),
    [
        ("OpportunityCurrencyId", "transactioncurrency"),
        ("OpportunityCustomerId", "account"),
        ("OpportunityCustomerId", "contact"),
        ("SourceCampaignId", "campaign"),
        ("ProcessInstanceId", "leadtoopportunitysalesprocess"),
    ],
)
def test_a_parameter_that_names_a_missing_row(
    bench: Any, refused: Any, lead: Reference, parameter: str, table: str
) -> None:
    with refused("EntityDoesNotExist", "0x80040217", 404):
        qualify(bench, lead, *ALL, **{parameter: Reference(table, NOBODY)})
    assert not bench.rows("account")


def test_a_customer_of_a_wrong_table(bench: Any, refused: Any, lead: Reference) -> None:
    with refused("OpportunityParentType", "0x80040504", 400):
        qualify(bench, lead, "opportunity", OpportunityCustomerId=bench.user)


def test_an_inactive_customer(bench: Any, refused: Any, lead: Reference) -> None:
    account = bench.create("account", {"name": "A"})
    bench.update(account, {"statecode": 1})
    with refused("CustomerInactive", "0x80040517", 400):
        qualify(bench, lead, "opportunity", OpportunityCustomerId=account)


def test_opportunity_parameters_are_ignored_without_an_opportunity(bench: Any, lead: Reference) -> None:
    qualify(bench, lead, "account", OpportunityCustomerId=bench.user, SourceCampaignId=Reference("campaign", NOBODY))


def test_a_stale_version(bench: Any, refused: Any, lead: Reference) -> None:
    parameters = {"CreateAccount": True, "CreateContact": True, "CreateOpportunity": True, "Status": 3}
    version = bench.read(lead)["versionnumber"]
    bench.update(lead, {"description": "changed"})
    with refused("VersionMismatch", "0x80060882", 412):
        bench.run(Operation("QualifyLead", lead, parameters=parameters, version=version))


@pytest.fixture
def duplicate(bench: Any) -> None:
    rule = bench.create("duplicaterule", {"name": "Name", "baseentityname": "account", "matchingentityname": "account"})
    condition = {"baseattributename": "name", "matchingattributename": "name", "operatorcode": 0}
    bench.create("duplicaterulecondition", {"regardingobjectid": rule, **condition})
    bench.write(rule, statecode=1, statuscode=2)
    bench.create("account", {"name": "contoso"})


@pytest.mark.usefixtures("duplicate")
def test_duplicates_are_looked_for_when_asked(bench: Any, refused: Any, lead: Reference) -> None:
    with refused("DuplicatesFound", "0x80040333", 412):
        qualify(bench, lead, *ALL, SuppressDuplicateDetection=False)
    assert bench.read(lead)["statecode"] == 0
    assert not bench.rows("contact")
    parameters = {"CreateAccount": True, "CreateContact": True, "CreateOpportunity": True, "Status": 3}
    with refused("DuplicatesFound", "0x80040333", 412):
        bench.run(Operation("QualifyLead", lead, parameters=parameters, suppress_duplicates=False))
    assert len(qualify(bench, lead, *ALL)) == 3


def test_a_late_fault_leaves_nothing_behind(bench: Any, lead: Reference) -> None:
    bench.write(lead, subject="x" * 400)
    with pytest.raises(Exception, match="exceeded the maximum allowed length"):
        qualify(bench, lead, *ALL)
    assert not bench.rows("account")
    assert not bench.rows("contact")
    assert bench.read(lead)["statecode"] == 0
