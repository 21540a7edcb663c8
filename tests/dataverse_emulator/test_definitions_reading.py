"""Reads of definitions: what clients ask before their first record, paths, options, refusals."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from typing import Any

import orjson
import pytest

from dataverse_emulator.errors import BadRequest, EmulatorError, NotFound
from dataverse_emulator.metadata.catalog import AlternateKey, Catalog, Column, ColumnType, Table
from dataverse_emulator.metadata.classes import (
    EXTRA_MEMBERS,
    NAMESPACE,
    extra_members,
    is_kind_of,
    members_of,
    navigation_of,
)
from dataverse_emulator.metadata.definitions import load_catalog
from dataverse_emulator.metadata.describe import describe_column, describe_key, table_id
from dataverse_emulator.metadata.operations import OperationCatalogue, Structure
from dataverse_emulator.metadata.overlay import TABLE
from dataverse_emulator.web.webapi.metadata import read_definitions
from odata_protocol.url import parse_url

ROOT = "http://localhost/api/data/v9.2/"
CONTEXT = f"{ROOT}$metadata#"
CRM = NAMESPACE


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog()


class Reader:
    """Asks and checks that the answer can be written as JSON."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog

    def __call__(self, path: str, query: str = "") -> Any:
        body = read_definitions(parse_url(path, query), self.catalog, ROOT)
        return orjson.loads(orjson.dumps(body))

    def names(self, path: str, query: str, member: str = "LogicalName") -> list[str]:
        return [each[member] for each in self(path, query)["value"]]


@pytest.fixture(scope="module")
def read(catalog: Catalog) -> Reader:
    return Reader(catalog)


# ---- the first calls of clients (contract 07 §12, 09 §1.5) ----


def test_the_first_question_of_the_python_client() -> None:
    catalog = load_catalog()
    body = Reader(catalog)(
        "EntityDefinitions", "$select=LogicalName,EntitySetName,PrimaryIdAttribute&$filter=LogicalName eq 'account'"
    )
    assert body == {
        "@odata.context": f"{CONTEXT}EntityDefinitions(LogicalName,EntitySetName,PrimaryIdAttribute)",
        "value": [
            {
                "LogicalName": "account",
                "EntitySetName": "accounts",
                "PrimaryIdAttribute": "accountid",
                "MetadataId": table_id("account"),
            }
        ],
    }
    assert next(iter(body)) == "@odata.context"


def test_only_the_table_that_is_named_is_bound() -> None:
    bound: list[str] = []
    catalog = load_catalog()
    bind = catalog.find
    catalog.find = lambda name: bound.append(name) or bind(name)  # type: ignore[assignment, method-assign, func-returns-value]  # counts the calls
    Reader(catalog)("EntityDefinitions", "$filter=LogicalName eq 'lead' or EntitySetName eq 'contacts'")
    assert set(bound) == {"lead", "contact"}


def test_the_choices_of_a_table_with_their_labels(read: Reader) -> None:
    body = read(
        f"EntityDefinitions(LogicalName='account')/Attributes/{CRM}.PicklistAttributeMetadata",
        "$select=LogicalName&$expand=OptionSet($select=Options)",
    )
    assert body["@odata.context"] == (
        f"{CONTEXT}EntityDefinitions('account')/Attributes/{CRM}.PicklistAttributeMetadata(LogicalName,OptionSet(Options))"
    )
    choices = {each["LogicalName"]: each for each in body["value"]}
    industry = choices["industrycode"]
    assert list(industry) == ["LogicalName", "MetadataId", "OptionSet"]
    assert list(industry["OptionSet"]) == ["Options", "MetadataId"]
    labels = {each["Value"]: each["Label"]["UserLocalizedLabel"]["Label"] for each in industry["OptionSet"]["Options"]}
    assert labels[1] == "Accounting"
    assert "statuscode" not in choices


def test_all_tables_that_are_not_private(read: Reader, catalog: Catalog) -> None:
    body = read("EntityDefinitions", "$filter=IsPrivate eq false")
    assert len(body["value"]) == len(catalog.table_names)
    assert set(body["value"][0]) == set(members_of("EntityMetadata"))
    assert read.names("EntityDefinitions", "$filter=IsPrivate eq false and (SchemaName eq 'Lead')") == ["lead"]


