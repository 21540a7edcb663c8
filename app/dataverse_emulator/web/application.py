"""The Flask application: WSGI on the outside, ``WebRequest`` and ``WebResponse`` on the inside.

Flask's URL map and request hooks are left out: the front door routes by the raw path, which Flask decodes, and the
detour would cost as much as the rest of a small request. The application still is a Flask one: it can be mounted,
wrapped and driven by Flask's test client.
"""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Iterable, Iterator
from functools import lru_cache
from http import HTTPStatus
from typing import IO, TYPE_CHECKING, cast

from flask import Flask, Response
from flask.globals import request_ctx

from dataverse_emulator.config import Settings
from dataverse_emulator.errors import error
from dataverse_emulator.service import Service
from dataverse_emulator.spool import PIECE_SIZE, Spool
from dataverse_emulator.web.exchange import WebRequest, WebResponse
from dataverse_emulator.web.front import FrontDoor, FrontEnd, finish
from dataverse_emulator.web.problems import represent_problem

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment
    from flask import Request
    from werkzeug.routing import MapAdapter

MAX_BODY_BYTES = 128 * 1024 * 1024

_STATUS_LINES = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}
_HOST = re.compile(r"(?:[A-Za-z0-9_.~-]{1,255}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?")
_BINARY = "application/octet-stream"


class BodyTooLarge(Exception):
    """The body is longer than the service takes."""


class Application(Flask):
    """A Flask application in front of a front door (``front``)."""

    def __init__(self, front: FrontDoor, settings: Settings, log: IO[str] | None = None) -> None:
        super().__init__("dataverse_emulator", static_folder=None, template_folder=None)
        self.front = front
        self._log_format = settings.log_format
        self._log = log

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:  # noqa: ARG002 - Flask's signature
        """Leave Flask's routing out: it would also judge the Host header."""
        return None

    def dispatch_request(self) -> Response:
        """Answer the request at hand."""
        environ = request_ctx.request.environ
        if self._log_format == "none":
            return _Answer(self._answer(environ))
        start = time.perf_counter()
        response = self._answer(environ)
        self._write_log(environ, response.status, (time.perf_counter() - start) * 1000)
        return _Answer(response)

    def _answer(self, environ: WSGIEnvironment) -> WebResponse:
        try:
            request = read_request(environ)
        except BodyTooLarge:
            problem = error("RequestTooLarge")
        except (OSError, ValueError):
            problem = error("ODataError", message="The body of the request could not be read.")
        else:
            return self.front.answer(request)
        return finish(WebRequest(environ["REQUEST_METHOD"], ""), represent_problem(problem))

    def _write_log(self, environ: WSGIEnvironment, status: int, milliseconds: float) -> None:
        method, target = environ["REQUEST_METHOD"], _raw_target(environ)
        if self._log_format == "json":
            entry = {
                "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
                "method": method,
                "target": target,
                "status": status,
                "milliseconds": round(milliseconds, 2),
            }
            line = json.dumps(entry) + "\n"
        else:
            line = f"{time.strftime('%H:%M:%S')} {method} {target} {status} {milliseconds:.1f}ms\n"
        try:
            (self._log or sys.stderr).write(line)
        except (OSError, ValueError):  # the terminal went away: requests matter more
            self._log_format = "none"


def create_application(
    service: Service, settings: Settings | None = None, webapi: FrontEnd | None = None
) -> Application:
    """Make the WSGI application of an environment.

    Args:
        service: the environment.
        settings: for ``/_emulator/info`` and the request log; without them nothing is logged.
        webapi: stands in for the Web API (tests).
    """
    settings = settings or Settings(log_format="none")
    return Application(FrontDoor(service, settings, webapi), settings)


