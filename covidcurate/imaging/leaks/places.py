"""Say where a byte of a text stands, as its reader would: line, and the column of a table by its name."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from pathlib import PurePath

_SEPARATORS = {".csv": b",", ".tsv": b"\t"}
_LINES = {".json", ".jsonl", ".txt", ".md", ".html", ".xml", ".toml", *_SEPARATORS}


def place_in_text(data: bytes, place: int, name: str, may_show: Callable[[str], bool]) -> str:
    """Return line and column of a byte in a text file, by its name; of other files nothing.

    Lines count from 1 and are those of an editor, also within a quoted cell.

    Parameters
    ----------
    may_show
        Whether the name of a column may be shown; else its number, from 1, stands for it.
    """
    ending = PurePath(name).suffix.casefold()
    if ending not in _LINES:
        return ""
    newlines = data.count(b"\n", 0, place)
    line = f"line {newlines + 1}"
    separator = _SEPARATORS.get(ending)
    if separator is None:
        return line
    column, quoted = 0, False
    for match in re.finditer(rb'["\n]|' + separator, data[:place]):
        if match[0] == b'"':
            quoted = not quoted
        elif not quoted:
            column = 0 if match[0] == b"\n" else column + 1
    name = _column(data, column, separator.decode())
    return f"{line}, column {name if name and may_show(name) else column + 1}"


def _column(data: bytes, number: int, separator: str) -> str:
    """Return the name of a column by the table's first line; nothing if it has none."""
    head = data[: data.find(b"\n") + 1 or len(data)].decode("utf-8-sig", "replace")
    names = next(csv.reader([head], delimiter=separator), [])
    return names[number].strip() if number < len(names) else ""
