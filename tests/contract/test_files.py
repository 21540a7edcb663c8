"""File columns over HTTP and the block messages (contract 02 §13.1 and §13.3, 04 E-100 to E-107, 09 §3).

The only file column of the standard tables that is a property is ``asyncoperation.datablobid``.
"""

from __future__ import annotations

import base64
import os
import resource
from typing import Any

import pytest
from tests.contract.conftest import ROOT

from .defining import column
from .stepping import rule

BINARY = {"Content-Type": "application/octet-stream"}
COLUMN = "datablobid"
CHUNK = 4 * 1024 * 1024
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def text64(data: bytes) -> str:
    return base64.b64encode(data).decode()


@pytest.fixture
def job(api: Any) -> str:
    """The path of a row with a file column."""
    return f"asyncoperations({api.new('asyncoperations', name='Job')})"


def put(api: Any, path: str, data: bytes, name: str = "a.txt") -> Any:
    return api.send("PATCH", path, data, {**BINARY, "x-ms-file-name": name})


def upload(api: Any, path: str, chunks: list[bytes], total: int, name: str = "a.bin") -> Any:
    """Upload in chunks; the last answer."""
    start = api.send("PATCH", f"{path}?x-ms-file-name={name}", None, {"x-ms-transfer-mode": "chunked"})
    assert start.status == 200, start.text
    position = 0
    answer = start
    for chunk in chunks:
        headers = {**BINARY, "Content-Range": f"bytes {position}-{position + len(chunk) - 1}/{total}"}
        answer = api.send("PATCH", start.headers["location"], chunk, headers)
        position += len(chunk)
    return answer


def test_a_file_goes_up_and_down(api: Any, job: str) -> None:
    assert put(api, f"{job}/{COLUMN}", b"hello").status == 204
    answer = api.get(f"{job}/{COLUMN}/$value")
    assert (answer.status, answer.body) == (200, b"hello")
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["x-ms-file-name"] == "a.txt"
    assert answer.headers["x-ms-file-size"] == "5"
    assert answer.headers["mimetype"] == "text/plain"
    assert answer.headers["access-control-expose-headers"] == "x-ms-file-size; x-ms-file-name; mimetype"


def test_the_row_shows_the_id_and_the_name(api: Any, job: str) -> None:
    put(api, f"{job}/{COLUMN}", b"hello")
    row = api.get(f"{job}?$select={COLUMN},{COLUMN}_name&$expand=asyncoperation_FileAttachments").json()
    assert row[f"{COLUMN}_name"] == "a.txt"
    (attachment,) = row["asyncoperation_FileAttachments"]
    assert attachment["fileattachmentid"] == row[COLUMN]
    assert (attachment["filename"], attachment["filesizeinbytes"], attachment["mimetype"]) == ("a.txt", 5, "text/plain")
    assert attachment["regardingfieldname"] == COLUMN


@pytest.mark.parametrize("extra", [{"If-None-Match": "null"}, {"If-Match": "*"}])
@pytest.mark.parametrize("method", ["PATCH", "PUT"])
def test_what_clients_send_along(api: Any, job: str, method: str, extra: dict[str, str]) -> None:
    headers = {**BINARY, "x-ms-file-name": "a.txt", **extra}
    assert api.send(method, f"{job}/{COLUMN}", b"hello", headers).status == 204
    assert api.get(f"{job}/{COLUMN}/$value").body == b"hello"


@pytest.mark.parametrize(
    ("method", "name", "more"),
    [
        ("PATCH", "new_file", {}),
        ("PUT", "new_file", {}),
        ("PATCH", "new_file", {"x-ms-transfer-mode": "chunked"}),
        ("DELETE", "new_file", {}),
        ("PATCH", "entityimage", {}),
        ("DELETE", "entityimage", {}),
    ],
)
def test_content_of_a_row_that_has_changed_since_is_refused(
    api: Any, method: str, name: str, more: dict[str, str]
) -> None:
    # contract 01 §3, 02 §9: If-Match with a PATCH or DELETE
    assert api.post("EntityDefinitions(LogicalName='account')/Attributes", column("File", "new_File")).status == 204
    path = f"accounts({api.new('accounts', name='A')})"
    headers = {**BINARY, "x-ms-file-name": "b.txt", **more}
    content = PNG if name == "entityimage" else b"other"

    def send(tag: str) -> Any:
        return api.send(method, f"{path}/{name}", b"" if more else content, {**headers, "If-Match": tag})

    before = api.get(path).json()["@odata.etag"]
    assert put(api, f"{path}/new_file", b"hello").status == 204
    assert send(before).error[:2] == (412, "0x80060882")
    assert api.get(f"{path}/new_file/$value").body == b"hello"
    assert send(api.get(path).json()["@odata.etag"]).status in (200, 204)


