"""The platform's condition operators; one enum for all query languages.

The value is the operator's name in FetchXML (contract 03 §13). How nulls take part is said by ``matches_null``
(ruling R21): the "not equal" operators also match rows whose column is null.
"""

from __future__ import annotations

from enum import StrEnum


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

NEGATIONS: dict[Operator, Operator] = {
    Operator.EQ: Operator.NE,
    Operator.NE: Operator.EQ,
    Operator.GT: Operator.LE,
    Operator.LE: Operator.GT,
    Operator.LT: Operator.GE,
    Operator.GE: Operator.LT,
    Operator.NULL: Operator.NOT_NULL,
    Operator.NOT_NULL: Operator.NULL,
    Operator.LIKE: Operator.NOT_LIKE,
    Operator.NOT_LIKE: Operator.LIKE,
    Operator.BEGINS_WITH: Operator.NOT_BEGIN_WITH,
    Operator.NOT_BEGIN_WITH: Operator.BEGINS_WITH,
    Operator.ENDS_WITH: Operator.NOT_END_WITH,
    Operator.NOT_END_WITH: Operator.ENDS_WITH,
    Operator.CONTAINS: Operator.NOT_CONTAINS,
    Operator.NOT_CONTAINS: Operator.CONTAINS,
    Operator.IN: Operator.NOT_IN,
    Operator.NOT_IN: Operator.IN,
    Operator.BETWEEN: Operator.NOT_BETWEEN,
    Operator.NOT_BETWEEN: Operator.BETWEEN,
    Operator.CONTAIN_VALUES: Operator.NOT_CONTAIN_VALUES,
    Operator.NOT_CONTAIN_VALUES: Operator.CONTAIN_VALUES,
}

MATCHES_NULL = frozenset(
    {
        Operator.NE,
        Operator.NOT_LIKE,
        Operator.NOT_BEGIN_WITH,
        Operator.NOT_END_WITH,
        Operator.NOT_CONTAINS,
        Operator.NOT_IN,
    }
)
