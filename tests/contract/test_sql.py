"""SQL over the Web API (contract 09 §3, Reads): the questions that OData and FetchXML answer too, and results."""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import pytest

from dataverse_emulator.config import Settings
from dataverse_emulator.environment import open_service
from dataverse_emulator.query.from_odata import bind_query
from dataverse_emulator.query.from_sql import bind_sql
from dataverse_emulator.query.model import Page
from dataverse_emulator.query.sql_reader import read_sql
from odata_protocol.url import parse_url

from .conftest import ROOT, Answer, Api
from .questions.question import id_of, plain, pointing, row_of, rows

ALL = {"Prefer": 'odata.include-annotations="*"'}
FORMATTED = "OData.Community.Display.V1.FormattedValue"
ATTRIBUTE = "OData.Community.Display.V1.AttributeName"
LOOKUP = "Microsoft.Dynamics.CRM.lookuplogicalname"


@pytest.fixture(scope="module")
def sales() -> Iterator[Api]:
    """The sample organization, which the tests here only read."""
    service = open_service(Settings(log_format="none", seeds=("sample",)))
    yield Api(service)
    service.close()


def ask(api: Api, text: str, path: str = "accounts", **headers: str) -> Answer:
    return api.get(f"{path}?sql={quote(text)}", **headers)


def found(api: Api, text: str, path: str = "accounts", **headers: str) -> list[dict[str, Any]]:
    answer = ask(api, text, path, **headers)
    assert answer.status == 200, answer.text
    return answer.value


# ---- whole queries -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("odata", "sql"),
    [
        (
            "accounts?$select=name,industrycode&$orderby=name desc&$top=7",
            "SELECT TOP 7 name, industrycode FROM account ORDER BY name DESC",
        ),
        (
            "accounts?$select=name,revenue&$orderby=statuscode,name",
            "SELECT NAME, Revenue FROM Account ORDER BY StatusCode, name",
        ),
        (
            "accounts?$select=_ownerid_value&$orderby=_ownerid_value",
            "SELECT [ownerid] FROM account ORDER BY ownerid ASC",
        ),
        (
            "opportunities?$apply=groupby((statecode),aggregate(estimatedvalue with sum as total,$count as n))",
            "SELECT statecode, SUM(estimatedvalue) AS total, COUNT(*) AS n FROM opportunity GROUP BY statecode",
        ),
        (
            "opportunities?$apply=filter(statecode eq 1)"
            "/groupby((_ownerid_value),aggregate(actualvalue with max as a))",
            "SELECT ownerid, MAX(actualvalue) a FROM opportunity WHERE statecode=1 GROUP BY ownerid",
        ),
        (
            "leads?$apply=aggregate(numberofemployees with average as a,numberofemployees with min as b)",
            "SELECT AVG(numberofemployees) AS a, MIN(numberofemployees) AS b FROM lead",
        ),
    ],
)
def test_whole_queries_are_the_same(sales: Api, odata: str, sql: str) -> None:
    path, _, options = odata.partition("?")
    catalog = sales.service.catalog
    table = catalog.find_set(path)
    assert table is not None
    request = parse_url(path, options)
    page_size = None if request.options.top else 5000
    assert bind_sql(read_sql(sql), catalog, page=Page(size=5000)) == bind_query(
        table, request.options, dict(request.aliases), catalog, page_size=page_size
    )
    shown = [{k: v for k, v in row.items() if v is not None} for row in sales.get(odata).value]
    assert found(sales, sql, path) == shown


# ---- results -------------------------------------------------------------------------------------------------------


def test_a_row_looks_as_documented(sales: Api) -> None:
    answer = ask(sales, "SELECT name \r\nFROM account AS a \r\nWHERE a.name LIKE 'Blue Heron Freight LLC'", **ALL)
    body = answer.json()
    assert list(body) == [
        "@odata.context",
        "@Microsoft.Dynamics.CRM.totalrecordcount",
        "@Microsoft.Dynamics.CRM.totalrecordcountlimitexceeded",
        "@Microsoft.Dynamics.CRM.globalmetadataversion",
        "value",
    ]
    assert body["@odata.context"] == f"{ROOT}$metadata#accounts(name,accountid)"
    assert body["@Microsoft.Dynamics.CRM.totalrecordcount"] == -1
    assert [set(row) for row in body["value"]] == [{"@odata.etag", "name", "accountid"}]
    assert answer.headers["preference-applied"] == 'odata.include-annotations="*"'


