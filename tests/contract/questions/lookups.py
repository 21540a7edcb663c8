"""Lookups and columns of the rows that they point to."""

from __future__ import annotations

from .question import CRM, FIRST_CONTACT, Question, both, condition, either, id_of, link, number, plain, row_of

QUESTIONS: dict[str, Question] = {
    "a row": Question(
        "accounts",
        f"_primarycontactid_value eq {FIRST_CONTACT}",
        both(condition("primarycontactid", "eq", FIRST_CONTACT)),
        lambda row: id_of(row, "primarycontactid") == FIRST_CONTACT,
        sql=f"WHERE primarycontactid = '{FIRST_CONTACT}'",
    ),
    "a row in braces and capitals": Question(
        "accounts",
        f"_primarycontactid_value eq {FIRST_CONTACT}",
        both(condition("primarycontactid", "eq", f"{{{FIRST_CONTACT.upper()}}}")),
        lambda row: id_of(row, "primarycontactid") == FIRST_CONTACT,
        sql=f"WHERE primarycontactid = '{{{FIRST_CONTACT.upper()}}}'",
    ),
    "another row, or none": Question(
        "contacts",
        "_parentcustomerid_value ne c0de0001-0000-4000-8000-000000000001",
        both(condition("parentcustomerid", "ne", "c0de0001-0000-4000-8000-000000000001")),
        lambda row: id_of(row, "parentcustomerid") != "c0de0001-0000-4000-8000-000000000001",
        sql="WHERE parentcustomerid <> 'c0de0001-0000-4000-8000-000000000001'",
    ),
    "no row": Question(
        "accounts",
        "_parentaccountid_value eq null",
        both(condition("parentaccountid", "null")),
        lambda row: row.get("parentaccountid") is None,
        sql="WHERE parentaccountid IS NULL",
    ),
    "no row, by navigation property": Question(
        "contacts",
        "originatingleadid ne null",
        both(condition("originatingleadid", "not-null")),
        lambda row: row.get("originatingleadid") is not None,
        sql="WHERE originatingleadid IS NOT NULL",
    ),
    "a column of a row that is pointed to": Question(
        "accounts",
        "primarycontactid/jobtitle eq 'Facilities Engineer'",
        both(condition("jobtitle", "eq", "Facilities Engineer", entityname="primarycontactid"))
        + link("contact", "contactid", "primarycontactid", alias="primarycontactid"),
        lambda row: row_of(row.get("primarycontactid")).get("jobtitle") == "Facilities Engineer",
        sql="r LEFT JOIN contact AS primarycontactid ON r.primarycontactid = primarycontactid.contactid "
        "WHERE primarycontactid.jobtitle = 'Facilities Engineer'",
    ),
    "the name of a row that is pointed to": Question(
        "accounts",
        "startswith(parentaccountid/name,'ø')",
        both(condition("name", "like", "ø%", entityname="parentaccountid"))
        + link("account", "accountid", "parentaccountid", alias="parentaccountid"),
        lambda row: plain(row_of(row.get("parentaccountid")).get("name")).startswith("ø"),
        sql="r LEFT JOIN account parentaccountid ON parentaccountid.accountid = r.parentaccountid "
        "WHERE parentaccountid.name LIKE 'ø%'",
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
        sql="AS r INNER JOIN lead l ON r.originatingleadid = l.leadid AND l.leadsourcecode = 8 "
        "WHERE l.leadid IS NOT NULL",
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
        sql="r JOIN account a ON r.parentaccountid = a.accountid LEFT OUTER JOIN contact c "
        "ON c.contactid = a.primarycontactid WHERE c.firstname = 'Jeppe'",
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
        sql="r LEFT JOIN lead AS regardingobjectid_lead_task "
        "ON regardingobjectid_lead_task.leadid = r.regardingobjectid WHERE leadsourcecode IS NOT NULL",
    ),
    "a row by its key": Question(
        "accounts",
        "accountid eq c0de0001-0000-4000-8000-000000000003",
        both(condition("accountid", "eq", "c0de0001-0000-4000-8000-000000000003")),
        lambda row: row["accountid"] == "c0de0001-0000-4000-8000-000000000003",
        sql="WHERE accountid = 'c0de0001-0000-4000-8000-000000000003'",
    ),
    "a list of rows": Question(
        "accounts",
        f"{CRM}.In(PropertyName='primarycontactid',PropertyValues=['{FIRST_CONTACT}','{FIRST_CONTACT[:-1]}5'])",
        both(condition("primarycontactid", "in", FIRST_CONTACT, f"{FIRST_CONTACT[:-1]}5")),
        lambda row: id_of(row, "primarycontactid") in (FIRST_CONTACT, f"{FIRST_CONTACT[:-1]}5"),
        sql=f"WHERE primarycontactid IN ('{FIRST_CONTACT}', '{FIRST_CONTACT[:-1]}5')",
    ),
    "what a team owns": Question(
        "incidents",
        "_ownerid_value eq c0de0009-0000-4000-8000-000000000004",
        both(condition("ownerid", "eq", "c0de0009-0000-4000-8000-000000000004")),
        lambda row: id_of(row, "ownerid") == "c0de0009-0000-4000-8000-000000000004",
        sql="WHERE ownerid = 'c0de0009-0000-4000-8000-000000000004'",
    ),
    "any customer": Question(
        "contacts",
        "_parentcustomerid_value ne null",
        both(condition("parentcustomerid", "not-null")),
        lambda row: row.get("parentcustomerid") is not None,
        sql="WHERE parentcustomerid IS NOT NULL",
    ),
    "not of a campaign, or of none": Question(
        "leads",
        "not (_campaignid_value eq c0de4400-0000-4000-8000-000000000003)",
        both(condition("campaignid", "ne", "c0de4400-0000-4000-8000-000000000003")),
        lambda row: id_of(row, "campaignid") != "c0de4400-0000-4000-8000-000000000003",
        sql="WHERE NOT (campaignid = 'c0de4400-0000-4000-8000-000000000003')",
    ),
    "what a task is about": Question(
        "tasks",
        "_regardingobjectid_value eq c0de0004-0000-4000-8000-000000000006",
        both(condition("regardingobjectid", "eq", "c0de0004-0000-4000-8000-000000000006")),
        lambda row: id_of(row, "regardingobjectid") == "c0de0004-0000-4000-8000-000000000006",
        sql="WHERE regardingobjectid = 'c0de0004-0000-4000-8000-000000000006'",
    ),
    "a number of a row that is pointed to": Question(
        "contacts",
        "parentcustomerid_account/revenue gt 10000000",
        both(condition("revenue", "gt", 10000000, entityname="parentcustomerid_account"))
        + link("account", "accountid", "parentcustomerid", alias="parentcustomerid_account"),
        lambda row: number(row_of(row.get("parentcustomerid")), "revenue") > 10_000_000,
        sql="r LEFT JOIN account parentcustomerid_account ON parentcustomerid_account.accountid = r.parentcustomerid "
        "WHERE parentcustomerid_account.revenue > 10000000",
    ),
    "a missing column of a row, or no row": Question(
        "leads",
        "parentaccountid/accountnumber eq null",
        both(condition("accountnumber", "null", entityname="parentaccountid"))
        + link("account", "accountid", "parentaccountid", alias="parentaccountid"),
        lambda row: row_of(row.get("parentaccountid")).get("accountnumber") is None,
        sql="r LEFT JOIN account parentaccountid ON parentaccountid.accountid = r.parentaccountid "
        "WHERE parentaccountid.accountnumber IS NULL",
    ),
    "another column of a row, or no row": Question(
        "opportunities",
        "originatingleadid/leadsourcecode ne 8",
        both(condition("leadsourcecode", "ne", 8, entityname="originatingleadid"))
        + link("lead", "leadid", "originatingleadid", alias="originatingleadid"),
        lambda row: row_of(row.get("originatingleadid")).get("leadsourcecode") != 8,
        sql="r LEFT JOIN lead originatingleadid ON originatingleadid.leadid = r.originatingleadid "
        "WHERE originatingleadid.leadsourcecode <> 8",
    ),
    "a lookup of a row that is pointed to": Question(
        "opportunities",
        "originatingleadid/_campaignid_value ne null",
        both(condition("campaignid", "not-null", entityname="originatingleadid"))
        + link("lead", "leadid", "originatingleadid", alias="originatingleadid"),
        lambda row: row_of(row.get("originatingleadid")).get("campaignid") is not None,
        sql="r LEFT JOIN lead originatingleadid ON originatingleadid.leadid = r.originatingleadid "
        "WHERE originatingleadid.campaignid IS NOT NULL",
    ),
    "two columns of one row that is pointed to": Question(
        "contacts",
        "parentcustomerid_account/address1_country eq 'Danmark' and parentcustomerid_account/industrycode ne null",
        both(
            condition("address1_country", "eq", "Danmark", entityname="parentcustomerid_account"),
            condition("industrycode", "not-null", entityname="parentcustomerid_account"),
        )
        + link("account", "accountid", "parentcustomerid", alias="parentcustomerid_account"),
        lambda row: plain(row_of(row.get("parentcustomerid")).get("address1_country")) == "danmark",
        sql="r LEFT JOIN account parentcustomerid_account ON parentcustomerid_account.accountid = r.parentcustomerid "
        "WHERE parentcustomerid_account.address1_country = 'Danmark' "
        "AND parentcustomerid_account.industrycode IS NOT NULL",
    ),
    "its own column or that of a row": Question(
        "accounts",
        "revenue gt 50000000 or parentaccountid/revenue gt 50000000",
        either(
            condition("revenue", "gt", 50000000),
            condition("revenue", "gt", 50000000, entityname="parentaccountid"),
        )
        + link("account", "accountid", "parentaccountid", alias="parentaccountid"),
        lambda row: any(number(of, "revenue") > 50_000_000 for of in (row, row_of(row.get("parentaccountid")))),
        sql="r LEFT JOIN account parentaccountid ON parentaccountid.accountid = r.parentaccountid "
        "WHERE r.revenue > 50000000 OR parentaccountid.revenue > 50000000",
    ),
}
