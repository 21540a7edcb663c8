"""The Web API's front end: request → call → message → representation."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from typing import Any, TypeAlias

from dataverse_emulator.errors import EmulatorError, NotAllowed, SchemaChanged, error
from dataverse_emulator.service import Service
from dataverse_emulator.web.exchange import WebRequest, WebResponse
from dataverse_emulator.web.webapi.call import (
    Call,
    check_content_type,
    find_caller,
    read_call,
    read_preferences,
    syntax_error,
)
from dataverse_emulator.web.webapi.later import later
from dataverse_emulator.web.webapi.methods import ALL, allow, methods_of
from dataverse_emulator.web.webapi.reading import (
    demand_json,
    read_collection,
    read_count,
    read_property,
    read_record,
    read_references,
)
from dataverse_emulator.web.webapi.resources import (
    Batch,
    Collection,
    Count,
    Definitions,
    MetadataDocument,
    OperationCall,
    Property,
    Record,
    References,
    ServiceRoot,
    resolve,
)
from dataverse_emulator.web.webapi.responses import error_response, respond
from odata_protocol.errors import SyntaxProblem

Step: TypeAlias = Callable[[Call, Any], WebResponse]

_LEVEL_NONE = "odata.metadata=none"
_without_control_information: Callable[[WebResponse], WebResponse] = later(
    "metadata_none", "without_control_information"
)
_CONTENT = ("multipart/", "application/octet-stream")  # batches and files: what the path asks for cannot be told

ATTEMPTS = 5
"""How often a request is bound before definitions that keep changing under it are taken for a failure."""

_log = logging.getLogger("dataverse_emulator")


def handle(request: WebRequest, service: Service, *, in_batch: bool = False) -> WebResponse:
    """Answer one request below ``/api/data/``; never raises.

    Args:
        request: the request.
        service: the environment.
        in_batch: the request is a part of a batch, whose URL may be longer.
    """
    preferences = read_preferences(request)
    try:
        return _answer_once_more(request, service, in_batch)
    except WrongMethod as problem:
        return error_response(problem, preferences, [problem.allow])
    except EmulatorError as problem:
        return error_response(problem, preferences)
    except SyntaxProblem as syntax:
        return error_response(syntax_error(syntax), preferences)
    except RecursionError:
        return error_response(error("BadQuerySyntax"), preferences)
    except Exception:  # a bug of ours: logged, and answered in the shape of the service
        _log.exception("%s %s failed", request.method, request.path)
        return error_response(error("Unexpected"), preferences)


def _answer_once_more(request: WebRequest, service: Service, in_batch: bool) -> WebResponse:
    """Answer a request; again, when a definition changed between its binding and its turn.

    A read that was bound to former definitions may also fail over the values that it finds.
    """
    for _ in range(ATTEMPTS):
        version = service.catalog.version
        try:
            return _answer(request, service, in_batch)
        except SchemaChanged:
            continue
        except (EmulatorError, SyntaxProblem, RecursionError):
            raise
        except Exception:  # whatever a reader meets while definitions change
            if request.method != "GET" or service.catalog.version == version:
                raise
    return _answer(request, service, in_batch)


def _answer(request: WebRequest, service: Service, in_batch: bool) -> WebResponse:
    call = read_call(request, service, read_preferences(request), in_batch=in_batch)
    call.caller = find_caller(request, service)
    if call.method not in ALL:
        raise WrongMethod(call.method, ALL)
    if call.method == "HEAD":
        call.method = "GET"
    try:
        place = resolve(call)
    except EmulatorError:
        _check_media_type(call)
        raise
    if call.method == "OPTIONS":
        return respond(200, [("Allow", allow(methods_of(place, STEPS[type(place)], service)))])
    try:
        step = STEPS[type(place)].get(call.method)
        if step is None:
            raise error("MethodNotSupported", method=call.method)
        response = step(call, place)
    except NotAllowed as problem:
        if problem.name == "MethodNotSupported":
            raise WrongMethod(call.method, methods_of(place, STEPS[type(place)], service) - {call.method}) from None
        raise
    if _LEVEL_NONE in (call.header("accept") or "").lower():
        response = _without_control_information(response)
    if request.method == "HEAD":
        response.body, response.file = b"", None
    return response


def _check_media_type(call: Call) -> None:
    """A media type that fits nothing is told before a path that leads nowhere (04 §0)."""
    if call.method in ("POST", "PATCH", "PUT"):
        content_type = call.header("content-type")
        if content_type is not None and not content_type.lower().startswith(_CONTENT):
            check_content_type(content_type, call.request.has_body)
    elif call.method == "GET" and not call.path.endswith(("$count", "$value")):
        demand_json(call)


STEPS: Mapping[type, Mapping[str, Step]] = {
    ServiceRoot: {"GET": later("schema", "read_service_document")},
    MetadataDocument: {"GET": later("schema", "read_metadata")},
    Batch: {"POST": later("batch", "answer_batch")},
    Definitions: {
        "GET": later("schema", "read_schema"),
        "POST": later("schema", "write_schema"),
        "PUT": later("schema", "write_schema"),
        "PATCH": later("schema", "write_schema"),
        "DELETE": later("schema", "write_schema"),
    },
    Collection: {
        "GET": read_collection,
        "POST": later("writing", "create_record"),
        "PUT": later("writing", "replace_collection"),
    },
    Record: {
        "GET": read_record,
        "PATCH": later("writing", "update_record"),
        "PUT": later("writing", "replace_record"),
        "DELETE": later("writing", "delete_record"),
    },
    Property: {
        "GET": read_property,
        "PUT": later("writing", "write_property"),
        "PATCH": later("writing", "upload"),
        "DELETE": later("writing", "clear_property"),
    },
    Count: {"GET": read_count},
    References: {
        "GET": read_references,
        "POST": later("writing", "add_reference"),
        "PUT": later("writing", "add_reference"),
        "DELETE": later("writing", "remove_reference"),
    },
    OperationCall: {"GET": later("calling", "call_operation"), "POST": later("calling", "call_operation")},
}
"""What answers a method on a kind of resource; a step may still refuse the method (E-09b, E-35a)."""


class WrongMethod(NotAllowed):
    """405 for a method that a resource does not have; ``allow`` lists those it has."""

    def __init__(self, method: str, known: AbstractSet[str]) -> None:
        problem = error("MethodNotSupported", method=method[:40])
        super().__init__(problem.name, problem.status, problem.code, problem.message)
        self.allow = ("Allow", allow(known))
