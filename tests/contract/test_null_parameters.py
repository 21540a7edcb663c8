"""A required parameter that is null counts as missing, in functions as in actions (04 E-95, 01 §10)."""

from __future__ import annotations

import pytest

from .conftest import Api


@pytest.mark.parametrize(
    ("call", "name"),
    [
        ("GetAutoNumberSeed(EntityName=@e,AttributeName=@a)?@e=&@a='ticketnumber'", "EntityName"),
        ("GetNextAutoNumberValue(EntityName=@e,AttributeName=@a)?@e='incident'", "AttributeName"),
        ("RetrieveDependenciesForDelete(ObjectId=@o,ComponentType=@c)?@o=null&@c=1", "ObjectId"),
        ("RetrieveDependentComponents(ObjectId=null,ComponentType=1)", "ObjectId"),
        ("RetrieveDuplicates(BusinessEntity=@b,MatchingEntityName=@m)?@m='account'", "BusinessEntity"),
        ("RetrieveTotalRecordCount(EntityNames=@n)", "EntityNames"),
        ("InitializeFrom(EntityMoniker=@m,TargetEntityName=@t,TargetFieldType=@f)?@t='account'", "EntityMoniker"),
    ],
)
def test_a_null_is_a_missing_parameter_of_a_function(api: Api, call: str, name: str) -> None:
    assert api.get(call).error == (400, "0x80040203", f"Required field '{name}' is missing")


@pytest.mark.parametrize("name", ["EntityName", "AttributeName", "Value"])
def test_a_null_is_a_missing_parameter_of_an_action(api: Api, name: str) -> None:
    body = {"EntityName": "incident", "AttributeName": "ticketnumber", "Value": 5, name: None}
    assert api.post("SetAutoNumberSeed", body).error == (400, "0x80040203", f"Required field '{name}' is missing")
