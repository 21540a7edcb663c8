"""A service and a Web API that answer without a database, for tests of what lies in front of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any, cast

from dataverse_emulator.config import Settings
from dataverse_emulator.service import Service
from dataverse_emulator.web.application import Application, create_application
from dataverse_emulator.web.exchange import WebRequest, WebResponse


class StandInService:
    """Counts what it is asked for."""

    def __init__(self) -> None:
        self.resets = 0
        self.is_closed = False
        self.is_complete = True
        self.store = SimpleNamespace(reading=self._reading, exists=lambda *_: self.is_complete)
        self.catalog = SimpleNamespace(table=str, table_names=("account", "contact"))

    @contextmanager
    def _reading(self) -> Iterator[None]:
        yield

    def reset(self) -> None:
        self.resets += 1

    def close(self) -> None:
        self.is_closed = True


def echo(request: WebRequest, _: Service) -> WebResponse:
    """Answer with the request; the last segment of the path asks for something else."""
    word = request.path.rsplit("/", 1)[-1]
    if word == "empty":
        return WebResponse(204, [("OData-EntityId", f"{request.origin}{request.path}(1)")])
    if word == "broken":
        raise RuntimeError("secret detail")
    if word == "odd-header":
        return WebResponse(200, [("X-Odd", "a\r\nb: ü")])
    content = {
        "method": request.method,
        "path": request.path,
        "query": request.query,
        "headers": dict(request.headers),
        "body": request.body.decode("latin-1") if len(request.body) < 10_000 else len(request.body),
        "origin": request.origin,
    }
    return WebResponse(200, [("Content-Type", "application/json"), ("x-Case", "Kept")], json.dumps(content).encode())


def make_application(settings: Settings | None = None, service: Any = None) -> Application:
    """An application over the stand-ins."""
    return create_application(cast(Service, service or StandInService()), settings, echo)
