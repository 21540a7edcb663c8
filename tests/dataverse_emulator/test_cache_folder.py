"""The cache folder: where it is, and that nothing fails when it cannot be used."""

from __future__ import annotations

import os
import sys
import threading
import time
from pathlib import Path

import pytest

from dataverse_emulator import cache_folder


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget what the surroundings say about caches."""
    for name in ("DATAVERSE_EMULATOR_CACHE", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache folder of the test's own, not made yet."""
    path = tmp_path / "deep" / "cache"
    monkeypatch.setenv("DATAVERSE_EMULATOR_CACHE", str(path))
    return path


def test_own_variable_names_the_folder_itself(folder: Path) -> None:
    assert cache_folder.cache_folder() == folder
    assert folder.is_dir()


def test_shared_variable_gets_a_folder_of_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder.cache_folder() == tmp_path / "dataverse-emulator"


@pytest.mark.parametrize(
    ("platform", "place"),
    [
        ("linux", ".cache/dataverse-emulator"),
        ("darwin", "Library/Caches/dataverse-emulator"),
        ("win32", "AppData/Local/dataverse-emulator/Cache"),
    ],
)
def test_each_platform_has_its_place(
    platform: str, place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    assert cache_folder.cache_folder() == tmp_path / place


@pytest.mark.parametrize("value", ["off", "OFF", "", "  "])
def test_caching_can_be_turned_off(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATAVERSE_EMULATOR_CACHE", value)
    cache_folder.write("a", b"1")
    assert cache_folder.cache_folder() is None
    assert cache_folder.read("a") is None


def test_what_is_written_is_read_back(folder: Path) -> None:
    assert cache_folder.read("a") is None
    cache_folder.write("a", b"1")
    cache_folder.write("a", b"22")
    assert cache_folder.read("a") == b"22"
    assert [path.name for path in folder.iterdir()] == ["a"]


def test_a_file_in_the_way_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("DATAVERSE_EMULATOR_CACHE", str(tmp_path / "file" / "cache"))
    cache_folder.write("a", b"1")
    cache_folder.discard_old("a", "b")
    assert cache_folder.cache_folder() is None
    assert cache_folder.read("a") is None


@pytest.mark.usefixtures("folder")
def test_a_folder_that_cannot_be_written_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert cache_folder.cache_folder() is None


def test_a_failed_write_leaves_nothing_behind(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(source: object, target: object) -> None:
        raise PermissionError(f"{source} {target}")

    monkeypatch.setattr(os, "replace", refuse)
    cache_folder.write("a", b"1")
    assert list(folder.iterdir()) == []


def test_a_home_that_cannot_be_found_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_home() -> Path:
        raise RuntimeError("no home")

    monkeypatch.setattr(Path, "home", no_home)
    assert cache_folder.cache_folder() is None


def test_writers_at_the_same_time_leave_one_whole_file(folder: Path) -> None:
    contents = [bytes([number]) * 20_000 for number in range(8)]
    threads = [threading.Thread(target=cache_folder.write, args=("a", content)) for content in contents]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert cache_folder.read("a") in contents
    assert [path.name for path in folder.iterdir()] == ["a"]


def test_only_old_files_of_the_prefix_are_discarded(folder: Path) -> None:
    for name in ("definitions-old", "definitions-kept", "definitions-young", "template-old"):
        cache_folder.write(name, b"1")
        if name != "definitions-young":
            long_ago = time.time() - 90 * 24 * 3600
            os.utime(folder / name, (long_ago, long_ago))
    cache_folder.discard_old("definitions-", "definitions-kept")
    assert sorted(path.name for path in folder.iterdir()) == ["definitions-kept", "definitions-young", "template-old"]
