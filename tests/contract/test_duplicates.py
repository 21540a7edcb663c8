"""Duplicate detection (contract 02 §15, 06 §11, E-86)."""

from __future__ import annotations

from typing import Any

import pytest

CHECK = {"MSCRM.SuppressDuplicateDetection": "false"}
TEXT = "A record was not created or updated because a duplicate of the current record already exists."


@pytest.mark.parametrize((), [pytest.param(id="02 §15 p1")])
@pytest.mark.parametrize(
    ("entity_set", "first", "second"),
    [
        ("accounts", {"name": "Contoso"}, {"name": "CONTOSO"}),
        ("accounts", {"name": "A", "emailaddress1": "a@b.example"}, {"name": "B", "emailaddress1": "a@b.example"}),
        (
            "contacts",
            {"lastname": "A", "emailaddress1": "a@b.example"},
            {"lastname": "B", "emailaddress1": "A@b.example"},
        ),
        ("leads", {"lastname": "A", "emailaddress1": "a@b.example"}, {"lastname": "B", "emailaddress1": "a@b.example"}),
    ],
)
def test_the_shipped_rules(api: Any, entity_set: str, first: dict[str, Any], second: dict[str, Any]) -> None:
    api.new(entity_set, **first)
    assert api.post(entity_set, second, **CHECK).error == (412, "0x80040333", TEXT)
    assert api.post(entity_set, second).status == 204


def test_blank_values_are_no_duplicates(api: Any) -> None:
    api.new("leads", lastname="A")
    assert api.post("leads", {"lastname": "A"}, **CHECK).status == 204


def test_a_row_is_no_duplicate_of_itself(api: Any) -> None:
    account = api.new("accounts", name="Contoso")
    assert api.patch(f"accounts({account})", {"telephone1": "1"}, **CHECK).status == 204
    other = api.new("accounts", name="Fabrikam")
    assert api.patch(f"accounts({other})", {"name": "Contoso"}, **CHECK).error[1] == "0x80040333"


def duplicates(entity: str, table: str, paging: str = "{'PageNumber':1,'Count':50}") -> str:
    return (
        f"RetrieveDuplicates(BusinessEntity=@p1,MatchingEntityName=@p2,PagingInfo=@p3)?@p1={entity}&@p2='{table}'"
        f"&@p3={paging}"
    )


@pytest.mark.parametrize((), [pytest.param(id="02 §15 p3")])
def test_retrieve_duplicates_of_a_row(api: Any) -> None:
    ids = [api.new("accounts", name="Contoso") for _ in range(3)]
    api.new("accounts", name="Fabrikam")
    entity = f"{{'@odata.id':'accounts({ids[0]})'}}"
    answer = api.get(duplicates(entity, "account"))
    assert answer.status == 200, answer.text
    assert {row["accountid"] for row in answer.value} == set(ids[1:])
    assert answer.value[0]["@odata.type"] == "#Microsoft.Dynamics.CRM.account"
    assert len(api.get(duplicates(entity, "account", "{'PageNumber':2,'Count':1}")).value) == 1
    assert api.get(duplicates(entity, "contact")).value == []


def test_retrieve_duplicates_of_values(api: Any) -> None:
    account = api.new("accounts", name="Contoso")
    entity = "{'@odata.type':'Microsoft.Dynamics.CRM.account','name':'contoso'}"
    assert [row["accountid"] for row in api.get(duplicates(entity, "account")).value] == [account]


def test_retrieve_duplicates_of_a_missing_row(api: Any) -> None:
    entity = "{'@odata.id':'accounts(00000000-0000-0000-0000-0000000000ff)'}"
    assert api.get(duplicates(entity, "account")).status == 404


@pytest.mark.parametrize((), [pytest.param(id="02 §15 p2")])
def test_rules_are_published_and_taken_back(api: Any) -> None:
    members = {"baseentityname": "account", "matchingentityname": "account"}
    rule = api.new("duplicaterules", name="Fax", **members)
    condition = {"baseattributename": "fax", "matchingattributename": "fax", "operatorcode": 0}
    api.new("duplicateruleconditions", **condition, **{"regardingobjectid@odata.bind": f"/duplicaterules({rule})"})
    api.new("accounts", name="A", fax="1")
    assert api.post("accounts", {"name": "B", "fax": "1"}, **CHECK).status == 204
    job = api.post(f"duplicaterules({rule})/Microsoft.Dynamics.CRM.PublishDuplicateRule")
    assert (job.status, job.json()["statuscode"]) == (200, 30)
    assert api.post("accounts", {"name": "C", "fax": "1"}, **CHECK).error[1] == "0x80040333"
    assert api.post("UnpublishDuplicateRule", {"DuplicateRuleId": rule}).status == 204
    assert api.post("accounts", {"name": "C", "fax": "1"}, **CHECK).status == 204


