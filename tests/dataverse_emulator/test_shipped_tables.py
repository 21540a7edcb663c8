"""What the contract demands of the shipped tables: states, defaults, numbers, relationships, cascades."""

from __future__ import annotations

from typing import Any

import pytest

from dataverse_emulator.metadata.catalog import Catalog, ColumnType, Table
from dataverse_emulator.metadata.definitions import load_catalog


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    """The shipped catalog."""
    return load_catalog()


@pytest.fixture(scope="module")
def tables(catalog: Catalog) -> dict[str, Table]:
    """All tables by logical name."""
    return {name: catalog.table(name) for name in catalog.table_names}


def test_owner_is_a_table_that_users_and_teams_extend(tables: dict[str, Table]) -> None:
    owner = tables["owner"]
    assert (owner.entity_set_name, owner.edm_type_name, owner.primary_id) == ("owners", "principal", "ownerid")
    assert {"ownerid", "name", "yominame", "owneridtype"} <= set(owner.columns)
    assert {name for name, table in tables.items() if table.base == "owner"} == {"systemuser", "team"}
    assert tables["account"].navigation["ownerid"].target == "owner"


def test_typed_activities_have_every_property_of_the_pointer(tables: dict[str, Table]) -> None:
    typed = [table for table in tables.values() if table.base == "activitypointer"]
    assert len(typed) == 16
    for table in typed:
        assert table.is_activity
        assert set(tables["activitypointer"].properties) <= set(table.properties), table


def test_typed_activities_inherit_navigation(tables: dict[str, Table]) -> None:
    task = tables["task"]
    assert task.navigation["regardingobjectid_lead_task"].target == "lead"
    assert task.navigation["regardingobjectid_lead"].column == "regardingobjectid"
    assert task.navigation["ownerid"].relationship.schema_name == "owner_task"


@pytest.mark.parametrize(
    ("table", "states"),
    [
        ("lead", {0: (1, {1, 2}), 1: (3, {3}), 2: (4, {4, 5, 6, 7})}),
        ("opportunity", {0: (1, {1, 2}), 1: (3, {3}), 2: (4, {4, 5})}),
        ("quote", {0: (1, {1}), 1: (2, {2, 3}), 2: (4, {4}), 3: (5, {5, 6, 7})}),
        (
            "salesorder",
            {
                0: (1, {1, 2, 690970000}),
                1: (3, {3}),
                2: (4, {4}),
                3: (100001, {100001, 100002}),
                4: (100003, {100003}),
            },
        ),
        ("invoice", {0: (1, {1, 2, 4, 5, 6}), 1: (3, {3, 7}), 2: (100001, {100001, 100002}), 3: (100003, {100003})}),
        ("incident", {0: (1, {1, 2, 3, 4}), 1: (5, {5, 1000}), 2: (6, {6, 2000})}),
        ("account", {0: (1, {1}), 1: (2, {2})}),
        ("contact", {0: (1, {1}), 1: (2, {2})}),
        ("connection", {0: (1, {1}), 1: (2, {2})}),
        ("queue", {0: (1, {1}), 1: (2, {2})}),
        ("queueitem", {0: (1, {1}), 1: (2, {2})}),
        ("transactioncurrency", {0: (1, {1}), 1: (2, {2})}),
        ("task", {0: (2, {2, 3, 4, 7}), 1: (5, {5}), 2: (6, {6})}),
        ("phonecall", {0: (1, {1}), 1: (2, {2, 4}), 2: (3, {3})}),
        ("email", {0: (1, {1, 8}), 1: (2, {2, 3, 4, 6, 7}), 2: (5, {5})}),
        ("appointment", {0: (1, {1, 2}), 1: (3, {3}), 2: (4, {4}), 3: (5, {5, 6})}),
        ("letter", {0: (1, {1, 2}), 1: (3, {3, 4}), 2: (5, {5})}),
        ("fax", {0: (1, {1}), 1: (2, {2, 3, 4}), 2: (5, {5})}),
        ("opportunityclose", {0: (1, {1}), 1: (2, {2}), 2: (3, {3})}),
        ("quoteclose", {0: (1, {1}), 1: (2, {2}), 2: (3, {3})}),
        ("orderclose", {0: (1, {1}), 1: (2, {2}), 2: (3, {3})}),
        ("incidentresolution", {0: (1, {1}), 1: (2, {2}), 2: (3, {3})}),
        ("campaign", {0: (0, {0, 1, 2, 3, 4, 5}), 1: (6, {6})}),
        ("list", {0: (0, {0}), 1: (1, {1})}),
        ("campaignresponse", {0: (1, {1}), 1: (2, {2}), 2: (3, {3})}),
        ("leadtoopportunitysalesprocess", {0: (1, {1}), 1: (2, {2, 3})}),
        ("duplicaterule", {0: (0, {0, 1}), 1: (2, {2})}),
    ],
)
def test_states_of_business_tables(
    tables: dict[str, Table], table: str, states: dict[int, tuple[int, set[int]]]
) -> None:
    # contract 05 §2
    state, status = tables[table].state, tables[table].status
    assert state is not None
    assert status is not None
    found = {
        option.value: (option.default_status, {one.value for one in status.options if one.state == option.value})
        for option in state.options
    }
    assert found == states