def test_aliases_tell_their_column(sales: Api) -> None:
    text = "SELECT TOP 1 a.name AS account_name, a.telephone1 AS phone FROM account AS a WHERE telephone1 IS NOT NULL"
    row = found(sales, text, **ALL)[0]
    assert row[f"account_name@{ATTRIBUTE}"] == "name"
    assert row[f"phone@{ATTRIBUTE}"] == "telephone1"
    assert set(row) >= {"account_name", "phone", "accountid"}
    assert "name" not in row


def test_lookups_stand_under_their_property(sales: Api) -> None:
    row = found(sales, "SELECT primarycontactid FROM account WHERE primarycontactid IS NOT NULL", **ALL)[0]
    assert row["_primarycontactid_value"]
    assert row[f"_primarycontactid_value@{FORMATTED}"]
    assert row[f"_primarycontactid_value@{LOOKUP}"] == "contact"


def test_members_without_value_are_left_out(sales: Api) -> None:
    row = found(sales, "SELECT name, revenue FROM account WHERE revenue IS NULL")[0]
    assert "revenue" not in row


def test_linked_columns_have_their_bare_names(sales: Api) -> None:
    text = "SELECT a.name, c.fullname FROM account a INNER JOIN contact c ON a.accountid = c.parentcustomerid"
    expected = sorted(
        (account["name"], " ".join(filter(None, (c.get("firstname"), c.get("lastname")))))
        for account in rows("account")
        for c in pointing("contact", "parentcustomerid", account)
    )
    assert sorted((row["name"], row["fullname"]) for row in found(sales, text)) == expected


def test_a_name_that_is_taken_has_its_table_before_it(sales: Api) -> None:
    text = "SELECT a.name, b.name FROM account a JOIN account b ON a.parentaccountid = b.accountid"
    expected = [
        (row["name"], row_of(row["parentaccountid"])["name"]) for row in rows("account") if row.get("parentaccountid")
    ]
    assert sorted((row["name"], row["b.name"]) for row in found(sales, text)) == sorted(expected)


def test_a_left_join_keeps_rows_without_partner(sales: Api) -> None:
    text = "SELECT a.accountid, c.contactid FROM account a LEFT JOIN contact c ON c.parentcustomerid = a.accountid"
    counts = Counter(row["accountid"] for row in found(sales, text))
    assert counts == {
        row["accountid"]: max(1, len(pointing("contact", "parentcustomerid", row))) for row in rows("account")
    }


def test_a_condition_in_on_belongs_to_the_join(sales: Api) -> None:
    text = (
        "SELECT a.accountid, c.contactid FROM account a "
        "LEFT JOIN contact c ON c.parentcustomerid = a.accountid AND c.accountrolecode = 2"
    )
    expected = sum(
        max(1, sum(c.get("accountrolecode") == 2 for c in pointing("contact", "parentcustomerid", row)))
        for row in rows("account")
    )
    assert len(found(sales, text)) == expected


def test_groups_and_all_aggregates(sales: Api) -> None:
    text = (
        "SELECT address1_country, COUNT(*) AS n, COUNT(revenue) AS filled, COUNT(DISTINCT industrycode) AS branches, "
        "SUM(revenue) AS total, AVG(revenue) AS mean, MIN(revenue) AS least, MAX(revenue) AS most "
        "FROM account GROUP BY address1_country ORDER BY n DESC, address1_country"
    )
    groups: dict[str, list[Any]] = defaultdict(list)
    for row in rows("account"):
        groups[row["address1_country"]].append(row)
    got = found(sales, text)
    assert [row["n"] for row in got] == sorted((len(group) for group in groups.values()), reverse=True)
    assert len(got) == len(groups)
    for row in got:
        group = groups[row["address1_country"]]
        amounts = [float(each["revenue"]) for each in group if each.get("revenue") is not None]
        assert row["n"] == len(group)
        assert row["filled"] == len(amounts)
        assert row["branches"] == len({each.get("industrycode") for each in group} - {None})
        if amounts:
            assert row["total"] == pytest.approx(sum(amounts))
            assert row["mean"] == pytest.approx(sum(amounts) / len(amounts))
            assert (row["least"], row["most"]) == (min(amounts), max(amounts))


