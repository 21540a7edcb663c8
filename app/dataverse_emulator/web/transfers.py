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


class LinkSchema(Schema):
    """A pair of an N:N relationship."""

    table = fields.String(required=True)
    relationship = fields.String(required=True)
    id = fields.String(required=True)
    target = fields.String(required=True)


class BatchSchema(Schema):
    """Rows of one table, or links."""

    table = fields.String(validate=validate.Length(min=1))
    rows = fields.List(fields.Dict(keys=fields.String()))
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
    """``POST schema``: the body is a schema file; tables appear at once, the report comes back."""
    from dataverse_emulator.importing.schema import import_schema, summary

    try:
        with service.store.transaction():
            parts, lines = import_schema(request.body, service.catalog)
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
    """``POST data``: one batch of rows or links, in one transaction."""
    from dataverse_emulator.importing.loading import load_batch

    batch = _read(BatchSchema(), request)
    with service.store.transaction():
        remarks = load_batch(service.context(service.default_caller()), batch)
    service.forget_callers()
    return {"count": len(batch.get("rows", ())) + len(batch.get("links", ())), "report": remarks}, 200


def _export_rows(service: Service, request: WebRequest) -> tuple[Content, int]:
    """``GET data?table=account``: all rows of a table; without a table the names of those that have rows."""
    from dataverse_emulator.importing.loading import dump_rows

    named = dict(parse_qsl(request.query)).get("table")
    with service.store.reading():
        if named is not None:
            return dump_rows(service.context(service.default_caller()), named), 200
        catalog, store = service.catalog, service.store
        found = {name: count for name in catalog.table_names if (count := store.count(catalog.table(name)))}
    return {"tables": found}, 200


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
