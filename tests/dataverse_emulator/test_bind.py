"""JSON bodies to records, and texts that name rows."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dataverse_emulator.errors import EmulatorError
from dataverse_emulator.messages.base import KeyReference, Record
from dataverse_emulator.metadata.catalog import AlternateKey, Catalog
from dataverse_emulator.metadata.definitions import load_catalog
from dataverse_emulator.values import Reference
from dataverse_emulator.web.webapi.bind import bind_property_value, bind_record, bind_reference
from dataverse_emulator.web.webapi.json_values import Misfit, convert_typed, to_choices

ROOT = "https://localhost:5366/api/data/v9.2/"
ID = "7eb682f1-ca75-e511-80d4-00155d2a68d1"
OTHER = "11111111-1111-1111-1111-111111111111"
CATALOG = load_catalog()


def bound(table: str, body: Any, *, for_update: bool = False) -> Record:
    return bind_record(CATALOG.table(table), body, CATALOG, ROOT, for_update=for_update)


def refusal(table: str, body: Any, *, for_update: bool = False) -> EmulatorError:
    with pytest.raises(EmulatorError) as caught:
        bound(table, body, for_update=for_update)
    return caught.value


@pytest.fixture
def keyed() -> Catalog:
    """A catalog whose contacts and accounts have alternate keys."""
    catalog = load_catalog()
    catalog.table("contact").keys = (
        AlternateKey("mail", "Mail", ("emailaddress1",)),
        AlternateKey("parent", "Parent", ("governmentid", "masterid")),
        AlternateKey("children", "Children", ("numberofchildren", "birthdate")),
    )
    return catalog


# ---- plain values --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "name", "value", "stored"),
    [
        pytest.param("account", "name", "Northwind", "Northwind", id="text"),
        pytest.param("account", "name", "", "", id="empty text"),
        pytest.param("account", "name", None, None, id="null"),
        pytest.param("account", "numberofemployees", 200, 200, id="whole number"),
        pytest.param("account", "numberofemployees", "200", 200, id="whole number as text"),
        pytest.param("account", "numberofemployees", 2147483647, 2147483647, id="largest whole number"),
        pytest.param("account", "revenue", 5000000, 5000000.0, id="integer for money"),
        pytest.param("account", "revenue", 12.5, 12.5, id="money"),
        pytest.param("account", "revenue", "12.50", 12.5, id="money as text"),
        pytest.param("account", "address1_latitude", "-1.5E1", -15.0, id="double as text with exponent"),
        pytest.param("account", "creditonhold", True, True, id="boolean"),
        pytest.param("account", "accountcategorycode", 1, 1, id="choice"),
        pytest.param("account", "accountcategorycode", "1", 1, id="choice as text"),
        pytest.param("account", "statecode", 1, 1, id="state"),
        pytest.param("account", "accountid", ID.upper(), ID, id="guid in upper case"),
        pytest.param("account", "accountid", "{" + ID + "}", ID, id="guid in braces"),
        pytest.param("account", "entityimage", "R0lG-_8=", "R0lG+/8=", id="image in the alphabet for URLs"),
        pytest.param("contact", "birthdate", "1990-01-31", "1990-01-31", id="date"),
        pytest.param("contact", "birthdate", "1990-01-31T23:00:00-05:00", "1990-01-31", id="date of a timestamp"),
        pytest.param("role", "iscustomizable", {"Value": True, "CanBeChanged": True}, True, id="managed property"),
        pytest.param("annotation", "objecttypecode", "account", "account", id="table name"),
    ],
)
def test_value_takes_the_form_of_the_engine(table: str, name: str, value: Any, stored: Any) -> None:
    values = bound(table, {name: value}).values
    assert values == {name: stored}
    assert type(values[name]) is type(stored)


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("2024-01-31T08:00:00Z", "2024-01-31T08:00:00Z"),
        ("2024-01-31T08:00:00z", "2024-01-31T08:00:00Z"),
        ("2024-01-31T08:00:00+02:00", "2024-01-31T06:00:00Z"),
        ("2024-01-31T23:30:00-0130", "2024-02-01T01:00:00Z"),
        ("2024-01-31T08:00:59.9999999Z", "2024-01-31T08:00:59Z"),
        ("2024-01-31T08:00:00.123456+00:00", "2024-01-31T08:00:00Z"),
        ("2024-01-31T08:00Z", "2024-01-31T08:00:00Z"),
        ("2024-01-31 08:00:00", "2024-01-31T08:00:00Z"),
        ("2024-01-31T08:00:00", "2024-01-31T08:00:00Z"),
        ("2024-01-31", "2024-01-31T00:00:00Z"),
        ("1753-01-01T00:00:00Z", "1753-01-01T00:00:00Z"),
        ("9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z"),
    ],
)
def test_time_is_kept_in_utc_and_whole_seconds(text: str, stored: str) -> None:
    assert bound("task", {"scheduledend": text}).values == {"scheduledend": stored}


@pytest.mark.parametrize(
    "text",
    [
        "1752-12-31T23:59:59Z",
        "1753-01-01T00:00:00+02:00",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59-05:00",
        "10000-01-01T00:00:00Z",
        "2024-02-30T00:00:00Z",
        "2024-13-01",
        "2024-01-31T24:00:00Z",
        "2024-01-31T08:61:00Z",
        "2024-01-31T08:00:00+99:00",
        "0000-00-00",
    ],
)
def test_time_that_does_not_exist_or_is_out_of_range_is_refused(text: str) -> None:
    problem = refusal("task", {"scheduledend": text})
    assert (problem.status, problem.code) == (400, "0x80040239")


@pytest.mark.parametrize(
    ("table", "name", "value", "inner"),
    [
        ("account", "numberofemployees", "many", "Cannot convert the literal 'many' to the expected type 'Edm.Int32'."),
        ("account", "numberofemployees", 2147483648, "the literal '2147483648' to the expected type 'Edm.Int32'."),
        ("account", "numberofemployees", 10**400, "to the expected type 'Edm.Int32'."),
        ("account", "numberofemployees", 1.5, "Cannot convert the literal '1.5' to the expected type 'Edm.Int32'."),
        ("account", "numberofemployees", True, "Cannot convert the literal 'True' to the expected type 'Edm.Int32'."),
        ("account", "numberofemployees", "\u0662", "to the expected type 'Edm.Int32'."),
        ("account", "revenue", "a lot", "Cannot convert the literal 'a lot' to the expected type 'Edm.Decimal'."),
        ("account", "revenue", True, "Cannot convert the literal 'True' to the expected type 'Edm.Decimal'."),
        ("account", "revenue", 10**400, "to the expected type 'Edm.Decimal'."),
        ("account", "revenue", 1e300, "to the expected type 'Edm.Decimal'."),
        ("account", "revenue", float("nan"), "to the expected type 'Edm.Decimal'."),
        ("account", "address1_latitude", float("inf"), "to the expected type 'Edm.Double'."),
        ("account", "address1_latitude", "1e999", "to the expected type 'Edm.Double'."),
        ("account", "address1_latitude", "NaN", "to the expected type 'Edm.Double'."),
        ("account", "name", 5, "Cannot convert the literal '5' to the expected type 'Edm.String'."),
        ("account", "name", False, "Cannot convert the literal 'False' to the expected type 'Edm.String'."),
        ("account", "creditonhold", 1, "Cannot convert the literal '1' to the expected type 'Edm.Boolean'."),
        ("account", "creditonhold", "true", "Cannot convert the literal 'true' to the expected type 'Edm.Boolean'."),
        ("account", "accountid", "x", "Cannot convert the literal 'x' to the expected type 'Edm.Guid'."),
        ("account", "accountid", 5, "Cannot convert the literal '5' to the expected type 'Edm.Guid'."),
        ("account", "createdon", "soon", "Cannot convert the literal 'soon' to the expected type 'Edm.DateTimeOffset'"),
        ("account", "createdon", 5, "Cannot convert the literal '5' to the expected type 'Edm.DateTimeOffset'."),
        ("contact", "birthdate", "soon", "Cannot convert the literal 'soon' to the expected type 'Edm.Date'."),
        ("account", "entityimage", "not base64!", "to the expected type 'Edm.Binary'."),
        ("account", "entityimage", "A", "to the expected type 'Edm.Binary'."),
        ("account", "name", {"a": 1}, "An unexpected 'StartObject' node was found when reading from the JSON reader."),
        ("account", "revenue", [1], "An unexpected 'StartArray' node was found when reading from the JSON reader."),
        ("role", "iscustomizable", True, "An unexpected 'PrimitiveValue' node"),
        ("role", "iscustomizable", {}, "to the expected type 'Edm.Boolean'."),
    ],
)
def test_value_of_another_type_is_refused_in_the_words_of_the_odata_library(
    table: str, name: str, value: Any, inner: str
) -> None:
    problem = refusal(table, {name: value})
    assert (problem.status, problem.code) == (400, "0x80048d19")
    assert f"Entity :'{CATALOG.table(table).entity_set_name}'" in problem.message
    assert inner in problem.message


def test_body_of_many_members_is_bound_as_a_whole() -> None:
    record = bound("lead", {"subject": "A", "@odata.etag": "x", "estimatedvalue": 1, "lastname": None})
    assert record.table is CATALOG.table("lead")
    assert record.values == {"subject": "A", "estimatedvalue": 1.0, "lastname": None}
    assert record.related == []


@pytest.mark.parametrize("body", [[], [{"name": "A"}], "text", 5, None, True])
def test_body_must_be_an_object(body: Any) -> None:
    problem = refusal("account", body)
    assert (problem.status, problem.code) == (400, "0x80048d19")


@pytest.mark.parametrize(
    "name",
    [
        "Name",
        "foo",
        "primarycontactid2",
        "_primarycontactid_value",
        "_ownerid_value",
        "parentcustomerid",
        "statecodename",
    ],
)
def test_unknown_member_is_refused_by_name(name: str) -> None:
    problem = refusal("account", {"name": "A", name: "B"})
    assert (problem.status, problem.code) == (400, "0x80048d19")
    assert f"Invalid property '{name}' was found in entity 'Microsoft.Dynamics.CRM.account'." in problem.message


@pytest.mark.parametrize(
    "body",
    [
        {"@odata.type": "Microsoft.Dynamics.CRM.account"},
        {"@odata.type": "#Microsoft.Dynamics.CRM.account"},
        {"@odata.context": ROOT + "$metadata#accounts/$entity", "@odata.etag": 'W/"1"', "@odata.id": "accounts(x)"},
        {"revenue@OData.Community.Display.V1.FormattedValue": "$1.00", "unknown@x.y": 1},
    ],
)
def test_annotations_are_ignored(body: dict[str, Any]) -> None:
    assert bound("account", body).values == {}


@pytest.mark.parametrize(
    ("value", "stored"),
    [("1,9", "1,9"), ("1, 9", "1,9"), ("9,1,9", "1,9"), (" 5 ", "5"), ("-1,2", "-1,2"), ("", None)],
)
def test_several_choices_are_kept_ascending_without_blanks(value: str, stored: str | None) -> None:
    assert to_choices(value) == stored


@pytest.mark.parametrize("value", ["1;2", "a", "1,", ",", 5, [1]])
def test_several_choices_that_are_no_numbers_are_refused(value: Any) -> None:
    with pytest.raises(Misfit):
        to_choices(value)


# ---- lookups -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        f"contacts({ID})",
        f"/contacts({ID})",
        f"contacts({ID.upper()})",
        f"contacts(contactid={ID})",
        f"contacts%28{ID}%29",
        ROOT + f"contacts({ID})",
        f"/api/data/v9.2/contacts({ID})",
        f"api/data/v9.1/contacts({ID})",
        f"https://contoso.crm4.dynamics.com/api/data/v9.0/contacts({ID})",
        f"http://localhost/contoso/api/data/v9.2/contacts({ID})",
        f"https://contoso.crm4.dynamics.com/api/data/v9.0/contacts(contactid={ID})",
    ],
)
def test_reference_may_be_relative_or_absolute(text: str) -> None:
    assert bound("account", {"primarycontactid@odata.bind": text}).values == {
        "primarycontactid": Reference("contact", ID)
    }


@pytest.mark.parametrize(
    ("table", "name", "text", "column", "target"),
    [
        ("contact", "parentcustomerid_account", f"accounts({ID})", "parentcustomerid", "account"),
        ("contact", "parentcustomerid_contact", f"contacts({ID})", "parentcustomerid", "contact"),
        ("lead", "customerid_account", f"accounts({ID})", "customerid", "account"),
        ("task", "regardingobjectid_lead_task", f"leads({ID})", "regardingobjectid", "lead"),
        ("task", "regardingobjectid_lead", f"leads({ID})", "regardingobjectid", "lead"),
        ("annotation", "objectid_lead", f"leads({ID})", "objectid", "lead"),
        ("activityparty", "partyid_systemuser", f"systemusers({ID})", "partyid", "systemuser"),
        ("activityparty", "activityid_activitypointer", f"tasks({ID})", "activityid", "task"),
        ("account", "ownerid", f"systemusers({ID})", "ownerid", "systemuser"),
        ("account", "ownerid", f"systemusers(ownerid={ID})", "ownerid", "systemuser"),
        ("account", "ownerid", f"teams({ID})", "ownerid", "team"),
    ],
)
def test_typed_navigation_property_sets_the_column_and_its_table(
    table: str, name: str, text: str, column: str, target: str
) -> None:
    assert bound(table, {f"{name}@odata.bind": text}).values == {column: Reference(target, ID)}


def test_guid_column_with_a_navigation_property_keeps_the_guid() -> None:
    record = bound("lead", {"stageid_processstage@odata.bind": f"processstages({ID})"})
    assert record.values == {"stageid": ID}


@pytest.mark.parametrize("member", ["primarycontactid@odata.bind", "primarycontactid"])
@pytest.mark.parametrize("for_update", [False, True])
def test_null_clears_a_lookup(member: str, for_update: bool) -> None:
    assert bound("account", {member: None}, for_update=for_update).values == {"primarycontactid": None}


def test_null_of_one_type_leaves_the_reference_of_another() -> None:
    bind = {"parentcustomerid_contact@odata.bind": f"contacts({ID})"}
    empty = {"parentcustomerid_account@odata.bind": None}
    for body in ({**bind, **empty}, {**empty, **bind}):
        assert bound("contact", body).values == {"parentcustomerid": Reference("contact", ID)}


def test_two_references_for_one_column_are_refused() -> None:
    body = {
        "parentcustomerid_account@odata.bind": f"accounts({ID})",
        "parentcustomerid_contact@odata.bind": f"contacts({ID})",
    }
    assert refusal("contact", body).status == 400
    body = {"parentcustomerid_account@odata.bind": f"accounts({ID})"}
    assert refusal("contact", {**body, "parentcustomerid_account": {"name": "A"}}).status == 400


def test_undeclared_bind_is_refused_by_name() -> None:
    problem = refusal("account", {"PrimaryContactId@odata.bind": f"contacts({ID})"})
    assert (problem.status, problem.code) == (400, "0x80048d19")
    assert "An undeclared property 'PrimaryContactId' which only has property annotations" in problem.message


@pytest.mark.parametrize(
    ("text", "status", "code"),
    [
        pytest.param(f"accounts({ID})", 400, "0x80048d19", id="row of another table"),
        pytest.param(f"foos({ID})", 404, "0x8006088a", id="unknown set"),
        pytest.param("foos(name='x')", 404, "0x8006088a", id="unknown set by key"),
        pytest.param("contacts(bad)", 400, "0x80060888", id="no guid"),
        pytest.param("contacts(5)", 400, "0x80060888", id="number"),
        pytest.param("contacts('x')", 400, "0x80060888", id="text as primary key"),
        pytest.param("contacts(null)", 400, "0x80060888", id="null as key"),
        pytest.param("contacts", 400, "0x80060888", id="no key"),
        pytest.param("contacts()", 400, "0x80060888", id="empty key"),
        pytest.param(f"contacts({ID})/parentcustomerid_account", 400, "0x80060888", id="longer path"),
        pytest.param(ID, 400, "0x80060888", id="bare guid"),
        pytest.param("", 400, "0x80060888", id="empty"),
        pytest.param("https://x", 400, "0x80060888", id="no path"),
        pytest.param("$1", 400, "0x80060888", id="unknown content-id"),
        pytest.param("contacts(lastname='x')", 400, "0x80060890", id="no alternate key"),
        pytest.param("contacts(foo='x')", 400, "0x80060890", id="no column"),
        pytest.param(5, 400, "0x80048d19", id="number as text"),
        pytest.param([f"contacts({ID})"], 400, "0x80048d19", id="list for a single-valued property"),
        pytest.param({}, 400, "0x80048d19", id="object"),
        pytest.param(True, 400, "0x80048d19", id="boolean"),
    ],
)
def test_reference_that_cannot_be_followed_is_refused(text: Any, status: int, code: str) -> None:
    problem = refusal("account", {"primarycontactid@odata.bind": text})
    assert (problem.status, problem.code) == (status, code)


@pytest.mark.parametrize("text", [f"accounts({ID})", f"contacts({ID})"])
def test_owner_must_be_a_user_or_a_team(text: str) -> None:
    assert refusal("account", {"ownerid@odata.bind": text}).code == "0x80048d19"


@pytest.mark.parametrize("text", [f"systemusers(systemuserid={ID})", f"teams(teamid={ID})"])
def test_named_key_of_a_principal_is_its_base_key(text: str) -> None:
    assert refusal("account", {"ownerid@odata.bind": text}).status == 400


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("contacts(emailaddress1='a@b.example')", (("emailaddress1", "a@b.example"),)),
        ("/contacts(emailaddress1='O''Neil')", (("emailaddress1", "O'Neil"),)),
        ("contacts(emailaddress1='a%2Fb%20c')", (("emailaddress1", "a/b c"),)),
        (ROOT + "contacts(emailaddress1='a')", (("emailaddress1", "a"),)),
        (
            f"contacts(governmentid='1',_masterid_value={ID})",
            (("governmentid", "1"), ("masterid", Reference("contact", ID))),
        ),
        ("contacts(birthdate=1990-01-31,numberofchildren=2)", (("birthdate", "1990-01-31"), ("numberofchildren", 2))),
    ],
)
def test_alternate_key_stands_for_a_row(keyed: Catalog, text: str, values: tuple[tuple[str, Any], ...]) -> None:
    record = bind_record(keyed.table("account"), {"primarycontactid@odata.bind": text}, keyed, ROOT, for_update=False)
    assert record.values == {"primarycontactid": KeyReference("contact", values)}


@pytest.mark.parametrize("text", ["contacts(emailaddress1=5)", "contacts(numberofchildren='x',birthdate=2000-01-01)"])
def test_value_of_an_alternate_key_must_fit_its_column(keyed: Catalog, text: str) -> None:
    with pytest.raises(EmulatorError) as caught:
        bind_reference(text, keyed, ROOT)
    assert caught.value.code == "0x80060888"


def test_reference_without_expectation_may_lead_anywhere() -> None:
    assert bind_reference(f"leads({ID})", CATALOG, ROOT) == Reference("lead", ID)


@pytest.mark.parametrize("value", [None, 5, {}, []])
def test_reference_must_be_text(value: Any) -> None:
    with pytest.raises(EmulatorError) as caught:
        bind_reference(value, CATALOG, ROOT)
    assert caught.value.status == 400


@pytest.mark.parametrize("value", ["11111111-1111-1111-1111-111111111111", 5, True, [], [{}]])
def test_navigation_property_is_no_plain_value(value: Any) -> None:
    problem = refusal("account", {"primarycontactid": value})
    assert (problem.status, problem.code) == (400, "0x80048d19")


# ---- nested records ------------------------------------------------------------------------------------------------


def test_nested_records_are_bound_to_any_depth() -> None:
    record = bound(
        "account",
        {
            "name": "A",
            "primarycontactid": {"lastname": "B", "ownerid@odata.bind": f"teams({ID})"},
            "opportunity_customer_accounts": [
                {"name": "C", "Opportunity_Tasks": [{"subject": "D"}, {"subject": "E"}]},
                {"name": "F"},
            ],
        },
    )
    contact, opportunities = record.related
    assert contact.navigation.name == "primarycontactid"
    (person,) = contact.items
    assert isinstance(person, Record)
    assert person.values == {"lastname": "B", "ownerid": Reference("team", ID)}
    first, second = opportunities.items
    assert isinstance(first, Record)
    assert isinstance(second, Record)
    assert (first.table.logical_name, first.values, second.values) == ("opportunity", {"name": "C"}, {"name": "F"})
    (tasks,) = first.related
    assert [item.values for item in tasks.items if isinstance(item, Record)] == [{"subject": "D"}, {"subject": "E"}]
    assert record.values == {"name": "A"}


@pytest.mark.parametrize("prefix", ["", "#"])
def test_type_of_a_nested_record_is_honoured(prefix: str) -> None:
    nested = {"@odata.type": f"{prefix}Microsoft.Dynamics.CRM.task", "subject": "Call"}
    record = bound("account", {"Account_ActivityPointers": [nested]})
    (item,) = record.related[0].items
    assert isinstance(item, Record)
    assert item.table is CATALOG.table("task")


@pytest.mark.parametrize(
    "nested",
    [
        {"@odata.type": "Microsoft.Dynamics.CRM.lead"},
        {"@odata.type": "Microsoft.Dynamics.CRM.nosuchtable"},
        {"@odata.type": 5},
        {"@odata.type": "lead"},
    ],
)
def test_type_that_does_not_fit_the_navigation_property_is_refused(nested: dict[str, Any]) -> None:
    assert refusal("account", {"primarycontactid": nested}).status == 400


def test_existing_rows_join_a_collection_by_reference() -> None:
    record = bound("account", {"Account_Tasks@odata.bind": [f"tasks({ID})", f"/tasks({OTHER})"]})
    (related,) = record.related
    assert related.navigation.name == "Account_Tasks"
    assert related.items == [Reference("task", ID), Reference("task", OTHER)]


def test_nested_object_with_an_id_alone_is_an_existing_row() -> None:
    record = bound("account", {"primarycontactid": {"@odata.id": f"contacts({ID})"}})
    assert record.values == {"primarycontactid": Reference("contact", ID)}
    record = bound("account", {"Account_Tasks": [{"@odata.id": f"tasks({ID})"}]})
    assert record.related[0].items == [Reference("task", ID)]


@pytest.mark.parametrize(
    "body",
    [
        {"Account_Tasks@odata.bind": f"tasks({ID})"},
        {"Account_Tasks@odata.bind": None},
        {"Account_Tasks": {"subject": "A"}},
        {"Account_Tasks": None},
        {"Account_Tasks": ["A"]},
        {"Account_Tasks": [[]]},
    ],
)
def test_collection_takes_a_list_of_its_kind(body: dict[str, Any]) -> None:
    problem = refusal("account", body)
    assert (problem.status, problem.code) == (400, "0x80048d19")


@pytest.mark.parametrize(
    "body",
    [
        {"primarycontactid": {"lastname": "B"}},
        {"Account_Tasks": [{"subject": "A"}]},
        {"Account_Tasks@odata.bind": [f"tasks({ID})"]},
    ],
)
def test_nested_records_are_refused_in_an_update(body: dict[str, Any]) -> None:
    assert refusal("account", body, for_update=True).status == 400


@pytest.mark.parametrize("for_update", [False, True])
def test_parties_of_an_activity_may_be_given_in_any_write(for_update: bool) -> None:
    record = bound(
        "email",
        {
            "email_activity_parties": [
                {"participationtypemask": 1, "partyid_systemuser@odata.bind": f"/systemusers({ID})"},
                {"participationtypemask": 3, "addressused": "someone@example.com"},
            ]
        },
        for_update=for_update,
    )
    (parties,) = record.related
    assert [item.values for item in parties.items if isinstance(item, Record)] == [
        {"participationtypemask": 1, "partyid": Reference("systemuser", ID)},
        {"participationtypemask": 3, "addressused": "someone@example.com"},
    ]


def test_mistake_in_a_nested_record_names_the_nested_type() -> None:
    problem = refusal("account", {"primarycontactid": {"name": "x"}})
    assert "Entity :'contacts'" in problem.message
    assert "Invalid property 'name'" in problem.message


def test_endless_nesting_is_refused() -> None:
    body: dict[str, Any] = {}
    for _ in range(50):
        body = {"parentaccountid": body}
    assert refusal("account", body).status == 400


# ---- one property --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("body", "value"), [({"value": "New"}, "New"), ({"value": None}, None)])
def test_single_property_is_written_by_its_value(body: Any, value: Any) -> None:
    assert bind_property_value(CATALOG.table("account").columns["name"], body) == value


@pytest.mark.parametrize("body", [{}, {"Value": "x"}, {"value": 5}, {"value": {}}, [], "x", None])
def test_single_property_without_fitting_value_is_refused(body: Any) -> None:
    with pytest.raises(EmulatorError) as caught:
        bind_property_value(CATALOG.table("account").columns["name"], body, "accounts")
    assert (caught.value.status, caught.value.code) == (400, "0x80048d19")


def test_lookup_is_no_single_property_to_write() -> None:
    with pytest.raises(EmulatorError) as caught:
        bind_property_value(CATALOG.table("account").columns["primarycontactid"], {"value": ID})
    assert "Invalid property '_primarycontactid_value'" in caught.value.message


# ---- anything at all -----------------------------------------------------------------------------------------------

MEMBERS = sorted({*CATALOG.table("email").properties, *CATALOG.table("email").navigation})
names = st.one_of(
    st.sampled_from(MEMBERS), st.sampled_from(MEMBERS).map(lambda name: f"{name}@odata.bind"), st.text(max_size=20)
)
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=40),
    st.sampled_from([f"contacts({ID})", f"systemusers({ID})", "accounts(name='x')", "$1", "2024-01-01T00:00:00Z"]),
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(names, inner, max_size=3)),
    max_leaves=8,
)


@settings(max_examples=300)
@given(st.dictionaries(names, values, max_size=5), st.booleans())
def test_no_body_raises_anything_but_an_answer(body: dict[str, Any], for_update: bool) -> None:
    with suppress(EmulatorError):
        assert isinstance(bound("email", body, for_update=for_update), Record)


@given(st.text())
def test_no_text_of_a_reference_raises_anything_but_an_answer(text: str) -> None:
    for candidate in (text, f"contacts({text})", f"contacts(emailaddress1='{text}')"):
        with suppress(EmulatorError):
            bind_reference(candidate, CATALOG, ROOT)


@given(st.datetimes(min_value=datetime(1753, 1, 2)))
def test_any_time_in_range_is_accepted_as_python_writes_it(moment: datetime) -> None:
    text = moment.isoformat() + "Z"
    assert convert_typed(text, "Edm.DateTimeOffset") == moment.replace(microsecond=0).isoformat() + "Z"


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_any_double_survives(value: float) -> None:
    assert convert_typed(json.loads(json.dumps(value)), "Edm.Double") == value
    assert convert_typed(json.dumps(value), "Edm.Double") == value
