"""The control plane and the front door, through Flask's test client."""

from __future__ import annotations

import logging
import os
from typing import Any

import pytest
from flask.testing import FlaskClient
from tests.dataverse_emulator.stand_ins import StandInService, make_application

from dataverse_emulator import __version__
from dataverse_emulator.config import Settings


def client_of(service: StandInService | None = None, **settings: Any) -> FlaskClient:
    return make_application(Settings(log_format="none", **settings), service).test_client()


@pytest.mark.parametrize(("path", "status"), [("live", "live"), ("ready", "ready"), ("health", "ready")])
def test_state(path: str, status: str) -> None:
    answer = client_of().get(f"/_emulator/{path}")
    assert (answer.status_code, answer.json) == (200, {"status": status})
    assert answer.headers["x-dataverse-emulator"] == __version__


def test_not_ready_without_the_administrator() -> None:
    service = StandInService()
    service.is_complete = False
    assert client_of(service).get("/_emulator/ready").status_code == 503


def test_info() -> None:
    answer = client_of(seeds=("sample",), database="postgresql://me:secret@host/db").get("/_emulator/info").json
    assert answer is not None
    assert answer["version"] == __version__
    assert answer["tables"] == 2
    assert answer["seeds"] == ["sample"]
    assert answer["database"] == "postgresql://me:***@host/db"
    assert answer["pid"] == os.getpid()
    assert answer["uptimeSeconds"] >= 0
    assert answer["apiUrls"] == ["http://localhost/api/data/v9.2"]


def test_reset() -> None:
    service = StandInService()
    answer = client_of(service).post("/_emulator/reset")
    assert answer.status_code == 200
    assert answer.json is not None
    assert answer.json["status"] == "reset"
    assert service.resets == 1


def test_wrong_method_says_which_one_fits() -> None:
    service = StandInService()
    answer = client_of(service).get("/_emulator/reset")
    assert answer.status_code == 405
    assert answer.headers["Allow"] == "POST, OPTIONS"
    assert answer.json == {
        "error": {"code": "0x80060888", "message": "The requested resource does not support http method 'GET'."}
    }
    assert client_of().post("/_emulator/ready").status_code == 405
    assert service.resets == 0


@pytest.mark.parametrize("path", ["/", "/_emulator", "/_emulator/", "/_emulator/nothing", "/apidata", "/favicon.ico"])
def test_unknown_paths_have_the_shape_of_the_service(path: str) -> None:
    answer = client_of().get(path)
    assert answer.status_code == 404
    assert answer.json is not None
    assert answer.json["error"]["code"] == ""
    assert f"http://localhost{path}" in answer.json["error"]["message"]
    assert answer.headers["OData-Version"] == "4.0"


def test_an_unexpected_error_is_logged_and_not_shown(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        answer = client_of().get("/api/data/v9.2/broken")
    assert answer.status_code == 500
    assert answer.json == {"error": {"code": "0x80040216", "message": "An unexpected error occurred."}}
    assert "secret detail" in caplog.text


def test_path_and_query_stay_as_they_were_sent() -> None:
    answer = client_of().get("/api/data/v9.2/accounts(name='a%2Fb%20%C3%A9')?$filter=name%20eq%20'x'&x=%26+y").json
    assert answer is not None
    assert answer["path"] == "/api/data/v9.2/accounts(name='a%2Fb%20%C3%A9')"
    assert answer["query"] == "$filter=name%20eq%20'x'&x=%26+y"


def test_head_is_a_get_without_its_body() -> None:
    client = client_of()
    get, head = client.get("/api/data/v9.2/accounts"), client.head("/api/data/v9.2/accounts")
    assert head.data == b""
    assert head.status_code == 200
    assert head.headers["Content-Length"] == get.headers["Content-Length"]


def test_answers_keep_spelling_and_order_of_headers() -> None:
    names = [name for name, _ in client_of().get("/api/data/v9.2/accounts").headers]
    assert names == ["Content-Type", "x-Case", "x-dataverse-emulator", "Content-Length"]


def test_headers_cannot_be_split() -> None:
    assert client_of().get("/api/data/v9.2/odd-header").headers["X-Odd"] == "a%0D%0Ab: %C3%BC"


@pytest.mark.parametrize(
    ("headers", "origin"),
    [
        ({"Host": "org.example:8443"}, "http://org.example:8443"),
        ({"Host": "[::1]:5365"}, "http://[::1]:5365"),
        ({"Host": "a.example", "X-Forwarded-Proto": "https"}, "https://a.example"),
        (
            {"Host": "a", "X-Forwarded-Proto": "https, http", "X-Forwarded-Host": "org.example, b"},
            "https://org.example",
        ),
        ({"Host": "a.example", "X-Forwarded-Proto": "gopher", "X-Forwarded-Host": "<b>"}, "http://a.example"),
        ({"Host": "a b"}, "http://localhost:80"),
        ({"Host": "a/b"}, "http://localhost:80"),
        ({"Host": "[::1"}, "http://localhost:80"),
        ({"Host": ".." * 200}, "http://localhost:80"),
    ],
    ids=str,
)
def test_origin_follows_the_request(headers: dict[str, str], origin: str) -> None:
    answer = client_of().get("/api/data/v9.2/accounts", headers=headers)
    assert answer.status_code == 200
    assert answer.json is not None
    assert answer.json["origin"] == origin


def test_browsers_may_call_from_other_origins() -> None:
    client = client_of()
    preflight = client.options(
        "/api/data/v9.2/accounts",
        headers={
            "Origin": "http://app.example",
            "Access-Control-Request-Method": "PATCH",
            "Access-Control-Request-Headers": "authorization,prefer",
        },
    )
    assert preflight.status_code == 200
    assert preflight.headers["Access-Control-Allow-Origin"] == "*"
    assert "PATCH" in preflight.headers["Access-Control-Allow-Methods"]
    assert preflight.headers["Access-Control-Allow-Headers"] == "authorization,prefer"
    answer = client.get("/api/data/v9.2/accounts", headers={"Origin": "http://app.example"})
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "OData-EntityId" in answer.headers["Access-Control-Expose-Headers"]
    assert "Access-Control-Allow-Origin" not in client.get("/api/data/v9.2/accounts").headers


def test_options_names_the_methods() -> None:
    assert "PATCH" in client_of().options("/_emulator/info").headers["Allow"]


def test_a_request_leaves_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    make_application(Settings()).test_client().get("/api/data/v9.2/accounts?$top=1")
    words = capsys.readouterr().err.split()
    assert words[1:4] == ["GET", "/api/data/v9.2/accounts?$top=1", "200"]
    assert words[4].endswith("ms")
    make_application(Settings(log_format="json")).test_client().get("/api/data/v9.2/accounts")
    assert '"status": 200' in capsys.readouterr().err
    make_application(Settings(log_format="none")).test_client().get("/api/data/v9.2/accounts")
    assert capsys.readouterr().err == ""
