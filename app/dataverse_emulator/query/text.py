"""Text comparison of the platform: without regard to case, accents and trailing blanks (ruling R13).

SQLite's NOCASE does this for plain ASCII at full speed. A value that is not plain has a folded twin in a hidden column,
so every comparison reads ``coalesce(x__fold, x) COLLATE NOCASE`` and an index on that expression serves it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from functools import lru_cache


def fold(text: str) -> str:
    """The form in which two texts that the platform takes for equal are the same but for ASCII case.

    >>> fold("Crème Brûlée ")
    'creme brulee'
    >>> fold("Plain")
    'Plain'
    """
    if text.isascii():
        return text.rstrip(" ")
    return _fold(text)


@lru_cache(maxsize=4096)
def _fold(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c)).rstrip(" ")


def folded_twin(text: str) -> str | None:
    """What the hidden column keeps: None where the text itself compares rightly, else its folded form."""
    if text.isascii() and text[-1:] != " ":
        return None
    return fold(text)


ESCAPE = "\\"


def like_pattern(text: str) -> tuple[str, bool]:
    """A platform pattern (``% _ [a-f] [^a-f]``) as a SQL pattern and whether it is one for GLOB instead of LIKE.

    >>> like_pattern("50[%]_%")
    ('50\\\\%_%', False)
    >>> like_pattern("[a-f]%")
    ('[a-f]*', True)
    """
    text = fold(text)
    parts = _parts(text)
    if any(kind == "set" for kind, _ in parts):
        return "".join(_GLOB[kind](part) for kind, part in parts).lower(), True
    return "".join(_LIKE[kind](part) for kind, part in parts), False


def _parts(text: str) -> list[tuple[str, str]]:
    """Split into literal characters, wildcards and sets; an unclosed bracket is a literal."""
    parts: list[tuple[str, str]] = []
    position = 0
    while position < len(text):
        character = text[position]
        if character == "[":
            end = text.find("]", position + 2)
            content = text[position + 1 : end] if end > 0 else ""
            if content and content != "^":
                if len(content) == 1:
                    parts.append(("literal", content))
                else:
                    parts.append(("set", content))
                position = end + 1
                continue
            parts.append(("literal", character))
        elif character == "%":
            parts.append(("any", character))
        elif character == "_":
            parts.append(("one", character))
        else:
            parts.append(("literal", character))
        position += 1
    return parts


_LIKE: dict[str, Callable[[str], str]] = {
    "literal": lambda part: ESCAPE + part if part in "%_\\" else part,
    "any": lambda _: "%",
    "one": lambda _: "_",
}
_GLOB: dict[str, Callable[[str], str]] = {
    "literal": lambda part: f"[{part}]" if part in "*?[" else part,
    "any": lambda _: "*",
    "one": lambda _: "?",
    "set": lambda part: f"[{part}]",
}
