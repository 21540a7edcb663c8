"""Pages, next links and skip tokens (contract 03 §6)."""

from __future__ import annotations

from urllib.parse import unquote

import pytest

from .conftest import Api


@pytest.fixture
def accounts(api: Api) -> Api:
    for number in range(7):
        api.new("accounts", name=f"N{number}", **({"numberofemployees": number // 2} if number > 1 else {}))
    return api


def pages(api: Api, path: str, **headers: str) -> list[list[str]]:
    """The names on each page, following the links."""
    found: list[list[str]] = []
    link: str | None = path
    while link:
        answer = api.get(link, **headers)
        assert answer.status == 200, answer.text
        body = answer.json()
        found.append([row["name"] for row in body["value"]])
        link = body.get("@odata.nextLink")
        assert len(found) < 20
    return found


@pytest.mark.parametrize(
    "order",
    [
        "",
        "&$orderby=name",
        "&$orderby=name desc",
        "&$orderby=numberofemployees",
        "&$orderby=numberofemployees desc,name",
    ],
)
def test_pages_hold_each_row_once_and_in_order(accounts: Api, order: str) -> None:
    query = f"accounts?$select=name{order}"
    whole = accounts.names(query)
    found = pages(accounts, query, Prefer="odata.maxpagesize=3")
    assert [len(page) for page in found] == [3, 3, 1]
    assert [name for page in found for name in page] == whole


def test_a_next_link_repeats_the_clients_query_word_for_word(accounts: Api) -> None:
    query = "$select=name&%24orderby=name%20desc&$filter=name+ne+'x'&tag=1"
    link = accounts.get(f"accounts?{query}", Prefer="odata.maxpagesize=2").json()["@odata.nextLink"]
    start, _, token = link.partition("&$skiptoken=")
    assert start.endswith(f"/accounts?{query}")
    cookie = unquote(token)
    assert cookie.startswith('<cookie pagenumber="2" pagingcookie="%253ccookie%2520page%253d%25221%2522')
    assert cookie.endswith('" istracking="False" />')


def test_the_inner_cookie_names_the_sort_columns_and_the_key(accounts: Api) -> None:
    answer = accounts.get("accounts?$select=name&$orderby=numberofemployees", Prefer="odata.maxpagesize=2")
    last = answer.value[-1]["accountid"].upper()
    first = answer.value[0]["accountid"].upper()
    inner = unquote(unquote(unquote(answer.json()["@odata.nextLink"].partition("pagingcookie=%22")[2])))
    assert '<numberofemployees lastnull="1" />' in inner
    assert f'<accountid last="{{{last}}}" first="{{{first}}}" />' in inner


def test_the_token_keeps_the_page_size_and_a_new_preference_wins(accounts: Api) -> None:
    link = accounts.get("accounts?$select=name", Prefer="odata.maxpagesize=2").json()["@odata.nextLink"]
    assert len(accounts.get(link).value) == 2
    assert len(accounts.get(link, Prefer="odata.maxpagesize=4").value) == 4


@pytest.mark.parametrize("order", ["", "&$orderby=numberofemployees", "&$orderby=name,numberofemployees"])
def test_a_token_of_another_order_is_refused(accounts: Api, order: str) -> None:
    link = accounts.get("accounts?$select=name&$orderby=name", Prefer="odata.maxpagesize=2").json()["@odata.nextLink"]
    changed = link.replace("&$orderby=name", order)
    assert accounts.get(changed).error[:2] == (400, "0x8004112A")


def test_top_wins_over_the_page_size(accounts: Api) -> None:
    answer = accounts.get("accounts?$select=name&$top=5", Prefer="odata.maxpagesize=2")
    assert len(answer.value) == 5
    assert "@odata.nextLink" not in answer.json()
    assert "preference-applied" not in answer.headers


@pytest.mark.parametrize("size", ["0", "-1", "x", ""])
def test_useless_page_sizes_are_ignored(accounts: Api, size: str) -> None:
    answer = accounts.get("accounts?$select=name", Prefer=f"odata.maxpagesize={size}")
    assert len(answer.value) == 7
    assert "preference-applied" not in answer.headers


def test_the_preference_is_echoed(accounts: Api) -> None:
    answer = accounts.get("accounts?$select=name", Prefer="odata.maxpagesize=9999")
    assert answer.headers["preference-applied"] == "odata.maxpagesize=9999"


def test_the_last_page_has_no_link(accounts: Api) -> None:
    assert "@odata.nextLink" not in accounts.get("accounts?$select=name", Prefer="odata.maxpagesize=7").json()


def test_cookies_of_the_clients_own_making_count_pages(accounts: Api) -> None:
    found = []
    for number in (1, 2, 3, 4):
        cookie = f"%3Ccookie%20pagenumber=%22{number}%22%20istracking=%22False%22%20/%3E"
        path = f"accounts?$select=name&$orderby=name&$count=true&$skiptoken={cookie}"
        body = accounts.get(path, Prefer="odata.maxpagesize=3").json()
        assert body["@odata.count"] == 7
        found.append([row["name"] for row in body["value"]])
    assert found == [["N0", "N1", "N2"], ["N3", "N4", "N5"], ["N6"], []]


def test_pages_of_a_collection_over_a_navigation_property(api: Api) -> None:
    account = api.new("accounts", name="A")
    for number in range(5):
        api.new("accounts", name=f"C{number}", **{"parentaccountid@odata.bind": f"accounts({account})"})
    path = f"accounts({account})/account_parent_account?$select=name&$orderby=name"
    found = pages(api, path, Prefer="odata.maxpagesize=2")
    assert found == [["C0", "C1"], ["C2", "C3"], ["C4"]]


def test_pages_in_the_order_of_a_lookups_name(api: Api) -> None:
    for name in ("zeta", "Alpha", "mid"):
        parent = api.new("accounts", name=name)
        for number in range(2):
            api.new("accounts", name=f"{name}{number}", **{"parentaccountid@odata.bind": f"accounts({parent})"})
    query = "accounts?$select=name&$filter=_parentaccountid_value ne null&$orderby=_parentaccountid_value"
    found = [name for page in pages(api, query, Prefer="odata.maxpagesize=4") for name in page]
    assert [name[:-1] for name in found] == ["Alpha", "Alpha", "mid", "mid", "zeta", "zeta"]


def test_pages_of_groups(accounts: Api) -> None:
    query = "accounts?$apply=groupby((name))"
    found = pages(accounts, query, Prefer="odata.maxpagesize=3")
    assert sorted(name for page in found for name in page) == [f"N{number}" for number in range(7)]
    assert len(found) == 3


@pytest.mark.parametrize(
    "token",
    [
        "x",
        "%3Ccookie",
        "%3Ccookie%20pagenumber=%22x%22%20/%3E",
        "%3Ccookie%20pagenumber=%222%22%20pagingcookie=%22damaged%22%20istracking=%22False%22%20/%3E",
        "%3Ccookie%20pagenumber=%220%22%20/%3E",
        "%3Ccookie%20pagenumber=%222%22%20pagingcookie=%22%253ccookie%2520page%253d%25221%2522%253e%253cname%2520last"
        "%253d%2522a%2522%2520%252f%253e%253c%252fcookie%253e%22%20istracking=%22False%22%20/%3E",
    ],
)
def test_damaged_tokens_are_refused(accounts: Api, token: str) -> None:
    assert accounts.get(f"accounts?$select=name&$skiptoken={token}").error[:2] == (400, "0x8004112A")
