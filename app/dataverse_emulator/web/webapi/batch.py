"""``$batch``: every part goes the way of a single request, a change set in one transaction (contract 02 §11, 09 §3)."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from uuid import uuid4

import orjson

from dataverse_emulator.errors import EmulatorError, error
from dataverse_emulator.metadata.catalog import Catalog
from dataverse_emulator.web.exchange import WebRequest, WebResponse
from dataverse_emulator.web.webapi.call import Call, read_preferences
from dataverse_emulator.web.webapi.dispatch import handle
from dataverse_emulator.web.webapi.reading import applied_preferences
from dataverse_emulator.web.webapi.resources import Batch
from dataverse_emulator.web.webapi.responses import error_response, respond
from odata_protocol.batch import ChangeSet, ChangeSetResponse, PartRequest, PartResponse, read_batch, write_batch

# The one header of the batch that counts for its parts, too; impersonation does not (02 §11.1).
SPREAD = ("authorization",)
# What a response says of the connection or of the server, not of the row
COSMETIC = frozenset(
    {
        "Public",
        "Cache-Control",
        "Expires",
        "CRM.ServiceId",
        "AuthActivityId",
        "x-ms-service-request-id",
        "x-ms-dop-hint",
        "x-ms-ratelimit-time-remaining-xrm-requests",
        "x-ms-ratelimit-burst-remaining-xrm-requests",
    }
)
ON_FAILURE = frozenset({"REQ_ID", "Allow"})
# Names at the start of a path that are no references to other parts
RESERVED = frozenset({"metadata", "batch", "entity", "all", "crossjoin"})

_ORIGIN = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*")
_AT_START = re.compile(r"(?:\$|%24)([^/?(]+)")
_AS_LINK = re.compile(r"(?<=[?&])((?:\$|%24)id=)(?:\$|%24)([^&]+)")
_SHOWN = re.compile(r"(.*)\$metadata#([A-Za-z_][A-Za-z0-9_]*)(?:\(.*\))?/\$entity", re.DOTALL)

_TEXT = rb'"(?:[^"\\]|\\.)*+"'
_MEMBER = re.compile(
    rb"(" + _TEXT + rb")(?:(\s*+:\s*+)(" + _TEXT + rb"|\[\s*+(?:" + _TEXT + rb"\s*+,?\s*+)*+\]))?", re.DOTALL
)
_REFERENCE = re.compile(rb'"\$([^"\\/]+)"')
_REFERRING = (b'@odata.bind"', b'@odata.id"')

_log = logging.getLogger("dataverse_emulator")


class _PartFailed(Exception):
    """A part of a change set failed: nothing of the change set may stay."""

    def __init__(self, response: PartResponse) -> None:
        super().__init__(response.status)
        self.response = response


def answer_batch(call: Call, place: Batch) -> WebResponse:
    """Answer the parts of a batch in their order.

    The first failure ends the batch and gives it its status, unless the client prefers ``odata.continue-on-error``.

    Raises:
        SyntaxProblem: the body is no batch, or one that cannot be run (contract 04 E-90 to E-93).
    """
    del place
    status = 200
    answers: list[PartResponse | ChangeSetResponse] = []
    for item in read_batch(call.header("content-type") or "", call.request.body):
        answer = _answer_change_set(call, item) if isinstance(item, ChangeSet) else _answer_part(call, item, {})
        answers.append(answer)
        if isinstance(answer, PartResponse) and _failed(answer) and not call.preferences.continue_on_error:
            status = answer.status
            break
    boundary = f"batchresponse_{uuid4()}"
    body = write_batch(boundary, answers)
    headers = [("Content-Type", f"multipart/mixed; boundary={boundary}")]
    if call.preferences.continue_on_error:
        headers += applied_preferences(call, "odata.continue-on-error")
    return respond(status, headers, body)


def _answer_change_set(call: Call, change_set: ChangeSet) -> ChangeSetResponse | PartResponse:
    """All answers, or that of the part that failed, which stands alone (ruling R8)."""
    references: dict[str, str] = {}
    answers = []
    try:
        with call.service.unit():
            for request in change_set.requests:
                answer = _answer_part(call, request, references)
                if _failed(answer):
                    raise _PartFailed(answer)
                answers.append(answer)
                url = _row_url(answer, call.service.catalog)
                if url is not None and request.content_id is not None:
                    references[request.content_id] = url
    except _PartFailed as failure:
        return failure.response
    except EmulatorError as problem:  # the rows that waited, or the whole, could not be written
        return _part_response(error_response(problem), None)
    except Exception:  # a bug of ours: logged, and answered within its part
        _log.exception("a change set failed")
        return _part_response(error_response(error("Unexpected")), None)
    return ChangeSetResponse(f"changesetresponse_{uuid4()}", tuple(answers))


def _answer_part(call: Call, part: PartRequest, references: Mapping[str, str]) -> PartResponse:
    """Answer one part.

    Args:
        references: URLs of the rows of earlier parts of its change set by their ``Content-ID``.
    """
    headers = {name: call.request.headers[name] for name in SPREAD if name in call.request.headers}
    headers.update(part.headers)
    request = WebRequest(part.method, "", "", headers, part.body, call.request.origin)
    try:
        path = _path(part.target, call.request.path.removesuffix(call.path), references)
        path = _with_link(path, references)
        request.path, _, request.query = path.partition("?")
        request.body = _with_references(part.body, references)
        response = handle(request, call.service, in_batch=True)
    except EmulatorError as problem:
        response = error_response(problem, read_preferences(request))
    return _part_response(response, part.content_id)


def _part_response(response: WebResponse, content_id: str | None) -> PartResponse:
    kept = [
        (name, value)
        for name, value in response.headers
        if name not in COSMETIC and (name not in ON_FAILURE or response.status >= 400)
    ]
    return PartResponse(response.status, kept, response.content(), content_id)


def _failed(answer: PartResponse) -> bool:
    return answer.status >= 400


# ---- targets and references ------------------------------------------------------------------------------------------


def _path(target: str, root: str, references: Mapping[str, str]) -> str:
    """Path and query of a target: without the origin, below the root where it is relative, references replaced.

    Args:
        root: path of the service root, with the slash at its end.

    Raises:
        EmulatorError: a reference to a part that the change set does not have, or not yet (E-35e).
    """
    path = _without_origin(target)
    below = path.removeprefix(root)
    match = _AT_START.match(below)
    if match is not None:
        url = references.get(match[1])
        if url is not None:
            return _without_origin(url) + below[match.end() :]
        if match[1] not in RESERVED:
            raise error("ContentIdUnknown", reference=f"${match[1][:100]}")
    return path if path.startswith("/") else root + path


def _with_link(path: str, references: Mapping[str, str]) -> str:
    """The path and query with a reference in ``$id`` replaced; an unknown one is left as in a body (inferred)."""
    if not references or "id=" not in path:
        return path
    return _AS_LINK.sub(lambda match: match[1] + references.get(match[2], f"${match[2]}"), path)


def _without_origin(url: str) -> str:
    match = _ORIGIN.match(url)
    return url if match is None else url[match.end() :] or "/"


def _with_references(body: bytes, references: Mapping[str, str]) -> bytes:
    """A JSON body with ``$n`` replaced in the values of ``@odata.bind`` and ``@odata.id``.

    Unknown ones are left: that they are is found out where the value is read.
    """
    if not references or b'"$' not in body:
        return body

    def url(match: re.Match[bytes]) -> bytes:
        known = references.get(match[1].decode("utf-8", "replace"))
        return match[0] if known is None else orjson.dumps(known)

    def member(match: re.Match[bytes]) -> bytes:
        if match[3] is None or not match[1].endswith(_REFERRING):
            return match[0]
        return match[1] + match[2] + _REFERENCE.sub(url, match[3])

    return _MEMBER.sub(member, body)


def _row_url(answer: PartResponse, catalog: Catalog) -> str | None:
    """The URL of the row that an answer is about: ``OData-EntityId``, or the row that is shown instead of it."""
    for name, value in answer.headers:
        if name == "OData-EntityId":
            return value
    if not answer.body.startswith(b"{"):
        return None
    row = orjson.loads(answer.body)
    match = _SHOWN.fullmatch(str(row.get("@odata.context")))
    table = catalog.find_set(match[2]) if match is not None else None
    if match is None or table is None or table.primary_id not in row:
        return None
    return f"{match[1]}{table.entity_set_name}({row[table.primary_id]})"
