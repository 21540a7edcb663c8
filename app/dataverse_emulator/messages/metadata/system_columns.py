"""What comes along with a new table or column without being asked for (contract 07 §5.3)."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from typing import Any

from dataverse_emulator.messages.metadata.parts import Changes
from dataverse_emulator.metadata.overlay import COLUMN, ONE_TO_MANY

SYSTEM = {"introducedVersion": "5.0.0.0"}
READ_ONLY = {"validForCreate": False, "validForUpdate": False}
CUSTOM = {"isCustom": True, "introducedVersion": "1.0.0.0"}

_DAY_AND_TIME = {"type": "DateTime", "format": "DateAndTime", "dateTimeBehavior": "UserLocal"}
_WITH_YOMI = ("systemuser", "team", "owner", "contact", "account", "lead")


def system_columns(name: str, schema: str, display_name: str | None, ownership: str) -> Iterator[dict[str, Any]]:
    """The columns of a new table that is no activity, but for its primary name."""
    yield _system(
        f"{name}id",
        f"{schema}Id",
        "Uniqueidentifier",
        display_name or schema,
        required="SystemRequired",
        validForUpdate=False,
    )
    for column, schema_name, text in (
        ("createdby", "CreatedBy", "Created By"),
        ("modifiedby", "ModifiedBy", "Modified By"),
        ("createdonbehalfby", "CreatedOnBehalfBy", "Created By (Delegate)"),
        ("modifiedonbehalfby", "ModifiedOnBehalfBy", "Modified By (Delegate)"),
    ):
        yield from _lookup(column, schema_name, text, "systemuser")
    yield _system("createdon", "CreatedOn", "", "Created On", **_DAY_AND_TIME, **READ_ONLY)
    yield _system("modifiedon", "ModifiedOn", "", "Modified On", **_DAY_AND_TIME, **READ_ONLY)
    if ownership == "OrganizationOwned":
        yield from _lookup("organizationid", "OrganizationId", "Organization Id", "organization")
    else:
        yield from _owner_columns()
    yield from _state_columns(name)
    yield _system("versionnumber", "VersionNumber", "BigInt", "Version Number", **READ_ONLY)
    yield _system(
        "importsequencenumber",
        "ImportSequenceNumber",
        "Integer",
        "Import Sequence Number",
        min=-(2**31),
        max=2**31 - 1,
        validForUpdate=False,
    )
    yield _system(
        "overriddencreatedon",
        "OverriddenCreatedOn",
        "",
        "Record Created On",
        **{**_DAY_AND_TIME, "format": "DateOnly"},
        validForUpdate=False,
    )
    for column, schema_name, text in (
        ("timezoneruleversionnumber", "TimeZoneRuleVersionNumber", "Time Zone Rule Version Number"),
        ("utcconversiontimezonecode", "UTCConversionTimeZoneCode", "UTC Conversion Time Zone Code"),
    ):
        yield _system(column, schema_name, "Integer", text, min=-1, max=2**31 - 1)


def _system(name: str, schema: str, kind: str, text: str | None, /, **members: Any) -> dict[str, Any]:
    head = {"logicalName": name, "schemaName": schema, "type": kind or members["type"]}
    return {**head, **({"displayName": text} if text else {}), **SYSTEM, **members}


def _lookup(name: str, schema: str, text: str, target: str) -> Iterator[dict[str, Any]]:
    yield _system(name, schema, "Lookup", text, targets=[target], **READ_ONLY)
    yield from name_columns(name, schema, target, SYSTEM)


def _owner_columns() -> Iterator[dict[str, Any]]:
    yield _system(
        "ownerid",
        "OwnerId",
        "Owner",
        "Owner",
        required="SystemRequired",
        targets=["systemuser", "team"],
        navigation={"owner": "ownerid"},
    )
    yield from name_columns("ownerid", "OwnerId", "owner", SYSTEM)
    yield _system("owneridtype", "OwnerIdType", "EntityName", None, required="SystemRequired", attributeOf="ownerid")
    for column, schema, text, target in (
        ("owningbusinessunit", "OwningBusinessUnit", "Owning Business Unit", "businessunit"),
        ("owninguser", "OwningUser", "Owning User", "systemuser"),
        ("owningteam", "OwningTeam", "Owning Team", "team"),
    ):
        yield _system(column, schema, "Lookup", text, targets=[target], **READ_ONLY)
    yield from name_columns("owningbusinessunit", "OwningBusinessUnit", "businessunit", SYSTEM)


def _state_columns(name: str) -> Iterator[dict[str, Any]]:
    yield _system(
        "statecode",
        "statecode",
        "State",
        "Status",
        required="SystemRequired",
        validForCreate=False,
        defaultValue=0,
        optionSet=f"{name}_statecode",
        options=[
            {"value": 0, "label": "Active", "defaultStatus": 1, "invariantName": "Active"},
            {"value": 1, "label": "Inactive", "defaultStatus": 2, "invariantName": "Inactive"},
        ],
    )
    yield _system(
        "statuscode",
        "statuscode",
        "Status",
        "Status Reason",
        optionSet=f"{name}_statuscode",
        options=[{"value": 1, "label": "Active", "state": 0}, {"value": 2, "label": "Inactive", "state": 1}],
    )
    for column in ("statecode", "statuscode"):
        yield label_column(column, column, SYSTEM)


def name_columns(name: str, schema: str, target: str, origin: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The columns that show the name of what a lookup points to."""
    suffixes = [("name", "Name")]
    if target in _WITH_YOMI:
        suffixes.append(("yominame", "YomiName"))
    for lower, upper in suffixes:
        yield {
            "logicalName": name + lower,
            "schemaName": schema + upper,
            "type": "String",
            "format": "Text",
            "maxLength": 100,
            "attributeOf": name,
            **READ_ONLY,
            **origin,
        }


