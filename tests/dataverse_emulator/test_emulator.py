"""The emulator as an object."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
import requests

from dataverse_emulator import Emulator
from dataverse_emulator.environment import UnknownSeed
from dataverse_emulator.server import PortInUse

API_PATH = "/api/data/v9.2"


@pytest.fixture(autouse=True)
def _own_configuration(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path_factory.getbasetemp() / "configuration"))
    monkeypatch.delenv("DATAVERSE_EMULATOR_CONFIG", raising=False)


@pytest.fixture
def listeners() -> Callable[[], list[str]]:
    """Names of the servers' threads that were started since the test began (other tests' emulators may run)."""
    before = set(threading.enumerate())
    return lambda: sorted(t.name for t in set(threading.enumerate()) - before if t.name.endswith("listener"))


def test_servers_start_when_their_url_is_asked_for(listeners: Callable[[], list[str]]) -> None:
    with Emulator() as emulator:
        assert listeners() == []
        assert emulator.service.catalog.find("account") is not None
        assert emulator.application.test_client().get("/_emulator/ready").status_code == 200
        assert listeners() == []
        assert emulator.api_url == emulator.url + API_PATH
        assert listeners() == ["http listener"]
        assert emulator.https_api_url == emulator.https_url + API_PATH
        assert listeners() == ["http listener", "https listener"]
        assert requests.get(emulator.api_url + "/WhoAmI()", timeout=10).status_code == 200
        assert requests.get(emulator.https_api_url + "/WhoAmI()", verify=emulator.ca_file, timeout=10).ok
        urls = requests.get(emulator.url + "/_emulator/info", timeout=10).json()["urls"]
        assert urls == [emulator.url, emulator.https_url]
    assert listeners() == []


def test_it_starts_by_itself_and_stops_twice() -> None:
    emulator = Emulator(tls_port=None)
    try:
        assert requests.get(emulator.url + "/_emulator/ready", timeout=10).status_code == 200
        with pytest.raises(ValueError, match="without https"):
            emulator.https_url  # noqa: B018 - reading it is what fails
    finally:
        emulator.stop()
        emulator.stop()


def test_reset_goes_back_to_the_start() -> None:
    with Emulator() as emulator:
        url = emulator.api_url + "/accounts"
        assert requests.post(url, json={"name": "Fabrikam"}, timeout=10).status_code == 204
        assert len(requests.get(url, timeout=10).json()["value"]) == 1
        emulator.reset()
        assert requests.get(url, timeout=10).json()["value"] == []


def test_two_at_once_share_nothing() -> None:
    with Emulator() as one, Emulator() as two:
        assert one.url != two.url
        requests.post(one.api_url + "/accounts", json={"name": "Fabrikam"}, timeout=10)
        assert requests.get(two.api_url + "/accounts", timeout=10).json()["value"] == []


@pytest.mark.parametrize("seed", ["sample", ["sample"]], ids=["name", "list"])
def test_seeds(seed: str | list[str]) -> None:
    with Emulator(seed=seed) as emulator:
        answer = emulator.application.test_client().get(API_PATH + "/leads?$select=subject&$top=1").json
        assert answer is not None
        assert len(answer["value"]) == 1


def test_an_unknown_seed_is_told() -> None:
    with pytest.raises(UnknownSeed, match="nothing"):
        Emulator(seed="nothing").start()


def test_rows_of_a_database_file_are_there_again(tmp_path: Path) -> None:
    file = str(tmp_path / "rows.sqlite")
    with Emulator(database=file) as emulator:
        requests.post(emulator.api_url + "/accounts", json={"name": "Fabrikam"}, timeout=10)
    with Emulator(database=file) as emulator:
        value = requests.get(emulator.api_url + "/accounts?$select=name", timeout=10).json()["value"]
        assert [row["name"] for row in value] == ["Fabrikam"]


def test_a_given_port_is_used_at_once_and_told_when_taken(listeners: Callable[[], list[str]]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PortInUse):
            Emulator(port=port).start()
    with Emulator(port=port) as emulator:
        assert requests.get(f"http://127.0.0.1:{port}/_emulator/ready", timeout=10).status_code == 200
        assert emulator.url == f"http://127.0.0.1:{port}"
    assert listeners() == []
