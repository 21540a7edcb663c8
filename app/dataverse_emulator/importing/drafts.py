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
    those that are taken. ``given`` are members of its definition that the file tells, in the shape of the Web API; they
    hold for a table that is there already, too."""

    head: Definition
    columns: dict[str, Definition] = field(default_factory=dict)
    keys: dict[str, Definition] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    given: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Logical name."""
        return str(self.head["logicalName"])


class Report:
    """What an import did not take, or had to guess: one line each, in the order of the file."""

    def __init__(self) -> None:
        self._lines: Counter[str] = Counter()
        self._beside: set[str] = set()

    def add(self, place: str, text: str) -> None:
        """Note something about a place of the file."""
        self._lines[f"{place}: {text}"] += 1

    def beside(self, place: str, text: str) -> None:
        """Note something that stands beside the schema: without it the schema is whole."""
        self.add(place, text)
        self._beside.add(f"{place}: {text}")

    @property
    def problems(self) -> list[str]:
        """The lines that tell of a schema that is not taken as the file has it."""
        return [line for line in self._lines if line not in self._beside]

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
        overwrites: what the file says of defaults, relationships and keys of users stands above what is there.
        views: rows of ``savedquery`` by column, which a schema has no place for; name and description by language.
        intersects: schema names of the tables of N:N relationships that the file names without describing them.
    """

    is_full: bool
    overwrites: bool = False
    tables: dict[str, TableDraft] = field(default_factory=dict)
    one_to_many: list[Definition] = field(default_factory=list)
    many_to_many: list[Definition] = field(default_factory=list)
    option_sets: dict[str, Definition] = field(default_factory=dict)
    views: list[Definition] = field(default_factory=list)
    intersects: dict[str, str] = field(default_factory=dict)
    report: Report = field(default_factory=Report)
    given: dict[tuple[str, str], Mapping[str, Any]] = field(default_factory=dict)
