"""BulkDelete, which runs within the message (contract 05 §10, 09 §3)."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import Answer, Api
from .defining import one_to_many

CRM = "Microsoft.Dynamics.CRM."


def among(table: str, column: str, *values: str) -> dict[str, Any]:
    """A query for rows with one of the values, as the official Python client writes it."""
    wrapped = [{"Value": value, "Type": "System.Guid"} for value in values]
    return {
        "@odata.type": f"{CRM}QueryExpression",
        "EntityName": table,
        "ColumnSet": {"@odata.type": f"{CRM}ColumnSet", "AllColumns": False, "Columns": []},
        "Criteria": {
            "@odata.type": f"{CRM}FilterExpression",
            "FilterOperator": "And",
            "Conditions": [
                {
                    "@odata.type": f"{CRM}ConditionExpression",
                    "AttributeName": column,
                    "Operator": "In",
                    "Values": wrapped,
                }
            ],
        },
    }


def delete(api: Api, *queries: dict[str, Any], **members: Any) -> Answer:
    body = {
        "JobName": "Clean",
        "SendEmailNotification": False,
        "ToRecipients": [],
        "CCRecipients": [],
        "RecurrencePattern": "",
        "StartDateTime": "2024-05-01T10:00:00Z",
        "QuerySet": [*queries],
    }
    return api.post("BulkDelete", {**body, **members})


def counts(api: Api, job: str) -> tuple[int, int]:
    """How many rows a job deleted, and how many it could not."""
    path = f"bulkdeleteoperations?$select=successcount,failurecount&$filter=_asyncoperationid_value eq {job}"
    (row,) = api.get(path).value
    return row["successcount"], row["failurecount"]


def test_the_rows_of_all_queries_are_gone_and_the_job_is_finished(api: Api) -> None:
    ids = [api.new("accounts", name=f"A{number}") for number in range(3)]
    contact = api.new("contacts", lastname="C")
    answer = delete(api, among("account", "accountid", *ids[:2]), among("contact", "contactid", contact))
    assert answer.status == 200, answer.text
    context, job = answer.json().values()
    assert context.endswith("$metadata#Microsoft.Dynamics.CRM.BulkDeleteResponse")
    assert api.names("accounts?$select=name") == ["A2"]
    assert api.get("contacts?$select=lastname").value == []
    row = api.get(f"asyncoperations({job})?$select=name,operationtype,statecode,statuscode").json()
    assert (row["name"], row["operationtype"], row["statecode"], row["statuscode"]) == ("Clean", 13, 3, 30)
    assert counts(api, job) == (3, 0)


def test_a_row_that_cannot_be_deleted_stays_and_the_others_go(api: Api) -> None:
    restricting = {"Assign": "NoCascade", "Delete": "Restrict", "Merge": "NoCascade", "Reparent": "NoCascade"}
    cascade = {**restricting, "Share": "NoCascade", "Unshare": "NoCascade"}
    relationship = one_to_many("new_holds", "account", "contact", "new_HolderId", CascadeConfiguration=cascade)
    assert api.post("RelationshipDefinitions", relationship).status == 204
    ids = [api.new("accounts", name=name) for name in ("held", "free")]
    api.new("contacts", lastname="C", **{"new_HolderId@odata.bind": f"accounts({ids[0]})"})
    job = delete(api, among("account", "accountid", *ids)).json()["JobId"]
    assert api.names("accounts?$select=name") == ["held"]
    assert counts(api, job) == (1, 1)


def test_a_row_that_goes_with_one_before_it_is_no_failure(api: Api) -> None:
    account = api.new("accounts", name="A")
    task = api.new("tasks", subject="T", **{"regardingobjectid_account_task@odata.bind": f"accounts({account})"})
    queries = among("account", "accountid", account), among("task", "activityid", task)
    assert counts(api, delete(api, *queries).json()["JobId"]) == (2, 0)


def test_every_page_of_a_query_is_deleted(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dataverse_emulator.messages.retrieving.MAX_PAGE", 2)
    for _ in range(5):
        api.new("accounts", name="A")
    assert delete(api, {"EntityName": "account"}).status == 200
    assert api.get("accounts?$select=name").value == []


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"QuerySet": []}, "0x80040203"),
        ({"QuerySet": None}, "0x80040203"),
        ({"QuerySet": [{"EntityName": "account"}, {"EntityName": "nope"}]}, "0x80041102"),
        ({"QuerySet": [{}]}, "0x80040203"),
        ({"JobName": None}, "0x80040203"),
    ],
)
def test_jobs_without_a_query_or_name_are_refused(api: Api, members: dict[str, Any], code: str) -> None:
    api.new("accounts", name="A")
    assert delete(api, {"EntityName": "account"}, **members).error[:2] == (400, code)
    assert api.names("accounts?$select=name") == ["A"]
    assert api.get("asyncoperations").value == []
