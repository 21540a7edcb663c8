# ruff: noqa: E501 - tables read best with one step a line
"""Creating rows, rule by rule (the ids are the rows of contract 02 §1: ``r`` of a table, ``p`` of a list)."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import MISSING, Api
from .defining import column
from .stepping import ABSENT, A, B, C, Step, rule, walk

REPRESENT = {"Prefer": "return=representation"}
TYPE = "Microsoft.Dynamics.CRM."
PAYLOAD = "0x80048d19"
PHOTO = "R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
CHECK = {"MSCRM.SuppressDuplicateDetection": "false"}


def undeclared(name: str, entity_set: str) -> str:
    """The text about a bind to what is no navigation property."""
    return (
        f"Error identified in Payload provided by the user for Entity :'{entity_set}', For more information on this "
        "error please follow this help link https://go.microsoft.com/fwlink/?linkid=2195293  ---->  InnerException : "
        f"Microsoft.OData.ODataException: An undeclared property '{name}' which only has property annotations in the "
        "payload but no property value was found in the payload. In OData, only declared navigation properties and "
        "declared named streams can be represented as properties without values."
    )


def nested(depth: int) -> dict[str, Any]:
    """Accounts in accounts."""
    row: dict[str, Any] = {"name": "deepest"}
    for _ in range(depth):
        row = {"name": "A", "parentaccountid": row}
    return row


@pytest.mark.parametrize(
    "steps",
    [
        pytest.param([
            Step("POST accounts", 204, {"accountid": A, "name": "A"}, shows=b"", has={"odata-entityid": f"<root>accounts({A})", "location": f"<root>accounts({A})", "odata-version": "4.0", "preference-applied": ABSENT, "etag": ABSENT}),
            Step(f"GET accounts({A})", 200, shows={"name": "A"}),
        ], id="02 §1 r1"),
        pytest.param([
            Step("POST http://localhost:5365/api/data/v9.1/accounts", 204, {"accountid": A}, has={"odata-entityid": f"http://localhost:5365/api/data/v9.1/accounts({A})"}),
        ], id="02 §1 r1 repeats the version called"),
        pytest.param([
            Step("POST accounts", 204, {"name": "A"}, {"Prefer": "return=minimal"}, shows=b""),
        ], id="02 §1 r1 return=minimal"),
        pytest.param([
            Step("POST contacts", 204, {"contactid": C, "lastname": "C"}),
            Step("POST accounts?$select=name&$expand=primarycontactid($select=lastname)", 201, {"name": "A", "primarycontactid@odata.bind": f"/contacts({C})"}, REPRESENT,
                 shows={"@odata.context": "<root>$metadata#accounts(name,primarycontactid(lastname))/$entity", "name": "A", "primarycontactid": {"lastname": "C", "contactid": C}, "revenue": ABSENT},
                 has={"preference-applied": "return=representation", "odata-entityid": ABSENT, "location": ABSENT, "content-type": "application/json; odata.metadata=minimal"}),
        ], id="02 §1 r2"),
        pytest.param([
            Step("POST accounts", 201, {"name": "A"}, REPRESENT, shows={"@odata.context": "<root>$metadata#accounts/$entity", "name": "A", "description": None, "statecode": 0, "_ownerid_value": "<user>", "entityimage": ABSENT}),
        ], id="02 §1 r2 without $select"),
        pytest.param([
            Step("POST accounts?$expand=contact_customer_accounts($select=lastname),Account_Tasks($select=subject)", 201, {"name": "A", "contact_customer_accounts": [{"lastname": "C"}], "Account_Tasks": [{"subject": "T"}]}, REPRESENT,
                 shows={"contact_customer_accounts": [{"lastname": "C"}], "Account_Tasks": [{"subject": "T"}]}),
        ], id="02 §1.1 p2"),
        pytest.param([Step("POST accounts", 204, {"name": "A", "accountid": A, "primarycontactid": {"contactid": C, "lastname": "C"}}, shows=b"", has={"odata-entityid": f"<root>accounts({A})"})], id="02 §1.1 p2 of the root only"),
        pytest.param([
            Step("POST accounts", 204, {"accountid": A.upper(), "name": "A"}, has={"odata-entityid": f"<root>accounts({A})"}),
            Step("POST accounts", 412, {"accountid": A, "name": "B"}, error=("0x80040237", "Cannot insert duplicate key.")),
            Step(f"GET accounts({A})/name", 200, shows={"value": "A"}),
        ], id="02 §1 r3"),
        pytest.param([Step("POST accounts", 400, {"accountid": "123", "name": "A"}, error=(PAYLOAD, None))], id="02 §1 r3 no guid"),
        pytest.param([Step("POST accounts", 204, {"accountid": None, "name": "A"}), Step("GET accounts(<id>)/name", 200, shows={"value": "A"})], id="02 §1 r3 null"),
        pytest.param([
            Step("POST accounts", 400, {"Name": "A"}, error=(PAYLOAD, None)),
            Step("POST accounts", 400, {"foo": 1}, error=(PAYLOAD, None)),
            Step("GET accounts/$count", 200, shows="\ufeff0"),
        ], id="02 §1 r4"),
        pytest.param([
            Step("POST contacts", 204, {"contactid": C, "lastname": "C"}),
            Step("POST accounts", 400, {"name": "A", "_primarycontactid_value": C}, error=(PAYLOAD, None)),
            Step("POST accounts", 400, {"name": "A", "primarycontactid": C}, error=(PAYLOAD, None)),
            Step("POST accounts", 400, {"name": "A", "PrimaryContactId@odata.bind": f"contacts({C})"}, error=(PAYLOAD, undeclared("PrimaryContactId", "accounts"))),
            Step("POST accounts", 204, {"name": "A", "primarycontactid@odata.bind": f"contacts({C})"}),
            Step("GET accounts(<id>)/_primarycontactid_value", 200, shows={"value": C}),
        ], id="02 §1 r5"),
        pytest.param([
            Step("POST contacts", 204, {"firstname": "F", "lastname": "L", "fullname": "Other", "createdon": "2001-01-01T00:00:00Z", "versionnumber": 1}),
            Step("GET contacts(<id>)?$select=fullname", 200, shows={"fullname": "F L"}),
            Step("GET contacts/$count?$filter=createdon lt 2002-01-01", 200, shows="\ufeff0"),
            Step("GET contacts/$count?$filter=versionnumber eq 1", 200, shows="\ufeff0"),
        ], id="02 §1 r6"),
        pytest.param([
            Step("POST accounts", 204, {"name": "A", "overriddencreatedon": "2019-05-04T10:00:00Z"}),
            Step("GET accounts(<id>)?$select=createdon,overriddencreatedon", 200, shows={"createdon": "2019-05-04T10:00:00Z"}),
        ], id="02 §1 r7"),
        pytest.param([
            Step("POST accounts", 204, {"name": "A", "revenue": 5}),
            Step("GET accounts(<id>)", 200, shows={"_ownerid_value": "<user>", "_owninguser_value": "<user>", "_owningteam_value": None, "_owningbusinessunit_value": "<unit>", "_createdby_value": "<user>", "_modifiedby_value": "<user>", "_createdonbehalfby_value": None, "statecode": 0, "statuscode": 1, "creditonhold": False, "donotemail": False, "preferredcontactmethodcode": 1, "exchangerate": 1, "revenue_base": 5}),
            Step("GET accounts/$count?$filter=createdon eq null or modifiedon eq null or versionnumber eq null or _transactioncurrencyid_value eq null", 200, shows="\ufeff0"),
        ], id="02 §1 r8"),
        pytest.param([
            Step("POST accounts", 204, {"name": "A"}),
            Step("POST incidents", 204, {"title": "I", "customerid_account@odata.bind": "accounts(<id>)"}),
            Step("GET incidents/$count?$filter=startswith(ticketnumber,'CAS-')", 200, shows="\ufeff1"),
        ], id="02 §1 r8 autonumber"),
        pytest.param([
            Step("POST accounts", 204, {"@odata.type": "#" + TYPE + "account", "@odata.context": "x", "@odata.etag": 'W/"1"', "@odata.id": "accounts(x)", "@odata.editLink": "x", "name@OData.Community.Display.V1.FormattedValue": "y", "name": "A", "_ownerid_value@Microsoft.Dynamics.CRM.lookuplogicalname": "systemuser"}),
            Step("GET accounts(<id>)/name", 200, shows={"value": "A"}),
        ], id="02 §1 r9"),
        pytest.param([
            Step("POST accounts", 204, {"accountid": A, "name": "A"}),
            Step("POST tasks", 204, {"subject": "T", "regardingobjectid_account_task": {"@odata.type": TYPE + "account", "name": "Nested"}}),
            Step("GET tasks(<id>)/regardingobjectid_account_task?$select=name", 200, shows={"name": "Nested"}),
            Step("POST accounts", 204, {"name": "B", "Account_ActivityPointers": [{"@odata.type": TYPE + "phonecall", "subject": "P"}, {"@odata.type": "#" + TYPE + "task", "subject": "T2"}]}),
            Step("GET phonecalls?$select=subject,_regardingobjectid_value", 200, shows={"value": [{"subject": "P", "_regardingobjectid_value": "<id>"}]}),
            Step("GET tasks?$select=subject&$filter=subject eq 'T2'", 200, shows={"value": [{"subject": "T2"}]}),
        ], id="02 §1 r10"),
        pytest.param([
            Step("POST incidents", 204, {"title": "I", "customerid_account": {"name": "Nested"}}),
            Step("GET incidents(<id>)/customerid_account?$select=name", 200, shows={"name": "Nested"}),
            Step("POST contacts", 204, {"lastname": "C", "parentcustomerid_contact": {"lastname": "Parent"}}),
            Step("GET contacts(<id>)?$expand=parentcustomerid_contact($select=lastname)", 200, shows={"parentcustomerid_contact": {"lastname": "Parent"}}),
        ], id="02 §1 r10 customers"),
        pytest.param([
            Step("POST leads", 204, {"leadid": A, "lastname": "L"}),
            Step("GET accountleadscollection", 200, shows={"value": []}),
            Step("POST accountleadscollection", 405, {"accountleadid": A}, error=("0x80040315", None)),
        ], id="02 §1 r12"),
        pytest.param([
            Step("POST accounts", 204, {"accountid": A, "name": "A", "primarycontactid": {"firstname": "F", "lastname": "P"}, "opportunity_customer_accounts": [{"name": "O", "Opportunity_Tasks": [{"subject": "1"}, {"subject": "2"}]}]}),
            Step(f"GET accounts({A})?$expand=primarycontactid($select=fullname),opportunity_customer_accounts($select=name)", 200, shows={"primarycontactid": {"fullname": "F P"}, "opportunity_customer_accounts": [{"name": "O"}]}),
            Step("GET tasks?$select=subject&$orderby=subject&$expand=regardingobjectid_opportunity_task($select=name,_customerid_value)", 200, shows={"value": [{"subject": "1", "regardingobjectid_opportunity_task": {"name": "O", "_customerid_value": A}}, {"subject": "2"}]}),
        ], id="02 §1.1 p1"),
        pytest.param([
            Step("POST accounts", 400, {"name": "A", "primarycontactid": {"lastname": "C"}, "Account_Tasks": [{"subject": "T"}, {"subject": "x" * 201}]}, error=("0x80044331", "A validation error occurred.  The length of the 'subject' attribute of the 'task' entity exceeded the maximum allowed length of '200'.")),
            Step("GET accounts/$count", 200, shows="\ufeff0"),
            Step("GET contacts/$count", 200, shows="\ufeff0"),
            Step("GET tasks/$count", 200, shows="\ufeff0"),
        ], id="02 §1.1 p1 in one transaction"),
        pytest.param([
            Step("POST accounts", 204, nested(10)),
            Step("GET accounts/$count", 200, shows="\ufeff11"),
            Step("POST accounts", 400, nested(11), error=("0x80040203", None)),
            Step("GET accounts/$count", 200, shows="\ufeff11"),
            Step("PATCH accounts(<id>)", 400, {"name": "B", "primarycontactid": {"lastname": "C"}}, error=(PAYLOAD, None)),
            Step("PATCH accounts(<id>)", 400, {"name": "B", "Account_Tasks": [{"subject": "T"}]}, error=(PAYLOAD, None)),
            Step("GET accounts(<id>)/name", 200, shows={"value": "A"}),
        ], id="02 §1.1 p3"),
        pytest.param([
            Step("POST contacts", 204, {"contactid": C, "lastname": "C"}),
            Step("POST accounts", 204, {"name": "A", "accountid": A, "opportunity_customer_accounts": [{"name": "O", "parentcontactid@odata.bind": f"/contacts({C})"}]}),
            Step("GET opportunities?$select=_parentcontactid_value,_customerid_value", 200, shows={"value": [{"_parentcontactid_value": C, "_customerid_value": A}]}),
        ], id="02 §1.1 p4"),
        pytest.param([
            Step("POST accounts", 204, {"accountid": A, "name": "A"}),
            Step("POST accounts", 204, {"accountid": B, "name": "B"}),
            Step("POST leads", 204, {"lastname": "L", "accountleads_association": [{"name": "N"}], "accountleads_association@odata.bind": [f"/accounts({A})", f"accounts({B})"]}),
            Step("GET leads(<id>)/accountleads_association?$select=name&$orderby=name", 200, shows={"value": [{"name": "A"}, {"name": "B"}, {"name": "N"}]}),
        ], id="02 §1.1 p5"),
        pytest.param([
            Step("POST contacts", 204, {"lastname": "C", "emailaddress1": "c@x.example"}),
            Step("POST accounts", 204, {"name": "A", "primarycontactid": {"lastname": "D", "emailaddress1": "c@x.example"}}, CHECK),
            Step("POST accounts", 412, {"name": "A"}, CHECK, error=("0x80040333", "A record was not created or updated because a duplicate of the current record already exists.")),
        ], id="02 §1.1 p6"),
        pytest.param([
            Step("POST contacts", 204, {"contactid": C, "lastname": "C"}),
            Step("POST tasks", 204, {"activityid": A, "subject": "1"}),
            Step("POST tasks", 204, {"activityid": B, "subject": "2"}),
            Step("POST accounts", 204, {"name": "A", "primarycontactid@odata.bind": f"/contacts({C})", "Account_Tasks@odata.bind": [f"/tasks({A})", f"<root>tasks({B})"]}),
            Step("GET accounts(<id>)?$select=_primarycontactid_value&$expand=Account_Tasks($select=subject;$orderby=subject)", 200, shows={"_primarycontactid_value": C, "Account_Tasks": [{"subject": "1"}, {"subject": "2"}]}),
        ], id="02 §1.2 p1"),
        pytest.param([
            Step("POST accounts", 400, {"name": "A", "Account_Tasks@odata.bind": f"/tasks({A})"}, error=(PAYLOAD, None)),
            Step("POST accounts", 400, {"name": "A", "primarycontactid@odata.bind": [f"/contacts({C})"]}, error=(PAYLOAD, None)),
            Step("POST accounts", 404, {"name": "A", "Account_Tasks@odata.bind": [f"/tasks({MISSING})"]}, error=("0x80040217", f"task With Id = {MISSING} Does Not Exist")),
            Step("GET accounts/$count", 200, shows="\ufeff0"),
        ], id="02 §1.2 p1 wrong ones"),
    ],
)  # fmt: skip
def test_creating(api: Api, steps: list[Step]) -> None:
    walk(api, steps)


SOURCE = f"InitializeFrom(EntityMoniker=@p1,TargetEntityName=@p2,TargetFieldType=@p3)?@p1={{'@odata.id':'accounts({A})'}}&@p2='account'&@p3="


@pytest.mark.parametrize(
    "kind",
    [
        pytest.param(f"{TYPE}TargetFieldType'ValidForCreate'", id="02 §1.3 p1"),
        pytest.param(f"{TYPE}TargetFieldType'All'", id="02 §1.3 p2 All"),
        pytest.param(f"{TYPE}TargetFieldType'ValidForUpdate'", id="02 §1.3 p2 ValidForUpdate"),
        pytest.param(f"{TYPE}TargetFieldType'ValidForRead'", id="02 §1.3 p2 ValidForRead"),
        pytest.param(f"{TYPE}TargetFieldType'1'", id="02 §1.3 p2 a number"),
    ],
)
def test_initialize_from(api: Api, kind: str) -> None:
    row = {
        "@odata.context": "<root>$metadata#accounts/$entity",
        "@odata.type": f"#{TYPE}account",
        "parentaccountid@odata.bind": f"accounts({A})",
        "accountid": ABSENT,
    }
    walk(api, [
        Step("POST accounts", 204, {"accountid": A, "name": "A", "telephone1": "1"}),
        Step("GET " + SOURCE + kind, 200, shows=row),
    ])  # fmt: skip


@rule("02 §1 r11")
def test_images_that_are_not_the_primary_one(api: Api) -> None:
    columns = "EntityDefinitions(LogicalName='account')/Attributes"
    walk(api, [
        Step(f"POST {columns}", 204, column("Image", "new_Second")),
        Step("POST accounts", 400, {"name": "A", "new_second": PHOTO}, error=("0x80090487", None)),
        Step("GET accounts/$count", 200, shows="\ufeff0"),
        Step("POST accounts", 204, {"name": "A", "entityimage": PHOTO}),
        Step("PATCH accounts(<id>)", 204, {"new_second": PHOTO}),
    ])  # fmt: skip
