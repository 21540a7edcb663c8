"""The service document and the CSDL document (contract 01 §9, 07 §2)."""

from __future__ import annotations

from typing import Any

from dataverse_emulator.errors import not_emulated
from dataverse_emulator.metadata.catalog import Catalog


def service_document(catalog: Catalog, root: str) -> dict[str, Any]:
    """The body that answers a GET of the service root; ``root`` ends with a slash."""
    raise not_emulated("the service document")


def metadata_xml(catalog: Catalog, annotations: bool = False) -> bytes:
    """The CSDL document of the catalog, written once a catalog version; ``annotations`` writes all of them."""
    raise not_emulated("$metadata")
