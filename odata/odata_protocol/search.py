"""``$search``: words, phrases, AND, OR, NOT and brackets."""

from __future__ import annotations

import re

from odata_protocol.errors import SyntaxProblem
from odata_protocol.lexer import syntax_error
from odata_protocol.syntax import Search, SearchOperation, SearchTerm

MAX_NESTING = 100

_TOKEN = re.compile(
    r'\s*+(?:(?P<phrase>"(?:[^"\\]|\\["\\])++"(?![^\s()]))|(?P<word>[^\s()"&;]++(?!["&;]))|(?P<mark>[()])|(?P<end>\Z))'
)


class _SearchParser:
    __slots__ = ("depth", "index", "text", "tokens")

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens: list[tuple[str, str, int]] = []
        self.index = 0
        self.depth = 0
        position = 0
        while True:
            found = _TOKEN.match(text, position)
            if found is None or found.lastgroup is None:
                raise syntax_error(text, position + len(text[position:]) - len(text[position:].lstrip()))
            kind, position = found.lastgroup, found.end()
            self.tokens.append((kind, found[kind], found.start(kind)))
            if kind == "end":
                return

    def operation(self, operator: str) -> Search:
        start = self.tokens[self.index][2]
        operands = [self.lower(operator)]
        while self.follows(operator):
            operands.append(self.lower(operator))
        return operands[0] if len(operands) == 1 else SearchOperation(operator, tuple(operands), position=start)

    def lower(self, operator: str) -> Search:
        return self.operation("AND") if operator == "OR" else self.term()

    def follows(self, operator: str) -> bool:
        kind, text, _ = self.tokens[self.index]
        if kind == "word" and text == operator:
            self.index += 1
            return True
        if operator == "OR" or kind == "end" or text == ")":
            return False
        return not (kind == "word" and text == "OR")  # words side by side mean AND

    def term(self) -> Search:
        kind, text, start = self.tokens[self.index]
        self.index += 1
        if kind == "phrase":
            return SearchTerm(re.sub(r"\\(.)", r"\1", text[1:-1]), position=start)
        if kind == "word" and text not in ("AND", "OR", "NOT"):
            return SearchTerm(text, position=start)
        self.depth += 1
        if self.depth > MAX_NESTING:
            raise SyntaxProblem("Recursion depth exceeded allowed limit.", self.text, start)
        if text == "NOT":
            result: Search = SearchOperation("NOT", (self.term(),), position=start)
        elif text == "(":
            result = self.operation("OR")
            if self.tokens[self.index][1] != ")":
                raise syntax_error(self.text, self.tokens[self.index][2])
            self.index += 1
        else:
            raise SyntaxProblem(f"Expression expected at position {start} in '{self.text}'.", self.text, start)
        self.depth -= 1
        return result


def parse_search(text: str) -> Search:
    """Read the value of ``$search``.

    >>> parse_search('blue OR "dark green"')
    SearchOperation(operator='OR', operands=(SearchTerm(text='blue'), SearchTerm(text='dark green')))
    """
    parser = _SearchParser(text)
    result = parser.operation("OR")
    if parser.tokens[parser.index][0] != "end":
        raise syntax_error(text, parser.tokens[parser.index][2])
    return result
