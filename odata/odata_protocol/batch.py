"""``$batch``: multipart bodies to requests and change sets, answers to multipart bodies (contract 02 §11, 09 §3).

Nothing here reads or writes by itself: bytes come in in pieces of any size, parts go out. The reader takes all dialects
that clients write: line ends with or without CR, blank lines too many, headers without a blank behind their colon or no
headers at all, blanks in a request's URL, a last line without end, a closing delimiter that is missing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from http import HTTPStatus
from typing import TypeAlias
from urllib.parse import quote, unquote

from odata_protocol.errors import SyntaxProblem
from odata_protocol.headers import parse_media_type
from odata_protocol.multipart import Splitter, line_at

MAX_REQUESTS = 1000
MAX_HEADER_BYTES = 128 * 1024
"""The longest headers of one part."""
LONGEST_KEPT = 200
"""The longest line that is kept with what it says, in bytes."""

_MULTIPART = "multipart/mixed"
_REQUEST = "application/http"
_HEADER = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+)[ \t]*:(.*)", re.DOTALL)
_METHOD = re.compile(rb"[A-Za-z]+")
_VERSION = re.compile(rb"HTTP/[0-9](?:\.[0-9])?", re.IGNORECASE)
_VISIBLE = "".join(map(chr, range(0x21, 0x7F)))
_NO_LETTERS = re.compile(r"[^A-Za-z ]+")


@dataclass(frozen=True, slots=True)
class PartRequest:
    """One request of a batch.

    Attributes:
        method: upper case.
        target: absolute URL, absolute path, path relative to the service root, or one that starts with ``$1``;
            percent-encoded where a URL needs it and the client left it out.
        headers: those of the request, names in lower case; several of one name joined by ``, ``.
        content_id: the part's ``Content-ID``.
    """

    method: str
    target: str
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    content_id: str | None = None


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """Requests that succeed or fail together. Each has a ``content_id`` of its own."""

    requests: tuple[PartRequest, ...]


@dataclass(frozen=True, slots=True)
class PartResponse:
    """The answer to one request; ``content_id`` repeats the request's."""

    status: int
    headers: Sequence[tuple[str, str]] = ()
    body: bytes = b""
    content_id: str | None = None


@dataclass(frozen=True, slots=True)
class ChangeSetResponse:
    """The answers to a change set that succeeded; ``boundary`` parts them."""

    boundary: str
    responses: tuple[PartResponse, ...]


BatchItem: TypeAlias = PartRequest | ChangeSet


# ---- reading ---------------------------------------------------------------------------------------------------------


def read_boundary(content_type: str) -> str:
    """The boundary that a ``Content-Type`` of ``multipart/mixed`` names.

    >>> read_boundary('multipart/mixed;boundary="batch_1"')
    'batch_1'

    Raises:
        SyntaxProblem: another media type, or no boundary (contract 04 E-90).
    """
    media_type = parse_media_type(content_type)
    boundary = media_type.parameters.get("boundary", "")
    if media_type.type != _MULTIPART or not boundary:
        raise SyntaxProblem(
            f"The content type '{content_type[:100]}' is not valid for a batch: the type '{_MULTIPART}' with the "
            "parameter 'boundary' is required.",
            content_type,
        )
    return boundary