def read_request(environ: WSGIEnvironment) -> WebRequest:
    """Turn a WSGI environment into a request; the path keeps its percent codes.

    Raises:
        BodyTooLarge: the body is longer than ``MAX_BODY_BYTES``.
        OSError, ValueError: the body cannot be read to its end.
    """
    path, _, query = _raw_target(environ).partition("?")
    headers: dict[str, str] = {}
    for key, value in environ.items():
        if key.startswith("HTTP_"):
            headers[_header_name(key)] = value if value.isascii() else _decoded(value)
    content_type = environ.get("CONTENT_TYPE")
    if content_type:
        headers["content-type"] = content_type
    length = environ.get("CONTENT_LENGTH")
    if length:
        headers["content-length"] = length
    request = WebRequest(environ["REQUEST_METHOD"], path, query, headers, origin=_read_origin(environ))
    if length != "0" and (length or environ.get("wsgi.input_terminated")):
        if request.method in ("PATCH", "PUT") and (content_type or "").lower().startswith(_BINARY):
            request.file = Spool.of(_pieces(environ, length))
        else:
            request.body = _read_body(environ, length)
    return request


def _raw_target(environ: WSGIEnvironment) -> str:
    target: str | None = environ.get("REQUEST_URI") or environ.get("RAW_URI")
    if target is None:
        from urllib.parse import quote

        path = quote(environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", ""), "/!$&'()*+,;=:@~", "latin-1")
        query = environ.get("QUERY_STRING", "")
        target = f"{path}?{query}" if query else path
    if not target.isascii():
        target = "".join(c if c < "\x80" else f"%{ord(c):02X}" for c in target)
    if not target.startswith("/"):
        target = "/" + re.sub(r"^[A-Za-z][A-Za-z0-9+.-]*://[^/?]*/?", "", target)
    return target


@lru_cache(512)
def _header_name(key: str) -> str:
    return key[5:].replace("_", "-").lower()


def _decoded(value: str) -> str:
    """Header text: UTF-8 where it is, else Latin-1 (as WSGI hands it over)."""
    try:
        return value.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return value


def _read_body(environ: WSGIEnvironment, length: str | None) -> bytes:
    if not (length and length.isdecimal()):
        return b"".join(_pieces(environ, length))
    if int(length) > MAX_BODY_BYTES:
        raise BodyTooLarge
    body = cast(bytes, environ["wsgi.input"].read(int(length)))
    if len(body) < int(length):
        raise ValueError("the client went away")
    return body


def _pieces(environ: WSGIEnvironment, length: str | None) -> Iterator[bytes]:
    """The body in pieces: of the length that was told, or to its end where the server knows that."""
    expected = int(length) if length and length.isdecimal() else None
    if expected is None and not environ.get("wsgi.input_terminated"):
        return
    if expected is not None and expected > MAX_BODY_BYTES:
        raise BodyTooLarge
    size = 0
    while piece := environ["wsgi.input"].read(PIECE_SIZE if expected is None else min(PIECE_SIZE, expected - size)):
        size += len(piece)
        if size > MAX_BODY_BYTES:
            raise BodyTooLarge
        yield piece
    if expected is not None and size < expected:
        raise ValueError("the client went away")


def _read_origin(environ: WSGIEnvironment) -> str:
    """Scheme, host and port that the client used; a proxy in front tells by its headers (contract 09 §1)."""
    scheme = environ.get("wsgi.url_scheme", "http")
    host = environ.get("HTTP_HOST", "")
    if "HTTP_X_FORWARDED_PROTO" in environ or "HTTP_X_FORWARDED_HOST" in environ:
        told = environ.get("HTTP_X_FORWARDED_PROTO", "").split(",")[0].strip().lower()
        scheme = told if told in ("http", "https") else scheme
        forwarded = environ.get("HTTP_X_FORWARDED_HOST", "").split(",")[0].strip()
        host = forwarded if is_host(forwarded) else host
    if not is_host(host):
        host = f"localhost:{environ.get('SERVER_PORT', '80')}"
    return f"{scheme}://{host}"


@lru_cache(512)
def is_host(text: str) -> bool:
    """The text is a host name or address with or without a port."""
    return _HOST.fullmatch(text) is not None


class _Answer(Response):
    """A finished response: status and headers go to the server as they are."""

    def __init__(self, response: WebResponse) -> None:
        self._response = response

    def __call__(self, _: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        response = self._response
        start_response(_STATUS_LINES.get(response.status) or f"{response.status} Unknown", response.headers)
        return (response.body,) if response.file is None else response.file.pieces()

    def close(self) -> None:
        """Nothing is held."""

    def __repr__(self) -> str:
        return f"<answer {self._response.status}>"
