"""Resource paths: segments, key predicates, casts, ``$ref``, ``$value``, ``$count``, operations.

Names are not looked up: ``accounts``, a property and an action all read alike.
"""

from __future__ import annotations

import re
from urllib.parse import unquote

from odata_protocol.errors import SyntaxProblem
from odata_protocol.lexer import NAME_PATTERN, Token, tokenize
from odata_protocol.literals import GUID_PATTERN, WORDS, make_literal
from odata_protocol.syntax import Alias, EnumLiteral, Expression, JsonLiteral, Key, Literal, ResourcePath, Segment

BAD_SYNTAX = "Bad Request - Error in query syntax."

_PLAIN = re.compile(rf"({NAME_PATTERN})(?:\(({GUID_PATTERN})\))?")
_CALL_NAME = re.compile(NAME_PATTERN)
_CONTENT_ID = re.compile(r"\$[\w.~-]+")
_OUTSIDE = re.compile(r"/|\(|\)|%28|%29")
_INSIDE = re.compile(
    r"(?:'|%27)[^'%]*+(?:%(?!27)[^'%]*+)*+(?:'|%27)"
    r'|(?:"|%22)(?:[^"%\\]|\\.|%(?!22|5[Cc])|%5[Cc](?:%22|.))*+(?:"|%22)'
    r"""|\(|\)|%28|%29|'|"|%27|%22""",
    re.DOTALL,
)
_DECODED = re.compile(r"""'[^']*+'|"(?:[^"\\]|\\.)*+"|[()'"]""", re.DOTALL)
_QUOTES = frozenset({"'", '"', "%27", "%22"})
_LEAVES = frozenset({"$ref", "$value", "$count"})
_ROOTS = frozenset({"$metadata", "$batch", "$all", "$entity"})
_EMPTY = ResourcePath(())


class _Problems:
    """Makes the problems of one path; offsets count from the start of a segment."""

    __slots__ = ("start", "text")

    def __init__(self, text: str, start: int) -> None:
        self.text = text
        self.start = start

    def bad(self, offset: int = 0) -> SyntaxProblem:
        return SyntaxProblem(BAD_SYNTAX, self.text, min(self.start + offset, len(self.text)))

    def brackets(self, inner: str, position: int, offset: int) -> SyntaxProblem:
        message = f"')' or ',' expected at position {position + 1} in '({inner})'."
        return SyntaxProblem(message, self.text, min(self.start + offset + position + 1, len(self.text)))


def _decode(text: str, problems: _Problems) -> str:
    if "%" in text:
        try:
            text = unquote(text, errors="strict")
        except UnicodeDecodeError:
            raise problems.bad() from None
    if not text.isascii():
        try:
            text.encode("utf-8")
        except UnicodeEncodeError:
            raise problems.bad() from None
    return text


def _split(text: str, first: int) -> list[tuple[int, str]]:
    """Give the decoded segments with their positions. A slash inside brackets does not divide."""
    if "(" not in text and "%28" not in text:
        pieces, start = [], first
        for piece in text[first:].split("/"):
            pieces.append((start, _decode(piece, _Problems(text, start))))
            start += len(piece) + 1
        return pieces
    pieces, start, position, depth = [], first, first, 0
    while True:
        found = (_INSIDE if depth else _OUTSIDE).search(text, position)
        if found is None:
            break
        mark, position = found[0], found.end()
        if mark == "/":
            pieces.append((start, _decode(text[start : position - 1], _Problems(text, start))))
            start = position
        elif mark in ("(", "%28"):
            depth += 1
        elif mark in (")", "%29"):
            depth -= depth > 0  # one too many is found when the segment is read
        elif mark in _QUOTES:
            raise SyntaxProblem(BAD_SYNTAX, text, len(text))
    if depth:
        raise SyntaxProblem(BAD_SYNTAX, text, len(text))
    pieces.append((start, _decode(text[start:], _Problems(text, start))))
    return pieces


def _value(tokens: list[Token], index: int, whole: str) -> tuple[Expression | None, int]:
    """Read a key value or an argument; None where there is none."""
    kind, text, start = tokens[index]
    if kind in ("string", "number", "guid", "date", "stamp", "time"):
        return make_literal(kind, text, start, whole), index + 1
    if kind == "name" and text[0] == "@":
        return Alias(text[1:], position=start), index + 1
    if kind == "name" and text in WORDS:
        value, type_ = WORDS[text]
        return Literal(value, type_, text, position=start), index + 1
    if kind == "json":
        return JsonLiteral(text, position=start), index + 1
    if kind == "quoted":
        prefix, _, rest = text.partition("'")
        if "." in prefix:
            return EnumLiteral(prefix, rest[:-1].replace("''", "'"), position=start), index + 1
        return make_literal("prefixed", text, start, whole), index + 1
    return None, index


Values = tuple[tuple[str, Expression], ...]


