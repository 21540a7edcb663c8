"""Imports every module with handlers, so that they are registered."""

from dataverse_emulator.messages import ownership, records, relationships, retrieve_multiple

__all__ = ["ownership", "records", "relationships", "retrieve_multiple"]