def label_column(name: str, schema: str, origin: Mapping[str, Any]) -> dict[str, Any]:
    """The column that shows the label of a choice."""
    return {
        "logicalName": f"{name}name",
        "schemaName": f"{schema}Name",
        "type": "Virtual",
        "attributeOf": name,
        "isLogical": True,
        **READ_ONLY,
        **origin,
    }


def companions(part: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The columns that come with a new column."""
    name, schema, kind = part["logicalName"], part["schemaName"], part["type"]
    if kind in ("Picklist", "MultiSelectPicklist", "Boolean"):
        yield label_column(name, schema, CUSTOM)
    elif kind == "Money":
        yield {
            "logicalName": f"{name}_base",
            "schemaName": f"{schema}_Base",
            "type": "Money",
            "displayName": f"{part.get('displayName') or schema} (Base)",
            "min": -922_337_203_685_477,
            "max": 922_337_203_685_477,
            "precision": 4,
            "precisionSource": 2,
            **READ_ONLY,
            **CUSTOM,
        }
    elif kind == "Image":
        for suffix, upper, inner in (
            ("id", "Id", {"type": "Uniqueidentifier"}),
            ("_timestamp", "_Timestamp", {"type": "BigInt"}),
            ("_url", "_URL", {"type": "String", "format": "Url", "maxLength": 200, "property": f"{name}_url"}),
        ):
            logical = {"logicalName": name + suffix, "schemaName": schema + upper, "attributeOf": name}
            yield {**logical, **inner, "isLogical": True, **READ_ONLY, **CUSTOM}
    elif kind == "File":
        logical = {"logicalName": f"{name}_name", "schemaName": f"{schema}_Name", "type": "String", "format": "Text"}
        origin = {"isLogical": True, **READ_ONLY, **CUSTOM}
        yield {**logical, "maxLength": 200, "property": f"{name}_name", "attributeOf": name, **origin}


def currency_parts(table: str, columns: Container[str]) -> Changes:
    """The currency and its rate, which the first money column of a table brings along."""
    if "transactioncurrencyid" in columns:
        return {}
    lookup = _system("transactioncurrencyid", "TransactionCurrencyId", "Lookup", "Currency")
    rate = _system(
        "exchangerate",
        "ExchangeRate",
        "Decimal",
        "Exchange Rate",
        min=1e-12,
        max=100_000_000_000,
        precision=12,
        **READ_ONLY,
    )
    parts = [{**lookup, "targets": ["transactioncurrency"]}, rate]
    parts += name_columns("transactioncurrencyid", "TransactionCurrencyId", "transactioncurrency", SYSTEM)
    changes: Changes = {(COLUMN, f"{table}.{part['logicalName']}"): part for part in parts}
    name = f"transactioncurrency_{table}"
    changes[ONE_TO_MANY, name] = system_relationship(
        name, "transactioncurrency", "transactioncurrencyid", table, "transactioncurrencyid", {"Delete": "Restrict"}
    )
    return changes


def system_relationships(name: str, ownership: str) -> Iterator[dict[str, Any]]:
    """The relationships of a new table that is no activity."""
    for column in ("createdby", "modifiedby", "createdonbehalfby", "modifiedonbehalfby"):
        yield system_relationship(f"lk_{name}_{column}", "systemuser", "systemuserid", name, column)
    if ownership == "OrganizationOwned":
        yield system_relationship(f"organization_{name}", "organization", "organizationid", name, "organizationid")
        return
    yield system_relationship(f"owner_{name}", "owner", "ownerid", name, "ownerid")
    yield system_relationship(f"business_unit_{name}", "businessunit", "businessunitid", name, "owningbusinessunit")
    yield system_relationship(f"user_{name}", "systemuser", "systemuserid", name, "owninguser")
    yield system_relationship(f"team_{name}", "team", "teamid", name, "owningteam")


def system_relationship(
    schema: str, referenced: str, key: str, referencing: str, column: str, cascade: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """A relationship whose navigation property is called as its lookup."""
    return {
        "schemaName": schema,
        "referencedTable": referenced,
        "referencedColumn": key,
        "referencedNavigation": schema,
        "referencingTable": referencing,
        "referencingColumn": column,
        "referencingNavigation": column,
        "cascade": dict(cascade or {}),
    }
