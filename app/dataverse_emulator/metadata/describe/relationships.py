"""Relationships and alternate keys as definitions (contract 07 §3.5, §3.7, §8)."""

from __future__ import annotations

from dataverse_emulator.metadata.catalog import AlternateKey, ManyToMany, OneToMany, Table
from dataverse_emulator.metadata.classes import NAMESPACE
from dataverse_emulator.metadata.describe.values import (
    CUSTOM_VERSION,
    EMPTY_LABEL,
    SYSTEM_VERSION,
    Description,
    apply_settings,
    label,
    managed_property,
    metadata_id,
)
from dataverse_emulator.values import EMPTY_GUID

_MENU: Description = {
    "Behavior": "UseCollectionName",
    "Group": "Details",
    "Order": 10000,
    "IsCustomizable": True,
    "Icon": None,
    "ViewId": EMPTY_GUID,
    "AvailableOffline": True,
    "MenuId": None,
    "QueryApi": None,
    "Label": EMPTY_LABEL,
}


MENUS = ("AssociatedMenuConfiguration", "Entity1AssociatedMenuConfiguration", "Entity2AssociatedMenuConfiguration")
"""Members of relationships that describe the navigation to the rows of one side."""


def relationship_id(schema_name: str) -> str:
    """The ``MetadataId`` of a relationship."""
    return metadata_id("relationship", schema_name)


def describe_relationship(relationship: OneToMany | ManyToMany) -> Description:
    """A relationship as ``OneToManyRelationshipMetadata`` or ``ManyToManyRelationshipMetadata``."""
    if isinstance(relationship, OneToMany):
        return _describe_one_to_many(relationship)
    return _describe_many_to_many(relationship)


def _describe_one_to_many(one: OneToMany) -> Description:
    cascade = one.cascade
    delete = cascade.get("Delete", "RemoveLink")
    described = {
        **_common(one.schema_name, "OneToManyRelationship", one.is_custom),
        "SecurityTypes": "Append",
        "ReferencedAttribute": one.referenced_column,
        "ReferencedEntity": one.referenced_table,
        "ReferencingAttribute": one.referencing_column,
        "ReferencingEntity": one.referencing_table,
        "IsHierarchical": one.is_hierarchical,
        "EntityKey": None,
        "IsRelationshipAttributeDenormalized": False,
        "IsDenormalizedLookup": None,
        "DenormalizedAttributeName": None,
        "RelationshipBehavior": 1,
        "ReferencedEntityNavigationPropertyName": one.referenced_navigation,
        "ReferencingEntityNavigationPropertyName": one.referencing_navigation,
        "IsCustomizable": managed_property(True, "iscustomizable"),
        "AssociatedMenuConfiguration": _MENU,
        "CascadeConfiguration": {
            "Assign": cascade.get("Assign", "NoCascade"),
            "Delete": delete,
            "Archive": delete,
            "Merge": cascade.get("Merge", "NoCascade"),
            "Reparent": cascade.get("Reparent", "NoCascade"),
            "Share": cascade.get("Share", "NoCascade"),
            "Unshare": cascade.get("Unshare", "NoCascade"),
            "RollupView": cascade.get("RollupView", "NoCascade"),
        },
        "RelationshipAttributes": [],
    }
    return _with_settings(described, one)


def _describe_many_to_many(many: ManyToMany) -> Description:
    described = {
        **_common(many.schema_name, "ManyToManyRelationship", many.is_custom),
        "SecurityTypes": "None",
        "Entity1LogicalName": many.table1,
        "Entity2LogicalName": many.table2,
        "IntersectEntityName": many.intersect_table,
        "Entity1IntersectAttribute": many.column1,
        "Entity2IntersectAttribute": many.column2,
        "Entity1NavigationPropertyName": many.navigation1,
        "Entity2NavigationPropertyName": many.navigation2,
        "IsCustomizable": managed_property(True, "iscustomizable"),
        "Entity1AssociatedMenuConfiguration": _MENU,
        "Entity2AssociatedMenuConfiguration": _MENU,
    }
    return _with_settings(described, many)


def _with_settings(described: Description, of: OneToMany | ManyToMany) -> Description:
    """What users set, menus included: of those, the texts of their label and the members that are not the usual."""
    settings = dict(of.settings or {})
    for name in MENUS:
        menu = settings.pop(name, None)
        if menu is not None:
            described[name] = apply_settings(dict(_MENU), menu, f"relationship {name.lower()}", of.schema_name)
    return apply_settings(described, settings, "relationship", of.schema_name)


def _common(schema_name: str, relationship_type: str, custom: bool) -> Description:
    return {
        "@odata.type": f"#{NAMESPACE}.{relationship_type}Metadata",
        "MetadataId": relationship_id(schema_name),
        "HasChanged": None,
        "IsCustomRelationship": custom,
        "IsValidForAdvancedFind": True,
        "SchemaName": schema_name,
        "IsManaged": not custom,
        "RelationshipType": relationship_type,
        "IntroducedVersion": CUSTOM_VERSION if custom else SYSTEM_VERSION,
    }


def key_id(table: str, key: str) -> str:
    """The ``MetadataId`` of an alternate key."""
    return metadata_id("key", table, key)


def describe_key(key: AlternateKey, table: Table) -> Description:
    """An alternate key; its index is ready at once, or could not be made."""
    custom = key.settings is not None or table.flags.get("isCustomEntity", False)
    described = {
        "MetadataId": key_id(table.logical_name, key.logical_name),
        "HasChanged": None,
        "KeyAttributes": list(key.columns),
        "LogicalName": key.logical_name,
        "SchemaName": key.schema_name or key.logical_name,
        "EntityLogicalName": table.logical_name,
        "IsManaged": not custom,
        "IntroducedVersion": CUSTOM_VERSION if custom else SYSTEM_VERSION,
        "EntityKeyIndexStatus": "Active" if key.is_active else "Failed",
        "AsyncJob": EMPTY_GUID,  # inferred: the CSDL says that it is never null
        "IsExportKey": False,
        "IsSecondaryKey": False,
        "IsSynchronous": False,
        "DisplayName": label(key.display_name, "key label", table.logical_name, key.logical_name, managed=not custom),
        "IsCustomizable": managed_property(True, "iscustomizable"),
    }
    return apply_settings(described, key.settings, "key", table.logical_name, key.logical_name)
