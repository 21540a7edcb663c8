"""``$batch`` and change sets (contract 02 §11, 04 E-35e and E-90 to E-94, 09 §3)."""

from __future__ import annotations

import re

import pytest

from dataverse_emulator.errors import error

from .batching import GUID, change_set, joined, part, send
from .conftest import MISSING, ROOT, Api
from .failing import FailingDatabase

ID = "0f0f0f0f-0000-4000-8000-000000000001"
QUALIFY = {"CreateAccount": False, "CreateContact": True, "CreateOpportunity": True, "Status": 3}
CONTINUE = {"Prefer": "odata.continue-on-error"}


# ---- plain parts -----------------------------------------------------------------------------------------------------


def test_parts_are_answered_in_their_order(api: Api) -> None:
    answers = send(
        api,
        part("POST /api/data/v9.2/accounts", {"name": "A", "accountid": ID}),
        part(f"GET {ROOT}accounts({ID})?$select=name"),
        part(f"PATCH accounts({ID})", {"name": "B"}, Prefer="return=representation"),
        part(f"DELETE accounts({ID})"),
        part("GET accounts/$count"),
    )
    assert answers.status == 200
    assert answers.statuses == [204, 200, 200, 204, 200]
    created, read, updated, deleted, counted = answers.parts
    assert created.answer["odata-entityid"] == created.answer["location"] == f"{ROOT}accounts({ID})"
    assert created.body == deleted.body == b""
    assert read.json()["name"] == "A"
    assert read.answer["content-type"] == "application/json; odata.metadata=minimal"
    assert read.answer["etag"] == read.json()["@odata.etag"]
    assert updated.json()["name"] == "B"
    assert updated.answer["preference-applied"] == "return=representation"
    assert counted.body.decode("utf-8-sig") == "0"
    assert counted.answer["content-type"].startswith("text/plain")


def test_part_is_answered_as_the_single_request_would_be(api: Api) -> None:
    id = api.new("accounts", name="A")
    query = f"accounts({id})?$select=name,_ownerid_value&$expand=owninguser($select=fullname)"
    annotated = 'odata.include-annotations="*"'
    (answer,) = send(api, part(f"GET {query}", Prefer=annotated)).parts
    assert answer.json() == api.get(query, Prefer=annotated).json()


def test_part_has_no_headers_that_speak_of_the_connection(api: Api) -> None:
    answers = send(
        api, part("GET WhoAmI"), part("GET accounts"), part("DELETE accounts/$count"), headers=CONTINUE
    ).parts
    assert [set(one.answer) for one in answers[:2]] == [{"content-type", "odata-version"}] * 2
    assert set(answers[2].answer) == {"content-type", "odata-version", "allow", "req_id"}


@pytest.mark.parametrize("root", [ROOT, "/api/data/v9.2/", "", "https://elsewhere.example/api/data/v9.2/"])
def test_target_is_relative_or_absolute(api: Api, root: str) -> None:
    (answer,) = send(api, part(f"GET {root}accounts?$top=1&$filter=name eq 'A  B'")).parts
    assert answer.status == 200
    assert answer.json()["@odata.context"].startswith(f"{ROOT}$metadata#accounts")


def test_blanks_in_the_url_of_a_part_need_not_be_encoded(api: Api) -> None:
    api.new("accounts", name="A  B+Æ")
    (answer,) = send(api, part("GET accounts?$select=name&$filter=name eq 'A  B%2B%C3%86'")).parts
    assert [row["name"] for row in answer.json()["value"]] == ["A  B+Æ"]


def test_url_of_a_part_may_have_64_kilobytes(api: Api) -> None:
    def read(length: int) -> str:
        start = "accounts?$top=1&$filter=name eq '"
        return start.replace(" ", "%20") + "x" * (length - len("/api/data/v9.2/") - len(start) - 4) + "'"

    assert api.get(read(40_000)).status == 404
    assert send(api, part(f"GET {read(65_500)}")).statuses == [200]
    assert send(api, part(f"GET {read(66_000)}")).statuses == [404]


