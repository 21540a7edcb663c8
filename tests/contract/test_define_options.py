"""Option sets and options that clients define (contract 07 §3.6, §7)."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import Api
from .defining import CRM, column, label, options

SETS = "GlobalOptionSetDefinitions"
COLUMNS = "EntityDefinitions(LogicalName='account')/Attributes"
LEAD = {"EntityLogicalName": "lead", "AttributeLogicalName": "leadsourcecode"}


def colours(**members: Any) -> dict[str, Any]:
    """A global set of two colours."""
    return {
        **options((1, "Red"), (None, "Blue")),
        "Name": "new_Colours",
        "DisplayName": label("Colours"),
        "IsGlobal": True,
        **members,
    }


@pytest.fixture
def painted(api: Api) -> Api:
    """The Web API with a global set and a column of accounts that shows it."""
    made = api.post(SETS, colours())
    assert made.status == 204, made.text
    bound = {"GlobalOptionSet@odata.bind": f"/{SETS}({made.id})"}
    assert api.post(COLUMNS, {**column("Picklist", "new_Colour"), **bound}).status == 204
    return api


def labels(api: Api, path: str) -> dict[int, str]:
    """Value → label of a set's options."""
    found = api.get(path).json()
    found = found.get("OptionSet", found)
    return {each["Value"]: each["Label"]["UserLocalizedLabel"]["Label"] for each in found["Options"]}


def of_lead(api: Api) -> dict[int, str]:
    """The options of a column of leads."""
    path = "EntityDefinitions(LogicalName='lead')/Attributes(LogicalName='leadsourcecode')"
    return labels(api, f"{path}/{CRM}.PicklistAttributeMetadata?$select=LogicalName&$expand=OptionSet")


def formatted(api: Api, row: str, name: str) -> Any:
    """The label of a value in a row."""
    found = api.get(row, Prefer='odata.include-annotations="*"').json()
    return found.get(f"{name}@OData.Community.Display.V1.FormattedValue")


def test_a_global_set_is_made_shown_and_used(painted: Api) -> None:
    found = painted.get(f"{SETS}(Name='new_Colours')/{CRM}.OptionSetMetadata").json()
    assert (found["IsGlobal"], found["IsCustomOptionSet"], found["OptionSetType"]) == (True, True, "Picklist")
    assert found["DisplayName"]["UserLocalizedLabel"]["Label"] == "Colours"
    assert labels(painted, f"{SETS}(Name='new_Colours')") == {1: "Red", 100000000: "Blue"}
    id = painted.new("accounts", name="A", new_colour=1)
    assert formatted(painted, f"accounts({id})?$select=new_colour", "new_colour") == "Red"
    path = f"{COLUMNS}(LogicalName='new_colour')/{CRM}.PicklistAttributeMetadata"
    both = painted.get(f"{path}?$select=LogicalName&$expand=OptionSet,GlobalOptionSet").json()
    assert both["OptionSet"]["Name"] == both["GlobalOptionSet"]["Name"] == "new_Colours"


def test_a_column_names_a_global_set_by_name(painted: Api) -> None:
    bound = {"GlobalOptionSet@odata.bind": f"/{SETS}(Name='new_Colours')"}
    assert painted.post(COLUMNS, {**column("MultiSelectPicklist", "new_More"), **bound}).status == 204
    missing = {"GlobalOptionSet@odata.bind": f"/{SETS}(Name='new_Nothing')"}
    assert painted.post(COLUMNS, {**column("Picklist", "new_Other"), **missing}).status == 404


def test_a_change_of_a_global_set_shows_in_its_columns(painted: Api) -> None:
    body = {"OptionSetName": "new_Colours", "Value": 5, "Label": label("Green"), "Color": "#00ff00"}
    assert painted.post("InsertOptionValue", body).json()["NewOptionValue"] == 5
    id = painted.new("accounts", name="A", new_colour=5)
    assert formatted(painted, f"accounts({id})", "new_colour") == "Green"
    update = {"OptionSetName": "new_Colours", "Value": 5, "Label": label("Lime"), "MergeLabels": False}
    assert painted.post("UpdateOptionValue", update).status == 204
    assert formatted(painted, f"accounts({id})", "new_colour") == "Lime"
    found = painted.get(f"{SETS}(Name='new_Colours')").json()["Options"][-1]
    assert (found["Color"], found["Value"]) == ("#00ff00", 5)
    assert painted.post("OrderOption", {"OptionSetName": "new_Colours", "Values": [5, 1, 100000000]}).status == 204
    assert list(labels(painted, f"{SETS}(Name='new_Colours')")) == [5, 1, 100000000]
    assert painted.post("DeleteOptionValue", {"OptionSetName": "new_Colours", "Value": 5}).status == 204
    assert painted.post("accounts", {"name": "B", "new_colour": 5}).status == 400


def test_a_global_set_is_changed_but_not_its_options(painted: Api) -> None:
    whole = painted.get(f"{SETS}(Name='new_Colours')").json()
    changed = {**whole, "DisplayName": label("Paints"), "Options": [], "@odata.type": f"#{CRM}.OptionSetMetadata"}
    assert painted.put(f"{SETS}({whole['MetadataId']})", changed).status == 204
    found = painted.get(f"{SETS}({whole['MetadataId']})").json()
    assert found["DisplayName"]["UserLocalizedLabel"]["Label"] == "Paints"
    assert found["Options"] == whole["Options"]


def test_global_sets_can_be_put_back(painted: Api) -> None:
    version = painted.service.catalog.version
    for whole in painted.get(SETS).value:
        answer = painted.put(f"{SETS}({whole['MetadataId']})", whole)
        assert (answer.status, painted.service.catalog.version) == (204, version), (whole["Name"], answer.text)


