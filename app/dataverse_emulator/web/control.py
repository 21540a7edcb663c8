"""The control plane under ``/_emulator/``: is it there, what is it, and back to the start."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable
from typing import Any

import orjson

from dataverse_emulator import __version__
from dataverse_emulator.config import Settings
from dataverse_emulator.errors import error
from dataverse_emulator.service import DEFAULT_USER_ID, Service
from dataverse_emulator.web.exchange import WebRequest, WebResponse
from dataverse_emulator.web.problems import problem_response

PREFIX = "/_emulator/"
API_PATH = "/api/data/v9.2"
IN_MEMORY = "memory"

_SECRET = re.compile(r"(://[^:/@]*):[^@]*@")


class ControlPlane:
    """Answers the requests about the emulator itself.

    Attributes:
        urls: where the process listens, for ``info``; filled by whoever starts the servers.
    """

    def __init__(self, service: Service, settings: Settings) -> None:
        self._service = service
        self._settings = settings
        self._started = time.monotonic()
        self.urls: tuple[str, ...] = ()
        self._endpoints: dict[str, tuple[str, Callable[[WebRequest], WebResponse]]] = {
            "live": ("GET", self._live),
            "ready": ("GET", self._ready),
            "health": ("GET", self._ready),
            "info": ("GET", self._info),
            "reset": ("POST", self._reset),
        }

    def answer(self, request: WebRequest) -> WebResponse:
        """Answer a request below ``/_emulator/``.

        Raises:
            EmulatorError: 404 for an unknown path, 405 for a method that the path does not take.
        """
        path = request.path[len(PREFIX) :].rstrip("/")
        endpoint = self._endpoints.get(path)
        if endpoint is None:
            from dataverse_emulator.web.transfers import find_endpoint

            found = find_endpoint(path, request.method)
            if found is None:
                raise error("NoRoute", uri=request.origin + request.path)
            method, transfer = found
            endpoint = method, lambda request: _represent(*transfer(self._service, request))
        method, act = endpoint
        if request.method != method:
            refusal = error("MethodNotSupported", method=request.method)
            response = problem_response(refusal.status, refusal.code, refusal.message)
            response.headers.append(("Allow", "GET, HEAD, OPTIONS" if method == "GET" else f"{method}, OPTIONS"))
            return response
        return act(request)

    def _live(self, _: WebRequest) -> WebResponse:
        return _represent({"status": "live"})

    def _ready(self, _: WebRequest) -> WebResponse:
        """Ready means that the database answers: one row is looked up."""
        with self._service.store.reading():
            is_there = self._service.store.exists(self._service.catalog.table("systemuser"), DEFAULT_USER_ID)
        return _represent({"status": "ready"}) if is_there else _represent({"status": "not ready"}, 503)

    def _info(self, request: WebRequest) -> WebResponse:
        settings = self._settings
        urls = self.urls or (request.origin,)
        return _represent(
            {
                "name": "dataverse-emulator",
                "version": __version__,
                "urls": list(urls),
                "apiUrls": [url + API_PATH for url in urls],
                "tables": len(self._service.catalog.table_names),
                "seeds": list(settings.seeds),
                "database": describe_database(settings.database),
                "pid": os.getpid(),
                "uptimeSeconds": round(time.monotonic() - self._started, 3),
            }
        )

    def _reset(self, _: WebRequest) -> WebResponse:
        start = time.perf_counter()
        self._service.reset()
        return _represent({"status": "reset", "milliseconds": round((time.perf_counter() - start) * 1000, 3)})


def describe_database(database: str | None) -> str:
    """Name the database for people: without the password that a URL may hold."""
    return IN_MEMORY if database is None else _SECRET.sub(r"\1:***@", database)


def _represent(content: dict[str, Any], status: int = 200) -> WebResponse:
    headers = [("Cache-Control", "no-cache"), ("Content-Type", "application/json")]
    return WebResponse(status, headers, orjson.dumps(content))
