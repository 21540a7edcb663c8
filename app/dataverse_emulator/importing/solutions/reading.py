"""``customizations.xml`` as drafts (contract 07 §11).

A solution holds much more than a schema; every part of it that is not taken stands in the report.
"""

from __future__ import annotations

from typing import Any

from lxml import etree

from dataverse_emulator.importing.choices import read_status_transitions
from dataverse_emulator.importing.drafts import Definition, Drafts, TableDraft
from dataverse_emulator.importing.files import WITHOUT_BLANKS, Archive, Element, UnreadableFile, parse_xml
from dataverse_emulator.importing.solutions.columns import give_settings, read_column, read_options
from dataverse_emulator.importing.solutions.members import (
    TRUE,
    read_members,
    text_of,
    texts_of,
)
from dataverse_emulator.importing.solutions.relationships import read_relationship
from dataverse_emulator.importing.solutions.words import (
    CONTENT_TYPES,
    CUSTOMIZATIONS,
    KNOWN_PARTS,
    KNOWN_TABLE_PARTS,
    MANIFEST,
    OWNERSHIPS,
    ROOT,
)
from dataverse_emulator.messages.metadata.given import base_of, label_of, settings_of
from dataverse_emulator.messages.metadata.given import member as value_of
from dataverse_emulator.messages.metadata.keys import SETTINGS as KEY_SETTINGS
from dataverse_emulator.messages.metadata.names import plural
from dataverse_emulator.messages.metadata.options import SETTINGS as SET_SETTINGS
from dataverse_emulator.messages.metadata.tables import FLAGS
from dataverse_emulator.metadata import compiled
from dataverse_emulator.metadata.catalog import AlternateKey
from dataverse_emulator.metadata.classes import members_of
from dataverse_emulator.metadata.describe import describe_key, describe_option_set
from dataverse_emulator.metadata.describe.tables import SETTABLE

_TAKEN_OF_ENTITY = frozenset({"Name", "ObjectTypeCode", "EntityInfo", "SavedQueries"})


def read_solution(archive: Archive) -> Drafts:
    """The schema of a solution's zip archive.

    Raises:
        UnreadableFile: it has no ``customizations.xml``, or the solution is a managed one.
    """
    if CUSTOMIZATIONS not in archive:
        raise UnreadableFile("The zip archive is no solution: it has no customizations.xml.")
    if MANIFEST in archive:
        manifest = parse_xml(archive.read(MANIFEST), MANIFEST)
        if text_of(manifest.find("SolutionManifest"), "Managed") == "1":
            raise UnreadableFile("The solution is managed; export it as an unmanaged one.")
    drafts = read_customizations(parse_xml(archive.read(CUSTOMIZATIONS), CUSTOMIZATIONS))
    known = {CUSTOMIZATIONS, MANIFEST, CONTENT_TYPES.lower()}
    for name in archive.names:
        if name.lower() not in known:
            drafts.report.beside(f"file {name}", "not taken")
    return drafts


def read_customizations(root: Element) -> Drafts:
    """The schema of a ``customizations.xml``.

    Raises:
        UnreadableFile: it is something else, or a value in it is none.
    """
    if root.tag != ROOT:
        raise UnreadableFile("customizations.xml has an unknown root element.")
    drafts = Drafts(is_full=True, overwrites=True)
    for part in root:
        if part.tag == "Entities":
            for each in part:
                _entity(drafts, each)
        elif part.tag == "EntityRelationships":
            for each in part:
                read_relationship(drafts, each)
        elif part.tag == "optionsets":
            for each in part:
                _option_set(drafts, each)
        elif part.tag == "Languages":
            continue  # the labels say their own
        elif part.tag not in KNOWN_PARTS:
            drafts.report.add(part.tag, "not taken: no part of a solution is called so")
        elif len(part):
            drafts.report.beside(part.tag, f"not taken: {len(part)} {'part' if len(part) == 1 else 'parts'}")
    return drafts


def _entity(drafts: Drafts, element: Element) -> None:
    info = element.find("EntityInfo/entity")
    name = (element.findtext("Name") or "").strip()
    if info is None:
        drafts.report.add(f"table {name}", "it has no EntityInfo: nothing of its schema is in the file")
        return
    schema_name = info.get("Name") or name
    logical = schema_name.lower()
    _parts_beside(drafts, logical, element)
    draft = TableDraft(_head(info, logical, schema_name))
    elements: dict[str, Element] = {}
    for each in info.iterfind("attributes/attribute"):
        column = read_column(drafts.report, draft, each)
        if column is not None:
            draft.columns[column["logicalName"]] = column
            elements[column["logicalName"]] = each
    draft.head.setdefault("primaryId", f"{logical}id")
    draft.given |= _given(info)
    _flags(draft, info)
    statuses = info.iterfind("attributes/attribute/optionset/statuses/status")
    read_status_transitions(drafts.report, draft, [text for each in statuses if (text := each.get("TransitionData"))])
    for column_name, each in elements.items():
        give_settings(draft, draft.columns[column_name], each)
    for each in info.iterfind("EntityKeys/EntityKey"):
        _key(draft, each)
    for each in element.iterfind("SavedQueries/savedqueries/savedquery"):
        drafts.views.append(_view(logical, each))
    drafts.tables[logical] = draft


