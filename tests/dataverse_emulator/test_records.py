"""Create, update, upsert and delete of single rows (contract 02 §1 to §4, 04 §4, 06 §1)."""

from __future__ import annotations

from typing import Any

import pytest

from dataverse_emulator.messages.base import (
    AlikeRecords,
    Associate,
    Create,
    Delete,
    KeyReference,
    Record,
    Update,
    Upsert,
)
from dataverse_emulator.metadata.catalog import AlternateKey
from dataverse_emulator.service import Service
from dataverse_emulator.values import EMPTY_GUID, Reference

NOW = "2024-05-01T10:00:00Z"
GIVEN = "11111111-1111-1111-1111-111111111111"
NOBODY = "99999999-9999-9999-9999-999999999999"


# -- system columns --------------------------------------------------------------------------------------------------


def test_create_stamps_time_user_owner_and_version(bench: Any) -> None:
    row = bench.read(bench.create("lead", {"lastname": "Ruiz"}))
    assert row["createdon"] == row["modifiedon"] == NOW
    assert row["createdby"] == row["modifiedby"] == row["ownerid"] == row["owninguser"] == bench.user
    assert row["owningteam"] is None
    assert row["owningbusinessunit"] == Reference("businessunit", bench.caller.business_unit_id)
    assert row["createdonbehalfby"] is None
    assert isinstance(row["versionnumber"], int)


def test_create_on_behalf_names_the_real_caller(bench: Any) -> None:
    from dataclasses import replace

    other = bench.other_user()
    bench.caller = replace(bench.service.caller(other.id), on_behalf_of=bench.user.id)
    row = bench.read(bench.create("lead", {"lastname": "Ruiz"}))
    assert (row["createdby"], row["createdonbehalfby"], row["ownerid"]) == (other, bench.user, other)
    assert row["modifiedonbehalfby"] == bench.user


def test_recorded_defaults_of_a_lead(bench: Any) -> None:
    row = bench.read(bench.create("lead", {"lastname": "Ruiz"}))
    expected = {
        "leadqualitycode": 2,
        "prioritycode": 1,
        "preferredcontactmethodcode": 1,
        "salesstagecode": 1,
        "address1_addresstypecode": 1,
        "address1_shippingmethodcode": 1,
        "address2_addresstypecode": 1,
        "address2_shippingmethodcode": 1,
        "followemail": True,
        "donotemail": False,
        "donotbulkemail": False,
        "merged": False,
        "decisionmaker": False,
        "statecode": 0,
        "statuscode": 1,
        "revenue": None,
        "transactioncurrencyid": None,
    }
    assert {name: row[name] for name in expected} == expected


def test_a_given_key_is_used_and_taken_only_once(bench: Any, refused: Any) -> None:
    assert bench.create("account", {"accountid": GIVEN, "name": "A"}).id == GIVEN
    with refused("DuplicateKey", "0x80040237", 412):
        bench.create("account", {"accountid": GIVEN, "name": "B"})
    assert len(bench.rows("account")) == 1


def test_a_key_of_zeros_is_replaced(bench: Any) -> None:
    assert bench.create("account", {"accountid": EMPTY_GUID, "name": "A"}).id != EMPTY_GUID


def test_overridden_creation_date_moves_createdon(bench: Any, refused: Any) -> None:
    row = bench.read(bench.create("account", {"name": "A", "overriddencreatedon": "2020-01-02T00:00:00Z"}))
    assert (row["createdon"], row["overriddencreatedon"]) == ("2020-01-02T00:00:00Z", NOW)
    with refused("InvalidArgument", "0x80040203", 400):
        bench.create("account", {"name": "A", "overriddencreatedon": "2031-01-02T00:00:00Z"})


def test_stamped_columns_that_the_client_sends_drop_out(bench: Any) -> None:
    other = Reference("systemuser", NOBODY)
    row = bench.read(
        bench.create(
            "account", {"name": "A", "createdon": "2001-01-01T00:00:00Z", "createdby": other, "versionnumber": 5}
        )
    )
    assert (row["createdon"], row["createdby"]) == (NOW, bench.user)
    assert row["versionnumber"] != 5


def test_organization_owned_rows_carry_the_organization(bench: Any) -> None:
    row = bench.read(bench.create("pricelevel", {"name": "Retail"}))
    assert row["organizationid"].table == "organization"
    assert "ownerid" not in row


