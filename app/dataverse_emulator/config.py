"""Settings of the command and where they come from: flag, ``DATAVERSE_EMULATOR_<NAME>`` variable, TOML file, default.

``--config`` names a TOML file (its name ends in ``.toml``) or a configuration folder. In a folder a ``config.toml`` is
read when it is there, and the certificates are kept beside it (``certificates.py``).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias, cast

LogFormat: TypeAlias = Literal["line", "json", "none"]
SchemaMode: TypeAlias = Literal["merge", "replace"]

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 5365
LOG_FORMATS = ("line", "json", "none")
SCHEMA_MODES = ("merge", "replace")
VARIABLE_PREFIX = "DATAVERSE_EMULATOR_"
FILE_NAME = "config.toml"
HIGHEST_PORT = 65_535


class SettingsError(Exception):
    """A setting that cannot be used; the text names it and where it came from."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How one emulator runs.

    Attributes:
        host: address or name to listen on.
        port: port for http; 0 lets the system pick one.
        tls_port: port for https; 0 lets the system pick one, None leaves https out.
        tls_cert: certificate chain in PEM form, instead of one made by the emulator.
        tls_key: the key of ``tls_cert`` when that file does not hold it.
        database: path of a SQLite file or a database URL; None keeps the rows in memory.
        seeds: names of the scenarios that are loaded, in order.
        schemas: paths of schema files that are laid over the standard tables, in order.
        schema_mode: ``merge`` adds to tables that are there already, ``replace`` puts the files' ones in their place.
        plugins: paths of Python files that give custom APIs their behaviour.
        log_format: how requests are logged.
        port_file: file that receives the number of the http port once the server listens.
        folder: the configuration folder; None is the platform's.
    """

    host: str = DEFAULT_HOST
    port: int = DEFAULT_PORT
    tls_port: int | None = DEFAULT_PORT + 1
    tls_cert: str | None = None
    tls_key: str | None = None
    database: str | None = None
    seeds: tuple[str, ...] = ()
    schemas: tuple[str, ...] = ()
    schema_mode: SchemaMode = "merge"
    plugins: tuple[str, ...] = ()
    log_format: LogFormat = "line"
    port_file: str | None = None
    folder: str | None = None


def load_settings(
    flags: Mapping[str, Any] | None = None,
    environment: Mapping[str, str] | None = None,
) -> Settings:
    """Gather the settings.

    Args:
        flags: given on the command line: option name with underscores → value; None values count as not given.
        environment: the process's variables; ``os.environ`` when None.

    Raises:
        SettingsError: a value does not fit, or the file cannot be read or holds an unknown name.
    """
    variables = os.environ if environment is None else environment
    given = {name: value for name, value in (flags or {}).items() if value is not None and value != ()}
    place = given.pop("config", None) or variables.get(VARIABLE_PREFIX + "CONFIG") or None
    folder = None if place is None or is_settings_file(place) else str(place)
    values = _read_file(place, folder)
    for name in _READERS:
        text = variables.get(VARIABLE_PREFIX + name.upper())
        if text:
            values[name] = _read(name, text, f"variable {VARIABLE_PREFIX}{name.upper()}")
    for name, value in given.items():
        values[name] = _read(name, value, f"option --{name.replace('_', '-')}")
    return _settle(values, folder)


def is_settings_file(place: str | os.PathLike[str]) -> bool:
    """``--config`` names a file; else it names a folder."""
    return str(place).lower().endswith(".toml")


def configuration_folder(environment: Mapping[str, str] | None = None, platform: str = sys.platform) -> Path:
    """The user's folder for what the emulator keeps: the one that ``DATAVERSE_EMULATOR_CONFIG`` names, or the
    platform's."""
    variables = os.environ if environment is None else environment
    named = variables.get(VARIABLE_PREFIX + "CONFIG")
    if named and not is_settings_file(named):
        return Path(named)
    base = variables.get("XDG_CONFIG_HOME")
    if base:
        return Path(base) / "dataverse-emulator"
    if platform == "win32":
        roaming = variables.get("APPDATA")
        return (Path(roaming) if roaming else _home(variables) / "AppData" / "Roaming") / "dataverse-emulator"
    if platform == "darwin":
        return _home(variables) / "Library" / "Application Support" / "dataverse-emulator"
    return _home(variables) / ".config" / "dataverse-emulator"


