"""Schemas of other environments: $metadata, EntityDefinitions JSON and solutions become tables that work."""

from __future__ import annotations

import io
import json
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from dataverse_emulator import Emulator
from dataverse_emulator.cli import main
from dataverse_emulator.config import Settings
from dataverse_emulator.environment import UnusableFile, open_service
from dataverse_emulator.importing.exporting import export_schema
from dataverse_emulator.importing.files import UnreadableFile
from dataverse_emulator.importing.hiding import WithoutTables
from dataverse_emulator.importing.schema import import_schema
from dataverse_emulator.metadata.catalog import Catalog, ColumnType
from dataverse_emulator.metadata.definitions import PackagedDefinitions
from dataverse_emulator.metadata.overlay import ChangedDefinitions
from dataverse_emulator.service import Service
from dataverse_emulator.web.exchange import WebRequest
from dataverse_emulator.web.front import FrontDoor

REFERENCE = Path(__file__).parents[2].parent / "shared" / "facts" / "reference-csdl.xml"

CSDL = """<?xml version="1.0" encoding="utf-8"?>
<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx"><edmx:DataServices>
<Schema Namespace="Microsoft.Dynamics.CRM" Alias="mscrm" xmlns="http://docs.oasis-open.org/odata/ns/edm">
 <EntityType Name="crmbaseentity" Abstract="true"/>
 <EntityType Name="principal" BaseType="mscrm.crmbaseentity" Abstract="true"/>
 <EntityType Name="account" BaseType="mscrm.crmbaseentity"><Key><PropertyRef Name="accountid"/></Key>
  <Property Name="accountid" Type="Edm.Guid"/><Property Name="name" Type="Edm.String"/>
  <Property Name="new_rank" Type="Edm.Int32"/>
  <NavigationProperty Name="new_account_book" Type="Collection(mscrm.new_book)" Partner="new_Publisher"/>
 </EntityType>
 <EntityType Name="new_book" BaseType="mscrm.crmbaseentity"><Key><PropertyRef Name="new_bookid"/></Key>
  <Property Name="new_bookid" Type="Edm.Guid"/>
  <Property Name="new_name" Type="Edm.String" MaxLength="50"/>
  <Property Name="new_price" Type="Edm.Decimal"/><Property Name="new_price_base" Type="Edm.Decimal"/>
  <Property Name="exchangerate" Type="Edm.Decimal"/>
  <Property Name="_transactioncurrencyid_value" Type="Edm.Guid"/>
  <Property Name="new_published" Type="Edm.Date"/>
  <Property Name="new_shape" Type="Edm.GeographyPoint"/>
  <Property Name="statecode" Type="Edm.Int32"/><Property Name="statuscode" Type="Edm.Int32"/>
  <Property Name="createdon" Type="Edm.DateTimeOffset"/><Property Name="versionnumber" Type="Edm.Int64"/>
  <Property Name="_new_publisher_value" Type="Edm.Guid"/>
  <Property Name="_ownerid_value" Type="Edm.Guid"/>
  <NavigationProperty Name="new_Publisher" Type="mscrm.account" Partner="new_account_book">
   <ReferentialConstraint Property="_new_publisher_value" ReferencedProperty="accountid"/></NavigationProperty>
  <NavigationProperty Name="ownerid" Type="mscrm.principal" Partner="owner_new_book">
   <ReferentialConstraint Property="_ownerid_value" ReferencedProperty="ownerid"/></NavigationProperty>
  <Annotation Term="OData.Community.Keys.V1.AlternateKeys"><Collection>
   <Record Type="OData.Community.Keys.V1.AlternateKey"><PropertyValue Property="Key"><Collection>
    <Record Type="OData.Community.Keys.V1.PropertyRef"><PropertyValue Property="Alias" String="new_name"/>
     <PropertyValue Property="Name" PropertyPath="new_name"/></Record></Collection></PropertyValue></Record>
  </Collection></Annotation>
 </EntityType>
 <Action Name="new_Shelve"/><ComplexType Name="new_Shelf"/>
 <EntityContainer Name="System"><EntitySet Name="new_books" EntityType="Microsoft.Dynamics.CRM.new_book"/>
  <EntitySet Name="accounts" EntityType="Microsoft.Dynamics.CRM.account"/><Singleton Name="me"/></EntityContainer>
</Schema></edmx:DataServices></edmx:Edmx>"""


