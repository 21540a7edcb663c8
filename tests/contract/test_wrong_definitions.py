"""Wrong definitions get the errors of the contract and change nothing (contract 07 §4-§9, 04)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from .conftest import MISSING, Api, opened
from .defining import COLOURS, CRM, column, define_of_every_kind, label, many_to_many, one_to_many, options, table

SETS = "GlobalOptionSetDefinitions"
RELATIONS = "RelationshipDefinitions"
TABLES = "EntityDefinitions"


def path(name: str) -> str:
    return f"{TABLES}(LogicalName='{name}')"


PROJECT, ACCOUNT = path("new_project"), path("account")
COLUMNS = f"{PROJECT}/Attributes"
KEYS = f"{PROJECT}/Keys"
STAGE = {"EntityLogicalName": "new_project", "AttributeLogicalName": "new_stage"}
STATUS = {"EntityLogicalName": "new_project", "AttributeLogicalName": "statuscode"}
STATE = {"EntityLogicalName": "new_project", "AttributeLogicalName": "statecode"}
COLOUR = {"OptionSetName": "new_Colours"}
LONG = "new_" + "x" * 130

Case = tuple[str, str, Any, int, str]


def key(name: str, *columns: str) -> dict[str, Any]:
    return {"SchemaName": name, "KeyAttributes": list(columns), "DisplayName": label("K")}


def two_primaries() -> dict[str, Any]:
    return table("new_x", column("String", "new_Other", IsPrimaryName=True))


def relation(**members: Any) -> dict[str, Any]:
    return {**one_to_many("new_x", "account", "new_project", "new_XId"), **members}


def polymorphic(*targets: str, name: str = "new_WhoId") -> dict[str, Any]:
    pairs = [
        {"SchemaName": f"new_x_{each}", "ReferencedEntity": each, "ReferencingEntity": "new_project"}
        for each in targets
    ]
    lookup = {**column("Lookup", name), "@odata.type": f"{CRM}.ComplexLookupAttributeMetadata"}
    return {"Lookup": lookup, "OneToManyRelationships": pairs}


CASES: list[Case] = [
    # names of tables
    ("POST", TABLES, table("NEW_project"), 400, "0x8004700B"),
    ("POST", TABLES, table("Project"), 400, "0x80044366"),
    ("POST", TABLES, table("account"), 400, "0x80044366"),
    ("POST", TABLES, table("mscrm_Project"), 400, "0x80044366"),
    ("POST", TABLES, table("n_Project"), 400, "0x80044366"),
    ("POST", TABLES, table("toolongpre_Project"), 400, "0x80044366"),
    ("POST", TABLES, table("1ew_Project"), 400, "0x80044365"),
    ("POST", TABLES, table(LONG), 400, "0x80044367"),
    ("POST", TABLES, table("new_x", EntitySetName="new_projects"), 400, "0x8006089B"),
    ("POST", TABLES, table("new_x", EntitySetName="two words"), 400, "0x8006089B"),
    ("POST", TABLES, table("new_x", CollectionSchemaName="new_Projects"), 400, "0x8006088E"),
    ("POST", TABLES, two_primaries(), 400, "0x8004701E"),
    ("POST", TABLES, table("new_x", column("Memo", "new_NAME")), 400, "0x80047013"),
    # what a table must say
    ("POST", TABLES, table("new_x", SchemaName=None), 400, "0x80040203"),
    ("POST", TABLES, table("new_x", DisplayName=None), 400, "0x80040203"),
    ("POST", TABLES, table("new_x", DisplayName={"LocalizedLabels": []}), 400, "0x80040203"),
    ("POST", TABLES, table("new_x", DisplayName="Project"), 400, "0x80048d19"),
    ("POST", TABLES, table("new_x", Attributes=[]), 400, "0x80040203"),
    ("POST", TABLES, table("new_x", OwnershipType="BusinessOwned"), 400, "0x80040203"),
    ("POST", TABLES, table("new_x", OwnershipType="Nobody"), 400, "0x80048d19"),
    ("POST", TABLES, table("new_x", IsActivity=True, OwnershipType="OrganizationOwned"), 400, "0x80040203"),
    ("POST", TABLES, table("new_x", HasNotes="yes"), 400, "0x80048d19"),
    ("POST", TABLES, table("new_x", Colour="red"), 400, "0x80048d19"),
    ("POST", TABLES, table("new_x", column("Money", "new_Cost"), TableType="Elastic"), 400, "0x80040203"),
    ("POST", TABLES, [], 400, "0x80048d19"),
    ("POST", f"{TABLES}?SolutionUniqueName=none", table("new_x"), 400, "0x80040203"),
    ("POST", "CreateEntities", {"Entities": [table("new_x"), table("x")]}, 400, "0x80044366"),
    # changes of tables
    ("PUT", ACCOUNT, {"EntitySetName": "firms"}, 400, "0x8004F663"),
    ("PUT", PROJECT, {"EntitySetName": "accounts"}, 400, "0x8006089B"),
    ("PUT", PROJECT, {"HasNotes": False}, 400, "0x80040203"),
    ("PUT", PROJECT, {"Colour": "red"}, 400, "0x80048d19"),
    ("PUT", PROJECT, [], 400, "0x80048d19"),
    ("PUT", TABLES, {}, 405, "0x80060888"),
    ("PUT", path("new_nothing"), {}, 404, "0x80060888"),
    ("PATCH", PROJECT, {"HasNotes": True}, 405, "0x80060888"),
    ("DELETE", ACCOUNT, None, 400, "0x80044250"),
    ("DELETE", path("new_project_contact"), None, 400, "0x80044250"),
    ("DELETE", path("new_nothing"), None, 404, "0x80060888"),
    ("DELETE", f"{TABLES}({MISSING})", None, 404, "0x80060888"),
    # columns
    ("POST", COLUMNS, column("String", "NEW_name"), 400, "0x80047013"),
    ("POST", COLUMNS, column("String", "Text"), 400, "0x80044366"),
    ("POST", COLUMNS, column("String", LONG), 400, "0x80044367"),
    ("POST", COLUMNS, column("String", "new_x", IsPrimaryName=True), 400, "0x8004701E"),
    ("POST", COLUMNS, column("String", "new_x", RequiredLevel={"Value": "SystemRequired"}), 400, "0x80040203"),
    ("POST", COLUMNS, column("String", "new_x", MaxLength=0), 400, "0x80040203"),
    ("POST", COLUMNS, column("String", "new_x", MaxLength=4001), 400, "0x80040203"),
    ("POST", COLUMNS, column("String", "new_x", MaxLength="long"), 400, "0x80048d19"),
    ("POST", COLUMNS, column("String", "new_x", DisplayName=5), 400, "0x80048d19"),
    ("POST", COLUMNS, column("String", "new_x", FormatName={"Value": "Odd"}), 400, "0x80040203"),
    ("POST", COLUMNS, column("Memo", "new_x", MaxLength=2_000_000), 400, "0x80040203"),
    ("POST", COLUMNS, column("Integer", "new_x", MinValue=2, MaxValue=1), 400, "0x80040203"),
    ("POST", COLUMNS, column("Integer", "new_x", MaxValue=1.5), 400, "0x80048d19"),
    ("POST", COLUMNS, column("Decimal", "new_x", Precision=11), 400, "0x80040203"),
    ("POST", COLUMNS, column("File", "new_x", MaxSizeInKB=0), 400, "0x80040203"),
    ("POST", COLUMNS, column("Image", "new_x", MaxSizeInKB=99_999), 400, "0x80040203"),
    ("POST", COLUMNS, column("DateTime", "new_x", DateTimeBehavior={"Value": "DateOnly"}), 400, "0x800608A2"),
    ("POST", COLUMNS, column("Lookup", "new_x"), 400, "0x80040203"),
    ("POST", COLUMNS, column("State", "new_x"), 400, "0x80040203"),
    ("POST", COLUMNS, column("UniqueIdentifier", "new_x"), 400, "0x80040203"),
    ("POST", COLUMNS, column("Odd", "new_x"), 400, "0x80048d19"),
    ("POST", COLUMNS, {"SchemaName": "new_x"}, 400, "0x80060888"),
    ("POST", COLUMNS, column("Picklist", "new_x", OptionSet=options((1, "A"), (1, "B"))), 400, "0x80044310"),
    ("POST", COLUMNS, column("Picklist", "new_x", OptionSet=options((1, ""))), 400, "0x80040203"),
    ("POST", COLUMNS, column("Picklist", "new_x", OptionSet={"Options": [{"Value": 1}]}), 400, "0x80040203"),
    ("POST", COLUMNS, column("Picklist", "new_x", **{"GlobalOptionSet@odata.bind": f"/{SETS}(Name='no')"}), 404, "*"),
    ("POST", COLUMNS, column("Decimal", "new_x", SourceType=1), 501, "0x80040219"),
    ("POST", COLUMNS, column("Money", "new_x", SourceType=2), 501, "0x80040219"),
    ("POST", COLUMNS, column("String", "new_x", FormulaDefinition="a & b"), 501, "0x80040219"),
    ("POST", f"{path('new_event')}/Attributes", column("Money", "new_x"), 400, "0x80040203"),
    ("POST", f"{path('new_nothing')}/Attributes", column("String", "new_x"), 404, "0x80060888"),
    ("PUT", f"{COLUMNS}(LogicalName='new_name')", column("Memo", "new_Name"), 400, "0x80048d19"),
    ("PUT", f"{COLUMNS}(LogicalName='new_stage')", {"MaxLength": 5}, 400, "0x80048d19"),
    ("PUT", f"{COLUMNS}(LogicalName='new_number')", {"IsSecured": True}, 400, "0x80060896"),
    ("PUT", f"{COLUMNS}(LogicalName='new_projectid')", {"IsSecured": True}, 400, "0x8004F501"),
    ("PATCH", f"{COLUMNS}(LogicalName='new_name')", {}, 405, "0x80060888"),
    ("DELETE", f"{COLUMNS}(LogicalName='new_name')", None, 400, "0x80047002"),
    ("DELETE", f"{COLUMNS}(LogicalName='new_number')", None, 400, "0x8004F01F"),
    ("DELETE", f"{COLUMNS}(LogicalName='new_projectid')", None, 400, "0x80044250"),
    ("DELETE", f"{COLUMNS}(LogicalName='createdon')", None, 400, "0x80044250"),
    ("DELETE", f"{COLUMNS}(LogicalName='new_stagename')", None, 400, "0x80044250"),
    ("DELETE", f"{ACCOUNT}/Attributes(LogicalName='telephone1')", None, 400, "0x80044250"),
    ("DELETE", f"{COLUMNS}(LogicalName='new_nothing')", None, 404, "0x80060888"),
    # relationships
    ("POST", RELATIONS, one_to_many("NEW_account_project", "account", "new_project", "new_XId"), 400, "0x8004432B"),
    ("POST", RELATIONS, many_to_many("new_project_contact", "account", "contact"), 400, "0x8004432B"),
    ("POST", RELATIONS, many_to_many("new_x", "account", "contact", IntersectEntityName="new_call"), 400, "0x8004700B"),
    ("POST", RELATIONS, one_to_many("new_x", "account", "new_project", "new_Name"), 400, "0x80047013"),
    ("POST", RELATIONS, one_to_many("new_x", "account", "new_project", "new_AccountId"), 400, "0x80047013"),
    ("POST", RELATIONS, one_to_many("x", "account", "new_project", "new_XId"), 400, "0x80044366"),
    ("POST", RELATIONS, one_to_many("new_x", "account", "new_project", "XId"), 400, "0x80044366"),
    ("POST", RELATIONS, one_to_many("new_x", "nothing", "new_project", "new_XId"), 400, "0x80041102"),
    ("POST", RELATIONS, one_to_many("new_x", "account", "nothing", "new_XId"), 400, "0x80041102"),
    ("POST", RELATIONS, one_to_many("new_x", "new_project_contact", "account", "new_XId"), 400, "0x80040203"),
    ("POST", RELATIONS, relation(Lookup=None), 400, "0x80040203"),
    ("POST", RELATIONS, relation(ReferencedEntity=None), 400, "0x80040203"),
    ("POST", RELATIONS, relation(ReferencedAttribute="name"), 400, "0x80040203"),
    ("POST", RELATIONS, relation(CascadeConfiguration={"Delete": "Perhaps"}), 400, "0x80048d19"),
    ("POST", RELATIONS, relation(ReferencedEntityNavigationPropertyName="primarycontactid"), 400, "0x80072551"),
    ("POST", RELATIONS, relation(ReferencingEntityNavigationPropertyName="ownerid"), 400, "0x80072551"),
    ("POST", RELATIONS, {"SchemaName": "new_x"}, 400, "0x80060888"),
    ("POST", RELATIONS, many_to_many("new_x", "new_event", "contact"), 400, "0x80040203"),
    ("POST", "CreatePolymorphicLookupAttribute", polymorphic("account", "nothing"), 400, "0x80041102"),
    ("POST", "CreatePolymorphicLookupAttribute", polymorphic("account", "account"), 400, "0x8004432B"),
    ("POST", "CreatePolymorphicLookupAttribute", polymorphic("lead", name="new_Name"), 400, "0x80047013"),
    ("POST", "CreateCustomerRelationships", polymorphic("account"), 400, "0x80040203"),
    ("PUT", f"{RELATIONS}(SchemaName='new_account_project')", {"CascadeConfiguration": {"Delete": 9}}, 400, "*"),
    ("PATCH", f"{RELATIONS}(SchemaName='new_account_project')", {}, 405, "0x80060888"),
    ("DELETE", f"{RELATIONS}(SchemaName='contact_customer_accounts')", None, 400, "0x80044250"),
    ("DELETE", f"{RELATIONS}(SchemaName='lk_new_project_createdby')", None, 400, "0x80044250"),
    ("DELETE", f"{RELATIONS}(SchemaName='new_nothing')", None, 404, "0x80060888"),
    # keys
    ("POST", KEYS, key("NEW_k", "new_name"), 400, "0x80060893"),
    ("POST", KEYS, key("new_x", "new_number"), 400, "0x80060894"),
    ("POST", KEYS, key("k", "new_name"), 400, "0x80044366"),
    ("POST", KEYS, key("new_x", "new_nothing"), 400, "0x80041103"),
    ("POST", KEYS, key("new_x", "new_boolean"), 400, "0x8006088F"),
    ("POST", KEYS, key("new_x", "new_name", "new_name"), 400, "0x8006088F"),
    ("POST", KEYS, key("new_x", *(f"new_{number}" for number in range(17))), 400, "0x8006088F"),
    ("POST", KEYS, key("new_x"), 400, "0x80040203"),
    ("POST", KEYS, {"SchemaName": "new_x", "KeyAttributes": "new_name"}, 400, "0x80048d19"),
    ("POST", f"{path('new_event')}/Keys", key("new_x", "new_name"), 400, "0x8006088F"),
    ("PUT", f"{KEYS}(LogicalName='new_k')", {"KeyAttributes": ["new_name"]}, 400, "0x8006088F"),
    ("DELETE", f"{path('team')}/Keys(LogicalName='aadobjectid_membershiptype')", None, 400, "0x80044250"),
    ("DELETE", f"{KEYS}(LogicalName='new_nothing')", None, 404, "0x80060888"),
    # option sets
    ("POST", SETS, COLOURS, 400, "0x80044345"),
    ("POST", SETS, {**COLOURS, "Name": "Colours"}, 400, "0x80044366"),
    ("POST", SETS, {**COLOURS, "Name": None}, 400, "0x80040203"),
    ("POST", SETS, {**COLOURS, "Name": "new_x", "Options": [{"Value": 1}]}, 400, "0x80040203"),
    ("POST", SETS, {**COLOURS, "Name": "new_x", **options((1, "A"), (1, "B"))}, 400, "0x80044310"),
    ("POST", SETS, {**COLOURS, "Name": "new_x", "Options": "many"}, 400, "0x80048d19"),
    ("DELETE", f"{SETS}(Name='new_Colours')", None, 400, "0x80048417"),
    ("DELETE", f"{SETS}(Name='budgetstatus')", None, 400, "0x80044250"),
    ("DELETE", f"{SETS}(Name='new_nothing')", None, 404, "0x80060888"),
    ("POST", "InsertOptionValue", {**COLOUR, "Value": 1, "Label": label("A")}, 400, "0x80044310"),
    ("POST", "InsertOptionValue", {**COLOUR, "Value": 3}, 400, "0x80040203"),
    ("POST", "InsertOptionValue", {"OptionSetName": "new_nothing", "Label": label("A")}, 404, "0x80060888"),
    ("POST", "InsertOptionValue", {**STAGE, "Value": 7, "Label": label("A")}, 400, "0x80044310"),
    ("POST", "InsertOptionValue", {**STAGE, "Value": -1, "Label": label("A")}, 400, "0x80040203"),
    ("POST", "InsertOptionValue", {**STAGE, "AttributeLogicalName": "new_name", "Label": label("A")}, 400, "*"),
    ("POST", "InsertOptionValue", {**STAGE, "AttributeLogicalName": "no", "Label": label("A")}, 400, "0x80041103"),
    ("POST", "InsertOptionValue", {**STAGE, "EntityLogicalName": "no", "Label": label("A")}, 400, "0x80041102"),
    ("POST", "InsertOptionValue", {"Label": label("A")}, 400, "0x80040203"),
    ("POST", "InsertOptionValue", {**STATE, "Value": 2, "Label": label("A")}, 400, "0x80040203"),
    ("POST", "InsertStatusValue", {**STATUS, "StateCode": 9, "Value": 3, "Label": label("A")}, 400, "0x80048408"),
    ("POST", "InsertStatusValue", {**STATUS, "StateCode": 0, "Value": 1, "Label": label("A")}, 400, "0x80044310"),
    ("POST", "UpdateOptionValue", {**COLOUR, "Value": 9, "Label": label("A"), "MergeLabels": False}, 400, "0x80040203"),
    (
        "POST",
        "UpdateStateValue",
        {**STATE, "Value": 0, "DefaultStatusCode": 2, "MergeLabels": False},
        400,
        "0x80040203",
    ),
    ("POST", "DeleteOptionValue", {**COLOUR, "Value": 9}, 400, "0x80040203"),
    ("POST", "DeleteOptionValue", {**STATUS, "Value": 1}, 400, "0x80040203"),
    ("POST", "DeleteOptionValue", {**STATE, "Value": 1}, 400, "0x80040203"),
    ("POST", "OrderOption", {**COLOUR, "Values": [1]}, 400, "0x80040203"),
    ("POST", "OrderOption", {**COLOUR, "Values": [1, 1]}, 400, "0x80040203"),
]


@pytest.fixture(scope="module")
def api() -> Iterator[Api]:
    """The Web API with definitions of every kind; no test changes anything."""
    with opened() as made:
        define_of_every_kind(made)
        yield made


def state(api: Api) -> list[Any]:
    """The catalog, and all that the database holds."""
    store = api.service.store
    fetch = store.database.fetch
    schema = fetch("SELECT name, type, sql FROM sqlite_master ORDER BY name")
    counts = [fetch(f'SELECT count(*) FROM "{name}"') for name, kind, _ in schema if kind == "table"]
    return [schema, counts, dict(store._counters._numbers), api.service.catalog.parts]


def name_of(case: Case) -> str:
    method, target, body, _, _ = case
    members = list(body) if isinstance(body, dict) else []
    return f"{method} {target} {body.get('SchemaName', members) if members else ''}"


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_a_wrong_definition_is_refused_and_changes_nothing(api: Api, case: Case) -> None:
    method, target, body, status, code = case
    if method == "PUT" and isinstance(body, dict) and api.get(target).status == 200:
        whole = api.get(target).json()
        body = {**whole, **body}
    before = state(api)
    answer = api.send(method, target, body)
    assert answer.status == status, answer.text
    error = answer.json()["error"]
    assert code in ("*", error["code"]), answer.text
    assert error["message"]
    for one, other in zip(before, state(api), strict=True):
        assert one == other
