"""The loader of shipped rows."""

from __future__ import annotations

import time
from typing import Any

import pytest

from dataverse_emulator.messages.base import Caller
from dataverse_emulator.messages.loading import load_rows
from dataverse_emulator.values import Reference

LEAD, ACCOUNT, TASK, TEAM = (f"00000000-0000-0000-0000-00000000010{n}" for n in "1234")


def load(bench: Any, rows: dict[str, list[dict[str, Any]]]) -> None:
    context = bench.service.context(Caller(bench.caller.user_id, ""))
    with bench.store.transaction():
        load_rows(context, rows)


def test_rows_are_completed_as_a_create_would(bench: Any) -> None:
    load(bench, {"lead": [{"leadid": LEAD, "firstname": "Ana", "lastname": "Ruiz", "revenue": 10.0, "statecode": 2}]})
    row = bench.read(Reference("lead", LEAD))
    assert row["fullname"] == "Ana Ruiz"
    assert (row["revenue_base"], row["transactioncurrencyid"]) == (10.0, bench.base_currency)
    assert (row["statecode"], row["statuscode"]) == (2, 4)
    assert row["ownerid"] == row["owninguser"] == row["createdby"] == bench.user
    assert row["owningbusinessunit"].id == bench.caller.business_unit_id
    assert row["leadqualitycode"] == 2
    assert len(bench.rows("leadaddress", parentid=LEAD)) == 2


def test_given_system_columns_stand(bench: Any) -> None:
    stamp = "2020-02-03T04:05:06Z"
    load(
        bench,
        {
            "lead": [
                {
                    "leadid": LEAD,
                    "createdon": stamp,
                    "statecode": 1,
                    "statuscode": 3,
                    "ownerid": {"table": "team", "id": TEAM},
                }
            ],
            "team": [{"teamid": TEAM, "name": "T", "businessunitid": {"table": "businessunit", "id": ACCOUNT}}],
        },
    )
    row = bench.read(Reference("lead", LEAD))
    assert (row["createdon"], row["modifiedon"]) == (stamp, stamp)
    assert (row["statecode"], row["statuscode"]) == (1, 3)
    assert (row["owningteam"], row["owninguser"]) == (Reference("team", TEAM), None)
    assert row["owningbusinessunit"] == Reference("businessunit", ACCOUNT)


def test_rows_come_in_any_order_and_point_anywhere(bench: Any) -> None:
    load(
        bench,
        {
            "task": [{"activityid": TASK, "subject": "T", "regardingobjectid": {"table": "lead", "id": LEAD}}],
            "accountleads": [{"accountid": ACCOUNT, "leadid": LEAD}],
            "lead": [{"leadid": LEAD, "parentaccountid": {"table": "account", "id": ACCOUNT}}],
            "account": [{"accountid": ACCOUNT, "name": "A"}],
        },
    )
    assert bench.read(Reference("lead", LEAD))["customerid"] == Reference("account", ACCOUNT)
    assert bench.read(Reference("activitypointer", TASK))["activitytypecode"] == "task"
    roles = [row["participationtypemask"] for row in bench.rows("activityparty", activityid=TASK)]
    assert sorted(roles) == [8, 9]
    assert len(bench.rows("accountleads", leadid=LEAD)) == 1
    assert bench.rows("accountleads")[0]["accountleadid"] is not None


def test_an_unknown_column_is_refused(bench: Any, refused: Any) -> None:
    with refused("NoAttribute", "0x80041103"):
        load(bench, {"lead": [{"nosuch": 1}]})
    with refused("NoEntity", "0x80041102"):
        load(bench, {"nosuch": [{}]})


def test_thousands_of_rows_take_about_a_second(bench: Any) -> None:
    rows = [
        {"lastname": f"L{number}", "revenue": 5.0, "companyname": "C", "address1_city": "X"} for number in range(3000)
    ]
    start = time.perf_counter()
    load(bench, {"lead": rows})
    taken = time.perf_counter() - start
    with bench.store.reading():
        assert bench.store.count(bench.table("lead")) == 3000
    if taken > 3:
        pytest.fail(f"3,000 leads took {taken:.1f} s")
