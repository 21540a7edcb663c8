"""Retrieve and RetrieveMultiple: questions (contract 02 §2, 03)."""

from __future__ import annotations

from dataclasses import replace

from dataverse_emulator.messages.base import Context, Retrieve, RetrieveMultiple, handles
from dataverse_emulator.messages.references import find, missing
from dataverse_emulator.query.model import ColumnRef, Output, Page, Query, Rows
from dataverse_emulator.query.plan import MAX_PAGE


@handles(Retrieve)
def retrieve(context: Context, message: Retrieve) -> Rows:
    """Read one row.

    Raises:
        EmulatorError: 0x80040217, or 0x80060891 for an alternate key.
    """
    target = message.target
    reference = find(context, target)
    if reference is not None:
        rows = context.store.select_row(answerable(context, message.query), reference.id, context.caller.user_id)
        if rows.rows:
            return rows
    raise missing(target)


@handles(RetrieveMultiple)
def retrieve_multiple(context: Context, message: RetrieveMultiple) -> Rows:
    """Answer a query on behalf of the caller.

    Raises:
        EmulatorError: what the store refuses, for example 0x8004E023.
    """
    return context.store.select(answerable(context, message.query), context.caller.user_id)


def selected_ids(context: Context, query: Query) -> list[str]:
    """The ids of the query's rows, of all pages."""
    key = Output(ColumnRef(query.table.column(query.table.primary_id)))
    top = query.page.top
    order = query.order if top is not None else ()
    page = Page(top=top) if top is not None else Page(size=MAX_PAGE)
    ids: dict[str, None] = {}
    while True:
        part = replace(query, outputs=(key,), order=order, page=page, distinct=False)
        rows = context.store.select(answerable(context, part), context.caller.user_id)
        ids.update((row[0], None) for row in rows.rows)
        if not rows.more or rows.after is None:
            return [*ids]
        page = replace(page, after=rows.after)


def answerable(context: Context, query: Query) -> Query:
    """The query as the store answers it: with what depends on the time and on the caller put in."""
    if not query.is_dynamic:
        return query
    from dataverse_emulator.messages.circumstances import StoredCircumstances
    from dataverse_emulator.query.rewrite import resolve_dynamic

    return resolve_dynamic(query, StoredCircumstances(context))
