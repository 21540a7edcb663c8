"""Scenarios over many rows, in process: what a request costs on a large table, against the same on a small one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import TYPE_CHECKING, Any

import orjson

from bench import data
from bench.results import Samples

if TYPE_CHECKING:
    from dataverse_emulator.service import Service

API = "/api/data/v9.2"
SMALL = 1_000
PAGE = 5_000
LIST = "$select=name,revenue,statecode&$filter=statecode%20eq%200&$orderby=name&$top=50"
BLOCK = 20_000


@contextmanager
def filled_service(rows: int) -> Iterator[Service]:
    """A service in memory with that many accounts of eight columns."""
    from dataverse_emulator.config import Settings
    from dataverse_emulator.environment import open_service

    service = open_service(Settings(log_format="none"))
    try:
        table = service.catalog.table("account")
        for start in range(0, rows, BLOCK):
            with service.store.transaction():
                service.store.insert_many(table, [_row(number) for number in range(start, min(start + BLOCK, rows))])
        yield service
    finally:
        service.close()


def _row(number: int) -> dict[str, Any]:
    made = data.account(number)
    return {
        "accountid": data.row_id(number),
        "name": made["name"],
        "accountnumber": made["accountnumber"],
        "revenue": made["revenue"],
        "numberofemployees": made["numberofemployees"],
        "statecode": number % 8 == 0,
        "createdon": "2026-01-01T08:00:00Z",
        "versionnumber": number,
    }


def get(service: Service, query: str, **headers: str) -> dict[str, Any]:
    """The answer to a request for accounts."""
    from dataverse_emulator.web.exchange import WebRequest
    from dataverse_emulator.web.webapi.dispatch import handle

    response = handle(WebRequest("GET", f"{API}/accounts", query, headers), service)
    assert response.status == 200, response.body[:300]
    answer: dict[str, Any] = orjson.loads(response.body)
    return answer


def indexed_list(rows: int, pairs: int) -> Samples:
    """50 rows in the order of an index, of many rows and of 1,000; milliseconds."""
    with filled_service(rows) as large, filled_service(SMALL) as small:
        subject, floor = in_turn(lambda: get(large, LIST), lambda: get(small, LIST), pairs, 20)
    return Samples(subject, floor)


def last_page(rows: int, pairs: int) -> Samples:
    """The last full page of a list read page by page against the first; milliseconds."""
    prefer = {"prefer": f"odata.maxpagesize={PAGE}"}
    with filled_service(rows) as service:
        first = "$select=name,revenue"
        last, link = first, first
        while link:
            last, answer = link, get(service, link, **prefer)
            if len(answer["value"]) < PAGE:
                raise ValueError("the rows do not fill their pages")
            link = answer.get("@odata.nextLink", "").partition("?")[2]
        subject, floor = in_turn(lambda: get(service, last, **prefer), lambda: get(service, first, **prefer), pairs, 3)
    return Samples(subject, floor)


def in_turn(
    one: Callable[[], Any], other: Callable[[], Any], pairs: int, repeats: int
) -> tuple[list[float], list[float]]:
    """Milliseconds of each, measured in turn after a warm-up."""
    one()
    other()
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(pairs):
        for run, found in zip((one, other), times, strict=True):
            begin = perf_counter()
            for _ in range(repeats):
                run()
            found.append((perf_counter() - begin) * 1000 / repeats)
    return times
