"""Rules of the contract as short stories: requests one after another, and what each answer must show.

A table of stories is a list of ``pytest.param([step, step, ...], id="02 §3 r4")``. What cannot be told so is a test
under ``@rule("02 §3 r4")``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import pytest

from .conftest import ROOT, Answer, Api

Test = TypeVar("Test", bound=Callable[..., None])

A = "a0000000-0000-4000-8000-000000000001"
B = "a0000000-0000-4000-8000-000000000002"
C = "c0000000-0000-4000-8000-000000000001"
T = "70000000-0000-4000-8000-000000000001"
"""Keys of the rows that most stories are about: two accounts, a contact, a task."""

ABSENT = object()
"""Stands in an expectation for a member or a header that must not be there."""


def rule(*ids: str) -> Callable[[Test], Test]:
    """Put rows of the contract into the ids of a test; it runs once for each."""

    def marked(test: Test) -> Test:
        given = pytest.mark.parametrize("rule", ids, indirect=True)(test)
        return pytest.mark.usefixtures("rule")(given)

    return marked


@dataclass(frozen=True)
class Step:
    """A request and what its answer must show.

    Attributes:
        request: Method and path: ``GET accounts(...)?$select=name``. What stands in angle brackets is filled in here
            and in ``body``, ``headers`` and the expectations: ``<root>``, ``<user>``, ``<unit>`` (the caller and the
            business unit), ``<id>`` (the row that the last ``OData-EntityId`` named), ``<etag>`` (the last ``ETag``).
        status: The status of the answer.
        body: What is sent: JSON, or text or bytes as they are.
        headers: The headers of the request.
        shows: Members that the answer has, with their values, to any depth; the text of the answer; or nothing at all
            (``b""``). ``None`` asks for nothing.
        error: Code and text of an error; a text of ``None`` may be any.
        has: Headers of the answer (names in lower case) and their values.
    """

    request: str
    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    shows: Any = None
    error: tuple[str, str | None] | None = None
    has: Mapping[str, Any] = field(default_factory=dict)


def given(**members: Any) -> list[Step]:
    """A contact, and an account whose primary contact it is, with further members."""
    contact = {"contactid": C, "firstname": "F", "lastname": "C", "emailaddress1": "c@x.example"}
    account = {"accountid": A, "name": "A", "accountnumber": "K1", "primarycontactid@odata.bind": f"contacts({C})"}
    return [Step("POST contacts", 204, contact), Step("POST accounts", 204, {**account, **members})]


def walk(api: Api, steps: Sequence[Step]) -> None:
    """Send the requests of a story and compare the answers."""
    caller = api.get("WhoAmI").json()
    known = {"root": ROOT, "user": caller["UserId"], "unit": caller["BusinessUnitId"]}
    for step in steps:
        method, path = _filled(step.request, known).split(" ", 1)
        body = step.body if isinstance(step.body, bytes) else _filled(step.body, known)
        payload = body.encode() if isinstance(body, str) else body
        answer = api.send(method, path, payload, _filled(dict(step.headers), known))
        assert answer.status == step.status, f"{step.request}: {answer.status} {answer.text}"
        _compare(answer, step, known)
        if "odata-entityid" in answer.headers:
            known["id"] = answer.id
        if "etag" in answer.headers:
            known["etag"] = answer.headers["etag"]


def _compare(answer: Answer, step: Step, known: dict[str, str]) -> None:
    for name, value in step.has.items():
        assert answer.headers.get(name, ABSENT) == _filled(value, known), f"{step.request}: {name}"
    if step.error is not None:
        code, text = step.error
        expected = {"code": code} if text is None else {"code": code, "message": _filled(text, known)}
        _check(answer.json()["error"], expected, step.request)
    if isinstance(step.shows, bytes):
        assert answer.body == step.shows, step.request
    elif isinstance(step.shows, str):
        assert answer.text == _filled(step.shows, known), step.request
    elif step.shows is not None:
        _check(answer.json(), _filled(step.shows, known), step.request)


def _check(found: Any, expected: Any, place: str) -> None:
    problem = _misses(found, expected, place)
    assert problem is None, problem


def _misses(found: Any, expected: Any, place: str) -> str | None:
    """Where something does not show what it should, or ``None``."""
    if isinstance(expected, dict) and isinstance(found, dict):
        for name, value in expected.items():
            if problem := _misses(found.get(name, ABSENT), value, f"{place} > {name}"):
                return problem
        return None
    if isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        for number, value in enumerate(expected):
            if problem := _misses(found[number], value, f"{place} > {number}"):
                return problem
        return None
    if found is expected or (found is not ABSENT and expected is not ABSENT and found == expected):
        return None
    return f"{place}: {'absent' if found is ABSENT else json.dumps(found)} instead of {expected!r}"


def _filled(value: Any, known: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        for name, text in known.items():
            value = value.replace(f"<{name}>", text)
        return value
    if isinstance(value, dict):
        return {_filled(name, known): _filled(item, known) for name, item in value.items()}
    if isinstance(value, list):
        return [_filled(item, known) for item in value]
    return value