def test_update_moves_modified_stamps_and_version_even_without_a_change(bench: Any) -> None:
    account = bench.create("account", {"name": "A"})
    before = bench.read(account)
    bench.update(account, {"name": "A"})
    after = bench.read(account)
    assert after["versionnumber"] > before["versionnumber"]
    assert after["createdon"] == before["createdon"]


def test_update_changes_only_what_it_names(bench: Any) -> None:
    account = bench.create("account", {"name": "A", "description": "keep", "telephone1": "1"})
    bench.update(account, {"telephone1": None})
    row = bench.read(account)
    assert (row["name"], row["description"], row["telephone1"]) == ("A", "keep", None)


def test_update_of_a_missing_row(bench: Any, refused: Any) -> None:
    with refused("ObjectDoesNotExist", "0x80040217", 404):
        bench.update(Reference("account", NOBODY), {"name": "A"})


def test_a_stale_version_is_refused(bench: Any, refused: Any) -> None:
    account = bench.create("account", {"name": "A"})
    version = bench.read(account)["versionnumber"]
    bench.run(Update(account, bench.record("account", {"name": "B"}), version=version))
    with refused("VersionMismatch", "0x80060882", 412):
        bench.run(Update(account, bench.record("account", {"name": "C"}), version=version))
    with refused("VersionMismatch", "0x80060882", 412):
        bench.run(Delete(account, version=version))


# -- values ----------------------------------------------------------------------------------------------------------


def test_an_empty_text_is_stored_as_null(bench: Any) -> None:
    assert bench.read(bench.create("account", {"name": "A", "description": ""}))["description"] is None


@pytest.mark.parametrize(
    ("table", "values", "name", "code"),
    [
        pytest.param("lead", {"firstname": "x" * 51}, "StringTooLong", "0x80044331", id="text too long"),
        pytest.param("account", {"numberofemployees": -1}, "IntegerOutOfRange", "0x8004432F", id="integer below"),
        pytest.param("lead", {"revenue": -1.0}, "NumberOutOfRange", "0x80044330", id="money below"),
        pytest.param("lead", {"leadsourcecode": 99}, "ChoiceOutOfRange", "0x8004431A", id="unknown choice"),
        pytest.param(
            "lead", {"lastonholdtime": "1752-12-31T00:00:00Z"}, "BadDate", "0x80040239", id="date before 1753"
        ),
        pytest.param("uomschedule", {"description": "no name"}, "RequiredFieldMissing", "0x80040200", id="required"),
        pytest.param("uomschedule", {"name": None}, "ValueCannotBeNull", "0x8004203E", id="required null"),
        pytest.param(
            "lead", {"parentaccountid": Reference("account", NOBODY)}, "ObjectDoesNotExist", "0x80040217", id="no row"
        ),
    ],
)
def test_values_that_a_column_refuses(
    bench: Any, refused: Any, table: str, values: dict[str, Any], name: str, code: str
) -> None:
    with refused(name, code):
        bench.create(table, values)
    assert not bench.rows("lead")


def test_the_text_names_column_table_and_limit(bench: Any) -> None:
    with pytest.raises(Exception, match="exceeded the maximum allowed length of '50'"):
        bench.create("lead", {"firstname": "x" * 51})
    with pytest.raises(
        Exception, match=r"value 99 of 'leadsourcecode' on record of type 'lead'.*Accepted Values: 1,2,3"
    ):
        bench.create("lead", {"leadsourcecode": 99})


def test_a_lookup_to_a_row_of_a_wrong_table(bench: Any, refused: Any) -> None:
    contact = bench.create("contact", {"lastname": "Ruiz"})
    with refused("LookupTargetMismatch", "0x80040236", 400):
        bench.create("lead", {"parentaccountid": contact})


def test_a_required_column_cannot_be_cleared(bench: Any, refused: Any) -> None:
    schedule = bench.create("uomschedule", {"name": "A"})
    with refused("ValueCannotBeNull", "0x8004203E", 400):
        bench.update(schedule, {"name": ""})


def test_decimals_are_rounded_to_the_columns_precision(bench: Any) -> None:
    assert bench.read(bench.create("opportunity", {"discountpercentage": 12.345}))["discountpercentage"] == 12.35


# -- composed columns -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("convention", "expected"),
    [
        (0, "Ruiz, Ana"),
        (1, "Ana Ruiz"),
        (2, "Ruiz, Ana M."),
        (3, "Ana M. Ruiz"),
        (4, "Ruiz, Ana Maria"),
        (5, "Ana Maria Ruiz"),
        (6, "Ruiz Ana"),
        (7, "RuizAna"),
    ],
)
def test_full_name_by_convention(bench: Any, convention: int, expected: str) -> None:
    bench.write(
        Reference("organization", bench.rows("organization")[0]["organizationid"]), fullnameconventioncode=convention
    )
    contact = bench.create("contact", {"firstname": "Ana", "middlename": "Maria", "lastname": "Ruiz"})
    row = bench.read(contact)
    assert row["fullname"] == row["yomifullname"] == expected


