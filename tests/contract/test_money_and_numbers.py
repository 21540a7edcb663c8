"""Currencies of rows and of users, and seeds of auto-numbers, at their edges (06 §1.3, §5, §6)."""

from __future__ import annotations

import pytest

from .conftest import Api

KRONE = {
    "currencyname": "Krone",
    "isocurrencycode": "DKK",
    "currencysymbol": "kr",
    "exchangerate": 7.5,
    "currencyprecision": 2,
}


def test_money_and_currency_cleared_together_leave_no_base_value(api: Api) -> None:
    lead = api.new("leads", revenue=100)
    cleared = {"revenue": None, "transactioncurrencyid@odata.bind": None}
    assert api.patch(f"leads({lead})", cleared).status == 204
    row = api.get(f"leads({lead})").json()
    assert (row["revenue"], row["revenue_base"], row["exchangerate"]) == (None, None, None)


@pytest.mark.parametrize("entity_set", ["systemusers", "usersettingscollection"])
def test_money_without_currency_takes_the_one_that_the_user_chose(api: Api, entity_set: str) -> None:
    krone = api.new("transactioncurrencies", **KRONE)
    user = api.new("systemusers", firstname="Ana", domainname="ana@example.com")
    chosen = {"transactioncurrencyid@odata.bind": f"transactioncurrencies({krone})"}
    assert api.patch(f"{entity_set}({user})", chosen).status == 204
    answer = api.post("leads", {"revenue": 15}, MSCRMCallerID=user)
    row = api.get(f"leads({answer.id})").json()
    assert (row["_transactioncurrencyid_value"], row["revenue_base"]) == (krone, 2.0)


@pytest.mark.parametrize("number", [-1, 2**62 + 1, 2**63 - 1])
def test_a_seed_out_of_range_is_refused_and_numbers_go_on(api: Api, number: int) -> None:
    body = {"EntityName": "campaign", "AttributeName": "codename", "Value": number}
    assert api.post("SetAutoNumberSeed", body).error[:2] == (400, "0x80040203")
    campaign = api.post("campaigns", {"name": "Fair"}, Prefer="return=representation").json()
    assert campaign["codename"].startswith("CMP-01000-")


def test_the_largest_seed_is_counted_on(api: Api) -> None:
    body = {"EntityName": "campaign", "AttributeName": "codename", "Value": 2**62}
    assert api.post("SetAutoNumberSeed", body).status == 204
    names = [
        api.post("campaigns", {"name": "Fair"}, Prefer="return=representation").json()["codename"] for _ in range(2)
    ]
    assert [name.split("-")[1] for name in names] == [str(2**62), str(2**62 + 1)]


def test_a_duration_stays_within_its_type(api: Api) -> None:
    task = api.new("tasks", scheduledstart="1800-01-01T00:00:00Z", scheduledend="9999-12-31T00:00:00Z")
    assert api.get(f"tasks({task})").json()["scheduleddurationminutes"] == 2**31 - 1


def test_base_values_have_the_places_of_their_own_column(api: Api) -> None:
    (organization,) = api.get("organizations?$select=organizationid").value
    settings = f"organizations({organization['organizationid']})"
    assert api.patch(settings, {"pricingdecimalprecision": 4}).status == 204
    krone = api.new("transactioncurrencies", **KRONE)
    opportunity = api.new("opportunities", **{"transactioncurrencyid@odata.bind": f"transactioncurrencies({krone})"})
    line = api.new(
        "opportunityproducts",
        isproductoverridden=True,
        productdescription="Lift",
        priceperunit=1.23456,
        manualdiscountamount=0.12345,
        quantity=1,
        **{
            "opportunityid@odata.bind": f"opportunities({opportunity})",
            "transactioncurrencyid@odata.bind": f"transactioncurrencies({krone})",
        },
    )
    row = api.get(f"opportunityproducts({line})").json()
    assert (row["priceperunit"], row["priceperunit_base"]) == (1.2346, 0.1646)
    assert (row["manualdiscountamount"], row["manualdiscountamount_base"]) == (0.12, 0.02)
