"""One import of a solution at a time; whoever starts another, or publishes meanwhile, is told so (04 E-124).

A message cannot know this of another: it waits for the store until the other has ended. So the service asks here before
it opens a transaction.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from dataverse_emulator.errors import error

HOLDING: Mapping[str, str] = {"ImportSolution": "Import", "ImportSolutionAsync": "Import"}
"""Operations that hold others up, and what error texts call them."""

WAITING: Mapping[str, str] = {
    **HOLDING,
    "PublishXml": "Publish",
    "PublishAllXml": "PublishAll",
    "PublishAllXmlAsync": "PublishAll",
}
"""Operations that do not start while one of ``HOLDING`` runs."""


class Customizations:
    """What runs in one environment. Safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: str | None = None

    @contextmanager
    def running(self, name: str) -> Iterator[None]:
        """Run an operation of ``WAITING`` in the block.

        Raises:
            EmulatorError: 0x80071151 (429) while another one runs.
        """
        with self._lock:
            if self._running is not None:
                raise error("SolutionConcurrencyFailure", operation=WAITING[name], running=self._running)
            holds = name in HOLDING
            if holds:
                self._running = HOLDING[name]
        try:
            yield
        finally:
            if holds:
                with self._lock:
                    self._running = None
