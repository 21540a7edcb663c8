"""Dataverse Emulator: a Microsoft Dataverse environment on localhost."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataverse_emulator.emulator import Emulator

__version__ = "0.1.0"
__all__ = ["Emulator", "__version__"]


def __getattr__(name: str) -> object:
    """Import ``Emulator`` on first use, so that the command line starts without what it does not need."""
    if name == "Emulator":
        from dataverse_emulator.emulator import Emulator

        return Emulator
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