def test_the_list_of_names(read: Reader, catalog: Catalog) -> None:
    body = read("EntityDefinitions", "$select=EntitySetName,LogicalName")
    assert [each["LogicalName"] for each in body["value"]] == list(catalog.table_names)


def test_all_columns_of_all_tables_in_one_call(read: Reader, catalog: Catalog) -> None:
    body = read("EntityDefinitions", "$select=LogicalName&$expand=Attributes($select=LogicalName,AttributeType)")
    columns = {each["LogicalName"]: each["Attributes"] for each in body["value"]}
    assert len(columns["lead"]) == len(catalog.table("lead").columns)
    subject = next(each for each in columns["lead"] if each["LogicalName"] == "subject")
    assert subject["@odata.type"] == f"#{CRM}.StringAttributeMetadata"
    assert subject["AttributeType"] == "String"


# ---- paths ----

ACCOUNT = table_id("account")
SINGLE = [
    ("EntityDefinitions(LogicalName='account')", "EntityDefinitions/$entity", "LogicalName", "account"),
    (f"EntityDefinitions({ACCOUNT})", "EntityDefinitions/$entity", "LogicalName", "account"),
    (f"EntityDefinitions(MetadataId={ACCOUNT})", "EntityDefinitions/$entity", "LogicalName", "account"),
    (
        "EntityDefinitions(LogicalName='account')/Attributes(LogicalName='name')",
        "EntityDefinitions('account')/Attributes/$entity",
        "AttributeType",
        "String",
    ),
    (
        f"EntityDefinitions({ACCOUNT})/Attributes(LogicalName='name')/{CRM}.StringAttributeMetadata",
        f"EntityDefinitions({ACCOUNT})/Attributes/{CRM}.StringAttributeMetadata/$entity",
        "MaxLength",
        160,
    ),
    (
        f"EntityDefinitions(LogicalName='account')/Attributes(LogicalName='industrycode')/{CRM}.PicklistAttributeMetadata/OptionSet",
        f"EntityDefinitions('account')/Attributes('industrycode')/{CRM}.PicklistAttributeMetadata/OptionSet/$entity",
        "OptionSetType",
        "Picklist",
    ),
    (
        "EntityDefinitions(LogicalName='team')/Keys(LogicalName='aadobjectid_membershiptype')",
        "EntityDefinitions('team')/Keys/$entity",
        "EntityKeyIndexStatus",
        "Active",
    ),
    (
        "EntityDefinitions(LogicalName='account')/OneToManyRelationships(SchemaName='Account_Tasks')",
        "EntityDefinitions('account')/OneToManyRelationships/$entity",
        "ReferencingEntityNavigationPropertyName",
        "regardingobjectid_account_task",
    ),
    (
        "RelationshipDefinitions(SchemaName='accountleads_association')",
        "RelationshipDefinitions/$entity",
        "@odata.type",
        f"#{CRM}.ManyToManyRelationshipMetadata",
    ),
    (
        f"RelationshipDefinitions(SchemaName='Account_Tasks')/{CRM}.OneToManyRelationshipMetadata",
        f"RelationshipDefinitions/{CRM}.OneToManyRelationshipMetadata/$entity",
        "ReferencedEntity",
        "account",
    ),
    ("GlobalOptionSetDefinitions(Name='budgetstatus')", "GlobalOptionSetDefinitions/$entity", "IsGlobal", True),
    (
        f"GlobalOptionSetDefinitions(Name='budgetstatus')/{CRM}.OptionSetMetadata",
        f"GlobalOptionSetDefinitions/{CRM}.OptionSetMetadata/$entity",
        "Name",
        "budgetstatus",
    ),
]


@pytest.mark.parametrize(("path", "context", "member", "value"), SINGLE)
def test_one_definition(read: Reader, path: str, context: str, member: str, value: Any) -> None:
    body = read(path)
    assert body["@odata.context"] == CONTEXT + context
    assert body[member] == value


