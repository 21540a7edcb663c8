"""The command, as a process of its own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests

from dataverse_emulator import __version__

DEADLINE = 30.0
API = "/api/data/v9.2"


class Command:
    """A running ``dataverse-emulator``; its banner is read when it is made."""

    def __init__(self, arguments: tuple[str, ...], environment: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "dataverse_emulator", *arguments],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.banner = self.process.stdout.readline().strip()

    @property
    def urls(self) -> list[str]:
        return [part for part in self.banner.split(" | ") if part.startswith("http")]

    def end(self, number: int = signal.SIGTERM) -> tuple[int, str, float]:
        """Send a signal; exit status, what was written to stderr, seconds."""
        start = time.monotonic()
        self.process.send_signal(number)
        _, written = self.process.communicate(timeout=DEADLINE)
        return self.process.returncode, written, time.monotonic() - start


@pytest.fixture
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("DATAVERSE_EMULATOR_")}
    return {
        **inherited,
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        "XDG_CONFIG_HOME": str(tmp_path_factory.getbasetemp() / "configuration"),
    }


@pytest.fixture
def start(environment: dict[str, str]) -> Iterator[Callable[..., Command]]:
    started: list[Command] = []

    def run(*arguments: str, **variables: str) -> Command:
        started.append(Command(arguments, {**environment, **variables}))
        return started[-1]

    yield run
    for command in started:
        if command.process.poll() is None:
            command.process.kill()
        command.process.communicate()


@pytest.fixture
def run(environment: dict[str, str]) -> Callable[..., subprocess.CompletedProcess[str]]:
    def call(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "dataverse_emulator", *arguments],
            env={**environment, **variables},
            capture_output=True,
            text=True,
            timeout=DEADLINE,
            check=False,
        )

    return call


Start = Callable[..., Command]
Run = Callable[..., "subprocess.CompletedProcess[str]"]


def test_the_bare_command_serves_http_and_https(start: Start) -> None:
    command = start("--port", "0")
    http, https = command.urls
    assert http.startswith("http://127.0.0.1:")
    assert https.startswith("https://127.0.0.1:")
    assert command.banner.startswith(f"Dataverse Emulator {__version__} | ")
    assert command.banner.endswith(" | ready")
    assert "seeds: none | database: memory" in command.banner
    trust = next(part for part in command.banner.split() if part.startswith("REQUESTS_CA_BUNDLE=")).partition("=")[2]
    assert f"NODE_EXTRA_CA_CERTS={trust}" in command.banner
    answer = requests.get(f"{http}{API}/WhoAmI()", timeout=10)
    assert answer.status_code == 200
    assert answer.headers["x-dataverse-emulator"] == __version__
    assert requests.get(f"{https}{API}/WhoAmI()", verify=trust, timeout=10).json() | {"@odata.context": 0} == (
        answer.json() | {"@odata.context": 0}
    )
    assert requests.get(f"{http}/_emulator/info", timeout=10).json()["urls"] == [http, https]


@pytest.mark.skipif(os.name == "nt", reason="signals are POSIX's")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_it_cleanly(start: Start, number: int) -> None:
    command = start("serve", "--port", "0", "--tls-port", "off")
    with requests.Session() as session:
        session.get(command.urls[0] + "/_emulator/ready", timeout=10)
        status, written, seconds = command.end(number)
    assert status == 0
    assert seconds < 2
    assert "Traceback" not in written
    assert "GET /_emulator/ready 200" in written


def test_a_taken_port_ends_it_with_status_3(run: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        ended = run("--port", port, "--tls-port", "off")
        assert ended.returncode == 3
        assert f"Port {port} on 127.0.0.1 is in use" in ended.stderr
        assert "Traceback" not in ended.stderr
        assert ended.stdout == ""
        ended = run("--port", "0", "--tls-port", port)
        assert ended.returncode == 3
        assert "--tls-port" in ended.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--port", "many"), "--port"),
        (("--nonsense",), "--nonsense"),
        (("nonsense",), "nonsense"),
        (("--log-format", "xml"), "xml"),
        (("--seed", "nothing", "--port", "0"), "no seed named 'nothing'"),
        (("--config", "nowhere.toml"), "nowhere.toml"),
    ],
    ids=str,
)
def test_wrong_usage_ends_it_with_status_2(run: Run, arguments: tuple[str, ...], words: str) -> None:
    ended = run(*arguments)
    assert ended.returncode == 2
    assert words in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--host", "192.0.2.1"), "192.0.2.1"),
        (("--tls-cert", "missing.pem"), "missing.pem"),
        (("--database", "no/such/folder/a.sqlite"), "a.sqlite"),
        (("--port-file", "no/such/folder/port"), "port"),
    ],
    ids=str,
)
def test_what_cannot_start_says_why(run: Run, arguments: tuple[str, ...], words: str) -> None:
    ended = run("--port", "0", *arguments)
    assert ended.returncode == 1
    assert words in ended.stderr
    assert "Traceback" not in ended.stderr


def test_help_and_version(run: Run) -> None:
    shown = run("--help").stdout
    for word in ("serve", "ready", "reset", "--port", "--tls-port", "--database", "DATAVERSE_EMULATOR_"):
        assert word in shown
    assert "--tls-port" in run("serve", "--help").stdout
    assert run("--version").stdout == f"dataverse-emulator, version {__version__}\n"


def test_ready_waits_for_the_port_file_and_reset_resets(start: Start, run: Run, tmp_path: Path) -> None:
    file = tmp_path / "port"
    late = run("ready", "--port-file", str(file), "--timeout", "0.2")
    assert late.returncode == 1
    assert "No emulator is ready" in late.stderr
    command = start("--port", "0", "--tls-port", "off", DATAVERSE_EMULATOR_PORT_FILE=str(file))
    assert command.urls == [f"http://127.0.0.1:{int(file.read_text())}"]
    assert run("ready", "--port-file", str(file)).stdout == "ready\n"
    url = command.urls[0] + API
    assert requests.post(f"{url}/accounts", json={"name": "Fabrikam"}, timeout=10).status_code == 204
    assert run("reset", "--port-file", str(file)).returncode == 0
    assert requests.get(f"{url}/accounts?$select=name", timeout=10).json()["value"] == []
    command.end()
    assert not file.exists()


def test_variables_and_file_set_options(start: Start, tmp_path: Path) -> None:
    file = tmp_path / "emulator.toml"
    file.write_text('port = 0\ntls-port = false\nseed = "sample"\nlog-format = "json"\n')
    command = start(DATAVERSE_EMULATOR_CONFIG=str(file), DATAVERSE_EMULATOR_DATABASE=str(tmp_path / "rows.sqlite"))
    assert len(command.urls) == 1
    assert "seeds: sample" in command.banner
    assert "rows.sqlite" in command.banner
    requests.get(command.urls[0] + "/_emulator/live", timeout=10)
    assert '"target": "/_emulator/live", "status": 200' in command.end()[1]


def test_a_start_imports_nothing_that_it_does_not_need(environment: dict[str, str], tmp_path: Path) -> None:
    code = (
        "import sys, threading, os, signal\n"
        "from dataverse_emulator import serving\n"
        "from dataverse_emulator.config import load_settings\n"
        "serving._StopWish.wait = lambda self: None\n"
        "serving.serve(load_settings({'port': 0}))\n"
        "heavy = ('requests', 'trustme', 'cryptography', 'marshmallow', 'lxml', 'urllib3', 'tomllib')\n"
        "print([name for name in heavy if name in sys.modules])\n"
    )
    for _ in range(2):  # the first start makes certificates and images
        ended = subprocess.run(
            [sys.executable, "-c", code],
            env={**environment, "XDG_CONFIG_HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path)},
            capture_output=True,
            text=True,
            timeout=DEADLINE,
            check=True,
        )
    assert ended.stdout.splitlines()[-1] == "[]"
