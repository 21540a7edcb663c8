"""``$apply``: transformations in sequence.

``filter``, ``aggregate`` and ``groupby`` become nodes; the arguments of other transformations stay text.
"""

from __future__ import annotations

from odata_protocol.grammar import ExpressionParser
from odata_protocol.lexer import split_list, syntax_error
from odata_protocol.syntax import (
    AggregateItem,
    AggregateStep,
    ApplyStep,
    CountPath,
    Expression,
    FilterStep,
    GroupByStep,
    NamedStep,
    Path,
)

METHODS = frozenset({"sum", "min", "max", "average", "countdistinct"})
TRANSFORMATIONS = frozenset(
    {"bottomcount", "bottompercent", "bottomsum", "topcount", "toppercent", "topsum", "concat", "compute", "expand"}
    | {"search", "orderby", "skip", "top", "join", "outerjoin", "nest", "addnested"}
    | {"ancestors", "descendants", "traverse"}
)


class _ApplyParser(ExpressionParser):
    __slots__ = ()

    def steps(self) -> tuple[ApplyStep, ...]:
        """Read transformations separated by slashes."""
        steps = [self.step()]
        while self.take("/"):
            steps.append(self.step())
        return tuple(steps)

    def step(self) -> ApplyStep:
        kind, name, start = self.tokens[self.index]
        if kind != "name":
            raise self.expected("Expression")
        self.index += 1
        self.enter()
        step = self.named(name, start)
        self.depth -= 1
        return step

    def named(self, name: str, start: int) -> ApplyStep:
        if name == "identity":
            return NamedStep(name)
        if name not in ("filter", "aggregate", "groupby"):
            if name not in TRANSFORMATIONS and "." not in name:
                raise syntax_error(self.text, start)
            return NamedStep(name, self.raw_arguments())
        self.need("(", "'('")
        step: ApplyStep
        if name == "filter":
            step = FilterStep(self.expression())
        elif name == "aggregate":
            step = AggregateStep(self.listed(self.aggregate))
        else:
            step = self.groupby()
        self.need(")", "')' or ','")
        return step

    def raw_arguments(self) -> tuple[str, ...]:
        """The texts between the brackets, split at their outermost commas."""
        self.need("(", "'('")
        start, level = self.tokens[self.index][2], 1
        while level:
            kind, _, position = self.tokens[self.index]
            if kind == "end":
                raise self.expected("')' or ','")
            self.index += 1
            level += (kind == "(") - (kind == ")")
        inner = self.text[start:position].strip()
        return tuple(piece.strip() for _, piece in split_list(inner, ",")) if inner else ()

    def aggregate(self) -> AggregateItem:
        """Read ``expression with method as alias`` and its variants."""
        start = self.tokens[self.index][2]
        expression: Expression | None
        if self.take_word("$count"):
            expression, method = None, "$count"
        else:
            expression = self.expression()
            method = self.method() if self.take_word("with") else ""
            if not method and isinstance(expression, CountPath) and expression.filter is None:
                expression, method = expression.path, "$count"
        origins = self.origins()
        if self.take_word("as"):
            return AggregateItem(expression, method, self.need_name(), origins, position=start)
        if method or not isinstance(expression, Path):
            raise self.expected("'as'")
        return AggregateItem(expression, "", "", origins, position=start)

    def method(self) -> str:
        kind, name, start = self.tokens[self.index]
        if kind != "name" or (name not in METHODS and "." not in name):
            raise syntax_error(self.text, start)
        self.index += 1
        return str(name)

    def origins(self) -> tuple[tuple[Path, str | None], ...]:
        """Read ``from path with method`` parts."""
        found: list[tuple[Path, str | None]] = []
        while self.take_word("from"):
            paths = self.listed(self.path)
            method = self.method() if self.take_word("with") else None
            found += [(path, None) for path in paths[:-1]]
            found.append((paths[-1], method))
        return tuple(found)

    def path(self) -> Path:
        start = self.tokens[self.index][2]
        found = self.member()
        if not isinstance(found, Path) or any(name[0] == "@" for name in found.segments):
            raise syntax_error(self.text, start)
        return found

    def groupby(self) -> GroupByStep:
        """Read what stands between the brackets of ``groupby``."""
        paths: list[Path] = []
        rollups: list[tuple[Path | None, ...]] = []
        self.need("(", "'('")
        while True:
            if self.tokens[self.index][1] == "rollup" and self.tokens[self.index + 1][0] == "(":
                self.index += 2
                rollups.append(self.listed(self.rollup_level))
                self.need(")", "')' or ','")
            else:
                paths.append(self.path())
            if not self.take(","):
                break
        self.need(")", "')' or ','")
        steps = self.steps() if self.take(",") else ()
        return GroupByStep(tuple(paths), steps, tuple(rollups))

    def rollup_level(self) -> Path | None:
        """A path, or None for ``$all``."""
        return None if self.take_word("$all") else self.path()


def parse_apply(text: str) -> tuple[ApplyStep, ...]:
    """Read the value of ``$apply``.

    >>> parse_apply("groupby((statuscode),aggregate($count as n))")[0].paths
    (Path(segments=('statuscode',)),)
    """
    parser = _ApplyParser(text)
    return parser.whole(parser.steps)