def test_the_name_in_the_query_and_in_the_header(api: Any, job: str) -> None:
    api.send("PATCH", f"{job}/{COLUMN}?x-ms-file-name=query.txt", b"x", BINARY)
    assert api.get(f"{job}/{COLUMN}/$value").headers["x-ms-file-name"] == "query.txt"
    api.send("PATCH", f"{job}/{COLUMN}?x-ms-file-name=query.txt", b"x", {**BINARY, "x-ms-file-name": "%C3%A6.txt"})
    assert api.get(f"{job}/{COLUMN}/$value").headers["x-ms-file-name"] == "%C3%A6.txt"


def test_a_file_without_name_or_type_is_refused(api: Any, job: str) -> None:
    assert api.send("PATCH", f"{job}/{COLUMN}", b"x", BINARY).error[:2] == (400, "0x80060888")
    answer = api.send("PATCH", f"{job}/{COLUMN}", b"x", {"Content-Type": "text/csv", "x-ms-file-name": "a.csv"})
    assert answer.status in (400, 415)


def test_chunks(api: Any, job: str) -> None:
    path = f"{job}/{COLUMN}"
    start = api.send("PATCH", f"{path}?x-ms-file-name=a.pdf", None, {"x-ms-transfer-mode": "chunked"})
    assert start.status == 200
    assert start.headers["location"].startswith(f"{ROOT}{path}?sessiontoken=")
    assert start.headers["x-ms-chunk-size"] == str(CHUNK)
    assert start.headers["accept-ranges"] == "bytes"
    assert start.headers["access-control-expose-headers"] == "x-ms-chunk-size"
    headers = {**BINARY, "x-ms-transfer-mode": "chunked"}
    first = api.send("PATCH", start.headers["location"], b"abc", {**headers, "Content-Range": "bytes 0-2/5"})
    assert first.status == 206
    assert api.get(f"{path}/$value").status == 204
    last = api.send("PATCH", start.headers["location"], b"de", {**headers, "Content-Range": "bytes 3-4/5"})
    assert last.status == 204
    answer = api.get(f"{path}/$value")
    assert (answer.body, answer.headers["x-ms-file-name"]) == (b"abcde", "a.pdf")


@pytest.mark.parametrize(
    ("content_range", "status"),
    [
        ("bytes 1-3/9", 416),
        ("bytes 0-2/2", 400),
        ("bytes 0-5/9", 400),
        ("bytes 0-2", 400),
        ("", 400),
    ],
)
def test_wrong_chunks(api: Any, job: str, content_range: str, status: int) -> None:
    path = f"{job}/{COLUMN}"
    start = api.send("PATCH", f"{path}?x-ms-file-name=a", None, {"x-ms-transfer-mode": "chunked"})
    answer = api.send("PATCH", start.headers["location"], b"abc", {**BINARY, "Content-Range": content_range})
    assert answer.status == status
    assert api.get(f"{path}/$value").status == 204


def test_chunks_of_an_unknown_or_finished_upload(api: Any, job: str) -> None:
    path = f"{job}/{COLUMN}?sessiontoken=nothing"
    assert api.send("PATCH", path, b"a", {**BINARY, "Content-Range": "bytes 0-0/1"}).error[:2] == (400, "0x80040203")
    start = api.send("PATCH", f"{job}/{COLUMN}?x-ms-file-name=a", None, {"x-ms-transfer-mode": "chunked"})
    headers = {**BINARY, "Content-Range": "bytes 0-0/1"}
    assert api.send("PATCH", start.headers["location"], b"a", headers).status == 204
    assert api.send("PATCH", start.headers["location"], b"a", headers).status == 400


