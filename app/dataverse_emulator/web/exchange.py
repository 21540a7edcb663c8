"""Requests and responses without a web framework: what front ends take and give, so that parts of a batch and calls
in process go the same way as calls over a socket."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(slots=True)
class WebRequest:
    """One HTTP request.

    Attributes:
        method: upper case.
        path: the raw, percent-encoded path, from the leading slash.
        query: the raw query string without ``?``.
        headers: names in lower case; several headers of one name joined by ``, ``.
        body: the bytes, chunks joined.
        origin: scheme, host and port that the client used, for example ``https://localhost:5366``.
    """

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    origin: str = "http://localhost"


@dataclass(slots=True)
class WebResponse:
    """One HTTP response; ``headers`` keep their order and spelling."""

    status: int
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""
