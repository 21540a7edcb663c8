"""What clients may send over a socket, well-formed and not."""

from __future__ import annotations

import contextlib
import json
import re
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from tests.dataverse_emulator.stand_ins import make_application

from dataverse_emulator import __version__
from dataverse_emulator.certificates import Certificates, chain_file_for, ensure_certificates
from dataverse_emulator.server import CannotListen, PortInUse, RunningServer
from dataverse_emulator.server.listening import read_chunks
from dataverse_emulator.server.tls import answer_to_any_name, make_tls_context

PATH = "/api/data/v9.2/accounts"


@pytest.fixture(scope="module")
def server() -> Iterator[RunningServer]:
    running = RunningServer(make_application(), "127.0.0.1", 0)
    yield running
    running.stop()


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return ensure_certificates(folder=tmp_path_factory.mktemp("folder"))


@pytest.fixture(scope="module")
def tls_server(certificates: Certificates) -> Iterator[RunningServer]:
    running = RunningServer(make_application(), "127.0.0.1", 0, make_tls_context(str(certificates.chain_file)))
    yield running
    running.stop()


def connect(server: RunningServer) -> socket.socket:
    return socket.create_connection((server.host, server.port), timeout=10)


def exchange(server: RunningServer, sent: bytes) -> bytes:
    """Send bytes, say that no more will come, and read to the end."""
    with connect(server) as client:
        client.sendall(sent)
        client.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: client.recv(65536), b""))


def statuses(received: bytes) -> list[int]:
    return [int(found) for found in re.findall(rb"HTTP/1\.[01] (\d{3})", received)]


def request(path: str = PATH, method: str = "GET", *headers: str, body: bytes = b"") -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", *headers]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def test_url_and_port(server: RunningServer) -> None:
    assert server.url == f"http://127.0.0.1:{server.port}"
    assert requests.get(server.url + PATH, timeout=10).json()["origin"] == server.url


def test_a_taken_port_is_told(server: RunningServer) -> None:
    with pytest.raises(PortInUse, match=f"Port {server.port} on 127.0.0.1 is in use"):
        RunningServer(make_application(), "127.0.0.1", server.port)


@pytest.mark.parametrize("host", ["192.0.2.1", "no such host", "256.1.1.1"])
def test_an_address_of_another_machine_is_told(host: str) -> None:
    with pytest.raises(CannotListen):
        RunningServer(make_application(), host, 0)


def test_stop_is_quick_and_frees_the_port() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    running = RunningServer(make_application(), "127.0.0.1", port)
    with requests.Session() as session, connect(running):
        session.get(running.url + PATH, timeout=10)
        start = time.monotonic()
        running.stop()
        assert time.monotonic() - start < 1
        RunningServer(make_application(), "127.0.0.1", port).stop()


def test_pipelined_requests_are_answered_in_order(server: RunningServer) -> None:
    received = exchange(
        server, request() + request(PATH + "/empty") + request(PATH + "?last", "GET", "Connection: close")
    )
    assert statuses(received) == [200, 204, 200]
    assert received.endswith(b"}")
    assert b'"query": "last"' in received


def test_the_connection_stays_after_answers_without_a_body(server: RunningServer) -> None:
    with connect(server) as client:
        stream = client.makefile("rb")
        for _ in range(3):
            client.sendall(request(PATH + "/empty", "POST", body=b"{}"))
            head = b"".join(iter(stream.readline, b"\r\n"))
            assert head.startswith(b"HTTP/1.1 204 No Content")
            assert b"content-length" not in head.lower()
            assert b"transfer-encoding" not in head.lower()
            assert b"OData-EntityId: http://localhost" in head
        stream.close()


def test_head_has_the_length_and_no_body(server: RunningServer) -> None:
    received = exchange(server, request(method="HEAD"))
    head, _, body = received.partition(b"\r\n\r\n")
    assert re.search(rb"Content-Length: [1-9]", head)
    assert body == b""


def test_repeated_prefer_headers_are_joined(server: RunningServer) -> None:
    received = exchange(server, request(PATH, "GET", "Prefer: return=representation", "Prefer: odata.maxpagesize=2"))
    assert b'"prefer": "return=representation, odata.maxpagesize=2"' in received


def test_chunked_bodies(server: RunningServer) -> None:
    chunked = (
        request(PATH, "POST", "Transfer-Encoding: chunked") + b"3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nTrailer: x\r\n\r\n"
    )
    received = exchange(server, chunked + request(PATH + "?next"))
    assert statuses(received) == [200, 200]
    assert b'"body": "abcde"' in received
    assert b'"query": "next"' in received


@pytest.mark.parametrize(
    "begun",
    [
        b"GET " + PATH.encode()[:9],
        b"POST /api/data/v9.2/accounts HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{",
        b"POST /api/data/v9.2/accounts HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n64\r\n{",
    ],
    ids=["a line", "a body", "a chunk"],
)
def test_clients_that_stop_within_a_request_do_not_block_others(begun: bytes) -> None:
    server = RunningServer(make_application(), "127.0.0.1", 0)
    slow = [connect(server) for _ in range(40)]
    try:
        for client in slow:
            client.sendall(begun)
        assert requests.get(f"{server.url}{PATH}", timeout=5).status_code < 500
    finally:
        for client in slow:
            client.close()
        server.stop()


