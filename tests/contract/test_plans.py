"""How much work a query makes: plans are compiled once a shape, statements are as few as can be (design.md §3, §6)."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

import pytest

from dataverse_emulator.config import Settings
from dataverse_emulator.environment import open_service

from .conftest import Api
from .questions.question import condition
from .questions.table import QUESTIONS

ACCOUNT = "c0de0001-0000-4000-8000-00000000000{}"
CRM = "Microsoft.Dynamics.CRM."
FETCH = quote(
    f'<fetch><entity name="account"><filter>{condition("name", "eq", "{}")}</filter></entity></fetch>', safe="{}"
)

# path with a place for a literal → literals
LITERALS: dict[str, tuple[str, list[str]]] = {
    "text": ("accounts?$filter=name eq '{}'", ["a", "ö", "it''s", "a b"]),
    "pattern": ("accounts?$filter=contains(name,'{}')", ["a", "Øre", "b%25r"]),
    "start": ("accounts?$filter=startswith(name,'{}')", ["a", "Øre"]),
    "number": ("accounts?$filter=numberofemployees gt {}", ["1", "20", "300"]),
    "amount": ("accounts?$filter=revenue lt {}", ["1", "2.5", "3000000"]),
    "choice": ("leads?$filter=leadsourcecode eq {}", ["1", "8"]),
    "two options": ("leads?$filter=donotphone eq {}", ["true", "false"]),
    "moment": ("leads?$filter=createdon ge {}", ["2024-01-01T00:00:00Z", "2025-03-01T13:00:00%2B01:00"]),
    "date": ("leads?$filter=estimatedclosedate le {}", ["2025-01-01", "2026-02-03"]),
    "row": ("contacts?$filter=_parentcustomerid_value eq {}", [ACCOUNT.format(1), ACCOUNT.format(2)]),
    "key": ("accounts({})?$select=name", [ACCOUNT.format(1), ACCOUNT.format(2)]),
    "column of another row": ("accounts?$filter=primarycontactid/lastname eq '{}'", ["a", "b"]),
    "lambda": ("accounts?$filter=Account_Tasks/any(t:t/subject eq '{}')", ["a", "b"]),
    "days": (f"tasks?$filter={CRM}LastXDays(PropertyName='createdon',PropertyValue={{}})", ["1", "30"]),
    "range": (
        f"leads?$filter={CRM}Between(PropertyName='numberofemployees',PropertyValues=['1','{{}}'])",
        ["2", "90"],
    ),
    "list": (f"leads?$filter={CRM}In(PropertyName='subject',PropertyValues=[{{}}])", ["'a'", "'b','ö'", "'a','b','c'"]),
    "expanded": ("accounts?$select=name&$expand=Account_Tasks($select=subject;$filter=subject eq '{}')", ["a", "b"]),
    "groups": ("leads?$apply=filter(revenue gt {})/groupby((leadsourcecode),aggregate($count as n))", ["1", "20"]),
    "fetch": (f"accounts?fetchXml={FETCH}", ["a", "%C3%B6", "a b"]),
    "sql": ("accounts?sql=SELECT name FROM account WHERE name = '{}' OR revenue > {}", ["1", "20"]),
}
STATEMENTS = {
    f"accounts({ACCOUNT.format(1)})?$select=name,_primarycontactid_value": 1,
    "accounts?$select=name&$orderby=name": 1,
    "accounts?$select=name&$filter=primarycontactid/lastname ne null": 1,
    "accounts?$select=name&$expand=primarycontactid($select=lastname)": 2,
    "accounts?$select=name&$expand=primarycontactid($select=lastname),Account_Tasks($select=subject)": 3,
    "accounts?$select=name&$expand=primarycontactid($select=lastname;$expand=createdby($select=fullname)),"
    "Account_Tasks($select=subject)": 4,
    f"accounts({ACCOUNT.format(1)})?$select=name&$expand=contact_customer_accounts($select=lastname)": 2,
    "accounts?sql=SELECT a.name, c.lastname FROM account a JOIN contact c ON a.primarycontactid = c.contactid": 1,
}


@pytest.fixture(scope="module")
def sales() -> Iterator[Api]:
    """The sample organization, which the tests here only read."""
    service = open_service(Settings(log_format="none", seeds=("sample",)))
    yield Api(service)
    service.close()


def plans_of(api: Api, path: str) -> int:
    """Plans that a request compiles."""
    before = api.service.store.plans
    answer = api.get(path)
    assert answer.status == 200, answer.text
    return api.service.store.plans - before


@pytest.mark.parametrize(("path", "literals"), LITERALS.values(), ids=LITERALS.keys())
def test_other_literals_find_the_plan_of_the_first(sales: Api, path: str, literals: list[str]) -> None:
    first, *others = (path.replace("{}", literal) for literal in literals)
    plans_of(sales, first)
    assert [plans_of(sales, other) for other in others] == [0] * len(others)


def test_questions_asked_again_compile_nothing(sales: Api) -> None:
    paths = [
        f"{question.entity_set}?{option}={quote(text)}"
        for question in QUESTIONS.values()
        for option, text in (
            (f"$select={question.key}&$filter", question.odata),
            ("fetchXml", question.fetch_xml),
            ("sql", question.sql_text if question.sql else ""),
        )
        if text
    ]
    assert sum(plans_of(sales, path) for path in paths) > 50
    # a line more in the text: what is remembered by text is of no use
    assert sum(plans_of(sales, f"{path}%0A") for path in paths) == 0


@pytest.mark.parametrize(("path", "count"), STATEMENTS.items(), ids=STATEMENTS.keys())
def test_statements_of_a_request(sales: Api, path: str, count: int) -> None:
    sales.get(path)
    before = sales.service.store.statements
    assert sales.get(path).status == 200
    assert sales.service.store.statements - before == count


@pytest.mark.parametrize(
    ("path", "index"),
    {
        "accounts?$select=name&$orderby=createdon desc&$top=5": "account__createdon",
        "leads?$select=subject&$filter=statecode eq 0&$orderby=modifiedon desc&$top=5": "lead__modifiedon",
        "leads?$select=subject&$filter=createdon ge 2025-01-01T00:00:00Z&$orderby=createdon": "lead__createdon",
        "tasks?$select=subject&$orderby=createdon&$top=5": "task__createdon",
        "contacts?$select=fullname&$filter=statecode eq 0&$orderby=fullname&$top=5": "contact__name",
        "contacts?$select=fullname&$filter=_parentcustomerid_value eq "
        + ACCOUNT.format(1): "contact__parentcustomerid",
    }.items(),
)
def test_usual_questions_walk_an_index(sales: Api, path: str, index: str) -> None:
    connection = sales.service.store.database.connection
    statements: list[str] = []
    connection.set_trace_callback(statements.append)
    sales.get(path)
    connection.set_trace_callback(None)
    steps = [
        step
        for sql in statements
        if sql.startswith("SELECT")
        for step in connection.execute(f"EXPLAIN QUERY PLAN {sql}")
    ]
    assert any(index in step[3] for step in steps)
