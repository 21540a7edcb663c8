"""InitializeFrom (contract 02 §1.3, 05 §8)."""

from __future__ import annotations

from typing import Any

import pytest
from tests.contract.conftest import ROOT


def call(source: str, target: str, kind: str = "ValidForCreate", more: str = "") -> str:
    return (
        f"InitializeFrom(EntityMoniker=@p1,TargetEntityName=@p2,TargetFieldType=@p3{more})"
        f"?@p1={{'@odata.id':'{source}'}}&@p2='{target}'&@p3=Microsoft.Dynamics.CRM.TargetFieldType'{kind}'"
    )


def test_the_answer_is_a_row_that_can_be_created(api: Any) -> None:
    lead = api.new("leads", subject="A", lastname="Doe", companyname="Contoso", websiteurl="http://c.example")
    answer = api.get(call(f"leads({lead})", "account"))
    row = answer.json()
    assert answer.status == 200
    assert row["@odata.context"] == f"{ROOT}$metadata#accounts/$entity"
    assert row["@odata.type"] == "#Microsoft.Dynamics.CRM.account"
    assert (row["name"], row["websiteurl"]) == ("Contoso", "http://c.example")
    assert row["originatingleadid@odata.bind"] == f"leads({lead})"
    assert "accountid" not in row
    before = api.get("accounts/$count").text
    made = api.new("accounts", **{name: value for name, value in row.items() if name != "@odata.context"})
    assert api.get(f"accounts({made})").json()["name"] == "Contoso"
    assert before == "\ufeff0"


def test_a_child_account_knows_its_parent(api: Any) -> None:
    parent = api.new("accounts", name="Parent", telephone1="555")
    row = api.get(call(f"accounts({parent})", "account")).json()
    assert row["parentaccountid@odata.bind"] == f"accounts({parent})"


def test_the_parent_is_left_out_where_the_client_asks(api: Any) -> None:
    parent = api.new("accounts", name="Parent")
    path = call(f"accounts({parent})", "account", more=",SkipParentalRelationshipMapping=@p4")
    assert "parentaccountid@odata.bind" not in api.get(f"{path}&@p4=true").json()


@pytest.mark.parametrize("kind", ["All", "ValidForCreate", "ValidForUpdate", "ValidForRead"])
def test_kinds_of_columns(api: Any, kind: str) -> None:
    lead = api.new("leads", subject="A", lastname="Doe", companyname="Contoso")
    assert api.get(call(f"leads({lead})", "account", kind)).json()["name"] == "Contoso"


def test_tables_without_map_and_missing_rows(api: Any) -> None:
    account = api.new("accounts", name="A")
    assert api.get(call(f"accounts({account})", "task")).status == 400
    assert api.get(call(f"accounts({account})", "nothing")).error[1] == "0x80041102"
    assert api.get(call("accounts(00000000-0000-0000-0000-0000000000ff)", "account")).status == 404