def test_groups_over_a_join(sales: Api) -> None:
    text = (
        "SELECT a.name, COUNT(c.contactid) AS cnt FROM account a "
        "JOIN contact c ON a.accountid = c.parentcustomerid GROUP BY a.name"
    )
    expected = {row["name"]: len(pointing("contact", "parentcustomerid", row)) for row in rows("account")}
    assert {row["name"]: row["cnt"] for row in found(sales, text)} == {k: v for k, v in expected.items() if v}


def test_counting_alone(sales: Api) -> None:
    body = ask(sales, "SELECT COUNT(*) AS account_count FROM account").json()
    assert body["@odata.context"] == f"{ROOT}$metadata#accounts(account_count)"
    assert body["value"] == [{"account_count": len(rows("account"))}]
    assert found(sales, "SELECT COUNT(*) FROM account") == [{"count": len(rows("account"))}]
    assert found(sales, "SELECT COUNT(1) n, SUM(revenue) FROM account WHERE name = 'none'") == [{"n": 0}]


def test_groups_by_columns_that_are_not_shown(sales: Api) -> None:
    got = found(sales, "SELECT COUNT(*) AS n FROM lead GROUP BY statecode, leadsourcecode", "leads")
    expected = Counter((row["statecode"], row.get("leadsourcecode")) for row in rows("lead"))
    assert sorted(row["n"] for row in got) == sorted(expected.values())
    assert all(set(row) == {"n"} for row in got)


def test_distinct_rows(sales: Api) -> None:
    expected = sorted({plain(row["address1_country"]) for row in rows("account")})
    got = found(sales, "SELECT DISTINCT address1_country FROM account ORDER BY address1_country")
    assert [plain(row["address1_country"]) for row in got] == expected
    assert found(sales, "SELECT DISTINCT TOP 2 address1_country FROM account ORDER BY address1_country") == got[:2]
    assert all(set(row) == {"address1_country"} for row in got)


def test_choices_are_sorted_by_number(sales: Api) -> None:
    got = [
        row["leadsourcecode"]
        for row in found(
            sales, "SELECT leadsourcecode FROM lead WHERE leadsourcecode > 0 ORDER BY leadsourcecode", "leads"
        )
    ]
    assert got == sorted(got)


def test_order_by_an_alias(sales: Api) -> None:
    got = [
        row["n"]
        for row in found(
            sales, "SELECT numberofemployees AS n FROM account WHERE numberofemployees IS NOT NULL ORDER BY n DESC"
        )
    ]
    assert got == sorted(got, reverse=True)


def test_amounts_have_the_currency_of_their_row(sales: Api) -> None:
    text = (
        "SELECT o.estimatedvalue AS amount, a.revenue AS theirs FROM opportunity o "
        "JOIN account a ON o.parentaccountid = a.accountid WHERE a.revenue > 0 AND o.estimatedvalue > 0"
    )
    symbols = {row[f"theirs@{FORMATTED}"].rstrip("0123456789.,") for row in found(sales, text, "opportunities", **ALL)}
    assert len(symbols) > 1
    assert all(
        "transactioncurrencyid" not in name for row in found(sales, text, "opportunities", **ALL) for name in row
    )


# ---- pages ---------------------------------------------------------------------------------------------------------


def pages(api: Api, text: str, size: int, path: str = "accounts") -> list[list[dict[str, Any]]]:
    headers = {"Prefer": f"odata.maxpagesize={size}"}
    answer = ask(api, text, path, **headers)
    gathered = [answer.value]
    links = set()
    while "@odata.nextLink" in answer.json():
        link = answer.json()["@odata.nextLink"]
        assert link not in links
        links.add(link)
        answer = api.get(link)
        assert answer.status == 200, answer.text
        gathered.append(answer.value)
    return gathered


@pytest.mark.parametrize(
    "text",
    [
        "SELECT name FROM account ORDER BY name",
        "SELECT name FROM account ORDER BY address1_country DESC, revenue",
        "SELECT a.name, c.contactid FROM account a LEFT JOIN contact c ON c.parentcustomerid = a.accountid",
        "SELECT a.name, p.name n FROM account a LEFT JOIN account p ON a.parentaccountid = p.accountid ORDER BY p.name",
        "SELECT address1_city, COUNT(*) AS n FROM account GROUP BY address1_city",
        "SELECT DISTINCT address1_city FROM account ORDER BY address1_city",
    ],
)
def test_pages_together_are_the_whole(sales: Api, text: str) -> None:
    gathered = pages(sales, text, 7)
    assert len(gathered) > 3
    assert all(len(page) == 7 for page in gathered[:-1])
    assert [row for page in gathered for row in page] == found(sales, text)


