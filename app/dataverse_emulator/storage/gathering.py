"""Rows that wait to be written together: what makes many creates as cheap as one bulk insert."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

Run: TypeAlias = tuple[str, list[Sequence[Any]]]


class Gathered:
    """New rows by table, in runs of one INSERT each."""

    __slots__ = ("_runs",)

    def __init__(self) -> None:
        self._runs: dict[str, list[Run]] = {}

    def add(self, table: str, sql: str, values: Sequence[Any], *, in_order: bool = True) -> None:
        """Keep a row for later.

        Args:
            in_order: the row comes behind those that were added before it.

        >>> rows = Gathered()
        >>> rows.add("a", "INSERT 1", [1]), rows.add("a", "INSERT 2", [2]), rows.add("a", "INSERT 2", [3])
        (None, None, None)
        >>> list(rows.take("a"))
        [('INSERT 1', [[1]]), ('INSERT 2', [[2], [3]])]
        """
        runs = self._runs.get(table)
        if runs is None:
            runs = self._runs[table] = []
        for known, rows in runs[-1:] if in_order else runs:
            if known == sql:
                rows.append(values)
                return
        runs.append((sql, [values]))

    def take(self, table: str | None = None) -> Iterator[Run]:
        """Give the runs of one table, or of all, and forget them."""
        if table is not None:
            yield from self._runs.pop(table, ())
            return
        while self._runs:
            yield from self._runs.pop(next(iter(self._runs)))
