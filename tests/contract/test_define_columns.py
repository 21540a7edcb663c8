"""Columns that clients define (contract 07 §6)."""

from __future__ import annotations

import gc
from typing import Any

import pytest

from dataverse_emulator.metadata.catalog import Table

from .conftest import ROOT, Api
from .defining import CRM, column, label, options, table

PATH = "EntityDefinitions(LogicalName='account')/Attributes"


def add(api: Api, body: dict[str, Any], path: str = PATH) -> dict[str, Any]:
    """Make a column and give its definition, cast to its class."""
    answer = api.post(path, body)
    assert answer.status == 204, answer.text
    cast = body["@odata.type"]
    return api.get(f"{path}({answer.id})/{cast}").json()  # type: ignore[no-any-return]  # JSON has no type


@pytest.mark.parametrize(
    ("body", "value", "wanted"),
    [
        (column("String", "new_Text", MaxLength=10, FormatName={"Value": "Email"}), "a@b", {"MaxLength": 10}),
        (column("Memo", "new_Text", MaxLength=4000, FormatName={"Value": "Text"}), "x\ny", {"MaxLength": 4000}),
        (column("Memo", "new_Text", Format="TextArea"), "x", {"Format": "TextArea", "MaxLength": 2000}),
        (column("Integer", "new_Text", MinValue=1, MaxValue=5), 4, {"MinValue": 1, "MaxValue": 5, "Format": "None"}),
        (column("Integer", "new_Text", Format="Duration"), 60, {"Format": "Duration"}),
        (column("BigInt", "new_Text"), 2**40, {"MaxValue": 2**63 - 1}),
        (column("Decimal", "new_Text", Precision=3), 1.125, {"Precision": 3, "MaxValue": 100000000000}),
        (column("Double", "new_Text", Precision=5), 1.5, {"Precision": 5}),
        (column("Money", "new_Text", PrecisionSource=2), 12.5, {"PrecisionSource": 2, "IsBaseCurrency": False}),
        (column("Boolean", "new_Text", DefaultValue=True), False, {"DefaultValue": True}),
        (column("DateTime", "new_Text"), "2024-05-01T10:00:00Z", {"DateTimeBehavior": {"Value": "UserLocal"}}),
        (
            column("DateTime", "new_Text", Format="DateOnly", DateTimeBehavior={"Value": "DateOnly"}),
            "2024-05-01",
            {"Format": "DateOnly"},
        ),
        (column("Picklist", "new_Text", OptionSet=options((7, "A"), (8, "B"))), 8, {"DefaultFormValue": -1}),
        (column("MultiSelectPicklist", "new_Text", OptionSet=options((7, "A"), (8, "B"))), "7,8", {}),
        (column("File", "new_Text", MaxSizeInKB=100), None, {"MaxSizeInKB": 100}),
        (column("Image", "new_Text", CanStoreFullImage=True), None, {"CanStoreFullImage": True}),
    ],
    ids=lambda value: (
        value["@odata.type"].rpartition(".")[2] if isinstance(value, dict) and "SchemaName" in value else ""
    ),
)
def test_a_column_is_usable_at_once(api: Api, body: dict[str, Any], value: Any, wanted: dict[str, Any]) -> None:
    before = api.new("accounts", name="Before")
    found = add(api, body)
    assert {name: found[name] for name in wanted} == wanted
    assert (found["SchemaName"], found["LogicalName"], found["IsCustomAttribute"]) == ("new_Text", "new_text", True)
    assert found["IsManaged"] is False
    assert found["EntityLogicalName"] == "account"
    assert api.get(f"accounts({before})?$select=new_text").json()["new_text"] is None
    if value is not None:
        id = api.new("accounts", name="A", new_text=value)
        assert api.get(f"accounts({id})?$select=new_text").json()["new_text"] == value
        assert api.get("accounts?$top=1&$select=new_text").status == 200


def test_the_answer_names_the_column_below_its_table_as_written(api: Api) -> None:
    answer = api.post(PATH, column("String", "new_Text"))
    assert answer.headers["odata-entityid"] == f"{ROOT}{PATH}({answer.id})"
    shown = api.post(PATH, column("String", "new_More"), Prefer="return=representation")
    assert shown.status == 201
    assert shown.json()["MetadataId"]