@pytest.mark.parametrize(
    ("table", "defaults"),
    [
        (
            "lead",  # contract 06 §1.1
            {
                "leadqualitycode": 2,
                "prioritycode": 1,
                "preferredcontactmethodcode": 1,
                "salesstagecode": 1,
                "address1_addresstypecode": 1,
                "address1_shippingmethodcode": 1,
                "address2_addresstypecode": 1,
                "address2_shippingmethodcode": 1,
                "followemail": True,
                "donotemail": False,
                "donotbulkemail": False,
                "merged": False,
                "participatesinworkflow": False,
                "leadsourcecode": None,
            },
        ),
        (
            "contact",  # contract 05 §1.4
            {
                "preferredcontactmethodcode": 1,
                "haschildrencode": 1,
                "educationcode": 1,
                "customertypecode": 1,
                "leadsourcecode": 1,
                "address2_freighttermscode": 1,
                "followemail": True,
                "creditonhold": False,
            },
        ),
        (
            "opportunity",
            {
                "opportunityratingcode": 2,
                "prioritycode": 1,
                "salesstagecode": 1,
                "pricingerrorcode": 0,
                "isrevenuesystemcalculated": False,
                "identifycompetitors": False,
                "totalamount": 0,
                "totaltax": 0,
                "estimatedvalue": None,
            },
        ),
    ],
    ids=["lead", "contact", "opportunity"],
)
def test_create_defaults(tables: dict[str, Table], table: str, defaults: dict[str, Any]) -> None:
    assert {name: tables[table].column(name).default for name in defaults} == defaults


def test_new_products_are_drafts(tables: dict[str, Table]) -> None:
    state = tables["product"].state
    assert state is not None
    assert (state.default, tables["product"].column("statecode").labels[2]) == (2, "Draft")


@pytest.mark.parametrize(
    ("table", "column", "prefix"),
    [
        ("incident", "ticketnumber", "CAS"),
        ("quote", "quotenumber", "QUO"),
        ("salesorder", "ordernumber", "ORD"),
        ("invoice", "invoicenumber", "INV"),
        ("campaign", "codename", "CMP"),
        ("contract", "contractnumber", "CNR"),
    ],
)
def test_auto_numbers(tables: dict[str, Table], table: str, column: str, prefix: str) -> None:
    # contract 06 §1.3
    assert tables[table].column(column).auto_number_format == f"{prefix}-{{SEQNUM:5}}-{{RANDSTRING:6}}"


