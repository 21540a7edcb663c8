"""Relationships of ``customizations.xml`` in the form of the definition files."""

from __future__ import annotations

from typing import Any

from dataverse_emulator.importing.drafts import Definition, Drafts
from dataverse_emulator.importing.files import Element
from dataverse_emulator.importing.solutions.members import TRUE, read_members, text_of, texts_of
from dataverse_emulator.messages.metadata.given import MENU_MEMBERS, label_of
from dataverse_emulator.messages.metadata.relationships import SETTINGS, relationship_part
from dataverse_emulator.metadata.classes import members_of
from dataverse_emulator.metadata.compiled import CASCADE_ACTIONS

MENUS = {
    "OneToMany": {"1": "AssociatedMenuConfiguration"},
    "ManyToMany": {"0": "Entity1AssociatedMenuConfiguration", "1": "Entity2AssociatedMenuConfiguration"},
}
"""Kind of relationship → its roles whose navigation is described → the member that describes it."""


def read_relationship(drafts: Drafts, element: Element) -> None:
    """Add a relationship to the drafts.

    Raises:
        UnreadableFile: a value or a language is no number.
    """
    name, kind = element.get("Name", ""), text_of(element, "EntityRelationshipType")
    roles = {text_of(each, "RelationshipRoleType"): each for each in element.iter("EntityRelationshipRole")}
    if kind == "OneToMany":
        one = _one_to_many(drafts, element, name, roles)
        drafts.one_to_many.append(relationship_part(one, _given(element, kind, roles)))
    elif kind == "ManyToMany":
        many = _many_to_many(element, name, roles)
        drafts.intersects[many["intersectTable"]] = text_of(element, "IntersectEntityName") or name
        drafts.many_to_many.append(relationship_part(many, _given(element, kind, roles)))
    else:
        drafts.report.add(f"relationship {name}", f"not taken: the kind {kind or '(none)'} is not understood")


def _given(element: Element, kind: str, roles: dict[str, Element]) -> dict[str, Any]:
    """What only the description of a relationship knows, in the shape of the Web API."""
    given = read_members(element, members_of(f"{kind}RelationshipMetadata"), SETTINGS, {})
    for role, member in MENUS[kind].items():
        of = roles.get(role)
        if of is not None:
            menu = read_members(of, MENU_MEMBERS, MENU_MEMBERS, {})
            texts = texts_of(of.find("CustomLabels"), "CustomLabel")
            given[member] = {**menu, "Label": label_of(texts)}
    return given


def _one_to_many(drafts: Drafts, element: Element, name: str, roles: dict[str, Element]) -> Definition:
    referenced, referencing = (text_of(element, f"{each}EntityName").lower() for each in ("Referenced", "Referencing"))
    column = text_of(element, "ReferencingAttributeName")
    draft = drafts.tables.get(referencing)
    lookup = draft.columns.get(column.lower()) if draft is not None else None
    target = drafts.tables.get(referenced)
    key = text_of(element, "ReferencedAttributeName").lower() or ("ownerid" if referenced == "owner" else "")
    one: Definition = {
        "schemaName": name,
        "referencedTable": referenced,
        "referencedColumn": key or (target.head["primaryId"] if target is not None else f"{referenced}id"),
        "referencedNavigation": text_of(roles.get("0"), "NavigationPropertyName") or name,
        "referencingTable": referencing,
        "referencingColumn": column.lower(),
        "referencingNavigation": text_of(roles.get("1"), "NavigationPropertyName")
        or _navigation(drafts, referencing, column),
        "cascade": {each: text for each in CASCADE_ACTIONS if (text := text_of(element, f"Cascade{each}"))},
        "isHierarchical": text_of(element, "IsHierarchical") in TRUE,
    }
    is_custom = "_" in column if lookup is None else bool(lookup.get("isCustom"))
    if is_custom:
        one["isCustom"] = True
    if lookup is not None and lookup["type"] in ("Lookup", "Customer") and referenced not in lookup.get("targets", ()):
        lookup["targets"] = [*lookup.get("targets", ()), referenced]
    return one


def _many_to_many(element: Element, name: str, roles: dict[str, Element]) -> Definition:
    first, second = (text_of(element, f"{each}EntityName").lower() for each in ("First", "Second"))
    same = first == second
    return {
        "schemaName": name,
        "table1": first,
        "navigation1": text_of(roles.get("0"), "NavigationPropertyName") or name,
        "table2": second,
        "navigation2": text_of(roles.get("1"), "NavigationPropertyName") or (f"{name}_referenced" if same else name),
        "intersectTable": (text_of(element, "IntersectEntityName") or name).lower(),
        "column1": text_of(element, "FirstAttributeName") or (f"{first}idone" if same else f"{first}id"),
        "column2": text_of(element, "SecondAttributeName") or (f"{second}idtwo" if same else f"{second}id"),
        "isCustom": True,
    }


def _navigation(drafts: Drafts, table: str, column: str) -> str:
    """The name of a lookup's navigation property where the file has none: that of the column (07 §8)."""
    draft = drafts.tables.get(table)
    found = draft.columns.get(column.lower()) if draft is not None else None
    return str(found["schemaName"]) if found is not None and found.get("isCustom") else column.lower()
