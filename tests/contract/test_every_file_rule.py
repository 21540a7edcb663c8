"""Files, images and notes, rule by rule (contract 02 §13): each row of its table by name, then the rules below it.

The file columns are a user's own, as in the contract's examples.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image

from . import defining
from .conftest import ROOT, Answer, Api
from .stepping import rule

TYPE = "Microsoft.Dynamics.CRM."
BINARY = {"Content-Type": "application/octet-stream"}
CHUNKED = {"x-ms-transfer-mode": "chunked"}
CHUNK = 4 * 1024 * 1024


def text64(data: bytes) -> str:
    return base64.b64encode(data).decode()


class Place:
    """A row with an empty file column."""

    def __init__(self, api: Api) -> None:
        columns = "EntityDefinitions(LogicalName='account')/Attributes"
        for name in ("new_FileColumn", "new_Other"):
            made = api.post(columns, defining.column("File", name, MaxSizeInKB=10_240))
            assert made.status == 204, made.text
        self.api = api
        self.id = api.new("accounts", name="A")
        self.row = f"accounts({self.id})"
        self.path = f"{self.row}/new_filecolumn"
        self.target = {"@odata.type": f"{TYPE}account", "accountid": self.id}

    def put(self, data: bytes, name: str = "a.txt") -> None:
        answer = self.api.send("PATCH", self.path, data, {**BINARY, "x-ms-file-name": name})
        assert answer.status == 204, answer.text

    def start(self) -> str:
        answer = self.api.send("PATCH", f"{self.path}?x-ms-file-name=a.pdf", None, CHUNKED)
        assert answer.status == 200, answer.text
        return answer.headers["location"]

    def chunk(self, session: str, data: bytes, content_range: str) -> Answer:
        headers = {**BINARY, "x-ms-file-name": "a.pdf", "Content-Range": content_range}
        return self.api.send("PATCH", session, data, headers)

    def read(self, **headers: str) -> Answer:
        return self.api.get(f"{self.path}/$value", **headers)

    def message(self, name: str, **parameters: Any) -> Answer:
        return self.api.post(name, parameters)

    def start_blocks(self) -> str:
        place = {"Target": self.target, "FileAttributeName": "new_filecolumn"}
        answer = self.message("InitializeFileBlocksUpload", FileName="a.txt", **place)
        assert answer.status == 200, answer.text
        return str(answer.json()["FileContinuationToken"])


@pytest.fixture
def place(api: Api) -> Place:
    return Place(api)


# ---- §13.1, its table ------------------------------------------------------------------------------------------------


def a_file_at_once(place: Place) -> None:
    headers = {**BINARY, "x-ms-file-name": "header.txt"}
    assert place.api.send("PATCH", f"{place.path}?x-ms-file-name=query.txt", b"hello", headers).status == 204
    assert place.read().headers["x-ms-file-name"] == "header.txt"
    assert place.api.send("PATCH", f"{place.path}?x-ms-file-name=query.txt", b"again", BINARY).status == 204
    assert (place.read().headers["x-ms-file-name"], place.read().body) == ("query.txt", b"again")


def the_start_of_an_upload_in_chunks(place: Place) -> None:
    answer = place.api.send("PATCH", f"{place.path}?x-ms-file-name=a.pdf", None, CHUNKED)
    assert answer.status == 200
    assert answer.headers["location"].startswith(f"{ROOT}{place.path}?sessiontoken=")
    assert answer.headers["x-ms-chunk-size"] == "4194304"
    assert answer.headers["accept-ranges"] == "bytes"
    assert answer.headers["access-control-expose-headers"] == "x-ms-chunk-size"


def chunks(place: Place) -> None:
    session = place.start()
    data = bytes(range(256)) * (CHUNK // 256)
    total = 2 * CHUNK + 3
    assert place.chunk(session, data, f"bytes 0-{CHUNK - 1}/{total}").status == 206
    assert place.chunk(session, data, f"bytes {CHUNK}-{2 * CHUNK - 1}/{total}").status == 206
    assert place.chunk(session, b"end", f"bytes {2 * CHUNK}-{total - 1}/{total}").status == 204
    assert place.read().body == data + data + b"end"


def a_download(place: Place) -> None:
    place.put(b"hello")
    answer = place.read()
    assert (answer.status, answer.body) == (200, b"hello")
    assert answer.headers["content-type"] == "application/octet-stream"
    told = [answer.headers[name] for name in ("x-ms-file-size", "x-ms-file-name", "mimetype")]
    assert told == ["5", "a.txt", "text/plain"]
    assert answer.headers["access-control-expose-headers"] == "x-ms-file-size; x-ms-file-name; mimetype"


def a_download_in_chunks(place: Place) -> None:
    place.put(bytes(CHUNK) + b"end")
    first = place.read(Range=f"bytes=0-{CHUNK - 1}")
    assert (first.status, first.body) == (206, bytes(CHUNK))
    assert first.headers["x-ms-chunk-size"] == "4194304"
    assert first.headers["x-ms-file-size"] == str(CHUNK + 3)
    exposed = "x-ms-file-size; x-ms-file-name; x-ms-chunk-size; mimetype"
    assert first.headers["access-control-expose-headers"] == exposed
    last = place.read(Range=f"bytes={CHUNK}-{2 * CHUNK - 1}")
    assert (last.status, last.body) == (206, b"end")


def a_download_of_an_empty_column(place: Place) -> None:
    for answer in (place.read(), place.read(Range="bytes=0-4194303"), place.api.get(place.path)):
        assert (answer.status, answer.body) == (204, b"")


def a_removal(place: Place) -> None:
    place.put(b"hello")
    assert place.api.delete(place.path).status == 204
    assert place.read().status == 204
    row = place.api.get(f"{place.row}?$select=new_filecolumn,new_filecolumn_name").json()
    assert (row["new_filecolumn"], row["new_filecolumn_name"]) == (None, None)


def an_upload_by_messages(place: Place) -> None:
    token = place.start_blocks()
    names = [text64(f"{number:064}".encode()) for number in range(2)]
    for name, data in zip(names, (b"world", b"hello "), strict=True):
        block = {"BlockId": name, "BlockData": text64(data), "FileContinuationToken": token}
        assert place.message("UploadBlock", **block).status == 204
    commit = {"FileName": "b.txt", "MimeType": "text/x", "BlockList": names[::-1], "FileContinuationToken": token}
    answer = place.message("CommitFileBlocksUpload", **commit)
    row = place.api.get(f"{place.row}?$select=new_filecolumn,new_filecolumn_name").json()
    assert answer.status == 200
    assert (answer.json()["FileId"], answer.json()["FileSizeInBytes"]) == (row["new_filecolumn"], 11)
    assert (place.read().body, row["new_filecolumn_name"]) == (b"hello world", "b.txt")


def a_download_by_messages(place: Place) -> None:
    place.put(b"hello world")
    answer = place.message("InitializeFileBlocksDownload", Target=place.target, FileAttributeName="new_filecolumn")
    told = answer.json()
    token = {"FileContinuationToken": told.pop("FileContinuationToken")}
    told.pop("@odata.context")
    assert answer.status == 200
    assert told == {"FileSizeInBytes": 11, "FileName": "a.txt", "IsChunkingSupported": True}
    block = place.message("DownloadBlock", Offset=6, BlockLength=4, **token)
    assert (block.status, block.json()["Data"]) == (200, text64(b"worl"))


def a_removal_by_message(place: Place) -> None:
    place.put(b"hello")
    file = place.api.get(f"{place.row}?$select=new_filecolumn").json()["new_filecolumn"]
    assert place.message("DeleteFile", FileId=file).status == 204
    assert place.read().status == 204
    assert place.api.get("fileattachments").value == []


@pytest.mark.parametrize(
    "check",
    [
        pytest.param(a_file_at_once, id="02 §13.1 r1 upload < 128 MB"),
        pytest.param(the_start_of_an_upload_in_chunks, id="02 §13.1 r2 chunked start"),
        pytest.param(chunks, id="02 §13.1 r3 chunk"),
        pytest.param(a_download, id="02 §13.1 r4 download"),
        pytest.param(a_download_in_chunks, id="02 §13.1 r5 download in chunks"),
        pytest.param(a_download_of_an_empty_column, id="02 §13.1 r6 empty column download"),
        pytest.param(a_removal, id="02 §13.1 r7 delete"),
        pytest.param(an_upload_by_messages, id="02 §13.1 r8 by messages"),
        pytest.param(a_download_by_messages, id="02 §13.1 r9 download by messages"),
        pytest.param(a_removal_by_message, id="02 §13.1 r10 DeleteFile"),
    ],
)
def test_a_row_of_the_table(place: Place, check: Callable[[Place], None]) -> None:
    check(place)


# ---- §13.1, the rules below ------------------------------------------------------------------------------------------


def test_the_rows_of_the_files_of_a_row(place: Place) -> None:
    place.put(b"hello", "a.pdf")
    files = f"{place.row}?$select=name&$expand=account_FileAttachments($select=filename,regardingfieldname,"
    (file,) = place.api.get(f"{files}mimetype,filesizeinbytes)").json()["account_FileAttachments"]
    told = [file[name] for name in ("filename", "regardingfieldname", "mimetype", "filesizeinbytes")]
    assert told == ["a.pdf", "new_filecolumn", "application/pdf", 5]


def test_rows_are_found_by_their_file(place: Place) -> None:
    place.put(b"hello")
    place.api.new("accounts", name="B")
    assert place.api.names("accounts?$filter=new_filecolumn ne null&$select=name") == ["A"]


@pytest.mark.parametrize("value", [None, "00000000-0000-0000-0000-000000000001"])
@rule("02 §13.1 p1")
def test_a_file_is_neither_set_nor_cleared_with_its_row(place: Place, value: str | None) -> None:
    place.put(b"hello")
    assert place.api.patch(place.row, {"new_filecolumn": value}).status == 400
    assert place.read().body == b"hello"


def test_null_where_there_is_no_file_does_no_harm(place: Place) -> None:
    assert place.api.patch(place.row, {"new_filecolumn": None}).status == 204
    assert place.api.post("accounts", {"name": "B", "new_filecolumn": None}).status == 204


def test_the_name_of_a_file_is_read_only(place: Place) -> None:
    place.put(b"hello")
    place.api.patch(place.row, {"new_filecolumn_name": "b.txt"})
    assert place.api.get(f"{place.row}?$select=new_filecolumn_name").json()["new_filecolumn_name"] == "a.txt"


def test_two_columns_have_two_files(place: Place) -> None:
    place.put(b"one")
    other = f"{place.row}/new_other"
    assert place.api.send("PATCH", other, b"two", {**BINARY, "x-ms-file-name": "b.txt"}).status == 204
    assert place.api.delete(place.path).status == 204
    assert place.api.get(f"{other}/$value").body == b"two"


@pytest.mark.parametrize("what", ["Attributes(LogicalName='new_filecolumn')", ""], ids=["its column", "its table"])
def test_a_file_goes_with_its_definition(api: Api, what: str) -> None:
    made = defining.table("new_Project", defining.column("File", "new_FileColumn"))
    assert api.post("EntityDefinitions", made).status == 204
    path = f"new_projects({api.new('new_projects', new_name='P')})"
    assert api.send("PATCH", f"{path}/new_filecolumn", b"x", {**BINARY, "x-ms-file-name": "a"}).status == 204
    assert api.get(f"{path}?$expand=new_project_FileAttachments").json()["new_project_FileAttachments"]
    assert api.delete(f"EntityDefinitions(LogicalName='new_project'){'/' if what else ''}{what}").status == 204
    assert api.get("fileattachments").value == []
    assert api.service.store.database.fetch("SELECT count(*) FROM emulator_block") == [(0,)]


@pytest.mark.parametrize("method", ["PATCH", "PUT"])
@pytest.mark.parametrize("extra", [{"If-None-Match": "null"}, {"If-Match": "*"}], ids=str)
@rule("02 §13.1 p3")
def test_what_client_libraries_send_with_an_upload_in_chunks(place: Place, method: str, extra: dict[str, str]) -> None:
    """09 §3: the mode comes with every chunk, the name only at the start."""
    start = place.api.send(method, place.path, None, {**CHUNKED, **extra, "x-ms-file-name": "a.bin"})
    for number in range(2):
        headers = {**BINARY, **CHUNKED, **extra, "Content-Range": f"bytes {number}-{number}/2"}
        answer = place.api.send(method, start.headers["location"], b"x", headers)
    assert answer.status == 204
    assert place.read().headers["x-ms-file-name"] == "a.bin"


def test_the_column_as_json_for_client_libraries(place: Place) -> None:
    """09 §3: base64 with the headers that lead to the next part."""
    place.put(b"hello world")
    answer = place.api.get(f"{place.path}?size=full", Range="bytes=0-4")
    assert (answer.status, answer.json()["value"]) == (206, text64(b"hello"))
    assert (answer.headers["x-ms-file-name"], answer.headers["x-ms-file-size"]) == ("a.txt", "11")
    assert answer.headers["content-disposition"] == 'attachment; filename="a.txt"'
    assert answer.headers["location"] == f"{ROOT}{place.path}"


# ---- §13.2 -----------------------------------------------------------------------------------------------------------


def picture(side: int, kind: str = "PNG") -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (side, side), 1).save(written, kind)
    return written.getvalue()


@pytest.fixture
def image(api: Api) -> str:
    """The path of an empty image column of a user's own that keeps full images."""
    definition = defining.column("Image", "new_Picture", CanStoreFullImage=True, MaxSizeInKB=10_240)
    assert api.post("EntityDefinitions(LogicalName='account')/Attributes", definition).status == 204
    return f"accounts({api.new('accounts', name='A')})/new_picture"


