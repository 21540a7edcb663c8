"""Headers of requests and responses (contract 01 §3, §5, §8)."""

from __future__ import annotations

import re

import pytest

from . import batching
from .conftest import MISSING, ROOT, Api

GUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


@pytest.mark.parametrize("path", ["accounts", "WhoAmI", f"accounts({MISSING})", "foo"])
def test_every_response_has_the_services_headers(api: Api, path: str) -> None:
    headers = api.get(path).headers
    assert headers["odata-version"] == "4.0"
    assert headers["cache-control"] == "no-cache"
    assert headers["expires"] == "-1"
    assert headers["content-type"] == "application/json; odata.metadata=minimal"
    assert GUID.fullmatch(headers["x-ms-service-request-id"])
    assert GUID.fullmatch(headers["req_id"])
    assert headers["x-ms-ratelimit-time-remaining-xrm-requests"] == "1,200.00"
    assert 0 <= int(headers["x-ms-ratelimit-burst-remaining-xrm-requests"]) < 6000
    assert int(headers["x-ms-dop-hint"]) >= 4


def test_request_ids_differ(api: Api) -> None:
    assert len({api.get("WhoAmI").headers["req_id"] for _ in range(5)}) == 5


def test_head_is_get_without_body(api: Api) -> None:
    api.new("accounts", name="A")
    answer = api.send("HEAD", "accounts?$select=name")
    assert (answer.status, answer.body) == (200, b"")
    assert api.send("HEAD", "foo").status == 404


def test_options_of_a_browser(api: Api) -> None:
    headers = {"Origin": "http://app.example", "Access-Control-Request-Method": "PATCH"}
    answer = api.send("OPTIONS", "accounts", None, headers)
    assert answer.status in (200, 204)
    assert answer.headers["access-control-allow-origin"] in ("*", "http://app.example")
    assert "PATCH" in answer.headers["access-control-allow-methods"]


@pytest.mark.parametrize("version", ["v8.0", "v8.2", "v9.0", "v9.1", "v9.2"])
def test_versions_answer_alike(api: Api, version: str) -> None:
    root = ROOT.replace("v9.2", version)
    assert api.get(root + "WhoAmI").json()["@odata.context"].startswith(root)


@pytest.mark.parametrize("version", ["v7.0", "v8.3", "v9.3", "v10.0", "9.2", "v9", ""])
def test_other_versions_are_404(api: Api, version: str) -> None:
    status, code, _ = api.get(f"http://localhost:5365/api/data/{version}/accounts").error
    assert (status, code) == (404, "")


@pytest.mark.parametrize("start", ["//api/data/v9.2", "/API/Data/V9.2"])
def test_a_path_may_begin_in_other_ways(api: Api, start: str) -> None:
    root = f"http://localhost:5365{start}/"
    account = api.new("accounts", name="A")
    assert api.get(f"{root}accounts({account})?$select=name").json()["name"] == "A"
    (answer,) = batching.send(api, batching.part(f"GET {root}accounts({account})?$select=name")).parts
    assert answer.json()["name"] == "A"


@pytest.mark.parametrize("headers", [{"OData-Version": "3.0"}, {"OData-MaxVersion": "3.0"}])
def test_protocol_version_3_is_refused(api: Api, headers: dict[str, str]) -> None:
    assert api.send("GET", "accounts", None, headers).error[:2] == (400, "0x80060888")


