"""A Web API in process: every test gets the rows that an organization starts with."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest

from dataverse_emulator.config import Settings
from dataverse_emulator.environment import open_service
from dataverse_emulator.metadata.catalog import AlternateKey
from dataverse_emulator.service import Service
from dataverse_emulator.web.exchange import WebRequest
from dataverse_emulator.web.front import FrontDoor

ORIGIN = "http://localhost:5365"
ROOT = f"{ORIGIN}/api/data/v9.2/"
MISSING = "00000000-0000-0000-0000-0000000000ff"


class Answer:
    """A response as tests like to read it."""

    def __init__(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.status = status
        self.headers = {name.lower(): value for name, value in headers}
        self.body = body

    @property
    def text(self) -> str:
        return self.body.decode("utf-8")

    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def value(self) -> list[dict[str, Any]]:
        return self.json()["value"]  # type: ignore[no-any-return]  # JSON has no type

    @property
    def error(self) -> tuple[int, str, str]:
        """Status, code and text of an error."""
        error = self.json()["error"]
        return self.status, error["code"], error["message"]

    @property
    def id(self) -> str:
        """The guid at the end of ``OData-EntityId``."""
        return self.headers["odata-entityid"][-37:-1]


class Api:
    """Sends requests to the front door of one environment."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.front = FrontDoor(service, Settings(log_format="none"))

    def send(self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Answer:
        """``path`` is relative to the service root, or a whole URL; ``body`` is JSON unless it is bytes."""
        sent = {name.lower(): value for name, value in (headers or {}).items()}
        payload = b""
        if isinstance(body, bytes):
            payload = body
        elif body is not None:
            payload = json.dumps(body).encode()
            sent.setdefault("content-type", "application/json")
        target = path if path.startswith("http") else ROOT + path
        path, _, query = target.removeprefix(ORIGIN).partition("?")
        response = self.front.answer(WebRequest(method, path, query, sent, payload, ORIGIN))
        return Answer(response.status, response.headers, response.content())

    def get(self, path: str, **headers: str) -> Answer:
        return self.send("GET", path, None, _names(headers))

    def post(self, path: str, body: Any = None, **headers: str) -> Answer:
        return self.send("POST", path, body, _names(headers))

    def patch(self, path: str, body: Any = None, **headers: str) -> Answer:
        return self.send("PATCH", path, body, _names(headers))

    def put(self, path: str, body: Any = None, **headers: str) -> Answer:
        return self.send("PUT", path, body, _names(headers))

    def delete(self, path: str, **headers: str) -> Answer:
        return self.send("DELETE", path, None, _names(headers))

    def new(self, entity_set: str, **members: Any) -> str:
        """Create a row and give its id."""
        answer = self.post(entity_set, members)
        assert answer.status == 204, answer.text
        return answer.id

    def names(self, query: str, name: str = "name") -> list[str]:
        """One member of each row that a query answers."""
        answer = self.get(query)
        assert answer.status == 200, answer.text
        return [row[name] for row in answer.value]


def _names(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


@contextmanager
def opened() -> Iterator[Api]:
    """The Web API over the rows of an environment of its own, for the length of a block."""
    service = open_service(Settings(log_format="none"))
    yield Api(service)
    service.close()


@pytest.fixture
def api() -> Iterator[Api]:
    """The Web API over the rows of an environment of its own."""
    with opened() as made:
        yield made


@pytest.fixture
def project(api: Api) -> Api:
    """The Web API with the table of projects of the metadata checklist."""
    from .checklist import define_project  # which is built on this module

    define_project(api)
    return api


@pytest.fixture
def rule(request: pytest.FixtureRequest) -> str:
    """The row of the contract that a test is about, given by ``stepping.rule``: so it stands in the test's id."""
    return str(request.param)


@pytest.fixture
def keyed(api: Api) -> Api:
    """The Web API with alternate keys on accounts (``accountnumber``) and contacts (first name and e-mail address)."""
    tables = {
        "account": AlternateKey("account_number", "Account Number", ("accountnumber",)),
        "contact": AlternateKey("contact_name", "Name and Mail", ("firstname", "emailaddress1")),
    }
    for name, key in tables.items():
        api.service.catalog.table(name).keys += (key,)
    api.service.catalog.version += 1
    return api
