"""Imports every module with handlers, so that they are registered."""

from dataverse_emulator.messages import bulk, organization, ownership, records, relationships
from dataverse_emulator.messages.definitions import changes, dependencies, eligibility, retrieving
from dataverse_emulator.messages.sales import qualify_lead

__all__ = [
    "bulk",
    "changes",
    "dependencies",
    "eligibility",
    "organization",
    "ownership",
    "qualify_lead",
    "records",
    "relationships",
    "retrieving",
]
