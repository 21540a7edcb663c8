"""Reports by lead source over the sample organization, in three languages and in plain Python (contract 05 §3)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

from dataverse_emulator.config import Settings
from dataverse_emulator.environment import open_service

from .conftest import Api
from .questions.question import pointing, row_of, rows

ALL = {"Prefer": 'odata.include-annotations="*"'}
FORMATTED = "@OData.Community.Display.V1.FormattedValue"
LABELS = {
    1: "Advertisement", 2: "Employee Referral", 3: "External Referral", 4: "Partner", 5: "Public Relations",
    6: "Seminar", 7: "Trade Show", 8: "Web", 9: "Word of Mouth", 10: "Other",
}  # fmt: skip
STATES = {0: "Open", 1: "Qualified", 2: "Disqualified"}


def _fetch(table: str, inner: str) -> str:
    return "fetchXml=" + quote(f'<fetch aggregate="true"><entity name="{table}">{inner}</entity></fetch>')


def _sql(text: str) -> str:
    return "sql=" + quote(text)


_SOURCE = '<attribute name="leadsourcecode" groupby="true" alias="leadsourcecode"/>'
_TOTAL = '<attribute name="leadid" aggregate="count" alias="total"/>'

BY_SOURCE_AND_STATE = {
    "OData": "$apply=groupby((leadsourcecode,statecode),aggregate($count as total))",
    "FetchXML": _fetch("lead", f'{_SOURCE}<attribute name="statecode" groupby="true" alias="statecode"/>{_TOTAL}'),
    "SQL": _sql("SELECT leadsourcecode, statecode, COUNT(*) AS total FROM lead GROUP BY leadsourcecode, statecode"),
}
QUALIFIED = {
    "OData": "$apply=filter(statecode eq 1)/groupby((leadsourcecode),aggregate($count as total))",
    "FetchXML": _fetch(
        "lead", f'{_SOURCE}{_TOTAL}<filter><condition attribute="statecode" operator="eq" value="1"/></filter>'
    ),
    "SQL": _sql("SELECT leadsourcecode, COUNT(*) AS total FROM lead WHERE statecode = 1 GROUP BY leadsourcecode"),
}
REVENUE = {
    "OData": "$apply=filter(statecode eq 1)/groupby((originatingleadid/leadsourcecode),"
    "aggregate(actualvalue with sum as revenue))",
    "FetchXML": _fetch(
        "opportunity",
        '<attribute name="actualvalue" aggregate="sum" alias="revenue"/><filter><condition attribute="statecode" '
        'operator="eq" value="1"/></filter><link-entity name="lead" from="leadid" to="originatingleadid" '
        f'link-type="outer">{_SOURCE}</link-entity>',
    ),
    "SQL": _sql(
        "SELECT l.leadsourcecode, SUM(o.actualvalue) AS revenue FROM opportunity o LEFT JOIN lead l "
        "ON o.originatingleadid = l.leadid WHERE o.statecode = 1 GROUP BY l.leadsourcecode"
    ),
}
WON = {
    "FetchXML": _fetch(
        "lead",
        f'{_SOURCE}<attribute name="leadid" aggregate="countcolumn" alias="leads"/>'
        '<attribute name="leadid" aggregate="countcolumn" distinct="true" alias="each"/>'
        '<link-entity name="opportunity" from="originatingleadid" to="leadid" link-type="outer" alias="opp">'
        '<attribute name="actualvalue" aggregate="sum" alias="won"/>'
        '<attribute name="opportunityid" aggregate="countcolumn" alias="opps"/></link-entity>',
    ),
    "SQL": _sql(
        "SELECT l.leadsourcecode, COUNT(l.leadid) AS leads, COUNT(DISTINCT l.leadid) AS each, "
        "SUM(o.actualvalue) AS won, COUNT(o.opportunityid) AS opps FROM lead l "
        "LEFT JOIN opportunity o ON o.originatingleadid = l.leadid GROUP BY l.leadsourcecode"
    ),
}


@pytest.fixture(scope="module")
def sales() -> Iterator[Api]:
    """The sample organization, which the tests here only read."""
    service = open_service(Settings(log_format="none", seeds=("sample",)))
    yield Api(service)
    service.close()


def report(api: Api, path: str) -> list[dict[str, Any]]:
    answer = api.get(path, **ALL)
    assert answer.status == 200, answer.text
    return answer.value


def source(row: dict[str, Any]) -> int | None:
    """The source of a group: OData names a linked column after its table; null is left out."""
    return row.get("leadsourcecode", row.get("lead_leadsourcecode"))


@pytest.mark.parametrize("query", BY_SOURCE_AND_STATE.values(), ids=BY_SOURCE_AND_STATE.keys())
def test_leads_by_source_and_state(sales: Api, query: str) -> None:
    found = report(sales, f"leads?{query}")
    assert len(found) == len({(source(row), row["statecode"]) for row in found})
    expected = Counter((row.get("leadsourcecode"), row["statecode"]) for row in rows("lead"))
    assert {(source(row), row["statecode"]): row["total"] for row in found} == expected


@pytest.mark.parametrize("query", QUALIFIED.values(), ids=QUALIFIED.keys())
def test_qualified_leads_by_source(sales: Api, query: str) -> None:
    expected = Counter(row.get("leadsourcecode") for row in rows("lead") if row["statecode"] == 1)
    assert {source(row): row["total"] for row in report(sales, f"leads?{query}")} == expected


@pytest.mark.parametrize("query", REVENUE.values(), ids=REVENUE.keys())
def test_revenue_by_source(sales: Api, query: str) -> None:
    expected: dict[int | None, float] = defaultdict(float)
    for row in rows("opportunity"):
        if row["statecode"] == 1:
            expected[row_of(row.get("originatingleadid")).get("leadsourcecode")] += row.get("actualvalue") or 0
    found = {source(row): row.get("revenue", 0) for row in report(sales, f"opportunities?{query}")}
    assert found == pytest.approx(dict(expected))


@pytest.mark.parametrize("query", WON.values(), ids=WON.keys())
def test_leads_and_their_opportunities_by_source(sales: Api, query: str) -> None:
    expected: dict[int | None, list[Any]] = {}
    for lead in rows("lead"):
        group = expected.setdefault(lead.get("leadsourcecode"), [0, 0, None, 0])
        opportunities = pointing("opportunity", "originatingleadid", lead)
        group[0] += max(len(opportunities), 1)  # an outer link multiplies rows
        group[1] += 1
        group[3] += len(opportunities)
        for amount in (row["actualvalue"] for row in opportunities if row.get("actualvalue") is not None):
            group[2] = (group[2] or 0) + amount  # a sum over no values is null
    found = report(sales, f"leads?{query}")
    assert {source(row): [row["leads"], row["each"], row.get("won"), row["opps"]] for row in found} == expected


@pytest.mark.parametrize("query", BY_SOURCE_AND_STATE.values(), ids=BY_SOURCE_AND_STATE.keys())
def test_sources_and_states_have_their_labels(sales: Api, query: str) -> None:
    found = report(sales, f"leads?{query}")
    assert {row["leadsourcecode"]: row[f"leadsourcecode{FORMATTED}"] for row in found if source(row)} == LABELS
    assert {row["statecode"]: row[f"statecode{FORMATTED}"] for row in found} == STATES


@pytest.mark.parametrize("query", REVENUE.values(), ids=REVENUE.keys())
def test_sources_of_revenue_have_their_labels(sales: Api, query: str) -> None:
    for row in report(sales, f"opportunities?{query}"):
        labels = [value for name, value in row.items() if name.endswith(f"leadsourcecode{FORMATTED}")]
        assert labels == ([LABELS[number]] if (number := source(row)) else [])
