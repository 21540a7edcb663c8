"""What the tests of the official Python client share: a credential, a connection, a table of projects."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from enum import IntEnum
from typing import Any

import pytest
from azure.core.credentials import AccessToken
from PowerPlatform.Dataverse.client import DataverseClient

from dataverse_emulator import Emulator

ORGANIZATION = "https://contoso.crm.dynamics.com"


class StandInCredential:
    """A credential whose token nobody checks."""

    def get_token(self, *scopes: str, **_: Any) -> AccessToken:
        return AccessToken("not-a-real-token for " + " ".join(scopes), int(time.time()) + 3600)


class Stage(IntEnum):
    """A choice."""

    PLAN = 1
    BUILD = 2


@pytest.fixture(params=["https", "intercepted"])
def client(
    request: pytest.FixtureRequest, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> Iterator[DataverseClient]:
    """A client of the running emulator."""
    if request.param == "https":
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(emulator.ca_file))
        with DataverseClient(emulator.https_url, StandInCredential()) as made:
            yield made
    else:
        with emulator.intercept(ORGANIZATION), DataverseClient(ORGANIZATION, StandInCredential()) as made:
            yield made


@pytest.fixture
def project(client: DataverseClient) -> Iterator[str]:
    """The schema name of a table with a column of each type that the client can make."""
    name = f"new_Project{uuid.uuid4().hex[:8]}"
    columns: dict[str, Any] = {
        "new_Code": "string",
        "new_Notes": "memo",
        "new_Size": {"type": "int", "min_value": 1, "max_value": 5},
        "new_Cost": "decimal",
        "new_Ratio": "float",
        "new_Due": "datetime",
        "new_Done": "bool",
        "new_Plan": "file",
        "new_Stage": Stage,
    }
    made = client.tables.create(name, columns, display_name="Project")
    assert made.columns_created == list(columns)
    yield name
    if client.tables.get(name) is not None:
        client.tables.delete(name)


def column(client: DataverseClient, table: str, name: str, **options: Any) -> dict[str, Any]:
    """The definition of a column that must be there."""
    found = client.tables.get_column(table, name, **options)
    assert found is not None
    return found
