"""Query options on collections (contract 03 §1 to §5, §7, §9)."""

from __future__ import annotations

import pytest

from .conftest import ROOT, Api


@pytest.fixture
def accounts(api: Api) -> Api:
    for name, revenue, category in (("Alpha", 100, 1), ("Beta", 300, 2), ("Gamma", None, 1)):
        members = {"revenue": revenue} if revenue is not None else {}
        api.new("accounts", name=name, accountcategorycode=category, **members)
    return api


def test_a_collection_has_its_context_and_rows_with_etag_and_key(accounts: Api) -> None:
    answer = accounts.get("accounts?$select=name")
    body = answer.json()
    assert body["@odata.context"] == f"{ROOT}$metadata#accounts(name)"
    assert list(body) == ["@odata.context", "value"]
    assert list(body["value"][0]) == ["@odata.etag", "name", "accountid"]
    assert answer.headers["allow"] == answer.headers["public"] == "OPTIONS,GET,HEAD,POST"


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("name eq 'alpha'", ["Alpha"]),
        ("contains(name,'a')", ["Alpha", "Beta", "Gamma"]),
        ("revenue gt 100", ["Beta"]),
        ("revenue eq null", ["Gamma"]),
        ("(name eq 'Alpha') or (name eq 'Beta')", ["Alpha", "Beta"]),
        ("accountcategorycode eq 1", ["Alpha", "Gamma"]),
        ("name eq 'none'", []),
        ("startswith(name, 'B')", ["Beta"]),
        ("not contains(name,'a')", []),
        ("name eq @n&@n='Beta'", ["Beta"]),
        ("name+eq+'Beta'", ["Beta"]),
        ("name%20eq%20%27Beta%27", ["Beta"]),
        ("startswith(name,'b') eq true", ["Beta"]),
        ("startswith(name,'b') eq false", ["Alpha", "Gamma"]),
        ("contact_customer_accounts/any() ne true", ["Alpha", "Beta", "Gamma"]),
        ("entityimage eq null and entityimage_url eq null", ["Alpha", "Beta", "Gamma"]),
    ],
)
def test_filters(accounts: Api, condition: str, expected: list[str]) -> None:
    assert accounts.names(f"accounts?$select=name&$orderby=name&$filter={condition}") == expected


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("fax eq telephone1", ["Same"]),
        ("fax ne telephone1", ["Fax", "None", "Other", "Phone"]),
        ("not (fax eq telephone1)", ["Fax", "None", "Other", "Phone"]),
    ],
)
def test_columns_without_value_differ_from_other_columns(api: Api, condition: str, expected: list[str]) -> None:
    for name, fax, phone in (("Same", "1", "1"), ("Other", "1", "2"), ("Fax", "1", None), ("Phone", None, "1")):
        api.new("accounts", name=name, fax=fax, telephone1=phone)
    api.new("accounts", name="None")
    assert api.names(f"accounts?$select=name&$orderby=name&$filter={condition}") == expected


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("entityimage eq 'x'", "A binary operator with incompatible types was detected."),
        ("contains(entityimage,'x')", "No function signature for the function with name 'contains'"),
        ("tolower(name) eq true", "The query node SingleValueFunctionCall is not supported"),
        (
            "Microsoft.Dynamics.CRM.Today(PropertyName='createdon') eq false",
            "Not operator along with the Custom Named Condition operators is not allowed",
        ),
    ],
)
def test_conditions_that_cannot_be_asked(api: Api, condition: str, expected: str) -> None:
    status, code, text = api.get(f"accounts?$filter={condition}").error
    assert (status, code) == (400, "0x80060888")
    assert text.startswith(expected)


@pytest.mark.parametrize("option", ["$skip=x", "$search=%22", "$format=", "$compute=a", "$levels=0"])
def test_options_that_the_service_has_not_are_refused_whatever_they_say(api: Api, option: str) -> None:
    text = f"The query parameter {option.partition('=')[0]} is not supported"
    assert api.get(f"accounts?{option}").error == (400, "0x80060888", text)