def test_an_image_that_is_not_the_primary_one_is_uploaded(api: Api, image: str) -> None:
    assert api.post("accounts", {"name": "B", "new_picture": text64(picture(9))}).error[1] == "0x80090487"
    assert api.send("PATCH", image, picture(300), BINARY).status == 204
    row = api.get(f"{image.partition('/')[0]}?$select=new_picture_url,new_pictureid,new_picture_timestamp").json()
    start = f"/Image/download.aspx?Entity=account&Attribute=new_picture&Id={image[9:45]}&Timestamp="
    assert row["new_picture_url"] == f"{start}{row['new_picture_timestamp']}&Full=true"
    assert len(row["new_pictureid"]) == 36


@rule("02 §13.2 p3")
def test_the_full_image_and_its_thumbnail(api: Api, image: str) -> None:
    full = picture(300)
    api.send("PATCH", image, full, BINARY)
    with Image.open(io.BytesIO(api.get(f"{image}/$value").body)) as small:
        assert small.size == (144, 144)
    assert api.get(f"{image}/$value?size=full").body == full
    answer = api.get(f"{image}?size=full", Range="bytes=0-4194303")
    assert (answer.json()["value"], answer.headers["x-ms-file-size"]) == (text64(full), str(len(full)))
    assert answer.headers["location"] == f"{ROOT}{image}"


