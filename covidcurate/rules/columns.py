"""Columns of a table as they are kept for rules: all of their texts, in a fraction of the memory of a list."""

from __future__ import annotations

from array import array
from collections.abc import Hashable, Iterable, Iterator, Sequence
from itertools import chain
from typing import overload

CHUNK = 256
"""Rows that are kept together; no more, so that a byte can number the texts of a chunk."""
_PARTS = 64


class TextColumn(Sequence[str]):
    """The texts of one column without outer blanks, to be filled from the front.

    Tables repeat themselves from row to row, so each run of rows is kept as the different texts in it, joined, and a
    byte for each row that says which it has. Going through it costs little more than going through a list; to ask for
    single rows in no order costs more.
    """

    def __init__(self) -> None:
        self._chunks: list[tuple[str | tuple[str, ...], bytes]] = []
        self._length = 0
        self._last: Sequence[str] = ()
        self._open = (-1, [""])

    def extend(self, cells: Sequence[str]) -> None:
        """Add at most ``CHUNK`` texts; fewer only at the end."""
        assert len(cells) <= CHUNK and self._length % CHUNK == 0  # noqa: S101 - the engine's own numbers
        if cells != self._last:
            self._last = cells
            self._chunks.append(_pack(cells))
        else:
            self._chunks.append(self._chunks[-1])
        self._length += len(cells)

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[str]:
        return chain.from_iterable(map(_unpack, self._chunks))

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> list[str]: ...
    def __getitem__(self, place: int | slice) -> str | list[str]:
        if isinstance(place, slice):
            return [self[row] for row in range(*place.indices(self._length))]
        number, row = divmod(place if place >= 0 else place + self._length, CHUNK)
        if number != self._open[0]:
            self._open = (number, _unpack(self._chunks[number]))
        return self._open[1][row]


def _pack(cells: Sequence[str]) -> tuple[str | tuple[str, ...], bytes]:
    different = dict.fromkeys(cells)
    which = b""
    # Where all texts differ, nothing has to say which is which.
    if len(different) < len(cells):
        which = bytes(map(dict(zip(different, range(CHUNK), strict=False)).__getitem__, cells))
    texts = tuple(map(str.strip, different))
    joined = "\0".join(texts)
    return (joined if joined.count("\0") == len(texts) - 1 else texts), which


def _unpack(chunk: tuple[str | tuple[str, ...], bytes]) -> list[str]:
    texts, which = chunk
    parts = texts.split("\0") if isinstance(texts, str) else list(texts)
    return list(map(parts.__getitem__, which)) if which else parts


def keys_that_differ(keys: Iterable[Hashable], values: Iterable[Hashable]) -> set[int]:
    """Return the hashes of those keys that come with more than one value; blank ones and 0 are no keys.

    Most keys come with one, so a key whose hash is not among them is done with. The memory is 16 bytes for each key,
    whatever they are. That two unlike texts have one hash happens once in some million tables of a million rows.
    """
    parts = [(array("q"), array("q")) for _ in range(_PARTS)]
    appends = [(of_keys.append, of_values.append) for of_keys, of_values in parts]
    key_before, value_before = None, None
    for key, value in zip(keys, values, strict=False):
        # Rows that belong together mostly stand together.
        if key and (key != key_before or value != value_before):
            key_before, value_before = key, value
            hashed = hash(key)
            add_key, add_value = appends[hashed % _PARTS]
            add_key(hashed)
            add_value(hash(value))
    differing: set[int] = set()
    for of_keys, of_values in parts:
        seen = dict[int, int]().setdefault
        differing.update(key for key, value in zip(of_keys, of_values, strict=True) if seen(key, value) != value)
    return differing


def count_different(numbers: Iterable[int]) -> int:
    """Return how many different numbers there are, each between -2^63 and 2^63, in 8 bytes of memory for each."""
    parts = [array("q") for _ in range(_PARTS)]
    before = None
    for number in numbers:
        if number != before:
            before = number
            parts[number % _PARTS].append(number)
    return sum(len(set(part)) for part in parts)
