"""Imports and exports of rows in the process of a test, as the commands do them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from dataverse_emulator.config import Settings
from dataverse_emulator.service import Service
from dataverse_emulator.transferring.data import Import, export_tables
from dataverse_emulator.transferring.target import Target
from dataverse_emulator.web.exchange import WebRequest
from dataverse_emulator.web.front import FrontDoor


def target_of(service: Service) -> Target:
    """The control plane of a service without a socket."""
    front = FrontDoor(service, Settings(log_format="none"))

    def send(method: str, target: str, body: bytes) -> dict[str, Any]:
        path, _, query = target.partition("?")
        answer = front.answer(WebRequest(method, path, query, {}, body, "http://localhost"))
        content: dict[str, Any] = json.loads(answer.body)
        if answer.status != 200:
            raise click.ClickException(content["error"]["message"])
        return content

    return Target(send, service.store.transaction)


def load(service: Service, *paths: Path, table: str | None = None) -> list[str]:
    """Import files and give the remarks, without the files' names."""
    target = target_of(service)
    with target.whole():
        found = Import(target, paths, table, None)
        found.check()
        found.load()
    return [remark.partition(": ")[2] for remark in found.remarks]


def dump(service: Service, path: Path, *tables: str) -> list[str]:
    """Export tables and give the remarks."""
    return list(export_tables(target_of(service), path, tables, None)[1])
