# ruff: noqa: E501 - tables read best with one step a line
"""Reading one row, rule by rule (the ids are the rows of contract 02 §2, §9 and §19)."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from .conftest import MISSING, Api
from .stepping import ABSENT, A, B, C, Step, T, given, walk

ANNOTATED = {"Prefer": 'odata.include-annotations="*"'}
ODATA = "0x80060888"
SEGMENT = "0x8006088a"
GONE = ("0x80040217", f"account With Id = {MISSING} Does Not Exist")
NO_KEY = (
    "The key in the request URI is not valid for resource 'Microsoft.Dynamics.CRM.account'. Ensure that the names and "
    "number of key properties match the declared or alternate key properties for the resource "
    "'Microsoft.Dynamics.CRM.account'."
)
KEPT = {"content-type": "application/json; odata.metadata=minimal", "odata-version": "4.0"}
GIVEN = [
    *given(revenue=5, address1_city="Ely"),
    Step("POST accounts", 204, {"accountid": B}),
    Step(
        "POST tasks",
        204,
        {"activityid": T, "subject": "T", "regardingobjectid_account_task@odata.bind": f"accounts({A})"},
    ),
]


@pytest.mark.parametrize(
    "steps",
    [
        pytest.param([
            Step(f"GET accounts({A})?$select=name", 200, shows={"@odata.context": "<root>$metadata#accounts(name)/$entity", "name": "A", "accountid": A}, has=KEPT),
            Step(f"GET accounts({A})?$select=name", 200, shows={"@odata.etag": "<etag>"}, has={"etag": "<etag>"}),
            Step(f"GET accounts({A})", 200, shows={"@odata.context": "<root>$metadata#accounts/$entity"}, has={"etag": "<etag>"}),
        ], id="02 §2 r1"),
        pytest.param([
            Step(f"GET accounts({A})", 200, shows={"description": None, "_primarycontactid_value": C, "primarycontactid": ABSENT, "primarycontactidname": ABSENT, "entityimage": ABSENT, "entityimageid": None, "_parentaccountid_value": None}),
            Step(f"GET accounts({A})?$select=entityimage", 200, shows={"entityimage": None, "accountid": A}),
        ], id="02 §2 r2"),
        pytest.param([
            Step(f"GET accounts({A})?$select=name", 200, shows={"accountid": A}),
            Step("GET systemusers(<user>)?$select=fullname", 200, shows={"systemuserid": "<user>", "ownerid": "<user>"}),
            Step(f"GET tasks({T})?$select=subject", 200, shows={"activityid": T}),
        ], id="02 §2 r3"),
        pytest.param([Step(f"GET accounts({A})?$select=name&$expand=owninguser($select=fullname)", 200, shows={"owninguser": {"systemuserid": "<user>", "ownerid": "<user>"}})], id="02 §19 p12"),
        pytest.param([Step(f"GET accounts({A})?$select=name&$filter=name eq 'Z'&$orderby=name&$top=1&$count=true", 200, shows={"name": "A"})], id="02 §2 r4"),
        pytest.param([
            Step(f"GET accounts({MISSING})", 404, error=GONE),
            Step(f"GET accounts({MISSING})?$select=name&$expand=primarycontactid", 404, error=GONE),
            Step(f"GET accounts(accountid={MISSING})", 404, error=GONE),
            Step("GET accounts(00000000-0000-0000-0000-000000000000)", 404, error=("0x80040217", "account With Id = 00000000-0000-0000-0000-000000000000 Does Not Exist")),
        ], id="02 §2 r5"),
        pytest.param([
            Step(f"GET accounts({A})?$select=name", 200),
            Step(f"GET accounts({A})?$select=name", 304, headers={"If-None-Match": "<etag>"}, shows=b""),
            Step(f"GET accounts({A})?$select=name", 200, headers={"If-None-Match": "null"}),
        ], id="02 §2 r6"),
        pytest.param([
            Step("GET accounts(accountnumber='K1')?$select=name", 200, shows={"accountid": A, "@odata.context": "<root>$metadata#accounts(name)/$entity"}),
            Step("GET accounts(accountnumber='k1')?$select=name", 200, shows={"accountid": A}),
            Step("GET contacts(firstname='F',emailaddress1='c@x.example')?$select=lastname", 200, shows={"contactid": C}),
            Step("GET contacts(emailaddress1='C%40x.example', firstname='F')?$select=lastname", 200, shows={"contactid": C}),
            Step("GET accounts(accountnumber='other')", 404, error=("0x80060891", "A record with the specified key values does not exist in account entity")),
            Step("GET accounts(name='A')", 400, error=(ODATA, NO_KEY)),
            Step("GET accounts(accountnumber='K1',name='A')", 400, error=(ODATA, NO_KEY)),
            Step("GET contacts(firstname='F')", 400, error=(ODATA, NO_KEY.replace("account", "contact"))),
            Step("GET accounts(AccountNumber='K1')", 400, error=(ODATA, NO_KEY)),
            Step("GET accounts(accountnumber=1)", 400),
        ], id="02 §2 r7"),
        pytest.param([Step(f"GET accounts({A})/name", 200, shows={"@odata.context": f"<root>$metadata#accounts({A})/name", "value": "A"}, has=KEPT)], id="02 §2.1 r1"),
        pytest.param([Step(f"GET accounts({A})/description", 204, shows=b"")], id="02 §2.1 r2"),
        pytest.param([
            Step(f"GET accounts({A})/name/$value", 200, shows="A", has={"content-type": "text/plain"}),
            Step(f"GET accounts({A})/revenue/$value", 200, shows="5.0", has={"content-type": "text/plain"}),
            Step(f"GET accounts({A})/creditonhold/$value", 200, shows="false"),
            Step(f"GET accounts({A})/accountid/$value", 200, shows=A),
            Step(f"GET accounts({A})/description/$value", 204, shows=b""),
        ], id="02 §2.1 r3"),
        pytest.param([
            Step(f"GET accounts({A})/_primarycontactid_value", 200, shows={"@odata.context": f"<root>$metadata#accounts({A})/_primarycontactid_value", "value": C}),
            Step(f"GET accounts({A})/_primarycontactid_value/$value", 200, shows=C),
            Step(f"GET accounts({B})/_primarycontactid_value", 204, shows=b""),
        ], id="02 §2.1 r4"),
        pytest.param([
            Step("POST emails", 204, {"subject": "E"}),
            Step("POST activitymimeattachments", 204, {"body": "QUJD", "filename": "a.txt", "objectid_email@odata.bind": "emails(<id>)", "objecttypecode": "email"}),
            Step("GET activitymimeattachments(<id>)/body/$value", 200, shows="QUJD", has={"content-type": "text/plain"}),
        ], id="02 §2.1 r5"),
        pytest.param([
            Step(f"GET accounts({A})/foo", 404, error=(SEGMENT, "Resource not found for the segment 'foo'.")),
            Step(f"GET accounts({A})/Name", 404, error=(SEGMENT, "Resource not found for the segment 'Name'.")),
            Step(f"GET accounts({A})/name/foo", 404, error=(SEGMENT, "Resource not found for the segment 'foo'.")),
            Step(f"GET accounts({MISSING})/name", 404, error=GONE),
        ], id="02 §2.1 r6"),
        pytest.param([Step(f"GET accounts({A})/primarycontactid?$select=fullname", 200, shows={"@odata.context": "<root>$metadata#contacts(fullname)/$entity", "fullname": "F C", "contactid": C})], id="02 §2.2 r1"),
        pytest.param([
            Step(f"GET accounts({B})/primarycontactid?$select=fullname", 204, shows=b""),
            Step(f"GET accounts({MISSING})/primarycontactid", 404, error=GONE),
        ], id="02 §2.2 r2"),
        pytest.param([
            Step(f"GET accounts({A})/Account_Tasks?$select=subject&$filter=subject eq 'T'&$orderby=subject&$top=5&$count=true", 200, shows={"@odata.context": "<root>$metadata#tasks(subject)", "@odata.count": 1, "value": [{"subject": "T", "activityid": T}]}),
            Step(f"GET accounts({A})/Account_Tasks?$select=subject&$expand=ownerid($select=ownerid)", 200, shows={"value": [{"ownerid": {"ownerid": "<user>"}}]}),
            Step(f"GET accounts({A})/Account_Tasks?fetchXml=<fetch><entity name='task'><attribute name='subject'/></entity></fetch>", 200, shows={"value": [{"subject": "T"}]}),
            Step(f"GET accounts({B})/Account_Tasks?fetchXml=<fetch><entity name='task'><attribute name='subject'/></entity></fetch>", 200, shows={"value": []}),
            Step(f"GET accounts({MISSING})/Account_Tasks", 404, error=GONE),
        ], id="02 §2.2 r3"),
        pytest.param([
            Step(f"GET accounts({A})/Account_Tasks/$ref", 200, shows={"@odata.context": "<root>$metadata#Collection($ref)", "value": [{"@odata.id": f"<root>tasks({T})"}]}),
            Step(f"GET accounts({B})/Account_Tasks/$ref", 200, shows={"value": []}),
        ], id="02 §2.2 r4"),
        pytest.param([
            Step(f"GET accounts({A})/primarycontactid/$ref", 200, shows={"@odata.context": "<root>$metadata#$ref", "@odata.id": f"<root>contacts({C})"}),
            Step(f"GET accounts({B})/primarycontactid/$ref", 204, shows=b""),
        ], id="02 §2.2 r5"),
        pytest.param([
            Step(f"GET accounts({A})/Account_Tasks/$count", 200, shows="\ufeff1", has={"content-type": "text/plain"}),
            Step(f"GET accounts({A})/Account_Tasks/$count?$filter=subject eq 'X'", 200, shows="\ufeff0"),
        ], id="02 §2.2 r6"),
        pytest.param([Step("GET accounts/$count", 200, shows="\ufeff2")], id="02 §19 p7"),
        pytest.param([
            Step(f"GET accounts({A})/primarycontactid/createdby?$select=fullname", 200, shows={"systemuserid": "<user>", "@odata.context": "<root>$metadata#systemusers(fullname)/$entity"}),
            Step(f"GET accounts({A})/primarycontactid/lastname", 200, shows={"value": "C", "@odata.context": f"<root>$metadata#contacts({C})/lastname"}),
            Step(f"GET accounts({A})/primarycontactid/lastname/$value", 200, shows="C"),
            Step(f"GET accounts({A})/primarycontactid/account_primary_contact?$select=name", 200, shows={"value": [{"name": "A"}]}),
            Step(f"GET accounts({B})/primarycontactid/createdby", 204, shows=b""),
            Step(f"GET accounts({A})/Account_Tasks({T})?$select=subject", 200, shows={"subject": "T"}),
        ], id="02 §2.2 r7"),
        pytest.param([
            Step("POST phonecalls", 204, {"subject": "P", "regardingobjectid_account_phonecall@odata.bind": f"accounts({A})"}),
            Step(f"GET accounts({A})/Account_ActivityPointers/Microsoft.Dynamics.CRM.task?$select=subject,percentcomplete", 200, shows={"value": [{"subject": "T", "activityid": T}]}),
            Step(f"GET accounts({A})/Account_ActivityPointers/$count", 200, shows="\ufeff2"),
            Step("GET activitypointers/Microsoft.Dynamics.CRM.phonecall?$select=phonenumber", 200, shows={"value": [{"phonenumber": None}]}),
            Step(f"GET activitypointers({T})/Microsoft.Dynamics.CRM.task?$select=subject,percentcomplete", 200, shows={"subject": "T"}),
        ], id="02 §2.2 r8"),
        pytest.param([
            Step(f"GET accounts({A})?$select=name", 200),
            Step(f"GET accounts({A})?$select=name", 304, headers={"If-None-Match": "<etag>"}, shows=b"", has={"odata-version": "4.0", "content-type": "application/json; odata.metadata=minimal"}),
            Step("GET accounts(accountnumber='K1')", 304, headers={"If-None-Match": "<etag>"}, shows=b""),
        ], id="02 §9 r1"),
        pytest.param([
            Step(f"GET accounts({A})?$select=name", 200),
            Step(f"PATCH accounts({A})", 204, {"name": "B"}),
            Step(f"GET accounts({A})?$select=name", 200, headers={"If-None-Match": "<etag>"}, shows={"name": "B"}),
        ], id="02 §9 r2"),
        pytest.param([
            Step("POST asyncoperations", 204, {"name": "J"}),
            Step("GET asyncoperations(<id>)?$select=name", 200),
            Step("GET asyncoperations(<id>)?$select=name", 200, headers={"If-None-Match": "<etag>"}, shows={"name": "J"}),
        ], id="02 §9 r3"),
        pytest.param([
            Step(f"GET accounts({A})?$select=name", 200),
            Step(f"GET accounts({A})?$select=name&$expand=primarycontactid($select=fullname)", 200, headers={"If-None-Match": "<etag>"}),
            Step(f"GET accounts({A})?$select=name", 200, headers={"If-None-Match": "<etag>", **ANNOTATED}),
        ], id="02 §9 r4"),
        pytest.param([
            Step(f"GET accounts({A})?$select=name", 200),
            Step(f"GET accounts({A})?$select=name&$expand=primarycontactid", 200, headers={"If-None-Match": "<etag>"}),
            Step(f"GET accounts({A})", 200, headers={"If-None-Match": "<etag>", "Prefer": 'odata.include-annotations="OData.Community.Display.V1.FormattedValue"'}),
        ], id="02 §19 p15"),
        pytest.param([
            Step(f"GET accounts({A})?$select=name,description", 200, shows={"description": None}),
            Step("GET accounts?$select=name,description&$filter=name eq 'A'", 200, shows={"value": [{"description": None}]}),
            Step("GET accounts?fetchXml=<fetch><entity name='account'><attribute name='name'/><attribute name='description'/><filter><condition attribute='name' operator='eq' value='A'/></filter></entity></fetch>", 200, shows={"value": [{"name": "A", "description": ABSENT}]}),
        ], id="02 §19 p4"),
        pytest.param([
            Step(f"GET accounts({A})?$select=revenue,address1_city", 200, shows={"revenue": 5, "address1_city": "Ely", "address1_composite": "Ely"}),
        ], id="02 §19 p5"),
    ],
)  # fmt: skip
def test_reading(keyed: Api, steps: list[Step]) -> None:
    walk(keyed, [*GIVEN, *steps])


UNSAFE = [pytest.param(character, id=f"02 §2 r8 {number}") for number, character in enumerate("/<>*%&:\\?+", 1)]


@pytest.mark.parametrize("character", UNSAFE)
def test_characters_that_keys_in_urls_cannot_have(keyed: Api, character: str) -> None:
    text = f"A potentially dangerous Request.Path value was detected from the client ({character})."
    encoded = f"accounts(accountnumber='x{quote(character, safe='')}y')"
    plain = encoded if character in "%?" else f"accounts(accountnumber='x{character}y')"
    walk(keyed, [
        Step("POST accounts", 204, {"accountid": A, "name": "A", "accountnumber": f"x{character}y"}),
        Step(f"GET {encoded}", 400, error=(ODATA, text)),
        Step(f"GET {plain}/name", 400, error=(ODATA, text)),
        Step(f"PATCH {encoded}", 400, {"name": "B"}, error=(ODATA, text)),
        Step("GET accounts?$select=name", 200, shows={"value": [{"name": "A"}]}),
        Step("POST accounts", 204, {"name": "C", "parentaccountid@odata.bind": encoded}),
        Step("GET accounts(<id>)/_parentaccountid_value", 200, shows={"value": A}),
        Step(f"DELETE {encoded}", 204),
    ])  # fmt: skip


@pytest.mark.parametrize(
    "query",
    [
        pytest.param("$select=revenue", id="02 §19 p5 money"),
        pytest.param("$select=revenue_base", id="02 §19 p5 base money"),
    ],
)
def test_money_comes_with_its_currency(api: Api, query: str) -> None:
    account = api.new("accounts", name="A", revenue=5)
    currency = api.get(f"accounts({account})").json()["_transactioncurrencyid_value"]
    assert currency is not None
    assert api.get(f"accounts({account})?{query}").json()["_transactioncurrencyid_value"] == currency
    assert api.get(f"accounts?{query}").value[0]["_transactioncurrencyid_value"] == currency


@pytest.mark.parametrize(
    "path", [pytest.param("accounts", id="02 §19 p6"), pytest.param("WhoAmI", id="02 §19 p6 a function")]
)
def test_the_rate_limit_header_has_a_group_separator(api: Api, path: str) -> None:
    headers = api.get(path).headers
    assert "," in headers["x-ms-ratelimit-time-remaining-xrm-requests"]
    assert headers["x-ms-ratelimit-burst-remaining-xrm-requests"].isdecimal()