# ---- BulkDetectDuplicates --------------------------------------------------------------------------------------------


def detect(api: Any, query: dict[str, Any], **members: Any) -> Any:
    """The answer to BulkDetectDuplicates with a query."""
    kind = f"Microsoft.Dynamics.CRM.{'FetchExpression' if 'Query' in query else 'QueryExpression'}"
    body = {"JobName": "Look", "Query": {"@odata.type": kind, **query}, **members}
    return api.post("BulkDetectDuplicates", body)


def pairs(api: Any, job: str) -> set[tuple[str, str]]:
    """The rows that a job found: base and duplicate."""
    columns = ("_baserecordid_value", "_duplicaterecordid_value")
    rows = api.get(f"duplicaterecords?$select={','.join(columns)}&$filter=_asyncoperationid_value eq {job}").value
    return {(row[columns[0]], row[columns[1]]) for row in rows}


@pytest.mark.parametrize((), [pytest.param(id="02 §15 p3")])
@pytest.mark.parametrize(
    "query",
    [
        {"Query": "<fetch><entity name='account'><attribute name='name'/></entity></fetch>"},
        {"EntityName": "account", "ColumnSet": {"AllColumns": True}},
    ],
    ids=["fetch", "expression"],
)
def test_a_job_finds_all_duplicates(api: Any, query: dict[str, Any]) -> None:
    one, two = (api.new("accounts", name=name) for name in ("Contoso", "CONTOSO"))
    api.new("accounts", name="Fabrikam")
    answer = detect(api, query, SendEmailNotification=False, ToRecipients=[], CCRecipients=[], RecurrencePattern="")
    assert answer.status == 200, answer.text
    context, job = answer.json().values()
    assert context.endswith("$metadata#Microsoft.Dynamics.CRM.BulkDetectDuplicatesResponse")
    row = api.get(f"asyncoperations({job})?$select=name,operationtype,statecode,statuscode").json()
    assert (row["name"], row["operationtype"], row["statecode"], row["statuscode"]) == ("Look", 8, 3, 30)
    assert pairs(api, job) == {(one, two), (two, one)}


def test_a_job_looks_for_duplicates_of_the_rows_of_its_query_alone(api: Any) -> None:
    one = api.new("accounts", name="Contoso", accountnumber="1")
    two, three = (api.new("accounts", name="Contoso", accountnumber=number) for number in "23")
    condition = {
        "AttributeName": "accountnumber",
        "Operator": "Equal",
        "Values": [{"Type": "System.String", "Value": "1"}],
    }
    criteria = {"FilterOperator": "And", "Conditions": [condition], "Filters": []}
    job = detect(api, {"EntityName": "account", "Criteria": criteria}).json()["JobId"]
    assert pairs(api, job) == {(one, two), (one, three)}


def test_a_job_leaves_blank_values_alone(api: Any) -> None:
    for _ in range(2):
        api.new("leads", lastname="A")
    assert pairs(api, detect(api, {"EntityName": "lead"}).json()["JobId"]) == set()


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"JobName": "Look"}, 400, "0x80040203"),
        (
            {"Query": {"@odata.type": "Microsoft.Dynamics.CRM.QueryExpression", "EntityName": "account"}},
            400,
            "0x80040203",
        ),
        ({"JobName": "Look", "Query": {"EntityName": "nope"}}, 400, "0x80041102"),
        ({"JobName": "Look", "Query": {}}, 400, "0x80040203"),
    ],
)
def test_jobs_without_a_query_are_refused(api: Any, body: dict[str, Any], status: int, code: str) -> None:
    assert api.post("BulkDetectDuplicates", body).error[:2] == (status, code)
    assert api.get("asyncoperations").value == []