def test_definitions_are_found_by_their_identifiers(read: Reader) -> None:
    for path in (
        "EntityDefinitions(LogicalName='account')/Attributes",
        "RelationshipDefinitions",
        "GlobalOptionSetDefinitions",
        "EntityDefinitions(LogicalName='team')/Keys",
    ):
        last = read(path)["value"][-1]
        assert uuid.UUID(last["MetadataId"]).version == 5
        again = read(f"{path}({last['MetadataId']})")
        assert again["MetadataId"] == last["MetadataId"]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("EntityDefinitions(LogicalName='account')/EntitySetName", {"value": "accounts"}),
        ("EntityDefinitions(LogicalName='account')/IsCustomizable/Value", {"value": True}),
        ("EntityDefinitions(LogicalName='account')/EntityColor", None),
        (
            "EntityDefinitions(LogicalName='account')/IsMappable",
            {"Value": True, "CanBeChanged": False, "ManagedPropertyLogicalName": "ismappable"},
        ),
    ],
)
def test_a_property_by_path(read: Reader, path: str, value: dict[str, Any] | None) -> None:
    body = read(path)
    if value is None:
        assert body is None  # no content
    else:
        context = body.pop("@odata.context")
        assert context == CONTEXT + path.replace("LogicalName=", "")
        assert body == value


def test_the_global_set_of_a_local_choice_is_nothing(read: Reader) -> None:
    path = f"EntityDefinitions(LogicalName='account')/Attributes(LogicalName='%s')/{CRM}.PicklistAttributeMetadata"
    assert read(f"{path % 'industrycode'}/GlobalOptionSet") is None
    both = read(
        f"{path.replace('account', 'lead') % 'budgetstatus'}",
        "$select=LogicalName&$expand=OptionSet($select=Options),GlobalOptionSet($select=Options)",
    )
    assert both["OptionSet"] == both["GlobalOptionSet"]
    assert both["@odata.context"].endswith("(LogicalName,OptionSet(Options),GlobalOptionSet(Options))/$entity")


def test_a_cast_narrows_a_collection(read: Reader) -> None:
    money = read(f"EntityDefinitions(LogicalName='lead')/Attributes/{CRM}.MoneyAttributeMetadata")["value"]
    assert {each["AttributeType"] for each in money} == {"Money"}
    assert all("@odata.type" not in each for each in money)
    many = read.names(f"RelationshipDefinitions/{CRM}.ManyToManyRelationshipMetadata", "", "RelationshipType")
    assert set(many) == {"ManyToManyRelationship"}


def test_state_and_status_options_carry_their_type(read: Reader) -> None:
    def options(column: str, cast: str) -> list[dict[str, Any]]:
        path = f"EntityDefinitions(LogicalName='lead')/Attributes(LogicalName='{column}')/{CRM}.{cast}"
        found: list[dict[str, Any]] = read(path, "$expand=OptionSet($select=Options)")["OptionSet"]["Options"]
        return found

    qualified = options("statecode", "StateAttributeMetadata")[1]
    assert qualified["@odata.type"] == f"#{CRM}.StateOptionMetadata"
    assert (qualified["Value"], qualified["DefaultStatus"], qualified["InvariantName"]) == (1, 3, "Qualified")
    assert [(each["Value"], each["State"]) for each in options("statuscode", "StatusAttributeMetadata")][:3] == [
        (1, 0),
        (2, 0),
        (3, 1),
    ]


def test_two_options_have_a_true_and_a_false_one(read: Reader) -> None:
    path = (
        f"EntityDefinitions(LogicalName='contact')/Attributes(LogicalName='donotemail')/{CRM}.BooleanAttributeMetadata"
    )
    options = read(path, "$expand=OptionSet")["OptionSet"]
    assert (options["TrueOption"]["Value"], options["FalseOption"]["Value"]) == (1, 0)
    assert options["OptionSetType"] == "Boolean"


# ---- $filter ----

