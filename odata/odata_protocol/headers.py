"""``Prefer``, ``Accept`` and media types, entity tags. Results are kept, as clients repeat their headers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from odata_protocol.errors import SyntaxProblem

MAX_PAGE_SIZE = 2**63 - 1
LONG = 16_384

_PIECE = re.compile(r'(?:"(?:[^"\\]|\\.)*+(?:"|\\?\Z)|[^,"])+', re.DOTALL)
_PREFERENCE = re.compile(r'\s*([^\s=;,"]+)\s*(?:=\s*("(?:[^"\\]|\\.)*+"|[^;]*))?', re.DOTALL)
_TAG = re.compile(r'\s*(W/)?"([^"]*)"\s*')
_PARAMETER = re.compile(r';\s*([^\s=;,"]+)\s*=\s*("(?:[^"\\]|\\.)*+"|[^\s;,"]*)\s*')
_MEDIA_TYPE = re.compile(r"\s*([\w!#$&^.+*-]+/[\w!#$&^.+*-]+)\s*")
_KNOWN = frozenset(
    {"return", "odata.include-annotations", "odata.maxpagesize", "odata.track-changes", "odata.continue-on-error"}
    | {"respond-async", "wait", "handling", "odata.allow-entityreferences", "odata.callback"}
)


# ---- Prefer --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AnnotationFilter:
    """The annotations a client asks for.

    Attributes:
        text: the preference's value as written, without its quotes.
        names: exact names to include, with False to exclude.
        prefixes: wildcards without their ``*``, the longest first, in the same form.
    """

    text: str
    names: tuple[tuple[str, bool], ...] = ()
    prefixes: tuple[tuple[str, bool], ...] = ()

    def matches(self, name: str) -> bool:
        """Tell whether an annotation (without ``@``) is wanted; the most specific rule decides."""
        for exact, wanted in self.names:
            if exact == name:
                return wanted
        for prefix, wanted in self.prefixes:
            if name.startswith(prefix):
                return wanted
        return False


@dataclass(frozen=True, slots=True)
class Preferences:
    """What a client prefers. ``texts`` holds each preference as it was written, by name."""

    return_: str | None = None
    include_annotations: AnnotationFilter | None = None
    max_page_size: int | None = None
    track_changes: bool = False
    continue_on_error: bool = False
    respond_async: bool = False
    texts: tuple[tuple[str, str], ...] = ()

    def text(self, name: str) -> str | None:
        """Give a preference as it was written, for example ``odata.maxpagesize=3``."""
        for known, text in self.texts:
            if known == name:
                return text
        return None

    def applied(self, *names: str) -> str:
        """Give the value of ``Preference-Applied`` for the named preferences; empty where none was sent."""
        return ", ".join(text for text in map(self.text, names) if text is not None)


def _annotation_filter(text: str) -> AnnotationFilter:
    names: dict[str, bool] = {}
    prefixes: dict[str, bool] = {}
    for piece in text.split(","):
        name = piece.strip()
        wanted = not name.startswith("-")
        name = name.lstrip("-").removeprefix("@")
        if name.endswith("*"):
            prefixes.setdefault(name[:-1], wanted)
        elif name:
            names.setdefault(name, wanted)
    longest_first = sorted(prefixes.items(), key=lambda item: -len(item[0]))
    return AnnotationFilter(text, tuple(names.items()), tuple(longest_first))


def _page_size(value: str) -> int | None:
    if not (value.isascii() and value.isdigit()):
        return None
    digits = value.lstrip("0")
    if len(digits) > 18:
        return MAX_PAGE_SIZE
    return int(digits) if digits else None


def _gather(values: tuple[str, ...]) -> dict[str, tuple[str, str]]:
    """Give value and whole text of each preference by its name in lower case; the first of a kind counts."""
    found: dict[str, tuple[str, str]] = {}
    open_list = False  # an unquoted list of annotations goes on behind its comma
    for header in values:
        for piece in _PIECE.findall(header[:LONG]):
            text = piece.strip()
            match = _PREFERENCE.match(text)
            if match is None:
                continue
            name, value = match[1].lower(), (match[2] or "").strip()
            if open_list and name not in _KNOWN and match[2] is None:
                old_value, old_text = found["odata.include-annotations"]
                found["odata.include-annotations"] = (f"{old_value},{text}", f"{old_text},{text}")
                continue
            open_list = name == "odata.include-annotations" and name not in found and not value.startswith('"')
            if len(value) > 1 and value[0] == '"' and value[-1] == '"':
                value = value[1:-1]
            found.setdefault(name, (value, text))
    return found


@lru_cache(maxsize=512)
def _preferences(values: tuple[str, ...]) -> Preferences:
    found = _gather(values)

    def switch(name: str) -> bool:
        return name in found and found[name][0].lower() != "false"

    return_ = found["return"][0].lower() if "return" in found else None
    annotations = found.get("odata.include-annotations")
    return Preferences(
        return_ if return_ in ("representation", "minimal") else None,
        _annotation_filter(annotations[0]) if annotations is not None else None,
        _page_size(found["odata.maxpagesize"][0]) if "odata.maxpagesize" in found else None,
        switch("odata.track-changes"),
        switch("odata.continue-on-error"),
        switch("respond-async"),
        tuple((name, text) for name, (_, text) in found.items()),
    )


def parse_prefer(values: Sequence[str]) -> Preferences:
    """Read all ``Prefer`` headers of a request. What cannot be read is left out; nothing raises.

    >>> found = parse_prefer(["return=representation, odata.maxpagesize=3", 'odata.include-annotations="*"'])
    >>> found.return_, found.max_page_size, found.include_annotations.matches("any.name")
    ('representation', 3, True)
    >>> found.applied("odata.include-annotations", "odata.track-changes")
    'odata.include-annotations="*"'
    """
    return _preferences(tuple(values))


# ---- entity tags ---------------------------------------------------------------------------------------------------


class EntityTag(NamedTuple):
    """One entity tag: the text between its quotes, and whether ``W/`` stood before it."""

    value: str
    weak: bool = False


class EntityTags(NamedTuple):
    """The value of ``If-Match`` or ``If-None-Match``: a list of tags, or any (``*``)."""

    tags: tuple[EntityTag, ...] = ()
    any: bool = False

    def matches(self, value: str) -> bool:
        """Compare weakly with the text between the quotes of a current tag."""
        return self.any or any(tag.value == value for tag in self.tags)


def parse_entity_tag(text: str) -> EntityTag:
    """Read one tag such as ``W/"123"``.

    >>> parse_entity_tag('W/"123"')
    EntityTag(value='123', weak=True)
    """
    match = _TAG.fullmatch(text)
    if match is None:
        raise _bad_tag(text, 0)
    return EntityTag(match[2], match[1] is not None)


def parse_entity_tags(text: str | None) -> EntityTags | None:
    """Read ``If-Match`` or ``If-None-Match``; None where it is absent, blank or the word ``null``.

    >>> parse_entity_tags("*")
    EntityTags(tags=(), any=True)
    >>> parse_entity_tags("null") is None
    True
    """
    if text is None:
        return None
    bare = text.strip()
    if not bare or bare == "null":
        return None
    if bare == "*":
        return EntityTags((), True)
    tags, position = [], 0
    while True:
        match = _TAG.match(text, position)
        if match is None:
            raise _bad_tag(text, position)
        tags.append(EntityTag(match[2], match[1] is not None))
        position = match.end()
        if position == len(text):
            return EntityTags(tuple(tags))
        if text[position] != ",":
            raise _bad_tag(text, position)
        position += 1


def _bad_tag(text: str, position: int) -> SyntaxProblem:
    return SyntaxProblem(f"The entity tag '{text[:100]}' is not valid.", text, position)


# ---- media types ---------------------------------------------------------------------------------------------------


class MediaType(NamedTuple):
    """A media type in lower case and its parameters, their names in lower case."""

    type: str
    parameters: dict[str, str]


def parse_media_type(text: str) -> MediaType:
    """Read a ``Content-Type`` or one item of ``Accept``; raise SyntaxProblem where there is no type.

    >>> parse_media_type('application/json; charset="utf-8"')
    MediaType(type='application/json', parameters={'charset': 'utf-8'})
    """
    match = _MEDIA_TYPE.match(text)
    if match is None:
        raise SyntaxProblem(f"The MIME type '{text[:100]}' is invalid or unspecified.", text, 0)
    parameters = {}
    for found in _PARAMETER.finditer(text, match.end()):
        value = found[2]
        parameters[found[1].lower()] = value[1:-1] if value.startswith('"') else value
    return MediaType(match[1].lower(), parameters)


@lru_cache(maxsize=256)
def _quality(header: str, media_type: str) -> float:
    kind = media_type.split("/")[0]
    best, quality = -1, 0.0
    for piece in _PIECE.findall(header[:LONG]):
        try:
            offered, parameters = parse_media_type(piece)
        except SyntaxProblem:
            continue
        ranges = ("*/*", kind + "/*", media_type)
        if offered not in ranges:
            continue
        try:
            given = float(parameters.get("q", "1"))
        except ValueError:
            given = 1.0
        rank = ranges.index(offered)
        if rank > best or (rank == best and given > quality):
            best, quality = rank, given
    return quality


def accepts(accept_header: str | None, media_type: str) -> bool:
    """Tell whether an ``Accept`` header lets a media type through; parameters other than ``q`` do not matter.

    >>> accepts("text/html, application/*;q=0.5", "application/json"), accepts("application/json", "application/xml")
    (True, False)
    """
    if accept_header is None or not accept_header.strip():
        return True
    return _quality(accept_header, media_type.lower()) > 0