@pytest.mark.parametrize(
    "option", ["$orderby=n", "$filter=n gt 1", "$filter=accountcategorycode eq 1 and not (n eq 1)"]
)
def test_names_made_by_apply_can_neither_sort_nor_filter(accounts: Api, option: str) -> None:
    groups = "accounts?$apply=groupby((accountcategorycode),aggregate($count as n))"
    assert accounts.get(f"{groups}&{option}").error == (
        400,
        "0x80060888",
        "The query node SingleValueOpenPropertyAccess is not supported",
    )
    assert accounts.get(f"{groups}&$filter=accountcategorycode eq 1").value == [{"accountcategorycode": 1, "n": 2}]


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("name desc", ["Gamma", "Beta", "Alpha"]),
        ("revenue", ["Gamma", "Alpha", "Beta"]),
        ("accountcategorycode desc,name", ["Beta", "Alpha", "Gamma"]),
    ],
)
def test_orders(accounts: Api, order: str, expected: list[str]) -> None:
    assert accounts.names(f"accounts?$select=name&$orderby={order}") == expected


def test_top_limits_and_has_no_next_link(accounts: Api) -> None:
    body = accounts.get("accounts?$select=name&$orderby=name&$top=2").json()
    assert [row["name"] for row in body["value"]] == ["Alpha", "Beta"]
    assert "@odata.nextLink" not in body
    assert accounts.get("accounts?$top=0").value == []


def test_count_stands_behind_the_context(accounts: Api) -> None:
    body = accounts.get("accounts?$select=name&$filter=revenue ne null&$count=true&$top=1").json()
    assert list(body)[:2] == ["@odata.context", "@odata.count"]
    assert body["@odata.count"] == 2


@pytest.mark.parametrize(
    ("path", "expected"), [("accounts/$count", "3"), ("accounts/$count?$filter=name eq 'Beta'", "1")]
)
def test_count_as_text_begins_with_a_byte_order_mark(accounts: Api, path: str, expected: str) -> None:
    answer = accounts.get(path, Accept="application/json")
    assert answer.headers["content-type"] == "text/plain"
    assert answer.text == "\ufeff" + expected


def test_encoded_option_names_and_a_bare_question_mark(accounts: Api) -> None:
    assert accounts.names("accounts?%24select=name&%24filter=name%20eq%20'Beta'") == ["Beta"]
    assert len(accounts.get("accounts?").value) == 3


def test_unknown_parameters_without_dollar_are_ignored(accounts: Api) -> None:
    assert accounts.names("accounts?$select=name&$filter=name eq 'Beta'&tag=x&partitionId=y") == ["Beta"]


def test_groups_have_neither_etag_nor_key(accounts: Api) -> None:
    body = accounts.get(
        "accounts?$apply=groupby((accountcategorycode),aggregate($count as n,revenue with sum as total))"
    ).json()
    assert body["@odata.context"] == f"{ROOT}$metadata#accounts"
    rows = sorted(body["value"], key=lambda row: row["accountcategorycode"])
    assert rows == [
        {"accountcategorycode": 1, "n": 2, "total": 100.0},
        {"accountcategorycode": 2, "n": 1, "total": 300.0},
    ]


