"""Columns as ``AttributeMetadata`` and its derived classes (contract 07 §3.3, §3.4)."""

from __future__ import annotations

from collections.abc import Callable

from dataverse_emulator.metadata.catalog import Column, ColumnType, Table
from dataverse_emulator.metadata.classes import NAMESPACE
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
    named_value,
)

# Column type → (class, AttributeType). AttributeTypeName is the column type with "Type" at its end.
_CLASSES: dict[ColumnType, tuple[str, str]] = {
    ColumnType.STRING: ("StringAttributeMetadata", "String"),
    ColumnType.MEMO: ("MemoAttributeMetadata", "Memo"),
    ColumnType.INTEGER: ("IntegerAttributeMetadata", "Integer"),
    ColumnType.BIG_INT: ("BigIntAttributeMetadata", "BigInt"),
    ColumnType.DECIMAL: ("DecimalAttributeMetadata", "Decimal"),
    ColumnType.DOUBLE: ("DoubleAttributeMetadata", "Double"),
    ColumnType.MONEY: ("MoneyAttributeMetadata", "Money"),
    ColumnType.BOOLEAN: ("BooleanAttributeMetadata", "Boolean"),
    ColumnType.DATE_TIME: ("DateTimeAttributeMetadata", "DateTime"),
    ColumnType.PICKLIST: ("PicklistAttributeMetadata", "Picklist"),
    ColumnType.MULTI_SELECT: ("MultiSelectPicklistAttributeMetadata", "Virtual"),
    ColumnType.STATE: ("StateAttributeMetadata", "State"),
    ColumnType.STATUS: ("StatusAttributeMetadata", "Status"),
    ColumnType.LOOKUP: ("LookupAttributeMetadata", "Lookup"),
    ColumnType.CUSTOMER: ("LookupAttributeMetadata", "Customer"),
    ColumnType.OWNER: ("LookupAttributeMetadata", "Owner"),
    ColumnType.PARTY_LIST: ("LookupAttributeMetadata", "PartyList"),
    ColumnType.UNIQUEIDENTIFIER: ("UniqueIdentifierAttributeMetadata", "Uniqueidentifier"),
    ColumnType.ENTITY_NAME: ("EntityNameAttributeMetadata", "EntityName"),
    ColumnType.MANAGED_PROPERTY: ("ManagedPropertyAttributeMetadata", "ManagedProperty"),
    ColumnType.IMAGE: ("ImageAttributeMetadata", "Virtual"),
    ColumnType.FILE: ("FileAttributeMetadata", "Virtual"),
    ColumnType.VIRTUAL: ("AttributeMetadata", "Virtual"),
}

_EARLIEST, _LATEST = "1753-01-01T00:00:00Z", "9999-12-30T23:59:59Z"
_LARGEST_INT32 = 2**31 - 1
_LARGEST_INT64 = 2**63 - 1
_LARGEST_DECIMAL = 100_000_000_000
_LARGEST_MONEY = 922_337_203_685_477

_FALSE = {
    "IsFilterable": False,
    "IsSearchable": False,
    "IsSecured": False,
    "IsRequiredForForm": False,
    "IsDataSourceSecret": False,
}


def class_of(column: Column) -> str:
    """The class of a column's definition, without namespace."""
    return _CLASSES[column.type][0]


def column_id(column: Column) -> str:
    """The ``MetadataId`` of a column."""
    return metadata_id("column", column.table, column.logical_name)


