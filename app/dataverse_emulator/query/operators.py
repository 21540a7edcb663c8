"""The platform's condition operators and what is known of each: one enum and one table for all query languages.

The value of a member is the operator's name in FetchXML (contract 03 §13). ``TRAITS`` says of each operator which
columns and values it takes, what its opposite is, whether rows without value match (ruling R21) and which query
function of the Web API means the same (contract 03 §8).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import NamedTuple

from dataverse_emulator.metadata.columns import CHOICE_TYPES, LOOKUP_TYPES, NUMBER_TYPES, TEXT_TYPES, ColumnType


class Operator(StrEnum):
    """How a column is compared. ``Operator("neq")``, an older spelling, is ``NE``.

    >>> Operator("neq"), Operator("last-x-days")
    (<Operator.NE: 'ne'>, <Operator.LAST_X_DAYS: 'last-x-days'>)
    """

    EQ = "eq"
    NE = "ne"
    GT = "gt"
    GE = "ge"
    LT = "lt"
    LE = "le"
    NULL = "null"
    NOT_NULL = "not-null"
    LIKE = "like"
    NOT_LIKE = "not-like"
    BEGINS_WITH = "begins-with"
    NOT_BEGIN_WITH = "not-begin-with"
    ENDS_WITH = "ends-with"
    NOT_END_WITH = "not-end-with"
    CONTAINS = "contains"  # OData's contains(): like with % on both sides; not in FetchXML
    NOT_CONTAINS = "not-contains"
    IN = "in"
    NOT_IN = "not-in"
    BETWEEN = "between"
    NOT_BETWEEN = "not-between"
    CONTAIN_VALUES = "contain-values"
    NOT_CONTAIN_VALUES = "not-contain-values"
    # the caller
    EQ_USERID = "eq-userid"
    NE_USERID = "ne-userid"
    EQ_USERTEAMS = "eq-userteams"
    EQ_USER_OR_USER_TEAMS = "eq-useroruserteams"
    EQ_USER_OR_USER_HIERARCHY = "eq-useroruserhierarchy"
    EQ_USER_OR_USER_HIERARCHY_AND_TEAMS = "eq-useroruserhierarchyandteams"
    EQ_BUSINESSID = "eq-businessid"
    NE_BUSINESSID = "ne-businessid"
    EQ_USERLANGUAGE = "eq-userlanguage"
    # the calendar
    ON = "on"
    ON_OR_BEFORE = "on-or-before"
    ON_OR_AFTER = "on-or-after"
    YESTERDAY = "yesterday"
    TODAY = "today"
    TOMORROW = "tomorrow"
    LAST_SEVEN_DAYS = "last-seven-days"
    NEXT_SEVEN_DAYS = "next-seven-days"
    LAST_WEEK = "last-week"
    THIS_WEEK = "this-week"
    NEXT_WEEK = "next-week"
    LAST_MONTH = "last-month"
    THIS_MONTH = "this-month"
    NEXT_MONTH = "next-month"
    LAST_YEAR = "last-year"
    THIS_YEAR = "this-year"
    NEXT_YEAR = "next-year"
    LAST_X_HOURS = "last-x-hours"
    NEXT_X_HOURS = "next-x-hours"
    LAST_X_DAYS = "last-x-days"
    NEXT_X_DAYS = "next-x-days"
    LAST_X_WEEKS = "last-x-weeks"
    NEXT_X_WEEKS = "next-x-weeks"
    LAST_X_MONTHS = "last-x-months"
    NEXT_X_MONTHS = "next-x-months"
    LAST_X_YEARS = "last-x-years"
    NEXT_X_YEARS = "next-x-years"
    OLDERTHAN_X_MINUTES = "olderthan-x-minutes"
    OLDERTHAN_X_HOURS = "olderthan-x-hours"
    OLDERTHAN_X_DAYS = "olderthan-x-days"
    OLDERTHAN_X_WEEKS = "olderthan-x-weeks"
    OLDERTHAN_X_MONTHS = "olderthan-x-months"
    OLDERTHAN_X_YEARS = "olderthan-x-years"
    # the fiscal calendar
    LAST_FISCAL_YEAR = "last-fiscal-year"
    THIS_FISCAL_YEAR = "this-fiscal-year"
    NEXT_FISCAL_YEAR = "next-fiscal-year"
    LAST_FISCAL_PERIOD = "last-fiscal-period"
    THIS_FISCAL_PERIOD = "this-fiscal-period"
    NEXT_FISCAL_PERIOD = "next-fiscal-period"
    LAST_X_FISCAL_YEARS = "last-x-fiscal-years"
    NEXT_X_FISCAL_YEARS = "next-x-fiscal-years"
    LAST_X_FISCAL_PERIODS = "last-x-fiscal-periods"
    NEXT_X_FISCAL_PERIODS = "next-x-fiscal-periods"
    IN_FISCAL_YEAR = "in-fiscal-year"
    IN_FISCAL_PERIOD = "in-fiscal-period"
    IN_FISCAL_PERIOD_AND_YEAR = "in-fiscal-period-and-year"
    IN_OR_BEFORE_FISCAL_PERIOD_AND_YEAR = "in-or-before-fiscal-period-and-year"
    IN_OR_AFTER_FISCAL_PERIOD_AND_YEAR = "in-or-after-fiscal-period-and-year"
    # hierarchies
    ABOVE = "above"
    EQ_OR_ABOVE = "eq-or-above"
    UNDER = "under"
    EQ_OR_UNDER = "eq-or-under"
    NOT_UNDER = "not-under"

    @classmethod
    def _missing_(cls, value: object) -> Operator | None:
        return cls.NE if value == "neq" else None


class Family(StrEnum):
    """What an operator needs beside the column and its values."""

    PLAIN = "plain"  # nothing
    CALENDAR = "calendar"  # the time, the caller's time zone, the fiscal year
    CALLER = "caller"  # who asks
    HIERARCHY = "hierarchy"  # the rows above or below a row


class Argument(StrEnum):
    """What the values of an operator are."""

    VALUE = "value"  # in the form of the column
    PATTERN = "pattern"  # text with wildcards
    COUNT = "count"  # a whole number from 1
    NUMBER = "number"  # a fiscal period or year
    DAY = "day"  # a date, or a moment that stands for its day
    ROW = "row"  # the id of a row
    OPTION = "option"  # one option of a multi-select column


MANY = -1

_TEXT = TEXT_TYPES | {ColumnType.ENTITY_NAME, ColumnType.VIRTUAL}
_SHORT_TEXT = _TEXT - {ColumnType.MEMO}
_DATES = frozenset({ColumnType.DATE_TIME})
_BOOLEANS = frozenset({ColumnType.BOOLEAN, ColumnType.MANAGED_PROPERTY})
_CHOICES = frozenset({ColumnType.MULTI_SELECT})
_ROWS = LOOKUP_TYPES | {ColumnType.UNIQUEIDENTIFIER}
_ALL = frozenset(ColumnType)
_ORDERED = _TEXT | NUMBER_TYPES | _DATES | CHOICE_TYPES | _BOOLEANS
_LISTED = _SHORT_TEXT | NUMBER_TYPES | CHOICE_TYPES | _ROWS | _BOOLEANS | _DATES | _CHOICES
_RANGED = _SHORT_TEXT | NUMBER_TYPES | _DATES


class Traits(NamedTuple):
    """One row of the operator table.

    Attributes:
        operator: the operator.
        arity: how many values it takes; ``MANY`` for any number.
        types: the columns that it can be asked of.
        argument: what its values are.
        family: what it needs beside them.
        opposite: the operator that holds where this one does not (None: negation is a flag of the comparison).
        matches_null: rows whose column is null match (ruling R21).
        needs_time: it has no meaning for dates without time.
        function: name of the query function, without namespace (contract 03 §8); empty where there is none.
    """

    operator: Operator
    arity: int
    types: frozenset[ColumnType]
    argument: Argument = Argument.VALUE
    family: Family = Family.PLAIN
    opposite: Operator | None = None
    matches_null: bool = False
    needs_time: bool = False
    function: str = ""

    @property
    def parameters(self) -> tuple[tuple[str, str], ...]:
        """Names and types of the query function's parameters.

        >>> TRAITS[Operator.LAST_X_DAYS].parameters
        (('PropertyName', 'Edm.String'), ('PropertyValue', 'Edm.Int64'))
        """
        name = ("PropertyName", "Edm.String")
        if self.arity == 0:
            return (name,)
        if self.argument in (Argument.COUNT, Argument.NUMBER):
            names = ("PropertyValue",) if self.arity == 1 else ("PropertyValue1", "PropertyValue2")
            return (name, *((own, "Edm.Int64") for own in names))
        if self.arity == 1:
            return (name, ("PropertyValue", "Edm.String"))
        return (name, ("PropertyValues", "Collection(Edm.String)"))


def _plain() -> Iterator[Traits]:
    o = Operator
    yield Traits(o.EQ, 1, _ALL, opposite=o.NE)
    yield Traits(o.NE, 1, _ALL, opposite=o.EQ, matches_null=True)
    yield Traits(o.GT, 1, _ORDERED, opposite=o.LE)
    yield Traits(o.GE, 1, _ORDERED, opposite=o.LT)
    yield Traits(o.LT, 1, _ORDERED, opposite=o.GE)
    yield Traits(o.LE, 1, _ORDERED, opposite=o.GT)
    yield Traits(o.NULL, 0, _ALL, opposite=o.NOT_NULL)
    yield Traits(o.NOT_NULL, 0, _ALL, opposite=o.NULL)
    for positive, negative in (
        (o.LIKE, o.NOT_LIKE),
        (o.BEGINS_WITH, o.NOT_BEGIN_WITH),
        (o.ENDS_WITH, o.NOT_END_WITH),
        (o.CONTAINS, o.NOT_CONTAINS),
    ):
        yield Traits(positive, 1, _TEXT, Argument.PATTERN, opposite=negative)
        yield Traits(negative, 1, _TEXT, Argument.PATTERN, opposite=positive, matches_null=True)
    yield Traits(o.IN, MANY, _LISTED, opposite=o.NOT_IN, function="In")
    yield Traits(o.NOT_IN, MANY, _LISTED, opposite=o.IN, matches_null=True, function="NotIn")
    yield Traits(o.BETWEEN, 2, _RANGED, opposite=o.NOT_BETWEEN, function="Between")
    yield Traits(o.NOT_BETWEEN, 2, _RANGED, opposite=o.BETWEEN, function="NotBetween")
    yield Traits(
        o.CONTAIN_VALUES, MANY, _CHOICES, Argument.OPTION, opposite=o.NOT_CONTAIN_VALUES, function="ContainValues"
    )
    yield Traits(
        o.NOT_CONTAIN_VALUES,
        MANY,
        _CHOICES,
        Argument.OPTION,
        opposite=o.CONTAIN_VALUES,
        matches_null=True,
        function="DoesNotContainValues",
    )


def _caller() -> Iterator[Traits]:
    o = Operator
    for positive, negative, name in (
        (o.EQ_USERID, o.NE_USERID, "UserId"),
        (o.EQ_BUSINESSID, o.NE_BUSINESSID, "BusinessId"),
    ):
        yield Traits(positive, 0, _ROWS, family=Family.CALLER, opposite=negative, function=f"Equal{name}")
        yield Traits(
            negative, 0, _ROWS, family=Family.CALLER, opposite=positive, matches_null=True, function=f"NotEqual{name}"
        )
    for operator, name in (
        (o.EQ_USERTEAMS, "EqualUserTeams"),
        (o.EQ_USER_OR_USER_TEAMS, "EqualUserOrUserTeams"),
        (o.EQ_USER_OR_USER_HIERARCHY, "EqualUserOrUserHierarchy"),
        (o.EQ_USER_OR_USER_HIERARCHY_AND_TEAMS, "EqualUserOrUserHierarchyAndTeams"),
    ):
        yield Traits(operator, 0, _ROWS, family=Family.CALLER, function=name)
    numbers = frozenset({ColumnType.INTEGER, ColumnType.BIG_INT}) | CHOICE_TYPES
    yield Traits(o.EQ_USERLANGUAGE, 0, numbers, family=Family.CALLER, function="EqualUserLanguage")


def _calendar() -> Iterator[Traits]:
    o = Operator
    for operator in (o.ON, o.ON_OR_BEFORE, o.ON_OR_AFTER):
        yield Traits(operator, 1, _DATES, Argument.DAY, Family.CALENDAR, function=_function_name(operator))
    for operator in Operator:
        name = operator.value
        if name.startswith(("last-x-", "next-x-", "olderthan-x-")):
            yield Traits(
                operator,
                1,
                _DATES,
                Argument.COUNT,
                Family.CALENDAR,
                needs_time=name.endswith(("-hours", "-minutes")),
                function=_function_name(operator),
            )
        elif name.startswith(("last-", "this-", "next-")) or operator in (o.YESTERDAY, o.TODAY, o.TOMORROW):
            yield Traits(operator, 0, _DATES, family=Family.CALENDAR, function=_function_name(operator))
        elif name.startswith("in-"):
            arity = 2 if name.endswith("-and-year") else 1
            yield Traits(operator, arity, _DATES, Argument.NUMBER, Family.CALENDAR, function=_function_name(operator))


def _function_name(operator: Operator) -> str:
    """The query function of a calendar operator: the words of its name run together."""
    words = {"seven": "7", "olderthan": "OlderThan"}
    return "".join(words.get(word, word.capitalize()) for word in operator.value.split("-"))


def _hierarchy() -> Iterator[Traits]:
    o = Operator
    for operator, name, opposite in (
        (o.ABOVE, "Above", None),
        (o.EQ_OR_ABOVE, "AboveOrEqual", None),
        (o.UNDER, "Under", o.NOT_UNDER),
        (o.EQ_OR_UNDER, "UnderOrEqual", None),
        (o.NOT_UNDER, "NotUnder", o.UNDER),
    ):
        yield Traits(
            operator,
            1,
            _ROWS,
            Argument.ROW,
            Family.HIERARCHY,
            opposite=opposite,
            matches_null=operator is o.NOT_UNDER,
            function=name,
        )


TRAITS: Mapping[Operator, Traits] = {
    traits.operator: traits for rows in (_plain(), _caller(), _calendar(), _hierarchy()) for traits in rows
}
FUNCTIONS: Mapping[str, Operator] = {traits.function: own for own, traits in TRAITS.items() if traits.function}
NEGATIONS: Mapping[Operator, Operator] = {
    own: traits.opposite for own, traits in TRAITS.items() if traits.opposite is not None
}
TURNED: Mapping[Operator, Operator] = {
    Operator.GT: Operator.LT,
    Operator.GE: Operator.LE,
    Operator.LT: Operator.GT,
    Operator.LE: Operator.GE,
}
"""What an order means with its two sides exchanged."""
MATCHES_NULL = frozenset(own for own, traits in TRAITS.items() if traits.matches_null)
DYNAMIC = frozenset(own for own, traits in TRAITS.items() if traits.family in (Family.CALENDAR, Family.CALLER))
HIERARCHICAL = frozenset(own for own, traits in TRAITS.items() if traits.family is Family.HIERARCHY)