def label(text: str) -> dict[str, Any]:
    return {"LocalizedLabels": [], "UserLocalizedLabel": {"Label": text, "LanguageCode": 1033}}


def attribute(kind: str, name: str, **members: Any) -> dict[str, Any]:
    return {
        "@odata.type": f"#Microsoft.Dynamics.CRM.{kind}AttributeMetadata",
        "LogicalName": name.lower(),
        "SchemaName": name,
        "IsCustomAttribute": True,
        **members,
    }


DEFINITION: dict[str, Any] = {
    "LogicalName": "new_pet",
    "SchemaName": "new_Pet",
    "EntitySetName": "new_pets",
    "PrimaryIdAttribute": "new_petid",
    "PrimaryNameAttribute": "new_name",
    "OwnershipType": "UserOwned",
    "DisplayName": label("Pet"),
    "IsCustomEntity": True,
    "HasNotes": True,
    "Sparkle": True,
    "Attributes": [
        attribute("UniqueIdentifier", "new_PetId", AttributeType="Uniqueidentifier"),
        attribute(
            "String",
            "new_Name",
            MaxLength=40,
            DisplayName=label("Name"),
            RequiredLevel={"Value": "ApplicationRequired"},
        ),
        attribute("Lookup", "OwnerId", AttributeType="Owner", Targets=["systemuser", "team"]),
        attribute("Lookup", "new_Keeper", AttributeType="Lookup", Targets=["contact"]),
        attribute(
            "Picklist",
            "new_Kind",
            DefaultFormValue=2,
            OptionSet={
                "Name": "new_pet_new_kind",
                "IsGlobal": False,
                "Options": [{"Value": 1, "Label": label("Cat")}, {"Value": 2, "Label": label("Dog")}],
            },
        ),
        attribute(
            "MultiSelectPicklist",
            "new_Colors",
            OptionSet={
                "Name": "new_colors",
                "IsGlobal": True,
                "Options": [{"Value": 7, "Label": label("Red")}, {"Value": 8, "Label": label("Blue")}],
            },
        ),
        attribute(
            "Boolean",
            "new_Tame",
            DefaultValue=True,
            OptionSet={
                "Name": "new_pet_tame",
                "TrueOption": {"Value": 1, "Label": label("Tame")},
                "FalseOption": {"Value": 0, "Label": label("Wild")},
            },
        ),
        attribute("Hologram", "new_Ghost"),
    ],
    "Keys": [{"LogicalName": "new_petkey", "SchemaName": "new_PetKey", "KeyAttributes": ["new_name"]}],
    "ManyToManyRelationships": [
        {
            "SchemaName": "new_pet_account",
            "Entity1LogicalName": "new_pet",
            "Entity2LogicalName": "account",
            "IntersectEntityName": "new_pet_account",
            "Entity1IntersectAttribute": "new_petid",
            "Entity2IntersectAttribute": "accountid",
        }
    ],
}

