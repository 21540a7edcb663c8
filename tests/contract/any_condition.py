"""Conditions over leads at random: as ``$filter``, as FetchXML, as SQL, and what they mean in plain Python.

A condition holds of a lead, of the lead that its ``masterid`` points to, or of the leads that point back. The meaning
follows the rulings R13 (texts) and R21 (nulls) and shares no code with the service.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeAlias
from xml.sax.saxutils import escape, quoteattr

from hypothesis import strategies as st

from .questions.question import CRM, plain

Row: TypeAlias = Mapping[str, Any]
UP, DOWN = "masterid", "lead_master_lead"
ID = "00000000-0000-0000-0000-0000000000{:02d}"
OPPOSITES = {
    "eq": "ne", "gt": "le", "lt": "ge", "null": "not-null", "like": "not-like", "begins-with": "not-begin-with",
    "ends-with": "not-end-with", "in": "not-in", "between": "not-between",
}  # fmt: skip
OPPOSITES |= {opposite: own for own, opposite in OPPOSITES.items()}
FOR_MISSING = ("null", "ne", "not-like", "not-begin-with", "not-end-with", "not-in")
FUNCTIONS = {"in": "In", "not-in": "NotIn", "between": "Between", "not-between": "NotBetween"}
TEXT_FUNCTIONS = {"like": "contains", "begins-with": "startswith", "ends-with": "endswith"}
SIGNS = {"eq": "=", "ne": "<>", "gt": ">", "ge": ">=", "lt": "<", "le": "<="}


# ---- conditions ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Test:
    """A column compared; ``above``: that of the lead it points to."""

    __test__ = False

    column: str
    operator: str
    values: tuple[Any, ...] = ()
    above: bool = False


@dataclass(frozen=True)
class Group:
    """All or any of the parts."""

    parts: tuple[Condition, ...]
    any: bool


@dataclass(frozen=True)
class Not:
    part: Condition


@dataclass(frozen=True)
class Below:
    """Some lead that points here meets the condition, or (``every``) none meets its opposite."""

    part: Condition
    every: bool
    negated: bool = False


Condition: TypeAlias = Test | Group | Not | Below


def opposite(condition: Condition) -> Condition:
    """What R21 makes of ``not``."""
    match condition:
        case Test():
            return replace(condition, operator=OPPOSITES[condition.operator])
        case Group():
            return Group(tuple(opposite(part) for part in condition.parts), not condition.any)
        case Not():
            return condition.part
        case Below():
            return replace(condition, negated=not condition.negated)


# ---- the meaning ---------------------------------------------------------------------------------------------------


def holds(condition: Condition, row: Row, rows: Sequence[Row]) -> bool:
    """Whether a row meets a condition among all rows."""
    match condition:
        case Group(parts, any_):
            found = [holds(part, row, rows) for part in parts]
            return any(found) if any_ else all(found)
        case Not(part):
            return holds(opposite(part), row, rows)
        case Below(part, every, negated):
            part = opposite(part) if every else part
            found = any(holds(part, other, rows) for other in rows if other[UP] == row["leadid"])
            return found != (every != negated)
        case Test(column, operator, values, above):
            if above:
                row = next((other for other in rows if other["leadid"] == row[UP]), {})
            return _compares(operator, _form(row.get(column)), [_form(value) for value in values])


def _form(value: Any) -> Any:
    """A value as it is compared: texts without case and accents, moments as moments."""
    if not isinstance(value, str):
        return value
    if re.match(r"\d{4}-\d\d-\d\dT", value):
        return datetime.fromisoformat(value)
    return plain(value) or None


def _compares(operator: str, value: Any, values: Sequence[Any]) -> bool:
    if operator in ("eq", "ne") and values == [None]:  # the empty text
        return (value is None) == (operator == "eq")
    if value is None:
        return operator in FOR_MISSING
    match operator:
        case "null" | "not-null":
            return operator == "not-null"
        case "ne" | "not-like" | "not-begin-with" | "not-end-with" | "not-in" | "not-between":
            return not _compares(OPPOSITES[operator], value, values)
        case "eq" | "in":
            return value in values
        case "between":
            return bool(values[0] <= value <= values[1])
        case "like" | "begins-with" | "ends-with":
            start = "" if operator == "begins-with" else ".*"
            end = "" if operator == "ends-with" else ".*"
            return re.fullmatch(start + _pattern(values[0]) + end, value, re.DOTALL) is not None
        case _:
            orders: dict[str, Callable[[Any, Any], bool]] = {
                "gt": lambda a, b: a > b,
                "ge": lambda a, b: a >= b,
                "lt": lambda a, b: a < b,
                "le": lambda a, b: a <= b,
            }
            return orders[operator](value, values[0])


def _pattern(text: str) -> str:
    """A pattern of the platform as a regular expression."""
    parts = re.findall(r"\[\^?[^\]]+\]|.", text, re.DOTALL)
    return "".join(part if len(part) > 1 else {"%": ".*", "_": "."}.get(part, re.escape(part)) for part in parts)


# ---- OData ---------------------------------------------------------------------------------------------------------


def odata(condition: Condition, variable: str = "") -> str:
    """The text of a ``$filter``."""
    match condition:
        case Group(parts, any_):
            return "(" + (" or " if any_ else " and ").join(odata(part, variable) for part in parts) + ")"
        case Not(part):
            return f"not ({odata(part, variable)})"
        case Below(part, every):  # negations stand around it here
            return f"{DOWN}/{'all' if every else 'any'}(l:{odata(part, 'l/')})"
        case Test(column, operator, values, above):
            if operator in FUNCTIONS:
                texts = json.dumps([str(value) for value in values], ensure_ascii=False)
                return f"{CRM}.{FUNCTIONS[operator]}(PropertyName='{column}',PropertyValues={texts})"
            name = variable + (f"{UP}/" if above else "") + (f"_{column}_value" if column == UP else column)
            if operator in ("null", "not-null"):
                return f"{name} {'eq' if operator == 'null' else 'ne'} null"
            value = _literal(column, values[0])
            for text_operator, function in TEXT_FUNCTIONS.items():
                if operator == text_operator:
                    return f"{function}({name},{value})"
                if operator == OPPOSITES[text_operator]:
                    return f"not {function}({name},{value})"
            return f"{name} {operator} {value}"


def _literal(column: str, value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "'" + value.replace("'", "''") + "'" if column == "companyname" else str(value)


# ---- FetchXML ------------------------------------------------------------------------------------------------------


def fetch(condition: Condition) -> str:
    """A whole FetchXML text."""
    link = f'<link-entity name="lead" from="leadid" to="{UP}" link-type="outer" alias="up"/>'
    inner = f"<filter>{_fetch(condition)}</filter>{link}"
    return f'<fetch><entity name="lead"><attribute name="leadid"/>{inner}</entity></fetch>'


def _fetch(condition: Condition) -> str:
    match condition:
        case Group(parts, any_):
            return f'<filter type="{"or" if any_ else "and"}">{"".join(map(_fetch, parts))}</filter>'
        case Not(part):
            return _fetch(opposite(part))
        case Below(part, every, negated):
            part = opposite(part) if every else part
            kind = "not any" if every != negated else "any"
            start = f'<link-entity name="lead" from="{UP}" to="leadid" link-type="{kind}">'
            return f"{start}<filter>{_fetch(part)}</filter></link-entity>"
        case Test(column, operator, values, above):
            of = ' entityname="up"' if above else ""
            if "like" in operator:
                values = (f"%{values[0]}%",)
            start = f'<condition{of} attribute="{column}" operator="{operator}"'
            if len(values) == 1 and operator not in FUNCTIONS:
                return f"{start} value={quoteattr(str(_xml(values[0])))}/>"
            return f"{start}>{''.join(f'<value>{escape(str(_xml(value)))}</value>' for value in values)}</condition>"


def _xml(value: Any) -> Any:
    return int(value) if isinstance(value, bool) else value


# ---- SQL -----------------------------------------------------------------------------------------------------------


def sql(condition: Condition) -> str:
    """A whole SELECT; of conditions without ``Below``."""
    return f"SELECT r.leadid FROM lead r LEFT JOIN lead up ON r.{UP} = up.leadid WHERE {_sql(condition)}"


def _sql(condition: Condition) -> str:
    match condition:
        case Group(parts, any_):
            return "(" + (" OR " if any_ else " AND ").join(map(_sql, parts)) + ")"
        case Not(part):
            return f"NOT ({_sql(part)})"
        case Test(column, operator, values, above):
            name = f"{'up' if above else 'r'}.{column}"
            texts = ["'" + str(_xml(value)).replace("'", "''") + "'" for value in values]
            negation = "NOT " if operator.startswith("not-") else ""
            if operator in ("null", "not-null"):
                return f"{name} IS {negation}NULL"
            if operator in SIGNS:
                return f"{name} {SIGNS[operator]} {texts[0]}"
            if operator in ("in", "not-in"):
                return f"{name} {negation}IN ({', '.join(texts)})"
            if operator in ("between", "not-between"):
                return f"{name} {negation}BETWEEN {texts[0]} AND {texts[1]}"
            start = "" if "begin" in operator else "%"
            end = "" if "end" in operator and "begin" not in operator else "%"
            return f"{name} {negation}LIKE '{start}{texts[0][1:-1]}{end}'"
        case Below():
            raise AssertionError("SQL has no lists of rows here")


# ---- at random -----------------------------------------------------------------------------------------------------

_MOMENTS = ["2024-01-31T23:59:59Z", "2024-02-01T00:00:00Z", "2024-02-29T12:30:00Z"]
_POOLS: dict[str, list[Any]] = {
    "companyname": [
        "alpha",
        "ALPHA",
        "álphá",
        "alphabet",
        "Beta",
        "b%t",
        "O'Dell & <Co>",
        "Øre",
        "öre",
        "Straße",
        "みず",
    ],
    "numberofemployees": [0, 1, 2, 1000],
    "revenue": [0.0, 0.5, 1.0, 2.25],
    "leadsourcecode": [1, 2, 8],
    "donotphone": [False, True],
    "lastonholdtime": _MOMENTS,
    "estimatedclosedate": ["2024-01-31", "2024-02-01", "2024-02-29"],
}
_VALUES = _POOLS | {
    "companyname": [*_POOLS["companyname"], "alpha  ", "ORE", "STRASSE", "c"],
    "lastonholdtime": [*_MOMENTS, "2024-02-01T01:00:00+01:00"],
}
_PATTERNS = ["a", "ALP", "á", "b_t", "b[%]t", "%a", "[a-c]", "[^a-c]", "'", "&", "o", "ss", "ず", "l%a"]
_PLAIN = ["eq", "ne", "null", "not-null"]
_ORDERED = [*_PLAIN, "gt", "ge", "lt", "le"]
_TEXTS = ["like", "not-like", "begins-with", "not-begin-with", "ends-with", "not-end-with"]
_LISTS = ["in", "not-in"]
_OPERATORS = dict.fromkeys(_POOLS, _ORDERED) | {"donotphone": _PLAIN, "companyname": _ORDERED + _TEXTS, UP: _PLAIN}
_LISTED = ["companyname", "numberofemployees", "leadsourcecode"]

_cells = {name: st.none() | st.sampled_from(pool) for name, pool in _POOLS.items()}


@st.composite
def rows(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Up to eight leads, some of which point to another."""
    ids = [ID.format(number) for number in range(1, draw(st.integers(1, 8)) + 1)]
    return [
        {"leadid": id_, UP: draw(st.none() | st.sampled_from(ids)), **draw(st.fixed_dictionaries(_cells))}
        for id_ in ids
    ]


