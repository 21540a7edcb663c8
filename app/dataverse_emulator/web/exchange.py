"""Requests and responses without a web framework: what front ends take and give, so that parts of a batch and calls
in process go the same way as calls over a socket."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from dataverse_emulator.spool import Spool


@dataclass(slots=True)
class WebRequest:
    """One HTTP request.

    Attributes:
        method: upper case.
        path: the raw, percent-encoded path, from the leading slash.
        query: the raw query string without ``?``.
        headers: names in lower case; several headers of one name joined by ``, ``.
        body: the bytes, chunks joined; none where they are in ``file``.
        origin: scheme, host and port that the client used, for example ``https://localhost:5366``.
        file: a long body that is no text for the service, but the content of a file.
    """

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    origin: str = "http://localhost"
    file: Spool | None = None

    @property
    def has_body(self) -> bool:
        """The request brings more than headers."""
        return bool(self.body) or (self.file is not None and self.file.size > 0)

    def content(self) -> Spool:
        """The body as the content of a file."""
        return Spool(self.body) if self.file is None else self.file


@dataclass(slots=True)
class WebResponse:
    """One HTTP response; ``headers`` keep their order and spelling. A long body is in ``file`` instead of ``body``."""

    status: int
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""
    file: Spool | None = None

    @property
    def size(self) -> int:
        """The number of bytes of the body."""
        return len(self.body) if self.file is None else self.file.size

    def content(self) -> bytes:
        """The whole body."""
        return self.body if self.file is None else self.file.read()
