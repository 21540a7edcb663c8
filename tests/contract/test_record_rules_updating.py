# ruff: noqa: E501 - tables read best with one step a line
"""Changing and deleting rows, rule by rule (the ids are the rows of contract 02 §3, §4, §9 and §19)."""

from __future__ import annotations

import pytest

from .conftest import MISSING, Api
from .stepping import ABSENT, A, B, C, Step, T, given, walk

TEAM = "70000000-0000-4000-8000-000000000009"
JOB = "b0000000-0000-4000-8000-000000000001"
NEW = "f0000000-0000-4000-8000-000000000001"
REPRESENT = {"Prefer": "return=representation"}
ODATA = "0x80060888"
PAYLOAD = "0x80048d19"
GONE = ("0x80040217", f"account With Id = {MISSING} Does Not Exist")
STALE = ("0x80060882", "The version of the existing record doesn't match the RowVersion property provided.")
EXISTS = ("0x80040237", "A record with matching key values already exists.")
NO_MATCH = ("0x80060891", "A record with the specified key values does not exist in account entity")
ANY = {"If-Match": "*"}
NONE = {"If-None-Match": "*"}
LAST = {"If-Match": "<etag>"}
OLD = {"If-Match": 'W/"1"'}
K1 = "accounts(accountnumber='K1')"
K9 = "accounts(accountnumber='K9')"
GIVEN = [
    *given(description="D", numberofemployees=5),
    Step(f"GET accounts({A})?$select=name", 200),
]


