"""Tables that hold the pairs of N:N relationships, where a file names them without describing them (07 §8)."""

from __future__ import annotations

from dataverse_emulator.importing.drafts import Definition, TableDraft
from dataverse_emulator.messages.metadata.intersects import intersect_columns, intersect_head


def intersect_draft(many: Definition, schema: str) -> TableDraft:
    """The table of an N:N relationship, as one that is made here has it; ``schema`` is its schema name."""
    columns = intersect_columns(schema, many["column1"], many["column2"])
    return TableDraft(intersect_head(schema), {each["logicalName"]: each for each in columns})