ATTRIBUTES = "EntityDefinitions(LogicalName='lead')/Attributes"
FILTERS = [
    ("EntityDefinitions", "LogicalName eq 'lead' or EntitySetName eq 'accounts'", ["account", "lead"]),
    ("EntityDefinitions", "(LogicalName eq 'lead') and (IsActivity eq true)", []),
    ("EntityDefinitions", "LogicalName eq 'Lead'", []),
    ("EntityDefinitions", "EntitySetName eq 'nothing'", []),
    ("EntityDefinitions", "ObjectTypeCode ge 1 and ObjectTypeCode lt 3", ["account", "contact"]),
    ("EntityDefinitions", "2 ge ObjectTypeCode", ["account", "contact"]),
    ("EntityDefinitions", f"MetadataId eq {ACCOUNT}", ["account"]),
    (
        "EntityDefinitions",
        f"OwnershipType eq {CRM}.OwnershipTypes'UserOwned' and LogicalName eq 'lead' and IsIntersect ne true",
        ["lead"],
    ),
    ("EntityDefinitions", "OwnershipType eq 'UserOwned' and SchemaName eq 'Lead'", ["lead"]),
    ("EntityDefinitions", f"OwnershipType has {CRM}.OwnershipTypes'UserOwned' and SchemaName eq 'Lead'", ["lead"]),
    ("EntityDefinitions", "CanCreateAttributes/Value eq true and LogicalName eq 'lead'", ["lead"]),
    ("EntityDefinitions", "not (CanCreateAttributes/Value eq true)", []),
    ("EntityDefinitions", "IsActivity and LogicalName eq 'task'", ["task"]),
    ("EntityDefinitions", "not IsActivity eq true and ObjectTypeCode eq 1", ["account"]),
    ("EntityDefinitions", "(ObjectTypeCode eq 1 or LogicalName eq 'lead') eq true", ["account", "lead"]),
    ("EntityDefinitions", "(ObjectTypeCode ne 1) eq false", ["account"]),
    ("EntityDefinitions", "(ObjectTypeCode ne 1) ne true", ["account"]),
    (ATTRIBUTES, "LogicalName eq 'subject'", ["subject"]),
    (ATTRIBUTES, "AttributeType eq 'State'", ["statecode"]),
    (ATTRIBUTES, f"AttributeType eq {CRM}.AttributeTypeCode'Status'", ["statuscode"]),
    (ATTRIBUTES, "AttributeTypeName/Value eq 'OwnerType'", ["ownerid"]),
    (
        ATTRIBUTES,
        f"RequiredLevel/Value eq {CRM}.AttributeRequiredLevel'ApplicationRequired' and AttributeType eq 'State'",
        [],
    ),
    (ATTRIBUTES, "AttributeOf eq null and AttributeType eq 'Owner'", ["ownerid"]),
    (f"{ATTRIBUTES}/{CRM}.MemoAttributeMetadata", "MaxLength gt 3000", None),
]


@pytest.mark.parametrize(("path", "condition", "names"), FILTERS)
def test_filters(read: Reader, path: str, condition: str, names: list[str] | None) -> None:
    found = read.names(path, f"$select=LogicalName&$filter={condition}")
    if names is not None:
        assert found == names


def test_what_is_not_null_differs_from_a_value(read: Reader) -> None:
    every = read.names(ATTRIBUTES, "$select=LogicalName")
    parts = read.names(ATTRIBUTES, "$select=LogicalName&$filter=AttributeOf eq 'ownerid'")
    others = read.names(ATTRIBUTES, "$select=LogicalName&$filter=AttributeOf ne 'ownerid'")
    assert parts
    assert sorted([*parts, *others]) == sorted(every)


def test_relationships_are_filtered_by_their_type(read: Reader) -> None:
    one = f"RelationshipType eq {CRM}.RelationshipType'OneToManyRelationship'"
    found = read("RelationshipDefinitions", f"$select=SchemaName&$filter={one} and SchemaName eq 'Account_Tasks'")
    assert [each["SchemaName"] for each in found["value"]] == ["Account_Tasks"]
    assert found["value"][0]["@odata.type"] == f"#{CRM}.OneToManyRelationshipMetadata"


