"""POST on entity sets (contract 02 §1)."""

from __future__ import annotations

import pytest

from .conftest import ROOT, Api


def test_answer_names_the_row_in_two_headers(api: Api) -> None:
    answer = api.post("accounts", {"name": "A"})
    assert (answer.status, answer.body) == (204, b"")
    url = answer.headers["odata-entityid"]
    assert url == answer.headers["location"] == f"{ROOT}accounts({answer.id})"
    assert api.get(url).json()["name"] == "A"


def test_representation(api: Api) -> None:
    answer = api.post("accounts?$select=name,createdon", {"name": "A"}, Prefer="return=representation")
    body = answer.json()
    assert answer.status == 201
    assert list(body) == ["@odata.context", "@odata.etag", "name", "createdon", "accountid"]
    assert body["@odata.context"] == f"{ROOT}$metadata#accounts(name,createdon)/$entity"
    assert answer.headers["etag"] == body["@odata.etag"]
    assert answer.headers["preference-applied"] == "return=representation"
    assert "odata-entityid" not in answer.headers


def test_representation_with_expand_and_annotations(api: Api) -> None:
    contact = api.new("contacts", lastname="C")
    prefer = 'return=representation,odata.include-annotations="*"'
    answer = api.post(
        "accounts?$select=revenue&$expand=primarycontactid($select=lastname)",
        {"name": "A", "revenue": 5, "primarycontactid@odata.bind": f"/contacts({contact})"},
        Prefer=prefer,
    )
    body = answer.json()
    assert body["primarycontactid"]["lastname"] == "C"
    assert body["revenue@OData.Community.Display.V1.FormattedValue"] == "$5.00"
    assert answer.headers["preference-applied"] == 'return=representation, odata.include-annotations="*"'


def test_a_wrong_select_creates_nothing(api: Api) -> None:
    assert api.post("accounts?$select=foo", {"name": "A"}, Prefer="return=representation").status == 400
    assert api.get("accounts/$count").text == "\ufeff0"


def test_a_given_key_is_used_once(api: Api) -> None:
    id = "7eb682f1-ca75-e511-80d4-00155d2a68d1"
    assert api.post("accounts", {"accountid": id.upper(), "name": "A"}).id == id
    assert api.post("accounts", {"accountid": id, "name": "B"}).error[:2] == (412, "0x80040237")


def test_deep_insert(api: Api) -> None:
    account = api.new(
        "accounts",
        name="A",
        primarycontactid={"lastname": "P"},
        Account_Tasks=[{"subject": "One"}, {"subject": "Two"}],
    )
    assert api.get(f"accounts({account})/primarycontactid?$select=lastname").json()["lastname"] == "P"
    assert sorted(api.names(f"accounts({account})/Account_Tasks", "subject")) == ["One", "Two"]


@pytest.mark.parametrize("form", ["/contacts({id})", "contacts({id})", "{root}contacts({id})"])
def test_forms_of_a_bind(api: Api, form: str) -> None:
    contact = api.new("contacts", lastname="C")
    account = api.new("accounts", name="A", **{"primarycontactid@odata.bind": form.format(id=contact, root=ROOT)})
    assert api.get(f"accounts({account})/primarycontactid/$ref").json()["@odata.id"].endswith(f"({contact})")


def test_annotations_in_the_body_are_ignored(api: Api) -> None:
    members = {
        "@odata.type": "Microsoft.Dynamics.CRM.account",
        "@odata.context": "x",
        "@odata.etag": 'W/"1"',
        "name@OData.Community.Display.V1.FormattedValue": "y",
        "name": "A",
    }
    assert api.post("accounts", members).status == 204


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "application/json; charset=utf-8",
        "application/json;type=entry",
        "application/json;IEEE754Compatible=true",
        "APPLICATION/JSON",
        "",
    ],
)
def test_content_types_of_json(api: Api, content_type: str) -> None:
    answer = api.send("POST", "accounts", b'{"name":"A"}', {"Content-Type": content_type})
    assert answer.status == 204


def test_post_with_method_override_updates(api: Api) -> None:
    id = api.new("accounts", name="A")
    assert api.post(f"accounts({id})", {"name": "B"}, X_HTTP_Method_Override="MERGE").status == 204
    assert api.get(f"accounts({id})/name").json()["value"] == "B"
    assert api.post(f"accounts({id})", None, X_HTTP_Method_Override="DELETE").status == 204
    assert api.get(f"accounts({id})").status == 404


def test_duplicate_detection_header_is_taken(api: Api) -> None:
    for value in ("true", "false"):
        assert api.post("accounts", {"name": "A"}, MSCRM_SuppressDuplicateDetection=value).status in (204, 412)


def test_rows_start_in_the_business_unit_that_the_administrator_has_now(api: Api) -> None:
    user = api.get("WhoAmI").json()
    unit = api.new(
        "businessunits",
        name="Other",
        **{"parentbusinessunitid@odata.bind": f"businessunits({user['BusinessUnitId']})"},
    )
    bind = {"businessunitid@odata.bind": f"businessunits({unit})"}
    assert api.patch(f"systemusers({user['UserId']})", bind).status == 204
    row = api.get(f"accounts({api.new('accounts', name='A')})?$select=_owningbusinessunit_value").json()
    assert row["_owningbusinessunit_value"] == unit
    api.service.reset()
    assert api.get("WhoAmI").json() == user