def test_workers_become_few_again_when_slow_clients_are_gone() -> None:
    server = RunningServer(make_application(), "127.0.0.1", 0)
    before = set(threading.enumerate())
    slow = [connect(server) for _ in range(20)]
    for client in slow:
        client.sendall(b"GET /")
    requests.get(f"{server.url}{PATH}", timeout=5)
    added = set(threading.enumerate()) - before
    for client in slow:
        client.close()
    try:
        assert len(added) > 16
        until = time.monotonic() + 10
        while (alive := [thread for thread in added if thread.is_alive()]) and len(alive) > 4:
            assert time.monotonic() < until
            alive[0].join(0.1)
    finally:
        server.stop()


def test_silent_and_half_read_clients_do_not_block_others(server: RunningServer) -> None:
    silent = [connect(server) for _ in range(12)]
    chunked = request(PATH, "POST", "Transfer-Encoding: chunked") + b"1\r\na\r\n0\r\n\r\n"
    waiting = [connect(server) for _ in range(12)]
    for client in waiting:
        client.sendall(chunked)
    start = time.monotonic()
    assert statuses(exchange(server, request())) == [200]
    assert time.monotonic() - start < 2
    for client in (*silent, *waiting):
        client.close()


def test_expect_100_continue(server: RunningServer) -> None:
    with connect(server) as client:
        client.sendall(request(PATH, "POST", "Expect: 100-continue", "Content-Length: 2"))
        assert client.recv(1024).startswith(b"HTTP/1.1 100 Continue\r\n\r\n")
        client.sendall(b"hi")
        assert b'"body": "hi"' in client.recv(65536)


def test_http_1_0(server: RunningServer) -> None:
    received = exchange(server, f"GET {PATH} HTTP/1.0\r\n\r\n".encode())
    assert statuses(received) == [200]
    assert f'"origin": "http://localhost:{server.port}"'.encode() in received


def test_long_urls(server: RunningServer) -> None:
    assert statuses(exchange(server, request(PATH + "?" + "x" * 32_768))) == [200]
    assert statuses(exchange(server, request(PATH + "?" + "x" * 200_000))) == [414]
    assert statuses(exchange(server, request())) == [200]


def test_too_large_bodies_are_refused_before_they_are_read(server: RunningServer) -> None:
    received = exchange(server, request(PATH, "POST", "Content-Length: 999999999"))
    assert statuses(received) == [413]
    assert json.loads(received.partition(b"\r\n\r\n")[2])["error"]["code"] == "0x8004418A"


def test_a_refused_body_has_the_text_of_the_service(server: RunningServer) -> None:
    received = exchange(server, request(PATH, "POST", "Content-Length: 999999999999"))
    error = json.loads(received.partition(b"\r\n\r\n")[2])["error"]
    assert error == {"code": "0x8004418A", "message": "Request message length is too large."}


def test_urls_may_hold_utf_8_as_it_is_typed(server: RunningServer) -> None:
    received = exchange(server, request(f"{PATH}?$filter=name%20eq%20'Ø'"))
    assert statuses(received) == [200]
    assert b"%C3%98" in received


@pytest.mark.parametrize("before", ["http://localhost", "HTTPS://example.org:1", "/", "//", "http://localhost/"])
def test_urls_may_be_absolute_or_begin_with_more_slashes(server: RunningServer, before: str) -> None:
    received = exchange(server, request(before + PATH))
    assert statuses(received) == [200]
    assert json.loads(received.partition(b"\r\n\r\n")[2])["path"] == PATH


def test_large_bodies_pass(server: RunningServer) -> None:
    body = b"x" * 20_000_000
    assert requests.post(server.url + PATH, data=body, timeout=30).json()["body"] == len(body)
    pieces = (body[start : start + 100_000] for start in range(0, len(body), 100_000))
    assert requests.post(server.url + PATH, data=pieces, timeout=30).json()["body"] == len(body)


