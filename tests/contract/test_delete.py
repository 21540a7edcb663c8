"""DELETE on rows (contract 02 §4)."""

from __future__ import annotations

from .conftest import Api


def test_a_row_goes_once(api: Api) -> None:
    id = api.new("accounts", name="A")
    answer = api.delete(f"accounts({id})")
    assert (answer.status, answer.body) == (204, b"")
    assert api.delete(f"accounts({id})").error[:2] == (404, "0x80040217")
    assert api.get(f"accounts({id})").status == 404


def test_with_a_version(api: Api) -> None:
    id = api.new("accounts", name="A")
    tag = api.get(f"accounts({id})?$select=name").headers["etag"]
    api.patch(f"accounts({id})", {"name": "B"})
    assert api.delete(f"accounts({id})", If_Match=tag).error[:2] == (412, "0x80060882")
    assert api.delete(f"accounts({id})", If_Match="*").status == 204


def test_by_alternate_key(keyed: Api) -> None:
    keyed.new("accounts", name="A", accountnumber="1")
    assert keyed.delete("accounts(accountnumber='1')").status == 204
    assert keyed.delete("accounts(accountnumber='1')").error[:2] == (404, "0x80060891")


def test_a_set_is_not_deleted(api: Api) -> None:
    answer = api.delete("accounts")
    assert answer.error == (405, "0x80060888", "The requested resource does not support http method 'DELETE'.")
    assert "POST" in answer.headers["allow"]


def test_a_delete_with_a_content_type_and_no_body_works(api: Api) -> None:
    id = api.new("accounts", name="A")
    assert api.delete(f"accounts({id})", Content_Type="text/plain").status == 204
