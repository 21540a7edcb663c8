"""The platform's condition operators; one enum for all query languages.

The value is the operator's name in FetchXML (contract 03 §13). How nulls take part is said by ``matches_null``
(ruling R21): the "not equal" operators also match rows whose column is null.
"""

from __future__ import annotations

from enum import StrEnum


class Operator(StrEnum):
    """How a column is compared."""

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
    NOT_BEGINS_WITH = "not-begin-with"
    ENDS_WITH = "ends-with"
    NOT_ENDS_WITH = "not-end-with"
    CONTAINS = "contains"  # OData's contains(): like with % on both sides
    NOT_CONTAINS = "not-contains"
    IN = "in"
    NOT_IN = "not-in"
    BETWEEN = "between"
    NOT_BETWEEN = "not-between"


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
    Operator.BEGINS_WITH: Operator.NOT_BEGINS_WITH,
    Operator.NOT_BEGINS_WITH: Operator.BEGINS_WITH,
    Operator.ENDS_WITH: Operator.NOT_ENDS_WITH,
    Operator.NOT_ENDS_WITH: Operator.ENDS_WITH,
    Operator.CONTAINS: Operator.NOT_CONTAINS,
    Operator.NOT_CONTAINS: Operator.CONTAINS,
    Operator.IN: Operator.NOT_IN,
    Operator.NOT_IN: Operator.IN,
    Operator.BETWEEN: Operator.NOT_BETWEEN,
    Operator.NOT_BETWEEN: Operator.BETWEEN,
}

MATCHES_NULL = frozenset(
    {
        Operator.NE,
        Operator.NOT_LIKE,
        Operator.NOT_BEGINS_WITH,
        Operator.NOT_ENDS_WITH,
        Operator.NOT_CONTAINS,
        Operator.NOT_IN,
    }
)
