"""What an import found, in the form of the definition files, before it is held against a catalog."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Definition = dict[str, Any]


@dataclass(slots=True)
class TableDraft:
    """One table. ``notes`` say what had to be guessed of a column (of the table itself under ``""``), for the report of
    those that are taken."""

    head: Definition
    columns: dict[str, Definition] = field(default_factory=dict)
    keys: dict[str, Definition] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Logical name."""
        return str(self.head["logicalName"])


class Report:
    """What an import did not take, or had to guess: one line each, in the order of the file."""

    def __init__(self) -> None:
        self._lines: Counter[str] = Counter()

    def add(self, place: str, text: str) -> None:
        """Note something about a place of the file."""
        self._lines[f"{place}: {text}"] += 1

    @property
    def lines(self) -> list[str]:
        """The lines, each once; a number stands behind what came more than once."""
        return list(self)

    def __iter__(self) -> Iterator[str]:
        for line, count in self._lines.items():
            yield line if count == 1 else f"{line} ({count} times)"


@dataclass(slots=True)
class Drafts:
    """All that one file describes.

    Attributes:
        is_full: columns are described in full, so they stand above those of a table that is there already; a
            ``$metadata`` document knows too little for that.
        given: (kind, name) of a part → its definition as the Web API would answer it, as far as the file has it;
            what the parts have no place for is kept by it (``keeping``).
    """

    is_full: bool
    tables: dict[str, TableDraft] = field(default_factory=dict)
    one_to_many: list[Definition] = field(default_factory=list)
    many_to_many: list[Definition] = field(default_factory=list)
    option_sets: dict[str, Definition] = field(default_factory=dict)
    report: Report = field(default_factory=Report)
    given: dict[tuple[str, str], Mapping[str, Any]] = field(default_factory=dict)
