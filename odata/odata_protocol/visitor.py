"""Visitor and transformer over the nodes of a request; method names follow the node names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from typing import Any

_CAPITAL = re.compile(r"(?<!^)(?=[A-Z])")


_METHODS: dict[type[object], str] = {}
_FIELDS: dict[type[object], tuple[str, ...]] = {}


def _method_name(node: object) -> str:
    """The visitor method for a node: ``visit_in_list`` for an ``InList``."""
    kind = type(node)
    if kind not in _METHODS:
        _METHODS[kind] = "visit_" + _CAPITAL.sub("_", kind.__name__).lower()
    return _METHODS[kind]


def _field_names(node: Any) -> tuple[str, ...]:
    """The fields of a node that may hold further nodes."""
    kind: type[object] = type(node)
    if kind not in _FIELDS:
        _FIELDS[kind] = tuple(field.name for field in fields(node) if field.compare)
    return _FIELDS[kind]


def _nodes(value: Any) -> Iterator[Any]:
    if isinstance(value, tuple):
        for item in value:
            yield from _nodes(item)
    elif is_dataclass(value):
        yield value


def children(node: Any) -> Iterator[Any]:
    """Give the nodes directly below a node, in the order in which they are written."""
    for name in _field_names(node):
        yield from _nodes(getattr(node, name))


def height(node: Any) -> int:
    """Count the levels of a tree without recursion."""
    level, levels = [node], 0
    while level:
        levels += 1
        level = [child for parent in level for child in children(parent)]
    return levels


class Visitor:
    """Walks a tree. A subclass has ``visit_comparison(node)`` and so on; other nodes pass to ``visit_children``.

    >>> from odata_protocol.expressions import parse_filter
    >>> class Names(Visitor):
    ...     def visit_path(self, node):
    ...         print("/".join(node.segments))
    >>> Names().visit(parse_filter("name eq 'x' and primarycontactid/fullname eq 'y'"))
    name
    primarycontactid/fullname
    """

    def visit(self, node: Any) -> Any:
        """Visit one node and give what its method gives."""
        method = getattr(self, _method_name(node), None)
        return self.visit_children(node) if method is None else method(node)

    def visit_children(self, node: Any) -> Any:
        """Visit the nodes below a node."""
        for child in children(node):
            self.visit(child)


class Transformer(Visitor):
    """Builds a tree from a tree: each method gives the node that takes the place of its argument.

    Parts that stay the same are shared with the old tree.
    """

    def visit_children(self, node: Any) -> Any:
        """Give the node with its children transformed, or the node itself where none changed."""
        changes = {}
        for name in _field_names(node):
            old = getattr(node, name)
            new = self._transformed(old)
            if new is not old:
                changes[name] = new
        return replace(node, **changes) if changes else node

    def _transformed(self, value: Any) -> Any:
        if isinstance(value, tuple):
            items = tuple(self._transformed(item) for item in value)
            return items if any(new is not old for new, old in zip(items, value, strict=True)) else value
        return self.visit(value) if is_dataclass(value) else value
