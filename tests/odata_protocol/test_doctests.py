"""The examples in the docstrings run."""

from __future__ import annotations

import doctest
import importlib

import pytest

MODULES = [
    "apply",
    "batch",
    "context",
    "expressions",
    "headers",
    "json_literals",
    "lexer",
    "literals",
    "options",
    "path",
    "payload",
    "search",
    "url",
    "visitor",
    "writer",
]


@pytest.mark.parametrize("name", MODULES)
def test_examples(name: str) -> None:
    failed, tried = doctest.testmod(importlib.import_module(f"odata_protocol.{name}"))
    assert tried
    assert not failed
