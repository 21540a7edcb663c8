"""OData query options to the bound query (being written)."""

from __future__ import annotations

from collections.abc import Mapping

from odata_protocol.syntax import Expression, QueryOptions

from dataverse_emulator.metadata.catalog import Catalog, Table
from dataverse_emulator.query.model import Query


def bind_query(
    table: Table,
    options: QueryOptions,
    aliases: Mapping[str, Expression],
    catalog: Catalog,
    *,
    labels: bool = False,
    page_size: int | None = None,
) -> Query:
    """Bind the options of a request on a collection of ``table``.

    Args:
        labels: also read the primary names of the lookups' targets (formatted values were asked for).
        page_size: rows a page, when the client prefers one; the caller sees to ``$top`` (ruling R9 is applied here).

    Raises:
        EmulatorError: unknown names, wrong types, refused options: contract 04 §2.
    """
    raise NotImplementedError


def bind_record_query(
    table: Table,
    options: QueryOptions,
    catalog: Catalog,
    *,
    labels: bool = False,
    page_size: int | None = None,
) -> Query:
    """Bind ``$select`` and ``$expand`` of a request on one row of ``table`` (no condition; see ``Retrieve``)."""
    raise NotImplementedError
