"""Columns and choices with Microsoft's own Python client, unmodified.

Every test runs twice: over the emulator's https port with its certificate authority, and in process;
``test_official_metadata.py`` counts the operations.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Any

import pytest
from PowerPlatform.Dataverse.client import DataverseClient
from PowerPlatform.Dataverse.core.errors import HttpError

from .official import client, column, project

__all__ = ["client", "project"]


class Colour(IntEnum):
    """A choice with labels in two languages, one of them not given for each member."""

    RED = 7
    BLUE = 8

    __labels__ = {1033: {"RED": "Red", "BLUE": "Blue"}, 1036: {"RED": "Rouge"}}


def test_columns_come_change_and_go(client: DataverseClient, project: str) -> None:
    assert client.tables.add_columns(project, {"new_Extra": "string", "new_More": "int"}) == ["new_Extra", "new_More"]
    client.tables.update_column(project, "new_Extra", {"max_length": 5, "display_name": "Extra text"})
    assert client.records.create(project.lower(), {"new_name": "A", "new_extra": "12345"})
    with pytest.raises(HttpError):
        client.records.create(project.lower(), {"new_name": "A", "new_extra": "123456"})
    listed = client.tables.list_columns(project, filter="IsCustomAttribute eq true", select=["LogicalName"])
    assert {"new_extra", "new_more", "new_code"} <= {each["LogicalName"] for each in listed}
    assert client.tables.remove_columns(project, ["new_Extra", "new_More"]) == ["new_Extra", "new_More"]
    listed = client.tables.list_columns(project, filter="LogicalName eq 'new_extra'")
    assert listed == []


def test_every_name_of_a_type_makes_a_column(client: DataverseClient, project: str) -> None:
    kinds = {
        **dict.fromkeys(("string", "text"), "String"),
        **dict.fromkeys(("memo", "multiline"), "Memo"),
        **dict.fromkeys(("int", "integer"), "Integer"),
        **dict.fromkeys(("decimal", "money"), "Decimal"),
        **dict.fromkeys(("float", "double"), "Double"),
        **dict.fromkeys(("datetime", "date"), "DateTime"),
        **dict.fromkeys(("bool", "boolean"), "Boolean"),
        "file": "File",
    }
    columns = {f"new_Type{name}": name for name in kinds}
    assert client.tables.add_columns(project, columns) == list(columns)
    for name, kind in kinds.items():
        found = column(client, project, f"new_Type{name}")
        assert found["@odata.type"] == f"#Microsoft.Dynamics.CRM.{kind}AttributeMetadata"


def test_limits_of_columns_are_made_changed_and_read(client: DataverseClient, project: str) -> None:
    client.tables.add_columns(
        project,
        {
            "new_Rating": {"type": "int", "min_value": 1, "max_value": 5, "required": "ApplicationRequired"},
            "new_Comment": {"type": "memo", "max_length": 2000, "display_name": "Comment"},
            "new_Mail": {"type": "string", "format": "Email", "required": "Recommended"},
            "new_Share": {"type": "decimal", "precision": 4, "max_value": 1},
            "new_Held": {"type": "datetime", "format": "DateAndTime"},
        },
    )
    client.tables.update_column(project, "new_Comment", {"max_length": 4000})
    changes: dict[str, dict[str, Any]] = {
        "new_Rating": {"max_value": 10},
        "new_Comment": {"display_name": "Customer Comment"},
        "new_Mail": {"format": "Url", "required": "None"},
    }
    assert client.tables.update_columns(project, changes) == list(changes)
    found = {each["LogicalName"]: each for each in client.tables.list_columns(project, typed=True)}
    comment = column(client, project, "new_Comment", typed=True)
    assert comment["MaxLength"] == found["new_comment"]["MaxLength"] == 4000
    assert comment["DisplayName"]["UserLocalizedLabel"]["Label"] == "Customer Comment"
    assert (found["new_rating"]["MinValue"], found["new_rating"]["MaxValue"]) == (1, 10)
    assert found["new_rating"]["RequiredLevel"]["Value"] == "ApplicationRequired"
    assert (found["new_mail"]["FormatName"]["Value"], found["new_mail"]["RequiredLevel"]["Value"]) == ("Url", "None")
    assert (found["new_share"]["Precision"], found["new_share"]["MaxValue"]) == (4, 1)
    assert found["new_held"]["Format"] == "DateAndTime"


def test_columns_are_read(client: DataverseClient, project: str) -> None:
    names = {each["LogicalName"] for each in client.tables.list_columns(project)}
    assert {"new_name", "createdon", "new_stage"} <= names
    texts = client.tables.list_columns(project, filter="AttributeType eq 'String'", select=["LogicalName"])
    assert {"new_name", "new_code"} <= {each["LogicalName"] for each in texts} <= names
    typed = client.tables.list_columns(project, typed=True, select=["LogicalName", "MaxLength"])
    assert {each["LogicalName"] for each in typed} == names
    one = column(client, project, "new_Code", select=["LogicalName", "SchemaName"])
    assert (one["LogicalName"], one["SchemaName"]) == ("new_code", "new_Code")
    assert client.tables.get_column(project, "new_Nothing") is None
    assert client.tables.get_column(project, "new_Nothing", typed=True) is None


def test_a_choice_has_labels_in_two_languages(client: DataverseClient, project: str) -> None:
    client.tables.add_columns(project, {"new_Colour": Colour})
    found = column(client, project, "new_Colour", typed=True, select=["OptionSet"])
    texts = {
        option["Value"]: {each["LanguageCode"]: each["Label"] for each in option["Label"]["LocalizedLabels"]}
        for option in found["OptionSet"]["Options"]
    }
    assert texts == {7: {1033: "Red", 1036: "Rouge"}, 8: {1033: "Blue", 1036: "BLUE"}}
    id = client.records.create(project.lower(), {"new_colour": "Rouge"})
    record = client.records.retrieve(project.lower(), id)
    assert record is not None
    assert record["new_colour"] == 7
    client.records.update(project.lower(), id, {"new_colour": "blue"})
    (record,) = client.records.list(project.lower(), filter="new_colour eq 8")
    assert record[f"{project.lower()}id"] == id
