"""Rows that point to the row, and hierarchies."""

from __future__ import annotations

from .question import (
    CRM,
    FIRST_ACCOUNT,
    Question,
    both,
    condition,
    is_below,
    link,
    number,
    plain,
    pointing,
    row_of,
    rows,
)

QUESTIONS: dict[str, Question] = {
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
    "the hierarchy below a row": Question(
        "accounts",
        f"{CRM}.UnderOrEqual(PropertyName='accountid',PropertyValue='{FIRST_ACCOUNT}')",
        both(condition("accountid", "eq-or-under", FIRST_ACCOUNT)),
        lambda row: is_below(row, FIRST_ACCOUNT),
    ),
    "an opportunity that was won": Question(
        "accounts",
        "opportunity_parent_account/any(o:o/statecode eq 1)",
        both(link("opportunity", "parentaccountid", "accountid", both(condition("statecode", "eq", 1)), kind="any")),
        lambda row: any(o["statecode"] == 1 for o in pointing("opportunity", "parentaccountid", row)),
    ),
    "no row points here": Question(
        "accounts",
        "not Account_Tasks/any()",
        both(link("task", "regardingobjectid", "accountid", kind="not any")),
        lambda row: not pointing("task", "regardingobjectid", row),
    ),
    "a row that two conditions meet": Question(
        "accounts",
        "contact_customer_accounts/any(c:c/accountrolecode eq 1 and contains(c/jobtitle,'manager'))",
        both(
            link(
                "contact",
                "parentcustomerid",
                "accountid",
                both(condition("accountrolecode", "eq", 1), condition("jobtitle", "like", "%manager%")),
                kind="any",
            )
        ),
        lambda row: any(
            c.get("accountrolecode") == 1 and "manager" in plain(c.get("jobtitle"))
            for c in pointing("contact", "parentcustomerid", row)
        ),
    ),
    "all rows that point here": Question(
        "accounts",
        "contact_customer_accounts/all(c:c/accountrolecode ne null)",
        both(
            link("contact", "parentcustomerid", "accountid", both(condition("accountrolecode", "null")), kind="not any")
        ),
        lambda row: all(c.get("accountrolecode") is not None for c in pointing("contact", "parentcustomerid", row)),
    ),
    "two lists at once": Question(
        "leads",
        "Lead_Tasks/any() and opportunity_originating_lead/any(o:o/estimatedvalue gt 50000)",
        both(
            link("task", "regardingobjectid", "leadid", kind="any"),
            link(
                "opportunity", "originatingleadid", "leadid", both(condition("estimatedvalue", "gt", 50000)), kind="any"
            ),
        ),
        lambda row: (
            bool(pointing("task", "regardingobjectid", row))
            and any(number(o, "estimatedvalue") > 50_000 for o in pointing("opportunity", "originatingleadid", row))
        ),
    ),
    "accounts below this one": Question(
        "accounts",
        "account_parent_account/any(a:a/revenue ne null)",
        link("account", "parentaccountid", "accountid", both(condition("revenue", "not-null")), kind="exists"),
        lambda row: any(a.get("revenue") is not None for a in pointing("account", "parentaccountid", row)),
    ),
    "the first contact of an account": Question(
        "contacts",
        "account_primary_contact/any(a:a/numberofemployees ge 100)",
        both(
            link(
                "account", "primarycontactid", "contactid", both(condition("numberofemployees", "ge", 100)), kind="any"
            )
        ),
        lambda row: any(number(a, "numberofemployees") >= 100 for a in pointing("account", "primarycontactid", row)),
    ),
    "an open task of an opportunity": Question(
        "opportunities",
        "Opportunity_Tasks/any(t:t/statecode eq 0 and t/scheduledend ge 2025-01-01T00:00:00Z)",
        both(
            link(
                "task",
                "regardingobjectid",
                "opportunityid",
                both(condition("statecode", "eq", 0), condition("scheduledend", "ge", "2025-01-01T00:00:00Z")),
                kind="any",
            )
        ),
        lambda row: any(
            t["statecode"] == 0 and t["scheduledend"] >= "2025" for t in pointing("task", "regardingobjectid", row)
        ),
    ),
    "linked contacts of a lead": Question(
        "leads",
        "contactleads_association/any(c:c/jobtitle ne null)",
        link(
            "contactleads",
            "leadid",
            "leadid",
            link("contact", "contactid", "contactid", both(condition("jobtitle", "not-null")), kind="inner"),
            kind="exists",
        ),
        lambda row: any(
            pair["leadid"] == row["leadid"]
            and row_of({"table": "contact", "id": pair["contactid"]}).get("jobtitle") is not None
            for pair in rows("contactleads")
        ),
        is_same=False,
    ),
    "below a row, without it": Question(
        "accounts",
        f"{CRM}.Under(PropertyName='accountid',PropertyValue='{FIRST_ACCOUNT}')",
        both(condition("accountid", "under", FIRST_ACCOUNT)),
        lambda row: is_below(row, FIRST_ACCOUNT) and row["accountid"] != FIRST_ACCOUNT,
    ),
    "neither a row nor below it": Question(
        "accounts",
        f"{CRM}.NotUnder(PropertyName='accountid',PropertyValue='{FIRST_ACCOUNT}')",
        both(condition("accountid", "not-under", FIRST_ACCOUNT)),
        lambda row: not is_below(row, FIRST_ACCOUNT) or row["accountid"] == FIRST_ACCOUNT,
    ),
    "above a row or the row": Question(
        "accounts",
        f"{CRM}.AboveOrEqual(PropertyName='accountid',PropertyValue='{FIRST_ACCOUNT[:-1]}2')",
        both(condition("accountid", "eq-or-above", f"{FIRST_ACCOUNT[:-1]}2")),
        lambda row: is_below(row_of({"table": "account", "id": f"{FIRST_ACCOUNT[:-1]}2"}), row["accountid"]),
    ),
    "above a row": Question(
        "accounts",
        f"{CRM}.Above(PropertyName='accountid',PropertyValue='{FIRST_ACCOUNT[:-1]}2')",
        both(condition("accountid", "above", f"{FIRST_ACCOUNT[:-1]}2")),
        lambda row: (
            row["accountid"] != f"{FIRST_ACCOUNT[:-1]}2"
            and is_below(row_of({"table": "account", "id": f"{FIRST_ACCOUNT[:-1]}2"}), row["accountid"])
        ),
    ),
}
