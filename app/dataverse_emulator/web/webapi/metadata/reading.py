"""Reads of ``EntityDefinitions`` and its sister sets (contract 07 §1)."""

from __future__ import annotations

from typing import Any

from dataverse_emulator.errors import not_emulated
from dataverse_emulator.metadata.catalog import Catalog
from odata_protocol.syntax import RequestUrl


def read_definitions(request: RequestUrl, catalog: Catalog, root: str) -> Any:
    """The JSON-ready body that answers a GET of definitions.

    Args:
        request: the parsed URL; its first segment is ``EntityDefinitions``, ``RelationshipDefinitions``,
            ``GlobalOptionSetDefinitions`` or ``ManagedPropertyDefinitions``.
        catalog: the schema.
        root: the service root as the client wrote it, with the slash at its end.

    Raises:
        EmulatorError: the path, a name or an option does not fit.
    """
    raise not_emulated("reading definitions")
