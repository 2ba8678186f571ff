"""Cut thousands of lines into cells at once: a few passes over their bytes, in a fifth of the time of the csv module.

Only what cannot be read in two ways is cut here. Anything else is refused and read row by row, by a reader that knows
what may be wrong with a row; where a block is cut, both of them come to the same.
"""

from __future__ import annotations

import csv
from array import array
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from covidcurate.memory import keep_freed_memory
from covidcurate.table.cut import CutRows
from covidcurate.table.dialect import Dialect
from covidcurate.table.foreign import foreign_places, is_utf8
from covidcurate.table.keys import Places
from covidcurate.table.row import Row, has_row_inside
from covidcurate.table.short import LONGEST

_TAB, _LINE_FEED, _RETURN, _SPACE, _QUOTE, _DELETE = b'\t\n\r "\x7f'
_MOST_ODD = 1 << 14
"""Odd records of a block that are kept until all of it is cut; millions of blank ones would take half a gigabyte."""

Bytes = NDArray[np.uint8]

# All that one block needs, so that the next one finds it there.
keep_freed_memory(largest=1 << 21, spare=1 << 25)


@dataclass(frozen=True, slots=True)
class Cut:
    """What was cut from the front of a block: the sound rows, the records that are odd, and how much that was."""

    rows: CutRows | None
    odd: list[Row]
    size: int
    """Bytes."""
    lines: int
    utf8_line: int
    """The first line that holds more than ASCII; 0 if none does."""


class _Marks(NamedTuple):
    """The delimiters and line ends that stand outside of quotes, up to the last record that ends in the block."""

    places: Places
    of_records: NDArray[np.intp]
    """Which of them end a record."""
    line_ends: Places
    """All ends of lines, those in cells among them."""
    doubled: Places
    """Quotes that stand twice inside of a cell, the second of each two."""


class _Records(NamedTuple):
    """Where records begin and end, by bytes, and which lines they have."""

    starts: Places
    ends: Places
    first_lines: Places
    last_lines: Places


def cut_block(raw: bytes, dialect: Dialect, width: int, first_line: int, longest: int) -> Cut | None:
    """Cut the records that end in a block; return None if there are none, or if they are not surely read right.

    Parameters
    ----------
    raw
        The block; it begins with a record. Refused are bytes that are not UTF-8, control characters, line ends that
        are not as the first line's, quotes inside of cells that are not quoted, odd records that span lines.
    width
        Cells of a sound row.
    first_line
        Number of the first line of the block.
    longest
        Most bytes that a record may have.
    """
    marks = _find_marks(np.frombuffer(raw, np.uint8), ord(dialect.delimiter))
    if marks is None:
        return None
    records, size = _find_records(marks, first_line), int(marks.places[-1]) + 1
    # Mostly the record that does not end in the block has as many bytes as are needed behind the others.
    padded = np.frombuffer(raw if len(raw) - size >= LONGEST else raw + bytes(LONGEST), np.uint8)
    body, line_ends = padded[:size], len(marks.line_ends)
    if (records.ends - records.starts).max() > longest or not _is_regular(body, raw, line_ends, dialect.newline):
        return None
    foreign = foreign_places(body)
    if not is_utf8(body, foreign):
        return None
    cells = np.diff(marks.of_records, prepend=-1)
    starts, ends = _cells_of(padded, marks.places, cells, width, len(dialect.newline) - 1)
    sound = np.flatnonzero(cells == width)
    blank = (starts == ends).all(axis=1)
    if blank.any():
        starts, ends, sound = (part[~blank] for part in (starts, ends, sound))
    if len(cells) - len(sound) > _MOST_ODD:
        return None
    first_lines, last_lines = (
        array("I", part[sound].astype("I").tobytes()) for part in (records.first_lines, records.last_lines)
    )
    columns, column_ends = (np.ascontiguousarray(part.T) for part in (starts, ends))
    rows = CutRows(raw, padded, columns, column_ends, first_lines, last_lines, foreign, marks.doubled)
    odd = _odd_rows(raw, records, sound, dialect)
    if odd is None or _holds_others(rows, records, sound, dialect):
        return None
    utf8_line = int(records.first_lines[np.searchsorted(records.ends, foreign[0], side="right")]) if len(foreign) else 0
    return Cut(rows if len(sound) else None, odd, size, line_ends, utf8_line)


