"""Pages of 20,000 rows, many of which are equal in their sort keys: each row comes once (contract 03 §6, §15)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, unquote
from xml.etree import ElementTree
from xml.sax.saxutils import quoteattr

import pytest

from dataverse_emulator.config import Settings
from dataverse_emulator.environment import open_service
from dataverse_emulator.values import Reference

from .conftest import Api

COUNT = 20_000
ID = "00000000-0000-0000-0001-{:012d}"
PARENT = ID.format(0)
NAMES = ["beta", None, "Alpha", "álpha", "BETA", None, "gamma"]
COOKIE = "@Microsoft.Dynamics.CRM.fetchxmlpagingcookie"


def _lead(number: int) -> dict[str, Any]:
    """Few names, fewer numbers, and none of either for some; the first lead is above all."""
    values = {
        "leadid": ID.format(number),
        "companyname": NAMES[number % 7],
        "numberofemployees": None if number % 3 == 0 else number % 5,
        "masterid": Reference("lead", PARENT) if number else None,
    }
    return {name: value for name, value in values.items() if value is not None}


@pytest.fixture(scope="module")
def leads() -> Iterator[Api]:
    """20,000 leads, which the tests here only read."""
    service = open_service(Settings(log_format="none"))
    with service.store.transaction():
        service.store.insert_many(service.catalog.table("lead"), [_lead(number) for number in range(COUNT)])
    yield Api(service)
    service.close()


def follow(api: Api, path: str, size: int) -> Iterator[list[dict[str, Any]]]:
    """The pages to the end."""
    link: str | None = path
    while link:
        answer = api.get(link, Prefer=f"odata.maxpagesize={size}")
        assert answer.status == 200, answer.text
        yield answer.value
        link = answer.json().get("@odata.nextLink")


def all_of(pages: Iterator[list[dict[str, Any]]], size: int) -> list[dict[str, Any]]:
    """The rows of full pages: each of the leads once."""
    found = list(pages)
    assert [len(page) for page in found] == [size] * (COUNT // size) + ([COUNT % size] if COUNT % size else [])
    rows = [row for page in found for row in page]
    assert len({row["leadid"] for row in rows}) == COUNT
    return rows


def folded(name: str | None) -> str:
    """A sort key: null comes first, case and accents do not count."""
    return (name or "").casefold().replace("á", "a")


@pytest.mark.parametrize("size", [5000, 3001])
def test_equal_names_in_ascending_order(leads: Api, size: int) -> None:
    rows = all_of(follow(leads, "leads?$select=companyname&$orderby=companyname", size), size)
    keys = [folded(row["companyname"]) for row in rows]
    assert keys == sorted(keys)


def test_equal_names_in_descending_order(leads: Api) -> None:
    rows = all_of(follow(leads, "leads?$select=companyname&$orderby=companyname desc", 3001), 3001)
    keys = [folded(row["companyname"]) for row in rows]
    assert keys == sorted(keys, reverse=True)


def test_two_keys_of_opposite_directions_with_nulls_in_both(leads: Api) -> None:
    query = "leads?$select=companyname,numberofemployees&$orderby=numberofemployees desc,companyname"
    rows = all_of(follow(leads, query, 4999), 4999)
    keys = [(-(-1 if (n := row["numberofemployees"]) is None else n), folded(row["companyname"])) for row in rows]
    assert keys == sorted(keys)


def test_rows_with_nested_expansions(leads: Api) -> None:
    nested = "$expand=masterid($select=leadid;$expand=createdby($select=fullname))"
    rows = all_of(follow(leads, f"leads?$select=leadid&$orderby=companyname desc&{nested}", 5000), 5000)
    assert {row["masterid"] and row["masterid"]["leadid"] for row in rows} == {None, PARENT}


def test_an_expanded_collection_of_nested_expansions(leads: Api) -> None:
    nested = "lead_master_lead($select=leadid;$expand=masterid($select=leadid))"
    row = leads.get(f"leads({PARENT})?$select=leadid&$expand={nested}", Prefer="odata.maxpagesize=4000").json()
    rest = follow(leads, row["lead_master_lead@odata.nextLink"], 4000)
    found = [each for page in (row["lead_master_lead"], *rest) for each in page]
    assert sorted(each["leadid"] for each in found) == [ID.format(number) for number in range(1, COUNT)]
    assert {each["masterid"]["leadid"] for each in found} == {PARENT}


def fetch_pages(api: Api, inner: str, size: int) -> Iterator[list[dict[str, Any]]]:
    """The pages of a fetch as a client reads them: by number and cookie."""
    cookie = ""
    for page in range(1, COUNT):
        given = f" paging-cookie={quoteattr(cookie)}" if cookie else ""
        text = f'<fetch count="{size}" page="{page}"{given}><entity name="lead">{inner}</entity></fetch>'
        answer = api.get(f"leads?fetchXml={quote(text)}", Prefer='odata.include-annotations="*"')
        assert answer.status == 200, answer.text
        yield answer.value
        body = answer.json()
        if COOKIE not in body:
            return
        cookie = unquote(unquote(ElementTree.fromstring(body[COOKIE]).get("pagingcookie") or ""))


@pytest.mark.parametrize("descending", ["false", "true"])
def test_cookies_of_fetchxml(leads: Api, descending: str) -> None:
    order = f'<attribute name="companyname"/><order attribute="companyname" descending="{descending}"/>'
    rows = all_of(fetch_pages(leads, order, 3001), 3001)
    keys = [folded(row.get("companyname")) for row in rows]
    assert keys == sorted(keys, reverse=descending == "true")


def test_cookies_of_fetchxml_with_a_link(leads: Api) -> None:
    link = '<link-entity name="lead" from="leadid" to="masterid" link-type="outer" alias="up"/>'
    order = '<order attribute="numberofemployees" descending="true"/><order attribute="companyname"/>'
    all_of(fetch_pages(leads, f'<attribute name="leadid"/>{order}{link}', 5000), 5000)


def test_pages_of_sql(leads: Api) -> None:
    text = quote("SELECT leadid, companyname FROM lead ORDER BY companyname DESC")
    all_of(follow(leads, f"leads?sql={text}", 3001), 3001)


def test_counts_stop_at_five_thousand(leads: Api) -> None:
    body = leads.get("leads?$select=leadid&$top=1&$count=true", Prefer='odata.include-annotations="*"').json()
    assert body["@odata.count"] == 5000
    assert body["@Microsoft.Dynamics.CRM.totalrecordcountlimitexceeded"] is True


def test_a_count_as_text_stops_at_five_thousand(leads: Api) -> None:
    assert leads.get("leads/$count").text == "\ufeff5000"
    assert leads.get("leads/$count?$filter=companyname eq 'GAMMA'").text == f"\ufeff{COUNT // 7}"


def test_a_total_that_nobody_asked_for_is_unknown(leads: Api) -> None:
    body = leads.get("leads?$select=leadid&$top=1", Prefer='odata.include-annotations="*"').json()
    assert body["@Microsoft.Dynamics.CRM.totalrecordcount"] == -1
