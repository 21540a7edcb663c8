"""Runs scenarios, prints a line each, keeps and compares results."""

from __future__ import annotations

import argparse
import gc
import os
import platform
import sys
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from bench.processes import CannotMeasure, CannotStart
from bench.results import HEADING, Result, Verdict, read_ratios, write_results
from bench.scenarios import FULL, GROUPS, QUICK, SCENARIOS, Bench, Scenario, choose

PACKAGES = ("cheroot", "flask", "orjson", "sqlalchemy", "werkzeug")
FAILED = 1
UNUSABLE = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit status.

    0, or 1 when ``--check`` is given and a must is missed, or 2 when something could not be run at all.
    """
    options = _parse(arguments)
    try:
        chosen = choose(options.only, full=options.full)
        old = read_ratios(Path(options.against)) if options.against else {}
    except (OSError, ValueError) as problem:
        print(problem, file=sys.stderr)
        return UNUSABLE
    if options.list:
        for scenario in chosen:
            print(f"{scenario.group:<10} {scenario.name}")
        return 0
    results, is_complete = _run(chosen, Bench(FULL if options.full else QUICK), old)
    machine = describe_machine()
    print(", ".join(f"{name} {value}" for name, value in machine.items()))
    if options.json:
        write_results(Path(options.json), results, machine)
    if not is_complete:
        return UNUSABLE
    return exit_status(results, options.check)


def exit_status(results: Sequence[Result], check: bool) -> int:
    """The exit status for results: with ``check``, a missed must fails the run."""
    return FAILED if check and any(result.verdict is Verdict.MISSED for result in results) else 0


def describe_machine() -> dict[str, Any]:
    """What has to be known to read absolute figures."""
    machine: dict[str, Any] = {"Python": platform.python_version(), "cores": os.cpu_count()}
    if hasattr(os, "getloadavg"):
        machine["load"] = round(os.getloadavg()[0], 2)
    for package in PACKAGES:
        try:
            machine[package] = version(package)
        except PackageNotFoundError:
            continue
    return machine


def _run(chosen: Sequence[Scenario], bench: Bench, old: dict[str, float]) -> tuple[list[Result], bool]:
    results: list[Result] = []
    is_complete = True
    print(HEADING + (" against" if old else ""))
    gc.disable()
    try:
        for scenario in chosen:
            try:
                samples = scenario.run(bench)
            except CannotMeasure as problem:
                print(f"{scenario.name:<22} left out: {problem}")
            except (CannotStart, OSError, ValueError, AssertionError, ImportError) as problem:
                print(f"{scenario.name:<22} failed: {type(problem).__name__}: {problem}")
                is_complete = False
            else:
                results.append(Result(scenario.name, scenario.unit, scenario.goal, samples))
                print(results[-1].line(old.get(scenario.name)), flush=True)
            gc.collect()
    finally:
        gc.enable()
        bench.close()
    return results, is_complete


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description="Measure the emulator against floors of the same machine and the same moment.",
        epilog=f"Groups: {', '.join(GROUPS)}. Scenarios: {', '.join(scenario.name for scenario in SCENARIOS)}.",
    )
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--quick", action="store_true", help="about a minute (the default)")
    size.add_argument("--full", action="store_true", help="more rows and longer rounds")
    parser.add_argument("--only", metavar="NAMES", help="groups or scenarios, separated by commas")
    parser.add_argument("--json", metavar="FILE", help="keep the results")
    parser.add_argument("--against", metavar="FILE", help="compare the ratios with kept results")
    parser.add_argument("--check", action="store_true", help="fail when a must is missed")
    parser.add_argument("--list", action="store_true", help="print the scenarios and do nothing")
    return parser.parse_args(arguments)
