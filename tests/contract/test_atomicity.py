"""What takes several steps is done in full or not at all, whichever SQL statement fails (contract 02 §1.1, §11-§16).

Each write is tried again and again, each time with a failure one statement further, until it comes through.
"""

from __future__ import annotations

import base64
import json
import sqlite3
from collections.abc import Callable
from typing import Any

import pytest

from .conftest import Answer, Api
from .failing import FailingEverywhere

TYPE = "Microsoft.Dynamics.CRM."
IDS = [f"0f0f0f0f-0000-4000-8000-00000000000{number}" for number in range(1, 6)]
BINARY = {"Content-Type": "application/octet-stream", "x-ms-file-name": "a.txt"}
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGNgYGAAAAAEAAH2FzhVAAAAAElFTkSuQmCC"
NESTED = {"name": "A", "primarycontactid": {"lastname": "B"}, "Account_Tasks": [{"subject": "C"}, {"subject": "D"}]}

Attempt = Callable[[], Answer]


def family(api: Api) -> str:
    """An account with a row of each kind that hangs on accounts; its id."""
    account = api.new("accounts", name="A", parentaccountid={"name": "P"}, telephone1="1")
    bind = f"/accounts({account})"
    api.new("contacts", lastname="C", **{"parentcustomerid_account@odata.bind": bind})
    api.new("annotations", subject="N", documentbody="QQ==", filename="a", **{"objectid_account@odata.bind": bind})
    api.new("tasks", subject="T", **{"regardingobjectid_account_task@odata.bind": bind})
    api.new("accounts", name="Child", **{"parentaccountid@odata.bind": bind})
    lead = api.new("leads", subject="L", lastname="L")
    link = {"@odata.id": f"leads({lead})"}
    assert api.post(f"accounts({account})/accountleads_association/$ref", link).status == 204
    return account


def targets(table: str, *items: dict[str, Any]) -> dict[str, Any]:
    return {"Targets": [{"@odata.type": TYPE + table, **item} for item in items]}


def row(id: str, **members: Any) -> dict[str, Any]:
    return {"@odata.type": f"{TYPE}account", "accountid": id, **members}


def deep_insert(api: Api) -> Attempt:
    return lambda: api.post("accounts", NESTED)


def change_set(api: Api) -> Attempt:
    account = family(api)
    requests: list[tuple[str, Any]] = [
        ("POST leads", {"subject": "C", "lastname": "D"}),
        ("POST tasks", {"subject": "E", "regardingobjectid_lead_task@odata.bind": "$1"}),
        (f"PATCH accounts({account})", {"name": "F"}),
        (f"POST accounts({account})/accountleads_association/$ref", {"@odata.id": "$1"}),
    ]
    parts = [
        f"--c\r\nContent-Type: application/http\r\nContent-ID: {number}\r\n\r\n{line} HTTP/1.1\r\n"
        f"Content-Type: application/json\r\n\r\n{json.dumps(body)}\r\n"
        for number, (line, body) in enumerate(requests, 1)
    ]
    body = "--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n" + "".join(parts) + "--c--\r\n--b--\r\n"
    return lambda: api.send("POST", "$batch", body.encode(), {"Content-Type": "multipart/mixed; boundary=b"})


def create_multiple(api: Api) -> Attempt:
    body = targets("account", *({"name": id, "address1_city": "A"} for id in IDS), NESTED)
    return lambda: api.post(f"accounts/{TYPE}CreateMultiple", body)


def update_multiple(api: Api) -> Attempt:
    for id in IDS:
        api.new("accounts", accountid=id, name="old")
    body = targets("account", *({"accountid": id, "name": "new", "address1_city": "A"} for id in IDS))
    return lambda: api.post(f"accounts/{TYPE}UpdateMultiple", body)


def upsert_multiple(api: Api) -> Attempt:
    for id in IDS[:2]:
        api.new("accounts", accountid=id, name="old")
    body = targets("account", *({"accountid": id, "name": "new", "address1_city": "A"} for id in IDS))
    return lambda: api.post(f"accounts/{TYPE}UpsertMultiple", body)


