"""JSON bodies: what the fast reader may answer is what the strict one answers."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataverse_emulator.web.webapi.bodies import read_body
from odata_protocol.errors import SyntaxProblem
from odata_protocol.payload import read_json

NAMES = st.sampled_from(["a", "b", 'a":', " :", "", "ü"])
BLANKS = st.sampled_from(["", " ", "\n", " \t\r\n"])
NUMBERS = st.one_of(
    st.integers(-(2**70), 2**70).map(str),
    st.sampled_from(["1e5", "-0", "-0.0", "1e400", "0.1", "01", "1.", "12345678901234567890.5", "NaN"]),
)


@st.composite
def members(draw: st.DrawFn, values: st.SearchStrategy[str]) -> str:
    """The text of an object; names may be there twice, blanks anywhere."""
    pairs = draw(st.lists(st.tuples(NAMES, values), max_size=4))
    return "{" + ",".join(f"{json.dumps(n)}{draw(BLANKS)}:{draw(BLANKS)}{v}" for n, v in pairs) + "}"


TEXTS = st.recursive(
    st.one_of(NUMBERS, st.text(max_size=6).map(json.dumps), st.sampled_from(["null", "true", '"\\ud800"', "nul", ""])),
    lambda inner: st.one_of(members(inner), st.lists(inner, max_size=3).map(lambda items: f"[{','.join(items)}]")),
    max_leaves=12,
)


def outcome(read: Any, body: bytes) -> tuple[str, str]:
    """The value with the types in it, or the refusal."""
    try:
        return "value", repr(read(body))
    except SyntaxProblem as problem:
        return "refused", problem.message


@given(TEXTS)
def test_a_body_is_read_as_the_strict_reader_reads_it(text: str) -> None:
    body = text.encode("utf-8", "surrogatepass")
    assert outcome(read_body, body) == outcome(read_json, body)


@pytest.mark.parametrize("colon", [":", " :", "\n:", "\t\r:"])
def test_a_member_given_twice_is_refused(colon: str) -> None:
    with pytest.raises(SyntaxProblem, match="Multiple properties with the name 'a'"):
        read_body(f'{{"a"{colon}1,"a":2,"b" :"\\":"}}'.encode())


def test_an_integer_beyond_64_bits_keeps_its_digits() -> None:
    assert read_body(b'{"a": 18446744073709551617}') == {"a": 18446744073709551617}
