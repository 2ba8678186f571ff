"""Write statistics into the marked block of a README."""

from __future__ import annotations

import re
from pathlib import Path

from covidcurate.errors import CovidcurateError, UnreadableError

_BLOCK = re.compile(r"(<!-- covidcurate stats: begin.*?-->\n)(.*?)(<!-- covidcurate stats: end -->)", re.DOTALL)


def update_marked_block(path: Path, text: str) -> None:
    """Replace what stands between the two marks of a file; all else stays as it is.

    Raises
    ------
    UnreadableError
        The file cannot be read or has no marks.
    CovidcurateError
        It cannot be written.
    """
    try:
        before = path.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableError(f"{path}: cannot be read as UTF-8 text") from error
    after, count = _BLOCK.subn(lambda match: f"{match[1]}{text}{match[3]}", before, count=1)
    if not count:
        raise UnreadableError(
            f"{path}: has no block for statistics",
            remedy="Put <!-- covidcurate stats: begin --> and <!-- covidcurate stats: end --> on lines of their own.",
        )
    try:
        path.write_bytes(after.encode("utf-8"))
    except OSError as error:
        raise CovidcurateError(f"{path}: cannot be written: {error.strerror}") from error
