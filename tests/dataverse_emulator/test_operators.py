"""The operator table: complete, and consistent with itself (contract 03 §8, §13; ruling R21)."""

from __future__ import annotations

import json
import re
from importlib.resources import files
from pathlib import Path

import pytest

from dataverse_emulator.metadata.catalog import ColumnType
from dataverse_emulator.query.operators import (
    FUNCTIONS,
    MATCHES_NULL,
    NEGATIONS,
    TRAITS,
    Argument,
    Family,
    Operator,
)

SCHEMA = Path(__file__).parents[2].parent / "shared" / "facts" / "xsd" / "fetch-current.xsd"
# What OData has and FetchXML has not.
ODATA_ONLY = {Operator.CONTAINS, Operator.NOT_CONTAINS}


@pytest.mark.skipif(not SCHEMA.exists(), reason="the folder with the shared facts is not here")
def test_every_operator_of_the_schema_is_there_and_no_other() -> None:
    found = re.search(r'<xs:simpleType name="operator">.*?</xs:simpleType>', SCHEMA.read_text(), re.DOTALL)
    assert found is not None
    names = re.findall(r'enumeration value="([^"]+)"', found.group())
    assert len(names) == 83
    assert {Operator(name) for name in names} == set(Operator) - ODATA_ONLY


def test_an_older_spelling_means_the_same() -> None:
    assert Operator("neq") is Operator.NE
    with pytest.raises(ValueError, match="'foo'"):
        Operator("foo")


def test_every_operator_has_one_row() -> None:
    assert set(TRAITS) == set(Operator)
    assert all(traits.types for traits in TRAITS.values())


def test_every_query_function_of_the_message_catalogue_has_its_operator_and_parameters() -> None:
    operations = json.loads(files("dataverse_fixtures").joinpath("operations.json").read_text(encoding="utf-8"))
    known = {
        row["name"]: tuple((parameter["name"], parameter["type"]) for parameter in row["parameters"])
        for row in operations["operations"]
        if row.get("queryFunction")
    }
    known.pop("Contains")  # full text search
    assert {name: TRAITS[operator].parameters for name, operator in FUNCTIONS.items()} == known


def test_opposites_are_opposites_of_each_other() -> None:
    assert all(NEGATIONS[opposite] is operator for operator, opposite in NEGATIONS.items())


def test_negative_operators_match_rows_without_value() -> None:
    assert {operator.value for operator in MATCHES_NULL} == {
        "ne",
        "not-like",
        "not-begin-with",
        "not-end-with",
        "not-contains",
        "not-in",
        "not-contain-values",
        "ne-userid",
        "ne-businessid",
        "not-under",
    }


@pytest.mark.parametrize("traits", TRAITS.values(), ids=[str(operator) for operator in TRAITS])
def test_the_values_of_an_operator_agree_with_its_family(traits: object) -> None:
    row = next(known for known in TRAITS.values() if known is traits)
    if row.family is Family.CALENDAR:
        assert row.types == {ColumnType.DATE_TIME}
        assert row.arity == 0 or row.argument in (Argument.COUNT, Argument.NUMBER, Argument.DAY)
    elif row.family is Family.HIERARCHY:
        assert (row.arity, row.argument) == (1, Argument.ROW)
    elif row.family is Family.CALLER:
        assert row.arity == 0
    else:
        assert row.argument in (Argument.VALUE, Argument.PATTERN, Argument.OPTION)


def test_minutes_and_hours_need_a_time() -> None:
    assert {operator.value for operator, traits in TRAITS.items() if traits.needs_time} == {
        "last-x-hours",
        "next-x-hours",
        "olderthan-x-minutes",
        "olderthan-x-hours",
    }
