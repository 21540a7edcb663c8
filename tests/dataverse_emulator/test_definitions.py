"""The shipped definitions: what the files say, that they fit together, and how they are loaded."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import dataverse_fixtures
from dataverse_emulator.errors import BadRequest
from dataverse_emulator.metadata import compiled, definitions, schemas
from dataverse_emulator.metadata.catalog import (
    LOOKUP_TYPES,
    Catalog,
    Column,
    ColumnType,
    NavigationKind,
    Table,
)

FOLDER = Path(dataverse_fixtures.__file__).parent
FACTS = Path(__file__).parents[3] / "shared" / "facts"
TABLE_FILES = sorted((FOLDER / "tables").glob("*.json"))

needs_facts = pytest.mark.skipif(not FACTS.is_dir(), reason="the folder of facts is not beside this checkout")


def load(name: str) -> Any:
    """A file of the definitions."""
    return json.loads((FOLDER / name).read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    """The shipped catalog."""
    return definitions.load_catalog()


@pytest.fixture(scope="module")
def tables(catalog: Catalog) -> dict[str, Table]:
    """All tables by logical name."""
    return {name: catalog.table(name) for name in catalog.table_names}


def columns_of(tables: dict[str, Table]) -> Iterator[tuple[Table, Column]]:
    """Every column of every table."""
    for table in tables.values():
        for column in table.columns.values():
            yield table, column


# -- the files


@pytest.mark.parametrize("path", TABLE_FILES, ids=lambda path: path.stem)
def test_table_file_fits_the_schema(path: Path) -> None:
    data = json.loads(path.read_text(encoding="utf-8"))
    assert schemas.validate_table(data) == []
    assert data["logicalName"] == path.stem


@pytest.mark.parametrize(
    ("name", "schema"),
    [
        ("relationships.json", schemas.RelationshipsSchema()),
        ("column_maps.json", schemas.ColumnMapSchema(many=True)),
        ("operations.json", schemas.OperationsSchema()),
    ],
)
def test_other_files_fit_their_schemas(name: str, schema: Any) -> None:
    assert schemas.check(schema, load(name)) == []


def test_option_sets_fit_the_schema() -> None:
    assert schemas.validate_option_sets(load("optionsets.json")) == []


@pytest.mark.parametrize("path", TABLE_FILES, ids=lambda path: path.stem)
def test_table_file_has_one_column_a_line(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    columns = [json.loads(line.rstrip(",")) for line in lines if line.startswith('  {"logicalName"')]
    assert columns == json.loads(path.read_text(encoding="utf-8"))["columns"]


# -- consistency of the whole


def test_all_tables_are_there(catalog: Catalog) -> None:
    assert len(catalog.table_names) == len(TABLE_FILES) >= 223


def test_entity_set_names_and_type_codes_are_unique(tables: dict[str, Table]) -> None:
    names = [table.entity_set_name for table in tables.values()]
    codes = [table.object_type_code for table in tables.values()]
    assert len(set(names)) == len(names)
    assert len(set(codes)) == len(codes)
    assert None not in codes


def test_every_lookup_target_is_a_table(tables: dict[str, Table]) -> None:
    wrong = [(column, target) for _, column in columns_of(tables) for target in column.targets if target not in tables]
    assert wrong == []


def test_every_navigation_of_a_column_has_a_relationship(catalog: Catalog, tables: dict[str, Table]) -> None:
    known = {
        (one.referencing_table, one.referencing_column, one.referenced_table): one.referencing_navigation
        for table in tables
        for one in catalog.parents_of(table)
    }
    declared = {
        (table.logical_name, column.logical_name, target): name
        for table, column in columns_of(tables)
        for target, name in column.navigation.items()
    }
    assert declared == known


def test_relationships_name_existing_columns(catalog: Catalog, tables: dict[str, Table]) -> None:
    for name in tables:
        for one in catalog.children_of(name):
            assert one.referenced_column in tables[one.referenced_table].columns, one
            assert one.referencing_column in tables[one.referencing_table].columns, one
            assert set(one.cascade) == set(compiled.CASCADE_ACTIONS), one


def test_many_to_many_relationships_name_existing_columns(catalog: Catalog, tables: dict[str, Table]) -> None:
    links = {link.schema_name: link for name in tables for link in catalog.links_of(name)}
    assert len(links) >= 35
    for link in links.values():
        intersect = tables[link.intersect_table]
        assert intersect.entity_set_name
        for name in (link.column1, link.column2):
            column = intersect.column(name)
            assert column.type in (ColumnType.UNIQUEIDENTIFIER, ColumnType.LOOKUP)
            assert column.is_stored


def test_self_relationships_have_two_navigation_properties(catalog: Catalog) -> None:
    links = [link for name in catalog.table_names for link in catalog.links_of(name) if link.table1 == link.table2]
    assert links
    for link in links:
        assert link.navigation1 != link.navigation2


def test_relationship_names_are_unique() -> None:
    data = load("relationships.json")
    names = [row["schemaName"].lower() for row in (*data["oneToMany"], *data["manyToMany"])]
    assert len(set(names)) == len(names)


def test_navigation_names_are_unique_on_their_table(catalog: Catalog, tables: dict[str, Table]) -> None:
    for name in tables:
        names = [one.referencing_navigation for one in catalog.parents_of(name)]
        names += [one.referenced_navigation for one in catalog.children_of(name)]
        for link in catalog.links_of(name):
            names += [link.navigation1] if link.table1 == name else []
            names += [link.navigation2] if link.table2 == name else []
        assert len(set(names)) == len(names), name


def test_no_navigation_name_is_a_property_of_the_table(tables: dict[str, Table]) -> None:
    clashes = {name: set(table.properties) & set(table.navigation) for name, table in tables.items()}
    assert {name: both for name, both in clashes.items() if both} == {}


def test_every_property_has_a_type(tables: dict[str, Table]) -> None:
    assert [c for _, c in columns_of(tables) if c.edm_name is not None and c.edm_type is None] == []


def test_states_and_reasons_belong_together(tables: dict[str, Table]) -> None:
    for name, table in tables.items():
        assert (table.state is None) == (table.status is None), name
        if table.state is None or table.status is None:
            continue
        states = {option.value for option in table.state.options}
        of_status = {option.value: option.state for option in table.status.options}
        assert table.state.default in states, name
        for option in table.state.options:
            assert of_status.get(option.default_status or 0, "none") == option.value, (name, option)
        assert set(of_status.values()) <= states, name


def test_companion_columns_point_to_a_column_of_the_table(tables: dict[str, Table]) -> None:
    wrong = [c for t, c in columns_of(tables) if c.attribute_of is not None and c.attribute_of not in t.columns]
    assert wrong == []


def test_global_options_come_from_the_set(catalog: Catalog, tables: dict[str, Table]) -> None:
    seen = 0
    for _, column in columns_of(tables):
        if column.option_set_global:
            assert column.options == catalog.option_set(column.option_set or ""), column
            seen += 1
    assert seen > 20


def test_column_maps_name_existing_columns(tables: dict[str, Table], catalog: Catalog) -> None:
    for row in load("column_maps.json"):
        for pair in catalog.column_maps(row["source"], row["target"]):
            assert pair.source in tables[row["source"]].columns, (row["source"], pair)
            assert pair.target in tables[row["target"]].columns, (row["target"], pair)


# -- loading


def test_a_lookup_is_read_under_its_value_name(catalog: Catalog) -> None:
    column = catalog.table("lead").column("customerid")
    assert (column.edm_name, column.edm_type, column.edm_read_only) == ("_customerid_value", "Edm.Guid", True)
    assert column.is_polymorphic
    assert column.navigation == {"account": "customerid_account", "contact": "customerid_contact"}


def test_each_catalog_has_its_own_tables() -> None:
    source = definitions.PackagedDefinitions()
    assert Catalog(source).table("lead") is not Catalog(source).table("lead")


def test_unknown_table_is_an_error_of_the_platform(catalog: Catalog) -> None:
    assert catalog.find("nosuchtable") is None
    with pytest.raises(BadRequest, match="nosuchtable"):
        catalog.table("nosuchtable")


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache folder."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("DATAVERSE_EMULATOR_CACHE", str(folder))
    return folder


def test_compiled_definitions_are_kept(cache: Path) -> None:
    first = definitions.load_catalog()
    (kept,) = cache.iterdir()
    before = kept.stat().st_mtime_ns
    second = definitions.load_catalog()
    assert kept.stat().st_mtime_ns == before
    assert_same_table(first.table("lead"), second.table("lead"))


@pytest.mark.parametrize("damage", [b"", b"xyz", b"\0" * 5000], ids=["empty", "short", "zeros"])
def test_a_damaged_cache_is_made_again(cache: Path, damage: bytes) -> None:
    definitions.load_catalog()
    (kept,) = cache.iterdir()
    whole = kept.read_bytes()
    kept.write_bytes(damage)
    assert definitions.load_catalog().table("lead").primary_id == "leadid"
    assert kept.read_bytes() == whole


def test_definitions_load_without_a_cache(catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATAVERSE_EMULATOR_CACHE", "off")
    assert_same_table(definitions.load_catalog().table("account"), catalog.table("account"))


def test_fingerprint_changes_with_any_file(tmp_path: Path) -> None:
    (tmp_path / "tables").mkdir()
    file = tmp_path / "tables" / "lead.json"
    seen = {definitions.definitions_fingerprint(str(tmp_path))}
    for text in ("{}", '{"logicalName": "lead"}'):
        file.write_text(text)
        seen.add(definitions.definitions_fingerprint(str(tmp_path)))
    file.rename(tmp_path / "tables" / "account.json")
    seen.add(definitions.definitions_fingerprint(str(tmp_path)))
    (tmp_path / "optionsets.json").write_text("[]")
    seen.add(definitions.definitions_fingerprint(str(tmp_path)))
    assert len(seen) == 5
    assert definitions.definitions_fingerprint(str(tmp_path)) in seen


def assert_same_table(one: Table, other: Table) -> None:
    """Two tables of different catalogs say the same."""
    assert list(one.columns) == list(other.columns)
    for name, column in one.columns.items():
        for slot in Column.__slots__:
            assert getattr(column, slot) == getattr(other.columns[name], slot), (name, slot)
    assert one.flags == other.flags
    assert one.navigation == other.navigation


# -- the facts that the files were made from


def facts_of(name: str) -> dict[str, Any]:
    """Columns of a table as the facts have them."""
    data = json.loads((FACTS / "tables" / f"{name}.json").read_text(encoding="utf-8"))
    return {column["logicalName"].lower(): column for column in data["columns"]}


@needs_facts
@pytest.mark.parametrize("path", TABLE_FILES, ids=lambda path: path.stem)
def test_columns_agree_with_the_facts(tables: dict[str, Table], path: Path) -> None:
    """Types, lengths, ranges and names are facts; what was changed on purpose stands below."""
    changed = {("discount", "statuscode"), ("discount", "statuscodename"), ("service", "initialstatuscode")}
    table = tables[path.stem]
    for name, fact in facts_of(path.stem).items():
        if (table.logical_name, name) in changed:
            continue
        column = table.column(name)
        properties = {"name": None, "type": None, **(fact["odata"] or {})}
        assert (column.edm_name or "").lower() == (properties["name"] or "").lower(), column
        assert (column.type, column.edm_type) == (fact["type"], properties["type"]), column
        assert (column.max_length, column.minimum, column.maximum, column.precision) == (
            fact.get("maxLength"),
            fact.get("min"),
            fact.get("max"),
            fact.get("precision"),
        ), column
        assert (column.required, column.valid_for_create, column.valid_for_update, column.valid_for_read) == (
            fact["required"],
            fact["validForCreate"],
            fact["validForUpdate"],
            fact["validForRead"],
        ), column
        if fact["type"] in LOOKUP_TYPES:
            assert set(fact.get("targets") or ()) <= set(column.targets), column
        if column.type is not ColumnType.ENTITY_NAME:
            assert {option["value"] for option in fact.get("options") or ()} <= set(column.labels), column


# Someone had switched these off where the facts were recorded (contract 06 §8)
ASSIGNED_WITH_LEAD = {
    f"Lead_{activities}"
    for activities in (
        "Appointments",
        "Emails",
        "Faxes",
        "Letters",
        "Phonecalls",
        "RecurringAppointmentMasters",
        "Tasks",
    )
}


@needs_facts
def test_relationships_agree_with_the_facts(catalog: Catalog) -> None:
    facts = json.loads((FACTS / "relationships.json").read_text(encoding="utf-8"))
    ours = {one.schema_name: one for table in catalog.table_names for one in catalog.children_of(table)}
    left_out = {fact["schemaName"] for fact in facts["oneToMany"]} - set(ours)
    assert left_out == {"bulkoperation_CampaignResponses"}  # a second relationship over one lookup
    for fact in facts["oneToMany"]:
        one = ours.get(fact["schemaName"])
        if one is not None:
            assert (one.referenced_table, one.referencing_table) == (fact["referencedTable"], fact["referencingTable"])
            expected = dict(fact["cascade"])
            if fact["schemaName"] in ASSIGNED_WITH_LEAD:
                expected["Assign"] = "Cascade"
            assert expected.items() <= one.cascade.items()
    links = {link.schema_name for table in catalog.table_names for link in catalog.links_of(table)}
    assert {fact["schemaName"] for fact in facts["manyToMany"]} <= links


def test_navigation_kinds(catalog: Catalog) -> None:
    account = catalog.table("account")
    assert account.navigation["primarycontactid"].kind is NavigationKind.MANY_TO_ONE
    assert account.navigation["contact_customer_accounts"].kind is NavigationKind.ONE_TO_MANY
    link = account.navigation["accountleads_association"]
    assert (link.kind, link.near_column, link.far_column) == (NavigationKind.MANY_TO_MANY, "accountid", "leadid")
