"""Write statistics into the marked block of a README."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from covidcurate.errors import CovidcurateError, UnreadableError

_BLOCK = re.compile(r"(<!-- covidcurate stats: begin.*?-->(\r?\n))(.*?)(<!-- covidcurate stats: end -->)", re.DOTALL)


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
    after, count = _BLOCK.subn(lambda match: match[1] + text.replace("\n", match[2]) + match[4], before, count=1)
    if not count:
        raise UnreadableError(
            f"{path}: has no block for statistics",
            remedy="Put <!-- covidcurate stats: begin --> and <!-- covidcurate stats: end --> on lines of their own.",
        )
    try:
        # Written beside it and then put in its place, so that a full disk does not cut it off.
        beside = path.with_name(f".{path.name}.new")
        beside.write_bytes(after.encode("utf-8"))
        shutil.copymode(path, beside)
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise CovidcurateError(f"{path}: cannot be written: {error.strerror}") from error
