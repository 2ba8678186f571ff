"""Physical lines of a table, decoded one by one, with the bytes that are not UTF-8 on record."""

from __future__ import annotations

import io
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from shlex import quote
from typing import BinaryIO

from covidcurate.errors import TableEncodingError, TableStructureError
from covidcurate.table.dialect import UTF8_BOM, Dialect
from covidcurate.words import counted

CONTROLS = bytes([*range(9), 11, 12, *range(14, 32), 127])
"""Characters that no text has; tabs and ends of lines are none of them."""

LINE_LIMIT = 16 * 1024 * 1024
"""Longest physical line that is read, in bytes; a longer one is no metadata and would only fill the memory."""
COLUMN_LIMIT = 4096
"""Most columns that a table may have; more is another kind of file."""
BROKEN_LIMIT = 100_000
"""Most rows that may be broken, and lines that may not be UTF-8 or hold NUL: so many have one cause."""
_LONG_LINE = 64 * 1024
"""From so many bytes on, a line is looked at before it is cut into cells."""


_DAMAGED = re.compile("[A-Za-z0-9\x80-\U0010ffff]+")
NOT_UTF8 = re.compile("[\udc80-\udcff]")
"""A byte that is not UTF-8, in the form that ``surrogateescape`` gives it."""


@dataclass(frozen=True, slots=True)
class BadByte:
    """The first byte of a physical line that is not UTF-8: ``position`` counts bytes of that line from 1.

    ``words`` are the words of the line that hold such bytes, each in the form that ``surrogateescape`` gives it.
    """

    line: int
    position: int
    byte: int
    words: tuple[str, ...] = ()

    @property
    def raw(self) -> bytes:
        """All bytes of the line that are not UTF-8, in order."""
        return "".join(NOT_UTF8.findall("".join(self.words))).encode("utf-8", "surrogateescape")

    @property
    def likely(self) -> str:
        """The character that the byte is in Windows-1252, which is what Excel on Windows writes."""
        return bytes([self.byte]).decode("cp1252", "replace")