def test_an_expansion_is_filtered_and_cast(read: Reader) -> None:
    body = read(
        "EntityDefinitions(LogicalName='lead')",
        "$select=LogicalName&$expand=Attributes($select=LogicalName;$filter=AttributeType eq 'Money'),Keys,"
        "ManyToManyRelationships($select=SchemaName)",
    )
    assert "revenue" in {each["LogicalName"] for each in body["Attributes"]}
    assert body["Keys"] == []
    assert "accountleads_association" in {each["SchemaName"] for each in body["ManyToManyRelationships"]}
    assert body["@odata.context"] == (
        f"{CONTEXT}EntityDefinitions(LogicalName,Attributes(LogicalName),Keys(),ManyToManyRelationships(SchemaName))/$entity"
    )
    cast = f"$select=LogicalName&$expand=Attributes/{CRM}.LookupAttributeMetadata($select=LogicalName,Targets)"
    lookups = {each["LogicalName"]: each for each in read("EntityDefinitions(LogicalName='lead')", cast)["Attributes"]}
    assert lookups["customerid"]["Targets"] == ["account", "contact"]
    assert "subject" not in lookups


def test_aliases_stand_for_keys_and_values(read: Reader) -> None:
    assert read("EntityDefinitions(LogicalName=@n)", "$select=LogicalName&@n='lead'")["LogicalName"] == "lead"
    assert read.names("EntityDefinitions", "$filter=LogicalName eq @n&@n='lead'") == ["lead"]


def test_labels_of_another_language_are_left_out(read: Reader) -> None:
    path = "EntityDefinitions(LogicalName='account')"
    assert len(read(path, "LabelLanguages=1033")["DisplayName"]["LocalizedLabels"]) == 1
    assert read(path, "LabelLanguages=1036")["DisplayName"]["LocalizedLabels"] == []
    assert len(read(path)["DisplayName"]["LocalizedLabels"]) == 1


# ---- refusals ----

