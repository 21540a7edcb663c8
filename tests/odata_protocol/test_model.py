"""The entity data model: names are resolved, base types are followed."""

from __future__ import annotations

import dataclasses

import pytest

from odata_protocol import model

THING = model.EntityType(
    "thing",
    abstract=True,
    key=("id",),
    properties=(model.Property("id", "Edm.Guid"), model.Property("a", "Edm.String")),
)
BOAT = model.EntityType(
    "boat",
    base="x.thing",
    properties=(model.Property("a", "Edm.Int32"), model.Property("length", "Edm.Double")),
    navigation=(
        model.NavigationProperty("owner", "x.person", False, "boats", (model.ReferentialConstraint("_o", "id"),)),
        model.NavigationProperty("crew", "Collection(x.person)"),
    ),
)
SCHEMA = model.Schema(
    "Some.Space",
    "x",
    entity_types=(THING, BOAT, model.EntityType("person", base="Some.Space.thing")),
    complex_types=(model.ComplexType("place"),),
    enum_types=(model.EnumType("colour", (model.EnumMember("Red", 1),)),),
    container=model.EntityContainer("System", (model.EntitySet("boats", "Some.Space.boat"),)),
)


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("boat", "boat"),
        ("x.boat", "boat"),
        ("Some.Space.boat", "boat"),
        ("Collection(x.boat)", "boat"),
        ("x.place", "place"),
        ("colour", "colour"),
        ("y.boat", None),
        ("Edm.String", None),
        ("Boat", None),
    ],
)
def test_types_are_found_by_local_name_alias_or_namespace(name: str, found: str | None) -> None:
    type_ = SCHEMA.find_type(name)
    assert (None if type_ is None else type_.name) == found


def test_members_of_base_types_are_inherited_and_can_be_declared_again() -> None:
    assert {name: each.type for name, each in SCHEMA.properties_of(BOAT).items()} == {
        "id": "Edm.Guid",
        "a": "Edm.Int32",
        "length": "Edm.Double",
    }
    assert SCHEMA.key_of(BOAT) == ("id",)
    assert [each.name for each in SCHEMA.lineage(BOAT)] == ["boat", "thing"]
    assert SCHEMA.derives_from(BOAT, "x.thing")
    assert not SCHEMA.derives_from(THING, "x.boat")


def test_a_navigation_property_knows_its_target() -> None:
    owner, crew = SCHEMA.navigation_of(BOAT).values()
    assert (owner.is_collection, owner.target) == (False, "x.person")
    assert (crew.is_collection, crew.target) == (True, "x.person")


def test_sets_are_found_by_name() -> None:
    found = SCHEMA.find_set("boats")
    assert found is not None
    assert found.entity_type == "Some.Space.boat"
    assert SCHEMA.find_set("boat") is None
    assert model.Schema("Empty").find_set("boats") is None


def test_values_are_frozen_and_compared_by_content() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        BOAT.name = "ship"  # type: ignore[misc]  # frozen is what is tested
    assert dataclasses.replace(SCHEMA) == SCHEMA
    assert hash(BOAT) == hash(dataclasses.replace(BOAT))
