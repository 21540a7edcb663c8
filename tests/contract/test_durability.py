"""What was acknowledged survives the end of the process at any moment (file mode)."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

DEADLINE = 30.0
ROUNDS = 5
WRITES_BEFORE_THE_END = 40


@contextmanager
def running(database: Path, folder: Path) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """A server of its own process on a file; the process and its Web API address."""
    port_file = folder / "port"
    port_file.unlink(missing_ok=True)
    command = [sys.executable, "-m", "dataverse_emulator", "serve", "--port", "0", "--tls-port", "off"]
    options = ["--database", str(database), "--port-file", str(port_file), "--log-format", "none"]
    path = os.pathsep.join(entry for entry in sys.path if entry)
    process = subprocess.Popen(
        [*command, *options],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": path},
    )
    try:
        end = time.monotonic() + DEADLINE
        while not (port_file.exists() and port_file.read_text().strip()):
            if process.poll() is not None:
                assert process.stderr is not None
                pytest.fail(process.stderr.read().decode())
            assert time.monotonic() < end, "the server did not start"
        yield process, f"http://127.0.0.1:{port_file.read_text().split()[0]}/api/data/v9.2"
    finally:
        process.kill()
        process.wait()
        if process.stderr is not None:
            process.stderr.close()


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
        with running(database, tmp_path) as (process, root):
            acknowledged: list[str] = []
            enough = threading.Event()
            writer = threading.Thread(target=write_until_killed, args=(root, acknowledged, enough))
            writer.start()
            assert enough.wait(DEADLINE)
            process.send_signal(signal.SIGKILL)
            process.wait()
            writer.join()
            everything += acknowledged
        with running(database, tmp_path) as (_, root):
            listed = requests.get(f"{root}/leads?$select=leadid&$filter=subject eq 'Kept'", timeout=10).json()["value"]
            assert set(everything) <= {lead["leadid"] for lead in listed}
