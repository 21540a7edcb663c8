"""Change tracking: what has become of a table's rows since a row version (contract 02 §14, 04 E-58, E-59).

Every change gives a row the next version of one counter, so the changes since a version are the rows above it. Deleted
rows are remembered apart, for tracked tables alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from dataverse_emulator.errors import error
from dataverse_emulator.messages.base import Context, Message, handles
from dataverse_emulator.messages.organization_settings import settings
from dataverse_emulator.messages.retrieving import answerable
from dataverse_emulator.metadata.catalog import Table
from dataverse_emulator.query.model import ColumnRef, Compare, Order, Query, Rows, all_of
from dataverse_emulator.query.operators import Operator

VERSION = "versionnumber"

_TIME_FORMAT = "%m/%d/%Y %H:%M:%S"
_STAMP = re.compile(r"(\d{1,18})!(\d\d/\d\d/\d{4} \d\d:\d\d:\d\d)")


@dataclass(frozen=True, slots=True)
class Stamp:
    """A point in the history of rows or definitions: the last version of that time, and the time as stored text."""

    version: int
    moment: str

    @property
    def text(self) -> str:
        """What clients keep of it: ``919042!08/22/2017 08:10:44``."""
        return f"{self.version}!{datetime.fromisoformat(self.moment).strftime(_TIME_FORMAT)}"


def read_stamp(text: str) -> Stamp | None:
    """The stamp of a text that ``Stamp.text`` made, or None for any other text.

    >>> read_stamp("919042!08/22/2017 08:10:44").text
    '919042!08/22/2017 08:10:44'
    """
    found = _STAMP.fullmatch(text)
    if found is None:
        return None
    try:
        moment = datetime.strptime(found[2], _TIME_FORMAT)
    except ValueError:
        return None
    return Stamp(int(found[1]), moment.replace(tzinfo=UTC).isoformat())


@dataclass(frozen=True, slots=True)
class RetrieveChanges(Message):
    """Answer a query and tell up to where it reaches; with ``since`` what has changed since then.

    ``query`` is limited to changed rows already (``changed_since``). Result: ``Changes``."""

    writes: ClassVar[bool] = False
    query: Query
    since: Stamp | None = None


@dataclass(frozen=True, slots=True)
class Changes:
    """The rows of one page, the deleted rows behind the last page, and the stamp to go on from."""

    rows: Rows
    deleted: tuple[str, ...]
    stamp: Stamp


def changed_since(query: Query, version: int) -> Query:
    """The same query for the rows alone that changed after a version, in the order of their changes."""
    ref = ColumnRef(query.table.column(VERSION))
    condition = Compare(ref, Operator.GT, (version,))
    where = condition if query.where is None else all_of((query.where, condition))
    return replace(query, where=where, order=(Order(ref),))


@handles(RetrieveChanges)
def retrieve_changes(context: Context, message: RetrieveChanges) -> Changes:
    """Read rows together with the version that the database has.

    Raises:
        EmulatorError: 0x80072491 for a table whose changes are not tracked, 0x80044352 for a stamp that is too old or
            of another database.
    """
    query, since = message.query, message.since
    if not is_tracked(query.table):
        raise error("ChangeTrackingNotEnabled", table=query.table.logical_name)
    stamp = Stamp(context.store.last_version, context.now)
    if since is not None:
        _check_age(context, since, stamp)
    rows = context.store.select(answerable(context, query), context.caller.user_id)
    deleted: tuple[str, ...] = ()
    if since is not None and not rows.more:
        table = query.table
        gone = context.store.deletions.since(table.logical_name, since.version)
        deleted = tuple(id for id in gone if not context.store.exists(table, id))
    return Changes(rows, deleted, stamp)


def is_tracked(table: Table) -> bool:
    """Changes of the table's rows are tracked."""
    return table.flags.get("changeTrackingEnabled", False) and VERSION in table.columns


def _check_age(context: Context, since: Stamp, present: Stamp) -> None:
    oldest = datetime.fromisoformat(present.moment) - timedelta(days=settings(context).tracking_days)
    if since.version > present.version or datetime.fromisoformat(since.moment) < oldest:
        raise error("ExpiredVersionStamp")
