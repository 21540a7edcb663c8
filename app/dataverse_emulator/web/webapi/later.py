"""Functions whose modules are imported when they are first called: a start needs reading only, the rest can wait."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any


def later(module: str, name: str) -> Callable[..., Any]:
    """The function ``name`` of a module of the Web API, imported at its first call."""
    found: Callable[..., Any] | None = None

    def call(*arguments: Any, **named: Any) -> Any:
        nonlocal found
        if found is None:
            found = getattr(importlib.import_module(f"dataverse_emulator.web.webapi.{module}"), name)
        return found(*arguments, **named)

    return call
