"""Multipart bodies: bytes that come in pieces of any size, cut at the delimiter lines (contract 02 §11)."""

from __future__ import annotations

import re

from odata_protocol.errors import SyntaxProblem

_DELIMITER_REST = re.compile(rb"(--)?[ \t]*\r?\n")
_LINE_FEED = 10


class Splitter:
    """Cuts a multipart body at its delimiter lines. What stands before the first and behind the last is dropped."""

    def __init__(self, boundary: str) -> None:
        self._boundary = boundary
        self._marker = b"--" + boundary.encode("utf-8", "replace")
        self._buffer = bytearray()
        self._start = -1  # of the open part; none is open before the first delimiter
        self._scanned = 0
        self._is_closed = False

    def feed(self, data: bytes) -> list[bytes]:
        """The parts that are complete with these bytes."""
        parts: list[bytes] = []
        if self._is_closed:
            return parts
        buffer = self._buffer
        buffer += data
        while (found := self._next_delimiter()) is not None:
            start, rest = found
            if self._start >= 0:
                parts.append(without_line_end(bytes(buffer[self._start : start])))
            self._start = self._scanned = rest.end()
            if rest[1]:
                self._is_closed = True
                return parts
        # the last line may still become a delimiter
        self._scanned = max(self._scanned, buffer.rfind(b"\n") + 1)
        if self._start > 0:
            del buffer[: self._start]
            self._scanned -= self._start
            self._start = 0
        return parts

    def _next_delimiter(self) -> tuple[int, re.Match[bytes]] | None:
        """Where the next delimiter line begins, and what stands in it behind the boundary."""
        buffer, marker = self._buffer, self._marker
        start = buffer.find(marker, self._scanned)
        while start >= 0:
            if start == 0 or buffer[start - 1] == _LINE_FEED:
                rest = _DELIMITER_REST.match(buffer, start + len(marker))
                if rest is not None:
                    return start, rest
            start = buffer.find(marker, start + 1)
        return None

    def close(self) -> list[bytes]:
        """The parts that the end of the body completes.

        Raises:
            SyntaxProblem: the boundary was not in the body.
        """
        parts = self.feed(b"\n")  # the closing delimiter often has no line end
        if self._is_closed:
            return parts
        if self._start < 0:
            raise SyntaxProblem(
                f"The batch is malformed: the boundary '{self._boundary[:100]}' was not found in the body."
            )
        rest = bytes(self._buffer[self._start : -1])
        return [*parts, without_line_end(rest)] if rest.strip() else parts


def line_at(data: bytes, start: int) -> tuple[bytes, int]:
    """The line that begins at ``start``, without its end, and where the next one begins."""
    end = data.find(b"\n", start)
    if end < 0:
        return data[start:], len(data)
    return without_line_end(data[start : end + 1]), end + 1


def without_line_end(data: bytes) -> bytes:
    """The bytes without the line end that they may have, with or without CR."""
    if data.endswith(b"\r\n"):
        return data[:-2]
    return data[:-1] if data.endswith(b"\n") else data
