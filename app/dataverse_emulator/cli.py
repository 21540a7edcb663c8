"""The command ``dataverse-emulator``.

Exit status: 0 after a clean stop, 1 when something failed, 2 for wrong usage, 3 when the port is taken. What a start
needs is imported by ``serving``, so that ``--help`` and ``ready`` answer at once.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from dataverse_emulator import __version__
from dataverse_emulator.config import LOG_FORMATS, SCHEMA_MODES, Settings, SettingsError, load_settings

PORT_IN_USE = 3
CommandT = TypeVar("CommandT", bound=Callable[..., Any])

_VARIABLES = (
    "Every option may also be given as a variable DATAVERSE_EMULATOR_<NAME>, for example DATAVERSE_EMULATOR_PORT, or "
    "as an entry of the --config file; the option counts before the variable, the variable before the file."
)


_TRANSFERS = ("import", "export")


class _Group(click.Group):
    """Commands, with ``serve`` as the one that is meant when none is named."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        own = {name for option in self.get_params(ctx) for name in option.opts}
        if not args or (args[0].startswith("-") and args[0] not in own):
            args = ["serve", *args]
        return super().parse_args(ctx, args)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in _TRANSFERS:
            from dataverse_emulator import transferring

            return transferring.import_group if cmd_name == "import" else transferring.export_group
        return super().get_command(ctx, cmd_name)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted([*super().list_commands(ctx), *_TRANSFERS])

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        super().format_options(ctx, formatter)
        with formatter.section("Options of serve"):
            records = (option.get_help_record(ctx) for option in self.commands["serve"].params)
            formatter.write_dl([record for record in records if record is not None])


class _PortTaken(click.ClickException):
    """Ends the command: another process has the port."""

    exit_code = PORT_IN_USE


def _address_options(command: CommandT) -> CommandT:
    for option in (
        click.option("--port-file", metavar="FILE", help="File that receives the number of the http port."),
        click.option("--port", metavar="PORT", help="Port for http; 0 picks a free one.  [default: 5365]"),
        click.option("--host", metavar="HOST", help="Address to listen on.  [default: 127.0.0.1]"),
        click.option("--config", metavar="PATH", help="TOML file with options, or the folder of the configuration."),
    ):
        command = option(command)
    return command


@click.group(cls=_Group, epilog=_VARIABLES, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="dataverse-emulator")
def main() -> None:
    """A Microsoft Dataverse environment on localhost: start it with 'dataverse-emulator'."""


@main.command(epilog=_VARIABLES)
@_address_options
@click.option(
    "--tls-port", metavar="PORT", help="Port for https; 0 picks a free one, 'off' leaves https out.  [default: next]"
)
@click.option("--tls-cert", metavar="FILE", help="Certificate chain (PEM) instead of the emulator's own.")
@click.option("--tls-key", metavar="FILE", help="Key (PEM) of --tls-cert, where that file does not hold it.")
@click.option("--database", metavar="PATH", help="SQLite file that keeps the rows.  [default: memory]")
@click.option("--seed", multiple=True, metavar="NAME", help="Scenario to load, for example 'sample'; repeatable.")
@click.option(
    "--schema",
    multiple=True,
    metavar="PATH",
    help="Tables to add: $metadata, EntityDefinitions JSON or solution; repeatable.",
)
@click.option(
    "--schema-mode",
    type=click.Choice(SCHEMA_MODES),
    help="Add to standard tables of the same name, or replace them.  [default: merge]",
)
@click.option(
    "--plugins", multiple=True, metavar="FILE", help="Python file that gives custom APIs behaviour; repeatable."
)
@click.option("--log-format", type=click.Choice(LOG_FORMATS), help="How requests are logged.  [default: line]")
def serve(**flags: Any) -> None:
    """Start the emulator (the default command)."""
    settings = _settings(flags)
    from dataverse_emulator import serving

    try:
        serving.serve(settings)
    except serving.UnusableSetting as problem:
        raise click.UsageError(str(problem)) from problem
    except serving.PortTaken as problem:
        raise _PortTaken(str(problem)) from problem
    except serving.StartFailed as problem:
        raise click.ClickException(str(problem)) from problem


@main.command()
@_address_options
@click.option("--timeout", type=click.FloatRange(min=0), default=10.0, show_default=True, help="Seconds to wait.")
def ready(timeout: float, **flags: Any) -> None:
    """Wait until a running emulator answers; exit status 1 when it does not in time."""
    settings = _settings(flags)
    until = time.monotonic() + timeout
    while True:
        try:
            if _call(settings, "GET", "/_emulator/ready", max(until - time.monotonic(), 0.5)) == 200:
                click.echo("ready")
                return
            problem = "it is not ready"
        except (OSError, ValueError) as caught:
            problem = str(caught)
        if time.monotonic() >= until:
            raise click.ClickException(f"No emulator is ready at {_place(settings)}: {problem}.")
        time.sleep(0.05)


@main.command()
@_address_options
def reset(**flags: Any) -> None:
    """Put all rows of a running emulator back to what it started with."""
    settings = _settings(flags)
    try:
        status = _call(settings, "POST", "/_emulator/reset", 60)
    except (OSError, ValueError) as problem:
        raise click.ClickException(f"No emulator answers at {_place(settings)}: {problem}.") from problem
    if status != 200:
        raise click.ClickException(f"The emulator answered with status {status}.")
    click.echo("reset")


def _settings(flags: dict[str, Any]) -> Settings:
    try:
        return load_settings(flags)
    except SettingsError as problem:
        raise click.UsageError(str(problem)) from problem


def _place(settings: Settings) -> str:
    if settings.port_file:
        return f"the port in {settings.port_file}"
    return f"{settings.host}:{settings.port}"


def _call(settings: Settings, method: str, path: str, timeout: float) -> int:
    """Ask a running emulator and give the status of its answer.

    Raises:
        OSError, ValueError: nothing that speaks HTTP answers, or the port file is missing or empty.
    """
    import http.client

    port = int(Path(settings.port_file).read_text(encoding="ascii")) if settings.port_file else settings.port
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)
    connection = http.client.HTTPConnection(host, port, timeout=timeout)
    try:
        connection.request(method, path)
        return connection.getresponse().status
    except http.client.HTTPException as problem:
        raise ValueError(f"the answer is not HTTP ({problem!r})") from problem
    finally:
        connection.close()
