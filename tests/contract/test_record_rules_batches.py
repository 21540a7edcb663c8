# ruff: noqa: E501 - tables read best with one step a line
"""Batches and bulk messages, rule by rule (the ids are the rows of contract 02 §7, §11, §12 and §19)."""

from __future__ import annotations

import re
from typing import Any

import pytest

from .batching import GUID, change_set, joined, part, send
from .conftest import MISSING, ROOT, Api
from .stepping import ABSENT, A, B, Step, rule, walk

D = "a0000000-0000-4000-8000-000000000003"
TYPE = "Microsoft.Dynamics.CRM."
ODATA = "0x80060888"
CONTINUE = {"Prefer": "odata.continue-on-error"}
BROKEN = part(f"PATCH accounts({MISSING})", {"name": "A"}, If_Match="*")
TOO_LONG = "A validation error occurred.  The length of the 'subject' attribute of the 'task' entity exceeded the maximum allowed length of '200'."
TARGETS = [
    {"@odata.type": TYPE + "account", "accountid": A, "name": "A"},
    {"@odata.type": f"#{TYPE}account", "accountid": B, "name": "B"},
]
NO_TYPE = {"Targets": [{"accountid": A, "name": "A"}]}


def bulk(name: str, status: int, *items: dict[str, Any], **expected: Any) -> Step:
    """A bulk message over accounts."""
    targets = [{"@odata.type": TYPE + "account", **item} for item in items]
    return Step(f"POST accounts/{TYPE}{name}", status, {"Targets": targets}, **expected)


def raw(api: Api, body: bytes, content_type: str = "multipart/mixed; boundary=b", **headers: str) -> Any:
    """Send a batch as it stands."""
    return api.send("POST", "$batch", body, {"Content-Type": content_type, **headers})


# ---- §11.1: the format -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content_type", "line_end"),
    [
        pytest.param("multipart/mixed; boundary=b", "\r\n", id="02 §11.1 p1"),
        pytest.param('multipart/mixed; boundary="b"', "\r\n", id="02 §11.1 p1 in quotes"),
        pytest.param("multipart/mixed;boundary=b", "\r\n", id="02 §11.1 p1 no blank"),
        pytest.param('Multipart/Mixed;Boundary="b"', "\r\n", id="02 §11.1 p1 another case"),
        pytest.param("multipart/mixed; boundary=b", "\n", id="02 §11.1 p1 LF"),
    ],
)
def test_batches_are_read(api: Api, content_type: str, line_end: str) -> None:
    body = joined("b", (part("POST accounts", {"name": "A"}), part("GET accounts?$select=name")))
    answer = raw(api, body.replace("\r\n", line_end).encode(), content_type)
    assert answer.status == 200
    assert "HTTP/1.1 204 No Content\r\n" in answer.text
    assert '"name":"A"' in answer.text


@pytest.mark.parametrize(
    "head",
    [
        pytest.param("Content-Type: application/http\r\nContent-Transfer-Encoding: binary", id="02 §11.1 p2"),
        pytest.param(
            "content-type: application/http\r\ncontent-transfer-encoding: binary\r\nContent-ID: 1\r\nContent-Length: 50",
            id="02 §11.1 p2 more headers",
        ),
        pytest.param(
            "Content-Transfer-Encoding:binary\r\nContent-Type:application/http; msgtype=request",
            id="02 §11.1 p2 type with a parameter",
        ),
    ],
)
def test_headers_of_parts(api: Api, head: str) -> None:
    answer = raw(api, f"--b\r\n{head}\r\n\r\nGET WhoAmI HTTP/1.1\r\nAccept: application/json\r\n\r\n--b--\r\n".encode())
    assert answer.status == 200
    assert "UserId" in answer.text


