"""Columns of a table as they are kept for rules: all of their texts, in a fraction of the memory of a list."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from functools import cache, lru_cache
from itertools import chain, pairwise
from typing import TYPE_CHECKING, TypeAlias, overload

from covidcurate.table import BATCH

if TYPE_CHECKING:
    from numpy import unsignedinteger
    from numpy.typing import NDArray

    from covidcurate.rules.hashes import Hashes
    from covidcurate.table.short import ShortCells
    from covidcurate.table.vocabulary import Codes

MANY = 50_000
"""Rows from which on numpy finds those that belong together: in a fifth of the time, and in less memory."""
_REMEMBERED = 4096
"""Texts of which it is remembered whether they pass a test."""
_Joined = str | Sequence[str]
"""Texts with NUL between them; as they are where one holds a NUL itself, or where they are words of a vocabulary."""
_Which: TypeAlias = "bytes | array[int]"
_BLANKS = " \t\n\r\x0b\x0c\x1c\x1d\x1e\x1f"
"""The blanks of ASCII, as Python strips them."""


class TextColumn(Sequence[str]):
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
        self._open: tuple[int, Sequence[str]] = (-1, ())

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
            kind = "H" if len(firsts) <= 1 << 16 else "I"
            which = np.repeat(np.arange(len(firsts), dtype=kind), np.diff(firsts, append=size))
            self._add((_without_blanks(cells.joined(firsts)), array(kind, which.tobytes())), size)
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
            hashes = hashes_of_texts(texts)
            yield hashes[_as_codes(which)] if which else hashes

    def runs_with(self, marks: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
        """Yield runs of texts, each with its first row, but for those in which none of the marks stands in any case."""
        start = 0
        for chunk, end in zip(self._chunks, self._ends, strict=True):
            joined = chunk[0].casefold() if isinstance(chunk[0], str) else ""
            if not joined or any(mark in joined for mark in marks):
                yield start, _unpack(chunk)
            start = end

    def chunks(self) -> Iterator[tuple[Sequence[str], NDArray[unsignedinteger] | None]]:
        """Yield runs of rows as different texts, and which of them each row has; None if each has its own."""
        for texts, which in self._chunks:
            yield _parts(texts), _as_codes(which) if which else None

    def rows_where(self, test: Callable[[str], bool]) -> Iterator[int]:
        """Yield the rows whose text passes a test, which is asked for each text about once."""
        import numpy as np

        known, start = lru_cache(_REMEMBERED)(test), 0
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

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> list[str]: ...
    def __getitem__(self, place: int | slice) -> str | list[str]:
        if isinstance(place, slice):
            return [self[row] for row in range(*place.indices(len(self)))]
        row = place if place >= 0 else place + len(self)
        number = bisect_right(self._ends, row)
        texts, which = self._chunks[number]
        if number != self._open[0]:
            self._open = (number, _parts(texts))
        at = row - self._ends[number]
        return self._open[1][which[at] if which else at]


def _join(texts: Iterable[str]) -> _Joined:
    parts = tuple(map(str.strip, texts))
    joined = "\0".join(parts)
    return joined if joined.count("\0") == len(parts) - 1 else parts


def _unpack(chunk: tuple[_Joined, _Which]) -> list[str]:
    texts, which = chunk
    parts = _parts(texts)
    return list(map(parts.__getitem__, which)) if which else list(parts)


def _parts(texts: _Joined) -> Sequence[str]:
    return texts.split("\0") if isinstance(texts, str) else texts


def _without_blanks(joined: str) -> str:
    """Return texts with NUL between them without their outer blanks."""
    # Names, addresses and ids mostly hold no blank at all, which is seen at once.
    if joined.isascii() and not any(blank in joined for blank in _BLANKS):
        return joined
    return "\0".join(map(str.strip, joined.split("\0")))


def _as_codes(which: _Which) -> NDArray[unsignedinteger]:
    import numpy as np

    return np.frombuffer(which, np.uint8 if isinstance(which, bytes) else f"u{which.itemsize}")


def rows_that_differ(
    keys: Sequence[Hashable], *values: Sequence[Hashable], among: array[int] | None = None
) -> list[int]:
    """Return the rows whose key comes with more than one combination of values, in order; what is blank or 0 is no key.

    Of a long table hashes are compared, so that one difference in four billions is overlooked.

    Parameters
    ----------
    among
        Rows with a 0 in it do not count; all do by default.
    """
    if len(keys) >= MANY:
        from covidcurate.rules import hashes  # numpy takes longer to load than a short table to be looked through

        return hashes.rows_that_differ(keys, values, among)
    if among is not None:
        keys = [key if counts else 0 for key, counts in zip(keys, among, strict=True)]
    seen = dict[Hashable, tuple[Hashable, ...]]().setdefault
    told = zip(*values, strict=True)
    differing = {key for key, value in zip(keys, told, strict=True) if key and seen(key, value) != value}
    return [row for row, key in enumerate(keys) if key in differing] if differing else []


def rows_that_repeat(texts: Sequence[str], change: Callable[[str], str]) -> list[int]:
    """Return the rows whose text, changed, is that of another row too, in order; blank ones are none.

    Parameters
    ----------
    change
        Changes each character for itself, so that it may be asked for many texts at once, with NUL between them.
    """
    if len(texts) >= MANY:
        from covidcurate.rules import hashes

        return hashes.rows_that_repeat(texts, change)
    counts = Counter(map(change, texts))
    return [row for row, text in enumerate(texts) if text and counts[change(text)] > 1]


def rows_by_pair(
    one: Sequence[str], other: Sequence[str], fold: Callable[[Sequence[str]], list[str]]
) -> Iterator[tuple[list[int], str, str]]:
    """Yield rows that have one pair of texts, the first of them folded, and the texts of one of them.

    The rows of a pair may come in several parts, each of them in order. Many texts are folded at once.
    """
    if len(one) >= MANY and isinstance(one, TextColumn) and isinstance(other, TextColumn):
        from covidcurate.rules import hashes

        yield from hashes.rows_by_pair(one, other, fold)
        return
    rows: dict[tuple[str, str], list[int]] = {}
    for row, pair in enumerate(zip(fold(one), other, strict=True)):
        rows.setdefault(pair, []).append(row)
    yield from ((some, one[some[0]], told) for (_, told), some in rows.items())


def counts_of(texts: Sequence[str]) -> Counter[str]:
    """Return how often each text stands in a column of few different ones."""
    return texts.counts() if len(texts) >= MANY and isinstance(texts, TextColumn) else Counter(texts)


def numbers_of(texts: Sequence[str], numbers: Callable[[Sequence[str]], array[int]]) -> array[int]:
    """Return the number of each text; ``numbers`` makes those of many at once, each below 2^63."""
    if len(texts) >= MANY and isinstance(texts, TextColumn):
        from covidcurate.rules import hashes

        return hashes.numbers_of(texts, numbers)
    return numbers(texts)


def steps_back(numbers: array[int]) -> list[int]:
    """Return the places of numbers above 0 that are smaller than the one before."""
    if len(numbers) >= MANY:
        from covidcurate.rules import hashes

        return hashes.steps_back(numbers)
    return [at for at, (before, number) in enumerate(pairwise(numbers), start=1) if 0 < number < before]


def rows_where(texts: Sequence[str], test: Callable[[str], bool]) -> Iterator[int]:
    """Yield the rows whose text passes a test, which is asked for each text about once."""
    if isinstance(texts, TextColumn) and len(texts) >= MANY:
        return texts.rows_where(test)
    known = lru_cache(_REMEMBERED)(test)
    return (row for row, text in enumerate(texts) if known(text))


def numbers_of_pairs(number: Callable[[str, str], int], one: Sequence[str], other: Sequence[str]) -> array[int]:
    """Return a number below 2^31 for the two texts of each row, worked out once for each pair of texts."""
    if len(one) >= MANY:
        from covidcurate.rules import hashes

        return hashes.numbers_of_pairs(number, one, other)
    known = cache(number)
    return array("i", map(known, one, other))


def count_different(numbers: Sequence[int]) -> int:
    """Return how many different numbers there are, each between -2^63 and 2^63."""
    if len(numbers) >= MANY:
        from covidcurate.rules import hashes

        return hashes.count_different(numbers)
    return len(set(numbers))
