"""Bytes of any length: the same whether they are in memory or in a file."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from dataverse_emulator.spool import LONGEST_IN_MEMORY, PIECE_SIZE, Spool

SIZES = [0, 1, PIECE_SIZE, PIECE_SIZE + 1, LONGEST_IN_MEMORY, LONGEST_IN_MEMORY + 1, 3 * LONGEST_IN_MEMORY]


@pytest.mark.parametrize("size", SIZES)
def test_what_goes_in_comes_out_again_and_again(size: int) -> None:
    data = os.urandom(size)
    for spool in (Spool(data), Spool.of(data[start : start + 99_999] for start in range(0, size, 99_999))):
        assert spool.size == size
        for _ in range(2):
            assert spool.read() == data
            assert b"".join(spool.pieces()) == data
            assert spool.open().read() == data


def test_pieces_have_the_size_that_was_asked_for() -> None:
    assert list(Spool(b"abcdefg").pieces(3)) == [b"abc", b"def", b"g"]


def test_pieces_may_be_taken_while_others_are() -> None:
    spool = Spool(b"abcd")
    assert list(zip(spool.pieces(1), spool.pieces(1), strict=True))[-1] == (b"d", b"d")


def test_adding_goes_on_at_the_end_wherever_was_read() -> None:
    spool = Spool(b"ab")
    next(spool.pieces(1))
    spool.add(b"cd")
    assert spool.read() == b"abcd"


def test_bytes_that_were_given_do_not_change() -> None:
    data = b"ab"
    Spool(data).add(b"cd")
    assert data == b"ab"


def test_a_long_one_has_no_name_in_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    spool = Spool.of([bytes(LONGEST_IN_MEMORY), b"more"])
    assert (spool.size, list(tmp_path.iterdir())) == (LONGEST_IN_MEMORY + 4, [])
