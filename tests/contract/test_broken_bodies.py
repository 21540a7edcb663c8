"""Bodies that cannot be read are refused in the service's shape, and nothing of them stays (contract 04 E-22, E-90)."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from .conftest import Api, opened

TYPE = "Microsoft.Dynamics.CRM."
ACCOUNT = {"name": "Å", "revenue": 1.5, "primarycontactid": {"lastname": "B"}, "Account_Tasks": [{"subject": "C"}]}
JSON = json.dumps(ACCOUNT, ensure_ascii=False).encode()
MULTIPLE = json.dumps({"Targets": [{"@odata.type": TYPE + "account", **ACCOUNT}] * 2}).encode()
PART = b"Content-Type: application/http\r\nContent-ID: %d\r\n\r\nPOST accounts HTTP/1.1\r\n\r\n" + JSON
BATCH = (
    b"--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n"
    + b"".join(b"--c\r\n" + PART.replace(b"%d", number) + b"\r\n" for number in (b"1", b"2"))
    + b"--c--\r\n--b--\r\n"
)
REQUESTS = {
    "accounts": (JSON, "application/json"),
    f"accounts/{TYPE}CreateMultiple": (MULTIPLE, "application/json"),
    "$batch": (BATCH, "multipart/mixed; boundary=b"),
}
TABLES = ("account", "contact", "task", "customeraddress", "activitypointer")


@pytest.fixture(scope="module")
def shared() -> Iterator[Api]:
    """One Web API for all examples."""
    with opened() as made:
        yield made


def rows(api: Api) -> list[int]:
    """How many rows there are."""
    return [api.service.store.count(api.service.catalog.table(name)) for name in TABLES]


def check(api: Api, path: str, body: bytes, content_type: str) -> None:
    """Send a body: it is taken, or refused without a trace."""
    before = rows(api)
    answer = api.send("POST", path, body, {"Content-Type": content_type})
    assert answer.status < 500, answer.text
    if answer.status < 400:
        api.service.reset()
        return
    if path == "$batch" and "multipart" in answer.headers["content-type"]:
        assert b'{"error":{"code":"' in answer.body
    else:
        assert set(answer.json()["error"]) == {"code", "message"}
    assert rows(api) == before


@settings(max_examples=500, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    path=st.sampled_from(sorted(REQUESTS)),
    place=st.floats(0, 1),
    removed=st.integers(0, 30),
    inserted=st.binary(max_size=6) | st.sampled_from([b"\r\n", b"--b", b"--c--", b'"', b"{", b"]", b"\xff", b"\x00"]),
)
def test_a_damaged_body_is_refused_and_leaves_nothing_behind(
    shared: Api, path: str, place: float, removed: int, inserted: bytes
) -> None:
    body, content_type = REQUESTS[path]
    start = int(place * len(body))
    check(shared, path, body[:start] + inserted + body[start + removed :], content_type)


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(path=st.sampled_from(sorted(REQUESTS)), body=st.binary(max_size=60))
def test_any_bytes_are_refused(shared: Api, path: str, body: bytes) -> None:
    check(shared, path, body, REQUESTS[path][1])


@pytest.mark.parametrize("path", [path for path in REQUESTS if path != "$batch"])
@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "latin-1", "cp037"])
def test_json_in_another_encoding_is_refused(api: Api, path: str, encoding: str) -> None:
    body = REQUESTS[path][0].decode().replace("\\u00c5", "Å").encode(encoding)
    before = rows(api)
    assert api.send("POST", path, body, {"Content-Type": "application/json"}).error[:2] == (400, "0x80048d19")
    assert rows(api) == before


@pytest.mark.parametrize(
    "body",
    [
        b'{"name":' * 100_000,
        b"[" * 500_000,
        b'{"primarycontactid":{"parentcustomerid_account":' * 50 + b"{}" + b"}}" * 50,
        b'{"name":"' + b"x" * 5_000_000 + b'"}',
        b'{"numberofemployees":' + b"9" * 100_000 + b"}",
        b'{"name":"a"' + b',"n":1' * 100_000 + b"}",
    ],
    ids=["objects", "arrays", "rows", "text", "number", "members"],
)
def test_deep_and_huge_bodies_are_refused(api: Api, body: bytes) -> None:
    before = rows(api)
    answer = api.send("POST", "accounts", body, {"Content-Type": "application/json"})
    assert answer.error[0] == 400
    assert len(answer.body) < 10_000
    assert rows(api) == before


@pytest.mark.parametrize("_", [0], ids=["E-89b DeprovisionLanguage"])
def test_an_action_that_is_declared_and_not_built_says_so(api: Api, _: int) -> None:
    assert api.post("DeprovisionLanguage", {"Language": 1030}).error[0] == 501
