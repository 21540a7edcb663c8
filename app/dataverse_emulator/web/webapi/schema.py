"""What clients read about the schema: the service document, ``$metadata``, definitions."""

from __future__ import annotations

from dataverse_emulator.web.exchange import WebResponse
from dataverse_emulator.web.webapi.call import Call
from dataverse_emulator.web.webapi.later import later
from dataverse_emulator.web.webapi.metadata import metadata_xml, read_definitions, service_document
from dataverse_emulator.web.webapi.reading import (
    BOM,
    applied_preferences,
    demand_json,
    unacceptable,
)
from dataverse_emulator.web.webapi.resources import Definitions, MetadataDocument, ServiceRoot
from dataverse_emulator.web.webapi.responses import JSON, TEXT, XML, dump, no_content, respond
from odata_protocol.headers import accepts
from odata_protocol.syntax import RequestUrl

write_definitions = later("metadata.writing", "write_definitions")


def read_service_document(call: Call, place: ServiceRoot) -> WebResponse:
    """``GET /``."""
    del place
    demand_json(call)
    return respond(200, [JSON], dump(service_document(call.service.catalog, call.root)))


def read_metadata(call: Call, place: MetadataDocument) -> WebResponse:
    """``GET /$metadata``: XML, whatever else the client would like (E-09d)."""
    del place
    accept = call.header("accept")
    if accept is not None and not accepts(accept, "application/xml"):
        raise unacceptable(accept, "application/xml")
    wanted = call.query.parameter("annotations") == "true" or call.preferences.include_annotations is not None
    headers = [XML, *applied_preferences(call, "odata.include-annotations")]
    with call.service.store.reading():
        document = metadata_xml(call.service.catalog, wanted, call.service.customs.public())
    return respond(200, headers, document)


def read_schema(call: Call, place: Definitions) -> WebResponse:
    """``GET /EntityDefinitions`` and its like."""
    demand_json(call)
    query = call.query
    url = RequestUrl(place.path, query.options, tuple(query.aliases.items()), query.custom)
    with call.service.store.reading():  # what another thread is just defining is not seen
        body = read_definitions(url, call.service.catalog, call.root)
    if body is None:
        return no_content()
    if isinstance(body, int):
        return respond(200, [TEXT], f"{BOM}{body}".encode())
    return respond(200, [JSON, *applied_preferences(call, "odata.include-annotations")], dump(body))


def write_schema(call: Call, place: Definitions) -> WebResponse:
    """Changes of the schema: POST, PUT and DELETE on definitions."""
    response: WebResponse = write_definitions(call, place.path)
    return response