@pytest.mark.parametrize(
    ("name", "from_lead", "kind", "other", "from_other"),
    [
        ("accountleads_association", "accountleads_association", "ManyToMany", "account", "accountleads_association"),
        ("contactleads_association", "contactleads_association", "ManyToMany", "contact", "contactleads_association"),
        ("leadproduct_association", "leadproduct_association", "ManyToMany", "product", "leadproduct_association"),
        ("leadcompetitors_association", "leadcompetitors_association", "ManyToMany", "competitor", None),
        ("listlead_association", "listlead_association", "ManyToMany", "list", "listlead_association"),
        ("lead_parent_account", "parentaccountid", "ManyToOne", "account", "lead_parent_account"),
        ("lead_parent_contact", "parentcontactid", "ManyToOne", "contact", "lead_parent_contact"),
        ("lead_customer_accounts", "customerid_account", "ManyToOne", "account", "lead_customer_accounts"),
        ("lead_customer_contacts", "customerid_contact", "ManyToOne", "contact", "lead_customer_contacts"),
        ("account_originating_lead", "account_originating_lead", "OneToMany", "account", "originatingleadid"),
        ("contact_originating_lead", "contact_originating_lead", "OneToMany", "contact", "originatingleadid"),
        ("opportunity_originating_lead", "opportunity_originating_lead", "OneToMany", "opportunity", None),
        ("lead_qualifying_opportunity", "qualifyingopportunityid", "ManyToOne", "opportunity", None),
        ("OriginatingCase_Lead", "originatingcaseid", "ManyToOne", "incident", "OriginatingCase_Lead"),
        ("campaign_leads", "campaignid", "ManyToOne", "campaign", "campaign_leads"),
        ("Lead_Tasks", "Lead_Tasks", "OneToMany", "task", "regardingobjectid_lead_task"),
        ("Lead_ActivityPointers", "Lead_ActivityPointers", "OneToMany", "activitypointer", "regardingobjectid_lead"),
        ("Lead_Annotation", "Lead_Annotation", "OneToMany", "annotation", "objectid_lead"),
        ("lead_connections1", "lead_connections1", "OneToMany", "connection", "record1id_lead"),
        ("lead_activity_parties", "lead_activity_parties", "OneToMany", "activityparty", "partyid_lead"),
    ],
)
def test_relationships_of_the_lead(
    tables: dict[str, Table], name: str, from_lead: str, kind: str, other: str, from_other: str | None
) -> None:
    # contract 06 §3.1
    navigation = tables["lead"].navigation[from_lead]
    assert (navigation.relationship.schema_name, navigation.kind, navigation.target) == (name, kind, other)
    if from_other is not None:
        back = tables[other].navigation[from_other]
        assert back.relationship is navigation.relationship
        assert back.target == "lead"


@pytest.mark.parametrize(
    ("name", "delete"),
    [
        ("Lead_Tasks", "Cascade"),
        ("Lead_ActivityPointers", "RemoveLink"),
        ("Lead_Annotation", "Cascade"),
        ("account_originating_lead", "RemoveLink"),
        ("opportunity_originating_lead", "RemoveLink"),
        ("lk_leadtoopportunitysalesprocess_leadid", "Cascade"),
        ("lead_addresses", "Cascade"),
        ("lead_activity_parties", "NoCascade"),
        ("lead_parent_account", "RemoveLink"),
        ("lead_customer_accounts", "Cascade"),
        ("lead_qualifying_opportunity", "RemoveLink"),
        ("transactioncurrency_lead", "Restrict"),
        ("account_primary_contact", "RemoveLink"),
        ("contact_customer_accounts", "Cascade"),
        ("account_parent_account", "RemoveLink"),
        ("opportunity_customer_accounts", "Cascade"),
        ("incident_customer_accounts", "Cascade"),
        ("product_opportunities", "Cascade"),
        ("quote_details", "Cascade"),
    ],
)
def test_delete_cascades(catalog: Catalog, name: str, delete: str) -> None:
    # contract 06 §8
    found = [one for table in catalog.table_names for one in catalog.children_of(table) if one.schema_name == name]
    assert [one.cascade["Delete"] for one in found] == [delete]


@pytest.mark.parametrize(
    ("table", "companion", "lookup"),
    [
        ("annotation", "objecttypecode", "objectid"),
        ("activitymimeattachment", "objecttypecode", "objectid"),
        ("lead", "customeridtype", "customerid"),
        ("lead", "owneridtype", "ownerid"),
        ("task", "regardingobjecttypecode", "regardingobjectid"),
        ("listmember", "entitytype", "entityid"),
    ],
)
def test_type_companions_of_lookups(tables: dict[str, Table], table: str, companion: str, lookup: str) -> None:
    column = tables[table].column(companion)
    assert (column.type, column.attribute_of) == (ColumnType.ENTITY_NAME, lookup)


@pytest.mark.parametrize("name", ["accountleads", "contactleads", "systemuserroles", "teammembership", "teamroles"])
def test_intersect_tables_have_a_set_and_their_columns(catalog: Catalog, tables: dict[str, Table], name: str) -> None:
    table = tables[name]
    link = next(link for one in tables for link in catalog.links_of(one) if link.intersect_table == name)
    assert table.is_intersect
    assert catalog.find_set(table.entity_set_name) is table
    assert {table.primary_id, link.column1, link.column2} <= set(table.properties)
