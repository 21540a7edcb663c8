"""The CSDL document with users' tables: valid, and every name in it leads somewhere (contract 07 §2)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from .checklist import RELATIONSHIPS, define_project, make
from .conftest import Api
from .defining import lookup, many_to_many, one_to_many, table

SCHEMA_FILE = Path(__file__).parents[3] / "shared" / "facts" / "xsd" / "edmx.xsd"
NAMESPACES = ("mscrm.", "Microsoft.Dynamics.CRM.")


@pytest.fixture
def defined(api: Api) -> Api:
    """The Web API with tables and relationships of every kind."""
    define_project(api)
    make(api, "EntityDefinitions", table("new_Call", IsActivity=True))
    make(api, "EntityDefinitions", table("new_Event", TableType="Elastic"))
    make(api, "EntityDefinitions", table("new_Site", OwnershipType="OrganizationOwned", HasActivities=True))
    sides = {"Entity1NavigationPropertyName": "new_Before", "Entity2NavigationPropertyName": "new_After"}
    make(api, RELATIONSHIPS, many_to_many("new_order", "new_project", "new_project", **sides))
    make(api, RELATIONSHIPS, one_to_many("new_parent", "new_project", "new_project", "new_ParentId"))
    for action, name, targets in (
        ("CreatePolymorphicLookupAttribute", "new_PlaceId", ("account", "systemuser", "new_site")),
        ("CreateCustomerRelationships", "new_PayerId", ("account", "contact")),
    ):
        relationships = [
            {"SchemaName": f"{name}_{target}", "ReferencedEntity": target, "ReferencingEntity": "new_project"}
            for target in targets
        ]
        answer = api.post(action, {"Lookup": lookup(name), "OneToManyRelationships": relationships})
        assert answer.status == 200, answer.text
    return api


def types_of(root: Any) -> dict[str, Any]:
    """The entity types by name."""
    return {each.get("Name"): each for each in root.iter("{*}EntityType")}


def local(name: str) -> str:
    """A type's name without collection and namespace."""
    plain = name.removeprefix("Collection(").removesuffix(")")
    return next((plain.removeprefix(each) for each in NAMESPACES if plain.startswith(each)), plain)


def lineage(types: dict[str, Any], name: str) -> Iterator[Any]:
    """A type and those above it."""
    found = types.get(name)
    while found is not None:
        yield found
        found = types.get(local(found.get("BaseType", "")))


@pytest.mark.skipif(not SCHEMA_FILE.exists(), reason="the folder with the shared facts is not here")
@pytest.mark.parametrize("query", ["", "?annotations=true"])
def test_the_document_is_valid(defined: Api, query: str) -> None:
    # the schema is of OData 4.01, which writes this facet in lower case
    text = defined.get(f"$metadata{query}").body.replace(b'Scale="Variable"', b'Scale="variable"')
    schema = etree.XMLSchema(etree.parse(str(SCHEMA_FILE)))
    assert schema.validate(etree.fromstring(text)), schema.error_log


def test_navigation_of_users_tables_leads_back(defined: Api) -> None:
    types = types_of(etree.fromstring(defined.get("$metadata").body))
    own = {name: found for name, found in types.items() if name.startswith("new_")}
    assert {"new_project", "new_call", "new_event", "new_site", "new_project_contact", "new_order"} <= own.keys()
    for name, found in own.items():
        for each in found.iter("{*}NavigationProperty"):
            target, partner = local(each.get("Type")), each.get("Partner")
            back = [
                inner
                for above in lineage(types, target)
                for inner in above.iter("{*}NavigationProperty")
                if inner.get("Name") == partner
            ]
            assert back, (name, each.get("Name"), partner)
            assert local(back[0].get("Type")) in {above.get("Name") for above in lineage(types, name)}
            for constraint in each.iter("{*}ReferentialConstraint"):
                assert found.find(f"{{*}}Property[@Name='{constraint.get('Property')}']") is not None


def test_sets_of_users_tables_are_bound_to_sets(defined: Api) -> None:
    root = etree.fromstring(defined.get("$metadata").body)
    sets = {each.get("Name"): each for each in root.iter("{*}EntitySet")}
    listed = {each["name"] for each in defined.get("").value}
    assert listed == sets.keys()
    for name in ("new_projects", "new_calls", "new_events", "new_sites", "new_project_contactset", "new_orderset"):
        bindings = {each.get("Path"): each.get("Target") for each in sets[name].iter("{*}NavigationPropertyBinding")}
        assert set(bindings.values()) <= sets.keys() | {"owners"}
    project = {
        each.get("Path"): each.get("Target") for each in sets["new_projects"].iter("{*}NavigationPropertyBinding")
    }
    assert project["new_AccountId"] == project["new_PayerId_account"] == "accounts"
    assert (project["ownerid"], project["new_ParentId"]) == ("owners", "new_projects")
