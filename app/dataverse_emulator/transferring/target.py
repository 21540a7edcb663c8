"""What ``import`` and ``export`` work on: a running emulator, or one opened over a database file."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias

import click

from dataverse_emulator.config import Settings, SettingsError, load_settings

Send: TypeAlias = Callable[[str, str, bytes], dict[str, Any]]

_TIMEOUT = 600


@dataclass(frozen=True, slots=True)
class Target:
    """Answers requests of the control plane.

    Attributes:
        send: method, path with query, body → the answer's content; raises ``ClickException`` for a refusal.
        whole: a block of requests that are all kept or, when it raises, none; a running emulator keeps each by itself.
    """

    send: Send
    whole: Callable[[], AbstractContextManager[Any]]

    @property
    def is_running(self) -> bool:
        """Others use the emulator at the same time."""
        return self.whole is nullcontext


@contextmanager
def open_target(flags: dict[str, Any]) -> Iterator[Target]:
    """The target that the options name.

    Raises:
        UsageError: a setting cannot be used.
        ClickException: the database file cannot be opened.
    """
    try:
        settings = load_settings(flags)
    except SettingsError as problem:
        raise click.UsageError(str(problem)) from problem
    if flags.get("database"):
        with _opened(settings) as target:
            yield target
    else:
        yield Target(_running(settings), nullcontext)


@contextmanager
def _opened(settings: Settings) -> Iterator[Target]:
    from dataverse_emulator.environment import UnusableFile, open_service
    from dataverse_emulator.storage.sqlite import UnusableDatabase
    from dataverse_emulator.web.exchange import WebRequest
    from dataverse_emulator.web.front import FrontDoor

    try:
        service = open_service(settings)
    except UnusableDatabase as problem:
        raise click.ClickException(f"{problem} A running emulator is worked on without --database.") from problem
    except UnusableFile as problem:
        raise click.ClickException(str(problem)) from problem
    try:
        front = FrontDoor(service, replace(settings, log_format="none"))

        def send(method: str, target: str, body: bytes) -> dict[str, Any]:
            path, _, query = target.partition("?")
            answer = front.answer(WebRequest(method, path, query, {}, body, "http://localhost"))
            return _checked(answer.status, answer.body)

        yield Target(send, service.store.transaction)
    finally:
        service.close()


def _running(settings: Settings) -> Send:
    port = settings.port
    if settings.port_file:
        try:
            port = int(Path(settings.port_file).read_text(encoding="ascii"))
        except (OSError, ValueError) as problem:
            raise click.ClickException(f"The port file {settings.port_file} cannot be used: {problem}.") from problem
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)

    def send(method: str, target: str, body: bytes) -> dict[str, Any]:
        connection = http.client.HTTPConnection(host, port, timeout=_TIMEOUT)
        try:
            connection.request(method, target, body)
            answer = connection.getresponse()
            return _checked(answer.status, answer.read())
        except (OSError, http.client.HTTPException) as problem:
            raise click.ClickException(
                f"No emulator answers at {host}:{port}: {problem}. Start one, or name a file with --database."
            ) from problem
        finally:
            connection.close()

    return send


def _checked(status: int, body: bytes) -> dict[str, Any]:
    try:
        content: dict[str, Any] = json.loads(body)
    except ValueError as problem:
        raise click.ClickException(f"The answer with status {status} is no JSON.") from problem
    if status != 200:
        raise click.ClickException(str(content.get("error", {}).get("message", f"The emulator answered {status}.")))
    return content
