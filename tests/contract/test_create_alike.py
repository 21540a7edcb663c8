"""Rows that one CreateMultiple makes are those that as many creates make, right and wrong ones (contract 02 §12)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, TypeAlias

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dataverse_emulator.config import Settings
from dataverse_emulator.environment import open_service
from dataverse_emulator.metadata.catalog import Column, ColumnType, Table

from .conftest import MISSING, Answer, Api

Body: TypeAlias = dict[str, Any]

NOW = datetime(2024, 5, 1, 10, tzinfo=UTC)
OWN_KEYS = ["0f0f0f0f-0000-4000-8000-000000000001", "0f0f0f0f-0000-4000-8000-000000000002"]
PARENT = "0f0f0f0f-0000-4000-8000-0000000000aa"
# table → its set, the members that every body needs, and the row that its link points to
SETS = {
    "account": ("accounts", (), "primarycontactid", "/contacts"),
    "contact": ("contacts", (), "parentcustomerid_account", "/accounts"),
    "lead": ("leads", (), "parentaccountid", "/accounts"),
    "opportunity": ("opportunities", (), "customerid_account", "/accounts"),
    "competitor": ("competitors", ("name",), "transactioncurrencyid", "/transactioncurrencies"),
    "customeraddress": ("customeraddresses", ("parentid_account@odata.bind",), "parentid_account", "/accounts"),
    "task": ("tasks", (), "regardingobjectid_account_task", "/accounts"),
    "incident": ("incidents", ("customerid_account@odata.bind",), "customerid_account", "/accounts"),
}


def mostly(fitting: list[Any], *wrong: Any) -> st.SearchStrategy[Any]:
    """Now and then a value that is refused."""
    return st.integers(0, 60).flatmap(lambda one: st.sampled_from([*wrong] if one == 60 and wrong else fitting))


VALUES = {
    ColumnType.INTEGER: mostly([None, 0, 1, 7, 100, "12"], -(2**31), 2**31),
    ColumnType.DECIMAL: mostly([None, 0, 1.5, 2.675], 1e30),
    ColumnType.DOUBLE: mostly([None, 0, 1.5, 20.25], 1e30),
    ColumnType.MONEY: mostly([None, 0, 12, 1.005, 33.337], 1e30),
    ColumnType.BOOLEAN: mostly([None, True, False], 1),
    ColumnType.DATE_TIME: mostly([None, "2024-02-29", "2023-02-28T11:12:13Z"], "1752-01-01", "2024-02-30", "soon"),
    ColumnType.UNIQUEIDENTIFIER: mostly(OWN_KEYS, "no guid"),
}
TEXTS = mostly([None, "", "A", "Crème ", "Long Street 5", "blank "], "x" * 5000)


def values(column: Column) -> st.SearchStrategy[Any]:
    """JSON values for a column."""
    if column.labels:
        return mostly([None, *column.labels], 999, "A")
    return VALUES.get(column.type, TEXTS)


def members(table: Table) -> dict[str, st.SearchStrategy[Any]]:
    """What bodies may give, by member: properties, and a link."""
    _, _, link, target = SETS[table.logical_name]
    found = {name: values(column) for name, column in table.properties.items() if not column.is_lookup}
    found[f"{link}@odata.bind"] = mostly([f"{target}({PARENT})"], f"{target}({MISSING})")
    return found


@st.composite
def bodies(draw: st.DrawFn, table: Table) -> list[Body]:
    """Two to four bodies, most of them with the same members."""
    of = members(table)
    of["transactioncurrencyid@odata.bind"] = st.just(f"/transactioncurrencies({PARENT})")
    usual = ("name", "_city", "_line1", "addresstypecode", "value", "revenue", "subject", "bind")
    common = [name for name in of if name.endswith(usual)]
    chosen = st.lists(st.sampled_from([*of, *common * 9]), min_size=1, max_size=7)
    names = list(dict.fromkeys([*SETS[table.logical_name][1], *draw(chosen)]))
    made = [{name: draw(of[name]) for name in names} for _ in range(draw(st.integers(2, 4)))]
    if draw(st.integers(0, 9)) == 0:
        made[-1].pop(names[-1])
    return made


class Made:
    """What a client's creates came to."""

    def __init__(self, api: Api, table: Table, ids: list[str]) -> None:
        self._api = api
        self._numbers = {id: number for number, id in enumerate(ids)}
        self.rows = [row for id in ids for row in self._read(table.logical_name, {table.primary_id: id})]
        self.addresses = [
            self._read(name, {"parentid": id}) for id in ids for name in ("customeraddress", "leadaddress")
        ]

    def _read(self, table: str, where: dict[str, str]) -> list[dict[str, Any]]:
        """Rows, without what differs from call to call."""
        store = self._api.service.store
        with store.reading():
            found = store.find(store.catalog.table(table), where)
        return [
            {name: self._numbered(value) for name, value in row.items() if not self._is_own(table, name)}
            for row in sorted(found, key=lambda row: row.get("addressnumber") or 0)
        ]

    def _is_own(self, table: str, name: str) -> bool:
        return name in ("versionnumber", f"{table}id", "activityid", "ticketnumber") or name.endswith("_addressid")

    def _numbered(self, value: Any) -> Any:
        return self._numbers.get(getattr(value, "id", ""), value)


def one_by_one(api: Api, table: Table, made: list[Body]) -> list[Answer]:
    return [api.post(SETS[table.logical_name][0], body) for body in made]


@pytest.fixture(scope="module")
def shared() -> Iterator[Api]:
    """One environment at a fixed moment; each example resets it."""
    service = open_service(Settings(log_format="none"))
    yield Api(service)
    service.close()


@pytest.mark.parametrize("name", SETS)
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_rows_of_one_call_are_those_of_single_calls(shared: Api, name: str, data: st.DataObject) -> None:
    table = shared.service.catalog.table(name)
    made = data.draw(bodies(table))
    targets = [{"@odata.type": f"Microsoft.Dynamics.CRM.{name}", **body} for body in made]

    start(shared)
    singles = one_by_one(shared, table, made)
    errors = [answer.error[:2] for answer in singles if answer.status != 204]
    expected = None if errors else Made(shared, table, [answer.id for answer in singles])

    start(shared)
    before = shared.service.store.count(table)
    answer = shared.post(f"{SETS[name][0]}/Microsoft.Dynamics.CRM.CreateMultiple", {"Targets": targets})
    if expected is None:
        assert answer.error[:2] in errors
        assert shared.service.store.count(table) == before
    else:
        found = Made(shared, table, answer.json()["Ids"])
        assert (found.rows, found.addresses) == (expected.rows, expected.addresses)


def start(api: Api) -> None:
    """Only the rows of every organization, and those that links may point to."""
    api.service.reset()
    api.service.clock.freeze(NOW)
    api.new("accounts", accountid=PARENT, name="Parent")
    api.new("contacts", contactid=PARENT, lastname="Parent")
    currency = {"currencyname": "Crown", "isocurrencycode": "TSK", "currencysymbol": "k", "currencyprecision": 1}
    api.new("transactioncurrencies", transactioncurrencyid=PARENT, exchangerate=2.0, **currency)
