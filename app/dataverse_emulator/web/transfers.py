"""The part of the control plane that takes and gives schemas, rows and the answers of custom APIs."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeAlias
from urllib.parse import parse_qsl

import orjson
from marshmallow import Schema, ValidationError, fields, validate

from dataverse_emulator.errors import error
from dataverse_emulator.importing.files import UnreadableFile
from dataverse_emulator.service import Service
from dataverse_emulator.web.exchange import WebRequest

Content: TypeAlias = dict[str, Any]
Endpoint: TypeAlias = Callable[[Service, WebRequest], tuple[Content, int]]

_STUB = re.compile(r"messages/([A-Za-z_][A-Za-z0-9_]*)/stub")


def _are_objects(value: Any) -> None:
    """A list of objects; looked at in one go, since there may be a thousand."""
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise ValidationError("A list of objects is expected.")


class LinkSchema(Schema):
    """A pair of an N:N relationship."""

    table = fields.String(required=True)
    relationship = fields.String(required=True)
    id = fields.String(required=True)
    target = fields.String(required=True)


class BatchSchema(Schema):
    """Rows of one table, or links; ``roles`` are those of activities ([id, number]) that parties fill anew."""

    table = fields.String(validate=validate.Length(min=1))
    rows = fields.Raw(validate=_are_objects)
    roles = fields.List(fields.Tuple((fields.String(), fields.Integer(strict=True))))
    links = fields.List(fields.Nested(LinkSchema))


class StubSchema(Schema):
    """What a custom API without behaviour answers: its response properties, or an error."""

    response = fields.Dict(keys=fields.String())
    status = fields.Integer(strict=True, validate=validate.Range(400, 599))
    code = fields.String()
    message = fields.String()


def find_endpoint(path: str, method: str) -> tuple[str, Endpoint] | None:
    """The method and the handler of a path below ``/_emulator/``, or None."""
    stub = _STUB.fullmatch(path)
    if stub is not None:
        name = stub[1]
        if method == "DELETE":
            return "DELETE", lambda service, request: _remove_stub(service, request, name)
        return "POST", lambda service, request: _set_stub(service, request, name)
    if path == "schema":
        return ("POST", _import_schema) if method == "POST" else ("GET", _export_schema)
    if path == "data":
        return ("POST", _import_rows) if method == "POST" else ("GET", _export_rows)
    return None


def _import_schema(service: Service, request: WebRequest) -> tuple[Content, int]:
    """``POST schema``: the body is a schema file; tables appear at once, the report comes back.

    With ``?check=true`` it is only looked at."""
    from dataverse_emulator.importing.schema import import_schema, summary

    try:
        with service.store.transaction():
            parts, lines = import_schema(request.body, service.catalog)
            if dict(parse_qsl(request.query)).get("check") != "true":
                service.store.define(parts)
    except UnreadableFile as problem:
        raise error("InvalidArgument", message=str(problem)) from problem
    return {"imported": summary(parts), "report": lines}, 200


def _export_schema(service: Service, request: WebRequest) -> tuple[Content, int]:
    """``GET schema?table=a&table=b``: EntityDefinitions JSON."""
    from dataverse_emulator.importing.exporting import export_schema

    names = [value for name, value in parse_qsl(request.query) if name == "table"]
    return {"value": list(export_schema(service.catalog, names))}, 200


def _import_rows(service: Service, request: WebRequest) -> tuple[Content, int]:
    """``POST data``: one batch of rows or links, in one transaction; with ``?check=true`` they are only looked at."""
    from dataverse_emulator.importing.loading import check_batch, load_batch

    batch = _read(BatchSchema(), request)
    context = service.context(service.default_caller())
    if dict(parse_qsl(request.query)).get("check") == "true":
        with service.store.reading():
            outcome = check_batch(context, batch)
    else:
        with service.store.transaction():
            outcome = load_batch(context, batch)
        service.forget_callers()
    wrong = [{"place": place, "message": message} for place, message in outcome.wrong]
    count = len(batch.get("rows", ())) + len(batch.get("links", ())) - len(wrong)
    return {"count": count, "report": outcome.remarks, "wrong": wrong, "isLate": outcome.is_late}, 200


def _export_rows(service: Service, request: WebRequest) -> tuple[Content, int]:
    """``GET data``: the tables that have rows.

    ``?table=account`` is the first page of a table's rows, with what a file needs to know of the table;
    ``&after=<id>`` the next one, ``&parties=true`` brings those of activities along. ``?links=accountleads`` is a page
    of an N:N relationship, ``?loose=account`` says which lookups of a table lead nowhere.
    """
    from dataverse_emulator.importing.dumping import count_rows, describe, dump_links, dump_page
    from dataverse_emulator.importing.loading import loose_ends

    asked = dict(parse_qsl(request.query))
    with service.store.reading():
        context = service.context(service.default_caller())
        after = asked.get("after")
        if "loose" in asked:
            return {"report": loose_ends(context, asked["loose"])}, 200
        if "links" in asked:
            return dump_links(context, asked["links"], after.split(",") if after else None), 200
        if "table" in asked:
            page = dump_page(context, asked["table"], after, parties=asked.get("parties") == "true")
            return {**({} if after else describe(context, asked["table"])), **page}, 200
        return {"tables": count_rows(context)}, 200


def _set_stub(service: Service, request: WebRequest, name: str) -> tuple[Content, int]:
    """``POST messages/{name}/stub``: what a custom API answers from now on."""
    service.customs.stub(name, _read(StubSchema(), request))
    return {"message": name, "status": "stubbed"}, 200


def _remove_stub(service: Service, request: WebRequest, name: str) -> tuple[Content, int]:
    """``DELETE messages/{name}/stub``."""
    del request
    service.customs.stub(name, None)
    return {"message": name, "status": "not stubbed"}, 200


def _read(schema: Schema, request: WebRequest) -> Content:
    try:
        content: Content = schema.load(orjson.loads(request.body or b"{}"))
    except orjson.JSONDecodeError as problem:
        raise error("InvalidArgument", message=f"The body is not valid JSON: {problem}.") from problem
    except ValidationError as problem:
        raise error("InvalidArgument", message=f"The body does not fit: {problem.messages}") from problem
    return content
