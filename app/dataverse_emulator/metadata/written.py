"""The catalog's objects in the form of the definition files: the way back from ``compiled.py``."""

from __future__ import annotations

from typing import Any

from dataverse_emulator.metadata.catalog import Column, OneToMany, Option
from dataverse_emulator.metadata.relationships import ManyToMany

# Member of a column's definition → attribute of Column, and the value that need not be written.
_COLUMN: tuple[tuple[str, str, Any], ...] = (
    ("displayName", "display_name", None),
    ("required", "required", "None"),
    ("validForCreate", "valid_for_create", True),
    ("validForUpdate", "valid_for_update", True),
    ("validForRead", "valid_for_read", True),
    ("format", "format", None),
    ("dateTimeBehavior", "date_time_behavior", None),
    ("maxLength", "max_length", None),
    ("min", "minimum", None),
    ("max", "maximum", None),
    ("precision", "precision", None),
    ("precisionSource", "precision_source", None),
    ("defaultValue", "default", None),
    ("optionSet", "option_set", None),
    ("optionSetGlobal", "option_set_global", False),
    ("attributeOf", "attribute_of", None),
    ("isLogical", "is_logical", False),
    ("autoNumberFormat", "auto_number_format", None),
    ("sourceType", "source_type", 0),
    ("introducedVersion", "introduced_version", None),
    ("isCustom", "is_custom", False),
    ("settings", "settings", None),
    ("maxSizeInKB", "max_size_kb", None),
    ("canStoreFullImage", "can_store_full_image", False),
)


def write_column(column: Column) -> dict[str, Any]:
    """A column's definition, complete."""
    written: dict[str, Any] = {
        "logicalName": column.logical_name,
        "schemaName": column.schema_name,
        "type": str(column.type),
        "property": column.edm_name,
    }
    if column.edm_name is not None:
        written |= {"edmType": column.edm_type, "readOnly": column.edm_read_only}
    for member, attribute, usual in _COLUMN:
        value = getattr(column, attribute)
        if value != usual:
            written[member] = value
    if column.targets:
        written["targets"] = list(column.targets)
    if column.navigation:
        written["navigation"] = dict(column.navigation)
    if column.options and not column.option_set_global:
        written["options"] = write_options(column.options)
    return written


def write_options(options: tuple[Option, ...]) -> list[dict[str, Any]]:
    """The definitions of options."""
    return [
        {
            name: value
            for name, value in (
                ("value", option.value),
                ("label", option.label),
                ("state", option.state),
                ("defaultStatus", option.default_status),
                ("invariantName", option.invariant_name),
                ("more", option.more),
            )
            if value is not None
        }
        for option in options
    ]


def write_relationship(relationship: OneToMany | ManyToMany) -> dict[str, Any]:
    """A relationship's definition."""
    if isinstance(relationship, ManyToMany):
        written: dict[str, Any] = {
            "schemaName": relationship.schema_name,
            "table1": relationship.table1,
            "table2": relationship.table2,
            "intersectTable": relationship.intersect_table,
            "column1": relationship.column1,
            "column2": relationship.column2,
            "navigation1": relationship.navigation1,
            "navigation2": relationship.navigation2,
        }
    else:
        written = {
            "schemaName": relationship.schema_name,
            "referencedTable": relationship.referenced_table,
            "referencedColumn": relationship.referenced_column,
            "referencingTable": relationship.referencing_table,
            "referencingColumn": relationship.referencing_column,
            "referencedNavigation": relationship.referenced_navigation,
            "referencingNavigation": relationship.referencing_navigation,
            "cascade": dict(relationship.cascade),
            "isHierarchical": relationship.is_hierarchical,
        }
    if relationship.is_custom:
        written["isCustom"] = True
    if relationship.settings:
        written["settings"] = relationship.settings
    return written
