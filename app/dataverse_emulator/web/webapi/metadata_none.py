"""``Accept: application/json;odata.metadata=none``: answers without control information (contract 01 §3)."""

from __future__ import annotations

from typing import Any

import orjson

from dataverse_emulator.web.exchange import WebResponse
from dataverse_emulator.web.webapi.responses import JSON, Header

# Counts, links to more rows and references stay: a client cannot do without them.
_LEFT_OUT = frozenset({"@odata.context", "@odata.etag", "@odata.type"})
_HEADER: Header = ("Content-Type", JSON[1].replace("odata.metadata=minimal", "odata.metadata=none"))


def without_control_information(response: WebResponse) -> WebResponse:
    """The answer as a client wants it that asked for no metadata; what is no JSON, and errors, stay as they are."""
    if JSON not in response.headers or response.status >= 400:
        return response
    response.headers = [_HEADER if header == JSON else header for header in response.headers]
    response.body = orjson.dumps(_bare(orjson.loads(response.body)))
    return response


def _bare(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _bare(member) for name, member in value.items() if name not in _LEFT_OUT}
    if isinstance(value, list):
        return [_bare(item) for item in value]
    return value
