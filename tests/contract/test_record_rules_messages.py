# ruff: noqa: E501 - tables read best with one step a line
"""Change tracking, duplicates and merging, rule by rule (the ids are the rows of contract 02 §14 to §16)."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest

from .conftest import ROOT, Api
from .stepping import ABSENT, A, B, C, Step, rule, walk

D = "a0000000-0000-4000-8000-000000000003"
I = "10000000-0000-4000-8000-000000000001"  # noqa: E741 - an id in the manner of the contract
J = "10000000-0000-4000-8000-000000000002"
RULE = "d0000000-0000-4000-8000-000000000001"
NEW = "00000000-0000-0000-0000-000000000000"
TYPE = "Microsoft.Dynamics.CRM."
ODATA = "0x80060888"
TRACK = {"Prefer": "odata.track-changes"}
CHECK = {"MSCRM.SuppressDuplicateDetection": "false"}
DUPLICATE = (
    "0x80040333",
    "A record was not created or updated because a duplicate of the current record already exists.",
)
TOKEN = r"\$deltatoken=\d+%21\d\d%2f\d\d%2f\d{4}%20\d\d%3a\d\d%3a\d\d"

# ---- §14: change tracking --------------------------------------------------------------------------------------------


def track(api: Api, query: str = "accounts?$select=name", prefer: str = "odata.track-changes") -> Any:
    """The first answer of a client that tracks changes."""
    answer = api.get(query, Prefer=prefer)
    assert answer.status == 200, answer.text
    return answer


@rule("02 §14 p1")
def test_delta_link(api: Api) -> None:
    for number in range(3):
        api.new("accounts", name=str(number))
    answer = track(api)
    assert re.fullmatch(re.escape(f"{ROOT}accounts?$select=name&") + TOKEN, answer.json()["@odata.deltaLink"])
    assert answer.headers["preference-applied"] == "odata.track-changes"
    page = track(api, prefer="odata.track-changes,odata.maxpagesize=2").json()
    assert "@odata.deltaLink" not in page
    last = api.get(page["@odata.nextLink"]).json()
    assert "@odata.deltaLink" in last
    assert len(last["value"]) == 1


@rule("02 §14 p2")
def test_delta(api: Api) -> None:
    kept, gone = api.new("accounts", name="kept"), api.new("accounts", name="gone")
    link = track(api).json()["@odata.deltaLink"]
    assert api.get(link).value == []
    api.delete(f"accounts({gone})")
    new = api.new("accounts", name="new")
    api.patch(f"accounts({kept})", {"name": "changed"})
    body = api.get(link).json()
    assert body["@odata.context"] == f"{ROOT}$metadata#accounts(name)/$delta"
    assert [(row["accountid"], row["name"]) for row in body["value"][:2]] == [(new, "new"), (kept, "changed")]
    assert body["value"][2:] == [
        {"@odata.context": f"{ROOT}$metadata#accounts/$deletedEntity", "id": gone, "reason": "deleted"}
    ]
    assert api.get(body["@odata.deltaLink"]).value == []


@rule("02 §14 p3")
def test_number_of_changes(api: Api) -> None:
    token = track(api).json()["@odata.deltaLink"].partition("$deltatoken=")[2]
    api.new("accounts", name="A")
    assert api.get(f"accounts/$count?$deltatoken={token}").text == "\ufeff1"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param("$filter", "name eq 'A'", id="02 §14 p4"),
        pytest.param("$orderby", "name", id="02 §14 p4 order"),
        pytest.param("$expand", "primarycontactid", id="02 §14 p4 expand"),
        pytest.param("$top", "1", id="02 §14 p4 top"),
    ],
)
def test_options_that_tracking_refuses(api: Api, name: str, value: str) -> None:
    text = f'The "{name}" query parameter isn\'t supported when Change Tracking is enabled.'
    assert api.get(f"accounts?$select=name&{name}={value}", **TRACK).error == (400, ODATA, text)
    link = track(api).json()["@odata.deltaLink"]
    assert api.get(f"{link}&{name}={value}").error == (400, ODATA, text)


@rule("02 §14 p5")
def test_what_is_tracked_and_how_long(api: Api) -> None:
    assert api.get("tasks", **TRACK).status == 400
    clock = api.service.clock
    clock.freeze(datetime(2024, 1, 1, tzinfo=UTC))
    link = track(api).json()["@odata.deltaLink"]
    clock.freeze(datetime(2024, 1, 7, 23, tzinfo=UTC))
    assert api.get(link).status == 200
    clock.freeze(datetime(2024, 1, 8, 1, tzinfo=UTC))
    assert api.get(link).error[:2] == (400, "0x80044352")


# ---- §15 and §16: duplicates, merging --------------------------------------------------------------------------------


def duplicates(entity: str, table: str = "account") -> str:
    """A call of ``RetrieveDuplicates``."""
    return (
        "GET RetrieveDuplicates(BusinessEntity=@p1,MatchingEntityName=@p2,PagingInfo=@p3)"
        f"?@p1={entity}&@p2='{table}'&@p3={{'PageNumber':1,'Count':50}}"
    )


def merge(status: int, target: str = A, subordinate: str = B, table: str = "account", **more: Any) -> Step:
    """A call of ``Merge``."""
    rows = {
        role: {"@odata.type": TYPE + table, f"{table}id": id}
        for role, id in (("Target", target), ("Subordinate", subordinate))
    }
    content = more.pop("content", None)
    if content is not None:
        rows["UpdateContent"] = {"@odata.type": TYPE + table, f"{table}id": NEW, **content}
    return Step("POST Merge", status, {**rows, "PerformParentingChecks": False}, **more)


@pytest.mark.parametrize(
    "steps",
    [
        pytest.param([
            Step("POST accounts", 204, {"name": "A"}),
            Step("POST accounts", 204, {"name": "A"}, {"MSCRM.SuppressDuplicateDetection": "true"}),
            Step("POST accounts", 412, {"name": "A"}, CHECK, error=DUPLICATE),
            Step("POST accounts", 412, {"name": "a"}, {**CHECK, "Prefer": "return=representation"}, error=DUPLICATE),
            Step("GET accounts/$count?$filter=name eq 'A'", 200, shows="\ufeff3"),
            Step(f"PATCH accounts({B})", 412, {"name": "A"}, CHECK, error=DUPLICATE),
            Step(f"PATCH accounts({B})", 204, {"name": "B"}, CHECK),
            Step(f"PATCH accounts({D})", 412, {"name": "A"}, CHECK, error=DUPLICATE),
            Step(f"GET accounts({D})", 404),
        ], id="02 §15 p1"),
        pytest.param([
            *(
                Step(f"GET duplicaterules/$count?$filter=statuscode eq 2 and baseentityname eq '{table}' and matchingentityname eq '{table}'", 200, shows=f"\ufeff{number}")
                for table, number in {"account": 2, "contact": 2, "lead": 1}.items()
            ),
            Step("POST duplicaterules", 204, {"duplicateruleid": RULE, "name": "Fax", "baseentityname": "account", "matchingentityname": "account"}),
            Step("POST duplicateruleconditions", 204, {"baseattributename": "fax", "matchingattributename": "fax", "operatorcode": 0, "regardingobjectid@odata.bind": f"/duplicaterules({RULE})"}),
            Step("POST accounts", 204, {"name": "1", "fax": "5"}),
            Step("POST accounts", 204, {"name": "2", "fax": "5"}, CHECK),
            Step(f"POST duplicaterules({RULE})/{TYPE}PublishDuplicateRule", 200),
            Step("POST accounts", 412, {"name": "3", "fax": "5"}, CHECK, error=DUPLICATE),
            Step("POST contacts", 204, {"lastname": "C", "emailaddress1": "c@x.example"}),
            Step("POST contacts", 412, {"lastname": "D", "emailaddress1": "c@x.example"}, CHECK, error=DUPLICATE),
            Step("POST leads", 204, {"lastname": "L", "emailaddress1": "l@x.example"}),
            Step("POST leads", 412, {"lastname": "M", "emailaddress1": "l@x.example"}, CHECK, error=DUPLICATE),
        ], id="02 §15 p2"),
        pytest.param([
            Step("POST accounts", 204, {"accountid": D, "name": "A"}),
            Step(duplicates(f"{{'@odata.id':'accounts({A})'}}"), 200, shows={"value": [{"accountid": D, "name": "A"}]}),
            Step(duplicates(f"{{'@odata.id':'accounts({B})'}}"), 200, shows={"value": []}),
            Step(duplicates(f"{{'@odata.type':'{TYPE}account','name':'B'}}"), 200, shows={"value": [{"accountid": B}]}),
        ], id="02 §15 p3"),
        pytest.param([
            Step("POST contacts", 204, {"contactid": C, "lastname": "C", "parentcustomerid_account@odata.bind": f"accounts({B})"}),
            merge(204, content={"telephone1": "1"}, shows=b"", has={"odata-entityid": ABSENT}),
            Step(f"GET accounts({B})", 200, shows={"statecode": 1, "statuscode": 2, "merged": True, "_masterid_value": A}),
            Step(f"GET accounts({A})", 200, shows={"name": "A", "telephone1": "1", "statecode": 0, "merged": False}),
            Step(f"GET contacts({C})", 200, shows={"_parentcustomerid_value": A}),
        ], id="02 §16 p1"),
        *(
            pytest.param([
                Step(f"POST {table}s", 204, {f"{table}id": I, name: "I", **bind}),
                Step(f"POST {table}s", 204, {f"{table}id": J, name: "J", **bind}),
                merge(204, I, J, table, content={name: "K"}),
                Step(f"GET {table}s({I})", 200, shows={name: kept, "merged": False}),
                Step(f"GET {table}s({J})", 200, shows={name: "J", "merged": True, "_masterid_value": I}),
            ], id=f"02 §16 p1 {table}")
            for table, name, kept, bind in (
                ("contact", "lastname", "K", {}),
                ("lead", "lastname", "K", {}),
                ("incident", "title", "I", {"customerid_account@odata.bind": f"accounts({A})"}),
            )
        ),
        pytest.param([
            Step("POST Merge", 400, {"Target": {"accountid": A}, "Subordinate": {"@odata.type": TYPE + "account", "accountid": B}, "PerformParentingChecks": False}, error=(ODATA, "EdmEntityObject passed should have the key property value set.")),
            Step("POST Merge", 400, {"Target": {"@odata.type": TYPE + "account", "accountid": A}, "Subordinate": {"accountid": B}, "PerformParentingChecks": False}, error=(ODATA, "EdmEntityObject passed should have the key property value set.")),
            Step("POST Merge", 400, {"Target": {"@odata.type": TYPE + "account", "accountid": A}, "Subordinate": {"@odata.type": TYPE + "account", "accountid": B}, "UpdateContent": {"name": "C"}, "PerformParentingChecks": False}, error=(ODATA, None)),
            Step(f"GET accounts({B})", 200, shows={"statecode": 0}),
        ], id="02 §16 p1 types are mandatory"),
    ],
)  # fmt: skip
def test_duplicates_and_merging(api: Api, steps: list[Step]) -> None:
    given = [
        Step("POST accounts", 204, {"accountid": A, "name": "A"}),
        Step("POST accounts", 204, {"accountid": B, "name": "B"}),
    ]
    walk(api, [*given, *steps])