def test_content_id_is_repeated_outside_change_sets_too(api: Api) -> None:
    answers = send(api, part("GET WhoAmI", content_id="a-1"), part("GET WhoAmI"))
    assert [one.headers.get("content-id") for one in answers.parts] == ["a-1", None]


def test_lines_may_end_with_lf_alone(api: Api) -> None:
    body = '--b\nContent-Type:application/http\n\nPOST accounts HTTP/1.1\n\n\n\n{"name": "A"}\n\n--b--'
    answer = api.send("POST", "$batch", body.encode(), {"Content-Type": 'multipart/mixed;boundary="b"'})
    assert answer.status == 200
    assert b"HTTP/1.1 204 No Content" in answer.body


def test_headers_of_the_batch_do_not_spread_to_its_parts(api: Api) -> None:
    annotated = {"Prefer": 'odata.include-annotations="*"', "If-None-Match": "*"}
    id = api.new("accounts", name="A")
    read, written = send(
        api,
        part(f"GET accounts({id})?$select=statecode"),
        part(f"PATCH accounts({id})", {"name": "B"}),
        headers=annotated,
    ).parts
    assert not [name for name in read.json() if "FormattedValue" in name]
    assert written.status == 204


def test_impersonation_is_a_matter_of_each_part(api: Api) -> None:
    other = api.new("systemusers", domainname="o@x", firstname="O", lastname="X", internalemailaddress="o@x.example")
    me = api.get("WhoAmI").json()["UserId"]
    parts = part("GET WhoAmI"), part("GET WhoAmI", MSCRMCallerID=other)
    answers = send(api, *parts, headers={"MSCRMCallerID": other})
    assert [one.json()["UserId"] for one in answers.parts] == [me, other]


# ---- failures --------------------------------------------------------------------------------------------------------

BROKEN = part(f"PATCH accounts({MISSING})", {"name": "A"}, If_Match="*")


def test_first_failure_ends_the_batch_and_gives_it_its_status(api: Api) -> None:
    answers = send(api, part("POST accounts", {"name": "A"}), BROKEN, part("POST accounts", {"name": "B"}))
    assert answers.status == 404
    assert answers.statuses == [204, 404]
    assert answers.parts[1].error == (404, "0x80040217", f"account With Id = {MISSING} Does Not Exist")
    assert re.fullmatch(GUID, answers.parts[1].answer["req_id"])
    assert api.names("accounts?$select=name") == ["A"]


def test_client_may_want_to_go_on_after_failures(api: Api) -> None:
    answers = send(
        api,
        BROKEN,
        part("POST accounts", {"nope": 1}),
        change_set(part("POST leads", {"nope": 1}, "1")),
        part("POST accounts", {"name": "B"}),
        headers=CONTINUE,
    )
    assert answers.status == 200
    assert answers.statuses == [404, 400, 400, 204]
    assert api.names("accounts?$select=name") == ["B"]


def test_error_of_a_part_is_that_of_the_single_request(api: Api) -> None:
    body = {"name": "x" * 1000}
    (answer,) = send(api, part("POST accounts", body)).parts
    assert answer.error == api.post("accounts", body).error
    assert answer.reason == "Bad Request"


