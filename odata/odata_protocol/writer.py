"""Nodes back to URL text: next links, logs, round-trip tests.

Expressions and options come out as plain text; ``encode_query``, ``write_path`` and ``write_url`` percent-encode.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import quote

from odata_protocol import syntax
from odata_protocol.grammar import AND, EQUALITY, OR, POWERS
from odata_protocol.literals import write_literal
from odata_protocol.syntax import Expression, QueryOptions, RequestUrl, ResourcePath, Search

QUERY_SAFE = "$,;:/?@!*'()=-._~"
PATH_SAFE = "$,;:@!*'()=-._~"

UNARY, PRIMARY = 7, 8
_CHAINS = {syntax.And: ("and", AND), syntax.Or: ("or", OR)}
_WORD = re.compile(r'[^\s()"&;\\]+')
ORDER = ["$apply", "$compute", "$select", "$expand", "$filter", "$search", "$orderby"]
ORDER += ["$top", "$skip", "$count", "$levels", "$format", "$skiptoken", "$deltatoken"]


# ---- expressions ---------------------------------------------------------------------------------------------------


def _power(node: Expression) -> int:
    if isinstance(node, syntax.And | syntax.Or):
        return _CHAINS[type(node)][1]
    if isinstance(node, syntax.Comparison | syntax.Arithmetic):
        return POWERS[node.operator.name.lower()]
    if isinstance(node, syntax.InList):
        return POWERS["in"]
    return UNARY if isinstance(node, syntax.Not | syntax.Negate) else PRIMARY


def _operand(node: Expression, minimum: int) -> str:
    text = write_expression(node)
    return text if _power(node) >= minimum else f"({text})"


def _call(node: syntax.Call) -> str:
    before = write_expression(node.of) + "/" if node.of is not None else ""
    after = "/" + "/".join(node.rest.segments) if node.rest is not None else ""
    arguments = [write_expression(argument) for argument in node.arguments]
    arguments += [f"{name}={write_expression(value)}" for name, value in node.named]
    return f"{before}{node.name}({','.join(arguments)}){after}"


def _lambda(node: syntax.Lambda) -> str:
    inner = f"{node.variable}:{write_expression(node.condition)}" if node.condition is not None else ""
    return f"{'/'.join(node.path.segments)}/{node.quantifier}({inner})"


def _in_list(node: syntax.InList) -> str:
    items = ",".join(map(write_expression, node.items))
    return f"{_operand(node.left, EQUALITY + 1)} in {f'({items})' if node.listed else items}"


def _binary(node: syntax.Comparison | syntax.Arithmetic) -> str:
    power = _power(node)
    return f"{_operand(node.left, power)} {node.operator.name.lower()} {_operand(node.right, power + 1)}"


def _chain(node: syntax.And | syntax.Or) -> str:
    word, power = _CHAINS[type(node)]
    return f" {word} ".join(_operand(operand, power + 1) for operand in node.operands)


def _negate(node: syntax.Negate) -> str:
    text = _operand(node.operand, UNARY)
    return f"-({text})" if text[0] in "-0123456789I" else f"-{text}"


def _count(node: syntax.CountPath) -> str:
    condition = f"($filter={write_expression(node.filter)})" if node.filter is not None else ""
    return f"{'/'.join(node.path.segments)}/$count{condition}"


_WRITERS: dict[type, Callable[[Any], str]] = {
    syntax.Literal: lambda node: write_literal(node.value, node.type),
    syntax.EnumLiteral: lambda node: node.type + "'" + node.members.replace("'", "''") + "'",
    syntax.JsonLiteral: lambda node: json.dumps(node.value, ensure_ascii=False, separators=(",", ":")),
    syntax.Path: lambda node: "/".join(node.segments),
    syntax.CountPath: _count,
    syntax.Alias: lambda node: "@" + node.name,
    syntax.Comparison: _binary,
    syntax.Arithmetic: _binary,
    syntax.Negate: _negate,
    syntax.And: _chain,
    syntax.Or: _chain,
    syntax.Not: lambda node: "not " + _operand(node.operand, UNARY),
    syntax.InList: _in_list,
    syntax.Call: _call,
    syntax.Lambda: _lambda,
}


def write_expression(node: Expression) -> str:
    """Give the text of an expression, with brackets only where they are needed.

    >>> from odata_protocol.expressions import parse_filter
    >>> write_expression(parse_filter("((name eq 'x')) and ((a gt 1) or (b lt 2))"))
    "name eq 'x' and (a gt 1 or b lt 2)"
    """
    return _WRITERS[type(node)](node)


# ---- options -------------------------------------------------------------------------------------------------------


def _item(path: Iterable[str], form: str, options: QueryOptions | None) -> str:
    text = "/".join(path) + ("/" + form if form else "")
    if options is None:
        return text
    return f"{text}({';'.join(f'{name}={value}' for name, value in option_pairs(options))})"


def _select(items: tuple[syntax.SelectItem, ...]) -> str:
    return ",".join(_item(item.path, "", item.options) for item in items)


def _expand(items: tuple[syntax.ExpandItem, ...]) -> str:
    return ",".join(_item(item.path, item.form.value, item.options) for item in items)


def _orderby(items: tuple[syntax.OrderItem, ...]) -> str:
    return ",".join(write_expression(item.expression) + (" desc" if item.descending else "") for item in items)


def _compute(items: tuple[syntax.ComputeItem, ...]) -> str:
    return ",".join(f"{write_expression(item.expression)} as {item.alias}" for item in items)


def _search(node: Search) -> str:
    if isinstance(node, syntax.SearchTerm):
        if _WORD.fullmatch(node.text) and node.text not in ("AND", "OR", "NOT"):
            return node.text
        escaped = node.text.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'
    operands = [_search(item) for item in node.operands]
    operands = [
        text if isinstance(item, syntax.SearchTerm) else f"({text})"
        for item, text in zip(node.operands, operands, strict=True)
    ]
    return f"NOT {operands[0]}" if node.operator == "NOT" else f" {node.operator} ".join(operands)


def _aggregate(item: syntax.AggregateItem) -> str:
    if item.method == "$count":
        text = "$count" if item.expression is None else write_expression(item.expression) + "/$count"
    else:
        assert item.expression is not None
        text = write_expression(item.expression) + (f" with {item.method}" if item.method else "")
    separator = " from "
    for path, method in item.from_:
        text += separator + "/".join(path.segments) + (f" with {method}" if method else "")
        separator = " from " if method else ","
    return text + (f" as {item.alias}" if item.alias else "")


def _step(step: syntax.ApplyStep) -> str:
    if isinstance(step, syntax.FilterStep):
        return f"filter({write_expression(step.condition)})"
    if isinstance(step, syntax.AggregateStep):
        return f"aggregate({','.join(map(_aggregate, step.items))})"
    if isinstance(step, syntax.GroupByStep):
        groups = ["/".join(path.segments) for path in step.paths]
        for levels in step.rollup:
            names = ["$all" if level is None else "/".join(level.segments) for level in levels]
            groups.append(f"rollup({','.join(names)})")
        steps = "," + _apply(step.steps) if step.steps else ""
        return f"groupby(({','.join(groups)}){steps})"
    return step.name if step.name == "identity" else f"{step.name}({','.join(step.arguments)})"


def _apply(steps: tuple[syntax.ApplyStep, ...]) -> str:
    return "/".join(map(_step, steps))


_OPTION_WRITERS: dict[str, Callable[[Any], str]] = {
    "$select": _select,
    "$expand": _expand,
    "$filter": write_expression,
    "$orderby": _orderby,
    "$search": _search,
    "$apply": _apply,
    "$compute": _compute,
    "$count": lambda value: "true" if value else "false",
}


def option_pairs(options: QueryOptions) -> list[tuple[str, str]]:
    """Give the names and plain values of all options that are set, in the client's order where that is known."""
    names = list(options.present) + [name for name in ORDER if name not in options.present]
    pairs = []
    for name in names:
        value = getattr(options, name[1:])
        if value is not None:
            pairs.append((name, _OPTION_WRITERS.get(name, str)(value)))
    return pairs


