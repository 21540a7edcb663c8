"""Image columns (contract 02 §13.2, 04 E-102 to E-104)."""

from __future__ import annotations

import base64
import io
from typing import Any

import pytest
from PIL import Image

from dataverse_emulator.metadata.catalog import Column

from .conftest import MISSING, ORIGIN
from .stepping import rule

BINARY = {"Content-Type": "application/octet-stream", "x-ms-file-name": "a.png"}


def picture(width: int, height: int, kind: str = "PNG", mode: str = "RGB") -> bytes:
    written = io.BytesIO()
    Image.new(mode, (width, height), 1).save(written, kind)
    return written.getvalue()


def text64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def size_of(text: str) -> tuple[int, int]:
    with Image.open(io.BytesIO(base64.b64decode(text))) as image:
        return image.size


@pytest.fixture
def account(api: Any) -> str:
    return f"accounts({api.new('accounts', name='A')})"


@pytest.fixture
def full(api: Any) -> Column:
    """The image column of accounts, which may keep full images."""
    column: Column = api.service.catalog.table("account").column("entityimage")
    column.can_store_full_image = True
    return column


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "BMP", "TIFF"])
def test_an_image_becomes_a_square_thumbnail(api: Any, kind: str) -> None:
    account = api.new("accounts", name="A", entityimage=text64(picture(300, 200, kind)))
    row = api.get(f"accounts({account})?$select=entityimage,entityimage_url,entityimage_timestamp,entityimageid").json()
    assert size_of(row["entityimage"]) == (144, 144)
    stamp = row["entityimage_timestamp"]
    url = f"/Image/download.aspx?Entity=account&Attribute=entityimage&Id={account}&Timestamp={stamp}"
    assert row["entityimage_url"] == url
    assert len(row["entityimageid"]) == 36


@pytest.mark.usefixtures("full")
def test_the_url_of_an_image_shows_it(api: Any) -> None:
    path = f"accounts({api.new('accounts', name='A', entityimage=text64(picture(300, 200)))})"
    url = ORIGIN + api.get(path).json()["entityimage_url"]
    shown = api.get(url)
    assert (shown.status, shown.headers["content-type"], shown.body) == (200, "image/png", picture(300, 200))
    small = api.get(url.removesuffix("&Full=true"))
    assert small.body == api.get(f"{path}/entityimage/$value").body
    assert api.post(url).status == 405
    api.delete(f"{path}/entityimage")
    assert api.get(url).status == 404


@pytest.mark.parametrize(
    "query",
    [
        "",
        "Entity=account",
        "Entity=nope&Attribute=entityimage",
        "Entity=account&Attribute=name",
        "Attribute=entityimage",
    ],
)
def test_what_names_no_image_shows_none(api: Any, query: str) -> None:
    for id in ("&Id=x", f"&Id={MISSING}"):
        assert api.get(f"{ORIGIN}/Image/download.aspx?{query}{id}").status == 404


def test_a_small_image_is_not_enlarged(api: Any) -> None:
    account = api.new("accounts", name="A", entityimage=text64(picture(20, 10)))
    assert size_of(api.get(f"accounts({account})?$select=entityimage").json()["entityimage"]) == (10, 10)


@rule("02 §13.2 p1")
def test_images_come_only_where_they_are_selected(api: Any) -> None:
    account = api.new("accounts", name="A", entityimage=text64(picture(20, 20)))
    assert "entityimage" not in api.get(f"accounts({account})").json()
    assert "entityimage" not in api.get("accounts").value[0]
    assert api.get("accounts?$select=entityimage").value[0]["entityimage"]
    assert api.get(f"accounts({account})").json()["entityimageid"]


@pytest.mark.parametrize("how", ["patch", "put", "upload"])
def test_ways_to_set_an_image(api: Any, account: str, how: str) -> None:
    image = picture(200, 200)
    if how == "patch":
        answer = api.patch(account, {"entityimage": text64(image)})
    elif how == "put":
        answer = api.put(f"{account}/entityimage", {"value": text64(image)})
    else:
        answer = api.send("PATCH", f"{account}/entityimage", image, BINARY)
    assert answer.status == 204, answer.text
    assert size_of(api.get(f"{account}/entityimage").json()["value"]) == (144, 144)


@pytest.mark.parametrize("how", ["patch", "put", "delete"])
@rule("02 §13.2 p2")
def test_ways_to_clear_an_image(api: Any, account: str, how: str) -> None:
    api.patch(account, {"entityimage": text64(picture(20, 20))})
    if how == "patch":
        answer = api.patch(account, {"entityimage": None})
    elif how == "put":
        answer = api.put(f"{account}/entityimage", {"value": None})
    else:
        answer = api.delete(f"{account}/entityimage")
    assert answer.status == 204
    row = api.get(f"{account}?$select=entityimage,entityimageid,entityimage_url,entityimage_timestamp").json()
    assert [row[name] for name in row if name.startswith("entityimage")] == [None] * 4
    assert api.get(f"{account}/entityimage/$value").status == 204