@pytest.mark.parametrize(
    ("content_type", "body", "text"),
    [
        ("application/json", b'{"requests": []}', "'multipart/mixed'"),
        ("multipart/mixed", b"--b--", "'boundary'"),
        (None, b"--b--", ""),
        ("multipart/mixed; boundary=b", b"no delimiter", "the boundary 'b' was not found"),
        ("multipart/mixed; boundary=b", b"", "the boundary 'b' was not found"),
        ("multipart/mixed; boundary=b", b"--b\n\nPOST $batch HTTP/1.1\n--b--", "another batch"),
        ("multipart/mixed; boundary=b", b"--b\n\nGET WhoAmI HTTP/1.1\n" * 1001 + b"--b--", "limit of 1,000"),
    ],
    ids=["json", "no boundary", "no type", "no delimiter", "no body", "batch in a batch", "too many parts"],
)
def test_what_is_no_batch_is_refused_as_a_whole(api: Api, content_type: str | None, body: bytes, text: str) -> None:
    headers = {} if content_type is None else {"Content-Type": content_type}
    answer = api.send("POST", "$batch", body, headers)
    assert answer.error[:2] == (400, "0x80060888")
    assert text in answer.error[2]


@pytest.mark.parametrize(
    ("inner", "text"),
    [
        (part("GET accounts", content_id="2"), "GET"),
        (part("DELETE accounts", None), "Content-ID"),
        (change_set(part("POST accounts", {}, "2")), "another change set"),
    ],
    ids=["read", "no id", "change set"],
)
def test_nothing_of_a_batch_runs_when_a_change_set_is_malformed(api: Api, inner: str, text: str) -> None:
    create = part("POST accounts", {"name": "A"})
    body = joined("b", (create, change_set(part("POST accounts", {"name": "B"}, "1"), inner)))
    answer = api.send("POST", "$batch", body.encode(), {"Content-Type": "multipart/mixed; boundary=b"})
    assert answer.error[:2] == (400, "0x80060888")
    assert text in answer.error[2]
    assert api.names("accounts?$select=name") == []


def test_batch_takes_post_alone(api: Api) -> None:
    assert api.get("$batch").status == 405


# ---- change sets -----------------------------------------------------------------------------------------------------


def test_change_set_is_answered_as_one_part_with_the_ids_of_its_requests(api: Api) -> None:
    answers = send(
        api,
        part("GET accounts/$count"),
        change_set(part("POST accounts", {"name": "A"}, "7"), part("POST contacts", {"lastname": "B"}, "lead-1")),
        part("GET accounts/$count"),
    )
    assert answers.statuses == [200, [204, 204], 200]
    assert [one.headers["content-id"] for one in answers.parts[1]] == ["7", "lead-1"]
    assert [one.body.decode("utf-8-sig") for one in (answers.parts[0], answers.parts[2])] == ["0", "1"]


def test_failure_in_a_change_set_undoes_all_of_it_and_is_answered_alone(api: Api) -> None:
    kept = api.new("accounts", name="old")
    answers = send(
        api,
        change_set(
            part("POST accounts", {"name": "A"}, "1"),
            part(f"PATCH accounts({kept})", {"name": "new"}, "2"),
            part(f"DELETE contacts({MISSING})", None, "3"),
            part("POST accounts", {"name": "B"}, "4"),
        ),
    )
    assert answers.status == 404
    (problem,) = answers.parts
    assert problem.error == (404, "0x80040217", f"contact With Id = {MISSING} Does Not Exist")
    assert problem.headers["content-id"] == "3"
    assert api.names("accounts?$select=name") == ["old"]


def test_what_came_before_a_failed_change_set_stays(api: Api) -> None:
    answers = send(
        api,
        part("POST accounts", {"name": "A"}),
        change_set(part("POST accounts", {"name": "B"}, "1")),
        change_set(part("POST accounts", {"name": "C"}, "1"), part("POST accounts", {"nope": 1}, "2")),
        change_set(part("POST accounts", {"name": "D"}, "1")),
    )
    assert answers.status == 400
    assert answers.statuses == [204, [204], 400]
    assert sorted(api.names("accounts?$select=name")) == ["A", "B"]


