"""Who may import whom (docs/architecture.md): downwards only, so a layer can be read without those above."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
APP = ROOT / "app" / "dataverse_emulator"
ODATA = ROOT / "odata" / "odata_protocol"

# Lower layers first. A module may import modules of its own layer and of lower ones.
LAYERS = (
    ("error_catalogue", "errors", "values", "clock", "identifiers", "cache_folder", "config", "spool"),
    ("metadata",),
    ("formatting", "locales"),
    ("query",),
    ("storage",),
    ("messages",),
    ("importing", "plugins"),
    ("solutions",),
    ("customs",),
    ("service", "environment", "certificates"),
    ("web",),
    ("server",),
    ("emulator", "matrix", "serving", "transferring", "cli", "__main__", "pytest_plugin", "intercept"),
)
# The only places that may import these packages.
ONLY_IN = {
    "sqlalchemy": ("storage", "query.compile", "query.selection", "query.sqlite_forms"),
    "sqlite3": ("storage",),
    "flask": ("web",),
    "werkzeug": ("web",),
    "cheroot": ("server",),
    "marshmallow": ("metadata.schemas", "importing.schemas", "web", "config"),
    "requests": ("intercept", "cli"),
    "odata_protocol": ("web", "query", "metadata"),
}


def modules(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.py"))


def module_name(path: Path, root: Path) -> str:
    parts = path.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported(path: Path) -> Iterator[str]:
    """Modules that a file imports at run time (what stands below TYPE_CHECKING is left out)."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    skipped: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            for inner in node.body:
                skipped.update(ast.walk(inner))
    for node in ast.walk(tree):
        if node in skipped:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield node.module


def layer(name: str) -> int | None:
    head = name.split(".")[0]
    return next((number for number, heads in enumerate(LAYERS) if head in heads), None)


@pytest.mark.parametrize("path", modules(APP), ids=lambda path: module_name(path, APP) or "package")
def test_a_module_imports_no_higher_layer(path: Path) -> None:
    own = module_name(path, APP)
    if not own:
        return
    number = layer(own)
    assert number is not None, f"{own} has no layer: give it one in LAYERS"
    for name in imported(path):
        if not name.startswith("dataverse_emulator."):
            continue
        target = name.removeprefix("dataverse_emulator.")
        other = layer(target)
        assert other is not None, f"{own} imports {name}, which has no layer"
        assert other <= number, f"{own} imports {name} from a higher layer"


@pytest.mark.parametrize("package", sorted(ONLY_IN))
def test_a_library_is_known_only_where_it_belongs(package: str) -> None:
    allowed = ONLY_IN[package]
    for path in modules(APP):
        own = module_name(path, APP)
        if any(own == place or own.startswith(f"{place}.") for place in allowed):
            continue
        names = [name for name in imported(path) if name.split(".")[0] == package]
        assert not names, f"{own} imports {names}"


@pytest.mark.parametrize("path", modules(ODATA), ids=lambda path: module_name(path, ODATA) or "package")
def test_the_protocol_library_knows_nothing_of_the_emulator(path: Path) -> None:
    names = list(imported(path))
    assert not [name for name in names if name.startswith(("dataverse_emulator", "dataverse_fixtures"))]
    assert not [name for name in names if name.split(".")[0] in ("flask", "sqlalchemy", "marshmallow", "orjson")]


@pytest.mark.parametrize("path", [*modules(APP), *modules(ODATA)], ids=lambda path: str(path.relative_to(ROOT)))
def test_no_module_is_longer_than_400_lines_without_a_reason_at_its_top(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    if len(text.splitlines()) > 400:
        docstring = ast.get_docstring(ast.parse(text)) or ""
        assert "Longer than 400 lines because" in docstring


@pytest.mark.parametrize("path", [*modules(APP), *modules(ODATA)], ids=lambda path: str(path.relative_to(ROOT)))
def test_every_module_says_its_duty(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
