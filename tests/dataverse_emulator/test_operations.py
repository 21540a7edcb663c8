"""The catalogue of actions and functions."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dataverse_emulator.messages import base
from dataverse_emulator.metadata.definitions import load_catalog
from dataverse_emulator.metadata.operations import ANY_TABLE, OperationCatalogue, Parameter


@pytest.fixture(scope="module")
def catalogue() -> OperationCatalogue:
    """The shipped catalogue."""
    return OperationCatalogue()


def test_qualify_lead_is_bound_to_one_lead(catalogue: OperationCatalogue) -> None:
    operation = catalogue.find("QualifyLead")
    assert operation is not None
    assert (operation.kind, operation.bound_type, operation.bound_to_collection) == ("Action", "lead", False)
    assert [(parameter.name, parameter.type, parameter.nullable) for parameter in operation.parameters] == [
        ("CreateAccount", "Edm.Boolean", False),
        ("CreateContact", "Edm.Boolean", False),
        ("CreateOpportunity", "Edm.Boolean", False),
        ("OpportunityCurrencyId", "mscrm.transactioncurrency", True),
        ("OpportunityCustomerId", "mscrm.crmbaseentity", True),
        ("SourceCampaignId", "mscrm.campaign", True),
        ("Status", "Edm.Int32", False),
        ("ProcessInstanceId", "mscrm.crmbaseentity", True),
        ("SuppressDuplicateDetection", "Edm.Boolean", True),
    ]
    assert str(operation.return_type) == "Collection(mscrm.crmbaseentity)"


def test_who_am_i_is_an_unbound_function(catalogue: OperationCatalogue) -> None:
    operation = catalogue.find_unbound("WhoAmI")
    assert operation is not None
    assert not operation.is_action
    assert str(operation.return_type) == "mscrm.WhoAmIResponse"
    answer = catalogue.complex_types["WhoAmIResponse"]
    assert [one.name for one in answer.properties] == ["BusinessUnitId", "UserId", "OrganizationId"]


@pytest.mark.parametrize(
    ("name", "table", "base", "collection", "is_there"),
    [
        ("QualifyLead", "lead", None, False, True),
        ("QualifyLead", "lead", None, True, False),
        ("QualifyLead", "account", None, False, False),
        ("CreateMultiple", "account", None, True, True),
        ("RetrievePrincipalAccess", "systemuser", "owner", False, True),
        ("RetrievePrincipalAccess", "team", "owner", False, True),
        ("FulfillSalesOrder", "salesorder", None, True, True),
        ("WhoAmI", "account", None, False, False),
        ("Nothing", "account", None, False, False),
    ],
)
def test_bound_operations(
    catalogue: OperationCatalogue, name: str, table: str, base: str | None, collection: bool, is_there: bool
) -> None:
    found = catalogue.find_bound(name, table, base, collection=collection)
    assert (found is not None) == is_there
    if found is not None:
        assert found.bound_type in (table, base, ANY_TABLE)


def test_names_are_case_sensitive(catalogue: OperationCatalogue) -> None:
    assert catalogue.find("whoami") is None
    assert catalogue.overloads("whoami") == ()


def test_query_functions_have_no_url_of_their_own(catalogue: OperationCatalogue) -> None:
    operation = catalogue.find("LastXDays")
    assert operation is not None
    assert operation.is_query_function
    assert catalogue.find_unbound("LastXDays") is None


def test_an_operation_of_several_types_is_there_once_for_each(catalogue: OperationCatalogue) -> None:
    bound = {operation.bound_type for operation in catalogue.overloads("AddItemCampaign")}
    assert bound == {"campaign", "list", "product", "salesliterature"}


@pytest.mark.parametrize("name", ["WinOpportunity", "LoseOpportunity", "CloseIncident", "Merge", "RecalculatePrice"])
def test_unbound_actions(catalogue: OperationCatalogue, name: str) -> None:
    operation = catalogue.find_unbound(name)
    assert operation is not None
    assert operation.is_action
    assert operation.return_type is None


def test_parameters_are_found_by_name(catalogue: OperationCatalogue) -> None:
    operation = catalogue.find("WinOpportunity")
    assert operation is not None
    assert operation.parameter("OpportunityClose") == Parameter("OpportunityClose", "mscrm.opportunityclose")
    assert operation.parameter("opportunityclose") is None


def test_parameters_tell_their_local_type() -> None:
    assert Parameter("a", "mscrm.lead").local_type == "lead"
    assert Parameter("a", "Edm.Int32").local_type is None


def test_bindings_are_to_tables_and_operations_do_not_repeat(catalogue: OperationCatalogue) -> None:
    tables = {*load_catalog().table_names, ANY_TABLE, None}
    keys = [(one.name, one.bound_type, one.bound_to_collection) for one in catalogue.operations]
    assert {operation.bound_type for operation in catalogue.operations} <= tables
    assert len(set(keys)) == len(keys)


def test_every_type_that_is_used_is_known(catalogue: OperationCatalogue) -> None:
    known = {*load_catalog().table_names, ANY_TABLE, "principal"}
    known |= {*catalogue.complex_types, *catalogue.enumerations, *catalogue.definition_types}
    assert {name for name in used_types(catalogue) if name not in known} == set()


def used_types(catalogue: OperationCatalogue) -> Iterator[str]:
    """Local names of all types that operations and structures mention."""
    for operation in catalogue.operations:
        yield from (one.local_type for one in operation.parameters if one.local_type)
        if operation.return_type is not None and operation.return_type.name.startswith("mscrm."):
            yield operation.return_type.name.removeprefix("mscrm.")
    for structure in (*catalogue.complex_types.values(), *catalogue.definition_types.values()):
        for one in (*structure.properties, *structure.navigation_properties):
            if one.local_type:
                yield one.local_type
        if structure.base_type is not None:
            yield structure.base_type


def test_enumerations_map_names_to_values(catalogue: OperationCatalogue) -> None:
    rights = catalogue.enumerations["AccessRights"]
    assert rights.is_flags
    assert (rights.members["ReadAccess"], rights.members["AssignAccess"]) == (1, 524288)


def test_types_of_definitions_are_known_by_name(catalogue: OperationCatalogue) -> None:
    assert catalogue.definition_types["EntityMetadata"].base_type == "MetadataBase"
    assert "Attributes" in catalogue.definition_types["EntityMetadata"].contained


def test_the_operations_of_solutions_are_known_before_their_modules_are_loaded() -> None:
    base.import_all_handlers()
    found = {
        name
        for name, handler in base.OPERATIONS.items()
        if handler.__module__.startswith("dataverse_emulator.solutions.")
    }
    assert found == base.SOLUTION_OPERATIONS
