"""Every row of the checklist of contract 07 §12 has a test.

A test names its row by the id of one of its cases: ``"07 §12 #4"``, ``"07 §12 #4 in a solution"``.
"""

from __future__ import annotations

import re

import pytest

from .naming import CONTRACT, named

METADATA = CONTRACT / "07-metadata.md"
NAMED = re.compile(r"07 §12 #(\d+)(?: |$)")


def test_every_row_of_the_checklist_has_a_test() -> None:
    if not METADATA.is_file():
        pytest.skip("the contract stands beside the checkout only where the project is developed")
    section = METADATA.read_text(encoding="utf-8").partition("## 12.")[2].partition("## 13.")[0]
    rows = {int(number) for number in re.findall(r"^\| (\d+) \|", section, re.MULTILINE)}
    assert rows == set(range(1, len(rows) + 1))
    tested = {int(number) for number in named(NAMED, but=__file__)}
    assert sorted(rows - tested) == []
    assert sorted(tested - rows) == []
