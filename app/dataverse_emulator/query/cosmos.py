"""The SQL of ExecuteCosmosSqlQuery: its text to a query that is asked of documents (contract 02 §17).

The rows of an elastic table are documents, with JSON inside texts and members that may be missing. No column holds
those, so such a query runs over the documents of a partition and not in the database. A comparison with a missing
member, or of values of two kinds, is neither true nor false, as there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cmp_to_key
from typing import Any, TypeAlias

from dataverse_emulator.errors import EmulatorError, error, not_emulated
from dataverse_emulator.query.cosmos_values import (
    AGGREGATES,
    FUNCTIONS,
    MISSING,
    compare,
    equals,
    join_all,
    join_any,
    opposite,
    order,
)

MAX_DEPTH = 50
MAX_TEXT = 100_000
MAX_DIGITS = 19  # what a JSON number of 64 bits surely holds

Document: TypeAlias = Mapping[str, Any]
Value: TypeAlias = Callable[[Document], Any]

_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(?P<text>'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")"
    r"|(?P<parameter>@\w+)|(?P<name>[A-Za-z_]\w*)|(?P<sign><=|>=|!=|<>|[-=<>.,()\[\]*]))"
)
_ESCAPED = re.compile(r"\\(.)")
_UNBUILT = frozenset({"JOIN", "GROUP", "UDF", "EXISTS", "ARRAY", "LIKE", "VALUE"})
_ENDS = frozenset(
    {"FROM", "WHERE", "ORDER", "OFFSET", "LIMIT", "AS", "ASC", "DESC", "AND", "OR", "NOT", "IN", "BETWEEN"}
)
_CONSTANTS: Mapping[str, Any] = {"TRUE": True, "FALSE": False, "NULL": None, "UNDEFINED": MISSING}
_COMPARISONS = frozenset({"=", "!=", "<>", "<", "<=", ">", ">="})


@dataclass(slots=True)
class Item:
    """One member of the result: its name, its value, and the aggregate function that the values go into."""

    name: str
    value: Value
    aggregate: str = ""


@dataclass(slots=True)
class CosmosQuery:
    """A query that was read; ``items`` empty: whole documents."""

    items: list[Item] = field(default_factory=list)
    where: Value | None = None
    order: list[tuple[Value, bool]] = field(default_factory=list)
    distinct: bool = False
    top: int | None = None
    offset: int = 0

    def answer(self, documents: Iterable[Document]) -> list[dict[str, Any]]:
        """The results in order; members without value are absent."""
        found = [each for each in documents if self.where is None or self.where(each) is True]
        for value, descending in reversed(self.order):
            found = _sorted(found, value, descending)
        results = [self._aggregated(found)] if any(item.aggregate for item in self.items) else map(self._shown, found)
        kept = _distinct(results) if self.distinct else list(results)
        end = None if self.top is None else self.offset + self.top
        return kept[self.offset : end]

    def _shown(self, document: Document) -> dict[str, Any]:
        if not self.items:
            return dict(document)
        values = ((item.name, item.value(document)) for item in self.items)
        return {name: value for name, value in values if value is not MISSING}

    def _aggregated(self, documents: list[Document]) -> dict[str, Any]:
        values = {
            item.name: AGGREGATES[item.aggregate]([each for each in map(item.value, documents) if each is not MISSING])
            for item in self.items
        }
        return {name: value for name, value in values.items() if value is not MISSING}


def read_cosmos(text: str, parameters: Mapping[str, Any]) -> CosmosQuery:
    """Read a query.

    Args:
        parameters: values by name, with the ``@`` in front.

    >>> query = read_cosmos("select c.props.a.b as x from c where c.props.a.b > @least", {"@least": 1})
    >>> query.answer([{"props": {"a": {"b": 1}}}, {"props": {"a": {"b": 2}}}, {"props": {}}])
    [{'x': 2}]

    Raises:
        EmulatorError: 0x80040203 for a text that is no query, 501 for joins, groups, subqueries and the like.
    """
    return _Reader(text, parameters).read()


def _sorted(documents: list[Document], value: Value, descending: bool) -> list[Document]:
    rank = cmp_to_key(order)
    return sorted(documents, key=lambda document: rank(value(document)), reverse=descending)


def _distinct(results: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    kept: dict[str, dict[str, Any]] = {}
    for result in results:
        kept.setdefault(repr(sorted(result.items())), result)
    return list(kept.values())


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    if len(text) > MAX_TEXT:
        raise _wrong("it is too long")
    place, text = 0, text.strip()
    while place < len(text):
        found = _TOKEN.match(text, place)
        if found is None:
            raise _wrong(f"unexpected text near '{text[place : place + 20].strip()}'")
        assert found.lastgroup is not None
        yield found.lastgroup, found[found.lastgroup]
        place = found.end()
    yield "end", ""


def _wrong(reason: str) -> EmulatorError:
    return error("InvalidArgument", message=f"The query text is not valid: {reason}.")


class _Reader:
    """Reads one text from left to right."""

    def __init__(self, text: str, parameters: Mapping[str, Any]) -> None:
        self.tokens = list(_tokens(text))
        self.place = 0
        self.depth = 0
        self.parameters = parameters
        self.alias = "c"

    def read(self) -> CosmosQuery:
        self._refuse_unbuilt()
        self.alias = self._find_alias()
        query = CosmosQuery()
        self.expect("SELECT")
        query.distinct = self.take("DISTINCT")
        if self.take("TOP"):
            query.top = self.integer()
        if not self.take("*"):
            query.items = self.listed(self.item)
        self.expect("FROM")
        self.next()
        if self.take("AS") or (self.kind == "name" and self.word not in _ENDS | _UNBUILT):
            self.next()
        if self.take("WHERE"):
            query.where = self.condition()
        if self.take("ORDER"):
            self.expect("BY")
            query.order = self.listed(self.ordered)
        if self.take("OFFSET"):
            query.offset = self.integer()
            self.expect("LIMIT")
            query.top = self.integer()
        if self.kind != "end":
            raise self.unexpected()
        if any(item.aggregate for item in query.items) and not all(item.aggregate for item in query.items):
            raise _wrong("aggregates and other values cannot stand together")
        return query

    def _refuse_unbuilt(self) -> None:
        """Name what the language has and the emulator has not, before anything else is wrong with it."""
        for (_, before), (kind, word) in zip(self.tokens, self.tokens[1:], strict=False):
            if kind == "name" and word.upper() in ("JOIN", "GROUP") and before != ".":
                raise not_emulated(f"{word.upper()} in a query of ExecuteCosmosSqlQuery")

    def _find_alias(self) -> str:
        """The name of a document, which is used before it is given."""
        for place, (kind, word) in enumerate(self.tokens):
            if kind == "name" and word.upper() == "FROM" and self.tokens[place - 1][1] != ".":
                behind = [text for _, text in self.tokens[place + 1 : place + 4]]
                if len(behind) == 3 and behind[1].upper() == "AS":
                    return behind[2]
                named = len(behind) > 1 and self.tokens[place + 2][0] == "name"
                return behind[1] if named and behind[1].upper() not in _ENDS | _UNBUILT else behind[0]
        return ""

    # -- tokens -----------------------------------------------------------------------------------------------------

    @property
    def kind(self) -> str:
        return self.tokens[self.place][0]

    @property
    def word(self) -> str:
        return self.tokens[self.place][1].upper() if self.kind in ("name", "sign", "end") else ""

    def next(self) -> str:
        kind, text = self.tokens[self.place]
        if kind == "end":
            raise _wrong("it ends too early")
        self.place += 1
        return text

    def take(self, word: str) -> bool:
        found = self.word == word
        self.place += found
        return found

    def expect(self, word: str) -> None:
        if not self.take(word):
            raise self.unexpected()

    def unexpected(self) -> EmulatorError:
        if self.word in _UNBUILT:
            return not_emulated(f"{self.word} in a query of ExecuteCosmosSqlQuery")
        return _wrong(f"unexpected '{self.tokens[self.place][1][:50]}'")

    def integer(self) -> int:
        if self.kind == "parameter":
            value = self.parameter()
            if isinstance(value, int) and value >= 0:
                return value
            raise _wrong("a number of results is no whole number")
        text = self.tokens[self.place][1]
        if self.kind != "number" or not text.isdigit() or len(text) >= MAX_DIGITS:
            raise self.unexpected()
        return int(self.next())

    def listed(self, read: Callable[[], Any]) -> list[Any]:
        items = [read()]
        while self.take(","):
            items.append(read())
        return items

    # -- clauses ----------------------------------------------------------------------------------------------------

    def item(self) -> Item:
        start = self.place
        name = f"${start}"
        aggregate = self.word if self.word in AGGREGATES and self.tokens[self.place + 1][1] == "(" else ""
        if aggregate:
            self.place += 2
            value = self.condition()
            self.expect(")")
        else:
            value = self.condition()
            kind, last = self.tokens[self.place - 1]
            if kind == "name":
                name = last
        if self.take("AS") or (self.kind == "name" and self.word not in _ENDS):
            name = self.next()
        return Item(name, value, aggregate)

    def ordered(self) -> tuple[Value, bool]:
        value = self.operand()
        descending = self.take("DESC")
        if not descending:
            self.take("ASC")
        return value, descending

    # -- conditions -------------------------------------------------------------------------------------------------

    def condition(self) -> Value:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise _wrong("it is nested too deeply")
        parts = [self.conjunction()]
        while self.take("OR"):
            parts.append(self.conjunction())
        self.depth -= 1
        return parts[0] if len(parts) == 1 else lambda row: join_any(part(row) for part in parts)

    def conjunction(self) -> Value:
        parts = [self.negation()]
        while self.take("AND"):
            parts.append(self.negation())
        return parts[0] if len(parts) == 1 else lambda row: join_all(part(row) for part in parts)

    def negation(self) -> Value:
        negated = False
        while self.take("NOT"):
            negated = not negated
        value = self.comparison()
        return (lambda row: opposite(value(row))) if negated else value

    def comparison(self) -> Value:
        left = self.operand()
        if self.word in _COMPARISONS:
            operator = self.next()
            right = self.operand()
            return lambda row: compare(operator, left(row), right(row))
        negated = self.take("NOT")
        if self.take("IN"):
            self.expect("(")
            options = self.listed(self.operand)
            self.expect(")")
            found: Value = lambda row: join_any(equals(left(row), option(row)) for option in options)  # noqa: E731 - a condition made where it is read
        elif self.take("BETWEEN"):
            low = self.operand()
            self.expect("AND")
            high = self.operand()
            found = lambda row: join_all((compare(">=", left(row), low(row)), compare("<=", left(row), high(row))))  # noqa: E731 - a condition made where it is read
        elif negated:
            raise self.unexpected()
        else:
            return left
        return (lambda row: opposite(found(row))) if negated else found

    def operand(self) -> Value:
        kind = self.kind
        if kind == "number":
            return self.constant(self.number())
        if kind == "text":
            return self.constant(_ESCAPED.sub(r"\1", self.next()[1:-1]))
        if kind == "parameter":
            return self.constant(self.parameter())
        if self.take("-"):
            if self.kind != "number":
                raise self.unexpected()
            return self.constant(-self.number())
        if self.take("("):
            value = self.condition()
            self.expect(")")
            return value
        if kind != "name" or self.word in _UNBUILT | _ENDS or self.word == "SELECT":
            if self.word == "SELECT":
                raise not_emulated("subqueries of ExecuteCosmosSqlQuery")
            raise self.unexpected()
        if self.tokens[self.place + 1][1] == "(":
            return self.call()
        if self.word in _CONSTANTS and self.tokens[self.place + 1][1] != ".":
            return self.constant(_CONSTANTS[self.next().upper()])
        return self.path()

    @staticmethod
    def constant(value: Any) -> Value:
        return lambda _: value

    def number(self) -> int | float:
        text = self.next()
        return int(text) if text.isdigit() and len(text) < MAX_DIGITS else float(text)

    def parameter(self) -> Any:
        name = self.next()
        if name not in self.parameters:
            raise _wrong(f"the parameter {name[:50]} has no value")
        return self.parameters[name]

    def call(self) -> Value:
        name = self.next().upper()
        function = FUNCTIONS.get(name)
        if function is None:
            raise not_emulated(f"the function {name[:50]} in a query of ExecuteCosmosSqlQuery")
        self.expect("(")
        arguments = [] if self.word == ")" else self.listed(self.condition)
        self.expect(")")
        if not function.least <= len(arguments) <= function.most:
            raise _wrong(f"{name} has another number of arguments")
        return lambda row: function.run(*(argument(row) for argument in arguments))

    def path(self) -> Value:
        if self.tokens[self.place][1] != self.alias:
            raise _wrong(f"the name '{self.next()[:50]}' is not known")
        self.next()
        steps: list[str | int] = []
        while True:
            if self.take("."):
                if self.kind != "name":
                    raise self.unexpected()
                steps.append(self.next())
            elif self.take("["):
                if self.kind not in ("text", "number"):
                    raise self.unexpected()
                steps.append(self.integer() if self.kind == "number" else self.next()[1:-1])
                self.expect("]")
            else:
                return lambda row: _follow(row, steps)


def _follow(value: Any, steps: Iterable[str | int]) -> Any:
    for step in steps:
        if isinstance(step, int):
            value = value[step] if isinstance(value, list) and step < len(value) else MISSING
        else:
            value = value.get(step, MISSING) if isinstance(value, Mapping) else MISSING
    return value
