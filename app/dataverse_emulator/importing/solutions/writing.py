"""Definitions as ``customizations.xml`` (contract 07 §11): what ``reading.py`` reads is what stands here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from dataverse_emulator.importing.files import WITHOUT_BLANKS, Element
from dataverse_emulator.importing.solutions.members import add, add_members, add_texts
from dataverse_emulator.importing.solutions.relationships import MENUS
from dataverse_emulator.importing.solutions.words import OWNERSHIP_TEXTS, ROOT
from dataverse_emulator.importing.solutions.written_columns import add_column, add_option_set
from dataverse_emulator.messages.metadata.given import MENU_MEMBERS, label_of
from dataverse_emulator.messages.metadata.options import SETTINGS as SET_SETTINGS
from dataverse_emulator.messages.metadata.relationships import SETTINGS as RELATIONSHIP_SETTINGS
from dataverse_emulator.messages.metadata.tables import FLAGS
from dataverse_emulator.metadata.catalog import AlternateKey, Catalog, Column, ManyToMany, OneToMany, Table
from dataverse_emulator.metadata.classes import members_of
from dataverse_emulator.metadata.compiled import CASCADE_ACTIONS
from dataverse_emulator.metadata.describe import (
    describe_key,
    describe_option_set,
    describe_relationship,
    describe_table,
)
from dataverse_emulator.metadata.describe.tables import SETTABLE
from dataverse_emulator.metadata.overlay import TABLE, is_whole


@dataclass(slots=True)
class TableContent:
    """What of a table a solution holds. ``has_head``: the table's own members, not its name alone. ``views`` are rows
    of ``savedquery`` by column, name and description by language."""

    table: Table
    has_head: bool = False
    columns: list[Column] = field(default_factory=list)
    keys: list[AlternateKey] = field(default_factory=list)
    views: list[Mapping[str, Any]] = field(default_factory=list)


@dataclass(slots=True)
class Content:
    """What a solution holds, in the order in which it is written."""

    tables: list[TableContent] = field(default_factory=list)
    one_to_many: list[OneToMany] = field(default_factory=list)
    many_to_many: list[ManyToMany] = field(default_factory=list)
    option_sets: list[str] = field(default_factory=list)


def write_customizations(catalog: Catalog, content: Content) -> bytes:
    """The document; the same content gives the same bytes."""
    root = etree.Element(ROOT)
    entities = add(root, "Entities")
    for each in content.tables:
        _add_table(entities, catalog, each)
    for name in ("Roles", "Workflows", "FieldSecurityProfiles", "Templates", "EntityMaps"):
        add(root, name)
    relationships = add(root, "EntityRelationships")
    for one in content.one_to_many:
        _add_one_to_many(relationships, one)
    for many in content.many_to_many:
        _add_many_to_many(relationships, many, catalog.table(many.intersect_table))
    add(root, "OrganizationSettings")
    sets = add(root, "optionsets")
    for name in content.option_sets:
        part = catalog.option_set_part(name)
        described = describe_option_set(name, catalog.option_set(name) or (), part=part)
        element = add_option_set(sets, described, localizedName=str((part or {}).get("displayName", name)))
        add_members(element, members_of("OptionSetMetadata"), SET_SETTINGS, described)
    add(root, "CustomControls")
    add(root, "EntityDataProviders")
    add(add(root, "Languages"), "Language", 1033)
    return to_bytes(root)


def to_bytes(root: Element) -> bytes:
    """A document, indented."""
    etree.indent(root)
    return etree.tostring(root, xml_declaration=True, encoding="utf-8")


def _add_table(parent: Element, catalog: Catalog, content: TableContent) -> None:
    table = content.table
    entity = add(parent, "Entity")
    add(entity, "Name", table.schema_name, LocalizedName=table.display_name or "", OriginalName="")
    info = add(add(entity, "EntityInfo"), "entity", Name=table.schema_name)
    described = describe_table(table, catalog)
    if content.has_head:
        _add_texts_of_table(info, described)
    attributes = add(info, "attributes")
    numbers = {name: number for number, name in enumerate(table.columns, 1)}
    for column in content.columns:
        add_column(attributes, table, column, numbers[column.logical_name])
    if table.entity_set_name:
        add(info, "EntitySetName", table.entity_set_name)
    if content.has_head:
        _add_members_of_table(info, catalog, table, described)
    if content.keys:
        keys = add(info, "EntityKeys")
        for key in content.keys:
            _add_key(keys, key, table)
    if content.views:
        views = add(add(entity, "SavedQueries"), "savedqueries")
        for view in content.views:
            _add_view(views, view)


def _add_texts_of_table(info: Element, described: Mapping[str, Any]) -> None:
    add_texts(info, "LocalizedNames", "LocalizedName", described["DisplayName"])
    add_texts(info, "LocalizedCollectionNames", "LocalizedCollectionName", described["DisplayCollectionName"])
    add_texts(info, "Descriptions", "Description", described["Description"])


def _add_members_of_table(info: Element, catalog: Catalog, table: Table, described: Mapping[str, Any]) -> None:
    """All members of a user's table; of the platform's own what was changed."""
    part = catalog.part(TABLE, table.logical_name) or {}
    names: Iterable[str] = (*FLAGS, *SETTABLE)
    if is_whole(part) or table.flags.get("isCustomEntity", False):
        add(info, "CollectionSchemaName", table.collection_schema_name)
        add(info, "OwnershipTypeMask", OWNERSHIP_TEXTS.get(table.ownership, "None"))
        add(info, "IsActivity", table.is_activity)
    else:
        changed = {name[0].upper() + name[1:] for name in part.get("flags", ())} | set(part.get("settings", ()))
        names = tuple(name for name in names if name in changed)
    add_members(info, members_of("EntityMetadata"), names, described)


def _add_key(parent: Element, key: AlternateKey, table: Table) -> None:
    element = add(parent, "EntityKey")
    add(element, "Name", key.schema_name or key.logical_name)
    add(element, "LogicalName", key.logical_name)
    described = describe_key(key, table)
    add_members(element, members_of("EntityKeyMetadata"), ("IsCustomizable",), described)
    add_texts(element, "displaynames", "displayname", described["DisplayName"])
    columns = add(element, "EntityKeyAttributes")
    for name in key.columns:
        add(columns, "EntityKeyAttribute", name)


def _add_view(parent: Element, view: Mapping[str, Any]) -> None:
    element = add(parent, "savedquery")
    add(element, "savedqueryid", f"{{{view['savedqueryid']}}}")
    for name in ("isquickfindquery", "isdefault"):
        add(element, name, bool(view.get(name)))
    add(element, "querytype", view.get("querytype") or 0)
    for name in ("layoutxml", "fetchxml"):
        _add_inner(element, name, view.get(name))
    add_texts(element, "LocalizedNames", "LocalizedName", label_of(view["name"]))
    add_texts(element, "Descriptions", "Description", label_of(view["description"]))


def _add_inner(parent: Element, name: str, text: Any) -> None:
    """A document inside the document, as it is; text that is none stays text."""
    if not text:
        return
    try:
        inner = etree.fromstring(text, WITHOUT_BLANKS)
    except (etree.XMLSyntaxError, ValueError):
        add(parent, name, text)
        return
    add(parent, name).append(inner)


def _add_relationship(parent: Element, kind: str, relationship: OneToMany | ManyToMany) -> tuple[Element, Any]:
    described = describe_relationship(relationship)
    element = add(parent, "EntityRelationship", Name=relationship.schema_name)
    add(element, "EntityRelationshipType", kind)
    add_members(element, members_of(f"{kind}RelationshipMetadata"), RELATIONSHIP_SETTINGS, described)
    return element, described


def _add_one_to_many(parent: Element, one: OneToMany) -> None:
    element, described = _add_relationship(parent, "OneToMany", one)
    add(element, "IsHierarchical", one.is_hierarchical)
    add(element, "ReferencingEntityName", one.referencing_table)
    add(element, "ReferencedEntityName", one.referenced_table)
    for action in CASCADE_ACTIONS:
        add(element, f"Cascade{action}", one.cascade.get(action, "NoCascade"))
    add(element, "ReferencingAttributeName", one.referencing_column)
    add(element, "ReferencedAttributeName", one.referenced_column)
    _add_roles(element, "OneToMany", described, (one.referenced_navigation, one.referencing_navigation))


def _add_many_to_many(parent: Element, many: ManyToMany, intersect: Table) -> None:
    element, described = _add_relationship(parent, "ManyToMany", many)
    add(element, "FirstEntityName", many.table1)
    add(element, "SecondEntityName", many.table2)
    add(element, "IntersectEntityName", intersect.schema_name)
    add(element, "FirstAttributeName", many.column1)
    add(element, "SecondAttributeName", many.column2)
    _add_roles(element, "ManyToMany", described, (many.navigation1, many.navigation2))


def _add_roles(parent: Element, kind: str, described: Mapping[str, Any], names: Sequence[str | None]) -> None:
    roles = add(parent, "EntityRelationshipRoles")
    for number, name in enumerate(names):
        role = add(roles, "EntityRelationshipRole")
        menu = described.get(MENUS[kind].get(str(number), ""))
        if menu is not None:
            add_members(role, MENU_MEMBERS, MENU_MEMBERS, menu)
            add_texts(role, "CustomLabels", "CustomLabel", menu["Label"])
        if name:
            add(role, "NavigationPropertyName", name)
        add(role, "RelationshipRoleType", number)
