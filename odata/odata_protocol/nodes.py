"""What all nodes of a syntax tree have in common.

``dataclass`` writes six functions a class, and reading a request needs some forty classes: comparing, hashing and
printing are therefore done once here, for all of them. That halves the time that importing the nodes takes.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any, TypeVar, dataclass_transform

NodeT = TypeVar("NodeT", bound="Node")


class Node:
    """Base of all nodes: compared, hashed and printed by the fields that take part in comparisons."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return self is other or (type(self) is type(other) and _values(self) == _values(other))

    def __hash__(self) -> int:
        return hash((type(self), _values(self)))

    def __repr__(self) -> str:
        names = (each.name for each in fields(self) if each.repr)  # type: ignore[arg-type]  # every node is a dataclass
        shown = ", ".join(f"{name}={getattr(self, name)!r}" for name in names)
        return f"{type(self).__name__}({shown})"


_names: dict[type, tuple[str, ...]] = {}


def _compared(kind: type) -> tuple[str, ...]:
    names = _names.get(kind)
    if names is None:
        names = _names[kind] = tuple(each.name for each in fields(kind) if each.compare)
    return names


def _values(node: Node) -> tuple[Any, ...]:
    return tuple(getattr(node, name) for name in _compared(type(node)))


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def node(cls: type[NodeT]) -> type[NodeT]:
    """Make a subclass of ``Node`` a frozen data class with slots."""
    return dataclass(frozen=True, slots=True, eq=False, repr=False)(cls)
