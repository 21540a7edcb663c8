"""Query functions against rows, at a fixed moment and for a fixed caller (contract 03 §8, §13)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

import pytest

from dataverse_emulator.errors import EmulatorError
from dataverse_emulator.metadata.catalog import Catalog, ColumnMap, ManyToMany, OneToMany, Option, Table
from dataverse_emulator.metadata.definitions import load_user_table
from dataverse_emulator.query.fiscal import FiscalSettings
from dataverse_emulator.query.from_odata import bind_query
from dataverse_emulator.query.model import Query
from dataverse_emulator.query.operators import FUNCTIONS
from dataverse_emulator.query.rewrite import resolve_dynamic
from dataverse_emulator.storage.opening import open_store
from dataverse_emulator.storage.store import Store
from dataverse_emulator.values import Reference
from odata_protocol.url import parse_url

TIME = {"type": "DateTime", "format": "DateAndTime"}
THING = {
    "logicalName": "new_thing",
    "schemaName": "new_Thing",
    "entitySetName": "new_things",
    "primaryId": "new_thingid",
    "primaryName": "new_name",
    "columns": [
        {"logicalName": "new_thingid", "type": "Uniqueidentifier", "validForUpdate": False},
        {"logicalName": "new_name", "type": "String", "maxLength": 100},
        {"logicalName": "new_notes", "type": "Memo", "maxLength": 2000},
        {"logicalName": "new_size", "type": "Integer"},
        {"logicalName": "new_price", "type": "Decimal"},
        {"logicalName": "new_ready", "type": "Boolean"},
        {"logicalName": "new_stage", "type": "Picklist", "options": [{"value": n, "label": str(n)} for n in range(3)]},
        {
            "logicalName": "new_colors",
            "type": "MultiSelectPicklist",
            "options": [{"value": n, "label": str(n)} for n in (1, 2, 9, 19)],
        },
        {"logicalName": "new_when", **TIME, "dateTimeBehavior": "UserLocal"},
        {"logicalName": "new_clock", **TIME, "dateTimeBehavior": "TimeZoneIndependent"},
        {"logicalName": "new_day", "type": "DateTime", "format": "DateOnly", "dateTimeBehavior": "DateOnly"},
        {"logicalName": "new_parent", "type": "Lookup", "targets": ["new_thing"], "navigation": {"new_thing": "up"}},
        {"logicalName": "new_user", "type": "Uniqueidentifier"},
        {"logicalName": "new_unit", "type": "Uniqueidentifier"},
    ],
}
FLAT = {
    "logicalName": "new_flat",
    "schemaName": "new_Flat",
    "entitySetName": "new_flats",
    "primaryId": "new_flatid",
    "primaryName": "new_name",
    "columns": [
        {"logicalName": "new_flatid", "type": "Uniqueidentifier", "validForUpdate": False},
        {"logicalName": "new_name", "type": "String", "maxLength": 100},
    ],
}
UP = OneToMany(
    "new_up", "new_thing", "new_thingid", "new_thing", "new_parent", "downs", "up", is_hierarchical=True
)  # fmt: skip


class Definitions:
    """Two tables, the first of them a hierarchy."""

    def table_names(self) -> Mapping[str, str]:
        return {"new_thing": "new_things", "new_flat": "new_flats"}

    def load_table(self, logical_name: str) -> Table:
        return load_user_table(THING if logical_name == "new_thing" else FLAT)

    def one_to_many(self) -> Sequence[OneToMany]:
        return (UP,)

    def many_to_many(self) -> Sequence[ManyToMany]:
        return ()

    def option_sets(self) -> Mapping[str, tuple[Option, ...]]:
        return {}

    def column_maps(self) -> Mapping[tuple[str, str], tuple[ColumnMap, ...]]:
        return {}


def guid(number: int) -> str:
    return f"00000000-0000-0000-0000-{number:012d}"


ME, BELOW, TEAM, THEIR_TEAM, UNIT, OTHER = (guid(900 + n) for n in range(6))


@dataclass(frozen=True)
class Asked:
    """By ``ME``, on a Wednesday at noon."""

    now: datetime = datetime(2024, 5, 15, 12, tzinfo=UTC)
    user_id: str = ME
    business_unit_id: str = UNIT
    language: int = 2
    zone: tzinfo = UTC
    fiscal: FiscalSettings = field(default_factory=FiscalSettings)

    def teams_of(self, user_ids: Sequence[str]) -> Sequence[str]:
        teams = {ME: TEAM, BELOW: THEIR_TEAM}
        return [teams[user] for user in user_ids if user in teams]

    def subordinates_of(self, user_id: str) -> Sequence[str]:
        return [BELOW] if user_id == ME else []


NOW = Asked()
WHEN = [
    None,
    "2022-05-15T12:00:00Z",
    "2023-06-10T12:00:00Z",
    "2024-01-10T12:00:00Z",
    "2024-04-20T12:00:00Z",
    "2024-05-08T12:00:00Z",
    "2024-05-14T09:00:00Z",
    "2024-05-15T11:30:00Z",
    "2024-05-15T12:30:00Z",
    "2024-05-16T09:00:00Z",
    "2024-05-20T12:00:00Z",
    "2024-06-05T12:00:00Z",
    "2024-08-01T12:00:00Z",
    "2025-02-01T12:00:00Z",
]
COLORS = [None, "1", "1,9", "19", "2,19"]
USERS = [None, ME, BELOW, TEAM, THEIR_TEAM, OTHER]
# 1 ← 2 ← 3, 1 ← 4; 5 and 6 point to each other
PARENTS = {2: 1, 3: 2, 4: 1, 5: 6, 6: 5}


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    """Things 0 to 13: thing n has the n-th value of each list above."""
    catalog = Catalog(Definitions())
    opened = open_store(catalog, None, (), "things", lambda _: None)
    table = catalog.table("new_thing")
    with opened.transaction():
        for n, when in enumerate(WHEN):
            opened.insert(
                table,
                {
                    "new_thingid": guid(n),
                    "new_name": f"Thing {n}" if n else None,
                    "new_size": n or None,
                    "new_price": n * 1.5,
                    "new_ready": bool(n % 2),
                    "new_stage": n % 3,
                    "new_colors": COLORS[n] if n < len(COLORS) else None,
                    "new_when": when,
                    "new_clock": when,
                    "new_day": when and when[:10],
                    "new_parent": Reference("new_thing", guid(PARENTS[n])) if n in PARENTS else None,
                    "new_user": USERS[n] if n < len(USERS) else None,
                    "new_unit": UNIT if n < 3 else (OTHER if n < 6 else None),
                },
            )
    yield opened
    opened.close()


def bind(store: Store, condition: str, table: str = "new_things") -> Query:
    request = parse_url(table, f"$filter={condition}")
    found = store.catalog.find_set(table)
    assert found is not None
    return bind_query(found, request.options, dict(request.aliases), store.catalog)


def ask(store: Store, condition: str, asked: Asked = NOW) -> list[int]:
    rows = store.select(resolve_dynamic(bind(store, condition), asked), asked.user_id)
    return [int(row[rows.key][-4:]) for row in rows.rows]


def call(name: str, column: str = "new_when", **values: str) -> str:
    arguments = "".join(f",{key}={value}" for key, value in values.items())
    return f"Microsoft.Dynamics.CRM.{name}(PropertyName='{column}'{arguments})"


ALL = list(range(14))
DATED = [
    ("Yesterday", "", [6]),
    ("Today", "", [7, 8]),
    ("Tomorrow", "", [9]),
    ("Last7Days", "", [6, 7, 8]),
    ("Next7Days", "", [7, 8, 9, 10]),
    ("LastWeek", "", [5]),
    ("ThisWeek", "", [6, 7, 8, 9]),
    ("NextWeek", "", [10]),
    ("LastMonth", "", [4]),
    ("ThisMonth", "", [5, 6, 7, 8, 9, 10]),
    ("NextMonth", "", [11]),
    ("LastYear", "", [2]),
    ("ThisYear", "", [3, 4, 5, 6, 7, 8, 9, 10, 11, 12]),
    ("NextYear", "", [13]),
    ("LastFiscalPeriod", "", [3]),
    ("ThisFiscalPeriod", "", [4, 5, 6, 7, 8, 9, 10, 11]),
    ("NextFiscalPeriod", "", [12]),
    ("LastFiscalYear", "", [2]),
    ("ThisFiscalYear", "", [3, 4, 5, 6, 7, 8, 9, 10, 11, 12]),
    ("NextFiscalYear", "", [13]),
    ("LastXHours", "1", [7]),
    ("NextXHours", "1", [8]),
    ("LastXDays", "1", [6, 7]),
    ("NextXDays", "1", [8, 9]),
    ("LastXWeeks", "1", [5, 6, 7]),
    ("NextXWeeks", "1", [8, 9, 10]),
    ("LastXMonths", "1", [4, 5, 6, 7]),
    ("NextXMonths", "1", [8, 9, 10, 11]),
    ("LastXYears", "1", [2, 3, 4, 5, 6, 7]),
    ("NextXYears", "1", [8, 9, 10, 11, 12, 13]),
    ("LastXFiscalPeriods", "1", [3, 4, 5, 6, 7]),
    ("NextXFiscalPeriods", "1", [8, 9, 10, 11, 12]),
    ("LastXFiscalYears", "1", [2, 3, 4, 5, 6, 7]),
    ("NextXFiscalYears", "1", [8, 9, 10, 11, 12, 13]),
    ("OlderThanXMinutes", "60", [1, 2, 3, 4, 5, 6]),
    ("OlderThanXHours", "1", [1, 2, 3, 4, 5, 6]),
    ("OlderThanXDays", "1", [1, 2, 3, 4, 5, 6]),
    ("OlderThanXWeeks", "1", [1, 2, 3, 4]),
    ("OlderThanXMonths", "1", [1, 2, 3]),
    ("OlderThanXYears", "1", [1]),
    ("InFiscalYear", "2024", [3, 4, 5, 6, 7, 8, 9, 10, 11, 12]),
    ("InFiscalPeriod", "2", [1, 2, 4, 5, 6, 7, 8, 9, 10, 11]),
    ("InFiscalPeriod", "9", []),
    ("InFiscalPeriodAndYear", "1,2024", [3]),
    ("InOrBeforeFiscalPeriodAndYear", "1,2024", [1, 2, 3]),
    ("InOrAfterFiscalPeriodAndYear", "3,2024", [12, 13]),
    ("On", "'2024-05-15'", [7, 8]),
    ("On", "'2024-05-15T23:00:00Z'", [7, 8]),
    ("On", "2024-05-15", [7, 8]),
    ("OnOrBefore", "'2023-12-31'", [1, 2]),
    ("OnOrAfter", "'2024-06-05'", [11, 12, 13]),
]


def dated(name: str, values: str, column: str = "new_when") -> str:
    given = [value for value in values.split(",") if value]
    names = ["PropertyValue"] if len(given) == 1 else ["PropertyValue1", "PropertyValue2"]
    return call(name, column, **dict(zip(names, given, strict=False)))


@pytest.mark.parametrize(("name", "values", "expected"), DATED)
def test_a_calendar_function_selects(store: Store, name: str, values: str, expected: list[int]) -> None:
    assert ask(store, dated(name, values)) == expected


@pytest.mark.parametrize(
    ("name", "values", "expected"),
    [
        ("Today", "", [7, 8]),
        ("LastXDays", "1", [6, 7, 8]),
        ("NextXDays", "1", [7, 8, 9]),
        ("OlderThanXWeeks", "1", [1, 2, 3, 4]),
        ("ThisFiscalPeriod", "", [4, 5, 6, 7, 8, 9, 10, 11]),
        ("On", "'2024-05-15T23:00:00Z'", [7, 8]),
    ],
)
def test_dates_without_time_are_compared_as_days(store: Store, name: str, values: str, expected: list[int]) -> None:
    assert ask(store, dated(name, values, "new_day")) == expected


def test_the_time_zone_of_the_caller_decides_what_today_is(store: Store) -> None:
    auckland = replace(NOW, zone=ZoneInfo("Pacific/Auckland"))  # the 16th since 12:00 UTC
    assert ask(store, call("Today"), auckland) == [8, 9]
    assert ask(store, call("Today", "new_clock"), auckland) == [9]
    assert ask(store, call("Today", "new_day"), auckland) == [9]


def test_the_fiscal_year_is_the_organizations(store: Store) -> None:
    july = replace(NOW, fiscal=FiscalSettings(month=7))
    assert ask(store, call("ThisFiscalYear"), july) == [3, 4, 5, 6, 7, 8, 9, 10, 11]


def test_time_goes_on_for_a_query_that_is_asked_again(store: Store) -> None:
    query = bind(store, call("Today"))
    found = []
    for day in (14, 15, 16):
        asked = replace(NOW, now=NOW.now.replace(day=day))
        found.append(len(store.select(resolve_dynamic(query, asked), ME).rows))
    assert found == [1, 2, 1]


@pytest.mark.parametrize(
    ("name", "column", "expected"),
    [
        ("EqualUserId", "new_user", [1]),
        ("NotEqualUserId", "new_user", [n for n in ALL if n != 1]),
        ("EqualUserTeams", "new_user", [3]),
        ("EqualUserOrUserTeams", "new_user", [1, 3]),
        ("EqualUserOrUserHierarchy", "new_user", [1, 2]),
        ("EqualUserOrUserHierarchyAndTeams", "new_user", [1, 2, 3, 4]),
        ("EqualBusinessId", "new_unit", [0, 1, 2]),
        ("NotEqualBusinessId", "new_unit", ALL[3:]),
        ("EqualUserLanguage", "new_size", [2]),
    ],
)
def test_a_function_of_the_caller_selects(store: Store, name: str, column: str, expected: list[int]) -> None:
    assert ask(store, call(name, column)) == expected


def test_who_is_in_no_team_owns_nothing_through_teams(store: Store) -> None:
    assert ask(store, call("EqualUserTeams", "new_user"), replace(NOW, user_id=OTHER)) == []


@pytest.mark.parametrize(
    ("name", "row", "expected"),
    [
        ("Under", 1, [2, 3, 4]),
        ("UnderOrEqual", 1, [1, 2, 3, 4]),
        ("Above", 3, [1, 2]),
        ("AboveOrEqual", 3, [1, 2, 3]),
        ("NotUnder", 1, [n for n in ALL if n not in (2, 3, 4)]),
        ("Under", 3, []),
        ("Above", 1, []),
        ("UnderOrEqual", 99, []),
        # a loop ends
        ("UnderOrEqual", 5, [5, 6]),
        ("AboveOrEqual", 5, [5, 6]),
    ],
)
def test_a_function_of_the_hierarchy_selects(store: Store, name: str, row: int, expected: list[int]) -> None:
    assert ask(store, call(name, "new_thingid", PropertyValue=f"'{guid(row)}'")) == expected


def test_a_hierarchy_may_be_asked_of_the_lookup_to_the_parent(store: Store) -> None:
    assert ask(store, call("UnderOrEqual", "new_parent", PropertyValue=f"'{guid(1)}'")) == [2, 3, 4]
    assert ask(store, call("Under", "_new_parent_value", PropertyValue=f"'{guid(1)}'")) == [3]
    assert ask(store, call("NotUnder", "new_parent", PropertyValue=f"'{guid(1)}'")) == [n for n in ALL if n != 3]


def test_a_hierarchy_is_followed_for_a_hundred_levels(store: Store) -> None:
    table = store.catalog.table("new_thing")
    try:
        with store.transaction():
            for n in range(1000, 1150):
                parent = Reference("new_thing", guid(n - 1)) if n > 1000 else None
                store.insert(table, {"new_thingid": guid(n), "new_parent": parent})
        assert len(ask(store, call("Under", "new_thingid", PropertyValue=f"'{guid(1000)}'"))) == 100
        assert len(ask(store, call("Above", "new_thingid", PropertyValue=f"'{guid(1149)}'"))) == 100
    finally:
        with store.transaction():
            for n in range(1000, 1150):
                store.delete(table, guid(n))


@pytest.mark.parametrize(
    ("name", "column", "values", "expected"),
    [
        ("In", "new_name", "['thing 1','THING 2']", [1, 2]),
        ("In", "new_size", '["3","4"]', [3, 4]),
        ("In", "new_size", "[3,4]", [3, 4]),
        ("In", "new_price", "['4.5']", [3]),
        ("In", "new_stage", "['2']", [2, 5, 8, 11]),
        ("In", "new_ready", "['true']", [1, 3, 5, 7, 9, 11, 13]),
        ("In", "new_parent", f"['{{{guid(1)}}}']", [2, 4]),
        ("In", "new_name", "[]", []),
        ("NotIn", "new_name", "['thing 1']", [n for n in ALL if n != 1]),
        ("NotIn", "new_name", "[]", ALL),
        ("Between", "new_size", "['3','5']", [3, 4, 5]),
        ("Between", "new_day", "['2024-05-14','2024-05-15']", [6, 7, 8]),
        ("Between", "new_when", "['2024-05-14','2024-05-15T12:00:00Z']", [6, 7]),
        ("Between", "new_when", "['2024-05-14T11:00:00%2B02:00','2024-05-15']", [6]),
        ("NotBetween", "new_size", "['3','12']", [1, 2, 13]),
        ("ContainValues", "new_colors", "['1']", [1, 2]),
        ("ContainValues", "new_colors", "['9','2']", [2, 4]),
        ("ContainValues", "new_colors", "[]", []),
        ("DoesNotContainValues", "new_colors", "['1','2']", [0, 3, *range(5, 14)]),
    ],
)
def test_a_function_of_lists_selects(store: Store, name: str, column: str, values: str, expected: list[int]) -> None:
    assert ask(store, call(name, column, PropertyValues=values)) == expected


def test_every_function_is_tried_here() -> None:
    lists = {"In", "NotIn", "Between", "NotBetween", "ContainValues", "DoesNotContainValues"}
    caller = {name for name in FUNCTIONS if "User" in name or "BusinessId" in name}
    hierarchy = {"Under", "UnderOrEqual", "NotUnder", "Above", "AboveOrEqual"}
    assert {name for name, _, _ in DATED} | lists | caller | hierarchy == set(FUNCTIONS)


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (f"{call('Today')} and new_size eq 8", [8]),
        (f"{call('Today')} or {call('Tomorrow')}", [7, 8, 9]),
        (call("LastXDays", PropertyValue="'1'"), [6, 7]),
        (call("LastXDays", PropertyValue="@x") + "&@x=1", [6, 7]),
        # over a collection, with the range variable before the column or without
        ("downs/any(d:Microsoft.Dynamics.CRM.LastYear(PropertyName='d/new_when'))", [1]),
        ("downs/any(d:Microsoft.Dynamics.CRM.LastYear(PropertyName='new_when') and d/new_size eq 2)", [1]),
        (f"downs/all(d:{call('ThisMonth')})", [n for n in ALL if n not in (1, 2)]),
        # a negation reaches the functions inside a group
        (f"not ({call('ThisYear')} or {call('LastYear')})", [1, 13]),
        (f"not ({call('EqualUserTeams', 'new_user')} or new_size gt 3)", [1, 2]),
        (f"not ({call('UnderOrEqual', 'new_thingid', PropertyValue=repr(guid(1)))} or new_size gt 6)", [5, 6]),
    ],
)
def test_functions_combine(store: Store, condition: str, expected: list[int]) -> None:
    assert ask(store, condition) == expected


def test_one_plan_serves_every_moment_and_caller(store: Store) -> None:
    query = bind(store, f"{call('LastXDays', PropertyValue='3')} and {call('EqualUserOrUserTeams', 'new_user')}")
    store.select(resolve_dynamic(query, NOW), ME)
    before = store.plans
    other = replace(NOW, now=datetime(2030, 1, 1, tzinfo=UTC), user_id=BELOW)
    store.select(resolve_dynamic(query, other), BELOW)
    assert store.plans == before


def test_a_query_without_such_functions_stays_as_it_is(store: Store) -> None:
    query = bind(store, "new_size eq 1")
    assert not query.is_dynamic
    assert resolve_dynamic(query, NOW) is query


def test_a_query_says_whether_it_depends_on_the_time(store: Store) -> None:
    assert bind(store, f"new_size eq 1 or {call('Today')}").is_dynamic
    assert bind(store, f"downs/any(d:{call('EqualUserId', 'new_user')})").is_dynamic
    expanded = parse_url("new_things", f"$expand=downs($filter={call('Today')})")
    table = store.catalog.table("new_thing")
    query = bind_query(table, expanded.options, {}, store.catalog)
    assert query.is_dynamic
    rows = store.select(resolve_dynamic(query, NOW), ME)
    assert rows.expanded[0].by_parent == {}
    rows = store.select(resolve_dynamic(query, replace(NOW, now=datetime(2023, 6, 10, tzinfo=UTC))), ME)
    assert list(rows.expanded[0].by_parent) == [guid(1)]


def test_what_depends_on_the_time_cannot_be_compiled_unresolved(store: Store) -> None:
    with pytest.raises(ValueError, match="must be resolved"):
        store.select(bind(store, call("Today")), ME)


@pytest.mark.parametrize(
    ("condition", "status", "code", "text"),
    [
        (call("Foo"), 400, "0x80060888", "An unknown function with name 'Microsoft.Dynamics.CRM.Foo' was found."),
        (call("Contains", "new_name", PropertyValue="'a'"), 501, "0x80040219", "full text search"),
        (call("LastXDays"), 400, "0x80060888", "PropertyName=Edm.String,PropertyValue=Edm.Int64"),
        (call("Today", PropertyValue="1"), 400, "0x80060888", "No function signature"),
        (call("InFiscalPeriodAndYear", PropertyValue="1"), 400, "0x80060888", "No function signature"),
        ("Microsoft.Dynamics.CRM.Today()", 400, "0x80060888", "No function signature"),
        (f"not {call('Today')}", 400, "0x80060888", "Not operator along with the Custom Named Condition operators"),
        (call("Today", "foo"), 400, "0x80041103", "doesn't contain attribute with Name = 'foo'"),
        ("Microsoft.Dynamics.CRM.Today(PropertyName=new_when)", 400, "0x80060888", "Error in query syntax"),
        (call("Today", "new_name"), 400, "0x80041120", "Unsupported condition operator."),
        (call("LastXHours", "new_day", PropertyValue="1"), 400, "0x80041120", "Unsupported condition operator."),
        (call("OlderThanXMinutes", "new_day", PropertyValue="1"), 400, "0x80041120", "Unsupported condition operator."),
        (call("ContainValues", "new_stage", PropertyValues="['1']"), 400, "0x80041120", "Unsupported condition"),
        (call("LastXDays", PropertyValue="0"), 400, "0x8004110C", "A value greater than zero must be specified."),
        (call("LastXDays", PropertyValue="-3"), 400, "0x8004110C", "A value greater than zero must be specified."),
        (call("LastXDays", PropertyValue="'x'"), 400, "0x80041139", "The attribute value provided is invalid."),
        (call("On", PropertyValue="'May'"), 400, "0x80041139", "The attribute value provided is invalid."),
        (call("In", "new_size", PropertyValues="['x']"), 400, "0x80041139", "The attribute value provided is invalid."),
        (call("In", "new_price", PropertyValues="['nan']"), 400, "0x80041139", "The attribute value provided is"),
        (
            call("In", "new_ready", PropertyValues="['5']"),
            400,
            "0x80041139",
            "The attribute value provided is invalid.",
        ),
        (
            call("In", "new_parent", PropertyValues="['x']"),
            400,
            "0x80040203",
            "The attribute value provided is invalid.",
        ),
        (call("In", "new_size", PropertyValues="3"), 400, "0x80041106", "Incorrect filter condition or conditions."),
        (call("Between", "new_size", PropertyValues="['3']"), 400, "0x80041106", "Incorrect filter condition"),
        (call("Between", "new_size", PropertyValues="['1','2','3']"), 400, "0x80041106", "Incorrect filter condition"),
        (call("In", "new_notes", PropertyValues="['a']"), 400, "0x80044153", "between, not-between, in, and not-in"),
        (call("NotBetween", "new_notes", PropertyValues="['a','b']"), 400, "0x80044153", "between, not-between, in"),
        (call("Under", "new_thingid", PropertyValue="'x'"), 400, "0x80040203", "The attribute value provided is"),
        (
            call("Under", "new_user", PropertyValue=repr(guid(1))),
            400,
            "0x80047020",
            "the new_thing entity doesn't have",
        ),
    ],
)
def test_wrong_calls_are_refused(store: Store, condition: str, status: int, code: str, text: str) -> None:
    with pytest.raises(EmulatorError) as caught:
        bind(store, condition)
    assert (caught.value.status, caught.value.code) == (status, code)
    assert text in caught.value.message


def test_a_table_without_hierarchy_has_no_rows_above_or_below(store: Store) -> None:
    with pytest.raises(EmulatorError) as caught:
        bind(store, call("Under", "new_flatid", PropertyValue=repr(guid(1))), "new_flats")
    assert caught.value.message == (
        "This query uses a hierarchical operator, but the new_flat entity doesn't have a hierarchical relationship."
    )
