"""Scenarios in bulk: many rows in one call against the same rows in SQL alone, and the memory of a long upload."""

from __future__ import annotations

import itertools
import os
from typing import TYPE_CHECKING

import orjson
import requests

from bench import data
from bench.results import Samples
from bench.scale import API, in_turn

if TYPE_CHECKING:
    from bench.processes import Server
    from dataverse_emulator.service import Service

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
    """CreateMultiple of 1,000 accounts of 46 columns against the same values by SQL into a table of the same schema.

    Milliseconds. The floor has the indexes of the table, but none of the rows that the platform adds (addresses).
    """
    from dataverse_emulator.config import Settings
    from dataverse_emulator.environment import open_service

    bodies = [account(number) for number in range(ROWS)]
    request = orjson.dumps({"Targets": [{"@odata.type": "Microsoft.Dynamics.CRM.account", **body} for body in bodies]})
    names = ["accountid", *bodies[0]]
    listed = ", ".join(f'"{name}"' for name in names)
    insertion = f"INSERT INTO account ({listed}) VALUES ({', '.join('?' * len(names))})"
    ids = itertools.count()
    service, plain = (open_service(Settings(log_format="none")) for _ in range(2))

    def insert() -> None:
        rows = [[data.row_id(next(ids)), *body.values()] for body in bodies]
        with plain.store.transaction():
            plain.store.database.run_many(insertion, rows)

    try:
        call = "accounts/Microsoft.Dynamics.CRM.CreateMultiple"
        return Samples(*in_turn(lambda: post(service, call, request), insert, pairs, 1))
    finally:
        service.close()
        plain.close()


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
