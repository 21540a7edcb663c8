"""The Node package dynamics-web-api against a running emulator.

The checks themselves stand in ``dynamics_web_api/checks.mjs``, those of definitions in ``definitions.mjs`` beside it;
they run once in each test process and report here.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from dataverse_emulator import Emulator

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
def package(pytestconfig: pytest.Config) -> Iterator[Path]:
    """A folder with the checks, in one with the package that they use; the latter is kept between sessions."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip("Node and npm are not installed")
    manifest = (SOURCES / "package.json").read_bytes()
    home = pytestconfig.cache.mkdir("dynamics_web_api") / hashlib.sha256(manifest).hexdigest()[:16]
    if not home.is_dir():
        _install(npm, manifest, home)
    with tempfile.TemporaryDirectory(dir=home) as folder:
        for module in MODULES:
            shutil.copy(SOURCES / module, folder)
        yield Path(folder)


def _install(npm: str, manifest: bytes, home: Path) -> None:
    """Install the package beside its place and move it there as a whole, since other processes may do the same."""
    with tempfile.TemporaryDirectory(dir=home.parent) as draft:
        folder = Path(draft, "package")
        folder.mkdir()
        (folder / "package.json").write_bytes(manifest)
        try:
            result = subprocess.run([npm, *INSTALL], cwd=folder, capture_output=True, timeout=INSTALL_SECONDS)
        except subprocess.TimeoutExpired:
            pytest.skip("npm could not install dynamics-web-api in time")
        if result.returncode:
            pytest.skip(f"npm could not install dynamics-web-api: {result.stderr.decode(errors='replace')[-300:]}")
        with suppress(OSError):  # another process was faster
            folder.rename(home)


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
