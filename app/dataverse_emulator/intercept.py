"""Answers calls of ``requests`` in process: same URL, same session, no socket.

``requests`` asks its session for the adapter of a URL; while an interception lasts, that question is answered here for
the origins that are intercepted. So sessions made earlier, sessions of client libraries and adapters that a program
mounted itself are all covered, and every other URL goes where it always went.
"""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import BaseAdapter, HTTPAdapter
from urllib3 import HTTPHeaderDict, HTTPResponse

from dataverse_emulator.web.exchange import WebRequest, WebResponse

_DEFAULT_PORTS = {"http": 80, "https": 443}


def origin_of(url: str) -> str:
    """Scheme, host and port of a URL, lower case, the scheme's own port left out.

    Raises:
        ValueError: the URL is not an absolute one of http or https.
    """
    parts = urlsplit(url)
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname:
        raise ValueError(f"{url!r} is not an absolute http or https URL.")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    port = parts.port
    return f"{parts.scheme}://{host}" + ("" if port in (None, _DEFAULT_PORTS[parts.scheme]) else f":{port}")


class Interception:
    """Calls to one origin are answered by a function, from ``with`` to its end.

    Interceptions may be nested and may run in several threads; of several for one origin the youngest answers.
    """

    def __init__(self, url: str, answer: Callable[[WebRequest], WebResponse]) -> None:
        """``url`` names the origin; a path behind it counts for nothing.

        Raises:
            ValueError: the URL is not an absolute one of http or https.
        """
        self.origin = origin_of(url)
        self.adapter = _InProcessAdapter(self.origin, answer)

    def __enter__(self) -> Interception:
        _REGISTRY.add(self)
        return self

    def __exit__(self, *_: object) -> None:
        _REGISTRY.remove(self)


class _Registry:
    """The interceptions of this process, and the place where ``requests`` is told of them.

    The one state of the process that cannot belong to an environment: there is one ``requests`` in it.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._active: tuple[Interception, ...] = ()
        self._original: Callable[..., BaseAdapter] | None = None
        self._patched: Callable[..., BaseAdapter] | None = None

    def add(self, interception: Interception) -> None:
        with self._lock:
            if requests.Session.get_adapter is not self._patched:
                self._patch(requests.Session.get_adapter)
            self._active = (*self._active, interception)

    def remove(self, interception: Interception) -> None:
        with self._lock:
            kept = list(self._active)
            kept.reverse()
            if interception in kept:
                kept.remove(interception)
            self._active = tuple(reversed(kept))
            if not kept and requests.Session.get_adapter is self._patched and self._original is not None:
                requests.Session.get_adapter = self._original  # type: ignore[method-assign]  # taking the place of a method is the purpose
                self._patched = self._original = None

    def _patch(self, original: Callable[..., BaseAdapter]) -> None:
        def get_adapter(session: requests.Session, url: str | bytes, **others: Any) -> BaseAdapter:
            return self._find(url) or original(session, url, **others)

        self._original, self._patched = original, get_adapter
        requests.Session.get_adapter = get_adapter  # type: ignore[method-assign, assignment]  # taking the place of a method is the purpose

    def _find(self, url: str | bytes) -> BaseAdapter | None:
        active = self._active
        if not active:
            return None
        try:
            origin = origin_of(url.decode() if isinstance(url, bytes) else url)
        except ValueError:
            return None
        return next((each.adapter for each in reversed(active) if each.origin == origin), None)


_REGISTRY = _Registry()


class _InProcessAdapter(HTTPAdapter):
    """Gives prepared requests to a function and makes its answers into responses of ``requests``."""

    def __init__(self, origin: str, answer: Callable[[WebRequest], WebResponse]) -> None:
        super().__init__(pool_connections=1, pool_maxsize=1)
        self._origin = origin
        self._answer = answer

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,  # noqa: ARG002 - the signature of requests
        timeout: Any = None,  # noqa: ARG002 - the signature of requests
        verify: Any = True,  # noqa: ARG002 - the signature of requests
        cert: Any = None,  # noqa: ARG002 - the signature of requests
        proxies: Mapping[str, str] | None = None,  # noqa: ARG002 - the signature of requests
    ) -> requests.Response:
        """Answer a request in this thread."""
        response = self._answer(_read(request, self._origin))
        raw = HTTPResponse(
            body=io.BytesIO(response.content()),
            headers=HTTPHeaderDict(response.headers),
            status=response.status,
            reason=_reason(response.status),
            version=11,
            preload_content=False,
            decode_content=False,
            request_method=request.method,
        )
        return self.build_response(request, raw)


def _read(request: requests.PreparedRequest, origin: str) -> WebRequest:
    path, _, query = request.path_url.partition("?")
    headers = {"host": origin.partition("://")[2]}
    for name, value in request.headers.items():
        headers[_text(name).lower()] = _text(value)
    body = _read_body(request.body)
    if body:
        headers.pop("transfer-encoding", None)
        headers["content-length"] = str(len(body))
    return WebRequest(request.method or "GET", path, query, headers, body, origin)


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value


def _read_body(body: Any) -> bytes:
    """All of a request's body: text, bytes, a file or pieces, as ``requests`` takes it."""
    if body is None:
        return b""
    if isinstance(body, str):
        return body.encode()
    if isinstance(body, bytes | bytearray | memoryview):
        return bytes(body)
    if hasattr(body, "read"):
        return _read_body(body.read())
    pieces: Iterable[str | bytes] = body
    return b"".join(piece.encode() if isinstance(piece, str) else piece for piece in pieces)


def _reason(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"
