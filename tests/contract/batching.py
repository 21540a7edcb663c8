"""Batches as clients write them, and their answers as clients read them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from odata_protocol.batch import reason

from .conftest import Answer, Api

GUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"


def part(line: str, body: Any = None, content_id: str | None = None, **headers: str) -> str:
    """One part as a client writes it, without its delimiter."""
    lines = ["Content-Type: application/http", "Content-Transfer-Encoding: binary"]
    if content_id is not None:
        lines.append(f"Content-ID: {content_id}")
    lines += ["", f"{line} HTTP/1.1"]
    if body is not None:
        lines.append("Content-Type: application/json")
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", "" if body is None else json.dumps(body)])


def change_set(*parts: str) -> str:
    """A change set as one part of a batch."""
    return f"Content-Type: multipart/mixed; boundary=changeset_1\r\n\r\n{joined('changeset_1', parts)}"


def joined(boundary: str, parts: tuple[str, ...]) -> str:
    """The parts with their delimiters."""
    return "".join(f"--{boundary}\r\n{one}\r\n" for one in parts) + f"--{boundary}--\r\n"


@dataclass
class Part:
    """One part of an answer."""

    headers: dict[str, str]
    status: int
    reason: str
    answer: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def error(self) -> tuple[int, str, str]:
        problem = self.json()["error"]
        return self.status, problem["code"], problem["message"]

    @property
    def id(self) -> str:
        return self.answer["odata-entityid"][-37:-1]


@dataclass
class Answers:
    """The answer to a batch; the parts of a change set are a list."""

    whole: Answer
    parts: list[Any] = field(default_factory=list)

    @property
    def status(self) -> int:
        return self.whole.status

    @property
    def statuses(self) -> list[Any]:
        return [[one.status for one in item] if isinstance(item, list) else item.status for item in self.parts]


def send(api: Api, *parts: str, headers: dict[str, str] | None = None) -> Answers:
    """Send a batch and read its answer strictly, as the clients do."""
    sent = {"Content-Type": 'multipart/mixed; boundary="batch_1"', "OData-Version": "4.0", **(headers or {})}
    whole = api.send("POST", "$batch", joined("batch_1", parts).encode(), sent)
    match = re.fullmatch(rf"multipart/mixed; boundary=(batchresponse_{GUID})", whole.headers["content-type"])
    assert match is not None, whole.text
    assert whole.headers["odata-version"] == "4.0"
    assert whole.body.startswith(f"--{match[1]}".encode())
    found = Answers(whole)
    for mime, content in split(whole.body, match[1]):
        inner = re.fullmatch(rf"multipart/mixed; boundary=(changesetresponse_{GUID})", mime["content-type"])
        if inner is None:
            found.parts.append(read_part(mime, content))
        else:
            found.parts.append([read_part(*one) for one in split(content, inner[1])])
    return found


def split(body: bytes, boundary: str) -> Iterator[tuple[dict[str, str], bytes]]:
    """MIME headers and content of each part."""
    pieces = (b"\r\n" + body).split(b"\r\n--" + boundary.encode())
    assert pieces[0] == b""
    assert pieces[-1] == b"--\r\n"
    for piece in pieces[1:-1]:
        head, _, content = piece.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        yield _headers(head.decode("ascii").split("\r\n")), content


def read_part(mime: dict[str, str], content: bytes) -> Part:
    """One part that holds an HTTP response."""
    assert mime["content-type"] == "application/http"
    assert mime["content-transfer-encoding"] == "binary"
    head, separator, body = content.partition(b"\r\n\r\n")
    assert separator
    status_line, *lines = head.decode("ascii").split("\r\n")
    match = re.fullmatch(r"HTTP/1\.1 (\d{3}) ([A-Za-z ]+)", status_line)
    assert match is not None
    assert match[2] == reason(int(match[1]))
    answer = _headers(lines)
    assert answer["odata-version"] == "4.0"
    return Part(mime, int(match[1]), match[2], answer, body)


def _headers(lines: list[str]) -> dict[str, str]:
    return {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
