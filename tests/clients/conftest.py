"""One running emulator for all client tests; they make the rows that they need and look at no others."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dataverse_emulator import Emulator


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """An emulator on free ports, over http and https, with a certificate authority of its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DATAVERSE_EMULATOR_CONFIG", str(tmp_path_factory.mktemp("configuration")))
        with Emulator() as running:
            yield running
