"""Numbers of texts: equal ones for equal texts, so that cells are compared without making a text of each."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

WORD = 8
"""Bytes that are numbered at once; whoever hands in bytes puts so many behind them."""
# Odd numbers, other ones in each process, so that nobody can make a text that has the number of another.
_OF_LONG, _OF_WORD = (np.uint64(int.from_bytes(os.urandom(WORD), "little") | 1) for _ in range(2))
_HALF = np.uint64(32)
MASKS = np.array([(1 << 8 * size) - 1 for size in range(WORD + 1)], np.uint64)
"""By a number of bytes, what leaves so many of the first ones of a word."""

Keys = NDArray[np.uint64]
Places = NDArray[np.int64]


def keys_of(padded: NDArray[np.uint8], starts: Places, sizes: Places) -> Keys:
    """Return a number of each of some texts, of any length and in arrays of any shape; 0 of a blank one.

    That of a text of eight bytes at most is the word that they make; two longer ones that differ have the same number
    about once in 2^64.

    Parameters
    ----------
    padded
        UTF-8 without NUL within the texts, and ``WORD`` bytes more at the end.
    starts, sizes
        Where in it the texts stand, in bytes; of more than one dimension only if none is longer than a word.
    """
    # Eight bytes from each byte on, as one number.
    words = np.ndarray((len(padded) - WORD + 1,), np.uint64, padded.data, strides=(1,))
    keys: Keys = words[starts] & MASKS[np.minimum(sizes, WORD)]
    for done in range(WORD, int(sizes.max(initial=0)), WORD):
        # Only what is longer takes part in the next round.
        at = (sizes > done).nonzero()[0]
        more = words[starts[at] + done] & MASKS[np.minimum(sizes[at] - done, WORD)]
        keys[at] = longer(keys[at], more, done)
    return keys


def longer(keys: Keys, more: Keys, done: int) -> Keys:
    """Return the numbers of texts of which one more word is known, from those of the first ``done`` bytes."""
    return mixed(mixed(keys, _OF_LONG) if done == WORD else keys, more)


def mixed(keys: Keys, more: NDArray[np.unsignedinteger] | np.uint64) -> Keys:
    """Return numbers that stand for keys and for what is added to each; of 0 and 0 that is 0."""
    both: Keys = keys ^ more
    # A product hands differences on to higher bits alone, so the high ones have to come down before and after: else a
    # difference in the last byte of a word is undone by one in the next word, once in a hundred times.
    both ^= both >> _HALF
    both *= _OF_WORD
    both ^= both >> _HALF
    return both


def few_true(mask: NDArray[np.bool_]) -> Places:
    """Return where a mask is true, which is in few places: ``numpy.flatnonzero`` takes twice as long for those."""
    whole = len(mask) // WORD * WORD
    # Hardly any eight neighbors hold one, and whether they do is one number.
    groups = (mask[:whole].view(np.uint64) != 0).nonzero()[0]
    within = mask[:whole].reshape(-1, WORD)[groups].ravel().nonzero()[0]
    places: Places = groups[within // WORD] * WORD + within % WORD
    return places if whole == len(mask) else np.concatenate((places, mask[whole:].nonzero()[0] + whole))


def are_new(values: NDArray[Any]) -> NDArray[np.bool_]:
    """Return which of some values are not the one before them, as the first."""
    new = np.ones(len(values), np.bool_)
    np.not_equal(values[1:], values[:-1], out=new[1:])
    return new


def keys_of_texts(texts: Sequence[str]) -> Keys:
    """Return the numbers of texts, see :func:`keys_of`."""
    # In UTF-8 nothing begins with 0xc0, so that it can lead what stands for a NUL.
    encoded = [text.encode("utf-8", "surrogatepass").replace(b"\0", b"\xc0\x80") for text in texts]
    padded = np.frombuffer(b"".join(encoded) + bytes(WORD), np.uint8)
    sizes = np.array([len(text) for text in encoded], np.int64)
    return keys_of(padded, np.cumsum(sizes) - sizes, sizes)
