"""The threads that answer requests: few, and more for as long as slow clients hold them.

A worker reads a request to its end and sends the whole answer, so a client that is slow at either keeps it. A handful
of such clients would otherwise stop all others.
"""

from __future__ import annotations

import threading
from queue import Queue
from typing import Any

from cheroot.workers.threadpool import ThreadPool

FEWEST = 4
MOST = 256
PATIENCE = 0.25
"""Seconds in which none of the workers takes the next request before there are more of them."""


class Workers(ThreadPool):
    """A pool that grows when nobody takes what waits, and shrinks when its additions are idle."""

    _queue: Queue[Any]
    _threads: list[threading.Thread]

    def __init__(self, server: Any) -> None:
        """Make the pool of a server; ``start`` starts it."""
        super().__init__(server, min=FEWEST, max=MOST)
        self.get = self._take
        self._taken = 0
        self._seen = -1
        self._guard = threading.Lock()
        self._watch: threading.Timer | None = None
        self._is_stopped = False

    def put(self, obj: Any) -> None:
        """Let a connection wait for a worker."""
        super().put(obj)
        if self._watch is None and self.qsize:
            with self._guard:
                self._look_later()

    def stop(self, timeout: int = 5) -> None:
        """End all workers, giving them so many seconds."""
        with self._guard:
            self._is_stopped = True
            if self._watch is not None:
                self._watch.cancel()
        super().stop(timeout)

    def _take(self) -> Any:
        taken = self._queue.get()
        self._taken += 1
        return taken

    def _look_later(self) -> None:
        if self._watch is None and not self._is_stopped:
            self._seen = self._taken
            self._watch = threading.Timer(PATIENCE, self._look)
            self._watch.daemon = True
            self._watch.start()

    def _look(self) -> None:
        """Grow by what waits if none of it was taken; shrink by what is idle; look again while there is reason to."""
        with self._guard:
            self._watch = None
            if self._is_stopped:
                return
            waiting = self.qsize
            if waiting and self._taken == self._seen:
                self.grow(waiting)
            elif not waiting:
                self.shrink(self.idle - FEWEST)  # also forgets those that ended
            if waiting or len(self._threads) > FEWEST:
                self._look_later()
