"""Contents of file and image columns over the wire: uploads whole and in chunks, downloads whole and by range
(contract 02 §13.1, §13.2, 04 E-102 to E-107, 09 §3)."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from urllib.parse import unquote

from dataverse_emulator.errors import error
from dataverse_emulator.messages.base import Target
from dataverse_emulator.messages.files import AddChunk, FileContent, PutFile, ReadFile, RemoveFile, StartUpload
from dataverse_emulator.metadata.catalog import Column, ColumnType
from dataverse_emulator.spool import LONGEST_IN_MEMORY, PIECE_SIZE, Spool
from dataverse_emulator.storage.files import BLOCK_SIZE
from dataverse_emulator.values import Reference
from dataverse_emulator.web.exchange import WebResponse
from dataverse_emulator.web.webapi.call import Call
from dataverse_emulator.web.webapi.locating import locate
from dataverse_emulator.web.webapi.resources import Property
from dataverse_emulator.web.webapi.responses import JSON, Header, json_body, no_content, respond
from odata_protocol.context import property_context

BINARY = "application/octet-stream"
EMPTY_FILE_STATUS = 204  # E-107 leaves 204 or 404
NAME, SIZE, CHUNK_SIZE, TRANSFER = "x-ms-file-name", "x-ms-file-size", "x-ms-chunk-size", "x-ms-transfer-mode"
SESSION = "sessiontoken"

_CONTENT_RANGE = re.compile(r"bytes\s+(\d{1,15})-(\d{1,15})/(\d{1,15})", re.IGNORECASE)
_RANGE = re.compile(r"bytes=(?:(\d{1,30})-(\d{0,30})|-(\d{1,30}))", re.IGNORECASE)


def is_content(call: Call, place: Property) -> bool:
    """The request brings the content of a file or image."""
    if place.column.type not in (ColumnType.FILE, ColumnType.IMAGE):
        return False
    content_type = (call.header("content-type") or "").lower()
    return content_type.startswith(BINARY) or call.header(TRANSFER) is not None or _session(call) is not None


def upload(call: Call, place: Property) -> WebResponse:
    """PATCH or PUT on a file or image column: a whole file, the start of an upload, or a chunk of one.

    Raises:
        EmulatorError: E-105 and E-106, and what the messages refuse.
    """
    if place.raw:
        raise error("MethodNotSupported", method=call.method)
    session = _session(call)
    target = _target(call, place)
    if session is not None:
        return _take_chunk(call, target, place, session)
    name = _file_name(call)
    if not name and place.column.type is ColumnType.FILE:
        raise error("ODataError", message=f"The name of a file is required in the header '{NAME}'.")
    if (call.header(TRANSFER) or "").strip().lower() == "chunked":
        id = call.service.execute(StartUpload(target, place.column, name or "", call.demanded_version), call.caller)
        location = f"{call.root}{call.path}?{SESSION}={id}"
        exposed = ("Access-Control-Expose-Headers", CHUNK_SIZE)
        return respond(
            200, [("Location", location), (CHUNK_SIZE, str(BLOCK_SIZE)), ("Accept-Ranges", "bytes"), exposed]
        )
    _check_content_type(call)
    message = PutFile(target, place.column, name or "", call.request.content(), call.demanded_version)
    call.service.execute(message, call.caller)
    return no_content()


def remove(call: Call, place: Property) -> WebResponse:
    """DELETE on a file column."""
    call.service.execute(RemoveFile(_target(call, place), place.column, call.demanded_version), call.caller)
    return no_content()


def download(call: Call, place: Property) -> WebResponse:
    """GET of the bytes of a file or image column (``$value``), or of JSON with the bytes in base64.

    Raises:
        EmulatorError: 416 for a range behind the end.
    """
    column = place.column
    target = locate(call, place.record)
    if target is None:
        return no_content()
    full = (call.query.parameter("size") or "").lower() == "full"
    asked = _RANGE.fullmatch((call.header("range") or "").strip())
    if column.type is ColumnType.IMAGE:
        asked = None  # images come in one piece
    start, length = _asked_part(asked)
    found: FileContent | None
    found = call.service.execute(ReadFile(target, column, full, max(start, 0), length), call.caller)
    if found is None:
        return respond(EMPTY_FILE_STATUS)
    if start < 0:  # the last bytes
        start = max(found.size + start, 0)
        found = call.service.execute(ReadFile(target, column, full, start), call.caller)
        assert found is not None
    if asked is not None and start >= found.size:
        raise error("RangeNotSatisfiable")
    status = 200 if asked is None else 206
    headers = [*_told(found, column, None if asked is None else start), ("Location", f"{call.root}{call.path}")]
    if place.raw:
        return _respond(status, [("Content-Type", BINARY), *headers], found.content)
    key = target.id if isinstance(target, Reference) else place.record.key
    context = property_context(place.record.table.entity_set_name, key, column.edm_name or column.logical_name)
    body = json_body(f"{call.root}$metadata{context}", {"value": ""})
    return _respond(status, [JSON, *headers], Spool.of(_with_value(body, found.content)))


def _told(found: FileContent, column: Column, start: int | None) -> list[Header]:
    """What the headers tell of a content, or of a part of it from ``start`` on."""
    headers: list[Header] = [(NAME, found.name), (SIZE, str(found.size)), ("mimetype", found.mime_type)]
    exposed = [SIZE, NAME, "mimetype"]
    if start is not None:
        last = start + found.content.size - 1
        headers += [("Content-Range", f"bytes {start}-{last}/{found.size}"), (CHUNK_SIZE, str(BLOCK_SIZE))]
        exposed.insert(2, CHUNK_SIZE)
    if column.type is ColumnType.FILE:
        headers.append(("Accept-Ranges", "bytes"))
    return [
        *headers,
        ("Access-Control-Expose-Headers", "; ".join(exposed)),
        ("Content-Disposition", f'attachment; filename="{found.name.replace(chr(34), "")}"'),
    ]


def _with_value(body: bytes, content: Spool) -> Iterator[bytes]:
    """A JSON body that ends with an empty text, with the content in base64 as that text."""
    end = b'"}'
    yield body.removesuffix(end)
    for piece in content.pieces(PIECE_SIZE // 3 * 3):
        yield base64.b64encode(piece)
    yield end


def _respond(status: int, headers: list[Header], content: Spool) -> WebResponse:
    response = respond(status, headers)
    if content.size > LONGEST_IN_MEMORY:
        response.file = content
    else:
        response.body = content.read()
    return response


def _asked_part(asked: re.Match[str] | None) -> tuple[int, int | None]:
    """Start and length of the part that a range asks for; a negative start counts from the end."""
    if asked is None:
        return 0, None
    if asked[3]:
        if not int(asked[3]):
            raise error("RangeNotSatisfiable")
        return -int(asked[3]), None
    start = int(asked[1])
    if not asked[2]:
        return start, None
    if int(asked[2]) < start:
        raise error("RangeNotSatisfiable")
    return start, int(asked[2]) - start + 1


def _check_content_type(call: Call) -> None:
    if not (call.header("content-type") or "").lower().startswith(BINARY):
        raise error("ODataError", message=f"The Content-Type of a file must be '{BINARY}'.")


def _take_chunk(call: Call, target: Target, place: Property, session: str) -> WebResponse:
    _check_content_type(call)
    found = _CONTENT_RANGE.fullmatch((call.header("content-range") or "").strip())
    content = call.request.content()
    if found is None or int(found[2]) - int(found[1]) + 1 != content.size or int(found[2]) >= int(found[3]):
        raise error("ODataError", message="The Content-Range of the chunk does not fit its content.")
    chunk = AddChunk(target, place.column, session, int(found[1]), int(found[3]), content)
    if call.service.execute(chunk, call.caller):
        return no_content()
    return respond(206, [(CHUNK_SIZE, str(BLOCK_SIZE)), ("Accept-Ranges", "bytes")])


def _session(call: Call) -> str | None:
    return call.query.parameter(SESSION) if SESSION in call.request.query.lower() else None


def _file_name(call: Call) -> str | None:
    """The name of the file; the header wins over the query."""
    header = call.header(NAME)
    return unquote(header) if header else call.query.parameter(NAME)


def _target(call: Call, place: Property) -> Target:
    target = locate(call, place.record)
    if target is None:
        raise error("UnknownSegment", segment=place.column.logical_name)
    return target