@rule("02 §13.2 p4")
def test_an_image_of_more_than_30_mb_is_refused(api: Api, image: str) -> None:
    api.service.catalog.table("account").column("new_picture").max_size_kb = 100_000
    assert api.send("PATCH", image, bytes(30 * 1024 * 1024 + 1), BINARY).error[1] == "0x80044a02"


def test_formats_that_are_no_images_of_the_platform_are_refused(api: Api, image: str) -> None:
    for data in (picture(9, "WEBP"), b"%PDF-1.4", b""):
        assert api.send("PATCH", image, data, BINARY).error[1] == "0x80072553"
    assert api.get(f"{image}/$value").status == 204


# ---- §13.3 -----------------------------------------------------------------------------------------------------------

NOTE = {"@odata.type": f"{TYPE}annotation"}


@rule("02 §13.3 p3")
def test_an_attachment_is_only_made_and_never_changed_in_blocks(api: Api) -> None:
    email = api.new("emails", subject="E")
    bind = {"objectid_email@odata.bind": f"emails({email})"}
    made = api.new("activitymimeattachments", filename="a", body="QQ==", **bind)
    target = {"@odata.type": f"{TYPE}activitymimeattachment", "activitymimeattachmentid": made, **bind}
    token = api.post("InitializeAttachmentBlocksUpload", {"Target": target}).json()["FileContinuationToken"]
    block = {"BlockId": "MQ==", "BlockData": "QUJD", "FileContinuationToken": token}
    assert api.post("UploadBlock", block).status == 204
    body = {"Target": target, "BlockList": ["MQ=="], "FileContinuationToken": token}
    assert api.post("CommitAttachmentBlocksUpload", body).status == 412
    assert api.get(f"activitymimeattachments({made})?$select=body").json()["body"] == "QQ=="


