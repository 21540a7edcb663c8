"""The documentation is held against the code, and its examples run."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from dataverse_emulator import Emulator
from dataverse_emulator.matrix import write_matrix

ROOT = Path(__file__).parent.parent
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")


def parts() -> list[str]:
    """Packages and top-level modules of the three source roots."""
    names = ["odata_protocol", "dataverse_fixtures"]
    app = ROOT / "app" / "dataverse_emulator"
    for path in sorted(app.iterdir()):
        if path.suffix == ".py" and path.stem != "__init__":
            names.append(f"dataverse_emulator.{path.stem}")
        elif (path / "__init__.py").exists():
            names.append(f"dataverse_emulator.{path.name}")
    return names


@pytest.mark.parametrize("name", parts())
def test_the_architecture_page_names_every_part(name: str) -> None:
    assert f"`{name}`" in ARCHITECTURE


def test_the_architecture_page_names_nothing_that_is_gone() -> None:
    named = set(re.findall(r"^## (.*)$", ARCHITECTURE, re.MULTILINE))
    listed = {name for line in named for name in re.findall(r"`([^`]+)`", line)}
    assert listed <= {*parts(), "dataverse_emulator.web.webapi"}


def test_ci_runs_the_test_command_of_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert 'pip install ".[test]" && pytest -n auto' in readme
    assert 'pip install --quiet ".[test]"' in script
    assert re.search(r"^pytest -n auto$", script, re.MULTILINE)


def test_the_compatibility_matrix_is_what_the_code_says() -> None:
    written = (ROOT / "docs" / "compatibility.md").read_text(encoding="utf-8")
    assert written == write_matrix(), "run: python -m dataverse_emulator.matrix > docs/compatibility.md"


def example(name: str) -> str:
    """The code block of the README that carries the name."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    found = re.search(rf"<!-- example: {name} -->\n```\w+\n(.*?)```", readme, re.DOTALL)
    assert found is not None, f"the README has no example named {name}"
    return found[1]


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """What the README tells the reader to start, on ports of its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DATAVERSE_EMULATOR_CONFIG", str(tmp_path_factory.mktemp("configuration")))
        with Emulator(seed="sample") as running:
            yield running


def run(command: list[str], folder: Path, variables: dict[str, str]) -> str:
    """Run a command and return what it printed."""
    ended = subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, timeout=120, check=False)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def run_python(code: str, emulator: Emulator, folder: Path) -> str:
    """Run an example in a process of its own and return what it printed."""
    code = code.replace("http://127.0.0.1:5365", emulator.url).replace("https://localhost:5366", emulator.https_url)
    variables = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        "REQUESTS_CA_BUNDLE": str(emulator.ca_file),
    }
    return run([sys.executable, "-c", code], folder, variables)


@pytest.mark.parametrize(
    ("name", "printed"),
    [
        ("requests", ["#Microsoft.Dynamics.CRM.account Alpine Ski House", "1 Coffee machines"]),
        ("sdk", ["Ruiz"]),
        ("intercept", ["["]),
    ],
)
def test_the_python_examples_of_the_readme_run(
    emulator: Emulator, tmp_path: Path, name: str, printed: list[str]
) -> None:
    output = run_python(example(name), emulator, tmp_path)
    assert all(text in output for text in printed), output


@pytest.mark.skipif(shutil.which("curl") is None or shutil.which("bash") is None, reason="curl or bash is missing")
def test_the_curl_example_of_the_readme_runs(emulator: Emulator) -> None:
    script = example("curl").replace("http://127.0.0.1:5365", emulator.url)
    ended = subprocess.run(["bash", "-euc", script], capture_output=True, text=True, timeout=120, check=False)
    assert ended.returncode == 0, ended.stderr
    assert "#Microsoft.Dynamics.CRM.opportunity" in ended.stdout
    assert '"leadsourcecode@OData.Community.Display.V1.FormattedValue":"Web"' in ended.stdout


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is missing")
def test_the_import_example_of_the_readme_runs(tmp_path: Path) -> None:
    command = f'dataverse-emulator() {{ "{sys.executable}" -m dataverse_emulator "$@"; }}\n'
    variables = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    printed = run(["bash", "-euc", command + example("import")], tmp_path, variables)
    assert "accounts.csv: 1 rows imported" in printed
    assert "org.zip: 2 rows exported" in printed
    assert "account.json: 1 tables exported" in printed


def test_the_pytest_example_of_the_readme_runs(tmp_path: Path) -> None:
    (tmp_path / "test_example.py").write_text(example("pytest"), encoding="utf-8")
    known = {entry.name for entry in entry_points(group="pytest11")}
    plugin = [] if "dataverse_emulator" in known else ["-p", "dataverse_emulator.pytest_plugin"]
    variables = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *plugin, "test_example.py"]
    ended = subprocess.run(
        command, cwd=tmp_path, env=variables, capture_output=True, text=True, timeout=120, check=False
    )
    assert "1 passed" in ended.stdout, ended.stdout + ended.stderr
