"""Columns of a table as they are kept for rules: all of their texts, in a fraction of the memory of a list."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Sequence
from itertools import chain
from typing import overload

CHUNK = 256
"""Most rows that are kept together, so that a byte can number their texts."""
_PARTS = 64
_Joined = str | tuple[str, ...]
"""Texts with NUL between them; a tuple where one holds a NUL itself."""


class TextColumn(Sequence[str]):
    """The texts of one column without outer blanks, to be filled from the front.

    Tables repeat themselves from row to row, so each run of rows is kept as different texts, joined, and a byte for
    each row that says which it has. Going through it costs little more than going through a list; to ask for
    single rows in no order costs more.
    """

    def __init__(self) -> None:
        self._chunks: list[tuple[_Joined, bytes]] = []
        self._places: dict[str, int] = {}
        self._joined: _Joined = ""
        self._ends = array("q")
        self._last: Sequence[str] = ()
        self._open = (-1, [""])

    def extend(self, cells: Sequence[str]) -> None:
        """Add at most ``CHUNK`` texts."""
        if cells != self._last:
            self._last = cells
            self._chunks.append(self._pack(cells))
        else:
            self._chunks.append(self._chunks[-1])
        self._ends.append(len(self) + len(cells))

    def _pack(self, cells: Sequence[str]) -> tuple[_Joined, bytes]:
        try:
            return self._joined, bytes(map(self._places.__getitem__, cells))
        except KeyError:
            pass
        different = dict.fromkeys(cells)
        if len(different) == len(cells):
            # Nothing has to say which is which.
            return _join(different), b""
        if len(different) > CHUNK // 4:
            places = dict(zip(different, range(CHUNK), strict=False))
            return _join(different), bytes(map(places.__getitem__, cells))
        # Of a small vocabulary the next rows have the same texts again.
        words = dict.fromkeys([*self._places, *different])
        words = words if len(words) <= CHUNK else different
        self._places, self._joined = dict(zip(words, range(CHUNK), strict=False)), _join(words)
        return self._joined, bytes(map(self._places.__getitem__, cells))

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
        if number != self._open[0]:
            self._open = (number, _unpack(self._chunks[number]))
        return self._open[1][row - self._ends[number]]


def _join(texts: Iterable[str]) -> _Joined:
    parts = tuple(map(str.strip, texts))
    joined = "\0".join(parts)
    return joined if joined.count("\0") == len(parts) - 1 else parts


def _unpack(chunk: tuple[_Joined, bytes]) -> list[str]:
    texts, which = chunk
    parts = texts.split("\0") if isinstance(texts, str) else list(texts)
    return list(map(parts.__getitem__, which)) if which else parts


def keys_that_differ(keys: Iterable[Hashable], values: Iterable[Hashable]) -> set[int]:
    """Return the hashes of those keys that come with more than one value; blank ones and 0 are no keys.

    Most keys come with one, so a key whose hash is not among them is done with. The memory is 12 bytes for each key,
    whatever they are. Of a value half of its hash is kept, so that one difference in four billions is overlooked.
    """
    parts = [(array("q"), array("I")) for _ in range(_PARTS)]
    appends = [(of_keys.append, of_values.append) for of_keys, of_values in parts]
    key_before, value_before = None, None
    for key, value in zip(keys, values, strict=False):
        # Rows that belong together mostly stand together.
        if key and (key != key_before or value != value_before):
            key_before, value_before = key, value
            hashed = hash(key)
            add_key, add_value = appends[hashed % _PARTS]
            add_key(hashed)
            add_value(hash(value) & 0xFFFFFFFF)
    differing: set[int] = set()
    for of_keys, of_values in parts:
        seen = dict[int, int]().setdefault
        differing.update(key for key, value in zip(of_keys, of_values, strict=True) if seen(key, value) != value)
    return differing


def numbers_that_repeat(numbers: Iterable[int]) -> set[int]:
    """Return the numbers that occur more than once, each between -2^63 and 2^63, in 8 bytes of memory for each."""
    parts = [array("q") for _ in range(_PARTS)]
    appends = [part.append for part in parts]
    for number in numbers:
        appends[number % _PARTS](number)
    repeated: set[int] = set()
    for part in parts:
        if len(set(part)) < len(part):
            repeated.update(number for number, count in Counter(part).items() if count > 1)
    return repeated


def count_different(numbers: Iterable[int]) -> int:
    """Return how many different numbers there are, each between -2^63 and 2^63, in 8 bytes of memory for each."""
    parts = [array("q") for _ in range(_PARTS)]
    before = None
    for number in numbers:
        if number != before:
            before = number
            parts[number % _PARTS].append(number)
    return sum(len(set(part)) for part in parts)
