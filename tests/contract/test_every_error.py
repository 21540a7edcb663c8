"""Every row of the contract's tables of errors has a test that names it, or stands here with the reason why not.

A test names a row by its id, as a string of its own in one of its tables: ``id="E-35d"``, ``"E-09b on a set"``.
"""

from __future__ import annotations

import re

import pytest

from .naming import CONTRACT, named

ERRORS = CONTRACT / "04-errors.md"
NAMED = re.compile(r"(E-\d+[a-z]?)(?: |$)")
NO_TOKENS = "tokens are not checked: any or none is the default user (ruling R18)"
NO_SECURITY = "privileges, shares and secured columns are not emulated"
NO_LIMITS = "the limits of the service are not emulated"
NO_PLUG_INS = "there are no plug-ins"
UNTESTED = {
    "E-30e": "no table that is shipped has a column of several choices",
    "E-59b": "a query that takes that long is no test; tests/dataverse_emulator/test_disk.py shortens its time",
    "E-110": NO_TOKENS,
    "E-111": NO_TOKENS,
    "E-113": NO_SECURITY,
    "E-114": NO_SECURITY,
    "E-115": NO_SECURITY,
    "E-117": NO_LIMITS,
    "E-118": NO_LIMITS,
    "E-119": NO_LIMITS,
    "E-120": NO_PLUG_INS,
    "E-121": NO_PLUG_INS,
    "E-123": "the disk of a test is not full; tests/dataverse_emulator/test_disk.py limits its file",
    "E-125": "a service that is down does not answer",
    "E-126": "Dataverse search is not emulated",
}


def test_every_row_has_a_test_or_a_reason() -> None:
    if not ERRORS.is_file():
        pytest.skip("the contract stands beside the checkout only where the project is developed")
    rows = set(re.findall(r"^\| (E-\d+[a-z]?) \|", ERRORS.read_text(encoding="utf-8"), re.MULTILINE))
    assert len(rows) > 140
    assert sorted(rows - named(NAMED, but=__file__) - UNTESTED.keys()) == []
    assert sorted((named(NAMED, but=__file__) | UNTESTED.keys()) - rows) == []
