"""Uploads and downloads that are refused leave nothing behind (contract 02 §13, 04 E-100 to E-106)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from dataverse_emulator.web.application import MAX_BODY_BYTES, BodyTooLarge, read_request

from .conftest import MISSING, Api
from .failing import FailingEverywhere
from .test_every_file_rule import BINARY, CHUNKED, Place, text64

GUID = "0f0f0f0f-0000-4000-8000-000000000001"
LARGE = 10_240 * 1024 + 1


class Watched(Place):
    """A place whose store is compared: what is refused must not show in any table."""

    def __init__(self, api: Api) -> None:
        super().__init__(api)
        self.put(b"old")
        self._store = FailingEverywhere.before(api.service.store, AssertionError("no statement fails here"))

    def refuse(self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> int:
        """Send what must be refused; its status."""
        before = self._store.content()
        answer = self.api.send(method, path, body, headers)
        assert 400 <= answer.status < 500, (answer.status, answer.text)
        assert set(answer.json()["error"]) == {"code", "message"}
        assert self._store.content() == before
        return answer.status


@pytest.fixture
def watched(api: Api) -> Watched:
    return Watched(api)


@pytest.mark.parametrize(
    ("headers", "data", "status"),
    [
        ({"x-ms-file-name": "a.txt"}, b"x", 400),
        ({"x-ms-file-name": "a.txt", "Content-Type": "application/json"}, b"x", 400),
        (BINARY, b"x", 400),
        ({**BINARY, "x-ms-file-name": ""}, b"x", 400),
        ({**BINARY, "x-ms-file-name": "a" * 256}, b"x", 400),
        ({**BINARY, "x-ms-file-name": "a.exe"}, b"x", 400),
        ({**BINARY, "x-ms-file-name": "a.txt"}, b"", 400),
        ({**BINARY, "x-ms-file-name": "a.txt"}, bytes(LARGE), 400),
        (CHUNKED, None, 400),
        ({**CHUNKED, "x-ms-file-name": "a.exe"}, None, 400),
        ({"x-ms-transfer-mode": "whole", "x-ms-file-name": "a.txt"}, b"x", 400),
    ],
    ids=[
        "no content type",
        "another content type",
        "no name",
        "an empty name",
        "a long name",
        "a blocked kind",
        "an empty file",
        "too large a file",
        "chunks without a name",
        "chunks of a blocked kind",
        "an unknown mode",
    ],
)
def test_wrong_uploads(watched: Watched, headers: dict[str, str], data: bytes | None, status: int) -> None:
    assert watched.refuse("PATCH", watched.path, data, headers) == status


@pytest.mark.parametrize("path", [f"accounts({MISSING})/new_filecolumn", "accounts({id})/name"])
def test_uploads_to_no_place(watched: Watched, path: str) -> None:
    headers = {**BINARY, "x-ms-file-name": "a.txt"}
    assert watched.refuse("PATCH", path.format(id=watched.id), b"x", headers) in (404, 405)


@pytest.mark.parametrize(
    ("content_range", "status"),
    [
        ("bytes 0-2/9", 416),
        ("bytes 2-4/9", 416),
        ("bytes 4-6/9", 416),
        ("bytes 3-5/6", 416),
        ("bytes 3-5/12", 416),
        ("bytes 3-4/9", 400),
        ("bytes 3-6/9", 400),
        ("bytes 3-5/5", 400),
        ("bytes 5-3/9", 400),
        ("bytes 3-5/*", 400),
        ("bytes */9", 400),
        ("items 3-5/9", 400),
        ("3-5/9", 400),
        ("bytes -3-5/9", 400),
        ("", 400),
        (None, 400),
        (f"bytes 3-5/{LARGE}", 400),
        ("bytes 3-5/999999999999999", 400),
        (f"bytes 3-5/{'9' * 400}", 400),
        (f"bytes {'9' * 14}-{'9' * 13}1/{'9' * 15}", 400),
    ],
)
def test_wrong_ranges_of_chunks(watched: Watched, content_range: str | None, status: int) -> None:
    session = watched.start()
    assert watched.chunk(session, b"abc", "bytes 0-2/9").status == 206
    headers = BINARY if content_range is None else {**BINARY, "Content-Range": content_range}
    assert watched.refuse("PATCH", session, b"def", headers) == status
    assert watched.chunk(session, b"defghi", "bytes 3-8/9").status == 204
    assert watched.read().body == b"abcdefghi"


def test_a_chunk_without_content(watched: Watched) -> None:
    for content_range in ("bytes 0-0/0", "bytes 0--1/0", "bytes 0-0/1"):
        watched.refuse("PATCH", watched.start(), b"", {**BINARY, "Content-Range": content_range})


def test_a_chunk_of_another_content_type(watched: Watched) -> None:
    headers = {"Content-Type": "application/json", "Content-Range": "bytes 0-2/3"}
    assert watched.refuse("PATCH", watched.start(), b"abc", headers) == 400


def test_the_session_of_another_column_or_row(watched: Watched) -> None:
    session, other = watched.start(), watched.api.new("accounts", name="B")
    headers = {**BINARY, "Content-Range": "bytes 0-2/3"}
    for wrong in (
        session.replace("new_filecolumn", "new_other"),
        session.replace(watched.id, other),
        session.replace(watched.id, MISSING),
        session.replace("new_filecolumn", "entityimage"),
        f"{session}0",
        session[: session.index("=") + 1],
    ):
        assert watched.refuse("PATCH", wrong, b"abc", headers) in (400, 404)
    assert watched.chunk(session, b"abc", "bytes 0-2/3").status == 204


def test_the_session_of_a_row_that_has_gone(watched: Watched) -> None:
    session = watched.start()
    watched.api.delete(watched.row)
    assert watched.refuse("PATCH", session, b"abc", {**BINARY, "Content-Range": "bytes 0-2/3"}) == 404


def tokens(place: Place) -> dict[str, str]:
    """A token of each kind."""
    note = {"@odata.type": "Microsoft.Dynamics.CRM.annotation", "subject": "N"}
    attachment = {"@odata.type": "Microsoft.Dynamics.CRM.activitymimeattachment"}
    column = {"Target": place.target, "FileAttributeName": "new_filecolumn"}
    answers = {
        "note": place.message("InitializeAnnotationBlocksUpload", Target=note),
        "attachment": place.message("InitializeAttachmentBlocksUpload", Target=attachment),
        "file": place.message("InitializeFileBlocksUpload", FileName="a.txt", **column),
        "download": place.message("InitializeFileBlocksDownload", **column),
    }
    found = {name: answer.json()["FileContinuationToken"] for name, answer in answers.items()}
    return {**found, "chunks": place.start().partition("=")[2], "none": GUID, "no guid": "x", "empty": ""}


@pytest.mark.parametrize(
    ("message", "fitting"),
    [
        ("UploadBlock", {"note", "attachment", "file"}),
        ("CommitFileBlocksUpload", {"file"}),
        ("CommitAnnotationBlocksUpload", {"note"}),
        ("CommitAttachmentBlocksUpload", {"attachment"}),
        ("DownloadBlock", {"download"}),
        ("a chunk", {"chunks"}),
    ],
)
def test_tokens_of_another_kind(watched: Watched, message: str, fitting: set[str]) -> None:
    note = {"@odata.type": "Microsoft.Dynamics.CRM.annotation", "subject": "N"}
    attachment = {"@odata.type": "Microsoft.Dynamics.CRM.activitymimeattachment", "filename": "a"}
    bodies: dict[str, dict[str, Any]] = {
        "UploadBlock": {"BlockId": "MQ==", "BlockData": "QUJD"},
        "CommitFileBlocksUpload": {"FileName": "a", "MimeType": "text/x", "BlockList": ["MQ=="]},
        "CommitAnnotationBlocksUpload": {"Target": note, "BlockList": ["MQ=="]},
        "CommitAttachmentBlocksUpload": {"Target": attachment, "BlockList": ["MQ=="]},
        "DownloadBlock": {"Offset": 0, "BlockLength": 3},
    }
    for kind, token in tokens(watched).items():
        if kind in fitting:
            continue
        if message == "a chunk":
            headers = {**BINARY, "Content-Range": "bytes 0-2/3"}
            assert watched.refuse("PATCH", f"{watched.path}?sessiontoken={token}", b"abc", headers) == 400, kind
        else:
            body = {**bodies[message], "FileContinuationToken": token}
            assert watched.refuse("POST", message, body) == 400, kind


@pytest.mark.parametrize(
    "change",
    [
        {"BlockId": ""},
        {"BlockId": "?"},
        {"BlockId": text64(b"x" * 65)},
        {"BlockId": text64(b"longer")},
        {"BlockData": ""},
        {"BlockData": "?"},
        {"BlockData": text64(bytes(4 * 1024 * 1024 + 1))},
        {"BlockData": None},
    ],
    ids=lambda change: str(change)[:40],
)
def test_wrong_blocks(watched: Watched, change: dict[str, Any]) -> None:
    body = {"BlockId": "MQ==", "BlockData": "QUJD", "FileContinuationToken": watched.start_blocks()}
    assert watched.message("UploadBlock", **body).status == 204
    assert watched.refuse("POST", "UploadBlock", {**body, **change}) == 400


@pytest.mark.parametrize(
    "change",
    [
        {"BlockList": []},
        {"BlockList": ["Mg=="]},
        {"BlockList": ["MQ==", "MQ=="]},
        {"FileName": ""},
        {"FileName": "a.exe"},
        {"FileName": "a" * 256},
    ],
    ids=lambda change: str(change)[:40],
)
def test_wrong_ends_of_an_upload(watched: Watched, change: dict[str, Any]) -> None:
    token = {"FileContinuationToken": watched.start_blocks()}
    assert watched.message("UploadBlock", BlockId="MQ==", BlockData="QUJD", **token).status == 204
    body = {"FileName": "a.txt", "MimeType": "text/x", "BlockList": ["MQ=="], **token}
    assert watched.refuse("POST", "CommitFileBlocksUpload", {**body, **change}) == 400
    assert watched.message("CommitFileBlocksUpload", **body).status == 200
    assert watched.read().body == b"ABC"


def test_blocks_that_make_too_large_a_file(watched: Watched) -> None:
    watched.api.service.catalog.table("account").column("new_filecolumn").max_size_kb = 1
    token = {"FileContinuationToken": watched.start_blocks()}
    names = ["MQ==", "Mg=="]
    for name in names:
        assert watched.message("UploadBlock", BlockId=name, BlockData=text64(bytes(600)), **token).status == 204
    body = {"FileName": "a", "MimeType": "text/x", "BlockList": names, **token}
    assert watched.refuse("POST", "CommitFileBlocksUpload", body) == 400


@pytest.mark.parametrize("table", ["Annotation", "Attachment"])
def test_a_note_or_attachment_without_blocks(watched: Watched, table: str) -> None:
    names = {"Annotation": "annotation", "Attachment": "activitymimeattachment"}
    target = {"@odata.type": f"Microsoft.Dynamics.CRM.{names[table]}", "filename": "a"}
    token = watched.message(f"Initialize{table}BlocksUpload", Target=target).json()["FileContinuationToken"]
    body = {"Target": target, "BlockList": [], "FileContinuationToken": token}
    assert watched.refuse("POST", f"Commit{table}BlocksUpload", body) == 400


@pytest.mark.parametrize(("offset", "length"), [(-1, 1), (0, 0), (0, -1), (3, 1), (2**31, 1)])
def test_wrong_parts_of_a_download(watched: Watched, offset: int, length: int) -> None:
    body = {"Offset": offset, "BlockLength": length, "FileContinuationToken": tokens(watched)["download"]}
    assert watched.refuse("POST", "DownloadBlock", body) == 400


def test_a_download_of_a_file_that_was_replaced(watched: Watched) -> None:
    token = tokens(watched)["download"]
    watched.put(b"new")
    body = {"Offset": 0, "BlockLength": 3, "FileContinuationToken": token}
    assert watched.refuse("POST", "DownloadBlock", body) == 400


@pytest.mark.parametrize("asked", ["bytes=3-", "bytes=3-5", "bytes=2-1", "bytes=-0", f"bytes={'9' * 30}-"])
def test_ranges_beyond_the_file(watched: Watched, asked: str) -> None:
    assert watched.refuse("GET", f"{watched.path}/$value", None, {"Range": asked}) == 416


@pytest.mark.parametrize("asked", ["bytes=-", "bytes=a-b", "bytes=0-1,2-2", "items=0-1", "bytes", ""])
def test_what_is_no_range_means_the_whole_file(watched: Watched, asked: str) -> None:
    answer = watched.read(Range=asked)
    assert (answer.status, answer.body) == (200, b"old")


def test_a_range_may_end_far_behind_the_file(watched: Watched) -> None:
    answer = watched.read(Range=f"bytes=1-{'9' * 20}")
    assert (answer.status, answer.body, answer.headers["content-range"]) == (206, b"ld", "bytes 1-2/3")


def test_a_body_over_128_mb_is_too_long_for_one_request() -> None:
    """04 E-09h: refused by its length, before it is read."""
    environ = {"REQUEST_METHOD": "PATCH", "REQUEST_URI": "/api/data/v9.2/x", "wsgi.input": None}
    environ |= {"CONTENT_TYPE": "application/octet-stream", "CONTENT_LENGTH": str(MAX_BODY_BYTES + 1)}
    with pytest.raises(BodyTooLarge):
        read_request(environ)
