"""Days and moments."""

from __future__ import annotations

from .question import CRM, Question, both, condition

QUESTIONS: dict[str, Question] = {
    "before a day": Question(
        "accounts",
        "createdon lt 2024-06-01T00:00:00Z",
        both(condition("createdon", "lt", "2024-06-01T00:00:00Z")),
        lambda row: row["createdon"] < "2024-06-01",
        sql="WHERE createdon < '2024-06-01'",
    ),
    "from a moment on": Question(
        "leads",
        "createdon ge 2025-03-01T12:00:00Z",
        both(condition("createdon", "ge", "2025-03-01T12:00:00Z")),
        lambda row: row["createdon"] >= "2025-03-01T12:00:00Z",
        sql="WHERE createdon >= '2025-03-01T12:00:00Z'",
    ),
    "a date without time": Question(
        "opportunities",
        "estimatedclosedate eq 2025-03-17",
        both(condition("estimatedclosedate", "eq", "2025-03-17")),
        lambda row: row["estimatedclosedate"] == "2025-03-17",
        sql="WHERE estimatedclosedate = '2025-03-17'",
    ),
    "a span of dates": Question(
        "leads",
        "estimatedclosedate ge 2025-01-01 and estimatedclosedate le 2025-06-30",
        both(
            condition("estimatedclosedate", "ge", "2025-01-01"),
            condition("estimatedclosedate", "le", "2025-06-30"),
        ),
        lambda row: "2025-01-01" <= row.get("estimatedclosedate", "") <= "2025-06-30",
        sql="WHERE estimatedclosedate >= '2025-01-01' AND estimatedclosedate <= '2025-06-30'",
    ),
    "a date is missing": Question(
        "tasks",
        "actualend eq null",
        both(condition("actualend", "null")),
        lambda row: row.get("actualend") is None,
        sql="WHERE actualend IS NULL",
    ),
    "on a day": Question(
        "tasks",
        f"{CRM}.On(PropertyName='scheduledend',PropertyValue='2024-12-07')",
        both(condition("scheduledend", "on", "2024-12-07")),
        lambda row: row["scheduledend"].startswith("2024-12-07"),
    ),
    "a time zone in the moment": Question(
        "leads",
        "createdon ge 2025-03-01T13:00:00+01:00",
        both(condition("createdon", "ge", "2025-03-01T13:00:00+01:00")),
        lambda row: row["createdon"] >= "2025-03-01T12:00:00Z",
        sql="WHERE createdon >= '2025-03-01T13:00:00+01:00'",
    ),
    "a span of moments": Question(
        "tasks",
        "createdon gt 2025-01-01T00:00:00Z and createdon le 2025-12-31T23:59:59Z",
        both(
            condition("createdon", "gt", "2025-01-01T00:00:00Z"),
            condition("createdon", "le", "2025-12-31T23:59:59Z"),
        ),
        lambda row: row["createdon"].startswith("2025"),
        sql="WHERE createdon > '2025-01-01T00:00:00Z' AND createdon <= '2025-12-31T23:59:59Z'",
    ),
    "not from a moment on leaves nulls out": Question(
        "tasks",
        "not (actualend ge 2026-01-01T00:00:00Z)",
        both(condition("actualend", "lt", "2026-01-01T00:00:00Z")),
        lambda row: row.get("actualend", "9") < "2026",
        sql="WHERE NOT (actualend >= '2026-01-01T00:00:00Z')",
    ),
    "a birthday": Question(
        "contacts",
        "birthdate ge 1990-01-01",
        both(condition("birthdate", "ge", "1990-01-01")),
        lambda row: row.get("birthdate", "") >= "1990",
        sql="WHERE birthdate >= '1990-01-01'",
    ),
    "another day, or none": Question(
        "contacts",
        "birthdate ne 1986-09-02",
        both(condition("birthdate", "ne", "1986-09-02")),
        lambda row: row.get("birthdate") != "1986-09-02",
        sql="WHERE birthdate <> '1986-09-02'",
    ),
    "a date is there": Question(
        "leads",
        "estimatedclosedate ne null",
        both(condition("estimatedclosedate", "not-null")),
        lambda row: row.get("estimatedclosedate") is not None,
        sql="WHERE estimatedclosedate IS NOT NULL",
    ),
    "between two dates": Question(
        "opportunities",
        f"{CRM}.Between(PropertyName='estimatedclosedate',PropertyValues=['2025-01-01','2025-12-31'])",
        both(condition("estimatedclosedate", "between", "2025-01-01", "2025-12-31")),
        lambda row: row["estimatedclosedate"].startswith("2025"),
        sql="WHERE estimatedclosedate BETWEEN '2025-01-01' AND '2025-12-31'",
    ),
    "not between two dates": Question(
        "leads",
        f"{CRM}.NotBetween(PropertyName='estimatedclosedate',PropertyValues=['2026-01-01','2026-12-31'])",
        both(condition("estimatedclosedate", "not-between", "2026-01-01", "2026-12-31")),
        lambda row: not row.get("estimatedclosedate", "2026").startswith("2026"),
        sql="WHERE estimatedclosedate NOT BETWEEN '2026-01-01' AND '2026-12-31'",
    ),
    "on a day without time": Question(
        "contacts",
        f"{CRM}.On(PropertyName='birthdate',PropertyValue='1986-09-02')",
        both(condition("birthdate", "on", "1986-09-02")),
        lambda row: row.get("birthdate") == "1986-09-02",
    ),
    "on a day or before": Question(
        "tasks",
        f"{CRM}.OnOrBefore(PropertyName='scheduledend',PropertyValue='2025-06-30')",
        both(condition("scheduledend", "on-or-before", "2025-06-30")),
        lambda row: row["scheduledend"] < "2025-07",
    ),
    "on a day or after": Question(
        "tasks",
        f"{CRM}.OnOrAfter(PropertyName='scheduledend',PropertyValue='2025-06-30')",
        both(condition("scheduledend", "on-or-after", "2025-06-30")),
        lambda row: row["scheduledend"] >= "2025-06-30",
    ),
    "in a fiscal year": Question(
        "opportunities",
        f"{CRM}.InFiscalYear(PropertyName='estimatedclosedate',PropertyValue=2026)",
        both(condition("estimatedclosedate", "in-fiscal-year", 2026)),
        lambda row: row["estimatedclosedate"].startswith("2026"),
    ),
}
