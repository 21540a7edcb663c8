"""Rows of elastic tables that live for a time: when the next one expires, and which have (contract 02 §17).

Nobody waits for them: the time is looked at when a message comes, and what is over by then is removed before it runs.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from dataverse_emulator.metadata.catalog import ELASTIC, Catalog, Table
from dataverse_emulator.storage.sqlite import SqliteDatabase
from dataverse_emulator.values import LIFETIME, PARTITION, PartitionedId

if TYPE_CHECKING:
    from dataverse_emulator.storage.store import Store

_END = f"strftime('%Y-%m-%dT%H:%M:%SZ', modifiedon, '+' || {LIFETIME} || ' seconds')"


class Expiry:
    """The moments at which rows of one catalog's elastic tables expire: so many seconds after their last change.

    ``due`` is no later than the next of them (stored text), None where no row expires.
    """

    def __init__(self, catalog: Catalog, database: SqliteDatabase) -> None:
        self._catalog = catalog
        self._database = database
        self.due: str | None = None
        self.read()

    def read(self) -> None:
        """Find the next moment in the rows."""
        ends: list[str] = []
        for table in self.tables():
            name = table.logical_name
            rows = self._database.fetch(f'SELECT min({_END}) FROM "{name}" WHERE {LIFETIME} IS NOT NULL')
            ends += [row[0] for row in rows if row[0] is not None]
        self.due = min(ends, default=None)

    def note(self, changed: str, seconds: int) -> None:
        """A row that was changed at that moment (stored text) expires after so many seconds."""
        try:
            end = (datetime.fromisoformat(changed) + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")
        except OverflowError:
            return
        if self.due is None or end < self.due:
            self.due = end

    def tables(self) -> Iterator[Table]:
        """The elastic tables, which only users make."""
        if not self._catalog.parts:
            return
        from dataverse_emulator.metadata.overlay import TABLE  # loaded where users defined something

        for (kind, name), part in self._catalog.parts.items():
            if kind == TABLE and (part.get("settings") or {}).get("TableType") == ELASTIC:
                table = self._catalog.find(name)
                if table is not None and table.is_elastic:
                    yield table


def remove_expired(store: Store, now: str) -> None:
    """Delete the rows of elastic tables whose time is over, in a transaction of its own.

    Args:
        now: the present moment as stored text.
    """
    with store.transaction():
        for table in store.expiry.tables():
            rows = store.database.fetch(
                f'SELECT "{table.primary_id}", "{PARTITION}" FROM "{table.logical_name}" '
                f"WHERE {LIFETIME} IS NOT NULL AND {_END} <= ?",
                (now,),
            )
            for id, within in rows:
                store.delete(table, PartitionedId(id, within))
                if table.flags.get("changeTrackingEnabled"):
                    store.deletions.add(table.logical_name, id, store.next_version())
    store.expiry.read()
