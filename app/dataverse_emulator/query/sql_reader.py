"""The text of a SQL query to plain values (contract 09 §3, Reads): one SELECT statement of Transact-SQL.

What the service documents as not supported is refused here: statements other than SELECT, ``*``, subqueries, common
table expressions, UNION, HAVING, CASE, functions other than the five aggregates, joins other than INNER and LEFT,
comparisons of anything but a column with a literal. The codes and texts of these refusals are inferred.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

import sqlglot
from sqlglot import TokenType, exp
from sqlglot.errors import SqlglotError

from dataverse_emulator.errors import EmulatorError, error
from dataverse_emulator.query.model import AggregateFunction, JoinKind
from dataverse_emulator.query.operators import TURNED, Operator
from dataverse_emulator.query.sql_nodes import (
    SqlColumn,
    SqlCompare,
    SqlCondition,
    SqlGroup,
    SqlItem,
    SqlJoin,
    SqlNot,
    SqlOrder,
    SqlPair,
    SqlSelect,
)

DIALECT = "tsql"
MAX_TOP = 5000

_ALIAS = re.compile(r"[\w .#$-]{1,128}")
_KNOWN_PARTS = frozenset({"distinct", "expressions", "from_", "joins", "where", "group", "order", "limit", "offset"})
_PART_NAMES = {
    "with_": "a common table expression (WITH)",
    "having": "HAVING",
    "into": "INTO",
    "for_": "FOR",
    "options": "OPTION",
    "qualify": "QUALIFY",
    "windows": "WINDOW",
}
_COMPARISONS: dict[type[exp.Expr], Operator] = {
    exp.EQ: Operator.EQ,
    exp.NEQ: Operator.NE,
    exp.GT: Operator.GT,
    exp.GTE: Operator.GE,
    exp.LT: Operator.LT,
    exp.LTE: Operator.LE,
}
_FUNCTIONS: dict[type[exp.Expr], AggregateFunction] = {
    exp.Sum: AggregateFunction.SUM,
    exp.Avg: AggregateFunction.AVERAGE,
    exp.Min: AggregateFunction.MIN,
    exp.Max: AggregateFunction.MAX,
}


def read_sql(text: str) -> SqlSelect:
    """Read a query.

    >>> read_sql("SELECT TOP 3 name FROM account WHERE statecode = 0").top
    3

    Raises:
        EmulatorError: 400 for what is no statement of that kind.
    """
    select = _parse(text)
    for name, value in select.args.items():
        if value and name not in _KNOWN_PARTS:
            raise not_supported(_PART_NAMES.get(name, name.strip("_").upper()))
    from_ = select.args.get("from_")
    if from_ is None:
        raise malformed("It names no table after FROM.")
    table, alias = _table(from_.this)
    items = tuple(_items(select.expressions))
    group = select.args.get("group")
    order = select.args.get("order")
    where = select.args.get("where")
    top, offset = _extent(select, order is not None)
    return SqlSelect(
        table,
        alias,
        items,
        tuple(_join(join) for join in select.args.get("joins") or ()),
        None if where is None else _condition(where.this),
        () if group is None else tuple(_group(group)),
        () if order is None else tuple(_order(item) for item in order.expressions),
        distinct=_is_distinct(select),
        top=top,
        offset=offset,
    )


def not_supported(feature: str) -> EmulatorError:
    """The refusal of something that SQL has and the service has not."""
    return error("SqlNotSupported", feature=feature)


def malformed(problem: str) -> EmulatorError:
    """The refusal of a text that is no SQL."""
    return error("SqlMalformed", problem=problem)


def _parse(text: str) -> exp.Select:
    try:
        tokens = sqlglot.tokenize(text, read=DIALECT)
        if not tokens:
            raise malformed("It is empty.")
        if tokens[0].token_type is TokenType.WITH:
            raise not_supported(_PART_NAMES["with_"])
        if tokens[0].token_type is not TokenType.SELECT:
            raise not_supported("a statement other than SELECT")
        if any(token.token_type is TokenType.LIMIT for token in tokens):
            raise not_supported("LIMIT")
        if any(token.token_type is TokenType.SEMICOLON for token in tokens[:-1]):
            raise not_supported("more than one statement")
        statements = [each for each in sqlglot.parse(text, read=DIALECT) if each is not None]
    except SqlglotError as problem:
        raise malformed(_problem(problem)) from None
    if len(statements) != 1:
        raise not_supported("more than one statement")
    statement = statements[0]
    if isinstance(statement, exp.SetOperation):
        raise not_supported(statement.key.upper())
    if not isinstance(statement, exp.Select):
        raise not_supported("a statement other than SELECT")
    return statement


def _problem(problem: SqlglotError) -> str:
    found = next(iter(getattr(problem, "errors", ())), None)
    if found is None or found.get("line") is None:
        return "It cannot be read."
    near = str(found.get("highlight") or "")[:40]
    return f"Incorrect syntax near '{near}' in line {found['line']}, column {found['col']}."


def _extent(select: exp.Select, is_ordered: bool) -> tuple[int | None, int]:
    """TOP, or OFFSET with FETCH."""
    limit, offset = select.args.get("limit"), select.args.get("offset")
    if limit is None:
        if offset is not None:
            raise not_supported("OFFSET without FETCH")
        return None, 0
    options = limit.args.get("limit_options")
    if options is not None and (options.args.get("percent") or options.args.get("with_ties")):
        raise not_supported("TOP with PERCENT or WITH TIES")
    if not isinstance(limit, exp.Fetch):
        top = _whole(limit.expression, "TOP")
        if top > MAX_TOP:
            raise not_supported(f"TOP with more than {MAX_TOP} rows")
        return top, 0
    if offset is None or not is_ordered:
        raise malformed("FETCH stands behind ORDER BY and OFFSET.")
    count = _whole(limit.args.get("count"), "FETCH")
    skipped = _whole(offset.expression, "OFFSET")
    if not 0 < count <= MAX_TOP:
        raise not_supported(f"FETCH of fewer rows than 1 or more than {MAX_TOP}")
    return count, skipped


def _whole(literal: exp.Expr | None, clause: str) -> int:
    while isinstance(literal, exp.Paren):
        literal = literal.this
    if not isinstance(literal, exp.Literal) or literal.is_string or not literal.this.isdecimal():
        raise not_supported(f"{clause} with anything but a whole number")
    return min(int(literal.this), 2**31)


def _is_distinct(select: exp.Select) -> bool:
    distinct = select.args.get("distinct")
    if distinct is not None and distinct.args.get("on") is not None:
        raise not_supported("DISTINCT ON")
    return distinct is not None


# ---- tables --------------------------------------------------------------------------------------------------------


def _table(table: exp.Expr) -> tuple[str, str]:
    """The logical name of a table and the name that its columns go by."""
    if isinstance(table, exp.Subquery):
        raise not_supported("a subquery")
    if not isinstance(table, exp.Table) or not isinstance(table.this, exp.Identifier):
        raise not_supported("FROM with anything but a table")
    for name, value in table.args.items():
        if value and name not in ("this", "alias"):
            raise not_supported(f"{name.strip('_').upper()} of a table")
    alias = table.args.get("alias")
    if alias is not None and alias.args.get("columns"):
        raise not_supported("a list of columns behind a table's alias")
    return table.name.lower(), (table.alias or table.name).lower()


def _join(join: exp.Join) -> SqlJoin:
    side, kind = str(join.args.get("side") or "").upper(), str(join.args.get("kind") or "").upper()
    if isinstance(join.this, exp.Lateral):
        raise not_supported("APPLY")
    if side in ("RIGHT", "FULL") or kind == "CROSS":
        raise not_supported(f"{side or kind} JOIN")
    if kind not in ("", "INNER", "OUTER") or join.args.get("method") or join.args.get("using"):
        raise not_supported("a join other than INNER JOIN and LEFT JOIN")
    on = join.args.get("on")
    if on is None:
        raise not_supported("a join without ON (CROSS JOIN)")
    table, alias = _table(join.this)
    return SqlJoin(table, alias, JoinKind.OUTER if side == "LEFT" else JoinKind.INNER, _condition(on, joining=True))


# ---- columns -------------------------------------------------------------------------------------------------------


def _items(expressions: Iterable[exp.Expr]) -> Iterator[SqlItem]:
    for expression in expressions:
        alias = ""
        if isinstance(expression, exp.Alias):
            alias, expression = expression.alias, expression.this
            if _ALIAS.fullmatch(alias) is None:
                raise malformed("An alias has characters that it may not have.")
        if isinstance(expression, exp.Star) or (isinstance(expression, exp.Column) and expression.is_star):
            raise not_supported("SELECT *")
        if isinstance(expression, exp.Column):
            yield SqlItem(_column(expression), None, alias)
        else:
            yield _aggregate(expression, alias)


def _aggregate(expression: exp.Expr, alias: str) -> SqlItem:
    argument: Any = expression.this
    if isinstance(expression, exp.Count):
        if isinstance(argument, exp.Star) or (isinstance(argument, exp.Literal) and not expression.expressions):
            return SqlItem(None, AggregateFunction.COUNT, alias)
        if isinstance(argument, exp.Distinct) and len(argument.expressions) == 1:
            return SqlItem(_column(argument.expressions[0]), AggregateFunction.COUNT_DISTINCT, alias)
        return SqlItem(_column(argument), AggregateFunction.COUNT_COLUMN, alias)
    function = _FUNCTIONS.get(type(expression))
    if function is None or expression.args.get("expressions"):
        raise _refusal(expression)
    return SqlItem(_column(argument), function, alias)


def _column(expression: exp.Expr | None) -> SqlColumn:
    if not isinstance(expression, exp.Column) or not isinstance(expression.this, exp.Identifier):
        raise _refusal(expression)
    if expression.args.get("db"):
        raise not_supported("a column with the name of its schema")
    return SqlColumn(expression.name.lower(), expression.table.lower())


def _group(group: exp.Expr) -> Iterator[SqlColumn]:
    for name, value in group.args.items():
        if value and name != "expressions":
            raise not_supported(f"GROUP BY with {name.upper()}")
    for expression in group.args.get("expressions") or ():
        yield _column(expression)


def _order(item: exp.Expr) -> SqlOrder:
    return SqlOrder(_column(item.this), bool(item.args.get("desc")))


def _refusal(expression: Any) -> EmulatorError:
    """What to say of an expression where a column is expected."""
    if isinstance(expression, exp.Subquery | exp.Select):
        return not_supported("a subquery")
    if isinstance(expression, exp.Window):
        return not_supported("a window function")
    if isinstance(expression, exp.Case):
        return not_supported("CASE")
    if isinstance(expression, exp.Func):
        name = expression.sql(dialect=DIALECT).partition("(")[0]
        return not_supported(f"the function {name.upper()[:40]}")
    return not_supported("an expression where a column is expected")


# ---- conditions ----------------------------------------------------------------------------------------------------


def _condition(node: exp.Expr, *, joining: bool = False) -> SqlCondition:
    if isinstance(node, exp.Paren):
        return _condition(node.this, joining=joining)
    if isinstance(node, exp.And | exp.Or):
        return SqlGroup(
            tuple(_condition(part, joining=joining) for part in node.flatten()), any_=isinstance(node, exp.Or)
        )
    if isinstance(node, exp.Not):
        return SqlNot(_condition(node.this))
    operator = _COMPARISONS.get(type(node))
    if operator is not None:
        return _comparison(node, operator, joining)
    column = _column(node.this) if isinstance(node, exp.Like | exp.In | exp.Between | exp.Is) else None
    if column is None:
        raise _refusal_of_condition(node)
    if isinstance(node, exp.Is):
        if not isinstance(node.expression, exp.Null):
            raise not_supported("IS with anything but NULL")
        return SqlCompare(column, Operator.NULL)
    if isinstance(node, exp.Like):
        found: SqlCondition = SqlCompare(column, Operator.LIKE, (_literal(node.expression),))
    elif isinstance(node, exp.In):
        if node.args.get("query") is not None or not node.expressions:
            raise not_supported("a subquery")
        found = SqlCompare(column, Operator.IN, tuple(_literal(value) for value in node.expressions))
    else:
        values = (_literal(node.args.get("low")), _literal(node.args.get("high")))
        found = SqlCompare(column, Operator.BETWEEN, values)
    return SqlNot(found) if node.args.get("negate") else found


def _comparison(node: exp.Expr, operator: Operator, joining: bool) -> SqlCondition:
    left, right = node.this, node.args["expression"]
    if isinstance(left, exp.Column) and isinstance(right, exp.Column):
        if not joining or operator is not Operator.EQ:
            raise not_supported("a comparison of two columns")
        return SqlPair(_column(left), _column(right))
    if isinstance(right, exp.Column) and _is_literal(left):
        return SqlCompare(_column(right), TURNED.get(operator, operator), (_literal(left),))
    if _is_literal(left):
        raise not_supported("a comparison of two literals")
    return SqlCompare(_column(left), operator, (_literal(right),))


def _is_literal(node: Any) -> bool:
    return isinstance(node, exp.Literal | exp.National | exp.Null | exp.Neg)


def _literal(node: Any) -> str | None:
    """The text of a literal; None for NULL."""
    while isinstance(node, exp.Paren):
        node = node.this
    if isinstance(node, exp.Null):
        return None
    if isinstance(node, exp.Literal | exp.National):
        return str(node.this)
    if isinstance(node, exp.Neg) and isinstance(node.this, exp.Literal) and not node.this.is_string:
        return f"-{node.this.this}"
    if isinstance(node, exp.Subquery | exp.Select | exp.Func):
        raise _refusal(node)
    raise not_supported("a comparison with anything but a literal")


def _refusal_of_condition(node: exp.Expr) -> EmulatorError:
    if isinstance(node, exp.Exists):
        return not_supported("EXISTS")
    if isinstance(node, exp.Escape):
        return not_supported("ESCAPE")
    if isinstance(node, exp.Func | exp.Subquery):
        return _refusal(node)
    return not_supported("a condition that is no comparison of a column with a literal")
