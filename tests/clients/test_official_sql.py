"""SQL queries of Microsoft's own Python client, unmodified (contract 09 §3, Reads).

The client refuses much before it sends anything; what it lets through is asked here, pages and data frames included.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from azure.core.credentials import AccessToken
from PowerPlatform.Dataverse.client import DataverseClient
from PowerPlatform.Dataverse.core.errors import HttpError, ValidationError

from dataverse_emulator import Emulator

ORGANIZATION = "https://contoso.crm.dynamics.com"


class StandInCredential:
    """A credential whose token nobody checks."""

    def get_token(self, *scopes: str, **_: Any) -> AccessToken:
        return AccessToken("not-a-real-token for " + " ".join(scopes), int(time.time()) + 3600)


@dataclass(frozen=True)
class Team:
    """An account with contacts, told from those of other tests by its fax number."""

    client: DataverseClient
    mark: str
    account: str
    contacts: list[str]


@pytest.fixture(params=["https", "intercepted"])
def team(request: pytest.FixtureRequest, emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> Iterator[Team]:
    """A client of the running emulator and rows of its own."""
    if request.param == "https":
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(emulator.ca_file))
        with DataverseClient(emulator.https_url, StandInCredential()) as made:
            yield _fill(made)
    else:
        with emulator.intercept(ORGANIZATION), DataverseClient(ORGANIZATION, StandInCredential()) as made:
            yield _fill(made)


def _fill(client: DataverseClient) -> Team:
    mark = str(uuid.uuid4())
    account = client.records.create("account", {"name": f"Team {mark[:8]}", "fax": mark, "revenue": 1000})
    people = [
        {
            "firstname": "N",
            "lastname": f"{number:02d}",
            "fax": mark,
            "numberofchildren": number % 3,
            "donotemail": number % 2 == 0,
            "parentcustomerid_account@odata.bind": f"/accounts({account})",
        }
        for number in range(9)
    ]
    return Team(client, mark, account, list(client.records.create("contact", people)))


def test_columns_conditions_and_order(team: Team) -> None:
    rows = team.client.query.sql(
        f"SELECT TOP 3 lastname, numberofchildren, donotemail FROM contact "
        f"WHERE fax = '{team.mark}' AND donotemail = 1 AND lastname NOT IN ('00') ORDER BY lastname DESC"
    )
    assert [row["lastname"] for row in rows] == ["08", "06", "04"]
    assert [row["donotemail"] for row in rows] == [True] * 3
    assert rows[0]["contactid"] in team.contacts
    assert rows[0].get("nickname", "") == ""


def test_names_of_tables_and_columns_ignore_case(team: Team) -> None:
    rows = team.client.query.sql(f"select t.LastName as Label from Contact as t where t.Fax = '{team.mark}'")
    assert sorted(row["Label"] for row in rows) == [f"{number:02d}" for number in range(9)]


def test_joins_with_groups(team: Team) -> None:
    rows = team.client.query.sql(
        "SELECT a.name, COUNT(c.contactid) as cnt, SUM(c.numberofchildren) as children FROM account a "
        f"JOIN contact c ON a.accountid = c.parentcustomerid WHERE a.fax = '{team.mark}' GROUP BY a.name"
    )
    assert [(row["name"], row["cnt"], row["children"]) for row in rows] == [(f"Team {team.mark[:8]}", 9, 9)]


def test_rows_of_a_join(team: Team) -> None:
    rows = team.client.query.sql(
        "SELECT TOP 5 a.name, creator.fullname as created_by, c.fullname FROM account a "
        "JOIN systemuser creator ON a.createdby = creator.systemuserid "
        f"LEFT JOIN contact c ON a.accountid = c.parentcustomerid WHERE a.fax = '{team.mark}' ORDER BY c.fullname"
    )
    assert [row["fullname"] for row in rows] == [f"N {number:02d}" for number in range(5)]
    assert all(row["created_by"] and row["name"] for row in rows)


def test_distinct_values(team: Team) -> None:
    text = "SELECT DISTINCT {}numberofchildren FROM contact WHERE fax = '{}' ORDER BY numberofchildren"
    assert [r["numberofchildren"] for r in team.client.query.sql(text.format("", team.mark))] == [0, 1, 2]
    assert len(team.client.query.sql(text.format("TOP 2 ", team.mark))) == 2


def test_offset_and_fetch(team: Team) -> None:
    names: list[str] = []
    for page in range(4):
        rows = team.client.query.sql(
            f"SELECT lastname FROM contact WHERE fax = '{team.mark}' ORDER BY lastname "
            f"OFFSET {page * 4} ROWS FETCH NEXT 4 ROWS ONLY"
        )
        names += [row["lastname"] for row in rows]
    assert names == [f"{number:02d}" for number in range(9)]


@pytest.mark.parametrize(
    "text",
    [
        "SELECT lastname FROM contact WHERE fax = '{}' ORDER BY lastname",
        "SELECT lastname, COUNT(*) AS n FROM contact WHERE fax = '{}' GROUP BY lastname ORDER BY lastname",
        "SELECT DISTINCT lastname FROM contact WHERE fax = '{}' ORDER BY lastname",
    ],
)
def test_the_client_follows_all_pages(team: Team, text: str) -> None:
    with team.client._scoped_odata() as layer:
        send = layer._request

        def small_pages(method: str, url: str, **options: Any) -> Any:
            options["headers"] = {**(options.get("headers") or {}), "Prefer": "odata.maxpagesize=2"}
            return send(method, url, **options)

        layer._request = small_pages  # the client has no option for it
        rows = layer._query_sql(text.format(team.mark))
    assert [row["lastname"] for row in rows] == [f"{number:02d}" for number in range(9)]


def test_data_frames(team: Team) -> None:
    pandas = pytest.importorskip("pandas", reason="the client's data frames need pandas")
    frame = team.client.dataframe.sql(f"SELECT lastname, numberofchildren FROM contact WHERE fax = '{team.mark}'")
    assert isinstance(frame, pandas.DataFrame)
    assert frame["numberofchildren"].sum() == 9
    empty = team.client.dataframe.sql("SELECT lastname FROM contact WHERE fax = 'nobody has this'")
    assert empty.empty


def test_sql_in_a_batch(team: Team) -> None:
    batch = team.client.batch.new()
    batch.query.sql(f"SELECT lastname FROM contact WHERE fax = '{team.mark}' AND lastname > '06' ORDER BY lastname")
    batch.query.sql("SELECT nosuch FROM contact")
    result = batch.execute(continue_on_error=True)
    assert [row["lastname"] for row in result.responses[0].data["value"]] == ["07", "08"]
    assert (result.responses[1].status_code, result.responses[1].error_code) == (400, "0x80041103")


def test_columns_for_sql_can_all_be_selected(team: Team) -> None:
    names = [column["name"] for column in team.client.query.sql_columns("contact")]
    assert len(names) > 100
    rows = team.client.query.sql(f"SELECT {', '.join(names)} FROM contact WHERE fax = '{team.mark}'")
    assert len(rows) == 9


def test_errors_of_the_service_arrive(team: Team) -> None:
    for text, code in (
        ("SELECT nosuch FROM account", "0x80041103"),
        ("SELECT LEN(name) AS n FROM account", "0x80060888"),
        ("SELECT name FROM account WHERE 1 = 1", "0x80060888"),
    ):
        with pytest.raises(HttpError) as caught:
            team.client.query.sql(text)
        assert caught.value.status_code == 400
        assert caught.value.details["service_error_code"] == code


def test_what_the_client_refuses_never_arrives(team: Team) -> None:
    for text in (
        "SELECT * FROM account",
        "DELETE FROM account",
        "SELECT name FROM account UNION SELECT name FROM lead",
    ):
        with pytest.raises(ValidationError):
            team.client.query.sql(text)
