"""What ``today``, ``eq-userteams`` and their like mean for the caller of a message, from the rows of the store."""

from __future__ import annotations

from typing import Any

import pytest

from dataverse_emulator.errors import EmulatorError
from dataverse_emulator.messages.base import Associate, Caller, Retrieve, RetrieveMultiple
from dataverse_emulator.query.conditions import bind_condition
from dataverse_emulator.query.hierarchies import PARENTS, parent_column
from dataverse_emulator.query.model import ColumnRef, Expansion, Output, Query
from dataverse_emulator.query.operators import Operator
from dataverse_emulator.values import Reference


def query(bench: Any, table: str, column: str, operator: str, *values: Any) -> Query:
    definition = bench.table(table)
    where = bind_condition(ColumnRef(definition.column(column)), Operator(operator), values, bench.service.catalog)
    return Query(definition, (Output(ColumnRef(definition.column(definition.primary_id))),), where=where)


def found(bench: Any, table: str, column: str, operator: str, *values: Any, caller: Caller | None = None) -> set[str]:
    message = RetrieveMultiple(query(bench, table, column, operator, *values))
    return {row[0] for row in bench.service.execute(message, caller or bench.caller).rows}


def caller(bench: Any, user: Reference) -> Caller:
    made = bench.service.caller(user.id)
    assert isinstance(made, Caller)
    return made


@pytest.fixture
def people(bench: Any) -> dict[str, Reference]:
    """Boss ← Lead ← Clerk; the clerk and the boss are in a team each. Everyone owns an account, the teams too."""
    users = {name: bench.other_user(name) for name in ("Boss", "Lead", "Clerk")}
    bench.update(users["Lead"], {"parentsystemuserid": users["Boss"]})
    bench.update(users["Clerk"], {"parentsystemuserid": users["Lead"]})
    for name in ("Boss", "Clerk"):
        team = users[f"{name}s"] = bench.create("team", {"name": f"{name}s", "businessunitid": unit(bench)})
        members = bench.table("team").navigation["teammembership_association"]
        bench.run(Associate(team, members, users[name]))
    return users


@pytest.fixture
def accounts(bench: Any, people: dict[str, Reference]) -> dict[str, str]:
    return {name: bench.create("account", {"name": name, "ownerid": owner}).id for name, owner in people.items()}


def unit(bench: Any) -> Reference:
    return Reference("businessunit", bench.caller.business_unit_id)


@pytest.mark.parametrize(
    ("operator", "names"),
    [
        ("eq-userid", {"Boss"}),
        ("ne-userid", {"Lead", "Clerk", "Bosss", "Clerks"}),
        ("eq-userteams", {"Bosss"}),
        ("eq-useroruserteams", {"Boss", "Bosss"}),
        ("eq-useroruserhierarchy", {"Boss", "Lead", "Clerk"}),
        ("eq-useroruserhierarchyandteams", {"Boss", "Lead", "Clerk", "Bosss", "Clerks"}),
    ],
)
def test_rows_belong_to_the_caller_and_those_below(
    bench: Any, people: dict[str, Reference], accounts: dict[str, str], operator: str, names: set[str]
) -> None:
    rows = found(bench, "account", "ownerid", operator, caller=caller(bench, people["Boss"]))
    assert rows == {accounts[name] for name in names}


def test_each_caller_gets_their_own_rows_from_one_query(
    bench: Any, people: dict[str, Reference], accounts: dict[str, str]
) -> None:
    message = RetrieveMultiple(query(bench, "account", "ownerid", "eq-userid"))
    for name in ("Boss", "Lead", "Boss"):
        rows = bench.service.execute(message, caller(bench, people[name])).rows
        assert [row[0] for row in rows] == [accounts[name]]


def test_the_business_unit_is_the_callers(bench: Any, accounts: dict[str, str]) -> None:
    assert found(bench, "account", "owningbusinessunit", "eq-businessid") == set(accounts.values())
    assert found(bench, "account", "owningbusinessunit", "ne-businessid") == set()
    assert found(bench, "businessunit", "businessunitid", "eq-businessid") == {unit(bench).id}


def test_the_language_is_the_one_that_the_user_chose(bench: Any) -> None:
    assert len(found(bench, "languagelocale", "localeid", "eq-userlanguage")) == 1
    bench.write(Reference("usersettings", bench.user.id), uilanguageid=1030)
    locale = bench.rows("languagelocale", localeid=1030)[0]
    assert found(bench, "languagelocale", "localeid", "eq-userlanguage") == {locale["languagelocaleid"]}


