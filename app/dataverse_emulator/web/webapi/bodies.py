"""JSON bodies: a fast reader first, and the strict one of the protocol library where the two may differ."""

from __future__ import annotations

from typing import Any

import orjson

from odata_protocol.payload import MAX_DEPTH, members_within, read_json

_UNSURE = object()
# digits as zeros, all else as blanks
_DIGITS = bytes(0x30 if 0x30 <= code <= 0x39 else 0x20 for code in range(256))
_LONG_NUMBER = b"0" * 19  # the longest 64-bit integers have as many digits


def read_body(body: bytes) -> Any:
    """Read a JSON body.

    Raises:
        SyntaxProblem: what ``read_json`` refuses.
    """
    value = _read_fast(body)
    return read_json(body) if value is _UNSURE else value


def _read_fast(body: bytes) -> Any:
    """The value of a body that the fast reader surely reads as the strict one does, else ``_UNSURE``.

    The fast reader makes floats of integers beyond 64 bits and keeps the last of two members of one name. There are no
    two when the objects have as many members as the body, freed of blanks, has ends of names.
    """
    if _LONG_NUMBER in body.translate(_DIGITS):
        return _UNSURE
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        return _UNSURE
    ends = body.translate(None, b" \t\r\n").count(b'":')
    return value if members_within(value, MAX_DEPTH) == ends else _UNSURE
