"""Calls of ``requests`` that are answered in process."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
import requests
from requests.adapters import HTTPAdapter
from tests.dataverse_emulator.stand_ins import make_application

from dataverse_emulator import Emulator
from dataverse_emulator.intercept import Interception, origin_of
from dataverse_emulator.server import RunningServer
from dataverse_emulator.web.exchange import WebRequest, WebResponse

ORGANIZATION = "https://contoso.crm.dynamics.com"
URL = ORGANIZATION + "/api/data/v9.2/accounts"
ORIGINAL = requests.Session.get_adapter


@pytest.fixture(autouse=True)
def _is_restored() -> Iterator[None]:
    yield
    assert requests.Session.get_adapter is ORIGINAL


@pytest.fixture
def interception() -> Interception:
    return Interception(ORGANIZATION, make_application().front.answer)


def answering(status: int, body: bytes = b"", **headers: str) -> Interception:
    listed = [(name.replace("_", "-"), value) for name, value in headers.items()]
    return Interception(ORGANIZATION, lambda _: WebResponse(status, listed, body))


def test_sessions_old_and_new_are_answered_in_process(interception: Interception) -> None:
    old = requests.Session()
    with interception:
        for answer in (old.get(URL), requests.Session().get(URL), requests.get(URL, timeout=1)):
            assert answer.status_code == 200
            assert answer.json()["origin"] == ORGANIZATION
    assert requests.Session.get_adapter is ORIGINAL


def test_the_response_is_complete(interception: Interception) -> None:
    with interception:
        answer = requests.get(URL, params={"$select": "name,ü"}, headers={"Prefer": "x"})
    assert answer.reason == "OK"
    assert answer.headers["content-TYPE"] == "application/json"
    assert answer.url == answer.request.url == URL + "?%24select=name%2C%C3%BC"
    assert answer.encoding == "utf-8"
    assert timedelta(0) < answer.elapsed < timedelta(seconds=5)
    assert answer.ok
    assert answer.history == []
    echoed = answer.json()
    assert echoed["query"] == "%24select=name%2C%C3%BC"
    assert echoed["headers"]["prefer"] == "x"
    assert echoed["headers"]["host"] == "contoso.crm.dynamics.com"
    answer.raise_for_status()
    answer.close()


def test_streams() -> None:
    with answering(200, b"abcdef" * 1000), requests.get(URL, stream=True) as answer:
        assert answer.raw.read(6) == b"abcdef"
        assert sum(len(piece) for piece in answer.iter_content(100)) == 5994
    with answering(200, b"a\nb\n"):
        assert list(requests.get(URL, stream=True).iter_lines()) == [b"a", b"b"]


def test_answers_without_a_body(interception: Interception) -> None:
    with interception:
        answer = requests.post(URL + "/empty", json={})
        assert (answer.status_code, answer.reason, answer.content) == (204, "No Content", b"")
        assert answer.headers["odata-entityid"].startswith(ORGANIZATION)
        head = requests.head(URL)
        assert head.content == b""
        assert int(head.headers["Content-Length"]) > 0


@pytest.mark.parametrize(
    "data",
    [b"abc", "abc", io.BytesIO(b"abc"), iter([b"a", b"bc"]), bytearray(b"abc")],
    ids=["bytes", "text", "file", "pieces", "bytearray"],
)
def test_bodies_of_all_kinds(interception: Interception, data: object) -> None:
    with interception:
        echoed = requests.post(URL, data=data).json()  # type: ignore[arg-type]  # all kinds of bodies
    assert echoed["body"] == "abc"
    assert echoed["headers"]["content-length"] == "3"


def test_multipart_and_form_bodies(interception: Interception) -> None:
    with interception:
        assert "hello" in requests.post(URL, files={"a": ("n", b"hello")}).json()["body"]
        assert requests.post(URL, data={"a": "b c"}).json()["body"] == "a=b+c"


def test_errors_are_errors() -> None:
    with answering(404, b'{"error":{}}', Content_Type="application/json"):
        answer = requests.get(URL)
        assert answer.reason == "Not Found"
        with pytest.raises(requests.HTTPError):
            answer.raise_for_status()
    with answering(299):
        assert requests.get(URL).status_code == 299


def test_redirects_and_cookies_are_the_sessions_business() -> None:
    def answer(request: WebRequest) -> WebResponse:
        if request.path == "/first":
            return WebResponse(302, [("Location", "/second")])
        return WebResponse(200, [], request.path.encode())

    with Interception(ORGANIZATION, answer):
        followed = requests.get(ORGANIZATION + "/first")
        assert followed.content == b"/second"
        assert [each.status_code for each in followed.history] == [302]
        assert requests.get(ORGANIZATION + "/first", allow_redirects=False).status_code == 302


def test_other_origins_go_where_they_always_went(interception: Interception) -> None:
    server = RunningServer(make_application(), "127.0.0.1", 0)
    try:
        with interception:
            assert requests.get(server.url + "/api/data/v9.2/x", timeout=10).json()["origin"] == server.url
            with pytest.raises(requests.exceptions.InvalidSchema):
                requests.get("ftp://contoso.crm.dynamics.com/")
            with pytest.raises(requests.exceptions.MissingSchema):
                requests.get("contoso")
            with pytest.raises(requests.exceptions.ConnectionError):
                requests.get("http://127.0.0.1:1/", timeout=1)
    finally:
        server.stop()


def test_mounted_adapters_do_not_get_in_the_way(interception: Interception) -> None:
    session = requests.Session()
    session.mount("https://", HTTPAdapter(max_retries=3))
    session.mount(ORGANIZATION, HTTPAdapter())
    with interception:
        assert session.get(URL).status_code == 200


@pytest.mark.parametrize(
    ("given", "called"),
    [
        ("https://Contoso.crm.dynamics.com/", "https://contoso.crm.dynamics.com:443/x"),
        ("https://contoso.crm.dynamics.com/api/data/v9.2", "https://CONTOSO.crm.dynamics.com/x"),
        ("http://org:8080", "http://org:8080/x"),
        ("http://[::1]:8080", "http://[::1]:8080/x"),
    ],
)
def test_spellings_of_an_origin(given: str, called: str) -> None:
    with Interception(given, lambda request: WebResponse(200, [], request.origin.encode())):
        assert requests.get(called).text == origin_of(given)


@pytest.mark.parametrize("url", ["contoso", "ftp://contoso", "https://", "/api"])
def test_what_is_no_origin_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="absolute"):
        Interception(url, lambda _: WebResponse(200))


def test_nesting_and_leaving_in_any_order() -> None:
    def named(name: str, origin: str = ORGANIZATION) -> Interception:
        return Interception(origin, lambda _: WebResponse(200, [], name.encode()))

    one, two, other = named("one"), named("two"), named("other", "https://other.example")
    with one:
        assert requests.get(URL).text == "one"
        with two, other:
            assert requests.get(URL).text == "two"
            assert requests.get("https://other.example").text == "other"
        assert requests.get(URL).text == "one"
    one.__enter__()
    two.__enter__()
    one.__exit__(None, None, None)
    assert requests.get(URL).text == "two"
    two.__exit__(None, None, None)
    with one, one:
        pass


def test_an_exception_ends_it_too(interception: Interception) -> None:
    with pytest.raises(KeyError), interception:
        raise KeyError


def test_a_patch_of_somebody_else_survives(interception: Interception) -> None:
    asked: list[str | bytes] = []

    def theirs(session: requests.Session, url: str | bytes) -> object:
        asked.append(url)
        return ours(session, url)

    with interception:
        ours = requests.Session.get_adapter
        requests.Session.get_adapter = theirs  # type: ignore[method-assign, assignment]  # another library's patch, played here
        assert requests.get(URL).status_code == 200
    try:
        assert requests.Session.get_adapter is theirs
        assert asked == [URL]
    finally:
        requests.Session.get_adapter = ORIGINAL  # type: ignore[method-assign]  # another library's patch, played here


def test_threads(interception: Interception) -> None:
    failures: list[object] = []

    def call(number: int) -> None:
        origin = f"https://org{number % 3}.example"
        for _ in range(50):
            with Interception(origin, lambda request: WebResponse(200, [], request.origin.encode())):
                text = requests.get(origin + "/x").text
            if text != origin:
                failures.append(text)

    threads = [threading.Thread(target=call, args=(number,)) for number in range(6)]
    with interception:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert requests.get(URL).status_code == 200
    assert not failures


def test_an_emulator_behind_an_organizations_url() -> None:
    before = set(threading.enumerate())
    with Emulator() as emulator, emulator.intercept(ORGANIZATION), requests.Session() as session:
        created = session.post(URL, json={"name": "Fabrikam"})
        assert created.headers["OData-EntityId"].startswith(URL + "(")
        read = session.get(created.headers["OData-EntityId"]).json()
        assert read["name"] == "Fabrikam"
        assert read["@odata.context"].startswith(ORGANIZATION + "/api/data/v9.2/$metadata#accounts")
        emulator.reset()
        assert session.get(created.headers["OData-EntityId"]).status_code == 404
        assert not [thread for thread in set(threading.enumerate()) - before if "listener" in thread.name]
