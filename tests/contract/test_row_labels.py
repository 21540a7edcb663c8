"""Texts of rows in several languages: SetLocLabels, RetrieveLocLabels (contract 07 §12 call 33)."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from .conftest import MISSING, Api
from .defining import CRM, table


def texts(api: Api, view: str, column: str = "name", unpublished: str = "true") -> dict[int, str]:
    """The texts of a view's column by language."""
    moniker = quote(f"{{'@odata.id':'savedqueries({view})'}}")
    path = f"RetrieveLocLabels(EntityMoniker=@p1,AttributeName=@p2,IncludeUnpublished=@p3)?@p1={moniker}"
    answer = api.get(f"{path}&@p2='{column}'&@p3={unpublished}")
    assert answer.status == 200, answer.text
    return {each["LanguageCode"]: each["Label"] for each in answer.json()["Label"]["LocalizedLabels"]}


def setting(view: str, *labels: tuple[int, str | None], column: str = "name", **members: Any) -> dict[str, Any]:
    """The body of SetLocLabels."""
    return {
        "EntityMoniker": {"@odata.type": f"{CRM}.savedquery", "savedqueryid": view},
        "AttributeName": column,
        "Labels": [{"Label": text, "LanguageCode": language} for language, text in labels],
        **members,
    }


@pytest.fixture
def view(api: Api) -> str:
    """A view of accounts."""
    return api.new("savedqueries", name="All", returnedtypecode="account", querytype=0, fetchxml="<fetch/>")


@pytest.mark.parametrize("_", [0], ids=["07 §12 #33 SetLocLabels: 204; the base language's text is the row's value"])
def test_labels_are_set_and_retrieved(api: Api, view: str, _: int) -> None:
    assert api.post("SetLocLabels", setting(view, (1036, "Tous"), (1031, "Alle"))).status == 204
    assert texts(api, view) == {1033: "All", 1036: "Tous", 1031: "Alle"}
    assert texts(api, view, unpublished="false") == texts(api, view)
    assert api.post("SetLocLabels", setting(view, (1033, "Every"), (1031, "Jeder"))).status == 204
    assert texts(api, view) == {1033: "Every", 1036: "Tous", 1031: "Jeder"}
    assert api.get(f"savedqueries({view})").json()["name"] == "Every"


@pytest.mark.parametrize("_", [0], ids=["07 §12 #33 RetrieveLocLabels: RetrieveLocLabelsResponse with one Label"])
def test_the_answer_is_a_label(api: Api, view: str, _: int) -> None:
    moniker = f"@p1={{'@odata.id':'savedqueries({view})'}}&@p2='name'&@p3=false"
    body = api.get(f"RetrieveLocLabels(EntityMoniker=@p1,AttributeName=@p2,IncludeUnpublished=@p3)?{moniker}").json()
    assert body["@odata.context"].endswith("#Microsoft.Dynamics.CRM.RetrieveLocLabelsResponse")
    label = body["Label"]["UserLocalizedLabel"]
    assert (label["Label"], label["LanguageCode"], label["IsManaged"], label["HasChanged"]) == (
        "All",
        1033,
        False,
        None,
    )
    assert body["Label"]["LocalizedLabels"] == [label]


def test_a_custom_api_has_labels(api: Api) -> None:
    given = {"uniquename": "new_Do", "name": "Do", "displayname": "Do", "description": "Does", "bindingtype": 0}
    id = api.new("customapis", **given, isfunction=False, allowedcustomprocessingsteptype=0)
    moniker = {"@odata.type": f"{CRM}.customapi", "customapiid": id}
    body = setting("", (1041, "例え"), column="displayname", EntityMoniker=moniker)
    assert api.post("SetLocLabels", body).status == 204


def test_a_language_without_text_goes(api: Api, view: str) -> None:
    api.post("SetLocLabels", setting(view, (1036, "Tous"), (1031, "Alle")))
    assert api.post("SetLocLabels", setting(view, (1036, None))).status == 204
    assert texts(api, view) == {1033: "All", 1031: "Alle"}


def test_labels_go_with_their_row(api: Api, view: str) -> None:
    api.post("SetLocLabels", setting(view, (1036, "Tous")))
    assert api.delete(f"savedqueries({view})").status == 204
    assert api.post("SetLocLabels", setting(view, (1036, "Tous"))).error[:2] == (404, "0x80040217")


def test_labels_outlive_other_definitions_and_go_with_a_reset(api: Api) -> None:
    view = api.get("savedqueries?$top=1&$select=savedqueryid").value[0]["savedqueryid"]
    api.post("SetLocLabels", setting(view, (1036, "Tous")))
    assert api.post("EntityDefinitions", table()).status == 204
    assert api.delete("EntityDefinitions(LogicalName='new_project')").status == 204
    assert texts(api, view)[1036] == "Tous"
    api.service.reset()
    assert 1036 not in texts(api, view)


@pytest.mark.parametrize(
    ("members", "status", "code"),
    [
        ({"AttributeName": "nothing"}, 400, "0x80041103"),
        ({"AttributeName": "fetchxml"}, 400, "0x80040203"),
        ({"EntityMoniker": {"@odata.type": f"{CRM}.savedquery", "savedqueryid": MISSING}}, 404, "0x80040217"),
        ({"EntityMoniker": {"@odata.type": f"{CRM}.savedquery"}}, 400, "0x80060888"),
        ({"Labels": [{"Label": "x"}]}, 400, "0x80040203"),
        ({"Labels": [{"Label": "x", "LanguageCode": "fr"}]}, 400, "0x80048d19"),
        ({"Labels": [{"Label": "x" * 300, "LanguageCode": 1036}]}, 400, "0x80044331"),
        ({"Labels": [{"Label": "", "LanguageCode": 1033}]}, 400, "0x80040203"),
    ],
)
def test_what_cannot_be_set(api: Api, view: str, members: dict[str, Any], status: int, code: str) -> None:
    answer = api.post("SetLocLabels", setting(view, (1036, "Tous"), **members))
    assert answer.error[:2] == (status, code), answer.text
    assert texts(api, view) == {1033: "All"}
