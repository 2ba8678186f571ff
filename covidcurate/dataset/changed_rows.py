"""Which records of a table a run has added, changed or removed, and how these are taken back byte for byte.

A record is a header or a row as it is written; its line end is not part of what tells it from others, since an editor
may give a whole file other ones.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from covidcurate.table import Dialect, Table
from covidcurate.table.dialect import UTF8_BOM, line_end, unquote

_HEAD = 65536
"""Bytes of a table in which its header is looked for, before the whole is read."""


@dataclass(frozen=True, slots=True)
class RowChange:
    """A record that was ``was`` and became ``text``; ``place`` counts the records of the table from 0, the header."""

    place: int
    was: str
    text: str


@dataclass(frozen=True, slots=True)
class TableChange:
    """What a run did to a table; ``joint`` is the line end that the last record got before rows were added."""

    joint: str = ""
    added: tuple[str, ...] = ()
    changed: tuple[RowChange, ...] = ()
    removed: tuple[str, ...] = ()


def compare_tables(before: bytes, after: bytes) -> TableChange:
    """Return what became of a table: rows added at its end, or records changed, or rows removed."""
    if after.startswith(before):
        return _added(before, after[len(before) :])
    old, new = _records(before), _records(after)
    if len(old) == len(new):
        pairs = enumerate(zip(old, new, strict=True))
        return TableChange(changed=tuple(RowChange(place, was, text) for place, (was, text) in pairs if was != text))
    lost, gained = Counter(old) - Counter(new), Counter(new) - Counter(old)
    return TableChange(added=tuple(gained.elements()), removed=tuple(lost.elements()))


def _records(table: bytes) -> list[str]:
    return Table.load(table, keep_bad_bytes=True).records


def _added(before: bytes, added: bytes) -> TableChange:
    """Return the rows in bytes that were added; cut as in the whole table, of which only the header is read for it."""
    if not added:
        return TableChange()
    match = re.match(rb"\r\n|\n|\r", added)
    joint = match[0] if match else b""
    rows = added[len(joint) :]
    table = Table.load(before[:_HEAD], keep_bad_bytes=True)
    header = table.records[0]
    if len(before) > _HEAD and not table.rows:
        cut = _records(before + added)[len(_records(before)) :]
    else:
        body = header[: len(header) - len(line_end(header))] + table.dialect.newline
        cut = _records(_encoded([body]) + rows)[1:]
    return TableChange(joint.decode("ascii"), tuple(cut))


def _encoded(records: list[str]) -> bytes:
    return "".join(records).encode("utf-8", "surrogateescape")


def take_back(current: bytes, change: TableChange, key: str) -> tuple[bytes, list[str]]:
    """Return a table without what a run did to it, and what stands against it, in words that name the line.

    Rows of others stay as they are, wherever they stand. The table counts only if nothing stands against it.

    Parameters
    ----------
    key
        The column of file names, by which a row that was edited is found again.
    """
    table = Table.load(current, keep_bad_bytes=True)
    records, troubles, again, gone = table.records, [], set(), set()
    places: dict[str, list[int]] = {}
    for place, record in enumerate(records):
        places.setdefault(_body(record), []).append(place)
    for one in change.changed:
        found = places.get(_body(one.text), [])
        if one.place in found or len(found) == 1:
            place = one.place if one.place in found else found[0]
            records[place] = _body(one.was) + line_end(records[place])
            again.add(place)
        else:
            troubles.append(_describe(table, one.text, key, len(found)))
    for text, count in Counter(map(_body, change.added)).items():
        found = places.get(text, [])
        if len(found) != count:
            troubles.append(_describe(table, text, key, len(found)))
        gone.update(found)
    troubles = troubles or list(_others_that_name(table, change, key, gone | again))
    kept = [record for place, record in enumerate(records) if place not in gone]
    if change.joint and len(records) - 1 in gone and not line_end(records[-1]):
        kept[-1] = kept[-1].removesuffix(change.joint)
    return (UTF8_BOM if table.dialect.has_bom else b"") + _encoded(kept), troubles


def _others_that_name(table: Table, change: TableChange, key: str, ours: set[int]) -> Iterator[str]:
    """Yield in words the rows of others that name a file which goes, or gets its old name."""

    def name_in(record: str) -> str:
        return _cell(record, table.header, key, table.dialect)

    names = {name_in(record) for record in change.added}
    names |= {name_in(one.text) for one in change.changed if name_in(one.text) != name_in(one.was)}
    for name, line, place in _rows_naming(table, names, key):
        if place not in ours:
            yield f"line {line}: another row names {name!r} too"


def _body(record: str) -> str:
    return record[: len(record) - len(line_end(record))]


def _describe(table: Table, record: str, key: str, found: int) -> str:
    """Say what became of a record that is not there exactly as a run wrote it."""
    name = _cell(record, table.header, key, table.dialect)
    lines = [line for _, line, _ in _rows_naming(table, {name}, key)]
    row = f"the row of {name!r}" if name else "a row or the header"
    if found > 1 or len(lines) > 1:
        return f"{row} stands there more than once (lines {', '.join(map(str, lines))})" if lines else f"{row}, twice"
    return f"line {lines[0]}: {row} was edited" if lines else f"{row} was edited or removed"


def _cell(record: str, header: list[str], key: str, dialect: Dialect) -> str:
    cells = dialect.split(record)
    place = header.index(key) if key in header else -1
    return unquote(cells[place]).strip() if 0 <= place < len(cells) else ""


def _rows_naming(table: Table, names: Collection[str], key: str) -> Iterator[tuple[str, int, int]]:
    """Yield each row that names one of these files: the name, its line, and its place among the records."""
    column = table.header.index(key) if key in table.header else -1
    for place, row in enumerate(table.rows, start=1):
        name = row.fields[column].strip() if 0 <= column < len(row.fields) else ""
        if name and name in names:
            yield name, row.first_line, place