@pytest.mark.parametrize(
    "sent",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"\x00" * 1000 + b"\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET / FTP/1.0\r\n\r\n",
        b"GET / HTTP/x.y\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"get / HTTP/1.1\r\n\r\n",
        b"GET nowhere HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET http://[ HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET //[::1 HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET /#x HTTP/1.1\r\nHost: a\r\n\r\n",
        b"CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET / HTTP/1.1\r\nno colon\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: -5\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 1_0\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: many\r\n\r\n",
        b"POST " + PATH.encode() + b" HTTP/1.1\r\nContent-Length: 50\r\n\r\nshort",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n",
    ],
    ids=lambda sent: repr(sent[:50]),
)
def test_what_is_no_request_is_refused(
    server: RunningServer, sent: bytes, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    received = exchange(server, sent)
    assert all(400 <= status < 500 or status in (501, 505) for status in statuses(received)), received
    if received:
        body = received.partition(b"\r\n\r\n")[2]
        assert set(json.loads(body)["error"]) == {"code", "message"}
        assert f"x-dataverse-emulator: {__version__}".encode() in received
    assert not caplog.records
    assert "Traceback" not in capfd.readouterr().err


@pytest.mark.parametrize("host", [b"\xff\xfe", b"a b", b"[", b"a:b:c", b"\x00", b"..", b"a" * 300])
@pytest.mark.parametrize("path", [b"/%", b"/%00", b"/\xc3\xa9", b"/a%0Ab", b"/api/data/\xff", b"/api/data/v9.2/a%2Fb"])
def test_odd_hosts_and_paths_never_break_the_server(server: RunningServer, host: bytes, path: bytes) -> None:
    received = exchange(server, b"GET " + path + b" HTTP/1.1\r\nHost: " + host + b"\r\n\r\n")
    assert statuses(received)[0] < 500


def test_https(tls_server: RunningServer, certificates: Certificates) -> None:
    for name in ("127.0.0.1", "localhost"):
        url = f"https://{name}:{tls_server.port}"
        with requests.Session() as session:
            trust = str(certificates.ca_file)
            for _ in range(3):
                assert session.get(url + PATH, timeout=10, verify=trust).json()["origin"] == url
                assert session.post(url + PATH + "/empty", timeout=10, verify=trust).status_code == 204
            sent = b"x" * 3_000_000
            assert session.post(url + PATH, sent, timeout=10, verify=trust).json()["body"] == len(sent)


def test_pipelined_requests_over_tls(tls_server: RunningServer, certificates: Certificates) -> None:
    context = ssl.create_default_context(cafile=str(certificates.ca_file))
    sent = request(PATH + "?" + "x" * 9_000) + request(PATH, "GET", "Connection: close")
    with context.wrap_socket(connect(tls_server), server_hostname="localhost") as client:
        client.sendall(sent)
        received = b"".join(iter(lambda: client.recv(65536), b""))
    assert statuses(received) == [200, 200]


def test_any_name_that_leads_here_has_a_certificate(tmp_path: Path) -> None:
    made = ensure_certificates(folder=tmp_path)
    tls = make_tls_context(str(made.chain_file))
    answer_to_any_name(tls, lambda name: chain_file_for(name, tmp_path))
    running = RunningServer(make_application(), "127.0.0.1", 0, tls)
    trusting = ssl.create_default_context(cafile=str(made.ca_file))
    try:
        for name in ("localhost", "127.0.0.1", "contoso.localhost", "contoso.crm.dynamics.com", "contoso.localhost"):
            with trusting.wrap_socket(connect(running), server_hostname=name) as client:
                client.sendall(request(PATH, "GET", "Connection: close"))
                assert b" 200 OK" in client.recv(100)
        with pytest.raises(ssl.SSLCertVerificationError), connect(running) as plain:
            trusting.wrap_socket(plain, server_hostname="not_a_name!")
    finally:
        running.stop()


def test_plain_http_on_the_https_port_is_told(tls_server: RunningServer) -> None:
    received = exchange(tls_server, request())
    assert statuses(received) == [400]
    assert b"https only" in received


def test_broken_handshakes_do_not_block_others(tls_server: RunningServer, certificates: Certificates) -> None:
    silent = [connect(tls_server) for _ in range(12)]
    for client in silent[:4]:
        client.sendall(b"\x16\x03\x01\xff\xff garbage")
        with contextlib.suppress(OSError):  # the server may have hung up already
            client.shutdown(socket.SHUT_WR)
    url = f"https://localhost:{tls_server.port}{PATH}"
    start = time.monotonic()
    assert requests.get(url, verify=str(certificates.ca_file), timeout=10).status_code == 200
    assert time.monotonic() - start < 2
    with pytest.raises(requests.exceptions.SSLError):
        requests.get(url, timeout=10)
    for client in silent:
        client.close()


def test_a_certificate_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    file = tmp_path / "cert.pem"
    with pytest.raises(CannotListen, match=r"cert\.pem"):
        make_tls_context(str(file))
    file.write_text("nonsense")
    with pytest.raises(CannotListen, match=r"cert\.pem"):
        make_tls_context(str(file))


def test_requests_at_once(server: RunningServer) -> None:
    failures: list[object] = []

    def call() -> None:
        with requests.Session() as session:
            for number in range(20):
                answer = session.get(f"{server.url}{PATH}?{number}", timeout=20)
                if answer.json()["query"] != str(number):
                    failures.append(answer)

    threads = [threading.Thread(target=call) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures


def test_chunks_are_limited() -> None:
    import io

    with pytest.raises(ValueError, match="too large"):
        read_chunks(io.BytesIO(b"ffffffffff\r\n"), 100)
    with pytest.raises(ValueError, match="Malformed"):
        read_chunks(io.BytesIO(b"5\r\nab\r\n"), 100)
