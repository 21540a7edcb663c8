"""What was acknowledged survives the end of the process at any moment (file mode)."""

from __future__ import annotations

import signal
import threading
from pathlib import Path

import pytest
import requests

from .defining import column, many_to_many, one_to_many, table
from .processes import DEADLINE, running

ROUNDS = 5
WRITES_BEFORE_THE_END = 40
DEFINITION_ROUNDS = 2
TABLES_BEFORE_THE_END = 4


def write_until_killed(root: str, acknowledged: list[str], enough: threading.Event) -> None:
    """Create leads and relate them, keeping the ids that the server confirmed, until it is gone."""
    session = requests.Session()
    try:
        while True:
            answer = session.post(
                f"{root}/leads", json={"subject": "Kept", "lastname": f"L{len(acknowledged)}"}, timeout=10
            )
            assert answer.status_code == 204
            acknowledged.append(answer.headers["OData-EntityId"].rsplit("(", 1)[1].rstrip(")"))
            if len(acknowledged) >= WRITES_BEFORE_THE_END:
                enough.set()
    except requests.ConnectionError:
        enough.set()
    finally:
        session.close()


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system has no SIGKILL")
def test_a_killed_server_loses_no_acknowledged_write(tmp_path: Path) -> None:
    database = tmp_path / "org.sqlite"
    everything: list[str] = []
    for _ in range(ROUNDS):
        with running(tmp_path, database) as (process, root):
            acknowledged: list[str] = []
            enough = threading.Event()
            writer = threading.Thread(target=write_until_killed, args=(root, acknowledged, enough))
            writer.start()
            assert enough.wait(DEADLINE)
            process.send_signal(signal.SIGKILL)
            process.wait()
            writer.join()
            everything += acknowledged
        with running(tmp_path, database) as (_, root):
            listed = requests.get(f"{root}/leads?$select=leadid&$filter=subject eq 'Kept'", timeout=10).json()["value"]
            assert set(everything) <= {lead["leadid"] for lead in listed}


class Designer:
    """Changes definitions until the server is gone; ``expected`` maps paths to the status that they must answer."""

    def __init__(self, root: str, first: int, expected: dict[str, int]) -> None:
        self.root = root
        self.first = first
        self.expected = expected
        self.enough = threading.Event()
        self.session = requests.Session()

    def run(self) -> None:
        """Make tables with columns and relationships, and let every third go."""
        try:
            for number in range(self.first, self.first + 1000):
                self._table(f"new_t{number}", is_kept=number % 3 > 0)
                if number >= self.first + TABLES_BEFORE_THE_END:
                    self.enough.set()
        except requests.ConnectionError:
            self.enough.set()
        finally:
            self.session.close()

    def _table(self, name: str, *, is_kept: bool) -> None:
        path, rows = f"EntityDefinitions(LogicalName='{name}')", f"{name}s?$select=new_name"
        one = one_to_many(f"{name}_accounts", "account", name, "new_AccountId")
        many = many_to_many(f"{name}_contacts", name, "contact")
        relations = [f"RelationshipDefinitions(SchemaName='{each['SchemaName']}')" for each in (one, many)]
        text = f"{name}s?$select=new_text"
        self._do("POST", "EntityDefinitions", table(name, column("Money", "new_Cost")), {path: 200, rows: 200})
        self._do("POST", f"{path}/Attributes", column("String", "new_Text"), {text: 200})
        self._do("POST", "RelationshipDefinitions", one, {relations[0]: 200})
        self._do("POST", "RelationshipDefinitions", many, {relations[1]: 200})
        if not is_kept:
            self._do("DELETE", path, None, dict.fromkeys((path, rows, text, *relations), 404))

    def _do(self, method: str, path: str, body: object, becomes: dict[str, int]) -> None:
        for each in becomes:  # while it is under way, either may be so
            self.expected.pop(each, None)
        answer = self.session.request(method, f"{self.root}/{path}", json=body, timeout=10)
        assert answer.status_code == 204, answer.text
        self.expected.update(becomes)


def check_that_tables_are_whole(session: requests.Session, root: str) -> None:
    """Every table of users has what came with it, and takes rows."""
    query = f"{root}/EntityDefinitions?$filter=IsCustomEntity eq true and IsIntersect eq false"
    for found in session.get(f"{query}&$expand=Attributes,ManyToOneRelationships", timeout=10).json()["value"]:
        if not found["LogicalName"].startswith("new_t"):
            continue
        columns = {each["LogicalName"] for each in found["Attributes"]}
        assert {"new_name", "new_cost", "new_cost_base", "transactioncurrencyid", "statuscode"} <= columns
        relations = {each["SchemaName"] for each in found["ManyToOneRelationships"]}
        assert f"transactioncurrency_{found['LogicalName']}" in relations
        answer = session.post(f"{root}/{found['EntitySetName']}", json={"new_name": "A", "new_cost": 1}, timeout=10)
        assert answer.status_code == 204, answer.text


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system has no SIGKILL")
def test_a_killed_server_loses_no_acknowledged_definition_and_keeps_no_half_one(tmp_path: Path) -> None:
    database = tmp_path / "org.sqlite"
    expected: dict[str, int] = {}
    for turn in range(DEFINITION_ROUNDS):
        with running(tmp_path, database) as (process, root):
            designer = Designer(root, 100 * turn, expected)
            thread = threading.Thread(target=designer.run)
            thread.start()
            assert designer.enough.wait(DEADLINE)
            process.send_signal(signal.SIGKILL)
            process.wait()
            thread.join()
        with running(tmp_path, database) as (_, root), requests.Session() as session:
            for path, status in expected.items():
                answer = session.get(f"{root}/{path}", timeout=10)
                assert answer.status_code == status, (path, answer.text)
            check_that_tables_are_whole(session, root)
    assert len(expected) > 10 * DEFINITION_ROUNDS
