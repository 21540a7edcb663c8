"""Fixtures for pytest: a fresh environment for each test out of one that is kept for the session.

pytest loads this module in every run of every suite on the machine, so it imports nothing until a fixture is used.
With xdist each worker process has an environment of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from dataverse_emulator.emulator import Emulator


@pytest.fixture(scope="session")
def dataverse_seed() -> str | list[str] | None:
    """The scenario that ``dataverse`` starts with: none. Override it in a ``conftest.py`` to choose one."""
    return None


@pytest.fixture(scope="session")
def dataverse_session(dataverse_seed: str | list[str] | None) -> Iterator[Emulator]:
    """One Dataverse environment for the whole session; rows stay from test to test."""
    from dataverse_emulator import Emulator

    with Emulator(seed=dataverse_seed) as emulator:
        yield emulator


@pytest.fixture
def dataverse(dataverse_session: Emulator) -> Emulator:
    """A Dataverse environment with nothing in it but what it starts with, for this test."""
    dataverse_session.reset()
    return dataverse_session
