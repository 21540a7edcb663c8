"""The archive of a solution as it comes in: read with suspicion, and held against what is here."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass

from dataverse_emulator.errors import error
from dataverse_emulator.importing.drafts import Drafts
from dataverse_emulator.importing.files import Archive, UnreadableFile, is_zip, parse_xml
from dataverse_emulator.importing.solutions.manifest import Manifest, read_manifest
from dataverse_emulator.importing.solutions.reading import read_solution
from dataverse_emulator.importing.solutions.words import CONTENT_TYPES, CUSTOMIZATIONS, MANIFEST
from dataverse_emulator.messages.metadata.solutions import ENTITY, OPTION_SET
from dataverse_emulator.metadata.catalog import Catalog

_FILES = (MANIFEST, CUSTOMIZATIONS, CONTENT_TYPES)


@dataclass(frozen=True, slots=True)
class Package:
    """A solution that came in: what it says of itself, and its schema (empty of a managed one)."""

    manifest: Manifest
    drafts: Drafts


def read_package(file: str) -> Package:
    """The solution of an archive in base64.

    Raises:
        EmulatorError: 0x80048060 for what is no archive of a solution, 0x80048033 for content that cannot be read.
    """
    try:
        data = base64.b64decode(file, validate=True)
    except (binascii.Error, ValueError):
        raise error("ImportCustomizationsBadZipFile", reason="It is not base64.") from None
    if not is_zip(data):
        raise error("ImportCustomizationsBadZipFile", reason="It is not a zip archive.")
    try:
        archive = Archive(data)
    except UnreadableFile as problem:
        raise error("ImportCustomizationsBadZipFile", reason=str(problem)) from problem
    missing = [name for name in _FILES if name not in archive]
    if missing:
        raise error("ImportCustomizationsBadZipFile", reason=f"At its root these files are missing: {missing}.")
    try:
        manifest = read_manifest(parse_xml(archive.read(MANIFEST), MANIFEST))
        parse_xml(archive.read(CONTENT_TYPES), CONTENT_TYPES)
        return Package(manifest, Drafts(is_full=True) if manifest.is_managed else read_solution(archive))
    except UnreadableFile as problem:
        raise error("ImportSolutionError", reason=str(problem)) from problem


def missing_from(catalog: Catalog, drafts: Drafts) -> list[tuple[int, str]]:
    """Type and name of the tables and option sets that a solution needs and that are neither in it nor here."""
    found: dict[tuple[int, str], None] = {}
    names = [each[name] for each in drafts.one_to_many for name in ("referencedTable", "referencingTable")]
    names += [each[name] for each in drafts.many_to_many for name in ("table1", "table2")]
    names += [each["returnedtypecode"] for each in drafts.views]
    for name in names:
        if name not in drafts.tables and catalog.find(name) is None:
            found[ENTITY, name] = None
    for draft in drafts.tables.values():
        if not draft.columns and catalog.find(draft.name) is None:
            found[ENTITY, draft.name] = None
        for column in draft.columns.values():
            for name in column.get("targets", ()):
                if name not in drafts.tables and catalog.find(name) is None:
                    found[ENTITY, name] = None
            name = column.get("optionSet")
            is_shared = column.get("optionSetGlobal") and not column.get("options")
            if is_shared and name not in drafts.option_sets and catalog.option_set(str(name)) is None:
                found[OPTION_SET, str(name)] = None
    return list(found)