def qualify_lead(api: Api) -> Attempt:
    lead = api.new("leads", subject="L", lastname="L", companyname="C")
    api.new("tasks", subject="T", **{"regardingobjectid_lead_task@odata.bind": f"leads({lead})"})
    api.new("annotations", subject="N", **{"objectid_lead@odata.bind": f"leads({lead})"})
    body = {"CreateAccount": True, "CreateContact": True, "CreateOpportunity": True, "Status": 3}
    return lambda: api.post(f"leads({lead})/{TYPE}QualifyLead", body)


def merge(api: Api) -> Attempt:
    target, subordinate = api.new("accounts", name="Stays"), family(api)
    body = {
        "Target": row(target),
        "Subordinate": row(subordinate),
        "UpdateContent": row("00000000-0000-0000-0000-000000000000", telephone1="1", address1_city="B"),
        "PerformParentingChecks": False,
    }
    return lambda: api.post("Merge", body)


def cascading_delete(api: Api) -> Attempt:
    account = family(api)
    return lambda: api.delete(f"accounts({account})")


def cascading_owner(api: Api) -> Attempt:
    account, team = family(api), api.get("teams?$select=teamid&$top=1").value[0]["teamid"]
    return lambda: api.patch(f"accounts({account})", {"ownerid@odata.bind": f"/teams({team})"})


def parties(api: Api) -> Attempt:
    contact = api.new("contacts", lastname="C")
    first = {"partyid_contact@odata.bind": f"contacts({contact})", "participationtypemask": 2}
    email = api.new("emails", subject="E", email_activity_parties=[first])
    body = {"value": [{**first, "participationtypemask": 3}, {**first, "participationtypemask": 4}]}
    return lambda: api.put(f"emails({email})/email_activity_parties", body)


def job(api: Api) -> str:
    return f"asyncoperations({api.new('asyncoperations', name='Job')})"


def file_at_once(api: Api) -> Attempt:
    path = f"{job(api)}/datablobid"
    assert api.send("PATCH", path, b"old", BINARY).status == 204
    return lambda: api.send("PATCH", path, b"x" * 600_000, BINARY)


def last_chunk(api: Api) -> Attempt:
    path = f"{job(api)}/datablobid"
    assert api.send("PATCH", path, b"old", BINARY).status == 204
    start = api.send("PATCH", f"{path}?x-ms-file-name=a", None, {"x-ms-transfer-mode": "chunked"}).headers["location"]
    assert api.send("PATCH", start, b"abc", {**BINARY, "Content-Range": "bytes 0-2/5"}).status == 206
    return lambda: api.send("PATCH", start, b"de", {**BINARY, "Content-Range": "bytes 3-4/5"})


def blocks(api: Api, message: str, body: dict[str, Any]) -> dict[str, Any]:
    """Upload three blocks; what a commit has to name."""
    token = api.post(message, body).json()["FileContinuationToken"]
    names = [base64.b64encode(name).decode() for name in (b"1", b"2", b"3")]
    for name in names:
        block = {"BlockId": name, "BlockData": "QUJD", "FileContinuationToken": token}
        assert api.post("UploadBlock", block).status == 204
    return {"BlockList": names[1:], "FileContinuationToken": token}


def file_commit(api: Api) -> Attempt:
    path = job(api)
    assert api.send("PATCH", f"{path}/datablobid", b"old", BINARY).status == 204
    target = {"@odata.type": f"{TYPE}asyncoperation", "asyncoperationid": path[16:-1]}
    start = {"Target": target, "FileName": "a.txt", "FileAttributeName": "datablobid"}
    body = blocks(api, "InitializeFileBlocksUpload", start)
    return lambda: api.post("CommitFileBlocksUpload", {**body, "FileName": "b.txt", "MimeType": "text/x"})


def note_commit(api: Api) -> Attempt:
    target = {"@odata.type": f"{TYPE}annotation", "subject": "N", "filename": "a.txt", "mimetype": "text/plain"}
    body = blocks(api, "InitializeAnnotationBlocksUpload", {"Target": target})
    return lambda: api.post("CommitAnnotationBlocksUpload", {**body, "Target": target})


def note_commit_again(api: Api) -> Attempt:
    note = api.new("annotations", subject="O", filename="o.txt", documentbody="QQ==")
    target = {"@odata.type": f"{TYPE}annotation", "annotationid": note, "subject": "N", "filename": "a.txt"}
    body = blocks(api, "InitializeAnnotationBlocksUpload", {"Target": target})
    return lambda: api.post("CommitAnnotationBlocksUpload", {**body, "Target": target})


