"""Eight clients over sockets read and write while tables, columns and relationships come and go (contract 07 §4).

Nobody sees an error of the server, and nobody sees rows of another table: rows say of which table they are.
``CONCURRENCY_SECONDS`` says how long they do it: 3 s unless told otherwise, longer on a slow machine.
"""

from __future__ import annotations

import itertools
import os
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from dataverse_emulator.emulator import Emulator

from .defining import column, many_to_many, one_to_many, options, table
from .test_concurrent_clients import Client

CLIENTS = 8
LEAST_TURNS = 4
"""How often everything comes and goes at least, until a reset."""
SECONDS = float(os.environ.get("CONCURRENCY_SECONDS", "3"))
TABLE = "EntityDefinitions(LogicalName='{}')"
ACCOUNT = TABLE.format("account")
REFUSED = (400, 404, 412)
"""Statuses of what names a table or column that is not there, and of a second row of a name while that is a key."""


@pytest.fixture(params=["memory", "file"])
def emulator(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Emulator]:
    """A server, in memory and on a file."""
    database = str(tmp_path / "rows.db") if request.param == "file" else None
    with Emulator(database=database, tls_port=None) as emulator:
        yield emulator


def come_and_go(client: Client, turn: int) -> None:
    """Make two tables, a column of another type each time and relationships, and let them go in another order."""

    def do(method: str, path: str, body: Any = None) -> None:
        status, answer = client.send(method, path, body)
        assert status in (200, 204), (method, path, status, answer)

    kinds = (
        column("Integer", "new_Size"),
        column("String", "new_Size"),
        column("Money", "new_Size"),
        column("Picklist", "new_Size", OptionSet=options((1, "A"), (2, "B"))),
    )
    names = ("new_Ant", "new_Bee") if turn % 2 else ("new_Bee", "new_Ant")
    extra = [column("String", f"new_Extra{number}") for number in range(turn % 3)]
    for name in names:
        do("POST", "EntityDefinitions", table(name, *extra, HasNotes=True))
    do("POST", f"{ACCOUNT}/Attributes", kinds[turn % len(kinds)])
    do("POST", "RelationshipDefinitions", one_to_many("new_ant_account", "new_ant", "account", "new_AntId"))
    do("POST", "RelationshipDefinitions", many_to_many("new_ant_bee", "new_ant", "new_bee"))
    do("POST", f"{TABLE.format('new_ant')}/Keys", {"SchemaName": "new_K", "KeyAttributes": ["new_name"]})
    do("DELETE", f"{ACCOUNT}/Attributes(LogicalName='new_size')")
    if turn % 3:
        do("DELETE", "RelationshipDefinitions(SchemaName='new_ant_account')")
    for name in reversed(names):
        do("DELETE", TABLE.format(name.lower()))


FETCH = "<fetch><entity name='new_bee'><attribute name='new_name'/><order attribute='new_name'/></entity></fetch>"
# What clients ask, and what all names in the answers must be.
READS: list[tuple[str, str]] = [
    ("new_ants?$select=new_name", "ant"),
    ("new_bees?$filter=contains(new_name,'e')", "bee"),
    ("new_ants?$expand=new_ant_bee($select=new_name)", "ant"),
    (f"new_bees?fetchXml={quote(FETCH)}", "bee"),
    ("accounts?$select=name,new_size&$filter=new_size%20ne%20null", "account"),
    ("accounts?$select=name&$expand=new_AntId($select=new_name)&$top=5", "account"),
    ("accounts?$orderby=name&$top=5", "account"),
    ("accounts?$apply=groupby((name))", "account"),
]
WRITES: list[tuple[str, dict[str, Any]]] = [
    ("new_ants", {"new_name": "ant"}),
    ("new_bees", {"new_name": "bee", "new_extra0": "x"}),
    ("accounts", {"name": "account", "new_size": 1}),
    ("accounts", {"name": "account"}),
    ("accounts", {"name": "account", "new_AntId": {"new_name": "ant"}}),
]
LOOKS = [
    f"{ACCOUNT}/Attributes(LogicalName='new_size')",
    f"{ACCOUNT}?$expand=Attributes($select=SchemaName),ManyToOneRelationships",
    f"{TABLE.format('new_ant')}/Keys",
    "EntityDefinitions?$select=LogicalName,EntitySetName",
    "RelationshipDefinitions(SchemaName='new_ant_bee')",
    "RetrieveMetadataChanges(Query=@p)?@p={%22Properties%22:{%22PropertyNames%22:[%22LogicalName%22]}}",
]


def use(client: Client, turn: int) -> str | None:
    """One request of a client; what is wrong with its answer."""
    if turn % 3 == 0:
        path, name = READS[turn // 3 % len(READS)]
        status, body = client.send("GET", path)
        if status == 200:
            key = "name" if name == "account" else "new_name"
            return None if all(row[key] == name for row in body["value"]) else f"{path}: {body['value'][:3]}"
    elif turn % 3 == 1:
        path, row = WRITES[turn // 3 % len(WRITES)]
        status, body = client.send("POST", path, row)
        if status == 204:
            return None
    else:
        path = LOOKS[turn // 3 % len(LOOKS)]
        status, body = client.send("GET", path)
        if status == 200:
            return None
    return None if status in REFUSED else f"{path}: {status} {body}"


def test_nobody_sees_an_error_of_the_server_or_rows_of_another_table(emulator: Emulator) -> None:
    root = emulator.api_url
    stop = threading.Event()
    rounds = Counter[str]()

    def client(number: int) -> list[str]:
        found = []
        with Client(root) as own:
            for turn in itertools.count(number * 7):
                if stop.is_set():
                    break
                problem = use(own, turn)
                rounds["uses"] += 1
                if problem is not None:
                    found.append(problem)
        return found

    with ThreadPoolExecutor(CLIENTS) as pool:
        tasks = [pool.submit(client, number) for number in range(CLIENTS)]
        try:
            end = time.monotonic() + SECONDS
            with Client(root) as designer:
                while time.monotonic() < end or rounds["turns"] < LEAST_TURNS:
                    come_and_go(designer, rounds["turns"])
                    rounds["turns"] += 1
                    if rounds["turns"] % LEAST_TURNS == 0:
                        emulator.reset()
        finally:
            stop.set()
        problems = [problem for task in tasks for problem in task.result()]
    assert problems == []
    assert rounds["uses"] > CLIENTS
    with Client(root) as client_after:
        names = {row["name"] for row in client_after.send("GET", "accounts?$select=name")[1]["value"]}
        assert names <= {"account"}
        assert client_after.send("GET", "new_ants")[0] == 404
