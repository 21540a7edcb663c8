"""The definition files that the emulator ships, as the source of a catalog.

The files are compiled once into one block of bytes that is kept in the user's cache folder under their fingerprint.
A start reads that block and binds single tables out of it; without a usable cache the block is made in memory.
"""

from __future__ import annotations

import hashlib
import marshal
import os
import sys
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import dataverse_fixtures
from dataverse_emulator import __version__, cache_folder
from dataverse_emulator.metadata import compiled
from dataverse_emulator.metadata.catalog import Catalog, ColumnMap, ManyToMany, OneToMany, Option, Table

_FORMAT = "2"
"""To be raised when the compiled form changes in any way."""

_PREFIX = "definitions-"


def definitions_folder() -> str:
    """The folder of the definition files and rows that ship with the emulator."""
    return os.path.dirname(os.path.abspath(dataverse_fixtures.__file__))


def definitions_fingerprint(folder: str | None = None) -> str:
    """A hex digest that changes whenever a file of definitions or rows changes.

    It is taken over names, sizes and times, not contents: a start must not read two hundred files.
    """
    digest = hashlib.blake2b(digest_size=16)
    digest.update(f"{__version__}|{_FORMAT}|{sys.implementation.cache_tag}|{marshal.version}".encode())
    folder = folder or definitions_folder()
    for part in ("", "tables", "rows"):
        path = os.path.join(folder, part)
        if not os.path.isdir(path):
            continue
        found = []
        with os.scandir(path) as entries:
            for entry in entries:
                if entry.name.endswith(".json"):
                    status = entry.stat()
                    found.append(f"{part}/{entry.name}|{status.st_size}|{status.st_mtime_ns}")
        digest.update("\n".join(sorted(found)).encode())
    return digest.hexdigest()


def load_catalog() -> Catalog:
    """A new catalog of the tables that ship with the emulator."""
    return Catalog(PackagedDefinitions())


def load_user_table(data: Mapping[str, Any], option_sets: Mapping[str, tuple[Option, ...]] | None = None) -> Table:
    """The table of a definition that a user wrote, in the form of the files under ``tables/``.

    Args:
        data: the definition.
        option_sets: global option sets that its columns may name.

    Raises:
        ValueError: the definition does not fit the schema; the text lists what is wrong.
    """
    from dataverse_emulator.metadata.schemas import validate_table  # marshmallow is slow to import

    problems = validate_table(data)
    if problems:
        raise ValueError("\n".join(problems))
    sets = {
        name: tuple((option.value, option.label) for option in options) for name, options in (option_sets or {}).items()
    }
    return compiled.bind_table(*compiled.compile_table(data, sets))


class PackagedDefinitions:
    """The definition files of a folder as a ``DefinitionSource``."""

    def __init__(self, folder: str | None = None) -> None:
        self._folder = folder or definitions_folder()
        self._parts = _load_parts(self._folder)
        self._one_to_many: tuple[OneToMany, ...] | None = None
        self._many_to_many: tuple[ManyToMany, ...] | None = None
        self._option_sets: dict[str, tuple[Option, ...]] | None = None
        self._column_maps: dict[tuple[str, str], tuple[ColumnMap, ...]] | None = None

    def table_names(self) -> Mapping[str, str]:
        """Logical name of each table → its entity set name."""
        names: dict[str, str] = self._parts["names"]
        return names

    def load_table(self, logical_name: str) -> Table:
        """A new object for the table of that name, with columns and without navigation properties.

        Raises:
            KeyError: there is no such table.
        """
        return compiled.bind_table(*marshal.loads(self._parts["tables"][logical_name]))

    def one_to_many(self) -> Sequence[OneToMany]:
        """All 1:N relationships."""
        if self._one_to_many is None:
            self._one_to_many = compiled.bind_one_to_many(*marshal.loads(self._parts["one_to_many"]))
        return self._one_to_many

    def many_to_many(self) -> Sequence[ManyToMany]:
        """All N:N relationships."""
        if self._many_to_many is None:
            self._many_to_many = compiled.bind_many_to_many(marshal.loads(self._parts["many_to_many"]))
        return self._many_to_many

    def option_sets(self) -> Mapping[str, tuple[Option, ...]]:
        """The global option sets by name."""
        if self._option_sets is None:
            rows = marshal.loads(self._parts["option_sets"])
            self._option_sets = {name: compiled.bind_options(options) for name, options in rows.items()}
        return self._option_sets

    def option_set_part(self, name: str) -> None:  # noqa: ARG002 - sources share one shape
        """No more is said of the shipped option sets than their options."""
        return

    def column_maps(self) -> Mapping[tuple[str, str], tuple[ColumnMap, ...]]:
        """(source table, target table) → the pairs that are copied."""
        if self._column_maps is None:
            self._column_maps = compiled.bind_column_maps(marshal.loads(self._parts["column_maps"]))
        return self._column_maps


def _load_parts(folder: str) -> dict[str, Any]:
    """The compiled definitions: names, and the other parts still as bytes."""
    name = f"{_PREFIX}{definitions_fingerprint(folder)}.bin"
    block = cache_folder.read(name)
    if block is not None and _is_whole(block):
        parts: dict[str, Any] = marshal.loads(memoryview(block)[4:])
        return parts
    parts = _compile_folder(folder)
    body = marshal.dumps(parts)
    cache_folder.write(name, zlib.crc32(body).to_bytes(4, "big") + body)
    cache_folder.discard_old(_PREFIX, name)
    return parts


def _is_whole(block: bytes) -> bool:
    """A damaged file must not reach marshal, which trusts what it reads."""
    return len(block) > 4 and zlib.crc32(memoryview(block)[4:]) == int.from_bytes(block[:4], "big")


def _compile_folder(folder: str) -> dict[str, Any]:
    import orjson  # not needed when the cache is there

    def load(*path: str) -> Any:
        with open(os.path.join(folder, *path), "rb") as file:
            return orjson.loads(file.read())

    option_sets = {row["name"]: compiled.compile_options(row["options"]) for row in load("optionsets.json")}
    names, tables = {}, {}
    for file_name in sorted(os.listdir(os.path.join(folder, "tables"))):
        if file_name.endswith(".json"):
            data = load("tables", file_name)
            names[data["logicalName"]] = data.get("entitySetName", "")
            tables[data["logicalName"]] = marshal.dumps(compiled.compile_table(data, option_sets))
    one_to_many, many_to_many, cascades = compiled.compile_relationships(load("relationships.json"))
    return {
        "names": names,
        "tables": tables,
        "one_to_many": marshal.dumps((one_to_many, cascades)),
        "many_to_many": marshal.dumps(many_to_many),
        "option_sets": marshal.dumps(option_sets),
        "column_maps": marshal.dumps(compiled.compile_column_maps(load("column_maps.json"))),
    }
