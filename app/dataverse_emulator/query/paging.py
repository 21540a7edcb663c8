"""Paging cookies: the text that a client hands back to get the next page (contract 03 §6).

A cookie is XML in XML. The outer element counts pages; its ``pagingcookie``, encoded twice, holds the sort values of
the last row of the page just delivered, one element a sort column and the primary key last. Cookies of a client's own
making without the inner one page by number. Ruling R28: the page size stays in the cookie (``count``).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape, unescape
from typing import Any
from urllib.parse import quote, unquote

from dataverse_emulator.errors import error
from dataverse_emulator.metadata.catalog import FRACTION_TYPES, Column, ColumnType
from dataverse_emulator.query.model import Order, Query, Rows
from dataverse_emulator.values import read_guid

MAX_PAGE_NUMBER = 1_000_000
PAGE_SIZE = 5000
"""The most rows of a page, and how many it has where nobody asks for fewer."""
MAX_SIMPLE_ROWS = 50_000
"""How far pages without a cookie lead (contract 03 §11)."""
MAX_COOKIE = 65_536

_OUTER = re.compile(
    r"\s*<cookie((?:\s+[\w]+\s*=\s*(?:\"[^\"<]*\"|'[^'<]*'))*)\s*/?>\s*(?:</cookie>)?\s*", re.IGNORECASE
)
_INNER = re.compile(r"\s*<cookie((?:\s+\w+=\"[^\"<]*\")*)\s*(?:/>|>(.*)</cookie>)\s*", re.DOTALL)
_ELEMENT = re.compile(r"\s*<([\w.]+)((?:\s+\w+=\"[^\"<]*\")*)\s*/>")
_ATTRIBUTE = re.compile(r"(\w+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_UPPER_HEX = re.compile(r"%[0-9A-F]{2}")

_WHOLE = frozenset(
    {
        ColumnType.INTEGER,
        ColumnType.BIG_INT,
        ColumnType.BOOLEAN,
        ColumnType.PICKLIST,
        ColumnType.STATE,
        ColumnType.STATUS,
    }
)


@dataclass(frozen=True, slots=True)
class PageToken:
    """What a cookie says: the page to fetch, its size where known, and the inner cookie's texts (None for null) of the
    last row before it; no texts at all when pages are counted. ``names`` are the inner elements' names."""

    number: int
    size: int | None = None
    last: tuple[str | None, ...] | None = None
    names: tuple[str, ...] = ()


def write_cookie(
    query: Query,
    number: int,
    size: int | None,
    after: Sequence[Any] | None,
    first_key: str | None = None,
    *,
    is_expanded: bool = False,
) -> str:
    """The cookie that leads from page ``number`` to the next one.

    Args:
        query: the query that is paged, for the names of its sort columns.
        number: the page just delivered.
        size: rows a page, kept for the next request.
        after: sort values of the page's last row, or None to count pages.
        first_key: primary key of the page's first row.
        is_expanded: the page is one of an expanded collection; its size has another name there.
    """
    count = "" if size is None else f' {"countOfRecords" if is_expanded else "count"}="{size}"'
    elements = "" if after is None else _elements(query, after, first_key)
    inner = f'<cookie page="{number}"{count}>{elements}</cookie>'
    twice = quote(_encode(inner), safe="")
    return f'<cookie pagenumber="{number + 1}" pagingcookie="{twice}" istracking="False" />'


def read_cookie(text: str) -> PageToken:
    """Read a cookie, be it ours or of the client's making.

    Raises:
        EmulatorError: 0x8004112A when it is damaged (E-47).
    """
    outer = _OUTER.fullmatch(text) if len(text) <= MAX_COOKIE else None
    if outer is None:
        raise error("BadCookie")
    attributes = _attributes(outer[1])
    number = _whole(attributes.get("pagenumber", "1"), MAX_PAGE_NUMBER)
    inner = attributes.get("pagingcookie", "")
    if not inner:
        return PageToken(number)
    return _read_inner(unquote(unquote(inner)), number)


def sort_values(query: Query, token: PageToken) -> tuple[Any, ...] | None:
    """The values after which the token's page begins, typed by the query's sort columns.

    Raises:
        EmulatorError: 0x8004112A when they are those of another order or do not fit the query.
    """
    if token.last is None:
        return None
    if list(token.names) != [*(order.ref.column.logical_name for order in query.order), query.table.primary_id]:
        raise error("BadCookie")
    typed = [_typed(order, text) for order, text in zip(query.order, token.last[:-1], strict=True)]
    key = read_guid(token.last[-1])
    if key is None:
        raise error("BadCookie")
    return (*typed, key)


def pages_by_key(query: Query) -> bool:
    """The last row of a page tells where the next one begins: rows have a key, and it comes once."""
    if query.is_grouped or query.distinct or any(join.multiplies for join in query.joins):
        return False
    return all(not order.ref.source for order in query.order)


