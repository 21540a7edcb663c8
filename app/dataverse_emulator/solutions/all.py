"""Imports every module with handlers of solutions, so that they are registered."""

from dataverse_emulator.solutions import export_solution, import_solution, jobs, membership, requirements

__all__ = ["export_solution", "import_solution", "jobs", "membership", "requirements"]
