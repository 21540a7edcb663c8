"""Every rule of the contract's file on records has a test that names it, or stands here with the reason why not.

The rules have no ids of their own: "02 §2.1 r3" is the third row of the tables of section 2.1, "02 §11.2 p4" the fourth
point of its lists. A section with neither table nor list has its lines of text as points. A test names a rule as a
string of its own in one of its tables (``id="02 §2.1 r3"``, ``"02 §2.1 r3 null"``), or in ``@rule("02 §2.1 r3")``.
"""

from __future__ import annotations

import re
from itertools import pairwise

import pytest

from .naming import CONTRACT, named

RECORDS = CONTRACT / "02-records.md"
NAMED = re.compile(r"(02 §[\d.]+ [rp]\d+)(?: |$)")
FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
SECTION = re.compile(r"^#{2,3} ([\d.]+?)\.? [^\n]*\n(.*?)(?=^#{2,3} |\Z)", re.MULTILINE | re.DOTALL)
SEPARATOR = re.compile(r"\|[-| ]+\Z")
POINT = re.compile(r"(?:\*|\d+\.) ")

UNTESTED = {
    "02 §18 p1": "privileges and shares are not emulated: the messages answer 501",
}


def rules() -> set[str]:
    """The ids of all rules of the contract."""
    found: set[str] = set()
    for section, text in SECTION.findall(FENCE.sub("", RECORDS.read_text(encoding="utf-8"))):
        lines = [line for line in text.splitlines() if line and line != "---"]
        rows = [
            line
            for line, after in pairwise([*lines, ""])
            if line.startswith("|") and not SEPARATOR.match(line) and not SEPARATOR.match(after)
        ]
        points = [line for line in lines if POINT.match(line)]
        if not rows and not points:
            points = lines
        for kind, items in (("r", rows), ("p", points)):
            found |= {f"02 §{section} {kind}{number}" for number in range(1, len(items) + 1)}
    return found


def test_every_rule_has_a_test_or_a_reason() -> None:
    if not RECORDS.is_file():
        pytest.skip("the contract stands beside the checkout only where the project is developed")
    assert len(rules()) > 120
    assert sorted(rules() - named(NAMED, but=__file__) - UNTESTED.keys()) == []
    assert sorted((named(NAMED, but=__file__) | UNTESTED.keys()) - rules()) == []
