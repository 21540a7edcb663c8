"""The service document and the CSDL document (contract 01 §9, 07 §2).

The CSDL document is kept in memory only: it takes a quarter of a second to make, and a file of it would have to be
told apart by everything that users can add to a catalog.
"""

from __future__ import annotations

from typing import Any

from dataverse_emulator.metadata.catalog import Catalog
from dataverse_emulator.metadata.edm import build_edm, entity_set_names, is_always_written
from dataverse_emulator.metadata.operations import catalogue
from dataverse_emulator.web.webapi.metadata.items import Customs, definitions_of
from odata_protocol.csdl import write_csdl


def service_document(catalog: Catalog, root: str) -> dict[str, Any]:
    """The body that answers a GET of the service root; ``root`` ends with a slash."""
    return {
        "@odata.context": f"{root}$metadata",
        "value": [{"name": name, "kind": "EntitySet", "url": name} for name in entity_set_names(catalog)],
    }


def metadata_xml(catalog: Catalog, annotations: bool = False, customs: Customs = ((), ())) -> bytes:
    """The CSDL document of the catalog, written once a catalog version and choice of custom APIs.

    Args:
        catalog: the schema.
        annotations: write all annotations (``?annotations=true`` or the ``odata.include-annotations="*"`` preference)
            and not those of the container alone.
        customs: the custom APIs to be declared, and the types of their responses.
    """
    documents = definitions_of(catalog).documents
    found = documents.get(annotations)
    if found is None or found[0] != customs:
        operations = catalogue().extended(*customs) if customs[0] else None
        text = write_csdl(build_edm(catalog, operations), None if annotations else is_always_written)
        found = documents[annotations] = (customs, text)
    return found[1]
