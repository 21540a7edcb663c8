"""Bytes of any length in little memory: bodies of requests and answers that hold files."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from typing import IO

PIECE_SIZE = 256 * 1024
LONGEST_IN_MEMORY = 1024 * 1024


class Spool:
    """Bytes that are written once and read as often as wanted, in pieces.

    They are in memory while they are few, else in a temporary file without a name, which goes with this object or with
    the process. Not safe for concurrent use.

    Attributes:
        size: number of bytes.
    """

    def __init__(self, data: bytes = b"") -> None:
        self._file: IO[bytes] = io.BytesIO(data)  # shares the bytes that it is given
        self.size = len(data)

    @classmethod
    def of(cls, pieces: Iterable[bytes]) -> Spool:
        """The pieces, joined."""
        made = cls()
        for piece in pieces:
            made.add(piece)
        return made

    def add(self, piece: bytes) -> None:
        """Add bytes at the end.

        Raises:
            OSError: the disk is full.
        """
        if self.size <= LONGEST_IN_MEMORY < self.size + len(piece):
            self._leave_memory()
        self._file.seek(self.size)
        self._file.write(piece)
        self.size += len(piece)

    def pieces(self, size: int = PIECE_SIZE) -> Iterator[bytes]:
        """The bytes in pieces of ``size``; the last one may be shorter."""
        for start in range(0, self.size, size):
            self._file.seek(start)
            yield self._file.read(size)

    def open(self) -> IO[bytes]:
        """A file at its start, for others to read; it lasts as long as this object."""
        self._file.seek(0)
        return self._file

    def read(self) -> bytes:
        """All bytes."""
        self._file.seek(0)
        return self._file.read()

    def _leave_memory(self) -> None:
        import tempfile  # seldom needed

        file = tempfile.TemporaryFile()  # noqa: SIM115 - closed with this object
        file.write(self.read())
        self._file.close()
        self._file = file

    def __del__(self) -> None:
        self._file.close()