@pytest.mark.parametrize(
    ("asked", "status", "body", "told"),
    [
        ("bytes=0-2", 206, b"abc", "bytes 0-2/10"),
        ("bytes=7-100", 206, b"hij", "bytes 7-9/10"),
        ("bytes=8-", 206, b"ij", "bytes 8-9/10"),
        ("bytes=-3", 206, b"hij", "bytes 7-9/10"),
    ],
)
def test_ranges(api: Any, job: str, asked: str, status: int, body: bytes, told: str) -> None:
    put(api, f"{job}/{COLUMN}", b"abcdefghij")
    answer = api.send("GET", f"{job}/{COLUMN}/$value", None, {"Range": asked})
    assert (answer.status, answer.body, answer.headers["content-range"]) == (status, body, told)
    assert answer.headers["x-ms-chunk-size"] == str(CHUNK)
    assert answer.headers["x-ms-file-size"] == "10"


def test_ranges_that_do_not_fit(api: Any, job: str) -> None:
    put(api, f"{job}/{COLUMN}", b"abc")
    for asked in ("bytes=3-5", "bytes=2-1"):
        assert api.send("GET", f"{job}/{COLUMN}/$value", None, {"Range": asked}).status == 416


def test_ranges_across_blocks(api: Any, job: str) -> None:
    data = os.urandom(2 * CHUNK + 10)
    put(api, f"{job}/{COLUMN}", data, "a.bin")
    asked = {"Range": f"bytes={CHUNK - 5}-{2 * CHUNK + 4}"}
    assert api.send("GET", f"{job}/{COLUMN}/$value", None, asked).body == data[CHUNK - 5 : 2 * CHUNK + 5]


def test_the_column_without_value_is_json_with_base64(api: Any, job: str) -> None:
    put(api, f"{job}/{COLUMN}", b"hello")
    answer = api.send("GET", f"{job}/{COLUMN}", None, {"Range": "bytes=0-4194303"})
    assert answer.json()["value"] == text64(b"hello")
    assert answer.headers["x-ms-file-name"] == "a.txt"
    assert answer.headers["content-disposition"] == 'attachment; filename="a.txt"'


def test_an_empty_column(api: Any, job: str) -> None:
    assert api.get(f"{job}/{COLUMN}/$value").status == 204
    assert api.get(f"{job}/{COLUMN}").status == 204
    assert api.get("asyncoperations(00000000-0000-0000-0000-0000000000ff)/datablobid/$value").status == 404


def test_a_file_is_replaced_and_removed(api: Any, job: str) -> None:
    put(api, f"{job}/{COLUMN}", b"one", "1.txt")
    put(api, f"{job}/{COLUMN}", b"two", "2.txt")
    assert api.get(f"{job}/{COLUMN}/$value").body == b"two"
    assert len(api.get("fileattachments").value) == 1
    assert api.delete(f"{job}/{COLUMN}").status == 204
    assert api.get(f"{job}/{COLUMN}/$value").status == 204
    row = api.get(f"{job}?$select={COLUMN},{COLUMN}_name").json()
    assert (row[COLUMN], row[f"{COLUMN}_name"]) == (None, None)
    assert api.delete(f"{job}/{COLUMN}").status == 204


def test_files_go_with_their_row_and_with_a_reset(api: Any, job: str) -> None:
    put(api, f"{job}/{COLUMN}", b"one")
    api.delete(job)
    assert api.service.store.database.fetch("SELECT count(*) FROM emulator_block") == [(0,)]
    other = f"asyncoperations({api.new('asyncoperations', name='Other')})"
    put(api, f"{other}/{COLUMN}", b"one")
    api.service.reset()
    api.new("asyncoperations", asyncoperationid=other[16:-1], name="Again")
    assert api.get(f"{other}/{COLUMN}/$value").status == 204
    assert put(api, f"{other}/{COLUMN}", b"two").status == 204
    assert api.service.store.database.fetch("SELECT count(*) FROM emulator_block") == [(1,)]


def test_the_first_file_may_come_after_a_column_went(api: Any, job: str) -> None:
    columns = "EntityDefinitions(LogicalName='account')/Attributes"
    assert api.post(columns, column("String", "new_Extra", MaxLength=20)).status == 204
    assert api.delete(f"{columns}(LogicalName='new_extra')").status == 204
    assert put(api, f"{job}/{COLUMN}", b"hello").status == 204
    assert api.get(f"{job}/{COLUMN}/$value").body == b"hello"


def test_the_column_cannot_be_set_with_the_row(api: Any, job: str) -> None:
    assert api.patch(job, {COLUMN: "00000000-0000-0000-0000-000000000001"}).status == 400


