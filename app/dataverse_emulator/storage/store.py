"""The store of one environment (being written): rows by table, transactions, queries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any

from dataverse_emulator.metadata.catalog import Catalog, ManyToMany, OneToMany, Table
from dataverse_emulator.query.model import Query, Rows


class Store:
    """Rows of all tables of a catalog. Values are in the engine's form (``values.py``)."""

    catalog: Catalog

    def transaction(self) -> AbstractContextManager[None]:
        """A write transaction: all or nothing. Nested use is a save point (rolled back when its block raises)."""
        raise NotImplementedError

    def reading(self) -> AbstractContextManager[None]:
        """A stable view for several reads."""
        raise NotImplementedError

    def insert(self, table: Table, row: Mapping[str, Any]) -> None:
        """Add a row: logical name → value; must hold the primary key. Base-table rows (activitypointer, owner) follow.

        Raises 0x80040237 (DuplicateKey) when the key exists."""
        raise NotImplementedError

    def insert_many(self, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
        """Add rows (they may have different columns)."""
        raise NotImplementedError

    def update(self, table: Table, id: str, changes: Mapping[str, Any]) -> None:
        """Change columns of one row (that exists). Base-table rows follow."""
        raise NotImplementedError

    def delete(self, table: Table, id: str) -> None:
        """Remove one row and its base-table row. No cascades: those are the Delete message's."""
        raise NotImplementedError

    def exists(self, table: Table, id: str) -> bool:
        """The row is there."""
        raise NotImplementedError

    def read(self, table: Table, id: str, columns: Sequence[str] | None = None) -> dict[str, Any] | None:
        """One row by key: logical name → value, lookups as ``Reference``; None when missing."""
        raise NotImplementedError

    def find(
        self, table: Table, where: Mapping[str, Any], columns: Sequence[str] | None = None, limit: int | None = None
    ) -> list[dict[str, Any]]:
        """Rows whose columns equal the given values (None: null; a lookup takes a Reference or an id)."""
        raise NotImplementedError

    def referencing(self, relationship: OneToMany, id: str, limit: int | None = None) -> list[str]:
        """Ids of the rows of the referencing table that point to ``id`` over the relationship."""
        raise NotImplementedError

    def clear_references(self, relationship: OneToMany, id: str) -> None:
        """Set the lookup of all rows that point to ``id`` over the relationship to null."""
        raise NotImplementedError

    def link(self, relationship: ManyToMany, id1: str, id2: str) -> bool:
        """Add the intersect row (id1 is the row of ``table1``); False when the pair is linked already."""
        raise NotImplementedError

    def unlink(self, relationship: ManyToMany, id1: str | None, id2: str | None) -> int:
        """Remove intersect rows of a pair, or all of one side (the other None); number of rows removed."""
        raise NotImplementedError

    def next_version(self) -> int:
        """The next row version: one counter for all tables."""
        raise NotImplementedError

    def next_number(self, name: str, start: int = 1000) -> int:
        """The next number of a named sequence (auto-number columns)."""
        raise NotImplementedError

    def select(self, query: Query, user_id: str) -> Rows:
        """Answer a query."""
        raise NotImplementedError

    def select_row(self, query: Query, id: str, user_id: str) -> Rows:
        """Answer a query without condition for the row of that key: one row or none."""
        raise NotImplementedError

    def restore(self) -> None:
        """Put all rows back to the state the store was opened with."""
        raise NotImplementedError

    def close(self) -> None:
        """Release the database."""
        raise NotImplementedError