def describe_column(column: Column, table: Table, number: int) -> Description:
    """All properties of a column's definition, with its ``@odata.type``; option sets are described apart.

    Args:
        column: the column.
        table: its table.
        number: the place of the column in the table, from 1.
    """
    class_name, attribute_type = _CLASSES[column.type]
    name = column.logical_name
    custom = column.is_custom or (
        table.flags.get("isCustomEntity", False) and column.introduced_version in (None, CUSTOM_VERSION)
    )
    plain = column.attribute_of is None and not column.is_primary_id
    made = (table.settings or {}).get("CreatedOn", SYSTEM_TIME)  # what a new table brings along is as old as the table
    findable = plain and column.valid_for_read and not column.is_logical
    described: Description = {
        "@odata.type": f"#{NAMESPACE}.{class_name}",
        "MetadataId": column_id(column),
        "HasChanged": None,
        "AttributeOf": column.attribute_of,
        "AttributeType": attribute_type,
        "ColumnNumber": number,
        "DeprecatedVersion": None,
        "IntroducedVersion": column.introduced_version or (CUSTOM_VERSION if custom else SYSTEM_VERSION),
        "EntityLogicalName": table.logical_name,
        "IsCustomAttribute": custom,
        "IsPrimaryId": column.is_primary_id,
        "IsValidODataAttribute": column.edm_name is not None,
        "IsPrimaryName": column.is_primary_name,
        "IsValidForCreate": column.valid_for_create,
        "IsValidForRead": column.valid_for_read,
        "IsValidForUpdate": column.valid_for_update,
        "CanBeSecuredForRead": plain,
        "CanBeSecuredForCreate": plain and column.valid_for_create,
        "CanBeSecuredForUpdate": plain and column.valid_for_update,
        **_FALSE,
        "IsRetrievable": column.is_primary_id,
        "IsManaged": not custom,
        "LinkedAttributeId": None,
        "LogicalName": name,
        "IsValidForForm": plain,
        "IsValidForGrid": plain,
        "SchemaName": column.schema_name,
        "ExternalName": None,
        "IsLogical": column.is_logical,
        "InheritsFrom": None,
        "CreatedOn": made,
        "ModifiedOn": made,
        "SourceType": column.source_type,
        "AutoNumberFormat": column.auto_number_format or ("" if column.type is ColumnType.STRING else None),
    }
    own = _OWN.get(column.type)
    if own is not None:
        described.update(own(column))
    described.update(
        {
            "AttributeTypeName": named_value(f"{column.type.value}Type"),
            "Description": EMPTY_LABEL,
            "DisplayName": label(column.display_name, "column label", table.logical_name, name, managed=not custom),
            "IsAuditEnabled": managed_property(plain, "canmodifyauditsettings"),
            "IsGlobalFilterEnabled": managed_property(False, "canmodifyglobalfiltersettings"),
            "IsSortableEnabled": managed_property(False, "canmodifyissortablesettings"),
            "IsCustomizable": managed_property(True, "iscustomizable"),
            "IsRenameable": managed_property(True, "isrenameable"),
            "IsValidForAdvancedFind": managed_property(findable, "canmodifysearchsettings"),
            "RequiredLevel": managed_property(
                column.required, "canmodifyrequirementlevelsettings", column.required != "SystemRequired"
            ),
            "CanModifyAdditionalSettings": managed_property(True, "canmodifyadditionalsettings"),
            "Settings": [],
        }
    )
    return apply_settings(described, column.settings, "column", table.logical_name, name)


def _calculated(column: Column) -> Description:
    """The members that tell how a calculated or rollup column gets its value; formulas are not kept."""
    return {"FormulaDefinition": "", "SourceTypeMask": 0 if column.source_type == 0 else 1}


def _string(column: Column) -> Description:
    length = 100 if column.max_length is None else column.max_length
    shape = column.format or "Text"
    return {
        "Format": shape,
        "ImeMode": "Auto",
        "MaxLength": length,
        "YomiOf": None,
        "IsLocalizable": False,
        "DatabaseLength": 2 * length,
        **_calculated(column),
        "FormatName": named_value(shape),
    }


def _memo(column: Column) -> Description:
    shape = column.format or "TextArea"
    return {
        "Format": shape,
        "ImeMode": "Auto",
        "MaxLength": 2000 if column.max_length is None else column.max_length,
        "IsLocalizable": False,
        "FormatName": named_value(shape),
    }


def _integer(column: Column) -> Description:
    return {
        "Format": column.format or "None",
        "MaxValue": _LARGEST_INT32 if column.maximum is None else int(column.maximum),
        "MinValue": -_LARGEST_INT32 - 1 if column.minimum is None else int(column.minimum),
        **_calculated(column),
    }


