"""Walking and rebuilding trees."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from odata_protocol.expressions import parse_filter
from odata_protocol.syntax import Alias, Literal, Path
from odata_protocol.url import parse_url
from odata_protocol.visitor import Transformer, Visitor, children, height
from odata_protocol.writer import write_expression


class Gather(Visitor):
    def __init__(self) -> None:
        self.seen: list[str] = []

    def visit_path(self, node: Path) -> None:
        self.seen.append("/".join(node.segments))

    def visit_in_list(self, node: Any) -> None:
        self.seen.append("in")
        self.visit_children(node)


class Bind(Transformer):
    def visit_alias(self, _: Alias) -> Literal:
        return Literal(5, "Edm.Int32")

    def visit_path(self, node: Path) -> Path:
        return replace(node, segments=("x", *node.segments)) if node.segments[0] == "a" else node


def test_visitor_meets_every_node() -> None:
    gather = Gather()
    gather.visit(parse_filter("a eq 1 or b in (c,d) or ns.F(X=e/f) or g/any(h:h/i) or j/$count($filter=k) gt 1"))
    assert gather.seen == ["a", "in", "b", "c", "d", "e/f", "g", "h/i", "j", "k"]


def test_visitor_walks_whole_requests() -> None:
    gather = Gather()
    gather.visit(parse_url("accounts", "$filter=a&$orderby=b&$expand=n($filter=c)&$apply=groupby((d))&@p=e"))
    assert sorted(gather.seen) == ["a", "b", "c", "d", "e"]


def test_transformer_rebuilds_what_changes_and_shares_the_rest() -> None:
    tree: Any = parse_filter("a eq @p and ns.F(X=@p) and b eq 1")
    found = Bind().visit(tree)
    assert write_expression(found) == "x/a eq 5 and ns.F(X=5) and b eq 1"
    assert found.operands[2] is tree.operands[2]
    assert Bind().visit(tree.operands[2]) is tree.operands[2]


def test_children_and_height() -> None:
    tree = parse_filter("a eq 1 and not b")
    assert [type(child).__name__ for child in children(tree)] == ["Comparison", "Not"]
    assert height(tree) == 3
