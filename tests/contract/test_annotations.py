"""``Prefer: odata.include-annotations`` (contract 01 §4, §13)."""

from __future__ import annotations

import pytest

from .conftest import MISSING, Api

FORMATTED = "OData.Community.Display.V1.FormattedValue"
TABLE = "Microsoft.Dynamics.CRM.lookuplogicalname"
NAVIGATION = "Microsoft.Dynamics.CRM.associatednavigationproperty"
ALL = 'odata.include-annotations="*"'


@pytest.fixture
def account(api: Api) -> tuple[Api, str]:
    contact = api.new("contacts", firstname="B", lastname="C")
    id = api.new(
        "accounts",
        name="A",
        revenue=20000,
        numberofemployees=1234,
        creditonhold=True,
        accountcategorycode=1,
        **{"primarycontactid@odata.bind": f"contacts({contact})"},
    )
    return api, id


def test_annotations_stand_directly_before_their_property(account: tuple[Api, str]) -> None:
    api, id = account
    select = "name,revenue,_primarycontactid_value,_parentaccountid_value"
    body = api.get(f"accounts({id})?$select={select}", Prefer=ALL).json()
    assert list(body) == [
        "@odata.context",
        "@Microsoft.Dynamics.CRM.globalmetadataversion",
        "@odata.etag",
        "name",
        f"revenue@{FORMATTED}",
        "revenue",
        f"_primarycontactid_value@{FORMATTED}",
        f"_primarycontactid_value@{NAVIGATION}",
        f"_primarycontactid_value@{TABLE}",
        "_primarycontactid_value",
        "_parentaccountid_value",
        f"_transactioncurrencyid_value@{FORMATTED}",
        f"_transactioncurrencyid_value@{NAVIGATION}",
        f"_transactioncurrencyid_value@{TABLE}",
        "_transactioncurrencyid_value",
        "accountid",
    ]
    assert body[f"_primarycontactid_value@{FORMATTED}"] == "B C"
    assert body[f"_primarycontactid_value@{NAVIGATION}"] == "primarycontactid"
    assert body[f"_primarycontactid_value@{TABLE}"] == "contact"


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        ("revenue", "$20,000.00"),
        ("numberofemployees", "1,234"),
        ("creditonhold", "Yes"),
        ("accountcategorycode", "Preferred Customer"),
        ("statecode", "Active"),
    ],
)
def test_formatted_values(account: tuple[Api, str], column: str, expected: str) -> None:
    api, id = account
    body = api.get(f"accounts({id})?$select={column}", Prefer=f'odata.include-annotations="{FORMATTED}"').json()
    assert body[f"{column}@{FORMATTED}"] == expected


def test_lookups_with_several_targets(account: tuple[Api, str]) -> None:
    api, id = account
    contact = api.new("contacts", lastname="X", **{"parentcustomerid_account@odata.bind": f"accounts({id})"})
    body = api.get(f"contacts({contact})?$select=_parentcustomerid_value,_ownerid_value", Prefer=ALL).json()
    assert body[f"_parentcustomerid_value@{TABLE}"] == "account"
    assert body[f"_parentcustomerid_value@{NAVIGATION}"] == "parentcustomerid_account"
    assert body[f"_parentcustomerid_value@{FORMATTED}"] == "A"
    assert body[f"_ownerid_value@{TABLE}"] == "systemuser"
    assert body[f"_ownerid_value@{NAVIGATION}"] == "ownerid"


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (f'"{FORMATTED}"', {FORMATTED}),
        (FORMATTED, {FORMATTED}),
        (f'"{TABLE},{NAVIGATION}"', {TABLE, NAVIGATION}),
        ('"Microsoft.Dynamics.CRM.*"', {TABLE, NAVIGATION}),
        (f'"*,-{FORMATTED}"', {TABLE, NAVIGATION}),
        ('"*"', {FORMATTED, TABLE, NAVIGATION}),
        ('"none.such"', set()),
    ],
)
def test_lists_and_patterns(account: tuple[Api, str], wanted: str, expected: set[str]) -> None:
    api, id = account
    answer = api.get(f"accounts({id})?$select=_primarycontactid_value", Prefer=f"odata.include-annotations={wanted}")
    found = {name.partition("@")[2] for name in answer.json() if name.startswith("_primarycontactid_value@")}
    assert found == expected
    assert answer.headers["preference-applied"] == f"odata.include-annotations={wanted}"


