"""The blocks in which a store is used: a transaction, a stable view."""

from __future__ import annotations

import threading
from types import TracebackType
from typing import Protocol


class Transactional(Protocol):
    """What begins and ends transactions."""

    def enter(self) -> None:
        """Begin one, inside another where one is open."""
        ...

    def leave(self, failed: bool) -> None:
        """End the innermost one."""
        ...


class Transaction:
    """Context manager of ``Store.transaction``; holds no state of its own, so one object serves all uses."""

    __slots__ = ("_store",)

    def __init__(self, store: Transactional) -> None:
        self._store = store

    def __enter__(self) -> None:
        self._store.enter()

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._store.leave(kind is not None)


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
