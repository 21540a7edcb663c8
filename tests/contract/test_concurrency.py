"""Sixteen clients write the same rows at once: nothing is lost, and nothing fails but what an entity tag forbids."""

from __future__ import annotations

import itertools
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from .conftest import Api

CLIENTS = 16
SECONDS = 1.5
IDS = [f"0f0f0f0f-0000-4000-8000-00000000000{number}" for number in range(1, 4)]

Turn = Callable[[int], int]


def in_parallel(turn: Turn, seconds: float = SECONDS) -> Counter[int]:
    """Let all clients take turns until the time is over; how often each status was answered."""
    end = time.monotonic() + seconds

    def client(number: int) -> Counter[int]:
        found: Counter[int] = Counter()
        while time.monotonic() < end:
            found[turn(number)] += 1
        return found

    with ThreadPoolExecutor(CLIENTS) as pool:
        return sum(pool.map(client, range(CLIENTS)), Counter())


@pytest.fixture
def rows(api: Api) -> Api:
    for id in IDS:
        api.new("accounts", accountid=id, name="A", numberofemployees=0)
    return api


def test_no_update_is_lost_under_entity_tags(rows: Api) -> None:
    turns = itertools.count()

    def add_one(_: int) -> int:
        path = f"accounts({IDS[next(turns) % len(IDS)]})"
        row = rows.get(f"{path}?$select=numberofemployees").json()
        changed = {"numberofemployees": row["numberofemployees"] + 1}
        return rows.patch(path, changed, If_Match=row["@odata.etag"]).status

    statuses = in_parallel(add_one)
    assert set(statuses) <= {204, 412}
    assert statuses[204] >= CLIENTS
    written = sum(rows.get(f"accounts({id})/numberofemployees").json()["value"] for id in IDS)
    assert written == statuses[204]


def test_no_update_is_lost_in_change_sets_under_entity_tags(rows: Api) -> None:
    def move_one(number: int) -> int:
        """Take one from the first row and give it to the second; both, or nothing."""
        parts = []
        for step, id in ((-1, IDS[0]), (1, IDS[1])):
            row = rows.get(f"accounts({id})?$select=numberofemployees").json()
            change = f'{{"numberofemployees": {row["numberofemployees"] + step}}}'
            parts.append(
                f"--c\nContent-Type: application/http\nContent-ID: {id[-1]}\n\nPATCH accounts({id}) HTTP/1.1\n"
                f"If-Match: {row['@odata.etag']}\n\n{change}\n"
            )
        if number % 2:
            parts.reverse()
        body = "--b\nContent-Type: multipart/mixed; boundary=c\n\n" + "".join(parts) + "--c--\n--b--"
        return rows.send("POST", "$batch", body.encode(), {"Content-Type": "multipart/mixed; boundary=b"}).status

    rows.patch(f"accounts({IDS[0]})", {"numberofemployees": 1_000_000})
    statuses = in_parallel(move_one)
    assert set(statuses) <= {200, 412}
    assert statuses[200] > 0
    counts = [rows.get(f"accounts({id})/numberofemployees").json()["value"] for id in IDS[:2]]
    assert counts == [1_000_000 - statuses[200], statuses[200]]


def test_writes_without_entity_tags_all_succeed(rows: Api) -> None:
    turns = itertools.count(1)

    def write(number: int) -> int:
        turn = next(turns)
        path = f"accounts({IDS[turn % len(IDS)]})"
        if turn % 4 == 0:
            return rows.get(f"{path}?$expand=primarycontactid").status + 4
        if turn % 4 == 1:
            return rows.post("contacts", {"lastname": str(turn), "parentcustomerid_account@odata.bind": path}).status
        return rows.patch(path, {"numberofemployees": turn, "telephone1": str(number)}).status

    statuses = in_parallel(write)
    assert set(statuses) == {204}
    members = sum(
        int(rows.get(f"accounts({id})/contact_customer_accounts/$count").body.decode("utf-8-sig")) for id in IDS
    )
    last = next(turns)
    assert members == sum(turn % 4 == 1 for turn in range(1, last))
    versions = [rows.get(f"accounts({id})?$select=versionnumber").json()["versionnumber"] for id in IDS]
    assert len(set(versions)) == len(IDS)


@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_one_client_alone_creates_a_row_that_all_want(api: Api, method: str) -> None:
    turns = itertools.count()

    def create(_: int) -> int:
        id = f"0f0f0f0f-0000-4000-9000-{next(turns) // CLIENTS:012d}"
        if method == "POST":
            return api.post("competitors", {"competitorid": id, "name": "A"}).status
        return api.patch(f"competitors({id})", {"name": "A"}, If_None_Match="*").status

    statuses = in_parallel(create, 0.7)
    assert set(statuses) <= {204, 412}
    assert statuses[204] == -(-next(turns) // CLIENTS)
