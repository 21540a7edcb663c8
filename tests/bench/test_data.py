"""Generated rows: always the same, and within the definitions of their tables."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

import pytest
from bench import data

MAKERS = {"account": data.account, "lead": data.lead, "contact": data.contact}


def columns(table: str) -> dict[str, dict[str, Any]]:
    text = (files("dataverse_fixtures") / "tables" / f"{table}.json").read_text(encoding="utf-8")
    return {column["logicalName"]: column for column in json.loads(text)["columns"]}


def test_accounts_have_40_columns() -> None:
    assert len(data.ACCOUNT_COLUMNS) == 40


def test_the_same_number_gives_the_same_row() -> None:
    assert data.account(7) == data.account(7)
    assert list(data.accounts(3)) == list(data.accounts(5))[:3]


def test_identifiers_and_names_differ() -> None:
    rows = list(data.accounts(500))
    assert len({row["accountid"] for row in rows}) == 500
    assert len({row["name"] for row in rows}) == 500


@pytest.mark.parametrize("table", MAKERS)
def test_values_fit_their_columns(table: str) -> None:
    definitions = columns(table)
    for number in (0, 1, 999, 123_456):
        for name, value in MAKERS[table](number).items():
            column = definitions[name]
            assert column.get("validForCreate", True), name
            if isinstance(value, str):
                assert len(value) <= column["maxLength"], name
            elif column.get("options") and not isinstance(value, bool):
                assert value in [option["value"] for option in column["options"]], name
            elif not isinstance(value, bool):
                assert column["min"] <= value <= column["max"], name
