"""Notes and attachments (contract 02 §13.3, 06 §7, 04 E-100 and E-101)."""

from __future__ import annotations

import base64
from typing import Any

from dataverse_emulator.service import DEFAULT_USER_ID

from .stepping import rule

HELLO = base64.b64encode(b"hello").decode()
TOO_BIG = base64.b64encode(bytes(5 * 1024 * 1024 + 1)).decode()


def test_a_note_tells_about_its_file(api: Any) -> None:
    account = api.new("accounts", name="Contoso")
    note = api.new(
        "annotations",
        subject="A",
        filename="a.txt",
        mimetype="text/plain",
        documentbody=HELLO,
        **{"objectid_account@odata.bind": f"/accounts({account})"},
    )
    row = api.get(f"annotations({note})").json()
    assert (row["isdocument"], row["filesize"], row["documentbody"]) == (True, 5, HELLO)
    assert (row["_objectid_value"], row["objecttypecode"]) == (account, "account")
    assert row["_ownerid_value"] == DEFAULT_USER_ID


def test_a_note_without_file_is_no_document(api: Any) -> None:
    note = api.new("annotations", subject="A", notetext="text")
    row = api.get(f"annotations({note})").json()
    assert (row["isdocument"], row["documentbody"], row["_objectid_value"]) == (False, None, None)


def test_lists_bring_the_file_only_where_it_is_selected(api: Any) -> None:
    api.new("annotations", subject="A", documentbody=HELLO)
    assert "documentbody" not in api.get("annotations").value[0]
    assert api.get("annotations?$select=documentbody").value[0]["documentbody"] == HELLO


@rule("02 §13.3 p2")
def test_documentbody_value_is_base64_text(api: Any) -> None:
    note = api.new("annotations", subject="A", documentbody=HELLO)
    answer = api.get(f"annotations({note})/documentbody/$value")
    assert (answer.status, answer.headers["content-type"], answer.text) == (200, "text/plain", HELLO)
    empty = api.new("annotations", subject="B")
    assert api.get(f"annotations({empty})/documentbody/$value").status == 204


def test_the_file_of_a_note_is_replaced_and_removed(api: Any) -> None:
    note = api.new("annotations", subject="A", documentbody=HELLO, filename="a.txt")
    assert api.patch(f"annotations({note})", {"documentbody": "QUI="}).status == 204
    assert api.get(f"annotations({note})?$select=filesize").json()["filesize"] == 2
    assert api.patch(f"annotations({note})", {"documentbody": None}).status == 204
    row = api.get(f"annotations({note})").json()
    assert (row["documentbody"], row["isdocument"]) == (None, False)


def test_a_file_over_the_limit_is_refused(api: Any) -> None:
    answer = api.post("annotations", {"subject": "A", "documentbody": TOO_BIG})
    assert answer.error == (400, "0x80044a02", "Attachment file size is too big.")
    note = api.new("annotations", subject="A")
    assert api.patch(f"annotations({note})", {"documentbody": TOO_BIG}).status == 400


def test_the_limit_is_a_setting_of_the_organization(api: Any) -> None:
    organization = api.get("organizations?$select=maxuploadfilesize").value[0]
    assert organization["maxuploadfilesize"] == 5 * 1024 * 1024
    api.patch(f"organizations({organization['organizationid']})", {"maxuploadfilesize": 4})
    assert api.post("annotations", {"documentbody": HELLO}).status == 400
    api.patch(f"organizations({organization['organizationid']})", {"maxuploadfilesize": 8 * 1024 * 1024})
    assert api.post("annotations", {"documentbody": TOO_BIG}).status == 204


def test_blocked_kinds_of_files_are_refused(api: Any) -> None:
    text = "The attachment is either not a valid type or is too large. It cannot be uploaded or downloaded."
    answer = api.post("annotations", {"subject": "A", "filename": "Run.EXE", "documentbody": HELLO})
    assert answer.error == (400, "0x80043E09", text)
    note = api.new("annotations", subject="A", filename="a.txt", documentbody=HELLO)
    assert api.patch(f"annotations({note})", {"filename": "a.js"}).status == 400


def test_notes_go_with_their_parent(api: Any) -> None:
    account = api.new("accounts", name="Contoso")
    bind = {"objectid_account@odata.bind": f"/accounts({account})"}
    note = api.new("annotations", subject="A", **bind)
    assert api.get(f"accounts({account})?$expand=Account_Annotation($select=subject)").json()["Account_Annotation"]
    api.delete(f"accounts({account})")
    assert api.get(f"annotations({note})").status == 404


@rule("02 §13.3 p1")
def test_attachments_bind_to_the_activity_and_to_its_own_table(api: Any) -> None:
    """Ruling R23."""
    email = api.new("emails", subject="Mail")
    for member in ("objectid_activitypointer", "objectid_email"):
        attachment = api.new(
            "activitymimeattachments",
            filename="a.txt",
            subject="A",
            body=HELLO,
            objecttypecode="email",
            **{f"{member}@odata.bind": f"/{'emails' if member.endswith('email') else 'activitypointers'}({email})"},
        )
        row = api.get(f"activitymimeattachments({attachment})").json()
        assert (row["filesize"], row["body"], row["_objectid_value"]) == (5, HELLO, email)
        raw = api.get(f"activitymimeattachments({attachment})/body/$value")
        assert (raw.headers["content-type"], raw.text) == ("text/plain", HELLO)
    assert "body" not in api.get("activitymimeattachments").value[0]


def test_attachments_over_the_limit_are_refused(api: Any) -> None:
    email = api.new("emails", subject="Mail")
    members = {"filename": "a.bin", "body": TOO_BIG, "objectid_email@odata.bind": f"/emails({email})"}
    assert api.post("activitymimeattachments", members).error[1] == "0x80044a02"


def test_contents_of_files_are_kept_behind_the_other_columns_of_a_row(api: Any) -> None:
    """Rows are read to the last column that is asked for: a list of notes never walks through their files."""
    for table, column in (("annotation", "documentbody"), ("activitymimeattachment", "body")):
        columns = api.service.store.database.fetch(f'PRAGMA table_info("{table}")')
        assert columns[-1][1] == column