@rule("02 §13.1 p2")
def test_a_file_that_is_too_large(api: Any, job: str) -> None:
    api.service.catalog.table("asyncoperation").column(COLUMN).max_size_kb = 1
    text = "Attachment file size is too big."
    assert put(api, f"{job}/{COLUMN}", bytes(1025)).error == (400, "0x80044a02", text)
    assert upload(api, f"{job}/{COLUMN}", [b"a"], 1025).error == (400, "0x80044a02", text)
    assert put(api, f"{job}/{COLUMN}", bytes(1024)).status == 204


def test_blocked_kinds_of_files(api: Any, job: str) -> None:
    assert put(api, f"{job}/{COLUMN}", b"MZ", "a.exe").error[1] == "0x80043E09"


def test_an_upload_of_a_large_file_holds_memory_flat(api: Any, job: str) -> None:
    chunk = os.urandom(CHUNK)
    upload(api, f"{job}/{COLUMN}", [chunk] * 2, 2 * CHUNK)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert upload(api, f"{job}/{COLUMN}", [chunk] * 25, 25 * CHUNK).status == 204
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024 < 40


# ---- messages --------------------------------------------------------------------------------------------------------


def block_id(number: int) -> str:
    return text64(f"{number:04}".encode())


def start_blocks(api: Any, job: str, column: str = COLUMN) -> str:
    target = {"@odata.type": "Microsoft.Dynamics.CRM.asyncoperation", "asyncoperationid": job[16:-1]}
    body = {"Target": target, "FileName": "a.txt", "FileAttributeName": column}
    answer = api.post("InitializeFileBlocksUpload", body)
    assert answer.status == 200, answer.text
    return answer.json()["FileContinuationToken"]  # type: ignore[no-any-return]  # JSON has no type


def send_blocks(api: Any, token: str, blocks: list[bytes]) -> list[str]:
    for number, data in enumerate(blocks):
        body = {"BlockId": block_id(number), "BlockData": text64(data), "FileContinuationToken": token}
        assert api.post("UploadBlock", body).status == 204
    return [block_id(number) for number in range(len(blocks))]


def fetch_blocks(api: Any, start: Any, length: int) -> bytes:
    assert start.status == 200, start.text
    told, data = start.json(), b""
    while len(data) < told["FileSizeInBytes"]:
        body = {"Offset": len(data), "BlockLength": length, "FileContinuationToken": told["FileContinuationToken"]}
        data += base64.b64decode(api.post("DownloadBlock", body).json()["Data"])
    return data


def test_blocks_of_a_file(api: Any, job: str) -> None:
    token = start_blocks(api, job)
    names = send_blocks(api, token, [b"world", b"hello ", b"unused"])
    body = {"FileName": "b.txt", "MimeType": "text/x", "BlockList": [names[1], names[0]]}
    answer = api.post("CommitFileBlocksUpload", {**body, "FileContinuationToken": token}).json()
    assert answer["FileSizeInBytes"] == 11
    content = api.get(f"{job}/{COLUMN}/$value")
    assert (content.body, content.headers["mimetype"]) == (b"hello world", "text/x")
    assert content.headers["x-ms-file-name"] == "b.txt"
    target = {"@odata.type": "Microsoft.Dynamics.CRM.asyncoperation", "asyncoperationid": job[16:-1]}
    start = api.post("InitializeFileBlocksDownload", {"Target": target, "FileAttributeName": COLUMN})
    assert (start.json()["FileName"], start.json()["IsChunkingSupported"]) == ("b.txt", True)
    assert fetch_blocks(api, start, 4) == b"hello world"
    assert api.post("DeleteFile", {"FileId": answer["FileId"]}).status == 204
    assert api.get(f"{job}/{COLUMN}/$value").status == 204
    assert api.post("DeleteFile", {"FileId": answer["FileId"]}).status == 404


def test_a_block_is_replaced_by_one_of_the_same_id(api: Any, job: str) -> None:
    token = start_blocks(api, job)
    send_blocks(api, token, [b"wrong"])
    names = send_blocks(api, token, [b"right"])
    body = {"FileName": "b.txt", "MimeType": "text/x", "BlockList": names, "FileContinuationToken": token}
    assert api.post("CommitFileBlocksUpload", body).json()["FileSizeInBytes"] == 5