@rule("02 §11.1 p3")
def test_targets_of_parts(api: Api) -> None:
    query = "accounts?$select=name&$filter=name eq 'A B'"
    answers = send(
        api,
        part("POST accounts", {"accountid": A, "name": "A B"}),
        *(part(f"GET {root}{query}") for root in (ROOT, "/api/data/v9.2/", "")),
        change_set(part("POST accounts", {"name": "B"}, "1"), part("PATCH $1", {"name": "C"}, "2")),
    )
    assert answers.statuses == [204, 200, 200, 200, [204, 204]]
    assert all(one.json()["value"][0]["accountid"] == A for one in answers.parts[1:4])


@rule("02 §11.1 p4")
def test_headers_of_requests_in_parts(api: Api) -> None:
    api.new("accounts", accountid=A, name="A", revenue=5)
    annotated = {"Prefer": 'odata.include-annotations="*"'}
    typed = "Content-Type: application/http\r\n\r\nPATCH accounts({}) HTTP/1.1\r\nContent-Type: application/json; type=entry\r\n\r\n{{}}"
    answers = send(
        api,
        typed.format(A),
        part(f"PATCH accounts({A})?$select=name", {"name": "B"}, Prefer="return=representation"),
        part(f"GET accounts({A})?$select=revenue"),
        part(f"GET accounts({A})?$select=revenue", Prefer=annotated["Prefer"]),
        part("POST accounts", {"name": "B"}, MSCRM_SuppressDuplicateDetection="false").replace("MSCRM-", "MSCRM."),
        part(f"PATCH accounts({A})", {"name": "C"}, If_None_Match="*"),
        headers={**CONTINUE, "Prefer": f"odata.continue-on-error,{annotated['Prefer']}"},
    )
    assert answers.statuses == [204, 200, 200, 200, 412, 412]
    formatted = [any("FormattedValue" in name for name in answers.parts[index].json()) for index in (2, 3)]
    assert formatted == [False, True]


@rule("02 §11.1 p5")
def test_number_and_order_of_parts(api: Api) -> None:
    answers = send(
        api,
        *(part("POST competitors", {"name": str(number)}) for number in range(3)),
        part("GET competitors?$select=name&$orderby=createdon"),
    )
    assert answers.statuses == [204, 204, 204, 200]
    assert len(answers.parts[3].json()["value"]) == 3
    assert raw(api, b"--b\r\n\r\nGET WhoAmI HTTP/1.1\r\n" * 1000 + b"--b--").status == 200
    assert raw(api, b"--b\r\n\r\nGET WhoAmI HTTP/1.1\r\n" * 1001 + b"--b--").error[:2] == (400, ODATA)
    assert raw(api, b"--b\r\n\r\nPOST $batch HTTP/1.1\r\n--b--").error[:2] == (400, ODATA)


@rule("02 §11.1 p6")
def test_form_of_the_answer(api: Api) -> None:
    whole = send(api, part("POST accounts", {"accountid": A}), BROKEN, headers=CONTINUE).whole
    lines = whole.text.split("\r\n")
    boundary = whole.headers["content-type"].removeprefix("multipart/mixed; boundary=")
    url = f"{ROOT}accounts({A})"
    assert (whole.status, whole.headers["odata-version"]) == (200, "4.0")
    assert re.fullmatch(f"batchresponse_{GUID}", boundary)
    assert lines[:5] == [
        f"--{boundary}",
        "Content-Type: application/http",
        "Content-Transfer-Encoding: binary",
        "",
        "HTTP/1.1 204 No Content",
    ]
    assert {f"OData-EntityId: {url}", f"Location: {url}", "OData-Version: 4.0", "HTTP/1.1 404 Not Found"} < set(lines)
    assert any(re.fullmatch(f"REQ_ID: {GUID}", line) for line in lines)
    assert whole.text.rstrip().endswith(f"--{boundary}--")


@rule("02 §11.1 p7")
def test_json_batches_are_not_supported(api: Api) -> None:
    answer = raw(api, b'{"requests":[{"id":"1","method":"GET","url":"accounts"}]}', "application/json")
    assert answer.error[:2] == (400, ODATA)


