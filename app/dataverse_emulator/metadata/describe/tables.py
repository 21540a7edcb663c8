"""Tables as ``EntityMetadata`` (contract 07 §3.2, §5.3)."""

from __future__ import annotations

from dataverse_emulator.metadata.catalog import Catalog, Table
from dataverse_emulator.metadata.describe.values import (
    CUSTOM_VERSION,
    EMPTY_LABEL,
    SYSTEM_TIME,
    SYSTEM_VERSION,
    Description,
    apply_settings,
    label,
    managed_property,
    metadata_id,
)

_PRIVILEGE_TYPES = ("Create", "Read", "Write", "Delete", "Assign", "Share", "AppendTo", "Append")
_SYSTEM_USER_CODE = 8

# Managed properties whose value is the same for every table: property → (value, can be changed, logical name).
_FIXED_MANAGED = {
    "IsRenameable": managed_property(True, "isrenameable"),
    "CanCreateForms": managed_property(True, "cancreateforms"),
    "CanCreateViews": managed_property(True, "cancreateviews"),
    "CanCreateCharts": managed_property(True, "cancreatecharts"),
    "CanCreateAttributes": managed_property(True, "cancreateattributes", False),
    "CanBeRelatedEntityInRelationship": managed_property(True, "canberelatedentityinrelationship"),
    "CanBePrimaryEntityInRelationship": managed_property(True, "canbeprimaryentityinrelationship"),
    "CanBeInManyToMany": managed_property(True, "canbeinmanytomany"),
    "CanBeInCustomEntityAssociation": managed_property(True, "canbeincustomentityassociation"),
    "CanEnableSyncToExternalSearchIndex": managed_property(True, "canenablesynctoexternalsearchindex"),
    "CanModifyAdditionalSettings": managed_property(True, "canmodifyadditionalsettings"),
    "CanChangeHierarchicalRelationship": managed_property(True, "canchangehierarchicalrelationship"),
    "CanChangeTrackingBeEnabled": managed_property(True, "canchangetrackingbeenabled"),
    "IsMailMergeEnabled": managed_property(False, "canmodifymailmergesettings"),
    "IsVisibleInMobile": managed_property(False, "canmodifymobilevisibility"),
    "IsVisibleInMobileClient": managed_property(False, "canmodifymobileclientvisibility"),
    "IsReadOnlyInMobileClient": managed_property(False, "canmodifymobileclientreadonly"),
    "IsOfflineInMobileClient": managed_property(False, "canmodifymobileclientoffline"),
}

# Settings that no part of the emulator knows: the value of a new table.
_FIXED: Description = {
    "AutoRouteToOwnerQueue": False,
    "EntityHelpUrlEnabled": False,
    "EntityHelpUrl": None,
    "IsOneNoteIntegrationEnabled": False,
    "IsInteractionCentricEnabled": False,
    "IsKnowledgeManagementEnabled": False,
    "IsDocumentRecommendationsEnabled": False,
    "AutoCreateAccessTeams": False,
    "IsAvailableOffline": False,
    "IsAIRUpdated": False,
    "IconLargeName": None,
    "IconMediumName": None,
    "IconSmallName": None,
    "IconVectorName": None,
    "SyncToExternalSearchIndex": False,
    "IsEnabledForCharts": True,
    "IsEnabledForTrace": False,
    "IsValidForAdvancedFind": True,
    "DaysSinceRecordLastModified": 0,
    "MobileOfflineFilters": "",
    "IsReadingPaneEnabled": True,
    "IsQuickCreateEnabled": False,
    "RecurrenceBaseEntityLogicalName": None,
    "EntityColor": None,
    "IsEnabledForExternalChannels": False,
    "UsesBusinessDataLabelTable": False,
    "ExternalName": None,
    "ExternalCollectionName": None,
    "IsArchivalEnabled": False,
    "IsMSTeamsIntegrationEnabled": False,
    "IsRetentionEnabled": False,
    "IsRetrieveAuditEnabled": False,
    "IsRetrieveMultipleAuditEnabled": False,
    "IsSolutionAware": False,
    "SettingOf": None,
    "DataProviderId": None,
    "DataSourceId": None,
    "OwnerId": None,
    "OwnerIdType": _SYSTEM_USER_CODE,
    "OwningBusinessUnit": None,
    "TableType": "Standard",
    "CreatedOn": SYSTEM_TIME,
    "ModifiedOn": SYSTEM_TIME,
}


_MEMO = "description"

SETTABLE = (
    *("DisplayName", "DisplayCollectionName", "Description"),
    *(name for name in _FIXED if name not in ("CreatedOn", "ModifiedOn", "DaysSinceRecordLastModified", "OwnerIdType")),
    *_FIXED_MANAGED,
)
"""Members of a table's definition that only its description knows and that users may set."""


def table_id(logical_name: str) -> str:
    """The ``MetadataId`` of a table."""
    return metadata_id("table", logical_name)


