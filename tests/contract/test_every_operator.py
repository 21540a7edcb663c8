"""Every condition operator of FetchXML is asked, with a fixed clock where it needs one (contract 03 §8, §13)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import quote

import pytest

from dataverse_emulator.config import Settings
from dataverse_emulator.environment import open_service
from dataverse_emulator.query.operators import TRAITS, Argument, Family, Operator, Traits

from .conftest import Api
from .questions.question import CRM, condition
from .questions.table import QUESTIONS

NOW = datetime(2025, 6, 18, 12, tzinfo=UTC)
VALUES = {Argument.DAY: ["2025-06-30"], Argument.COUNT: [2], Argument.NUMBER: [2, 2025]}
COLUMNS = {
    Operator.EQ_BUSINESSID: "owningbusinessunit",
    Operator.NE_BUSINESSID: "owningbusinessunit",
    Operator.EQ_USERLANGUAGE: "numberofemployees",
}
CALLED = {own: row for own, row in TRAITS.items() if row.family in (Family.CALENDAR, Family.CALLER)}
# OData's own, and those of multi-select columns: the shipped tables have none (test_query_functions.py has a table)
ELSEWHERE = {Operator.CONTAINS, Operator.NOT_CONTAINS, Operator.CONTAIN_VALUES, Operator.NOT_CONTAIN_VALUES}


@pytest.fixture(scope="module")
def sales() -> Iterator[Api]:
    """The sample organization on a Wednesday in the middle of 2025."""
    service = open_service(Settings(log_format="none", seeds=("sample",)))
    service.clock.freeze(NOW)
    yield Api(service)
    service.close()


def ids(api: Api, option: str) -> list[str]:
    answer = api.get(f"leads?{option}")
    assert answer.status == 200, answer.text
    return sorted(row["leadid"] for row in answer.value)


@pytest.mark.parametrize("traits", CALLED.values(), ids=[str(operator) for operator in CALLED])
def test_an_operator_and_its_function_find_the_same(sales: Api, traits: Traits) -> None:
    default = "createdon" if traits.family is Family.CALENDAR else "ownerid"
    column = COLUMNS.get(traits.operator, default)
    pool = [2025] if traits.operator is Operator.IN_FISCAL_YEAR else VALUES.get(traits.argument, [])
    values = pool[: traits.arity]
    given = [f"PropertyName='{column}'"]
    for (name, kind), value in zip(traits.parameters[1:], values, strict=True):
        given.append(f"{name}='{value}'" if kind == "Edm.String" else f"{name}={value}")
    by_function = ids(sales, f"$select=leadid&$filter={CRM}.{traits.function}({','.join(given)})")
    where = f"<filter>{condition(column, traits.operator, *values)}</filter>"
    text = f'<fetch><entity name="lead"><attribute name="leadid"/>{where}</entity></fetch>'
    assert ids(sales, f"fetchXml={quote(text)}") == by_function


def test_no_operator_is_left_out() -> None:
    asked = {
        Operator(name)
        for question in QUESTIONS.values()
        for name in re.findall(r'operator="([^"]+)"', question.fetch_xml)
    }
    assert asked | set(CALLED) | ELSEWHERE == set(Operator)