@pytest.mark.parametrize(
    "steps",
    [
        pytest.param([
            Step(f"PATCH accounts({A})", 204, {"name": "B"}, shows=b"", has={"odata-entityid": f"<root>accounts({A})", "location": f"<root>accounts({A})", "odata-version": "4.0"}),
            Step(f"GET accounts({A})", 200, shows={"name": "B", "description": "D", "numberofemployees": 5, "_primarycontactid_value": C, "accountnumber": "K1"}),
        ], id="02 §3 r1"),
        pytest.param([
            Step(f"PATCH accounts({A})", 204, {}),
            Step(f"GET accounts({A})?$select=name,description", 200, shows={"name": "A", "description": "D"}),
        ], id="02 §3 r1 nothing in the body"),
        pytest.param([
            Step(f"PATCH accounts({NEW})", 204, {"name": "N"}, has={"odata-entityid": f"<root>accounts({NEW})"}),
            Step(f"GET accounts({NEW})?$select=name,statecode,_ownerid_value", 200, shows={"name": "N", "statecode": 0, "_ownerid_value": "<user>"}),
        ], id="02 §3 r2"),
        pytest.param([
            Step(f"PATCH accounts({NEW})", 204, {"name": "N"}),
            Step(f"PATCH accounts({MISSING})", 404, {"name": "N"}, ANY, error=GONE),
        ], id="02 §19 p1"),
        pytest.param([
            Step(f"PATCH accounts({A})?$select=name&$expand=primarycontactid($select=lastname)", 200, {"name": "B"}, REPRESENT, shows={"name": "B", "accountid": A, "primarycontactid": ABSENT, "description": ABSENT, "@odata.context": "<root>$metadata#accounts(name)/$entity"}, has={"preference-applied": "return=representation", "content-type": "application/json; odata.metadata=minimal"}),
            Step(f"PATCH accounts({A})", 200, {"name": "E"}, REPRESENT, shows={"name": "E", "description": "D", "@odata.context": "<root>$metadata#accounts/$entity"}),
        ], id="02 §3 r3"),
        pytest.param([
            Step(f"PATCH accounts({A})?$select=name&$expand=primarycontactid($select=lastname)", 200, {"name": "B"}, REPRESENT, shows={"primarycontactid": ABSENT}),
            Step("POST accounts?$select=name", 201, {"name": "B"}, REPRESENT, has={"odata-entityid": ABSENT}),
        ], id="02 §19 p3"),
        pytest.param([
            Step(f"PATCH accounts({A})", 204, {"name": "A"}),
            Step(f"PATCH accounts({A})", 412, {"name": "A"}, LAST, error=STALE),
            Step("GET accounts?$select=name&$filter=modifiedon ge createdon and _modifiedby_value eq <user>", 200, shows={"value": [{"name": "A"}]}),
        ], id="02 §3 r4"),
        pytest.param([
            Step(f"PATCH accounts({A})", 204, {"description": None, "numberofemployees": None}),
            Step(f"GET accounts({A})?$select=description,numberofemployees,name", 200, shows={"description": None, "numberofemployees": None, "name": "A"}),
            Step(f"PATCH accounts({A})", 204, {"name": None}),
            Step("POST uomschedules", 204, {"name": "U"}),
            Step("PATCH uomschedules(<id>)", 400, {"name": None}, error=("0x8004203E", "One of the attributes passed cannot be NULL")),
            Step(f"PATCH accounts({A})", 400, {"ownerid@odata.bind": None}, error=("0x8004203E", "One of the attributes passed cannot be NULL")),
            Step(f"PATCH accounts({A})", 400, {"statecode": None}, error=("0x8004203E", "One of the attributes passed cannot be NULL")),
        ], id="02 §3 r5"),
        pytest.param([
            Step("POST accounts", 204, {"accountid": B, "name": "B"}),
            Step(f"PATCH accounts({A})", 204, {"parentaccountid@odata.bind": f"accounts({B})", "primarycontactid@odata.bind": None}),
            Step(f"GET accounts({A})", 200, shows={"_parentaccountid_value": B, "_primarycontactid_value": None}),
            Step(f"PATCH accounts({A})", 204, {"parentaccountid": None, "primarycontactid@odata.bind": f"<root>contacts({C})"}),
            Step(f"GET accounts({A})", 200, shows={"_parentaccountid_value": None, "_primarycontactid_value": C}),
        ], id="02 §3 r6"),
        pytest.param([
            Step("POST tasks", 204, {"activityid": T, "subject": "T"}),
            Step(f"PATCH accounts({A})", 400, {"name": "B", "Account_Tasks@odata.bind": [f"tasks({T})"]}, error=(PAYLOAD, None)),
            Step(f"PATCH accounts({A})", 400, {"name": "B", "Account_Tasks@odata.bind": []}, error=(PAYLOAD, None)),
            Step(f"GET accounts({A})/name", 200, shows={"value": "A"}),
        ], id="02 §3 r7"),
        pytest.param([
            Step(f"PATCH accounts({A})", 204, {"accountid": A, "name": "B"}),
            Step(f"PATCH accounts({A})", 204, {"accountid": NEW, "name": "E"}),
            Step(f"GET accounts({A})/name", 200, shows={"value": "E"}),
            Step(f"GET accounts({NEW})", 404),
            Step(f"PATCH accounts({NEW})", 204, {"accountid": B, "name": "N"}, has={"odata-entityid": f"<root>accounts({NEW})"}),
            Step(f"GET accounts({B})", 404),
        ], id="02 §3 r8"),
        pytest.param([
            Step(f"PATCH accounts({A})", 204, {"statecode": 1}),
            Step(f"GET accounts({A})", 200, shows={"statecode": 1, "statuscode": 2}),
            Step(f"PATCH accounts({A})", 204, {"statecode": 0, "statuscode": 1}),
            Step(f"GET accounts({A})", 200, shows={"statecode": 0, "statuscode": 1}),
            Step(f"PATCH accounts({A})", 400, {"statecode": 1, "statuscode": 1}, error=("0x80048408", f"1 is not a valid status code for state code AccountState.Inactive on account with Id {A}.")),
            Step(f"PATCH accounts({A})", 400, {"statuscode": 2}, error=("0x80048408", f"2 is not a valid status code for state code AccountState.Active on account with Id {A}.")),
            Step(f"PATCH accounts({A})", 400, {"statecode": 7}),
            Step(f"GET accounts({A})", 200, shows={"statecode": 0, "statuscode": 1}),
        ], id="02 §3 r9"),
        pytest.param([
            Step("POST teams", 204, {"teamid": TEAM, "name": "Team", "businessunitid@odata.bind": "businessunits(<unit>)"}),
            Step(f"PATCH accounts({A})", 204, {"ownerid@odata.bind": f"/teams({TEAM})"}),
            Step(f"GET accounts({A})", 200, shows={"_ownerid_value": TEAM, "_owningteam_value": TEAM, "_owninguser_value": None, "_owningbusinessunit_value": "<unit>"}),
            Step(f"GET accounts({A})?$select=_ownerid_value", 200, headers={"Prefer": 'odata.include-annotations="*"'}, shows={"_ownerid_value@Microsoft.Dynamics.CRM.lookuplogicalname": "team", "_ownerid_value@OData.Community.Display.V1.FormattedValue": "Team"}),
            Step(f"PATCH accounts({A})", 204, {"ownerid@odata.bind": "systemusers(<user>)"}),
            Step(f"GET accounts({A})", 200, shows={"_ownerid_value": "<user>", "_owningteam_value": None, "_owninguser_value": "<user>"}),
        ], id="02 §3 r10"),
        pytest.param([
            Step("POST businessunits", 204, {"name": "Unit", "parentbusinessunitid@odata.bind": "businessunits(<unit>)"}),
            Step("POST teams", 204, {"teamid": TEAM, "name": "Team", "businessunitid@odata.bind": "businessunits(<id>)"}),
            Step(f"PATCH accounts({A})", 204, {"ownerid@odata.bind": f"/owners({TEAM})"}),
            Step(f"GET accounts({A})?$expand=owningbusinessunit($select=name),owningteam($select=name)", 200, shows={"_ownerid_value": TEAM, "owningbusinessunit": {"name": "Unit"}, "owningteam": {"name": "Team"}}),
        ], id="02 §3 r10 in another unit"),
        pytest.param([
            Step("POST incidents", 204, {"title": "I", "customerid_account@odata.bind": f"accounts({A})"}),
            Step("PATCH incidents(<id>)", 204, {"statecode": 2}),
            Step("PATCH incidents(<id>)", 400, {"title": "U"}, error=("0x80040230", "The object cannot be updated because it is inactive.")),
            Step("PATCH incidents(<id>)", 204, {"statecode": 0}),
            Step("PATCH incidents(<id>)", 204, {"title": "U"}),
            Step(f"PATCH accounts({A})", 204, {"statecode": 1}),
            Step(f"PATCH accounts({A})", 204, {"name": "allowed"}),
        ], id="02 §3 r11"),
        pytest.param([
            Step(f"PUT accounts({A})/name", 204, {"value": "New"}, shows=b""),
            Step(f"GET accounts({A})?$select=name,description", 200, shows={"name": "New", "description": "D"}),
            Step(f"PUT {K1}/name", 204, {"value": "Newer"}),
            Step(f"PUT accounts({A})/numberofemployees", 204, {"@odata.context": "x", "value": 7}),
            Step(f"GET accounts({A})?$select=name,numberofemployees", 200, shows={"name": "Newer", "numberofemployees": 7}),
            Step(f"PUT accounts({MISSING})/name", 404, {"value": "x"}, error=GONE),
        ], id="02 §3.1 r1"),
        pytest.param([
            Step(f"PUT accounts({A})/description", 204, {"value": None}, shows=b""),
            Step(f"GET accounts({A})/description", 204),
            Step(f"PUT accounts({A})/entityimage", 204, {"value": None}),
        ], id="02 §3.1 r2"),
        pytest.param([
            Step(f"DELETE accounts({A})/description", 204, shows=b""),
            Step(f"GET accounts({A})/description", 204),
            Step(f"DELETE accounts({A})/description", 204),
            Step(f"GET accounts({A})/name", 200),
            Step(f"DELETE accounts({MISSING})/description", 404, error=GONE),
        ], id="02 §3.1 r3"),
        pytest.param([
            Step(f"DELETE accounts({A})/primarycontactid", 405, error=(ODATA, "The requested resource does not support http method 'DELETE'.")),
            Step(f"GET accounts({A})/_primarycontactid_value", 200, shows={"value": C}),
            Step(f"DELETE accounts({A})/contact_customer_accounts", 405, error=(ODATA, "The requested resource does not support http method 'DELETE'.")),
        ], id="02 §3.1 r4"),
        pytest.param([
            Step(f"DELETE accounts({A})/primarycontactid", 405),
            Step(f"DELETE accounts({A})/primarycontactid/$ref", 204),
            Step(f"GET accounts({A})/primarycontactid", 204),
        ], id="02 §19 p9"),
        pytest.param([
            Step("POST asyncoperations", 204, {"asyncoperationid": JOB, "name": "J"}),
            Step(f"PATCH asyncoperations({JOB})/datablobid", 204, b"content", {"Content-Type": "application/octet-stream", "x-ms-file-name": "a.txt"}),
            Step(f"GET asyncoperations({JOB})/datablobid/$value", 200, shows=b"content"),
        ], id="02 §3.1 r5"),
        pytest.param([
            Step(f"PATCH accounts({A})", 204, {"name": "B"}, has={"odata-entityid": f"<root>accounts({A})"}),
            Step(f"GET accounts({A})/name", 200, shows={"value": "B"}),
            Step(f"PATCH accounts({NEW})", 204, {"name": "N"}, has={"odata-entityid": f"<root>accounts({NEW})"}),
        ], id="02 §3.2 r1"),
        pytest.param([
            Step(f"PATCH accounts({A})", 204, {"name": "B"}, ANY),
            Step(f"GET accounts({A})/name", 200, shows={"value": "B"}),
            Step(f"PATCH accounts({MISSING})", 404, {"name": "B"}, ANY, error=GONE),
            Step(f"PATCH {K9}", 404, {"name": "B"}, ANY, error=NO_MATCH),
            Step(f"PATCH {K1}", 204, {"name": "E"}, ANY),
            Step(f"PATCH accounts({MISSING})?$select=name", 404, {"name": "B"}, {**ANY, **REPRESENT}, error=GONE),
        ], id="02 §3.2 r2"),
        pytest.param([
            Step(f"PATCH accounts({A})", 412, {"name": "B"}, NONE, error=EXISTS),
            Step(f"PATCH {K1}", 412, {"name": "B"}, NONE, error=EXISTS),
            Step(f"GET accounts({A})/name", 200, shows={"value": "A"}),
            Step(f"PATCH accounts({NEW})", 204, {"name": "N"}, NONE, has={"odata-entityid": f"<root>accounts({NEW})"}),
            Step(f"PATCH {K9}", 204, {"name": "N"}, NONE, has={"odata-entityid": f"<root>{K9}"}),
        ], id="02 §3.2 r3"),
        pytest.param([
            Step(f"PATCH accounts({A})", 204, {"name": "B"}, LAST),
            Step(f"PATCH accounts({A})", 412, {"name": "E"}, LAST, error=STALE),
            Step(f"PATCH accounts({A})", 412, {"name": "E"}, OLD, error=STALE),
            Step(f"GET accounts({A})/name", 200, shows={"value": "B"}),
            Step(f"PATCH accounts({MISSING})", 404, {"name": "E"}, OLD, error=GONE),
            Step(f"PATCH {K9}", 404, {"name": "E"}, OLD, error=NO_MATCH),
        ], id="02 §3.2 r4"),
        pytest.param([
            Step(f"PATCH {K1}", 204, {"name": "B"}, has={"odata-entityid": f"<root>{K1}", "location": f"<root>{K1}"}),
            Step(f"GET accounts({A})/name", 200, shows={"value": "B"}),
            Step("PATCH contacts(firstname='F',emailaddress1='c@x.example')", 204, {"jobtitle": "J"}, has={"odata-entityid": "<root>contacts(firstname='F',emailaddress1='c@x.example')"}),
            Step(f"GET contacts({C})/jobtitle", 200, shows={"value": "J"}),
        ], id="02 §3.2 p1"),
        pytest.param([
            Step(f"PATCH {K1}", 204, {"name": "B", "accountnumber": "other"}),
            Step(f"GET accounts({A})?$select=name,accountnumber", 200, shows={"name": "B", "accountnumber": "K1"}),
        ], id="02 §3.2 p2"),
        pytest.param([
            Step(f"PATCH {K1}", 200, {"name": "B", "accountnumber": None}, REPRESENT, shows={"accountid": A, "accountnumber": "K1", "name": "B"}),
            Step(f"PATCH accounts({A})", 204, {"accountnumber": "free"}),
            Step(f"GET accounts({A})/accountnumber", 200, shows={"value": "free"}),
        ], id="02 §19 p13"),
        pytest.param([
            Step(f"PATCH {K9}", 204, {"name": "N"}),
            Step(f"GET {K9}?$select=name,accountnumber", 200, shows={"name": "N", "accountnumber": "K9"}),
            Step("PATCH accounts(accountnumber='K8')", 204, {"name": "O", "accountnumber": "K7"}),
            Step("GET accounts(accountnumber='K7')?$select=name", 200, shows={"name": "O"}),
            Step("GET accounts(accountnumber='K8')", 404, error=NO_MATCH),
            Step("PATCH accounts(accountnumber='K6')", 204, {"accountid": NEW, "name": "P"}),
            Step(f"GET accounts({NEW})?$select=accountnumber", 200, shows={"accountnumber": "K6"}),
        ], id="02 §3.2 p3"),
        pytest.param([
            Step(f"PATCH {K9}?$select=name", 201, {"name": "N"}, REPRESENT, shows={"name": "N"}, has={"preference-applied": "return=representation"}),
            Step(f"PATCH {K9}?$select=name", 200, {"name": "O"}, REPRESENT, shows={"name": "O"}),
            Step(f"PATCH {K9}", 204, {"name": "P"}, has={"odata-entityid": f"<root>{K9}"}),
        ], id="02 §3.2 p4"),
        pytest.param([
            Step("PATCH accounts(accountnumber='O''Neil%20%C3%86')", 204, {"name": "N"}, has={"odata-entityid": "<root>accounts(accountnumber='O''Neil%20%C3%86')"}),
            Step("GET accounts?$select=accountnumber&$filter=name eq 'N'", 200, shows={"value": [{"accountnumber": "O'Neil Æ"}]}),
        ], id="02 §19 p2"),
        pytest.param([
            Step(f"DELETE accounts({MISSING})", 404, error=GONE),
            Step(f"DELETE accounts({A})", 412, headers=OLD, error=STALE),
            Step(f"DELETE accounts({A})", 204, headers=LAST, shows=b"", has={"odata-entityid": ABSENT}),
            Step(f"GET accounts({A})", 404),
            Step(f"DELETE accounts({A})", 404),
            Step(f"GET contacts({C})/lastname", 200),
        ], id="02 §4 p1"),
        pytest.param([
            Step(f"DELETE {K1}", 204, shows=b""),
            Step(f"DELETE {K1}", 404, error=NO_MATCH),
            Step(f"GET accounts({A})", 404),
        ], id="02 §4 p1 by alternate key"),
        pytest.param([
            Step("DELETE businessunits(<unit>)", 405),
            Step("POST transactioncurrencies", 204, {"transactioncurrencyid": NEW, "currencyname": "Danish Krone", "isocurrencycode": "DKK", "currencysymbol": "kr", "exchangerate": 7.5, "currencyprecision": 2}),
            Step("POST accounts", 204, {"name": "B", "transactioncurrencyid@odata.bind": f"transactioncurrencies({NEW})"}),
            Step(f"DELETE transactioncurrencies({NEW})", 405, error=("0x80040227", "The object you tried to delete is associated with another object and cannot be deleted.")),
        ], id="02 §4 p1 restricted"),
        pytest.param([
            Step("POST tasks", 204, {"activityid": T, "subject": "T", "regardingobjectid_account_task@odata.bind": f"accounts({A})"}),
            Step("POST accounts", 204, {"accountid": B, "name": "B", "parentaccountid@odata.bind": f"accounts({A})"}),
            Step(f"DELETE accounts({A})", 204),
            Step(f"GET tasks({T})", 404),
            Step(f"GET accounts({B})/_parentaccountid_value", 204),
        ], id="02 §4 p1 cascades"),
        pytest.param([
            Step("POST transactioncurrencies", 204, {"transactioncurrencyid": NEW, "currencyname": "Danish Krone", "isocurrencycode": "DKK", "currencysymbol": "kr", "exchangerate": 7.5, "currencyprecision": 2}),
            Step("POST accounts", 204, {"name": "B", "transactioncurrencyid@odata.bind": f"transactioncurrencies({NEW})"}),
            Step(f"DELETE transactioncurrencies({NEW})", 405),
            Step("POST accounts", 412, {"accountid": A}),
            Step("POST accounts", 412, {"accountnumber": "K1"}),
            Step("POST accounts", 412, {"name": "A"}, {"MSCRM.SuppressDuplicateDetection": "false"}),
        ], id="02 §19 p11"),
        pytest.param([Step(f"DELETE accounts({A})?partitionId=p", 204)], id="02 §4 p2 ignored elsewhere"),
        pytest.param([Step("DELETE accounts", 405, error=(ODATA, "The requested resource does not support http method 'DELETE'."))], id="02 §4 p3"),
        pytest.param([
            Step(f"PATCH accounts({A})", 412, {"name": "B"}, OLD, error=STALE),
            Step(f"DELETE accounts({A})", 412, headers=OLD, error=STALE),
            Step(f"PATCH accounts({A})", 400, {"name": "B"}, {"If-Match": "W/1"}, error=(ODATA, None)),
            Step(f"DELETE accounts({A})", 204, headers=ANY),
        ], id="02 §9 r5"),
        pytest.param([
            Step("POST asyncoperations", 204, {"asyncoperationid": JOB, "name": "J"}),
            Step(f"PATCH asyncoperations({JOB})", 400, {"name": "B"}, OLD, error=("0x8006088D", "Optimistic concurrency isn't enabled for entity type asyncoperation. The IfVersionMatches value of ConcurrencyBehavior can only be used if optimistic concurrency is enabled.")),
            Step(f"DELETE asyncoperations({JOB})", 400, headers=OLD, error=("0x8006088D", None)),
            Step(f"PATCH asyncoperations({JOB})", 204, {"name": "B"}, ANY),
        ], id="02 §9 r6"),
        pytest.param([Step(f"PATCH accounts({A})", 412, {"name": "B"}, NONE, error=EXISTS)], id="02 §9 r7"),
    ],
)  # fmt: skip
def test_changing(keyed: Api, steps: list[Step]) -> None:
    walk(keyed, [*GIVEN, *steps])
