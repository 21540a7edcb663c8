"""Change tracking (contract 02 §14, 04 E-58 and E-59)."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import pytest
from tests.contract.conftest import ROOT

TRACK = {"Prefer": "odata.track-changes"}


def follow(api: Any, query: str = "accounts?$select=name", **headers: str) -> str:
    """The delta link behind what a query answers."""
    answer = api.get(query, **(headers or TRACK))
    assert answer.status == 200, answer.text
    return answer.json()["@odata.deltaLink"]  # type: ignore[no-any-return]  # JSON has no type


@pytest.mark.parametrize((), [pytest.param(id="02 §14 p1")])
def test_rows_come_with_a_delta_link(api: Any) -> None:
    api.new("accounts", name="A")
    answer = api.get("accounts?$select=name", **TRACK)
    body = answer.json()
    assert list(body) == ["@odata.context", "@odata.deltaLink", "value"]
    assert body["@odata.context"] == f"{ROOT}$metadata#accounts(name)"
    assert [row["name"] for row in body["value"]] == ["A"]
    token = r"\$deltatoken=\d+%21\d\d%2f\d\d%2f\d{4}%20\d\d%3a\d\d%3a\d\d"
    assert re.fullmatch(re.escape(f"{ROOT}accounts?$select=name&") + token, body["@odata.deltaLink"])
    assert answer.headers["preference-applied"] == "odata.track-changes"


ANNOTATED = [
    "@odata.context",
    "@odata.count",
    "@Microsoft.Dynamics.CRM.totalrecordcount",
    "@Microsoft.Dynamics.CRM.totalrecordcountlimitexceeded",
    "@Microsoft.Dynamics.CRM.globalmetadataversion",
]


@pytest.mark.parametrize((), [pytest.param(id="01 §4 with 02 §14")])
def test_tracked_rows_and_their_delta_have_the_annotations_of_a_collection(api: Any) -> None:
    both = {"Prefer": 'odata.track-changes,odata.include-annotations="*"'}
    api.new("accounts", name="A")
    first = api.get("accounts?$select=name&$count=true", **both).json()
    gone = api.new("accounts", name="B")
    api.delete(f"accounts({gone})")
    api.new("accounts", name="C")
    delta = api.get(first["@odata.deltaLink"], **both).json()
    for body, total in ((first, 1), (delta, 2)):
        assert list(body) == [*ANNOTATED, "@odata.deltaLink", "value"]
        assert body[ANNOTATED[2]] == body["@odata.count"] == total


def test_pages_of_tracked_rows_have_the_annotations_of_a_collection(api: Any) -> None:
    for name in ("A", "B"):
        api.new("accounts", name=name)
    wanted = 'odata.track-changes,odata.maxpagesize=1,odata.include-annotations="*"'
    body = api.get("accounts?$select=name", Prefer=wanted).json()
    assert list(body) == [ANNOTATED[0], *ANNOTATED[2:], "value", "@odata.nextLink"]
    assert body[ANNOTATED[2]] == -1, "no count was asked for"


def test_a_delta_without_changes_is_empty(api: Any) -> None:
    api.new("accounts", name="A")
    body = api.get(follow(api)).json()
    assert body["value"] == []
    assert body["@odata.context"] == f"{ROOT}$metadata#accounts(name)/$delta"
    assert "@odata.deltaLink" in body


@pytest.mark.parametrize((), [pytest.param(id="02 §14 p2")])
def test_changed_new_and_deleted_rows(api: Any) -> None:
    kept, changed, deleted = (api.new("accounts", name=name) for name in ("kept", "changed", "deleted"))
    link = follow(api)
    new = api.new("accounts", name="new")
    api.delete(f"accounts({deleted})")
    api.patch(f"accounts({changed})", {"name": "again"})
    body = api.get(link).json()
    assert [row.get("accountid") for row in body["value"]] == [new, changed, None]
    assert body["value"][1]["name"] == "again"
    assert "@odata.etag" in body["value"][0]
    assert body["value"][2] == {
        "@odata.context": f"{ROOT}$metadata#accounts/$deletedEntity",
        "id": deleted,
        "reason": "deleted",
    }
    assert kept not in str(body)
    assert api.get(body["@odata.deltaLink"]).value == []


def test_rows_that_came_and_went_between_two_looks_are_deleted_ones(api: Any) -> None:
    link = follow(api)
    id = api.new("accounts", name="short")
    api.delete(f"accounts({id})")
    assert [item["id"] for item in api.get(link).value] == [id]


def test_a_row_that_came_back_is_a_changed_one(api: Any) -> None:
    id = api.new("accounts", name="A")
    link = follow(api)
    api.delete(f"accounts({id})")
    api.post("accounts", {"accountid": id, "name": "B"})
    assert [row.get("name") for row in api.get(link).value] == ["B"]


def test_rows_deleted_by_a_cascade_are_told(api: Any) -> None:
    account = api.new("accounts", name="A")
    contact = api.new("contacts", lastname="C", **{"parentcustomerid_account@odata.bind": f"/accounts({account})"})
    link = follow(api, "contacts?$select=lastname")
    api.delete(f"accounts({account})")
    assert [item["id"] for item in api.get(link).value] == [contact]


@pytest.mark.parametrize((), [pytest.param(id="02 §14 p3")])
def test_the_number_of_changes(api: Any) -> None:
    first = api.new("accounts", name="A")
    token = follow(api).partition("$deltatoken=")[2]
    api.new("accounts", name="B")
    api.delete(f"accounts({first})")
    assert api.get(f"accounts/$count?$deltatoken={token}").text == "\ufeff2"


def test_changes_between_pages_are_not_lost(api: Any) -> None:
    first = api.new("accounts", name="0")
    for number in range(1, 5):
        api.new("accounts", name=str(number))
    prefer = {"Prefer": "odata.track-changes,odata.maxpagesize=3"}
    page = api.get("accounts?$select=name", **prefer).json()
    assert "@odata.deltaLink" not in page
    api.patch(f"accounts({first})", {"name": "changed"})
    last = api.get(page["@odata.nextLink"]).json()
    assert len(page["value"]) + len(last["value"]) == 5
    assert [row["name"] for row in api.get(last["@odata.deltaLink"]).value] == ["changed"]


def test_changes_come_in_pages_too(api: Any) -> None:
    gone = api.new("accounts", name="gone")
    link = follow(api)
    for number in range(5):
        api.new("accounts", name=str(number))
    api.delete(f"accounts({gone})")
    names, deltas = [], 0
    while True:
        body = api.get(link, Prefer="odata.maxpagesize=2").json()
        names += [row.get("name", row.get("reason")) for row in body["value"]]
        deltas += body["@odata.context"].endswith("/$delta")
        if "@odata.nextLink" not in body:
            break
        link = body["@odata.nextLink"]
    assert (names, deltas) == (["0", "1", "2", "3", "4", "deleted"], 3)
    assert api.get(body["@odata.deltaLink"]).value == []


@pytest.mark.parametrize((), [pytest.param(id="02 §14 p4")])
@pytest.mark.parametrize("option", ["$filter=name eq 'A'", "$orderby=name", "$expand=primarycontactid", "$top=1"])
def test_other_options_are_refused(api: Any, option: str) -> None:
    text = f'The "{option.partition("=")[0]}" query parameter isn\'t supported when Change Tracking is enabled.'
    assert api.get(f"accounts?{option}", **TRACK).error == (400, "0x80060888", text)
    link = follow(api)
    assert api.get(f"{link}&{option}").error == (400, "0x80060888", text)


@pytest.mark.parametrize((), [pytest.param(id="02 §14 p5")])
def test_tables_that_are_not_tracked_are_refused(api: Any) -> None:
    assert api.get("tasks", **TRACK).error[:2] == (400, "0x80072491")


@pytest.mark.parametrize((), [pytest.param(id="02 §14 p5")])
def test_old_tokens_have_expired(api: Any) -> None:
    clock = api.service.clock
    clock.freeze(datetime(2024, 1, 1, tzinfo=UTC))
    link = follow(api)
    clock.freeze(datetime(2024, 1, 7, tzinfo=UTC))
    assert api.get(link).status == 200
    clock.freeze(datetime(2024, 1, 9, tzinfo=UTC))
    text = "Version stamp associated with the client has expired. Please perform a full sync."
    assert api.get(link).error == (400, "0x80044352", text)


def test_tokens_of_a_time_that_was_undone_have_expired(api: Any) -> None:
    api.new("accounts", name="A")
    link = follow(api)
    api.service.reset()
    assert api.get(link).error[1] == "0x80044352"


def test_damaged_tokens_are_refused(api: Any) -> None:
    assert api.get("accounts?$deltatoken=nonsense").status == 400
    assert api.get("accounts?$deltatoken=1%2199%2f99%2f2024%2000%3a00%3a00").status == 400


def test_the_preference_is_ignored_on_related_rows(api: Any) -> None:
    account = api.new("accounts", name="A")
    answer = api.get(f"accounts({account})/contact_customer_accounts", **TRACK)
    assert answer.status == 200
    assert "@odata.deltaLink" not in answer.json()
    assert "preference-applied" not in answer.headers


def test_changes_that_were_undone_are_none(api: Any) -> None:
    account = api.new("accounts", name="A")
    link = follow(api)
    assert api.patch(f"accounts({account})", {"name": "x" * 5000}).status == 400
    assert api.get(link).value == []


# ---- RetrieveEntityChanges -------------------------------------------------------------------------------------------

NAMES = "{'Columns':['name']}"


def changes(api: Any, page: str = "{'PageNumber':1,'Count':5000}", version: str = "", table: str = "account") -> Any:
    """What RetrieveEntityChanges answers in ``EntityChanges``."""
    more = f",DataVersion='{version}'" if version else ""
    answer = api.get(
        f"RetrieveEntityChanges(EntityName='{table}',Columns=@c,PageInfo=@p{more})?@c={NAMES}&@p={quote(page)}"
    )
    assert answer.status == 200, answer.text
    body = answer.json()
    assert body["@odata.context"] == f"{ROOT}$metadata#Microsoft.Dynamics.CRM.RetrieveEntityChangesResponse"
    return body["EntityChanges"]


def entities(found: Any) -> list[Any]:
    """Names of the new and updated rows, ids of the removed ones."""
    return [
        item["NewOrUpdatedEntity"]["name"] if item["Type"] == "NewOrUpdated" else item["RemovedItem"]["accountid"]
        for item in found["Changes"]
    ]


@pytest.mark.parametrize((), [pytest.param(id="02 §14 p6")])
def test_the_message_answers_what_the_delta_link_does(api: Any) -> None:
    gone = api.new("accounts", name="gone")
    kept = api.new("accounts", name="kept")
    first = changes(api)
    assert (entities(first), first["MoreRecords"], first["PagingCookie"]) == (["gone", "kept"], False, None)
    api.delete(f"accounts({gone})")
    api.patch(f"accounts({kept})", {"name": "changed"})
    second = changes(api, version=quote(first["DataToken"]))
    assert entities(second) == ["changed", gone]
    assert second["Changes"][0]["NewOrUpdatedEntity"]["@odata.type"] == "#Microsoft.Dynamics.CRM.account"
    assert changes(api, version=quote(second["DataToken"]))["Changes"] == []


def test_its_pages_lose_no_row_that_changes_between_them(api: Any) -> None:
    ids = [api.new("accounts", name=str(number)) for number in range(5)]
    first = changes(api, "{'PageNumber':1,'Count':2}")
    assert (entities(first), first["MoreRecords"]) == (["0", "1"], True)
    api.patch(f"accounts({ids[0]})", {"name": "again"})
    names, token = [], first["DataToken"]
    page = first
    while page["MoreRecords"]:
        cookie = page["PagingCookie"].replace('"', '\\"')
        page = changes(api, f'{{"PageNumber":2,"Count":2,"PagingCookie":"{cookie}"}}')
        names += entities(page)
    assert (names, page["DataToken"]) == (["2", "3", "4", "again"], token)
    assert entities(changes(api, version=quote(token))) == ["again"]


def test_pages_are_counted_where_there_is_no_cookie(api: Any) -> None:
    for number in range(3):
        api.new("accounts", name=str(number))
    assert entities(changes(api, "{'PageNumber':2,'Count':2}")) == ["2"]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ("EntityName='nope'", "0x80041102"),
        ("EntityName='task'", "0x80072491"),
        ("EntityName='account',DataVersion='nonsense'", "0x80060888"),
        ("EntityName='account',DataVersion='1!01/01/2001 00:00:00'", "0x80044352"),
        ("EntityName='account',Columns=@c", "0x80041103"),
        ("EntityName='account',PageInfo=@p", "0x8004112a"),
    ],
)
def test_what_the_message_refuses(api: Any, arguments: str, code: str) -> None:
    aliases = "@c={'Columns':['nope']}&@p={'PagingCookie':'nonsense'}"
    answer = api.get(f"RetrieveEntityChanges({quote(arguments)})?{aliases}")
    assert (answer.status, answer.error[1].lower()) == (400, code)