@st.composite
def _tests(draw: st.DrawFn, *, lists: bool, paths: bool) -> Test:
    if lists and draw(st.integers(0, 3)) == 0:
        column = draw(st.sampled_from(_LISTED))
        if draw(st.booleans()):
            values = draw(st.lists(st.sampled_from(_POOLS[column]), min_size=1, max_size=3))
            return Test(column, draw(st.sampled_from(_LISTS)), tuple(values))
        pool = _POOLS["numberofemployees"]
        least, most = draw(st.sampled_from(pool)), draw(st.sampled_from(pool))
        return Test("numberofemployees", draw(st.sampled_from(["between", "not-between"])), (least, most))
    column = draw(st.sampled_from(sorted(_OPERATORS)))
    operator = draw(st.sampled_from(_OPERATORS[column]))
    above = paths and column != UP and draw(st.booleans())
    if operator in ("null", "not-null"):
        return Test(column, operator, (), above)
    pool = [ID.format(number) for number in (1, 2, 3)] if column == UP else _VALUES[column]
    if operator in _TEXTS:
        pool = _PATTERNS
    elif column == "companyname" and operator in ("eq", "ne"):
        pool = [*pool, ""]
    return Test(column, operator, (draw(st.sampled_from(pool)),), above)


def _trees(tests: st.SearchStrategy[Any], negations: bool = True) -> st.SearchStrategy[Any]:
    def grow(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
        groups = st.builds(Group, st.lists(inner, min_size=1, max_size=3).map(tuple), st.booleans())
        return groups | st.builds(Not, inner) if negations else groups

    return st.recursive(tests, grow, max_leaves=5)


_inside = _trees(_tests(lists=False, paths=False))
_negatable = _trees(_tests(lists=False, paths=True) | st.builds(Below, _inside, st.booleans()))
# a query function may not stand under ``not`` (E-53)
CONDITIONS = _trees(_tests(lists=True, paths=False) | _negatable, negations=False)
IN_ONE_STATEMENT = _trees(_tests(lists=True, paths=True))
