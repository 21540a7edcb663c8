"""Answers queries: finds or compiles the plan of a query's shape, runs it, and reads the expansions."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from dataverse_emulator.errors import error
from dataverse_emulator.metadata.catalog import Catalog
from dataverse_emulator.query.compile import Compiler
from dataverse_emulator.query.model import Expanded, Expansion, Query, Rows
from dataverse_emulator.query.plan import KEY_SLOT, MAX_COUNT, MAX_PAGE, PARENTS_SLOT, PARTITION_SLOT, Plan, Statement
from dataverse_emulator.query.slots import take_values
from dataverse_emulator.storage.sqlite import SqliteDatabase
from dataverse_emulator.values import partition_of

REMEMBERED = 2000

_identity = id


class Reading:
    """Queries of one catalog on one database. The caller holds the store's lock.

    Plans are kept by shape and catalog version; queries seen lately also by identity, so that a query object that is
    used again finds its plan without being walked.
    """

    def __init__(self, catalog: Catalog, database: SqliteDatabase) -> None:
        self.catalog = catalog
        self.database = database
        self._compiler = Compiler(catalog, database.dialect())
        self._plans: dict[Any, Plan] = {}
        self._recent: dict[int, tuple[Query, Plan, tuple[Any, ...]]] = {}
        self._row_plans: dict[int, tuple[Query, Plan]] = {}

    @property
    def plans(self) -> int:
        """Plans compiled so far."""
        return len(self._plans)

    def forget(self) -> None:
        """Forget all plans: definitions have changed."""
        for kept in (self._plans, self._recent, self._row_plans):
            kept.clear()

    def select(self, query: Query) -> Rows:
        """Answer a query.

        Raises:
            EmulatorError: 0x8004E023 when more than 50,000 rows would be aggregated.
        """
        plan, values = self._plan(query)
        return self._answer(query, plan, values)

    def select_row(self, query: Query, id: str) -> Rows:
        """Answer a query without condition for the row of that key: one row or none."""
        found = self._row_plans.get(_identity(query))
        if found is None:
            if len(self._row_plans) > REMEMBERED:
                self._row_plans.clear()
            key = ("row", take_values(query)[0], self.catalog.version)
            plan = self._plans.get(key)
            if plan is None:
                plan = self._plans[key] = self._compiler.compile_row(query)
            found = self._row_plans[_identity(query)] = (query, plan)
        named = {KEY_SLOT: id}
        if query.table.is_elastic:
            named = {KEY_SLOT: str(id), PARTITION_SLOT: partition_of(id)}
        return self._answer(query, found[1], (), named)

    def _plan(self, query: Query) -> tuple[Plan, tuple[Any, ...]]:
        recent = self._recent.get(_identity(query))
        if recent is not None:
            return recent[1], recent[2]
        shape, values = take_values(query)
        key = (shape, self.catalog.version)
        plan = self._plans.get(key)
        if plan is None:
            plan = self._plans[key] = self._compiler.compile(shape)
        return self._remember(query, plan, tuple(values))[1:]

    def _remember(self, query: Query, plan: Plan, values: tuple[Any, ...]) -> tuple[Query, Plan, tuple[Any, ...]]:
        if len(self._recent) > REMEMBERED:
            self._recent.clear()
        recent = self._recent[_identity(query)] = (query, plan, values)
        return recent

    def _answer(
        self,
        query: Query,
        plan: Plan,
        values: Sequence[Any],
        named: Mapping[str, Any] | None = None,
    ) -> Rows:
        if plan.guard is not None and self._number(plan.guard, values) > plan.guard_limit:
            raise error("AggregateLimit")
        rows = self.database.ask(plan.statement.text, plan.statement.values(values, named))
        answer = Rows(query, rows, plan.memo, plan.key, plan.version, plan.types)
        if plan.limit is not None and len(rows) > plan.limit:
            del rows[plan.limit :]
            answer.more = bool(rows)
        if answer.more and plan.sort_places:
            answer.after = tuple(rows[-1][place] for place in plan.sort_places)
        if query.page.top is not None and answer.more:
            page = query.page
            answer.more = page.number * min(page.size or 5000, 5000) < query.page.top
        if plan.count is not None:
            total = self._number(plan.count, values)
            answer.total, answer.limit_exceeded = min(total, MAX_COUNT), total > MAX_COUNT
        if query.expansions and rows:
            answer.expanded = tuple(
                self._expand(expansion, rows, place)
                for expansion, place in zip(query.expansions, plan.expansion_places, strict=True)
            )
        return answer

    def _expand(self, expansion: Expansion, parents: list[tuple[Any, ...]], place: int) -> Expanded:
        """The related rows of all parents, in one statement."""
        ids = list({row[place]: None for row in parents if row[place] is not None})
        recent = self._recent.get(_identity(expansion.query))
        if recent is None:
            shape, values = take_values(expansion.query)
            key = ("expansion", expansion.navigation, shape, self.catalog.version)
            plan = self._plans.get(key)
            if plan is None:
                plan = self._plans[key] = self._compiler.compile_expansion(expansion, shape)
            recent = self._remember(expansion.query, plan, tuple(values))
        plan = recent[1]
        rows = self._answer(expansion.query, plan, recent[2], {PARENTS_SLOT: json.dumps(ids)})
        by_parent: dict[str, list[int]] = {}
        parent = plan.parent_place
        for index, row in enumerate(rows.rows):
            by_parent.setdefault(row[parent], []).append(index)
        size = expansion.query.page.size or MAX_PAGE
        more: frozenset[str] = frozenset()
        if len(rows.rows) > size:
            more = frozenset(id for id, places in by_parent.items() if len(places) > size)
            for id in more:
                del by_parent[id][size:]
        return Expanded(expansion, rows, place, by_parent, more)

    def _number(self, statement: Statement, values: Sequence[Any]) -> int:
        return int(self.database.ask(statement.text, statement.values(values))[0][0])
