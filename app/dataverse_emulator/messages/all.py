"""Imports every module with handlers, so that they are registered."""

from dataverse_emulator.messages import (
    bulk,
    change_tracking,
    duplicate_rules,
    file_blocks,
    files,
    initialize_from,
    merge,
    organization,
    ownership,
    records,
    relationships,
)
from dataverse_emulator.messages.sales import qualify_lead

__all__ = [
    "bulk",
    "change_tracking",
    "duplicate_rules",
    "file_blocks",
    "files",
    "initialize_from",
    "merge",
    "organization",
    "ownership",
    "qualify_lead",
    "records",
    "relationships",
]
