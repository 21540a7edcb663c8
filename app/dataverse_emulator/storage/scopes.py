"""What a ``with`` block over the store holds: a transaction, rows that wait to be written in bulk, or a stable view."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import TYPE_CHECKING

from dataverse_emulator.storage.counters import Counters
from dataverse_emulator.storage.defining import Definer
from dataverse_emulator.storage.gathering import Gathered

if TYPE_CHECKING:
    from dataverse_emulator.storage.store import Store


class Transaction:
    """Context manager of ``Store.transaction``: one object serves all uses, also those within one another.

    It holds the store's lock for their length, and the rows that wait (``gathering``).
    """

    __slots__ = ("_counters", "_definitions", "_depth", "_forget", "_lock", "_store", "_whole", "gathered")

    def __init__(
        self,
        store: Store,
        lock: threading.RLock,
        counters: Counters,
        definitions: Definer,
        forget: Callable[[], None],
    ) -> None:
        """
        Args:
            forget: drops what was derived from definitions.
        """
        self._store = store
        self._lock = lock
        self._counters = counters
        self._definitions = definitions
        self._forget = forget
        self._depth = 0
        self._whole = 0  # the depth at which transactions are no save points, where rows wait
        self.gathered: Gathered | None = None

    @property
    def depth(self) -> int:
        """How many transactions are open, one in another."""
        return self._depth

    def __enter__(self) -> None:
        self._lock.acquire()
        try:
            if self._depth == 0:
                self._store.database.begin()
            elif self._depth != self._whole:
                self.settle()
                self._store.database.save_point(self._depth)
            self._depth += 1
        except BaseException:  # also an interrupt: the lock is given back
            self._lock.release()
            raise

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        failed = kind is not None
        self._depth -= 1
        try:
            if failed:
                self._undo()
            else:
                try:
                    self._keep()
                except BaseException:  # also an interrupt: undone, and raised again
                    failed = True
                    self._undo()
                    raise
        finally:
            try:
                if self._definitions.is_open:
                    self._end_definitions(failed)
            finally:
                self._lock.release()

    def _keep(self) -> None:
        if self._depth == 0:
            self._counters.write(self._store.database)
            self._store.database.commit()
        elif self._depth != self._whole:
            self.settle()
            self._store.database.release(self._depth)

    def _undo(self) -> None:
        self._store.settings_stamp += 1
        if self._depth == 0:
            self._store.database.rollback()
            self._counters.read(self._store.database)
        elif self._depth != self._whole:
            if self.gathered is not None:
                self.gathered = Gathered()
            self._store.database.rollback_to(self._depth)

    def _end_definitions(self, failed: bool) -> None:
        if failed:
            self._definitions.undo(self._depth)
            self._forget()
        else:
            self._definitions.keep(self._depth)

    @contextmanager
    def gathering(self) -> Iterator[None]:
        """Let rows with new keys wait inside a transaction, so that they are written in bulk.

        Rows of a table are written before anything else reads or changes that table, and at the end of the block.
        Whatever fails inside the block must end it: the transactions in it set no save points.
        """
        if self.gathered is not None:
            yield
            return
        self.gathered, self._whole = Gathered(), self._depth
        try:
            yield
            self.settle()
        finally:
            self.gathered, self._whole = None, 0

    def settle(self, table: str | None = None) -> None:
        """Write the rows that wait, of one table or of all."""
        if self.gathered is not None:
            for sql, rows in self.gathered.take(table):
                self._store.database.run_many(sql, rows)


class View:
    """Context manager of ``Store.reading``."""

    __slots__ = ("_lock",)

    def __init__(self, lock: threading.RLock) -> None:
        self._lock = lock

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._lock.release()
