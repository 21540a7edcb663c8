"""Paging cookies: written, read, damaged."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataverse_emulator.errors import EmulatorError
from dataverse_emulator.metadata.catalog import Catalog
from dataverse_emulator.metadata.definitions import load_catalog
from dataverse_emulator.query.model import ColumnRef, Order, Query
from dataverse_emulator.query.paging import PageToken, read_cookie, sort_values, write_cookie

KEY = "7eb682f1-ca75-e511-80d4-00155d2a68d1"


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog()


def ordered(catalog: Catalog, *names: str, by_label: bool = False) -> Query:
    table = catalog.table("account")
    return Query(table, (), order=tuple(Order(ColumnRef(table.column(name)), by_label=by_label) for name in names))


NAMES = ("name", "numberofemployees", "revenue", "createdon", "creditonhold")
VALUES = st.tuples(
    st.none() | st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=30),
    st.none() | st.integers(-(2**63), 2**63 - 1),
    st.none() | st.floats(allow_nan=False, allow_infinity=False),
    st.none() | st.just("2024-01-31T08:00:00Z"),
    st.none() | st.integers(0, 1),
)


@given(values=VALUES, number=st.integers(1, 999), size=st.none() | st.integers(1, 5000))
def test_sort_values_survive(catalog: Catalog, values: tuple[object, ...], number: int, size: int | None) -> None:
    query = ordered(catalog, *NAMES)
    token = read_cookie(write_cookie(query, number, size, (*values, KEY), KEY))
    assert (token.number, token.size) == (number + 1, size)
    assert sort_values(query, token) == (*values, KEY)


def test_names_of_lookups_are_text(catalog: Catalog) -> None:
    query = ordered(catalog, "primarycontactid", by_label=True)
    token = read_cookie(write_cookie(query, 1, None, ("Ana <Ruiz> & \"co\" 'x'", KEY)))
    assert sort_values(query, token) == ("Ana <Ruiz> & \"co\" 'x'", KEY)


def test_a_cookie_without_values_counts_pages(catalog: Catalog) -> None:
    assert read_cookie(write_cookie(ordered(catalog), 2, 10, None)) == PageToken(3, 10)
    assert read_cookie('<cookie pagenumber="4" istracking="False" />') == PageToken(4)
    assert read_cookie("<cookie pagenumber='4'/>") == PageToken(4)


def test_a_cookie_of_another_order_is_refused(catalog: Catalog) -> None:
    token = read_cookie(write_cookie(ordered(catalog, "name"), 1, None, ("A", KEY)))
    with pytest.raises(EmulatorError, match="cookie"):
        sort_values(ordered(catalog, "name", "revenue"), token)
    with pytest.raises(EmulatorError, match="cookie"):
        sort_values(ordered(catalog, "numberofemployees"), token)


@given(text=st.text(max_size=60) | st.text(alphabet='<cookie pagenumber="12"/>%3', max_size=60))
def test_any_other_text_is_refused_or_read(text: str) -> None:
    try:
        number = read_cookie(text).number
    except EmulatorError as problem:
        number = 1 if problem.code == "0x8004112A" else 0
    assert number >= 1
