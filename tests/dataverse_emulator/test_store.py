"""The store: rows, transactions, links, counters, restoring (design.md §3, §5)."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from dataverse_emulator.errors import EmulatorError
from dataverse_emulator.metadata.catalog import Catalog
from dataverse_emulator.metadata.definitions import load_catalog
from dataverse_emulator.storage.opening import open_store
from dataverse_emulator.storage.store import Store
from dataverse_emulator.values import Reference

ACCOUNT, LEAD, TASK, USER = (f"00000000-0000-0000-0000-00000000000{n}" for n in "1234")


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog()


@pytest.fixture
def store(catalog: Catalog) -> Iterator[Store]:
    opened = open_store(catalog, None, (), "empty", lambda _: None)
    yield opened
    opened.close()


def add_account(store: Store, id_: str = ACCOUNT, **values: object) -> None:
    with store.transaction():
        store.insert(store.catalog.table("account"), {"accountid": id_, "name": "Contoso", **values})


def test_a_row_comes_back_as_it_was_written(store: Store) -> None:
    owner = Reference("team", USER)
    add_account(store, revenue=12.5, donotemail=True, ownerid=owner, primarycontactid=Reference("contact", LEAD))
    row = store.read(store.catalog.table("account"), ACCOUNT)
    assert row is not None
    assert (row["revenue"], row["donotemail"], row["ownerid"]) == (12.5, True, owner)
    assert row["primarycontactid"] == Reference("contact", LEAD)
    assert row["description"] is None


def test_chosen_columns_only_are_read(store: Store) -> None:
    add_account(store)
    assert store.read(store.catalog.table("account"), ACCOUNT, ("name",)) == {"name": "Contoso"}


def test_a_missing_row_reads_as_none(store: Store) -> None:
    assert store.read(store.catalog.table("account"), ACCOUNT) is None


def test_an_existing_key_is_refused(store: Store) -> None:
    add_account(store)
    with pytest.raises(EmulatorError) as caught:
        add_account(store)
    assert (caught.value.status, caught.value.code) == (412, "0x80040237")


def test_a_failing_transaction_leaves_nothing(store: Store) -> None:
    def fail() -> None:
        with store.transaction():
            store.insert(store.catalog.table("account"), {"accountid": ACCOUNT})
            store.next_version()
            raise RuntimeError

    before = store.next_version()
    with pytest.raises(RuntimeError):
        fail()
    assert not store.exists(store.catalog.table("account"), ACCOUNT)
    assert store.next_version() <= before + 1


def test_a_failing_inner_transaction_takes_back_its_own_part_only(store: Store) -> None:
    account = store.catalog.table("account")

    def fail() -> None:
        with store.transaction():
            store.insert(account, {"accountid": LEAD})
            raise RuntimeError

    with store.transaction():
        store.insert(account, {"accountid": ACCOUNT})
        with pytest.raises(RuntimeError):
            fail()
    assert store.exists(account, ACCOUNT)
    assert not store.exists(account, LEAD)


def test_finding_ignores_case_and_accents(store: Store) -> None:
    add_account(store, name="Café Ólé ")
    assert store.find(store.catalog.table("account"), {"name": "cafe OLE"}, ("accountid",)) == [{"accountid": ACCOUNT}]


def test_text_that_becomes_plain_is_found_by_its_new_value_only(store: Store) -> None:
    account = store.catalog.table("account")
    add_account(store, name="Café")
    with store.transaction():
        store.update(account, ACCOUNT, {"name": "Plain"})
    assert store.find(account, {"name": "cafe"}) == []
    assert store.find(account, {"name": "plain"}, ("name",)) == [{"name": "Plain"}]


def test_an_activity_is_repeated_among_the_activity_pointers(store: Store) -> None:
    task, pointer = store.catalog.table("task"), store.catalog.table("activitypointer")
    regarding = Reference("lead", LEAD)
    with store.transaction():
        store.insert(task, {"activityid": TASK, "subject": "Call", "regardingobjectid": regarding, "versionnumber": 5})
    row = store.read(pointer, TASK, ("subject", "activitytypecode", "regardingobjectid", "versionnumber"))
    assert row == {
        "subject": "Call",
        "activitytypecode": "task",
        "regardingobjectid": regarding,
        "versionnumber": 5,
    }
    with store.transaction():
        store.update(task, TASK, {"subject": "Visit"})
    assert store.read(pointer, TASK, ("subject",)) == {"subject": "Visit"}
    with store.transaction():
        store.delete(task, TASK)
    assert not store.exists(pointer, TASK)


@pytest.mark.parametrize(
    ("table", "key", "name"), [("systemuser", "systemuserid", "fullname"), ("team", "teamid", "name")]
)
def test_users_and_teams_are_repeated_among_the_owners(store: Store, table: str, key: str, name: str) -> None:
    with store.transaction():
        store.insert(store.catalog.table(table), {key: USER, name: "Somebody"})
    owner = store.read(store.catalog.table("owner"), USER, ("name", "owneridtype"))
    assert owner == {"name": "Somebody", "owneridtype": table}


def test_a_pair_is_linked_once(store: Store) -> None:
    relationship = next(r for r in store.catalog.links_of("lead") if r.schema_name == "accountleads_association")
    with store.transaction():
        assert store.link(relationship, ACCOUNT, LEAD)
        assert not store.link(relationship, ACCOUNT, LEAD)
        assert store.unlink(relationship, ACCOUNT, LEAD) == 1
        assert store.unlink(relationship, ACCOUNT, LEAD) == 0


def test_references_to_a_row_are_found(store: Store) -> None:
    relationship = next(r for r in store.catalog.children_of("account") if r.schema_name == "lead_parent_account")
    lead = store.catalog.table("lead")
    with store.transaction():
        store.insert(lead, {"leadid": LEAD, "parentaccountid": Reference("account", ACCOUNT)})
        assert store.referencing(relationship, ACCOUNT) == [LEAD]


def test_numbers_of_a_sequence_start_where_told_and_rise(store: Store) -> None:
    with store.transaction():
        assert [store.next_number("cases", 1000) for _ in range(3)] == [1000, 1001, 1002]


def test_restoring_takes_back_rows_and_counters(store: Store) -> None:
    add_account(store)
    with store.transaction():
        first = store.next_number("cases")
    store.restore()
    assert not store.exists(store.catalog.table("account"), ACCOUNT)
    with store.transaction():
        assert store.next_number("cases") == first


def test_a_file_keeps_rows_and_counters(catalog: Catalog, tmp_path: Path) -> None:
    path = str(tmp_path / "org.sqlite")
    first = open_store(catalog, path, (), "empty", lambda _: None)
    add_account(first, versionnumber=1)
    with first.transaction():
        version = first.next_version()
    first.close()
    second = open_store(catalog, path, (), "empty", lambda _: None)
    try:
        assert second.exists(catalog.table("account"), ACCOUNT)
        assert second.next_version() > version
        second.restore()
        assert not second.exists(catalog.table("account"), ACCOUNT)
    finally:
        second.close()


def test_threads_take_turns(store: Store) -> None:
    account = store.catalog.table("account")
    add_account(store, numberofemployees=0)

    def count() -> None:
        for _ in range(50):
            with store.transaction():
                row = store.read(account, ACCOUNT, ("numberofemployees",))
                assert row is not None
                store.update(account, ACCOUNT, {"numberofemployees": row["numberofemployees"] + 1})

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.read(account, ACCOUNT, ("numberofemployees",)) == {"numberofemployees": 200}


@pytest.mark.parametrize("place", [None, "org.sqlite"])
def test_restoring_takes_back_a_changed_schema_and_queries_go_on(
    catalog: Catalog, tmp_path: Path, place: str | None
) -> None:
    """A reset once made prepared statements read other tables' pages, or crash."""
    store = open_store(catalog, None if place is None else str(tmp_path / place), (), "empty", lambda _: None)
    listed = "SELECT name FROM account WHERE accountid IN (SELECT value FROM json_each(?))"
    try:
        for _ in range(3):
            with store.transaction():
                store.database.run("CREATE TABLE extra (a)")
                store.insert(catalog.table("account"), {"accountid": ACCOUNT, "name": "Contoso"})
            assert store.database.fetch(listed, [f'["{ACCOUNT}"]']) == [("Contoso",)]
            store.restore()
            assert store.database.fetch(listed, [f'["{ACCOUNT}"]']) == []
            assert store.database.fetch("SELECT 1 FROM sqlite_master WHERE name = 'extra'") == []
    finally:
        store.close()
