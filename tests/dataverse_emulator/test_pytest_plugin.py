"""The fixtures, in a pytest run of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SUITE = """
import pytest, requests

@pytest.mark.parametrize("number", range(4))
def test_each_test_has_a_fresh_environment(dataverse, number):
    url = dataverse.api_url + "/accounts"
    assert requests.get(url, timeout=10).json()["value"] == []
    assert requests.post(url, json={"name": "Fabrikam"}, timeout=10).status_code == 204

def test_the_session_keeps_rows(dataverse, dataverse_session):
    assert dataverse is dataverse_session
    with dataverse_session.intercept("https://contoso.crm.dynamics.com"):
        assert requests.get("https://contoso.crm.dynamics.com/api/data/v9.2/WhoAmI()").ok
"""

SEEDED = """
import pytest

@pytest.fixture(scope="session")
def dataverse_seed():
    return "sample"

def test_rows_of_the_scenario(dataverse):
    answer = dataverse.application.test_client().get("/api/data/v9.2/leads?$select=subject&$top=1")
    assert len(answer.json["value"]) == 1
"""


def run(folder: Path, suite: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    (folder / "test_suite.py").write_text(suite)
    variables = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments, "test_suite.py"]
    if "dataverse_emulator" not in _entry_points():
        command[4:4] = ["-p", "dataverse_emulator.pytest_plugin"]
    return subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, timeout=120, check=False)


def _entry_points() -> set[str]:
    from importlib.metadata import entry_points

    return {each.name for each in entry_points(group="pytest11")}


@pytest.mark.parametrize("arguments", [(), ("-n", "2")], ids=["alone", "xdist"])
def test_fixtures(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    ended = run(tmp_path, SUITE, *arguments)
    assert "5 passed" in ended.stdout, ended.stdout + ended.stderr


def test_a_suite_chooses_its_scenario(tmp_path: Path) -> None:
    ended = run(tmp_path, SEEDED)
    assert "1 passed" in ended.stdout, ended.stdout + ended.stderr


def test_the_plugin_imports_nothing_of_the_emulator_before_it_is_used() -> None:
    code = (
        "import sys; import dataverse_emulator.pytest_plugin; "
        "print(sorted(n for n in sys.modules if n.startswith('dataverse_emulator.') or n in ('flask', 'sqlalchemy')))"
    )
    variables = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    printed = subprocess.run([sys.executable, "-c", code], env=variables, capture_output=True, text=True, check=True)
    assert printed.stdout.strip() == "['dataverse_emulator.pytest_plugin']"
