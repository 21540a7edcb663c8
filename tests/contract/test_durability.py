"""What was acknowledged survives the end of the process at any moment (file mode)."""

from __future__ import annotations

import signal
import threading
from pathlib import Path

import pytest
import requests

from .processes import DEADLINE, running

ROUNDS = 5
WRITES_BEFORE_THE_END = 40


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
