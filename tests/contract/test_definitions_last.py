"""Definitions of users last: over restarts of a server on a file, and until a reset (contract 07 §4)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dataverse_emulator.config import Settings
from dataverse_emulator.environment import open_service

from .conftest import Api
from .defining import column, define_of_every_kind, label

LISTS = "Attributes,Keys,OneToManyRelationships,ManyToOneRelationships,ManyToManyRelationships"
PROJECT = "EntityDefinitions(LogicalName='new_project')"
OWN = (PROJECT, *(f"EntityDefinitions(LogicalName='{name}')" for name in ("new_call", "new_event", "account")))


def open_api(database: Path | None) -> Api:
    return Api(open_service(Settings(log_format="none", database=None if database is None else str(database))))


def shown(api: Api) -> list[Any]:
    """All that clients read of definitions, their ids and numbers included, and the schema of the database."""
    sets = ("EntityDefinitions", "RelationshipDefinitions", "GlobalOptionSetDefinitions", "")
    found = [api.get(path).body for path in (*sets, *(f"{path}?$expand={LISTS}" for path in OWN), "$metadata")]
    schema = api.service.store.database.fetch("SELECT name, sql FROM sqlite_master ORDER BY name")
    return [*found, [each for each in schema if not each[0].startswith("emulator_")]]


def test_a_restart_changes_nothing_of_them(tmp_path: Path) -> None:
    first = open_api(tmp_path / "rows.db")
    define_of_every_kind(first)
    path = f"{PROJECT}/Attributes"
    assert first.delete(f"{path}(LogicalName='new_memo')").status == 204
    assert first.post(path, column("Memo", "new_Memo")).status == 204
    name = first.get(f"{path}(LogicalName='new_name')").json()
    assert first.put(f"{path}(LogicalName='new_name')", {**name, "DisplayName": label("Title")}).status == 204
    colours = {"OptionSetName": "new_Colours", "Values": [2, 1]}
    assert first.post("OrderOption", colours).status == 204
    project = first.new("new_projects", new_name="P", new_colour=2)
    before = shown(first)
    first.service.close()
    second = open_api(tmp_path / "rows.db")
    for one, other in zip(before, shown(second), strict=True):
        assert one == other
    assert second.get(f"new_projects({project})?$select=new_colour").json()["new_colour"] == 2
    assert second.new("new_projects", new_name="Q")
    second.service.close()


def test_a_reset_takes_them_back_and_the_same_ones_can_be_made_again(tmp_path: Path) -> None:
    for database in (None, tmp_path / "rows.db"):
        api = open_api(database)
        api.service.clock.freeze(api.service.clock.now())
        start = shown(api)
        define_of_every_kind(api)
        defined = shown(api)
        api.new("new_projects", new_name="P")
        api.service.reset()
        for one, other in zip(start, shown(api), strict=True):
            assert one == other
        define_of_every_kind(api)
        for one, other in zip(defined, shown(api), strict=True):
            assert one == other
        assert api.get("new_projects").value == []
        api.service.close()


def test_a_fresh_environment_knows_nothing_of_another_ones(tmp_path: Path) -> None:
    first = open_api(None)
    start = shown(first)
    define_of_every_kind(first)
    for database in (None, tmp_path / "rows.db"):
        second = open_api(database)
        for one, other in zip(start, shown(second), strict=True):
            assert one == other
        second.service.close()
    first.service.close()
