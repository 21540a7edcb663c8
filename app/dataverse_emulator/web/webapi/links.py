"""Links of expanded collections to their own rows (contract 03 §3.3, §3.4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from dataverse_emulator.query.model import Expanded
from dataverse_emulator.query.paging import write_cookie


@dataclass(frozen=True, slots=True)
class Links:
    """What the links of expanded collections repeat of the client's options: one text an expansion, and its own
    expansions' links."""

    texts: tuple[str, ...] = ()
    nested: tuple[Links, ...] = ()


NO_LINKS = Links()


def skip_token(cookie: str) -> str:
    """A paging cookie as the query option that leads to its page."""
    return "$skiptoken=" + quote(cookie, safe="=/")


def page_links(expanded: Expanded, options: str) -> Mapping[str, str]:
    """By parent, the query part of the link to the next page of a collection that is paged (contract 03 §3.4).

    Args:
        options: the expansion's own options as a query part, with its question mark, or nothing.
    """
    query, rows = expanded.expansion.query, expanded.rows
    links = {}
    for parent in expanded.more:
        places = expanded.by_parent[parent]
        first, last = rows.rows[places[0]][rows.key], rows.rows[places[-1]][rows.key]
        cookie = write_cookie(query, 1, query.page.size, (last,), first, is_expanded=True)
        links[parent] = f"{options}{'&' if options else '?'}{skip_token(cookie)}"
    return links