CUSTOMIZATIONS = """<ImportExportXml><Entities><Entity><Name LocalizedName="Ship" OriginalName="Ship">new_Ship</Name>
<EntityInfo><entity Name="new_Ship"><LocalizedNames><LocalizedName description="Ship" languagecode="1033"/>
 </LocalizedNames>
<LocalizedCollectionNames><LocalizedCollectionName description="Ships" languagecode="1033"/></LocalizedCollectionNames>
<attributes>
 <attribute PhysicalName="new_ShipId"><Type>primarykey</Type><Name>new_shipid</Name>
 <LogicalName>new_shipid</LogicalName></attribute>
 <attribute PhysicalName="new_Name"><Type>nvarchar</Type><LogicalName>new_name</LogicalName><MaxLength>60</MaxLength>
  <RequiredLevel>required</RequiredLevel><DisplayMask>PrimaryName|ValidForForm</DisplayMask>
 <IsCustomField>1</IsCustomField>
  <displaynames><displayname description="Ship name" languagecode="1033"/></displaynames></attribute>
 <attribute PhysicalName="new_Home"><Type>lookup</Type><LogicalName>new_home</LogicalName>
 <IsCustomField>1</IsCustomField></attribute>
 <attribute PhysicalName="new_Class"><Type>picklist</Type><LogicalName>new_class</LogicalName>
  <optionset Name="new_ship_new_class"><OptionSetType>picklist</OptionSetType><options>
   <option value="1"><labels><label description="Sloop" languagecode="1033"/></labels></option></options></optionset>
 </attribute>
 <attribute PhysicalName="statecode"><Type>state</Type><LogicalName>statecode</LogicalName><optionset Name="s"><states>
  <state value="0" defaultstatus="1" invariantname="Active"><labels><label description="Afloat" languagecode="1033"/>
 </labels></state>
  </states></optionset></attribute>
 <attribute PhysicalName="statuscode"><Type>status</Type><LogicalName>statuscode</LogicalName><optionset Name="t">
 <statuses>
  <status value="1" state="0"><labels><label description="At sea" languagecode="1033"/></labels></status></statuses>
 </optionset></attribute>
 <attribute PhysicalName="OwnerId"><Type>owner</Type><LogicalName>ownerid</LogicalName></attribute>
 <attribute PhysicalName="new_Odd"><Type>antimatter</Type><LogicalName>new_odd</LogicalName></attribute>
</attributes><EntitySetName>new_ships</EntitySetName><OwnershipTypeMask>UserOwned</OwnershipTypeMask></entity>
 </EntityInfo>
<FormXml><forms type="main"/></FormXml></Entity></Entities>
<Roles><Role id="1"/></Roles>
<EntityRelationships>
 <EntityRelationship Name="new_account_ship"><EntityRelationshipType>OneToMany</EntityRelationshipType>
  <ReferencingEntityName>new_Ship</ReferencingEntityName><ReferencedEntityName>Account</ReferencedEntityName>
  <CascadeDelete>Cascade</CascadeDelete><ReferencingAttributeName>new_Home</ReferencingAttributeName>
 </EntityRelationship>
 <EntityRelationship Name="new_ship_contact"><EntityRelationshipType>ManyToMany</EntityRelationshipType>
  <FirstEntityName>new_Ship</FirstEntityName><SecondEntityName>Contact</SecondEntityName>
  <IntersectEntityName>new_ship_contact</IntersectEntityName></EntityRelationship>
</EntityRelationships></ImportExportXml>"""


def solution(customizations: str = CUSTOMIZATIONS) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("customizations.xml", customizations)
        archive.writestr(
            "solution.xml",
            "<ImportExportXml><SolutionManifest><Managed>0</Managed></SolutionManifest></ImportExportXml>",
        )
        archive.writestr("Workflows/x.xaml", "<x/>")
    return stream.getvalue()


STANDARD = Catalog(PackagedDefinitions())


class Api:
    def __init__(self, service: Service) -> None:
        self.service = service
        self.front = FrontDoor(service, Settings(log_format="none"))

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any, dict[str, str]]:
        content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        sent = {"content-type": "application/json", **{n.replace("_", "-"): v for n, v in headers.items()}}
        target = path if path.startswith("/") else f"/api/data/v9.2/{path}"
        target, _, query = target.partition("?")
        answer = self.front.answer(WebRequest(method, target, query, sent, content, "http://localhost"))
        told = {name.lower(): value for name, value in answer.headers}
        try:
            return answer.status, json.loads(answer.body or b"null"), told
        except ValueError:
            return answer.status, answer.body, told

    def new(self, path: str, **body: Any) -> str:
        status, content, headers = self.send("POST", path, body)
        assert status == 204, content
        return headers["odata-entityid"][-37:-1]


@pytest.fixture
def file(tmp_path: Path) -> Any:
    def write(content: str | bytes, name: str = "schema") -> str:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    return write


