"""Questions about the sample organization in both query languages, with the answer that plain Python gives.

Each is a set, a ``$filter``, the content of the FetchXML ``entity`` that means the same, and a test of a shipped row.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from dataverse_emulator.metadata.definitions import definitions_folder

Row = Mapping[str, Any]

TABLES = {
    "accounts": "account",
    "contacts": "contact",
    "leads": "lead",
    "opportunities": "opportunity",
    "tasks": "task",
    "incidents": "incident",
}
KEYS = {"tasks": "activityid"}


@dataclass(frozen=True)
class Question:
    """``is_same``: both texts also become the same bound query."""

    entity_set: str
    odata: str
    fetch: str
    matches: Callable[[Row], bool]
    is_same: bool = True

    @property
    def table(self) -> str:
        return TABLES[self.entity_set]

    @property
    def key(self) -> str:
        return key_of(self.table)

    @property
    def fetch_xml(self) -> str:
        return f'<fetch><entity name="{self.table}"><attribute name="{self.key}"/>{self.fetch}</entity></fetch>'

    @property
    def expected(self) -> list[str]:
        return sorted(row[self.key] for row in rows(self.table) if self.matches(row))


def key_of(table: str) -> str:
    return "activityid" if table == "task" else f"{table}id"


@cache
def sample() -> Mapping[str, list[Row]]:
    text = Path(definitions_folder(), "rows", "sample.json").read_text(encoding="utf-8")
    return json.loads(text)  # type: ignore[no-any-return]


def rows(table: str) -> list[Row]:
    return sample()[table]


def row_of(reference: Row | None) -> Row:
    """The row that a lookup points to; an empty one for null and for tables that are not asked about."""
    if reference is None or reference["table"] not in sample():
        return {}
    table = reference["table"]
    key = key_of(table)
    return next((row for row in rows(table) if row[key] == reference["id"]), {})


def pointing(table: str, column: str, row: Row) -> list[Row]:
    """The rows of a table whose lookup points to a row (of any table: ids are unique)."""
    id_ = next(iter(row.values()))
    return [other for other in rows(table) if (other.get(column) or {}).get("id") == id_]


def plain(text: object) -> str:
    """Text as the platform compares it."""
    decomposed = unicodedata.normalize("NFKD", str(text or "").casefold())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter)).rstrip()


def id_of(row: Row, column: str) -> str | None:
    reference = row.get(column)
    return None if reference is None else str(reference["id"])


def condition(attribute: str, operator: str, *values: object, entityname: str = "") -> str:
    of = f' entityname="{entityname}"' if entityname else ""
    start = f'<condition{of} attribute="{attribute}" operator="{operator}"'
    texts = [str(value).replace("&", "&amp;").replace("<", "&lt;") for value in values]
    if len(texts) == 1:
        return f'{start} value="{texts[0]}"/>'
    inner = "".join(f"<value>{text}</value>" for text in texts)
    return f"{start}>{inner}</condition>" if texts else f"{start}/>"


def both(*conditions: str) -> str:
    return f"<filter>{''.join(conditions)}</filter>"


def either(*conditions: str) -> str:
    return f'<filter type="or">{"".join(conditions)}</filter>'


def link(name: str, from_: str, to: str, inner: str = "", *, kind: str = "outer", alias: str = "") -> str:
    called = f' alias="{alias}"' if alias else ""
    return f'<link-entity name="{name}" from="{from_}" to="{to}" link-type="{kind}"{called}>{inner}</link-entity>'


def number(row: Row, column: str) -> float:
    """The value of a column, or something that compares as false."""
    value = row.get(column)
    return float("nan") if value is None else float(value)


CRM = "Microsoft.Dynamics.CRM"
FIRST_CONTACT = "c0de0002-0000-4000-8000-000000000001"

QUESTIONS: dict[str, Question] = {
    # -- text
    "text ignores case": Question(
        "accounts",
        "address1_city eq 'KØBENHAVN Ø'",
        both(condition("address1_city", "eq", "KØBENHAVN Ø")),
        lambda row: plain(row.get("address1_city")) == "københavn ø",
    ),
    "text ignores accents": Question(
        "leads",
        "address1_city eq 'gorlitz'",
        both(condition("address1_city", "eq", "gorlitz")),
        lambda row: plain(row.get("address1_city")) == "gorlitz",
    ),
    "text that differs, or is missing": Question(
        "leads",
        "companyname ne 'Eichenrain Spedition AG'",
        both(condition("companyname", "ne", "Eichenrain Spedition AG")),
        lambda row: plain(row.get("companyname")) != plain("Eichenrain Spedition AG"),
    ),
    "the older name of ne": Question(
        "leads",
        "companyname ne 'Eichenrain Spedition AG'",
        both(condition("companyname", "neq", "Eichenrain Spedition AG")),
        lambda row: plain(row.get("companyname")) != plain("Eichenrain Spedition AG"),
    ),
    "contains": Question(
        "accounts",
        "contains(name,'HANDEL')",
        both(condition("name", "like", "%HANDEL%")),
        lambda row: "handel" in plain(row["name"]),
    ),
    "starts with": Question(
        "accounts",
        "startswith(name,'a')",
        both(condition("name", "begins-with", "a")),
        lambda row: plain(row["name"]).startswith("a"),
    ),
    "like with the wildcard behind": Question(
        "accounts",
        "startswith(name,'a')",
        both(condition("name", "like", "a%")),
        lambda row: plain(row["name"]).startswith("a"),
    ),
    "ends with": Question(
        "contacts",
        "endswith(emailaddress1,'.example.com')",
        both(condition("emailaddress1", "ends-with", ".example.com")),
        lambda row: plain(row.get("emailaddress1")).endswith(".example.com"),
    ),
    "like with the wildcard in front": Question(
        "accounts",
        "endswith(name,' ab')",
        both(condition("name", "like", "% ab")),
        lambda row: plain(row["name"]).endswith(" ab"),
    ),
    "does not contain, or is missing": Question(
        "contacts",
        "not contains(jobtitle,'manager')",
        both(condition("jobtitle", "not-like", "%manager%")),
        lambda row: "manager" not in plain(row.get("jobtitle")),
    ),
    "does not start with": Question(
        "contacts",
        "not startswith(jobtitle,'Head')",
        both(condition("jobtitle", "not-begin-with", "Head")),
        lambda row: not plain(row.get("jobtitle")).startswith("head"),
    ),
    "does not end with": Question(
        "contacts",
        "not endswith(jobtitle,'Manager')",
        both(condition("jobtitle", "not-end-with", "Manager")),
        lambda row: not plain(row.get("jobtitle")).endswith("manager"),
    ),
    "a set of letters": Question(
        "contacts",
        "startswith(lastname,'[a-d]')",
        both(condition("lastname", "begins-with", "[a-d]")),
        lambda row: plain(row["lastname"])[:1] in tuple("abcd"),
    ),
    "one letter": Question(
        "contacts",
        "startswith(firstname,'j_n')",
        both(condition("firstname", "like", "j_n%")),
        lambda row: plain(row["firstname"])[:1] == "j" and plain(row["firstname"])[2:3] == "n",
    ),
    "text is missing": Question(
        "leads",
        "companyname eq null",
        both(condition("companyname", "null")),
        lambda row: not row.get("companyname"),
    ),
    "empty text is missing text": Question(
        "leads",
        "companyname eq ''",
        both(condition("companyname", "eq", "")),
        lambda row: not row.get("companyname"),
    ),
    "text is there": Question(
        "contacts",
        "yomifirstname ne null",
        both(condition("yomifirstname", "not-null")),
        lambda row: row.get("yomifirstname") is not None,
    ),
    "a list of texts": Question(
        "accounts",
        f"{CRM}.In(PropertyName='address1_country',PropertyValues=['danmark','SUOMI'])",
        both(condition("address1_country", "in", "danmark", "SUOMI")),
        lambda row: plain(row["address1_country"]) in ("danmark", "suomi"),
    ),
    "none of a list of texts": Question(
        "accounts",
        f"{CRM}.NotIn(PropertyName='address1_country',PropertyValues=['danmark','SUOMI'])",
        both(condition("address1_country", "not-in", "danmark", "SUOMI")),
        lambda row: plain(row["address1_country"]) not in ("danmark", "suomi"),
    ),
    # -- numbers
    "greater": Question(
        "accounts",
        "revenue gt 10000000",
        both(condition("revenue", "gt", 10000000)),
        lambda row: number(row, "revenue") > 10_000_000,
    ),
    "not greater leaves nulls out": Question(
        "accounts",
        "not (revenue gt 10000000)",
        both(condition("revenue", "le", 10000000)),
        lambda row: number(row, "revenue") <= 10_000_000,
    ),
    "a range": Question(
        "accounts",
        "numberofemployees ge 50 and numberofemployees lt 200",
        both(condition("numberofemployees", "ge", 50), condition("numberofemployees", "lt", 200)),
        lambda row: 50 <= number(row, "numberofemployees") < 200,
    ),
    "between": Question(
        "accounts",
        f"{CRM}.Between(PropertyName='numberofemployees',PropertyValues=['50','200'])",
        both(condition("numberofemployees", "between", 50, 200)),
        lambda row: 50 <= number(row, "numberofemployees") <= 200,
    ),
    "not between": Question(
        "leads",
        f"{CRM}.NotBetween(PropertyName='numberofemployees',PropertyValues=['10','100'])",
        both(condition("numberofemployees", "not-between", 10, 100)),
        lambda row: number(row, "numberofemployees") < 10 or number(row, "numberofemployees") > 100,
    ),
    "a number that differs, or is missing": Question(
        "accounts",
        "numberofemployees ne 410",
        both(condition("numberofemployees", "ne", 410)),
        lambda row: row.get("numberofemployees") != 410,
    ),
    "a number is missing": Question(
        "accounts",
        "revenue eq null",
        both(condition("revenue", "null")),
        lambda row: row.get("revenue") is None,
    ),
    "a number is there": Question(
        "opportunities",
        "actualvalue ne null",
        both(condition("actualvalue", "not-null")),
        lambda row: row.get("actualvalue") is not None,
    ),
    "a broken number": Question(
        "opportunities",
        "estimatedvalue ge 40000.5",
        both(condition("estimatedvalue", "ge", "40000.5")),
        lambda row: number(row, "estimatedvalue") >= 40000.5,
    ),
    "two columns are equal": Question(
        "opportunities",
        "actualvalue eq estimatedvalue",
        '<filter><condition attribute="actualvalue" operator="eq" valueof="estimatedvalue"/></filter>',
        lambda row: number(row, "actualvalue") == number(row, "estimatedvalue"),
    ),
    "one column is less than another": Question(
        "opportunities",
        "actualvalue lt estimatedvalue",
        '<filter><condition attribute="actualvalue" operator="lt" valueof="estimatedvalue"/></filter>',
        lambda row: number(row, "actualvalue") < number(row, "estimatedvalue"),
    ),
    # -- choices, states, two options
    "a choice": Question(
        "leads",
        "leadsourcecode eq 8",
        both(condition("leadsourcecode", "eq", 8)),
        lambda row: row.get("leadsourcecode") == 8,
    ),
    "a choice is missing": Question(
        "leads",
        "leadsourcecode eq null",
        both(condition("leadsourcecode", "null")),
        lambda row: row.get("leadsourcecode") is None,
    ),
    "another choice, or none": Question(
        "leads",
        "leadsourcecode ne 8",
        both(condition("leadsourcecode", "ne", 8)),
        lambda row: row.get("leadsourcecode") != 8,
    ),
    "a list of choices": Question(
        "leads",
        f"{CRM}.In(PropertyName='leadsourcecode',PropertyValues=['1','7','8'])",
        both(condition("leadsourcecode", "in", 1, 7, 8)),
        lambda row: row.get("leadsourcecode") in (1, 7, 8),
    ),
    "a state": Question(
        "leads",
        "statecode eq 1",
        both(condition("statecode", "eq", 1)),
        lambda row: row["statecode"] == 1,
    ),
    "a status reason": Question(
        "opportunities",
        "statuscode eq 4",
        both(condition("statuscode", "eq", 4)),
        lambda row: row["statuscode"] == 4,
    ),
    "yes": Question(
        "leads",
        "confirminterest eq true",
        both(condition("confirminterest", "eq", "1")),
        lambda row: row.get("confirminterest") is True,
    ),
    "yes in another spelling": Question(
        "leads",
        "decisionmaker",
        both(condition("decisionmaker", "eq", "true")),
        lambda row: row.get("decisionmaker") is True,
    ),
    # -- dates
    "before a day": Question(
        "accounts",
        "createdon lt 2024-06-01T00:00:00Z",
        both(condition("createdon", "lt", "2024-06-01T00:00:00Z")),
        lambda row: row["createdon"] < "2024-06-01",
    ),
    "from a moment on": Question(
        "leads",
        "createdon ge 2025-03-01T12:00:00Z",
        both(condition("createdon", "ge", "2025-03-01T12:00:00Z")),
        lambda row: row["createdon"] >= "2025-03-01T12:00:00Z",
    ),
    "a date without time": Question(
        "opportunities",
        "estimatedclosedate eq 2025-03-17",
        both(condition("estimatedclosedate", "eq", "2025-03-17")),
        lambda row: row["estimatedclosedate"] == "2025-03-17",
    ),
    "a span of dates": Question(
        "leads",
        "estimatedclosedate ge 2025-01-01 and estimatedclosedate le 2025-06-30",
        both(
            condition("estimatedclosedate", "ge", "2025-01-01"),
            condition("estimatedclosedate", "le", "2025-06-30"),
        ),
        lambda row: "2025-01-01" <= row.get("estimatedclosedate", "") <= "2025-06-30",
    ),
    "a date is missing": Question(
        "tasks",
        "actualend eq null",
        both(condition("actualend", "null")),
        lambda row: row.get("actualend") is None,
    ),
    "on a day": Question(
        "tasks",
        f"{CRM}.On(PropertyName='scheduledend',PropertyValue='2024-12-07')",
        both(condition("scheduledend", "on", "2024-12-07")),
        lambda row: row["scheduledend"].startswith("2024-12-07"),
    ),
    # -- lookups
    "a row": Question(
        "accounts",
        f"_primarycontactid_value eq {FIRST_CONTACT}",
        both(condition("primarycontactid", "eq", FIRST_CONTACT)),
        lambda row: id_of(row, "primarycontactid") == FIRST_CONTACT,
    ),
    "a row in braces and capitals": Question(
        "accounts",
        f"_primarycontactid_value eq {FIRST_CONTACT}",
        both(condition("primarycontactid", "eq", f"{{{FIRST_CONTACT.upper()}}}")),
        lambda row: id_of(row, "primarycontactid") == FIRST_CONTACT,
    ),
    "another row, or none": Question(
        "contacts",
        "_parentcustomerid_value ne c0de0001-0000-4000-8000-000000000001",
        both(condition("parentcustomerid", "ne", "c0de0001-0000-4000-8000-000000000001")),
        lambda row: id_of(row, "parentcustomerid") != "c0de0001-0000-4000-8000-000000000001",
    ),
    "no row": Question(
        "accounts",
        "_parentaccountid_value eq null",
        both(condition("parentaccountid", "null")),
        lambda row: row.get("parentaccountid") is None,
    ),
    "no row, by navigation property": Question(
        "contacts",
        "originatingleadid ne null",
        both(condition("originatingleadid", "not-null")),
        lambda row: row.get("originatingleadid") is not None,
    ),
    "a column of a row that is pointed to": Question(
        "accounts",
        "primarycontactid/jobtitle eq 'Facilities Engineer'",
        both(condition("jobtitle", "eq", "Facilities Engineer", entityname="primarycontactid"))
        + link("contact", "contactid", "primarycontactid", alias="primarycontactid"),
        lambda row: row_of(row.get("primarycontactid")).get("jobtitle") == "Facilities Engineer",
    ),
    "the name of a row that is pointed to": Question(
        "accounts",
        "startswith(parentaccountid/name,'ø')",
        both(condition("name", "like", "ø%", entityname="parentaccountid"))
        + link("account", "accountid", "parentaccountid", alias="parentaccountid"),
        lambda row: plain(row_of(row.get("parentaccountid")).get("name")).startswith("ø"),
    ),
    "one table of a customer": Question(
        "contacts",
        "contains(parentcustomerid_account/name,'logistik')",
        both(condition("name", "like", "%logistik%", entityname="parentcustomerid_account"))
        + link("account", "accountid", "parentcustomerid", alias="parentcustomerid_account"),
        lambda row: "logistik" in plain(row_of(row.get("parentcustomerid")).get("name")),
    ),
    "the source of an opportunity's lead": Question(
        "opportunities",
        "originatingleadid/leadsourcecode eq 8",
        both(condition("leadsourcecode", "eq", 8, entityname="originatingleadid"))
        + link("lead", "leadid", "originatingleadid", alias="originatingleadid"),
        lambda row: row_of(row.get("originatingleadid")).get("leadsourcecode") == 8,
    ),
    "inner links ask for a row": Question(
        "opportunities",
        "originatingleadid/leadsourcecode eq 8",
        link("lead", "leadid", "originatingleadid", both(condition("leadsourcecode", "eq", 8)), kind="inner"),
        lambda row: row_of(row.get("originatingleadid")).get("leadsourcecode") == 8,
        is_same=False,
    ),
    "two steps away": Question(
        "opportunities",
        "parentaccountid/primarycontactid/firstname eq 'Jeppe'",
        both(condition("firstname", "eq", "Jeppe", entityname="c"))
        + link(
            "account",
            "accountid",
            "parentaccountid",
            link("contact", "contactid", "primarycontactid", alias="c"),
            alias="a",
        ),
        lambda row: row_of(row_of(row.get("parentaccountid")).get("primarycontactid")).get("firstname") == "Jeppe",
        is_same=False,
    ),
    "the regarding lead of a task": Question(
        "tasks",
        "regardingobjectid_lead_task/leadsourcecode ne null",
        both(condition("leadsourcecode", "not-null", entityname="regardingobjectid_lead_task"))
        + link("lead", "leadid", "regardingobjectid", alias="regardingobjectid_lead_task"),
        lambda row: (
            row["regardingobjectid"]["table"] == "lead"
            and row_of(row["regardingobjectid"]).get("leadsourcecode") is not None
        ),
    ),
    # -- rows that point here
    "some row points here": Question(
        "accounts",
        "Account_Tasks/any()",
        both(link("task", "regardingobjectid", "accountid", kind="any")),
        lambda row: bool(pointing("task", "regardingobjectid", row)),
    ),
    "some row of a kind points here": Question(
        "accounts",
        "contact_customer_accounts/any(c:c/accountrolecode eq 2)",
        both(link("contact", "parentcustomerid", "accountid", both(condition("accountrolecode", "eq", 2)), kind="any")),
        lambda row: any(c.get("accountrolecode") == 2 for c in pointing("contact", "parentcustomerid", row)),
    ),
    "no row of a kind points here": Question(
        "accounts",
        "not contact_customer_accounts/any(c:c/accountrolecode eq 2)",
        both(
            link(
                "contact", "parentcustomerid", "accountid", both(condition("accountrolecode", "eq", 2)), kind="not any"
            )
        ),
        lambda row: not any(c.get("accountrolecode") == 2 for c in pointing("contact", "parentcustomerid", row)),
    ),
    "exists": Question(
        "leads",
        "opportunity_originating_lead/any(o:o/statecode eq 1)",
        link("opportunity", "originatingleadid", "leadid", both(condition("statecode", "eq", 1)), kind="exists"),
        lambda row: any(o["statecode"] == 1 for o in pointing("opportunity", "originatingleadid", row)),
    ),
    "in": Question(
        "leads",
        "opportunity_originating_lead/any(o:o/statecode eq 1)",
        link("opportunity", "originatingleadid", "leadid", both(condition("statecode", "eq", 1)), kind="in"),
        lambda row: any(o["statecode"] == 1 for o in pointing("opportunity", "originatingleadid", row)),
    ),
    "linked by an intersect table": Question(
        "accounts",
        "accountleads_association/any(l:l/statecode eq 1)",
        link(
            "accountleads",
            "accountid",
            "accountid",
            link("lead", "leadid", "leadid", both(condition("statecode", "eq", 1)), kind="inner"),
            kind="exists",
        ),
        lambda row: any(
            pair["accountid"] == row["accountid"]
            and row_of({"table": "lead", "id": pair["leadid"]}).get("statecode") == 1
            for pair in rows("accountleads")
        ),
        is_same=False,
    ),
    # -- several at once
    "or": Question(
        "accounts",
        "address1_country eq 'Danmark' or revenue gt 50000000",
        either(condition("address1_country", "eq", "Danmark"), condition("revenue", "gt", 50000000)),
        lambda row: plain(row["address1_country"]) == "danmark" or number(row, "revenue") > 50_000_000,
    ),
    "and within or": Question(
        "leads",
        "statecode eq 2 or (statecode eq 1 and leadsourcecode eq 7)",
        either(
            condition("statecode", "eq", 2), both(condition("statecode", "eq", 1), condition("leadsourcecode", "eq", 7))
        ),
        lambda row: row["statecode"] == 2 or (row["statecode"] == 1 and row.get("leadsourcecode") == 7),
    ),
    "or within and": Question(
        "incidents",
        "statecode eq 0 and (prioritycode eq 1 or caseorigincode eq 3)",
        both(
            condition("statecode", "eq", 0),
            either(condition("prioritycode", "eq", 1), condition("caseorigincode", "eq", 3)),
        ),
        lambda row: row["statecode"] == 0 and (row["prioritycode"] == 1 or row["caseorigincode"] == 3),
    ),
    "several filters hold together": Question(
        "incidents",
        "statecode eq 0 and prioritycode eq 2",
        both(condition("statecode", "eq", 0)) + both(condition("prioritycode", "eq", 2)),
        lambda row: row["statecode"] == 0 and row["prioritycode"] == 2,
    ),
    "the negation of both is either negation": Question(
        "incidents",
        "not (statecode eq 0 and prioritycode eq 2)",
        either(condition("statecode", "ne", 0), condition("prioritycode", "ne", 2)),
        lambda row: not (row["statecode"] == 0 and row["prioritycode"] == 2),
    ),
    "a condition or a linked row": Question(
        "accounts",
        "revenue gt 20000000 or Account_Tasks/any(t:t/statecode eq 0)",
        either(
            condition("revenue", "gt", 20000000),
            link("task", "regardingobjectid", "accountid", both(condition("statecode", "eq", 0)), kind="any"),
        ),
        lambda row: (
            number(row, "revenue") > 20_000_000
            or any(task["statecode"] == 0 for task in pointing("task", "regardingobjectid", row))
        ),
    ),
    "an empty list finds nothing": Question(
        "accounts",
        "false",
        both('<condition attribute="name" operator="in"/>'),
        lambda _: False,
    ),
    "an empty filter finds all": Question("incidents", "true", "<filter/>", lambda _: True, is_same=False),
    "the hierarchy below a row": Question(
        "accounts",
        f"{CRM}.UnderOrEqual(PropertyName='accountid',PropertyValue='c0de0001-0000-4000-8000-000000000001')",
        both(condition("accountid", "eq-or-under", "c0de0001-0000-4000-8000-000000000001")),
        lambda row: _is_below(row, "c0de0001-0000-4000-8000-000000000001"),
    ),
}


def _is_below(row: Row, id_: str) -> bool:
    while row:
        if row["accountid"] == id_:
            return True
        row = row_of(row.get("parentaccountid"))
    return False
