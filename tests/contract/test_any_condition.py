"""Random conditions over random rows: the service finds what plain Python finds (contract 03 §4, §12, §13)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given, settings

from dataverse_emulator.values import Reference

from . import any_condition as any_
from .conftest import Api, opened

EXAMPLES = settings(max_examples=150, deadline=None)


@pytest.fixture(scope="module")
def leads() -> Iterator[Api]:
    """An organization whose leads every example replaces."""
    with opened() as made:
        yield made


def fill(api: Api, rows: Sequence[dict[str, Any]]) -> None:
    api.service.reset()
    table = api.service.catalog.table("lead")
    found = [row | {any_.UP: row[any_.UP] and Reference("lead", row[any_.UP])} for row in rows]
    with api.service.store.transaction():
        api.service.store.insert_many(table, [{k: v for k, v in row.items() if v is not None} for row in found])


def check(api: Api, option: str, text: str, condition: any_.Condition, rows: Sequence[dict[str, Any]]) -> None:
    """The rows that the service finds are those that meet the condition."""
    fill(api, rows)
    answer = api.get(f"leads?{option}={quote(text)}")
    assert answer.status == 200, (text, answer.text)
    expected = [row["leadid"] for row in rows if any_.holds(condition, row, rows)]
    assert sorted(row["leadid"] for row in answer.value) == expected, text


@EXAMPLES
@given(rows=any_.rows(), condition=any_.CONDITIONS)
def test_any_filter_finds_what_python_finds(leads: Api, rows: list[dict[str, Any]], condition: Any) -> None:
    check(leads, "$select=leadid&$filter", any_.odata(condition), condition, rows)


@EXAMPLES
@given(rows=any_.rows(), condition=any_.CONDITIONS)
def test_any_fetch_finds_what_python_finds(leads: Api, rows: list[dict[str, Any]], condition: Any) -> None:
    check(leads, "fetchXml", any_.fetch(condition), condition, rows)


@EXAMPLES
@given(rows=any_.rows(), condition=any_.IN_ONE_STATEMENT)
def test_any_statement_finds_what_python_finds(leads: Api, rows: list[dict[str, Any]], condition: Any) -> None:
    check(leads, "sql", any_.sql(condition), condition, rows)
