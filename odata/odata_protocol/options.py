"""One parser per query option; ``$select`` and ``$expand`` recurse here.

What the platform refuses although OData knows it is refused by the layers above.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from odata_protocol.apply import parse_apply
from odata_protocol.errors import SyntaxProblem
from odata_protocol.expressions import parse_compute, parse_filter, parse_orderby
from odata_protocol.lexer import NAME_PATTERN, split_list, syntax_error
from odata_protocol.search import parse_search
from odata_protocol.syntax import ExpandForm, ExpandItem, Expression, Literal, QueryOptions, SelectItem

__all__ = ["FREE_NAMES", "parse_apply", "parse_expand", "parse_options", "parse_select"]

MAX_NESTING = 50
INT64_DIGITS = 18

Pairs = Iterable[tuple[str, str]]
Parsed = tuple[QueryOptions, dict[str, Expression], tuple[tuple[str, str], ...]]

FREE_NAMES = frozenset({"$id"})
"""Names with a ``$`` that are no option of a query; they are handed on with the custom parameters."""

_NAME = rf"@?{NAME_PATTERN}"
_SIMPLE_LIST = re.compile(rf" *{NAME_PATTERN} *(?:, *{NAME_PATTERN} *)*")
_SELECT_ITEM = re.compile(
    rf"\s*((?:{_NAME}/)*(?:\*|{NAME_PATTERN}\.\*|{_NAME}(?:\((?:{NAME_PATTERN}(?:,{NAME_PATTERN})*)?\))?))\s*"
)
_EXPAND_ITEM = re.compile(rf"\s*((?:{_NAME}/)*(?:\*|{_NAME}))(?:/(\$ref|\$count))?\s*")
_FORMAT = re.compile(r"[^/\s;]+(?:/[^/\s;]+)?(?:\s*;.*)?")
_LEVELS = re.compile(r"[1-9][0-9]{0,8}")
_ALIAS = re.compile(r"@[^\W\d]\w*")


def _whole_number(name: str) -> Callable[[str], int]:
    def read(text: str) -> int:
        number = text.strip(" ")
        if not (number.isascii() and number.isdigit() and len(number.lstrip("0")) <= INT64_DIGITS):
            message = (
                f"Invalid value '{text}' for {name} query option found."
                f" The {name} query option requires a non-negative integer value."
            )
            raise SyntaxProblem(message, text, 0)
        return int(number)

    return read


def _boolean(text: str) -> bool:
    if text.strip(" ") not in ("true", "false"):
        message = f"Invalid value '{text}' for $count query option found. Valid values are 'true', 'false'."
        raise SyntaxProblem(message, text, 0)
    return text.strip(" ") == "true"


def _format(text: str) -> str:
    if _FORMAT.fullmatch(text) is None:
        raise SyntaxProblem(f"Invalid value '{text}' for $format query option found.", text, 0)
    return text


def _levels(text: str) -> int | str:
    if text == "max":
        return text
    if _LEVELS.fullmatch(text) is None:
        raise SyntaxProblem(f"Invalid value '{text}' for $levels query option found.", text, 0)
    return int(text)


def _token(name: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if not text:
            raise SyntaxProblem(f"Invalid value '' for {name} query option found.", text, 0)
        return text

    return read


# ---- $select and $expand -------------------------------------------------------------------------------------------


def _names(text: str) -> list[tuple[int, str]]:
    """The pieces of a list of bare names with their positions, blanks stripped."""
    pieces, start = [], 0
    for piece in text.split(","):
        name = piece.strip(" ")
        pieces.append((start + len(piece) - len(piece.lstrip(" ")) if name is not piece else start, name))
        start += len(piece) + 1
    return pieces


def _brackets(text: str, opening: int) -> str:
    """What stands between a bracket and the end of a text, which must be its partner."""
    closing = text.rstrip()
    if not closing.endswith(")"):
        raise syntax_error(text, len(closing))
    return closing[opening + 1 : -1]


def parse_select(text: str, nesting: int = 0) -> tuple[SelectItem, ...]:
    """Read the value of ``$select``; an empty one gives no items.

    >>> parse_select("name,primarycontactid/fullname")
    (SelectItem(path=('name',), options=None), SelectItem(path=('primarycontactid', 'fullname'), options=None))
    """
    if not text or text.isspace():
        return ()
    if _SIMPLE_LIST.fullmatch(text):
        return tuple([SelectItem((name,), position=start) for start, name in _names(text)])
    return tuple([_select_item(text, start, piece, nesting) for start, piece in split_list(text, ",")])


def _select_item(whole: str, start: int, piece: str, nesting: int) -> SelectItem:
    opening = piece.find("($")
    options = _nested(_brackets(piece, opening), nesting) if opening >= 0 else None
    head = piece[:opening] if opening >= 0 else piece
    match = _SELECT_ITEM.fullmatch(head)
    if match is None:
        raise syntax_error(whole, start + _bad_name(head))
    return SelectItem(tuple(match[1].split("/")), options, position=start + match.start(1))


def _bad_name(text: str) -> int:
    """The offset of the first character that no name list could hold."""
    match = re.match(rf"\s*(?:{_NAME}(?:/{_NAME})*/?)?\s*", text)
    return match.end() if match else 0


def parse_expand(text: str, nesting: int = 0) -> tuple[ExpandItem, ...]:
    """Read the value of ``$expand``.

    >>> item = parse_expand("Account_Tasks($select=subject;$top=5)")[0]
    >>> item.path, item.options.top
    (('Account_Tasks',), 5)
    """
    if not text or text.isspace():
        return ()
    if _SIMPLE_LIST.fullmatch(text):
        return tuple([ExpandItem((name,), position=start) for start, name in _names(text)])
    return tuple([_expand_item(text, start, piece, nesting) for start, piece in split_list(text, ",")])


def _expand_item(whole: str, start: int, piece: str, nesting: int) -> ExpandItem:
    opening = piece.find("(")
    head = piece if opening < 0 else piece[:opening]
    match = _EXPAND_ITEM.fullmatch(head)
    if match is None:
        raise syntax_error(whole, start + _bad_name(head))
    form = ExpandForm(match[2] or "")
    options = None
    if opening >= 0:
        options = _nested(_brackets(piece, opening), nesting, _FORM_OPTIONS[form])
    return ExpandItem(tuple(match[1].split("/")), form, options, position=start + match.start(1))


def _nested(text: str, nesting: int, allowed: frozenset[str] | None = None) -> QueryOptions:
    """Read the options between the brackets of an item, separated by semicolons."""
    if nesting >= MAX_NESTING:
        raise SyntaxProblem("Recursion depth exceeded allowed limit.", text, 0)
    if not text.strip():
        raise SyntaxProblem(f"Expression expected at position 0 in '{text}'.", text, 0)
    found: dict[str, Any] = {}
    for start, piece in split_list(text, ";"):
        name, equals, value = piece.partition("=")
        name = name.strip()
        if name not in (allowed or _NESTED_OPTIONS) or not equals:
            raise SyntaxProblem(f"Term '{name}' is not valid in a $select or $expand expression.", text, start)
        _store(found, name, value, nesting + 1)
    return QueryOptions(**{name[1:]: value for name, value in found.items()}, present=tuple(found))


# ---- all options ---------------------------------------------------------------------------------------------------

_PARSERS: dict[str, Callable[[str], Any]] = {
    "$filter": parse_filter,
    "$orderby": parse_orderby,
    "$top": _whole_number("$top"),
    "$skip": _whole_number("$skip"),
    "$count": _boolean,
    "$search": parse_search,
    "$apply": parse_apply,
    "$compute": parse_compute,
    "$skiptoken": _token("$skiptoken"),
    "$deltatoken": _token("$deltatoken"),
    "$format": _format,
    "$levels": _levels,
}
_NESTING_PARSERS: dict[str, Callable[[str, int], Any]] = {"$select": parse_select, "$expand": parse_expand}
_NESTED_OPTIONS = frozenset(_PARSERS) - {"$skiptoken", "$deltatoken", "$format", "$apply"} | frozenset(_NESTING_PARSERS)
_FORM_OPTIONS = {
    ExpandForm.RECORDS: _NESTED_OPTIONS,
    ExpandForm.REFERENCES: frozenset({"$filter", "$search", "$orderby", "$skip", "$top", "$count"}),
    ExpandForm.COUNT: frozenset({"$filter", "$search"}),
}


def _store(found: dict[str, Any], name: str, value: str, nesting: int) -> None:
    """Read one system option into a dictionary; raise where it is unknown or comes twice."""
    if name in found:
        message = f"Query option '{name}' was specified more than once, but it must be specified at most once."
        raise SyntaxProblem(message, name, 0)
    parser = _PARSERS.get(name)
    if parser is not None:
        found[name] = parser(value)
    elif name in _NESTING_PARSERS:
        found[name] = _NESTING_PARSERS[name](value, nesting)
    else:
        raise SyntaxProblem(f"The query parameter {name} is not supported", name, 0)


def parse_options(pairs: Pairs) -> Parsed:
    """Read decoded parameters: the options, the aliases (names without ``@``) and the other parameters in order.

    An alias without a value is null. ``$id`` is no option and stays among the other parameters.

    >>> options, aliases, custom = parse_options([("$top", "3"), ("@p", "1"), ("tag", "x")])
    >>> options.top, aliases["p"].value, custom
    (3, 1, (('tag', 'x'),))
    """
    found: dict[str, Any] = {}
    aliases: dict[str, Expression] = {}
    custom: list[tuple[str, str]] = []
    for given, value in pairs:
        name = given.strip()
        if name.startswith("$") and name not in FREE_NAMES:
            _store(found, name, value, 0)
        elif _ALIAS.fullmatch(name):
            if name[1:] in aliases:
                raise SyntaxProblem(f"Parameter alias '{name}' was specified more than once.", name, 0)
            blank = not value or value.isspace()
            aliases[name[1:]] = Literal(None, "Edm.Null", value) if blank else parse_filter(value)
        else:
            custom.append((name, value))
    options = QueryOptions(**{name[1:]: value for name, value in found.items()}, present=tuple(found))
    return options, aliases, tuple(custom)