@pytest.mark.parametrize(
    "headers",
    [
        {"OData-Version": "4.0", "OData-MaxVersion": "4.0", "If-None-Match": "null"},
        {"OData-MaxVersion": "4.01"},
        {"Authorization": "Bearer x"},
        {"MSCRM.SolutionUniqueName": "s", "Consistency": "Strong", "x-ms-client-request-id": MISSING},
        {"Accept": "application/json;odata.metadata=full"},
        {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"},
        {"Prefer": "respond-async, unknown=1"},
    ],
)
def test_headers_that_change_nothing(api: Api, headers: dict[str, str]) -> None:
    assert api.send("GET", "accounts?$select=name", None, headers).status == 200


@pytest.mark.parametrize("level", ["minimal", "full"])
def test_metadata_of_answers_is_minimal(api: Api, level: str) -> None:
    answer = api.get("accounts?$select=name", Accept=f"application/json;odata.metadata={level}")
    assert answer.headers["content-type"] == "application/json; odata.metadata=minimal"
    assert "@odata.context" in answer.json()


def test_clients_may_want_no_metadata(api: Api) -> None:
    bare = {"Accept": "application/json; odata.metadata=none"}
    contact = {"lastname": "C"}
    id = api.new("accounts", name="A", primarycontactid=contact, contact_customer_accounts=[contact, contact])
    query = "$select=name&$expand=primarycontactid($select=lastname),contact_customer_accounts($select=lastname;$top=1)"
    answer = api.get(f"accounts({id})?{query}", **bare)
    assert answer.headers["content-type"] == "application/json; odata.metadata=none"
    assert answer.headers["etag"].startswith("W/")
    body = answer.json()
    assert not any(part in answer.text for part in ("@odata.context", "@odata.etag"))
    assert (body["name"], body["primarycontactid"]["lastname"]) == ("A", "C")
    assert "contact_customer_accounts@odata.nextLink" in body
    page = api.get("contacts?$select=lastname&$count=true", Prefer="odata.maxpagesize=1", **bare).json()
    assert set(page) == {"@odata.count", "value", "@odata.nextLink"}
    assert api.get(f"accounts({id})/primarycontactid/$ref", **bare).json()["@odata.id"]
    assert api.get("accounts(x)", **bare).error[1] == "0x80060888"
    assert api.get("accounts/$count", **bare).text == "\ufeff1"


class TestImpersonation:
    @pytest.fixture
    def user(self, api: Api) -> str:
        unit = api.get("WhoAmI").json()["BusinessUnitId"]
        return api.new(
            "systemusers",
            firstname="Ina",
            lastname="Other",
            domainname="ina@example.com",
            azureactivedirectoryobjectid="11111111-2222-3333-4444-555555555555",
            **{"businessunitid@odata.bind": f"businessunits({unit})"},
        )

    def test_by_user_id(self, api: Api, user: str) -> None:
        assert api.get("WhoAmI", MSCRMCallerID=user).json()["UserId"] == user
        account = api.post("accounts", {"name": "A"}, MSCRMCallerId=f"{{{user.upper()}}}").id
        columns = "_createdby_value,_ownerid_value,_createdonbehalfby_value"
        row = api.get(f"accounts({account})?$select={columns}").json()
        assert row["_createdby_value"] == row["_ownerid_value"] == user
        assert row["_createdonbehalfby_value"] == api.get("WhoAmI").json()["UserId"]

    def test_by_object_id(self, api: Api, user: str) -> None:
        table = api.service.catalog.table("systemuser")
        with api.service.store.transaction():
            id = {"azureactivedirectoryobjectid": "11111111-2222-3333-4444-555555555555"}
            api.service.store.update(table, user, id)
        answer = api.get("WhoAmI", CallerObjectId="11111111-2222-3333-4444-555555555555")
        assert answer.json()["UserId"] == user

    @pytest.mark.parametrize("header", ["CallerObjectId", "MSCRMCallerID"])
    @pytest.mark.parametrize("value", [MISSING, "x"])
    def test_unknown_users_are_refused(self, api: Api, header: str, value: str) -> None:
        assert api.send("GET", "WhoAmI", None, {header: value}).error[:2] == (403, "0x80040217")

    def test_disabled_and_deleted_users_are_refused(self, api: Api, user: str) -> None:
        assert api.get("WhoAmI", MSCRMCallerID=user).status == 200
        assert api.patch(f"systemusers({user})", {"isdisabled": True}).status == 204
        text = "The specified user is either disabled or is not a member of any business unit."
        assert api.get("WhoAmI", MSCRMCallerID=user).error == (403, "0x80040225", text)
        assert api.patch(f"systemusers({user})", {"isdisabled": False}).status == 204
        assert api.get("WhoAmI", MSCRMCallerID=user).status == 200
        assert api.delete(f"systemusers({user})").status == 204
        assert api.get("WhoAmI", MSCRMCallerID=user).error[:2] == (403, "0x80040217")


def test_preferences_in_any_form(api: Api) -> None:
    api.new("accounts", name="A")
    api.new("accounts", name="B")
    answer = api.get("accounts?$select=name", Prefer='odata.maxpagesize=1,odata.include-annotations="*"')
    assert answer.headers["preference-applied"] == 'odata.include-annotations="*", odata.maxpagesize=1'
    assert len(answer.value) == 1