class BatchReader:
    """Reads the body of a batch request.

    >>> reader = BatchReader("b")
    >>> reader.feed(b"--b\\nContent-Type: application/http\\n\\nGET accounts HT")
    []
    >>> [(part.method, part.target) for part in reader.feed(b"TP/1.1\\n\\n--b--\\n")]
    [('GET', 'accounts')]
    >>> reader.close()
    []
    """

    def __init__(self, boundary: str) -> None:
        self._splitter = Splitter(boundary)
        self._requests = 0

    def feed(self, data: bytes) -> list[BatchItem]:
        """Take further bytes and give the items that they complete.

        Raises:
            SyntaxProblem: broken framing, a batch in a batch, more than 1,000 requests; a change set with another one
                in it, with a request that only reads, or without a ``Content-ID`` (contract 04 E-90 to E-93).
        """
        return [self._item(content) for content in self._splitter.feed(data)]

    def close(self) -> list[BatchItem]:
        """Say that the body ended, and give what that completes.

        Raises:
            SyntaxProblem: as ``feed``; the body has no delimiter at all.
        """
        return [self._item(content) for content in self._splitter.close()]

    def _item(self, content: bytes) -> BatchItem:
        headers, position = _read_part_headers(content)
        content_type = headers.get("content-type", _REQUEST)
        if not _is_multipart(content_type):
            return self._request(content, position, headers)
        splitter = Splitter(read_boundary(content_type))
        requests = []
        known: set[str] = set()
        for inner in (*splitter.feed(content[position:]), *splitter.close()):
            headers, position = _read_part_headers(inner)
            if _is_multipart(headers.get("content-type", _REQUEST)):
                raise SyntaxProblem("A change set cannot contain another change set or a batch.")
            requests.append(self._request(inner, position, headers))
            _check_in_change_set(requests[-1], known)
        return ChangeSet(tuple(requests))

    def _request(self, content: bytes, position: int, part_headers: dict[str, str]) -> PartRequest:
        content_type = part_headers.get("content-type", _REQUEST)
        if parse_media_type(content_type).type != _REQUEST:
            raise SyntaxProblem(
                f"The content type '{content_type[:100]}' is not valid for a part of a batch; '{_REQUEST}' is.",
                content_type,
            )
        self._requests += 1
        if self._requests > MAX_REQUESTS:
            raise SyntaxProblem(f"The number of requests in the batch exceeds the limit of {MAX_REQUESTS:,}.")
        line, position = line_at(content, position)
        method, target = _read(_read_request_line, line)
        headers: dict[str, str] = {}
        last = ""
        start = position
        while position < len(content):
            line, position = line_at(content, position)
            if not line.strip():
                break
            _check_header_size(position - start)
            last = _add_header(headers, line, last)
        body = content[position:]
        # some clients write the id among the request's own headers
        content_id = part_headers.get("content-id") or headers.get("content-id") or None
        return PartRequest(method, target, headers, body if body.strip() else b"", content_id)


def read_batch(content_type: str, body: bytes) -> list[BatchItem]:
    """Read a whole batch request.

    Raises:
        SyntaxProblem: as ``read_boundary`` and ``BatchReader.feed``.
    """
    reader = BatchReader(read_boundary(content_type))
    return [*reader.feed(body), *reader.close()]


def _read_part_headers(content: bytes) -> tuple[dict[str, str], int]:
    """The headers of a part, and where its request or its first delimiter begins."""
    headers: dict[str, str] = {}
    position, last = 0, ""
    while position < len(content):
        line, following = line_at(content, position)
        _check_header_size(position)
        if not line.strip():
            if _is_multipart(headers.get("content-type", "")):
                return headers, following
        elif _HEADER.match(line) or (last and line[:1] in b" \t"):
            last = _add_header(headers, line, last)
        else:
            break
        position = following
    return headers, position


def _check_header_size(size: int) -> None:
    if size > MAX_HEADER_BYTES:
        raise SyntaxProblem(f"The headers of a part of the batch are longer than {MAX_HEADER_BYTES:,} bytes.")


def _add_header(headers: dict[str, str], line: bytes, last: str) -> str:
    """Add a header line, or what goes on the one before (``last``); the header's name in lower case."""
    if last and line[:1] in b" \t":
        headers[last] = f"{headers[last]} {_text(line)}"
        return last
    name, value = _read(_read_header, line)
    headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return name


def _read(read: Callable[[bytes], tuple[str, str]], line: bytes) -> tuple[str, str]:
    """What a line says; the parts of a batch have many lines in common."""
    return _read_kept(read, line) if len(line) <= LONGEST_KEPT else read(line)


@lru_cache(256)
def _read_kept(read: Callable[[bytes], tuple[str, str]], line: bytes) -> tuple[str, str]:
    return read(line)


