"""Splits and decodes a URL below the service root and calls the parsers of its parts."""

from __future__ import annotations

from urllib.parse import unquote

from odata_protocol.errors import SyntaxProblem
from odata_protocol.options import parse_options
from odata_protocol.path import BAD_SYNTAX, parse_path
from odata_protocol.syntax import RequestUrl, ResourcePath


def _decode(text: str, query: str) -> str:
    if "+" in text:
        text = text.replace("+", " ")
    if "%" in text:
        try:
            text = unquote(text, errors="strict")
        except UnicodeDecodeError:
            raise SyntaxProblem(BAD_SYNTAX, query, max(0, query.find("%"))) from None
    if not text.isascii():
        try:
            text.encode("utf-8")
        except UnicodeEncodeError:
            raise SyntaxProblem(BAD_SYNTAX, query, 0) from None
    return text


def split_query(query: str) -> list[tuple[str, str]]:
    """Divide a raw query string into decoded names and values; ``+`` is a blank.

    >>> split_query("%24select=name&$filter=name+eq+'a%26b'&")
    [('$select', 'name'), ('$filter', "name eq 'a&b'")]
    """
    pairs: list[tuple[str, str]] = []
    for piece in query.removeprefix("?").split("&"):
        if piece and piece != "?":
            name, _, value = piece.partition("=")
            pairs.append((_decode(name, query), _decode(value, query)))
    return pairs


def parse_url(path: str, query: str = "") -> RequestUrl:
    """Read a raw path below the service root and a raw query string.

    >>> url = parse_url("accounts", "$select=name&$top=3&tag=x")
    >>> url.path.segments[0].name, url.options.top, url.custom
    ('accounts', 3, (('tag', 'x'),))
    """
    resource = parse_path(path)
    if not query:
        options, aliases, custom = parse_options(())
    else:
        options, aliases, custom = parse_options(split_query(query))
    if resource.segments and resource.segments[0].name == "$entity":
        _check_entity(resource, options.select is not None or options.expand is not None, custom, path)
    return RequestUrl(resource, options, tuple(aliases.items()), custom)


def _check_entity(path: ResourcePath, shaped: bool, custom: tuple[tuple[str, str], ...], text: str) -> None:
    """``$entity`` needs ``$id``, and a type cast before its columns can be chosen."""
    if not any(name == "$id" for name, _ in custom) or (shaped and len(path.segments) == 1):
        raise SyntaxProblem(BAD_SYNTAX, text, len(text))
