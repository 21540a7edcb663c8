"""Writing CSDL: every kind of element, facets, annotations, escaping."""

from __future__ import annotations

import pytest
from lxml import etree

from odata_protocol import model
from odata_protocol.csdl import write_csdl

HEAD = '<Schema Namespace="N" Alias="n" xmlns="http://docs.oasis-open.org/odata/ns/edm">'


def written(schema: model.Schema) -> str:
    """What stands inside the schema's element, on one line."""
    text = write_csdl(model.Document((schema,))).decode()
    etree.fromstring(text.encode())
    inner = text[text.index(HEAD) + len(HEAD) : text.index("</Schema>")]
    return inner.replace("\n", "")


def schema_of(**members: object) -> model.Schema:
    return model.Schema("N", "n", **members)  # type: ignore[arg-type]  # members of several types


CASES = [
    pytest.param(
        {"entity_types": (model.EntityType("root", abstract=True),)},
        '<EntityType Name="root" Abstract="true"/>',
        id="an empty type closes itself",
    ),
    pytest.param(
        {"entity_types": (model.EntityType("bag", base="n.root", open=True),)},
        '<EntityType Name="bag" BaseType="n.root" OpenType="true"/>',
        id="an open type",
    ),
    pytest.param(
        {
            "entity_types": (
                model.EntityType(
                    "t",
                    key=("id",),
                    properties=(
                        model.Property("id", "Edm.Guid"),
                        model.Property("name", "Edm.String", unicode=False, nullable=False),
                        model.Property("sum", "Edm.Decimal", scale="Variable"),
                    ),
                ),
            )
        },
        '<EntityType Name="t"><Key><PropertyRef Name="id"/></Key><Property Name="id" Type="Edm.Guid"/>'
        '<Property Name="name" Type="Edm.String" Nullable="false" Unicode="false"/>'
        '<Property Name="sum" Type="Edm.Decimal" Scale="Variable"/></EntityType>',
        id="key and properties with facets",
    ),
    pytest.param(
        {
            "entity_types": (
                model.EntityType(
                    "t",
                    navigation=(
                        model.NavigationProperty(
                            "one", "n.u", False, "many", (model.ReferentialConstraint("_one_value", "uid"),)
                        ),
                        model.NavigationProperty("parts", "Collection(n.u)", contains_target=True),
                    ),
                ),
            )
        },
        '<EntityType Name="t"><NavigationProperty Name="one" Type="n.u" Nullable="false" Partner="many">'
        '<ReferentialConstraint Property="_one_value" ReferencedProperty="uid"/></NavigationProperty>'
        '<NavigationProperty Name="parts" Type="Collection(n.u)" ContainsTarget="true"/></EntityType>',
        id="navigation properties",
    ),
    pytest.param(
        {"complex_types": (model.ComplexType("c", "n.b", properties=(model.Property("v", "Edm.Int32"),)),)},
        '<ComplexType Name="c" BaseType="n.b"><Property Name="v" Type="Edm.Int32"/></ComplexType>',
        id="a complex type",
    ),
    pytest.param(
        {"enum_types": (model.EnumType("e", (model.EnumMember("A", 0), model.EnumMember("B", 4)), is_flags=True),)},
        '<EnumType Name="e" IsFlags="true"><Member Name="A" Value="0"/><Member Name="B" Value="4"/></EnumType>',
        id="an enum type",
    ),
    pytest.param(
        {
            "actions": (
                model.Action(
                    "Do",
                    (model.Parameter("entity", "n.t", False), model.Parameter("Text", "Edm.String", unicode=False)),
                    model.ReturnType("Collection(n.t)", False),
                    is_bound=True,
                ),
            )
        },
        '<Action Name="Do" IsBound="true"><Parameter Name="entity" Type="n.t" Nullable="false"/>'
        '<Parameter Name="Text" Type="Edm.String" Unicode="false"/>'
        '<ReturnType Type="Collection(n.t)" Nullable="false"/></Action>',
        id="an action",
    ),
    pytest.param(
        {"functions": (model.Function("Get", model.ReturnType("Edm.Int32"), is_composable=True),)},
        '<Function Name="Get" IsComposable="true"><ReturnType Type="Edm.Int32"/></Function>',
        id="a function",
    ),
    pytest.param(
        {
            "container": model.EntityContainer(
                "System",
                (model.EntitySet("ts", "N.t", (model.NavigationBinding("one", "us"),)),),
                (model.ActionImport("Do", "N.Do"),),
                (model.FunctionImport("Get", "N.Get", "ts"),),
            )
        },
        '<EntityContainer Name="System"><EntitySet Name="ts" EntityType="N.t">'
        '<NavigationPropertyBinding Path="one" Target="us"/></EntitySet><ActionImport Name="Do" Action="N.Do"/>'
        '<FunctionImport Name="Get" Function="N.Get" EntitySet="ts"/></EntityContainer>',
        id="the container",
    ),
]

ANNOTATIONS = [
    (True, '<Annotation Term="a.T" Bool="true"/>'),
    (7, '<Annotation Term="a.T" Int="7"/>'),
    ('a "b" & <c>', '<Annotation Term="a.T" String="a &quot;b&quot; &amp; &lt;c&gt;"/>'),
    (model.PropertyPath("x"), '<Annotation Term="a.T" PropertyPath="x"/>'),
    (model.EnumValue("a.E/R"), '<Annotation Term="a.T"><EnumMember>a.E/R</EnumMember></Annotation>'),
    (
        ("x", "a & b"),
        '<Annotation Term="a.T"><Collection><String>x</String><String>a &amp; b</String></Collection></Annotation>',
    ),
    (
        model.Record((("P", False), ("Q", model.EnumValue("a.E/R"))), "a.R"),
        '<Annotation Term="a.T"><Record Type="a.R"><PropertyValue Property="P" Bool="false"/>'
        '<PropertyValue Property="Q"><EnumMember>a.E/R</EnumMember></PropertyValue></Record></Annotation>',
    ),
]


@pytest.mark.parametrize(("members", "text"), CASES)
def test_elements_are_written(members: dict[str, object], text: str) -> None:
    assert written(schema_of(**members)) == text


@pytest.mark.parametrize(("value", "text"), ANNOTATIONS)
def test_annotations_are_written(value: model.AnnotationValue, text: str) -> None:
    assert written(schema_of(annotations=(model.Annotation("a.T", value),))) == text


def test_annotations_can_be_left_out() -> None:
    kept, dropped = model.Annotation("a.Kept", True), model.Annotation("a.Dropped", True)
    schema = schema_of(entity_types=(model.EntityType("t", annotations=(kept, dropped)),))
    text = write_csdl(model.Document((schema,)), lambda each: each is kept)
    assert b"a.Kept" in text
    assert b"a.Dropped" not in text


def test_a_document_has_its_references_and_survives_odd_names() -> None:
    reference = model.Reference("http://v/x.xml?a=1&b=2", "V.V1", "V")
    schema = model.Schema("N", entity_types=(model.EntityType('née "<x>&'),))
    root = etree.fromstring(write_csdl(model.Document((schema,), (reference,))))
    space = "{http://docs.oasis-open.org/odata/ns/edmx}"
    assert root.tag == f"{space}Edmx"
    assert root.get("Version") == "4.0"
    assert root.find(f"{space}Reference").get("Uri") == "http://v/x.xml?a=1&b=2"
    assert root.find(".//{*}EntityType").get("Name") == 'née "<x>&'