def write_fetch_cookie(rows: Rows) -> str | None:
    """The cookie behind a page of a FetchXML query (contract 03 §15), or None where there is none: behind groups, rows
    sorted by linked columns, and distinct rows without order.

    Its outer number is always 2, as documented: clients count pages themselves."""
    query = rows.query
    if query.is_grouped or any(order.ref.source for order in query.order):
        return None
    if query.distinct:
        places = [next(n for n, own in enumerate(query.outputs) if own.ref == order.ref) for order in query.order]
        after: tuple[Any, ...] | None = tuple(rows.rows[-1][place] for place in places)
        elements = "".join(_sorted_elements(query, after or ()))
    else:
        after = rows.after
        elements = "" if after is None else _elements(query, after, rows.rows[0][rows.key])
    if not elements:
        return None
    twice = quote(_encode(f'<cookie page="{query.page.number}">{elements}</cookie>'), safe="")
    return f'<cookie pagenumber="2" pagingcookie="{twice}" istracking="False" />'


def read_fetch_cookie(query: Query, text: str) -> PageToken:
    """Read the ``paging-cookie`` of a FetchXML query: the inner cookie, or what a client made of the whole.

    Raises:
        EmulatorError: 0x8004112A when it is damaged, 0x80041129 when it is of another order (E-79b).
    """
    if len(text) > MAX_COOKIE:
        raise error("BadCookie")
    text = text.strip()
    if text[:3].lower() in ("%3c", "%25"):
        text = unquote(unquote(text))
    if "pagingcookie" in text[:200].lower():
        outer = _OUTER.fullmatch(text)
        if outer is None:
            raise error("BadCookie")
        text = unquote(unquote(_attributes(outer[1]).get("pagingcookie", "")))
    token = _read_inner(text, None)
    names = [order.ref.column.logical_name for order in query.order]
    if not query.distinct:
        names.append(query.table.primary_id)
    if token.names and not query.is_grouped and list(token.names) != names:
        raise error("PagingOrder")
    return token


def _elements(query: Query, after: Sequence[Any], first_key: str | None) -> str:
    parts = _sorted_elements(query, after)
    key = query.table.column(query.table.primary_id)
    parts.append(
        f"<{query.table.primary_id} {_attribute('last', key, after[-1])} {_attribute('first', key, first_key)} />"
    )
    return "".join(parts)


def _sorted_elements(query: Query, after: Sequence[Any]) -> list[str]:
    return [
        f"<{order.ref.column.logical_name} {_attribute('last', None if order.by_label else order.ref.column, value)} />"
        for order, value in zip(query.order, after, strict=False)
    ]


def _attribute(name: str, column: Column | None, value: Any) -> str:
    if value is None:
        return f'{name}null="1"'
    text = str(int(value)) if isinstance(value, bool) else str(value)
    if column is not None and (column.type is ColumnType.UNIQUEIDENTIFIER or column.is_lookup):
        text = f"{{{text.upper()}}}"
    return f'{name}="{escape(text)}"'


def _encode(text: str) -> str:
    return _UPPER_HEX.sub(lambda found: found[0].lower(), quote(text, safe=""))


def _attributes(text: str) -> dict[str, str]:
    return {
        found[1].lower(): unescape(found[2] if found[2] is not None else found[3])
        for found in _ATTRIBUTE.finditer(text or "")
    }


def _read_inner(text: str, number: int | None) -> PageToken:
    """The inner cookie; ``number`` None: it leads to the page behind the one that it names."""
    inner = _INNER.fullmatch(text)
    if inner is None:
        raise error("BadCookie")
    attributes = _attributes(inner[1])
    if number is None:
        number = 1 + _whole(attributes.get("page", "1"), MAX_PAGE_NUMBER)
    count = attributes.get("count", attributes.get("countofrecords"))
    size = None if count is None else _whole(count, PAGE_SIZE)
    body = (inner[2] or "").strip()
    if not body:
        return PageToken(number, size)
    last: list[str | None] = []
    names: list[str] = []
    position = 0
    while position < len(body):
        element = _ELEMENT.match(body, position)
        if element is None:
            raise error("BadCookie")
        values = _attributes(element[2])
        if "last" not in values and "lastnull" not in values:
            raise error("BadCookie")
        last.append(values.get("last"))
        names.append(element[1])
        position = element.end()
    return PageToken(number, size, tuple(last), tuple(names))


def _whole(text: str, limit: int) -> int:
    if not (text.isascii() and text.isdigit()) or len(text) > 9 or not 1 <= int(text) <= limit:
        raise error("BadCookie")
    return int(text)


def _typed(order: Order, text: str | None) -> Any:
    column = order.ref.column
    if text is None:
        return None
    try:
        if order.by_label:
            return text if column.is_lookup or column.labels else int(text)
        if column.type in _WHOLE:
            return _int64(text)
        if column.type in FRACTION_TYPES:
            return float(text)
    except ValueError:
        raise error("BadCookie") from None
    if column.type is ColumnType.UNIQUEIDENTIFIER or column.is_lookup:
        return read_guid(text) or text
    return text


def _int64(text: str) -> int:
    number = int(text)
    if not -(2**63) <= number < 2**63:
        raise ValueError(text)
    return number


__all__ = [
    "PageToken",
    "pages_by_key",
    "read_cookie",
    "read_fetch_cookie",
    "sort_values",
    "write_cookie",
    "write_fetch_cookie",
]
