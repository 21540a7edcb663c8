"""Memory of long requests and answers goes back to the system."""

from __future__ import annotations

import contextlib
from functools import lru_cache

_MMAP_THRESHOLD = -3  # M_MMAP_THRESHOLD of malloc.h
_SMALLEST = 1024 * 1024


@lru_cache(maxsize=1)
def give_back_large_blocks() -> None:
    """Let the C library give blocks of a megabyte and more back as soon as they are free.

    GNU's otherwise raises that bound to the largest block that was ever freed, and keeps such blocks, for each thread
    its own: a few requests of some megabytes would make the process a hundred megabytes larger for good. Others do
    nothing of the kind. Called with the first long request: what it imports would be noticed at a start.
    """
    with contextlib.suppress(ImportError, OSError, AttributeError, TypeError):
        import ctypes

        ctypes.CDLL(None).mallopt(_MMAP_THRESHOLD, _SMALLEST)