def test_full_name_follows_its_parts_and_is_null_without_any(bench: Any) -> None:
    lead = bench.create("lead", {"firstname": "Ana", "lastname": "Ruiz"})
    bench.update(lead, {"lastname": "Lund"})
    assert bench.read(lead)["fullname"] == "Ana Lund"
    bench.update(lead, {"lastname": None, "firstname": None})
    assert bench.read(lead)["fullname"] is None
    bench.update(lead, {"fullname": "sent"})
    assert bench.read(lead)["fullname"] is None


def test_address_text(bench: Any) -> None:
    account = bench.create(
        "account",
        {
            "name": "A",
            "address1_line1": "1 Main",
            "address1_city": "Oslo",
            "address1_postalcode": "0150",
            "address1_country": "Norway",
        },
    )
    assert bench.read(account)["address1_composite"] == "1 Main\r\nOslo, 0150\r\nNorway"
    assert bench.read(account)["address2_composite"] is None
    bench.update(account, {"address1_stateorprovince": "O", "address1_country": None})
    assert bench.read(account)["address1_composite"] == "1 Main\r\nOslo, O 0150"


@pytest.mark.parametrize(
    ("table", "values", "address_table", "count"),
    [
        ("account", {"name": "A"}, "customeraddress", 2),
        ("contact", {"lastname": "A"}, "customeraddress", 3),
        ("lead", {"lastname": "A"}, "leadaddress", 2),
    ],
)
def test_address_rows_are_made_and_kept_in_step(
    bench: Any, table: str, values: dict[str, Any], address_table: str, count: int
) -> None:
    owner = bench.create(table, values)
    row = bench.read(owner)
    addresses = bench.rows(address_table, parentid=owner.id)
    ids = {row[f"address{number}_addressid"] for number in range(1, count + 1)}
    assert {address[f"{address_table}id"] for address in addresses} == ids
    assert sorted(address["addressnumber"] for address in addresses) == list(range(1, count + 1))
    bench.update(owner, {"address2_city": "Oslo"})
    second = bench.read(Reference(address_table, row["address2_addressid"]))
    assert (second["city"], second["composite"]) == ("Oslo", "Oslo")
    bench.update(Reference(address_table, row["address1_addressid"]), {"city": "Bergen"})
    assert bench.read(owner)["address1_composite"] == "Bergen"
    bench.delete(owner)
    assert not bench.rows(address_table, parentid=owner.id)


def test_the_customer_of_a_lead_follows_its_parents(bench: Any) -> None:
    account, contact = bench.create("account", {"name": "A"}), bench.create("contact", {"lastname": "R"})
    lead = bench.create("lead", {"lastname": "R", "parentcontactid": contact})
    assert bench.read(lead)["customerid"] == contact
    bench.update(lead, {"parentaccountid": account})
    assert bench.read(lead)["customerid"] == account
    bench.update(lead, {"parentaccountid": None, "parentcontactid": None})
    assert bench.read(lead)["customerid"] is None


# -- auto-number columns ---------------------------------------------------------------------------------------------


def test_case_numbers_run_from_1000(bench: Any) -> None:
    case = {"title": "T", "customerid": bench.create("account", {"name": "A"})}
    numbers = [bench.read(bench.create("incident", case))["ticketnumber"] for _ in range(2)]
    assert [number[:9] for number in numbers] == ["CAS-01000", "CAS-01001"]
    assert all(len(number) == len("CAS-01000-A1B2C3") for number in numbers)


def test_a_number_that_the_client_sends_wins(bench: Any) -> None:
    assert bench.read(bench.create("quote", {"name": "Q", "quotenumber": "Q1"}))["quotenumber"] == "Q1"


# -- deep insert ----------------------------------------------------------------------------------------------------


