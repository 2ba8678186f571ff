"""One record of a table: fields, physical lines, the record as written, and what is broken about it."""

from __future__ import annotations

from enum import Enum
from functools import partial
from typing import NamedTuple

from covidcurate.table.dialect import Dialect

_CHANCE = 5
"""From so many cells on, a line of text has as many as a row not by chance."""


class RowProblem(Enum):
    """What keeps a record from being cut into cells that can be trusted."""

    NONE = ""
    """Nothing."""
    OPEN_QUOTE = "open quote"
    """A cell begins with a quote that is not closed where it should be."""
    CARRIAGE_RETURN = "carriage return"
    """A lone carriage return stands outside quotes."""


class Row(NamedTuple):
    """One record: its cells' text, its physical lines (from 1), and the record exactly as written.

    ``fields`` is empty for a blank line. ``plain`` promises printable ASCII (and line ends) throughout; where it is
    false there may be more, or not.
    """

    fields: list[str]
    first_line: int
    last_line: int
    text: str
    problem: RowProblem = RowProblem.NONE
    plain: bool = False


# The constructor of a named tuple is written in Python; a reader makes millions of rows.
make_row = partial(tuple.__new__, Row)


def has_row_inside(fields: list[str], lines: list[str], dialect: Dialect, width: int) -> bool:
    """Whether a line of a record that spans lines is a whole row by itself, as where a quote was left open.

    The last line is one by chance if it closes the first cell of a sound row, or one of the next with a few commas;
    that far on it is none by chance any more.
    """
    continuation = lines[1:]
    if len(fields) == width:
        place = max(place for place, cell in enumerate(fields) if "\n" in cell or "\r" in cell)
        if width < _CHANCE or place < _CHANCE:
            continuation = continuation[:-1] if width >= _CHANCE else []
    # To cut a line takes a hundred times what it takes to see that it has too few delimiters.
    return any(
        line.count(dialect.delimiter) >= width - 1 and len(dialect.split(line)) == width for line in continuation
    )
