"""Definitions as plain tuples: what the JSON files become once, so that a table is bound in a millisecond later.

``compile_*`` reads the shape of the definition files, where everything that follows from a rule may be left out;
``bind_*`` makes the catalog's objects. A compiled value holds text, numbers, tuples and dictionaries alone, so it can
be marshalled.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from dataverse_emulator.metadata.catalog import (
    AlternateKey,
    Column,
    ColumnMap,
    ColumnType,
    ManyToMany,
    OneToMany,
    Option,
    Table,
)

CASCADE_ACTIONS = ("Assign", "Delete", "Merge", "Reparent", "Share", "Unshare", "RollupView")

_EDM_TYPES = {
    "String": "Edm.String",
    "Memo": "Edm.String",
    "EntityName": "Edm.String",
    "MultiSelectPicklist": "Edm.String",
    "Integer": "Edm.Int32",
    "Picklist": "Edm.Int32",
    "State": "Edm.Int32",
    "Status": "Edm.Int32",
    "BigInt": "Edm.Int64",
    "Decimal": "Edm.Decimal",
    "Money": "Edm.Decimal",
    "Double": "Edm.Double",
    "Boolean": "Edm.Boolean",
    "DateTime": "Edm.DateTimeOffset",
    "Lookup": "Edm.Guid",
    "Customer": "Edm.Guid",
    "Owner": "Edm.Guid",
    "Uniqueidentifier": "Edm.Guid",
    "File": "Edm.Guid",
    "Image": "Edm.Binary",
    "ManagedProperty": "mscrm.BooleanManagedProperty",
}
_LOOKUPS = ("Lookup", "Customer", "Owner")
# Rows are unpacked into these; their lengths are a matter of this module alone.
_make_column: Callable[..., Column] = Column
_make_one_to_many: Callable[..., OneToMany] = OneToMany
_TYPES = {str(member): member for member in ColumnType}

# Where the parts that are no plain values stand in a compiled column: a tuple of the arguments of Column after the
# table's name.
_TYPE, _OPTIONS = 2, 19
_CASCADE = 7  # in a compiled 1:N relationship: the number of its cascade settings


def default_property(column: Mapping[str, Any]) -> str | None:
    """The Web API's property name where a definition does not give one; None where the column is no property."""
    kind = column["type"]
    if kind in ("Virtual", "PartyList") or (column.get("attributeOf") and kind in ("String", "EntityName")):
        return None
    name: str = column["logicalName"]
    return f"_{name}_value" if kind in _LOOKUPS else name


def default_edm_type(column: Mapping[str, Any]) -> str | None:
    """The Edm type where a definition does not give one."""
    kind = column["type"]
    if kind == "DateTime" and column.get("format") == column.get("dateTimeBehavior") == "DateOnly":
        return "Edm.Date"
    return _EDM_TYPES.get(kind)


def compile_options(options: Sequence[Mapping[str, Any]]) -> tuple[tuple[Any, ...], ...]:
    """Options as tuples of the arguments of ``Option``; those that have no more than a label stay pairs."""
    rows = []
    for option in options:
        row = (option["value"], option["label"])
        if len(option) > 2:
            row += (option.get("state"), option.get("defaultStatus"), option.get("invariantName"), option.get("more"))  # type: ignore[assignment]  # options with more are longer
        rows.append(row)
    return tuple(rows)


def compile_column(
    column: Mapping[str, Any], table: Mapping[str, Any], option_sets: Mapping[str, tuple[tuple[Any, ...], ...]]
) -> tuple[Any, ...]:
    """One column of a definition file as the arguments of ``Column`` after the table's name."""
    get = column.get
    name, kind = column["logicalName"], column["type"]
    edm_name = column["property"] if "property" in column else default_property(column)
    creatable, updatable = get("validForCreate", True), get("validForUpdate", True)
    options = compile_options(get("options", ()))
    if not options and get("optionSetGlobal"):
        options = option_sets.get(column["optionSet"], ())
    return (
        name,
        get("schemaName", name),
        kind,
        get("displayName"),
        edm_name,
        None if edm_name is None else get("edmType", default_edm_type(column)),
        False if edm_name is None else get("readOnly", kind in _LOOKUPS or not (creatable or updatable)),
        get("required", "None"),
        creatable,
        updatable,
        get("validForRead", True),
        get("format"),
        get("dateTimeBehavior"),
        get("maxLength"),
        get("min"),
        get("max"),
        get("precision"),
        get("precisionSource"),
        get("defaultValue"),
        options,
        get("optionSet"),
        get("optionSetGlobal", False),
        tuple(get("targets", ())),
        get("navigation", {}),
        get("attributeOf"),
        get("isLogical", False),
        name == table["primaryId"],
        name == table.get("primaryName"),
        get("autoNumberFormat"),
        get("sourceType", 0),
        get("introducedVersion"),
        get("isCustom", False),
        get("settings"),
        get("maxSizeInKB"),
        get("canStoreFullImage", False),
    )


