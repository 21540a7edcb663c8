"""Every row of the checklist of contract 07 §12 has a test.

A test names its row by the id of one of its cases: ``"07 §12 #4"``, ``"07 §12 #4 in a solution"``.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

CONTRACT = Path(__file__).parents[3] / "shared" / "contract" / "07-metadata.md"
NAMED = re.compile(r"07 §12 #(\d+)(?: |$)")


def test_every_row_of_the_checklist_has_a_test() -> None:
    if not CONTRACT.is_file():
        pytest.skip("the contract stands beside the checkout only where the project is developed")
    section = CONTRACT.read_text(encoding="utf-8").partition("## 12.")[2].partition("## 13.")[0]
    rows = {int(number) for number in re.findall(r"^\| (\d+) \|", section, re.MULTILINE)}
    assert rows == set(range(1, len(rows) + 1))
    named = {
        int(match[1])
        for file in Path(__file__).parent.glob("test_*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and (match := NAMED.match(node.value))
    }
    assert sorted(rows - named) == []
    assert sorted(named - rows) == []
