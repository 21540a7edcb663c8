"""Sixteen clients over sockets write the same rows, with and without entity tags, in memory and on a file.

``CONCURRENCY_SECONDS`` says how long they do it: 3 s a test unless told otherwise, 10 s for a thorough look.
"""

from __future__ import annotations

import http.client
import itertools
import json
import os
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from dataverse_emulator.emulator import Emulator

CLIENTS = 16
SECONDS = float(os.environ.get("CONCURRENCY_SECONDS", "3"))
LONGEST_WAIT = 20.0
IDS = [f"0f0f0f0f-0000-4000-8000-00000000000{number}" for number in range(1, 4)]
COUNT = "numberofemployees"


class Client:
    """One connection that is kept open. An answer that does not come in time is a ``TimeoutError``."""

    def __init__(self, root: str) -> None:
        parts = urlsplit(root)
        self._path = parts.path
        self._connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=LONGEST_WAIT)

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        """Status and JSON of the answer."""
        sent = {"Content-Type": "application/json"} | {name.replace("_", "-"): text for name, text in headers.items()}
        content = None if body is None else json.dumps(body)
        self._connection.request(method, f"{self._path}/{path}", content, sent)
        answer = self._connection.getresponse()
        data = answer.read()
        return answer.status, json.loads(data) if data else None

    def count(self, id: str) -> int:
        return self.send("GET", f"accounts({id})?$select={COUNT}")[1][COUNT]  # type: ignore[no-any-return]  # the fixture has no type


Turn = Callable[[Client, int], tuple[str, int]]


@pytest.fixture(params=["memory", "file"])
def root(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The Web API of a server with three accounts."""
    database = str(tmp_path / "rows.db") if request.param == "file" else None
    with Emulator(database=database, tls_port=None) as emulator:
        with Client(emulator.api_url) as client:
            for id in IDS:
                assert client.send("POST", "accounts", {"accountid": id, "name": "A", COUNT: 0})[0] == 204
        yield emulator.api_url


def in_parallel(root: str, turn: Turn) -> Counter[tuple[str, int]]:
    """Let all clients take turns until the time is over; how often each kind of turn got each status."""
    end = time.monotonic() + SECONDS

    def take_turns(number: int) -> Counter[tuple[str, int]]:
        found: Counter[tuple[str, int]] = Counter()
        with Client(root) as client:
            while time.monotonic() < end:
                found[turn(client, number)] += 1
        return found

    with ThreadPoolExecutor(CLIENTS) as pool:
        return sum(pool.map(take_turns, range(CLIENTS)), Counter())


def test_no_update_under_an_entity_tag_is_lost_and_no_other_write_fails(root: str) -> None:
    turns = itertools.count()

    def add_one(client: Client, path: str) -> tuple[str, int]:
        _, row = client.send("GET", f"{path}?$select={COUNT}")
        status, _ = client.send("PATCH", path, {COUNT: row[COUNT] + 1}, If_Match=row["@odata.etag"])
        return "add one", status

    def write(client: Client, number: int) -> tuple[str, int]:
        turn = next(turns)
        id = IDS[turn % len(IDS)]
        if number % 2:
            return add_one(client, f"accounts({id})")
        if turn % 2:
            return "overwrite", client.send("PATCH", f"accounts({id})", {"telephone1": str(turn)})[0]
        contact = {"lastname": "C", "parentcustomerid_account@odata.bind": f"accounts({id})"}
        return "create", client.send("POST", "contacts", contact)[0]

    statuses = in_parallel(root, write)
    assert set(statuses) <= {("add one", 204), ("add one", 412), ("overwrite", 204), ("create", 204)}
    assert min(statuses["add one", 204], statuses["overwrite", 204], statuses["create", 204]) > 0
    with Client(root) as client:
        assert sum(client.count(id) for id in IDS) == statuses["add one", 204]
        assert client.send("GET", "contacts?$apply=aggregate($count%20as%20all)")[1]["value"] == [
            {"all": statuses["create", 204]}
        ]


def test_rows_that_all_delete_and_make_again_never_come_twice(root: str) -> None:
    def turn(client: Client, number: int) -> tuple[str, int]:
        path = f"competitors({IDS[number % len(IDS)]})"
        if number % 2:
            return "make", client.send("PATCH", path, {"name": str(number)}, If_None_Match="*")[0]
        return "delete", client.send("DELETE", path)[0]

    statuses = in_parallel(root, turn)
    assert set(statuses) <= {("make", 204), ("make", 412), ("delete", 204), ("delete", 404)}
    with Client(root) as client:
        left = len(client.send("GET", "competitors?$select=name")[1]["value"])
    assert statuses["make", 204] - statuses["delete", 204] == left