# ---- §11.2: change sets ----------------------------------------------------------------------------------------------


@rule("02 §11.2 p1")
def test_change_sets_are_atomic(api: Api) -> None:
    answers = send(
        api, change_set(part("POST accounts", {"name": "A"}, "1"), part("POST tasks", {"subject": "x" * 201}, "2"))
    )
    assert answers.status == 400
    assert answers.parts[0].error == (400, "0x80044331", TOO_LONG)
    assert api.names("accounts?$select=name") == []
    read = joined("b", (change_set(part("GET accounts", None, "1")),))
    assert raw(api, read.encode()).error[:2] == (400, ODATA)


@rule("02 §11.2 p2")
def test_parts_of_change_sets_have_ids(api: Api) -> None:
    for ids in ((None,), ("1", "1")):
        body = joined("b", (change_set(*(part("POST accounts", {"name": "A"}, id) for id in ids)),))
        assert raw(api, body.encode()).error[:2] == (400, ODATA)
    assert api.names("accounts?$select=name") == []


@rule("02 §11.2 p3")
def test_form_of_the_answer_to_a_change_set(api: Api) -> None:
    whole = send(
        api, change_set(part("POST accounts", {"name": "A"}, "7"), part("POST accounts", {"name": "B"}, "8"))
    ).whole
    assert re.search(f"Content-Type: multipart/mixed; boundary=changesetresponse_{GUID}\r\n", whole.text)
    assert re.findall(r"Content-ID: (\d)\r\n", whole.text) == ["7", "8"]


@rule("02 §11.2 p4")
def test_failed_change_sets_answer_one_bare_part(api: Api) -> None:
    answers = send(api, change_set(part("POST accounts", {"name": "A"}, "1"), part("DELETE accounts(1)", None, "2")))
    assert answers.statuses == [400]
    assert "changesetresponse" not in answers.whole.text
    assert answers.parts[0].headers["content-type"] == "application/http"


@rule("02 §11.2 p5")
def test_references_to_earlier_parts(api: Api) -> None:
    answers = send(
        api,
        change_set(
            part("POST contacts", {"lastname": "L"}, "1"),
            part("POST accounts", {"accountid": A, "name": "A", "primarycontactid@odata.bind": "$1"}, "2"),
            part("PATCH $1", {"firstname": "F"}, "3"),
            part("PUT $1/lastname", {"value": "M"}, "4"),
            part("PUT $1/parentcustomerid_account/$ref", {"@odata.id": "$2"}, "5"),
        ),
    )
    assert answers.statuses == [[204] * 5]
    found = api.get(
        f"accounts({A})?$select=name&$expand=primarycontactid($select=fullname,_parentcustomerid_value)"
    ).json()
    assert (found["primarycontactid"]["fullname"], found["primarycontactid"]["_parentcustomerid_value"]) == ("F M", A)
    early = send(api, change_set(part("PATCH $1", {"name": "A"}, "2"), part("POST accounts", {"name": "A"}, "1")))
    assert early.parts[0].error == (400, ODATA, "Content-ID Reference: '$1' does not exist in the batch context.")


@rule("02 §11.2 p6")
def test_references_do_not_cross_change_sets(api: Api) -> None:
    create, bind = (
        part("POST contacts", {"lastname": "L"}, "1"),
        part("POST accounts", {"primarycontactid@odata.bind": "$1"}, "2"),
    )
    answers = send(api, change_set(create), change_set(bind), create, bind, headers=CONTINUE)
    assert answers.statuses == [[204], 400, 204, 400]


@rule("02 §7 r8")
def test_references_in_links(api: Api) -> None:
    answers = send(
        api,
        change_set(
            part("POST accounts", {"accountid": A, "name": "A"}, "1"),
            part("POST opportunities", {"name": "O"}, "2"),
            part("POST $1/opportunity_customer_accounts/$ref", {"@odata.id": "$2"}, "3"),
        ),
    )
    assert answers.statuses == [[204, 204, 204]]
    assert api.names(f"accounts({A})/opportunity_customer_accounts?$select=name") == ["O"]