def _find_marks(block: Bytes, delimiter: int) -> _Marks | None:
    """Find what parts cells and records; None if no record ends, or a quote does not stand at the edge of a cell."""
    is_mark = block == delimiter
    is_mark |= block == _LINE_FEED
    is_mark |= block == _QUOTE
    places = np.flatnonzero(is_mark)
    kinds = block[places]
    at_quotes = np.flatnonzero(kinds == _QUOTE)
    parts = _outside_of_quotes(at_quotes, len(places))
    at_lines = np.flatnonzero(kinds == _LINE_FEED)
    parting = places[parts]
    of_records = np.searchsorted(parting, places[at_lines[parts[at_lines]]])
    if not len(of_records):
        return None
    parting = parting[: of_records[-1] + 1]
    end = parting[-1]
    at_edge = np.zeros(256, np.bool_)
    # A carriage return, too: whether a line end follows it is looked at with all others.
    at_edge[[delimiter, _LINE_FEED, _RETURN, _QUOTE]] = True
    opening, closing = places[at_quotes[::2]], places[at_quotes[1::2]]
    opening, closing = opening[opening < end], closing[closing < end]
    before = block[opening - 1]
    # Nothing is before a quote that opens the block.
    before[opening == 0] = _LINE_FEED
    if not (at_edge[before].all() and at_edge[block[closing + 1]].all()):
        return None
    line_ends = places[at_lines]
    return _Marks(parting, of_records, line_ends[line_ends <= end], opening[before == _QUOTE])


def _outside_of_quotes(quotes: Places, count: int) -> NDArray[np.bool_]:
    """Return which of ``count`` places stand outside of quotes, by the numbers of those that are quotes."""
    opening, closing = quotes[::2], quotes[1::2]
    if len(quotes) % 2:
        closing = np.append(closing, count - 1)
    sizes = closing - opening + 1
    # The numbers of all places from each quote that opens to the one that closes.
    before = np.cumsum(sizes) - sizes
    inside = np.repeat(opening - before, sizes)
    inside += np.arange(len(inside))
    outside = np.ones(count, np.bool_)
    outside[inside] = False
    return outside


def _find_records(marks: _Marks, first_line: int) -> _Records:
    ends = marks.places[marks.of_records] + 1
    starts = np.concatenate(([0], ends[:-1]))
    lines = np.searchsorted(marks.line_ends, ends) + first_line
    return _Records(starts, ends, np.concatenate(([first_line], lines[:-1])), lines - 1)


def _is_regular(body: Bytes, raw: bytes, line_ends: int, newline: str) -> bool:
    """Whether bytes hold no control characters but tabs, and all their lines end as the first line of the file."""
    expected, low = line_ends * len(newline), int(np.count_nonzero(body < _SPACE))
    if low != expected:
        expected += int(np.count_nonzero(body == _TAB))
    returns = raw.count(b"\r\n", 0, len(body)) if newline == "\r\n" else line_ends
    return low == expected and returns == line_ends and np.count_nonzero(body == _DELETE) == 0


def _cells_of(padded: Bytes, places: Places, cells: Places, width: int, returns: int) -> tuple[Places, Places]:
    """Return where the texts of the cells of sound records begin and end, in the shape (rows, columns)."""
    starts, ends = np.concatenate(([0], places[:-1] + 1)), places.copy()
    if (cells != width).any():
        of_sound = np.repeat(cells == width, cells)
        starts, ends = starts[of_sound], ends[of_sound]
    starts, ends = (part.reshape(-1, width) for part in (starts, ends))
    ends[:, -1] -= returns
    quoted = (padded[starts] == _QUOTE) & (starts < ends)
    starts += quoted
    ends -= quoted
    return starts, ends


def _odd_rows(raw: bytes, records: _Records, sound: NDArray[np.intp], dialect: Dialect) -> list[Row] | None:
    """Return blank records and those of another width; None if one of them spans lines."""
    rows = []
    every = range(len(records.ends))
    for at in sorted(set(every).difference(sound.tolist())) if len(sound) < len(every) else ():
        line = int(records.first_lines[at])
        if line != records.last_lines[at]:
            return None
        text = raw[records.starts[at] : records.ends[at]].decode("utf-8")
        rows.append(Row(next(csv.reader([text], delimiter=dialect.delimiter)), line, line, text, plain=text.isascii()))
    return rows


def _holds_others(rows: CutRows, records: _Records, sound: NDArray[np.intp], dialect: Dialect) -> bool:
    """Whether a sound row that spans lines may hold others: see :func:`has_row_inside`."""
    spanning = sound[records.first_lines[sound] < records.last_lines[sound]]
    spans = zip(records.starts[spanning].tolist(), records.ends[spanning].tolist(), strict=True)
    delimiter, width = dialect.delimiter.encode(), len(rows.starts)
    for start, end in spans:
        # After its first line hardly any has as many delimiters as a row, which is seen without making its cells.
        if rows.raw.count(delimiter, rows.raw.index(b"\n", start), end) < width - 1:
            continue
        text = rows.raw[start:end].decode("utf-8")
        lines = [f"{line}\n" for line in text[:-1].split("\n")]
        if has_row_inside(next(csv.reader(lines, delimiter=dialect.delimiter)), lines, dialect, width):
            return True
    return False
