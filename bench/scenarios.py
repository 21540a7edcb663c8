"""The scenarios: what is measured, what it is held against, how good it has to be."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from bench import bulk, data, scale
from bench.floors import HELLO_TARGET, imports_command
from bench.load import Connection, build_request, measure
from bench.processes import Launcher, Server, emulator_command, free_port, hello_command
from bench.results import Goal, Samples

API = scale.API
BIND = "@odata.bind"
READ_HEADERS = {"Accept": "application/json", "OData-Version": "4.0", "OData-MaxVersion": "4.0"}
WRITE_HEADERS = {**READ_HEADERS, "Content-Type": "application/json"}
NEEDS_DATABASE = f"{API}/organizations?$select=name&$top=1"
SELECTED = ",".join(data.ACCOUNT_COLUMNS)
POINT_READ = f"$select={SELECTED}"
LIST_OF_50 = f"$select={SELECTED}&$filter=statecode%20eq%200&$orderby=name&$top=50"
EXPANSIONS = (
    "primarycontactid($select=fullname)",
    "contact_customer_accounts($select=fullname)",
    "Account_Tasks($select=subject)",
)


@dataclass(frozen=True, slots=True)
class Size:
    """How much a run does."""

    rows: int
    pairs: int
    seconds: float
    starts: int
    scale: int


QUICK = Size(rows=1_000, pairs=5, seconds=0.4, starts=5, scale=20_000)
FULL = Size(rows=20_000, pairs=11, seconds=2.0, starts=9, scale=1_000_000)


class Bench:
    """What the scenarios of a run share: processes, an emulator with rows and the floor, each started on first use."""

    def __init__(self, size: Size) -> None:
        self.size = size
        self.launcher = Launcher()
        self._emulator: Server | None = None
        self._hello: Server | None = None

    def close(self) -> None:
        """Stop all processes."""
        self.launcher.close()

    def start_emulator(self, *options: str) -> tuple[Server, float]:
        """Start an emulator and wait until it answers from its database."""
        port = free_port()
        return self.launcher.start(emulator_command(port, *options), port, NEEDS_DATABASE)

    @property
    def emulator(self) -> Server:
        """An emulator with generated accounts."""
        if self._emulator is None:
            self._emulator, _ = self.start_emulator()
            with Connection(self._emulator.port) as connection:
                for body in data.accounts(self.size.rows):
                    connection.exchange(create_request(body), 204)
        return self._emulator

    @property
    def hello(self) -> Server:
        """The Flask hello."""
        if self._hello is None:
            port = free_port()
            self._hello, _ = self.launcher.start(hello_command(port), port, HELLO_TARGET)
        return self._hello


@dataclass(frozen=True, slots=True)
class Scenario:
    """One figure. ``run`` raises ``CannotMeasure`` where the machine cannot tell it; a long one is left out of a quick
    run that does not name it."""

    name: str
    group: str
    unit: str
    goal: Goal
    run: Callable[[Bench], Samples]
    is_long: bool = False


def create_request(body: data.Body) -> bytes:
    """A request that creates an account."""
    return build_request("POST", f"{API}/accounts", WRITE_HEADERS, json.dumps(body).encode())


def point_read(bench: Bench) -> Samples:
    """Accounts by key, 40 columns."""
    ids = [data.row_id(number * 7 % bench.size.rows) for number in range(100)]
    requests = [build_request("GET", f"{API}/accounts({id})?{POINT_READ}", READ_HEADERS) for id in ids]
    return _against_hello(bench, requests, 200, _has_columns)


def list_of_50(bench: Bench) -> Samples:
    """50 accounts of 40 columns, filtered and ordered."""
    request = build_request("GET", f"{API}/accounts?{LIST_OF_50}", READ_HEADERS)
    return _against_hello(bench, [request], 200, _has_50_rows)


def create(bench: Bench) -> Samples:
    """Accounts of 40 columns made, answered with 204."""
    requests = [create_request(data.account(bench.size.rows + number)) for number in range(200)]
    return _against_hello(bench, requests, 204)


def patch(bench: Bench) -> Samples:
    """Three columns of accounts changed, answered with 204."""
    requests = [
        build_request(
            "PATCH",
            f"{API}/accounts({data.row_id(number)})",
            WRITE_HEADERS,
            json.dumps({"name": f"N{number}", "revenue": number, "creditonhold": True}).encode(),
        )
        for number in range(50)
    ]
    return _against_hello(bench, requests, 204)


def annotated_list(bench: Bench) -> Samples:
    """The list of 50 with all annotations against the plain one."""
    target = f"{API}/accounts?{LIST_OF_50}"
    annotated = build_request("GET", target, {**READ_HEADERS, "Prefer": 'odata.include-annotations="*"'})
    return _against_request(bench, annotated, build_request("GET", target, READ_HEADERS), 200)


def expanded_list(bench: Bench) -> Samples:
    """50 accounts with the contacts of each against the same without."""
    with Connection(bench.emulator.port) as connection:
        for number in range(50):
            contact = {**data.contact(number), f"parentcustomerid_account{BIND}": f"/accounts({data.row_id(number)})"}
            request = build_request("POST", f"{API}/contacts", WRITE_HEADERS, json.dumps(contact).encode())
            connection.exchange(request, 204)
    target = f"{API}/accounts?{LIST_OF_50}"
    expand = "&$expand=contact_customer_accounts($select=fullname)"
    expanded = build_request("GET", target + expand, READ_HEADERS)
    return _against_request(bench, expanded, build_request("GET", target, READ_HEADERS), 200)


def batch_of_creates(bench: Bench) -> Samples:
    """A change set of 100 creates against one create."""
    parts = []
    for number in range(100):
        body = json.dumps(data.account(number))
        parts.append(
            "--c\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n"
            f"Content-ID: {number + 1}\r\n\r\nPOST {API}/accounts HTTP/1.1\r\n"
            f"Content-Type: application/json\r\n\r\n{body}\r\n"
        )
    content = f"--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n{''.join(parts)}--c--\r\n--b--\r\n"
    headers = {**READ_HEADERS, "Content-Type": "multipart/mixed; boundary=b"}
    batch = build_request("POST", f"{API}/$batch", headers, content.encode())
    return _against_request(bench, batch, create_request(data.account(0)), 200, 204)


def create_multiple(bench: Bench) -> Samples:
    """CreateMultiple of 1,000 accounts of 46 columns against SQL alone."""
    return bulk.create_multiple(bench.size.pairs)


def create_multiple_rows(bench: Bench) -> Samples:
    """The same against SQL alone that writes all rows and columns of the message."""
    return bulk.create_multiple_rows(bench.size.pairs)


def upload_memory(bench: Bench) -> Samples:
    """Memory that an upload of 100 MB in chunks takes."""
    server, _ = bench.start_emulator()
    try:
        return bulk.upload_memory(server)
    finally:
        bench.launcher.stop(server)


def indexed_list(bench: Bench) -> Samples:
    """A list in the order of an index: many rows against 1,000."""
    return scale.indexed_list(bench.size.scale, bench.size.pairs)


def last_page(bench: Bench) -> Samples:
    """The last page of 5,000 rows of a long list against the first."""
    return scale.last_page(bench.size.scale, bench.size.pairs)


def start(bench: Bench) -> Samples:
    """Process start to the first answer that needs the database."""
    return _starts(bench)


def start_with_sample(bench: Bench) -> Samples:
    """The same with the sample organization loaded."""
    return _starts(bench, "--seed", "sample")


def memory_after_start(bench: Bench) -> Samples:
    """Resident memory once the first question is answered."""
    sizes = []
    for _ in range(3):
        server, _ = bench.start_emulator()
        sizes.append(server.memory())
        bench.launcher.stop(server)
    return Samples(sizes)


def reset(bench: Bench) -> Samples:
    """Back to the first rows after some were made, as the client sees it."""
    server, _ = bench.start_emulator()
    bodies = [create_request(data.account(number)) for number in range(20)]
    request = build_request("POST", "/_emulator/reset", WRITE_HEADERS)
    times = []
    with Connection(server.port) as connection:
        for _ in range(bench.size.pairs + 1):
            for body in bodies:
                connection.exchange(body, 204)
            begin = perf_counter()
            connection.exchange(request, 200)
            times.append((perf_counter() - begin) * 1000)
    bench.launcher.stop(server)
    return Samples(times[1:])


def statements_of(query: str) -> Callable[[Bench], Samples]:
    """A scenario that counts the SQL statements of a request; the second of two, so that no plan is made."""

    def count(_: Bench) -> Samples:
        from werkzeug.test import Client

        from dataverse_emulator.config import Settings
        from dataverse_emulator.environment import open_service
        from dataverse_emulator.web.application import create_application

        kept = os.environ.get("DATAVERSE_EMULATOR_CACHE")
        os.environ["DATAVERSE_EMULATOR_CACHE"] = "off"
        try:
            service = open_service(Settings(log_format="none"))
        finally:
            if kept is None:
                del os.environ["DATAVERSE_EMULATOR_CACHE"]
            else:
                os.environ["DATAVERSE_EMULATOR_CACHE"] = kept
        client = Client(create_application(service))
        for body in data.accounts(3):
            assert client.post(f"{API}/accounts", json=body).status_code == 204
        target = f"{API}/{query}"
        assert client.get(target).status_code == 200, client.get(target).text
        before = service.store.statements
        client.get(target)
        counted = service.store.statements - before
        service.close()
        return Samples([float(counted)])

    return count


def _against_hello(
    bench: Bench, requests: Sequence[bytes], expected: int, check: Callable[[Any], bool] | None = None
) -> Samples:
    """Requests a second of the emulator and of the hello, in turn."""
    hello = [build_request("GET", HELLO_TARGET, READ_HEADERS)]
    subject: list[float] = []
    floor: list[float] = []
    with Connection(bench.emulator.port) as emulator, Connection(bench.hello.port) as other:
        if check is not None:
            content = json.loads(emulator.exchange(requests[0], expected).body)
            if not check(content):
                raise ValueError(f"not the answer that is to be measured: {str(content)[:500]}")
        measure(emulator, requests, expected, bench.size.seconds / 2)
        measure(other, hello, 200, bench.size.seconds / 2)
        for _ in range(bench.size.pairs):
            subject.append(measure(emulator, requests, expected, bench.size.seconds).rate)
            floor.append(measure(other, hello, 200, bench.size.seconds).rate)
    return Samples(subject, floor)


def _against_request(
    bench: Bench, subject: bytes, floor: bytes, expected: int, expected_floor: int | None = None
) -> Samples:
    """Milliseconds of two requests to the emulator, in turn."""
    expected_floor = expected_floor or expected
    with Connection(bench.emulator.port) as connection:
        times, floors = scale.in_turn(
            lambda: connection.exchange(subject, expected),
            lambda: connection.exchange(floor, expected_floor),
            bench.size.pairs,
            20,
        )
    return Samples(times, floors)


def _starts(bench: Bench, *options: str) -> Samples:
    subject: list[float] = []
    floor: list[float] = []
    for turn in range(bench.size.starts + 1):
        server, seconds = bench.start_emulator(*options)
        bench.launcher.stop(server)
        imports = bench.launcher.time(imports_command())
        if turn:  # the first ones fill the caches
            subject.append(seconds * 1000)
            floor.append(imports * 1000)
    return Samples(subject, floor)


def _has_columns(content: Any) -> bool:
    return set(data.ACCOUNT_COLUMNS) <= content.keys() and "@odata.etag" in content


def _has_50_rows(content: Any) -> bool:
    return len(content["value"]) == 50 and all(_has_columns(row) for row in content["value"])


def _counter(name: str, query: str, allowed: int) -> Scenario:
    return Scenario(name, "counters", "statements", Goal(allowed, at_least=False), statements_of(query))


_ONE = f"accounts({data.row_id(0)})"

SCENARIOS = (
    _counter("sql-point-read", f"{_ONE}?{POINT_READ}", 1),
    _counter("sql-list", f"accounts?{LIST_OF_50}", 1),
    *(
        _counter(f"sql-expand-{count}", f"accounts?$select=name&$expand={','.join(EXPANSIONS[:count])}", 1 + count)
        for count in range(1, len(EXPANSIONS) + 1)
    ),
    Scenario("start", "startup", "ms", Goal(1.4, 1.15, at_least=False), start),
    Scenario("start-sample", "startup", "ms", Goal(2.0, at_least=False), start_with_sample),
    Scenario("memory", "memory", "MB", Goal(110, 75, at_least=False), memory_after_start),
    Scenario("upload-memory", "files", "MB", Goal(40, at_least=False), upload_memory, is_long=True),
    Scenario("reset", "reset", "ms", Goal(10, 0.5, at_least=False), reset),
    Scenario("point-read", "http", "requests/s", Goal(0.50, 0.65), point_read),
    Scenario("list-50", "http", "requests/s", Goal(0.18, 0.27), list_of_50),
    Scenario("create", "http", "requests/s", Goal(0.33, 0.50), create),
    Scenario("patch", "http", "requests/s", Goal(0.33, 0.50), patch),
    Scenario("list-annotated", "queries", "ms", Goal(1.5, at_least=False), annotated_list),
    Scenario("list-expanded", "queries", "ms", Goal(2.0, 1.5, at_least=False), expanded_list),
    Scenario("batch-100", "bulk", "ms", Goal(35, 20, at_least=False), batch_of_creates),
    Scenario("create-multiple", "bulk", "ms", Goal(6, 3, at_least=False), create_multiple, is_long=True),
    Scenario("create-multiple-rows", "bulk", "ms", Goal(6, 3, at_least=False), create_multiple_rows, is_long=True),
    Scenario("list-indexed", "scale", "ms", Goal(1.5, 1.1, at_least=False), indexed_list),
    Scenario("page-last", "scale", "ms", Goal(1.3, 1.1, at_least=False), last_page),
)
GROUPS = tuple(dict.fromkeys(scenario.group for scenario in SCENARIOS))


def choose(only: str | None, *, full: bool = False) -> tuple[Scenario, ...]:
    """The scenarios of a comma-separated list of names and groups; without a list all, or all but the long ones.

    Raises:
        ValueError: a word is neither.
    """
    if not only:
        return tuple(scenario for scenario in SCENARIOS if full or not scenario.is_long)
    wanted = {word.strip() for word in only.split(",") if word.strip()}
    known = {scenario.name for scenario in SCENARIOS} | set(GROUPS)
    if wanted - known:
        raise ValueError(f"unknown: {', '.join(sorted(wanted - known))}; known: {', '.join(sorted(known))}")
    return tuple(scenario for scenario in SCENARIOS if {scenario.name, scenario.group} & wanted)