# ---- §11.3: errors ---------------------------------------------------------------------------------------------------


@rule("02 §11.3 p1", "02 §19 p10")
def test_first_failure_gives_the_status(api: Api) -> None:
    long = part("POST tasks", {"subject": "x" * 201})
    answers = send(api, part("POST accounts", {"name": "A"}), long, part("POST accounts", {"name": "B"}))
    assert (answers.status, answers.statuses) == (400, [204, 400])
    assert answers.parts[1].error == (400, "0x80044331", TOO_LONG)
    assert answers.parts[1].reason == "Bad Request"
    assert re.fullmatch(GUID, answers.parts[1].answer["req_id"])
    assert answers.parts[1].answer["content-type"] == "application/json; odata.metadata=minimal"
    assert api.names("accounts?$select=name") == ["A"]
    assert send(api, BROKEN).status == 404


@pytest.mark.parametrize(
    "prefer",
    [
        pytest.param("odata.continue-on-error", id="02 §11.3 p2"),
        pytest.param("odata.continue-on-error=true", id="02 §11.3 p2 with a value"),
    ],
)
def test_going_on_after_failures(api: Api, prefer: str) -> None:
    answers = send(api, BROKEN, part("POST accounts", {"name": "B"}), BROKEN, headers={"Prefer": prefer})
    assert (answers.status, answers.statuses) == (200, [404, 204, 404])
    assert answers.whole.headers["preference-applied"] == prefer


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        pytest.param("application/json", b"{}", id="02 §11.3 p3"),
        pytest.param("multipart/mixed", b"--b--", id="02 §11.3 p3 no boundary"),
        pytest.param(
            "multipart/mixed; boundary=b",
            b"--b\r\n\r\nGET WhoAmI HTTP/1.1\r\n" * 1001 + b"--b--",
            id="02 §11.3 p3 too many parts",
        ),
        pytest.param("multipart/mixed; boundary=b", b"", id="02 §11.3 p3 nothing"),
        pytest.param("multipart/mixed; boundary=b", b"--b\r\n\r\nnonsense\r\n--b--", id="02 §11.3 p3 no request"),
    ],
)
def test_what_is_no_batch(api: Api, content_type: str, body: bytes) -> None:
    answer = raw(api, body, content_type)
    assert answer.error[:2] == (400, ODATA)
    assert answer.headers["content-type"] == "application/json; odata.metadata=minimal"


# ---- §12: bulk messages ----------------------------------------------------------------------------------------------

GIVEN = [
    Step("POST accounts", 204, {"accountid": A, "name": "A", "accountnumber": "K1"}),
    Step("POST accounts", 204, {"accountid": B, "name": "B", "accountnumber": "K2"}),
]


