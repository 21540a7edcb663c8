"""Processes of a run: servers on one core, this process with the load on another, caches in a folder of their own."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter, sleep

from bench.load import HOST, Answer, Connection, build_request

ROOT = Path(__file__).parent.parent
SOURCE_ROOTS = ("app", "odata", "fixtures", ".")
START_SECONDS = 60.0
STOP_SECONDS = 5.0
POLL_SECONDS = 0.002


class CannotStart(Exception):
    """A process did not do what it was started for; the text holds what it wrote."""


class CannotMeasure(Exception):
    """This machine does not tell a figure."""


def emulator_command(port: int, *options: str) -> list[str]:
    """The command line of an emulator on a port of this machine."""
    listen = ("--port", str(port), "--tls-port", "off", "--log-format", "none")
    return [sys.executable, "-m", "dataverse_emulator", "serve", *listen, *options]


def hello_command(port: int) -> list[str]:
    """The command line of the Flask floor."""
    return [sys.executable, "-m", "bench.floors", str(port)]


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


class Server:
    """A running server process."""

    def __init__(self, process: subprocess.Popen[bytes], port: int) -> None:
        self._process = process
        self.port = port

    def memory(self) -> float:
        """Resident memory in MB.

        Raises:
            CannotMeasure: the system has no such figure in the place where we look.
        """
        try:
            status = Path(f"/proc/{self._process.pid}/status").read_text(encoding="ascii", errors="replace")
        except OSError as problem:
            raise CannotMeasure("resident memory is read from /proc") from problem
        for line in status.splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
        raise CannotMeasure("resident memory is not told")

    def stop(self) -> None:
        """End the process."""
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class Launcher:
    """Starts processes for one run; ``close`` stops those still running and removes their files."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="emulator-bench-")
        self._servers: list[Server] = []
        paths = [str(ROOT / root) for root in SOURCE_ROOTS]
        known = os.environ.get("PYTHONPATH")
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("DATAVERSE_EMULATOR_")},
            "DATAVERSE_EMULATOR_CACHE": str(Path(self._folder.name) / "cache"),
            # an installed package has its bytecode beside it; a checkout gets it here, whatever the machine's setting
            "PYTHONDONTWRITEBYTECODE": "",
            "PYTHONPYCACHEPREFIX": str(Path(self._folder.name) / "bytecode"),
            "PYTHONPATH": os.pathsep.join(paths + ([known] if known else [])),
        }
        self._server_core, self._own_cores = _divide_cores()

    @property
    def is_pinned(self) -> bool:
        """Servers and load generator have a core each."""
        return self._server_core is not None

    def start(self, command: Sequence[str], port: int, target: str) -> tuple[Server, float]:
        """Start a server and wait for the first answer to ``GET target``; also tells the seconds that took.

        Raises:
            CannotStart: the process ended, or answers something else than 200.
        """
        start = perf_counter()
        process, log = self._open(command)
        server = Server(process, port)
        self._servers.append(server)
        answer = self._first_answer(process, port, target, start + START_SECONDS)
        seconds = perf_counter() - start
        if answer is None or answer.status != 200:
            self.stop(server)
            said = "no answer" if answer is None else f"status {answer.status}: {answer.body[:300]!r}"
            raise CannotStart(f"{' '.join(command)}\n{said}\n{log.read_text(errors='replace')[-3000:]}")
        return server, seconds

    def time(self, command: Sequence[str]) -> float:
        """Run a command to its end and tell the seconds.

        Raises:
            CannotStart: it failed.
        """
        start = perf_counter()
        process, log = self._open(command)
        status = process.wait()
        seconds = perf_counter() - start
        if status != 0:
            raise CannotStart(f"{' '.join(command)}\n{log.read_text(errors='replace')[-3000:]}")
        return seconds

    def stop(self, server: Server) -> None:
        """Stop a server."""
        self._servers.remove(server)
        server.stop()

    def close(self) -> None:
        """Stop what runs, give this process its cores back and remove the files."""
        for server in list(self._servers):
            self.stop(server)
        if self._own_cores is not None:
            os.sched_setaffinity(0, self._own_cores)
        self._folder.cleanup()

    def _open(self, command: Sequence[str]) -> tuple[subprocess.Popen[bytes], Path]:
        log = Path(self._folder.name) / "log.txt"
        with open(log, "wb") as output:
            process = subprocess.Popen(
                command, env=self._environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output
            )
        if self._server_core is not None:
            with contextlib.suppress(ProcessLookupError):
                os.sched_setaffinity(process.pid, self._server_core)
        return process, log

    @staticmethod
    def _first_answer(process: subprocess.Popen[bytes], port: int, target: str, end: float) -> Answer | None:
        request = build_request("GET", target)
        while process.poll() is None and perf_counter() < end:
            try:
                with Connection(port) as connection:
                    return connection.exchange(request)
            except OSError:
                sleep(POLL_SECONDS)
        return None


def _divide_cores() -> tuple[set[int] | None, set[int] | None]:
    """Pin this process to its second core where there are two: the servers' core, and the cores that we had."""
    if not hasattr(os, "sched_getaffinity"):
        return None, None
    own = os.sched_getaffinity(0)
    if len(own) < 2:
        return None, None
    first, second, *_ = sorted(own)
    os.sched_setaffinity(0, {second})
    return {first}, own
