"""State and status over HTTP, table by table (contract 05 §2 to §2.2, 06 §4)."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import Api

FLOW = "919e14d1-6489-4852-abd0-a63a6ecaac5d"
QUALIFY_STAGE = "f99b4d48-7aad-456e-864a-8e7d543f7495"
CLOSE = {0: [1], 1: [2], 2: [3]}
ACTIVE = {0: [1], 1: [2]}

# entity set → table, states with their reasons, the default one first
STATES: dict[str, tuple[str, dict[int, list[int]]]] = {
    "leads": ("lead", {0: [1, 2], 1: [3], 2: [4, 5, 6, 7]}),
    "opportunities": ("opportunity", {0: [1, 2], 1: [3], 2: [4, 5]}),
    "quotes": ("quote", {0: [1], 1: [2, 3], 2: [4], 3: [5, 6, 7]}),
    "salesorders": (
        "salesorder",
        {0: [1, 2, 690970000], 1: [3], 2: [4], 3: [100001, 100002], 4: [100003]},
    ),
    "invoices": ("invoice", {0: [1, 2, 4, 5, 6], 1: [3, 7], 2: [100001, 100002], 3: [100003]}),
    "incidents": ("incident", {0: [1, 2, 3, 4], 1: [5, 1000], 2: [6, 2000]}),
    "accounts": ("account", ACTIVE),
    "contacts": ("contact", ACTIVE),
    "connections": ("connection", ACTIVE),
    "queues": ("queue", ACTIVE),
    "queueitems": ("queueitem", ACTIVE),
    "transactioncurrencies": ("transactioncurrency", ACTIVE),
    "tasks": ("task", {0: [2, 3, 4, 7], 1: [5], 2: [6]}),
    "phonecalls": ("phonecall", {0: [1], 1: [2, 4], 2: [3]}),
    "emails": ("email", {0: [1, 8], 1: [2, 3, 4, 6, 7], 2: [5]}),
    "appointments": ("appointment", {0: [1, 2], 1: [3], 2: [4], 3: [5, 6]}),
    "letters": ("letter", {0: [1, 2], 1: [3, 4], 2: [5]}),
    "faxes": ("fax", {0: [1], 1: [2, 3, 4], 2: [5]}),
    "opportunitycloses": ("opportunityclose", CLOSE),
    "quotecloses": ("quoteclose", CLOSE),
    "ordercloses": ("orderclose", CLOSE),
    "incidentresolutions": ("incidentresolution", CLOSE),
    "campaigns": ("campaign", {0: [0, 1, 2, 3, 4, 5], 1: [6]}),
    "lists": ("list", {0: [0], 1: [1]}),
    "campaignresponses": ("campaignresponse", CLOSE),
    "leadtoopportunitysalesprocesses": ("leadtoopportunitysalesprocess", {0: [1], 1: [2, 3]}),
    "duplicaterules": ("duplicaterule", {0: [0, 1], 1: [2]}),
}
# (entity set, state) → the code with which an Update to it is refused
MESSAGE_ONLY = {
    ("opportunities", 1): "0x80100005",
    ("opportunities", 2): "0x80100005",
    ("quotes", 2): "0x80040203",
    ("quotes", 3): "0x80040203",
    ("salesorders", 4): "0x80040203",
    ("incidents", 1): "0x80100005",
}
TRANSITIONS = [
    (entity_set, state, reason)
    for entity_set, (_, states) in STATES.items()
    for state, reasons in states.items()
    if state
    for reason in (None, *reasons)
]


def values(api: Api, entity_set: str) -> dict[str, Any]:
    """What a row of the table needs."""
    if entity_set == "incidents":
        return {"title": "T", "customerid_account@odata.bind": f"accounts({api.new('accounts', name='A')})"}
    if entity_set == "queueitems":
        queue, task = api.new("queues", name="Q"), api.new("tasks", subject="T")
        return {"queueid@odata.bind": f"queues({queue})", "objectid_task@odata.bind": f"tasks({task})"}
    if entity_set == "campaignresponses":
        campaign = api.new("campaigns", name="C")
        return {"subject": "S", "regardingobjectid_campaign_campaignresponse@odata.bind": f"campaigns({campaign})"}
    if entity_set == "leadtoopportunitysalesprocesses":
        return {
            "leadId@odata.bind": f"leads({api.new('leads', lastname='L')})",
            "processid@odata.bind": f"workflows({FLOW})",
            "activestageid@odata.bind": f"processstages({QUALIFY_STAGE})",
        }
    money = {"currencyname": "M", "isocurrencycode": "MMM", "exchangerate": 2.0, "currencysymbol": "m"}
    return {
        "leads": {"lastname": "L"},
        "contacts": {"lastname": "C"},
        "connections": {},
        "lists": {"listname": "L", "createdfromcode": 4},
        "duplicaterules": {"name": "D", "baseentityname": "lead", "matchingentityname": "lead"},
        "transactioncurrencies": {**money, "currencyprecision": 2},
    }.get(entity_set, {"subject": "S"} if "activityid" in _columns(api, entity_set) else {"name": "N"})


def _columns(api: Api, entity_set: str) -> set[str]:
    return set(api.service.catalog.table(STATES[entity_set][0]).columns)


def state_of(api: Api, entity_set: str, id: str) -> tuple[int, int]:
    row = api.get(f"{entity_set}({id})?$select=statecode,statuscode").json()
    return row["statecode"], row["statuscode"]


@pytest.mark.parametrize("entity_set", STATES)
def test_reasons_are_those_of_the_contract(api: Api, entity_set: str) -> None:
    table, states = STATES[entity_set]
    path = f"EntityDefinitions(LogicalName='{table}')/Attributes(LogicalName='statuscode')"
    metadata = api.get(f"{path}/Microsoft.Dynamics.CRM.StatusAttributeMetadata?$expand=OptionSet").json()
    found: dict[int, set[int]] = {}
    for option in metadata["OptionSet"]["Options"]:
        found.setdefault(option["State"], set()).add(option["Value"])
    assert found == {state: set(reasons) for state, reasons in states.items()}


@pytest.mark.parametrize("entity_set", STATES)
def test_new_rows_are_in_the_first_state(api: Api, entity_set: str) -> None:
    table, states = STATES[entity_set]
    body = values(api, entity_set)
    first = states[0][0]
    for reason in states[0]:
        id = api.new(entity_set, **body, statuscode=reason)
        assert state_of(api, entity_set, id) == (0, reason)
    for state in set(states) - {0}:
        id = api.new(entity_set, **body, statecode=state)  # a state that is sent is not applied
        assert state_of(api, entity_set, id) == (0, first)
        (other, *_) = (reason for reason in states[state] if reason not in states[0])
        status, code, text = api.post(entity_set, {**body, "statuscode": other}).error
        assert (status, code) == (400, "0x80048408")
        assert text.startswith(f"{other} is not a valid status code for state code ")
        assert f" on {table} with Id " in text


@pytest.mark.parametrize(("entity_set", "state", "reason"), TRANSITIONS)
def test_transitions(api: Api, entity_set: str, state: int, reason: int | None) -> None:
    table, states = STATES[entity_set]
    id = api.new(entity_set, **values(api, entity_set))
    row = f"{entity_set}({id})"
    wrong = next(one for one in states[0] if one not in states[state])
    text = f"{wrong} is not a valid status code for state code "
    answer = api.patch(row, {"statecode": state, "statuscode": wrong})
    assert answer.error[:2] == (400, "0x80048408")
    assert answer.error[2].startswith(text)
    assert answer.error[2].endswith(f" on {table} with Id {id}.")
    body = {"statecode": state} if reason is None else {"statecode": state, "statuscode": reason}
    answer = api.patch(row, body)
    code = MESSAGE_ONLY.get((entity_set, state))
    if code is not None:
        assert answer.error[:2] == (400, code)
        assert state_of(api, entity_set, id) == (0, states[0][0])
        return
    assert answer.status == 204
    assert state_of(api, entity_set, id) == (state, states[state][0] if reason is None else reason)
    answer = api.patch(row, {"statuscode": wrong})  # a reason alone never moves the state
    assert answer.error[:2] == (400, "0x80048408")
    assert api.patch(row, {"statecode": state}).status == 204
    assert api.patch(row, {"statecode": 0}).status == 204
    assert state_of(api, entity_set, id) == (0, states[0][0])
    for unknown in ({"statecode": 77}, {"statuscode": 7777}):
        assert api.patch(row, unknown).error[:2] == (400, "0x80048408")


@pytest.mark.parametrize(
    ("entity_set", "close", "open_states"),
    [("quotes", 1, {0}), ("salesorders", 3, {0, 1}), ("invoices", 2, {0})],
)
def test_documents_are_read_only_after_closing(api: Api, entity_set: str, close: int, open_states: set[int]) -> None:
    row = f"{entity_set}({api.new(entity_set, name='N')})"
    line = {"isproductoverridden": True, "productdescription": "P", "priceperunit": 5, "quantity": 1}
    lines = {"quotes": "quotedetails", "salesorders": "salesorderdetails", "invoices": "invoicedetails"}[entity_set]
    line[f"{STATES[entity_set][0]}id@odata.bind"] = row
    detail = f"{lines}({api.new(lines, **line)})"
    for state in sorted(open_states):
        assert api.patch(row, {"statecode": state}).status == 204
        assert api.patch(row, {"name": "M"}).status == 204
        assert api.patch(detail, {"quantity": 2}).status == 204
    assert api.patch(row, {"statecode": close}).status == 204
    refusals = [
        api.patch(row, {"name": "O"}),
        api.patch(row, {"name": "O", "statecode": 0}),  # data first, state second
        api.patch(detail, {"quantity": 3}),
        api.post(lines, line),
    ]
    for answer in refusals:
        assert answer.error == (400, "0x8004022E", "Cannot Update a Read-Only Entity")


def test_a_case_is_read_only_while_it_is_closed(api: Api) -> None:
    row = f"incidents({api.new('incidents', **values(api, 'incidents'))})"
    task = api.new("tasks", subject="T", **{"regardingobjectid_incident_task@odata.bind": row})
    assert api.patch(row, {"statecode": 2}).error == (
        400,
        "0x8004440E",
        "The incident can not be cancelled because there are open activities for this incident.",
    )
    assert api.patch(f"tasks({task})", {"statecode": 1}).status == 204
    assert api.patch(row, {"statecode": 2}).status == 204
    text = "The object cannot be updated because it is inactive."
    assert api.patch(row, {"title": "U"}).error == (400, "0x80040230", text)
    assert api.patch(row, {"statecode": 0}).status == 204
    assert api.patch(row, {"title": "U"}).status == 204


@pytest.mark.parametrize(
    ("entity_set", "changes", "text"),
    [
        (
            "opportunities",
            {"statecode": 1},
            "This message can not be used to set the state of opportunity to Won. In order to set state of opportunity "
            "to Won, use the Won message instead.",
        ),
        ("quotes", {"statecode": 2}, "Quote status cannot be changed to Won. Please use the WinQuoteRequest instead."),
        (
            "quotes",
            {"statecode": 3},
            "Quote status cannot be changed to Closed. Please use the CloseQuoteRequest instead.",
        ),
        (
            "incidents",
            {"statecode": 1, "statuscode": 5},
            "This message can not be used to set the state of incident to Resolved. In order to set state of incident "
            "to Resolved, use the CloseIncidentRequest message instead.",
        ),
    ],
)
def test_texts_that_name_the_message_to_use(api: Api, entity_set: str, changes: dict[str, int], text: str) -> None:
    row = f"{entity_set}({api.new(entity_set, **values(api, entity_set))})"
    assert api.patch(row, changes).error[2] == text
