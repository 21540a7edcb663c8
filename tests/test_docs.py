"""The documentation is held against the code, and its examples run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

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
    assert 'pip install ".[test]" && pytest' in readme
    assert 'pip install --quiet ".[test]"' in script
    assert re.search(r"^pytest$", script, re.MULTILINE)