def _home(variables: Mapping[str, str]) -> Path:
    home = variables.get("HOME") or variables.get("USERPROFILE")
    return Path(home) if home else Path.home()


def _read_file(place: Any, folder: str | None) -> dict[str, Any]:
    if place is None:
        return {}
    path = Path(place) if folder is None else Path(folder) / FILE_NAME
    if folder is not None and not path.is_file():
        return {}
    import tomllib

    try:
        entries = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as problem:
        raise SettingsError(
            f"The configuration file {path} cannot be read: {problem.strerror or problem}."
        ) from problem
    except ValueError as problem:
        raise SettingsError(f"The configuration file {path} is not valid TOML: {problem}.") from problem
    values: dict[str, Any] = {}
    for key, value in entries.items():
        name = key.replace("-", "_")
        if name not in _READERS:
            known = ", ".join(sorted(each.replace("_", "-") for each in _READERS))
            raise SettingsError(f"The configuration file {path} holds the unknown name '{key}'. Known names: {known}.")
        values[name] = _read(name, value, f"entry '{key}' of {path}")
    return values


def _settle(values: dict[str, Any], folder: str | None) -> Settings:
    """Fill what depends on other settings: https listens on the port after the one of http."""
    port = values.get("port", DEFAULT_PORT)
    if "tls_port" not in values:
        values["tls_port"] = 0 if port in (0, HIGHEST_PORT) else port + 1
    if values.get("tls_key") and not values.get("tls_cert"):
        raise SettingsError("A tls-key needs its tls-cert.")
    if port and port == values["tls_port"]:
        raise SettingsError(f"http and https cannot share port {port}.")
    for one, many in (("seed", "seeds"), ("schema", "schemas")):
        if one in values:
            values[many] = values.pop(one)
    return Settings(**values, folder=folder)


def _read(name: str, value: Any, source: str) -> Any:
    try:
        return _READERS[name](value)
    except (TypeError, ValueError) as problem:
        raise SettingsError(f"The {source} does not fit: {problem}.") from problem


def _text(value: Any) -> str:
    if not isinstance(value, str | os.PathLike) or not str(value).strip():
        raise ValueError("a text is wanted")
    return str(value)


def _port(value: Any) -> int:
    if isinstance(value, bool) or not (isinstance(value, int) or (isinstance(value, str) and value.isdecimal())):
        raise ValueError(f"{value!r} is no port number")
    number = int(value)
    if not 0 <= number <= HIGHEST_PORT:
        raise ValueError(f"{number} is no port number")
    return number


def _tls_port(value: Any) -> int | None:
    if value is False or (isinstance(value, str) and value.strip().lower() == "off"):
        return None
    try:
        return _port(value)
    except ValueError:
        raise ValueError(f"{value!r} is neither a port number nor 'off'") from None


def _seeds(value: Any) -> tuple[str, ...]:
    parts = value.split(",") if isinstance(value, str) else list(value)
    names: list[str] = []
    for part in parts:
        for name in _text(part).split(","):
            if name.strip() and name.strip() not in names:
                names.append(name.strip())
    return tuple(names)


def _paths(value: Any) -> tuple[str, ...]:
    """Paths; in one text they stand apart as those of PATH do."""
    parts = value.split(os.pathsep) if isinstance(value, str) else list(value)
    return tuple(dict.fromkeys(_text(part) for part in parts))


def _log_format(value: Any) -> LogFormat:
    if value not in LOG_FORMATS:
        raise ValueError(f"{value!r} is none of {', '.join(LOG_FORMATS)}")
    return cast(LogFormat, value)


def _schema_mode(value: Any) -> SchemaMode:
    if value not in SCHEMA_MODES:
        raise ValueError(f"{value!r} is none of {', '.join(SCHEMA_MODES)}")
    return cast(SchemaMode, value)


_READERS: dict[str, Callable[[Any], Any]] = {
    "host": _text,
    "port": _port,
    "tls_port": _tls_port,
    "tls_cert": _text,
    "tls_key": _text,
    "database": _text,
    "seed": _seeds,
    "schema": _paths,
    "schema_mode": _schema_mode,
    "plugins": _paths,
    "log_format": _log_format,
    "port_file": _text,
}
