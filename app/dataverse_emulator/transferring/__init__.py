"""The commands ``import`` and ``export``: files to and from a running emulator, or a database file.

Exit status: 0 when all was done (what could not be taken stands on the standard error stream), 1 when something is
wrong with a file or the emulator, 2 for wrong usage.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from dataverse_emulator.transferring.target import open_target

CommandT = TypeVar("CommandT", bound=Callable[..., Any])


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


_dry_run = click.option("--dry-run", is_flag=True, help="Only look at it, and change nothing.")
_progress = click.option(
    "--progress/--no-progress", default=None, help="Show how far it is.  [default: where a person looks on]"
)


def _examples(*lines: str) -> str:
    return "\n".join(("\b", "Examples:", *(f"  dataverse-emulator {line}" for line in lines)))


@import_group.command(
    "schema",
    epilog=_examples("import schema metadata.xml", "import schema solution.zip --database org.sqlite --dry-run"),
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@click.option("--quiet", is_flag=True, help="Do not list what could not be taken.")
@_dry_run
@_target_options
def import_schema(file: str, quiet: bool, dry_run: bool, **flags: Any) -> None:
    """Add the tables of FILE: a $metadata document, EntityDefinitions JSON or an unmanaged solution (zip).

    Each part that is not taken is listed.
    """
    with open_target(flags) as target:
        path = "/_emulator/schema?check=true" if dry_run else "/_emulator/schema"
        try:
            answer = target.send("POST", path, _content(file))
        except click.ClickException as problem:
            raise click.ClickException(f"{file}: {problem.message}") from problem
    if not quiet:
        for line in answer["report"]:
            click.echo(line, err=True)
    counted = ", ".join(f"{number} {kind}" for kind, number in answer["imported"].items()) or "nothing new"
    click.echo(f"would be imported: {counted}" if dry_run else f"imported: {counted}")


@import_group.command(
    "data",
    epilog=_examples(
        "import data accounts.csv", "import data data.zip --database org.sqlite", "import data folder/ --dry-run"
    ),
)
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True))
@click.option("--table", metavar="NAME", help="Table of a CSV file or a list of rows.  [default: the file's name]")
@_dry_run
@_progress
@_target_options
def import_data(files: tuple[str, ...], table: str | None, dry_run: bool, progress: bool | None, **flags: Any) -> None:
    """Add the rows of FILES: JSON, CSV, or the zip archive of the Configuration Migration tool; a folder is all of its
    files.

    Rows whose identifier exists are changed, the others are made. All files are looked at first: when a row is wrong,
    its line is told and nothing is imported. Rows may point to each other in any order.
    """
    from dataverse_emulator.transferring.data import Import

    with open_target(flags) as target, target.whole():
        found = Import(target, [path for file in files for path in _files(Path(file))], table, progress)
        found.check()
        if not dry_run:
            found.load()
    for line in found.remarks:
        click.echo(line, err=True)
    for path, count in found.counts.items():
        click.echo(f"{path}: {count} rows {'would be ' if dry_run else ''}imported")


@export_group.command(
    "schema", epilog=_examples("export schema tables.json", "export schema account.json --table account")
)
@click.argument("file", type=click.Path(dir_okay=False, writable=True))
@click.option("--table", "tables", multiple=True, metavar="NAME", help="Table to write; repeatable.  [default: custom]")
@_target_options
def export_schema(file: str, tables: tuple[str, ...], **flags: Any) -> None:
    """Write tables to FILE as EntityDefinitions JSON."""
    from urllib.parse import urlencode

    with open_target(flags) as target:
        answer = target.send("GET", f"/_emulator/schema?{urlencode([('table', name) for name in tables])}", b"")
    _write(file, json.dumps(answer, indent=1, ensure_ascii=False).encode())
    click.echo(f"{file}: {len(answer['value'])} tables exported")


@export_group.command(
    "data",
    epilog=_examples(
        "export data all.json", "export data data.zip --table account --table contact", "export data folder/"
    ),
)
@click.argument("file", type=click.Path(writable=True))
@click.option("--table", "tables", multiple=True, metavar="NAME", help="Table to write; repeatable.  [default: all]")
@_progress
@_target_options
def export_data(file: str, tables: tuple[str, ...], progress: bool | None, **flags: Any) -> None:
    """Write rows to FILE: .json, .csv (one table), .zip (for the Configuration Migration tool), or a folder of CSV
    files.

    Pairs of N:N relationships are rows of their table (accountleads) in JSON and CSV, and stand with the first of
    their tables in a .zip. Row versions and contents of file columns are not written.
    """
    from dataverse_emulator.importing.row_writers import KINDS
    from dataverse_emulator.transferring.data import export_tables

    path = Path(file)
    if file.endswith(("/", "\\")):
        path.mkdir(parents=True, exist_ok=True)
    elif not path.is_dir():
        kind = path.suffix.lower()
        if kind not in KINDS:
            raise click.UsageError("The name of the file must end in .json, .csv or .zip, or be that of a folder.")
        if kind == ".csv" and len(tables) != 1:
            raise click.UsageError("A CSV file holds one table: name it with --table, or name a folder.")
    with open_target(flags) as target:
        try:
            count, remarks = export_tables(target, path, tables, progress)
        except OSError as problem:
            raise click.ClickException(f"{file} cannot be written: {problem.strerror or problem}.") from problem
    for line in remarks:
        click.echo(line, err=True)
    click.echo(f"{file}: {count} rows exported")


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    found = sorted(each for each in path.iterdir() if each.suffix.lower() in (".json", ".csv", ".xml", ".zip"))
    if not found:
        raise click.ClickException(f"{path}: the folder holds no files of rows.")
    return found


def _content(file: str) -> bytes:
    from dataverse_emulator.importing.files import UnreadableFile, read_file

    try:
        return read_file(file)
    except UnreadableFile as problem:
        raise click.ClickException(str(problem)) from problem


def _write(file: str, content: bytes) -> None:
    from dataverse_emulator.importing.row_writers import written

    try:
        with written(Path(file)) as stream:
            stream.write(content)
    except OSError as problem:
        raise click.ClickException(f"The file {file} cannot be written: {problem.strerror or problem}.") from problem
