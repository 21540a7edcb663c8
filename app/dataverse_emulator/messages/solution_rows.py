"""Rows of solutions and publishers: their names and versions, and those that stay (contract 07 §4, §11)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from dataverse_emulator.errors import error
from dataverse_emulator.messages.base import Context
from dataverse_emulator.metadata.catalog import Table
from dataverse_emulator.values import Reference

SOLUTION_TABLES = frozenset({"solution", "publisher"})
DEFAULT = "default"
"""The one of the platform's solutions whose components users may see as theirs."""
SYSTEM_SOLUTIONS = frozenset({DEFAULT, "active", "basic", "system"})
CLOSED_SOLUTIONS = SYSTEM_SOLUTIONS - {DEFAULT}
FIRST_VERSION = "1.0.0.0"

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_VERSION = re.compile(r"\d{1,9}(\.\d{1,9}){1,3}")


def complete_solution_row(context: Context, table: Table, row: dict[str, Any]) -> None:
    """Check the name of a new solution or publisher, and fill what the platform fills of a solution.

    Raises:
        EmulatorError: 0x8004F002 or 0x8004F01C for characters that a name cannot have, 0x8004F023 or 0x80040237 for a
            name that is taken, 0x8004F01E for what is no version.
    """
    name = str(row.get("uniquename") or "")
    is_solution = table.logical_name == "solution"
    if not _NAME.fullmatch(name):
        raise error("InvalidSolutionUniqueName" if is_solution else "InvalidPublisherUniqueName", name=name[:100])
    if context.store.find(table, {"uniquename": name}, (table.primary_id,), limit=1):
        raise error("SolutionUniqueNameViolation", name=name) if is_solution else error("DuplicateKey")
    if is_solution:
        usual = {"friendlyname": name, "version": FIRST_VERSION, "ismanaged": False, "isvisible": True}
        for column, value in {**usual, "installedon": context.now}.items():
            if row.get(column) is None:
                row[column] = value
        _check_version(row)


def check_solution_change(context: Context, table: Table, target: Reference, changes: Mapping[str, Any]) -> None:
    """Refuse changes of the solutions that the platform made, and what is no version.

    Raises:
        EmulatorError: 0x8004F00A, 0x8004F01E.
    """
    if table.logical_name == "solution":
        _refuse_system(context, table, target, "CannotUpdateRestrictedSolution")
        _check_version(changes)


def check_solution_deletable(context: Context, target: Reference) -> None:
    """Refuse to delete the solutions and publishers that the platform made; of others the components stay.

    Raises:
        EmulatorError: 0x8004F005, 0x8004F006.
    """
    table = context.catalog.table(target.table)
    if target.table == "solution":
        _refuse_system(context, table, target, "CannotDeleteRestrictedSolution")
    else:
        row = context.store.read(table, target.id, ("uniquename", "isreadonly"))
        name = str((row or {}).get("uniquename") or "")
        if row is not None and (row["isreadonly"] or name.startswith("DefaultPublisher")):
            raise error("CannotDeleteRestrictedPublisher", name=name)


def _refuse_system(context: Context, table: Table, target: Reference, refusal: str) -> None:
    row = context.store.read(table, target.id, ("uniquename",))
    if row is not None and str(row["uniquename"]).lower() in SYSTEM_SOLUTIONS:
        raise error(refusal, name=row["uniquename"])


def _check_version(row: Mapping[str, Any]) -> None:
    version = row.get("version")
    if version is not None and not _VERSION.fullmatch(str(version)):
        raise error("InvalidSolutionVersion", version=str(version)[:100])