@pytest.mark.parametrize(
    "steps",
    [
        pytest.param([
            bulk("CreateMultiple", 200, {"name": "C", "accountid": D}, {"name": "E"}, shows={"@odata.context": f"<root>$metadata#{TYPE}CreateMultipleResponse"}),
            Step(f"GET accounts({D})/name", 200, shows={"value": "C"}),
            Step("GET accounts/$count", 200, shows="\ufeff4"),
        ], id="02 §12 r1"),
        pytest.param([
            bulk("UpdateMultiple", 204, {"accountid": A, "name": "1"}, {"@odata.id": f"accounts({B})", "name": "2"}, shows=b""),
            Step("GET accounts?$select=name&$orderby=name", 200, shows={"value": [{"name": "1", "accountid": A}, {"name": "2", "accountid": B}]}),
            bulk("UpdateMultiple", 204, {"@odata.id": "accounts(accountnumber='K1')", "name": "3"}),
            Step(f"GET accounts({A})/name", 200, shows={"value": "3"}),
            bulk("UpdateMultiple", 400, {"name": "no key"}),
        ], id="02 §12 r2"),
        pytest.param([
            bulk("UpsertMultiple", 204, {"accountid": D, "name": "new"}, {"@odata.id": "accounts(accountnumber='K1')", "name": "old"}, {"@odata.id": "accounts(accountnumber='K9')", "name": "made"}, shows=b"", has={"odata-entityid": ABSENT}),
            Step("GET accounts?$select=name,accountnumber&$orderby=name", 200, shows={"value": [{"name": "B"}, {"name": "made", "accountnumber": "K9"}, {"name": "new", "accountid": D}, {"name": "old", "accountid": A}]}),
        ], id="02 §12 r3"),
        pytest.param([
            bulk("DeleteMultiple", 501, {"accountid": A}, error=("0x80040219", "DeleteMultiple has not yet been implemented.")),
            Step("GET accounts/$count", 200, shows="\ufeff2"),
        ], id="02 §12 r4"),
        pytest.param([
            Step(f"POST accounts/{TYPE}CreateMultiple", 400, NO_TYPE, error=(ODATA, None)),
            Step(f"POST accounts/{TYPE}UpdateMultiple", 400, NO_TYPE, error=(ODATA, None)),
            Step(f"POST accounts/{TYPE}UpsertMultiple", 400, NO_TYPE, error=(ODATA, None)),
            Step(f"POST accounts/{TYPE}CreateMultiple", 400, {"Targets": [*TARGETS, {"@odata.type": TYPE + "contact", "lastname": "C"}]}, error=("0x80040203", None)),
            Step("GET accounts/$count", 200, shows="\ufeff2"),
        ], id="02 §12 p1"),
        pytest.param([
            bulk("CreateMultiple", 412, {"name": "C"}, {"accountid": A, "name": "again"}, error=("0x80040237", "Cannot insert duplicate key.")),
            bulk("UpdateMultiple", 400, {"accountid": A, "name": "1"}, {"accountid": B, "name": "x" * 161}, error=("0x80044331", None)),
            bulk("UpsertMultiple", 404, {"accountid": A, "name": "1"}, {"accountid": D, "parentaccountid@odata.bind": f"accounts({MISSING})"}, error=("0x80040217", None)),
            Step("GET accounts?$select=name&$orderby=name", 200, shows={"value": [{"name": "A"}, {"name": "B"}]}),
        ], id="02 §12 p2"),
        pytest.param([
            *(
                Step(f"GET sdkmessagefilters?$select=primaryobjecttypecode&$filter=sdkmessageid/name eq '{name}' and primaryobjecttypecode eq 'account'", 200, shows={"value": [{"primaryobjecttypecode": "account"}]})
                for name in ("CreateMultiple", "UpdateMultiple", "UpsertMultiple")
            ),
            Step("GET sdkmessagefilters?$select=primaryobjecttypecode&$filter=sdkmessageid/name eq 'DeleteMultiple' and primaryobjecttypecode eq 'account'", 200, shows={"value": []}),
        ], id="02 §12 p3"),
        pytest.param([
            bulk("CreateMultiple", 412, {"accountid": A}, error=("0x80040237", "Cannot insert duplicate key.")),
            bulk("UpdateMultiple", 404, {"accountid": MISSING, "name": "1"}, error=("0x80040217", f"Account With Ids = {MISSING} Do Not Exist")),
        ], id="02 §12 p4"),
        pytest.param([
            bulk("UpdateMultiple", 204, {"accountid": A, "name": "1"}),
            bulk("UpsertMultiple", 204, {"accountid": A, "name": "1"}),
            bulk("CreateMultiple", 200, {"name": "1"}),
        ], id="02 §19 p14"),
    ],
)  # fmt: skip
def test_bulk_messages(keyed: Api, steps: list[Step]) -> None:
    walk(keyed, [*GIVEN, *steps])