def test_wrong_blocks(api: Any, job: str) -> None:
    token = start_blocks(api, job)
    good = {"BlockId": block_id(0), "BlockData": text64(b"a"), "FileContinuationToken": token}
    assert api.post("UploadBlock", good).status == 204
    for change in (
        {"BlockId": text64(b"longer")},
        {"BlockId": "?"},
        {"BlockData": text64(bytes(CHUNK + 1))},
        {"FileContinuationToken": "nothing"},
    ):
        assert api.post("UploadBlock", {**good, **change}).status == 400
    commit = {"FileName": "b", "MimeType": "text/x", "BlockList": [block_id(9)], "FileContinuationToken": token}
    assert api.post("CommitFileBlocksUpload", commit).status == 400
    target = {"@odata.type": "Microsoft.Dynamics.CRM.asyncoperation", "asyncoperationid": job[16:-1]}
    for name in ("name", "nothing"):
        body = {"Target": target, "FileName": "a", "FileAttributeName": name}
        assert api.post("InitializeFileBlocksUpload", body).status == 400
    start = api.post("InitializeFileBlocksDownload", {"Target": target, "FileAttributeName": COLUMN})
    assert start.error[:2] == (404, "0x80040217")


NOTE = {"@odata.type": "Microsoft.Dynamics.CRM.annotation"}


def test_blocks_of_a_note(api: Any) -> None:
    account = api.new("accounts", name="A")
    target = {**NOTE, "subject": "N", "filename": "n.txt", "objectid_account@odata.bind": f"accounts({account})"}
    token = api.post("InitializeAnnotationBlocksUpload", {"Target": target}).json()["FileContinuationToken"]
    body = {"Target": target, "BlockList": send_blocks(api, token, [b"hello ", b"world"])}
    done = api.post("CommitAnnotationBlocksUpload", {**body, "FileContinuationToken": token}).json()
    assert done["FileSizeInBytes"] == 11
    note = api.get(f"annotations({done['AnnotationId']})").json()
    assert (note["documentbody"], note["filesize"], note["subject"]) == (text64(b"hello world"), 11, "N")
    assert note["_objectid_value"] == account
    named = {**NOTE, "annotationid": done["AnnotationId"]}
    start = api.post("InitializeAnnotationBlocksDownload", {"Target": named})
    assert fetch_blocks(api, start, 4) == b"hello world"
    token = api.post("InitializeAnnotationBlocksUpload", {"Target": named}).json()["FileContinuationToken"]
    body = {"Target": {**named, "subject": "M"}, "BlockList": send_blocks(api, token, [b"again"])}
    again = api.post("CommitAnnotationBlocksUpload", {**body, "FileContinuationToken": token}).json()
    assert again["AnnotationId"] == done["AnnotationId"]
    assert api.get(f"annotations({done['AnnotationId']})").json()["subject"] == "M"


def test_blocks_of_an_attachment(api: Any) -> None:
    email = api.new("emails", subject="Mail")
    target = {
        "@odata.type": "Microsoft.Dynamics.CRM.activitymimeattachment",
        "filename": "n.txt",
        "objecttypecode": "email",
        "objectid_activitypointer@odata.bind": f"activitypointers({email})",
    }
    token = api.post("InitializeAttachmentBlocksUpload", {"Target": target}).json()["FileContinuationToken"]
    body = {"Target": target, "BlockList": send_blocks(api, token, [b"hello"]), "FileContinuationToken": token}
    done = api.post("CommitAttachmentBlocksUpload", body).json()
    key = "activitymimeattachmentid"
    assert api.get(f"activitymimeattachments({done['ActivityMimeAttachmentId']})").json()["body"] == text64(b"hello")
    named = {"@odata.type": target["@odata.type"], key: done["ActivityMimeAttachmentId"]}
    assert fetch_blocks(api, api.post("InitializeAttachmentBlocksDownload", {"Target": named}), 3) == b"hello"


def test_the_file_of_a_note_over_the_limit(api: Any) -> None:
    target = {**NOTE, "subject": "N"}
    token = api.post("InitializeAnnotationBlocksUpload", {"Target": target}).json()["FileContinuationToken"]
    names = send_blocks(api, token, [bytes(CHUNK), bytes(CHUNK)])
    body = {"Target": target, "BlockList": names, "FileContinuationToken": token}
    assert api.post("CommitAnnotationBlocksUpload", body).error[1] == "0x80044a02"
