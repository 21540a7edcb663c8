"""New primary keys and random text of an environment."""

from __future__ import annotations

import random
import secrets
import string
import threading
import time

_ALPHABET = string.ascii_uppercase + string.digits


class Identifiers:
    """Makes guids that sort in the order in which they were made, as the platform's sequential ones do.

    Sorting by primary key is the default order of every list, so rows come back in the order of their creation.
    """

    def __init__(self) -> None:
        self._last = 0
        self._random = random.Random()  # ids must differ, not be secret
        self._lock = threading.Lock()

    def new_id(self) -> str:
        """A new guid, 36 characters, lower case (time-ordered as RFC 9562 version 7)."""
        with self._lock:
            # 48 bits of milliseconds and 12 bits of their fraction, made strictly increasing
            stamp = time.time_ns() * 4096 // 1_000_000
            if stamp <= self._last:
                stamp = self._last + 1
            self._last = stamp
            chance = self._random.getrandbits(62)
        return "%08x-%04x-7%03x-%04x-%012x" % (  # noqa: UP031 - takes two thirds of an f-string's time
            stamp >> 28 & 0xFFFFFFFF,
            stamp >> 12 & 0xFFFF,
            stamp & 0xFFF,
            0x8000 | chance >> 48,
            chance & 0xFFFFFFFFFFFF,
        )

    def random_text(self, length: int) -> str:
        """Upper-case letters and digits."""
        return "".join(secrets.choice(_ALPHABET) for _ in range(length))
