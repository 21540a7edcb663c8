"""What the machine cannot give: room on the disk, and time without end for one query."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from dataverse_emulator.config import Settings
from dataverse_emulator.environment import open_service
from dataverse_emulator.errors import EmulatorError
from dataverse_emulator.messages.base import Create, Record
from dataverse_emulator.service import Service
from dataverse_emulator.storage import sqlite

NAME = {"subject": "Too much"}
ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"


def fill(service: Service) -> None:
    """Create a note whose text needs more room than a full disk has."""
    record = Record(service.catalog.table("annotation"), {**NAME, "notetext": "x" * 100_000})
    service.execute(Create(record), service.default_caller())


def allow_pages(service: Service, number: int) -> None:
    service.store.database.fetch(f"PRAGMA max_page_count = {number}")


@pytest.fixture
def full(tmp_path: Path) -> Iterator[Service]:
    """An emulator whose database file cannot grow."""
    service = open_service(Settings(database=str(tmp_path / "org.sqlite")))
    allow_pages(service, 1)  # SQLite takes the present size instead
    yield service
    service.close()


def test_a_full_disk_is_told(full: Service) -> None:
    with pytest.raises(EmulatorError, match="database or disk is full") as caught:
        fill(full)
    assert (caught.value.status, caught.value.code) == (500, "0x80044150")


def test_what_a_full_disk_did_not_take_is_not_there(full: Service) -> None:
    with pytest.raises(EmulatorError):
        fill(full)
    assert full.store.find(full.catalog.table("annotation"), NAME) == []


def test_writing_goes_on_once_there_is_room(full: Service) -> None:
    with pytest.raises(EmulatorError):
        fill(full)
    allow_pages(full, 1_000_000)
    fill(full)
    assert len(full.store.find(full.catalog.table("annotation"), NAME, ("subject",))) == 1


def test_a_query_that_takes_too_long_ends_and_the_next_one_is_answered(
    full: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = full.store.database
    monkeypatch.setattr(sqlite, "QUERY_SECONDS", 0.0)
    with pytest.raises(EmulatorError, match="SQL timeout expired") as caught:
        database.ask(ENDLESS)
    assert (caught.value.status, caught.value.code) == (400, "0x80044151")
    assert database.ask("SELECT 1") == [(1,)]
