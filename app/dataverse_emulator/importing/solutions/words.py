"""What ``customizations.xml`` calls things: types, formats, levels, and the elements of members."""

from __future__ import annotations

from collections.abc import Mapping

CUSTOMIZATIONS, MANIFEST, CONTENT_TYPES = "customizations.xml", "solution.xml", "[Content_Types].xml"
ROOT = "ImportExportXml"

COLUMN_TYPES: Mapping[str, str] = {
    "nvarchar": "String",
    "ntext": "Memo",
    "memo": "Memo",
    "int": "Integer",
    "bigint": "BigInt",
    "timestamp": "BigInt",
    "money": "Money",
    "decimal": "Decimal",
    "float": "Double",
    "bit": "Boolean",
    "datetime": "DateTime",
    "picklist": "Picklist",
    "multiselectpicklist": "MultiSelectPicklist",
    "state": "State",
    "status": "Status",
    "lookup": "Lookup",
    "customer": "Customer",
    "owner": "Owner",
    "partylist": "PartyList",
    "uniqueidentifier": "Uniqueidentifier",
    "primarykey": "Uniqueidentifier",
    "entityname": "EntityName",
    "managedproperty": "ManagedProperty",
    "image": "Image",
    "file": "File",
    "virtual": "Virtual",
}
"""Text of ``Type`` → type of a column."""

TYPE_TEXTS: Mapping[str, str] = {kind: text for text, kind in reversed(list(COLUMN_TYPES.items()))}
"""Type of a column → the first text that stands for it."""

PRIMARY_KEY = "primarykey"
REQUIRED: Mapping[str, str] = {
    "none": "None",
    "recommended": "Recommended",
    "required": "ApplicationRequired",
    "applicationrequired": "ApplicationRequired",
    "systemrequired": "SystemRequired",
}
REQUIRED_TEXTS: Mapping[str, str] = {level: text for text, level in reversed(list(REQUIRED.items()))}
FORMATS: Mapping[str, str] = {
    "text": "Text",
    "textarea": "TextArea",
    "email": "Email",
    "url": "Url",
    "tickersymbol": "TickerSymbol",
    "phone": "Phone",
    "phoneticguide": "PhoneticGuide",
    "versionnumber": "VersionNumber",
    "json": "Json",
    "richtext": "RichText",
    "date": "DateOnly",
    "datetime": "DateAndTime",
    "duration": "Duration",
    "timezone": "TimeZone",
    "language": "Language",
    "locale": "Locale",
    "connection": "Connection",
    "regarding": "Regarding",
}
FORMAT_TEXTS: Mapping[str, str] = {shape: text for text, shape in FORMATS.items()}
BEHAVIORS: Mapping[str, str] = {"1": "UserLocal", "2": "DateOnly", "3": "TimeZoneIndependent"}
BEHAVIOR_TEXTS: Mapping[str, str] = {behavior: text for text, behavior in BEHAVIORS.items()}
OWNERSHIPS: Mapping[str, str] = {
    "UserOwned": "UserOwned",
    "OrgOwned": "OrganizationOwned",
    "TeamOwned": "TeamOwned",
    "BusinessOwned": "BusinessOwned",
}
OWNERSHIP_TEXTS: Mapping[str, str] = {ownership: text for text, ownership in OWNERSHIPS.items()}
SET_TYPES: Mapping[str, str] = {
    "Picklist": "picklist",
    "MultiSelectPicklist": "picklist",
    "State": "state",
    "Status": "status",
    "Boolean": "bit",
}

COLUMN_MEMBERS: tuple[tuple[str, str], ...] = (
    ("precision", "Accuracy"),
    ("precisionSource", "AccuracySource"),
    ("maxSizeInKB", "MaxSizeInKB"),
)
"""Whole numbers of a column's definition and their elements."""

VALID_FOR: tuple[tuple[str, str], ...] = (
    ("validForCreate", "ValidForCreateApi"),
    ("validForUpdate", "ValidForUpdateApi"),
    ("validForRead", "ValidForReadApi"),
)
FOUND = "ValidForAdvancedFind"
"""The word of ``DisplayMask`` for columns that queries of users may name."""

ELEMENTS: Mapping[str, str] = {
    "IsDuplicateDetectionEnabled": "IsDuplicateCheckSupported",
    "HasNotes": "HasRelatedNotes",
    "HasActivities": "HasRelatedActivities",
    "Behavior": "NavPaneDisplayOption",
    "Group": "NavPaneArea",
    "Order": "NavPaneOrder",
}
"""Member of a definition → its element, where that has another name."""

CHANGE_ELEMENTS: Mapping[str, str] = {
    "IsAuditEnabled": "CanModifyAuditSettings",
    "IsGlobalFilterEnabled": "CanModifyGlobalFilterSettings",
    "IsSortableEnabled": "CanModifyIsSortableSettings",
    "IsValidForAdvancedFind": "CanModifySearchSettings",
    "IsValidForQueue": "CanModifyQueueSettings",
    "IsConnectionsEnabled": "CanModifyConnectionSettings",
    "IsDuplicateDetectionEnabled": "CanModifyDuplicateDetectionSettings",
    "IsMailMergeEnabled": "CanModifyMailMergeSettings",
    "IsVisibleInMobile": "CanModifyMobileVisibility",
    "IsVisibleInMobileClient": "CanModifyMobileClientVisibility",
    "IsReadOnlyInMobileClient": "CanModifyMobileClientReadOnly",
    "IsOfflineInMobileClient": "CanModifyMobileClientOffline",
}
"""Managed property → the element that says whether it may be changed."""

KNOWN_PARTS = frozenset(
    {
        *("Entities", "Roles", "Workflows", "FieldSecurityProfiles", "Templates", "EntityMaps", "EntityRelationships"),
        *("OrganizationSettings", "optionsets", "CustomControls", "CustomControlDefaultConfigs"),
        *("SolutionPluginAssemblies", "PluginAssemblies", "PluginTypes", "EntityDataProviders", "EntityDataSources"),
        *("Languages", "WebResources", "Dashboards", "InteractionCentricDashboards", "AppModules"),
        *("AppModuleSiteMaps", "SdkMessageProcessingSteps", "ServiceEndpoints", "ConnectionRoles", "Reports"),
        *("SiteMap", "RibbonDiffXml", "IsvConfig", "MailMergeTemplates", "EmailTemplates", "KBArticleTemplates"),
        *("ContractTemplates", "RoutingRules", "Slas", "ConvertRules", "HierarchyRules", "SimilarityRules"),
        *("MobileOfflineProfiles", "CanvasApps", "Connectors", "connectionreferences"),
        *("environmentvariabledefinitions", "customapis", "EntityAnalyticsConfigs", "AttributeImageConfigs"),
        *("ImportMaps", "DisplayStrings", "complexcontrols", "SdkMessages"),
    }
)
"""The parts that a ``customizations.xml`` may have below its root."""

KNOWN_TABLE_PARTS = frozenset(
    {
        *("Name", "ObjectTypeCode", "EntityInfo", "FormXml", "SavedQueries", "RibbonDiffXml", "Visualizations"),
        *("HierarchyRules", "Strings", "CustomControlDefaultConfigs", "BPFs"),
    }
)
"""The parts that a table may have there."""