def compile_table(
    table: Mapping[str, Any], option_sets: Mapping[str, tuple[tuple[Any, ...], ...]]
) -> tuple[dict[str, Any], tuple[tuple[Any, ...], ...]]:
    """A definition file as the arguments of ``Table`` and its columns."""
    get = table.get
    arguments = {
        "logical_name": table["logicalName"],
        "schema_name": get("schemaName", table["logicalName"]),
        "entity_set_name": get("entitySetName", ""),
        "primary_id": table["primaryId"],
        "primary_name": get("primaryName"),
        "primary_image": get("primaryImage"),
        "object_type_code": get("objectTypeCode"),
        "display_name": get("displayName"),
        "display_collection_name": get("displayCollectionName"),
        "collection_schema_name": get("collectionSchemaName"),
        "logical_collection_name": get("logicalCollectionName"),
        "ownership": get("ownership", "UserOwned"),
        "is_activity": get("isActivity", False),
        "is_intersect": get("isIntersect", False),
        "is_business_process_flow": get("isBusinessProcessFlow", False),
        "base": get("base"),
        "flags": get("flags", {}),
        "keys": tuple(compile_key(key) for key in get("keys", ())),
        "messages": tuple(get("messages", ())),
        "privileges": tuple(get("privileges", ())),
        "transitions": {int(one): tuple(others) for one, others in get("statusTransitions", {}).items()},
        "settings": get("settings"),
    }
    return arguments, tuple(compile_column(column, table, option_sets) for column in table["columns"])


def compile_key(key: Mapping[str, Any]) -> tuple[Any, ...]:
    """An alternate key as the arguments of ``AlternateKey``."""
    name = key["logicalName"]
    return (
        name,
        key.get("displayName", name),
        tuple(key["columns"]),
        key["schemaName"],
        key.get("isActive", True),
        key.get("settings"),
    )


def compile_relationships(
    data: Mapping[str, Any],
) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]], list[dict[str, str]]]:
    """``relationships.json`` as 1:N rows, N:N rows and the cascade settings that the 1:N rows point to."""
    cascades: list[dict[str, str]] = []
    one_to_many = []
    for row in data["oneToMany"]:
        given = row.get("cascade", {})
        cascade = {action: given.get(action, "NoCascade") for action in CASCADE_ACTIONS}
        if cascade not in cascades:
            cascades.append(cascade)
        one_to_many.append(
            (
                row["schemaName"],
                row["referencedTable"],
                row["referencedColumn"],
                row["referencingTable"],
                row["referencingColumn"],
                row.get("referencedNavigation"),
                row.get("referencingNavigation"),
                cascades.index(cascade),
                row.get("isHierarchical", False),
                row.get("isCustom", False),
                row.get("settings"),
            )
        )
    names = ("schemaName", "table1", "table2", "intersectTable", "column1", "column2", "navigation1", "navigation2")
    many_to_many = [
        (*(row[name] for name in names), row.get("isCustom", False), row.get("settings")) for row in data["manyToMany"]
    ]
    return one_to_many, many_to_many, cascades


def compile_column_maps(data: Sequence[Mapping[str, Any]]) -> list[tuple[str, str, tuple[tuple[str, str], ...]]]:
    """``column_maps.json`` as (source table, target table, pairs)."""
    return [
        (row["source"], row["target"], tuple((pair["source"], pair["target"]) for pair in row["columns"]))
        for row in data
    ]


def bind_options(rows: Sequence[tuple[Any, ...]]) -> tuple[Option, ...]:
    """Compiled options as the catalog's."""
    return tuple([Option(*row) for row in rows])


def bind_table(arguments: dict[str, Any], rows: Sequence[tuple[Any, ...]]) -> Table:
    """A compiled table as the catalog's, without navigation properties."""
    name = arguments["logical_name"]
    columns = {row[0]: bind_column(name, row) for row in rows}
    keys = tuple(AlternateKey(*key) for key in arguments["keys"])
    return Table(columns=columns, **{**arguments, "keys": keys})


def bind_head(head: Mapping[str, Any]) -> Table:
    """A table without columns: enough for the description of what its head says."""
    return bind_table(*compile_table({**head, "columns": ()}, {}))


def bind_column(table: str, row: tuple[Any, ...]) -> Column:
    """A compiled column of a table as the catalog's."""
    column = _make_column(
        table, row[0], row[1], _TYPES[row[_TYPE]], *row[_TYPE + 1 : _OPTIONS], (), *row[_OPTIONS + 1 :]
    )
    if row[_OPTIONS]:
        set_options(column, bind_options(row[_OPTIONS]))
    return column


def set_options(column: Column, options: tuple[Option, ...]) -> None:
    """Give a column that nobody uses yet its options."""
    column.options = options
    column.labels = {option.value: option.label for option in options}


def bind_one_to_many(rows: Sequence[tuple[Any, ...]], cascades: Sequence[dict[str, str]]) -> tuple[OneToMany, ...]:
    """Compiled 1:N relationships as the catalog's."""
    return tuple([_make_one_to_many(*row[:_CASCADE], cascades[row[_CASCADE]], *row[_CASCADE + 1 :]) for row in rows])


def bind_many_to_many(rows: Sequence[tuple[Any, ...]]) -> tuple[ManyToMany, ...]:
    """Compiled N:N relationships as the catalog's."""
    return tuple([ManyToMany(*row) for row in rows])


def bind_column_maps(
    rows: Sequence[tuple[str, str, tuple[tuple[str, str], ...]]],
) -> dict[tuple[str, str], tuple[ColumnMap, ...]]:
    """Compiled attribute maps by (source table, target table)."""
    return {(source, target): tuple(ColumnMap(*pair) for pair in pairs) for source, target, pairs in rows}
