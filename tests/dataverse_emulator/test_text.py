"""Text comparison: case, accents, trailing blanks, wildcards (ruling R13, contract 03 §4.3)."""

from __future__ import annotations

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataverse_emulator.query import text
from dataverse_emulator.query.text import fold, folded_twin, like_pattern


def test_examples_in_the_module_hold() -> None:
    assert doctest.testmod(text).failed == 0


@pytest.mark.parametrize(
    ("one", "other"),
    [("Émile", "emile"), ("STRASSE", "straße"), ("Ångström", "angstrom"), ("ΑΘΗΝΑ", "αθήνα"), ("x  ", "x"), ("İ", "i")],
)
def test_texts_that_the_platform_takes_for_equal_have_one_folded_form(one: str, other: str) -> None:
    assert fold(one).lower() == fold(other).lower()


@given(st.text(alphabet=st.characters(max_codepoint=127), min_size=1).filter(lambda t: not t.endswith(" ")))
def test_plain_text_needs_no_twin(plain: str) -> None:
    assert folded_twin(plain) is None


@given(st.text())
def test_folding_twice_changes_nothing_more(value: str) -> None:
    assert fold(fold(value)).lower() == fold(value).lower()


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("abc", ("abc", False)),
        ("50%", ("50%", False)),
        ("[_]x", ("\\_x", False)),
        ("[[]x]", ("[x]", False)),
        ("a\\b", ("a\\\\b", False)),
        ("[^a-c]z", ("[^a-c]z", True)),
        ("[ab]*", ("[ab][*]", True)),
        ("open[", ("open[", False)),
        ("[]", ("[]", False)),
    ],
)
def test_patterns_become_sql_patterns(pattern: str, expected: tuple[str, bool]) -> None:
    assert like_pattern(pattern) == expected
