"""The sample rows as data: complete, consistent, and within the table definitions. The engine has no part in it.

Identifiers read ``c0de<object type code>-0000-4000-8000-<running number>``: ``c0de0004-…-000000000017`` is lead 17.
"""

from __future__ import annotations

import base64
import json
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any, TypeAlias

import pytest

Row: TypeAlias = dict[str, Any]

LAST_DAY = "2026-11-01"
GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z")
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\Z")
DAY = re.compile(r"\d{4}-\d\d-\d\d\Z")

MINIMUM = {
    "businessunit": 3,
    "systemuser": 12,
    "team": 4,
    "teammembership": 10,
    "account": 60,
    "contact": 150,
    "lead": 200,
    "opportunity": 65,
    "opportunityclose": 30,
    "incident": 30,
    "annotation": 60,
    "activitymimeattachment": 5,
    "product": 12,
    "pricelevel": 2,
    "productpricelevel": 20,
    "competitor": 6,
    "leadcompetitors": 10,
    "opportunitycompetitors": 10,
    "accountleads": 10,
    "contactleads": 10,
    "campaign": 3,
    "activityparty": 130,
}
ACTIVITIES = ("task", "phonecall", "email", "appointment")
PARTY_ROLES = {
    "phonecall": {1, 2},
    "email": {1, 2, 3, 4},
    "appointment": {5, 6, 7},
}
LINKS = {
    "accountleads": ("account", "lead"),
    "contactleads": ("contact", "lead"),
    "leadcompetitors": ("lead", "competitor"),
    "opportunitycompetitors": ("opportunity", "competitor"),
    "teammembership": ("team", "systemuser"),
    "systemuserroles": ("systemuser", "role"),
}
# Its key is the user's, so its rows have no identifiers of their own
SHARED_KEY = "usersettings"
INTEGERS = {"Integer", "BigInt", "Picklist", "State", "Status"}
REALS = {"Decimal", "Double", "Money"}
LOOKUPS = {"Lookup", "Customer", "Owner"}


def read_rows(name: str) -> dict[str, list[Row]]:
    """One file of shipped rows: table → rows."""
    text = (files("dataverse_fixtures") / "rows" / f"{name}.json").read_text(encoding="utf-8")
    rows: dict[str, list[Row]] = json.loads(text)
    return rows


