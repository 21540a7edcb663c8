"""SQL texts to plain values and to bound queries (contract 09 §3, Reads)."""

from __future__ import annotations

import subprocess
import sys

import pytest

from dataverse_emulator.errors import EmulatorError
from dataverse_emulator.metadata.definitions import load_catalog
from dataverse_emulator.query.fetch_reader import read_fetch
from dataverse_emulator.query.from_fetchxml import bind_fetch
from dataverse_emulator.query.from_sql import bind_sql
from dataverse_emulator.query.model import Any_, JoinKind, Page, Query
from dataverse_emulator.query.operators import Operator
from dataverse_emulator.query.sql_nodes import SqlColumn, SqlCompare, SqlGroup, SqlNot
from dataverse_emulator.query.sql_reader import read_sql

CATALOG = load_catalog()
PAGE = Page(size=5000)


def bind(text: str) -> Query:
    return bind_sql(read_sql(text), CATALOG, page=PAGE)


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("name = 'it''s'", SqlCompare(SqlColumn("name"), Operator.EQ, ("it's",))),
        ("A.Name != N'ø'", SqlCompare(SqlColumn("name", "a"), Operator.NE, ("ø",))),
        ("[name] >= 'a'", SqlCompare(SqlColumn("name"), Operator.GE, ("a",))),
        ("-1.5 < revenue", SqlCompare(SqlColumn("revenue"), Operator.GT, ("-1.5",))),
        ("(5) = revenue OR revenue IS NULL", None),
        ("revenue = (5)", SqlCompare(SqlColumn("revenue"), Operator.EQ, ("5",))),
        ("name = NULL", SqlCompare(SqlColumn("name"), Operator.EQ, (None,))),
        ("name LIKE '%a'", SqlCompare(SqlColumn("name"), Operator.LIKE, ("%a",))),
        ("name NOT LIKE '%a'", SqlNot(SqlCompare(SqlColumn("name"), Operator.LIKE, ("%a",)))),
        ("a IN (1, '2')", SqlCompare(SqlColumn("a"), Operator.IN, ("1", "2"))),
        ("a NOT IN (1)", SqlNot(SqlCompare(SqlColumn("a"), Operator.IN, ("1",)))),
        ("a BETWEEN 1 AND 2", SqlCompare(SqlColumn("a"), Operator.BETWEEN, ("1", "2"))),
        ("a IS NOT NULL", SqlNot(SqlCompare(SqlColumn("a"), Operator.NULL))),
        (
            "a = 1 AND (b = 2 OR c = 3)",
            SqlGroup(
                (
                    SqlCompare(SqlColumn("a"), Operator.EQ, ("1",)),
                    SqlGroup(
                        (
                            SqlCompare(SqlColumn("b"), Operator.EQ, ("2",)),
                            SqlCompare(SqlColumn("c"), Operator.EQ, ("3",)),
                        ),
                        any_=True,
                    ),
                )
            ),
        ),
    ],
)
def test_conditions_are_read(condition: str, expected: object) -> None:
    text = f"SELECT name FROM account a WHERE {condition}"
    if expected is None:
        with pytest.raises(EmulatorError, match="not supported"):
            read_sql(text)
        return
    assert read_sql(text).where == expected


def test_a_statement_is_read() -> None:
    select = read_sql(
        "SELECT DISTINCT TOP (3) a.name AS Name, telephone1 phone -- who and where\n"
        "FROM Account AS A LEFT JOIN contact c ON a.accountid = c.parentcustomerid /* all */ ORDER BY Name DESC, phone"
    )
    assert (select.table, select.alias, select.top, select.distinct) == ("account", "a", 3, True)
    assert [item.alias for item in select.items] == ["Name", "phone"]
    assert [(join.table, join.alias, join.kind) for join in select.joins] == [("contact", "c", JoinKind.OUTER)]
    assert [(item.column.name, item.descending) for item in select.order] == [("name", True), ("phone", False)]
    assert not select.is_grouped


@pytest.mark.parametrize(
    ("sql", "xml"),
    [
        (
            "SELECT a.name AS n, c.fullname AS f FROM account a "
            "JOIN contact c ON a.accountid = c.parentcustomerid AND c.statecode = 0 ORDER BY a.name, c.fullname DESC",
            "<fetch><entity name='account'><attribute name='name' alias='n'/><order attribute='name'/>"
            "<link-entity name='contact' from='parentcustomerid' to='accountid' alias='c'>"
            "<attribute name='fullname' alias='f'/><order attribute='fullname' descending='true'/>"
            "<filter><condition attribute='statecode' operator='eq' value='0'/></filter></link-entity>"
            "</entity></fetch>",
        ),
        (
            "SELECT DISTINCT TOP 4 address1_city FROM account ORDER BY address1_city",
            "<fetch top='4' distinct='true'><entity name='account'><attribute name='address1_city'/>"
            "<order attribute='address1_city'/></entity></fetch>",
        ),
        (
            "SELECT c.fullname AS f, COUNT(DISTINCT a.statecode) AS n FROM account a "
            "LEFT JOIN contact c ON a.primarycontactid = c.contactid GROUP BY c.fullname ORDER BY n DESC",
            "<fetch aggregate='true'><entity name='account'>"
            "<attribute name='statecode' aggregate='countcolumn' distinct='true' alias='n'/>"
            "<order alias='n' descending='true'/>"
            "<link-entity name='contact' from='contactid' to='primarycontactid' alias='c' link-type='outer'>"
            "<attribute name='fullname' groupby='true' alias='f'/></link-entity></entity></fetch>",
        ),
        (
            "SELECT name FROM account WHERE name LIKE 'a_c' AND address1_city NOT LIKE '%x' AND revenue NOT IN (1, 2)",
            "<fetch><entity name='account'><attribute name='name'/><filter>"
            "<condition attribute='name' operator='like' value='a_c'/>"
            "<condition attribute='address1_city' operator='not-like' value='%x'/>"
            "<condition attribute='revenue' operator='not-in'><value>1</value><value>2</value></condition>"
            "</filter></entity></fetch>",
        ),
    ],
)
def test_twins_of_fetchxml_are_equal(sql: str, xml: str) -> None:
    assert bind(sql) == bind_fetch(read_fetch(xml), CATALOG)


def test_a_comparison_with_null_holds_for_no_row_whatever_stands_before_it() -> None:
    for condition in ("name = NULL", "NOT name = NULL", "NOT (NOT (name <> NULL))", "name LIKE NULL"):
        assert bind(f"SELECT name FROM account WHERE {condition}").where == Any_(())


def test_offset_is_a_page_where_it_is_one() -> None:
    text = "SELECT name FROM account ORDER BY name OFFSET {} ROWS FETCH NEXT 5 ROWS ONLY"
    assert bind(text.format(0)).page == Page(5)
    assert bind(text.format(10)).page == Page(size=5, number=3)
    assert bind(text.format(7)).page == Page(12)


def test_the_parser_is_not_loaded_at_start() -> None:
    code = (
        "import sys\n"
        "import dataverse_emulator.web.webapi.dispatch, dataverse_emulator.emulator\n"
        "assert not {'sqlglot', 'dataverse_emulator.query.from_sql'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, env={"PYTHONPATH": "app:odata:fixtures"})
