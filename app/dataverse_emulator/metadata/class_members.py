"""The table of definition classes and their members (contract 07 §3). Data only; ``classes.py`` reads it.

Left out of the newer members are those that only the Organization service shows (``PrimaryKey``, ``ClusterMode`` ...):
clients read whole definitions and choke on lists of plain text in a table's definition (contract 09 §5).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ClassNavigation:
    """A navigation property of a definition class; ``contained`` items are reached through their owner alone."""

    name: str
    target: str
    many: bool
    contained: bool


# Class → (base, own properties grouped by type, own navigation properties). A bare type name is one of ours.
CLASSES: dict[str, tuple[str | None, dict[str, str], tuple[ClassNavigation, ...]]] = {
    "MetadataBase": (
        "crmmodelbaseentity",
        {"Edm.Guid": "MetadataId", "Edm.Boolean": "HasChanged"},
        (),
    ),
    "EntityMetadata": (
        "MetadataBase",
        {
            "Edm.Int32": "ActivityTypeMask DaysSinceRecordLastModified ObjectTypeCode OwnerIdType",
            "Edm.Boolean": "AutoRouteToOwnerQueue CanTriggerWorkflow EntityHelpUrlEnabled IsDocumentManagementEnabled "
            "IsOneNoteIntegrationEnabled IsInteractionCentricEnabled IsKnowledgeManagementEnabled IsSLAEnabled "
            "IsBPFEntity IsDocumentRecommendationsEnabled AutoCreateAccessTeams IsActivity IsActivityParty "
            "IsAvailableOffline IsChildEntity IsAIRUpdated IsCustomEntity IsBusinessProcessEnabled "
            "SyncToExternalSearchIndex IsOptimisticConcurrencyEnabled ChangeTrackingEnabled IsImportable IsIntersect "
            "IsManaged IsEnabledForCharts IsEnabledForTrace IsValidForAdvancedFind IsReadingPaneEnabled "
            "IsQuickCreateEnabled IsStateModelAware EnforceStateTransitions IsEnabledForExternalChannels IsPrivate "
            "UsesBusinessDataLabelTable IsLogicalEntity HasActivities HasNotes HasFeedback HasEmailAddresses "
            "IsArchivalEnabled IsMSTeamsIntegrationEnabled IsRetentionEnabled IsRetrieveAuditEnabled "
            "IsRetrieveMultipleAuditEnabled IsSolutionAware",
            "Edm.String": "EntityHelpUrl IconLargeName IconMediumName IconSmallName IconVectorName "
            "MobileOfflineFilters LogicalName PrimaryNameAttribute PrimaryImageAttribute PrimaryIdAttribute "
            "RecurrenceBaseEntityLogicalName ReportViewName SchemaName IntroducedVersion EntityColor "
            "LogicalCollectionName CollectionSchemaName EntitySetName ExternalName ExternalCollectionName SettingOf "
            "TableType",
            "Edm.Guid": "DataProviderId DataSourceId OwnerId OwningBusinessUnit",
            "Edm.DateTimeOffset": "CreatedOn ModifiedOn",
            "OwnershipTypes": "OwnershipType",
            "Label": "Description DisplayCollectionName DisplayName",
            "BooleanManagedProperty": "IsAuditEnabled IsValidForQueue IsConnectionsEnabled IsCustomizable "
            "IsRenameable IsMappable IsDuplicateDetectionEnabled CanCreateAttributes CanCreateForms CanCreateViews "
            "CanCreateCharts CanBeRelatedEntityInRelationship CanBePrimaryEntityInRelationship CanBeInManyToMany "
            "CanBeInCustomEntityAssociation CanEnableSyncToExternalSearchIndex CanModifyAdditionalSettings "
            "CanChangeHierarchicalRelationship CanChangeTrackingBeEnabled IsMailMergeEnabled IsVisibleInMobile "
            "IsVisibleInMobileClient IsReadOnlyInMobileClient IsOfflineInMobileClient",
            "Collection(SecurityPrivilegeMetadata)": "Privileges",
            "Collection(EntitySetting)": "Settings",
        },
        (
            ClassNavigation("Attributes", "AttributeMetadata", many=True, contained=True),
            ClassNavigation("ManyToManyRelationships", "ManyToManyRelationshipMetadata", many=True, contained=False),
            ClassNavigation("ManyToOneRelationships", "OneToManyRelationshipMetadata", many=True, contained=False),
            ClassNavigation("OneToManyRelationships", "OneToManyRelationshipMetadata", many=True, contained=False),
            ClassNavigation("Keys", "EntityKeyMetadata", many=True, contained=True),
        ),
    ),
    "AttributeMetadata": (
        "MetadataBase",
        {
            "Edm.String": "AttributeOf DeprecatedVersion IntroducedVersion EntityLogicalName LogicalName SchemaName "
            "InheritsFrom AutoNumberFormat ExternalName",
            "AttributeTypeCode": "AttributeType",
            "Edm.Int32": "ColumnNumber SourceType",
            "Edm.Boolean": "IsCustomAttribute IsPrimaryId IsPrimaryName IsValidForCreate IsValidForRead "
            "IsValidForUpdate CanBeSecuredForRead CanBeSecuredForCreate CanBeSecuredForUpdate IsSecured IsRetrievable "
            "IsFilterable IsSearchable IsManaged IsLogical IsDataSourceSecret IsRequiredForForm IsValidForForm "
            "IsValidForGrid IsValidODataAttribute",
            "Edm.Guid": "LinkedAttributeId",
            "Edm.DateTimeOffset": "CreatedOn ModifiedOn",
            "AttributeTypeDisplayName": "AttributeTypeName",
            "Label": "Description DisplayName",
            "BooleanManagedProperty": "IsAuditEnabled IsGlobalFilterEnabled IsSortableEnabled IsCustomizable "
            "IsRenameable IsValidForAdvancedFind CanModifyAdditionalSettings",
            "AttributeRequiredLevelManagedProperty": "RequiredLevel",
            "Collection(EntitySetting)": "Settings",
        },
        (),
    ),
    "BigIntAttributeMetadata": ("AttributeMetadata", {"Edm.Int64": "MaxValue MinValue"}, ()),
    "BooleanAttributeMetadata": (
        "AttributeMetadata",
        {"Edm.Boolean": "DefaultValue", "Edm.String": "FormulaDefinition", "Edm.Int32": "SourceTypeMask"},
        (
            ClassNavigation("OptionSet", "BooleanOptionSetMetadata", many=False, contained=True),
            ClassNavigation("GlobalOptionSet", "BooleanOptionSetMetadata", many=False, contained=False),
        ),
    ),
    "DateTimeAttributeMetadata": (
        "AttributeMetadata",
        {
            "Edm.DateTimeOffset": "MinSupportedValue MaxSupportedValue",
            "DateTimeFormat": "Format",
            "ImeMode": "ImeMode",
            "Edm.Int32": "SourceTypeMask",
            "Edm.String": "FormulaDefinition",
            "DateTimeBehavior": "DateTimeBehavior",
            "BooleanManagedProperty": "CanChangeDateTimeBehavior",
        },
        (),
    ),
    "DecimalAttributeMetadata": (
        "AttributeMetadata",
        {
            "Edm.Decimal": "MaxValue MinValue",
            "Edm.Int32": "Precision SourceTypeMask",
            "ImeMode": "ImeMode",
            "Edm.String": "FormulaDefinition",
        },
        (),
    ),
    "DoubleAttributeMetadata": (
        "AttributeMetadata",
        {
            "ImeMode": "ImeMode",
            "Edm.Double": "MaxValue MinValue",
            "Edm.Int32": "Precision SourceTypeMask",
            "Edm.String": "FormulaDefinition",
        },
        (),
    ),
    "EnumAttributeMetadata": (
        "AttributeMetadata",
        {"Edm.Int32": "DefaultFormValue", "Edm.String": "ParentEnumAttributeLogicalName"},
        (
            ClassNavigation("OptionSet", "OptionSetMetadata", many=False, contained=True),
            ClassNavigation("GlobalOptionSet", "OptionSetMetadata", many=False, contained=False),
        ),
    ),
    "EntityNameAttributeMetadata": ("EnumAttributeMetadata", {"Edm.Boolean": "IsEntityReferenceStored"}, ()),
    "MultiSelectPicklistAttributeMetadata": (
        "EnumAttributeMetadata",
        {
            "Edm.String": "FormulaDefinition ParentPicklistLogicalName",
            "Edm.Int32": "SourceTypeMask",
            "Collection(Edm.String)": "ChildPicklistLogicalNames",
        },
        (),
    ),
    "PicklistAttributeMetadata": (
        "EnumAttributeMetadata",
        {
            "Edm.String": "FormulaDefinition ParentPicklistLogicalName",
            "Edm.Int32": "SourceTypeMask",
            "Collection(Edm.String)": "ChildPicklistLogicalNames",
        },
        (),
    ),
    "StateAttributeMetadata": ("EnumAttributeMetadata", {}, ()),
    "StatusAttributeMetadata": ("EnumAttributeMetadata", {}, ()),
    "FileAttributeMetadata": ("AttributeMetadata", {"Edm.Int32": "MaxSizeInKB"}, ()),
    "ImageAttributeMetadata": (
        "AttributeMetadata",
        {
            "Edm.Boolean": "IsPrimaryImage CanStoreFullImage",
            "Edm.Int16": "MaxHeight MaxWidth",
            "Edm.Int32": "MaxSizeInKB",
        },
        (),
    ),
    "IntegerAttributeMetadata": (
        "AttributeMetadata",
        {
            "IntegerFormat": "Format",
            "Edm.Int32": "MaxValue MinValue SourceTypeMask",
            "Edm.String": "FormulaDefinition",
        },
        (),
    ),
    "LookupAttributeMetadata": (
        "AttributeMetadata",
        {"LookupFormat": "Format", "Collection(Edm.String)": "Targets"},
        (),
    ),
    "ManagedPropertyAttributeMetadata": (
        "AttributeMetadata",
        {
            "Edm.String": "ManagedPropertyLogicalName ParentAttributeName",
            "Edm.Int32": "ParentComponentType",
            "AttributeTypeCode": "ValueAttributeTypeCode",
        },
        (),
    ),
    "MemoAttributeMetadata": (
        "AttributeMetadata",
        {
            "StringFormat": "Format",
            "ImeMode": "ImeMode",
            "Edm.Int32": "MaxLength",
            "Edm.Boolean": "IsLocalizable",
            "MemoFormatName": "FormatName",
        },
        (),
    ),
    "MoneyAttributeMetadata": (
        "AttributeMetadata",
        {
            "ImeMode": "ImeMode",
            "Edm.Double": "MaxValue MinValue",
            "Edm.Int32": "Precision PrecisionSource SourceTypeMask",
            "Edm.String": "CalculationOf FormulaDefinition",
            "Edm.Boolean": "IsBaseCurrency",
        },
        (),
    ),
    "StringAttributeMetadata": (
        "AttributeMetadata",
        {
            "StringFormat": "Format",
            "ImeMode": "ImeMode",
            "Edm.Int32": "MaxLength SourceTypeMask DatabaseLength",
            "Edm.String": "YomiOf FormulaDefinition",
            "Edm.Boolean": "IsLocalizable",
            "StringFormatName": "FormatName",
        },
        (),
    ),
    "UniqueIdentifierAttributeMetadata": ("AttributeMetadata", {}, ()),
    "EntityKeyMetadata": (
        "MetadataBase",
        {
            "Edm.String": "LogicalName SchemaName EntityLogicalName IntroducedVersion",
            "Edm.Boolean": "IsManaged IsExportKey IsSecondaryKey IsSynchronous",
            "EntityKeyIndexStatus": "EntityKeyIndexStatus",
            "Edm.Guid": "AsyncJob",
            "Collection(Edm.String)": "KeyAttributes",
            "Label": "DisplayName",
            "BooleanManagedProperty": "IsCustomizable",
        },
        (),
    ),
    "RelationshipMetadataBase": (
        "MetadataBase",
        {
            "Edm.Boolean": "IsCustomRelationship IsValidForAdvancedFind IsManaged",
            "Edm.String": "SchemaName IntroducedVersion",
            "SecurityTypes": "SecurityTypes",
            "RelationshipType": "RelationshipType",
            "BooleanManagedProperty": "IsCustomizable",
        },
        (),
    ),
    "OneToManyRelationshipMetadata": (
        "RelationshipMetadataBase",
        {
            "Edm.String": "ReferencedAttribute ReferencedEntity ReferencingAttribute ReferencingEntity "
            "ReferencedEntityNavigationPropertyName ReferencingEntityNavigationPropertyName EntityKey "
            "DenormalizedAttributeName",
            "Edm.Boolean": "IsHierarchical IsRelationshipAttributeDenormalized IsDenormalizedLookup",
            "Edm.Int32": "RelationshipBehavior",
            "AssociatedMenuConfiguration": "AssociatedMenuConfiguration",
            "CascadeConfiguration": "CascadeConfiguration",
            "Collection(RelationshipAttribute)": "RelationshipAttributes",
        },
        (ClassNavigation("Lookup", "LookupAttributeMetadata", many=False, contained=True),),
    ),
    "ManyToManyRelationshipMetadata": (
        "RelationshipMetadataBase",
        {
            "Edm.String": "Entity1LogicalName Entity2LogicalName IntersectEntityName Entity1IntersectAttribute "
            "Entity2IntersectAttribute Entity1NavigationPropertyName Entity2NavigationPropertyName",
            "AssociatedMenuConfiguration": "Entity1AssociatedMenuConfiguration Entity2AssociatedMenuConfiguration",
        },
        (),
    ),
    "OptionSetMetadataBase": (
        "MetadataBase",
        {
            "Edm.Boolean": "IsCustomOptionSet IsGlobal IsManaged",
            "Edm.String": "Name IntroducedVersion ExternalTypeName",
            "OptionSetType": "OptionSetType",
            "Label": "Description DisplayName",
            "BooleanManagedProperty": "IsCustomizable",
        },
        (),
    ),
    "OptionSetMetadata": (
        "OptionSetMetadataBase",
        {"Edm.String": "ParentOptionSetName", "Collection(OptionMetadata)": "Options"},
        (),
    ),
    "BooleanOptionSetMetadata": ("OptionSetMetadataBase", {"OptionMetadata": "TrueOption FalseOption"}, ()),
    "ManagedPropertyMetadata": (
        "MetadataBase",
        {
            "Edm.String": "LogicalName EnablesEntityName EnablesAttributeName IntroducedVersion",
            "Edm.Boolean": "IsGlobalForOperation IsPrivate",
            "Edm.Int32": "ErrorCode",
            "Label": "DisplayName Description",
            "ManagedPropertyType": "ManagedPropertyType",
            "ManagedPropertyOperation": "Operation",
            "ManagedPropertyEvaluationPriority": "EvaluationPriority",
        },
        (),
    ),
}

ABSTRACT = frozenset({"MetadataBase", "RelationshipMetadataBase"})
"""Classes that no definition has itself."""

EXTRA_MEMBERS: dict[str, dict[str, str]] = {
    "AssociatedMenuConfiguration": {
        "Edm.Boolean": "AvailableOffline IsCustomizable",
        "Edm.String": "Icon MenuId QueryApi",
        "Edm.Guid": "ViewId",
    },
    "CascadeConfiguration": {"CascadeType": "Archive"},
    "EntitySetting": {"Edm.String": "Name Value"},
    "MemoFormatName": {"Edm.String": "Value"},
    "OptionMetadata": {
        "Edm.String": "ExternalValue Tag",
        "Edm.Boolean": "IsHidden",
        "Collection(Edm.Int32)": "ParentValues",
    },
    "RelationshipAttribute": {"Edm.String": "ReferencedAttribute ReferencingAttribute"},
    "SecurityPrivilegeMetadata": {"Edm.Boolean": "CanBeRecordFilter"},
}
"""Members of complex types that newer answers have and the operation catalogue has not."""

NEVER_NULL = frozenset(
    {
        ("DateTimeAttributeMetadata", "MinSupportedValue"),
        ("DateTimeAttributeMetadata", "MaxSupportedValue"),
        ("EntityKeyMetadata", "KeyAttributes"),
        ("EntityKeyMetadata", "EntityKeyIndexStatus"),
        ("EntityKeyMetadata", "AsyncJob"),
        ("LookupAttributeMetadata", "Targets"),
        ("ManagedPropertyAttributeMetadata", "ValueAttributeTypeCode"),
        ("RelationshipMetadataBase", "RelationshipType"),
    }
)
"""(class, member) pairs that the CSDL declares as not nullable."""
