# ruff: noqa: E501 - tables read best with one step a line
"""Lookups, alternate keys, references and parties, rule by rule (the ids are the rows of contract 02 §5 to §8, §19)."""

from __future__ import annotations

import pytest

from .conftest import MISSING, Api
from .stepping import ABSENT, A, B, C, Step, T, given, walk

E = "e0000000-0000-4000-8000-000000000001"
L = "f0000000-0000-4000-8000-000000000001"
O = "00000000-0000-4000-8000-000000000001"  # noqa: E741 - as the contract names it
ODATA = "0x80060888"
PAYLOAD = "0x80048d19"
ANNOTATED = {"Prefer": 'odata.include-annotations="*"'}
CUSTOMERS = f"accounts({A})/opportunity_customer_accounts"
LEADS = f"leads({L})/accountleads_association"
NAV = "Microsoft.Dynamics.CRM.associatednavigationproperty"
TABLE = "Microsoft.Dynamics.CRM.lookuplogicalname"
FORMATTED = "OData.Community.Display.V1.FormattedValue"
TYPE = "Microsoft.Dynamics.CRM.account"
NO_METHOD = "The requested resource does not support http method '{}'."
GIVEN = [
    *given(),
    Step("POST accounts", 204, {"accountid": B, "name": "B", "accountnumber": "K2"}),
    Step("POST opportunities", 204, {"opportunityid": O, "name": "O"}),
    Step("POST leads", 204, {"leadid": L, "lastname": "L"}),
    Step("POST tasks", 204, {"activityid": T, "subject": "T"}),
]


K = "accounts(accountnumber='K1')"


def bound(value: object) -> list[Step]:
    """Bind the contact in one form, and look."""
    return [
        Step(f"PATCH accounts({B})", 204, {"primarycontactid@odata.bind": value}),
        Step(f"GET accounts({B})?$select=_primarycontactid_value", 200, shows={"_primarycontactid_value": C}),
    ]


def linked(text: str) -> list[Step]:
    """Add the opportunity to the account, remove it by ``$id``, and look."""
    return [
        Step(f"POST {CUSTOMERS}/$ref", 204, {"@odata.id": f"opportunities({O})"}),
        Step(f"GET opportunities({O})", 200, shows={"_customerid_value": A}),
        Step(f"DELETE {CUSTOMERS}/$ref?$id={text}", 204, shows=b""),
        Step(f"GET opportunities({O})", 200, shows={"_customerid_value": None}),
    ]


def added(value: object) -> list[Step]:
    """Link the opportunity in one form of ``@odata.id``, and look."""
    return [
        Step(f"POST {CUSTOMERS}/$ref", 204, {"@odata.id": value}, shows=b""),
        Step(f"GET {CUSTOMERS}?$select=name", 200, shows={"value": [{"name": "O"}]}),
    ]


