"""RetrieveMultiple: answers queries."""

from __future__ import annotations

from dataverse_emulator.messages.base import Context, RetrieveMultiple, handles
from dataverse_emulator.query.model import Rows


@handles(RetrieveMultiple)
def retrieve_multiple(context: Context, message: RetrieveMultiple) -> Rows:
    """Answer a query on behalf of the caller."""
    return context.store.select(message.query, context.caller.user_id)