def test_deep_insert_makes_parents_children_and_links(bench: Any) -> None:
    product = bench.create("competitor", {"name": "Known"})
    account = bench.create(
        "account",
        {"name": "A"},
        primarycontactid=[bench.record("contact", {"lastname": "First"})],
        opportunity_customer_accounts=[
            bench.record("opportunity", {"name": "O"}, Opportunity_Tasks=[bench.record("task", {"subject": "T"})])
        ],
    )
    contact = bench.read(account)["primarycontactid"]
    assert bench.read(contact)["lastname"] == "First"
    (opportunity,) = bench.rows("opportunity")
    assert opportunity["customerid"] == account
    (task,) = bench.rows("task")
    assert task["regardingobjectid"] == Reference("opportunity", opportunity["opportunityid"])
    lead = bench.create(
        "lead", {"lastname": "L"}, leadcompetitors_association=[product, bench.record("competitor", {"name": "New"})]
    )
    assert len(bench.rows("leadcompetitors", leadid=lead.id)) == 2


def test_a_failing_child_takes_everything_back(bench: Any, refused: Any) -> None:
    with refused("StringTooLong", "0x80044331"):
        bench.create("account", {"name": "A"}, Account_Tasks=[bench.record("task", {"subject": "x" * 999})])
    assert not bench.rows("account")
    assert not bench.rows("customeraddress")


def test_existing_children_are_linked_on_create(bench: Any) -> None:
    task = bench.create("task", {"subject": "T"})
    account = bench.create("account", {"name": "A"}, Account_Tasks=[task])
    assert bench.read(task)["regardingobjectid"] == account


def test_deep_update_is_refused(bench: Any, refused: Any) -> None:
    account = bench.create("account", {"name": "A"})
    with refused("DeepUpdate", "0x80060888", 400):
        bench.update(account, {}, primarycontactid=[bench.record("contact", {"lastname": "X"})])


def test_rows_nested_too_deeply(bench: Any, refused: Any) -> None:
    record: Record = bench.record("account", {"name": "0"})
    for level in range(12):
        record = bench.record("account", {"name": str(level)}, account_parent_account=[record])
    with refused("InvalidArgument", "0x80040203", 400):
        bench.run(Create(record))


# -- upsert, keys ---------------------------------------------------------------------------------------------------


def test_upsert_creates_with_the_key_then_updates(bench: Any) -> None:
    target = Reference("account", GIVEN)
    first = bench.run(Upsert(target, bench.record("account", {"name": "A"})))
    second = bench.run(Upsert(target, bench.record("account", {"name": "B", "accountid": NOBODY})))
    assert (first.created, second.created, first.id, second.id) == (True, False, GIVEN, GIVEN)
    assert bench.read(target)["name"] == "B"


def test_upsert_may_be_held_back(bench: Any, refused: Any) -> None:
    with refused("ObjectDoesNotExist", "0x80040217", 404):
        bench.run(Upsert(Reference("account", GIVEN), bench.record("account", {"name": "A"}), may_create=False))
    account = bench.create("account", {"name": "A"})
    with refused("RecordExists", "0x80040237", 412):
        bench.run(Upsert(account, bench.record("account", {"name": "A"}), may_update=False))


@pytest.fixture
def keyed(bench: Any) -> Any:
    table = bench.table("account")
    table.keys = (AlternateKey("number", "Number", ("accountnumber",)),)
    yield bench
    table.keys = ()


def test_rows_by_alternate_key(keyed: Any, refused: Any) -> None:
    account = keyed.create("account", {"name": "A", "accountnumber": "17"})
    by_key = KeyReference("account", (("accountnumber", "17"),))
    keyed.run(Update(by_key, keyed.record("account", {"name": "B"})))
    assert keyed.read(account)["name"] == "B"
    contact = keyed.create("contact", {"lastname": "R", "parentcustomerid": by_key})
    assert keyed.read(contact)["parentcustomerid"] == account
    with refused("RecordNotFoundByEntityKey", "0x80060891", 404):
        keyed.run(Update(KeyReference("account", (("accountnumber", "18"),)), keyed.record("account", {"name": "B"})))
    with refused("EntityKeyViolated", "0x80060892", 412):
        keyed.create("account", {"name": "C", "accountnumber": "17"})
    other = keyed.create("account", {"name": "C", "accountnumber": "18"})
    with refused("EntityKeyViolated", "0x80060892", 412):
        keyed.update(other, {"accountnumber": "17"})
    keyed.update(other, {"accountnumber": "18"})


def test_upsert_by_alternate_key(keyed: Any) -> None:
    target = KeyReference("account", (("accountnumber", "17"),))
    first = keyed.run(Upsert(target, keyed.record("account", {"name": "A"})))
    second = keyed.run(Upsert(target, keyed.record("account", {"name": "B", "accountnumber": "99"})))
    assert first.created
    assert not second.created
    row = keyed.read(Reference("account", first.id))
    assert (row["name"], row["accountnumber"]) == ("B", "17")