def test_earlier_part_is_referred_to_in_urls_binds_and_references(api: Api) -> None:
    answers = send(
        api,
        change_set(
            part("POST accounts", {"name": "A"}, "1"),
            part("POST contacts", {"lastname": "B", "parentcustomerid_account@odata.bind": "$1"}, "2"),
            part("PATCH $1", {"telephone1": "1", "primarycontactid@odata.bind": "$2"}, "3"),
            part("PUT $2/firstname", {"value": "C"}, "4"),
            part("POST leads", {"subject": "D", "lastname": "$2"}, "5"),
            part("PUT $5/parentcontactid/$ref", {"@odata.id": "$2"}, "6"),
            part("POST competitors", {"name": "E"}, "7"),
            part("POST $1/contact_customer_accounts", {"lastname": "F"}, "new"),
            part("POST tasks", {"subject": "T", "regardingobjectid_account_task@odata.bind": "$1"}, "8"),
            part("DELETE $new", None, "9"),
        ),
    )
    assert answers.statuses == [[204] * 10]
    account, contact = (one.id for one in answers.parts[0][:2])
    assert answers.parts[0][2].answer["odata-entityid"] == f"{ROOT}accounts({account})"
    row = api.get(f"accounts({account})?$select=telephone1,_primarycontactid_value").json()
    assert (row["telephone1"], row["_primarycontactid_value"]) == ("1", contact)
    assert api.names(f"accounts({account})/contact_customer_accounts?$select=fullname", "fullname") == ["C B"]
    (lead,) = api.get("leads?$select=lastname,_parentcontactid_value").value
    assert (lead["lastname"], lead["_parentcontactid_value"]) == ("$2", contact)
    assert api.names(f"accounts({account})/Account_Tasks?$select=subject", "subject") == ["T"]


@pytest.mark.parametrize("link", ["$id=$2", "%24id=%242", "tag=x&$id=$2"])
def test_link_to_an_earlier_part_is_removed(api: Api, link: str) -> None:
    answers = send(
        api,
        change_set(
            part("POST leads", {"lastname": "A"}, "1"),
            part("POST accounts", {"name": "B", "accountleads_association@odata.bind": ["$1"]}, "2"),
            part(f"DELETE $1/accountleads_association/$ref?{link}", None, "3"),
        ),
        part("GET leads?$select=lastname&$filter=accountleads_association/any()"),
    )
    assert answers.statuses == [[204] * 3, 200]
    assert answers.parts[1].json()["value"] == []


def test_link_to_no_earlier_part_is_refused(api: Api) -> None:
    account = api.new("accounts", name="A")
    removal = f"DELETE accounts({account})/accountleads_association/$ref?$id=$9"
    answers = send(api, change_set(part("POST leads", {"lastname": "B"}, "1"), part(removal, None, "2")))
    text = "Content-ID Reference: '$9' does not exist in the batch context."
    assert answers.parts[0].error == (400, "0x80060888", text)


@pytest.mark.parametrize("target", ["$1", f"{ROOT}$1", "/api/data/v9.2/$1", "%241"])
def test_reference_may_stand_behind_the_root(api: Api, target: str) -> None:
    answers = send(api, change_set(part("POST accounts", {"name": "A"}, "1"), part(f"DELETE {target}", None, "2")))
    assert answers.statuses == [[204, 204]]


def test_list_of_references_is_bound(api: Api) -> None:
    answers = send(
        api,
        change_set(
            part("POST contacts", {"lastname": "A"}, "1"),
            part("POST contacts", {"lastname": "B"}, "2"),
            part("POST accounts", {"name": "C", "contact_customer_accounts@odata.bind": ["$1", "$2"]}, "3"),
        ),
    )
    account = answers.parts[0][2].id
    names = api.names(f"accounts({account})/contact_customer_accounts?$select=lastname", "lastname")
    assert sorted(names) == ["A", "B"]


