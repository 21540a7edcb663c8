"""Where settings come from."""

from __future__ import annotations

from pathlib import Path

import pytest

from dataverse_emulator.config import Settings, SettingsError, configuration_folder, load_settings


def test_defaults() -> None:
    assert load_settings({}, {}) == Settings()
    assert Settings().port == 5365
    assert Settings().tls_port == 5366
    assert Settings().host == "127.0.0.1"


def test_flag_before_variable_before_file_before_default(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text('port = 1001\nhost = "0.0.0.0"\nlog-format = "json"\nseed = ["sample"]\n')
    variables = {"DATAVERSE_EMULATOR_CONFIG": str(file), "DATAVERSE_EMULATOR_PORT": "1002"}
    settings = load_settings({"log_format": "none"}, variables)
    assert (settings.port, settings.host, settings.log_format) == (1002, "0.0.0.0", "none")
    assert settings.seeds == ("sample",)
    assert load_settings({"port": 1003}, variables).port == 1003


@pytest.mark.parametrize(
    ("flags", "tls_port"),
    [
        ({}, 5366),
        ({"port": 8000}, 8001),
        ({"port": 0}, 0),
        ({"port": 65535}, 0),
        ({"port": 8000, "tls_port": "9000"}, 9000),
        ({"tls_port": "off"}, None),
        ({"tls_port": "0"}, 0),
    ],
    ids=str,
)
def test_https_listens_on_the_next_port_unless_told_otherwise(flags: dict[str, object], tls_port: int | None) -> None:
    assert load_settings(flags, {}).tls_port == tls_port


def test_file_can_turn_https_off(tmp_path: Path) -> None:
    file = tmp_path / "a.toml"
    file.write_text("tls-port = false\n")
    assert load_settings({"config": str(file)}, {}).tls_port is None


def test_seeds_come_as_list_or_with_commas() -> None:
    assert load_settings({"seed": ("a", "b,c", "a")}, {}).seeds == ("a", "b", "c")
    assert load_settings({}, {"DATAVERSE_EMULATOR_SEED": "a, b"}).seeds == ("a", "b")


@pytest.mark.parametrize(
    ("flags", "variables", "words"),
    [
        ({}, {"DATAVERSE_EMULATOR_PORT": "many"}, "DATAVERSE_EMULATOR_PORT"),
        ({"port": 70000}, {}, "70000"),
        ({"tls_port": "on"}, {}, "--tls-port"),
        ({"log_format": "xml"}, {}, "--log-format"),
        ({"tls_key": "k.pem"}, {}, "tls-cert"),
        ({"port": 80, "tls_port": 80}, {}, "share port 80"),
        ({"config": "/nowhere/at/all.toml"}, {}, "cannot be read"),
    ],
    ids=str,
)
def test_what_does_not_fit_is_named(flags: dict[str, object], variables: dict[str, str], words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        load_settings(flags, variables)


@pytest.mark.parametrize(
    ("text", "words"),
    [("prot = 1", "unknown name 'prot'"), ("port = ", "not valid TOML"), ('port = "x"', "entry 'port'")],
)
def test_faults_of_the_file_are_named(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "a.toml"
    file.write_text(text)
    with pytest.raises(SettingsError, match=words):
        load_settings({"config": str(file)}, {})


def test_config_may_name_a_folder(tmp_path: Path) -> None:
    assert load_settings({"config": str(tmp_path)}, {}) == Settings(folder=str(tmp_path))
    (tmp_path / "config.toml").write_text("port = 1234\n")
    settings = load_settings({}, {"DATAVERSE_EMULATOR_CONFIG": str(tmp_path)})
    assert (settings.port, settings.folder) == (1234, str(tmp_path))


@pytest.mark.parametrize(
    ("variables", "platform", "folder"),
    [
        ({"DATAVERSE_EMULATOR_CONFIG": "/c", "XDG_CONFIG_HOME": "/x"}, "linux", "/c"),
        ({"DATAVERSE_EMULATOR_CONFIG": "/c/a.toml", "XDG_CONFIG_HOME": "/x"}, "linux", "/x/dataverse-emulator"),
        ({"HOME": "/h"}, "linux", "/h/.config/dataverse-emulator"),
        ({"HOME": "/h"}, "darwin", "/h/Library/Application Support/dataverse-emulator"),
        ({"APPDATA": "/r"}, "win32", "/r/dataverse-emulator"),
    ],
)
def test_configuration_folder(variables: dict[str, str], platform: str, folder: str) -> None:
    assert configuration_folder(variables, platform) == Path(folder)