def write_options(options: QueryOptions) -> str:
    """Give the options as a query string that people can read; it is not percent-encoded.

    >>> from odata_protocol.options import parse_options
    >>> write_options(parse_options([("$filter", "name eq 'a&b'"), ("$top", "3")])[0])
    "$filter=name eq 'a&b'&$top=3"
    """
    return "&".join(f"{name}={value}" for name, value in option_pairs(options))


def encode_query(pairs: Iterable[tuple[str, str]]) -> str:
    """Join plain names and values to a query string for a URL; the counterpart of ``split_query``.

    >>> encode_query([("$filter", "name eq 'a&b'")])
    "$filter=name%20eq%20'a%26b'"
    """
    return "&".join(f"{quote(name, QUERY_SAFE)}={quote(value, QUERY_SAFE)}" for name, value in pairs)


# ---- paths and URLs ------------------------------------------------------------------------------------------------


def _values(values: Iterable[tuple[str, Expression]]) -> str:
    texts = [f"{name}={write_expression(value)}" if name else write_expression(value) for name, value in values]
    return f"({','.join(texts)})"


def _segment(segment: syntax.Segment) -> str:
    arguments = _values(segment.arguments) if segment.arguments is not None else ""
    key = _values(segment.key.values) if segment.key is not None else ""
    return quote(segment.name + arguments + key, PATH_SAFE)


def write_path(path: ResourcePath) -> str:
    """Give a path as it stands in a URL, percent-encoded where needed.

    >>> from odata_protocol.path import parse_path
    >>> write_path(parse_path("accounts(name='A%2FB')/$ref"))
    "accounts(name='A%2FB')/$ref"
    """
    return "/".join(map(_segment, path.segments))


def write_url(url: RequestUrl) -> str:
    """Give path and query of a request as they stand in a URL."""
    pairs = option_pairs(url.options)
    pairs += [("@" + name, write_expression(value)) for name, value in url.aliases]
    pairs += url.custom
    path = write_path(url.path)
    return f"{path}?{encode_query(pairs)}" if pairs else path