def test_the_day_is_the_one_of_the_users_time_zone(bench: Any) -> None:
    late = bench.create("task", {"subject": "Late", "scheduledend": "2024-04-30T22:30:00Z"})
    early = bench.create("task", {"subject": "Early", "scheduledend": "2024-05-01T21:30:00Z"})
    assert found(bench, "task", "scheduledend", "today") == {early.id}
    bench.write(Reference("usersettings", bench.user.id), timezonecode=105)  # Paris
    assert found(bench, "task", "scheduledend", "today") == {late.id, early.id}


def test_a_time_zone_that_is_not_known_is_said(bench: Any) -> None:
    bench.write(Reference("usersettings", bench.user.id), timezonecode=999)
    with pytest.raises(EmulatorError) as caught:
        found(bench, "task", "scheduledend", "today")
    assert (caught.value.status, "code 999" in caught.value.message) == (501, True)


def test_a_row_made_now_is_among_those_of_the_last_hours_and_days(bench: Any) -> None:
    task = bench.create("task", {"subject": "New"})
    for operator in ("last-x-hours", "next-x-hours", "last-x-days", "next-x-days", "last-x-years"):
        assert found(bench, "task", "createdon", operator, 1) == {task.id}


@pytest.mark.parametrize(
    ("settings", "is_in_first_period"),
    [
        ({"fiscalperiodtype": 2002}, False),
        ({"fiscalcalendarstart": "2000-04-01T00:00:00Z", "fiscalperiodtype": 2002}, True),
        ({"fiscalperiodtype": 2000}, True),
        ({"fiscalperiodtype": 2001}, True),
        ({"fiscalperiodtype": 2003}, False),
        ({"fiscalcalendarstart": "2000-05-01T00:00:00Z", "fiscalperiodtype": 2004}, True),
    ],
)
def test_the_fiscal_year_is_the_organizations(bench: Any, settings: dict[str, Any], is_in_first_period: bool) -> None:
    bench.write(Reference("organization", bench.rows("organization")[0]["organizationid"]), **settings)
    task = bench.create("task", {"subject": "Today"})  # 1 May
    assert found(bench, "task", "createdon", "in-fiscal-period", 1) == ({task.id} if is_in_first_period else set())


def test_a_fiscal_year_may_be_named_after_its_end(bench: Any) -> None:
    row = Reference("organization", bench.rows("organization")[0]["organizationid"])
    bench.write(row, fiscalcalendarstart="2000-07-01T00:00:00Z", fiscalyeardisplaycode=1)
    task = bench.create("task", {"subject": "Today"})
    assert found(bench, "task", "createdon", "in-fiscal-year", 2023) == {task.id}
    bench.write(row, fiscalyeardisplaycode=2)
    assert found(bench, "task", "createdon", "in-fiscal-year", 2024) == {task.id}


def test_related_rows_of_one_row_are_those_of_the_caller_and_the_time(bench: Any) -> None:
    account = bench.create("account", {"name": "A"})
    bench.create("task", {"subject": "Today", "regardingobjectid": account})
    definition = bench.table("account")
    navigation = definition.navigation["Account_Tasks"]
    for operator, count in (("today", 1), ("yesterday", 0)):
        inner = query(bench, "task", "createdon", operator)
        key = Output(ColumnRef(definition.column("accountid")))
        outer = Query(definition, (key,), expansions=(Expansion("Account_Tasks", navigation, inner),))
        rows = bench.run(Retrieve(account, outer))
        assert sum(map(len, rows.expanded[0].by_parent.values())) == count


@pytest.mark.parametrize("table", sorted(set(PARENTS) - {"territory"}))
def test_the_hierarchies_of_the_platform_are_known(bench: Any, table: str) -> None:
    column = parent_column(bench.table(table), bench.service.catalog)
    assert column is not None
    assert column.logical_name == PARENTS[table]


def test_contacts_are_no_hierarchy_but_may_be_asked_for_their_accounts(bench: Any) -> None:
    top = bench.create("account", {"name": "Top"})
    below = bench.create("account", {"name": "Below", "parentaccountid": top})
    contact = bench.create("contact", {"lastname": "C", "parentcustomerid": below})
    assert parent_column(bench.table("contact"), bench.service.catalog) is None
    assert found(bench, "contact", "parentcustomerid", "under", top.id) == {contact.id}
