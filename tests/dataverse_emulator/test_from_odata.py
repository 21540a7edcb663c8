"""OData options against rows: what is selected, in which order, with what (contract 03 §2 to §9)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dataverse_emulator.errors import EmulatorError
from dataverse_emulator.metadata.definitions import load_catalog
from dataverse_emulator.query.from_odata import bind_query
from dataverse_emulator.query.model import Query, Rows
from dataverse_emulator.storage.opening import open_store
from dataverse_emulator.storage.store import Store
from dataverse_emulator.values import Reference
from odata_protocol.url import parse_url

NAMES = ["Zoe", "Émile", "adam", "Bob_x", "50% off", None]


def guid(number: int) -> str:
    return f"00000000-0000-0000-0000-{number:012d}"


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    """Accounts 0 to 5; contact 100+n is primary contact of odd accounts; tasks 200+n regarding account n // 2;
    leads 300+n linked N:N with account n % 2."""
    catalog = load_catalog()
    opened = open_store(catalog, None, (), "empty", lambda _: None)
    table = catalog.table
    link = next(r for r in catalog.links_of("lead") if r.schema_name == "accountleads_association")
    with opened.transaction():
        opened.insert(table("systemuser"), {"systemuserid": guid(900), "fullname": "Beth"})
        opened.insert(table("team"), {"teamid": guid(901), "name": "Alpha team"})
        for n in range(6):
            contact = Reference("contact", guid(100 + n))
            owner = Reference("systemuser", guid(900)) if n % 2 else Reference("team", guid(901))
            opened.insert(table("contact"), {"contactid": contact.id, "fullname": f"C{n}", "createdby": owner})
            opened.insert(
                table("account"),
                {
                    "accountid": guid(n),
                    "name": NAMES[n],
                    "primarycontactid": contact if n % 2 else None,
                    "ownerid": owner,
                    "revenue": 100.5 * n if n else None,
                    "numberofemployees": n % 3,
                    "statecode": n % 2,
                    "donotemail": bool(n % 2),
                    "createdon": f"2024-0{n + 1}-01T08:00:00Z",
                    "versionnumber": opened.next_version(),
                },
            )
            regarding = Reference("account", guid(n // 2))
            opened.insert(
                table("task"), {"activityid": guid(200 + n), "subject": f"T{n}", "regardingobjectid": regarding}
            )
            opened.insert(
                table("lead"), {"leadid": guid(300 + n), "subject": f"L{n}", "leadsourcecode": (n % 3) or None}
            )
            opened.link(link, guid(n % 2), guid(300 + n))
    yield opened
    opened.close()


def bind(store: Store, url: str, **settings: int | None) -> Query:
    path, _, query = url.partition("?")
    request = parse_url(path, query)
    table = store.catalog.find_set(request.path.segments[0].name)
    assert table is not None
    return bind_query(table, request.options, dict(request.aliases), store.catalog, **settings)  # type: ignore[arg-type]  # settings of several types


def ask(store: Store, url: str, **settings: int | None) -> Rows:
    return store.select(bind(store, url, **settings), guid(900))


def numbers(rows: Rows) -> list[int]:
    return [int(row[rows.key][-4:]) for row in rows.rows]


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("name eq 'ZOE'", [0]),
        ("name eq 'emile'", [1]),
        ("name eq 'Emile '", [1]),
        ("'zoe' eq name", [0]),
        ("name ne 'zoe'", [1, 2, 3, 4, 5]),
        ("not (name eq 'zoe')", [1, 2, 3, 4, 5]),
        ("name eq null", [5]),
        ("name eq ''", [5]),
        ("name ne null", [0, 1, 2, 3, 4]),
        ("name gt 'bob'", [0, 1, 3]),
        ("contains(name,'M')", [1, 2]),
        ("not contains(name,'m')", [0, 3, 4, 5]),
        ("startswith(name,'50[%]')", [4]),
        ("startswith(name,'b_b')", [3]),
        ("contains(name,'[x-z]')", [0, 3]),
        ("endswith(name,'[^e]')", [2, 3, 4]),
        ("revenue gt 200", [2, 3, 4, 5]),
        ("not (revenue gt 200)", [1]),
        ("revenue eq null", [0]),
        ("revenue gt null", []),
        ("200 lt revenue", [2, 3, 4, 5]),
        ("donotemail", [1, 3, 5]),
        ("donotemail eq false", [0, 2, 4]),
        ("not donotemail", [0, 2, 4]),
        ("statecode eq 1 and (revenue gt 500 or name eq 'emile')", [1, 5]),
        ("createdon ge 2024-05-01", [4, 5]),
        ("createdon lt 2024-02-01T09:00:00%2B01:00", [0]),
        ("numberofemployees eq statecode", [0, 1]),
        (f"_primarycontactid_value eq {guid(101)}", [1]),
        (f"_primarycontactid_value eq '{guid(101)}'", [1]),
        ("primarycontactid eq null", [0, 2, 4]),
        ("primarycontactid/fullname eq 'c3'", [3]),
        ("primarycontactid/fullname eq null", [0, 2, 4]),
        (f"primarycontactid/contactid eq {guid(103)}", [3]),
        ("ownerid/name eq 'beth'", [1, 3, 5]),
        ("owninguser/fullname eq null", [0, 1, 2, 3, 4, 5]),
        ("Account_Tasks/any()", [0, 1, 2]),
        ("not Account_Tasks/any()", [3, 4, 5]),
        ("Account_Tasks/any(t:t/subject eq 't1')", [0]),
        ("Account_Tasks/all(t:t/subject eq 'T1')", [3, 4, 5]),
        ("not Account_Tasks/all(t:t/subject eq 'T1')", [0, 1, 2]),
        ("Account_Tasks/any(t:contains(t/subject,'1') or t/subject eq 'T4')", [0, 2]),
        ("accountleads_association/any(l:l/subject eq 'L3')", [1]),
        ("accountleads_association/any(l:l/accountleads_association/any(a:a/name eq 'zoe'))", [0]),
        ("Microsoft.Dynamics.CRM.In(PropertyName='name',PropertyValues=['zoe','ADAM'])", [0, 2]),
        ("Microsoft.Dynamics.CRM.In(PropertyName='statecode',PropertyValues=[\"1\"])", [1, 3, 5]),
        ("Microsoft.Dynamics.CRM.NotIn(PropertyName='name',PropertyValues=['zoe'])", [1, 2, 3, 4, 5]),
        ("Microsoft.Dynamics.CRM.Between(PropertyName='revenue',PropertyValues=['100','300'])", [1, 2]),
        ("true", [0, 1, 2, 3, 4, 5]),
        ("(statecode eq 1) eq false", [0, 2, 4]),
    ],
)
def test_a_filter_selects(store: Store, condition: str, expected: list[int]) -> None:
    assert numbers(ask(store, f"accounts?$filter={condition}")) == expected


def test_aliases_stand_for_values_and_names(store: Store) -> None:
    rows = ask(store, "accounts?$filter=@c gt @v&$orderby=@c desc&@c=revenue&@v=300")
    assert numbers(rows) == [5, 4, 3]


def test_an_alias_without_value_is_null(store: Store) -> None:
    assert numbers(ask(store, "accounts?$filter=name eq @n")) == [5]


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("name", [5, 4, 2, 3, 1, 0]),
        ("name desc", [0, 1, 3, 2, 4, 5]),
        ("_ownerid_value,name", [4, 2, 0, 5, 3, 1]),
        ("_ownerid_value desc,name", [5, 3, 1, 4, 2, 0]),
        ("statecode desc,revenue desc", [5, 3, 1, 4, 2, 0]),
        ("primarycontactid/fullname desc", [5, 3, 1, 0, 2, 4]),
        ("_primarycontactid_value", [0, 2, 4, 1, 3, 5]),
    ],
)
def test_rows_come_in_order(store: Store, order: str, expected: list[int]) -> None:
    assert numbers(ask(store, f"accounts?$orderby={order}")) == expected


@pytest.mark.parametrize(
    "order", ["", "name", "name desc", "statecode desc,numberofemployees", "revenue desc", "_ownerid_value"]
)
@pytest.mark.parametrize("size", [1, 2, 4])
def test_pages_hold_every_row_once(store: Store, order: str, size: int) -> None:
    url = "accounts?$select=name" + (f"&$orderby={order}" if order else "")
    whole = numbers(ask(store, url))
    query = bind(store, url, page_size=size)
    found: list[int] = []
    for number in range(1, 10):
        rows = store.select(query, guid(900))
        found += numbers(rows)
        if not rows.more:
            break
        assert len(rows.rows) == size
        query = replace(query, page=replace(query.page, after=rows.after, number=number + 1))
    assert found == whole


def test_a_selection_brings_its_companions(store: Store) -> None:
    query = bind(store, "accounts?$select=revenue,address1_line1")
    names = [output.ref.column.logical_name for output in query.outputs]
    assert names == ["revenue", "address1_line1", "transactioncurrencyid", "address1_composite", "accountid"]


def test_labels_stand_behind_lookups(store: Store) -> None:
    rows = ask(store, "accounts?$select=name,_ownerid_value&$top=2", labels=True)
    assert [row[1:3] for row in rows.rows] == [(guid(901), "Alpha team"), (guid(900), "Beth")]


def test_the_table_of_a_polymorphic_lookup_is_told(store: Store) -> None:
    rows = ask(store, "accounts?$select=_ownerid_value&$top=2")
    assert [row[rows.types[0]] for row in rows.rows] == ["team", "systemuser"]


def test_a_count_is_of_all_matching_rows(store: Store) -> None:
    rows = ask(store, "accounts?$count=true&$top=2&$filter=statecode eq 1")
    assert (len(rows.rows), rows.total, rows.limit_exceeded) == (2, 3, False)


def expanded(rows: Rows, place: int = 0) -> dict[int, list[int]]:
    found = rows.expanded[place]
    return {
        int(parent[-4:]): [int(found.rows.rows[index][found.rows.key][-4:]) for index in indexes]
        for parent, indexes in found.by_parent.items()
    }


@pytest.mark.parametrize(
    ("expand", "expected"),
    [
        ("primarycontactid($select=fullname)", {101: [101], 103: [103], 105: [105]}),
        ("Account_Tasks($select=subject)", {0: [200, 201], 1: [202, 203], 2: [204, 205]}),
        ("Account_Tasks($select=subject;$orderby=subject desc;$top=1)", {0: [201], 1: [203], 2: [205]}),
        ("Account_Tasks($filter=contains(subject,'3'))", {1: [203]}),
        ("accountleads_association($select=subject)", {0: [300, 302, 304], 1: [301, 303, 305]}),
    ],
)
def test_related_rows_come_in_one_statement_each(store: Store, expand: str, expected: dict[int, list[int]]) -> None:
    query = bind(store, f"accounts?$select=name&$expand={expand}")
    store.select(query, guid(900))
    before = store.statements
    rows = store.select(query, guid(900))
    assert expanded(rows) == expected
    assert store.statements - before == 2


def test_an_owner_expands_to_the_principal(store: Store) -> None:
    rows = ask(store, "accounts?$select=name&$expand=ownerid")
    assert set(expanded(rows)) == {900, 901}


def test_expansions_nest(store: Store) -> None:
    rows = ask(store, "accounts?$expand=Account_Tasks($expand=regardingobjectid_account_task($select=name))")
    inner = rows.expanded[0].rows.expanded[0]
    assert sorted(inner.by_parent) == [guid(0), guid(1), guid(2)]


@pytest.mark.parametrize(
    ("apply", "expected"),
    [
        ("groupby((leadsourcecode),aggregate($count as total))", [(None, 2), (1, 2), (2, 2)]),
        ("filter(leadsourcecode ne null)/groupby((leadsourcecode))", [(1,), (2,)]),
        ("aggregate($count as n)", [(6,)]),
    ],
)
def test_groups_are_counted(store: Store, apply: str, expected: list[tuple[int, ...]]) -> None:
    assert [tuple(row) for row in ask(store, f"leads?$apply={apply}").rows] == expected


def test_sums_are_rounded_to_what_was_meant(store: Store) -> None:
    rows = ask(store, "accounts?$apply=groupby((statecode),aggregate(revenue with sum as s,revenue with average as a))")
    assert rows.rows == [(0, 603.0, 301.5), (1, 904.5, 301.5)]


def test_groups_of_a_related_column_are_named_after_its_table(store: Store) -> None:
    query = bind(store, "accounts?$apply=groupby((primarycontactid/fullname),aggregate($count as n))")
    assert [output.alias for output in query.group] == ["contact_fullname"]


def test_one_plan_serves_all_values_of_a_shape(store: Store) -> None:
    ask(store, "accounts?$select=name&$filter=name eq 'a' and revenue gt 1")
    before = store.plans
    ask(store, "accounts?$select=name&$filter=name eq 'Ötzi' and revenue gt 2.5")
    assert store.plans == before


@pytest.mark.parametrize(
    ("url", "code", "text"),
    [
        ("accounts?$select=Name", "0x80060888", "Could not find a property named 'Name' on type"),
        ("accounts?$filter=foo eq 1", "0x80060888", "Could not find a property named 'foo' on type"),
        ("accounts?$orderby=foo", "0x80060888", "Could not find a property named 'foo' on type"),
        ("accounts?$expand=foo", "0x80060888", "Could not find a property named 'foo' on type"),
        ("accounts?$filter=name eq abc", "0x80060888", "Could not find a property named 'abc' on type"),
        ("accounts?$filter=revenue eq 'abc'", "0x80060888", "A binary operator with incompatible types was detected."),
        ("accounts?$filter=name eq 5", "0x80060888", "Found operand types 'Edm.String' and 'Edm.Int32'"),
        (f"accounts?$filter=primarycontactid eq {guid(1)}", "0x80060888", "incompatible types"),
        ("accounts?$filter=Account_Tasks/subject eq 'x'", "0x80060888", "The query node"),
        ("accounts?$filter=length(name) gt 3", "0x80060888", "The query node SingleValueFunctionCall"),
        ("accounts?$filter=revenue add 1 eq 3", "0x80060888", "The query node BinaryOperator"),
        ("accounts?$filter=statecode in (0,1)", "0x80060888", "The query node In"),
        ("accounts?$skip=1", "0x80060888", "The query parameter $skip is not supported"),
        ("accounts?$search=x", "0x80060888", "The query parameter $search is not supported"),
        ("accounts?$format=json", "0x80060888", "The query parameter $format is not supported"),
        ("accounts?$compute=revenue as r", "0x80060888", "The query parameter $compute is not supported"),
        ("accounts?$expand=Account_Tasks/$ref", "0x80060888", "Expand with $ref is only supported on lookup type"),
        ("accounts?$expand=primarycontactid($top=1)", "0x80060888", "Only $select and $filter clause can be"),
        (
            "accounts?$expand=Account_Tasks($top=1;$expand=createdby)",
            "0x80060888",
            "Only $select and $filter clause can be",
        ),
        ("accounts?$expand=Account_Tasks($count=true)", "0x80060888", "The query parameter $count is not supported"),
        ("accounts?$expand=accountleads_association,primarycontactid", "0x80060888", "many-to-many"),
        (
            "accounts?$filter=not Microsoft.Dynamics.CRM.In(PropertyName='name',PropertyValues=['a'])",
            "0x80060888",
            "Not operator along with the Custom Named Condition operators is not allowed",
        ),
        (
            "accounts?$filter=Microsoft.Dynamics.CRM.In(PropertyName='foo',PropertyValues=['a'])",
            "0x80041103",
            "'account' entity doesn't contain attribute with Name = 'foo'",
        ),
        (
            "leads?$apply=groupby((statecode),aggregate($count as n))&$orderby=n",
            "0x80060888",
            "The query node SingleValueOpenPropertyAccess is not supported",
        ),
        ("leads?$apply=aggregate(subject with sum as s)", "0x80060888", "cannot be applied"),
    ],
)
def test_wrong_options_are_refused(store: Store, url: str, code: str, text: str) -> None:
    with pytest.raises(EmulatorError) as caught:
        ask(store, url)
    assert (caught.value.status, caught.value.code) == (400, code)
    assert text in caught.value.message


def test_more_than_fifteen_expansions_are_refused(store: Store) -> None:
    with pytest.raises(EmulatorError) as caught:
        ask(store, "accounts?$expand=" + ",".join(["createdby"] * 16))
    assert caught.value.code == "0x8004430D"


CONDITIONS = st.recursive(
    st.one_of(
        st.builds(
            "name {} '{}'".format,
            st.sampled_from(["eq", "ne", "gt", "ge", "lt", "le"]),
            st.sampled_from(["zoe", "Emile", "bob_x", "m"]),
        ),
        st.builds("revenue {} {}".format, st.sampled_from(["eq", "ne", "gt", "ge", "lt", "le"]), st.integers(0, 600)),
        st.builds("contains(name,'{}')".format, st.sampled_from("aeimxz5")),
        st.sampled_from(["name eq null", "revenue ne null", "donotemail", "Account_Tasks/any()"]),
    ),
    lambda inner: st.one_of(
        st.builds("({} and {})".format, inner, inner),
        st.builds("({} or {})".format, inner, inner),
        st.builds("not ({})".format, inner),
    ),
    max_leaves=6,
)


@settings(max_examples=60, deadline=None)
@given(condition=CONDITIONS)
def test_a_double_negation_selects_the_same_rows(store: Store, condition: str) -> None:
    assert numbers(ask(store, f"accounts?$filter={condition}")) == numbers(
        ask(store, f"accounts?$filter=not (not ({condition}))")
    )