class LineSource:
    """Feed ``csv.reader`` with lines, and remember the lines of the record that is being read.

    ``current`` holds the lines of the record, ``plain`` is false if one of them may hold something else than printable
    ASCII; whoever reads records clears both before each. ``utf8_line`` is the first line that holds more than ASCII and
    is UTF-8, 0 if none does.

    Parameters
    ----------
    stream
        The file in binary mode, at its start.
    dialect
        Its dialect; decides what ends a physical line.
    name
        How messages name the file.
    """

    def __init__(self, stream: BinaryIO, dialect: Dialect, name: str) -> None:
        self._stream: BinaryIO | _CarriageReturnStream = stream
        self._name = name
        self._dialect = dialect
        self._again: deque[str] = deque()
        self.current: list[str] = []
        self.plain = True
        self.line = 0
        self.exhausted = False
        self.bad_bytes: list[BadByte] = []
        self.utf8_line = self._nul = self._first_nul = 0
        if dialect.has_bom:
            stream.read(len(UTF8_BOM))
        if dialect.newline == "\r":
            self._stream = _CarriageReturnStream(stream)

    def __iter__(self) -> Iterator[str]:
        """Yield every line with its end, those that were pushed back first."""
        again, readline, keep = self._again, self._stream.readline, self.current.append
        while True:
            if again:
                text = again.popleft()
                self.plain = False
            else:
                raw = readline(LINE_LIMIT)
                size = len(raw)
                # On bytes this costs a third of what str.isprintable costs, and most lines of most tables are plain.
                if raw.isascii() and 0 < size < _LONG_LINE and len(raw.translate(None, CONTROLS)) == size:
                    text = raw.decode("ascii")
                elif raw:
                    self.plain = False
                    text = self._decode(raw)
                else:
                    self.exhausted = True
                    return
            self.line += 1
            keep(text)
            yield text

    def take_block(self, size: int) -> bytes:
        """Return the next bytes, to be counted or given back; none if lines come one by one.

        They do where some were pushed back, where a carriage return ends them, and at the end of the file.
        """
        if self._again or isinstance(self._stream, _CarriageReturnStream):
            return b""
        return self._stream.read(size)

    def give_back(self, size: int) -> None:
        """Take back the last bytes of a block, so that they are read again."""
        if size:
            assert not isinstance(self._stream, _CarriageReturnStream)  # noqa: S101 - it gives no blocks
            self._stream.seek(-size, io.SEEK_CUR)

    def count_lines(self, lines: int, utf8_line: int) -> None:
        """Count lines of a block as read; ``utf8_line`` is the first of them that holds more than ASCII, or 0."""
        self.line += lines
        self.utf8_line = self.utf8_line or utf8_line

    def push_back(self, lines: list[str]) -> None:
        """Give lines back, so that they are yielded again."""
        self._again.extendleft(reversed(lines))
        self.line -= len(lines)
        self.exhausted = False

    def _decode(self, raw: bytes) -> str:
        line = self.line + 1
        if len(raw) >= _LONG_LINE:
            self._require_row(raw)
        if b"\0" in raw:
            self._count_nul(line)
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError as error:
            # surrogateescape keeps the bytes, so that writing the line gives them back unchanged.
            text = raw.decode("utf-8", "surrogateescape")
            words = tuple(word for word in _DAMAGED.findall(text) if NOT_UTF8.search(word))
            self.bad_bytes.append(BadByte(line, error.start + 1, raw[error.start], words))
            if len(self.bad_bytes) >= BROKEN_LIMIT:
                raise self.encoding_error() from None
            return text
        if not self.utf8_line and not raw.isascii():
            self.utf8_line = line
        return text

    def _count_nul(self, line: int) -> None:
        """Count a line that holds a NUL character; raise if it is one too many."""
        self._first_nul = self._first_nul or line
        self._nul += 1
        if self._nul >= BROKEN_LIMIT:
            raise TableStructureError(
                f"{self._name}:{self._first_nul}: from this line on, {self._nul} lines hold NUL characters, "
                "which no text has",
                remedy="Is this the right file? One that a full disk or a broken copy has damaged is to be got again.",
            )

    def encoding_error(self) -> TableEncodingError:
        """Return the error of a file that is not UTF-8: where that begins, and the way out."""
        bad = self.bad_bytes[0]
        remedy = f"Convert it once, and look at the result: iconv -f WINDOWS-1252 -t UTF-8 {quote(self._name)}"
        if self.utf8_line:
            # To convert the whole of it would damage the lines that are sound.
            remedy = (
                f"Correct those lines alone, since line {self.utf8_line} is UTF-8. covidcurate validate says what they "
                "can be; with --fix --unsafe-fixes it writes what is certain, if all of them are."
            )
        return TableEncodingError(
            f"{self._name}:{bad.line}: byte {bad.position} of the line, 0x{bad.byte:02x}, is not UTF-8 "
            f"({bad.likely!r} if the file is Windows-1252); so in {counted(len(self.bad_bytes), 'line')}",
            remedy=remedy,
            line=bad.line,
        )

    def _require_row(self, raw: bytes) -> None:
        """Raise if a long line can be no row of metadata: to cut it would take some fifty bytes for each of its cells.

        Raises
        ------
        TableStructureError
            It is too long, or has too many cells.
        """
        if len(raw) >= LINE_LIMIT and not raw.endswith((b"\n", b"\r")):
            raise TableStructureError(
                f"{self._name}:{self.line + 1}: the line is longer than {LINE_LIMIT / 2**20:.4g} MiB",
                remedy="A quote in it is opened and not closed; close it."
                if raw.count(b'"') % 2
                else "No row of metadata is that long; is this the right file?",
            )
        cells = self._dialect.without_quoted(raw).count(self._dialect.delimiter.encode()) + 1
        if cells > COLUMN_LIMIT:
            raise TableStructureError(
                f"{self._name}:{self.line + 1}: the line has {cells} cells, more than {COLUMN_LIMIT}",
                remedy="No table of metadata is that wide; is this the right file?",
            )


class _CarriageReturnStream:
    """Lines of a file whose lines end with a carriage return alone, as old Macintosh programs wrote them."""

    def __init__(self, stream: BinaryIO) -> None:
        self._text = io.TextIOWrapper(stream, encoding="latin-1", newline="\r")

    def readline(self, limit: int, /) -> bytes:
        # Latin-1 maps every byte to one character and back, so this only cuts lines and decodes nothing.
        return self._text.readline(limit).encode("latin-1")
