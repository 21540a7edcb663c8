"""``$filter``, ``$orderby``, ``$compute`` and the values of parameter aliases: text to expression nodes."""

from __future__ import annotations

import re

from odata_protocol.grammar import ExpressionParser
from odata_protocol.lexer import NAME_PATTERN
from odata_protocol.literals import WORDS
from odata_protocol.syntax import ComputeItem, Expression, OrderItem, Path


def parse_filter(text: str) -> Expression:
    """Read a condition, or any other expression.

    >>> parse_filter("name eq 'x'")
    Comparison(operator=<ComparisonOperator.EQ: 'Equal'>, left=Path(segments=('name',)), right=Literal(value='x', \
type='Edm.String', text="'x'"))
    >>> parse_filter("a or b or c") == parse_filter("((a) or b) or (c)")
    True
    >>> parse_filter("name eq")
    Traceback (most recent call last):
    odata_protocol.errors.SyntaxProblem: Expression expected at position 7 in 'name eq'.
    """
    parser = ExpressionParser(text)
    return parser.whole(parser.expression)


_SIMPLE_ORDER = re.compile(rf" *({NAME_PATTERN}(?:/{NAME_PATTERN})*)(?: +(asc|desc))? *")


def parse_orderby(text: str) -> tuple[OrderItem, ...]:
    """Read the items of ``$orderby``.

    >>> parse_orderby("name desc")
    (OrderItem(expression=Path(segments=('name',)), descending=True),)
    """
    simple = _SIMPLE_ORDER.fullmatch(text)
    if simple is not None and simple[1] not in WORDS and simple[1] != "not":
        start = simple.start(1)
        path = Path(tuple(simple[1].split("/")), position=start)
        return (OrderItem(path, simple[2] == "desc", position=start),)
    parser = ExpressionParser(text)
    return parser.whole(lambda: parser.listed(parser.order_item))


def parse_compute(text: str) -> tuple[ComputeItem, ...]:
    """Read the items of ``$compute``.

    >>> parse_compute("revenue mul 2 as twice")[0].alias
    'twice'
    """
    parser = ExpressionParser(text)
    return parser.whole(lambda: parser.listed(parser.compute_item))
