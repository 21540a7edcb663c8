"""Tables that hold the pairs of N:N relationships, where a file names them without describing them (07 §8)."""

from __future__ import annotations

from dataverse_emulator.importing.drafts import Definition, TableDraft


def intersect_draft(many: Definition) -> TableDraft:
    """The table of an N:N relationship: an identifier, the two ids and the row version."""
    name = many["intersectTable"]
    ids: list[Definition] = [
        {
            "logicalName": f"{name}id",
            "schemaName": f"{name}id",
            "type": "Uniqueidentifier",
            "required": "SystemRequired",
        },
        *(
            {
                "logicalName": many[member],
                "schemaName": many[member],
                "type": "Uniqueidentifier",
                "validForCreate": False,
                "validForUpdate": False,
            }
            for member in ("column1", "column2")
        ),
        {
            "logicalName": "versionnumber",
            "schemaName": "VersionNumber",
            "type": "BigInt",
            "validForCreate": False,
            "validForUpdate": False,
        },
    ]
    head: Definition = {
        "logicalName": name,
        "schemaName": name,
        "entitySetName": f"{name}set",
        "primaryId": f"{name}id",
        "ownership": "None",
        "isIntersect": True,
        "flags": {"isCustomEntity": True},
    }
    return TableDraft(head, {each["logicalName"]: each for each in ids})
