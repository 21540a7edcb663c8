"""JSON bodies: reading them strictly, and telling properties from control information."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from odata_protocol.errors import SyntaxProblem

MAX_DEPTH = 100
MAX_DIGITS = 400

_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_COMMA = (
    "Invalid JSON. A comma character ',' was expected in the JSON content. Every two elements in an array and"
    " properties of an object must be separated by commas."
)
_EMPTY = (
    "An unexpected 'EndOfInput' node was found when reading from the JSON reader. A 'StartObject' node was expected."
)
_MESSAGES = (
    ("Expecting ',' delimiter", _COMMA),
    ("Expecting ':' delimiter", "Invalid JSON. A colon character ':' is expected after a property name."),
    ("Expecting property name", "Invalid JSON. A property name in double quotes was expected."),
    ("Illegal trailing comma", "Invalid JSON. An unexpected comma was found before the end of an array or object."),
    ("Extra data", "Invalid JSON. More than one value was found at the root of the JSON content."),
    ("Unterminated string", "Invalid JSON. Unexpected end of input reached while processing a JSON string value."),
    ("Invalid \\", "Invalid JSON. An unrecognized escape sequence was found in a JSON string value."),
    ("Invalid control character", "Invalid JSON. A control character in a JSON string value must be escaped."),
    ("Expecting value", "Invalid JSON. An unexpected token was found where a value was expected."),
)


class _Refused(ValueError):
    """A value that JSON readers elsewhere let pass."""


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        seen: set[str] = set()
        for name, _ in pairs:
            if name in seen:
                raise _Refused(
                    f"Multiple properties with the name '{name}' were detected in a resource."
                    " OData does not allow duplicate properties in a resource."
                )
            seen.add(name)
    return members


def _constant(text: str) -> Any:
    raise _Refused(f"Invalid JSON. The token '{text}' is not recognized.")


def _whole(text: str) -> int:
    if len(text) > MAX_DIGITS:
        raise _Refused(f"Invalid JSON. The number '{text[:20]}...' is outside the supported range.")
    return int(text)


def _broken(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise _Refused(f"Invalid JSON. The number '{text[:20]}' is outside the supported range.")
    return number


def _decimal(text: str) -> Decimal:
    _broken(text)
    return Decimal(text)


_FLOATS = json.JSONDecoder(
    object_pairs_hook=_members, parse_constant=_constant, parse_int=_whole, parse_float=_broken
).decode
_DECIMALS = json.JSONDecoder(
    object_pairs_hook=_members, parse_constant=_constant, parse_int=_whole, parse_float=_decimal
).decode


_CONTAINERS = frozenset({dict, list})


def members_within(value: Any, depth: int) -> int:
    """The number of members of all objects in a value; -1 when objects and arrays are nested deeper than ``depth``.

    >>> members_within({"a": [{"b": 1}]}, 3), members_within({"a": [{"b": 1}]}, 2)
    (2, -1)
    """
    count = 0
    level = [value] if type(value) in _CONTAINERS else []
    while level:
        if depth == 0:
            return -1
        depth -= 1
        nested: list[Any] = []
        for parent in level:
            children: Iterable[Any] = parent
            if type(parent) is dict:
                count += len(parent)
                children = parent.values()
            if not _CONTAINERS.isdisjoint(map(type, children)):
                nested += [child for child in children if type(child) in _CONTAINERS]
        level = nested
    return count


def read_json(body: bytes, *, decimals: bool = False) -> Any:
    """Read a JSON body; with ``decimals``, numbers with a point come as ``Decimal`` and keep all their digits.

    Raises SyntaxProblem for anything that is not JSON in UTF-8, for duplicate names, for numbers without a value and
    for text that could not be encoded again.

    >>> read_json(b'{"name": "A"}')
    {'name': 'A'}
    """
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        message = "Invalid JSON. The content is not valid UTF-8."
        raise SyntaxProblem(message, body.decode("utf-8", "replace"), error.start) from None
    if not text or text.isspace():
        raise SyntaxProblem(_EMPTY, text, 0)
    try:
        value = (_DECIMALS if decimals else _FLOATS)(text)
    except json.JSONDecodeError as error:
        message = next((ours for theirs, ours in _MESSAGES if error.msg.startswith(theirs)), "Invalid JSON.")
        raise SyntaxProblem(message, text, error.pos) from None
    except _Refused as error:
        raise SyntaxProblem(str(error), text, 0) from None
    except RecursionError:
        raise _deep(text) from None
    if body.count(b"[") + body.count(b"{") > MAX_DEPTH and members_within(value, MAX_DEPTH) < 0:
        raise _deep(text)
    surrogate = _SURROGATE.search(body)
    if surrogate is not None:
        try:
            json.dumps(value, ensure_ascii=False, default=str).encode("utf-8")
        except UnicodeEncodeError:
            message = "Invalid JSON. An unpaired surrogate was found in a JSON string value."
            raise SyntaxProblem(message, text, 0) from None
    return value


def _deep(text: str) -> SyntaxProblem:
    return SyntaxProblem("Invalid JSON. Objects and arrays are nested too deeply.", text, 0)


@dataclass(frozen=True, slots=True)
class EntityPayload:
    """An entity in a body, sorted by kind of member.

    Attributes:
        properties: members without control information, nested entities as they were read.
        binds: navigation property to the value of its ``@odata.bind``.
        property_annotations: property to its other annotations (names without ``@``).
        type: the value of ``@odata.type`` without ``#``.
        id: the value of ``@odata.id``.
        annotations: the other annotations of the entity itself (names without ``@``).
    """

    properties: dict[str, Any]
    binds: dict[str, Any] = field(default_factory=dict)
    property_annotations: dict[str, dict[str, Any]] = field(default_factory=dict)
    type: str | None = None
    id: str | None = None
    annotations: dict[str, Any] = field(default_factory=dict)


def read_entity(value: dict[str, Any]) -> EntityPayload:
    """Sort the members of a JSON object.

    >>> entity = read_entity({"name": "A", "primarycontactid@odata.bind": "/contacts(1)", "@odata.type": "#ns.account"})
    >>> entity.properties, entity.binds, entity.type
    ({'name': 'A'}, {'primarycontactid': '/contacts(1)'}, 'ns.account')
    """
    properties: dict[str, Any] = {}
    binds: dict[str, Any] = {}
    property_annotations: dict[str, dict[str, Any]] = {}
    annotations: dict[str, Any] = {}
    for name, member in value.items():
        if "@" not in name:
            properties[name] = member
            continue
        target, _, annotation = name.partition("@")
        if not target:
            annotations[annotation] = member
        elif annotation == "odata.bind":
            binds[target] = member
        else:
            property_annotations.setdefault(target, {})[annotation] = member
    type_ = id_ = None
    if annotations:
        type_ = _text_annotation(annotations, "odata.type")
        id_ = _text_annotation(annotations, "odata.id")
    return EntityPayload(
        properties, binds, property_annotations, type_.removeprefix("#") if type_ else None, id_, annotations
    )


def _text_annotation(annotations: dict[str, Any], name: str) -> str | None:
    text = annotations.pop(name, None)
    if text is not None and not isinstance(text, str):
        raise SyntaxProblem(f"The value of the annotation '{name}' must be a string.", str(text)[:100], 0)
    return text
