"""Requests as bytes, answers out of bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest
from bench.load import Answer, Measurement, UnexpectedAnswer, build_request, read_answer


def receiving(blocks: Iterable[bytes]) -> Callable[[], bytes]:
    """A connection that gives these blocks, then ends."""
    left = iter(blocks)
    return lambda: next(left, b"")


WITH_LENGTH = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-A: b\r\n\r\nhello"
NO_CONTENT = b"HTTP/1.1 204 No Content\r\nOData-EntityId: x\r\n\r\n"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\n\r\n"


@pytest.mark.parametrize("method", ["POST", "PATCH", "PUT"])
def test_a_request_that_may_have_a_body_tells_its_length(method: str) -> None:
    assert b"\r\nContent-Length: 0\r\n" in build_request(method, "/")
    assert build_request(method, "/x", {"If-Match": "*"}, b"ab") == (
        f"{method} /x HTTP/1.1\r\nHost: localhost\r\nIf-Match: *\r\nContent-Length: 2\r\n\r\nab".encode()
    )


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
@pytest.mark.parametrize(
    ("raw", "status", "body"), [(WITH_LENGTH, 200, b"hello"), (NO_CONTENT, 204, b""), (CHUNKED, 200, b"hello")]
)
def test_answers_are_read_however_they_are_split(raw: bytes, status: int, body: bytes, size: int) -> None:
    blocks = [raw[place : place + size] for place in range(0, len(raw), size)]
    answer, rest = read_answer(receiving(blocks))
    assert (answer.status, answer.body, rest) == (status, body, b"")


def test_what_follows_an_answer_is_kept_for_the_next() -> None:
    receive = receiving([NO_CONTENT + CHUNKED + WITH_LENGTH])
    bodies = []
    rest = b""
    for _ in range(3):
        answer, rest = read_answer(receive, rest)
        bodies.append(answer.body)
    assert bodies == [b"", b"hello", b"hello"]
    assert rest == b""


@pytest.mark.parametrize("raw", [b"", WITH_LENGTH[:20], WITH_LENGTH[:-1], CHUNKED[:-3]])
def test_a_connection_that_ends_early_is_an_error(raw: bytes) -> None:
    with pytest.raises(ConnectionError):
        read_answer(receiving([raw] if raw else []))


def test_an_answer_without_length_is_an_error() -> None:
    with pytest.raises(ValueError, match="length"):
        read_answer(receiving([b"HTTP/1.1 200 OK\r\n\r\nhello"]))


def test_an_unexpected_answer_shows_its_body() -> None:
    problem = UnexpectedAnswer(204, Answer(400, b"", b'{"error":"x"}'))
    assert str(problem) == 'status 400 instead of 204: {"error":"x"}'


def test_a_rate_is_requests_a_second() -> None:
    assert Measurement(requests=300, seconds=1.5).rate == 200