@pytest.mark.parametrize("text", ["?", "QQ", "QQ==QQ==", "äöü="])
def test_a_note_takes_no_text_that_is_not_base64(api: Api, text: str) -> None:
    assert api.post("annotations", {"subject": "N", "documentbody": text}).error[:2] == (400, "0x80040203")
    note = api.new("annotations", subject="N")
    assert api.patch(f"annotations({note})", {"documentbody": text}).status == 400


def test_line_ends_in_base64_mean_nothing(api: Api) -> None:
    note = api.new("annotations", subject="N", filename="a", documentbody="aGVs\r\nbG8=\n")
    row = api.get(f"annotations({note})?$select=documentbody,filesize").json()
    assert (row["documentbody"], row["filesize"]) == ("aGVsbG8=", 5)


@pytest.mark.parametrize(
    ("setting", "blocked"),
    [({"blockedmimetypes": "text/html; image/svg+xml"}, True), ({"allowedmimetypes": "text/html"}, False)],
    ids=["blocked", "allowed"],
)
def test_types_that_the_organization_blocks_or_allows(api: Api, setting: dict[str, str], blocked: bool) -> None:
    """04 E-101."""
    organization = api.get("organizations?$select=organizationid").value[0]["organizationid"]
    assert api.patch(f"organizations({organization})", setting).status == 204
    for mime_type, is_refused in (("text/HTML", blocked), ("text/plain", not blocked)):
        answer = api.post("annotations", {"filename": "a", "mimetype": mime_type, "documentbody": "QQ=="})
        assert (answer.status == 400) is is_refused, mime_type
    job = api.new("asyncoperations", name="J")
    headers = {**BINARY, "x-ms-file-name": "a.html"}
    assert (api.send("PATCH", f"asyncoperations({job})/datablobid", b"x", headers).status == 400) is blocked