def _big_int(column: Column) -> Description:
    return {
        "MaxValue": _LARGEST_INT64 if column.maximum is None else int(column.maximum),
        "MinValue": -_LARGEST_INT64 - 1 if column.minimum is None else int(column.minimum),
    }


def _number(column: Column, largest: int) -> Description:
    return {
        "MaxValue": largest if column.maximum is None else column.maximum,
        "MinValue": -largest if column.minimum is None else column.minimum,
        "Precision": 2 if column.precision is None else column.precision,
        "ImeMode": "Disabled",
        **_calculated(column),
    }


def _decimal(column: Column) -> Description:
    return _number(column, _LARGEST_DECIMAL)


def _money(column: Column) -> Description:
    base_of = column.logical_name.removesuffix("_base")
    is_base = base_of != column.logical_name
    return {
        **_number(column, _LARGEST_MONEY),
        "PrecisionSource": 0 if column.precision_source is None else column.precision_source,
        "CalculationOf": base_of if is_base else None,
        "IsBaseCurrency": is_base,
    }


def _boolean(column: Column) -> Description:
    return {"DefaultValue": bool(column.default), **_calculated(column)}


def _date_time(column: Column) -> Description:
    return {
        "MinSupportedValue": _EARLIEST,
        "MaxSupportedValue": _LATEST,
        "Format": column.format or "DateAndTime",
        "ImeMode": "Inactive",
        **_calculated(column),
        "DateTimeBehavior": named_value(column.date_time_behavior or "UserLocal"),
        "CanChangeDateTimeBehavior": managed_property(column.is_custom, "canchangedatetimebehavior"),
    }


def _choice(column: Column) -> Description:
    return {"DefaultFormValue": _default_option(column), "ParentEnumAttributeLogicalName": None}


def _picklist(column: Column) -> Description:
    return {
        **_choice(column),
        **_calculated(column),
        "ParentPicklistLogicalName": None,
        "ChildPicklistLogicalNames": [],
    }


def _default_option(column: Column) -> int:
    return column.default if isinstance(column.default, int) else -1


def _entity_name(column: Column) -> Description:
    return {**_choice(column), "IsEntityReferenceStored": True}


def _lookup(column: Column) -> Description:
    return {"Targets": list(column.targets), "Format": column.format or "None"}


def _image(column: Column) -> Description:
    return {
        "IsPrimaryImage": column.logical_name == "entityimage",
        "CanStoreFullImage": column.can_store_full_image,
        "MaxHeight": 144,
        "MaxWidth": 144,
        "MaxSizeInKB": column.max_size_kb or 10240,
    }


def _file(column: Column) -> Description:
    return {"MaxSizeInKB": column.max_size_kb or 32768}


def _managed_property(column: Column) -> Description:
    return {
        "ManagedPropertyLogicalName": column.logical_name,
        "ParentAttributeName": None,
        "ParentComponentType": None,
        "ValueAttributeTypeCode": "Boolean",
    }


_OWN: dict[ColumnType, Callable[[Column], Description]] = {
    ColumnType.STRING: _string,
    ColumnType.MEMO: _memo,
    ColumnType.INTEGER: _integer,
    ColumnType.BIG_INT: _big_int,
    ColumnType.DECIMAL: _decimal,
    ColumnType.DOUBLE: _decimal,
    ColumnType.MONEY: _money,
    ColumnType.BOOLEAN: _boolean,
    ColumnType.DATE_TIME: _date_time,
    ColumnType.PICKLIST: _picklist,
    ColumnType.MULTI_SELECT: _picklist,
    ColumnType.STATE: _choice,
    ColumnType.STATUS: _choice,
    ColumnType.ENTITY_NAME: _entity_name,
    ColumnType.LOOKUP: _lookup,
    ColumnType.CUSTOMER: _lookup,
    ColumnType.OWNER: _lookup,
    ColumnType.PARTY_LIST: _lookup,
    ColumnType.IMAGE: _image,
    ColumnType.FILE: _file,
    ColumnType.MANAGED_PROPERTY: _managed_property,
}
"""The members that a class adds to those of every column."""