def test_rules_of_a_new_column_hold(api: Api) -> None:
    add(api, column("Integer", "new_Size", MinValue=1, MaxValue=5))
    add(api, column("String", "new_Code", MaxLength=3))
    add(api, column("Picklist", "new_Stage", OptionSet=options((7, "A")), DefaultFormValue=7))
    assert api.post("accounts", {"name": "A", "new_size": 9}).status == 400
    assert api.post("accounts", {"name": "A", "new_code": "long"}).error[1] == "0x80044331"
    assert api.post("accounts", {"name": "A", "new_stage": 9}).status == 400
    assert api.get(f"accounts({api.new('accounts', name='A')})").json()["new_stage"] == 7


@pytest.mark.parametrize("kind", ["String", "Memo"])
@pytest.mark.parametrize("shape", ["Text", "TextArea", "Email", "Json", "RichText"])
def test_a_format_of_text_can_be_put_back(api: Api, kind: str, shape: str) -> None:
    found = add(api, column(kind, "new_Text", FormatName={"Value": shape}))
    assert (found["Format"], found["FormatName"]) == (shape, {"Value": shape})
    assert api.put(f"{PATH}({found['MetadataId']})", found).status == 204
    assert (
        api.get(f"{PATH}({found['MetadataId']})/{CRM}.{kind}AttributeMetadata").json()["FormatName"]["Value"] == shape
    )


def test_the_texts_of_a_users_definition_are_not_managed(api: Api) -> None:
    assert add(api, column("String", "new_Text"))["DisplayName"]["UserLocalizedLabel"]["IsManaged"] is False
    shipped = api.get(f"{PATH}(LogicalName='name')?$select=DisplayName").json()
    assert shipped["DisplayName"]["UserLocalizedLabel"]["IsManaged"] is True


def test_a_required_level_may_be_closed_to_changes(api: Api) -> None:
    closed = {"CanBeChanged": False, "ManagedPropertyLogicalName": "canmodifyrequirementlevelsettings"}
    found = add(api, column("String", "new_Text", RequiredLevel={"Value": "Recommended", **closed}))
    assert found["RequiredLevel"] == {"Value": "Recommended", **closed}
    path = f"{PATH}({found['MetadataId']})"
    assert api.put(path, {**found, "RequiredLevel": {"Value": "None", **closed}}).status == 204
    assert api.get(path).json()["RequiredLevel"] == {"Value": "None", **closed}


@pytest.mark.parametrize(
    "members",
    [
        {"DisplayName": {**label("Text"), "Colour": "red"}},
        {"DisplayName": {**label("Text"), "@odata.type": 5}},
        {"DisplayName": {"LocalizedLabels": {"Label": "Text"}}},
        {"DisplayName": {"LocalizedLabels": [{"Label": "Text", "LanguageCode": "English"}]}},
        {"RequiredLevel": {"Level": "None"}},
        {"CreatedOn": "yesterday"},
        {"DatabaseLength": "long"},
        {"Settings": "none"},
    ],
    ids=str,
)
def test_values_inside_a_definition_have_its_types(api: Api, members: dict[str, Any]) -> None:
    assert api.post(PATH, column("String", "new_Text") | members).error[:2] == (400, "0x80048d19")
    assert api.get(f"{PATH}(LogicalName='new_text')").status == 404


def test_a_bound_option_set_is_named_by_a_text(api: Api) -> None:
    assert api.post(PATH, column("Picklist", "new_Stage") | {"GlobalOptionSet@odata.bind": []}).status == 400


def test_an_auto_number_counts_from_its_seed(api: Api) -> None:
    add(api, column("String", "new_Number", AutoNumberFormat="P-{SEQNUM:4}"))
    first = api.get(f"accounts({api.new('accounts', name='A')})").json()["new_number"]
    assert first == "P-1000"
    seed = {"EntityName": "account", "AttributeName": "new_number", "Value": 5}
    assert api.post("SetAutoNumberSeed", seed).status == 204
    assert api.get(f"accounts({api.new('accounts', name='B')})").json()["new_number"] == "P-0005"


