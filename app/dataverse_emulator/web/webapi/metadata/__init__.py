"""What clients read about the schema: definitions, the service document, ``$metadata`` (contract 07 §1, §2)."""

from dataverse_emulator.web.webapi.metadata.documents import metadata_xml, service_document
from dataverse_emulator.web.webapi.metadata.reading import read_definitions

__all__ = ["metadata_xml", "read_definitions", "service_document"]
