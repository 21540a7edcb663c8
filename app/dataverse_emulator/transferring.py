"""The commands ``import`` and ``export``: files to and from a running emulator, or a database file."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

import click

from dataverse_emulator.config import Settings, SettingsError, load_settings

CommandT = TypeVar("CommandT", bound=Callable[..., Any])
Send: TypeAlias = Callable[[str, str, bytes], dict[str, Any]]

_TIMEOUT = 600


def _target_options(command: CommandT) -> CommandT:
    for option in (
        click.option("--database", metavar="PATH", help="SQLite file to work on, instead of a running emulator."),
        click.option("--port-file", metavar="FILE", help="File with the number of the running emulator's http port."),
        click.option("--port", metavar="PORT", help="Port of the running emulator.  [default: 5365]"),
        click.option("--host", metavar="HOST", help="Address of the running emulator.  [default: 127.0.0.1]"),
        click.option("--config", metavar="PATH", help="TOML file with options, or the folder of the configuration."),
    ):
        command = option(command)
    return command


@click.group("import")
def import_group() -> None:
    """Bring a schema or rows into a running emulator, or into a database file."""


@click.group("export")
def export_group() -> None:
    """Write the schema or rows of a running emulator, or of a database file."""


@import_group.command("schema")
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@click.option("--quiet", is_flag=True, help="Do not list what could not be taken.")
@_target_options
def import_schema(file: str, quiet: bool, **flags: Any) -> None:
    """Add the tables of FILE: a $metadata document, EntityDefinitions JSON or an unmanaged solution (zip)."""
    with _target(flags) as send:
        answer = send("POST", "/_emulator/schema", _content(file))
    if not quiet:
        for line in answer["report"]:
            click.echo(line, err=True)
    counted = ", ".join(f"{number} {kind}" for kind, number in answer["imported"].items()) or "nothing new"
    click.echo(f"imported: {counted}")


@import_group.command("data")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False))
@click.option("--table", metavar="NAME", help="Table of a CSV file or a list of rows.  [default: the file's name]")
@_target_options
def import_data(files: tuple[str, ...], table: str | None, **flags: Any) -> None:
    """Add the rows of FILES: JSON, CSV, or the zip archive of the Configuration Migration tool.

    Rows whose identifier exists are changed, the others are made.
    """
    from dataverse_emulator.importing.files import UnreadableFile
    from dataverse_emulator.importing.rows import read_rows

    with _target(flags) as send:
        for file in files:
            try:
                found = read_rows(_content(file), f"{table}.csv" if table else file)
            except UnreadableFile as problem:
                raise click.ClickException(f"{file}: {problem}") from problem
            remarks = dict.fromkeys(found.remarks)
            with click.progressbar(length=found.count, label=Path(file).name) as bar:
                for count, batch in found.batches():
                    body = json.dumps(batch).encode()
                    remarks |= dict.fromkeys(send("POST", "/_emulator/data", body)["report"])
                    bar.update(count)
            for remark in remarks:
                click.echo(f"{file}: {remark}", err=True)
            click.echo(f"{file}: {found.count} rows imported")


@export_group.command("schema")
@click.argument("file", type=click.Path(dir_okay=False, writable=True))
@click.option("--table", "tables", multiple=True, metavar="NAME", help="Table to write; repeatable.  [default: custom]")
@_target_options
def export_schema(file: str, tables: tuple[str, ...], **flags: Any) -> None:
    """Write tables to FILE as EntityDefinitions JSON."""
    from urllib.parse import urlencode

    with _target(flags) as send:
        answer = send("GET", f"/_emulator/schema?{urlencode([('table', name) for name in tables])}", b"")
    _write(file, json.dumps(answer, indent=1, ensure_ascii=False).encode())
    click.echo(f"{file}: {len(answer['value'])} tables exported")


@export_group.command("data")
@click.argument("file", type=click.Path(dir_okay=False, writable=True))
@click.option("--table", "tables", multiple=True, metavar="NAME", help="Table to write; repeatable.  [default: all]")
@_target_options
def export_data(file: str, tables: tuple[str, ...], **flags: Any) -> None:
    """Write rows to FILE: .json, .csv (one table) or .zip (for the Configuration Migration tool)."""
    kind = Path(file).suffix.lower()
    if kind not in (".json", ".csv", ".zip"):
        raise click.UsageError("The name of the file must end in .json, .csv or .zip.")
    if kind == ".csv" and len(tables) != 1:
        raise click.UsageError("A CSV file holds one table: name it with --table.")
    found = []
    with _target(flags) as send:
        names = list(tables) or list(send("GET", "/_emulator/data", b"")["tables"])
        with click.progressbar(names, label=Path(file).name) as bar:
            for name in bar:
                found.append(send("GET", f"/_emulator/data?table={name}", b""))
    _write(file, _written(kind, found))
    click.echo(f"{file}: {sum(len(each['rows']) for each in found)} rows exported")


def _written(kind: str, found: list[dict[str, Any]]) -> bytes:
    if kind == ".csv":
        from dataverse_emulator.importing.rows import write_csv

        return write_csv(found[0]["columns"], found[0]["rows"])
    if kind == ".zip":
        from dataverse_emulator.importing.migration_file import TableRows, write_migration

        return write_migration(
            TableRows(
                each["table"],
                each["displayName"],
                each["primaryId"],
                each["primaryName"],
                each["typeCode"],
                each["columns"],
                each["rows"],
            )
            for each in found
        )
    return json.dumps({each["table"]: each["rows"] for each in found}, indent=1, ensure_ascii=False).encode()


def _content(file: str) -> bytes:
    from dataverse_emulator.importing.files import UnreadableFile, read_file

    try:
        return read_file(file)
    except UnreadableFile as problem:
        raise click.ClickException(str(problem)) from problem


def _write(file: str, content: bytes) -> None:
    try:
        Path(file).write_bytes(content)
    except OSError as problem:
        raise click.ClickException(f"The file {file} cannot be written: {problem.strerror or problem}.") from problem


@contextmanager
def _target(flags: dict[str, Any]) -> Iterator[Send]:
    """What answers requests of the control plane: a running emulator, or one opened over a database file."""
    try:
        settings = load_settings(flags)
    except SettingsError as problem:
        raise click.UsageError(str(problem)) from problem
    if flags.get("database"):
        with _opened(settings) as send:
            yield send
    else:
        yield _running(settings)


@contextmanager
def _opened(settings: Settings) -> Iterator[Send]:
    from dataclasses import replace

    from dataverse_emulator.environment import open_service
    from dataverse_emulator.web.exchange import WebRequest
    from dataverse_emulator.web.front import FrontDoor

    service = open_service(settings)
    try:
        front = FrontDoor(service, replace(settings, log_format="none"))

        def send(method: str, target: str, body: bytes) -> dict[str, Any]:
            path, _, query = target.partition("?")
            answer = front.answer(WebRequest(method, path, query, {}, body, "http://localhost"))
            return _checked(answer.status, answer.body)

        yield send
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
