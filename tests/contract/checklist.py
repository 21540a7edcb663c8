"""What the calls of the metadata checklist (contract 07 §12) are made against: one table of everything."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from .conftest import Api
from .defining import CRM, column, label, many_to_many, one_to_many, options, table

TABLE = "EntityDefinitions(LogicalName='new_project')"
COLUMNS = f"{TABLE}/Attributes"
SETS = "GlobalOptionSetDefinitions"
RELATIONSHIPS = "RelationshipDefinitions"
STRONG = {"Consistency": "Strong"}
ALL = {"If-Match": "*"}
MERGE = {"MSCRM.MergeLabels": "true"}
CLASSES = {
    "DateTime": column("DateTime", "new_DateTime"),
    "Decimal": column("Decimal", "new_Decimal", Precision=3),
    "Integer": column("Integer", "new_Integer", MinValue=1, MaxValue=9),
    "Memo": column("Memo", "new_Memo", MaxLength=500),
    "Money": column("Money", "new_Money"),
    "Picklist": column("Picklist", "new_Picklist", OptionSet=options((1, "Plan"), (2, "Build"))),
    "MultiSelectPicklist": column("MultiSelectPicklist", "new_Multi", OptionSet=options((1, "Red"), (2, "Blue"))),
    "BigInt": column("BigInt", "new_BigInt"),
    "Boolean": column("Boolean", "new_Boolean", DefaultValue=True),
    "String": column("String", "new_Code", MaxLength=20),
}
"""Class → the column of projects that has it; the lookup comes with its relationship."""


def colours(name: str = "new_Colours") -> dict[str, Any]:
    """A global option set."""
    return {**options((1, "Red"), (2, "Blue")), "Name": name, "DisplayName": label("Colours"), "IsGlobal": True}


def code_key(name: str = "new_CodeKey", *columns: str) -> dict[str, Any]:
    """A key of projects, as the official client sends it: without type."""
    return {"SchemaName": name, "KeyAttributes": list(columns or ("new_code",)), "DisplayName": label("Code")}


def define_project(api: Api) -> None:
    """Make the table of projects, its lookup to accounts, its link to contacts, its key; and a global option set."""
    for path, body in (
        ("EntityDefinitions", table("new_Project", *CLASSES.values(), HasNotes=True)),
        (RELATIONSHIPS, one_to_many("new_account_project", "account", "new_project", "new_AccountId")),
        (RELATIONSHIPS, many_to_many("new_project_contact", "new_project", "contact")),
        (f"{TABLE}/Keys", code_key()),
        (SETS, colours()),
    ):
        answer = api.post(path, body)
        assert answer.status == 204, answer.text


def read(api: Api, path: str, **headers: str) -> Any:
    """The body of a GET that must succeed."""
    answer = api.get(path, **headers)
    assert answer.status == 200, answer.text
    return answer.json()


def identifier(api: Api, path: str) -> str:
    """The ``MetadataId`` of a definition."""
    return str(read(api, f"{path}?$select=MetadataId")["MetadataId"])


def make(api: Api, path: str, body: Any, **headers: str) -> str:
    """POST what must be made; the guid of its address."""
    answer = api.post(path, body, **headers)
    assert answer.status == 204, answer.text
    return answer.id


def solution(api: Api, name: str = "checklist") -> str:
    """A solution of a publisher whose prefix is ``new``; its id."""
    publisher = api.get("publishers?$select=publisherid&$filter=customizationprefix eq 'new'").value[0]["publisherid"]
    return api.new(
        "solutions",
        uniquename=name,
        friendlyname=name,
        version="1.0.0.0",
        **{"publisherid@odata.bind": f"/publishers({publisher})"},
    )


def components(api: Api, solution_id: str) -> list[tuple[int, str]]:
    """Type and id of what a solution holds."""
    found = api.get(f"solutioncomponents?$filter=_solutionid_value eq {solution_id}").value
    return [(each["componenttype"], each["objectid"]) for each in found]


def changes(api: Api, query: dict[str, Any], **others: str) -> Any:
    """RetrieveMetadataChanges with parameter aliases, its query as URL-encoded JSON."""
    given = {"Query": quote(json.dumps(query)), **{name: quote(value) for name, value in others.items()}}
    names = ",".join(f"{name}=@p{number}" for number, name in enumerate(given, 1))
    values = "&".join(f"@p{number}={value}" for number, value in enumerate(given.values(), 1))
    return read(api, f"RetrieveMetadataChanges({names})?{values}")


def equals(name: str, value: str, kind: str = "System.String") -> dict[str, Any]:
    """A condition of such a query."""
    return {"ConditionOperator": "Equals", "PropertyName": name, "Value": {"Type": kind, "Value": value}}


def query(criteria: dict[str, Any], *names: str, **others: Any) -> dict[str, Any]:
    """Such a query: which properties of the tables for which the condition holds."""
    return {
        "Properties": {"AllProperties": False, "PropertyNames": list(names)},
        "Criteria": {"FilterOperator": "And", "Conditions": [criteria]},
        **others,
    }


def cast(kind: str) -> str:
    """The segment that casts to a class of columns."""
    return f"{CRM}.{kind}AttributeMetadata"
