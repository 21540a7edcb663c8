"""The grammar of expressions: one cursor over tokens, one method per construct.

Precedence climbing keeps the stack shallow and long chains linear. Nesting is limited, so that no text exhausts the
stack here or in the code that walks the tree.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from odata_protocol.errors import SyntaxProblem, Unsupported
from odata_protocol.lexer import Token, syntax_error, tokenize
from odata_protocol.literals import PREFIXES, WORDS, make_literal
from odata_protocol.syntax import (
    Alias,
    And,
    Arithmetic,
    ArithmeticOperator,
    Call,
    Comparison,
    ComparisonOperator,
    ComputeItem,
    CountPath,
    EnumLiteral,
    Expression,
    InList,
    JsonLiteral,
    Lambda,
    Literal,
    Negate,
    Not,
    Or,
    OrderItem,
    Path,
)
from odata_protocol.visitor import height

MAX_NESTING = 100
MAX_HEIGHT = 120

T = TypeVar("T")

OR, AND, EQUALITY, RELATION, SUM, PRODUCT = range(1, 7)
POWERS = {
    "or": OR,
    "and": AND,
    "eq": EQUALITY,
    "ne": EQUALITY,
    "gt": RELATION,
    "ge": RELATION,
    "lt": RELATION,
    "le": RELATION,
    "has": RELATION,
    "in": RELATION,
    "add": SUM,
    "sub": SUM,
    "mul": PRODUCT,
    "div": PRODUCT,
    "divby": PRODUCT,
    "mod": PRODUCT,
}
COMPARISONS = {operator.name.lower(): operator for operator in ComparisonOperator}
ARITHMETIC = {operator.name.lower(): operator for operator in ArithmeticOperator}
_LITERAL_KINDS = frozenset({"number", "guid", "stamp", "date", "time", "string"})


class ExpressionParser:
    """A cursor over the tokens of one text, with one method per construct of the grammar."""

    __slots__ = ("chained", "deepest", "depth", "index", "text", "tokens")

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens: list[Token] = tokenize(text)
        self.index = 0
        self.depth = 0
        self.deepest = 0
        self.chained = 0

    # ---- tokens ----------------------------------------------------------------------------------------------------

    def problem(self) -> SyntaxProblem:
        """The current token cannot stand where it stands."""
        return syntax_error(self.text, self.tokens[self.index][2])

    def expected(self, what: str) -> SyntaxProblem:
        """Something else had to come."""
        position = self.tokens[self.index][2]
        return SyntaxProblem(f"{what} expected at position {position} in '{self.text}'.", self.text, position)

    def take(self, kind: str) -> bool:
        """Step over the current token if it is of this kind."""
        if self.tokens[self.index][0] == kind:
            self.index += 1
            return True
        return False

    def need(self, kind: str, what: str = "") -> None:
        """Step over the current token, which must be of this kind."""
        if not self.take(kind):
            raise self.expected(what) if what else self.problem()

    def take_word(self, word: str) -> bool:
        """Step over the current token if it is this name."""
        kind, text, _ = self.tokens[self.index]
        if kind == "name" and text == word:
            self.index += 1
            return True
        return False

    def need_name(self) -> str:
        """Step over a simple identifier and give it."""
        kind, text, _ = self.tokens[self.index]
        if kind != "name" or not text.isidentifier():
            raise self.problem()
        self.index += 1
        return str(text)

    def end(self) -> None:
        """Nothing may follow."""
        if self.tokens[self.index][0] != "end":
            raise self.problem()

    def enter(self) -> None:
        """Go one level deeper."""
        self.depth += 1
        if self.depth > self.deepest:
            self.deepest = self.depth
            if self.depth > MAX_NESTING:
                raise self.too_deep()

    def too_deep(self) -> SyntaxProblem:
        """The text is nested more deeply than any reader of the tree could follow."""
        return SyntaxProblem("Recursion depth exceeded allowed limit.", self.text, self.tokens[self.index][2])

    def listed(self, item: Callable[[], T]) -> tuple[T, ...]:
        """Read items separated by commas, at least one."""
        items = [item()]
        while self.take(","):
            items.append(item())
        return tuple(items)

    def whole(self, item: Callable[[], T]) -> T:
        """Read something that must fill the whole text."""
        result = item()
        self.end()
        if self.deepest > 12 or self.chained > 12:
            nodes = result if isinstance(result, tuple) else (result,)
            if any(height(node) > MAX_HEIGHT for node in nodes):
                raise self.too_deep()
        return result

    # ---- operators -------------------------------------------------------------------------------------------------

    def expression(self, minimum: int = OR) -> Expression:
        """Read an expression whose operators bind at least as strongly as the minimum."""
        left = self.operand()
        first = True
        while True:
            kind, word, start = self.tokens[self.index]
            if kind != "name":
                return left
            power = POWERS.get(word)
            if power is None or power < minimum:
                return left
            if power <= AND:
                left = self.junction(left, word, power)
                continue
            self.index += 1
            if not first:
                self.chained += 1
            first = False
            if word == "in":
                left = self.membership(left, start)
                continue
            operand = self.expression(power + 1)
            if power >= SUM:
                left = Arithmetic(ARITHMETIC[word], left, operand, position=start)
            else:
                if word == "has" and isinstance(operand, Literal) and operand.type != "Edm.String":
                    raise syntax_error(self.text, operand.position)
                left = Comparison(COMPARISONS[word], left, operand, position=start)

    def junction(self, left: Expression, word: str, power: int) -> Expression:
        """Read all operands of a chain of ``and`` or of ``or``; bracketed chains of the same kind join it."""
        node = And if power == AND else Or
        start = self.tokens[self.index][2]
        operands: list[Expression] = []
        operand = left
        while True:
            if isinstance(operand, node):
                operands += operand.operands
            else:
                operands.append(operand)
            if not self.take_word(word):
                return node(tuple(operands), position=start)
            operand = self.expression(power + 1)

    def membership(self, left: Expression, start: int) -> Expression:
        """Read what follows ``in``."""
        kind, value, position = self.tokens[self.index]
        if kind == "(":
            self.index += 1
            self.enter()
            items: tuple[Expression, ...] = ()
            if self.tokens[self.index][0] != ")":
                items = self.listed(self.expression)
            self.need(")", "')' or ','")
            self.depth -= 1
            return InList(left, items, position=start)
        if kind == "json":
            self.index += 1
            return InList(left, (JsonLiteral(value, position=position),), False, position=start)
        if kind != "name" or value in WORDS:
            raise self.expected("'('")
        return InList(left, (self.word(value, position),), False, position=start)

    # ---- operands --------------------------------------------------------------------------------------------------

    def operand(self) -> Expression:
        """Read a literal, a path, a call, a bracketed expression or one with a sign or ``not`` before it."""
        kind, text, start = self.tokens[self.index]
        if kind == "name":
            if text == "not" and self.tokens[self.index + 1][0] not in ("/", "end", ")", ","):
                return self.prefixed(Not, start)
            return self.word(text, start)
        if kind in _LITERAL_KINDS:
            self.index += 1
            return make_literal(kind, text, start, self.text)
        if kind == "(":
            self.index += 1
            self.enter()
            inner = self.expression()
            self.need(")", "')' or operator")
            self.depth -= 1
            return inner
        if kind == "-":
            return self.prefixed(Negate, start)
        if kind == "quoted":
            self.index += 1
            return self.quoted(text, start)
        if kind == "json":
            self.index += 1
            return JsonLiteral(text, position=start)
        raise self.expected("Expression")

    def prefixed(self, node: type[Not] | type[Negate], start: int) -> Expression:
        """Read the operand of ``not`` or of a minus sign."""
        self.index += 1
        self.enter()
        operand = self.operand()
        self.depth -= 1
        return node(operand, position=start)

    def quoted(self, text: str, start: int) -> Expression:
        """Read a text in quotes with a type name before it."""
        prefix, _, rest = text.partition("'")
        if prefix.lower() in PREFIXES:
            return make_literal("prefixed", text, start, self.text)
        if "." not in prefix or prefix[0] in "$@":
            raise syntax_error(self.text, start + len(prefix))
        return EnumLiteral(prefix, rest[:-1].replace("''", "'"), position=start)

    def word(self, text: str, start: int) -> Expression:
        """Read a literal or an alias that looks like a name, or a path."""
        follower = self.tokens[self.index + 1][0]
        if follower != "/" and follower != "(":
            if text[0] == "@":
                self.index += 1
                return Alias(text[1:], position=start)
            if text in WORDS:
                self.index += 1
                value, type_ = WORDS[text]
                return Literal(value, type_, text, position=start)
            if text != "$count":
                self.index += 1
                return Path((text,), position=start)
        return self.member()

    def member(self) -> Expression:
        """Read a path with its calls, ``$count`` and lambdas."""
        start = self.tokens[self.index][2]
        before: Call | None = None
        names: list[str] = []
        while True:
            kind, name, position = self.tokens[self.index]
            if kind != "name":
                raise self.problem()
            self.index += 1
            if name == "$count":
                if before is None and names:
                    return self.count(Path(tuple(names), position=start))
                if before is None:
                    raise syntax_error(self.text, position)
                names.append(name)
            elif self.tokens[self.index][0] == "(":
                if name in ("any", "all") and (names or before):
                    if before is not None:
                        raise Unsupported(f"A lambda over a function is not supported: '{name}'.", self.text, position)
                    return self.lambda_(name, Path(tuple(names), position=start))
                before = self.call(name, position, self.joined(before, names, start))
                names = []
            else:
                names.append(name)
            if not self.take("/"):
                break
        result = self.joined(before, names, start)
        assert result is not None
        return result

    def joined(self, before: Call | None, names: list[str], start: int) -> Path | Call | None:
        """The part of a path that has been read."""
        if before is None:
            return Path(tuple(names), position=start) if names else None
        self.chained += 1
        return replace(before, rest=Path(tuple(names), position=start)) if names else before

    def count(self, path: Path) -> CountPath:
        """Read what may follow ``$count``."""
        condition = None
        if self.take("("):
            if not self.take_word("$filter"):
                raise self.problem()
            self.need("=")
            self.enter()
            condition = self.expression()
            self.depth -= 1
            self.need(")", "')' or operator")
        return CountPath(path, condition, position=path.position)

    def lambda_(self, quantifier: str, path: Path) -> Lambda:
        """Read the brackets of ``any`` or ``all``."""
        self.need("(")
        if quantifier == "any" and self.take(")"):
            return Lambda(quantifier, path, "", None, position=path.position)
        variable = self.need_name()
        self.need(":")
        self.enter()
        condition = self.expression()
        self.depth -= 1
        self.need(")", "')' or operator")
        return Lambda(quantifier, path, variable, condition, position=path.position)

    def call(self, name: str, start: int, of: Path | Call | None) -> Call:
        """Read the brackets of a function."""
        self.need("(", "'('")
        if name[0] in "$@":
            raise syntax_error(self.text, start)
        self.enter()
        arguments: tuple[Expression, ...] = ()
        named: tuple[tuple[str, Expression], ...] = ()
        if self.tokens[self.index][0] != ")":
            if self.tokens[self.index][0] == "name" and self.tokens[self.index + 1][0] == "=":
                named = self.listed(self.named_argument)
            else:
                arguments = self.listed(self.expression)
        self.need(")", "')' or ','")
        self.depth -= 1
        return Call(name, arguments, named, of, position=start)

    def named_argument(self) -> tuple[str, Expression]:
        """Read ``name=value``."""
        name = self.need_name()
        self.need("=")
        return name, self.expression()

    # ---- items -----------------------------------------------------------------------------------------------------

    def order_item(self) -> OrderItem:
        """Read one item of ``$orderby``."""
        start = self.tokens[self.index][2]
        expression = self.expression()
        descending = self.take_word("desc")
        if not descending:
            self.take_word("asc")
        return OrderItem(expression, descending, position=start)

    def compute_item(self) -> ComputeItem:
        """Read one item of ``$compute``."""
        start = self.tokens[self.index][2]
        expression = self.expression()
        if not self.take_word("as"):
            raise self.expected("'as'")
        return ComputeItem(expression, self.need_name(), position=start)
