"""The front door: every request comes in here, over a socket or in process, and gets an answer, whatever happens.

It picks the front end by path, turns HEAD into GET, answers preflight requests of browsers (contract 01 §12) and turns
what escapes a front end into the service's error shape.
"""

from __future__ import annotations

import importlib
import logging
from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias, cast

from dataverse_emulator import __version__
from dataverse_emulator.config import Settings
from dataverse_emulator.errors import EmulatorError, error
from dataverse_emulator.service import Service
from dataverse_emulator.web.control import ControlPlane
from dataverse_emulator.web.exchange import WebRequest, WebResponse
from dataverse_emulator.web.problems import represent_problem

FrontEnd: TypeAlias = Callable[[WebRequest, Service], WebResponse]

API_PREFIX = "/api/data"
CONTROL_PREFIX = "/_emulator"
PICTURE_PATH = "/image/download.aspx"
VERSION_HEADER = ("x-dataverse-emulator", __version__)
METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
EXPOSED_HEADERS = (
    "Preference-Applied,OData-EntityId,Location,ETag,OData-Version,Content-Encoding,Transfer-Encoding,"
    "Content-Length,Retry-After"
)
PREFLIGHT_SECONDS = "7200"

_log = logging.getLogger("dataverse_emulator")


class FrontDoor:
    """Answers requests for one environment."""

    def __init__(self, service: Service, settings: Settings, webapi: FrontEnd | None = None) -> None:
        """``webapi`` stands in for the Web API (tests)."""
        self.service = service
        self.control = ControlPlane(service, settings)
        self._webapi = webapi or _load_webapi()

    def answer(self, request: WebRequest) -> WebResponse:
        """Answer a request; never raises."""
        try:
            response = self._dispatch(request)
        except EmulatorError as problem:
            response = represent_problem(problem)
        except Exception:  # a bug of ours: logged, and answered without a traceback
            _log.exception("%s %s failed", request.method, request.path)
            response = represent_problem(error("Unexpected"))
        return finish(request, response)

    def _dispatch(self, request: WebRequest) -> WebResponse:
        method = request.method
        if method == "OPTIONS" and not self._has_own_options(request):
            return _options(request)
        if method == "HEAD":
            return self._route(replace(request, method="GET"))
        return self._route(request)

    @staticmethod
    def _has_own_options(request: WebRequest) -> bool:
        """Resources of the Web API know their methods; a browser asks for what it may do anywhere."""
        return "access-control-request-method" not in request.headers and _is_below(request.path, API_PREFIX)

    def _route(self, request: WebRequest) -> WebResponse:
        path = request.path
        if path.startswith("/api/data/") or _is_below(path, API_PREFIX):
            return self._webapi(request, self.service)
        if _is_below(path, CONTROL_PREFIX):
            return self.control.answer(request)
        if path.lower() == PICTURE_PATH:
            from dataverse_emulator.web.pictures import show_picture

            return show_picture(request, self.service)
        raise error("NoRoute", uri=request.origin + path)


def _is_below(path: str, prefix: str) -> bool:
    if path.startswith("//"):
        path = "/" + path.lstrip("/")
    start = path[: len(prefix)].lower()
    return start == prefix and path[len(prefix) : len(prefix) + 1] in ("", "/")


def _load_webapi() -> FrontEnd:
    return cast(FrontEnd, importlib.import_module("dataverse_emulator.web.webapi.dispatch").handle)


def _options(request: WebRequest) -> WebResponse:
    headers = [("Allow", METHODS)]
    if "access-control-request-method" in request.headers:
        headers = [
            ("Access-Control-Allow-Origin", "*"),
            ("Access-Control-Allow-Methods", METHODS),
            ("Access-Control-Allow-Headers", request.headers.get("access-control-request-headers", "*")),
            ("Access-Control-Expose-Headers", EXPOSED_HEADERS),
            ("Access-Control-Max-Age", PREFLIGHT_SECONDS),
        ]
    return WebResponse(200, headers)


def finish(request: WebRequest, response: WebResponse) -> WebResponse:
    """Complete the headers for the wire; the body of a HEAD request is dropped, its length stays."""
    headers = [(name, value if _is_clean(value) else _cleaned(value)) for name, value in response.headers]
    if "origin" in request.headers and not any(name.lower() == "access-control-allow-origin" for name, _ in headers):
        headers += [("Access-Control-Allow-Origin", "*"), ("Access-Control-Expose-Headers", EXPOSED_HEADERS)]
    headers.append(VERSION_HEADER)
    status = response.status
    if status in (204, 304):
        return WebResponse(status, headers)
    headers.append(("Content-Length", str(response.size)))
    if request.method == "HEAD":
        return WebResponse(status, headers)
    return WebResponse(status, headers, response.body, response.file)


def _is_clean(value: str) -> bool:
    return value.isascii() and value.isprintable()


def _cleaned(value: str) -> str:
    """A header that HTTP can carry: what is not plain ASCII becomes percent codes of its UTF-8 form."""
    return "".join(
        character if character.isascii() and character.isprintable() else _percent(character) for character in value
    )


def _percent(character: str) -> str:
    return "".join(f"%{byte:02X}" for byte in character.encode("utf-8", "surrogatepass"))
