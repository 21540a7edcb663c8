"""Single properties (contract 02 §2.1, §3.1)."""

from __future__ import annotations

import pytest

from .conftest import MISSING, ROOT, Api


@pytest.fixture
def account(api: Api) -> tuple[Api, str]:
    return api, api.new("accounts", name="A", numberofemployees=12, creditonhold=True, revenue=2.5)


@pytest.mark.parametrize(
    ("name", "value", "raw"),
    [
        ("name", "A", "A"),
        ("numberofemployees", 12, "12"),
        ("creditonhold", True, "true"),
        ("revenue", 2.5, "2.5"),
        ("statecode", 0, "0"),
    ],
)
def test_values(account: tuple[Api, str], name: str, value: object, raw: str) -> None:
    api, id = account
    assert api.get(f"accounts({id})/{name}").json() == {
        "@odata.context": f"{ROOT}$metadata#accounts({id})/{name}",
        "value": value,
    }
    answer = api.get(f"accounts({id})/{name}/$value")
    assert (answer.text, answer.headers["content-type"]) == (raw, "text/plain")


def test_null_is_204(account: tuple[Api, str]) -> None:
    api, id = account
    for path in ("description", "description/$value", "_primarycontactid_value"):
        answer = api.get(f"accounts({id})/{path}")
        assert (answer.status, answer.body) == (204, b"")


def test_formatted_value(account: tuple[Api, str]) -> None:
    api, id = account
    body = api.get(f"accounts({id})/revenue", Prefer='odata.include-annotations="OData.*"').json()
    assert body["@OData.Community.Display.V1.FormattedValue"] == "$2.50"


def test_put_and_delete(account: tuple[Api, str]) -> None:
    api, id = account
    path = f"accounts({id})/name"
    answer = api.put(path, {"value": "B"})
    assert (answer.status, answer.body) == (204, b"")
    assert api.get(path).json()["value"] == "B"
    assert api.delete(path).status == 204
    assert api.get(path).status == 204
    assert api.put(path, {"value": "C"}).status == 204
    assert api.put(path, {"value": None}).status == 204
    assert api.get(path).status == 204


@pytest.mark.parametrize(
    ("method", "path", "body", "expected"),
    [
        ("PUT", "name", {}, (400, "0x80048d19")),
        ("PUT", "name", {"name": "B"}, (400, "0x80048d19")),
        ("PUT", "name", {"value": 5}, (400, "0x80048d19")),
        ("PUT", "numberofemployees", {"value": "x"}, (400, "0x80048d19")),
        ("PUT", "_primarycontactid_value", {"value": MISSING}, (400, "0x80048d19")),
        ("DELETE", "_primarycontactid_value", None, (405, "0x80060888")),
        ("PATCH", "name", {"value": "B"}, (405, "0x80060888")),
        ("POST", "name", {"value": "B"}, (405, "0x80060888")),
        ("GET", "foo", None, (404, "0x8006088a")),
        ("GET", "name/foo", None, (404, "0x8006088a")),
        ("GET", "$value", None, (404, "0x8006088a")),
        ("GET", "Name", None, (404, "0x8006088a")),
        ("PATCH", "entityimage", b"\x89PNG", (400, "0x80060888")),
    ],
)
def test_wrong_requests(
    account: tuple[Api, str], method: str, path: str, body: object, expected: tuple[int, str]
) -> None:
    api, id = account
    assert api.send(method, f"accounts({id})/{path}", body).error[:2] == expected


def test_of_a_missing_row(api: Api) -> None:
    assert api.get(f"accounts({MISSING})/name").error[:2] == (404, "0x80040217")
    assert api.put(f"accounts({MISSING})/name", {"value": "x"}).error[:2] == (404, "0x80040217")
