"""Tables that a user defines in a file: what may be left out, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from dataverse_emulator.metadata import definitions
from dataverse_emulator.metadata.catalog import Option

PROJECT = {
    "logicalName": "new_project",
    "schemaName": "new_Project",
    "entitySetName": "new_projects",
    "primaryId": "new_projectid",
    "primaryName": "new_name",
    "columns": [
        {"logicalName": "new_projectid", "type": "Uniqueidentifier", "validForUpdate": False},
        {"logicalName": "new_name", "schemaName": "new_Name", "type": "String", "maxLength": 100},
        {
            "logicalName": "new_account",
            "type": "Lookup",
            "targets": ["account"],
            "navigation": {"account": "new_Account"},
        },
        {"logicalName": "new_stage", "type": "Picklist", "optionSet": "new_stages", "optionSetGlobal": True},
        {"logicalName": "statecode", "type": "State", "options": [{"value": 0, "label": "Active", "defaultStatus": 1}]},
        {"logicalName": "statuscode", "type": "Status", "options": [{"value": 1, "label": "Active", "state": 0}]},
    ],
}


def test_a_user_table_takes_defaults() -> None:
    options = (Option(1, "Plan"), Option(2, "Build"))
    table = definitions.load_user_table(PROJECT, {"new_stages": options})
    assert list(table.properties) == [
        "new_projectid",
        "new_name",
        "_new_account_value",
        "new_stage",
        "statecode",
        "statuscode",
    ]
    assert table.column("new_stage").options == options
    assert table.column("new_name").is_primary_name
    assert table.column("new_account").edm_read_only


def test_a_user_table_may_limit_its_status_transitions() -> None:
    table = definitions.load_user_table({**PROJECT, "statusTransitions": {"1": [2]}})
    assert table.transitions == {1: (2,)}


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"primaryId": "nothing"}, "primaryId names no column"),
        ({"colour": "red"}, "colour: Unknown field"),
        ({"columns": [*PROJECT["columns"], PROJECT["columns"][1]]}, "column new_name is there 2 times"),
        ({"columns": [{"logicalName": "new_projectid", "type": "Guid"}]}, "Must be one of"),
        (
            {"columns": [*PROJECT["columns"], {"logicalName": "a", "type": "Boolean", "defaultValue": 1}]},
            "neither true nor false",
        ),
        (
            {"columns": [*PROJECT["columns"], {"logicalName": "a", "type": "Lookup", "navigation": {"contact": "A"}}]},
            "navigation to a table that is no target",
        ),
    ],
)
def test_a_wrong_user_table_is_refused(change: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        definitions.load_user_table({**PROJECT, **change})
