"""One emulator at a time works on a database file: numbers and definitions are kept in memory while it does.

The claim is a lock on a file beside the database's. The system takes it back when the process ends, however it ends.
"""

from __future__ import annotations

import contextlib
import os
import time

from dataverse_emulator.storage.sqlite import UnusableDatabase

WAIT = 5.0
"""Seconds for which another process may still be ending."""
_PAUSE = 0.05


class Claim:
    """The lock of one database file."""

    def __init__(self, path: str) -> None:
        """Take the lock.

        A folder in which nothing can be made has no locks; SQLite then says what can be done there.

        Raises:
            UnusableDatabase: another process (or another emulator of this one) keeps it.
        """
        self._path = f"{path}-lock"
        self._handle: int | None = None
        until = time.monotonic() + WAIT
        while self._handle is None:
            try:
                handle = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o644)
            except OSError:
                return
            if _lock(handle) and self._is_at_its_place(handle):
                self._handle = handle
                return
            os.close(handle)
            if time.monotonic() >= until:
                raise UnusableDatabase(f"The database {path} cannot be opened: it is in use by another emulator.")
            time.sleep(_PAUSE)

    def release(self) -> None:
        """Give the lock back."""
        if self._handle is not None:
            with contextlib.suppress(OSError):  # Windows keeps a file that is open
                os.unlink(self._path)
            os.close(self._handle)
            self._handle = None
            with contextlib.suppress(OSError):
                if os.name == "nt":
                    os.unlink(self._path)

    def _is_at_its_place(self, handle: int) -> bool:
        """The file was not taken away by the one who kept it before."""
        try:
            return os.path.samestat(os.fstat(handle), os.stat(self._path))
        except OSError:
            return False


def _lock(handle: int) -> bool:
    try:
        if os.name == "nt":
            import msvcrt

            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]  # on Windows only
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