def test_top_is_the_whole_result(sales: Api) -> None:
    answer = ask(sales, "SELECT TOP 5 name FROM account", Prefer="odata.maxpagesize=2")
    assert len(answer.value) == 5
    assert "@odata.nextLink" not in answer.json()
    assert found(sales, "SELECT TOP 0 name FROM account") == []


@pytest.mark.parametrize(("offset", "count"), [(0, 5), (3, 3), (6, 3), (4, 3), (61, 10), (500, 3)])
def test_offset_and_fetch(sales: Api, offset: int, count: int) -> None:
    every = found(sales, "SELECT name FROM account ORDER BY name")
    text = f"SELECT name FROM account ORDER BY name OFFSET {offset} ROWS FETCH NEXT {count} ROWS ONLY"
    answer = ask(sales, text)
    assert answer.value == every[offset : offset + count]
    assert "@odata.nextLink" not in answer.json()


def test_going_on_behind_the_last_key(sales: Api) -> None:
    keys: list[str] = []
    last = "00000000-0000-0000-0000-000000000000"
    while True:
        page = found(sales, f"SELECT TOP 20 name, accountid FROM account WHERE accountid > '{last}' ORDER BY accountid")
        if not page:
            break
        keys += [row["accountid"] for row in page]
        last = keys[-1]
    assert keys == sorted(row["accountid"] for row in rows("account"))


def test_count_beside_a_query(sales: Api) -> None:
    body = sales.get(f"accounts?sql={quote('SELECT TOP 2 name FROM account')}&$count=true").json()
    assert body["@odata.count"] == len(rows("account"))


# ---- null ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("condition", "matches"),
    [
        ("parentaccountid = NULL", lambda _: False),
        ("parentaccountid <> NULL", lambda _: False),
        ("NOT (parentaccountid = NULL)", lambda _: False),
        ("address1_country IN ('Danmark', NULL)", lambda row: row["address1_country"] == "Danmark"),
        ("address1_country NOT IN ('Danmark', NULL)", lambda _: False),
        ("NOT (parentaccountid IS NOT NULL)", lambda row: id_of(row, "parentaccountid") is None),
        ("NOT (NOT (statecode = 1))", lambda row: row.get("statecode", 0) == 1),
        ("statecode BETWEEN 0 AND 0", lambda row: row.get("statecode", 0) == 0),
        ("statecode NOT BETWEEN 0 AND 0", lambda row: row.get("statecode", 0) != 0),
    ],
)
def test_conditions_of_null_and_their_negations(sales: Api, condition: str, matches: Callable[[Any], bool]) -> None:
    got = found(sales, f"SELECT accountid FROM account WHERE {condition}")
    assert sorted(row["accountid"] for row in got) == sorted(r["accountid"] for r in rows("account") if matches(r))


# ---- refusals ------------------------------------------------------------------------------------------------------

_UNSUPPORTED = "0x80060888"