def describe_table(table: Table, catalog: Catalog) -> Description:
    """All properties of a table's ``EntityMetadata``; navigation properties are described apart."""
    del catalog  # the table knows all of it today
    name = table.logical_name
    flags = table.flags
    custom = flags.get("isCustomEntity", False)
    has_label = not table.is_intersect
    described = {
        "MetadataId": table_id(name),
        "HasChanged": None,
        "ActivityTypeMask": int(table.is_activity),  # inferred: 1 for every activity
        **_FIXED,
        "CanTriggerWorkflow": not table.is_intersect,
        "IsDocumentManagementEnabled": flags.get("isDocumentManagementEnabled", False),
        "IsSLAEnabled": flags.get("isSLAEnabled", False),
        "IsBPFEntity": table.is_business_process_flow,
        "IsActivity": table.is_activity,
        "IsActivityParty": flags.get("isActivityParty", False),
        "IsChildEntity": flags.get("isChildEntity", False),
        "IsCustomEntity": custom,
        "IsBusinessProcessEnabled": flags.get("isBusinessProcessEnabled", False),
        "IsOptimisticConcurrencyEnabled": flags.get("isOptimisticConcurrencyEnabled", not table.is_intersect),
        "ChangeTrackingEnabled": flags.get("changeTrackingEnabled", False),
        "IsImportable": flags.get("isImportable", not table.is_intersect),
        "IsIntersect": table.is_intersect,
        "IsManaged": flags.get("isManaged", not custom),
        "LogicalName": name,
        "ObjectTypeCode": table.object_type_code,
        "OwnershipType": table.ownership,
        "PrimaryNameAttribute": table.primary_name,
        "PrimaryImageAttribute": table.primary_image,
        "PrimaryIdAttribute": table.primary_id,
        "ReportViewName": None if table.is_intersect else f"Filtered{table.schema_name}",
        "SchemaName": table.schema_name,
        "IntroducedVersion": CUSTOM_VERSION if custom else SYSTEM_VERSION,
        "IsStateModelAware": flags.get("isStateModelAware", not table.is_intersect),
        "EnforceStateTransitions": flags.get("enforceStateTransitions", False),
        "LogicalCollectionName": table.logical_collection_name,
        "CollectionSchemaName": table.collection_schema_name,
        "EntitySetName": table.entity_set_name or None,
        "IsPrivate": flags.get("isPrivate", False),
        "IsLogicalEntity": flags.get("isLogicalEntity", False),
        "HasActivities": flags.get("hasActivities", False),
        "HasNotes": flags.get("hasNotes", False),
        "HasFeedback": flags.get("hasFeedback", False),
        "HasEmailAddresses": any(column.format == "Email" for column in table.columns.values()),
        "Description": EMPTY_LABEL,
        "DisplayCollectionName": label(
            table.display_collection_name if has_label else None, "tables label", name, managed=not custom
        ),
        "DisplayName": label(table.display_name if has_label else None, "table label", name, managed=not custom),
        "IsAuditEnabled": managed_property(flags.get("isAuditEnabled", False), "canmodifyauditsettings"),
        "IsValidForQueue": managed_property(flags.get("isValidForQueue", False), "canmodifyqueuesettings"),
        "IsConnectionsEnabled": managed_property(
            flags.get("isConnectionsEnabled", False), "canmodifyconnectionsettings"
        ),
        "IsCustomizable": managed_property(flags.get("isCustomizable", True), "iscustomizable"),
        "IsMappable": managed_property(flags.get("isMappable", True), "ismappable", False),
        "IsDuplicateDetectionEnabled": managed_property(
            flags.get("isDuplicateDetectionEnabled", False), "canmodifyduplicatedetectionsettings"
        ),
        **_FIXED_MANAGED,
        "Privileges": _describe_privileges(table),
        "Settings": [],
    }
    return apply_settings(described, table.settings, "table", name)


def kept_description(table: Table, catalog: Catalog) -> Description:
    """``describe_table``, kept with the table: not to be changed by the caller.

    A change of definitions makes new objects of the tables that it concerns, so it outlives changes of others.
    """
    found: Description | None = table.memo.get(_MEMO)
    if found is None:
        found = table.memo[_MEMO] = describe_table(table, catalog)
    return found


def _describe_privileges(table: Table) -> list[Description]:
    """The table's privileges: those of the definitions, else by the rule of 07 §5.3."""
    user_owned = table.ownership in ("UserOwned", "TeamOwned")
    business_owned = table.ownership in ("BusinessOwned", "BusinessParented")
    return [
        {
            "CanBeBasic": user_owned,
            "CanBeDeep": user_owned or business_owned,
            "CanBeGlobal": True,
            "CanBeLocal": user_owned or business_owned,
            "CanBeEntityReference": False,
            "CanBeParentEntityReference": False,
            "Name": name,
            "PrivilegeId": metadata_id("privilege", name),
            "PrivilegeType": next((each for each in _PRIVILEGE_TYPES if name.startswith(f"prv{each}")), "None"),
        }
        for name in table.privileges or _usual_privileges(table, user_owned)
    ]


def _usual_privileges(table: Table, user_owned: bool) -> list[str]:
    if table.is_intersect or table.ownership == "None":
        return []
    of = "Activity" if table.is_activity or table.base == "activitypointer" else table.schema_name
    kinds = ["Create", "Read", "Write", "Delete", "Append", "AppendTo"]
    if user_owned:
        kinds += ["Assign", "Share"]
    return [f"prv{kind}{of}" for kind in kinds]
