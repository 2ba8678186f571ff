"""What of a large table is beyond ASCII: mostly a few characters of a few lines, so that nothing else is looked at."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from covidcurate.table.keys import Places, few_true

_ASCII_END = 128


def foreign_places(body: NDArray[np.uint8]) -> Places:
    """Return where bytes beyond ASCII stand."""
    return few_true(body >= _ASCII_END)


def is_utf8(body: NDArray[np.uint8], foreign: Places) -> bool:
    """Whether bytes are UTF-8; ``foreign`` is where those beyond ASCII stand."""
    some = body[foreign]
    try:
        some.tobytes().decode("utf-8")
    except UnicodeDecodeError:
        return False
    # They are so without the ASCII in between; with it, if none stands within a character.
    continuing = np.flatnonzero((some & 0xC0) == 0x80)
    return bool((foreign[continuing] - foreign[continuing - 1] == 1).all())
