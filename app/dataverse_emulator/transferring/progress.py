"""How far a long command is, on the standard error stream."""

from __future__ import annotations

import sys
from types import TracebackType

_WIDTH = 30
_STEP = 10_000  # things between two lines where no number is known


class Progress:
    """A bar on a terminal, a line now and then elsewhere; nothing unless somebody looks on or wants it."""

    def __init__(self, label: str, total: int | None, wanted: bool | None) -> None:
        """
        Args:
            label: what stands before the bar.
            total: how many things there are, where that is known.
            wanted: True or False to show it or not; None: on a terminal.
        """
        self._label = label
        self._total = total
        self._done = 0
        self._shown = ""
        self._is_terminal = sys.stderr.isatty()
        self._is_wanted = self._is_terminal if wanted is None else wanted

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._shown and self._is_terminal:
            sys.stderr.write("\n")

    def add(self, count: int) -> None:
        """So many more things are done."""
        self._done += count
        if not self._is_wanted:
            return
        if self._total:
            percent = min(100 * self._done // self._total, 100)
            filled = "#" * (_WIDTH * percent // 100)
            text = f"[{filled:-<{_WIDTH}}] {percent:3}%" if self._is_terminal else f"{percent // 10 * 10}%"
        else:
            text = str(self._done if self._is_terminal else self._done // _STEP * _STEP)
        if text != self._shown:
            self._shown = text
            sys.stderr.write(f"\r{self._label} {text}" if self._is_terminal else f"{self._label} {text}\n")
            sys.stderr.flush()
