"""Rows of elastic tables (contract 02 §17, §3.2, §4, §12; 01 §3, §5, §7)."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from tests.contract.conftest import ROOT, Answer, Api
from tests.contract.defining import column, one_to_many, table

from dataverse_emulator.config import Settings
from dataverse_emulator.environment import open_service
from dataverse_emulator.messages.loading import load_rows

from .stepping import rule

CRM = "Microsoft.Dynamics.CRM"
ANNOTATED = {"Prefer": 'odata.include-annotations="*"'}
MISSING = "0f0f0f0f-0000-4000-8000-000000000001"
DETAILS = "@Microsoft.PowerApps.CDS.ErrorDetails.Plugin.BulkApiErrorDetails"


@pytest.fixture
def elastic(api: Api) -> Api:
    """The Web API with an elastic table for readings (``new_readings``)."""
    columns = (
        column("Integer", "new_Value", MinValue=-100, MaxValue=100),
        column("String", "new_Data", FormatName={"Value": "Json"}, MaxLength=1000),
    )
    answer = api.post(
        "EntityDefinitions", table("new_Reading", *columns, TableType="Elastic", ChangeTrackingEnabled=True)
    )
    assert answer.status == 204, answer.text
    return api


def add(api: Api, **members: Any) -> tuple[str, str]:
    """Make a reading; the URL that ``OData-EntityId`` gives, and the primary key in it."""
    answer = api.post("new_readings", members)
    assert answer.status == 204, answer.text
    url = answer.headers["odata-entityid"]
    return url, url.partition("new_readingid=")[2][:36]


def partitions(api: Api, query: str = "new_readings?$orderby=partitionid") -> list[str]:
    answer = api.get(query)
    assert answer.status == 200, answer.text
    return [row["partitionid"] for row in answer.value]


def targets(*items: dict[str, Any]) -> dict[str, Any]:
    return {"Targets": [{"@odata.type": f"{CRM}.new_reading", **item} for item in items]}


def call(api: Api, name: str, *items: dict[str, Any], **headers: str) -> Answer:
    return api.post(f"new_readings/{CRM}.{name}", targets(*items), **headers)


# ---- keys ------------------------------------------------------------------------------------------------------------


@rule("02 §17 p1")
def test_a_row_is_known_by_its_key_and_partition(elastic: Api) -> None:
    _, id = add(elastic, new_name="A", partitionid="p")
    key = f"new_readings(new_readingid={id},partitionid='p')"
    assert elastic.get(key).json()["partitionid"] == "p"
    assert elastic.get(f"new_readings({id})").error[:2] == (404, "0x80040217")
    assert elastic.get(f"new_readings(new_readingid={id},partitionid='P')").status == 404


@rule("02 §17 p1")
def test_the_partition_of_a_row_is_its_key_by_default(elastic: Api) -> None:
    _, id = add(elastic, new_name="A")
    row = elastic.get(f"new_readings({id})").json()
    assert (row["partitionid"], row["ttlinseconds"]) == (id, None)
    assert elastic.get(f"new_readings(new_readingid={id},partitionid='{id}')").status == 200


@rule("02 §17 p1")
def test_one_key_may_be_in_several_partitions(elastic: Api) -> None:
    for name in "pq":
        add(elastic, new_readingid=MISSING, new_name=name, partitionid=name)
    again = elastic.post("new_readings", {"new_readingid": MISSING, "partitionid": "q"})
    assert again.error == (412, "0x80040237", "Cannot insert duplicate key.")
    key = f"new_readings(new_readingid={MISSING},partitionid='q')"
    assert elastic.patch(key, {"new_value": 1}, If_Match="*").status == 204
    assert elastic.get(key).json()["new_value"] == 1
    assert elastic.delete(f"new_readings(new_readingid={MISSING},partitionid='p')").status == 204
    assert partitions(elastic) == ["q"]


@rule("02 §17 p1")
def test_the_partition_of_a_row_stays(elastic: Api) -> None:
    url, _ = add(elastic, new_name="A", partitionid="p")
    assert elastic.patch(url, {"partitionid": "q", "new_value": 1}, If_Match="*").status == 204
    row = elastic.get(url).json()
    assert (row["partitionid"], row["new_value"]) == ("p", 1)


def test_the_parameter_names_a_partition_for_reads_and_deletions(elastic: Api) -> None:
    _, id = add(elastic, new_name="A", partitionid="p")
    add(elastic, new_name="B", partitionid="q")
    assert elastic.get(f"new_readings({id})?partitionId=p&$select=new_name").json()["new_name"] == "A"
    assert elastic.get(f"new_readings({id})?partitionId='p'").status == 200
    assert elastic.get(f"new_readings({id})/new_name?partitionId=p").json()["value"] == "A"
    assert elastic.get(f"new_readings({id})?partitionId=q").status == 404
    assert partitions(elastic, "new_readings?partitionId=q") == ["q"]
    assert elastic.get("new_readings/$count?partitionId=p").text == "\ufeff1"
    fetch = "<fetch><entity name='new_reading'><attribute name='partitionid'/></entity></fetch>"
    assert partitions(elastic, f"new_readings?partitionId=p&fetchXml={fetch}") == ["p"]
    assert elastic.delete(f"new_readings({id})?partitionId=p").status == 204
    assert partitions(elastic) == ["q"]


def test_the_parameter_is_ignored_where_rows_are_made(elastic: Api) -> None:
    id = elastic.post("new_readings?partitionId=p", {"new_readingid": MISSING}).status
    assert (id, partitions(elastic)) == (204, [MISSING])
    elastic.patch(f"new_readings({MISSING})?partitionId=p", {"new_name": "A"})
    assert partitions(elastic) == [MISSING]


def test_an_update_finds_its_row_by_the_parameter(elastic: Api) -> None:
    url, id = add(elastic, new_name="A", partitionid="p")
    assert elastic.patch(f"new_readings({id})?partitionId=p", {"new_value": 6}, If_Match="*").status == 204
    assert elastic.get(url).json()["new_value"] == 6


def test_the_parameter_means_nothing_for_other_tables(elastic: Api) -> None:
    id = elastic.new("accounts", name="A")
    assert elastic.get(f"accounts({id})?partitionId=p").status == 200
    assert elastic.names("accounts?partitionId=p") == ["A"]


# ---- answers ---------------------------------------------------------------------------------------------------------


@rule("02 §17 p2")
def test_the_entity_id_has_both_parts_of_the_key(elastic: Api) -> None:
    url, id = add(elastic, new_name="A", partitionid="it's")
    assert url == f"{ROOT}new_readings(new_readingid={id},partitionid='it''s')"
    assert elastic.get(url).json()["new_name"] == "A"
    answer = elastic.patch(f"new_readings({id})", {"partitionid": "it's", "new_name": "B"})
    assert answer.headers["odata-entityid"] == url
    assert elastic.patch(url, {"new_name": "C"}).headers["odata-entityid"] == url


@rule("02 §17 p2")
def test_writes_have_a_session_token_that_reads_may_send(elastic: Api) -> None:
    def token(answer: Answer) -> str:
        assert answer.status < 300, answer.text
        return answer.headers.get("x-ms-session-token", "")

    created = elastic.post("new_readings", {"new_readingid": MISSING})
    updated = elastic.patch(f"new_readings({MISSING})", {"new_name": "A"}, If_Match="*")
    upserted = elastic.patch(f"new_readings({MISSING})", {"new_name": "B"}, Prefer="return=representation")
    many = call(elastic, "CreateMultiple", {"new_name": "C"})
    tokens = [token(answer) for answer in (created, updated, upserted, many)]
    assert len(set(tokens)) == 4
    assert all(text.startswith("207:8#") for text in tokens)
    read = elastic.send("GET", f"new_readings({MISSING})", None, {"MSCRM.SessionToken": tokens[-1]})
    assert (read.status, token(read)) == (200, "")
    assert token(elastic.delete(f"new_readings({MISSING})")) == ""
    assert "x-ms-session-token" not in elastic.post("accounts", {"name": "A"}).headers


@rule("02 §17 p3")
def test_a_row_comes_with_more_than_its_selected_columns(elastic: Api) -> None:
    url, _ = add(elastic, new_value=80, partitionid="p")
    answer = elastic.get(f"{url}?$select=new_value")
    row = answer.json()
    assert row.pop("@odata.context") == f"{ROOT}$metadata#new_readings(new_value)/$entity"
    more = {"versionnumber", "partitionid", "_ownerid_value", "_owningbusinessunit_value"}
    assert row.keys() == {"@odata.etag", "new_value", "new_readingid", *more}
    assert elastic.get("new_readings?$select=new_value").value[0].keys() == {
        "@odata.etag",
        "new_value",
        "new_readingid",
    }


def test_entity_tags_look_like_guids_and_count(elastic: Api) -> None:
    url, _ = add(elastic, new_name="A", partitionid="p")
    answer = elastic.get(url)
    tag = answer.headers["etag"]
    assert (answer.json()["@odata.etag"], len(tag)) == (tag, 40)
    assert elastic.get(url, If_None_Match=tag).status == 304
    assert elastic.patch(url, {"new_name": "B"}, If_Match=tag).status == 204
    assert elastic.patch(url, {"new_name": "C"}, If_Match=tag).status == 412
    assert elastic.delete(url, If_Match=tag).status == 412


# ---- upsert ----------------------------------------------------------------------------------------------------------


def test_an_upsert_replaces_the_whole_row(elastic: Api) -> None:
    url, id = add(elastic, new_name="A", new_value=1, partitionid="p", ttlinseconds=60)
    assert elastic.patch(url, {"new_name": "B"}).status == 204
    row = elastic.get(url).json()
    assert (row["new_name"], row["new_value"], row["ttlinseconds"]) == ("B", None, None)
    assert row["_ownerid_value"] is not None
    elastic.patch(f"new_readings({id})", {"partitionid": "p", "new_value": 2})
    row = elastic.get(url).json()
    assert (row["new_name"], row["new_value"], len(partitions(elastic))) == (None, 2, 1)


def test_an_update_keeps_the_other_columns(elastic: Api) -> None:
    url, _ = add(elastic, new_name="A", new_value=1, partitionid="p")
    assert elastic.patch(url, {"new_name": "B"}, If_Match="*").status == 204
    assert elastic.get(url).json()["new_value"] == 1


def test_an_upsert_makes_a_row_in_the_partition_that_it_names(elastic: Api) -> None:
    by_key = f"new_readings(new_readingid={MISSING},partitionid='p')"
    assert elastic.patch(by_key, {"new_name": "A"}, Prefer="return=representation").status == 201
    elastic.patch(f"new_readings({MISSING})", {"new_name": "B", "partitionid": "q"})
    assert partitions(elastic) == ["p", "q"]
    assert elastic.patch(by_key, {"new_name": "C"}, If_None_Match="*").status == 412
    assert elastic.patch(f"new_readings({MISSING})", {"new_name": "C"}, If_Match="*").status == 404


# ---- lifetime --------------------------------------------------------------------------------------------------------


def at(api: Api, second: int) -> None:
    """Let it be that second of a minute."""
    api.service.clock.freeze(datetime(2024, 1, 1, 12, 0, second, tzinfo=UTC))


@rule("02 §17 p1")
def test_rows_expire_when_their_time_is_over(elastic: Api) -> None:
    at(elastic, 0)
    url, _ = add(elastic, new_name="A", partitionid="short", ttlinseconds=10)
    add(elastic, new_name="B", partitionid="long", ttlinseconds=30)
    add(elastic, new_name="C", partitionid="ever")
    at(elastic, 9)
    assert elastic.get(url).status == 200
    at(elastic, 10)
    assert elastic.get(url).status == 404
    assert partitions(elastic) == ["ever", "long"]
    assert elastic.get("new_readings/$count").text == "\ufeff2"
    at(elastic, 30)
    assert partitions(elastic) == ["ever"]


def test_a_change_gives_a_row_its_time_again(elastic: Api) -> None:
    at(elastic, 0)
    url, _ = add(elastic, new_name="A", partitionid="p", ttlinseconds=10)
    at(elastic, 8)
    elastic.patch(url, {"new_name": "B"}, If_Match="*")
    at(elastic, 15)
    assert elastic.get(url).status == 200
    elastic.patch(url, {"ttlinseconds": None}, If_Match="*")
    at(elastic, 59)
    assert elastic.get(url).status == 200


def test_what_has_expired_can_be_made_again(elastic: Api) -> None:
    at(elastic, 0)
    add(elastic, new_readingid=MISSING, ttlinseconds=10)
    at(elastic, 20)
    assert elastic.patch(f"new_readings({MISSING})", {"new_name": "B"}, If_Match="*").status == 404
    add(elastic, new_readingid=MISSING, new_name="C")
    assert elastic.get(f"new_readings({MISSING})").json()["ttlinseconds"] is None


def test_those_who_follow_changes_are_told_of_expired_rows(elastic: Api) -> None:
    at(elastic, 0)
    _, id = add(elastic, ttlinseconds=10)
    link = elastic.get("new_readings?$select=new_name", Prefer="odata.track-changes").json()["@odata.deltaLink"]
    at(elastic, 20)
    assert [(item["id"], item["reason"]) for item in elastic.get(link).value] == [(id, "deleted")]


def test_a_lifetime_that_is_written_and_undone_is_none(elastic: Api) -> None:
    at(elastic, 0)
    url, _ = add(elastic, new_name="A", partitionid="p")
    assert elastic.patch(url, {"ttlinseconds": 5, "new_value": 1000}, If_Match="*").status == 400
    at(elastic, 20)
    assert elastic.get(url).status == 200


def test_rows_of_a_file_expire_after_a_restart(tmp_path: Path) -> None:
    settings = Settings(log_format="none", database=str(tmp_path / "rows.db"))
    service = open_service(settings)
    first = Api(service)
    assert first.post("EntityDefinitions", table("new_Reading", TableType="Elastic")).status == 204
    at(first, 0)
    add(first, partitionid="short", ttlinseconds=10)
    add(first, partitionid="ever")
    service.close()
    service = open_service(settings)
    second = Api(service)
    at(second, 9)
    assert partitions(second) == ["ever", "short"]
    at(second, 10)
    assert partitions(second) == ["ever"]
    service.close()


@pytest.mark.parametrize("seconds", [0, -1, 2**31, "soon"])
def test_lifetimes_are_positive_numbers(elastic: Api, seconds: Any) -> None:
    assert elastic.post("new_readings", {"ttlinseconds": seconds}).status == 400


# ---- many rows -------------------------------------------------------------------------------------------------------


@rule("02 §17 p4")
def test_bulk_messages_find_rows_by_both_parts_of_the_key(elastic: Api) -> None:
    ids = call(elastic, "CreateMultiple", {"new_name": "A", "partitionid": "p"}, {"new_name": "B"}).json()["Ids"]
    both = {"new_readingid": ids[0], "partitionid": "p"}
    assert call(elastic, "UpdateMultiple", {**both, "new_value": 1}).status == 204
    assert call(elastic, "UpsertMultiple", {"new_readingid": ids[1], "new_value": 2}).status == 204
    rows = {row["partitionid"]: (row["new_name"], row["new_value"]) for row in elastic.get("new_readings").value}
    assert rows == {"p": ("A", 1), ids[1]: (None, 2)}
    by_id = {"@odata.id": f"new_readings(new_readingid={ids[0]},partitionid='p')"}
    assert call(elastic, "DeleteMultiple", by_id, {"new_readingid": ids[1]}).status == 204
    assert elastic.get("new_readings").value == []


@rule("02 §17 p4")
def test_rows_are_deleted_in_bulk(elastic: Api) -> None:
    ids = [add(elastic, partitionid="p")[1] for _ in range(2)]
    answer = call(elastic, "DeleteMultiple", *({"new_readingid": id, "partitionid": "p"} for id in ids))
    assert (answer.status, answer.body, elastic.get("new_readings").value) == (204, b"", [])


@rule("02 §17 p4")
@pytest.mark.parametrize(
    ("name", "items", "statuses", "left"),
    [
        ("CreateMultiple", [{"partitionid": "a"}, {"new_value": 1000}, {"partitionid": "b"}], [201, 400, 201], "abx"),
        ("CreateMultiple", [{"new_readingid": MISSING, "partitionid": "x"}, {"partitionid": "b"}], [412, 201], "bx"),
        (
            "UpdateMultiple",
            [
                {"new_readingid": MISSING, "partitionid": "a", "new_value": 1},
                {"new_readingid": MISSING, "partitionid": "x"},
            ],
            [404, 200],
            "x",
        ),
        (
            "UpsertMultiple",
            [{"new_readingid": MISSING, "partitionid": "a"}, {"new_readingid": MISSING, "new_value": 1000}],
            [201, 400],
            "ax",
        ),
        (
            "DeleteMultiple",
            [{"new_readingid": MISSING, "partitionid": "a"}, {"new_readingid": MISSING, "partitionid": "x"}],
            [404, 204],
            "",
        ),
    ],
)
def test_some_rows_of_a_bulk_message_may_succeed(
    elastic: Api, name: str, items: list[dict[str, Any]], statuses: list[int], left: str
) -> None:
    add(elastic, new_readingid=MISSING, partitionid="x")
    answer = call(elastic, name, *items, **ANNOTATED)
    assert answer.status == next(status for status in statuses if status >= 400)
    details = json.loads(answer.json()["error"][DETAILS])
    assert [detail["RequestIndex"] for detail in details] == list(range(len(items)))
    assert [detail["StatusCode"] for detail in details] == statuses
    assert "".join(partitions(elastic)) == left


def test_the_status_of_rows_is_an_annotation_that_is_asked_for(elastic: Api) -> None:
    item = {"new_readingid": MISSING, "partitionid": "p"}
    plain = call(elastic, "DeleteMultiple", item)
    assert plain.error == (404, "0x80040217", f"new_Reading With Ids = {MISSING} Do Not Exist")
    assert plain.json()["error"].keys() == {"code", "message"}
    wanted = {"Prefer": 'odata.include-annotations="Microsoft.PowerApps.CDS.ErrorDetails.*"'}
    error = call(elastic, "DeleteMultiple", item, **wanted).json()["error"]
    assert error.keys() == {"code", "message", DETAILS}
    assert json.loads(error[DETAILS]) == [{"RequestIndex": 0, "Id": MISSING, "StatusCode": 404}]


def change_set(api: Api, *parts: tuple[str, dict[str, Any]]) -> Answer:
    """Send creates as one change set."""
    lines = ["--b", "Content-Type: multipart/mixed; boundary=c", ""]
    for number, (entity_set, body) in enumerate(parts, 1):
        lines += ["--c", "Content-Type: application/http", "Content-Transfer-Encoding: binary", f"Content-ID: {number}"]
        lines += ["", f"POST {ROOT}{entity_set} HTTP/1.1", "Content-Type: application/json", "", json.dumps(body)]
    text = "\r\n".join([*lines, "--c--", "--b--", ""])
    return api.send("POST", "$batch", text.encode(), {"Content-Type": "multipart/mixed; boundary=b"})


@rule("02 §17 p4")
def test_a_change_set_that_fails_leaves_the_rows_of_elastic_tables(elastic: Api) -> None:
    answer = change_set(
        elastic,
        ("new_readings", {"partitionid": "p"}),
        ("accounts", {"name": "A"}),
        ("new_readings", {"new_value": 1000}),
    )
    assert answer.status == 400
    assert partitions(elastic) == ["p"]
    assert elastic.get("accounts").value == []


def test_rows_stay_where_the_definitions_around_them_are_undone(elastic: Api) -> None:
    extra = column("String", "new_Extra", MaxLength=20)
    others = column("String", "new_Name", IsPrimaryName=True)
    bulk = targets({"partitionid": "c", "new_extra": "x"}, {"partitionid": "d", "new_extra": "y"})
    answer = change_set(
        elastic,
        ("new_readings", {"partitionid": "a"}),
        ("EntityDefinitions(LogicalName='new_reading')/Attributes", extra),
        ("new_readings", {"partitionid": "b", "new_extra": "x"}),
        (f"new_readings/{CRM}.CreateMultiple", bulk),
        ("EntityDefinitions", table("new_Later", TableType="Elastic", Attributes=[others])),
        ("new_laters", {"new_name": "of a table that goes"}),
        ("accounts", {"nothing": 1}),
    )
    assert "nothing" in answer.text
    assert answer.status == 400
    assert partitions(elastic) == ["a", "b", "c", "d"]
    assert "new_extra" not in elastic.get("new_readings").value[0]


def test_a_bulk_message_in_a_change_set_succeeds_in_part_too(elastic: Api) -> None:
    bulk = targets({"partitionid": "p"}, {"new_value": 1000}, {"partitionid": "q"})
    parts = (("accounts", {"name": "A"}), (f"new_readings/{CRM}.CreateMultiple", bulk))
    assert change_set(elastic, *parts).status == 400
    assert (partitions(elastic), elastic.get("accounts").value) == (["p", "q"], [])


def test_rows_that_are_loaded_have_partitions_and_lifetimes(elastic: Api) -> None:
    service = elastic.service
    at(elastic, 0)
    with service.store.transaction():
        context = service.context(service.default_caller())
        load_rows(context, {"new_reading": [{"new_name": "A", "ttlinseconds": 10}, {"partitionid": "p"}]})
    (short,) = elastic.get("new_readings?$filter=new_name eq 'A'").value
    assert short["partitionid"] == short["new_readingid"]
    at(elastic, 10)
    assert partitions(elastic) == ["p"]


def test_a_change_set_that_succeeds_makes_its_rows_once(elastic: Api) -> None:
    assert change_set(elastic, ("new_readings", {"partitionid": "p"}), ("accounts", {"name": "A"})).status == 200
    assert (partitions(elastic), elastic.names("accounts")) == (["p"], ["A"])


# ---- what elastic tables have and have not ---------------------------------------------------------------------------


def test_queries_and_json_columns_work_as_elsewhere(elastic: Api) -> None:
    add(elastic, new_name="A", new_value=5, new_data='{"power": 0.55}', partitionid="p")
    add(elastic, new_name="B", new_value=7, partitionid="q")
    rows = elastic.get("new_readings?$filter=new_value gt 4 and partitionid eq 'p'").value
    assert [json.loads(row["new_data"]) for row in rows] == [{"power": 0.55}]
    assert elastic.get("new_readings?$apply=aggregate(new_value with sum as total)").value == [{"total": 12}]


def test_lookups_lead_from_and_to_elastic_tables(elastic: Api) -> None:
    for body in (
        one_to_many("new_account_reading", "account", "new_reading", "new_AccountId"),
        one_to_many("new_reading_task", "new_reading", "task", "new_ReadingId"),
    ):
        assert elastic.post("RelationshipDefinitions", body).status == 204
    account = elastic.new("accounts", name="A")
    _, id = add(elastic, partitionid="p", **{"new_AccountId@odata.bind": f"/accounts({account})"})
    rows = elastic.get("new_readings?$expand=new_AccountId($select=name)").value
    assert rows[0]["new_AccountId"]["name"] == "A"
    task = elastic.new("tasks", subject="T", **{"new_ReadingId@odata.bind": f"/new_readings({id})"})
    assert elastic.get(f"tasks({task})?$select=_new_readingid_value").json()["_new_readingid_value"] == id
    assert elastic.delete(f"accounts({account})").status == 204
    assert partitions(elastic) == ["p"]


def test_relationships_with_elastic_tables_do_not_cascade(elastic: Api) -> None:
    cascade = {"CascadeConfiguration": {"Delete": "Cascade"}}
    body = one_to_many("new_account_reading", "account", "new_reading", "new_AccountId", **cascade)
    assert elastic.post("RelationshipDefinitions", body).error[:2] == (400, "0x80040203")
    many = {
        "@odata.type": f"{CRM}.ManyToManyRelationshipMetadata",
        "SchemaName": "new_readings_accounts",
        "Entity1LogicalName": "new_reading",
        "Entity2LogicalName": "account",
        "IntersectEntityName": "new_readings_accounts",
    }
    assert elastic.post("RelationshipDefinitions", many).status == 400


def test_an_elastic_table_can_be_deleted(elastic: Api) -> None:
    at(elastic, 0)
    add(elastic, ttlinseconds=10)
    assert elastic.delete("EntityDefinitions(LogicalName='new_reading')").status == 204
    at(elastic, 20)
    assert elastic.get("accounts").status == 200


# ---- ExecuteCosmosSqlQuery -------------------------------------------------------------------------------------------

OPEN = f"#{CRM}.expando"


@pytest.fixture
def readings(elastic: Api) -> Api:
    """Six readings with a power of 0 to 5 in two partitions, and one without data."""
    for power in range(6):
        data = json.dumps({"power": power, "unit": {"name": "kW"}, "tags": ["a", power]})
        add(elastic, new_name=f"R{power}", new_value=power * 10, new_data=data, partitionid="pq"[power % 2])
    add(elastic, new_name="empty", partitionid="p")
    return elastic


def ask(api: Api, text: str, **parameters: str) -> Answer:
    """Call the function with a query; parameters are JSON texts."""
    given = {"QueryText": f"'{text.replace(chr(39), chr(39) * 2)}'", "EntityLogicalName": "'new_reading'", **parameters}
    names = ",".join(f"{name}=@p{number}" for number, name in enumerate(given))
    values = "&".join(f"@p{number}={quote(value)}" for number, value in enumerate(given.values()))
    return api.get(f"ExecuteCosmosSqlQuery({names})?{values}")


def results(api: Api, text: str, **parameters: str) -> list[dict[str, Any]]:
    answer = ask(api, text, **parameters)
    assert answer.status == 200, answer.text
    rows = answer.json()["Result"]
    return [{name: value for name, value in row.items() if not name.endswith("@odata.type")} for row in rows]


@rule("02 §17 p4")
def test_a_query_of_documents_comes_in_pages(readings: Api) -> None:
    text = (
        "select c.props.new_name as name, c.props.new_data.power as power from c where c.props.new_data.power > @least"
    )
    parameters = {
        "QueryParameters": '{"Keys":["@least"],"Values":[{"Type":"System.Int32","Value":"0"}]}',
        "PageSize": "2",
        "PartitionId": "'q'",
    }
    first = ask(readings, text, **parameters).json()
    cookie = first.pop("PagingCookie")
    assert first == {
        "@odata.context": f"{ROOT}$metadata#expando/$entity",
        "@odata.type": OPEN,
        "HasMore": True,
        "Result@odata.type": f"#Collection({CRM}.expando)",
        "Result": [{"@odata.type": OPEN, "name": f"R{power}", "power": power} for power in (1, 3)],
    }
    second = ask(readings, text, PagingCookie=f"'{cookie}'", **parameters).json()
    assert (second["HasMore"], second["PagingCookie"], [row["power"] for row in second["Result"]]) == (False, "", [5])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SELECT r.props.new_value FROM Readings r WHERE r.props.new_name = 'R1'", [{"new_value": 10}]),
        (
            "select C.new_name n, C.new_data.power p from c where c.partitionid='p' and not is_defined(C.new_data)",
            [{"n": "empty"}],
        ),
        ("select C.new_data.unit.name as u from c where C.new_data.tags[1] in (2, 9)", [{"u": "kW"}]),
        ("select top 2 C.new_value v from c order by C.new_value desc", [{"v": 50}, {"v": 40}]),
        ("select C.new_value v from c order by C.new_value offset 2 limit 1", [{"v": 10}]),
        ("select distinct c.partitionid p from c where C.new_value >= -1", [{"p": "p"}, {"p": "q"}]),
        ("select count(1) n, max(C.new_value) m, sum(C.new_value) s from c", [{"n": 7, "m": 50, "s": 150}]),
        ("select C.new_value v from c where C.new_value between 20 and 30", [{"v": 20}, {"v": 30}]),
        ("select C.new_value v from c where C.new_value not in (0) and C.new_value < 11", [{"v": 10}]),
        ("select c.props['new_value'] as v from c where contains(lower(C.new_name), 'r4')", [{"v": 40}]),
        ("select C.new_value v from c where startswith(C.new_name, 'r5', true) or 1 = 2", [{"v": 50}]),
        ("select C.new_name from c where C.new_name > 5", []),
        ("select C.new_name x from c where C.new_data.power != 3 and (C.new_value = 40 or 1 = 2)", [{"x": "R4"}]),
        ("select top 1 99999999999999999999 as x from c", [{"x": 1e20}]),
    ],
)
def test_what_a_query_of_documents_answers(readings: Api, text: str, expected: list[dict[str, Any]]) -> None:
    found = results(readings, text.replace("C.", "c.props."))
    in_order = "order by" in text
    assert (found if in_order else sorted(found, key=repr)) == (expected if in_order else sorted(expected, key=repr))


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("", 400),
        ("nonsense", 400),
        ("select", 400),
        ("select c.props.new_name", 400),
        ("select x.props.new_name from c", 400),
        ("select c.props.new_name from c where", 400),
        ("select c.props.new_name from c where c.props.new_value > @nope", 400),
        ("select c.props.new_name from c where " + "(" * 200 + "1", 400),
        ("select c.props.new_name, count(1) from c", 400),
        ("select c.props.new_name from c; drop table c", 400),
        ("select length() from c", 400),
        (f"select top {'9' * 5000} c.id from c", 400),
        ("select t from c join t in c.props.new_data.tags", 501),
        ("select c.props.new_name from c group by c.props.new_name", 501),
        ("select value c.id from c", 501),
        ("select (select 1) from c", 501),
        ("select sin(1) from c", 501),
    ],
)
def test_texts_that_are_no_query_are_refused(elastic: Api, text: str, status: int) -> None:
    assert ask(elastic, text).status == status


def test_documents_are_those_of_elastic_tables_alone(elastic: Api) -> None:
    text = "select c.props.name from c"
    assert ask(elastic, text, EntityLogicalName="'account'").error[:2] == (400, "0x80040203")
    assert ask(elastic, text, EntityLogicalName="'nope'").error[1] == "0x80041102"
    assert ask(elastic, text, PagingCookie="'nonsense'").status == 400
    keys = '{"Keys":["@a"],"Values":[]}'
    assert ask(elastic, text, QueryParameters=keys).status == 400
    for value in ("x", "9" * 30):
        number = f'{{"Keys":["@a"],"Values":[{{"Type":"System.Int32","Value":"{value}"}}]}}'
        assert ask(elastic, text, QueryParameters=number).status == 400
