"""The same questions in OData, FetchXML and SQL: equal queries, and the rows that plain Python finds (contract 03)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from urllib.parse import quote

import pytest
from lxml import etree

from dataverse_emulator.config import Settings
from dataverse_emulator.environment import open_service
from dataverse_emulator.query.fetch_reader import read_fetch
from dataverse_emulator.query.from_fetchxml import bind_fetch
from dataverse_emulator.query.from_odata import bind_query
from dataverse_emulator.query.from_sql import bind_sql
from dataverse_emulator.query.model import Page, Query
from dataverse_emulator.query.sql_reader import read_sql
from odata_protocol.url import parse_url

from .conftest import Answer, Api
from .questions.question import Question
from .questions.table import QUESTIONS, TOPICS

SCHEMA_FILE = Path(__file__).parents[2].parent / "shared" / "facts" / "xsd" / "fetch-current.xsd"
IN_SQL = {name: question for name, question in QUESTIONS.items() if question.sql}

every_question = pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS.keys())


@pytest.fixture(scope="module")
def sales() -> Iterator[Api]:
    """The sample organization, which the tests here only read."""
    service = open_service(Settings(log_format="none", seeds=("sample",)))
    yield Api(service)
    service.close()


def keys(answer: Answer, question: Question) -> list[str]:
    assert answer.status == 200, answer.text
    return sorted(row[question.key] for row in answer.value)


def bound(api: Api, question: Question) -> Query:
    """What the OData text means."""
    catalog = api.service.catalog
    request = parse_url(question.entity_set, f"$select={question.key}&$filter={quote(question.odata)}")
    table = catalog.table(question.table)
    return bind_query(table, request.options, dict(request.aliases), catalog, page_size=5000)


@cache
def schema() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(str(SCHEMA_FILE)))


@every_question
def test_odata_finds_the_rows(sales: Api, question: Question) -> None:
    answer = sales.get(f"{question.entity_set}?$select={question.key}&$filter={quote(question.odata)}")
    assert keys(answer, question) == question.expected


@every_question
def test_fetchxml_finds_the_rows(sales: Api, question: Question) -> None:
    answer = sales.get(f"{question.entity_set}?fetchXml={quote(question.fetch_xml)}")
    assert keys(answer, question) == question.expected


@pytest.mark.parametrize("question", IN_SQL.values(), ids=IN_SQL.keys())
def test_sql_finds_the_rows(sales: Api, question: Question) -> None:
    answer = sales.get(f"{question.entity_set}?sql={quote(question.sql_text)}")
    assert keys(answer, question) == question.expected


@pytest.mark.parametrize("name", [name for name, question in QUESTIONS.items() if question.is_same])
def test_fetchxml_becomes_the_query_that_odata_becomes(sales: Api, name: str) -> None:
    question = QUESTIONS[name]
    assert bind_fetch(read_fetch(question.fetch_xml), sales.service.catalog) == bound(sales, question)


@pytest.mark.parametrize("name", [name for name, question in IN_SQL.items() if question.is_same])
def test_sql_becomes_the_query_that_odata_becomes(sales: Api, name: str) -> None:
    question = QUESTIONS[name]
    read = read_sql(question.sql_text)
    assert bind_sql(read, sales.service.catalog, page=Page(size=5000)) == bound(sales, question)


@pytest.mark.skipif(not SCHEMA_FILE.exists(), reason="the folder with the shared facts is not here")
@every_question
def test_questions_are_valid_fetchxml(question: Question) -> None:
    schema().assertValid(etree.fromstring(question.fetch_xml))


def test_questions_are_many_and_of_different_names() -> None:
    assert len(QUESTIONS) == sum(len(topic.QUESTIONS) for topic in TOPICS)
    assert len(QUESTIONS) >= 120
    assert len(IN_SQL) >= 90


def test_few_questions_find_nothing() -> None:
    assert sum(1 for question in QUESTIONS.values() if not question.expected) <= 3
