"""Parameters of actions and functions, and the shape of their answers."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dataverse_emulator.errors import EmulatorError
from dataverse_emulator.messages.base import KeyReference, Operation, OperationResult, Record
from dataverse_emulator.metadata.catalog import AlternateKey
from dataverse_emulator.metadata.definitions import load_catalog
from dataverse_emulator.metadata.operations import Enumeration, Parameter, TypeUse
from dataverse_emulator.metadata.operations import Operation as Definition
from dataverse_emulator.values import Reference
from dataverse_emulator.web.webapi.operations import (
    Answer,
    bind_action,
    bind_function,
    catalogue,
    named_arguments,
    represent_operation,
)
from dataverse_emulator.web.webapi.parameters import bind_enumeration
from odata_protocol.options import parse_options
from odata_protocol.path import parse_path
from odata_protocol.url import split_query

ROOT = "https://localhost:5366/api/data/v9.2/"
ID = "7eb682f1-ca75-e511-80d4-00155d2a68d1"
OTHER = "11111111-1111-1111-1111-111111111111"
CATALOG = load_catalog()
NAMESPACE = "Microsoft.Dynamics.CRM."
QUALIFY = {"CreateAccount": True, "CreateContact": False, "CreateOpportunity": True, "Status": 3}


def definition(name: str) -> Definition:
    found = catalogue().find(name)
    assert found is not None
    return found


def action(name: str, body: Any) -> Operation:
    return bind_action(definition(name), body, None, None, CATALOG, ROOT)


def qualify(**more: Any) -> Operation:
    lead = CATALOG.table("lead")
    return bind_action(definition("QualifyLead"), {**QUALIFY, **more}, Reference("lead", ID), lead, CATALOG, ROOT)


def function(url: str) -> Operation:
    path, _, query = url.partition("?")
    (segment,) = parse_path(path).segments
    _, aliases, _ = parse_options(split_query(query))
    return bind_function(definition(segment.name), named_arguments(segment), aliases, None, None, CATALOG, ROOT)


# ---- actions -------------------------------------------------------------------------------------------------------


def test_action_becomes_a_message_with_its_parameters() -> None:
    message = qualify()
    assert message == Operation("QualifyLead", Reference("lead", ID), CATALOG.table("lead"), QUALIFY)


def test_null_is_a_parameter_that_was_not_given() -> None:
    assert qualify(OpportunityCurrencyId=None, OpportunityCustomerId=None).parameters == QUALIFY


def test_annotations_of_the_body_are_no_parameters() -> None:
    assert qualify(**{"@odata.context": "x", "Status@odata.type": "#Int32"}).parameters == QUALIFY


@pytest.mark.parametrize("body", [None, {}])
def test_action_without_parameters_takes_an_empty_body(body: Any) -> None:
    assert action("PublishAllXml", body).parameters == {}


@pytest.mark.parametrize("body", [[], "text", 5, True])
def test_body_of_an_action_must_be_an_object(body: Any) -> None:
    with pytest.raises(EmulatorError) as caught:
        action("PublishAllXml", body)
    assert (caught.value.status, caught.value.code) == (400, "0x80048d19")


@pytest.mark.parametrize("name", ["EntityName", "AttributeName", "Value"])
@pytest.mark.parametrize("is_null", [False, True])
def test_missing_parameter_is_named(name: str, is_null: bool) -> None:
    body: dict[str, Any] = {"EntityName": "incident", "AttributeName": "ticketnumber", "Value": 5}
    del body[name]
    if is_null:
        body[name] = None
    with pytest.raises(EmulatorError) as caught:
        action("SetAutoNumberSeed", body)
    assert caught.value.code == "0x80040203"
    assert caught.value.message == f"Required field '{name}' is missing"


def test_qualify_lead_looks_at_the_lead_before_it_misses_a_parameter() -> None:
    message = bind_action(definition("QualifyLead"), {}, Reference("lead", ID), CATALOG.table("lead"), CATALOG, ROOT)
    assert message.parameters == {}


@pytest.mark.parametrize("name", ["SourceProcessCode", "status", "entity", "Status2", "SourceCampaignId@odata.bind"])
def test_unknown_parameter_is_named(name: str) -> None:
    with pytest.raises(EmulatorError) as caught:
        qualify(**{name: "x"})
    assert caught.value.status == 400
    assert f"The parameter '{name}' in the request payload is not a valid parameter" in caught.value.message
    assert "'QualifyLead'" in caught.value.message


def test_duplicate_detection_may_be_asked_for_in_the_body_of_qualify_lead() -> None:
    assert qualify(SuppressDuplicateDetection=False).parameters["SuppressDuplicateDetection"] is False


@pytest.mark.parametrize(
    ("name", "value", "inner"),
    [
        ("Status", "many", "Cannot convert the literal 'many' to the expected type 'Edm.Int32'."),
        ("Status", 2**31, "to the expected type 'Edm.Int32'."),
        ("Status", {}, "An unexpected 'StartObject' node was found"),
        ("CreateAccount", "true", "Cannot convert the literal 'true' to the expected type 'Edm.Boolean'."),
        ("CreateAccount", 1, "Cannot convert the literal '1' to the expected type 'Edm.Boolean'."),
        ("OpportunityCurrencyId", ID, "A 'StartObject' node was expected."),
        ("OpportunityCustomerId", ID, "A 'StartObject' node was expected."),
        ("OpportunityCurrencyId", [ID], "An unexpected 'StartArray' node was found"),
        ("SourceCampaignId", {"@odata.type": NAMESPACE + "account", "accountid": ID}, "is not assignable"),
        ("OpportunityCurrencyId", {"@odata.id": f"accounts({ID})"}, "is not assignable"),
        ("OpportunityCurrencyId", {"transactioncurrencyid": "x"}, "to the expected type 'Edm.Guid'."),
    ],
)
def test_value_of_another_type_is_refused(name: str, value: Any, inner: str) -> None:
    with pytest.raises(EmulatorError) as caught:
        qualify(**{name: value})
    assert (caught.value.status, caught.value.code) == (400, "0x80048d19")
    assert inner in caught.value.message


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        pytest.param(
            "OpportunityCurrencyId",
            {"@odata.type": NAMESPACE + "transactioncurrency", "transactioncurrencyid": ID},
            Reference("transactioncurrency", ID),
            id="type and key",
        ),
        pytest.param(
            "OpportunityCurrencyId",
            {"@odata.type": "#" + NAMESPACE + "transactioncurrency", "transactioncurrencyid": ID.upper()},
            Reference("transactioncurrency", ID),
            id="type with a hash, key in upper case",
        ),
        pytest.param(
            "OpportunityCurrencyId",
            {"transactioncurrencyid": ID},
            Reference("transactioncurrency", ID),
            id="key of the declared type",
        ),
        pytest.param(
            "OpportunityCustomerId",
            {"@odata.type": NAMESPACE + "contact", "contactid": ID},
            Reference("contact", ID),
            id="concrete type for an abstract one",
        ),
        pytest.param(
            "OpportunityCustomerId",
            {"@odata.type": "#mscrm.account", "accountid": ID},
            Reference("account", ID),
            id="alias of the namespace",
        ),
        pytest.param(
            "OpportunityCustomerId", {"@odata.id": f"accounts({ID})"}, Reference("account", ID), id="relative id"
        ),
        pytest.param(
            "SourceCampaignId", {"@odata.id": f"{ROOT}campaigns({ID})"}, Reference("campaign", ID), id="absolute id"
        ),
        pytest.param(
            "ProcessInstanceId",
            {"@odata.type": NAMESPACE + "leadtoopportunitysalesprocess", "businessprocessflowinstanceid": ID},
            Reference("leadtoopportunitysalesprocess", ID),
            id="flow instance",
        ),
    ],
)
def test_reference_to_a_row_comes_in_several_forms(name: str, value: Any, expected: Reference) -> None:
    assert qualify(**{name: value}).parameters[name] == expected


@pytest.mark.parametrize("value", [{"accountid": ID}, {}, {"@odata.etag": "x"}])
def test_abstract_type_needs_a_type_annotation(value: Any) -> None:
    with pytest.raises(EmulatorError) as caught:
        qualify(OpportunityCustomerId=value)
    assert caught.value.code == "0x80060888"
    assert caught.value.message == "EdmEntityObject passed should have the key property value set."


def test_row_with_more_than_its_key_is_a_record() -> None:
    close = {
        "@odata.type": NAMESPACE + "opportunityclose",
        "subject": "Signed",
        "actualrevenue": 12500,
        "opportunityid@odata.bind": f"/opportunities({ID})",
    }
    record = action("WinOpportunity", {"Status": 3, "OpportunityClose": close}).parameters["OpportunityClose"]
    assert isinstance(record, Record)
    assert record.table is CATALOG.table("opportunityclose")
    expected = {"subject": "Signed", "actualrevenue": 12500.0, "opportunityid": Reference("opportunity", ID)}
    assert record.values == expected


@pytest.mark.parametrize(
    "value", [{"opportunityid": ID}, {"@odata.type": NAMESPACE + "opportunity", "opportunityid": ID}, ID]
)
def test_lookup_inside_a_parameter_may_be_given_without_bind(value: Any) -> None:
    close = {"subject": "Signed", "opportunityid": value}
    record = action("WinOpportunity", {"Status": -1, "OpportunityClose": close}).parameters["OpportunityClose"]
    assert isinstance(record, Record)
    assert record.values["opportunityid"] == Reference("opportunity", ID)
    assert record.related == []


def test_mistake_inside_a_parameter_is_refused() -> None:
    with pytest.raises(EmulatorError) as caught:
        action("WinOpportunity", {"Status": 3, "OpportunityClose": {"foo": 1}})
    assert "Invalid property 'foo'" in caught.value.message


def test_collection_of_rows_keeps_its_order() -> None:
    members = [
        {"@odata.type": NAMESPACE + "systemuser", "systemuserid": ID},
        {"@odata.type": NAMESPACE + "systemuser", "ownerid": OTHER},
    ]
    team = CATALOG.table("team")
    message = bind_action(
        definition("AddMembersTeam"), {"Members": members}, Reference("team", ID), team, CATALOG, ROOT
    )
    assert message.parameters["Members"] == [Reference("systemuser", ID), Reference("systemuser", OTHER)]


def test_targets_of_a_bulk_message_are_records() -> None:
    targets = [{"@odata.type": NAMESPACE + "account", "name": name} for name in ("A", "B")]
    message = bind_action(
        definition("CreateMultiple"), {"Targets": targets}, None, CATALOG.table("account"), CATALOG, ROOT
    )
    assert [record.values for record in message.parameters["Targets"]] == [{"name": "A"}, {"name": "B"}]


def test_id_of_a_target_with_members_becomes_part_of_the_record() -> None:
    catalog = load_catalog()
    catalog.table("account").keys = (AlternateKey("number", "Number", ("accountnumber",)),)
    targets = [
        {"@odata.type": NAMESPACE + "account", "@odata.id": "accounts(accountnumber='K1')", "name": "A"},
        {"@odata.type": NAMESPACE + "account", "@odata.id": f"accounts({ID})", "name": "B"},
        {"@odata.id": "accounts(accountnumber='K2')"},
    ]
    message = bind_action(
        definition("UpsertMultiple"), {"Targets": targets}, None, catalog.table("account"), catalog, ROOT
    )
    first, second, third = message.parameters["Targets"]
    assert first.values == {"name": "A", "accountnumber": "K1"}
    assert second.values == {"name": "B", "accountid": ID}
    assert third == KeyReference("account", (("accountnumber", "K2"),))


@pytest.mark.parametrize("value", [{}, "x", None, [None], [5]])
def test_collection_must_be_a_list_of_its_type(value: Any) -> None:
    with pytest.raises(EmulatorError) as caught:
        bind_action(definition("CreateMultiple"), {"Targets": value}, None, CATALOG.table("account"), CATALOG, ROOT)
    assert caught.value.status == 400


def test_complex_type_is_a_dictionary_with_bound_members() -> None:
    body = {
        "Target": {"@odata.type": NAMESPACE + "lead", "leadid": ID},
        "PrincipalAccess": {
            "AccessMask": "ReadAccess, WriteAccess",
            "Principal": {"@odata.type": NAMESPACE + "systemuser", "systemuserid": OTHER},
        },
    }
    assert action("GrantAccess", body).parameters == {
        "Target": Reference("lead", ID),
        "PrincipalAccess": {"AccessMask": "ReadAccess,WriteAccess", "Principal": Reference("systemuser", OTHER)},
    }


def test_complex_type_keeps_its_derived_type_and_its_members() -> None:
    query = {
        "@odata.type": NAMESPACE + "QueryExpression",
        "EntityName": "account",
        "ColumnSet": {"AllColumns": True},
        "TopCount": "5",
        "Unheard": [1, {"a": None}],
    }
    parameters = action("QueryExpressionToFetchXml", {"Query": query}).parameters
    assert parameters["Query"] == {**query, "TopCount": 5}


def test_content_of_a_merge_is_optional() -> None:
    target = {"@odata.type": NAMESPACE + "account", "accountid": ID}
    body = {"Target": target, "Subordinate": {**target, "accountid": OTHER}, "PerformParentingChecks": False}
    assert set(action("Merge", body).parameters) == {"Target", "Subordinate", "PerformParentingChecks"}


RIGHTS = Enumeration("AccessRights", True, {"None": 0, "ReadAccess": 1, "WriteAccess": 2, "AppendAccess": 4})
FILTERS = Enumeration("TargetFieldType", False, {"All": 0, "ValidForCreate": 1})


@pytest.mark.parametrize(
    ("enumeration", "value", "names"),
    [
        (RIGHTS, "ReadAccess", "ReadAccess"),
        (RIGHTS, "ReadAccess,WriteAccess", "ReadAccess,WriteAccess"),
        (RIGHTS, "ReadAccess , WriteAccess", "ReadAccess,WriteAccess"),
        (RIGHTS, 5, "ReadAccess,AppendAccess"),
        (RIGHTS, 0, "None"),
        (FILTERS, 1, "ValidForCreate"),
        (FILTERS, "All", "All"),
    ],
)
def test_enumeration_is_given_by_names_or_number(enumeration: Enumeration, value: Any, names: str) -> None:
    assert bind_enumeration(enumeration, value) == names


@pytest.mark.parametrize(
    ("enumeration", "value"),
    [(RIGHTS, "readaccess"), (RIGHTS, 8), (RIGHTS, ""), (FILTERS, "All,ValidForCreate"), (FILTERS, 9), (FILTERS, True)],
)
def test_enumeration_of_another_name_is_refused(enumeration: Enumeration, value: Any) -> None:
    with pytest.raises(ValueError, match="Cannot convert the literal"):
        bind_enumeration(enumeration, value)


# ---- functions -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "parameters"),
    [
        pytest.param("WhoAmI", {}, id="without brackets"),
        pytest.param("WhoAmI()", {}, id="empty brackets"),
        pytest.param(
            'RetrieveTotalRecordCount(EntityNames=@p1)?@p1=["account","contact"]',
            {"EntityNames": ["account", "contact"]},
            id="list by alias",
        ),
        pytest.param(
            "RetrieveTotalRecordCount(EntityNames=['account','contact'])",
            {"EntityNames": ["account", "contact"]},
            id="list in single quotes",
        ),
        pytest.param(
            "InitializeFrom(EntityMoniker=@tid,TargetEntityName=@name,TargetFieldType=@kind)"
            f"?@tid={{'@odata.id':'accounts({ID})'}}&@name='account'"
            "&@kind=Microsoft.Dynamics.CRM.TargetFieldType'ValidForCreate'",
            {
                "EntityMoniker": Reference("account", ID),
                "TargetEntityName": "account",
                "TargetFieldType": "ValidForCreate",
            },
            id="row, text and enumeration by alias",
        ),
        pytest.param(
            "RetrieveDuplicates(BusinessEntity=@p1,MatchingEntityName=@p2,PagingInfo=@p3)"
            f"?@p1={{'@odata.id':'accounts({ID})'}}&@p2='account'&@p3={{'PageNumber':1,'Count':50}}",
            {
                "BusinessEntity": Reference("account", ID),
                "MatchingEntityName": "account",
                "PagingInfo": {"PageNumber": 1, "Count": 50},
            },
            id="complex type by alias",
        ),
        pytest.param(
            "LocalTimeFromUtcTime(TimeZoneCode=92,UtcTime=@t)?@t=2024-01-31T08:00:00Z",
            {"TimeZoneCode": 92, "UtcTime": "2024-01-31T08:00:00Z"},
            id="number and time",
        ),
        pytest.param(
            "GetTimeZoneCodeByLocalizedName(LocalizedStandardName='O''Neil',LocaleId=1033)",
            {"LocalizedStandardName": "O'Neil", "LocaleId": 1033},
            id="quotes inside text",
        ),
        pytest.param(
            f"RetrieveProcessInstances(EntityId={ID},EntityLogicalName='lead')",
            {"EntityId": ID, "EntityLogicalName": "lead"},
            id="guid",
        ),
        pytest.param(
            "RetrieveDuplicates(BusinessEntity=@p1,MatchingEntityName=@p2,PagingInfo=@p3)"
            f"?@p1={{'@odata.id':'accounts({ID})'}}&@p2='account'",
            {"BusinessEntity": Reference("account", ID), "MatchingEntityName": "account"},
            id="alias without value is null",
        ),
    ],
)
def test_function_takes_arguments_from_its_url(url: str, parameters: dict[str, Any]) -> None:
    assert function(url).parameters == parameters


@pytest.mark.parametrize(
    ("url", "code"),
    [
        pytest.param("WhoAmI(Nobody='x')", "0x80060888", id="unknown name"),
        pytest.param("RetrieveTotalRecordCount()", "0x80040203", id="missing"),
        pytest.param("RetrieveTotalRecordCount(EntityNames='account')", "0x80048d19", id="text for a list"),
        pytest.param("GetTimeZoneCodeByLocalizedName(LocalizedStandardName=5,LocaleId=1)", "0x80048d19", id="number"),
        pytest.param("RetrieveTotalRecordCount('account')", "0x80060888", id="value without name"),
        pytest.param("RetrieveTotalRecordCount(EntityNames=@p1)?@p1=name", "0x80060888", id="a path"),
    ],
)
def test_wrong_argument_of_a_function_is_refused(url: str, code: str) -> None:
    with pytest.raises(EmulatorError) as caught:
        function(url)
    assert (caught.value.status, caught.value.code) == (400, code)


# ---- answers -------------------------------------------------------------------------------------------------------


def returning(type: TypeUse | None) -> Definition:
    return Definition("Try", "Action", None, False, (Parameter("A", "Edm.String"),), type)


def test_operation_without_result_has_no_body() -> None:
    assert represent_operation(returning(None), OperationResult(), CATALOG) is None


def test_complex_result_stands_behind_its_context() -> None:
    answer = represent_operation(definition("WhoAmI"), OperationResult(members={"UserId": ID}), CATALOG)
    assert answer is not None
    assert answer.body(ROOT) == {
        "@odata.context": ROOT + "$metadata#Microsoft.Dynamics.CRM.WhoAmIResponse",
        "UserId": ID,
    }


def test_scalar_result_is_a_value_of_its_type() -> None:
    answer = represent_operation(returning(TypeUse("Edm.Boolean")), OperationResult(members={"value": True}), CATALOG)
    assert answer is not None
    assert answer.body(ROOT) == {"@odata.context": ROOT + "$metadata#Edm.Boolean", "value": True}


def test_rows_of_any_table_carry_their_type() -> None:
    rows = [Reference("account", ID), Reference("contact", OTHER)]
    answer = represent_operation(definition("QualifyLead"), OperationResult(rows=rows), CATALOG)
    assert answer is not None
    assert answer.rows == tuple(rows)
    body = answer.body(ROOT, [{"accountid": ID, "name": None}, {"contactid": OTHER}])
    assert body == {
        "@odata.context": ROOT + "$metadata#Collection(Microsoft.Dynamics.CRM.crmbaseentity)",
        "value": [
            {"@odata.type": "#Microsoft.Dynamics.CRM.account", "accountid": ID, "name": None},
            {"@odata.type": "#Microsoft.Dynamics.CRM.contact", "contactid": OTHER},
        ],
    }
    assert list(body["value"][0]) == ["@odata.type", "accountid", "name"]


def test_no_rows_are_an_empty_list() -> None:
    answer = represent_operation(definition("QualifyLead"), OperationResult(rows=[]), CATALOG)
    assert answer is not None
    assert answer.body(ROOT)["value"] == []


@pytest.mark.parametrize(
    ("declared", "type"), [("mscrm.crmbaseentity", "#Microsoft.Dynamics.CRM.quote"), ("mscrm.quote", None)]
)
def test_single_row_is_the_body(declared: str, type: str | None) -> None:
    result = OperationResult(rows=[Reference("quote", ID)])
    answer = represent_operation(returning(TypeUse(declared)), result, CATALOG)
    assert answer is not None
    body = answer.body(ROOT, [{"quoteid": ID}])
    assert body["@odata.context"] == ROOT + "$metadata#quotes/$entity"
    assert body.get("@odata.type") == type
    assert body["quoteid"] == ID


def test_rows_of_one_table_have_the_context_of_its_set() -> None:
    result = OperationResult(rows=[Reference("email", ID)])
    answer = represent_operation(returning(TypeUse("mscrm.email", collection=True)), result, CATALOG)
    assert answer == Answer("#emails", None, (Reference("email", ID),), True, False)


# ---- anything at all -----------------------------------------------------------------------------------------------

scalars = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20), st.just(ID))
keys = st.one_of(
    st.text(max_size=10),
    st.sampled_from(["@odata.type", "@odata.id", "accountid", "AccessMask", "Principal", "Conditions", "Criteria"]),
)
anything = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(keys, inner, max_size=3)),
    max_leaves=8,
)
ACTIONS = [one for one in catalogue().operations if one.is_action and one.parameters]


@settings(max_examples=300)
@given(st.data())
def test_no_body_of_an_action_raises_anything_but_an_answer(data: st.DataObject) -> None:
    one = data.draw(st.sampled_from(ACTIONS))
    names = st.one_of(st.sampled_from([parameter.name for parameter in one.parameters]), st.text(max_size=5))
    body = data.draw(st.one_of(anything, st.dictionaries(names, anything, max_size=4)))
    with suppress(EmulatorError):
        assert isinstance(bind_action(one, body, None, None, CATALOG, ROOT), Operation)
