"""Which solution a new component goes into, and what its publisher demands (contract 07 §4, §11)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dataverse_emulator.errors import EmulatorError, error
from dataverse_emulator.messages.base import Context
from dataverse_emulator.values import Reference

DEFAULT_OPTION_PREFIX = 10000
_WITHOUT_PREFIX = frozenset({"default", "active"})  # what is made in them has the prefix that its author gave

ENTITY, ATTRIBUTE, OPTION_SET, RELATIONSHIP, KEY = 1, 2, 9, 10, 14
"""Component types."""

METADATA_KINDS = frozenset({ENTITY, ATTRIBUTE, OPTION_SET, RELATIONSHIP, KEY})
"""Components that are definitions; the others are rows."""

VIEW = 26
ROW_TABLES: Mapping[int, str] = {
    20: "role",
    VIEW: "savedquery",
    29: "workflow",
    31: "report",
    36: "template",
    44: "duplicaterule",
    59: "savedqueryvisualization",
    60: "systemform",
    61: "webresource",
    63: "connectionrole",
    70: "fieldsecurityprofile",
    90: "plugintype",
    91: "pluginassembly",
    92: "sdkmessageprocessingstep",
    93: "sdkmessageprocessingstepimage",
    95: "serviceendpoint",
    150: "routingrule",
    152: "sla",
}
"""Component type → the table of its rows."""


@dataclass(frozen=True, slots=True)
class Solution:
    """A solution by name; ``prefix`` and ``option_prefix`` are its publisher's."""

    id: str | None = None
    prefix: str | None = None
    option_prefix: int = DEFAULT_OPTION_PREFIX

    @property
    def first_option(self) -> int:
        """The first value of options that are given none."""
        return self.option_prefix * 10000


def find_solution(context: Context, name: str | None) -> Solution:
    """The solution of that unique name; none where no name is given.

    Raises:
        EmulatorError: 0x80040203 when there is no such solution.
    """
    if not name:
        return Solution()
    table = context.catalog.table("solution")
    rows = context.store.find(table, {"uniquename": name}, ("solutionid", "publisherid"), limit=1)
    if not rows:
        if name.lower() in _WITHOUT_PREFIX:
            return Solution()
        raise unknown_solution(name)
    publisher = rows[0]["publisherid"]
    found = None
    if isinstance(publisher, Reference):
        columns = ("customizationprefix", "customizationoptionvalueprefix")
        found = context.store.read(context.catalog.table("publisher"), publisher.id, columns)
    if found is None or name.lower() in _WITHOUT_PREFIX:
        return Solution(rows[0]["solutionid"])
    return Solution(
        rows[0]["solutionid"],
        found["customizationprefix"] or None,
        found["customizationoptionvalueprefix"] or DEFAULT_OPTION_PREFIX,
    )


def unknown_solution(name: str) -> EmulatorError:
    """The error for the name of a solution that is not there (0x80040203)."""
    return error("InvalidArgument", message=f"The solution '{name[:100]}' was not found.")


def add_row_component(context: Context, name: str, row: Reference) -> None:
    """Put a new row into the solution of that name, where rows of its table are components.

    Raises:
        EmulatorError: 0x80040203 when there is no such solution.
    """
    solution = find_solution(context, name)
    kind = next((kind for kind, table in ROW_TABLES.items() if table == row.table), None)
    if kind is not None:
        add_component(context, solution, kind, row.id)


def add_component(context: Context, solution: Solution, kind: int, id: str, behavior: int = 0) -> str | None:
    """Put a component into a solution, once; the id of its row, None without a solution.

    Args:
        behavior: ``rootcomponentbehavior``; a component that is there already keeps its own.
    """
    table = context.catalog.find("solutioncomponent")
    if solution.id is None or table is None:
        return None
    where = {"solutionid": Reference("solution", solution.id), "objectid": id}
    found = context.store.find(table, where, (table.primary_id,), limit=1)
    if found:
        return str(found[0][table.primary_id])
    row_id = context.new_id()
    row = {table.primary_id: row_id, "componenttype": kind, "rootcomponentbehavior": behavior, **where}
    for name in ("createdon", "modifiedon"):
        row[name] = context.now
    row["versionnumber"] = context.store.next_version()
    row["ismetadata"] = kind in METADATA_KINDS
    context.store.insert(table, row)
    return row_id
