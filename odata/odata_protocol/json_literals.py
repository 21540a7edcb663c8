"""JSON arrays and objects inside URLs, with single-quoted strings beside double-quoted ones."""

from __future__ import annotations

import json
import math
import re
from typing import Any

from odata_protocol.errors import SyntaxProblem

MAX_DEPTH = 50

_TOKEN = re.compile(
    r"[ \t\r\n]*+(?:"
    r'(?P<string>"(?:[^"\\]|\\.)*+"|\'(?:[^\'\\]|\\.)*+\')'
    r"|(?P<number>-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)"
    r"|(?P<word>true|false|null)\b"
    r"|(?P<mark>[\[\]{},:])"
    r"|(?P<end>\Z)"
    r"|(?P<wrong>.))",
    re.DOTALL,
)
_SHORT_ESCAPE = re.compile(r"\\(.)|(\")", re.DOTALL)
_WORDS = {"true": True, "false": False, "null": None}
_COMMA = (
    "Invalid JSON. A comma character ',' was expected in scope '{}'. Every two elements in an array and properties of"
    " an object must be separated by commas."
)


def _escape(match: re.Match[str]) -> str:
    if match[2]:
        return '\\"'
    return "'" if match[1] == "'" else match[0]


def _string(text: str) -> str:
    if "\\" not in text:
        return text[1:-1]
    if text[0] == "'":
        text = '"' + _SHORT_ESCAPE.sub(_escape, text[1:-1]) + '"'
    value = json.loads(text, strict=False)
    assert isinstance(value, str)
    value.encode("utf-8")  # half of a surrogate pair cannot be stored
    return value


def _number(text: str) -> int | float:
    if "." in text or "e" in text or "E" in text:
        number = float(text)
        if math.isinf(number):
            raise ValueError(text)
        return number
    if len(text) > 40:
        raise ValueError(text)
    return int(text)


class _Reader:
    __slots__ = ("position", "text")

    def __init__(self, text: str, position: int) -> None:
        self.text = text
        self.position = position

    def token(self) -> tuple[str, str, int]:
        match = _TOKEN.match(self.text, self.position)
        assert match is not None
        assert match.lastgroup is not None
        kind, self.position = match.lastgroup, match.end()
        return kind, match[kind], match.start(kind)

    def problem(self, message: str, position: int) -> SyntaxProblem:
        return SyntaxProblem(message, self.text, position)

    def value(self, depth: int, token: tuple[str, str, int]) -> Any:
        kind, text, start = token
        try:
            if kind == "string":
                return _string(text)
            if kind == "number":
                return _number(text)
        except ValueError:
            raise self.problem(f"Invalid JSON. The value '{text}' cannot be read.", start) from None
        if kind == "word":
            return _WORDS[text]
        if depth > MAX_DEPTH:
            raise self.problem("Invalid JSON. Arrays and objects are nested too deeply.", start)
        if text == "[":
            return self.array(depth + 1)
        if text == "{":
            return self.object(depth + 1)
        if kind == "end":
            raise self.problem("Invalid JSON. Unexpected end of input was found in JSON content.", start)
        raise self.problem(f"Invalid JSON. An unexpected character '{text}' was found.", start)

    def separated(self, scope: str, closing: str) -> bool:
        """Read a comma (true) or the closing mark (false)."""
        kind, mark, start = self.token()
        if mark == closing:
            return False
        if mark == ",":
            return True
        if kind == "end":
            raise self.problem("Invalid JSON. Unexpected end of input was found in JSON content.", start)
        raise self.problem(_COMMA.format(scope), start)

    def array(self, depth: int) -> list[Any]:
        items: list[Any] = []
        token = self.token()
        if token[1] == "]" and token[0] == "mark":
            return items
        while True:
            items.append(self.value(depth, token))
            if not self.separated("Array", "]"):
                return items
            token = self.token()

    def object(self, depth: int) -> dict[str, Any]:
        members: dict[str, Any] = {}
        token = self.token()
        if token[1] == "}" and token[0] == "mark":
            return members
        while True:
            kind, _, start = token
            name = self.value(depth, token) if kind == "string" else None
            if not isinstance(name, str):
                raise self.problem("Invalid JSON. A property name was expected.", start)
            if name in members:
                raise self.problem(f"Multiple properties with the name '{name}' were detected in a resource.", start)
            _, mark, start = self.token()
            if mark != ":":
                raise self.problem(
                    f"Invalid JSON. A colon character ':' is expected after the property name '{name}', but none was"
                    " found.",
                    start,
                )
            members[name] = self.value(depth, self.token())
            if not self.separated("Object", "}"):
                return members
            token = self.token()


def read_json_literal(text: str, position: int = 0) -> tuple[Any, int]:
    """Read the array or object that starts at a position; give its value and the position behind it.

    >>> read_json_literal("x ['a',\\"b\\"] y", 2)
    (['a', 'b'], 11)
    """
    reader = _Reader(text, position)
    value = reader.value(0, reader.token())
    return value, reader.position
