"""Activities, their parties and dates; notes and attachments (contract 06 §6, §7)."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from dataverse_emulator.values import Reference


def party(bench: Any, role: int, **values: Any) -> Any:
    return bench.record("activityparty", {"participationtypemask": role, **values})


def parties(bench: Any, activity: Reference) -> dict[int, list[dict[str, Any]]]:
    found: dict[int, list[dict[str, Any]]] = {}
    for row in bench.rows("activityparty", activityid=activity.id):
        found.setdefault(row["participationtypemask"], []).append(row)
    return found


@pytest.fixture
def lead(bench: Any) -> Reference:
    return bench.create("lead", {"lastname": "Ruiz", "emailaddress1": "ruiz@example.com"})  # type: ignore[no-any-return]  # the fixture has no type


# -- the base row ----------------------------------------------------------------------------------------------------


def test_an_activity_also_is_a_row_of_the_base_table(bench: Any, lead: Reference) -> None:
    task = bench.create("task", {"subject": "Call", "regardingobjectid": lead})
    pointer = Reference("activitypointer", task.id)
    row = bench.read(pointer)
    assert (row["activitytypecode"], row["subject"], row["regardingobjectid"]) == ("task", "Call", lead)
    assert (row["statecode"], row["ownerid"]) == (0, bench.user)
    bench.update(task, {"subject": "Write", "statecode": 1})
    assert (bench.read(pointer)["subject"], bench.read(pointer)["statecode"]) == ("Write", 1)
    bench.update(pointer, {"subject": "Through the base"})
    assert bench.read(task)["subject"] == "Through the base"


def test_the_base_table_has_no_rows_of_its_own(bench: Any, refused: Any) -> None:
    with refused("InvalidArgument", "0x80040203", 400):
        bench.create("activitypointer", {"subject": "S"})


# -- parties ---------------------------------------------------------------------------------------------------------


def test_parties_are_made_with_the_activity(bench: Any, lead: Reference) -> None:
    email = bench.create(
        "email",
        {"subject": "Offer", "regardingobjectid": lead},
        email_activity_parties=[
            party(bench, 1, partyid=bench.user),
            party(bench, 2, partyid=lead),
            party(bench, 3, addressused="someone@example.com"),
        ],
    )
    found = parties(bench, email)
    assert sorted(found) == [1, 2, 3, 8, 9]
    assert found[8][0]["partyid"] == lead
    assert found[9][0]["partyid"] == bench.user
    assert found[2][0]["addressused"] == "ruiz@example.com"
    assert found[1][0]["addressused"] == bench.read(bench.user)["internalemailaddress"]
    assert (found[3][0]["partyid"], found[3][0]["addressused"]) == (None, "someone@example.com")
    assert all(rows[0]["activityid"].id == email.id for rows in found.values())


def test_automatic_parties_follow_regarding_row_and_owner(bench: Any, lead: Reference) -> None:
    task = bench.create("task", {"subject": "T"})
    assert sorted(parties(bench, task)) == [9]
    user = bench.other_user()
    bench.update(task, {"regardingobjectid": lead, "ownerid": user})
    found = parties(bench, task)
    assert (found[8][0]["partyid"], found[9][0]["partyid"]) == (lead, user)
    bench.update(task, {"regardingobjectid": None})
    assert sorted(parties(bench, task)) == [9]


def test_an_update_replaces_the_parties_given(bench: Any, lead: Reference) -> None:
    contact = bench.create("contact", {"lastname": "C"})
    email = bench.create("email", {"subject": "S"}, email_activity_parties=[party(bench, 2, partyid=lead)])
    bench.update(email, {}, email_activity_parties=[party(bench, 2, partyid=contact), party(bench, 1, partyid=lead)])
    found = parties(bench, email)
    assert [row["partyid"] for row in found[2]] == [contact]
    assert sorted(found) == [1, 2, 9]


@pytest.mark.parametrize(
    ("role", "values", "name", "code"),
    [
        pytest.param(5, {"addressused": "a@example.com"}, "InvalidArgument", "0x80040203", id="role not of an email"),
        pytest.param(2, {}, "PartyMissing", "0x80043504", id="neither party nor address"),
        pytest.param(None, {"addressused": "a@example.com"}, "RequiredFieldMissing", "0x80040200", id="no role"),
    ],
)
def test_parties_that_are_refused(
    bench: Any, refused: Any, role: Any, values: dict[str, Any], name: str, code: str
) -> None:
    with refused(name, code, 400):
        bench.create("email", {"subject": "S"}, email_activity_parties=[party(bench, role, **values)])
    assert not bench.rows("email")


def test_an_activity_cannot_be_a_party(bench: Any, refused: Any) -> None:
    task = bench.create("task", {"subject": "T"})
    with refused("PartyIsActivity", "0x80048501", 400):
        bench.create("email", {"subject": "S"}, email_activity_parties=[party(bench, 2, partyid=task)])


def test_single_parties_cannot_be_written(bench: Any, refused: Any, lead: Reference) -> None:
    email = bench.create("email", {"subject": "S"}, email_activity_parties=[party(bench, 2, partyid=lead)])
    row = Reference("activityparty", parties(bench, email)[2][0]["activitypartyid"])
    with refused("ActionNotSupported", "0x80040315", 405):
        bench.create("activityparty", {"activityid": email, "participationtypemask": 2, "partyid": lead})
    with refused("ActionNotSupported", "0x80040315", 405):
        bench.update(row, {"addressused": "a@example.com"})
    with refused("ActionNotSupported", "0x80040315", 405):
        bench.delete(row)


# -- dates -----------------------------------------------------------------------------------------------------------


def test_completing_sets_the_actual_end(bench: Any) -> None:
    task = bench.create("task", {"subject": "T", "actualstart": "2024-05-01T09:30:00Z"})
    bench.update(task, {"statecode": 1})
    row = bench.read(task)
    assert (row["actualend"], row["actualdurationminutes"]) == ("2024-05-01T10:00:00Z", 30)


def test_an_end_that_is_sent_stays(bench: Any) -> None:
    task = bench.create("task", {"subject": "T"})
    bench.update(task, {"statecode": 1, "actualend": "2024-04-30T10:00:00Z", "actualdurationminutes": 5})
    row = bench.read(task)
    assert (row["actualend"], row["actualdurationminutes"]) == ("2024-04-30T10:00:00Z", 5)


def test_an_appointment_ends_after_its_start(bench: Any, refused: Any) -> None:
    times = {"scheduledstart": "2024-05-02T10:00:00Z", "scheduledend": "2024-05-02T11:00:00Z"}
    appointment = bench.create("appointment", {"subject": "A", **times})
    assert bench.read(appointment)["scheduleddurationminutes"] == 60
    with refused("InvalidArgument", "0x80040203", 400):
        bench.update(appointment, {"scheduledend": "2024-05-02T09:00:00Z"})
    with refused("InvalidArgument", "0x80040203", 400):
        bench.create("appointment", {"subject": "A", **times, "scheduledend": "2024-05-01T10:00:00Z"})


# -- notes -----------------------------------------------------------------------------------------------------------


def test_a_note_knows_its_parents_table_and_its_files_size(bench: Any, lead: Reference) -> None:
    body = base64.b64encode(b"hello").decode()
    note = bench.create("annotation", {"subject": "N", "objectid": lead, "documentbody": body, "filename": "a.txt"})
    row = bench.read(note)
    assert (row["objecttypecode"], row["filesize"], row["isdocument"]) == ("lead", 5, True)
    bench.update(note, {"documentbody": None})
    row = bench.read(note)
    assert (row["filesize"], row["isdocument"]) == (None, False)


def test_a_note_without_parent_and_file(bench: Any) -> None:
    row = bench.read(bench.create("annotation", {"notetext": "N"}))
    assert (row["objectid"], row["objecttypecode"], row["isdocument"]) == (None, None, False)


def test_a_file_that_is_too_large(bench: Any, refused: Any) -> None:
    organization = Reference("organization", bench.rows("organization")[0]["organizationid"])
    bench.write(organization, maxuploadfilesize=4)
    with refused("FileTooBig", "0x80044a02", 400):
        bench.create("annotation", {"documentbody": base64.b64encode(b"hello").decode()})


def test_an_attachment_of_an_email(bench: Any) -> None:
    email = bench.create("email", {"subject": "S"})
    file = bench.create(
        "activitymimeattachment",
        {"objectid": email, "body": base64.b64encode(b"12").decode(), "filename": "a.txt", "subject": "F"},
    )
    row = bench.read(file)
    assert (row["objecttypecode"], row["filesize"]) == ("email", 2)
    bench.delete(email)
    assert bench.find(file) is None
