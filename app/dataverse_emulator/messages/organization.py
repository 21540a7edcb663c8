"""Questions about the organization and the caller: WhoAmI, versions, languages, counts (01 §9, 05 §8)."""

from __future__ import annotations

from typing import Any

from dataverse_emulator.errors import error
from dataverse_emulator.messages.base import Context, Operation, OperationResult, operation
from dataverse_emulator.messages.organization_settings import settings
from dataverse_emulator.values import EMPTY_GUID

PLATFORM_VERSION = "9.2.24041.198"
PROVISIONED_LANGUAGES = (1033, 1030, 1031, 1036, 1066)  # ruling R20


@operation("WhoAmI", reads=True)
def who_am_i(context: Context, message: Operation) -> OperationResult:  # noqa: ARG001 - handlers share one shape
    """The caller (the impersonated user), its business unit and the organization."""
    organization = settings(context).organization
    return OperationResult(
        members={
            "BusinessUnitId": context.caller.business_unit_id or EMPTY_GUID,
            "UserId": context.caller.user_id,
            "OrganizationId": organization.id if organization is not None else EMPTY_GUID,
        }
    )


@operation("RetrieveVersion", reads=True)
def retrieve_version(context: Context, message: Operation) -> OperationResult:  # noqa: ARG001 - handlers share one shape
    """The platform's version number."""
    return OperationResult(members={"Version": PLATFORM_VERSION})


@operation("RetrieveCurrentOrganization", reads=True)
def retrieve_current_organization(context: Context, message: Operation) -> OperationResult:  # noqa: ARG001 - handlers share one shape
    """What is known of the organization. The endpoints' addresses are the web layer's to fill in."""
    rows = context.store.find(context.catalog.table("organization"), {}, ("organizationid", "name"), limit=1)
    row = rows[0] if rows else {"organizationid": EMPTY_GUID, "name": "dataverse"}
    name = row["name"] or "dataverse"
    unique = "".join(letter for letter in name.lower() if letter.isalnum()) or "dataverse"
    detail: dict[str, Any] = {
        "OrganizationId": row["organizationid"],
        "FriendlyName": name,
        "OrganizationVersion": PLATFORM_VERSION,
        "EnvironmentId": row["organizationid"],
        "DatacenterId": EMPTY_GUID,
        "Geo": "NA",
        "TenantId": EMPTY_GUID,
        "UrlName": unique,
        "UniqueName": unique,
        "State": "Enabled",
        "Endpoints": {"Count": 0, "IsReadOnly": False, "Keys": [], "Values": []},
    }
    return OperationResult(members={"Detail": detail})


@operation("RetrieveTimestamp", reads=True)
def retrieve_timestamp(context: Context, message: Operation) -> OperationResult:  # noqa: ARG001 - handlers share one shape
    """The version of the data: that of the row which was written last."""
    return OperationResult(members={"Timestamp": str(context.store.last_version)})


@operation("RetrieveTotalRecordCount", reads=True)
def retrieve_total_record_count(context: Context, message: Operation) -> OperationResult:
    """The number of rows of each table named; exact and of this moment, where the platform gives a daily snapshot.

    Raises:
        EmulatorError: 0x80040203 without names, 0x80041102 for an unknown table.
    """
    names = message.parameters.get("EntityNames")
    if not names:
        raise error("InvalidArgument", message="Required field 'EntityNames' is missing")
    counts = [context.store.count(context.catalog.table(name)) for name in names]
    collection = {"Count": len(counts), "IsReadOnly": False, "Keys": list(names), "Values": counts}
    return OperationResult(members={"EntityRecordCountCollection": collection})


@operation("RetrieveAvailableLanguages", reads=True)
def retrieve_available_languages(context: Context, message: Operation) -> OperationResult:  # noqa: ARG001 - handlers share one shape
    """The language codes that are switched on."""
    return OperationResult(members={"LocaleIds": list(PROVISIONED_LANGUAGES)})


@operation("RetrieveProvisionedLanguages", reads=True)
def retrieve_provisioned_languages(context: Context, message: Operation) -> OperationResult:  # noqa: ARG001 - handlers share one shape
    """The language codes that are installed and switched on."""
    return OperationResult(members={"RetrieveProvisionedLanguages": list(PROVISIONED_LANGUAGES)})
