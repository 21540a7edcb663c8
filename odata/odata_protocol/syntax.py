"""Frozen nodes of an OData request: paths, keys, expressions, query options.

Names stand as the client wrote them; nothing is looked up. ``position`` is an offset in characters into the text that
the parser was given and takes no part in comparisons, so that two texts that mean the same give equal trees.
"""

from __future__ import annotations

from dataclasses import field
from enum import Enum
from typing import Any, TypeAlias

from odata_protocol.nodes import Node, node

Position: TypeAlias = int


# ---- expressions ---------------------------------------------------------------------------------------------------


@node
class Literal(Node):
    """A primitive value.

    ``value`` is ``None``, ``bool``, ``int``, ``decimal.Decimal``, ``float``, ``str``, ``uuid.UUID``,
    ``datetime.date``, ``datetime.datetime`` (aware), ``datetime.time``, ``datetime.timedelta`` or ``bytes``; ``type``
    the EDM name (``Edm.String``, ``Edm.Int32`` ...; ``Edm.Null`` for null); ``text`` what the client wrote.
    Geo literals keep their text as ``str`` value.
    """

    value: Any
    type: str
    text: str = field(default="", compare=False)
    position: Position = field(default=0, compare=False, repr=False, kw_only=True)


@node
class EnumLiteral(Node):
    """``Microsoft.Dynamics.CRM.AccessRights'Read,Write'``: type name and the text between the quotes."""

    type: str
    members: str
    position: Position = field(default=0, compare=False, repr=False, kw_only=True)


@node
class JsonLiteral(Node):
    """A JSON array or object in a URL; ``value`` is what a JSON reader makes of it.

    Single-quoted strings are accepted as well as double-quoted ones (clients send both)."""

    value: Any
    position: Position = field(default=0, compare=False, repr=False, kw_only=True)


@node
class Path(Node):
    """A property or navigation path: ``primarycontactid/fullname``, ``x/name``, ``$it``, ``$root/...``.

    Segments are names as written; a segment with a dot is a type cast."""

    segments: tuple[str, ...]
    position: Position = field(default=0, compare=False, repr=False, kw_only=True)


@node
class CountPath(Node):
    """``Account_Tasks/$count`` inside an expression, with an optional filter."""

    path: Path
    filter: Expression | None = None
    position: Position = field(default=0, compare=False, repr=False, kw_only=True)


@node
class Alias(Node):
    """A parameter alias, without its ``@``."""

    name: str
    position: Position = field(default=0, compare=False, repr=False, kw_only=True)


class ComparisonOperator(Enum):
    """Binary operators that give a truth value; the values are the names in the OData library's messages."""

    EQ = "Equal"
    NE = "NotEqual"
    GT = "GreaterThan"
    GE = "GreaterThanOrEqual"
    LT = "LessThan"
    LE = "LessThanOrEqual"
    HAS = "Has"


class ArithmeticOperator(Enum):
    """Arithmetic operators; the values are the names in the OData library's messages."""

    ADD = "Add"
    SUB = "Subtract"
    MUL = "Multiply"
    DIV = "Divide"
    DIVBY = "DivideBy"
    MOD = "Modulo"


@node
class Comparison(Node):
    """``left operator right``."""

    operator: ComparisonOperator
    left: Expression
    right: Expression
    position: Position = field(default=0, compare=False, repr=False, kw_only=True)


@node
class Arithmetic(Node):
    """``left operator right`` with numbers or dates."""

    operator: ArithmeticOperator
    left: Expression
    right: Expression
    position: Position = field(default=0, compare=False, repr=False, kw_only=True)


@node
class Negate(Node):
    """``-operand``."""

    operand: Expression
    position: Position = field(default=0, compare=False, repr=False, kw_only=True)


@node
class And(Node):
    """All operands hold; flat, two or more operands."""

    operands: tuple[Expression, ...]
    position: Position = field(default=0, compare=False, repr=False, kw_only=True)


@node
class Or(Node):
    """One operand holds; flat, two or more operands."""

    operands: tuple[Expression, ...]
    position: Position = field(default=0, compare=False, repr=False, kw_only=True)


@node
class Not(Node):
    """The operand does not hold."""

    operand: Expression
    position: Position = field(default=0, compare=False, repr=False, kw_only=True)


@node
class InList(Node):
    """``left in (a,b)``, or ``left in path``, ``left in @alias``, ``left in ["a"]`` (one item, ``listed`` false)."""

    left: Expression
    items: tuple[Expression, ...]
    listed: bool = True
    position: Position = field(default=0, compare=False, repr=False, kw_only=True)


@node
class Call(Node):
    """A function call. Positional arguments (``contains(name,'x')``) or named ones (``ns.F(A=1,B=@p)``), never both.

    ``of`` is the path before a bound function (``address/ns.F()``) or the call before it (``ns.F()/ns.G()``), ``rest``
    the path that follows the brackets. A key predicate inside an expression (``Items(1)/Name``) reads like a call."""

    name: str
    arguments: tuple[Expression, ...] = ()
    named: tuple[tuple[str, Expression], ...] = ()
    of: Path | Call | None = None
    rest: Path | None = None
    position: Position = field(default=0, compare=False, repr=False, kw_only=True)


@node
class Lambda(Node):
    """``path/any(variable: condition)``; ``variable`` is empty and ``condition`` None for ``any()``."""

    quantifier: str  # "any" or "all"
    path: Path
    variable: str
    condition: Expression | None
    position: Position = field(default=0, compare=False, repr=False, kw_only=True)