def _arguments(inner: str, offset: int, problems: _Problems) -> Values:
    """Read what stands between two brackets."""
    try:
        tokens = tokenize(inner)
        index, values = 0, []
        while True:
            name = ""
            if tokens[index][0] == "name" and tokens[index + 1][0] == "=":
                name, index = tokens[index][1], index + 2
            value, index = _value(tokens, index, inner)
            if value is None:
                raise problems.bad(offset + 1 + tokens[index][2])
            values.append((name, value))
            if tokens[index][0] != ",":
                break
            index += 1
    except SyntaxProblem as problem:
        if problem.text is not inner:
            raise
        if problem.message.startswith("Invalid JSON"):
            position = min(problems.start + offset + problem.position, len(problems.text))
            raise SyntaxProblem(problem.message, problems.text, position) from None
        raise problems.brackets(inner, problem.position, offset) from None
    if tokens[index][0] != "end":
        raise problems.brackets(inner, tokens[index][2], offset)
    names = [name for name, _ in values]
    if len(names) > 1 and ("" in names or len(set(names)) < len(names)):
        raise problems.bad(offset)
    return tuple(values)


def _groups(text: str, opening: int, problems: _Problems) -> list[tuple[int, str]]:
    """The texts of the bracket pairs that follow a name, with their positions."""
    groups: list[tuple[int, str]] = []
    depth, start = 0, opening
    for found in _DECODED.finditer(text, opening):
        mark, at = found[0], found.start()
        if depth == 0 and (mark != "(" or at != start):
            raise problems.bad(start)
        if mark == "(":
            depth += 1
        elif mark == ")":
            depth -= 1
            if depth == 0:
                groups.append((start, text[start + 1 : at]))
                start = at + 1
        elif mark in _QUOTES:
            raise problems.bad(len(text))
    if depth or start != len(text):
        raise problems.bad(len(text) if depth else start)
    return groups


def _with_brackets(text: str, start: int, opening: int, problems: _Problems) -> Segment:
    name = text[:opening]
    named = _CALL_NAME.match(name)
    if named is None or named.end() < opening:
        raise problems.bad(named.end() if named else 0)
    groups = _groups(text, opening, problems)
    if len(groups) > 2:
        raise problems.bad(groups[2][0])
    at, inner = groups[0]
    values = _arguments(inner, at, problems) if inner.strip() else None
    if len(groups) == 2:
        key_at, key_inner = groups[1]
        if values is not None and values[0][0] == "":
            raise problems.bad(key_at)
        key = Key(_arguments(key_inner, key_at, problems), position=start + key_at)
        return Segment(name, key, values or (), position=start)
    if values is None:
        return Segment(name, None, (), position=start)
    if values[0][0] and any(isinstance(value, JsonLiteral) for _, value in values):
        return Segment(name, None, values, position=start)
    return Segment(name, Key(values, position=start + at), position=start)


def _segment(text: str, start: int, problems: _Problems) -> Segment:
    plain = _PLAIN.fullmatch(text)
    if plain is not None:
        name, guid = plain[1], plain[2]
        if guid is None:
            return Segment(name, position=start)
        at = len(name)
        literal = make_literal("guid", guid, 0, guid)
        return Segment(name, Key((("", literal),), position=start + at), position=start)
    if not text:
        raise problems.bad()
    opening = text.find("(")
    if opening >= 0:
        return _with_brackets(text, start, opening, problems)
    if ")" in text or not text.isprintable():
        raise problems.bad(max(0, text.find(")")))
    return Segment(text, position=start)


def _check_order(segments: list[Segment], text: str) -> None:
    """``$ref``, ``$value`` and ``$count`` end a path; ``$metadata`` and its like, and content-ids, begin one."""
    last = len(segments) - 1
    for index, segment in enumerate(segments):
        name = segment.name
        if name[0] != "$":
            continue
        if name in _LEAVES:
            if index < last:
                message = f"The request URI is not valid. The segment '{name}' must be the last segment in the URI."
                raise SyntaxProblem(message, text, segments[index + 1].position)
            if index == 0:
                raise SyntaxProblem(BAD_SYNTAX, text, segment.position)
        elif index and name != "$entity":
            raise SyntaxProblem(BAD_SYNTAX, text, segment.position)
        elif name in ("$metadata", "$batch") and last:
            raise SyntaxProblem(BAD_SYNTAX, text, segments[1].position)
        elif name == "$entity" and index == 0:
            for follower in segments[1:]:
                if "." not in follower.name:
                    raise SyntaxProblem(BAD_SYNTAX, text, follower.position)
        elif name not in _ROOTS and name != "$entity" and _CONTENT_ID.fullmatch(name) is None:
            raise SyntaxProblem(BAD_SYNTAX, text, segment.position)


def parse_path(text: str) -> ResourcePath:
    """Read the percent-encoded path below the service root. Slashes at its ends are tolerated.

    >>> [segment.name for segment in parse_path("accounts(name='A%2FB')/Account_Tasks/$count").segments]
    ['accounts', 'Account_Tasks', '$count']
    >>> parse_path("accounts(name='A%2FB')").segments[0].key.values
    (('name', Literal(value='A/B', type='Edm.String', text="'A/B'")),)
    """
    if text in ("", "/"):
        return _EMPTY
    pieces = _split(text, 1 if text[0] == "/" else 0)
    if pieces[-1][1] == "":
        pieces.pop()
    if not pieces:
        raise SyntaxProblem(BAD_SYNTAX, text, 0)
    segments = [_segment(piece, start, _Problems(text, start)) for start, piece in pieces]
    if "$" in text or "%24" in text:
        _check_order(segments, text)
    return ResourcePath(tuple(segments))