@pytest.fixture
def opened() -> Iterator[Any]:
    services = []

    def start(*schemas: str, **settings: Any) -> Api:
        service = open_service(Settings(log_format="none", schemas=schemas, **settings))
        services.append(service)
        return Api(service)

    yield start
    for service in services:
        service.close()


# ---- $metadata


def test_a_metadata_document_becomes_tables(file: Any, opened: Any) -> None:
    api = opened(file(CSDL))
    account = api.new("accounts", name="Press", new_rank=3)
    book = api.new(
        "new_books",
        new_name="Logic",
        new_price=3.5,
        new_published="2024-01-31",
        **{"new_Publisher@odata.bind": f"/accounts({account})"},
    )
    _, row, _ = api.send("GET", f"new_books({book})?$expand=new_Publisher($select=new_rank)")
    assert (row["new_name"], row["new_price"], row["new_published"]) == ("Logic", 3.5, "2024-01-31")
    assert (row["statecode"], row["statuscode"], row["new_Publisher"]["new_rank"]) == (0, 1, 3)
    assert row["_ownerid_value"] == api.service.default_caller().user_id
    _, found, _ = api.send("GET", f"accounts({account})/new_account_book?$select=new_name")
    assert [each["new_name"] for each in found["value"]] == ["Logic"]
    assert api.send("GET", "new_books(new_name='Logic')")[0] == 200
    price = api.service.catalog.table("new_book").columns["new_price"]
    assert price.type is ColumnType.MONEY


def test_what_a_metadata_document_has_beside_tables_is_reported() -> None:
    _, lines = import_schema(CSDL.encode(), Catalog(PackagedDefinitions()))
    text = "\n".join(lines)
    for part in ("Action new_Shelve", "ComplexType new_Shelf", "Singleton me", "Property new_book/new_shape"):
        assert part in text
    assert "column new_book.statecode: its options are not in the document" in text


def test_a_second_start_reads_the_kept_form(file: Any, opened: Any) -> None:
    path = file(CSDL)
    first, second = opened(path), opened(path)
    assert first.service.catalog.table_names == second.service.catalog.table_names
    assert second.new("new_books", new_name="Again")


def test_tables_of_a_file_stand_in_place_of_standard_ones(file: Any, opened: Any) -> None:
    api = opened(file(CSDL), schema_mode="replace")
    account = api.service.catalog.table("account")
    assert set(account.columns) == {"accountid", "name", "new_rank"}
    assert "fullname" in api.service.catalog.table("contact").columns
    assert api.new("accounts", name="Small")


def test_a_seed_that_has_no_room_in_the_tables_of_a_file_stops_the_start(file: Any, opened: Any) -> None:
    with pytest.raises(UnusableFile, match=r"rows of sample do not fit .* --schema-mode merge"):
        opened(file(CSDL), schema_mode="replace", seeds=("sample",))


def test_descriptions_of_a_metadata_document_are_kept(file: Any, opened: Any) -> None:
    text = '<Annotation Term="Org.OData.Core.V1.Description" String="A thing to read."/>'
    document = CSDL.replace(
        '<Property Name="new_price" Type="Edm.Decimal"/>',
        f'<Property Name="new_price" Type="Edm.Decimal">{text}</Property>',
    )
    document = document.replace(
        '<Property Name="name" Type="Edm.String"/>', f'<Property Name="name" Type="Edm.String">{text}</Property>'
    )
    api = opened(file(document))
    for table, column in (("new_book", "new_price"), ("account", "name")):
        path = f"EntityDefinitions(LogicalName='{table}')/Attributes(LogicalName='{column}')?$select=Description"
        _, found, _ = api.send("GET", path)
        assert [each["Label"] for each in found["Description"]["LocalizedLabels"]] == ["A thing to read."]


def test_annotations_and_facets_that_are_not_taken_are_counted() -> None:
    term = '<Annotation Term="Org.OData.Core.V1.LongDescription" String="x"/>'
    document = CSDL.replace(
        '<Property Name="new_rank" Type="Edm.Int32"/>',
        f'<Property Name="new_rank" Type="Edm.Int32" Scale="3">{term}</Property>',
    )
    _, lines = import_schema(document.encode(), Catalog(PackagedDefinitions()))
    assert "annotation Org.OData.Core.V1.LongDescription: not taken" in lines
    assert "facet Scale of properties: not taken" in lines


