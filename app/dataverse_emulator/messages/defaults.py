"""What the platform fills in on create beyond the defaults of the column definitions. Data only.

``RECORDED_DEFAULTS`` were read from recorded rows (05 §1.4, 06 §1.1) whose definitions are silent about a default.
"""

from __future__ import annotations

from typing import Any

_ADDRESS = {"address2_addresstypecode": 1, "address2_shippingmethodcode": 1}

RECORDED_DEFAULTS: dict[str, dict[str, Any]] = {
    "lead": {
        "leadqualitycode": 2,
        "prioritycode": 1,
        "preferredcontactmethodcode": 1,
        "salesstagecode": 1,
        "address1_addresstypecode": 1,
        "address1_shippingmethodcode": 1,
        **_ADDRESS,
        "followemail": True,
        "donotemail": False,
        "donotphone": False,
        "donotfax": False,
        "donotpostalmail": False,
        "donotbulkemail": False,
        "donotsendmm": False,
        "merged": False,
        "confirminterest": False,
        "decisionmaker": False,
        "evaluatefit": False,
        "participatesinworkflow": False,
    },
    "contact": {
        "preferredcontactmethodcode": 1,
        "haschildrencode": 1,
        "educationcode": 1,
        "customertypecode": 1,
        "customersizecode": 1,
        "shippingmethodcode": 1,
        "territorycode": 1,
        "leadsourcecode": 1,
        **_ADDRESS,
        "address2_freighttermscode": 1,
        "followemail": True,
        "creditonhold": False,
        "merged": False,
        "marketingonly": False,
        "isbackofficecustomer": False,
        "participatesinworkflow": False,
    },
    "opportunity": {
        "opportunityratingcode": 2,
        "prioritycode": 1,
        "salesstagecode": 1,
        "pricingerrorcode": 0,
        "isrevenuesystemcalculated": False,
        "participatesinworkflow": False,
    },
}

# Money columns that start with 0 instead of null (05 §1.4 for opportunity; the others by analogy, inferred)
_TOTALS = (
    "totalamount",
    "totallineitemamount",
    "totalamountlessfreight",
    "totaldiscountamount",
    "totallineitemdiscountamount",
    "totaltax",
)
OPENING_TOTALS: dict[str, tuple[str, ...]] = dict.fromkeys(("opportunity", "quote", "salesorder", "invoice"), _TOTALS)

# Tables whose rows carry a currency even without a money value (06 §5)
ALWAYS_WITH_CURRENCY = frozenset({"opportunity", "quote", "salesorder", "invoice"})

# Required columns (SystemRequired) that the platform itself fills or tolerates when absent; where a table is not
# listed, its required lookups, texts and dates are demanded on create. Inferred.
FILLED_BY_PLATFORM: dict[str, frozenset[str]] = {
    "duplicaterule": frozenset({"uniquename"}),
    "category": frozenset({"categorynumber"}),
    "equipment": frozenset({"calendarid"}),
    "fieldpermission": frozenset({"fieldsecurityprofileid"}),
    "knowledgearticle": frozenset({"articlepublicnumber", "languagelocaleid"}),
    "report": frozenset({"name"}),
    "kbarticle": frozenset({"subjectid"}),
    "post": frozenset({"regardingobjectid"}),
    "pluginassembly": frozenset({"culture", "publickeytoken", "version"}),
    "plugintype": frozenset({"friendlyname"}),
    "sdkmessageprocessingstep": frozenset({"eventhandler"}),
    "sdkmessageprocessingstepimage": frozenset({"entityalias", "name"}),
    "sharepointdocumentlocation": frozenset({"name"}),
    "solution": frozenset({"friendlyname", "version"}),
    "slakpiinstance": frozenset({"name"}),
    "syncerror": frozenset({"errortime"}),
    "systemuser": frozenset({"domainname", "internalemailaddress"}),
    "team": frozenset({"administratorid"}),
}
NEVER_DEMANDED_TABLES = frozenset({"organization", "usersettings", "timezonedefinition", "timezonerule", "mailbox"})

# Auto-number columns of the standard tables (06 §1.3); a definition's own format wins
NUMBER_FORMATS: dict[tuple[str, str], str] = {
    ("incident", "ticketnumber"): "CAS-{SEQNUM:5}-{RANDSTRING:6}",
    ("quote", "quotenumber"): "QUO-{SEQNUM:5}-{RANDSTRING:6}",
    ("salesorder", "ordernumber"): "ORD-{SEQNUM:5}-{RANDSTRING:6}",
    ("invoice", "invoicenumber"): "INV-{SEQNUM:5}-{RANDSTRING:6}",
    ("campaign", "codename"): "CMP-{SEQNUM:5}-{RANDSTRING:6}",
    ("contract", "contractnumber"): "CNR-{SEQNUM:5}-{RANDSTRING:6}",
}

# Columns that hold the logical name of the table that a lookup points to: table → (lookup, name column)
OBJECT_TYPES: dict[str, tuple[str, str]] = {
    "annotation": ("objectid", "objecttypecode"),
    "activitymimeattachment": ("objectid", "objecttypecode"),
    "customeraddress": ("parentid", "objecttypecode"),
}

# A customer lookup that follows the two parents unless it is written itself: table → (lookup, parents in order).
# 06 §1.2 for leads; opportunities by analogy, inferred.
CUSTOMER_OF_PARENTS: dict[str, tuple[str, tuple[str, str]]] = {
    "lead": ("customerid", ("parentaccountid", "parentcontactid")),
    "opportunity": ("customerid", ("parentaccountid", "parentcontactid")),
}

# Tables of these whose rows outlive a customer that merely follows a parent: 06 §8 has leads deleted with their
# customer, yet only unlinked from their parents
OUTLIVES_PARENT_CUSTOMER = frozenset({"lead"})

# Rows of the addresses that a row carries in its own columns: table → (address table, numbers); 06 §1.2
ADDRESS_ROWS: dict[str, tuple[str, tuple[int, ...]]] = {
    "account": ("customeraddress", (1, 2)),
    "contact": ("customeraddress", (1, 2, 3)),
    "lead": ("leadaddress", (1, 2)),
}
ADDRESS_TABLES = frozenset(table for table, _ in ADDRESS_ROWS.values())
