"""Any series of writes leaves what a plain model of the tables says (contract 02 §1, §3, §4, §7, §11; 06 §2, §14)."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from .conftest import Api
from .plain_model import (
    COLLECTIONS,
    COLUMNS,
    LOOKUPS,
    PRIMARY,
    SETS,
    VALUES,
    Associate,
    Delete,
    Disassociate,
    Key,
    Model,
    Put,
    Write,
)

TEXTS = st.text(alphabet="aBå'%&+\"\\\n€😀 -", min_size=1, max_size=8).filter(lambda text: text == text.strip())
NUMBERS = ("numberofemployees", "numberofchildren")
TABLES = st.sampled_from(sorted(SETS))


def keys(table: str) -> st.SearchStrategy[Key]:
    """A row of the table: one of three, whether it is there or not."""
    number = sorted(SETS).index(table)
    return st.integers(1, 3).map(lambda place: (table, f"0f0f0f0f-000{number}-4000-8000-00000000000{place}"))


def puts(table: str) -> st.SearchStrategy[Write]:
    values = st.fixed_dictionaries(
        {}, optional={name: st.none() | (st.integers(0, 9) if name in NUMBERS else TEXTS) for name in VALUES[table]}
    )
    # one navigation property a lookup: what two of them would mean depends on their order
    by_column: dict[str, list[st.SearchStrategy[tuple[str, Key | None]]]] = {}
    for (of, name), (column, target, _) in LOOKUPS.items():
        if of == table:
            by_column.setdefault(column, []).append(st.tuples(st.just(name), st.none() | keys(target)))
    binds = st.fixed_dictionaries({}, optional={column: st.one_of(some) for column, some in by_column.items()})
    kinds = st.sampled_from(["create", "create", "upsert", "update"])
    return st.builds(Put, keys(table), kinds, values, binds.map(lambda found: dict(found.values())))


def associations(navigation: tuple[str, str]) -> st.SearchStrategy[Write]:
    table, name = navigation
    if navigation in LOOKUPS:
        return st.builds(Associate, keys(table), st.just(name), keys(LOOKUPS[navigation][1])) | st.builds(
            Disassociate, keys(table), st.just(name), st.none()
        )
    target = keys(COLLECTIONS[navigation][0])
    return st.builds(Associate, keys(table), st.just(name), target) | st.builds(
        Disassociate, keys(table), st.just(name), target
    )


PUTS: st.SearchStrategy[Write] = TABLES.flatmap(puts)
LINKS: st.SearchStrategy[Write] = st.sampled_from([*LOOKUPS, *COLLECTIONS]).flatmap(associations)
DELETES: st.SearchStrategy[Write] = TABLES.flatmap(keys).map(Delete)
WRITES = PUTS | PUTS | LINKS | DELETES


def batch(writes: list[Write], is_change_set: bool) -> bytes:
    """A batch of these requests."""
    parts = []
    for number, write in enumerate(writes, 1):
        method, path, body, headers = write.request()
        lines = [f"Content-Type: application/http\r\nContent-ID: {number}\r\n\r\n{method} {path} HTTP/1.1"]
        lines += [f"{name}: {value}" for name, value in {"Content-Type": "application/json", **headers}.items()]
        parts.append("\r\n".join([*lines, "", "" if body is None else json.dumps(body)]))
    inner = "".join(f"--c\r\n{part}\r\n" for part in parts) + "--c--\r\n"
    if is_change_set:
        return f"--c0\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n{inner}\r\n--c0--\r\n".encode()
    return inner.encode()


class Histories(RuleBasedStateMachine):
    """Sends writes to the service and to the model, and compares what both hold."""

    def __init__(self, api: Api) -> None:
        super().__init__()
        self.api = api
        self.model = Model()
        api.service.reset()

    @rule(write=WRITES)
    def one_request(self, write: Write) -> None:
        method, path, body, headers = write.request()
        answer = self.api.send(method, path, body, headers)
        assert answer.status == write.do(self.model), (write, answer.text)

    @rule(writes=st.lists(WRITES, min_size=1, max_size=5))
    def one_change_set(self, writes: list[Write]) -> None:
        headers = {"Content-Type": "multipart/mixed; boundary=c0"}
        answer = self.api.send("POST", "$batch", batch(writes, is_change_set=True), headers)
        assert answer.status == self.model.all_or_nothing(writes), (writes, answer.text)

    @rule(writes=st.lists(WRITES, min_size=1, max_size=5))
    def one_batch(self, writes: list[Write]) -> None:
        headers = {"Content-Type": "multipart/mixed; boundary=c", "Prefer": "odata.continue-on-error"}
        answer = self.api.send("POST", "$batch", batch(writes, is_change_set=False), headers)
        found = [int(line.split()[1]) for line in answer.text.splitlines() if line.startswith("HTTP/1.1 ")]
        assert found == [write.do(self.model) for write in writes], (writes, answer.text)

    @invariant()
    def the_service_holds_what_the_model_holds(self) -> None:
        assert {key: row for table in SETS for key, row in self.rows(table)} == self.model.rows
        query = "accounts?$select=accountid&$expand=accountleads_association($select=leadid)"
        links = {
            (row["accountid"], lead["leadid"])
            for row in self.api.get(query).value
            for lead in row["accountleads_association"]
        }
        assert links == self.model.links

    def rows(self, table: str) -> list[tuple[Key, dict[str, Any]]]:
        """The rows of a table as the model has them."""
        lookups = {column for (of, _), (column, _, _) in LOOKUPS.items() if of == table}
        members = [f"_{column}_value" if column in lookups else column for column in COLUMNS[table]]
        prefer = 'odata.include-annotations="Microsoft.Dynamics.CRM.lookuplogicalname"'
        found = []
        for row in self.api.get(f"{SETS[table]}?$select={','.join(members)}", Prefer=prefer).value:
            values: dict[str, Any] = {}
            for column, member in zip(COLUMNS[table], members, strict=True):
                value = row[member]
                if column in lookups and value is not None:
                    value = (row[f"{member}@Microsoft.Dynamics.CRM.lookuplogicalname"], value)
                values[column] = value
            found.append(((table, row[PRIMARY[table]]), values))
        return found


def test_any_series_of_writes_leaves_what_the_model_says(api: Api) -> None:
    run_state_machine_as_test(  # type: ignore[no-untyped-call]  # hypothesis has no type for it
        lambda: Histories(api),
        settings=settings(
            max_examples=60, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