def test_nothing_is_annotated_unasked(account: tuple[Api, str]) -> None:
    api, id = account
    assert not [name for name in api.get(f"accounts({id})").json() if "@" in name[1:]]


def test_collections(account: tuple[Api, str]) -> None:
    api, _ = account
    body = api.get("accounts?$select=name", Prefer=ALL).json()
    assert list(body) == [
        "@odata.context",
        "@Microsoft.Dynamics.CRM.totalrecordcount",
        "@Microsoft.Dynamics.CRM.totalrecordcountlimitexceeded",
        "@Microsoft.Dynamics.CRM.globalmetadataversion",
        "value",
    ]
    assert body["@Microsoft.Dynamics.CRM.totalrecordcount"] == -1
    assert body["@Microsoft.Dynamics.CRM.totalrecordcountlimitexceeded"] is False
    assert body["@Microsoft.Dynamics.CRM.globalmetadataversion"].isdigit()
    counted = api.get("accounts?$select=name&$count=true", Prefer=ALL).json()
    assert list(counted)[1] == "@odata.count"
    assert counted["@Microsoft.Dynamics.CRM.totalrecordcount"] == 1


def test_expanded_rows(account: tuple[Api, str]) -> None:
    api, id = account
    path = f"accounts({id})?$select=name&$expand=primarycontactid($select=statecode,_ownerid_value)"
    row = api.get(path, Prefer=ALL).json()["primarycontactid"]
    assert row[f"statecode@{FORMATTED}"] == "Active"
    assert row[f"_ownerid_value@{TABLE}"] == "systemuser"


def test_groups(account: tuple[Api, str]) -> None:
    api, _ = account
    path = "accounts?$apply=groupby((accountcategorycode),aggregate(revenue with sum as total))"
    row = api.get(path, Prefer=ALL).value[0]
    assert row[f"accountcategorycode@{FORMATTED}"] == "Preferred Customer"
    assert row["total"] == 20000.0


def test_money_follows_the_rows_currency(account: tuple[Api, str]) -> None:
    api, _ = account
    euro = {"isocurrencycode": "EUR", "currencyname": "Euro", "currencysymbol": "€", "currencyprecision": 2}
    currency = api.new("transactioncurrencies", exchangerate=0.5, **euro)
    bind = {"transactioncurrencyid@odata.bind": f"transactioncurrencies({currency})"}
    id = api.new("accounts", name="E", revenue=10, **bind)
    path = f"accounts({id})?$select=revenue,revenue_base"
    body = api.get(path, Prefer=ALL).json()
    assert body[f"revenue@{FORMATTED}"] == "€10.00"
    assert body[f"revenue_base@{FORMATTED}"] == "$20.00"
    api.patch(f"transactioncurrencies({currency})", {"currencysymbol": "EUR "})
    assert api.get(path, Prefer=ALL).json()[f"revenue@{FORMATTED}"] == "EUR 10.00"


def test_errors(api: Api) -> None:
    error = api.get(f"accounts({MISSING})", Prefer=ALL).json()["error"]
    assert list(error)[:2] == ["code", "message"]
    assert error["@Microsoft.PowerApps.CDS.InnerError.Message"] == error["message"]
    assert "80040217" in error["@Microsoft.PowerApps.CDS.HelpLink"]
    assert all(isinstance(value, str) for value in error.values())
    assert set(api.get(f"accounts({MISSING})").json()["error"]) == {"code", "message"}


def test_wide_numbers_as_text(account: tuple[Api, str]) -> None:
    api, id = account
    answer = api.get(f"accounts({id})?$select=versionnumber", Accept="application/json;IEEE754Compatible=true")
    assert answer.json()["versionnumber"] == answer.headers["etag"][3:-1]
    assert "IEEE754Compatible=true" in answer.headers["content-type"]