def test_a_job_reads_every_page_of_its_query(api: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dataverse_emulator.messages.retrieving.MAX_PAGE", 2)
    ids = [api.new("accounts", name="Contoso") for _ in range(5)]
    found = pairs(api, detect(api, {"EntityName": "account"}).json()["JobId"])
    assert {base for base, _ in found} == set(ids)


def condition(attribute: str, operator: str, *values: Any) -> dict[str, Any]:
    """A condition of a QueryExpression, its values wrapped as clients do."""
    wrapped = [{"Type": "System.String", "Value": value} for value in values]
    return {"AttributeName": attribute, "Operator": operator, "Values": wrapped}


@pytest.mark.parametrize(
    ("criteria", "numbers"),
    [
        ({"Conditions": [condition("accountnumber", "BeginsWith", "1")]}, {"1", "12"}),
        ({"Conditions": [condition("accountnumber", "In", "1", "2")]}, {"1", "2"}),
        ({"Conditions": [condition("accountnumber", "NotNull"), condition("createdon", "Today")]}, {"1", "12", "2"}),
        (
            {
                "FilterOperator": "Or",
                "Conditions": [condition("accountnumber", "Equal", "2")],
                "Filters": [{"FilterOperator": "And", "Conditions": [condition("accountnumber", "Like", "%2")]}],
            },
            {"12", "2"},
        ),
    ],
)
def test_a_query_expression_has_conditions(api: Any, criteria: dict[str, Any], numbers: set[str]) -> None:
    ids = {api.new("accounts", name="Contoso", accountnumber=number): number for number in ("1", "12", "2")}
    answer = detect(api, {"EntityName": "account", "Criteria": criteria})
    assert answer.status == 200, answer.text
    assert {ids[base] for base, _ in pairs(api, answer.json()["JobId"])} == numbers


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"EntityName": "account", "Criteria": {"Conditions": [condition("nope", "Equal", "1")]}}, 400),
        ({"EntityName": "account", "Criteria": {"Conditions": [condition("name", "IsLike", "1")]}}, 400),
        ({"EntityName": "account", "LinkEntities": [{"LinkToEntityName": "contact"}]}, 501),
        ({"Query": "<fetch aggregate='true'><entity name='account'><attribute name='name' aggregate='count' "
                   "alias='n'/></entity></fetch>"}, 400),
    ],
)  # fmt: skip
def test_query_expressions_that_are_none_are_refused(api: Any, query: dict[str, Any], status: int) -> None:
    assert detect(api, query).status == status


@pytest.mark.parametrize("in_bulk", [False, True])
@pytest.mark.parametrize(
    ("operator", "parameter", "column", "first", "second", "expected"),
    [
        (0, 1, "fax", "12", "12", True),
        (0, 1, "fax", "12", "123", False),
        (1, 2, "fax", "AB1", "ab2", True),
        (1, 3, "fax", "ab1", "ab2", False),
        (2, 2, "fax", "1ab", "2AB", True),
        (3, 1, "lastonholdtime", "2024-01-31T08:00:00Z", "2024-01-31T09:00:00Z", True),
        (4, 1, "lastonholdtime", "2024-01-31T08:00:00Z", "2024-01-31T09:00:00Z", False),
    ],
)
def test_the_operators_of_a_rule(
    api: Any, operator: int, parameter: int, column: str, first: str, second: str, expected: bool, in_bulk: bool
) -> None:
    rule = api.new("duplicaterules", name="R", baseentityname="account", matchingentityname="account")
    compared = {"baseattributename": column, "matchingattributename": column, "operatorcode": operator}
    bind = {"regardingobjectid@odata.bind": f"/duplicaterules({rule})"}
    api.new("duplicateruleconditions", **compared, operatorparam=parameter, **bind)
    api.post(f"duplicaterules({rule})/Microsoft.Dynamics.CRM.PublishDuplicateRule")
    api.new("accounts", name="A", **{column: first})
    if in_bulk:
        api.new("accounts", name="B", **{column: second})
        job = detect(api, {"EntityName": "account"}).json()["JobId"]
        assert bool(pairs(api, job)) is expected
    else:
        assert api.post("accounts", {"name": "B", column: second}, **CHECK).status == (412 if expected else 204)


@pytest.mark.parametrize("in_bulk", [False, True])
def test_a_rule_may_leave_inactive_rows_out(api: Any, in_bulk: bool) -> None:
    api.patch(f"duplicaterules({_rule(api)})", {"excludeinactiverecords": True})
    account = api.new("accounts", name="Contoso")
    api.patch(f"accounts({account})", {"statecode": 1})
    if in_bulk:
        other = api.new("accounts", name="Contoso")
        job = detect(api, {"EntityName": "account"}).json()["JobId"]
        assert pairs(api, job) == {(account, other)}
    else:
        assert api.post("accounts", {"name": "Contoso"}, **CHECK).status == 204


def _rule(api: Any) -> str:
    """The shipped rule about the names of accounts."""
    conditions = api.get("duplicateruleconditions?$filter=baseattributename eq 'name'").value
    return str(conditions[0]["_regardingobjectid_value"])