Expression: TypeAlias = (
    Literal
    | EnumLiteral
    | JsonLiteral
    | Path
    | CountPath
    | Alias
    | Comparison
    | Arithmetic
    | Negate
    | And
    | Or
    | Not
    | InList
    | Call
    | Lambda
)


# ---- query options -------------------------------------------------------------------------------------------------


@node
class SelectItem(Node):
    """One item of ``$select``: a path, ``*`` (``("*",)``) or ``Namespace.*``; ``options`` for nested ones."""

    path: tuple[str, ...]
    options: QueryOptions | None = None
    position: Position = field(default=0, compare=False, repr=False, kw_only=True)


class ExpandForm(Enum):
    """How an expanded navigation property is represented."""

    RECORDS = ""
    REFERENCES = "$ref"
    COUNT = "$count"


@node
class ExpandItem(Node):
    """One item of ``$expand``; ``path`` may be ``("*",)`` and may hold type casts (with a dot)."""

    path: tuple[str, ...]
    form: ExpandForm = ExpandForm.RECORDS
    options: QueryOptions | None = None
    position: Position = field(default=0, compare=False, repr=False, kw_only=True)


@node
class OrderItem(Node):
    """One item of ``$orderby``."""

    expression: Expression
    descending: bool = False
    position: Position = field(default=0, compare=False, repr=False, kw_only=True)


@node
class ComputeItem(Node):
    """``expression as alias``."""

    expression: Expression
    alias: str
    position: Position = field(default=0, compare=False, repr=False, kw_only=True)


@node
class SearchTerm(Node):
    """A word or phrase of ``$search``."""

    text: str
    position: Position = field(default=0, compare=False, repr=False, kw_only=True)


@node
class SearchOperation(Node):
    """``AND``, ``OR`` or ``NOT`` of ``$search``."""

    operator: str
    operands: tuple[SearchTerm | SearchOperation, ...]
    position: Position = field(default=0, compare=False, repr=False, kw_only=True)


Search: TypeAlias = SearchTerm | SearchOperation


@node
class AggregateItem(Node):
    """``expression with method as alias``; ``$count as alias`` has no expression and the method ``$count``.

    ``nav/$count as alias`` has the path as expression. A custom aggregate (``Forecast``) has an empty method and, where
    the client gave none, an empty alias.

    ``from_`` holds the ``from grouping with method`` parts as (path, method) pairs."""

    expression: Expression | None
    method: str
    alias: str
    from_: tuple[tuple[Path, str | None], ...] = ()
    position: Position = field(default=0, compare=False, repr=False, kw_only=True)


@node
class FilterStep(Node):
    """``filter(condition)`` in ``$apply``."""

    condition: Expression


@node
class AggregateStep(Node):
    """``aggregate(...)``."""

    items: tuple[AggregateItem, ...]


@node
class GroupByStep(Node):
    """``groupby((paths),steps)``; ``rollup`` holds ``rollup(...)`` items, which are kept apart from plain ones."""

    paths: tuple[Path, ...]
    steps: tuple[ApplyStep, ...] = ()
    rollup: tuple[tuple[Path | None, ...], ...] = ()


@node
class NamedStep(Node):
    """Any other transformation, by name with the texts of its arguments: ``topcount(5,Amount)``, ``identity``."""

    name: str
    arguments: tuple[Any, ...] = ()


ApplyStep: TypeAlias = FilterStep | AggregateStep | GroupByStep | NamedStep


@node
class QueryOptions(Node):
    """The system query options of one request or of one ``$expand`` item. ``None`` means absent.

    ``present`` lists the option names in the order in which the client wrote them, with their ``$``."""

    select: tuple[SelectItem, ...] | None = None
    expand: tuple[ExpandItem, ...] | None = None
    filter: Expression | None = None
    orderby: tuple[OrderItem, ...] | None = None
    top: int | None = None
    skip: int | None = None
    count: bool | None = None
    search: Search | None = None
    apply: tuple[ApplyStep, ...] | None = None
    compute: tuple[ComputeItem, ...] | None = None
    skiptoken: str | None = None
    deltatoken: str | None = None
    format: str | None = None
    levels: int | str | None = None
    present: tuple[str, ...] = field(default=(), compare=False)


# ---- resource paths ------------------------------------------------------------------------------------------------


@node
class Key(Node):
    """A key predicate: ``(guid)`` has one pair with an empty name, ``(a=1,b='x')`` one pair a name."""

    values: tuple[tuple[str, Expression], ...]
    position: Position = field(default=0, compare=False, repr=False, kw_only=True)


@node
class Segment(Node):
    """One segment of a resource path.

    ``name`` is an entity set, property, navigation property, operation (qualified or not), type cast (qualified), or
    one of ``$ref $value $count $metadata $batch $all $entity $crossjoin``, or a content-id reference (``$1``).
    ``key`` is the predicate in brackets where the brackets hold key values; ``arguments`` the named arguments where
    they can only be those of a function, ``()`` for empty brackets. ``name(x=1)`` can be either: it is stored as
    ``key`` and the binder decides (``Key.values`` are the named arguments then).
    """

    name: str
    key: Key | None = None
    arguments: tuple[tuple[str, Expression], ...] | None = None
    position: Position = field(default=0, compare=False, repr=False, kw_only=True)


@node
class ResourcePath(Node):
    """The path of a request below the service root; no segments for the service document."""

    segments: tuple[Segment, ...]


@node
class RequestUrl(Node):
    """A whole request below the service root.

    ``aliases`` maps names without ``@`` to expressions; ``custom`` holds the other query parameters, decoded, in order.
    """

    path: ResourcePath
    options: QueryOptions
    aliases: tuple[tuple[str, Expression], ...] = ()
    custom: tuple[tuple[str, str], ...] = ()
