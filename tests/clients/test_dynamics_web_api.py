"""The Node package dynamics-web-api against a running emulator.

The checks themselves stand in ``dynamics_web_api/checks.mjs``, those of definitions in ``definitions.mjs`` beside it;
they run once a session and report here.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from dataverse_emulator import Emulator

pytestmark = pytest.mark.xdist_group("dynamics_web_api")  # one process installs the package and runs the checks

SOURCES = Path(__file__).parent / "dynamics_web_api"
MODULES = ("checks.mjs", "definitions.mjs")
CHECKS = [
    name
    for module in MODULES
    for name in re.findall(r"^ *checks\.(\w+) =", (SOURCES / module).read_text(encoding="utf-8"), re.MULTILINE)
]
LOOPED = ["associate_and_disassociate_many_to_many", "associate_and_disassociate_one_to_many"]
INSTALL = ["install", "--no-package-lock", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
INSTALL_SECONDS = 120
RUN_SECONDS = 60


@pytest.fixture(scope="session")
def package(pytestconfig: pytest.Config) -> Path:
    """A folder with the checks and the package that they use, kept between sessions."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip("Node and npm are not installed")
    folder = Path(pytestconfig.cache.mkdir("dynamics_web_api"))
    wanted = (SOURCES / "package.json").read_text(encoding="utf-8")
    manifest = folder / "package.json"
    is_there = manifest.is_file() and manifest.read_text(encoding="utf-8") == wanted
    if not is_there or not (folder / "node_modules" / "dynamics-web-api").is_dir():
        manifest.write_text(wanted, encoding="utf-8")
        try:
            result = subprocess.run([npm, *INSTALL], cwd=folder, capture_output=True, timeout=INSTALL_SECONDS)
        except subprocess.TimeoutExpired:
            pytest.skip("npm could not install dynamics-web-api in time")
        if result.returncode:
            pytest.skip(f"npm could not install dynamics-web-api: {result.stderr.decode(errors='replace')[-300:]}")
    for module in MODULES:
        shutil.copy(SOURCES / module, folder)
    return folder


@pytest.fixture(scope="session")
def report(package: Path, emulator: Emulator) -> dict[str, str | None]:
    """Name of each check → None, or what failed."""
    node = shutil.which("node")
    assert node is not None
    result = subprocess.run(
        [node, "checks.mjs", emulator.url], cwd=package, capture_output=True, text=True, timeout=RUN_SECONDS
    )
    assert result.returncode == 0, result.stderr
    found: dict[str, str | None] = json.loads(result.stdout.splitlines()[-1])
    return found


@pytest.mark.parametrize("name", [*CHECKS, *LOOPED])
def test_client_does_what_it_does_with_the_real_service(name: str, report: dict[str, str | None]) -> None:
    assert name in report
    assert report[name] is None, report[name]


def test_every_check_is_listed(report: dict[str, str | None]) -> None:
    assert set(report) == {*CHECKS, *LOOPED}
