"""Every definition can be read and put back: 204, and nothing changes (contract 07 §4, §12 21)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from .conftest import Api, opened
from .defining import CRM, define_of_every_kind, label

LISTS = "Attributes,Keys,OneToManyRelationships,ManyToOneRelationships,ManyToManyRelationships"
SETS = frozenset(
    f"#{CRM}.{kind}AttributeMetadata"
    for kind in ("Picklist", "MultiSelectPicklist", "State", "Status", "Boolean", "EntityName")
)
TABLE = "EntityDefinitions(LogicalName='{}')"
PROJECT = TABLE.format("new_project")


@pytest.fixture(scope="module")
def api() -> Iterator[Api]:
    """The Web API with the standard tables, and what users define of every kind."""
    with opened() as made:
        define_of_every_kind(made)
        yield made


@contextmanager
def nothing_changes(api: Api) -> Iterator[None]:
    """What clients, the catalog and the database say is the same after a block as before it."""

    def state() -> list[Any]:
        fetch = api.service.store.database.fetch
        schema = fetch("SELECT type, name, sql FROM sqlite_master ORDER BY name")
        rows = [fetch(f'SELECT * FROM "{name}" ORDER BY 1, 2') for kind, name, _ in schema if kind == "table"]
        stamp = api.get("RetrieveMetadataChanges(Query=@p)?@p={%22Properties%22:{}}").json()["ServerVersionStamp"]
        sets = ("EntityDefinitions", "RelationshipDefinitions", "GlobalOptionSetDefinitions")
        return [schema, rows, stamp, api.service.catalog.version, *(api.get(name).json() for name in sets)]

    before = state()
    yield
    for one, other in zip(before, state(), strict=True):
        assert one == other


def put_back(api: Api, path: str, whole: dict[str, Any], **headers: str) -> None:
    """Put a definition where it came from."""
    version = api.service.catalog.version
    answer = api.put(path, whole, **headers)
    assert (answer.status, api.service.catalog.version) == (204, version), (path, answer.text)


def tables(api: Api) -> list[str]:
    return [TABLE.format(name) for name in api.names("EntityDefinitions?$select=LogicalName", "LogicalName")]


def cast_of(item: dict[str, Any]) -> str:
    """The class of a column as a segment; the base class says no type."""
    return str(item.get("@odata.type", f"#{CRM}.AttributeMetadata"))[1:]


def columns(api: Api, path: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The columns of a table under their casts, those with options with their option sets."""
    for whole in api.get(f"{path}/Attributes").value:
        place = f"{path}/Attributes({whole['MetadataId']})/{cast_of(whole)}"
        is_choice = whole.get("@odata.type") in SETS
        yield place, api.get(f"{place}?$expand=OptionSet,GlobalOptionSet").json() if is_choice else whole


def decorated(value: Any) -> Any:
    """The same with the types of its complex values written out, as serializers of typed clients do."""
    if isinstance(value, list):
        return [decorated(each) for each in value]
    if not isinstance(value, dict):
        return value
    kind = None
    if "LocalizedLabels" in value:
        kind = "Label"
    elif "LanguageCode" in value:
        kind = "LocalizedLabel"
    elif "CanBeChanged" in value:
        is_level = isinstance(value["Value"], str)
        kind = "AttributeRequiredLevelManagedProperty" if is_level else "BooleanManagedProperty"
    elif "RollupView" in value:
        kind = "CascadeConfiguration"
    elif "PrivilegeId" in value:
        kind = "SecurityPrivilegeMetadata"
    inner = {name: decorated(each) for name, each in value.items()}
    return inner if kind is None else {"@odata.type": f"#{CRM}.{kind}", **inner}


def test_every_table_comes_back(api: Api) -> None:
    with nothing_changes(api):
        for path in tables(api):
            put_back(api, path, api.get(path).json())


def test_every_table_comes_back_with_all_that_it_has(api: Api) -> None:
    with nothing_changes(api):
        for path in tables(api):
            put_back(api, path, api.get(f"{path}?$expand={LISTS}").json())


def test_every_column_comes_back_through_its_cast(api: Api) -> None:
    with nothing_changes(api):
        for path in tables(api):
            for place, whole in columns(api, path):
                put_back(api, place, whole)


def test_every_relationship_comes_back_through_its_cast(api: Api) -> None:
    with nothing_changes(api):
        for whole in api.get("RelationshipDefinitions").value:
            put_back(api, f"RelationshipDefinitions({whole['MetadataId']})/{cast_of(whole)}", whole)


def test_every_key_comes_back(api: Api) -> None:
    with nothing_changes(api):
        paths = [f"{path}/Keys({key['MetadataId']})" for path in tables(api) for key in api.get(f"{path}/Keys").value]
        assert len(paths) > 5
        for path in paths:
            put_back(api, path, api.get(path).json())


def test_every_global_option_set_comes_back(api: Api) -> None:
    with nothing_changes(api):
        for whole in api.get("GlobalOptionSetDefinitions").value:
            put_back(api, f"GlobalOptionSetDefinitions({whole['MetadataId']})", whole)


@pytest.mark.parametrize("merge", ["true", "false"])
def test_types_of_complex_values_and_contexts_may_be_sent(api: Api, merge: str) -> None:
    """What the standard tables and users' own have, under both ways with labels."""
    names = ("new_project", "new_call", "new_event", "new_setting", "account", "task", "systemuser")
    headers = {"MSCRM.MergeLabels": merge}
    with nothing_changes(api):
        for path in map(TABLE.format, names):
            whole = api.get(path).json()
            bare = {name: value for name, value in whole.items() if name != "@odata.context"}
            put_back(api, path, {**decorated(bare), "@odata.type": f"{CRM}.EntityMetadata"}, **headers)
            put_back(api, path, {"@odata.context": whole["@odata.context"], **decorated(bare)}, **headers)
            for place, inner in columns(api, path):
                column_path, _, cast = place.rpartition("/")
                put_back(api, column_path, {**decorated(inner), "@odata.type": cast}, **headers)
        for whole in api.get("RelationshipDefinitions").value[::50]:
            put_back(api, f"RelationshipDefinitions({whole['MetadataId']})", decorated(whole), **headers)


def test_a_key_has_its_label_changed_and_nothing_else(api: Api) -> None:
    path = f"{PROJECT}/Keys(LogicalName='new_k')"
    whole = api.get(path).json()
    assert api.put(path, {**whole, "DisplayName": label("Number")}).status == 204
    assert api.get(path).json()["DisplayName"]["UserLocalizedLabel"]["Label"] == "Number"
    with nothing_changes(api):
        assert api.put(path, {**whole, "KeyAttributes": ["new_name"]}).error[:2] == (400, "0x8006088F")
        own = api.get(f"{TABLE.format('team')}/Keys").value[0]
        renamed = {**own, "DisplayName": label("Mine")}
        answer = api.put(f"{TABLE.format('team')}/Keys({own['MetadataId']})", renamed)
        assert answer.error[:2] == (400, "0x8006088F")
