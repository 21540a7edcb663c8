"""The store of one environment: rows by table, transactions, queries.

Values are in the engine's form (``values.py``). One lock guards the connection for the length of a transaction or of a
reading block, so messages are serialized.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any
from uuid import uuid4

from dataverse_emulator.metadata.catalog import Catalog, ManyToMany, OneToMany, Table
from dataverse_emulator.query.model import Query, Rows
from dataverse_emulator.storage.counters import VERSION_COUNTER, Counters
from dataverse_emulator.storage.defining import Changes, Definer
from dataverse_emulator.storage.deletions import Deletions
from dataverse_emulator.storage.expiring import Expiry
from dataverse_emulator.storage.files import Files
from dataverse_emulator.storage.gathering import Gathered
from dataverse_emulator.storage.reading import Reading
from dataverse_emulator.storage.scopes import Transaction, View
from dataverse_emulator.storage.sqlite import SqliteDatabase
from dataverse_emulator.storage.writer import Reader, TableWriter

FIRST_VERSION = 1_000_000


class Store:
    """Rows of all tables of a catalog."""

    def __init__(self, catalog: Catalog, database: SqliteDatabase, image: Callable[[], bytes] | None = None) -> None:
        """Open the store over a database that has the catalog's schema.

        Args:
            image: gives the database image that ``restore`` goes back to; by default the database as it is now.
        """
        self.catalog = catalog
        self.database = database
        self.deletions = Deletions(database)
        self.files = Files(database)
        self.settings_stamp = 0
        """Another number once rows may have changed from which settings are read: those that were kept are outdated."""
        self._lock = threading.RLock()
        self._queries = Reading(catalog, database)
        self._writers: dict[str, TableWriter] = {}
        self._readers: dict[Any, Reader] = {}
        self._texts: dict[Any, str] = {}
        self._reading = View(self._lock)
        self._image = image
        self._definitions = Definer(catalog, database)
        self._definitions.load()
        self.expiry = Expiry(catalog, database)
        self._counters = Counters(database)
        self._transaction = Transaction(self, self._lock, self._counters, self._definitions, self._forget)
        self._settle = self._transaction.settle
        if image is None:
            kept = database.image()
            self._image = lambda: kept

    # -- transactions -----------------------------------------------------------------------------------------------

    def transaction(self) -> Transaction:
        """A write transaction: all or nothing. Nested use is a save point (rolled back when its block raises)."""
        return self._transaction

    def reading(self) -> View:
        """A stable view for several reads."""
        return self._reading

    def gathering(self) -> AbstractContextManager[None]:
        """Let rows with new keys wait inside a transaction, to be written in bulk: see ``Transaction.gathering``."""
        return self._transaction.gathering()

    # -- definitions ------------------------------------------------------------------------------------------------

    def define(self, changes: Changes) -> None:
        """Change what users defined, in the catalog, in the tables behind it and for the next start.

        Belongs to the open transaction: when that fails, the catalog is what it was.

        Args:
            changes: (kind, name) → definition, or None for one that goes (``metadata.overlay``).
        """
        self._settle()
        if self._definitions.define(changes, self._transaction.depth):
            self._forget()

    @property
    def definitions(self) -> Definer:
        """What users defined. It looks at rows, so those that wait are written first."""
        self._settle()
        return self._definitions

    def _forget(self) -> None:
        """Forget what was derived from definitions."""
        self._queries.forget()
        for kept in (self._writers, self._readers, self._texts):
            kept.clear()

    # -- rows -------------------------------------------------------------------------------------------------------

    def insert(self, table: Table, row: Mapping[str, Any], *, has_new_key: bool = False) -> None:
        """Add a row: logical name → value; must hold the primary key. Base-table rows (activitypointer, owner) follow.

        Args:
            has_new_key: the key was made for this row, so that no other row can have it.

        Raises:
            EmulatorError: 0x80040237 (DuplicateKey) when the key exists.
        """
        writer = self._writer(table)
        sql, values = writer.insertion(row)
        waiting = self._waiting(table, has_new_key)
        if waiting is None:
            self.database.run(sql, values)
        else:
            waiting.add(table.logical_name, sql, values)
        if writer.base is not None:
            self.insert(writer.base, writer.base_row(row), has_new_key=has_new_key)

    def _waiting(self, table: Table, has_new_key: bool) -> Gathered | None:
        """Where a new row waits; None where it must be written at once, which is when those before it have been."""
        if has_new_key:
            return self._transaction.gathered
        self._settle(table.logical_name)
        return None

    def insert_many(self, table: Table, rows: Sequence[Mapping[str, Any]], *, have_new_keys: bool = False) -> None:
        """Add rows (they may have different columns), in the transaction that is open.

        Args:
            have_new_keys: as ``insert`` has it, of all rows.

        Raises:
            EmulatorError: 0x80040237 (DuplicateKey) when a key exists; rows before it are there until the transaction
                is undone.
        """
        writer = self._writer(table)
        waiting = self._waiting(table, have_new_keys)
        runs = Gathered() if waiting is None else waiting
        for row in rows:
            runs.add(table.logical_name, *writer.insertion(row), in_order=False)
        if waiting is None:
            for sql, many in runs.take():
                self.database.run_many(sql, many)
        if writer.base is not None:
            base_rows = [writer.base_row(row) for row in rows]
            self.insert_many(writer.base, base_rows, have_new_keys=have_new_keys)

    def insert_columns(self, table: Table, columns: Mapping[str, Sequence[Any]]) -> None:
        """Add rows of a table that has no base table: logical name → the values of all rows, in their order.

        Raises:
            EmulatorError: 0x80040237 (DuplicateKey), as ``insert_many``."""
        self._settle(table.logical_name)
        self.database.run_many(*self._writer(table).insertion_of_columns(columns))

    def update(self, table: Table, id: str, changes: Mapping[str, Any]) -> None:
        """Change columns of one row (that exists). Base-table rows follow."""
        writer = self._writer(table)
        sql, values = writer.change(changes)
        if sql:
            self._settle(table.logical_name)
            self.database.run(sql, (*values, *writer.key(id)))
        if writer.base is not None:
            base_changes = writer.base_changes(changes)
            if base_changes:
                self.update(writer.base, id, base_changes)

    def delete(self, table: Table, id: str) -> None:
        """Remove one row and its base-table row. No cascades: those are the Delete message's."""
        writer = self._writer(table)
        self._settle(table.logical_name)
        self.database.run(writer.deletion, writer.key(id))
        if writer.base is not None:
            self.delete(writer.base, id)

    def exists(self, table: Table, id: str) -> bool:
        """The row is there."""
        self._settle(table.logical_name)
        writer = self._writer(table)
        return bool(self.database.fetch(writer.existence, writer.key(id)))

    def count(self, table: Table) -> int:
        """The number of rows of a table."""
        self._settle(table.logical_name)
        return int(self.database.fetch(f'SELECT count(*) FROM "{table.logical_name}"')[0][0])

    def read(self, table: Table, id: str, columns: Sequence[str] | None = None) -> dict[str, Any] | None:
        """One row by key: logical name → value, lookups as ``Reference``; None when missing."""
        rows = self.find(table, self._writer(table).named(id), columns, limit=1)
        return rows[0] if rows else None

    def find(
        self, table: Table, where: Mapping[str, Any], columns: Sequence[str] | None = None, limit: int | None = None
    ) -> list[dict[str, Any]]:
        """Rows whose columns equal the given values (None: null; a lookup takes a Reference or an id).

        Text is compared as in queries: without regard to case and accents."""
        writer = self._writer(table)
        reader = self._reader(table, columns)
        shape = (reader.sql, tuple((name, value is None) for name, value in where.items()), limit)
        sql = self._texts.get(shape)
        if sql is None:
            conditions = " AND ".join(writer.equality(name, value is None) for name, value in where.items()) or "1"
            sql = self._texts[shape] = f"{reader.sql} WHERE {conditions}" + (f" LIMIT {limit}" if limit else "")
        values = [writer.operand(name, value) for name, value in where.items() if value is not None]
        self._settle(table.logical_name)
        return reader.rows(self.database.fetch(sql, values))

    def page(self, table: Table, by: Sequence[str], after: Sequence[str] | None, limit: int) -> list[dict[str, Any]]:
        """Rows in the order of columns that are never null, from behind the values ``after`` on: a table in pieces."""
        reader = self._reader(table, None)
        listed, marks = ", ".join(f'"{name}"' for name in by), ", ".join("?" * len(by))
        sql = reader.sql + (f" WHERE ({listed}) > ({marks})" if after else "") + f" ORDER BY {listed} LIMIT ?"
        self._settle(table.logical_name)
        return reader.rows(self.database.fetch(sql, (*(after or ()), limit)))

    # -- relationships ----------------------------------------------------------------------------------------------

    def referencing(self, relationship: OneToMany, id: str, limit: int | None = None) -> list[str]:
        """Ids of the rows of the referencing table that point to ``id`` over the relationship."""
        table = self.catalog.table(relationship.referencing_table)
        key = ("referencing", relationship.schema_name, limit)
        sql = self._texts.get(key)
        if sql is None:
            sql = self._texts[key] = (
                f'SELECT "{table.primary_id}" FROM "{table.logical_name}" '
                f'WHERE "{relationship.referencing_column}" = ?' + (f" LIMIT {limit}" if limit else "")
            )
        self._settle(table.logical_name)
        return [row[0] for row in self.database.fetch(sql, (id,))]

    def link(self, relationship: ManyToMany, id1: str, id2: str) -> bool:
        """Add the intersect row (id1 is the row of ``table1``); False when the pair is linked already."""
        table = self.catalog.table(relationship.intersect_table)
        pair = {relationship.column1: id1, relationship.column2: id2}
        if self.find(table, pair, (table.primary_id,), limit=1):
            return False
        row: dict[str, Any] = {table.primary_id: str(uuid4()), **pair}
        if "versionnumber" in table.columns:
            row["versionnumber"] = self.next_version()
        self.insert(table, row)
        return True

    def unlink(self, relationship: ManyToMany, id1: str | None, id2: str | None) -> int:
        """Remove intersect rows of a pair, or all of one side (the other None); number of rows removed."""
        ends = [(relationship.column1, id1), (relationship.column2, id2)]
        given = [(name, value) for name, value in ends if value is not None]
        conditions = " AND ".join(f'"{name}" = ?' for name, _ in given)
        self._settle(relationship.intersect_table)
        return self.database.run(
            f'DELETE FROM "{relationship.intersect_table}" WHERE {conditions}', [value for _, value in given]
        )

    # -- counters ---------------------------------------------------------------------------------------------------

    def next_version(self) -> int:
        """The next row version: one counter for all tables."""
        return self.next_number(VERSION_COUNTER, FIRST_VERSION)

    @property
    def last_version(self) -> int:
        """The row version that was given last."""
        return self._counters.last(VERSION_COUNTER, FIRST_VERSION)

    def next_number(self, name: str, start: int = 1000) -> int:
        """The next number of a named sequence (auto-number columns)."""
        return self._counters.next(name, start)

    def set_number(self, name: str, number: int) -> None:
        """Let a named sequence go on with a number."""
        self._counters.set(name, number)

    def next_number_is(self, name: str, start: int) -> int:
        """The number that ``next_number`` would give."""
        return self._counters.last(name, start) + 1

    # -- queries ----------------------------------------------------------------------------------------------------

    def select(self, query: Query, user_id: str) -> Rows:
        """Answer a query.

        Raises:
            EmulatorError: 0x8004E023 when more than 50,000 rows would be aggregated.
        """
        del user_id  # row-level security will need it
        with self._lock:
            self._settle()
            return self._queries.select(query)

    def select_row(self, query: Query, id: str, user_id: str) -> Rows:
        """Answer a query without condition for the row of that key: one row or none."""
        del user_id
        with self._lock:
            self._settle()
            return self._queries.select_row(query, id)

    @property
    def statements(self) -> int:
        """SQL statements run so far (transaction control left out)."""
        return self.database.statements

    @property
    def plans(self) -> int:
        """Plans compiled so far."""
        return self._queries.plans

    # -- the whole --------------------------------------------------------------------------------------------------

    def restore(self) -> None:
        """Put all rows back to the state the store was opened with."""
        assert self._image is not None
        with self._lock:
            if not self.database.return_to_start():
                self.database.load(self._image())
                self.files.clear()
                self.database.keep_start()
            version = self.catalog.version
            self._definitions.load()
            if self.catalog.version != version:
                self._forget()
            self._counters.read(self.database)
            self.expiry.read()
            self.settings_stamp += 1

    def close(self) -> None:
        """Release the database."""
        with self._lock:
            self.database.close()

    def _writer(self, table: Table) -> TableWriter:
        writer = self._writers.get(table.logical_name)
        if writer is None or writer.table is not table:
            writer = self._writers[table.logical_name] = TableWriter(table, self.catalog)
        return writer

    def _reader(self, table: Table, columns: Sequence[str] | None) -> Reader:
        key = (table, None if columns is None else tuple(columns))
        reader = self._readers.get(key)
        if reader is None:
            reader = self._readers[key] = Reader(self._writer(table).layout, columns)
        return reader