@pytest.mark.parametrize(
    ("text", "code", "word"),
    [
        ("", _UNSUPPORTED, "empty"),
        ("SELECT name FROM", _UNSUPPORTED, "near 'FROM' in line 1"),
        ("SELECT name FROM account WHERE name = 'a", _UNSUPPORTED, "cannot be read"),
        ("SELECT 1", _UNSUPPORTED, "no table after FROM"),
        ("SELECT 1 AS one FROM account", _UNSUPPORTED, "an expression where a column"),
        ("SELECT * FROM account", _UNSUPPORTED, "SELECT *"),
        ("SELECT a.* FROM account a", _UNSUPPORTED, "SELECT *"),
        ("DELETE FROM account", _UNSUPPORTED, "other than SELECT"),
        ("UPDATE account SET name = 'x'", _UNSUPPORTED, "other than SELECT"),
        ("INSERT INTO account (name) VALUES ('x')", _UNSUPPORTED, "other than SELECT"),
        ("EXEC sp_who", _UNSUPPORTED, "other than SELECT"),
        ("SELECT name INTO other FROM account", _UNSUPPORTED, "INTO"),
        ("SELECT name FROM account; DELETE FROM account", _UNSUPPORTED, "more than one statement"),
        ("WITH a AS (SELECT name FROM account) SELECT name FROM a", _UNSUPPORTED, "common table expression"),
        ("SELECT name FROM account UNION ALL SELECT name FROM account", _UNSUPPORTED, "UNION"),
        ("SELECT name FROM account EXCEPT SELECT name FROM account", _UNSUPPORTED, "EXCEPT"),
        ("SELECT name FROM (SELECT name FROM account) a", _UNSUPPORTED, "a subquery"),
        ("SELECT name FROM account WHERE accountid IN (SELECT accountid FROM account)", _UNSUPPORTED, "a subquery"),
        ("SELECT name FROM account WHERE EXISTS (SELECT 1)", _UNSUPPORTED, "EXISTS"),
        ("SELECT name FROM account WHERE name = (SELECT 'a')", _UNSUPPORTED, "a subquery"),
        ("SELECT statecode, COUNT(*) FROM account GROUP BY statecode HAVING COUNT(*) > 1", _UNSUPPORTED, "HAVING"),
        ("SELECT name FROM account CROSS JOIN contact", _UNSUPPORTED, "CROSS JOIN"),
        ("SELECT a.name FROM account a, contact c", _UNSUPPORTED, "CROSS JOIN"),
        ("SELECT a.name FROM account a RIGHT JOIN contact c ON a.accountid=c.parentcustomerid", _UNSUPPORTED, "RIGHT"),
        ("SELECT a.name FROM account a FULL JOIN contact c ON a.accountid=c.parentcustomerid", _UNSUPPORTED, "FULL"),
        ("SELECT a.name FROM account a JOIN contact c ON 1=1", _UNSUPPORTED, "two literals"),
        ("SELECT a.name FROM account a JOIN contact c ON c.statecode = 0", _UNSUPPORTED, "one column of either"),
        ("SELECT a.name FROM account a JOIN contact c ON a.accountid = a.parentaccountid", _UNSUPPORTED, "one column"),
        ("SELECT CASE WHEN statecode = 0 THEN 1 END FROM account", _UNSUPPORTED, "CASE"),
        ("SELECT LEN(name) FROM account", _UNSUPPORTED, "function LEN"),
        ("SELECT COALESCE(name, 'x') FROM account", _UNSUPPORTED, "function COALESCE"),
        ("SELECT CAST(revenue AS INT) FROM account", _UNSUPPORTED, "function CAST"),
        ("SELECT ROW_NUMBER() OVER (ORDER BY name) FROM account", _UNSUPPORTED, "window function"),
        ("SELECT STDEV(revenue) FROM account", _UNSUPPORTED, "function STDEV"),
        ("SELECT revenue * 2 FROM account", _UNSUPPORTED, "an expression"),
        ("SELECT name FROM account ORDER BY LEN(name)", _UNSUPPORTED, "function LEN"),
        ("SELECT name FROM account ORDER BY 1", _UNSUPPORTED, "an expression"),
        ("SELECT name FROM account WHERE createdon < GETDATE()", _UNSUPPORTED, "function GETDATE"),
        ("SELECT name FROM account WHERE UPPER(name) = 'A'", _UNSUPPORTED, "function UPPER"),
        ("SELECT name FROM account WHERE 1 = 1", _UNSUPPORTED, "two literals"),
        ("SELECT name FROM account WHERE name = telephone1", _UNSUPPORTED, "two columns"),
        ("SELECT name FROM account WHERE name LIKE 'a!%' ESCAPE '!'", _UNSUPPORTED, "ESCAPE"),
        ("SELECT name FROM account WHERE name = @p", _UNSUPPORTED, "anything but a literal"),
        ("SELECT name FROM account LIMIT 5", _UNSUPPORTED, "LIMIT"),
        ("SELECT TOP 5 PERCENT name FROM account", _UNSUPPORTED, "PERCENT"),
        ("SELECT TOP 5001 name FROM account", _UNSUPPORTED, "5000"),
        ("SELECT name FROM account WITH (NOLOCK)", _UNSUPPORTED, "HINTS"),
        ("SELECT name FROM account FOR XML PATH", _UNSUPPORTED, "FOR"),
        ("SELECT name FROM dbo.account", _UNSUPPORTED, "DB of a table"),
        ("SELECT name AS [a@odata.type] FROM account", _UNSUPPORTED, "alias"),
        ("SELECT name FROM account a JOIN account b ON a.parentaccountid=b.accountid", _UNSUPPORTED, "Ambiguous"),
        ("SELECT name FROM nosuchtable", "0x80041102", "nosuchtable"),
        ("SELECT name FROM lead", "0x80041128", "does not match"),
        ("SELECT a.name FROM account a JOIN nosuch n ON n.id = a.accountid", "0x80041102", "nosuch"),
        ("SELECT nosuch FROM account", "0x80041103", "'account' entity doesn't contain attribute with Name = 'nosuch'"),
        ("SELECT name FROM account WHERE nosuch = 1", "0x80041103", "nosuch"),
        ("SELECT name FROM account ORDER BY nosuch", "0x80041103", "nosuch"),
        ("SELECT _primarycontactid_value FROM account", "0x80041103", "_primarycontactid_value"),
        ("SELECT x.name FROM account a", "0x8004110A", "alias"),
        ("SELECT account.name FROM account a", "0x8004110A", "alias"),
        ("SELECT name AS n, telephone1 AS n FROM account", "0x80041130", "unique aliases"),
        ("SELECT a.name FROM account a JOIN contact a ON a.contactid = a.accountid", "0x80041130", "unique"),
        ("SELECT name, COUNT(*) FROM account", "0x80041107", "Attributes can not be returned"),
        ("SELECT AVG(name) FROM account", "0x8004112F", "avg is not supported"),
        ("SELECT createdon, COUNT(*) n FROM account GROUP BY createdon", "0x80041135", "dategrouping"),
        ("SELECT COUNT(*) n FROM account ORDER BY name", "0x80041131", "order"),
        ("SELECT DISTINCT name FROM account ORDER BY revenue", "0x80041129", "Order by"),
        ("SELECT name FROM account WHERE statecode = 'Active'", "0x80041139", "invalid"),
        ("SELECT name FROM account WHERE statecode LIKE 'A%'", "0x80041120", "operator"),
        ("SELECT name FROM account WHERE description IN ('a')", "0x80044153", "text"),
        ("SELECT name FROM account ORDER BY name OFFSET 4999 ROWS FETCH NEXT 2 ROWS ONLY", "0x8004430A", "5,000"),
    ],
)
def test_what_is_no_plain_select_is_refused(sales: Api, text: str, code: str, word: str) -> None:
    status, found_code, message = ask(sales, text).error
    assert (status, found_code.lower()) == (400, code.lower()), message
    assert word in message