@pytest.mark.parametrize(
    "shape", ["{SEQNUM}", "{SEQNUM:x}", "{SEQNUM:9999}", "{RANDSTRING:7}", "{DATETIMEUTC:}", "{OTHER:1}", "A{", "A}"]
)
def test_a_wrong_auto_number_fails_at_the_first_row(api: Api, shape: str) -> None:
    add(api, column("String", "new_Number", AutoNumberFormat=shape))
    assert api.post("accounts", {"name": "A"}).error[:2] == (400, "0x80040203")
    assert api.get("accounts").value == []


def test_options_without_value_get_the_publishers(api: Api) -> None:
    body = column("Picklist", "new_Stage", OptionSet=options((None, "A"), (None, "B")))
    add(api, body)
    path = f"{PATH}(LogicalName='new_stage')/{CRM}.PicklistAttributeMetadata?$select=LogicalName&$expand=OptionSet"
    found = api.get(path).json()["OptionSet"]
    assert [each["Value"] for each in found["Options"]] == [100000000, 100000001]
    assert (found["Name"], found["IsGlobal"], found["IsCustomOptionSet"]) == ("account_new_stage", False, True)


def test_a_two_option_column_has_its_labels(api: Api) -> None:
    pair = {"TrueOption": {"Value": 1, "Label": label("On")}, "FalseOption": {"Value": 0, "Label": label("Off")}}
    add(api, column("Boolean", "new_Switch", OptionSet={"@odata.type": f"{CRM}.BooleanOptionSetMetadata", **pair}))
    id = api.new("accounts", name="A", new_switch=True)
    row = api.get(f"accounts({id})?$select=new_switch", Prefer='odata.include-annotations="*"').json()
    assert row["new_switch@OData.Community.Display.V1.FormattedValue"] == "On"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (column("String", "Text"), 400, "0x80044366"),
        (column("String", "new_Text", MaxLength=0), 400, "0x80040203"),
        (column("String", "new_Text", MaxLength="x"), 400, "0x80048d19"),
        (column("String", "new_Text", FormatName={"Value": "Odd"}), 400, "0x80040203"),
        (column("String", "new_Text", RequiredLevel={"Value": "SystemRequired"}), 400, "0x80040203"),
        (column("String", "new_Text", SourceType=1), 501, "0x80040219"),
        (column("String", "new_Text", IsPrimaryName=True), 400, "0x8004701E"),
        (column("Integer", "new_Text", MinValue=5, MaxValue=1), 400, "0x80040203"),
        (column("Integer", "new_Text", MaxValue=2**40), 400, "0x80048d19"),
        (column("DateTime", "new_Text", DateTimeBehavior={"Value": "DateOnly"}), 400, "0x800608A2"),
        (column("DateTime", "new_Text", DateTimeBehavior={"Value": "Lunar"}), 400, "0x800608A1"),
        (column("String", "new_Text", FormulaDefinition="<x/>"), 501, "0x80040219"),
        (column("Lookup", "new_Text"), 400, "0x80040203"),
        (column("State", "new_Text"), 400, "0x80040203"),
        (column("Picklist", "new_Text", OptionSet=options((1, "A"), (1, "B"))), 400, "0x80044310"),
        ({"SchemaName": "new_Text"}, 400, "0x80060888"),
        ([], 400, "0x80048d19"),
    ],
)
def test_a_wrong_column_is_refused(api: Api, body: Any, status: int, code: str) -> None:
    answer = api.post(PATH, body)
    assert (answer.error[0], answer.error[1]) == (status, code), answer.text
    assert api.get(f"{PATH}(LogicalName='new_text')").status == 404


def test_a_name_is_taken_once(api: Api) -> None:
    add(api, column("String", "new_Text"))
    assert api.post(PATH, column("Memo", "NEW_text")).error[:2] == (400, "0x80047013")