def test_a_set_in_use_stays(painted: Api) -> None:
    path = f"{SETS}(Name='new_Colours')"
    assert painted.delete(path).error[:2] == (400, "0x80048417")
    assert painted.delete(f"{COLUMNS}(LogicalName='new_colour')").status == 204
    assert painted.delete(path).status == 204
    assert painted.get(path).status == 404
    assert painted.delete(f"{SETS}(Name='budgetstatus')").error[1] == "0x80044250"


def test_a_global_set_of_two_options(api: Api) -> None:
    pair = {"TrueOption": {"Value": 1, "Label": label("On")}, "FalseOption": {"Value": 0, "Label": label("Off")}}
    body = {"@odata.type": f"{CRM}.BooleanOptionSetMetadata", "Name": "new_Switch", "DisplayName": label("S"), **pair}
    assert api.post(SETS, body).status == 204
    found = api.get(f"{SETS}(Name='new_Switch')/{CRM}.BooleanOptionSetMetadata").json()
    assert found["TrueOption"]["Label"]["UserLocalizedLabel"]["Label"] == "On"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (colours(Name="Colours"), "0x80044366"),
        (colours(Name="budgetstatus"), "0x80044366"),
        ({**colours(), "@odata.type": None}, "0x80060888"),
        (colours(Options=[{"Value": 1, "Label": label("A")}, {"Value": 1, "Label": label("B")}]), "0x80044310"),
        (colours(Options=[{"Value": 1}]), "0x80040203"),
        (colours(Options=[{"Value": -5, "Label": label("A")}]), "0x80040203"),
    ],
)
def test_a_wrong_set_is_refused(api: Api, body: dict[str, Any], code: str) -> None:
    answer = api.post(SETS, body)
    assert answer.error[:2] == (400, code), answer.text


def test_a_name_is_taken_once(painted: Api) -> None:
    assert painted.post(SETS, colours(Name="NEW_colours")).error[1] == "0x80044345"


def test_options_of_a_column_of_the_platform(api: Api) -> None:
    before = of_lead(api)
    made = api.post("InsertOptionValue", {**LEAD, "Label": label("Podcast", _1036="Balado")})
    value = made.json()["NewOptionValue"]
    assert value == 100000000
    assert of_lead(api) == {**before, value: "Podcast"}
    id = api.new("leads", subject="S", lastname="L", leadsourcecode=value)
    assert formatted(api, f"leads({id})", "leadsourcecode") == "Podcast"
    merge = {**LEAD, "Value": value, "Label": label("Radio"), "MergeLabels": True}
    assert api.post("UpdateOptionValue", merge).status == 204
    path = "EntityDefinitions(LogicalName='lead')/Attributes(LogicalName='leadsourcecode')"
    found = api.get(f"{path}/{CRM}.PicklistAttributeMetadata/OptionSet").json()["Options"][-1]["Label"]
    assert {each["LanguageCode"]: each["Label"] for each in found["LocalizedLabels"]} == {1033: "Radio", 1036: "Balado"}
    assert api.post("InsertOptionValue", {**LEAD, "Value": value, "Label": label("X")}).error[1] == "0x80044310"
    assert api.post("OrderOption", {**LEAD, "Values": [value]}).status == 400
    assert api.post("OrderOption", {**LEAD, "Values": [value, *before]}).status == 204
    assert list(of_lead(api)) == [value, *before]
    assert api.post("DeleteOptionValue", {**LEAD, "Value": value}).status == 204
    assert of_lead(api) == before
    assert api.post("UpdateOptionValue", {**merge, "Value": 999}).status == 400


def test_a_status_reason_is_added_to_a_state(api: Api) -> None:
    where = {"EntityLogicalName": "account", "AttributeLogicalName": "statuscode"}
    assert api.post("InsertStatusValue", {**where, "Label": label("Paused"), "StateCode": 9}).status == 400
    made = api.post("InsertStatusValue", {**where, "Label": label("Paused"), "StateCode": 1, "Value": 50})
    assert made.json()["NewOptionValue"] == 50
    id = api.new("accounts", name="A")
    assert api.patch(f"accounts({id})", {"statecode": 1, "statuscode": 50}).status == 204
    assert formatted(api, f"accounts({id})", "statuscode") == "Paused"
    state = {"EntityLogicalName": "account", "AttributeLogicalName": "statecode", "Value": 1, "MergeLabels": True}
    assert api.post("UpdateStateValue", {**state, "Label": label("Resting"), "DefaultStatusCode": 50}).status == 204
    other = api.new("accounts", name="B")
    assert api.patch(f"accounts({other})", {"statecode": 1}).status == 204
    row = api.get(f"accounts({other})?$select=statuscode,statecode").json()
    assert row["statuscode"] == 50
    assert formatted(api, f"accounts({other})", "statecode") == "Resting"
    assert api.post("DeleteOptionValue", {**where, "Value": 50}).status == 400


@pytest.mark.parametrize(
    "body",
    [
        {"Label": label("A")},
        {"EntityLogicalName": "account", "AttributeLogicalName": "name", "Label": label("A")},
        {"EntityLogicalName": "account", "AttributeLogicalName": "statecode", "Label": label("A")},
        {"EntityLogicalName": "account", "AttributeLogicalName": "statuscode", "Label": label("A")},
        {"EntityLogicalName": "nothing", "AttributeLogicalName": "statuscode", "Label": label("A")},
    ],
)
def test_a_wrong_place_for_an_option_is_refused(api: Api, body: dict[str, Any]) -> None:
    assert api.post("InsertOptionValue", body).status == 400
