"""The opposite of a condition: negation is pushed down to the operators (ruling R21)."""

from __future__ import annotations

from dataclasses import replace

from dataverse_emulator.query.model import All, Any_, Condition, Exists
from dataverse_emulator.query.operators import NEGATIONS


def negate(condition: Condition) -> Condition:
    """The condition that holds where the given one does not.

    An operator without an opposite of its own gets the flag ``Compare.negated``."""
    if isinstance(condition, All):
        return Any_(tuple(negate(part) for part in condition.parts))
    if isinstance(condition, Any_):
        return All(tuple(negate(part) for part in condition.parts))
    if isinstance(condition, Exists):
        return replace(condition, negated=not condition.negated)
    opposite = NEGATIONS.get(condition.operator)
    if opposite is None:
        return replace(condition, negated=not condition.negated)
    return replace(condition, operator=opposite)
