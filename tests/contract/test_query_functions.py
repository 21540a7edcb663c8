"""Query functions over HTTP (contract 03 §8): the time and the caller are those of the request."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from .conftest import Api

CRM = "Microsoft.Dynamics.CRM."


@pytest.fixture
def tasks(api: Api) -> Api:
    """Tasks that are due around noon of 15 May 2024, a Wednesday."""
    api.service.clock.freeze(datetime(2024, 5, 15, 12, tzinfo=UTC))
    for subject, due in (("old", "2023-05-01"), ("yesterday", "2024-05-14"), ("today", "2024-05-15")):
        api.new("tasks", subject=subject, scheduledend=f"{due}T10:00:00Z")
    api.new("tasks", subject="never")
    return api


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (f"{CRM}Today(PropertyName='scheduledend')", ["today"]),
        (f"{CRM}LastXDays(PropertyName='scheduledend',PropertyValue=1)", ["yesterday", "today"]),
        (f"{CRM}LastXDays(PropertyName=@p,PropertyValue=@x)&@p='scheduledend'&@x=1", ["yesterday", "today"]),
        (f"{CRM}OlderThanXMonths(PropertyName='scheduledend',PropertyValue=1)", ["old"]),
        (f"{CRM}InFiscalYear(PropertyName='scheduledend',PropertyValue=2023)", ["old"]),
        (f"{CRM}EqualUserId(PropertyName='ownerid')", ["old", "yesterday", "today", "never"]),
        (f"{CRM}Today(PropertyName='scheduledend') and {CRM}NotEqualUserId(PropertyName='ownerid')", []),
    ],
)
def test_a_query_function_filters(tasks: Api, condition: str, expected: list[str]) -> None:
    assert sorted(tasks.names(f"tasks?$select=subject&$filter={condition}", "subject")) == sorted(expected)


def test_the_answer_to_a_repeated_request_follows_the_clock(tasks: Api) -> None:
    query = f"tasks?$select=subject&$filter={CRM}Yesterday(PropertyName='scheduledend')"
    assert tasks.names(query, "subject") == ["yesterday"]
    tasks.service.clock.freeze(datetime(2024, 5, 16, 12, tzinfo=UTC))
    assert tasks.names(query, "subject") == ["today"]


def test_pages_and_counts_of_a_query_function(tasks: Api) -> None:
    query = f"tasks?$select=subject&$count=true&$filter={CRM}LastXYears(PropertyName='scheduledend',PropertyValue=2)"
    page = tasks.get(query, Prefer="odata.maxpagesize=2").json()
    assert (page["@odata.count"], len(page["value"])) == (3, 2)
    rest = tasks.get(page["@odata.nextLink"], Prefer="odata.maxpagesize=2").json()
    assert len(rest["value"]) == 1
    assert "@odata.nextLink" not in rest


def test_the_expanded_rows_of_one_row_are_filtered(tasks: Api) -> None:
    account = tasks.new("accounts", name="A")
    tasks.new("tasks", subject="call", **{"regardingobjectid_account_task@odata.bind": f"/accounts({account})"})
    for name, count in (("Today", 1), ("Yesterday", 0)):
        inner = f"$select=subject;$filter={CRM}{name}(PropertyName='createdon')"
        for path in (f"accounts({account})?$select=name&", "accounts?$select=name&"):
            body = tasks.get(f"{path}$expand=Account_Tasks({inner})").json()
            row = body["value"][0] if "value" in body else body
            assert len(row["Account_Tasks"]) == count


@pytest.mark.parametrize(
    ("condition", "status", "code"),
    [
        (f"{CRM}Foo(PropertyName='scheduledend')", 400, "0x80060888"),
        (f"{CRM}Today(PropertyName='foo')", 400, "0x80041103"),
        (f"{CRM}LastXDays(PropertyName='scheduledend',PropertyValue=0)", 400, "0x8004110c"),
        (f"{CRM}In(PropertyName='description',PropertyValues=['a'])", 400, "0x80044153"),
        (
            f"{CRM}Under(PropertyName='activityid',PropertyValue='00000000-0000-0000-0000-000000000001')",
            400,
            "0x80047020",
        ),
        (f"{CRM}Contains(PropertyName='subject',PropertyValue='a')", 501, "0x80040219"),
    ],
)
def test_a_wrong_call_is_refused(tasks: Api, condition: str, status: int, code: str) -> None:
    answer = tasks.get(f"tasks?$filter={condition}")
    assert (answer.status, answer.error[1].lower()) == (status, code)
