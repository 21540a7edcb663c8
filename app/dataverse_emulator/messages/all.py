"""Imports every module with handlers, so that they are registered."""

from dataverse_emulator.messages import (
    bulk,
    bulk_delete,
    change_tracking,
    cosmos_query,
    duplicate_jobs,
    duplicate_rules,
    entity_changes,
    file_blocks,
    files,
    initialize_from,
    merge,
    organization,
    ownership,
    records,
    relationships,
    row_labels,
)
from dataverse_emulator.messages.definitions import changes, dependencies, eligibility, retrieving
from dataverse_emulator.messages.metadata import columns, keys, options, publishing, tables
from dataverse_emulator.messages.metadata import relationships as defined_relationships
from dataverse_emulator.messages.sales import qualify_lead

__all__ = [
    "bulk",
    "bulk_delete",
    "change_tracking",
    "changes",
    "columns",
    "cosmos_query",
    "defined_relationships",
    "dependencies",
    "duplicate_jobs",
    "duplicate_rules",
    "eligibility",
    "entity_changes",
    "file_blocks",
    "files",
    "initialize_from",
    "keys",
    "merge",
    "options",
    "organization",
    "ownership",
    "publishing",
    "qualify_lead",
    "records",
    "relationships",
    "retrieving",
    "row_labels",
    "tables",
]
