"""Scenarios in bulk: many rows in one call against the same rows in SQL alone, and the memory of a long upload."""

from __future__ import annotations

import os
import re
import uuid
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import orjson
import requests

from bench import data
from bench.results import Samples
from bench.scale import API, in_turn

if TYPE_CHECKING:
    from bench.processes import Server
    from dataverse_emulator.service import Service

Statement: TypeAlias = tuple[str, list[Sequence[Any]]]

ROWS = 1_000
CHUNK = 4 * 1024 * 1024
CHUNKS = 25


def post(service: Service, path: str, body: bytes) -> None:
    """Send JSON; the answer is a success."""
    from dataverse_emulator.web.exchange import WebRequest
    from dataverse_emulator.web.webapi.dispatch import handle

    headers = {"content-type": "application/json"}
    response = handle(WebRequest("POST", f"{API}/{path}", "", headers, body), service)
    assert response.status < 300, response.body[:300]


def account(number: int) -> data.Body:
    """An account of 46 columns."""
    more = {
        "address2_name": "Warehouse",
        "address2_line1": f"Dock {number % 40}",
        "address2_city": "Nordhavn",
        "address2_postalcode": "2150",
        "yominame": f"Y{number}",
        "ftpsiteurl": f"ftp://{number}.example.com",
    }
    return {**data.account(number), **more}


def create_multiple(pairs: int) -> Samples:
    """CreateMultiple of 1,000 accounts of 46 columns against ``executemany`` of the same values.

    Milliseconds. The floor inserts what the client sent and no more, into a store of the same schema and indexes.
    """
    bodies = [account(number) for number in range(ROWS)]
    names = ["accountid", *bodies[0]]
    listed = ", ".join(f'"{name}"' for name in names)
    insertion = f'INSERT INTO "account" ({listed}) VALUES ({", ".join("?" * len(names))})'
    rows: list[Sequence[Any]] = [["", *body.values()] for body in bodies]
    return _against(bodies, lambda _: [(insertion, rows)], pairs)


def create_multiple_rows(pairs: int) -> Samples:
    """The same against ``executemany`` of all that the message writes.

    Milliseconds. The floor inserts the accounts with what the platform fills in, and their addresses.
    """
    bodies = [account(number) for number in range(ROWS)]
    return _against(bodies, lambda run: run(), pairs)


def _against(
    bodies: list[data.Body], choose: Callable[[Callable[[], list[Statement]]], list[Statement]], pairs: int
) -> Samples:
    """CreateMultiple against statements, chosen with the help of those that the message runs; new keys each time."""
    from dataverse_emulator.config import Settings
    from dataverse_emulator.environment import open_service

    request = orjson.dumps({"Targets": [{"@odata.type": "Microsoft.Dynamics.CRM.account", **body} for body in bodies]})
    call = "accounts/Microsoft.Dynamics.CRM.CreateMultiple"
    service, plain = (open_service(Settings(log_format="none")) for _ in range(2))
    statements = choose(lambda: written(service, lambda: post(service, call, request)))
    batches = iter([[(sql, rekeyed(sql, rows)) for sql, rows in statements] for _ in range(pairs + 1)])

    def insert() -> None:
        with plain.store.transaction():
            for sql, rows in next(batches):
                plain.store.database.run_many(sql, rows)

    try:
        return Samples(*in_turn(lambda: post(service, call, request), insert, pairs, 1))
    finally:
        service.close()
        plain.close()


def written(service: Service, run: Callable[[], None]) -> list[Statement]:
    """The statements with many rows that a call runs."""
    found: list[Statement] = []
    database = service.store.database
    run_many = database.run_many

    def record(sql: str, rows: Iterable[Sequence[Any]]) -> None:
        kept = list(rows)
        found.append((sql, kept))
        run_many(sql, kept)

    database.run_many = record  # type: ignore[method-assign]  # listens in on it
    try:
        run()
    finally:
        database.run_many = run_many  # type: ignore[method-assign]  # listens in on it
    return found


def rekeyed(sql: str, rows: list[Sequence[Any]]) -> list[Sequence[Any]]:
    """The rows of an INSERT under new primary keys."""
    table, *names = re.findall(r'"(\w+)"', sql.partition(" VALUES ")[0])
    place = names.index(f"{table}id")
    return [[*row[:place], str(uuid.uuid4()), *row[place + 1 :]] for row in rows]


def upload_memory(server: Server) -> Samples:
    """Resident memory that a file of 100 MB in chunks of 4 MB adds to a server; MB, at the highest after any chunk."""
    before = server.memory()
    highest = before
    root = f"http://127.0.0.1:{server.port}{API}"
    with requests.Session() as session:
        made = session.post(f"{root}/asyncoperations", json={"name": "Upload"}, timeout=60)
        made.raise_for_status()
        headers = {"x-ms-transfer-mode": "chunked"}
        column = f"{made.headers['OData-EntityId']}/datablobid?x-ms-file-name=a.bin"
        start = session.patch(column, headers=headers, timeout=60)
        start.raise_for_status()
        chunk = os.urandom(CHUNK)
        for number in range(CHUNKS):
            first = number * CHUNK
            headers = {
                "Content-Type": "application/octet-stream",
                "x-ms-file-name": "a.bin",
                "Content-Range": f"bytes {first}-{first + CHUNK - 1}/{CHUNKS * CHUNK}",
            }
            session.patch(start.headers["Location"], chunk, headers=headers, timeout=60).raise_for_status()
            highest = max(highest, server.memory())
    return Samples([highest - before])