def test_a_column_is_changed_by_the_whole_definition(api: Api) -> None:
    found = add(api, column("String", "new_Text", MaxLength=5))
    path = f"{PATH}({found['MetadataId']})"
    found |= {"@odata.type": f"{CRM}.StringAttributeMetadata", "MaxLength": 20, "DisplayName": label("Words")}
    found["RequiredLevel"]["Value"] = "Recommended"
    answer = api.put(path, found, **{"MSCRM.MergeLabels": "true"})
    assert answer.status == 204
    assert answer.headers["odata-entityid"] == ROOT + path
    changed = api.get(f"{path}/{CRM}.StringAttributeMetadata").json()
    assert (changed["MaxLength"], changed["RequiredLevel"]["Value"]) == (20, "Recommended")
    assert changed["DisplayName"]["UserLocalizedLabel"]["Label"] == "Words"
    assert api.new("accounts", name="A", new_text="x" * 20)
    wrong = {**found, "@odata.type": f"{CRM}.MemoAttributeMetadata"}
    assert api.put(path, wrong).status == 400


def test_a_column_of_the_platform_is_changed_and_comes_back_with_a_reset(api: Api) -> None:
    path = f"{PATH}(LogicalName='name')/{CRM}.StringAttributeMetadata"
    found = api.get(path).json()
    assert api.put(path, {**found, "MaxLength": 5, "DisplayName": label("Firm")}).status == 204
    assert api.post("accounts", {"name": "longer"}).status == 400
    api.service.reset()
    assert api.get(path).json() == found
    assert api.post("accounts", {"name": "longer"}).status == 204


def moment(api: Api) -> tuple[str, dict[str, Any], str]:
    """A column of moments: its path, its definition, an account that has a value."""
    found = add(api, column("DateTime", "new_At"))
    path = f"{PATH}({found['MetadataId']})/{CRM}.DateTimeAttributeMetadata"
    return path, api.get(path).json(), api.new("accounts", name="A", new_at="2024-03-31T23:30:00Z")


def test_a_column_of_moments_becomes_one_of_dates(api: Api) -> None:
    path, whole, account = moment(api)
    assert whole["CanChangeDateTimeBehavior"]["Value"] is True
    dates = {**whole, "Format": "DateOnly", "DateTimeBehavior": {"Value": "DateOnly"}}
    assert api.put(path, dates).status == 204
    assert api.get(path).json()["DateTimeBehavior"]["Value"] == "DateOnly"
    assert api.get(f"accounts({account})?$select=new_at").json()["new_at"] == "2024-03-31"
    assert api.names("accounts?$filter=new_at eq 2024-03-31") == ["A"]
    assert '<Property Name="new_at" Type="Edm.Date"' in api.get("$metadata").text
    assert api.new("accounts", name="B", new_at="2024-04-01")


def test_a_column_of_moments_becomes_one_without_time_zones(api: Api) -> None:
    path, whole, account = moment(api)
    assert api.put(path, {**whole, "DateTimeBehavior": {"Value": "TimeZoneIndependent"}}).status == 204
    assert api.get(path).json()["DateTimeBehavior"]["Value"] == "TimeZoneIndependent"
    assert api.get(f"accounts({account})?$select=new_at").json()["new_at"] == "2024-03-31T23:30:00Z"


@pytest.mark.parametrize(
    ("first", "second", "code"),
    [
        ({"DateTimeBehavior": {"Value": "TimeZoneIndependent"}}, {"Value": "UserLocal"}, "0x800608A0"),
        ({"DateTimeBehavior": {"Value": "TimeZoneIndependent"}}, {"Value": "DateOnly"}, "0x800608A2"),
        ({"CanChangeDateTimeBehavior": {"Value": False}}, {"Value": "TimeZoneIndependent"}, "0x800608A0"),
        ({}, {"Value": "DateOnly"}, "0x800608A2"),
        ({}, {"Value": "Lunar"}, "0x800608A1"),
    ],
)
def test_the_behavior_of_dates_changes_only_where_it_may(
    api: Api, first: dict[str, Any], second: dict[str, str], code: str
) -> None:
    path, whole, _ = moment(api)
    assert api.put(path, {**whole, **first}).status == 204
    before = api.get(path).json()
    assert api.put(path, {**before, "DateTimeBehavior": second}).error[:2] == (400, code)
    assert api.get(path).json() == before


