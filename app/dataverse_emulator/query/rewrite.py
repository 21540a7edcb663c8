"""Rewrites of a bound query before it is compiled.

``resolve_dynamic`` puts comparisons of plain values in the place of those that depend on the time or on the caller
(``today``, ``eq-userteams``). What comes out is of one shape whatever the time and the caller, so its plan is found
again; a query without such comparisons is never walked (``Query.is_dynamic``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, tzinfo
from typing import Any, Protocol

from dataverse_emulator.metadata.catalog import Column
from dataverse_emulator.query.calendar import Form, Span, spans
from dataverse_emulator.query.fiscal import FiscalSettings
from dataverse_emulator.query.model import All, Any_, ColumnRef, Compare, Condition, Exists, Output, Query
from dataverse_emulator.query.negation import negate
from dataverse_emulator.query.operators import DYNAMIC, TRAITS, Family, Operator


class Circumstances(Protocol):
    """When and by whom a query is asked. What costs a look into the store is found when it is needed."""

    @property
    def now(self) -> datetime:
        """The present moment, aware."""
        ...

    @property
    def user_id(self) -> str:
        """The caller."""
        ...

    @property
    def business_unit_id(self) -> str:
        """The caller's business unit."""
        ...

    @property
    def language(self) -> int:
        """The caller's language (LCID)."""
        ...

    @property
    def zone(self) -> tzinfo:
        """The caller's time zone."""
        ...

    @property
    def fiscal(self) -> FiscalSettings:
        """The organization's fiscal calendar."""
        ...

    def teams_of(self, user_ids: Sequence[str]) -> Sequence[str]:
        """The teams in which one of the users is."""
        ...

    def subordinates_of(self, user_id: str) -> Sequence[str]:
        """The users below a user in the hierarchy of managers."""
        ...


def resolve_dynamic(query: Query, circumstances: Circumstances) -> Query:
    """The same query with plain comparisons only, its expansions included."""
    if not query.is_dynamic:
        return query
    changes: dict[str, Any] = {}
    if query.where is not None:
        changes["where"] = _resolve(query.where, circumstances)
    if query.joins:
        changes["joins"] = tuple(
            join if join.where is None else replace(join, where=_resolve(join.where, circumstances))
            for join in query.joins
        )
    if any(output.is_dynamic for output in query.group):
        changes["group"] = tuple(_resolve_part(output, circumstances) for output in query.group)
    if query.expansions:
        changes["expansions"] = tuple(
            replace(expansion, query=resolve_dynamic(expansion.query, circumstances)) for expansion in query.expansions
        )
    return replace(query, **changes)


def _resolve_part(output: Output, circumstances: Circumstances) -> Output:
    """A part of dates in the caller's time zone and the organization's fiscal calendar."""
    if output.is_local:
        # zones of the database have a name; UTC is none of them
        output = replace(output, is_local=False, zone=getattr(circumstances.zone, "key", ""))
    return replace(output, fiscal=circumstances.fiscal) if output.is_dynamic else output


def _resolve(condition: Condition, circumstances: Circumstances) -> Condition:
    if isinstance(condition, Compare):
        if condition.operator not in DYNAMIC:
            return condition
        plain = _plain(condition, circumstances)
        return negate(plain) if condition.negated else plain
    if isinstance(condition, All):
        return All(tuple(_resolve(part, circumstances) for part in condition.parts))
    if isinstance(condition, Any_):
        return Any_(tuple(_resolve(part, circumstances) for part in condition.parts))
    assert isinstance(condition, Exists)
    return replace(condition, query=resolve_dynamic(condition.query, circumstances))


def _plain(compare: Compare, circumstances: Circumstances) -> Condition:
    ref, operator = compare.column, compare.operator
    if TRAITS[operator].family is Family.CALENDAR:
        found = spans(
            operator,
            compare.values,
            circumstances.now,
            circumstances.zone,
            circumstances.fiscal,
            form_of(ref.column),
        )
        return _one_of([_within(ref, span) for span in found])
    return _CALLER[operator](ref, circumstances)


def form_of(column: Column) -> Form:
    """How a date column keeps time."""
    if column.is_date_only:
        return Form.DATE
    return Form.FLOATING if column.date_time_behavior == "TimeZoneIndependent" else Form.INSTANT


def _one_of(parts: list[Condition]) -> Condition:
    return parts[0] if len(parts) == 1 else Any_(tuple(parts))


def _within(ref: ColumnRef, span: Span) -> Condition:
    parts = []
    if span.start is not None:
        parts.append(Compare(ref, Operator.GE, (span.start,)))
    if span.end is not None:
        parts.append(Compare(ref, Operator.LT, (span.end,)))
    if not parts:
        return Compare(ref, Operator.NOT_NULL)
    return parts[0] if len(parts) == 1 else All(tuple(parts))


def _listed(ref: ColumnRef, ids: Sequence[str]) -> Condition:
    return Compare(ref, Operator.IN, tuple(dict.fromkeys(ids))) if ids else Any_(())


def _user_and_subordinates(circumstances: Circumstances) -> list[str]:
    return [circumstances.user_id, *circumstances.subordinates_of(circumstances.user_id)]


def _with_teams(circumstances: Circumstances, users: Sequence[str]) -> list[str]:
    return [*users, *circumstances.teams_of(users)]


_CALLER: dict[Operator, Callable[[ColumnRef, Circumstances], Condition]] = {
    Operator.EQ_USERID: lambda ref, own: Compare(ref, Operator.EQ, (own.user_id,)),
    Operator.NE_USERID: lambda ref, own: Compare(ref, Operator.NE, (own.user_id,)),
    Operator.EQ_BUSINESSID: lambda ref, own: Compare(ref, Operator.EQ, (own.business_unit_id,)),
    Operator.NE_BUSINESSID: lambda ref, own: Compare(ref, Operator.NE, (own.business_unit_id,)),
    Operator.EQ_USERLANGUAGE: lambda ref, own: Compare(ref, Operator.EQ, (own.language,)),
    Operator.EQ_USERTEAMS: lambda ref, own: _listed(ref, own.teams_of((own.user_id,))),
    Operator.EQ_USER_OR_USER_TEAMS: lambda ref, own: _listed(ref, _with_teams(own, (own.user_id,))),
    Operator.EQ_USER_OR_USER_HIERARCHY: lambda ref, own: _listed(ref, _user_and_subordinates(own)),
    Operator.EQ_USER_OR_USER_HIERARCHY_AND_TEAMS: lambda ref, own: _listed(
        ref, _with_teams(own, _user_and_subordinates(own))
    ),
}
