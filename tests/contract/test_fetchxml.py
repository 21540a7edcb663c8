"""FetchXML over the Web API (contract 03 §10 to §17, 05 §3)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from lxml import etree
from tests.dataverse_emulator.any_fetch import LIKELY, SETS, WILD

from dataverse_emulator.config import Settings
from dataverse_emulator.environment import open_service
from dataverse_emulator.query.fetch_reader import read_fetch
from dataverse_emulator.query.from_fetchxml import bind_fetch
from dataverse_emulator.query.from_odata import bind_query
from odata_protocol.url import parse_url

from .conftest import Answer, Api
from .questions.question import TABLES, plain, pointing, row_of, rows

ALL = {"Prefer": 'odata.include-annotations="*"'}
FORMATTED = "OData.Community.Display.V1.FormattedValue"
ATTRIBUTE = "OData.Community.Display.V1.AttributeName"
LOOKUP = "Microsoft.Dynamics.CRM.lookuplogicalname"
SCHEMA_FILE = Path(__file__).parents[2].parent / "shared" / "facts" / "xsd" / "fetch-current.xsd"
NOT_IN_SCHEMA = ("<no-attrs",)  # what the documentation has and the schema lacks
COOKIE = "@Microsoft.Dynamics.CRM.fetchxmlpagingcookie"
MORE = "@Microsoft.Dynamics.CRM.morerecords"


@pytest.fixture(scope="module")
def sales() -> Iterator[Api]:
    """The sample organization, which the tests here only read."""
    service = open_service(Settings(log_format="none", seeds=("sample",)))
    yield Api(service)
    service.close()


def fetch(api: Api, xml: str, path: str = "", **headers: str) -> Answer:
    path = path or next(name for name, table in TABLES.items() if f'<entity name="{table}"' in xml)
    answer = api.get(f"{path}?fetchXml={quote(xml)}", **headers)
    if answer.status == 200 and SCHEMA_FILE.exists() and not any(word in xml for word in NOT_IN_SCHEMA):
        schema().assertValid(etree.fromstring(xml))
    return answer


@cache
def schema() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(str(SCHEMA_FILE)))


def values(answer: Answer) -> list[dict[str, Any]]:
    assert answer.status == 200, answer.text
    return answer.value


# ---- at random -----------------------------------------------------------------------------------------------------


@settings(max_examples=150, deadline=None)
@given(text=LIKELY | WILD)
def test_any_fetch_is_answered_or_refused(sales: Api, text: str) -> None:
    table = text.split('<entity name="')[1].split('"')[0]
    answer = sales.get(f"{SETS[table]}?fetchXml={quote(text)}", **ALL)
    assert answer.status in (200, 400, 501), answer.text


@settings(max_examples=60, deadline=None)
@given(text=LIKELY)
def test_likely_queries_are_answered(sales: Api, text: str) -> None:
    table = text.split('<entity name="')[1].split('"')[0]
    answer = sales.get(f"{SETS[table]}?fetchXml={quote(text)}", **ALL)
    assert answer.status == 200 or answer.error[1] in ("0x80041129", "0x8004430D", "0x80041109"), (text, answer.text)


# ---- whole queries -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("odata", "entity"),
    [
        (
            "accounts?$select=name,industrycode&$orderby=name desc&$top=7",
            '<fetch top="7"><entity name="account"><attribute name="name"/><attribute name="industrycode"/>'
            '<order attribute="name" descending="true"/></entity></fetch>',
        ),
        (
            "contacts?$select=lastname,_parentcustomerid_value&$orderby=_parentcustomerid_value,lastname&$count=true",
            '<fetch returntotalrecordcount="true"><entity name="contact"><attribute name="lastname"/>'
            '<attribute name="parentcustomerid"/><order attribute="parentcustomerid"/><order attribute="lastname"/>'
            "</entity></fetch>",
        ),
        (
            "accounts?$orderby=primarycontactid/lastname&$select=name",
            '<fetch><entity name="account"><attribute name="name"/>'
            '<link-entity name="contact" from="contactid" to="primarycontactid" link-type="outer" '
            'alias="primarycontactid"><order attribute="lastname"/></link-entity></entity></fetch>',
        ),
        ("incidents", '<fetch><entity name="incident"/></fetch>'),
        ("opportunities?$select=actualvalue", '<fetch><entity name="opportunity"><attribute name="actualvalue"/>'
         "</entity></fetch>"),
        (
            "leads?$apply=groupby((subject),aggregate($count as n,estimatedamount with sum as total))",
            '<fetch aggregate="true"><entity name="lead"><attribute name="subject" groupby="true" alias="subject"/>'
            '<attribute name="leadid" aggregate="count" alias="n"/>'
            '<attribute name="estimatedamount" aggregate="sum" alias="total"/></entity></fetch>',
        ),
    ],
    ids=["order and top", "order by name of a row and count", "order by a linked column", "all columns", "currency",
         "groups"],
)  # fmt: skip
def test_columns_order_pages_and_groups_are_equal_too(sales: Api, odata: str, entity: str) -> None:
    catalog = sales.service.catalog
    path, _, query = odata.partition("?")
    request = parse_url(path, quote(query, safe="$=&(),/"))
    table = catalog.table(TABLES[path])
    bound = bind_query(table, request.options, dict(request.aliases), catalog, page_size=5000)
    assert bind_fetch(read_fetch(entity), catalog) == bound


# ---- the form of the result ----------------------------------------------------------------------------------------


def test_the_result_of_the_contracts_example(sales: Api) -> None:
    answer = fetch(
        sales,
        '<fetch top="1"><entity name="account"><attribute name="name"/><order attribute="name"/><link-entity '
        'name="contact" from="contactid" to="primarycontactid" link-type="outer" alias="pc"><attribute '
        'name="fullname"/></link-entity></entity></fetch>',
    )
    body = answer.json()
    assert list(body) == ["@odata.context", "value"]
    assert body["@odata.context"].endswith("$metadata#accounts(name,accountid)")
    (row,) = body["value"]
    assert list(row) == ["@odata.etag", "name", "accountid", "pc.fullname"]


def test_the_parameters_name_may_be_written_in_any_case(sales: Api) -> None:
    xml = quote('<fetch top="1"><entity name="account"><attribute name="name"/></entity></fetch>')
    for name in ("fetchXml", "fetchxml", "FETCHXML", "FetchXml"):
        assert len(values(sales.get(f"accounts?{name}={xml}"))) == 1


def test_members_without_value_are_left_out(sales: Api) -> None:
    answer = fetch(
        sales,
        '<fetch><entity name="lead"><attribute name="companyname"/><attribute name="leadsourcecode"/>'
        '<filter><condition attribute="companyname" operator="null"/></filter></entity></fetch>',
        **ALL,
    )
    for row in values(answer):
        assert not any(name.startswith("companyname") for name in row)
        assert ("leadsourcecode" in row) == (f"leadsourcecode@{FORMATTED}" in row)


def test_lookups_at_the_root_and_linked(sales: Api) -> None:
    answer = fetch(
        sales,
        '<fetch top="1"><entity name="account"><attribute name="primarycontactid"/><attribute name="ownerid" '
        'alias="owner"/><filter><condition attribute="name" operator="eq" value="Øresund Handelshus A/S"/></filter>'
        '<link-entity name="contact" from="contactid" to="primarycontactid"><attribute name="parentcustomerid"/>'
        "</link-entity></entity></fetch>",
        **ALL,
    )
    (row,) = values(answer)
    contact = "c0de0002-0000-4000-8000-000000000001"
    assert row["_primarycontactid_value"] == contact
    assert row[f"_primarycontactid_value@{FORMATTED}"] == "Jeppe Dalsgaard"
    assert row["_primarycontactid_value@Microsoft.Dynamics.CRM.associatednavigationproperty"] == "primarycontactid"
    assert f"_primarycontactid_value@{ATTRIBUTE}" not in row
    assert row["owner"] == "c0de0009-0000-4000-8000-000000000001"
    assert row[f"owner@{ATTRIBUTE}"] == "ownerid"
    assert row[f"owner@{LOOKUP}"] == "team"
    assert "owner@Microsoft.Dynamics.CRM.associatednavigationproperty" not in row
    # ruling R10: a link without alias goes by its table and its number
    assert row["contact1.parentcustomerid"] == "c0de0001-0000-4000-8000-000000000001"
    assert row[f"contact1.parentcustomerid@{ATTRIBUTE}"] == "parentcustomerid"
    assert row[f"contact1.parentcustomerid@{LOOKUP}"] == "account"
    assert row[f"contact1.parentcustomerid@{FORMATTED}"] == "Øresund Handelshus A/S"


def test_a_link_without_attributes_shows_nothing_and_one_with_all_shows_all(sales: Api) -> None:
    start = '<fetch top="1"><entity name="account"><attribute name="name"/><link-entity name="contact" '
    link = 'from="contactid" to="primarycontactid" alias="c">'
    (row,) = values(fetch(sales, f"{start}{link}</link-entity></entity></fetch>"))
    assert set(row) == {"@odata.etag", "name", "accountid"}
    (row,) = values(fetch(sales, f"{start}{link}<all-attributes/></link-entity></entity></fetch>"))
    assert {"c.contactid", "c.lastname", "c.ownerid", "c.createdon"} <= set(row)


def test_an_entity_without_attributes_shows_all_and_no_attrs_shows_the_key(sales: Api) -> None:
    answer = fetch(sales, '<fetch top="1"><entity name="account"/></fetch>')
    assert answer.json()["@odata.context"].endswith("#accounts")
    assert {"name", "accountid", "_ownerid_value", "createdon"} <= set(answer.value[0])
    (row,) = values(fetch(sales, '<fetch top="1"><entity name="account"><no-attrs/></entity></fetch>'))
    assert set(row) == {"@odata.etag", "accountid"}


def test_lookups_bring_their_navigation_properties_into_the_context(sales: Api) -> None:
    columns = ("accountid", "accountclassificationcode", "createdon", "createdby", "name")
    attributes = "".join(f'<attribute name="{name}"/>' for name in columns)
    answer = fetch(sales, f'<fetch top="1"><entity name="account">{attributes}</entity></fetch>')
    assert answer.json()["@odata.context"].endswith(
        "#accounts(accountid,accountclassificationcode,createdon,_createdby_value,name,createdby,createdby())"
    )
    assert "createdby" not in answer.value[0]


def test_money_brings_its_currency(sales: Api) -> None:
    xml = (
        '<fetch top="1"><entity name="account"><attribute name="revenue"/><filter><condition attribute="revenue" '
        'operator="not-null"/></filter><link-entity name="opportunity" from="parentaccountid" to="accountid" '
        'alias="o"><attribute name="estimatedvalue"/></link-entity></entity></fetch>'
    )
    answer = fetch(sales, xml, **ALL)
    assert answer.json()["@odata.context"].endswith(
        "#accounts(revenue,_transactioncurrencyid_value,transactioncurrencyid,accountid,transactioncurrencyid())"
    )
    (row,) = answer.value
    assert row[f"revenue@{FORMATTED}"][0] in "€$"
    assert row[f"o.estimatedvalue@{FORMATTED}"][0] in "€$"
    assert not any("o.transactioncurrencyid" in name or name.startswith("transactioncurrencyid") for name in row)


def test_linked_money_has_the_currency_of_its_own_row(sales: Api) -> None:
    symbols = {"Euro": "€", "US Dollar": "$"}
    answer = fetch(
        sales,
        '<fetch><entity name="contact"><attribute name="lastname"/><link-entity name="opportunity" '
        'from="parentcontactid" to="contactid" alias="o"><attribute name="estimatedvalue"/><attribute '
        'name="transactioncurrencyid" alias="currency"/></link-entity></entity></fetch>',
        **ALL,
    )
    shown = {(row[f"currency@{FORMATTED}"], row[f"o.estimatedvalue@{FORMATTED}"][0]) for row in values(answer)}
    assert shown == set(symbols.items())


def test_a_root_entity_of_another_set_is_refused(sales: Api) -> None:
    answer = fetch(sales, '<fetch><entity name="account"/></fetch>', "contacts")
    assert answer.error[:2] == (400, "0x80041128")


def test_a_wrong_query_answers_with_its_code(sales: Api) -> None:
    assert fetch(sales, "<fetch>", "accounts").error[:2] == (400, "0x80040201")
    assert sales.get("accounts?fetchXml=").error[:2] == (400, "0x80041124")
    status, code, text = fetch(
        sales, '<fetch><entity name="account"><attribute name="nothing"/></entity></fetch>'
    ).error
    assert (status, code) == (400, "0x80041103")
    assert text.startswith("'account' entity doesn't contain attribute with Name = 'nothing'")


@pytest.mark.parametrize("option", ["$select=name", "$filter=name eq 'a'", "$top=1", "$orderby=name", "$apply=x"])
def test_other_options_are_not_mixed_in(sales: Api, option: str) -> None:
    xml = quote('<fetch><entity name="account"/></fetch>')
    assert sales.get(f"accounts?fetchXml={xml}&{option}").status == 400


def test_rows_over_a_navigation_property(sales: Api) -> None:
    lead = next(row for row in rows("lead") if pointing("task", "regardingobjectid", row))
    xml = '<fetch><entity name="task"><attribute name="subject"/></entity></fetch>'
    answer = sales.get(f"leads({lead['leadid']})/Lead_Tasks?fetchXml={quote(xml)}")
    expected = [task["subject"] for task in pointing("task", "regardingobjectid", lead)]
    assert sorted(row["subject"] for row in values(answer)) == sorted(expected)


def test_rows_over_an_intersect_table(sales: Api) -> None:
    pair = rows("accountleads")[0]
    xml = '<fetch><entity name="lead"><attribute name="subject"/></entity></fetch>'
    answer = sales.get(f"accounts({pair['accountid']})/accountleads_association?fetchXml={quote(xml)}")
    expected = [other["leadid"] for other in rows("accountleads") if other["accountid"] == pair["accountid"]]
    assert sorted(row["leadid"] for row in values(answer)) == sorted(expected)


# ---- links ---------------------------------------------------------------------------------------------------------


def ids(answer: Answer, key: str) -> list[str]:
    return [row[key] for row in values(answer)]


def test_inner_links_multiply_rows_and_outer_ones_keep_all(sales: Api) -> None:
    xml = (
        '<fetch><entity name="account"><attribute name="name"/><link-entity name="contact" from="parentcustomerid" '
        'to="accountid" link-type="{kind}" alias="c"><attribute name="lastname"/></link-entity></entity></fetch>'
    )
    partners = {row["accountid"]: len(pointing("contact", "parentcustomerid", row)) for row in rows("account")}
    for kind in ("inner", "natural"):
        found = Counter(ids(fetch(sales, xml.format(kind=kind)), "accountid"))
        assert found == Counter({key: count for key, count in partners.items() if count})
    outer = Counter(ids(fetch(sales, xml.format(kind="outer")), "accountid"))
    assert outer == Counter({key: count or 1 for key, count in partners.items()})


def test_only_the_first_partner(sales: Api) -> None:
    answer = fetch(
        sales,
        '<fetch><entity name="account"><attribute name="name"/><link-entity name="contact" from="parentcustomerid" '
        'to="accountid" link-type="matchfirstrowusingcrossapply"><attribute name="lastname"/><filter><condition '
        'attribute="jobtitle" operator="like" value="%manager%"/></filter></link-entity></entity></fetch>',
    )
    found = {row["accountid"]: row.get("lastname") for row in values(answer)}
    assert len(found) == len(answer.value) == len(rows("account"))
    for account in rows("account"):
        managers = [
            contact["lastname"]
            for contact in pointing("contact", "parentcustomerid", account)
            if "manager" in plain(contact.get("jobtitle"))
        ]
        assert found[account["accountid"]] in (managers or [None])


def test_all_means_that_no_linked_row_matches(sales: Api) -> None:
    xml = (
        '<fetch><entity name="account"><filter><link-entity name="contact" from="parentcustomerid" to="accountid" '
        'link-type="{kind}"><filter><condition attribute="accountrolecode" operator="eq" value="2"/></filter>'
        "</link-entity></filter></entity></fetch>"
    )
    some, none = set(), set()
    for account in rows("account"):
        roles = [contact.get("accountrolecode") for contact in pointing("contact", "parentcustomerid", account)]
        if 2 in roles:
            some.add(account["accountid"])
        elif roles:
            none.add(account["accountid"])
    assert set(ids(fetch(sales, xml.format(kind="all")), "accountid")) == none
    assert set(ids(fetch(sales, xml.format(kind="not all")), "accountid")) == some


def test_without_a_row_that_is_pointed_to(sales: Api) -> None:
    answer = fetch(
        sales,
        '<fetch><entity name="opportunity"><filter><link-entity name="lead" from="leadid" to="originatingleadid" '
        'link-type="not any"><filter><condition attribute="leadsourcecode" operator="eq" value="8"/></filter>'
        "</link-entity></filter></entity></fetch>",
    )
    expected = [
        row["opportunityid"]
        for row in rows("opportunity")
        if row_of(row.get("originatingleadid")).get("leadsourcecode") != 8
    ]
    assert sorted(ids(answer, "opportunityid")) == sorted(expected)


def test_a_condition_behind_an_outer_link_finds_what_has_no_partner(sales: Api) -> None:
    xml = (
        '<fetch><entity name="account"><attribute name="name"/><filter><condition entityname="t" '
        'attribute="activityid" operator="null"/></filter><link-entity name="task" from="regardingobjectid" '
        'to="accountid" link-type="outer" alias="t"/></entity></fetch>'
    )
    expected = [row["accountid"] for row in rows("account") if not pointing("task", "regardingobjectid", row)]
    assert sorted(ids(fetch(sales, xml), "accountid")) == sorted(expected)


def test_columns_of_two_tables_compared(sales: Api) -> None:
    answer = fetch(
        sales,
        '<fetch><entity name="contact"><attribute name="lastname"/><filter><condition attribute="address1_city" '
        'operator="ne" valueof="a.address1_city"/></filter><link-entity name="account" from="accountid" '
        'to="parentcustomerid" alias="a"/></entity></fetch>',
    )
    expected = [
        row["contactid"]
        for row in rows("contact")
        if (account := row_of(row.get("parentcustomerid")))
        and plain(row.get("address1_city")) != plain(account["address1_city"])
    ]
    assert sorted(ids(answer, "contactid")) == sorted(expected)


def test_links_over_columns_that_no_relationship_has(sales: Api) -> None:
    answer = fetch(
        sales,
        '<fetch><entity name="lead"><filter><link-entity name="account" from="name" to="companyname" link-type="any"/>'
        "</filter></entity></fetch>",
    )
    names = {plain(account["name"]) for account in rows("account")}
    expected = [row["leadid"] for row in rows("lead") if plain(row.get("companyname")) in names]
    assert sorted(ids(answer, "leadid")) == sorted(expected)


def test_links_that_name_no_columns_follow_the_relationship(sales: Api) -> None:
    for xml in (
        '<fetch><entity name="account"><link-entity name="accountleads"><link-entity name="lead" alias="l"><attribute '
        'name="leadid"/></link-entity></link-entity></entity></fetch>',
        '<fetch><entity name="account"><link-entity name="accountleads" from="accountid" to="accountid" '
        'intersect="true"><link-entity name="lead" from="leadid" to="leadid" alias="l"><attribute name="leadid"/>'
        "</link-entity></link-entity></entity></fetch>",
    ):
        found = [(row["accountid"], row["l.leadid"]) for row in values(fetch(sales, xml))]
        assert sorted(found) == sorted((pair["accountid"], pair["leadid"]) for pair in rows("accountleads"))


def test_labels_can_be_asked_for(sales: Api) -> None:
    xml = (
        '<fetch><entity name="account"><attribute name="primarycontactidname"/><filter><condition '
        'attribute="{name}" operator="{operator}" value="{value}"/></filter></entity></fetch>'
    )

    def ask(name: str, operator: str, value: str) -> list[str]:
        return sorted(ids(fetch(sales, xml.format(name=name, operator=operator, value=value)), "accountid"))

    def matching(prefix: str) -> list[str]:
        contacts = ((row, row_of(row.get("primarycontactid"))) for row in rows("account"))
        return sorted(
            row["accountid"]
            for row, contact in contacts
            if plain(f"{contact['firstname']} {contact['lastname']}").startswith(prefix)
        )

    assert ask("primarycontactidname", "like", "J%") == matching("j")
    active = sorted(row["accountid"] for row in rows("account") if not row.get("statecode"))
    assert ask("statecodename", "eq", "ACTIVE") == active
    owned = sorted(row["accountid"] for row in rows("account") if row["ownerid"]["table"] == "team")
    assert ask("owneridtype", "eq", "team") == owned
    teams = sorted(row["accountid"] for row in rows("account") if row["ownerid"]["id"].startswith("c0de0009"))
    assert ask("owneridname", "not-null", "") == sorted(row["accountid"] for row in rows("account"))
    assert set(teams) <= set(owned)


# ---- groups --------------------------------------------------------------------------------------------------------


SOURCES = """<fetch aggregate="true"><entity name="lead">
   <attribute name="leadsourcecode" groupby="true" alias="source"/>
   <attribute name="leadid" aggregate="countcolumn" alias="leads"/>
   <attribute name="leadid" aggregate="countcolumn" distinct="true" alias="each"/>
   <attribute name="leadid" aggregate="count" alias="rows"/>
   <order alias="source"/>
   <link-entity name="opportunity" from="originatingleadid" to="leadid" link-type="outer" alias="opp">
     <attribute name="actualvalue" aggregate="sum" alias="won"/>
     <attribute name="opportunityid" aggregate="countcolumn" alias="opps"/>
   </link-entity></entity></fetch>"""


def test_groups_are_written_under_their_aliases(sales: Api) -> None:
    answer = fetch(sales, SOURCES, **ALL)
    body = answer.json()
    assert body["@odata.context"].endswith("#leads(source,leads,each,rows,won,opps)")
    assert all(row["rows"] == row["leads"] for row in body["value"])
    for row in body["value"]:
        assert "@odata.etag" not in row
        assert "leadid" not in row
        assert row[f"leads@{ATTRIBUTE}"] == "leadid"
        if "source" in row:
            assert row[f"source@{ATTRIBUTE}"] == "leadsourcecode"
    labels = [row[f"source@{FORMATTED}"] for row in body["value"] if "source" in row]
    assert labels == sorted(labels)  # choices are sorted by label
    assert "Word of Mouth" in labels
    raw = fetch(sales, SOURCES.replace("<fetch ", '<fetch useraworderby="1" '))
    numbers = [row["source"] for row in raw.value if "source" in row]
    assert numbers == sorted(numbers)


def test_groups_of_lookups_bring_their_names(sales: Api) -> None:
    answer = fetch(
        sales,
        '<fetch aggregate="true"><entity name="lead"><attribute name="ownerid" groupby="true" alias="owner"/>'
        '<attribute name="leadid" aggregate="count" alias="n"/><order alias="n" descending="true"/></entity></fetch>',
        **ALL,
    )
    found = {row["owner"]: row["n"] for row in values(answer)}
    assert found == Counter(row["ownerid"]["id"] for row in rows("lead"))
    assert [row["n"] for row in answer.value] == sorted(found.values(), reverse=True)
    tables = {row["ownerid"]["id"]: row["ownerid"]["table"] for row in rows("lead")}
    for row in answer.value:
        assert row[f"owner@{LOOKUP}"] == tables[row["owner"]]
        assert row[f"owner@{ATTRIBUTE}"] == "ownerid"
        assert row[f"owner@{FORMATTED}"]


@pytest.mark.parametrize(
    ("part", "number"),
    [
        ("day", lambda d: d.day),
        ("week", lambda d: (d.timetuple().tm_yday - 1 + (d.replace(month=1, day=1).weekday() + 1) % 7) // 7 + 1),
        ("month", lambda d: d.month),
        ("quarter", lambda d: (d.month + 2) // 3),
        ("year", lambda d: d.year),
    ],
    ids=["day", "week", "month", "quarter", "year"],
)
def test_groups_of_dates(sales: Api, part: str, number: Any) -> None:
    answer = fetch(
        sales,
        '<fetch aggregate="true"><entity name="opportunity"><attribute name="opportunityid" aggregate="count" '
        f'alias="n"/><attribute name="createdon" groupby="true" dategrouping="{part}" alias="part"/>'
        '<order alias="part"/></entity></fetch>',
    )
    found = {row["part"]: row["n"] for row in values(answer)}
    assert found == Counter(number(datetime.fromisoformat(row["createdon"])) for row in rows("opportunity"))
    assert list(found) == sorted(found)


@pytest.mark.parametrize(
    ("day", "week"), [("2023-03-25", 12), ("2023-08-27", 35), ("2024-01-01", 1), ("2022-12-31", 53)]
)
def test_weeks_begin_on_sunday_and_the_first_holds_new_years_day(api: Api, day: str, week: int) -> None:
    api.new("tasks", subject="T", scheduledend=f"{day}T10:00:00Z")
    answer = fetch(
        api,
        '<fetch aggregate="true"><entity name="task"><attribute name="scheduledend" groupby="true" '
        'dategrouping="week" alias="w"/></entity></fetch>',
    )
    assert [row["w"] for row in values(answer)] == [week]


def test_days_are_those_of_the_callers_time_zone(sales: Api) -> None:
    # user 1 of the sample organization lives in Denmark
    user = rows("systemuser")[0]["systemuserid"]
    zone = next(row["timezonecode"] for row in rows("usersettings") if row["systemuserid"] == user)
    assert zone == 105
    paris = ZoneInfo("Europe/Paris")
    xml = (
        '<fetch aggregate="true"><entity name="lead"><attribute name="createdon" groupby="true" dategrouping="day" '
        'alias="day"{zone}/><attribute name="leadid" aggregate="count" alias="n"/></entity></fetch>'
    )
    found = {row["day"]: row["n"] for row in values(fetch(sales, xml.format(zone=""), MSCRMCallerID=user))}
    moments = [datetime.fromisoformat(row["createdon"]) for row in rows("lead")]
    assert found == Counter(moment.astimezone(paris).day for moment in moments)
    utc = ' usertimezone="false"'
    found = {row["day"]: row["n"] for row in values(fetch(sales, xml.format(zone=utc), MSCRMCallerID=user))}
    assert found == Counter(moment.day for moment in moments)


@pytest.mark.parametrize(
    ("settings", "day", "period", "year"),
    [
        ({}, "2023-02-01", "Quarter 1 FY2023", "FY2023"),
        ({"fiscalcalendarstart": "2023-07-01T00:00:00Z"}, "2023-06-30", "Quarter 4 FY2022", "FY2022"),
        ({"fiscalcalendarstart": "2023-07-01T00:00:00Z"}, "2023-07-01", "Quarter 1 FY2023", "FY2023"),
        (
            {"fiscalcalendarstart": "2023-04-06T00:00:00Z", "fiscalperiodtype": 2003, "fiscalyeardisplaycode": 2},
            "2024-04-05",
            "Month 12 FY2024",
            "FY2024",
        ),
        ({"fiscalperiodtype": 2001}, "2023-07-01", "Semester 2 FY2023", "FY2023"),
        ({"fiscalperiodtype": 2004}, "2023-01-29", "Period 2 FY2023", "FY2023"),
        ({"fiscalperiodtype": 2004}, "2023-12-31", "Period 13 FY2023", "FY2023"),
    ],
)
def test_fiscal_groups_follow_the_organizations_calendar(
    api: Api, settings: dict[str, Any], day: str, period: str, year: str
) -> None:
    service = api.service
    organization = service.catalog.table("organization")
    with service.store.transaction():
        (row,) = service.store.find(organization, {}, ("organizationid",))
        service.store.update(organization, row["organizationid"], settings)
    api.new("tasks", subject="T", scheduledend=f"{day}T10:00:00Z")
    answer = fetch(
        api,
        '<fetch aggregate="true"><entity name="task"><attribute name="scheduledend" groupby="true" '
        'dategrouping="fiscal-period" alias="p"/><attribute name="scheduledend" groupby="true" '
        'dategrouping="fiscal-year" alias="y"/><order alias="p"/></entity></fetch>',
        **ALL,
    )
    (row,) = values(answer)
    assert (row[f"p@{FORMATTED}"], row[f"y@{FORMATTED}"]) == (period, year)


def test_aggregates_over_nothing(sales: Api) -> None:
    xml = (
        '<fetch aggregate="true"><entity name="account"><attribute name="accountid" aggregate="count" alias="n"/>'
        '<attribute name="revenue" aggregate="max" alias="most"/>{group}<filter><condition attribute="name" '
        'operator="eq" value="nobody"/></filter></entity></fetch>'
    )
    assert values(fetch(sales, xml.format(group=""))) == [{"n": 0}]
    group = '<attribute name="industrycode" groupby="true" alias="i"/>'
    assert values(fetch(sales, xml.format(group=group))) == []


def test_averages_of_whole_numbers_are_whole(sales: Api) -> None:
    answer = fetch(
        sales,
        '<fetch aggregate="true"><entity name="account"><attribute name="numberofemployees" aggregate="avg" '
        'alias="mean"/><attribute name="numberofemployees" aggregate="sum" alias="sum"/><attribute '
        'name="numberofemployees" aggregate="countcolumn" alias="n"/><attribute name="createdon" aggregate="min" '
        'alias="first"/></entity></fetch>',
    )
    (row,) = values(answer)
    known = [account["numberofemployees"] for account in rows("account") if "numberofemployees" in account]
    assert (row["sum"], row["n"], row["mean"]) == (sum(known), len(known), sum(known) // len(known))
    assert row["first"] == min(account["createdon"] for account in rows("account"))


def test_a_lower_limit_of_aggregated_rows(sales: Api) -> None:
    xml = (
        '<fetch aggregate="true" aggregatelimit="{limit}"><entity name="account"><attribute name="accountid" '
        'aggregate="count" alias="n"/></entity></fetch>'
    )
    assert values(fetch(sales, xml.format(limit=64))) == [{"n": 64}]
    assert fetch(sales, xml.format(limit=63)).error[:2] == (400, "0x8004E023")


def test_groups_page_by_number_without_cookie(sales: Api) -> None:
    xml = (
        '<fetch aggregate="true" count="4" page="{page}"><entity name="lead"><attribute name="leadsourcecode" '
        'groupby="true" alias="s"/><attribute name="leadid" aggregate="count" alias="n"/><order alias="n"/>'
        "</entity></fetch>"
    )
    found: list[int | None] = []
    for page in (1, 2, 3):
        body = fetch(sales, xml.format(page=page), **ALL).json()
        assert COOKIE not in body
        assert (MORE in body) == (page < 3)
        found += [row.get("s") for row in body["value"]]
    assert len(found) == len(set(found)) == len({row.get("leadsourcecode") for row in rows("lead")})


def test_children_are_counted(sales: Api) -> None:
    answer = fetch(
        sales,
        '<fetch><entity name="account"><attribute name="name"/><attribute name="accountid" '
        'rowaggregate="CountChildren" alias="children"/></entity></fetch>',
        **ALL,
    )
    parents = Counter((row.get("parentaccountid") or {}).get("id") for row in rows("account"))
    for row in values(answer):
        assert row["children"] == parents[row["accountid"]]
        assert row[f"children@{ATTRIBUTE}"] == "accountid"


# ---- distinct ------------------------------------------------------------------------------------------------------


def test_distinct_rows_have_neither_key_nor_tag(sales: Api) -> None:
    xml = (
        '<fetch distinct="true" returntotalrecordcount="true"><entity name="account"><attribute '
        'name="address1_country"/><order attribute="address1_country"/></entity></fetch>'
    )
    body = fetch(sales, xml).json()
    countries = [row["address1_country"] for row in body["value"]]
    assert all(set(row) == {"address1_country"} for row in body["value"])
    assert len(countries) == body["@odata.count"] == len({plain(row["address1_country"]) for row in rows("account")})
    assert countries == sorted(countries, key=plain)
    assert body["@odata.context"].endswith("#accounts(address1_country)")


def test_distinct_texts_are_those_that_do_not_compare_as_equal(api: Api) -> None:
    for name in ("Alpha", "ALPHA", "álpha", "Beta"):
        api.new("accounts", name=name)
    xml = (
        '<fetch distinct="true"><entity name="account"><attribute name="name"/><order attribute="name"/></entity>'
        "</fetch>"
    )
    assert [plain(row["name"]) for row in values(fetch(api, xml))] == ["alpha", "beta"]


def test_distinct_undoes_what_a_link_multiplies(sales: Api) -> None:
    xml = (
        '<fetch distinct="true"><entity name="account"><attribute name="accountid"/>'
        '<attribute name="primarycontactid"/>'
        '<order attribute="accountid"/><link-entity name="contact" from="parentcustomerid" to="accountid"/>'
        "</entity></fetch>"
    )
    expected = sorted(row["accountid"] for row in rows("account") if pointing("contact", "parentcustomerid", row))
    answer = fetch(sales, xml, **ALL)
    assert ids(answer, "accountid") == expected
    assert all(f"_primarycontactid_value@{FORMATTED}" in row for row in answer.value)


# ---- pages ---------------------------------------------------------------------------------------------------------


def walk(api: Api, start: str, rest: str, count: int, key: str, **extra: str) -> list[str]:
    """The keys on all pages, as a client follows cookies."""
    from urllib.parse import unquote
    from xml.etree import ElementTree
    from xml.sax.saxutils import quoteattr

    found: list[str] = []
    cookie = ""
    for page in range(1, 100):
        given = f" paging-cookie={quoteattr(cookie)}" if cookie else ""
        body = fetch(api, f'<fetch count="{count}" page="{page}"{given}{start}{rest}', **ALL, **extra).json()
        found += [row[key] for row in body["value"]]
        if COOKIE not in body:
            assert MORE not in body
            return found
        assert body[MORE] is True
        assert "@odata.nextLink" not in body
        outer = ElementTree.fromstring(body[COOKIE])
        assert outer.get("pagenumber") == "2"  # clients count pages themselves (contract 03 §15)
        encoded = outer.get("pagingcookie") or ""
        assert encoded == encoded.lower() or "%253c" in encoded
        cookie = unquote(unquote(encoded))
        inner = ElementTree.fromstring(cookie)
        assert inner.get("page") == str(page)
        assert inner[-1].tag == key
    raise AssertionError("the pages do not end")


@pytest.mark.parametrize(
    "order",
    [
        "",
        '<order attribute="name"/>',
        '<order attribute="industrycode" descending="true"/><order attribute="address1_country"/>',
        '<order attribute="revenue"/>',
        '<order attribute="revenue" descending="true"/>',
        '<order attribute="primarycontactid"/>',
        '<order attribute="createdon"/>',
    ],
)
@pytest.mark.parametrize("count", [1, 7, 64])
def test_pages_are_followed_by_cookie(sales: Api, order: str, count: int) -> None:
    start = f'><entity name="account"><attribute name="name"/>{order}'
    whole = ids(fetch(sales, f"<fetch{start}</entity></fetch>"), "accountid")
    assert walk(sales, start, "</entity></fetch>", count, "accountid") == whole


def test_pages_of_rows_that_a_link_multiplies_lose_none(sales: Api) -> None:
    start = (
        '><entity name="account"><attribute name="name"/><order attribute="name"/><link-entity name="contact" '
        'from="parentcustomerid" to="accountid" alias="c"><attribute name="contactid"/></link-entity>'
    )
    whole = [row["c.contactid"] for row in values(fetch(sales, f"<fetch{start}</entity></fetch>"))]
    found: list[str] = []
    for page in range(1, 60):
        body = fetch(sales, f'<fetch count="3" page="{page}"{start}</entity></fetch>', **ALL).json()
        found += [row["c.contactid"] for row in body["value"]]
        if MORE not in body:
            break
    assert found == whole
    assert len(walk(sales, start, "</entity></fetch>", 3, "accountid")) == len(whole)


def test_rows_sorted_by_a_linked_column_have_no_cookie(sales: Api) -> None:
    body = fetch(
        sales,
        '<fetch count="5"><entity name="account"><attribute name="name"/><link-entity name="contact" from="contactid" '
        'to="primarycontactid"><order attribute="lastname"/></link-entity></entity></fetch>',
        **ALL,
    ).json()
    assert COOKIE not in body
    assert body[MORE] is True


def test_distinct_rows_have_a_cookie_when_they_are_sorted(sales: Api) -> None:
    start = '<fetch count="5" distinct="true"><entity name="account"><attribute name="address1_country"/>'
    assert COOKIE not in fetch(sales, f"{start}</entity></fetch>", **ALL).json()
    body = fetch(sales, f'{start}<order attribute="address1_country"/></entity></fetch>', **ALL).json()
    assert "address1_country" in body[COOKIE]


def test_page_annotations_come_only_when_asked_for(sales: Api) -> None:
    xml = '<fetch count="5"><entity name="account"><attribute name="name"/></entity></fetch>'
    assert set(fetch(sales, xml).json()) == {"@odata.context", "value"}
    wanted = 'odata.include-annotations="Microsoft.Dynamics.CRM.morerecords"'
    body = fetch(sales, xml, Prefer=wanted).json()
    assert MORE in body
    assert COOKIE not in body


def test_the_page_size_may_come_from_the_header(sales: Api) -> None:
    xml = '<fetch><entity name="account"><attribute name="name"/></entity></fetch>'
    answer = fetch(sales, xml, Prefer='odata.maxpagesize=30,odata.include-annotations="*"')
    assert answer.headers["preference-applied"].count("odata.maxpagesize=30") == 1
    body = answer.json()
    assert len(body["value"]) == 30
    assert COOKIE in body
    found = len(body["value"])
    while "@odata.nextLink" in body:
        body = sales.get(body["@odata.nextLink"], Prefer="odata.maxpagesize=30").json()
        found += len(body["value"])
    assert found == len(rows("account"))
    counted = fetch(sales, xml.replace("<fetch>", '<fetch count="10">'), Prefer="odata.maxpagesize=30").json()
    assert len(counted["value"]) == 10
    assert "@odata.nextLink" not in counted


def test_totals(sales: Api) -> None:
    xml = '<fetch count="5"{total}><entity name="account"><attribute name="name"/></entity></fetch>'
    body = fetch(sales, xml.format(total=' returntotalrecordcount="true"'), **ALL).json()
    assert body["@odata.count"] == body["@Microsoft.Dynamics.CRM.totalrecordcount"] == 64
    assert body["@Microsoft.Dynamics.CRM.totalrecordcountlimitexceeded"] is False
    assert "@odata.count" not in fetch(sales, xml.format(total="")).json()
    counted = sales.get(f"accounts?$count=true&fetchXml={quote(xml.format(total=''))}").json()
    assert counted["@odata.count"] == 64


def test_a_client_that_forgets_the_page_stays_on_the_first(sales: Api) -> None:
    start = '><entity name="account"><attribute name="name"/></entity></fetch>'
    first = ids(fetch(sales, f'<fetch count="5"{start}'), "accountid")
    cookie = '&lt;cookie page="1"&gt;&lt;accountid last="{00000000-0000-0000-0000-000000000000}" /&gt;&lt;/cookie&gt;'
    cookie = cookie.replace('"', "&quot;")
    again = fetch(sales, f'<fetch count="5" paging-cookie="{cookie}"{start}')
    assert ids(again, "accountid") == first


@pytest.mark.parametrize(
    ("attributes", "code"),
    [
        ('count="5000" page="11"', "0x8004430A"),
        ('count="50" page="1001"', "0x8004430A"),
        ('page="11"', "0x8004430A"),
        ('page="0"', "0x8004112A"),
        ('page="2" paging-cookie="nonsense"', "0x8004112A"),
        ('page="2" paging-cookie="&lt;cookie page=&quot;1&quot;&gt;&lt;name last=&quot;a&quot; /&gt;&lt;/cookie&gt;"',
         "0x80041129"),
    ],
)  # fmt: skip
def test_pages_that_cannot_be_read(sales: Api, attributes: str, code: str) -> None:
    answer = fetch(sales, f'<fetch {attributes}><entity name="account"><attribute name="name"/></entity></fetch>')
    assert answer.error[:2] == (400, code)


def test_the_last_page_of_simple_paging(sales: Api) -> None:
    xml = '<fetch count="5000" page="10"><entity name="account"><attribute name="name"/></entity></fetch>'
    assert values(fetch(sales, xml)) == []


# ---- views ---------------------------------------------------------------------------------------------------------


def test_a_view_is_run(sales: Api) -> None:
    found = sales.get("savedqueries?$select=name,savedqueryid&$filter=name eq 'Active Accounts'").value
    answer = sales.get(f"accounts?savedQuery={found[0]['savedqueryid']}", **ALL)
    expected = [row["accountid"] for row in rows("account") if not row.get("statecode")]
    assert sorted(ids(answer, "accountid")) == sorted(expected)
    assert answer.json()["@odata.context"].split("#")[1].startswith("accounts(accountid,name,")
    counted = sales.get(f"accounts?savedquery={found[0]['savedqueryid']}&$count=true").json()
    assert counted["@odata.count"] == len(expected)


def test_a_view_pages_by_link(sales: Api) -> None:
    view = sales.get("savedqueries?$select=savedqueryid&$filter=name eq 'Active Accounts'").value[0]["savedqueryid"]
    whole = ids(sales.get(f"accounts?savedQuery={view}"), "accountid")
    found, link = [], f"accounts?savedQuery={view}"
    while link:
        body = sales.get(link, Prefer="odata.maxpagesize=25").json()
        found += [row["accountid"] for row in body["value"]]
        link = body.get("@odata.nextLink")
    assert found == whole


def test_a_view_over_a_navigation_property(sales: Api) -> None:
    view = sales.get("savedqueries?$select=savedqueryid&$filter=name eq 'All Opportunities'").value[0]["savedqueryid"]
    account = next(row for row in rows("account") if pointing("opportunity", "parentaccountid", row))
    answer = sales.get(f"accounts({account['accountid']})/opportunity_parent_account/?savedQuery={view}")
    expected = [row["opportunityid"] for row in pointing("opportunity", "parentaccountid", account)]
    assert sorted(ids(answer, "opportunityid")) == sorted(expected)


def test_every_shipped_view_can_be_run(sales: Api) -> None:
    views = sales.get("savedqueries?$select=savedqueryid,returnedtypecode,name").value
    assert len(views) > 80
    for view in views:
        table = sales.service.catalog.table(view["returnedtypecode"])
        answer = sales.get(f"{table.entity_set_name}?savedQuery={view['savedqueryid']}", **ALL)
        assert answer.status == 200, (view["name"], answer.text)


def test_a_personal_view_is_run(api: Api) -> None:
    account = api.new("accounts", name="Mine", statecode=0)
    api.new("accounts", name="Other")
    view = api.new(
        "userqueries",
        name="Mine",
        returnedtypecode="account",
        querytype=0,
        fetchxml='<fetch><entity name="account"><attribute name="name"/><filter><condition attribute="name" '
        'operator="eq" value="mine"/></filter></entity></fetch>',
    )
    assert ids(api.get(f"accounts?userQuery={view}"), "accountid") == [account]
    assert api.get(f"contacts?userQuery={view}").error[:2] == (400, "0x80041128")


def test_views_that_are_missing(sales: Api) -> None:
    missing = "00000000-0000-0000-0000-0000000000ff"
    for name, table in (("savedQuery", "savedquery"), ("userQuery", "userquery")):
        expected = (404, "0x80040217", f"{table} With Id = {missing} Does Not Exist")
        assert sales.get(f"accounts?{name}={missing}").error == expected
    assert sales.get("accounts?savedQuery=x").status == 400


def test_two_queries_at_once_are_refused(sales: Api) -> None:
    xml = quote('<fetch><entity name="account"/></fetch>')
    assert sales.get(f"accounts?fetchXml={xml}&savedQuery=00000000-0000-0000-0000-0000000000ff").status == 400
