"""Values of documents: how they compare, what functions make of them, and what a missing one does (``cosmos.py``)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, NamedTuple


class Missing:
    """The value of a member that is not there."""

    def __repr__(self) -> str:
        return "undefined"


MISSING: Final = Missing()


def _kind(value: Any) -> int:
    """The rank of a value's kind; values of two kinds compare as neither."""
    if value is MISSING:
        return 0
    if value is None:
        return 1
    if isinstance(value, bool):
        return 2
    if isinstance(value, int | float):
        return 3
    return 4 if isinstance(value, str) else 5 if isinstance(value, list) else 6


def equals(left: Any, right: Any) -> Any:
    """Both are the same: true, false, or missing where one is missing."""
    if left is MISSING or right is MISSING:
        return MISSING
    return _kind(left) == _kind(right) and left == right


def compare(operator: str, left: Any, right: Any) -> Any:
    """``left operator right``, or missing where it has no answer.

    >>> compare("<", 1, 2), compare("<", 1, "2"), compare("!=", 1, "1")
    (True, undefined, True)
    """
    if operator == "=":
        return equals(left, right)
    if operator in ("!=", "<>"):
        return opposite(equals(left, right))
    if _kind(left) != _kind(right) or _kind(left) not in (1, 2, 3, 4):
        return MISSING
    difference = order(left, right)
    if operator == "<":
        return difference < 0
    if operator == "<=":
        return difference <= 0
    return difference > 0 if operator == ">" else difference >= 0


def order(left: Any, right: Any) -> int:
    """Which of two values of any kinds comes first: -1, 0 or 1. Missing ones come first."""
    ranks = _kind(left), _kind(right)
    if ranks[0] != ranks[1]:
        return -1 if ranks[0] < ranks[1] else 1
    if ranks[0] not in (2, 3, 4) or left == right:
        return 0
    return -1 if left < right else 1


def opposite(value: Any) -> Any:
    """NOT."""
    return not value if isinstance(value, bool) else MISSING


def join_all(values: Iterable[Any]) -> Any:
    """AND: false wins over missing."""
    known = list(values)
    if any(value is False for value in known):
        return False
    return True if all(value is True for value in known) else MISSING


def join_any(values: Iterable[Any]) -> Any:
    """OR: true wins over missing."""
    known = list(values)
    if any(value is True for value in known):
        return True
    return False if all(value is False for value in known) else MISSING


# ---- functions -------------------------------------------------------------------------------------------------------


class Function(NamedTuple):
    """A function with the number of arguments that it takes."""

    run: Callable[..., Any]
    least: int
    most: int


def _of_text(run: Callable[[str], Any]) -> Function:
    return Function(lambda value: run(value) if isinstance(value, str) else MISSING, 1, 1)


def _search(run: Callable[[str, str], bool]) -> Function:
    def search(text: Any, part: Any, ignore_case: Any = False) -> Any:
        if not isinstance(text, str) or not isinstance(part, str):
            return MISSING
        return run(text.casefold(), part.casefold()) if ignore_case is True else run(text, part)

    return Function(search, 2, 3)


def _kind_is(*kinds: int) -> Function:
    return Function(lambda value: _kind(value) in kinds, 1, 1)


def _array_contains(array: Any, value: Any) -> Any:
    return any(equals(each, value) is True for each in array) if isinstance(array, list) else MISSING


FUNCTIONS: dict[str, Function] = {
    "IS_DEFINED": Function(lambda value: value is not MISSING, 1, 1),
    "IS_NULL": _kind_is(1),
    "IS_BOOL": _kind_is(2),
    "IS_NUMBER": _kind_is(3),
    "IS_STRING": _kind_is(4),
    "IS_ARRAY": _kind_is(5),
    "IS_OBJECT": _kind_is(6),
    "CONTAINS": _search(lambda text, part: part in text),
    "STARTSWITH": _search(str.startswith),
    "ENDSWITH": _search(str.endswith),
    "LOWER": _of_text(str.lower),
    "UPPER": _of_text(str.upper),
    "LENGTH": _of_text(len),
    "ABS": Function(lambda value: abs(value) if _kind(value) == 3 else MISSING, 1, 1),
    "ARRAY_LENGTH": Function(lambda value: len(value) if isinstance(value, list) else MISSING, 1, 1),
    "ARRAY_CONTAINS": Function(_array_contains, 2, 2),
}


def _numbers(values: Sequence[Any], run: Callable[[Sequence[Any]], Any]) -> Any:
    return run(values) if all(_kind(value) == 3 for value in values) else MISSING


def _total(values: Sequence[Any]) -> int | float:
    total: int | float = sum(values)
    return total if abs(total) < 2**63 else float(total)  # JSON has no longer whole numbers


def _least(values: Sequence[Any], sign: int) -> Any:
    best: Any = MISSING
    for value in values:
        if best is MISSING or order(value, best) * sign < 0:
            best = value
    return best


AGGREGATES: dict[str, Callable[[Sequence[Any]], Any]] = {
    "COUNT": len,
    "SUM": lambda values: _numbers(values, _total),
    "AVG": lambda values: _numbers(values, lambda known: sum(known) / len(known) if known else MISSING),
    "MIN": lambda values: _least(values, 1),
    "MAX": lambda values: _least(values, -1),
}