def test_too_much_of_everything(sales: Api) -> None:
    for text, code in (
        ("SELECT name FROM account WHERE " + " OR ".join(["name = 'a'"] * 501), "0x8004430c"),
        (f"SELECT name FROM account WHERE numberofemployees IN ({','.join(map(str, range(2001)))})", "0x8004430e"),
        ("SELECT name FROM account WHERE " + "(" * 400 + "statecode = 0" + ")" * 400, "0x80060888"),
        (
            "SELECT a.name FROM account a"
            + "".join(f" JOIN account a{n} ON a.parentaccountid = a{n}.accountid" for n in range(16)),
            "0x8004430d",
        ),
    ):
        status, found_code, _ = ask(sales, text).error
        assert (status, found_code.lower()) == (400, code)


@pytest.mark.parametrize("option", ["$select=name", "$filter=statecode eq 0", "$top=1", "fetchXml=x", "sql=SELECT"])
def test_a_query_stands_alone(sales: Api, option: str) -> None:
    assert sales.get(f"accounts?sql={quote('SELECT name FROM account')}&{quote(option, '=$')}").status == 400


def test_counts_and_references_take_no_sql(sales: Api) -> None:
    text = quote("SELECT name FROM account")
    assert sales.get(f"accounts/$count?sql={text}").status == 501
    assert sales.get(f"accounts/$ref?sql={text}").status == 501


def test_without_the_parser_the_answer_names_the_extra(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("dataverse_emulator.query.sql_reader")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.delitem(sys.modules, "dataverse_emulator.query.from_sql", raising=False)
    monkeypatch.setitem(sys.modules, "sqlglot", None)
    status, _, message = ask(api, "SELECT name FROM account").error
    assert status == 501
    assert 'pip install "dataverse-emulator[sql]"' in message
