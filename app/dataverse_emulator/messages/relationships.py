"""Associate and Disassociate over navigation properties: N:1, 1:N from either side, N:N (02 §7, rulings R3, R22)."""

from __future__ import annotations

from dataverse_emulator.errors import error
from dataverse_emulator.messages.base import Associate, Context, Disassociate, Record, handles
from dataverse_emulator.messages.linking import link_rows, unlink_rows
from dataverse_emulator.messages.references import find, missing, resolve
from dataverse_emulator.messages.updating import demand_version, update_row
from dataverse_emulator.metadata.catalog import Navigation, NavigationKind
from dataverse_emulator.values import Reference


@handles(Associate)
def associate(context: Context, message: Associate) -> None:
    """Link two rows. A lookup that points there already stays as it is, without a new row version.

    Raises:
        EmulatorError: 0x80040217 when a row is missing, 0x80040236 when the related row is of another table,
            0x80040237 (412) for an N:N pair that is linked already; for another row version as ``check_version``.
    """
    navigation = message.navigation
    target, related = resolve(context, message.target), resolve(context, message.related)
    demand_version(context, target, message.version)
    if navigation.kind is NavigationKind.MANY_TO_MANY:
        link_rows(context, target, navigation, related)
    elif navigation.kind is NavigationKind.MANY_TO_ONE:
        _check_table(context, navigation, related)
        _require(context, related)
        _point(context, target, navigation.column, related)
    else:
        _check_table(context, navigation, related)
        _require(context, target)
        _point(context, related, navigation.column, target)


@handles(Disassociate)
def disassociate(context: Context, message: Disassociate) -> None:
    """Remove a link; a link that is not there is no error (ruling R22).

    Raises:
        EmulatorError: 0x80040217 when the row itself is missing; for another row version as ``check_version``.
    """
    navigation = message.navigation
    target = resolve(context, message.target)
    _require(context, target)
    demand_version(context, target, message.version)
    related = find(context, message.related) if message.related is not None else None
    if navigation.kind is NavigationKind.MANY_TO_ONE:
        _clear(context, target, navigation, related)
    elif related is None:
        raise error("InvalidArgument", message="The reference to the related record is missing.")
    elif navigation.kind is NavigationKind.MANY_TO_MANY:
        unlink_rows(context, target, navigation, related)
    else:
        table = context.catalog.table(related.table)
        if context.store.exists(table, related.id):
            _clear(context, resolve(context, related), navigation, target)


def _require(context: Context, reference: Reference) -> None:
    if not context.store.exists(context.catalog.table(reference.table), reference.id):
        raise missing(reference)


def _check_table(context: Context, navigation: Navigation, related: Reference) -> None:
    """The related row is of the table that the navigation property leads to, or of one that has it as its base."""
    if not _leads_to(context, navigation, related):
        raise error("LookupTargetMismatch", attribute=navigation.name, table=navigation.source, target=related.table)


def _leads_to(context: Context, navigation: Navigation, related: Reference) -> bool:
    return navigation.target in (related.table, context.catalog.table(related.table).base)


def _point(context: Context, row: Reference, column: str, to: Reference) -> None:
    table = context.catalog.table(row.table)
    old = context.store.read(table, row.id, (column,))
    if old is None:
        raise missing(row)
    if old.get(column) != to:
        update_row(context, row, Record(table, {column: to}), link=column)


def _clear(context: Context, row: Reference, navigation: Navigation, present: Reference | None) -> None:
    """Set a lookup to null if it points to ``present``, or without it to a row of the property's own table."""
    table, column = context.catalog.table(row.table), navigation.column
    old = context.store.read(table, row.id, (column,))
    value = old.get(column) if old is not None else None
    if value is None:
        return
    points_there = value.id == present.id if present is not None else _leads_to(context, navigation, value)
    if points_there:
        update_row(context, row, Record(table, {column: None}), link=column)