REFUSALS = [
    ("EntityDefinitions(LogicalName='nope')", "", NotFound, "0x80060888", "'nope'"),
    (f"EntityDefinitions({uuid.UUID(int=1)})", "", NotFound, "0x80060888", "Does Not Exist"),
    ("EntityDefinitions(SchemaName='Account')", "", BadRequest, "0x80060888", "key"),
    ("EntityDefinitions(LogicalName='account')/Attributes(LogicalName='nope')", "", NotFound, "0x80060888", "nope"),
    ("EntityDefinitions(LogicalName='account')/Nothing", "", NotFound, "0x8006088a", "'Nothing'"),
    ("EntityDefinitions/LogicalName", "", NotFound, "0x8006088a", "'LogicalName'"),
    ("EntityDefinitions/$count", "", NotFound, "0x8006088a", "'$count'"),
    ("RelationshipDefinitions(SchemaName='nope')", "", NotFound, "0x80060888", "nope"),
    ("GlobalOptionSetDefinitions(Name='nope')", "", NotFound, "0x80060888", "nope"),
    (
        f"EntityDefinitions(LogicalName='lead')/Attributes/{CRM}.EnumAttributeMetadata",
        "",
        NotFound,
        "0x8006088a",
        "Enum",
    ),
    (f"EntityDefinitions(LogicalName='lead')/Attributes/{CRM}.EntityMetadata", "", NotFound, "0x8006088a", "Entity"),
    (
        f"EntityDefinitions(LogicalName='lead')/Attributes(LogicalName='statuscode')/{CRM}.PicklistAttributeMetadata",
        "",
        NotFound,
        "0x80060888",
        "StatusAttributeMetadata",
    ),
    (
        "EntityDefinitions",
        "$select=Nope",
        BadRequest,
        "0x80060888",
        "Could not find a property named 'Nope' on type 'Microsoft.Dynamics.CRM.EntityMetadata'.",
    ),
    (
        f"RelationshipDefinitions/{CRM}.ManyToManyRelationshipMetadata",
        "$select=ReferencingEntity",
        BadRequest,
        "0x80060888",
        "on type 'Microsoft.Dynamics.CRM.ManyToManyRelationshipMetadata'",
    ),
    ("EntityDefinitions", "$filter=Nope eq 1", BadRequest, "0x80060888", "'Nope'"),
    (
        "EntityDefinitions",
        f"$filter=OwnershipType eq {CRM}.OwnershipTypes'Nobody'",
        BadRequest,
        "0x80060888",
        f"The string '{CRM}.OwnershipTypes'Nobody'' is not a valid enumeration type constant.",
    ),
    ("EntityDefinitions", "$filter=OwnershipType eq 'Nobody'", BadRequest, "0x80060888", "enumeration"),
    ("EntityDefinitions", "$filter=IsPrivate eq 'x'", BadRequest, "0x80060888", "'Edm.Boolean' and 'Edm.String'"),
    ("EntityDefinitions", "$filter=IsMappable eq true", BadRequest, "0x80060888", "incompatible types"),
    ("EntityDefinitions", "$filter=IsMappable/Nope eq true", BadRequest, "0x80060888", "'Nope'"),
    (
        "EntityDefinitions",
        f"$filter=OwnershipType eq {CRM}.CascadeType'Cascade'",
        BadRequest,
        "0x80060888",
        "incompatible types",
    ),
    ("EntityDefinitions", "$filter=DisplayName/UserLocalizedLabel eq 'x'", BadRequest, "0x80060888", "not supported"),
    ("EntityDefinitions", "$filter=startswith(LogicalName,'a')", BadRequest, "0x80060888", "not supported"),
    ("EntityDefinitions", "$filter=LogicalName in ('a','b')", BadRequest, "0x80060888", "The query node In"),
    ("EntityDefinitions", "$filter=LogicalName eq @n", BadRequest, "0x80060888", "unresolved"),
    ("EntityDefinitions(LogicalName='lead')", "$filter=IsPrivate eq true", BadRequest, "0x80060888", "$filter"),
    ("GlobalOptionSetDefinitions", "$filter=Name eq 'x'", BadRequest, "0x80060888", "$filter is not supported"),
    (
        "EntityDefinitions",
        "$orderby=LogicalName",
        BadRequest,
        "0x80060888",
        "The query parameter $orderby is not supported",
    ),
    ("EntityDefinitions", "$top=1", BadRequest, "0x80060888", "The query parameter $top is not supported"),
    ("EntityDefinitions", "$count=true", BadRequest, "0x80060888", "The query parameter $count is not supported"),
    ("EntityDefinitions", "$expand=Nope", BadRequest, "0x80060888", "'Nope'"),
    ("EntityDefinitions", "$expand=Attributes($orderby=LogicalName)", BadRequest, "0x80060888", "$orderby"),
    (ATTRIBUTES, "$expand=OptionSet", BadRequest, "0x80060888", "'OptionSet'"),
]


@pytest.mark.parametrize(("path", "query", "kind", "code", "text"), REFUSALS)
def test_refusals(read: Reader, path: str, query: str, kind: type[EmulatorError], code: str, text: str) -> None:
    with pytest.raises(kind) as raised:
        read(path, query)
    assert raised.value.code == code
    assert text in raised.value.message


# ---- descriptions fit their classes ----


def complex_members(types: Mapping[str, Structure]) -> dict[str, dict[str, str]]:
    """Complex type → name and type of all members that it can have."""

    def members(name: str) -> dict[str, str]:
        if name not in types:
            return extra_members(name)
        base = types[name].base_type
        own = {each.name: each.type for each in types[name].properties}
        return {**(members(base) if base else {}), **own, **extra_members(name)}

    return {name: members(name) for name in (*types, *EXTRA_MEMBERS)}


