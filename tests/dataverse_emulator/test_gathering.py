"""Rows that wait to be written in bulk are seen, ordered and undone as if each had been written at once."""

from __future__ import annotations

import doctest

import pytest

from dataverse_emulator.errors import EmulatorError
from dataverse_emulator.storage import gathering
from dataverse_emulator.storage.store import Store
from dataverse_emulator.values import Reference

from .conftest import Bench

IDS = [f"0f0f0f0f-0000-4000-8000-00000000000{number}" for number in range(1, 6)]


@pytest.fixture
def store(bench: Bench) -> Store:
    return bench.store


def test_examples() -> None:
    assert doctest.testmod(gathering).failed == 0


def test_rows_are_written_at_the_end_of_the_block(store: Store) -> None:
    table = store.catalog.table("competitor")
    with store.transaction():
        before = store.statements
        with store.gathering():
            for id in IDS:
                store.insert(table, {"competitorid": id, "name": id[-1]}, has_new_key=True)
            assert store.statements == before
        assert store.statements == before + 1
    assert store.count(table) == 5


def test_rows_keep_their_order_whatever_columns_they_have(store: Store) -> None:
    table = store.catalog.table("competitor")
    with store.transaction(), store.gathering():
        for id in reversed(IDS):
            more = {"tickersymbol": "x"} if id[-1] in "24" else {}
            store.insert(table, {"competitorid": id, "name": id[-1], **more}, has_new_key=True)
    assert store.database.fetch("SELECT name FROM competitor ORDER BY rowid") == [(n,) for n in "54321"]


def test_every_way_to_read_or_change_a_row_finds_those_that_wait(store: Store) -> None:
    accounts, contacts = store.catalog.table("account"), store.catalog.table("contact")
    tasks, activities = store.catalog.table("task"), store.catalog.table("activitypointer")
    account, contact = Reference("account", IDS[0]), Reference("contact", IDS[1])
    members = next(
        one for one in store.catalog.children_of("account") if one.schema_name == "contact_customer_accounts"
    )
    with store.transaction(), store.gathering():
        store.insert(accounts, {"accountid": account.id, "name": "A"}, has_new_key=True)
        assert store.exists(accounts, account.id)
        store.insert(
            contacts, {"contactid": contact.id, "lastname": "B", "parentcustomerid": account}, has_new_key=True
        )
        assert store.referencing(members, account.id) == [contact.id]
        store.insert(contacts, {"contactid": IDS[2], "lastname": "C"}, has_new_key=True)
        store.update(contacts, IDS[2], {"lastname": "D"})
        assert store.find(contacts, {"lastname": "D"}, ("contactid",)) == [{"contactid": IDS[2]}]
        store.insert(contacts, {"contactid": IDS[3], "lastname": "E"}, has_new_key=True)
        store.delete(contacts, IDS[3])
        assert store.count(contacts) == 2
        store.insert(tasks, {"activityid": IDS[4], "subject": "F"}, has_new_key=True)
        assert store.read(activities, IDS[4], ("subject", "activitytypecode")) == {
            "subject": "F",
            "activitytypecode": "task",
        }
        store.update(activities, IDS[4], {"subject": "G"})
    assert store.read(tasks, IDS[4], ("subject",)) == {"subject": "F"}


def test_block_that_fails_writes_nothing_and_ends_the_waiting(store: Store) -> None:
    table = store.catalog.table("competitor")

    def fail() -> None:
        with store.transaction(), store.gathering():
            store.insert(table, {"competitorid": IDS[0], "name": "A"}, has_new_key=True)
            raise OSError

    with pytest.raises(OSError):
        fail()
    with store.transaction():
        store.insert(table, {"competitorid": IDS[1], "name": "B"}, has_new_key=True)
        assert store.count(table) == 1


def test_blocks_inside_blocks_are_one(store: Store) -> None:
    table = store.catalog.table("competitor")
    with store.transaction(), store.gathering():
        with store.gathering():
            store.insert(table, {"competitorid": IDS[0], "name": "A"}, has_new_key=True)
        store.insert(table, {"competitorid": IDS[1], "name": "B"}, has_new_key=True)
    assert store.count(table) == 2


def test_only_rows_with_new_keys_wait(store: Store) -> None:
    table = store.catalog.table("competitor")

    def insert_twice() -> None:
        with store.transaction(), store.gathering():
            store.insert(table, {"competitorid": IDS[0], "name": "A"}, has_new_key=True)
            with pytest.raises(EmulatorError):
                store.insert(table, {"competitorid": IDS[0], "name": "B"})
            raise OSError

    with pytest.raises(OSError):
        insert_twice()
    assert store.count(table) == 0


def test_transactions_inside_those_of_a_block_are_save_points(store: Store) -> None:
    table = store.catalog.table("competitor")

    def fail() -> None:
        with store.transaction():
            store.insert(table, {"competitorid": IDS[1], "name": "B"}, has_new_key=True)
            raise OSError

    with store.transaction(), store.gathering(), store.transaction():
        store.insert(table, {"competitorid": IDS[0], "name": "A"}, has_new_key=True)
        with pytest.raises(OSError):
            fail()
    assert [row["name"] for row in store.find(table, {}, ("name",))] == ["A"]
