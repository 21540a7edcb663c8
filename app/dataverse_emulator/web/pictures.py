"""Images at the path that ``<column>_url`` of a row gives, for applications to show (contract 01 §1, 02 §13.2)."""

from __future__ import annotations

from urllib.parse import parse_qsl

from dataverse_emulator.errors import error
from dataverse_emulator.messages.files import FileContent, ReadFile
from dataverse_emulator.metadata.catalog import ColumnType
from dataverse_emulator.service import Service
from dataverse_emulator.values import Reference, read_guid
from dataverse_emulator.web.exchange import WebRequest, WebResponse


def show_picture(request: WebRequest, service: Service) -> WebResponse:
    """GET ``/Image/download.aspx?Entity=..&Attribute=..&Id=..``: the thumbnail, with ``Full=true`` the full image.

    Raises:
        EmulatorError: 404 for what is no image column, and where there is no row or image; 405 for other methods.
    """
    if request.method != "GET":
        raise error("MethodNotSupported", method=request.method)
    given = {name.lower(): value for name, value in parse_qsl(request.query)}
    table = service.catalog.find(given.get("entity", "").lower())
    column = table.columns.get(given.get("attribute", "").lower()) if table is not None else None
    id = read_guid(given.get("id"))
    nothing = error("NoRoute", uri=request.origin + request.path)
    if table is None or column is None or column.type is not ColumnType.IMAGE or id is None:
        raise nothing
    is_full = given.get("full", "").lower() == "true"
    found: FileContent | None = service.execute(
        ReadFile(Reference(table.logical_name, id), column, is_full), service.default_caller()
    )
    if found is None:
        raise nothing
    return WebResponse(200, [("Content-Type", found.mime_type)], found.content.read())
