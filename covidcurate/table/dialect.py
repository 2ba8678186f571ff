"""How a table is written: delimiter, line end, byte order mark, quotes."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from functools import cached_property, lru_cache

from covidcurate.errors import TableEncodingError

UTF8_BOM = b"\xef\xbb\xbf"
_UTF16_BOMS = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}
_DELIMITERS = ",;\t|"
_SAMPLE = 16
_QUOTED = re.compile(rb'(?:(?<=[,;\t|\r\n])|\A)"(?:[^"]|"")*+"')


@dataclass(frozen=True)
class Dialect:
    r"""The CSV dialect of one file; the quote character is always ``"``, doubled inside quotes (RFC 4180).

    ``newline`` is the end of the first line: ``\n``, ``\r\n`` or ``\r``.
    """

    delimiter: str = ","
    newline: str = "\n"
    has_bom: bool = False

    @cached_property
    def _cell(self) -> re.Pattern[str]:
        return _cell_pattern(self.delimiter)

    def split(self, record: str) -> list[str]:
        """Return the cells of a record exactly as written, quotes included; the line end belongs to none of them.

        ``dialect.delimiter.join(cells) + dialect.line_end(record) == record`` always holds, and the cells are cut
        where Python's ``csv.reader`` cuts them.
        """
        body = record[: len(record) - len(line_end(record))]
        cells, position = [], 0
        while True:
            match = self._cell.match(body, position)
            assert match is not None  # noqa: S101 - the pattern matches the empty string
            cells.append(match[0])
            position = match.end() + 1
            if position > len(body):
                return cells

    def is_open(self, record: str) -> bool:
        """Whether the last cell of a record begins with a quote that is never closed."""
        last = self.split(record)[-1]
        return last.startswith('"') and re.match(r'"(?:[^"]|"")*+"', last) is None

    @staticmethod
    def without_quoted(raw: bytes) -> bytes:
        """Return bytes without the cells that are quoted, and so without the line ends that belong to cells."""
        return _QUOTED.sub(b"", raw)

    def has_text_after_quote(self, record: str) -> bool:
        """Whether a quoted cell goes on after its closing quote: two rows that an open quote has made one do."""
        return any(re.match(r'"(?:[^"]|"")*+".', cell, re.DOTALL) for cell in self.split(record))

    def quote(self, text: str, *, always: bool = False) -> str:
        """Return a cell's text as it is written in this dialect: quoted only where it has to be, unless ``always``."""
        if always or any(mark in text for mark in (self.delimiter, '"', "\n", "\r")):
            return '"' + text.replace('"', '""') + '"'
        return text

    def join(self, texts: list[str]) -> str:
        """Return a record of this dialect with its line end."""
        # A lone empty cell would be a blank line, which is no record.
        body = '""' if texts == [""] else self.delimiter.join(self.quote(text) for text in texts)
        return body + self.newline


@lru_cache
def _cell_pattern(delimiter: str) -> re.Pattern[str]:
    """Return the pattern of one raw cell: quoted text (closed or not) with what follows it, or bare text."""
    mark = re.escape(delimiter)
    # A possessive repetition, for half of a doubled quote must not be given back as a closing one.
    return re.compile(f'"(?:[^"]|"")*+(?:"[^{mark}]*)?|[^{mark}]*')


def unquote(raw: str) -> str:
    """Return the text of a raw cell, as ``csv.reader`` would."""
    if not raw.startswith('"'):
        return raw
    match = re.match(r'"((?:[^"]|"")*+)"?', raw)
    assert match is not None  # noqa: S101 - it starts with a quote
    return match[1].replace('""', '"') + raw[match.end() :]


def line_end(text: str) -> str:
    """Return the line end that a text closes with; an empty string if it has none."""
    if text.endswith("\r\n"):
        return "\r\n"
    return text[-1:] if text.endswith(("\n", "\r")) else ""


def _utf16_without_mark(head: bytes) -> str:
    """Return the name of the encoding if every other byte of the start is zero, as in UTF-16 of Latin letters."""
    even, odd = head[:_SAMPLE:2], head[1:_SAMPLE:2]
    if len(odd) < _SAMPLE // 2 or any(even) is any(odd):
        return ""
    return "UTF-16BE" if any(odd) else "UTF-16LE"


def detect_dialect(head: bytes, name: str) -> Dialect:
    """Return the dialect of a file from its first bytes.

    Raises
    ------
    TableEncodingError
        The file is UTF-16, which no tool that reads ``metadata.csv`` expects.
    """
    if encoding := _UTF16_BOMS.get(head[:2]) or _utf16_without_mark(head):
        raise TableEncodingError(
            f"{name}:1: the file is {encoding}, not UTF-8",
            remedy=f"Convert it once: iconv -f {encoding} -t UTF-8 {shlex.quote(name)} > converted.csv",
            line=1,
        )
    has_bom = head.startswith(UTF8_BOM)
    text = head.removeprefix(UTF8_BOM)
    bare = Dialect.without_quoted(text)
    first = re.search(rb"\r\n|\n|\r", bare)
    newline = first[0].decode("ascii") if first else "\n"
    if newline == "\r" and b"\n" in bare:
        # A lone carriage return in a file of line feeds is a stray character, not the line end.
        newline = "\n"
        first = re.search(rb"\n", bare)
    header = bare[: first.start() if first else None].decode("utf-8", "replace")
    delimiter = max(_DELIMITERS, key=header.count)
    return Dialect(delimiter, newline, has_bom)
