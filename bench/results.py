"""What a scenario gave: ratios pair by pair, the goals they are held against, and runs kept as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from statistics import median
from typing import Any

WORSE_BY = 0.10  # a ratio that falls behind an older run by more than this is marked


class Verdict(StrEnum):
    """How a result stands to its goal."""

    STRETCH = "stretch"
    MET = "ok"
    NOISY = "noisy"  # the median misses the must, the best pair meets it
    MISSED = "MISSED"


@dataclass(frozen=True, slots=True)
class Goal:
    """A bound that must hold and one that would be nice; ``at_least`` says on which side of it is good."""

    must: float
    stretch: float | None = None
    at_least: bool = True

    def holds(self, ratio: float, bound: float) -> bool:
        """The ratio is on the good side of a bound."""
        return ratio >= bound if self.at_least else ratio <= bound

    def best(self, ratios: Sequence[float]) -> float:
        """The ratio nearest to the good side."""
        return max(ratios) if self.at_least else min(ratios)


@dataclass(frozen=True, slots=True)
class Samples:
    """Measurements of a scenario, pair by pair. Without a floor the subject's own figures are the ratios."""

    subject: Sequence[float]
    floor: Sequence[float] | None = None

    @property
    def ratios(self) -> tuple[float, ...]:
        """Subject to floor, pair by pair."""
        if self.floor is None:
            return tuple(self.subject)
        return tuple(one / other for one, other in zip(self.subject, self.floor, strict=True))


@dataclass(frozen=True, slots=True)
class Result:
    """A scenario with what was measured."""

    name: str
    unit: str
    goal: Goal
    samples: Samples

    @property
    def ratio(self) -> float:
        """The median ratio."""
        return median(self.samples.ratios)

    @property
    def verdict(self) -> Verdict:
        """Missed means that the median and the best pair miss the must: noise alone cannot do that."""
        goal, ratio = self.goal, self.ratio
        if goal.holds(ratio, goal.must):
            reached = goal.stretch is not None and goal.holds(ratio, goal.stretch)
            return Verdict.STRETCH if reached else Verdict.MET
        return Verdict.NOISY if goal.holds(goal.best(self.samples.ratios), goal.must) else Verdict.MISSED

    def line(self, old: float | None = None) -> str:
        """One line of the table; ``old`` is the ratio of the run to compare with."""
        samples, goal = self.samples, self.goal
        sign = ">=" if goal.at_least else "<="
        floor = "-" if samples.floor is None else _figure(median(samples.floor))
        cells = [
            f"{self.name:<22}",
            f"{_figure(median(samples.subject)):>9}",
            f"{floor:>9}",
            f"{self.unit:<10}",
            f"{_figure(self.ratio):>7} ({_figure(min(samples.ratios))}-{_figure(max(samples.ratios))})".ljust(24),
            f"{sign} {_figure(goal.must)}".ljust(8),
            ("" if goal.stretch is None else f"{sign} {_figure(goal.stretch)}").ljust(8),
            f"{self.verdict:<8}",
        ]
        if old is not None:
            cells.append(describe_change(self.ratio, old, goal))
        return " ".join(cells).rstrip()


HEADING = " ".join(
    f"{title:{form}}"
    for title, form in (
        ("scenario", "<22"),
        ("subject", ">9"),
        ("floor", ">9"),
        ("unit", "<10"),
        ("  ratio (min-max)", "<24"),
        ("must", "<8"),
        ("stretch", "<8"),
        ("verdict", "<8"),
    )
)


def describe_change(ratio: float, old: float, goal: Goal) -> str:
    """Say how a ratio stands to that of an older run, with a mark when it is worse by more than a tenth.

    >>> describe_change(0.40, 0.50, Goal(0.3))
    '-20.0 % WORSE'
    >>> describe_change(1.05, 1.00, Goal(1.4, at_least=False))
    '+5.0 %'
    """
    if old == 0:
        return "" if ratio == 0 else "was 0"
    change = ratio / old - 1
    is_worse = (-change if goal.at_least else change) > WORSE_BY
    return f"{change:+.1%}".replace("%", " %") + (" WORSE" if is_worse else "")


def write_results(file: Path, results: Sequence[Result], machine: dict[str, Any]) -> None:
    """Keep a run."""
    content = {
        "machine": machine,
        "results": {
            result.name: {
                "unit": result.unit,
                "ratio": result.ratio,
                "verdict": result.verdict,
                "subject": list(result.samples.subject),
                "floor": None if result.samples.floor is None else list(result.samples.floor),
            }
            for result in results
        },
    }
    file.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def read_ratios(file: Path) -> dict[str, float]:
    """The ratios of a kept run by scenario.

    Raises:
        OSError, ValueError: the file cannot be read or holds no run.
    """
    content = json.loads(file.read_text(encoding="utf-8"))
    try:
        return {name: float(result["ratio"]) for name, result in content["results"].items()}
    except (AttributeError, KeyError, TypeError) as problem:
        raise ValueError(f"{file} holds no results") from problem


def _figure(value: float) -> str:
    return f"{value:.0f}" if value >= 100 or value == int(value) else f"{value:.2f}"
