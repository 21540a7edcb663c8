"""A load generator in plain sockets: requests are bytes made beforehand, answers are read no further than needed."""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle
from time import perf_counter
from typing import NamedTuple

HOST = "127.0.0.1"
_BLOCK = 256 * 1024
_LENGTH = b"\r\ncontent-length:"
_CHUNKED = b"\r\ntransfer-encoding: chunked"
_WITHOUT_BODY = frozenset({204, 304})


class Answer(NamedTuple):
    """Status, head (in lower case) and body of an answer."""

    status: int
    head: bytes
    body: bytes


class UnexpectedAnswer(Exception):
    """An answer that does not belong to the scenario."""

    def __init__(self, expected: int, answer: Answer) -> None:
        super().__init__(f"status {answer.status} instead of {expected}: {answer.body[:500].decode(errors='replace')}")


@dataclass(frozen=True, slots=True)
class Measurement:
    """How many requests were answered in how many seconds."""

    requests: int
    seconds: float

    @property
    def rate(self) -> float:
        """Requests a second."""
        return self.requests / self.seconds


def build_request(method: str, target: str, headers: Mapping[str, str] | None = None, body: bytes = b"") -> bytes:
    """Make the bytes of a request that keeps its connection.

    >>> build_request("GET", "/hello")
    b'GET /hello HTTP/1.1\\r\\nHost: localhost\\r\\n\\r\\n'
    """
    lines = [f"{method} {target} HTTP/1.1", "Host: localhost"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    if body or method in ("POST", "PATCH", "PUT"):
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode("ascii") + body


def read_answer(receive: Callable[[], bytes], rest: bytes = b"") -> tuple[Answer, bytes]:
    """Read one answer; what came after it is returned for the next call.

    Args:
        receive: gives the next bytes, none at the end of the connection.
        rest: bytes that were received already.

    Raises:
        ConnectionError: the connection ended within the answer.
        ValueError: the answer does not say where it ends.
    """
    data = rest
    while (end := data.find(b"\r\n\r\n")) < 0:
        data += _more(receive)
    status = int(data[9:12])
    head = data[: end + 2].lower()
    start = end + 4
    if status in _WITHOUT_BODY:
        return Answer(status, head, b""), data[start:]
    place = head.find(_LENGTH)
    if place >= 0:
        place += len(_LENGTH)
        stop = start + int(head[place : head.index(b"\r\n", place)])
        if len(data) < stop:
            blocks = [data]
            size = len(data)
            while size < stop:
                blocks.append(_more(receive))
                size += len(blocks[-1])
            data = b"".join(blocks)
        return Answer(status, head, data[start:stop]), data[stop:]
    if _CHUNKED in head:
        body, rest = _read_chunks(receive, data[start:])
        return Answer(status, head, body), rest
    raise ValueError("an answer without length")


def _read_chunks(receive: Callable[[], bytes], data: bytes) -> tuple[bytes, bytes]:
    pieces: list[bytes] = []
    while True:
        while (end := data.find(b"\r\n")) < 0:
            data += _more(receive)
        length = int(data[:end].split(b";", 1)[0], 16)
        start = end + 2
        while len(data) < start + length + 2:
            data += _more(receive)
        if length == 0:
            return b"".join(pieces), data[start + 2 :]
        pieces.append(data[start : start + length])
        data = data[start + length + 2 :]


def _more(receive: Callable[[], bytes]) -> bytes:
    block = receive()
    if not block:
        raise ConnectionError("the server closed the connection")
    return block


class Connection:
    """A connection that is kept open over many requests."""

    def __init__(self, port: int, timeout: float = 30.0) -> None:
        """Connect.

        Raises:
            OSError: nobody listens there.
        """
        self._socket = socket.create_connection((HOST, port), timeout)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._rest = b""

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Disconnect."""
        self._socket.close()

    def exchange(self, request: bytes, expected: int | None = None) -> Answer:
        """Send a request and read its answer.

        Raises:
            UnexpectedAnswer: the status is not the expected one.
        """
        self._socket.sendall(request)
        answer, self._rest = read_answer(self._receive, self._rest)
        if expected is not None and answer.status != expected:
            raise UnexpectedAnswer(expected, answer)
        return answer

    def _receive(self) -> bytes:
        return self._socket.recv(_BLOCK)


def measure(connection: Connection, requests: Sequence[bytes], expected: int, seconds: float) -> Measurement:
    """Send requests one after the other, from the first again after the last, for some time.

    Raises:
        UnexpectedAnswer: a status is not the expected one.
    """
    exchange = connection.exchange
    count = 0
    start = perf_counter()
    end = start + seconds
    for request in cycle(requests):
        exchange(request, expected)
        count += 1
        now = perf_counter()
        if now >= end:
            break
    return Measurement(count, now - start)
