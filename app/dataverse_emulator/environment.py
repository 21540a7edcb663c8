"""Opens an environment: catalog, store with its first rows, service."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Mapping
from typing import Any

from dataverse_emulator.config import Settings
from dataverse_emulator.errors import EmulatorError
from dataverse_emulator.messages.base import Caller, Context
from dataverse_emulator.metadata.catalog import Catalog
from dataverse_emulator.metadata.definitions import PackagedDefinitions, definitions_fingerprint, definitions_folder
from dataverse_emulator.service import DEFAULT_USER_ID, Service
from dataverse_emulator.storage.opening import open_store
from dataverse_emulator.storage.store import Store

BASE_ROWS = "base"

_log = logging.getLogger("dataverse_emulator")


class UnusableFile(Exception):
    """A schema or plug-in file that cannot be used; the text names it."""


class UnknownSeed(Exception):
    """A seed that the emulator does not have; the text lists those it has."""

    def __init__(self, name: str) -> None:
        known = ", ".join(seed_names()) or "none"
        super().__init__(f"There is no seed named '{name}'. Known seeds: {known}.")
        self.name = name


def seed_names() -> tuple[str, ...]:
    """The scenarios that ship with the emulator."""
    names = (name.removesuffix(".json") for name in os.listdir(_rows_folder()) if name.endswith(".json"))
    return tuple(sorted(name for name in names if name != BASE_ROWS))


def open_service(settings: Settings) -> Service:
    """Open the environment that the settings describe.

    A kept image of its first rows is used where there is one; it is made otherwise, and only then are rows loaded.

    Raises:
        UnknownSeed: a seed is not among ``seed_names()``.
        UnusableFile: a schema file cannot be imported or has no room for a seed, a plug-in file cannot be loaded.
        UnusableDatabase: the database file cannot be opened, or another emulator has it.
    """
    for seed in settings.seeds:
        if seed not in seed_names():
            raise UnknownSeed(seed)
    catalog, fingerprint = _open_catalog(settings)
    functions = _load_plugins(settings)
    service = Service(
        catalog,
        open_store(
            catalog,
            settings.database,
            settings.seeds,
            fingerprint,
            lambda store: _fill(catalog, store, settings.seeds),
            lambda store: _complete(catalog, store),
        ),
    )
    for message, function in functions.items():
        service.customs.plug(message, function)
    return service


def _load_plugins(settings: Settings) -> dict[str, Any]:
    """The functions of the plug-in files by message."""
    found: dict[str, Any] = {}
    if settings.plugins:
        from dataverse_emulator.plugins import UnusablePlugin, load_plugins

        for path in settings.plugins:
            try:
                found.update(load_plugins(path))
            except UnusablePlugin as problem:
                raise UnusableFile(str(problem)) from problem
    return found


def _open_catalog(settings: Settings) -> tuple[Catalog, str]:
    """The standard tables with the schema files over them, and a fingerprint of it all."""
    shipped, fingerprint = PackagedDefinitions(), definitions_fingerprint()
    if not settings.schemas:
        return Catalog(shipped), fingerprint
    from dataverse_emulator.importing.files import UnreadableFile
    from dataverse_emulator.importing.schema import schema_source

    replace = settings.schema_mode == "replace"
    try:
        source, fingerprint, lines = schema_source(
            shipped, settings.schemas, fingerprint, replace=replace, needed=_read_rows(BASE_ROWS)
        )
    except UnreadableFile as problem:
        raise UnusableFile(str(problem)) from problem
    for line in lines:
        _log.info("%s", line)
    return Catalog(source), fingerprint


def _fill(catalog: Catalog, store: Store, seeds: Iterable[str]) -> None:
    """Load the rows that every organization has, then those of the seeds, as the administrator.

    Raises:
        UnusableFile: tables that stand in place of the standard ones lack a column of the rows.
    """
    from dataverse_emulator.messages.loading import load_rows

    base = _base_rows(catalog)
    context = _administrator_context(catalog, store, base)
    for name, rows in ((BASE_ROWS, base), *((seed, _read_rows(seed)) for seed in seeds)):
        try:
            with store.transaction():
                load_rows(context, rows)
        except EmulatorError as problem:
            text = f"The rows of {name} do not fit the tables of the schema files: {problem.message}"
            raise UnusableFile(f"{text} Add to the standard tables with --schema-mode merge.") from problem


def _complete(catalog: Catalog, store: Store) -> None:
    """Load the rows of every organization whose tables have none of them: an earlier version had none.

    A table that has one of its rows keeps what it has: the others were taken away.
    """
    from dataverse_emulator.messages.loading import load_rows

    base = _base_rows(catalog)
    missing = {}
    for name, rows in base.items():
        table = catalog.table(name)
        if not any(store.exists(table, row[table.primary_id]) for row in rows):
            missing[name] = rows
    load_rows(_administrator_context(catalog, store, base), missing)


def _base_rows(catalog: Catalog) -> dict[str, list[dict[str, Any]]]:
    from dataverse_emulator.messages.map_rows import map_rows

    return {**_read_rows(BASE_ROWS), **map_rows(catalog)}


def _administrator_context(catalog: Catalog, store: Store, base: Mapping[str, list[dict[str, Any]]]) -> Context:
    administrator = Caller(DEFAULT_USER_ID, base["businessunit"][0]["businessunitid"])
    return Service(catalog, store).context(administrator)


def _read_rows(name: str) -> Mapping[str, list[dict[str, Any]]]:
    import orjson

    with open(os.path.join(_rows_folder(), f"{name}.json"), "rb") as file:
        rows: Mapping[str, list[dict[str, Any]]] = orjson.loads(file.read())
    return rows


def _rows_folder() -> str:
    return os.path.join(definitions_folder(), "rows")
