# ruff: noqa: E501 - tables read best with one step a line
"""What clients define and then link or find rows by, rule by rule (the ids are rows of contract 02 §5.1, §6 and §7)."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import Api
from .defining import CRM, column, label, lookup, many_to_many, one_to_many, options, table
from .stepping import C, Step, T, walk

U = "70000000-0000-4000-8000-000000000002"
KEYS = "EntityDefinitions(LogicalName='new_thing')/Keys"
ODATA = "0x80060888"
ANNOTATED = {"Prefer": 'odata.include-annotations="*"'}
COLUMNS = [
    column("String", "new_Code", MaxLength=100),
    column("Integer", "new_Count"),
    column("Decimal", "new_Size", Precision=2),
    column("DateTime", "new_Time", Format="DateAndTime", DateTimeBehavior={"Value": "UserLocal"}),
    column("DateTime", "new_Day", Format="DateOnly", DateTimeBehavior={"Value": "DateOnly"}),
    column("Picklist", "new_Kind", OptionSet=options((1, "One"), (2, "Two"))),
    column("Memo", "new_Text", MaxLength=100),
    column("Boolean", "new_Is", OptionSet={"TrueOption": {"Value": 1, "Label": label("Yes")}, "FalseOption": {"Value": 0, "Label": label("No")}}),
]  # fmt: skip
ROW = {
    "new_name": "T",
    "new_code": "O'Neil (1), x=Æ",
    "new_count": -5,
    "new_size": 2.5,
    "new_time": "2024-05-01T10:00:00Z",
    "new_day": "2024-05-01",
    "new_kind": 2,
    "new_ContactId@odata.bind": f"contacts({C})",
}
KEY_COLUMNS = ("new_code", "new_count", "new_size", "new_time", "new_day", "new_kind", "new_contactid")


def key(name: str, *columns: str) -> dict[str, Any]:
    """An alternate key."""
    return {"SchemaName": name, "KeyAttributes": list(columns), "DisplayName": label(name)}


@pytest.fixture
def things(api: Api) -> Api:
    """A table with columns of all types that a key may have."""
    for path, body in (
        ("EntityDefinitions", table("new_Thing", *COLUMNS, HasActivities=True)),
        ("RelationshipDefinitions", one_to_many("new_thing_contact", "contact", "new_thing", "new_ContactId")),
        ("RelationshipDefinitions", many_to_many("new_thing_thing", "new_thing", "new_thing")),
    ):
        answer = api.post(path, body)
        assert answer.status == 204, answer.text
    return api


def each_key() -> list[Step]:
    """A key for each column, and one of two."""
    return [
        *(Step(f"POST {KEYS}", 204, key(f"new_Key{number}", name)) for number, name in enumerate(KEY_COLUMNS)),
        Step(f"POST {KEYS}", 204, key("new_Both", "new_code", "new_day")),
        Step("POST contacts", 204, {"contactid": C, "lastname": "C"}),
        Step("POST new_things", 204, {"new_thingid": T, **ROW}),
    ]


FORMS = {
    "texts": [
        "new_code='O''Neil (1), x=Æ'",
        "new_code='O%27%27Neil%20%281%29%2C%20x%3D%C3%86'",
        "new_code='o''neil (1), x=æ'",
    ],
    "numbers": ["new_count=-5", "new_size=2.5", "new_kind=2"],
    "dates": ["new_time=2024-05-01T10:00:00Z", "new_day=2024-05-01"],
    "lookups": [f"_new_contactid_value={C}", f"_new_contactid_value={C.upper()}"],
    "two columns": [
        "new_code='O''Neil (1), x=Æ',new_day=2024-05-01",
        "new_day=2024-05-01, new_code='O''Neil (1), x=Æ'",
    ],
}
WRONG = [
    "new_code=x",
    "new_code=null",
    "new_code='a",
    "new_code=",
    "new_count='x'",
    "new_count=5.5",
    "new_day=x",
    "new_kind=2,new_kind=2",
    "_new_contactid_value=5",
    "=5",
    "new_name='T'",
]


def found_by(predicate: str) -> list[Step]:
    """The row is found by a key in URLs, binds and references."""
    encoded = predicate.replace("Æ", "%C3%86").replace("æ", "%C3%A6")
    links = f"new_things({U})/new_thing_thing"
    return [
        Step(f"GET new_things({predicate})?$select=new_name", 200, shows={"new_thingid": T}),
        Step("POST tasks", 204, {"subject": "T", "regardingobjectid_new_thing_task@odata.bind": f"/new_things({predicate})"}),
        Step("GET tasks(<id>)/_regardingobjectid_value", 200, shows={"value": T}),
        Step(f"PATCH new_things({U})", 204, {}),
        Step(f"POST {links}/$ref", 204, {"@odata.id": f"new_things({predicate})"}),
        Step(f"DELETE {links}/$ref?$id=new_things({predicate})", 204),
        Step(f"GET {links}/$count", 200, shows="\ufeff0"),
        Step(f"PATCH new_things({predicate})", 204, {"new_name": "B"}, has={"odata-entityid": f"<root>new_things({encoded})"}),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "steps",
    [
        pytest.param([
            *each_key(),
            Step(f"GET {KEYS}?$select=LogicalName,KeyAttributes,EntityKeyIndexStatus", 200, shows={"value": [{"KeyAttributes": [name], "EntityKeyIndexStatus": "Active"} for name in KEY_COLUMNS] + [{"KeyAttributes": ["new_code", "new_day"]}]}),
            Step(f"POST {KEYS}", 400, key("new_Memo", "new_text"), error=("0x8006088F", None)),
            Step(f"POST {KEYS}", 400, key("new_Yes", "new_is"), error=("0x8006088F", None)),
            Step(f"POST {KEYS}", 204, key("new_KeyA", "new_code", "new_count")),
            Step(f"POST {KEYS}", 204, key("new_KeyB", "new_code", "new_kind")),
            Step(f"POST {KEYS}", 400, key("new_KeyC", "new_code", "new_size")),
        ], id="02 §6 p1"),
        pytest.param([
            Step("POST new_things", 204, {"new_name": "A", "new_count": 1}),
            Step("POST new_things", 204, {"new_name": "B", "new_count": 1}),
            Step(f"POST {KEYS}", 204, key("new_Key", "new_count")),
            Step(f"GET {KEYS}?$select=EntityKeyIndexStatus", 200, shows={"value": [{"EntityKeyIndexStatus": "Failed"}]}),
            Step("GET new_things(new_count=1)", 400, error=(ODATA, None)),
        ], id="02 §6 p1 not active"),
        *(
            pytest.param([*each_key(), *(step for predicate in predicates for step in found_by(predicate)), Step(f"DELETE new_things({predicates[0]})", 204), Step(f"GET new_things({T})", 404)], id=f"02 §6 p4 {name}")
            for name, predicates in FORMS.items()
        ),
        pytest.param([*each_key(), *(Step(f"GET new_things({predicate})", 400, error=(ODATA, None)) for predicate in WRONG)], id="02 §6 p4 wrong"),
        pytest.param([
            *each_key(),
            Step("PATCH new_things(new_code='K',new_day=2024-06-01)", 204, {"new_name": "N"}, has={"odata-entityid": "<root>new_things(new_code='K',new_day=2024-06-01)"}),
            Step("GET new_things?$select=new_code,new_day&$filter=new_name eq 'N'", 200, shows={"value": [{"new_code": "K", "new_day": "2024-06-01"}]}),
            Step("PATCH new_things(new_code='K',new_day=2024-06-01)", 204, {"new_name": "O", "new_day": "2024-07-01"}),
            Step("GET new_things?$select=new_name&$filter=new_day eq 2024-06-01", 200, shows={"value": [{"new_name": "O"}]}),
            Step("PATCH new_things(new_time=2025-01-01T00:00:00Z)", 204, {"new_name": "Q"}),
            Step("GET new_things?$select=new_time&$filter=new_name eq 'Q'", 200, shows={"value": [{"new_time": "2025-01-01T00:00:00Z"}]}),
        ], id="02 §3.2 p3 keys of several types"),
        pytest.param([
            *each_key(),
            Step("POST contacts", 204, {"contactid": U, "lastname": "D"}),
            Step(f"PATCH new_things(_new_contactid_value={U})", 204, {"new_name": "N"}),
            Step("GET new_things?$select=_new_contactid_value&$filter=new_name eq 'N'", 200, shows={"value": [{"_new_contactid_value": U}]}),
        ], id="02 §3.2 p3 key with a lookup"),
        pytest.param([
            Step("POST new_things", 204, {"new_thingid": T, "new_name": "T"}),
            Step("POST new_things", 204, {"new_thingid": U, "new_name": "U"}),
            Step(f"POST new_things({T})/new_thing_thing/$ref", 204, {"@odata.id": f"new_things({U})"}),
            Step(f"GET new_things({T})/new_thing_thing?$select=new_name", 200, shows={"value": [{"new_name": "U"}]}),
            Step(f"GET new_things({U})/new_thing_thing?$select=new_name", 200, shows={"value": []}),
        ], id="02 §7 r15"),
        pytest.param([
            Step("POST CreatePolymorphicLookupAttribute", 200, {
                "Lookup": {**lookup("new_OwnedBy"), "@odata.type": f"{CRM}.ComplexLookupAttributeMetadata"},
                "OneToManyRelationships": [{"SchemaName": f"new_thing_owned_{one}", "ReferencedEntity": one, "ReferencingEntity": "new_thing", "@odata.type": f"{CRM}.ComplexOneToManyRelationshipMetadata"} for one in ("account", "contact")],
            }),
            Step("POST contacts", 204, {"contactid": C, "lastname": "C"}),
            Step("POST new_things", 204, {"new_thingid": T, "new_OwnedBy_contact@odata.bind": f"/contacts({C})"}),
            Step(f"GET new_things({T})?$select=_new_ownedby_value&$expand=new_OwnedBy_contact($select=lastname)", 200, headers=ANNOTATED, shows={"_new_ownedby_value": C, "_new_ownedby_value@Microsoft.Dynamics.CRM.associatednavigationproperty": "new_OwnedBy_contact", "_new_ownedby_value@Microsoft.Dynamics.CRM.lookuplogicalname": "contact", "new_OwnedBy_contact": {"lastname": "C"}}),
            Step("POST accounts", 204, {"name": "A"}),
            Step(f"PATCH new_things({T})", 204, {"new_OwnedBy_account@odata.bind": "/accounts(<id>)"}),
            Step(f"GET new_things({T})?$expand=new_OwnedBy_contact,new_OwnedBy_account($select=name)", 200, shows={"new_OwnedBy_contact": None, "new_OwnedBy_account": {"name": "A"}}),
            Step(f"PATCH new_things({T})", 400, {"new_ownedby_account@odata.bind": None}, error=("0x80048d19", None)),
        ], id="02 §5.1 r6"),
    ],
)  # fmt: skip
def test_keys_and_custom_lookups(things: Api, steps: list[Step]) -> None:
    walk(things, steps)