def _read_header(line: bytes) -> tuple[str, str]:
    """Name, in lower case, and value."""
    match = _HEADER.fullmatch(line)
    if match is None:
        raise SyntaxProblem(f"The batch is malformed: '{_text(line)[:100]}' is not a header.")
    return match[1].decode("ascii").lower(), _text(match[2])


def _read_request_line(line: bytes) -> tuple[str, str]:
    """Method and target. The target is all between the first blank and the last, as clients leave blanks in URLs."""
    method, _, rest = line.strip().partition(b" ")
    target, _, version = rest.rpartition(b" ")
    target = target.strip()
    if not target or _METHOD.fullmatch(method) is None or _VERSION.fullmatch(version) is None:
        raise SyntaxProblem(
            f"The batch is malformed: the request line '{_text(line)[:100]}' was found where a method, a URL and "
            "'HTTP/1.1' were expected."
        )
    url = quote(target, _VISIBLE)
    if unquote(url.partition("?")[0]).rstrip("/").endswith("$batch"):
        raise SyntaxProblem("A batch cannot contain another batch.")
    return method.decode("ascii").upper(), url


def _check_in_change_set(request: PartRequest, known: set[str]) -> None:
    if request.method in ("GET", "HEAD"):
        raise SyntaxProblem(f"A change set cannot contain {request.method} requests.")
    if request.content_id is None:
        raise SyntaxProblem("A request in a change set has no Content-ID header. Every one needs it.")
    if request.content_id in known:
        raise SyntaxProblem(f"The Content-ID '{request.content_id[:100]}' was found more than once in a change set.")
    known.add(request.content_id)


def _is_multipart(content_type: str) -> bool:
    return content_type.lower().startswith("multipart/")


def _text(data: bytes) -> str:
    """Header text: UTF-8 where it is, else Latin-1."""
    try:
        return data.decode("utf-8").strip()
    except UnicodeDecodeError:
        return data.decode("latin-1").strip()


# ---- writing ---------------------------------------------------------------------------------------------------------


def write_batch(boundary: str, items: Iterable[PartResponse | ChangeSetResponse]) -> bytes:
    """The body of the answer to a batch; it starts with the delimiter line, which clients look for there.

    >>> write_batch("r", [PartResponse(204, [("OData-Version", "4.0")])]).decode().split("\\r\\n")[3:7]
    ['', 'HTTP/1.1 204 No Content', 'OData-Version: 4.0', '']
    """
    pieces: list[bytes] = []
    for item in items:
        if isinstance(item, PartResponse):
            _write_part(pieces, boundary, item)
            continue
        _write_lines(pieces, f"--{boundary}", f"Content-Type: {_MULTIPART}; boundary={item.boundary}", "")
        for response in item.responses:
            _write_part(pieces, item.boundary, response)
        _write_lines(pieces, f"--{item.boundary}--", "")
    _write_lines(pieces, f"--{boundary}--")
    return b"".join(pieces)


def _write_part(pieces: list[bytes], boundary: str, response: PartResponse) -> None:
    headers = [f"--{boundary}", f"Content-Type: {_REQUEST}", "Content-Transfer-Encoding: binary"]
    if response.content_id is not None:
        headers.append(f"Content-ID: {_clean(response.content_id)}")
    headers += ["", f"HTTP/1.1 {response.status} {reason(response.status)}"]
    headers += [f"{name}: {_clean(value)}" for name, value in response.headers]
    _write_lines(pieces, *headers, "")
    pieces += (response.body, b"\r\n")


def _write_lines(pieces: list[bytes], *lines: str) -> None:
    pieces.append("".join(f"{line}\r\n" for line in lines).encode("ascii"))


def reason(status: int) -> str:
    """The reason phrase of a status, in letters and blanks alone: clients read no others.

    >>> reason(204), reason(203), reason(799)
    ('No Content', 'NonAuthoritative Information', 'Unknown')
    """
    try:
        return _NO_LETTERS.sub("", HTTPStatus(status).phrase)
    except ValueError:
        return "Unknown"


def _clean(value: str) -> str:
    """A header's value as HTTP can carry it: other characters become percent codes of their UTF-8 form."""
    return quote(value.strip(), _VISIBLE + " ", errors="surrogatepass")