@cache
def definition(table: str) -> dict[str, Any]:
    """The definition of a table."""
    text = (files("dataverse_fixtures") / "tables" / f"{table}.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


@cache
def columns(table: str) -> dict[str, Row]:
    """Columns of a table by logical name."""
    return {column["logicalName"]: column for column in definition(table)["columns"]}


@cache
def sample() -> dict[str, list[Row]]:
    """The sample rows."""
    return read_rows("sample")


def key(table: str, row: Row) -> str:
    """The identifier of a row."""
    identifier: str = row[definition(table)["primaryId"]]
    return identifier


@cache
def index() -> dict[str, dict[str, Row]]:
    """Rows of both files by table and identifier."""
    found: dict[str, dict[str, Row]] = {}
    for source in (read_rows("base"), sample()):
        for table, rows in source.items():
            found.setdefault(table, {}).update((key(table, row), row) for row in rows)
    return found


def values() -> Iterator[tuple[str, Row, str, Any]]:
    """Every table, row, column name and value of the sample."""
    for table, rows in sample().items():
        for row in rows:
            for name, value in row.items():
                yield table, row, name, value


def one_of(table: str, id: str) -> Row:
    """A row of either file."""
    return index()[table][id]


def target(row: Row, column: str) -> Row:
    """The row that a lookup points to."""
    reference = row[column]
    return one_of(reference["table"], reference["id"])


def to(table: str, row: Row) -> dict[str, str]:
    """A lookup's value for a row."""
    return {"table": table, "id": key(table, row)}


def fault_of(column: Row, value: Any) -> str | None:
    """What is wrong with a value in the file's form, or None."""
    kind = column["type"]
    if value is None:
        return "null is left out"
    if kind in LOOKUPS:
        fits = isinstance(value, dict) and set(value) == {"table", "id"} and value["table"] in column["targets"]
    elif kind == "Uniqueidentifier":
        fits = isinstance(value, str) and GUID.match(value) is not None
    elif kind == "Boolean":
        fits = isinstance(value, bool)
    elif kind == "DateTime":
        form = DAY if column["dateTimeBehavior"] == "DateOnly" else MOMENT
        fits = isinstance(value, str) and form.match(value) is not None
    elif kind in INTEGERS | REALS:
        fits = isinstance(value, int if kind in INTEGERS else int | float) and not isinstance(value, bool)
        fits = fits and column.get("min", value) <= value <= column.get("max", value)
        if kind in INTEGERS and column.get("options"):
            fits = fits and value in {option["value"] for option in column["options"]}
        if kind in REALS and fits:
            fits = round(value, column["precision"]) == value
    elif kind in {"String", "Memo", "EntityName"}:
        fits = isinstance(value, str) and 0 < len(value) <= column.get("maxLength", 10**9)
    else:
        fits = False
    return None if fits else f"{value!r} is no {kind}"


@pytest.mark.parametrize("table", MINIMUM)
def test_there_are_enough_rows(table: str) -> None:
    assert len(sample()[table]) >= MINIMUM[table]


def test_there_are_enough_activities_of_every_kind_open_and_completed() -> None:
    assert sum(len(sample()[table]) for table in ACTIVITIES) >= 120
    for table in ACTIVITIES:
        assert {0, 1} <= {row["statecode"] for row in sample()[table]}, table


def test_the_file_is_small_and_holds_one_row_a_line() -> None:
    raw = (files("dataverse_fixtures") / "rows" / "sample.json").read_bytes()
    assert len(raw) < 700_000
    rows = sum(len(rows) for rows in sample().values())
    assert raw.count(b"\n") == rows + 2 * len(sample()) + 2
    assert b"\\u" not in raw


def test_every_column_exists_and_every_value_fits_it() -> None:
    faults = []
    for table, row, name, value in values():
        column = columns(table).get(name)
        if column is None or (column.get("attributeOf") and "property" not in column):
            faults.append(f"{table}.{name} is no column")
        elif fault := fault_of(column, value):
            faults.append(f"{table} {key(table, row)} {name}: {fault}")
    assert faults == []


def test_identifiers_are_unique_over_all_tables() -> None:
    seen = Counter(key(table, row) for table, rows in sample().items() if table != SHARED_KEY for row in rows)
    base = {id for table, rows in index().items() if table not in sample() for id in rows}
    assert [id for id, times in seen.items() if times > 1 or id in base] == []
    assert all(GUID.match(id) for id in seen)


def test_every_referenced_row_exists() -> None:
    missing = [
        f"{table} {key(table, row)} {name}"
        for table, row, name, value in values()
        if isinstance(value, dict) and value["id"] not in index()[value["table"]]
    ]
    assert missing == []


@pytest.mark.parametrize("intersect", LINKS)
def test_links_join_existing_rows_once(intersect: str) -> None:
    pairs = []
    for row in sample()[intersect]:
        for table in LINKS[intersect]:
            assert row[f"{table}id"] in index()[table]
        pairs.append(tuple(row[f"{table}id"] for table in LINKS[intersect]))
    assert len(pairs) == len(set(pairs))


def test_every_reason_belongs_to_its_state() -> None:
    for table, rows in sample().items():
        for row in rows:
            if "statuscode" not in row:
                assert "statecode" not in row, key(table, row)
                continue
            states = {option["value"]: option["state"] for option in columns(table)["statuscode"]["options"]}
            assert states[row["statuscode"]] == row["statecode"], key(table, row)


def test_rows_are_changed_after_they_are_made_and_not_in_the_future() -> None:
    past = re.compile(r"(createdon|modifiedon|actual(start|end|closedate)|senton|escalatedon)\Z")
    for table, row, name, value in values():
        if past.match(name) and table != "campaign":
            assert value < LAST_DAY, (table, key(table, row), name)
    for table, rows in sample().items():
        for row in rows:
            if "modifiedon" in row:
                assert row["createdon"] <= row["modifiedon"], key(table, row)


def test_rows_are_made_after_the_rows_they_point_to() -> None:
    later = {"regardingobjectid", "objectid", "parentcustomerid", "originatingleadid", "originatingcaseid"}
    for table, row, name, _ in values():
        if name in later:
            other = target(row, name)
            made = row.get("createdon") or target(row, "objectid")["createdon"]
            assert other["createdon"] <= made, (table, key(table, row), name)


def test_leads_cover_two_years() -> None:
    months = {row["createdon"][:7] for row in sample()["lead"]}
    assert min(months) <= "2024-11"
    assert max(months) == "2026-10"
    assert len(months) >= 24


def test_every_lead_source_occurs_in_every_state() -> None:
    sources = [option["value"] for option in columns("lead")["leadsourcecode"]["options"]]
    seen = {(row.get("leadsourcecode"), row["statecode"]) for row in sample()["lead"]}
    assert seen == {(source, state) for source in [*sources, None] for state in (0, 1, 2)}


def test_every_status_reason_of_a_lead_occurs() -> None:
    reasons = {option["value"] for option in columns("lead")["statuscode"]["options"]}
    assert {row["statuscode"] for row in sample()["lead"]} == reasons


def test_leads_belong_to_users_and_teams() -> None:
    assert {row["ownerid"]["table"] for row in sample()["lead"]} == {"systemuser", "team"}


def test_some_leads_have_a_campaign_and_some_come_from_a_case() -> None:
    assert sum("campaignid" in row for row in sample()["lead"]) >= 20
    assert any("originatingcaseid" in row for row in sample()["lead"])


def test_qualified_leads_have_what_qualify_lead_makes() -> None:
    qualified = [row for row in sample()["lead"] if row["statecode"] == 1]
    assert qualified
    for lead in qualified:
        opportunity = target(lead, "qualifyingopportunityid")
        assert opportunity["originatingleadid"] == to("lead", lead)
        assert opportunity["name"] == lead["subject"]
        assert lead["createdon"] <= opportunity["createdon"] <= lead["modifiedon"]
        for column in ("parentaccountid", "parentcontactid", "customerid", "campaignid", "budgetamount"):
            assert opportunity.get(column) == lead.get(column), column
        customer = lead.get("parentaccountid") or lead["parentcontactid"]
        assert lead["customerid"] == customer
        assert opportunity["estimatedvalue"] == lead["estimatedamount"]


def test_customers_made_by_qualification_carry_the_lead_and_its_values() -> None:
    made = Counter[str]()
    for table in ("account", "contact"):
        for row in sample()[table]:
            if "originatingleadid" not in row:
                continue
            lead = target(row, "originatingleadid")
            assert lead["statecode"] == 1
            assert lead[f"parent{table}id"] == to(table, row)
            assert row["createdon"] == target(lead, "qualifyingopportunityid")["createdon"]
            if table == "account":
                assert row["name"] == lead["companyname"]
                assert target(row, "primarycontactid")["originatingleadid"] == to("lead", lead)
            else:
                assert (row["firstname"], row["lastname"]) == (lead["firstname"], lead["lastname"])
                assert row.get("parentcustomerid") == lead.get("parentaccountid")
            made[table] += 1
    assert made["account"] >= 15
    assert made["contact"] >= 30


def test_primary_contacts_work_for_their_account() -> None:
    with_contact = [row for row in sample()["account"] if "primarycontactid" in row]
    assert len(with_contact) >= 50
    for account in with_contact:
        assert target(account, "primarycontactid")["parentcustomerid"] == to("account", account)


def test_opportunities_have_outcomes_and_closed_ones_a_close_activity() -> None:
    closes = {row["opportunityid"]["id"]: row for row in sample()["opportunityclose"]}
    outcomes = {(row["statecode"], row["statuscode"]) for row in sample()["opportunity"]}
    assert outcomes == {(0, 1), (0, 2), (1, 3), (2, 4), (2, 5)}
    assert any("originatingleadid" not in row for row in sample()["opportunity"])
    for row in sample()["opportunity"]:
        close = closes.pop(key("opportunity", row), None)
        assert "pricelevelid" in row
        assert row["closeprobability"] in {1: {100}, 2: {0}}.get(row["statecode"], range(1, 100))
        if row["statecode"] == 0:
            assert close is None
            assert "actualclosedate" not in row
            continue
        assert close is not None
        assert row["actualclosedate"] >= row["createdon"][:10]
        assert row["actualclosedate"] == close["actualend"][:10]
        assert (close["opportunitystatecode"], close["opportunitystatuscode"]) == (row["statecode"], row["statuscode"])
        assert close.get("actualrevenue") == row.get("actualvalue")
        assert row["statecode"] == 2 or row["actualvalue"] > 0
    assert closes == {}


def test_money_and_its_base_values_agree() -> None:
    currencies = set()
    for table in ("opportunity", "opportunityclose"):
        for row in sample()[table]:
            money = [name for name in row if columns(table)[name]["type"] == "Money"]
            if not money:
                continue
            currency = target(row, "transactioncurrencyid")
            currencies.add(currency["isocurrencycode"])
            assert row["exchangerate"] == currency["exchangerate"]
            for name in money:
                if not name.endswith("_base"):
                    assert row[f"{name}_base"] == pytest.approx(row[name] / row["exchangerate"], abs=0.005)
    assert currencies == {"USD", "EUR"}


def test_totals_are_the_sums_of_their_lines() -> None:
    lines = Counter[str]()
    for line in sample()["opportunityproduct"]:
        assert line["extendedamount"] == line["quantity"] * line["priceperunit"]
        lines[line["opportunityid"]["id"]] += line["extendedamount"]
    totals = {key("opportunity", row): row["totalamount"] for row in sample()["opportunity"] if "totalamount" in row}
    assert totals == dict(lines)


def test_activities_have_parties_in_allowed_roles_only() -> None:
    # the parties for the regarding row (8) and the owner (9) are added to every activity when rows are loaded
    parties: dict[tuple[str, str], list[Row]] = {}
    for party in sample()["activityparty"]:
        parties.setdefault((party["activityid"]["table"], party["activityid"]["id"]), []).append(party)
    for table, allowed in PARTY_ROLES.items():
        for row in sample()[table]:
            mine = parties.pop((table, row["activityid"]))
            roles = {party["participationtypemask"] for party in mine}
            assert len(roles) >= 2
            assert roles <= allowed
            assert all("partyid" in party or "addressused" in party for party in mine)
            assert row["ownerid"] in [party.get("partyid") for party in mine]
            assert "regardingobjectid" in row
            assert table != "email" or all("addressused" in party for party in mine)
    assert parties == {}


def test_appointments_end_after_they_start() -> None:
    for row in sample()["appointment"]:
        assert row["scheduledstart"] < row["scheduledend"]


@pytest.mark.parametrize(
    ("table", "body", "minimum"), [("annotation", "documentbody", 15), ("activitymimeattachment", "body", 5)]
)
def test_files_hold_what_they_say(table: str, body: str, minimum: int) -> None:
    rows = [row for row in sample()[table] if body in row]
    assert len(rows) >= minimum
    for row in rows:
        content = base64.b64decode(row[body], validate=True)
        assert len(content) == row["filesize"]
        assert row["filename"].endswith(
            {"image/png": ".png", "text/plain": ".txt", "text/csv": ".csv"}[row["mimetype"]]
        )
        assert content.startswith(b"\x89PNG") == (row["mimetype"] == "image/png")


def test_notes_name_their_table_and_say_whether_they_have_a_file() -> None:
    for row in sample()["annotation"]:
        assert row["objecttypecode"] == row["objectid"]["table"]
        assert row["isdocument"] == ("documentbody" in row)


def test_mails_count_their_files() -> None:
    files_of = Counter(row["objectid"]["id"] for row in sample()["activitymimeattachment"])
    for row in sample()["email"]:
        assert row["attachmentcount"] == files_of[row["activityid"]]


def test_managers_and_units_form_trees() -> None:
    for table, column in (("systemuser", "parentsystemuserid"), ("account", "parentaccountid")):
        children = [row for row in sample()[table] if column in row]
        assert len(children) >= 8
        for row in children:
            steps, here = 0, row
            while column in here:
                here, steps = target(here, column), steps + 1
                assert steps < 10
    roots = {row["parentbusinessunitid"]["id"] for row in sample()["businessunit"]}
    assert roots == {row["businessunitid"] for row in read_rows("base")["businessunit"]}


def test_names_go_beyond_ascii() -> None:
    text = json.dumps(sample()["account"], ensure_ascii=False)
    assert all(word in text for word in ("Øresund", "Łódź", "São Paulo", "東京"))


def test_addresses_of_mail_and_web_are_reserved_ones() -> None:
    allowed = re.compile(r"(.*[@.])?(example\.com|contoso\.com)\Z")
    for table, row, name, value in values():
        if name in {"emailaddress1", "internalemailaddress", "domainname", "websiteurl", "addressused", "sender"}:
            assert allowed.match(value), (table, key(table, row), value)