class TestExpand:
    def test_single_valued(self, api: Api) -> None:
        contact = api.new("contacts", firstname="B", lastname="C")
        full = api.new("accounts", name="A", **{"primarycontactid@odata.bind": f"contacts({contact})"})
        empty = api.new("accounts", name="B")
        query = "$select=name&$expand=primarycontactid($select=fullname)"
        body = api.get(f"accounts({full})?{query}").json()
        assert body["@odata.context"] == f"{ROOT}$metadata#accounts(name,primarycontactid(fullname))/$entity"
        assert body["primarycontactid"] == {"fullname": "B C", "contactid": contact}
        assert list(body)[-1] == "primarycontactid"
        assert api.get(f"accounts({empty})?{query}").json()["primarycontactid"] is None

    def test_collection_with_a_link(self, api: Api) -> None:
        account = api.new("accounts", name="A")
        for subject in ("One", "Two"):
            api.new("tasks", subject=subject, **{"regardingobjectid_account_task@odata.bind": f"accounts({account})"})
        body = api.get(
            f"accounts({account})?$select=name&$expand=Account_Tasks($select=subject;$orderby=subject desc)"
        ).json()
        rows = body["Account_Tasks"]
        assert [row["subject"] for row in rows] == ["Two", "One"]
        assert list(rows[0]) == ["@odata.etag", "subject", "_regardingobjectid_value", "activityid"]
        link = body["Account_Tasks@odata.nextLink"]
        assert link.startswith(f"{ROOT}accounts({account})/Account_Tasks?$select=subject&$orderby=")
        assert [row["subject"] for row in api.get(link).value] == ["Two", "One"]

    def test_collections_of_many_parents(self, api: Api) -> None:
        for name in ("A", "B", "C"):
            account = api.new("accounts", name=name)
            for number in range({"A": 2, "B": 0, "C": 1}[name]):
                bind = {"parentcustomerid_account@odata.bind": f"accounts({account})"}
                api.new("contacts", lastname=f"{name}{number}", **bind)
        rows = api.get(
            "accounts?$select=name&$orderby=name&$expand=contact_customer_accounts($select=lastname;$orderby=lastname)"
        ).value
        assert [[c["lastname"] for c in row["contact_customer_accounts"]] for row in rows] == [["A0", "A1"], [], ["C0"]]

    def test_nested(self, api: Api) -> None:
        account = api.new("accounts", name="A")
        contact = api.new("contacts", lastname="C", **{"parentcustomerid_account@odata.bind": f"accounts({account})"})
        bind = {"regardingobjectid_contact_task@odata.bind": f"contacts({contact})"}
        task = api.new("tasks", subject="T", **bind)
        body = api.get(
            f"tasks({task})?$select=subject&$expand=regardingobjectid_contact_task($select=fullname;"
            "$expand=parentcustomerid_account($select=name;$expand=createdby($select=fullname)))"
        ).json()
        assert body["@odata.context"].endswith(
            "#tasks(subject,regardingobjectid_contact_task(fullname,parentcustomerid_account(name,createdby(fullname))))"
            "/$entity"
        )
        assert body["regardingobjectid_contact_task"]["parentcustomerid_account"]["name"] == "A"
        assert body["regardingobjectid_contact_task"]["parentcustomerid_account"]["createdby"]["fullname"]

    def test_references(self, api: Api) -> None:
        contact = api.new("contacts", lastname="C")
        account = api.new("accounts", name="A", **{"primarycontactid@odata.bind": f"contacts({contact})"})
        body = api.get(f"accounts({account})?$select=name&$expand=primarycontactid/$ref").json()
        assert body["_primarycontactid_value"] == contact
        assert body["primarycontactid"] == {"@odata.id": f"{ROOT}contacts({contact})"}
        other = api.new("accounts", name="B")
        assert api.get(f"accounts({other})?$expand=primarycontactid/$ref").json()["primarycontactid"] is None

    def test_branch_of_another_target_is_null(self, api: Api) -> None:
        account = api.new("accounts", name="A")
        contact = api.new("contacts", lastname="C", **{"parentcustomerid_account@odata.bind": f"accounts({account})"})
        body = api.get(
            f"contacts({contact})?$select=lastname&$expand=parentcustomerid_contact($select=lastname),"
            "parentcustomerid_account($select=name)"
        ).json()
        assert body["parentcustomerid_contact"] is None
        assert body["parentcustomerid_account"]["name"] == "A"


@pytest.mark.parametrize(
    "query",
    [
        "/$count?fetchXml=%3Cfetch%3E",
        "/$ref?savedQuery=00000000-0000-0000-0000-000000000001",
        "/$count?userQuery=1",
        "/$count?sql=SELECT name FROM a",
    ],
)
def test_other_query_languages_say_that_they_are_not_emulated(api: Api, query: str) -> None:
    status, code, text = api.get(f"accounts{query}").error
    assert (status, code) == (501, "0x80040219")
    assert query.split("=")[0].split("?")[1] in text


def test_choices_are_sorted_by_number_and_null_comes_first(api: Api) -> None:
    for number in (10, 8, 4):  # Other, Web, Partner
        api.new("leads", lastname=str(number), leadsourcecode=number)
    api.new("leads", lastname="none")
    assert api.names("leads?$select=lastname&$orderby=leadsourcecode", "lastname") == ["none", "4", "8", "10"]


def test_members_without_value_are_null(api: Api) -> None:
    api.new("accounts", name="A")
    assert api.get("accounts?$select=name,revenue,telephone1").value[0]["telephone1"] is None
