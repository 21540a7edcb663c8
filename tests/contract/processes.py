"""Servers of their own process, for what only such a one can show."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

DEADLINE = 30.0


@contextmanager
def running(folder: Path, database: Path | None = None) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """A server, in memory unless it gets a file; the process and its Web API address."""
    port_file = folder / "port"
    port_file.unlink(missing_ok=True)
    command = [sys.executable, "-m", "dataverse_emulator", "serve", "--port", "0", "--tls-port", "off"]
    options = ["--port-file", str(port_file), "--log-format", "none"]
    if database is not None:
        options += ["--database", str(database)]
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
