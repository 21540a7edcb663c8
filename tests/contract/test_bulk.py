"""CreateMultiple, UpdateMultiple, UpsertMultiple, DeleteMultiple (contract 02 §12, 04 E-71 to E-71b, E-89b, R15)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from dataverse_emulator.errors import error

from .conftest import MISSING, ROOT, Answer, Api
from .failing import FailingDatabase

TYPE = "Microsoft.Dynamics.CRM."
IDS = [f"0f0f0f0f-0000-4000-8000-00000000000{number}" for number in range(1, 6)]


def targets(table: str, *items: dict[str, Any]) -> dict[str, Any]:
    return {"Targets": [{"@odata.type": TYPE + table, **item} for item in items]}


def call(api: Api, name: str, entity_set: str, body: dict[str, Any], **headers: str) -> Answer:
    return api.post(f"{entity_set}/{TYPE}{name}", body, **headers)


def rows(api: Api, query: str, *names: str) -> list[tuple[Any, ...]]:
    return [tuple(row[name] for name in names) for row in api.get(query).value]


# ---- CreateMultiple --------------------------------------------------------------------------------------------------


def test_create_answers_the_ids_in_the_order_of_the_targets(api: Api) -> None:
    items = [{"name": f"A{number}"} for number in range(30)]
    items[7] = {"name": "A7", "accountid": IDS[0]}
    items[9] = {"name": "A9", "telephone1": "9"}  # another set of columns
    answer = call(api, "CreateMultiple", "accounts", targets("account", *items))
    assert answer.status == 200
    body = answer.json()
    assert body["@odata.context"] == f"{ROOT}$metadata#Microsoft.Dynamics.CRM.CreateMultipleResponse"
    assert set(body) == {"@odata.context", "Ids"}
    ids = body["Ids"]
    assert ids[7] == IDS[0]
    found = dict(rows(api, "accounts?$select=name", "accountid", "name"))
    assert [found[id] for id in ids] == [item["name"] for item in items]


@pytest.mark.parametrize("prefix", [TYPE, "#" + TYPE, "mscrm.", "#mscrm."])
def test_type_of_a_target_is_written_with_and_without_hash(api: Api, prefix: str) -> None:
    body = {"Targets": [{"@odata.type": f"{prefix}account", "name": "A"}]}
    assert call(api, "CreateMultiple", "accounts", body).status == 200


def test_targets_without_members_are_rows_of_defaults(api: Api) -> None:
    answer = call(api, "CreateMultiple", "accounts", targets("account", {}, {}, {}))
    assert answer.status == 200
    assert rows(api, "accounts?$select=name", "accountid", "name") == [(id, None) for id in answer.json()["Ids"]]
    assert call(api, "UpdateMultiple", "accounts", targets("account", {}, {})).error[:2] == (400, "0x80060888")


def test_the_first_wrong_row_decides_which_error_it_is(api: Api) -> None:
    api.new("accounts", accountid=IDS[0])
    rows = targets("account", {"accountid": IDS[0]}, {"parentaccountid@odata.bind": f"/accounts({MISSING})"})
    assert call(api, "CreateMultiple", "accounts", rows).error[1] == "0x80040237"
    rows["Targets"].reverse()
    assert call(api, "CreateMultiple", "accounts", rows).error[1] == "0x80040217"


def test_texts_with_accents_are_found_without_them_whichever_rows_of_a_call_have_them(api: Api) -> None:
    items = [
        {"name": "Plain", "description": "Plain", "telephone1": "1"},
        {"name": "Crème", "description": "Plain", "telephone1": "2"},
        {"name": "Plain", "description": "Brûlée ", "telephone1": "3"},
        {"name": "Plain", "description": None, "telephone1": "4"},
        {"name": "CREME", "description": "Plain", "telephone1": "5"},
    ]
    assert call(api, "CreateMultiple", "accounts", targets("account", *items)).status == 200
    by_name = rows(api, "accounts?$select=telephone1&$filter=name eq 'creme'", "telephone1")
    by_description = rows(api, "accounts?$select=telephone1&$filter=description eq 'brulee'", "telephone1")
    assert (by_name, by_description) == ([("2",), ("5",)], [("3",)])


def test_rows_of_one_call_are_as_complete_as_those_of_single_calls(api: Api) -> None:
    body = {
        "name": "A",
        "revenue": 5.5,
        "address1_city": "Aarhus",
        "primarycontactid": {"lastname": "B"},
        "Account_Tasks": [{"subject": "C"}],
    }
    single = api.new("accounts", **body)
    (bulk,) = call(api, "CreateMultiple", "accounts", targets("account", body)).json()["Ids"]

    def read(id: str) -> dict[str, Any]:
        query = f"accounts({id})?$expand=primarycontactid($select=fullname),Account_Tasks($select=subject)"
        row = api.get(query).json()
        assert [task["subject"] for task in row.pop("Account_Tasks")] == ["C"]
        assert row.pop("primarycontactid")["fullname"] == "B"
        changing = ("on", "id", "versionnumber", "etag", "_primarycontactid_value", "nextLink", "context")
        return {name: value for name, value in row.items() if not name.endswith(changing)}

    assert read(bulk) == read(single)
    addresses = "customeraddresses?$select=addressnumber,city&$orderby=addressnumber&$filter=_parentid_value eq "
    assert rows(api, addresses + bulk, "addressnumber", "city") == rows(
        api, addresses + single, "addressnumber", "city"
    )


@pytest.mark.parametrize("table", ["lead", "contact", "task", "email", "opportunity", "competitor"])
def test_tables_of_all_kinds_take_bulk_rows(api: Api, table: str) -> None:
    definition = api.service.catalog.table(table)
    name, entity_set = str(definition.primary_name), definition.entity_set_name
    member = "lastname" if name == "fullname" else name
    answer = call(api, "CreateMultiple", entity_set, targets(table, *({member: f"A{n}"} for n in range(5))))
    assert len(answer.json()["Ids"]) == 5
    assert sorted(api.names(f"{entity_set}?$select={name}", name)) == [f"A{n}" for n in range(5)]
    if definition.base is not None:
        assert api.get("activitypointers/$count").body.decode("utf-8-sig") == "5"


def test_target_may_refer_to_one_before_it(api: Api) -> None:
    items = ({"name": "A", "accountid": IDS[0]}, {"name": "B", "parentaccountid@odata.bind": f"accounts({IDS[0]})"})
    ids = call(api, "CreateMultiple", "accounts", targets("account", *items)).json()["Ids"]
    assert api.get(f"accounts({ids[1]})").json()["_parentaccountid_value"] == IDS[0]


def test_targets_bind_rows_of_several_tables_in_one_column(api: Api) -> None:
    account, contact = api.new("accounts", name="A"), api.new("contacts", lastname="C")
    items = [
        {"name": "1", "customerid_account@odata.bind": f"/accounts({account})"},
        {"name": "2", "customerid_account@odata.bind": f"{ROOT}accounts({account})"},
        {"name": "3", "customerid_account@odata.bind": None},
        {"name": "4", "customerid_contact@odata.bind": f"contacts({contact})"},
    ]
    for chosen in (items[:3], items):
        answer = call(api, "CreateMultiple", "opportunities", targets("opportunity", *chosen))
        ids = answer.json()["Ids"]
        found = dict(rows(api, "opportunities?$select=name,_customerid_value", "opportunityid", "_customerid_value"))
        assert [found[id] for id in ids] == [account, account, None, contact][: len(chosen)]


def test_targets_that_bind_a_column_twice_are_refused(api: Api) -> None:
    id = api.new("accounts", name="A")
    twice = {"customerid_account@odata.bind": f"/accounts({id})", "customerid_contact@odata.bind": f"/contacts({id})"}
    assert call(api, "CreateMultiple", "opportunities", targets("opportunity", twice, twice)).status == 400


def test_addresses_of_rows_without_a_type_have_the_default_type_of_addresses(api: Api) -> None:
    attribute = "EntityDefinitions(LogicalName='customeraddress')/Attributes(LogicalName='addresstypecode')"
    definition = api.get(f"{attribute}/Microsoft.Dynamics.CRM.PicklistAttributeMetadata").json()
    assert api.put(attribute, {**definition, "DefaultFormValue": 3}).status == 204
    items = ({"name": "A", "address1_addresstypecode": kind} for kind in (None, 1))
    ids = call(api, "CreateMultiple", "accounts", targets("account", *items)).json()["Ids"]
    query = "customeraddresses?$select=addresstypecode&$filter=addressnumber eq 1 and _parentid_value eq "
    assert [rows(api, query + id, "addresstypecode") for id in ids] == [[(3,)], [(1,)]]


def test_create_of_a_thousand_rows_takes_a_handful_of_statements(api: Api) -> None:
    def statements(count: int) -> int:
        before = api.service.store.statements
        items = ({"name": f"A{number}", "telephone1": "1"} for number in range(count))
        assert call(api, "CreateMultiple", "accounts", targets("account", *items)).status == 200
        return api.service.store.statements - before

    statements(1)
    assert statements(1000) == statements(10)
    assert api.get("accounts?$filter=name eq 'A999'&$select=name").value


def test_target_with_nothing_but_its_key_is_made(api: Api) -> None:
    answer = call(api, "CreateMultiple", "tasks", targets("task", {"activityid": IDS[0]}))
    assert answer.json()["Ids"] == [IDS[0]]
    assert api.get(f"tasks({IDS[0]})").status == 200


def test_targets_with_nothing_but_their_type_are_made(api: Api) -> None:
    answer = call(api, "CreateMultiple", "accounts", targets("account", {}, {}, {}))
    assert answer.status == 200
    assert len({*answer.json()["Ids"]}) == len(api.get("accounts?$select=name").value) == 3


def test_key_that_exists_undoes_the_whole_call(api: Api) -> None:
    api.new("accounts", accountid=IDS[1], name="old")
    items = ({"name": "A"}, {"name": "B", "accountid": IDS[1]}, {"name": "C"})
    answer = call(api, "CreateMultiple", "accounts", targets("account", *items))
    assert answer.error == (412, "0x80040237", "Cannot insert duplicate key.")
    assert api.names("accounts?$select=name") == ["old"]


def test_alternate_key_that_two_targets_share_is_refused(keyed: Api) -> None:
    items = ({"name": "A", "accountnumber": "1"}, {"name": "B", "accountnumber": "1"})
    answer = call(keyed, "CreateMultiple", "accounts", targets("account", *items))
    assert answer.error[:2] == (412, "0x80060892")
    assert keyed.names("accounts?$select=name") == []


# ---- UpdateMultiple --------------------------------------------------------------------------------------------------


def test_update_changes_rows_named_by_id_or_reference(keyed: Api) -> None:
    for number, id in enumerate(IDS[:4]):
        keyed.new("accounts", accountid=id, name=f"A{number}", accountnumber=f"K{number}")
    body = targets(
        "account",
        {"accountid": IDS[0], "name": "B0"},
        {"@odata.id": f"accounts({IDS[1]})", "name": "B1"},
        {"@odata.id": f"{ROOT}accounts(accountnumber='K2')", "name": "B2"},
        {"accountid": IDS[3]},
    )
    answer = call(keyed, "UpdateMultiple", "accounts", body)
    assert (answer.status, answer.body) == (204, b"")
    assert rows(keyed, "accounts?$select=name,accountnumber&$orderby=accountnumber", "name", "accountnumber") == [
        ("B0", "K0"),
        ("B1", "K1"),
        ("B2", "K2"),
        ("A3", "K3"),
    ]


def test_update_of_rows_that_are_missing_names_them_and_changes_nothing(api: Api) -> None:
    api.new("accounts", accountid=IDS[0], name="A")
    body = targets("account", {"accountid": IDS[0], "name": "B"}, {"accountid": MISSING, "name": "B"})
    answer = call(api, "UpdateMultiple", "accounts", body)
    assert answer.error == (404, "0x80040217", f"Account With Ids = {MISSING} Do Not Exist")
    assert api.names("accounts?$select=name") == ["A"]


def test_update_by_an_alternate_key_without_row(keyed: Api) -> None:
    body = targets("account", {"@odata.id": "accounts(accountnumber='K9')", "name": "B"})
    assert call(keyed, "UpdateMultiple", "accounts", body).error[:2] == (404, "0x80060891")


# ---- UpsertMultiple --------------------------------------------------------------------------------------------------


def test_upsert_updates_what_exists_and_creates_the_rest(keyed: Api) -> None:
    keyed.new("accounts", accountid=IDS[0], name="A0", accountnumber="K0", telephone1="1")
    keyed.new("accounts", accountid=IDS[1], name="A1", accountnumber="K1")
    body = targets(
        "account",
        {"@odata.id": "accounts(accountnumber='K0')", "name": "B0"},
        {"accountid": IDS[1], "name": "B1"},
        {"@odata.id": "accounts(accountnumber='K2')", "name": "B2"},
        {"accountid": IDS[3], "name": "B3"},
        {"@odata.id": "accounts(accountnumber='K4')"},
    )
    answer = call(keyed, "UpsertMultiple", "accounts", body)
    assert (answer.status, answer.body) == (204, b"")
    query = "accounts?$select=name,accountnumber,telephone1&$orderby=accountnumber,name"
    found = rows(keyed, query, "accountid", "name", "accountnumber", "telephone1")
    assert (IDS[0], "B0", "K0", "1") in found
    assert (IDS[1], "B1", "K1", None) in found
    assert (IDS[3], "B3", None, None) in found
    assert [(name, key) for _, name, key, _ in found] == [
        ("B3", None),
        ("B0", "K0"),
        ("B1", "K1"),
        ("B2", "K2"),
        (None, "K4"),
    ]


def test_value_of_the_body_wins_over_the_key_in_a_new_row_alone(keyed: Api) -> None:
    item = {"@odata.id": "accounts(accountnumber='K0')", "accountnumber": "K1"}
    for name in ("A", "B"):
        assert call(keyed, "UpsertMultiple", "accounts", targets("account", {**item, "name": name})).status == (
            204 if name == "A" else 412
        )
    keyed.new("accounts", name="C", accountnumber="K0")
    assert call(keyed, "UpsertMultiple", "accounts", targets("account", {**item, "name": "D"})).status == 204
    assert sorted(rows(keyed, "accounts?$select=name,accountnumber", "name", "accountnumber")) == [
        ("A", "K1"),
        ("D", "K0"),
    ]


# ---- refusals --------------------------------------------------------------------------------------------------------


def test_delete_is_for_elastic_tables_alone(api: Api) -> None:
    id = api.new("accounts", name="A")
    answer = call(api, "DeleteMultiple", "accounts", targets("account", {"accountid": id}))
    assert answer.error == (501, "0x80040219", "DeleteMultiple has not yet been implemented.")
    assert api.get(f"accounts({id})").status == 200


NAMES = ["CreateMultiple", "UpdateMultiple", "UpsertMultiple"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"Targets": [{"accountid": IDS[0], "name": "A"}]}, (400, "0x80060888")),
        ({"Targets": []}, (400, "0x80040203")),
        ({}, (400, "0x80040203")),
        ({"Targets": {}}, (400, "0x80048d19")),
        ({"Targets": [None]}, (400, "0x80048d19")),
        (targets("nope", {"name": "A"}), (400, "0x80060888")),
        (targets("contact", {"contactid": IDS[0]}), (400, "0x80040203")),
        (
            {"Targets": [targets("account", {"accountid": IDS[0]}), targets("contact", {"contactid": IDS[0]})]},
            (400, "0x80060888"),
        ),
        (targets("account", {"accountid": IDS[0], "nope": 1}), (400, "0x80048d19")),
        (targets("account", {"@odata.id": "accounts(name='A')", "name": "B"}), (400, "0x80060890")),
        ({**targets("account", {"accountid": IDS[0]}), "Other": 1}, (400, "0x80060888")),
    ],
    ids=[
        "no type",
        "empty",
        "none",
        "no list",
        "null",
        "unknown type",
        "other table",
        "nested",
        "member",
        "key",
        "more",
    ],
)
def test_targets_that_cannot_be_are_refused(
    api: Api, name: str, body: dict[str, Any], expected: tuple[int, str]
) -> None:
    answer = call(api, name, "accounts", body)
    assert answer.error[:2] == expected, answer.text
    assert api.get("accounts/$count").body.decode("utf-8-sig") == "0"


@pytest.mark.parametrize("name", ["UpdateMultiple", "UpsertMultiple"])
def test_target_must_name_its_row(api: Api, name: str) -> None:
    assert call(api, name, "accounts", targets("account", {"name": "A"})).error[:2] == (400, "0x80060888")


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_changed_wherever_the_database_fails(api: Api, name: str) -> None:
    for id in IDS[:3] if name == "UpdateMultiple" else IDS[:1] if name == "UpsertMultiple" else ():
        api.new("accounts", accountid=id, name="old")
    body = targets("account", *({"accountid": id, "name": "new", "address1_city": "A"} for id in IDS[:3]))
    failing = FailingDatabase.before(api.service.store, error("Unexpected"))
    before = failing.content()
    for number in range(100):
        failing.working = number
        status = call(api, name, "accounts", body).status
        if status != 500:
            break
        assert failing.content() == before
    assert number >= 3
    assert status == (200 if name == "CreateMultiple" else 204)
    assert api.names("accounts?$select=name") == ["new"] * 3


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("at", [0, 1, 2])
def test_one_target_that_fails_undoes_all(api: Api, name: str, at: int) -> None:
    for id in IDS[:3] if name == "UpdateMultiple" else ():
        api.new("accounts", accountid=id, name="old")
    items = [{"accountid": id, "name": "new"} for id in IDS[:3]]
    items[at]["name"] = "x" * 1000
    answer = call(api, name, "accounts", targets("account", *items))
    assert answer.error[:2] == (400, "0x80044331")
    assert set(api.names("accounts?$select=name")) <= {"old"}


def test_bulk_messages_are_bound_to_entity_sets(api: Api) -> None:
    body = targets("account", {"name": "A"})
    id = api.new("accounts", name="A")
    assert api.post("CreateMultiple", body).status == 404
    assert api.post(f"accounts({id})/{TYPE}CreateMultiple", body).status == 404
    assert api.get(f"accounts/{TYPE}CreateMultiple").status == 404


@pytest.mark.parametrize("name", NAMES)
def test_bulk_message_is_a_part_of_a_change_set(api: Api, name: str) -> None:
    for id in IDS[:1] if name == "UpdateMultiple" else ():
        api.new("accounts", accountid=id, name="old")
    request = f"Content-Type: application/http\nContent-ID: 1\n\nPOST accounts/{TYPE}{name} HTTP/1.1\n\n"
    inner = request + json.dumps(targets("account", {"accountid": IDS[0], "name": "A"}))
    body = f"--b\nContent-Type: multipart/mixed; boundary=c\n\n--c\n{inner}\n--c--\n--b--"
    answer = api.send("POST", "$batch", body.encode(), {"Content-Type": "multipart/mixed; boundary=b"})
    assert answer.status == 200, answer.text
    assert api.names("accounts?$select=name") == ["A"]