@pytest.mark.parametrize(
    "steps",
    [
        pytest.param([
            Step(f"GET accounts({A})?$select=_primarycontactid_value", 200, shows={"_primarycontactid_value": C}),
            Step(f"GET accounts({B})?$select=_primarycontactid_value", 200, shows={"_primarycontactid_value": None}),
            Step(f"GET accounts?$select=name&$filter=_primarycontactid_value eq {C}", 200, shows={"value": [{"name": "A"}]}),
            Step("GET accounts?$select=name&$filter=_primarycontactid_value eq null", 200, shows={"value": [{"name": "B"}]}),
            Step("GET accounts?$select=name&$orderby=_primarycontactid_value desc", 200, shows={"value": [{"name": "A"}, {"name": "B"}]}),
            Step(f"PATCH accounts({A})", 400, {"_primarycontactid_value": None}, error=(PAYLOAD, None)),
        ], id="02 §5 r1"),
        pytest.param([
            Step(f"GET accounts({A})?$select=_PrimaryContactId_value", 400, error=(ODATA, "Could not find a property named '_PrimaryContactId_value' on type 'Microsoft.Dynamics.CRM.account'.")),
            Step(f"GET accounts({A})?$select=_owninguser_value,_createdby_value", 200, shows={"_owninguser_value": "<user>", "_createdby_value": "<user>"}),
        ], id="02 §5 r2"),
        pytest.param([*bound("contacts(firstname='F',emailaddress1='c@x.example')"), Step(f"PATCH accounts({A})", 204, {"parentaccountid@odata.bind": "/accounts(accountnumber='K2')"}), Step(f"GET accounts({A})", 200, shows={"_parentaccountid_value": B})], id="02 §5 r3"),
        *(
            pytest.param(bound(value), id=f"02 §5 r4 {name}")
            for name, value in {
                "slash": f"/contacts({C})",
                "relative": f"contacts({C})",
                "root": f"<root>contacts({C})",
                "other version": f"http://localhost:5365/api/data/v9.0/contacts({C})",
                "other host": f"https://org.crm4.dynamics.com/api/data/v9.2/contacts({C})",
                "path from the host": f"/api/data/v9.2/contacts({C})",
                "upper case": f"/contacts({C.upper()})",
                "named key": f"/contacts(contactid={C})",
                "alternate key": "contacts(emailaddress1='c@x.example',firstname='F')",
                "encoded": "/contacts(firstname='F',emailaddress1='c%40x.example')",
                "absolute alternate key": "<root>contacts(firstname='F',emailaddress1='c@x.example')",
            }.items()
        ),
        pytest.param([Step(f"PATCH accounts({A})", 204, {"primarycontactid@odata.bind": None}), Step(f"GET accounts({A})", 200, shows={"_primarycontactid_value": None})], id="02 §5 r4 null"),
        pytest.param([
            Step(f"GET accounts({A})?$select=_primarycontactid_value,_ownerid_value", 200, headers=ANNOTATED, shows={
                f"_primarycontactid_value@{FORMATTED}": "F C", f"_primarycontactid_value@{NAV}": "primarycontactid", f"_primarycontactid_value@{TABLE}": "contact",
                f"_ownerid_value@{NAV}": "ownerid", f"_ownerid_value@{TABLE}": "systemuser",
            }),
            Step(f"GET accounts({B})?$select=_primarycontactid_value", 200, headers=ANNOTATED, shows={f"_primarycontactid_value@{FORMATTED}": ABSENT, f"_primarycontactid_value@{NAV}": ABSENT, f"_primarycontactid_value@{TABLE}": ABSENT}),
        ], id="02 §5 r5"),
        pytest.param([
            Step(f"GET accounts({A})?$select=name&$expand=primarycontactid", 200, shows={"primarycontactid": {"contactid": C, "fullname": "F C"}}),
            Step(f"GET accounts({B})?$select=name&$expand=primarycontactid($select=fullname)", 200, shows={"primarycontactid": None}),
            Step(f"GET accounts({A})?$select=name,primarycontactid", 200, shows={"name": "A", "primarycontactid": ABSENT, "_primarycontactid_value": ABSENT}),
        ], id="02 §5 r6"),
        pytest.param([
            Step(f"PATCH accounts({B})", 400, {"PrimaryContactId@odata.bind": f"/contacts({C})"}, error=(PAYLOAD, "Error identified in Payload provided by the user for Entity :'accounts', For more information on this error please follow this help link https://go.microsoft.com/fwlink/?linkid=2195293  ---->  InnerException : Microsoft.OData.ODataException: An undeclared property 'PrimaryContactId' which only has property annotations in the payload but no property value was found in the payload. In OData, only declared navigation properties and declared named streams can be represented as properties without values.")),
            Step("POST incidents", 400, {"title": "I", "customerid@odata.bind": f"/accounts({A})"}, error=(PAYLOAD, None)),
            Step("POST tasks", 400, {"subject": "T", "regardingobjectid@odata.bind": f"/accounts({A})"}, error=(PAYLOAD, None)),
        ], id="02 §5 r7"),
        pytest.param([
            Step(f"PATCH accounts({B})", 400, {"primarycontactid@odata.bind": f"/accounts({A})"}, error=(PAYLOAD, None)),
            Step(f"PATCH accounts({B})", 404, {"primarycontactid@odata.bind": f"/contacts({MISSING})"}, error=("0x80040217", f"contact With Id = {MISSING} Does Not Exist")),
            Step(f"PATCH accounts({B})", 404, {"primarycontactid@odata.bind": f"/foos({C})"}, error=("0x8006088a", "Resource not found for the segment 'foos'.")),
            Step(f"PATCH accounts({B})", 404, {"parentaccountid@odata.bind": "accounts(accountnumber='K9')"}, error=("0x80060891", "A record with the specified key values does not exist in account entity")),
            Step(f"PATCH accounts({B})", 400, {"primarycontactid@odata.bind": "contacts(bad)"}, error=(ODATA, None)),
            Step(f"PATCH accounts({B})", 400, {"primarycontactid@odata.bind": 5}, error=(PAYLOAD, None)),
            Step(f"PATCH accounts({B})", 400, {"primarycontactid@odata.bind": ""}),
            Step(f"PATCH accounts({B})", 400, {"primarycontactid@odata.bind": "contacts"}),
        ], id="02 §5 r8"),
        pytest.param([
            Step("POST incidents", 204, {"title": "I", "customerid_contact@odata.bind": f"/contacts({C})"}),
            Step("GET incidents(<id>)?$select=_customerid_value&$expand=customerid_contact($select=fullname),customerid_account($select=name)", 200, headers=ANNOTATED, shows={"_customerid_value": C, f"_customerid_value@{NAV}": "customerid_contact", f"_customerid_value@{TABLE}": "contact", f"_customerid_value@{FORMATTED}": "F C", "customerid_contact": {"fullname": "F C"}, "customerid_account": None}),
            Step(f"PATCH contacts({C})", 204, {"parentcustomerid_account@odata.bind": f"/accounts({A})"}),
            Step(f"GET contacts({C})?$select=_parentcustomerid_value", 200, headers=ANNOTATED, shows={"_parentcustomerid_value": A, f"_parentcustomerid_value@{NAV}": "parentcustomerid_account", f"_parentcustomerid_value@{TABLE}": "account"}),
            Step(f"PATCH contacts({C})", 204, {"parentcustomerid_account@odata.bind": None}),
            Step(f"GET contacts({C})", 200, shows={"_parentcustomerid_value": None}),
            Step(f"PATCH contacts({C})", 400, {"parentcustomerid@odata.bind": f"/accounts({A})"}, error=(PAYLOAD, None)),
        ], id="02 §5.1 r1"),
        pytest.param([
            Step(f"PATCH opportunities({O})", 204, {"customerid_account@odata.bind": f"/accounts({A})"}),
            Step(f"GET opportunities({O})", 200, shows={"_customerid_value": A}),
            Step(f"PATCH opportunities({O})", 204, {"customerid_contact@odata.bind": f"/contacts({C})"}),
            Step(f"GET opportunities({O})?$select=_customerid_value&$expand=customerid_account($select=name),customerid_contact($select=lastname)", 200, shows={"_customerid_value": C, "customerid_account": None, "customerid_contact": {"lastname": "C"}}),
        ], id="02 §19 p8"),
        pytest.param([
            Step(f"GET accounts({A})?$select=_ownerid_value,_owninguser_value,_owningteam_value,_owningbusinessunit_value&$expand=ownerid", 200, headers=ANNOTATED, shows={"_ownerid_value": "<user>", f"_ownerid_value@{NAV}": "ownerid", "_owninguser_value": "<user>", "_owningteam_value": None, "_owningbusinessunit_value": "<unit>", "ownerid": {"ownerid": "<user>"}}),
            Step(f"GET accounts({A})/ownerid", 200, shows={"ownerid": "<user>"}),
            Step(f"PATCH accounts({A})", 400, {"owninguser@odata.bind": "/contacts(<user>)"}),
        ], id="02 §5.1 r2"),
        pytest.param([
            Step(f"PATCH tasks({T})", 204, {"regardingobjectid_account_task@odata.bind": f"/accounts({A})"}),
            Step(f"GET tasks({T})?$select=_regardingobjectid_value&$expand=regardingobjectid_account_task($select=name)", 200, headers=ANNOTATED, shows={"_regardingobjectid_value": A, f"_regardingobjectid_value@{NAV}": "regardingobjectid_account_task", f"_regardingobjectid_value@{TABLE}": "account", f"_regardingobjectid_value@{FORMATTED}": "A", "regardingobjectid_account_task": {"name": "A"}}),
            Step(f"GET activitypointers({T})?$select=_regardingobjectid_value&$expand=regardingobjectid_account($select=name)", 200, shows={"regardingobjectid_account": {"name": "A"}, "_regardingobjectid_value": A}),
            Step(f"PATCH tasks({T})", 204, {"regardingobjectid_contact_task@odata.bind": f"/contacts({C})"}),
            Step(f"GET tasks({T})?$expand=regardingobjectid_account_task,regardingobjectid_contact_task($select=lastname)", 200, shows={"_regardingobjectid_value": C, "regardingobjectid_account_task": None, "regardingobjectid_contact_task": {"lastname": "C"}}),
            Step(f"PATCH tasks({T})", 204, {"regardingobjectid_account@odata.bind": f"/accounts({B})"}),
            Step(f"GET tasks({T})", 200, shows={"_regardingobjectid_value": B}),
        ], id="02 §5.1 r3"),
        pytest.param([
            Step("POST annotations", 204, {"subject": "N", "objectid_account@odata.bind": f"/accounts({A})"}),
            Step("GET annotations(<id>)?$select=_objectid_value,objecttypecode&$expand=objectid_account($select=name)", 200, headers=ANNOTATED, shows={"_objectid_value": A, f"_objectid_value@{NAV}": "objectid_account", f"_objectid_value@{TABLE}": "account", "objecttypecode": "account", "objectid_account": {"name": "A"}}),
            Step("POST emails", 204, {"activityid": E, "subject": "E"}),
            Step("POST activitymimeattachments", 204, {"filename": "a.txt", "body": "QUJD", "objectid_email@odata.bind": f"/emails({E})"}),
            Step("GET activitymimeattachments(<id>)?$select=_objectid_value", 200, shows={"_objectid_value": E}),
        ], id="02 §5.1 r4"),
        pytest.param([
            Step("POST emails", 204, {"activityid": E, "subject": "E", "email_activity_parties": [{"partyid_systemuser@odata.bind": "/systemusers(<user>)", "participationtypemask": 1}, {"partyid_contact@odata.bind": f"/contacts({C})", "participationtypemask": 2}, {"addressused": "z@x.example", "participationtypemask": 3}]}),
            Step(f"GET emails({E})/email_activity_parties?$select=participationtypemask,_partyid_value,addressused&$orderby=participationtypemask&$filter=participationtypemask ne 9", 200, headers=ANNOTATED, shows={"value": [
                {"participationtypemask": 1, "_partyid_value": "<user>", f"_partyid_value@{NAV}": "partyid_systemuser", f"_partyid_value@{TABLE}": "systemuser"},
                {"participationtypemask": 2, "_partyid_value": C, f"_partyid_value@{NAV}": "partyid_contact", f"_partyid_value@{FORMATTED}": "F C", "addressused": "c@x.example"},
                {"participationtypemask": 3, "_partyid_value": None, "addressused": "z@x.example"},
            ]}),
        ], id="02 §5.1 r5"),
        pytest.param([
            Step(f"GET {K}?$select=name", 200, shows={"name": "A"}),
            Step(f"PATCH {K}", 204, {"parentaccountid@odata.bind": "accounts(accountnumber='K2')"}),
            Step(f"PUT {K}/primarycontactid/$ref", 204, {"@odata.id": "contacts(firstname='F',emailaddress1='c@x.example')"}),
            Step(f"GET {K}/parentaccountid?$select=name", 200, shows={"name": "B"}),
            Step(f"GET {K}/contact_customer_accounts/$count", 200, shows="\ufeff0"),
            Step(f"GET InitializeFrom(EntityMoniker=@p1,TargetEntityName=@p2,TargetFieldType=@p3)?@p1={{'@odata.id':\"{K}\"}}&@p2='account'&@p3=Microsoft.Dynamics.CRM.TargetFieldType'All'", 200, shows={"parentaccountid@odata.bind": f"accounts({A})"}),
            Step("POST Merge", 204, {"Target": {"@odata.type": TYPE, "@odata.id": K}, "Subordinate": {"@odata.type": TYPE, "@odata.id": "accounts(accountnumber='K2')"}, "PerformParentingChecks": False}),
            Step(f"GET accounts({B})", 200, shows={"_masterid_value": A}),
            Step("POST accounts/Microsoft.Dynamics.CRM.UpsertMultiple", 204, {"Targets": [{"@odata.type": TYPE, "@odata.id": K, "name": "U"}]}),
            Step(f"GET accounts({A})/name", 200, shows={"value": "U"}),
            Step(f"DELETE {K}", 204),
        ], id="02 §6 p2"),
        pytest.param([
            Step("POST accounts", 412, {"name": "N", "accountnumber": "K1"}, error=("0x80060892", "Entity Key Account Number violated. A record with the same value for Account Number already exists. A duplicate record cannot be created. Select one or more unique values and try again.")),
            Step("POST accounts", 412, {"name": "N", "accountnumber": "k1"}, error=("0x80060892", None)),
            Step(f"PATCH accounts({B})", 412, {"accountnumber": "K1"}, error=("0x80060892", None)),
            Step(f"PATCH accounts({A})", 204, {"accountnumber": "K1"}),
            Step("POST accounts", 204, {"name": "N"}),
            Step("POST accounts", 204, {"name": "N"}),
            Step("POST contacts", 204, {"firstname": "F", "lastname": "N"}),
            Step("POST contacts", 204, {"firstname": "F", "lastname": "N"}),
            Step("POST contacts", 412, {"firstname": "F", "emailaddress1": "c@x.example", "lastname": "N"}, error=("0x80060892", None)),
        ], id="02 §6 p3"),
        pytest.param([
            Step(f"POST {CUSTOMERS}/$ref", 204, {"@odata.id": f"<root>opportunities({O})"}, shows=b"", has={"odata-entityid": ABSENT, "odata-version": "4.0"}),
            Step(f"GET opportunities({O})", 200, shows={"_customerid_value": A}),
            Step(f"POST {LEADS}/$ref", 204, {"@odata.id": f"<root>accounts({A})"}, shows=b""),
            Step(f"GET {LEADS}?$select=name", 200, shows={"value": [{"name": "A"}]}),
            Step(f"GET accounts({A})/accountleads_association?$select=lastname", 200, shows={"value": [{"lastname": "L"}]}),
            Step(f"POST {CUSTOMERS}/$ref", 404, {"@odata.id": f"opportunities({MISSING})"}, error=("0x80040217", f"opportunity With Id = {MISSING} Does Not Exist")),
            Step(f"POST accounts({MISSING})/opportunity_customer_accounts/$ref", 404, {"@odata.id": f"opportunities({O})"}, error=("0x80040217", f"account With Id = {MISSING} Does Not Exist")),
        ], id="02 §7 r1"),
        pytest.param([
            Step(f"PUT opportunities({O})/customerid_account/$ref", 204, {"@odata.id": f"accounts({A})"}, shows=b""),
            Step(f"GET opportunities({O})/customerid_account?$select=name", 200, shows={"name": "A"}),
            Step(f"PUT opportunities({O})/customerid_contact/$ref", 204, {"@odata.id": f"/contacts({C})"}),
            Step(f"GET opportunities({O})?$select=_customerid_value&$expand=customerid_account", 200, shows={"_customerid_value": C, "customerid_account": None}),
        ], id="02 §7 r2"),
        pytest.param([
            Step(f"POST {CUSTOMERS}/$ref", 204, {"@odata.id": f"opportunities({O})"}),
            Step(f"DELETE {CUSTOMERS}({O})/$ref", 204, shows=b""),
            Step(f"GET {CUSTOMERS}/$count", 200, shows="\ufeff0"),
            Step(f"POST {LEADS}/$ref", 204, {"@odata.id": f"accounts({A})"}),
            Step(f"DELETE {LEADS}({A})/$ref", 204),
            Step(f"GET {LEADS}/$count", 200, shows="\ufeff0"),
            Step(f"GET opportunities({O})/name", 200),
        ], id="02 §7 r3"),
        pytest.param(linked(f"<root>opportunities({O})"), id="02 §7 r4"),
        pytest.param([
            Step(f"PUT opportunities({O})/customerid_account/$ref", 204, {"@odata.id": f"accounts({A})"}),
            Step(f"DELETE opportunities({O})/customerid_account/$ref", 204, shows=b""),
            Step(f"GET opportunities({O})", 200, shows={"_customerid_value": None}),
            Step(f"DELETE opportunities({O})/customerid_account/$ref", 204),
            Step(f"DELETE opportunities({MISSING})/customerid_account/$ref", 404, error=("0x80040217", f"opportunity With Id = {MISSING} Does Not Exist")),
        ], id="02 §7 r5"),
        *(
            pytest.param(linked(text), id=f"02 §7 r6 $id {number}")
            for number, text in enumerate([
                f"opportunities({O})",
                f"/opportunities({O})",
                f"opportunities%28{O}%29",
                f"%2Fopportunities({O})",
                f"http%3A%2F%2Flocalhost%3A5365%2Fapi%2Fdata%2Fv9.2%2Fopportunities%28{O}%29",
                f"http://localhost:5365/api/data/v9.1/opportunities({O})",
                f"https://org.crm.dynamics.com/api/data/v9.2/opportunities({O})",
                f"/api/data/v9.2/opportunities({O})",
                f"opportunities(opportunityid={O})",
                f"opportunities({O.upper()})",
            ], 1)
        ),
        *(
            pytest.param(added(value), id=f"02 §7 r6 @odata.id {number}")
            for number, value in enumerate([
                f"opportunities({O})",
                f"/opportunities({O})",
                f"<root>opportunities({O})",
                f"https://org.crm.dynamics.com/api/data/v9.2/opportunities({O})",
                f"opportunities(opportunityid={O})",
            ], 1)
        ),
        pytest.param([
            Step(f"POST {LEADS}/$ref", 204, {"@odata.id": "accounts(accountnumber='K1')"}),
            Step(f"DELETE {LEADS}/$ref?$id=accounts(accountnumber='K1')", 204),
            Step(f"POST {LEADS}/$ref", 204, {"@odata.id": f"accounts({A})"}),
            Step(f"DELETE {LEADS}(accountnumber='K1')/$ref", 204),
            Step(f"GET {LEADS}/$count", 200, shows="\ufeff0"),
            Step(f"POST {LEADS}/$ref", 404, {"@odata.id": "accounts(accountnumber='K9')"}, error=("0x80060891", None)),
        ], id="02 §7 r6 alternate keys"),
        pytest.param([Step(f"POST {CUSTOMERS}/$ref", 204, {"@odata.context": "<root>$metadata#$ref", "@odata.id": f"opportunities({O})"})], id="02 §7 r7"),
        pytest.param([
            Step(f"POST opportunities({O})/customerid_account/$ref", 405, {"@odata.id": f"accounts({A})"}, error=(ODATA, NO_METHOD.format("POST"))),
            Step(f"PUT {CUSTOMERS}/$ref", 405, {"@odata.id": f"opportunities({O})"}, error=(ODATA, NO_METHOD.format("PUT"))),
        ], id="02 §7 r9"),
        pytest.param([
            Step(f"POST {LEADS}/$ref", 204, {"@odata.id": f"accounts({A})"}),
            Step(f"POST {LEADS}/$ref", 412, {"@odata.id": f"accounts({A})"}, error=("0x80040237", "Cannot insert duplicate key.")),
            Step(f"POST accounts({A})/accountleads_association/$ref", 412, {"@odata.id": f"leads({L})"}, error=("0x80040237", "Cannot insert duplicate key.")),
            Step(f"GET {LEADS}/$count", 200, shows="\ufeff1"),
            Step(f"POST {CUSTOMERS}/$ref", 204, {"@odata.id": f"opportunities({O})"}),
            Step(f"POST {CUSTOMERS}/$ref", 204, {"@odata.id": f"opportunities({O})"}),
            Step(f"GET {CUSTOMERS}/$count", 200, shows="\ufeff1"),
        ], id="02 §7 r10"),
        pytest.param([
            Step(f"PUT opportunities({O})/customerid_account/$ref", 204, {"@odata.id": f"accounts({B})"}),
            Step(f"DELETE opportunities({O})/customerid_contact/$ref", 204),
            Step(f"DELETE {CUSTOMERS}({O})/$ref", 204),
            Step(f"GET opportunities({O})", 200, shows={"_customerid_value": B}),
            Step(f"DELETE {LEADS}({A})/$ref", 204),
            Step(f"DELETE {LEADS}/$ref?$id=accounts({A})", 204),
        ], id="02 §7 r11"),
        pytest.param([
            Step(f"POST {CUSTOMERS}/$ref", 400, {"@odata.id": f"contacts({C})"}, error=(PAYLOAD, None)),
            Step(f"PUT opportunities({O})/customerid_account/$ref", 400, {"@odata.id": f"contacts({C})"}, error=(PAYLOAD, None)),
            Step(f"DELETE {CUSTOMERS}/$ref?$id=contacts({C})", 400, error=(PAYLOAD, None)),
            Step(f"POST {LEADS}/$ref", 400, {"@odata.id": f"leads({L})"}, error=(PAYLOAD, None)),
        ], id="02 §7 r12"),
        pytest.param([
            Step(f"POST {CUSTOMERS}/$ref", 204, {"@odata.id": f"opportunities({O})"}),
            Step(f"DELETE {CUSTOMERS}({O})/$ref", 204),
            Step(f"GET opportunities({O})", 200, shows={"_customerid_value": None}),
            Step("POST incidents", 204, {"title": "I", "customerid_account@odata.bind": f"accounts({A})"}),
            Step(f"DELETE accounts({A})/incident_customer_accounts(<id>)/$ref", 400, error=("0x8004203E", None)),
            Step("GET incidents(<id>)", 200, shows={"_customerid_value": A}),
        ], id="02 §7 r13"),
        pytest.param([
            Step(f"POST {LEADS}/$ref", 204, {"@odata.id": f"accounts({A})"}),
            Step("GET accountleadscollection?$select=accountid,leadid", 200, shows={"value": [{"accountid": A, "leadid": L}]}),
            Step("POST accountleadscollection", 405, {}, error=("0x80040315", None)),
            Step("GET accountleadscollection/$count", 200, shows="\ufeff1"),
        ], id="02 §7 r14"),
        pytest.param([
            Step("POST emails", 204, {"activityid": E, "subject": "E", "email_activity_parties": [{"partyid_systemuser@odata.bind": "systemusers(<user>)", "participationtypemask": 1}]}),
            Step(f"PUT emails({E})/email_activity_parties", 204, {"value": [{"partyid_contact@odata.bind": f"contacts({C})", "participationtypemask": 2}, {"partyid_account@odata.bind": f"/accounts({A})", "participationtypemask": 3}]}, shows=b""),
            Step(f"GET emails({E})/email_activity_parties?$select=_partyid_value,participationtypemask&$orderby=participationtypemask&$filter=participationtypemask ne 9", 200, shows={"value": [{"_partyid_value": C, "participationtypemask": 2}, {"_partyid_value": A, "participationtypemask": 3}]}),
            Step(f"PUT emails({E})/email_activity_parties", 204, {"value": []}),
            Step(f"GET emails({E})/email_activity_parties?$select=participationtypemask", 200, shows={"value": [{"participationtypemask": 9}]}),
            Step(f"PUT accounts({A})/contact_customer_accounts", 405, {"value": []}, error=(ODATA, NO_METHOD.format("PUT"))),
            Step(f"PUT emails({MISSING})/email_activity_parties", 404, {"value": []}, error=("0x80040217", f"email With Id = {MISSING} Does Not Exist")),
        ], id="02 §8 p1"),
        *(
            pytest.param([
                Step("POST appointments", 204, {"activityid": E, "subject": "P", "scheduledstart": "2024-05-01T10:00:00Z", "scheduledend": "2024-05-01T11:00:00Z", "appointment_activity_parties": [{"partyid_contact@odata.bind": f"contacts({C})", "participationtypemask": mask}]}),
                Step(f"GET appointments({E})/appointment_activity_parties?$select=participationtypemask&$filter=participationtypemask eq {mask}", 200, headers=ANNOTATED, shows={"value": [{"participationtypemask": mask, f"participationtypemask@{FORMATTED}": label}]}),
            ], id=f"02 §8 p1 mask {mask}")
            for mask, label in {5: "Required attendee", 6: "Optional attendee", 7: "Organizer"}.items()
        ),
    ],
)  # fmt: skip
def test_linking(keyed: Api, steps: list[Step]) -> None:
    walk(keyed, [*GIVEN, *steps])