def test_upsert_body_wins_over_the_key_when_it_creates(keyed: Any) -> None:
    target = KeyReference("account", (("accountnumber", "17"),))
    made = keyed.run(Upsert(target, keyed.record("account", {"name": "A", "accountnumber": "99"})))
    assert keyed.read(Reference("account", made.id))["accountnumber"] == "99"


# -- what cannot be written ------------------------------------------------------------------------------------------


def test_intersect_rows_cannot_be_created(bench: Any, refused: Any) -> None:
    with refused("ActionNotSupported", "0x80040315", 405):
        bench.create("accountleads", {})


def test_there_is_one_organization(bench: Any, refused: Any) -> None:
    with refused("ActionNotSupported", "0x80040315", 405):
        bench.create("organization", {"name": "Second"})
    with refused("ActionNotSupported", "0x80040315", 405):
        bench.delete(Reference("organization", bench.rows("organization")[0]["organizationid"]))


def test_the_base_currency_cannot_be_deleted(bench: Any, refused: Any) -> None:
    with refused("BaseCurrencyInUse", "0x80048CFF", 400):
        bench.delete(bench.base_currency)


def test_a_deleted_row_is_gone(bench: Any, refused: Any) -> None:
    account = bench.create("account", {"name": "A"})
    bench.delete(account)
    with refused("ObjectDoesNotExist", "0x80040217", 404):
        bench.delete(account)


def test_a_failed_message_leaves_nothing_behind(bench: Any, refused: Any) -> None:
    lead = bench.create("lead", {"lastname": "L"})
    missing = Reference("competitor", NOBODY)
    navigation = bench.table("lead").navigation["leadcompetitors_association"]
    with refused("ObjectDoesNotExist", "0x80040217", 404):
        bench.run(Associate(lead, navigation, missing))
    assert not bench.rows("leadcompetitors")


# -- duplicates -----------------------------------------------------------------------------------------------------


@pytest.fixture
def published_rule(bench: Any) -> Any:
    rule = bench.create(
        "duplicaterule",
        {"name": "E-mail", "baseentityname": "lead", "matchingentityname": "lead", "uniquename": "email"},
    )
    bench.create(
        "duplicaterulecondition",
        {
            "regardingobjectid": rule,
            "baseattributename": "emailaddress1",
            "matchingattributename": "emailaddress1",
            "operatorcode": 0,
            "ignoreblankvalues": True,
        },
    )
    bench.write(rule, statecode=1, statuscode=2)
    return bench


def test_duplicates_are_refused_only_when_asked_for(published_rule: Any, refused: Any) -> None:
    bench = published_rule
    lead = bench.create("lead", {"lastname": "L", "emailaddress1": "a@example.com"})
    same = bench.record("lead", {"lastname": "M", "emailaddress1": "A@example.com"})
    with refused("DuplicatesFound", "0x80040333", 412):
        bench.run(Create(same, suppress_duplicates=False))
    bench.run(Create(same))
    bench.run(Create(bench.record("lead", {"lastname": "N"}), suppress_duplicates=False))
    other = bench.create("lead", {"lastname": "O"})
    with refused("DuplicatesFound", "0x80040333", 412):
        bench.run(Update(other, bench.record("lead", {"emailaddress1": "a@example.com"}), suppress_duplicates=False))
    assert bench.read(lead)["emailaddress1"] == "a@example.com"


def test_the_service_of_the_tests_is_reset(shared_service: Service, bench: Any) -> None:
    assert bench.service is shared_service
    assert not bench.rows("lead")


# -- records that are alike -------------------------------------------------------------------------------------------


def test_records_that_are_alike_are_a_sequence_of_records(bench: Any) -> None:
    table = bench.table("account")
    alike = AlikeRecords(table, {"name": ("A", "B", "C"), "telephone1": [None, "2", "3"]}, 3)
    records = [
        Record(table, {"name": "A", "telephone1": None}),
        Record(table, {"name": "B", "telephone1": "2"}),
        Record(table, {"name": "C", "telephone1": "3"}),
    ]
    assert (len(alike), list(alike), alike[1], alike[-1], alike[:2]) == (3, records, *records[1:], records[:2])


def test_records_without_columns_are_as_many_as_they_are(bench: Any) -> None:
    table = bench.table("account")
    assert list(AlikeRecords(table, {}, 2)) == [Record(table), Record(table)]
