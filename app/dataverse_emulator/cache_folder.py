"""The user's cache folder: where compiled definitions and the template database are kept between starts.

Everything in it can be made again, so nothing here raises: a folder that cannot be written means no cache.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from pathlib import Path

_APPLICATION = "dataverse-emulator"
_KEEP_SECONDS = 30 * 24 * 3600


def cache_folder() -> Path | None:
    """The folder for cached files, made if it is missing; None where it cannot be written.

    ``DATAVERSE_EMULATOR_CACHE`` names the folder itself (``off`` or an empty value turn caching off); otherwise it is
    a folder of ours in ``XDG_CACHE_HOME`` or in the place that the platform has for caches.
    """
    folder = _wanted_folder()
    if folder is None:
        return None
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    return folder if os.access(folder, os.W_OK | os.X_OK) else None


def read(name: str) -> bytes | None:
    """The content of a cached file, or None when there is none or it cannot be read."""
    folder = _wanted_folder()
    if folder is None:
        return None
    try:
        with open(folder / name, "rb") as file:
            return file.read()
    except OSError:
        return None


def write(name: str, data: bytes) -> None:
    """Keep ``data`` under that name: whole or not at all, also when several processes write at once."""
    folder = cache_folder()
    if folder is None:
        return
    temporary = folder / f"{name}.{os.getpid()}.{time.monotonic_ns()}.part"
    try:
        temporary.write_bytes(data)
        os.replace(temporary, folder / name)
    except OSError:
        with contextlib.suppress(OSError):
            temporary.unlink()


def discard_old(prefix: str, keep: str) -> None:
    """Delete files of that prefix that nobody has written for a month, but for ``keep``.

    Younger ones stay: another version of the emulator on the same machine may be using them.
    """
    folder = _wanted_folder()
    if folder is None:
        return
    oldest = time.time() - _KEEP_SECONDS
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith(prefix) and entry.name != keep and entry.stat().st_mtime < oldest:
                os.unlink(entry.path)


def _wanted_folder() -> Path | None:
    own = os.environ.get("DATAVERSE_EMULATOR_CACHE")
    if own is not None:
        return Path(own) if own.strip().lower() not in ("", "off") else None
    shared = os.environ.get("XDG_CACHE_HOME")
    if shared and os.path.isabs(shared):  # the base directory specification: relative paths are ignored
        return Path(shared, _APPLICATION)
    try:
        return _platform_folder()
    except RuntimeError:  # no home folder can be found
        return None


def _platform_folder() -> Path:
    if sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA")
        return (Path(local) if local else Path.home() / "AppData" / "Local") / _APPLICATION / "Cache"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / _APPLICATION
    return Path.home() / ".cache" / _APPLICATION
