"""Several conditions."""

from __future__ import annotations

from .question import Question, both, condition, either, id_of, link, number, plain, pointing

QUESTIONS: dict[str, Question] = {
    "or": Question(
        "accounts",
        "address1_country eq 'Danmark' or revenue gt 50000000",
        either(condition("address1_country", "eq", "Danmark"), condition("revenue", "gt", 50000000)),
        lambda row: plain(row["address1_country"]) == "danmark" or number(row, "revenue") > 50_000_000,
        sql="WHERE address1_country = 'Danmark' OR revenue > 50000000",
    ),
    "and within or": Question(
        "leads",
        "statecode eq 2 or (statecode eq 1 and leadsourcecode eq 7)",
        either(
            condition("statecode", "eq", 2), both(condition("statecode", "eq", 1), condition("leadsourcecode", "eq", 7))
        ),
        lambda row: row["statecode"] == 2 or (row["statecode"] == 1 and row.get("leadsourcecode") == 7),
        sql="WHERE statecode = 2 OR (statecode = 1 AND leadsourcecode = 7)",
    ),
    "or within and": Question(
        "incidents",
        "statecode eq 0 and (prioritycode eq 1 or caseorigincode eq 3)",
        both(
            condition("statecode", "eq", 0),
            either(condition("prioritycode", "eq", 1), condition("caseorigincode", "eq", 3)),
        ),
        lambda row: row["statecode"] == 0 and (row["prioritycode"] == 1 or row["caseorigincode"] == 3),
        sql="WHERE statecode = 0 AND (1 = prioritycode OR 3 = caseorigincode)",
    ),
    "several filters hold together": Question(
        "incidents",
        "statecode eq 0 and prioritycode eq 2",
        both(condition("statecode", "eq", 0)) + both(condition("prioritycode", "eq", 2)),
        lambda row: row["statecode"] == 0 and row["prioritycode"] == 2,
        sql="WHERE (statecode = 0) AND ((prioritycode = 2))",
    ),
    "the negation of both is either negation": Question(
        "incidents",
        "not (statecode eq 0 and prioritycode eq 2)",
        either(condition("statecode", "ne", 0), condition("prioritycode", "ne", 2)),
        lambda row: not (row["statecode"] == 0 and row["prioritycode"] == 2),
        sql="WHERE NOT (statecode = 0 AND prioritycode = 2)",
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
    "an empty filter finds all": Question(
        "incidents",
        "true",
        "<filter/>",
        lambda _: True,
        is_same=False,
        sql="-- all of them",
    ),
    "or of three": Question(
        "leads",
        "leadsourcecode eq 1 or leadsourcecode eq null or statecode eq 2",
        either(
            condition("leadsourcecode", "eq", 1), condition("leadsourcecode", "null"), condition("statecode", "eq", 2)
        ),
        lambda row: row.get("leadsourcecode") in (1, None) or row["statecode"] == 2,
        sql="WHERE leadsourcecode = 1 OR leadsourcecode IS NULL OR statecode = 2",
    ),
    "the negation of either is both negations": Question(
        "leads",
        "not (leadsourcecode eq 1 or companyname eq null)",
        both(condition("leadsourcecode", "ne", 1), condition("companyname", "not-null")),
        lambda row: row.get("leadsourcecode") != 1 and row.get("companyname") is not None,
        sql="WHERE NOT (leadsourcecode = 1 OR companyname IS NULL)",
    ),
    "a negation twice": Question(
        "accounts",
        "not (not (revenue gt 10000000))",
        both(condition("revenue", "gt", 10000000)),
        lambda row: number(row, "revenue") > 10_000_000,
        sql="WHERE NOT (NOT (revenue > 10000000))",
    ),
    "both of two alternatives": Question(
        "leads",
        "(statecode eq 0 or statecode eq 1) and (leadsourcecode eq 8 or leadsourcecode eq 7)",
        both(
            either(condition("statecode", "eq", 0), condition("statecode", "eq", 1)),
            either(condition("leadsourcecode", "eq", 8), condition("leadsourcecode", "eq", 7)),
        ),
        lambda row: row["statecode"] in (0, 1) and row.get("leadsourcecode") in (7, 8),
        sql="WHERE (statecode = 0 OR statecode = 1) AND (leadsourcecode = 8 OR leadsourcecode = 7)",
    ),
    "and comes before or": Question(
        "leads",
        "statecode eq 0 or statecode eq 1 and leadsourcecode eq 8",
        either(
            condition("statecode", "eq", 0), both(condition("statecode", "eq", 1), condition("leadsourcecode", "eq", 8))
        ),
        lambda row: row["statecode"] == 0 or (row["statecode"] == 1 and row.get("leadsourcecode") == 8),
        sql="WHERE statecode = 0 OR statecode = 1 AND leadsourcecode = 8",
    ),
    "a contradiction finds nothing": Question(
        "leads",
        "statecode eq 0 and statecode eq 1",
        both(condition("statecode", "eq", 0), condition("statecode", "eq", 1)),
        lambda _: False,
        sql="WHERE statecode = 0 AND statecode = 1",
    ),
    "a tautology leaves nothing out": Question(
        "leads",
        "companyname eq null or companyname ne null",
        either(condition("companyname", "null"), condition("companyname", "not-null")),
        lambda _: True,
        sql="WHERE companyname IS NULL OR companyname IS NOT NULL",
    ),
    "four columns": Question(
        "opportunities",
        "statecode eq 1 and actualvalue gt 0 and originatingleadid ne null and not contains(name,'demo')",
        both(
            condition("statecode", "eq", 1),
            condition("actualvalue", "gt", 0),
            condition("originatingleadid", "not-null"),
            condition("name", "not-like", "%demo%"),
        ),
        lambda row: (
            row["statecode"] == 1
            and number(row, "actualvalue") > 0
            and row.get("originatingleadid") is not None
            and "demo" not in plain(row["name"])
        ),
        sql="WHERE statecode = 1 AND actualvalue > 0 AND originatingleadid IS NOT NULL AND name NOT LIKE '%demo%'",
    ),
    "another owner of a state": Question(
        "incidents",
        "statecode eq 0 and not (_ownerid_value eq c0de0009-0000-4000-8000-000000000004)",
        both(condition("statecode", "eq", 0), condition("ownerid", "ne", "c0de0009-0000-4000-8000-000000000004")),
        lambda row: row["statecode"] == 0 and id_of(row, "ownerid") != "c0de0009-0000-4000-8000-000000000004",
        sql="WHERE statecode = 0 AND NOT ownerid = 'c0de0009-0000-4000-8000-000000000004'",
    ),
}