def test_a_schema_that_cannot_be_read_stops_the_start(file: Any, opened: Any) -> None:
    with pytest.raises(UnusableFile, match="cannot be imported"):
        opened(file("nothing"))
    ended = CliRunner().invoke(main, ["serve", "--schema", file("nothing"), "--port", "0"])
    assert ended.exit_code == 2
    assert "cannot be imported" in ended.output


@pytest.mark.skipif(not REFERENCE.exists(), reason="the facts of a real environment are not at hand")
def test_the_document_of_a_real_environment(opened: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATAVERSE_EMULATOR_CACHE", "off")
    start = time.thread_time()  # a start is no matter of what else the machine does
    api = opened(str(REFERENCE))
    assert time.thread_time() - start < 5
    catalog = api.service.catalog
    standard = set(PackagedDefinitions().table_names())
    assert len(catalog.table_names) > len(standard) + 50
    for name in catalog.entity_set_names:
        status, content, _ = api.send("GET", f"{name}?$top=1")
        assert status == 200, (name, content)
    for name in catalog.table_names:
        table = catalog.table(name)
        if name not in standard and not table.is_intersect:
            status, content, _ = api.send("POST", table.entity_set_name, {})
            assert status == 204, (name, content)
    assert api.send("GET", "$metadata")[0] == 200


# ---- EntityDefinitions JSON


def test_definitions_become_a_table(file: Any, opened: Any) -> None:
    api = opened(file(json.dumps(DEFINITION)))
    keeper = api.new("contacts", lastname="Keeper")
    account = api.new("accounts", name="Zoo")
    pet = api.new("new_pets", new_name="Rex", new_colors="7,8", **{"new_keeper@odata.bind": f"/contacts({keeper})"})
    _, row, _ = api.send("GET", f"new_pets({pet})", prefer='odata.include-annotations="*"')
    formatted = "@OData.Community.Display.V1.FormattedValue"
    assert (row["new_kind" + formatted], row["new_tame" + formatted]) == ("Dog", "Tame")
    assert row["new_colors" + formatted] == "Red; Blue"
    assert api.send("POST", "new_pets", {"new_name": "x" * 41})[0] == 400
    status, _, _ = api.send("POST", f"new_pets({pet})/new_pet_account/$ref", {"@odata.id": f"accounts({account})"})
    assert status == 204
    _, found, _ = api.send("GET", f"accounts({account})/new_pet_account?$select=new_name")
    assert [each["new_name"] for each in found["value"]] == ["Rex"]


def test_what_definitions_have_beside_is_reported() -> None:
    _, lines = import_schema(json.dumps({"value": [DEFINITION]}).encode(), Catalog(PackagedDefinitions()))
    assert "table new_pet: the member Sparkle is not known and not kept" in lines
    assert any(line.startswith("column new_pet.new_ghost: not taken") for line in lines)
    assert any("new_keeper" in line and "was not expanded" in line for line in lines)


def test_an_export_is_read_back() -> None:
    catalog = Catalog(PackagedDefinitions())
    parts, _ = import_schema(json.dumps(DEFINITION).encode(), catalog)
    first = Catalog(ChangedDefinitions(PackagedDefinitions(), parts))
    written = orjson.dumps({"value": list(export_schema(first))})
    again, lines = import_schema(written, catalog)
    assert lines == []
    second = Catalog(ChangedDefinitions(PackagedDefinitions(), again))
    for name in ("new_pet", "new_pet_account"):
        one, other = first.table(name), second.table(name)
        assert (one.entity_set_name, one.primary_name, one.ownership) == (
            other.entity_set_name,
            other.primary_name,
            other.ownership,
        )
        assert {c.logical_name: (c.type, c.max_length, c.options, c.targets) for c in one.columns.values()} == {
            c.logical_name: (c.type, c.max_length, c.options, c.targets) for c in other.columns.values()
        }
        assert set(one.navigation) == set(other.navigation)


def test_standard_tables_are_read_back_without_a_word() -> None:
    catalog = Catalog(PackagedDefinitions())
    written = orjson.dumps(list(export_schema(catalog, ["lead", "account", "task", "accountleads"])))
    parts, lines = import_schema(written, catalog)
    assert lines == []
    changed = Catalog(ChangedDefinitions(PackagedDefinitions(), parts))
    for name in ("lead", "task"):
        one, other = catalog.table(name), changed.table(name)
        assert set(one.properties) == set(other.properties)
        assert set(one.navigation) == set(other.navigation)


def described(catalog: Catalog) -> list[dict[str, Any]]:
    """All tables with everything that belongs to them, in the order of their names."""
    found: list[dict[str, Any]] = orjson.loads(orjson.dumps(list(export_schema(catalog, sorted(catalog.table_names)))))
    for table in found:
        for member in ("OneToManyRelationships", "ManyToOneRelationships", "ManyToManyRelationships"):
            table[member].sort(key=lambda each: str(each["SchemaName"]))
    return found


def test_all_tables_are_the_same_after_a_way_out_and_in() -> None:
    shipped = PackagedDefinitions()
    catalog = Catalog(shipped)
    written = orjson.dumps({"value": list(export_schema(catalog, catalog.table_names))})
    source = WithoutTables(shipped, set(catalog.table_names) - {"owner", "activitypointer", "activityparty"})
    parts, lines = import_schema(written, Catalog(source))
    assert lines == []
    assert described(Catalog(ChangedDefinitions(source, parts))) == described(catalog)


def in_languages(**texts: str) -> dict[str, Any]:
    return {"LocalizedLabels": [{"Label": text, "LanguageCode": int(code[1:])} for code, text in texts.items()]}


def test_labels_and_descriptions_of_all_languages_come_back(file: Any, opened: Any) -> None:
    words = in_languages(_1033="Pet", _1031="Haustier")
    given = json.loads(json.dumps(DEFINITION)) | {
        "DisplayName": words,
        "Description": words,
        "IconVectorName": "new_icon",
    }
    for column in given["Attributes"]:
        if column["LogicalName"] == "new_name":
            column |= {"DisplayName": words, "Description": words}
        if column["LogicalName"] == "new_kind":
            column["OptionSet"]["Options"][0] |= {"Label": words, "Color": "#ff0000"}
    api = opened(file(json.dumps(given)))
    path = "EntityDefinitions(LogicalName='new_pet')"
    _, table, _ = api.send("GET", path)
    _, column, _ = api.send("GET", f"{path}/Attributes(LogicalName='new_name')")
    _, choice, _ = api.send(
        "GET",
        f"{path}/Attributes(LogicalName='new_kind')/Microsoft.Dynamics.CRM.PicklistAttributeMetadata?$expand=OptionSet",
    )
    option = choice["OptionSet"]["Options"][0]
    found = (table["DisplayName"], table["Description"], column["DisplayName"], column["Description"], option["Label"])
    for label in found:
        assert {each["LanguageCode"]: each["Label"] for each in label["LocalizedLabels"]} == {
            1033: "Pet",
            1031: "Haustier",
        }
    assert (table["IconVectorName"], option["Color"]) == ("new_icon", "#ff0000")


@pytest.mark.parametrize("at", ["start", "any time"])
def test_what_is_said_of_a_global_option_set_comes_back(file: Any, opened: Any, at: str) -> None:
    given = json.loads(json.dumps(DEFINITION))
    for column in given["Attributes"]:
        if column["LogicalName"] == "new_colors":
            said = {"ExternalTypeName": "Paint", "DisplayName": label("Colours"), "IsCustomOptionSet": True}
            column["OptionSet"] |= said
    api = opened(file(json.dumps(given))) if at == "start" else opened()
    if at == "any time":
        api.send("POST", "/_emulator/schema", json.dumps(given).encode())
    _, found, _ = api.send("GET", "GlobalOptionSetDefinitions(Name='new_colors')")
    assert found["DisplayName"]["UserLocalizedLabel"]["Label"] == "Colours"
    assert (found["ExternalTypeName"], found["IsCustomOptionSet"]) == ("Paint", True)


def test_members_that_are_not_kept_are_counted_by_table() -> None:
    catalog = Catalog(PackagedDefinitions())
    (given,) = orjson.loads(orjson.dumps(list(export_schema(catalog, ["lead"]))))
    for column in given["Attributes"][:7]:
        column["InheritsFrom"] = "elsewhere"
    given["IntroducedVersion"] = "1.2.3.4"
    _, lines = import_schema(orjson.dumps(given), catalog)
    assert lines == ["table lead: IntroducedVersion not kept", "table lead: 7 columns: InheritsFrom not kept"]


def test_the_order_of_status_reasons_is_taken() -> None:
    catalog = Catalog(PackagedDefinitions())
    (given,) = orjson.loads(orjson.dumps(list(export_schema(catalog, ["task"]))))
    status = next(each for each in given["Attributes"] if each["LogicalName"] == "statuscode")
    rule = '<allowedtransitions><allowedtransition sourcestatusid="2" tostatusid="3"/></allowedtransitions>'
    status["OptionSet"]["Options"][0]["TransitionData"] = rule
    parts, _ = import_schema(orjson.dumps(given), catalog)
    assert catalog.copy(parts).table("task").transitions == {2: (3,)}


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths to all values of a JSON text."""
    if path:
        yield path
    listed = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in listed:
        yield from places(inner, (*path, key))


JUNK = (None, -1, 2**70, 1.5, "", "é" * 300, [], {}, [1], [None], {"x": 1}, True, {"Value": {}}, {"LocalizedLabels": 3})


@settings(max_examples=150, deadline=None)
@given(path=st.sampled_from(list(places(DEFINITION))), junk=st.sampled_from(JUNK))
def test_a_definition_with_a_wrong_value_is_taken_or_refused(path: tuple[Any, ...], junk: Any) -> None:
    given_definition = json.loads(json.dumps(DEFINITION))
    place = given_definition
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = junk
    try:
        parts, lines = import_schema(json.dumps(given_definition).encode(), STANDARD)
    except UnreadableFile:
        return
    catalog = STANDARD.copy(parts)
    assert catalog.find("new_pet") is not None or any(line.startswith("table") for line in lines)
    list(export_schema(catalog, [name for name in catalog.table_names if name.startswith("new_")]))


def test_a_standard_column_keeps_its_type() -> None:
    given = {
        "LogicalName": "lead",
        "PrimaryIdAttribute": "leadid",
        "EntitySetName": "prospects",
        "Attributes": [attribute("Integer", "Subject"), attribute("Decimal", "new_Score", Precision=1)],
    }
    parts, lines = import_schema(json.dumps(given).encode(), Catalog(PackagedDefinitions()))
    assert list(parts) == [("column", "lead.new_score")]
    assert "column lead.subject: stays a String column, not Integer" in lines
    assert "table lead: keeps the entity set name leads, not prospects" in lines


def test_a_lookup_to_a_table_that_is_nowhere_leads_to_the_others() -> None:
    given = {
        "LogicalName": "new_pet",
        "PrimaryIdAttribute": "new_petid",
        "EntitySetName": "new_pets",
        "Attributes": [
            {"LogicalName": "new_petid", "AttributeType": "Uniqueidentifier"},
            attribute("Lookup", "new_Of", Targets=["account", "x"]),
        ],
    }
    parts, lines = import_schema(json.dumps(given).encode(), STANDARD)
    assert STANDARD.copy(parts).table("new_pet").columns["new_of"].targets == ("account",)
    assert "column new_pet.new_of: not taken: the table x is not known" in lines


# ---- solutions


def test_a_solution_becomes_tables(file: Any, opened: Any) -> None:
    api = opened(file(solution(), "solution.zip"))
    home = api.new("accounts", name="Port")
    ship = api.new("new_ships", new_name="Argo", new_class=1, **{"new_Home@odata.bind": f"/accounts({home})"})
    _, row, _ = api.send("GET", f"new_ships({ship})", prefer='odata.include-annotations="*"')
    formatted = "@OData.Community.Display.V1.FormattedValue"
    assert [row[name + formatted] for name in ("new_class", "statecode", "statuscode")] == ["Sloop", "Afloat", "At sea"]
    assert api.send("GET", f"new_ships({ship})/new_ship_contact")[0] == 200
    assert api.send("DELETE", f"accounts({home})")[0] == 204
    assert api.send("GET", f"new_ships({ship})")[0] == 404


def test_what_a_solution_has_beside_is_reported() -> None:
    _, lines = import_schema(solution(), Catalog(PackagedDefinitions()))
    assert sorted(lines) == [
        "Roles: not taken: 1 part",
        "column new_ship.new_odd: not taken: the type antimatter is not understood",
        "file Workflows/x.xaml: not taken",
        "table new_ship: FormXml not taken",
    ]


def test_a_broken_order_of_status_reasons_in_a_solution_is_reported() -> None:
    broken = CUSTOMIZATIONS.replace('<status value="1"', '<status TransitionData="&lt;x" value="1"')
    _, lines = import_schema(solution(broken), Catalog(PackagedDefinitions()))
    assert "column new_ship.statuscode: TransitionData is not well formed." in lines


# ---- while the emulator runs


def test_a_running_emulator_takes_a_schema(opened: Any) -> None:
    api = opened()
    status, content, _ = api.send("POST", "/_emulator/schema", json.dumps(DEFINITION).encode())
    assert (status, content["imported"]["table"]) == (200, 2)
    assert api.new("new_pets", new_name="Rex")
    _, written, _ = api.send("GET", "/_emulator/schema")
    assert {each["LogicalName"] for each in written["value"]} >= {"new_pet", "new_pet_account"}
    status, content, _ = api.send("POST", "/_emulator/schema", b"nothing")
    assert (status, content["error"]["code"]) == (400, "0x80040203")


def test_a_schema_is_taken_a_second_time(opened: Any) -> None:
    api = opened()
    for text in ("Pet", "Beast"):
        given = {**DEFINITION, "DisplayName": {"UserLocalizedLabel": {"Label": text, "LanguageCode": 1033}}}
        status, content, _ = api.send("POST", "/_emulator/schema", json.dumps(given).encode())
        assert status == 200, content
        assert api.service.catalog.table("new_pet").display_name == text
    assert api.new("new_pets", new_name="Rex")


def test_a_dry_run_says_what_would_be_taken(file: Any, tmp_path: Path) -> None:
    database = str(tmp_path / "x.sqlite")
    ended = CliRunner().invoke(main, ["import", "schema", file(CSDL), "--database", database, "--dry-run"])
    assert (ended.exit_code, "would be imported: " in ended.output) == (0, True)
    target = str(tmp_path / "o.json")
    ended = CliRunner().invoke(main, ["export", "schema", target, "--table", "new_book", "--database", database])
    assert (ended.exit_code, "was not found" in ended.output) == (1, True)


def test_the_commands_import_and_export(file: Any, tmp_path: Path) -> None:
    with Emulator(tls_port=None) as emulator:
        port = emulator.url.rpartition(":")[2]
        ended = CliRunner().invoke(main, ["import", "schema", file(CSDL), "--port", port])
        assert ended.exit_code == 0, ended.output
        assert "Action new_Shelve: not taken" in ended.output
        assert "imported:" in ended.output
        target = str(tmp_path / "out.json")
        ended = CliRunner().invoke(main, ["export", "schema", target, "--table", "new_book", "--port", port])
        assert ended.exit_code == 0, ended.output
        assert json.loads(Path(target).read_bytes())["value"][0]["EntitySetName"] == "new_books"
        ended = CliRunner().invoke(main, ["export", "schema", target, "--table", "nothing", "--port", port])
        assert ended.exit_code == 1
        assert "was not found" in ended.output


def test_no_emulator_answers(file: Any) -> None:
    ended = CliRunner().invoke(main, ["import", "schema", file(CSDL), "--port", "1"])
    assert ended.exit_code == 1
    assert "No emulator answers at 127.0.0.1:1" in ended.output
