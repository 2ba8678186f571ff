"""Texts of one column as they are kept for rules: all of them, in a fraction of the memory of a list."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING, Any, TypeAlias

from covidcurate.table import BATCH
from covidcurate.table.texts import Texts

if TYPE_CHECKING:
    from numpy import integer
    from numpy.typing import NDArray

    from covidcurate.rules.hashes import Hashes
    from covidcurate.table.short import ShortCells
    from covidcurate.table.vocabulary import Codes

REMEMBERED = 4096
"""Texts of which it is remembered whether they pass a test."""
_Joined = str | Sequence[str]
"""Texts with NUL between them; as they are where one holds a NUL itself, or where they are words of a vocabulary."""


@dataclass(frozen=True, slots=True)
class _Firsts:
    """Which rows are not as the row before, by a bit for each, where the texts are those of the others in order."""

    bits: bytes
    size: int


_Which: TypeAlias = "bytes | array[int] | _Firsts"
"""Which of the texts each row has; blank where each has its own."""
_BLANKS = " \t\n\r\x0b\x0c\x1c\x1d\x1e\x1f"
"""The blanks of ASCII, as Python strips them."""


class TextColumn(Texts):
    """The texts of one column without outer blanks, to be filled from the front.

    Tables repeat themselves from row to row, so each run of rows is kept as different texts, joined, and a byte for
    each row that says which it has. Going through it costs little more than going through a list; to ask for
    single rows in no order costs more.
    """

    def __init__(self) -> None:
        self._chunks: list[tuple[_Joined, _Which]] = []
        self._places: dict[str, int] = {}
        self._joined: _Joined = ""
        self._words: list[str] = []
        self._ends = array("q")
        self._last: Sequence[str] = ()
        self._open: tuple[int, Sequence[str], bytes | array[int]] = (-1, (), b"")

    def extend(self, cells: Sequence[str]) -> None:
        """Add some texts."""
        for start in range(0, len(cells), BATCH):
            run = cells[start : start + BATCH]
            if run != self._last:
                self._last = run
                self._add(self._pack(run), len(run))
            else:
                self._add(self._chunks[-1], len(run))

    def extend_codes(self, words: Sequence[str], codes: Codes) -> None:
        """Add some texts by their places in a vocabulary, which is always the same but for words that were added."""
        self._words.extend(map(str.strip, words[len(self._words) :]))
        # A byte says which of 256.
        few = len(words) <= 1 << 8
        self._add((self._words, codes.astype("u1").tobytes() if few else array("H", codes.tobytes())), len(codes))
        self._last = ()

    def extend_short(self, cells: ShortCells) -> None:
        """Add the cells of a block, of neighbors that are alike the first alone."""
        import numpy as np

        firsts, size = cells.firsts, len(cells)
        if len(firsts) == size:
            self._add((_without_blanks(cells.joined()), b""), size)
        else:
            is_first = np.zeros(size, np.bool_)
            is_first[firsts] = True
            which = _Firsts(np.packbits(is_first).tobytes(), size)
            self._add((_without_blanks(cells.joined(firsts)), which), size)
        self._last = ()

    def _add(self, chunk: tuple[_Joined, _Which], size: int) -> None:
        if size:
            self._chunks.append(chunk)
            self._ends.append(len(self) + size)

    def _pack(self, cells: Sequence[str]) -> tuple[_Joined, bytes]:
        try:
            return self._joined, bytes(map(self._places.__getitem__, cells))
        except KeyError:
            pass
        different = dict.fromkeys(cells)
        if len(different) == len(cells):
            # Nothing has to say which is which.
            return _join(different), b""
        if len(different) > BATCH // 4:
            places = dict(zip(different, range(BATCH), strict=False))
            return _join(different), bytes(map(places.__getitem__, cells))
        # Of a small vocabulary the next rows have the same texts again.
        words = dict.fromkeys([*self._places, *different])
        words = words if len(words) <= BATCH else different
        self._places, self._joined = dict(zip(words, range(BATCH), strict=False)), _join(words)
        return self._joined, bytes(map(self._places.__getitem__, cells))

    def hash_runs(self, change: Callable[[str], str] | None = None) -> Iterator[Hashes]:
        """Yield a number of each text, in order, a run of rows at a time; ``change`` as in ``rows_that_repeat``."""
        from covidcurate.rules.hashes import hashes_of_texts

        of_words = hashes_of_texts([change(word) if change else word for word in self._words])
        for texts, which in self._chunks:
            if texts is self._words:
                yield of_words[_as_codes(which)]
                continue
            if change is not None:
                texts = change(texts) if isinstance(texts, str) else tuple(map(change, texts))
            hashes = hashes_of_texts(_cut_later(texts))
            yield hashes[_as_codes(which)] if which else hashes

    def runs_with(self, marks: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
        """Yield runs of texts, each with its first row, but for those in which none of the marks stands in any case."""
        start = 0
        for chunk, end in zip(self._chunks, self._ends, strict=True):
            joined = chunk[0].casefold() if isinstance(chunk[0], str) else ""
            if not joined or any(mark in joined for mark in marks):
                yield start, _unpack(chunk)
            start = end

    def chunks(self) -> Iterator[tuple[Sequence[str], NDArray[integer[Any]] | None]]:
        """Yield runs of rows as different texts, and which of them each row has; None if each has its own."""
        for texts, which in self._chunks:
            yield _cut_later(texts), _as_codes(which) if which else None

    def rows_where(self, test: Callable[[str], bool]) -> Iterator[int]:
        """Yield the rows whose text passes a test, which is asked for each text about once."""
        import numpy as np

        known, start = lru_cache(REMEMBERED)(test), 0
        for texts, which in self.chunks():
            passing = [place for place, text in enumerate(texts) if known(text)]
            if which is not None:
                passing = np.flatnonzero(np.isin(which, passing)).tolist() if passing else []
            yield from (start + row for row in passing)
            start += len(texts if which is None else which)

    def counts(self) -> Counter[str]:
        """Return how often each text stands in the column."""
        import numpy as np

        counts: Counter[str] = Counter()
        for texts, which in self.chunks():
            times = [1] * len(texts) if which is None else np.bincount(which, minlength=len(texts)).tolist()
            for text, count in zip(texts, times, strict=True):
                counts[text] += count
        return +counts

    def codes(self) -> tuple[Sequence[str], Codes] | None:
        """Return words, and of each row which of them it has; None if some texts are not words of a vocabulary."""
        import numpy as np

        if not self._chunks or any(texts is not self._words for texts, _ in self._chunks):
            return None
        return self._words, np.concatenate([_as_codes(which) for _, which in self._chunks], dtype=np.uint16)

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    def __iter__(self) -> Iterator[str]:
        return chain.from_iterable(map(_unpack, self._chunks))

    def text(self, place: int) -> str:
        """Return the text of a row."""
        number = bisect_right(self._ends, place)
        if number != self._open[0]:
            texts, which = self._chunks[number]
            size = self._ends[number] - (self._ends[number - 1] if number else 0)
            # More rows come from a block alone, and whoever cut it has loaded numpy.
            self._open = (number, _parts(texts) if size <= BATCH else _cut_later(texts), _places(which))
        _, parts, places = self._open
        at = place - self._ends[number]
        return parts[places[at] if places else at]


def _join(texts: Iterable[str]) -> _Joined:
    parts = tuple(map(str.strip, texts))
    joined = "\0".join(parts)
    return joined if joined.count("\0") == len(parts) - 1 else parts


def _unpack(chunk: tuple[_Joined, _Which]) -> list[str]:
    texts, which = chunk
    parts = _parts(texts)
    return list(map(parts.__getitem__, _places(which))) if which else list(parts)


def _parts(texts: _Joined) -> Sequence[str]:
    return texts.split("\0") if isinstance(texts, str) else texts


def _cut_later(texts: _Joined) -> Sequence[str]:
    """Return texts of which some are asked for, or their numbers."""
    from covidcurate.table.joined import JoinedTexts

    return JoinedTexts(texts) if isinstance(texts, str) else texts


def _without_blanks(joined: str) -> str:
    """Return texts with NUL between them without their outer blanks."""
    # Names, addresses and ids mostly hold no blank at all, which is seen at once.
    if joined.isascii() and not any(blank in joined for blank in _BLANKS):
        return joined
    return "\0".join(map(str.strip, joined.split("\0")))


def _places(which: _Which) -> bytes | array[int]:
    """Return for each row the place of its text; nothing where each has its own."""
    return array("q", _as_codes(which).tobytes()) if isinstance(which, _Firsts) else which


def _as_codes(which: _Which) -> NDArray[integer[Any]]:
    import numpy as np

    if isinstance(which, _Firsts):
        return np.cumsum(np.unpackbits(np.frombuffer(which.bits, np.uint8), count=which.size), dtype=np.int64) - 1
    return np.frombuffer(which, np.uint8 if isinstance(which, bytes) else f"u{which.itemsize}")