def attachment_commit(api: Api) -> Attempt:
    target = {"@odata.type": f"{TYPE}activitymimeattachment", "filename": "a.txt", "objecttypecode": "email"}
    target["objectid_email@odata.bind"] = f"emails({api.new('emails', subject='E')})"
    body = blocks(api, "InitializeAttachmentBlocksUpload", {"Target": target})
    return lambda: api.post("CommitAttachmentBlocksUpload", {**body, "Target": target})


def block(api: Api) -> Attempt:
    target = {"@odata.type": f"{TYPE}asyncoperation", "asyncoperationid": job(api)[16:-1]}
    start = {"Target": target, "FileName": "a.txt", "FileAttributeName": "datablobid"}
    body = blocks(api, "InitializeFileBlocksUpload", start)
    again = {"BlockId": body["BlockList"][0], "BlockData": "REVGRw==", "FileContinuationToken": ""}
    return lambda: api.post("UploadBlock", {**again, "FileContinuationToken": body["FileContinuationToken"]})


def file_deleted(api: Api) -> Attempt:
    path = job(api)
    assert api.send("PATCH", f"{path}/datablobid", b"old", BINARY).status == 204
    file = api.get(f"{path}?$select=datablobid").json()["datablobid"]
    return lambda: api.post("DeleteFile", {"FileId": file})


def file_removed(api: Api) -> Attempt:
    path = f"{job(api)}/datablobid"
    assert api.send("PATCH", path, b"old", BINARY).status == 204
    return lambda: api.delete(path)


def delete_with_file(api: Api) -> Attempt:
    path = job(api)
    assert api.send("PATCH", f"{path}/datablobid", b"old", BINARY).status == 204
    return lambda: api.delete(path)


def image(api: Api) -> Attempt:
    account = api.new("accounts", name="A", entityimage=PIXEL)
    return lambda: api.patch(f"accounts({account})", {"entityimage": PIXEL, "name": "B"})


def image_upload(api: Api) -> Attempt:
    api.service.catalog.table("account").column("entityimage").can_store_full_image = True
    path = f"accounts({api.new('accounts', name='A', entityimage=PIXEL)})/entityimage"
    return lambda: api.send("PATCH", path, base64.b64decode(PIXEL), BINARY)


def image_commit(api: Api) -> Attempt:
    api.service.catalog.table("account").column("entityimage").can_store_full_image = True
    account = api.new("accounts", name="A", entityimage=PIXEL)
    start = {"Target": row(account), "FileName": "a.png", "FileAttributeName": "entityimage"}
    token = api.post("InitializeFileBlocksUpload", start).json()["FileContinuationToken"]
    assert api.post("UploadBlock", {"BlockId": "MQ==", "BlockData": PIXEL, "FileContinuationToken": token}).status < 300
    body = {"FileName": "a.png", "MimeType": "image/png", "BlockList": ["MQ=="], "FileContinuationToken": token}
    return lambda: api.post("CommitFileBlocksUpload", body)


@pytest.mark.parametrize(
    "prepare",
    [
        deep_insert,
        change_set,
        create_multiple,
        update_multiple,
        upsert_multiple,
        qualify_lead,
        merge,
        cascading_delete,
        cascading_owner,
        parties,
        file_at_once,
        last_chunk,
        file_commit,
        note_commit,
        note_commit_again,
        attachment_commit,
        block,
        file_deleted,
        file_removed,
        delete_with_file,
        image,
        image_upload,
        image_commit,
    ],
    ids=lambda prepare: prepare.__name__.replace("_", " "),
)
def test_nothing_is_left_of_a_write_that_fails_at_any_statement(api: Api, prepare: Callable[[Api], Attempt]) -> None:
    attempt = prepare(api)
    failing = FailingEverywhere.before(api.service.store, sqlite3.OperationalError("disk I/O error"))
    before = failing.content()
    for number in range(2000):
        failing.working = number
        answer = attempt()
        failing.working = -1
        if answer.status < 300:
            break
        assert answer.status == 500, answer.text
        assert failing.content() == before, number
    assert 4 < number < 1999
    assert failing.content() != before
