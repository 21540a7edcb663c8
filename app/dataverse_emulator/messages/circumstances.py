"""When and by whom a query is asked: what ``today`` and ``eq-userteams`` mean for the caller of a message."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo
from functools import cached_property
from typing import Any

from dataverse_emulator.messages.base import Context
from dataverse_emulator.messages.time_zones import time_zone
from dataverse_emulator.query.fiscal import FiscalSettings
from dataverse_emulator.query.model import ColumnRef, Compare, Output, Query
from dataverse_emulator.query.operators import Operator

DEFAULT_LANGUAGE = 1033
# organization.fiscalperiodtype → periods a year: the object type codes of the platform's fiscal calendars (inferred).
PERIODS = {2000: 1, 2001: 2, 2002: 4, 2003: 12, 2004: 13}
NAMED_BY_END = 2  # organization.fiscalyeardisplaycode; 1: the year is named by its first day


class StoredCircumstances:
    """The circumstances of a message, read from the store when they are needed (``rewrite.Circumstances``)."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self.now = datetime.fromisoformat(context.now)
        self.user_id = context.caller.user_id
        self.business_unit_id = context.caller.business_unit_id

    @cached_property
    def _user(self) -> dict[str, Any]:
        table = self._context.catalog.table("usersettings")
        return self._context.store.read(table, self.user_id, ("timezonecode", "uilanguageid")) or {}

    @cached_property
    def _organization(self) -> dict[str, Any]:
        columns = ("languagecode", "fiscalcalendarstart", "fiscalperiodtype", "fiscalyeardisplaycode")
        rows = self._context.store.find(self._context.catalog.table("organization"), {}, columns, limit=1)
        return rows[0] if rows else {}

    @property
    def language(self) -> int:
        """The language that the user chose, else the organization's."""
        chosen = self._user.get("uilanguageid") or self._organization.get("languagecode")
        return int(chosen or DEFAULT_LANGUAGE)

    @property
    def zone(self) -> tzinfo:
        """The user's time zone."""
        return time_zone(self._user.get("timezonecode"))

    @property
    def fiscal(self) -> FiscalSettings:
        """The organization's fiscal calendar; calendar years of four quarters where it says nothing."""
        row = self._organization
        start = row.get("fiscalcalendarstart")
        first = datetime.fromisoformat(start) if start else datetime(1900, 1, 1)
        return FiscalSettings(
            first.month,
            first.day,
            PERIODS.get(row.get("fiscalperiodtype") or 0, 4),
            row.get("fiscalyeardisplaycode") == NAMED_BY_END,
        )

    def teams_of(self, user_ids: Sequence[str]) -> Sequence[str]:
        """The teams in which one of the users is."""
        return self._ids("teammembership", "systemuserid", Operator.IN, user_ids, "teamid")

    def subordinates_of(self, user_id: str) -> Sequence[str]:
        """The users whose manager the user is, and theirs."""
        return self._ids("systemuser", "systemuserid", Operator.UNDER, (user_id,), "systemuserid")

    def _ids(
        self, table_name: str, column: str, operator: Operator, values: Sequence[str], wanted: str
    ) -> Sequence[str]:
        table = self._context.catalog.table(table_name)
        where = Compare(ColumnRef(table.column(column)), operator, tuple(values))
        query = Query(table, (Output(ColumnRef(table.column(wanted))),), where=where)
        return tuple(row[0] for row in self._context.store.select(query, self.user_id).rows)
