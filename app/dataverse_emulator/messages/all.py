"""Imports every module with handlers, so that they are registered."""

from dataverse_emulator.messages import bulk, organization, ownership, records, relationships
from dataverse_emulator.messages.sales import qualify_lead

__all__ = ["bulk", "organization", "ownership", "qualify_lead", "records", "relationships"]
