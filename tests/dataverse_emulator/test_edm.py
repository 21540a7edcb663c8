"""The shipped catalog as an entity data model: names resolve, it is valid CSDL, it agrees with a real document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from dataverse_emulator.metadata.catalog import Catalog
from dataverse_emulator.metadata.definitions import load_catalog
from dataverse_emulator.metadata.edm import build_edm, is_always_written
from dataverse_emulator.web.webapi.metadata import metadata_xml, service_document
from odata_protocol import model
from odata_protocol.csdl import write_csdl

FACTS = Path(__file__).parents[3] / "shared" / "facts"
needs_facts = pytest.mark.skipif(not FACTS.is_dir(), reason="the folder of facts is not beside this checkout")

EDM = "{http://docs.oasis-open.org/odata/ns/edm}"

# ---- differences from the real document of version 8.2 that have a reason ----

# Properties of the real types that the definitions do not have.
MISSING_PROPERTIES = {
    # twins of a column of text that hold its bytes; no newer source has them
    "activitymimeattachment": {"body_binary"},
    "annotation": {"documentbody_binary"},
    "pluginassembly": {"content_binary"},
    "report": {"bodybinary_binary"},
    "salesliteratureitem": {"documentbody_binary"},
    "webresource": {"content_binary"},
    # parts of the owner, which lines take over from their parent; newer sources show them as lookups
    "contractdetail": {"owningbusinessunit", "owninguser"},
    "invoicedetail": {"owningbusinessunit", "owninguser"},
    "knowledgearticleincident": {"owningbusinessunit", "owninguser"},
    "opportunityproduct": {"owningbusinessunit", "owninguser"},
    "quotedetail": {"owningbusinessunit", "owninguser"},
    "salesorderdetail": {"owningbusinessunit", "owninguser"},
    "site": {"organizationid"},
}
# Navigation properties between shipped tables whose relationship or lookup the definitions do not have.
MISSING_NAVIGATION = {
    "activitymimeattachment": {"attachmentid"},
    "attachment": {"Attachment_SyncErrors", "attachment_activity_mime_attachments"},
    "calendar": {"calendar_calendar_rules", "inner_calendar_calendar_rules"},
    "calendarrule": {"calendarid", "innercalendarid", "serviceid"},
    "privilege": {"roletemplateprivileges_association"},
    "roletemplate": {"roletemplateprivileges_association"},
    "service": {"service_calendar_rules"},
    "syncerror": {"regardingobjectid_attachment_syncerror"},
}
# The real document names properties here that do not exist or do not match; or none, where ours has the lookup.
OTHER_CONSTRAINTS = {
    ("dynamicpropertyinstance", "owninguser"),
    ("dynamicpropertyinstance", "transactioncurrencyid"),
    ("equipment", "businessunitid_systemuser"),
    ("incident", "responsiblecontactid"),
    ("sdkmessageprocessingstep", "plugintypeid"),
    ("site", "organizationid_organization"),
}
# Operations that have got parameters since, or that belong to tables that are not shipped.
CHANGED_OPERATIONS = {
    "CloneMobileOfflineProfile",
    "ConvertSalesOrderToInvoice",
    "CreateWorkflowFromTemplate",
    "GenerateQuoteFromOpportunity",
    "InsertOptionValue",
    "InsertStatusValue",
    "QualifyLead",
    "RetrievePersonalWall",
    "RetrieveRecordWall",
    "RetrieveUnpublished",
    "RetrieveUnpublishedMultiple",
    "UpdateOptionValue",
}


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog()


@pytest.fixture(scope="module")
def document(catalog: Catalog) -> model.Document:
    return build_edm(catalog)


@pytest.fixture(scope="module")
def schema(document: model.Document) -> model.Schema:
    return document.schemas[0]


@pytest.fixture(scope="module")
def ours(document: model.Document) -> Any:
    return etree.fromstring(write_csdl(document))


@pytest.fixture(scope="module")
def real() -> Any:
    return etree.parse(FACTS / "reference-csdl.xml").getroot()


def entity_type(schema: model.Schema, name: str) -> model.EntityType:
    found = schema.find_type(name)
    assert isinstance(found, model.EntityType)
    return found


# ---- the model by itself ----


def test_every_name_of_a_type_resolves(schema: model.Schema) -> None:
    def used() -> Iterator[tuple[str, str]]:
        for type_ in (*schema.entity_types, *schema.complex_types):
            if type_.base is not None:
                yield type_.name, type_.base
            for each in (*type_.properties, *type_.navigation):
                yield f"{type_.name}/{each.name}", each.type
        for operation in (*schema.actions, *schema.functions):
            for parameter in operation.parameters:
                yield f"{operation.name}({parameter.name})", parameter.type
            if operation.returns is not None:
                yield operation.name, operation.returns.type
        assert schema.container is not None
        for each_set in schema.container.entity_sets:
            yield each_set.name, each_set.entity_type

    lost = [
        (where, name)
        for where, name in used()
        if not model.element_type(name).startswith("Edm.") and schema.find_type(name) is None
    ]
    assert lost == []


def test_names_are_declared_once(schema: model.Schema) -> None:
    assert schema.container is not None
    names = [each.name for each in (*schema.entity_types, *schema.complex_types, *schema.enum_types)]
    sets = [each.name for each in schema.container.entity_sets]
    imports = [each.name for each in (*schema.container.action_imports, *schema.container.function_imports)]
    for group in (names, [*sets, *imports]):
        assert sorted(group) == sorted(set(group))
    for type_ in schema.entity_types:
        own = [each.name for each in (*type_.properties, *type_.navigation)]
        above = [base for base in schema.lineage(type_) if base is not type_]
        inherited = {each.name for base in above for each in (*base.properties, *base.navigation)}
        assert len(own) == len(set(own)), type_.name
        assert not inherited & set(own), type_.name


def test_partners_lead_back(schema: model.Schema) -> None:
    wrong = []
    for type_ in schema.entity_types:
        for each in type_.navigation:
            if each.partner is None:
                continue
            target = entity_type(schema, each.target)
            partner = schema.navigation_of(target).get(each.partner)
            if partner is None or not schema.derives_from(type_, partner.target):
                wrong.append((type_.name, each.name, each.partner))
    assert wrong == []


def test_constraints_name_properties_of_both_types(schema: model.Schema) -> None:
    for type_ in schema.entity_types:
        for each in type_.navigation:
            for constraint in each.constraints:
                assert constraint.property in schema.properties_of(type_), (type_.name, each.name)
                target = entity_type(schema, each.target)
                assert constraint.referenced in schema.properties_of(target), (type_.name, each.name)


def test_keys_are_properties(schema: model.Schema) -> None:
    for type_ in schema.entity_types:
        assert set(schema.key_of(type_)) <= set(schema.properties_of(type_)), type_.name


def test_bindings_lead_to_sets_of_the_target(schema: model.Schema) -> None:
    assert schema.container is not None
    for each_set in schema.container.entity_sets:
        of = entity_type(schema, each_set.entity_type)
        for binding in each_set.bindings:
            target = schema.find_set(binding.target)
            assert target is not None, (each_set.name, binding)
            if "/" not in binding.path:
                navigation = schema.navigation_of(of)[binding.path]
                bound = entity_type(schema, target.entity_type)
                assert schema.derives_from(entity_type(schema, navigation.target), bound.name)


@pytest.mark.parametrize(
    ("name", "base", "abstract", "key"),
    [
        ("crmbaseentity", None, True, ()),
        ("crmmodelbaseentity", None, True, ()),
        ("principal", "mscrm.crmbaseentity", True, ("ownerid",)),
        ("systemuser", "mscrm.principal", False, ("ownerid",)),
        ("team", "mscrm.principal", False, ("ownerid",)),
        ("activitypointer", "mscrm.crmbaseentity", True, ("activityid",)),
        ("task", "mscrm.activitypointer", False, ("activityid",)),
        ("lead", "mscrm.crmbaseentity", False, ("leadid",)),
        ("MetadataBase", "mscrm.crmmodelbaseentity", True, ("MetadataId",)),
        ("PicklistAttributeMetadata", "mscrm.EnumAttributeMetadata", False, ()),
    ],
)
def test_types_derive_as_in_the_real_service(
    schema: model.Schema, name: str, base: str | None, abstract: bool, key: tuple[str, ...]
) -> None:
    found = entity_type(schema, name)
    assert (found.base, found.abstract, found.key) == (base, abstract, key)


def test_the_bag_of_properties_is_open(schema: model.Schema) -> None:
    expando = entity_type(schema, "expando")
    assert expando.open
    assert expando.base == "mscrm.crmbaseentity"


def test_lookups_of_an_account(schema: model.Schema) -> None:
    navigation = schema.navigation_of(entity_type(schema, "account"))
    assert navigation["primarycontactid"] == model.NavigationProperty(
        "primarycontactid",
        "mscrm.contact",
        False,
        "account_primary_contact",
        (model.ReferentialConstraint("_primarycontactid_value", "contactid"),),
    )
    assert navigation["ownerid"].type == "mscrm.principal"
    assert navigation["Account_Tasks"].type == "Collection(mscrm.task)"
    assert navigation["accountleads_association"].partner == "accountleads_association"
    properties = schema.properties_of(entity_type(schema, "account"))
    assert properties["_primarycontactid_value"].type == "Edm.Guid"
    assert "primarycontactid" not in properties


def test_qualify_lead_is_bound_to_leads(schema: model.Schema) -> None:
    (found,) = [each for each in schema.actions if each.name == "QualifyLead"]
    assert found.is_bound
    assert found.parameters[0] == model.Parameter("entity", "mscrm.lead", False)
    assert found.returns == model.ReturnType("Collection(mscrm.crmbaseentity)", False)


def test_query_functions_cannot_be_called_from_the_root(schema: model.Schema) -> None:
    assert schema.container is not None
    imported = {each.name for each in schema.container.function_imports}
    assert "WhoAmI" in imported
    assert "LastXDays" in {each.name for each in schema.functions}
    assert "LastXDays" not in imported


# ---- the documents ----


def test_the_default_document_has_the_annotations_of_the_container_alone(document: model.Document) -> None:
    root = etree.fromstring(write_csdl(document, is_always_written))
    holders = {annotation.getparent().tag.removeprefix(EDM) for annotation in root.iter(f"{EDM}Annotation")}
    assert holders == {"EntityContainer"}


def test_the_document_is_written_once_a_version(catalog: Catalog) -> None:
    plain = metadata_xml(catalog)
    assert metadata_xml(catalog) is plain
    assert len(metadata_xml(catalog, annotations=True)) > len(plain)


def test_the_service_document_lists_all_sets_without_binding_tables() -> None:
    body = service_document(load_catalog(), "http://h/api/data/v9.2/")
    assert list(body) == ["@odata.context", "value"]
    assert body["@odata.context"] == "http://h/api/data/v9.2/$metadata"
    assert {"name": "accounts", "kind": "EntitySet", "url": "accounts"} in body["value"]
    names = [each["name"] for each in body["value"]]
    assert names[-4:] == [
        "EntityDefinitions",
        "GlobalOptionSetDefinitions",
        "ManagedPropertyDefinitions",
        "RelationshipDefinitions",
    ]


@needs_facts
@pytest.mark.parametrize("annotations", [False, True], ids=["plain", "annotated"])
def test_the_document_is_valid(catalog: Catalog, annotations: bool) -> None:
    xsd = etree.XMLSchema(etree.parse(FACTS / "xsd" / "edmx.xsd"))
    # the schemas are of OData 4.01, which writes this facet in lower case
    text = metadata_xml(catalog, annotations).replace(b'Scale="Variable"', b'Scale="variable"')
    assert xsd.validate(etree.fromstring(text)), xsd.error_log


# ---- against the real document ----


def types_of(root: Any, tag: str = "EntityType") -> dict[str, Any]:
    return {each.get("Name"): each for each in root.iter(f"{EDM}{tag}")}


def members_of(element: Any, tag: str) -> dict[str, Any]:
    return {each.get("Name"): each for each in element.iterfind(f"{EDM}{tag}")}


def constraints_of(element: Any) -> list[tuple[str, str]]:
    found = element.iterfind(f"{EDM}ReferentialConstraint")
    return [(each.get("Property"), each.get("ReferencedProperty")) for each in found]


@needs_facts
def test_entity_types_agree_with_the_real_document(real: Any, ours: Any) -> None:
    there, here = types_of(real), types_of(ours)
    assert len(there.keys() & here.keys()) > 215
    for name in there.keys() & here.keys():
        for attribute in ("BaseType", "Abstract"):
            assert there[name].get(attribute) == here[name].get(attribute), name
        keys = [[each.get("Name") for each in root.iterfind(f"{EDM}Key/*")] for root in (there[name], here[name])]
        assert keys[0] == keys[1], name


@needs_facts
def test_properties_agree_with_the_real_document(real: Any, ours: Any) -> None:
    there, here = types_of(real), types_of(ours)
    missing: dict[str, set[str]] = {}
    for name in there.keys() & here.keys():
        own = members_of(here[name], "Property")
        for member, element in members_of(there[name], "Property").items():
            if member not in own:
                missing.setdefault(name, set()).add(member)
                continue
            for facet in ("Type", "Unicode", "Scale", "Nullable"):
                assert element.get(facet) == own[member].get(facet), (name, member, facet)
    assert missing == MISSING_PROPERTIES


@needs_facts
def test_navigation_properties_agree_with_the_real_document(real: Any, ours: Any) -> None:
    there, here = types_of(real), types_of(ours)
    missing: dict[str, set[str]] = {}
    for name in there.keys() & here.keys():
        own = members_of(here[name], "NavigationProperty")
        for member, element in members_of(there[name], "NavigationProperty").items():
            if model.element_type(element.get("Type")).removeprefix("mscrm.") not in here:
                continue  # leads to a table that is not shipped
            if member not in own:
                missing.setdefault(name, set()).add(member)
                continue
            for attribute in ("Type", "Partner", "Nullable", "ContainsTarget"):
                assert element.get(attribute) == own[member].get(attribute), (name, member, attribute)
            if (name, member) not in OTHER_CONSTRAINTS:
                assert constraints_of(element) == constraints_of(own[member]), (name, member)
    assert missing == MISSING_NAVIGATION


@needs_facts
def test_entity_sets_agree_with_the_real_document(real: Any, ours: Any) -> None:
    there, here = types_of(real, "EntitySet"), types_of(ours, "EntitySet")
    shipped = types_of(ours)
    lost = {name for name in there.keys() - here.keys() if there[name].get("EntityType").split(".")[-1] in shipped}
    assert lost == set()
    for name in there.keys() & here.keys():
        assert there[name].get("EntityType") == here[name].get("EntityType")
        table = there[name].get("EntityType").split(".")[-1]
        wanted, found = bindings_of(there[name]), bindings_of(here[name])
        for path, target in wanted.items():
            if target in here and path not in MISSING_NAVIGATION.get(table, ()):
                assert found.get(path) == target, (name, path)


def bindings_of(element: Any) -> Mapping[str, str]:
    found = element.iterfind(f"{EDM}NavigationPropertyBinding")
    return {each.get("Path"): each.get("Target") for each in found}


@needs_facts
@pytest.mark.parametrize("kind", ["Action", "Function"])
def test_operations_agree_with_the_real_document(real: Any, ours: Any, kind: str) -> None:
    def signatures(root: Any) -> dict[str, list[Any]]:
        found: dict[str, list[Any]] = {}
        for each in root.iter(f"{EDM}{kind}"):
            parts = [tuple(sorted(part.attrib.items())) for part in each]
            found.setdefault(each.get("Name"), []).append((each.get("IsBound"), parts))
        return {name: sorted(group, key=repr) for name, group in found.items()}

    there, here = signatures(real), signatures(ours)
    assert there
    assert {name for name in there if there[name] != here.get(name)} <= CHANGED_OPERATIONS
    imports = [set(types_of(root, f"{kind}Import")) for root in (real, ours)]
    assert imports[0] - imports[1] <= CHANGED_OPERATIONS


@needs_facts
def test_complex_and_enum_types_agree_with_the_real_document(real: Any, ours: Any) -> None:
    there, here = types_of(real, "ComplexType"), types_of(ours, "ComplexType")
    assert there.keys() - here.keys() == set()
    for name, element in there.items():
        assert element.get("BaseType") == here[name].get("BaseType")
        own = members_of(here[name], "Property")
        for member, each in members_of(element, "Property").items():
            assert each.get("Type") == own[member].get("Type"), (name, member)
    there, here = types_of(real, "EnumType"), types_of(ours, "EnumType")
    assert there.keys() - here.keys() == set()
    for name, element in there.items():
        wanted = {each.get("Name"): each.get("Value") for each in element}
        assert wanted.items() <= {each.get("Name"): each.get("Value") for each in here[name]}.items(), name
        assert element.get("IsFlags") == here[name].get("IsFlags"), name