def test_text_that_looks_like_a_bind_stays_as_it_is(api: Api) -> None:
    text = '"x@odata.bind": "$1", ["$1"] \\'
    answers = send(
        api,
        change_set(
            part("POST accounts", {"name": "A"}, "1"),
            part("POST accounts", {"description": text, "name": "$1", "parentaccountid@odata.bind": "$1"}, "2"),
        ),
    )
    first, second = (one.id for one in answers.parts[0])
    row = api.get(f"accounts({second})").json()
    assert (row["description"], row["name"], row["_parentaccountid_value"]) == (text, "$1", first)


def test_row_that_is_shown_can_be_referred_to(api: Api) -> None:
    shown = "return=representation"
    answers = send(
        api,
        change_set(
            part("POST contacts?$select=lastname", {"lastname": "A"}, "1", Prefer=shown),
            part("PATCH $1?$select=fullname", {"firstname": "B"}, "2", Prefer=shown),
            part("PATCH $2", {"jobtitle": "C"}, "3"),
        ),
    )
    assert answers.statuses == [[201, 200, 204]]
    assert answers.parts[0][1].json()["fullname"] == "B A"
    assert api.names("contacts?$select=jobtitle", "jobtitle") == ["C"]


def test_reference_keeps_an_alternate_key(keyed: Api) -> None:
    answers = send(
        keyed,
        change_set(
            part("PATCH accounts(accountnumber='K%2F1')", {"name": "A"}, "1"),
            part("POST contacts", {"lastname": "B", "parentcustomerid_account@odata.bind": "$1"}, "2"),
            part("PATCH $1", {"telephone1": "2"}, "3"),
        ),
    )
    assert answers.statuses == [[204, 204, 204]]
    assert keyed.names("accounts?$select=accountnumber,telephone1", "telephone1") == ["2"]
    assert (
        keyed.get("contacts?$expand=parentcustomerid_account($select=name)").value[0]["parentcustomerid_account"][
            "name"
        ]
        == "A"
    )


UNKNOWN = "Content-ID Reference: '$2' does not exist in the batch context."


@pytest.mark.parametrize(
    "request_",
    [
        part("PATCH $2", {"name": "A"}, "1"),
        part("PUT $2/primarycontactid/$ref", {"@odata.id": "contacts"}, "1"),
        part("POST accounts", {"name": "A", "primarycontactid@odata.bind": "$2"}, "1"),
        part(f"POST accounts({ID})/contact_customer_accounts/$ref", {"@odata.id": "$2"}, "1"),
    ],
    ids=["url", "start of a url", "bind", "reference"],
)
def test_reference_to_a_later_part_is_unknown(api: Api, request_: str) -> None:
    api.new("accounts", accountid=ID, name="A")
    answers = send(api, change_set(request_, part("POST contacts", {"lastname": "B"}, "2")))
    assert answers.parts[0].error == (400, "0x80060888", UNKNOWN)
    assert answers.status == 400
    assert api.names("contacts?$select=lastname", "lastname") == []


def test_references_end_with_their_change_set(api: Api) -> None:
    create = part("POST contacts", {"lastname": "B"}, "2")
    bind = part("POST accounts", {"name": "A", "primarycontactid@odata.bind": "$2"}, "1")
    answers = send(api, change_set(create), change_set(bind), create, bind, part("PATCH $2", {}), headers=CONTINUE)
    assert answers.statuses == [[204], 400, 204, 400, 400]
    for index in (1, 3, 4):
        assert answers.parts[index].error[2] == UNKNOWN


def test_deleted_row_cannot_be_referred_to(api: Api) -> None:
    id = api.new("accounts", name="A")
    answers = send(api, change_set(part(f"DELETE accounts({id})", None, "2"), part("PATCH $2", {}, "3")))
    assert answers.parts[0].error[2] == UNKNOWN
    assert api.names("accounts?$select=name") == ["A"]


