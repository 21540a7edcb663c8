"""Rows of N:N relationships."""

from __future__ import annotations

from dataverse_emulator.errors import error
from dataverse_emulator.messages.base import Context
from dataverse_emulator.messages.references import missing
from dataverse_emulator.metadata.catalog import ManyToMany, Navigation
from dataverse_emulator.values import Reference


def link_rows(context: Context, near: Reference, navigation: Navigation, far: Reference) -> None:
    """Link two rows over an N:N navigation property of ``near``.

    Raises:
        EmulatorError: 0x80040217 when a row is missing, 0x80040236 when ``far`` is of another table, 0x80040237 (412)
            when they are linked already (ruling R3).
    """
    if far.table != navigation.target:
        raise error("LookupTargetMismatch", attribute=navigation.name, table=near.table, target=far.table)
    for reference in (near, far):
        if not context.store.exists(context.catalog.table(reference.table), reference.id):
            raise missing(reference)
    relationship, first, second = ordered(navigation, near, far)
    if not context.store.link(relationship, first.id, second.id):
        raise error("DuplicateKey")


def unlink_rows(context: Context, near: Reference, navigation: Navigation, far: Reference) -> None:
    """Remove a link; nothing happens when there is none (ruling R22)."""
    relationship, first, second = ordered(navigation, near, far)
    context.store.unlink(relationship, first.id, second.id)


def ordered(navigation: Navigation, near: Reference, far: Reference) -> tuple[ManyToMany, Reference, Reference]:
    """The relationship, and the two rows in the order of its tables."""
    relationship = navigation.relationship
    assert isinstance(relationship, ManyToMany)
    if navigation.near_column == relationship.column1:
        return relationship, near, far
    return relationship, far, near