def test_the_bytes_of_the_thumbnail(api: Any, account: str) -> None:
    api.patch(account, {"entityimage": text64(picture(200, 200))})
    answer = api.get(f"{account}/entityimage/$value")
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.body == base64.b64decode(api.get(f"{account}?$select=entityimage").json()["entityimage"])
    assert answer.headers["x-ms-file-size"] == str(len(answer.body))


def test_no_full_image_where_none_is_kept(api: Any, account: str) -> None:
    api.patch(account, {"entityimage": text64(picture(200, 200))})
    assert api.get(f"{account}/entityimage/$value?size=full").status == 204
    id = account[9:-1]
    target = {"@odata.type": "Microsoft.Dynamics.CRM.account", "accountid": id}
    answer = api.post("InitializeFileBlocksDownload", {"Target": target, "FileAttributeName": "entityimage"})
    image = api.get(f"{account}?$select=entityimageid").json()["entityimageid"]
    text = (
        f"No FileAttachment records found for imagedescriptorId: {image} for image attribute: entityimage of account "
        f"record with id {id}."
    )
    assert answer.error == (404, "0x80040217", text)


@pytest.mark.usefixtures("full")
def test_full_images(api: Any, account: str) -> None:
    image = picture(300, 200)
    api.send("PATCH", f"{account}/entityimage", image, BINARY)
    assert api.get(f"{account}/entityimage/$value?size=full").body == image
    assert api.get(f"{account}/entityimage?size=full").json()["value"] == text64(image)
    assert api.get(f"{account}?$select=entityimage_url").json()["entityimage_url"].endswith("&Full=true")
    api.patch(account, {"entityimage": text64(picture(10, 10))})
    assert api.service.store.database.fetch("SELECT count(*) FROM emulator_block") == [(1,)]
    api.delete(account)
    assert api.service.store.database.fetch("SELECT count(*) FROM emulator_block") == [(0,)]


@pytest.mark.usefixtures("full")
def test_an_image_in_blocks(api: Any, account: str) -> None:
    image = picture(300, 200)
    target = {"@odata.type": "Microsoft.Dynamics.CRM.account", "accountid": account[9:-1]}
    body = {"Target": target, "FileName": "a.png", "FileAttributeName": "entityimage"}
    token = api.post("InitializeFileBlocksUpload", body).json()["FileContinuationToken"]
    name = text64(b"1")
    api.post("UploadBlock", {"BlockId": name, "BlockData": text64(image), "FileContinuationToken": token})
    body = {"FileName": "a.png", "MimeType": "image/png", "BlockList": [name], "FileContinuationToken": token}
    done = api.post("CommitFileBlocksUpload", body).json()
    assert done["FileSizeInBytes"] == len(image)
    assert done["FileId"] == api.get(f"{account}?$select=entityimageid").json()["entityimageid"]
    start = api.post("InitializeFileBlocksDownload", {"Target": target, "FileAttributeName": "entityimage"}).json()
    block = {"Offset": 0, "BlockLength": 10_000, "FileContinuationToken": start["FileContinuationToken"]}
    assert base64.b64decode(api.post("DownloadBlock", block).json()["Data"]) == image


def test_chunks_are_refused(api: Any, account: str) -> None:
    answer = api.send("PATCH", f"{account}/entityimage?x-ms-file-name=a", None, {"x-ms-transfer-mode": "chunked"})
    assert answer.error[:2] == (400, "0x80090017")


def test_what_is_no_image_is_refused(api: Any, account: str) -> None:
    answer = api.patch(account, {"entityimage": text64(b"no image")})
    assert answer.error[:2] == (400, "0x80072553")
    assert answer.error[2].startswith("Error occured when processing image. Reason: ")
    assert api.send("PATCH", f"{account}/entityimage", picture(9, 9)[:40], BINARY).error[1] == "0x80072553"
    assert api.patch(account, {"entityimage": "?"}).status == 400
    assert api.get(f"{account}?$select=entityimageid").json()["entityimageid"] is None


def test_an_image_that_is_too_large_is_refused(api: Any, account: str, full: Column) -> None:
    full.max_size_kb = 1
    answer = api.patch(account, {"entityimage": text64(bytes(1025))})
    assert answer.error[:2] == (400, "0x80044a02")


def test_only_the_primary_image_comes_with_a_new_row(api: Any) -> None:
    api.service.catalog.table("account").primary_image = "other"
    answer = api.post("accounts", {"name": "A", "entityimage": text64(picture(9, 9))})
    assert answer.error[:2] == (400, "0x80090487")