def undeclared(value: Any, type_name: str, declared: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    """Members of complex values that their types do not declare."""
    local = type_name.removeprefix("Collection(").removesuffix(")").removeprefix("mscrm.")
    for each in value if isinstance(value, list) else [value]:
        if not isinstance(each, dict):
            continue
        own = each.get("@odata.type", f"#{CRM}.{local}").removeprefix(f"#{CRM}.")
        for name, inner in each.items():
            if name.startswith("@"):
                continue
            if name in declared[own]:
                yield from undeclared(inner, declared[own][name], declared)
            else:
                yield f"{own}/{name}"


def test_descriptions_have_exactly_the_members_of_their_class(read: Reader) -> None:
    declared = complex_members(OperationCatalogue().complex_types)
    seen: set[str] = set()

    def check(item: dict[str, Any], class_name: str) -> None:
        class_name = item.get("@odata.type", f"#{CRM}.{class_name}").removeprefix(f"#{CRM}.")
        members, navigation = members_of(class_name), navigation_of(class_name)
        found = {name for name in item if not name.startswith("@") and name not in navigation}
        assert found == set(members), class_name
        seen.add(class_name)
        for name in found:
            assert list(undeclared(item[name], members[name], declared)) == []

    expand = "$expand=Attributes,Keys,OneToManyRelationships,ManyToManyRelationships"
    for table in ("account", "contact", "lead", "team", "email", "activityparty", "fileattachment", "solution"):
        body = read(f"EntityDefinitions(LogicalName='{table}')", expand)
        check(body, "EntityMetadata")
        for navigation, class_name in (
            ("Attributes", "AttributeMetadata"),
            ("Keys", "EntityKeyMetadata"),
            ("OneToManyRelationships", "OneToManyRelationshipMetadata"),
            ("ManyToManyRelationships", "ManyToManyRelationshipMetadata"),
        ):
            for item in body[navigation]:
                check(item, class_name)
    for item in read("GlobalOptionSetDefinitions")["value"]:
        check(item, "OptionSetMetadataBase")
    concrete = {"OptionSetMetadata", "BooleanOptionSetMetadata", "StateAttributeMetadata", "MoneyAttributeMetadata"}
    assert concrete <= seen
    assert all(is_kind_of(name, "MetadataBase") for name in seen)


@pytest.mark.parametrize("kind", list(ColumnType))
def test_every_column_type_has_a_description(kind: ColumnType) -> None:
    column = Column("thing", "new_c", "new_C", kind)
    table = Table("thing", "Thing", "things", "thingid", None, {"new_c": column})
    described = describe_column(column, table, 1)
    class_name = described["@odata.type"].removeprefix(f"#{CRM}.")
    assert set(described) - {"@odata.type"} == set(members_of(class_name))
    assert described["AttributeTypeName"] == {"Value": f"{kind.value}Type"}


def test_a_key_keeps_its_own_schema_name() -> None:
    table = Table("thing", "Thing", "things", "thingid", None, {})
    described = describe_key(AlternateKey("new_key", "Key", ("a", "b"), "new_Key"), table)
    assert (described["SchemaName"], described["KeyAttributes"]) == ("new_Key", ["a", "b"])


def test_the_definition_of_a_table_holds_no_list_of_plain_text(read: Reader) -> None:
    """A client that validates whole definitions accepts lists of objects only (contract 09 §5)."""
    for value in read("EntityDefinitions(LogicalName='account')").values():
        assert not isinstance(value, list) or all(isinstance(each, dict) for each in value)


def test_privileges_of_tables_by_ownership(read: Reader) -> None:
    def privileges(table: str) -> dict[str, dict[str, Any]]:
        found = read(f"EntityDefinitions(LogicalName='{table}')")["Privileges"]
        return {each["PrivilegeType"]: each for each in found}

    assert set(privileges("lead")) == {"Create", "Read", "Write", "Delete", "Assign", "Share", "Append", "AppendTo"}
    assert privileges("lead")["AppendTo"]["Name"] == "prvAppendToLead"
    assert privileges("lead")["Read"]["CanBeBasic"] is True
    assert privileges("task")["Read"]["Name"] == "prvReadActivity"
    assert "Assign" not in privileges("pricelevel")
    assert privileges("pricelevel")["Read"]["CanBeBasic"] is False


def test_a_changed_catalog_is_described_anew() -> None:
    catalog = load_catalog()
    read = Reader(catalog)
    path = "EntityDefinitions(LogicalName='account')"
    assert read(path, "$select=PrimaryImageAttribute")["PrimaryImageAttribute"] == "entityimage"
    catalog.with_parts({(TABLE, "account"): {"primaryImage": None}})
    assert read(path, "$select=PrimaryImageAttribute")["PrimaryImageAttribute"] is None
