"""Which rules of the contract the tests name: by an id that begins a string of theirs."""

from __future__ import annotations

import ast
from pathlib import Path
from re import Pattern

TESTS = Path(__file__).parents[1]
CONTRACT = TESTS.parents[1] / "shared" / "contract"
"""It stands beside the checkout only where the project is developed."""


def named(id: Pattern[str], *, but: str) -> set[str]:
    """What the first group of a pattern matches at the beginning of the strings in all tests but one file."""
    return {
        match[1]
        for file in TESTS.rglob("test_*.py")
        if file.name != Path(but).name
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and (match := id.match(node.value))
    }
