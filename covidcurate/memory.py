"""How much freed memory a process keeps for what it needs next: see mallopt(3) and malloc_trim(3) of the GNU C library.

By itself that library hands back what was freed, page by page, and takes as many new pages for the next block or film.
Where there is another library, nothing is done.
"""

from __future__ import annotations

import os
from typing import Any

LARGEST = 1 << 25
"""Bytes of the largest piece that the library can keep at all."""
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3


def keep_freed_memory(largest: int, spare: int) -> None:
    """Keep freed memory from now on, in pieces of so many bytes at most, and of what nothing follows so many in all."""
    if (mallopt := _of_library("mallopt")) is not None:
        mallopt(_MMAP_THRESHOLD, min(largest, LARGEST))
        mallopt(_TRIM_THRESHOLD, spare)


def give_memory_back() -> None:
    """Give back all freed memory that is kept, once."""
    if (malloc_trim := _of_library("malloc_trim")) is not None:
        malloc_trim(0)


def _of_library(name: str) -> Any:
    import ctypes  # only large tables and films need it

    return getattr(ctypes.CDLL(None), name, None) if os.name == "posix" else None
