"""Responses with the headers of contract 01 §5. Cosmetic ones are ready-made, so they cost next to nothing."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterable
from typing import Any

import orjson

from dataverse_emulator.errors import EmulatorError
from dataverse_emulator.web.exchange import WebResponse
from dataverse_emulator.web.webapi.annotations import (
    ERROR_DETAILS,
    HELP_LINK,
    INNER_MESSAGE,
    OPERATION_STATUS,
    SUB_ERROR_CODE,
    TRACE_TEXT,
)
from odata_protocol.headers import Preferences

Header = tuple[str, str]

JSON: Header = ("Content-Type", "application/json; odata.metadata=minimal")
TEXT: Header = ("Content-Type", "text/plain")
XML: Header = ("Content-Type", "application/xml")

REQUEST_LIMIT = 6000
ISV_ABORTED = "0x80040265"

_COMMON: tuple[Header, ...] = (
    ("Cache-Control", "no-cache"),
    ("Expires", "-1"),
    ("OData-Version", "4.0"),
    ("CRM.ServiceId", "framework"),
    ("x-ms-dop-hint", "4"),
    ("x-ms-ratelimit-time-remaining-xrm-requests", "1,200.00"),
)
_requests = itertools.count(1)


def respond(status: int, headers: Iterable[Header] = (), body: bytes = b"") -> WebResponse:
    """A response with the headers that every one has."""
    bits = random.getrandbits(128)
    text = f"{bits:032x}"
    identifier = f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
    remaining = REQUEST_LIMIT - 1 - (next(_requests) - 1) % REQUEST_LIMIT
    return WebResponse(
        status,
        [
            *headers,
            *_COMMON,
            ("REQ_ID", identifier),
            ("x-ms-service-request-id", identifier),
            ("AuthActivityId", identifier),
            ("x-ms-ratelimit-burst-remaining-xrm-requests", str(remaining)),
        ],
        body,
    )


def no_content(*headers: Header) -> WebResponse:
    """204."""
    return respond(204, headers)


def json_body(context: str, members: Any) -> bytes:
    """A JSON object with its context first; ``members`` is an object that is not empty."""
    return b'{"@odata.context":' + orjson.dumps(context) + b"," + orjson.dumps(members)[1:]


def error_response(
    problem: EmulatorError, preferences: Preferences | None = None, headers: Iterable[Header] = ()
) -> WebResponse:
    """The answer for an error: its body in the service's shape, with annotations where the client asked for them."""
    members: dict[str, str] = {"code": problem.code, "message": problem.message}
    wanted = None if preferences is None else preferences.include_annotations
    if preferences is not None and wanted is not None:
        headers = [*headers, ("Preference-Applied", preferences.applied("odata.include-annotations"))]
        for name, value in _annotations(problem).items():
            if wanted.matches(name):
                members["@" + name] = value
    return respond(problem.status, [JSON, *headers], dump({"error": members}))


def dump(value: Any) -> bytes:
    """JSON of anything; text that is no Unicode is replaced."""
    try:
        return orjson.dumps(value)
    except TypeError:
        return orjson.dumps(_cleaned(value))


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, dict):
        return {_cleaned(name): _cleaned(member) for name, member in value.items()}
    if isinstance(value, list | tuple):
        return [_cleaned(item) for item in value]
    return value


def _annotations(problem: EmulatorError) -> dict[str, str]:
    code = problem.code.removeprefix("0x")
    values = {}
    if problem.code.lower() == ISV_ABORTED:
        values[OPERATION_STATUS] = "0"
        values[SUB_ERROR_CODE] = "-2146233088"
    for name, text in problem.details.items():
        values[ERROR_DETAILS + name] = text
    values[HELP_LINK] = (
        f"http://go.microsoft.com/fwlink/?LinkID=398563&error=Microsoft.Crm.CrmException%3a{code}&client=platform"
    )
    values[TRACE_TEXT] = ""
    values[INNER_MESSAGE] = problem.message
    return values
