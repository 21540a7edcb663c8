"""Schema files: which kind one is, what it describes, and a catalog's definitions with such files laid over them."""

from __future__ import annotations

import codecs
import hashlib
import marshal
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from dataverse_emulator import __version__, cache_folder
from dataverse_emulator.importing.drafts import Drafts
from dataverse_emulator.importing.files import Archive, UnreadableFile, is_zip, parse_xml, read_file
from dataverse_emulator.metadata.catalog import Catalog, DefinitionSource, Parts
from dataverse_emulator.metadata.overlay import TABLE, ChangedDefinitions, is_whole

_PREFIX = "schema-"
_FORMAT = "2"
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_NEEDED = frozenset({"owner", "activitypointer", "activityparty"})  # other tables take columns and rows from these


def read_schema(data: bytes) -> Drafts:
    """What a schema file describes: a ``$metadata`` document, EntityDefinitions JSON or a solution's zip archive.

    Raises:
        UnreadableFile: it is none of these, or not to be trusted.
    """
    if is_zip(data):
        from dataverse_emulator.importing.solutions.reading import read_solution

        return read_solution(Archive(data))
    text = data.lstrip(b"\xef\xbb\xbf \t\r\n")
    if data[:2] in _UTF_16:
        text = data.decode("utf-16", "replace").lstrip().encode()
    if text[:1] in (b"{", b"["):
        from dataverse_emulator.importing.entity_definitions import read_entity_definitions

        return read_entity_definitions(text)
    if text[:1] == b"<":
        root = parse_xml(data)
        if root.tag == "ImportExportXml":
            from dataverse_emulator.importing.solutions.reading import read_customizations

            return read_customizations(root)
        from dataverse_emulator.importing.csdl import read_csdl

        return read_csdl(root)
    raise UnreadableFile("The file is neither a $metadata document, nor EntityDefinitions JSON, nor a solution.")


def import_schema(data: bytes, catalog: Catalog) -> tuple[dict[tuple[str, str], Mapping[str, Any]], list[str]]:
    """The parts that a file adds to a catalog, and what there is to say about it.

    Raises:
        UnreadableFile: as ``read_schema``.
    """
    from dataverse_emulator.importing.merging import merge

    drafts = read_schema(data)
    for each in drafts.views:
        drafts.report.beside(f"table {each['returnedtypecode']}", "SavedQueries not taken: views are rows")
    parts = merge(drafts, catalog)
    return parts, drafts.report.lines


def schema_source(
    shipped: DefinitionSource,
    paths: Sequence[str],
    fingerprint: str,
    *,
    replace: bool = False,
    needed: Iterable[str] = (),
) -> tuple[DefinitionSource, str, list[str]]:
    """Definitions with schema files over them, in order; what the files become is kept in the cache folder.

    Args:
        paths: the files.
        fingerprint: that of the shipped definitions.
        replace: tables of the files stand in place of those of the same name.
        needed: tables that stay and are added to all the same: the emulator's first rows need their columns.

    Returns:
        The definitions, a fingerprint of all of them, and the files' report.

    Raises:
        UnreadableFile: a file cannot be read or taken; the text names it.
    """
    source, lines = shipped, []
    for path in paths:
        data = read_file(path)
        fingerprint = hashlib.blake2b(
            b"|".join((fingerprint.encode(), __version__.encode(), _FORMAT.encode(), b"+-"[replace:][:1], data)),
            digest_size=16,
        ).hexdigest()
        kept = _kept(fingerprint)
        if kept is None:
            hidden = _tables_of(path, data) - _NEEDED - set(needed) if replace else set()
            parts, said = _imported(path, data, _without(source, hidden), fingerprint)
        else:
            parts, said = kept
            hidden = {name for (kind, name), part in parts.items() if kind == TABLE and is_whole(part)}
        source = ChangedDefinitions(_without(source, hidden), parts)
        lines += [f"{path}: {line}" for line in said]
    return source, fingerprint, lines


def summary(parts: Iterable[tuple[str, str]]) -> dict[str, int]:
    """How many parts of each kind there are."""
    found: dict[str, int] = {}
    for kind, _ in parts:
        found[kind] = found.get(kind, 0) + 1
    return found


def _tables_of(path: str, data: bytes) -> set[str]:
    try:
        return set(read_schema(data).tables)
    except UnreadableFile as problem:
        raise UnreadableFile(f"The schema {path} cannot be imported: {problem}") from problem


def _without(source: DefinitionSource, hidden: set[str]) -> DefinitionSource:
    from dataverse_emulator.importing.hiding import WithoutTables

    found = hidden & source.table_names().keys()
    return WithoutTables(source, found) if found else source


def _imported(path: str, data: bytes, source: DefinitionSource, fingerprint: str) -> tuple[Parts, list[str]]:
    from dataverse_emulator.importing.merging import as_plain

    try:
        parts, lines = import_schema(data, Catalog(source))
    except UnreadableFile as problem:
        raise UnreadableFile(f"The schema {path} cannot be imported: {problem}") from problem
    body = marshal.dumps((as_plain(parts), lines))
    cache_folder.write(f"{_PREFIX}{fingerprint}.bin", hashlib.blake2b(body, digest_size=16).digest() + body)
    return parts, lines


def _kept(fingerprint: str) -> tuple[Parts, list[str]] | None:
    block = cache_folder.read(f"{_PREFIX}{fingerprint}.bin")
    if block is None or hashlib.blake2b(block[16:], digest_size=16).digest() != block[:16]:
        return None
    plain, lines = marshal.loads(block[16:])
    return {(kind, name): part for kind, name, part in plain}, lines
