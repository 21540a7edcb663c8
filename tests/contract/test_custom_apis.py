"""Custom APIs (contract 07 §11): rows become operations; functions and stubs answer them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from dataverse_emulator import Emulator
from dataverse_emulator.config import Settings
from dataverse_emulator.environment import UnusableFile, open_service
from dataverse_emulator.plugins import PluginCall, PluginError

from .conftest import ROOT, Api

CRM = "Microsoft.Dynamics.CRM."
INTEGER, STRING, ENTITY, COLLECTION, REFERENCE = 7, 10, 3, 4, 5


def custom_api(api: Api, name: str, parameters: dict[str, Any], properties: dict[str, Any], **members: Any) -> str:
    """Make a custom API; parameters and properties map names to types."""
    id = api.new(
        "customapis",
        **{
            "uniquename": name,
            "name": name,
            "displayname": name,
            "description": name,
            "bindingtype": 0,
            "isfunction": False,
            "allowedcustomprocessingsteptype": 0,
            **members,
        },
    )
    bind = {"CustomAPIId@odata.bind": f"/customapis({id})"}
    for each, kind in parameters.items():
        plain = each.removesuffix("?")
        named = {"uniquename": plain, "name": plain, "displayname": plain, "description": plain}
        api.new("customapirequestparameters", **named, type=kind, isoptional=each.endswith("?"), **bind)
    for each, kind in properties.items():
        named = {"uniquename": each, "name": each, "displayname": each, "description": each}
        api.new("customapiresponseproperties", **named, type=kind, **bind)
    return id


@pytest.fixture
def doubling(api: Api) -> Api:
    custom_api(api, "new_Double", {"Number": INTEGER, "Note?": STRING}, {"Result": INTEGER, "Note": STRING})
    return api


def double(call: PluginCall) -> dict[str, Any]:
    return {"Result": 2 * call.parameters["Number"], "Note": call.parameters.get("Note")}


def test_without_behaviour_an_action_answers_501(doubling: Api) -> None:
    status, _, text = doubling.post("new_Double", {"Number": 2}).error
    assert status == 501
    assert "new_Double" in text
    assert doubling.post("new_Treble", {}).status == 404


def test_a_function_of_python_answers(doubling: Api) -> None:
    doubling.service.customs.plug("new_Double", double)
    answer = doubling.post("new_Double", {"Number": 21, "Note": "x"})
    assert answer.json() == {
        "@odata.context": f"{ROOT}$metadata#{CRM}new_DoubleResponse",
        "Result": 42,
        "Note": "x",
    }
    assert doubling.post("new_Double", {}).error[:2] == (400, "0x80040203")
    assert doubling.post("new_Double", {"Number": 1, "Other": 2}).status == 400
    assert doubling.get("new_Double(Number=2)").status == 404


def test_a_function_is_called_by_get(api: Api) -> None:
    custom_api(api, "new_Half", {"Number": INTEGER}, {"Result": INTEGER}, isfunction=True)
    api.service.customs.plug("new_Half", lambda call: {"Result": call.parameters["Number"] // 2})
    assert api.get("new_Half(Number=@n)?@n=8").json()["Result"] == 4
    assert api.post("new_Half", {"Number": 8}).status == 404


def test_a_bound_action(api: Api) -> None:
    custom_api(api, "new_Rename", {"Name": STRING}, {}, bindingtype=1, boundentitylogicalname="account")

    def rename(call: PluginCall) -> None:
        assert call.target is not None
        call.update(call.target, {"name": call.parameters["Name"]})

    api.service.customs.plug("new_Rename", rename)
    account = api.new("accounts", name="Old")
    assert api.post(f"accounts({account})/{CRM}new_Rename", {"Name": "New"}).status == 204
    assert api.get(f"accounts({account})?$select=name").json()["name"] == "New"
    assert api.post("new_Rename", {"Name": "New"}).status == 404
    assert api.post(f"contacts({account})/{CRM}new_Rename", {"Name": "New"}).status == 404


def test_an_action_bound_to_a_collection(api: Api) -> None:
    custom_api(api, "new_Sweep", {}, {"Count": INTEGER}, bindingtype=2, boundentitylogicalname="account")
    api.service.customs.plug("new_Sweep", lambda call: {"Count": len(call.parameters)})
    assert api.post(f"accounts/{CRM}new_Sweep").json()["Count"] == 0


def test_a_lone_row_is_the_answer_itself(api: Api) -> None:
    custom_api(api, "new_Make", {"Owner?": REFERENCE}, {"Made": ENTITY})
    custom_api(api, "new_MakeTwo", {}, {"Made": COLLECTION})
    api.service.customs.plug("new_Make", lambda call: {"Made": call.create("account", {"name": "Made"})})
    api.service.customs.plug(
        "new_MakeTwo", lambda call: {"Made": [call.create("account", {"name": name}) for name in "ab"]}
    )
    made = api.post("new_Make", {}).json()
    assert (made["name"], made["@odata.context"]) == ("Made", f"{ROOT}$metadata#accounts/$entity")
    assert [row["name"] for row in api.post("new_MakeTwo", {}).value] == ["a", "b"]


def test_errors_of_functions_undo_their_work(doubling: Api) -> None:
    def refuse(call: PluginCall) -> None:
        call.create("account", {"name": "Gone"})
        raise PluginError("No.")

    def fail(call: PluginCall) -> None:
        call.create("account", {"name": "Gone"})
        raise KeyError("nothing")

    doubling.service.customs.plug("new_Double", refuse)
    assert doubling.post("new_Double", {"Number": 1}).error == (400, "0x80040265", "No.")
    doubling.service.customs.plug("new_Double", fail)
    assert doubling.post("new_Double", {"Number": 1}).error[:2] == (500, "0x80040224")
    assert doubling.names("accounts?$filter=name eq 'Gone'") == []


def test_metadata_declares_public_ones(doubling: Api) -> None:
    custom_api(doubling, "new_Hidden", {}, {}, isprivate=True)
    text = doubling.get("$metadata").text
    assert '<Action Name="new_Double">' in text
    assert '<Parameter Name="Number" Type="Edm.Int32" Nullable="false"/>' in text
    assert '<ComplexType Name="new_DoubleResponse">' in text
    assert '<ActionImport Name="new_Double"' in text
    assert "new_Hidden" not in text


def test_metadata_is_written_anew_only_when_something_changed(doubling: Api) -> None:
    first = doubling.get("$metadata").body
    doubling.new("accounts", name="A")
    assert doubling.get("$metadata").body is first
    parameter = doubling.get("customapirequestparameters?$filter=uniquename eq 'Note'").value[0]
    path = f"customapirequestparameters({parameter['customapirequestparameterid']})"
    assert doubling.patch(path, {"isoptional": False}).status == 204
    assert doubling.get("$metadata").body != first
    assert doubling.delete(path).status == 204
    assert b'"Note"' not in doubling.get("$metadata").body.partition(b'<Action Name="new_Double">')[2][:300]
    assert doubling.delete(f"customapis({parameter['_customapiid_value']})").status == 204
    assert b"new_Double" not in doubling.get("$metadata").body


def test_a_stub_answers(doubling: Api) -> None:
    stub = "http://localhost:5365/_emulator/messages/new_Double/stub"
    assert doubling.send("POST", stub, {"response": {"Result": 7}}).status == 200
    assert doubling.post("new_Double", {"Number": 1}).json()["Result"] == 7
    assert doubling.send("POST", stub, {"status": 403, "code": "0x80040220", "message": "Not you."}).status == 200
    assert doubling.post("new_Double", {"Number": 1}).error == (403, "0x80040220", "Not you.")
    assert doubling.send("POST", stub, {"nonsense": 1}).error[:2] == (400, "0x80040203")
    assert doubling.send("DELETE", stub).status == 200
    assert doubling.post("new_Double", {"Number": 1}).status == 501


def test_a_deleted_one_is_gone(api: Api) -> None:
    id = custom_api(api, "new_Brief", {}, {})
    assert api.post("new_Brief", {}).status == 501
    assert api.delete(f"customapis({id})").status == 204
    assert api.post("new_Brief", {}).status == 404


def test_plugins_come_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "behaviour.py"
    file.write_text(
        "from dataverse_emulator.plugins import plugin\n"
        "@plugin('new_Double')\ndef double(call):\n    return {'Result': 2 * call.parameters['Number']}\n"
    )
    with Emulator(plugins=str(file), tls_port=None) as emulator:
        api = Api(emulator.service)
        custom_api(api, "new_Double", {"Number": INTEGER}, {"Result": INTEGER})
        assert api.post("new_Double", {"Number": 4}).json()["Result"] == 8
        emulator.plug("new_Double", lambda _: {"Result": 0})
        assert api.post("new_Double", {"Number": 4}).json()["Result"] == 0


@pytest.mark.parametrize("text", ["import nothing_of_that_name", "x = 1", None])
def test_a_file_without_plugins_stops_the_start(tmp_path: Path, text: str | None) -> None:
    file = tmp_path / "behaviour.py"
    if text is not None:
        file.write_text(text)
    with pytest.raises(UnusableFile, match=r"behaviour\.py"):
        open_service(Settings(plugins=(str(file),)))


@pytest.mark.parametrize(
    "answer",
    [{"Result": object()}, {"Result": {1, 2}}, {"Result": 2**70}, {"Result": b"x"}, 5, {1: 2, "Result": [object()]}],
)
def test_what_no_answer_can_hold_undoes_the_work(doubling: Api, answer: Any) -> None:
    def wrong(call: PluginCall) -> Any:
        call.create("account", {"name": "Undone"})
        return answer

    doubling.service.customs.plug("new_Double", wrong)
    assert doubling.post("new_Double", {"Number": 1}).error[:2] == (500, "0x80040224")
    assert doubling.get("accounts").value == []


def test_a_function_that_ends_the_process_only_fails(doubling: Api) -> None:
    doubling.service.customs.plug("new_Double", lambda _: sys.exit(3))
    assert doubling.post("new_Double", {"Number": 1}).error[1] == "0x80040224"


@pytest.mark.parametrize("status", [200, 399, 600])
def test_a_refusal_has_the_status_of_one(status: int) -> None:
    with pytest.raises(ValueError, match="400 to 599"):
        PluginError("No.", status=status)


def test_metadata_declares_each_name_once_and_only_what_can_be_named(api: Api) -> None:
    custom_api(api, "new_Twice", {"Number": INTEGER}, {})
    id = custom_api(api, "new_Twice", {"Number": INTEGER}, {})
    named = {"uniquename": "Number", "name": "n", "displayname": "n", "description": "n", "type": INTEGER}
    api.new("customapirequestparameters", **named, **{"CustomAPIId@odata.bind": f"/customapis({id})"})
    custom_api(api, "two words", {}, {})
    custom_api(api, "new_OfNothing", {}, {}, bindingtype=1, boundentitylogicalname="nothing")
    text = api.get("$metadata").text
    assert text.count('<Action Name="new_Twice"') == 1
    assert text.partition('<Action Name="new_Twice"')[2].partition("</Action>")[0].count('Name="Number"') == 1
    assert "two words" not in text
    assert "new_OfNothing" not in text
    assert api.post("two%20words", {}).status == 404


def test_a_parameter_of_a_table_that_is_nowhere_takes_any_row(api: Api) -> None:
    id = custom_api(api, "new_Take", {}, {})
    named = {"uniquename": "Row", "name": "n", "displayname": "n", "description": "n", "type": 5}
    bind = {"CustomAPIId@odata.bind": f"/customapis({id})"}
    api.new("customapirequestparameters", **named, logicalentityname="nothing", **bind)
    assert "mscrm.nothing" not in api.get("$metadata").text
    api.service.customs.plug("new_Take", lambda _: None)
    account = api.new("accounts", name="A")
    assert api.post("new_Take", {"Row": {"@odata.type": f"{CRM}account", "accountid": account}}).status == 204


def test_a_function_gets_rows_as_a_list(api: Api) -> None:
    custom_api(api, "new_Count", {"Rows": COLLECTION}, {"Names": STRING})
    got: list[Any] = []
    api.service.customs.plug("new_Count", lambda call: got.append(call.parameters["Rows"]))
    rows = [{"@odata.type": f"{CRM}account", "name": name} for name in "ab"]
    assert api.post("new_Count", {"Rows": rows}).status < 300
    assert (type(got[0]), [row.values["name"] for row in got[0]]) == (list, ["a", "b"])
