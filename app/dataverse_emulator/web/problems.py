"""Errors on the wire: the service's body for errors that are raised outside a call of the Web API."""

from __future__ import annotations

import orjson

from dataverse_emulator.errors import EmulatorError
from dataverse_emulator.web.exchange import WebResponse

JSON = "application/json; odata.metadata=minimal"


def represent_problem(problem: EmulatorError) -> WebResponse:
    """Give the answer for an error: status, code and text in the service's shape."""
    return problem_response(problem.status, problem.code, problem.message)


def problem_response(status: int, code: str, message: str) -> WebResponse:
    """Give the answer for an error that the catalogue does not hold."""
    headers = [("Cache-Control", "no-cache"), ("Content-Type", JSON), ("OData-Version", "4.0")]
    return WebResponse(status, headers, problem_body(code, message))


def problem_body(code: str, message: str) -> bytes:
    """Give the JSON body of an error."""
    return orjson.dumps({"error": {"code": code, "message": message}})