@pytest.mark.parametrize("entity_set", ["competitors", "accounts", "tasks"])
def test_change_set_of_creates_takes_as_many_statements_as_one_create(api: Api, entity_set: str) -> None:
    rows = [part(f"POST {entity_set}", {}, str(number)) for number in range(50)]
    if entity_set == "competitors":
        rows = [part("POST competitors", {"name": str(number)}, str(number)) for number in range(50)]
    send(api, change_set(rows[0]))  # reads the organization's settings once
    alone, together = [], []
    for parts, counts in ((rows[:1], alone), (rows, together)):
        before = api.service.store.statements
        assert send(api, change_set(*parts)).status == 200
        counts.append(api.service.store.statements - before)
    assert together == alone


def test_key_that_exists_fails_the_part_that_gives_it(api: Api) -> None:
    key = "0f0f0f0f-0000-4000-8000-000000000001"
    bodies = [{"name": "A"}, {"name": "B", "accountid": key}, {"name": "C"}, {"name": "D", "accountid": key}]
    parts = [part("POST accounts", body, str(number)) for number, body in enumerate(bodies)]
    answers = send(api, change_set(*parts))
    assert [(one.status, one.headers["content-id"]) for one in answers.parts] == [(412, "3")]
    assert api.names("accounts?$select=name") == []


def test_key_of_an_address_that_exists_fails_the_part_that_gives_it(api: Api) -> None:
    key = "0f0f0f0f-0000-4000-8000-000000000001"
    bodies = [{"name": "A"}, {"name": "B", "address1_addressid": key}, {"name": "C", "address2_addressid": key}]
    parts = [part("POST accounts", body, str(number)) for number, body in enumerate(bodies)]
    answers = send(api, change_set(*parts))
    assert [(one.status, one.headers["content-id"]) for one in answers.parts] == [(412, "2")]
    assert api.get("customeraddresses/$count").text.lstrip("\ufeff") == "0"


def test_parts_see_the_rows_of_those_before_them(api: Api) -> None:
    answers = send(
        api,
        change_set(
            part("POST accounts", {"name": "A"}, "1"),
            part("POST contacts", {"lastname": "B", "parentcustomerid_account@odata.bind": "$1"}, "2"),
            part("PATCH $1", {"telephone1": "5"}, "3"),
            part("PATCH $1", {"telephone2": "6"}, "4", Prefer="return=representation"),
            part("DELETE $2", None, "5"),
        ),
    )
    assert answers.statuses == [[204, 204, 204, 200, 204]]
    assert answers.parts[0][3].json()["telephone1"] == "5"
    assert (api.names("accounts?$select=telephone2", "telephone2"), api.get("contacts").value) == (["6"], [])


# ---- atomicity -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("failure", [error("Unexpected"), OSError("disk full")], ids=["error", "crash"])
def test_change_set_changes_nothing_wherever_it_fails(api: Api, failure: Exception) -> None:
    store = api.service.store
    account = api.new("accounts", name="A", contact_customer_accounts=[{"lastname": "B"}])
    contact = api.get("contacts?$select=contactid").value[0]["contactid"]
    everything = change_set(
        part("POST leads", {"subject": "C", "lastname": "D", "revenue": 5}, "1"),
        part("POST tasks", {"subject": "E", "regardingobjectid_lead_task@odata.bind": "$1"}, "2"),
        part(f"PATCH accounts({account})", {"name": "F", "primarycontactid@odata.bind": f"contacts({contact})"}, "3"),
        part("POST $1/Microsoft.Dynamics.CRM.QualifyLead", QUALIFY, "4"),
        part(f"DELETE accounts({account})", None, "5"),
    )
    failing = FailingDatabase.before(store, failure)
    before = failing.content()
    for number in range(500):
        failing.working = number
        answers = send(api, part("GET accounts/$count"), everything)
        if answers.status == 200:
            break
        assert answers.statuses == [200, 500]
        assert failing.content() == before
    assert number > 20
    assert answers.statuses == [200, [204, 204, 204, 200, 204]]
    assert api.names("accounts?$select=name") == []