def test_dates_of_the_platform_keep_their_behavior(api: Api) -> None:
    path = f"{PATH}(LogicalName='createdon')/{CRM}.DateTimeAttributeMetadata"
    whole = api.get(path).json()
    assert whole["CanChangeDateTimeBehavior"]["Value"] is False
    changed = {**whole, "CanChangeDateTimeBehavior": {"Value": True}}
    assert api.put(path, changed).status == 204
    changed["DateTimeBehavior"] = {"Value": "TimeZoneIndependent"}
    assert api.put(path, changed).error[:2] == (400, "0x800608A0")


def test_a_column_goes_with_its_values(api: Api) -> None:
    found = add(api, column("Money", "new_Cost"))
    id = api.new("accounts", name="A", new_cost=5)
    assert api.delete(f"{PATH}({found['MetadataId']})", If_Match="*").status == 204
    row = api.get(f"accounts({id})").json()
    assert "new_cost" not in row
    assert "new_cost_base" not in row
    assert api.get("accounts?$select=new_cost").status == 400
    add(api, column("String", "new_Cost"))
    assert api.get(f"accounts({id})?$select=new_cost").json()["new_cost"] is None


def test_former_definitions_of_a_table_take_no_memory(api: Api) -> None:
    def tables() -> int:
        gc.collect()
        return sum(isinstance(each, Table) for each in gc.get_objects())

    def come_and_go() -> None:
        add(api, column("String", "new_Text"))
        api.new("accounts", name="A", new_text="B")
        for query in ("accounts?$select=new_text", "accounts?$expand=primarycontactid", "accounts/$count"):
            assert api.get(query).status == 200
        assert api.delete(f"{PATH}(LogicalName='new_text')").status == 204
        assert api.get("accounts?$select=name").status == 200

    come_and_go()
    before = tables()
    for _ in range(3):
        come_and_go()
    assert tables() == before


def test_columns_of_the_platform_and_primary_names_stay(api: Api) -> None:
    assert api.delete(f"{PATH}(LogicalName='telephone1')").error[:2] == (400, "0x80044250")
    assert api.delete(f"{PATH}(LogicalName='name')").error[:2] == (400, "0x80047002")
    api.post("EntityDefinitions", table())
    path = "EntityDefinitions(LogicalName='new_project')/Attributes"
    assert api.delete(f"{path}(LogicalName='createdon')").error[1] == "0x80044250"
    assert api.delete(f"{path}(LogicalName='new_name')").error[1] == "0x80047002"


def test_status_transitions_are_set_by_the_status_column(api: Api) -> None:
    """Ruling R17."""
    api.post("EntityDefinitions", table())
    path = "EntityDefinitions(LogicalName='new_project')"
    cast = f"{path}/Attributes(LogicalName='statuscode')/{CRM}.StatusAttributeMetadata"
    status = api.get(f"{cast}?$expand=OptionSet").json()
    allowed = (
        '<allowedtransitions xmlns="http://schemas.microsoft.com/crm/2009/WebServices">'
        '<allowedtransition sourcestatusid="1" tostatusid="2" /></allowedtransitions>'
    )
    for option in status["OptionSet"]["Options"]:
        option["TransitionData"] = allowed if option["Value"] == 1 else None
    assert api.put(cast, status).status == 204
    whole = api.get(path).json()
    assert api.put(path, {**whole, "EnforceStateTransitions": True}).status == 204
    id = api.new("new_projects", new_name="A")
    assert api.patch(f"new_projects({id})", {"statecode": 1, "statuscode": 2}).status == 204
    assert api.patch(f"new_projects({id})", {"statecode": 0, "statuscode": 1}).error[:2] == (400, "0x8004F00E")
    shown = api.get(f"{cast}?$expand=OptionSet").json()["OptionSet"]["Options"]
    assert shown[0]["TransitionData"] == allowed
