"""WhoAmI and other questions (contract 01 §9)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any


def test_who_am_i(bench: Any) -> None:
    members = bench.operation("WhoAmI").members
    assert members["UserId"] == bench.user.id
    assert members["BusinessUnitId"] == bench.caller.business_unit_id
    assert members["OrganizationId"] == bench.rows("organization")[0]["organizationid"]


def test_who_am_i_answers_the_impersonated_user(bench: Any) -> None:
    other = bench.other_user()
    bench.caller = replace(bench.service.caller(other.id), on_behalf_of=bench.user.id)
    assert bench.operation("WhoAmI").members["UserId"] == other.id


def test_versions_and_languages(bench: Any) -> None:
    assert bench.operation("RetrieveVersion").members["Version"].startswith("9.2.")
    assert 1033 in bench.operation("RetrieveAvailableLanguages").members["LocaleIds"]
    assert 1033 in bench.operation("RetrieveProvisionedLanguages").members["RetrieveProvisionedLanguages"]
    detail = bench.operation("RetrieveCurrentOrganization", AccessType="Default").members["Detail"]
    assert detail["FriendlyName"] == bench.rows("organization")[0]["name"]


def test_counts_of_rows(bench: Any, refused: Any) -> None:
    bench.create("lead", {"lastname": "L"})
    members = bench.operation("RetrieveTotalRecordCount", EntityNames=["lead", "account"]).members
    assert members["EntityRecordCountCollection"] == {
        "Count": 2,
        "IsReadOnly": False,
        "Keys": ["lead", "account"],
        "Values": [1, 0],
    }
    with refused("NoEntity", "0x80041102"):
        bench.operation("RetrieveTotalRecordCount", EntityNames=["nosuch"])