def _parts_beside(drafts: Drafts, name: str, element: Element) -> None:
    for part in element:
        if part.tag not in KNOWN_TABLE_PARTS:
            drafts.report.add(f"table {name}", f"{part.tag} not taken: no part of a table is called so")
        elif part.tag not in _TAKEN_OF_ENTITY and len(part):
            drafts.report.beside(f"table {name}", f"{part.tag} not taken")


def _head(info: Element, logical: str, schema_name: str) -> Definition:
    collection = text_of(info, "CollectionSchemaName") or plural(schema_name)
    head: Definition = {
        "logicalName": logical,
        "schemaName": schema_name,
        "entitySetName": text_of(info, "EntitySetName"),
        "collectionSchemaName": collection,
        "logicalCollectionName": collection.lower(),
        "ownership": OWNERSHIPS.get(text_of(info, "OwnershipTypeMask"), "None"),
        "flags": {"isCustomEntity": "_" in logical},
    }
    for member, group, tag in (
        ("displayName", "LocalizedNames", "LocalizedName"),
        ("displayCollectionName", "LocalizedCollectionNames", "LocalizedCollectionName"),
    ):
        text = base_of(texts_of(info.find(group), tag))
        if text:
            head[member] = text
    if text_of(info, "IsActivity") == "1":
        head |= {"isActivity": True, "base": "activitypointer", "primaryId": "activityid", "primaryName": "subject"}
    return head


def _given(info: Element) -> dict[str, Any]:
    """The settings of a table that the file tells."""
    given = read_members(info, members_of("EntityMetadata"), SETTABLE, {})
    for member, group, tag in (
        ("DisplayName", "LocalizedNames", "LocalizedName"),
        ("DisplayCollectionName", "LocalizedCollectionNames", "LocalizedCollectionName"),
        ("Description", "Descriptions", "Description"),
    ):
        texts = texts_of(info.find(group), tag)
        if texts:
            given[member] = label_of(texts)
    return given


def _flags(draft: TableDraft, info: Element) -> None:
    """The members that the rest of the program knows as flags, among what the file tells."""
    told = read_members(info, members_of("EntityMetadata"), FLAGS, {})
    draft.given |= {name: value_of(value) for name, value in told.items()}


def _key(draft: TableDraft, element: Element) -> None:
    columns = [(one.text or "").strip().lower() for one in element.iter("EntityKeyAttribute")]
    name = (text_of(element, "LogicalName") or element.get("Name", "")).lower()
    if not name or not columns:
        return
    texts = texts_of(element.find("displaynames"), "displayname")
    schema = text_of(element, "Name") or name
    key: Definition = {"logicalName": name, "schemaName": schema, "columns": columns}
    display = base_of(texts)
    if display:
        key["displayName"] = display
    table = compiled.bind_head(draft.head)
    usual = describe_key(AlternateKey(name, display or name, tuple(columns), schema, True, {}), table)
    kinds = members_of("EntityKeyMetadata")
    given = read_members(element, kinds, ("IsCustomizable",), usual)
    if texts:
        given["DisplayName"] = label_of(texts)
    key["settings"] = settings_of("EntityKeyMetadata", given, usual, KEY_SETTINGS) or {}
    draft.keys[name] = key


def _option_set(drafts: Drafts, element: Element) -> None:
    options = read_options(element)
    if not options:
        return
    name = element.get("Name", "")
    kind = "Boolean" if text_of(element, "OptionSetType") == "bit" else "Picklist"
    texts = texts_of(element.find("displaynames"), "displayname")
    found: Definition = {"name": name, "type": kind, "options": options}
    display = base_of(texts) or element.get("localizedName")
    if display:
        found["displayName"] = display
    if "_" in name:
        found["isCustom"] = True
    usual = describe_option_set(name, compiled.bind_options(compiled.compile_options(options)), part=found)
    given = read_members(element, members_of("OptionSetMetadata"), SET_SETTINGS, usual)
    for member, each in (
        ("DisplayName", texts),
        ("Description", texts_of(element.find("Descriptions"), "Description")),
    ):
        if each:
            given[member] = label_of(each)
    settings = settings_of("OptionSetMetadata", given, usual, SET_SETTINGS)
    if settings:
        found["settings"] = settings
    drafts.option_sets[name] = found


def _view(table: str, element: Element) -> Definition:
    return {
        "savedqueryid": text_of(element, "savedqueryid").strip("{}").lower(),
        "returnedtypecode": table,
        "name": texts_of(element.find("LocalizedNames"), "LocalizedName"),
        "description": texts_of(element.find("Descriptions"), "Description"),
        "querytype": text_of(element, "querytype") or "0",
        "isdefault": text_of(element, "isdefault") in TRUE,
        "isquickfindquery": text_of(element, "isquickfindquery") in TRUE,
        "fetchxml": _inner(element.find("fetchxml")),
        "layoutxml": _inner(element.find("layoutxml")),
    }


def _inner(element: Any) -> str | None:
    """What an element holds as text: an element in it, or the text itself."""
    if element is None:
        return None
    if len(element):
        inner = etree.fromstring(etree.tostring(element[0], with_tail=False), WITHOUT_BLANKS)
        return etree.tostring(inner, encoding="unicode")
    return (element.text or "").strip() or None
