"""Sequences of texts that are not there as such: each is made when it is asked for."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import overload


class Texts(Sequence[str]):
    """Texts in order. Whoever holds them says how many there are, and gives the one at a place."""

    @abstractmethod
    def text(self, place: int) -> str:
        """Return the text at a place, counted from 0 and below the length."""

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> list[str]: ...
    def __getitem__(self, place: int | slice) -> str | list[str]:
        """Return one text, or a list of some; places below 0 are counted from the end."""
        found = range(len(self))[place]
        return self.text(found) if isinstance(found, int) else list(map(self.text, found))
