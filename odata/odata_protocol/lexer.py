"""Characters to tokens with positions, and the splitting of lists at their outermost commas.

One compiled expression does the work; no token is looked at twice.
"""

from __future__ import annotations

import re
from typing import Any

from odata_protocol.errors import SyntaxProblem
from odata_protocol.json_literals import read_json_literal
from odata_protocol.literals import (
    DATE_PATTERN,
    GUID_PATTERN,
    NUMBER_PATTERN,
    QUOTED_PATTERN,
    STAMP_PATTERN,
    TIME_PATTERN,
    unterminated,
)

Token = tuple[str, Any, int]
"""Kind, text and position. Kinds: those of ``literals.READERS``, ``name``, ``quoted`` (a name with a quoted text
behind it), ``json`` (the text is the value), ``end``, and for punctuation the character itself."""

NAME_PATTERN = r"[^\W\d]\w*(?:\.[^\W\d]\w*)*"

_TOKEN = re.compile(
    r"[ \t\r\n]*+(?:"
    rf"(?P<guid>{GUID_PATTERN})(?![\w-])"
    rf"|(?P<name>[$@]?{NAME_PATTERN})(?P<quoted>{QUOTED_PATTERN})?"
    rf"|(?P<string>{QUOTED_PATTERN})"
    rf"|(?P<stamp>{STAMP_PATTERN})(?![\w:.])"
    rf"|(?P<date>{DATE_PATTERN})(?![\w:.-])"
    rf"|(?P<time>{TIME_PATTERN})(?![\w:.])"
    rf"|(?P<number>{NUMBER_PATTERN})(?![\w.:])"
    r"|(?P<mark>[-(),/:=;*])"
    r"|(?P<json>[\[{])"
    r"|(?P<end>\Z)"
    r"|(?P<wrong>.))",
    re.DOTALL,
)

_LEVELS = re.compile(rf"""{QUOTED_PATTERN}|"(?:[^"\\]|\\.)*+"|[()\[\]{{}},;'"]""", re.DOTALL)
_OPENING = frozenset("([{")
_CLOSING = frozenset(")]}")


def syntax_error(text: str, position: int) -> SyntaxProblem:
    """The problem of a token that cannot stand where it stands."""
    return SyntaxProblem(f"Syntax error at position {position} in '{text}'.", text, position)


def tokenize(text: str) -> list[Token]:
    """Give all tokens of a text, the last one of kind ``end``.

    >>> tokenize("name eq 'x'")
    [('name', 'name', 0), ('name', 'eq', 5), ('string', "'x'", 8), ('end', '', 11)]
    """
    tokens: list[Token] = []
    append, match, position = tokens.append, _TOKEN.match, 0
    while True:
        found = match(text, position)
        assert found is not None
        kind = found.lastgroup
        position = found.end()
        if kind == "name" or kind == "string" or kind == "number" or kind == "guid":
            append((kind, found[kind], found.start(kind)))
        elif kind == "mark":
            mark = found[kind]
            append((mark, mark, position - 1))
        elif kind == "end":
            append((kind, "", len(text)))
            return tokens
        elif kind == "quoted":
            start = found.start("name")
            append((kind, text[start:position], start))
        elif kind == "json":
            value, position = read_json_literal(text, position - 1)
            append((kind, value, found.end() - 1))
        elif kind == "wrong":
            if found[kind] == "'":
                raise unterminated(text)
            raise syntax_error(text, position - 1)
        else:
            assert kind is not None
            append((kind, found[kind], found.start(kind)))


def split_list(text: str, separator: str) -> list[tuple[int, str]]:
    """Split at a separator outside quotes and brackets; give the pieces with their positions.

    >>> split_list("a,b(c,d)", ",")
    [(0, 'a'), (2, 'b(c,d)')]
    """
    pieces: list[tuple[int, str]] = []
    start = depth = 0
    for found in _LEVELS.finditer(text):
        mark = found[0]
        if mark in _OPENING:
            depth += 1
        elif mark in _CLOSING:
            depth -= 1
            if depth < 0:
                raise syntax_error(text, found.start())
        elif mark == separator:
            if depth == 0:
                pieces.append((start, text[start : found.start()]))
                start = found.end()
        elif mark == "'" or mark == '"':
            raise unterminated(text)
    if depth:
        raise SyntaxProblem(f"')' or ',' expected at position {len(text)} in '{text}'.", text, len(text))
    pieces.append((start, text[start:]))
    return pieces
