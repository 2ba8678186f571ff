"""The pictures of a pair as they stand in a page: small, and made of pixels alone."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any

from covidcurate.convert.inputs import Source
from covidcurate.dedupe.model import Kind, Pair
from covidcurate.duplicates.overlay import overlay
from covidcurate.errors import CovidcurateError
from covidcurate.imaging.picture import Encoding, Picture, encode_picture
from covidcurate.imaging.thumbnail import read_thumbnail

_ENCODING = Encoding("jpg", quality=85)
_OVERLAID = (Kind.INSTANCE, Kind.IMAGE, Kind.RELATED)
"""Kinds of which the one can be laid over the other: of the surer ones there is no difference to be seen."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture as a ``data:`` address, and its size; or, without an address, why there is none."""

    address: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class PairPictures:
    """Both pictures; and on one grid, where the one can be laid over the other: both again, and the difference."""

    first: Shown
    second: Shown
    over: tuple[Shown, Shown, Shown] | None = None


def read_pictures(pair: Pair) -> PairPictures:
    """Return the pictures of a pair; of what cannot be read, the reason."""
    first, second = _shown(pair.first), _shown(pair.second)
    if pair.kind not in _OVERLAID or not (first.address and second.address):
        return PairPictures(first, second)
    try:
        laid = overlay(pair.first.path, pair.second.path)
    except CovidcurateError:
        laid = None
    if laid is None:
        return PairPictures(first, second)
    return PairPictures(first, second, (_encode(laid.first), _encode(laid.second), _encode(laid.colored_difference)))


def _shown(source: Source) -> Shown:
    try:
        thumbnail = read_thumbnail(source.path)
    except CovidcurateError as error:
        return Shown(text=error.message)
    return _encode(thumbnail.pixels, f"{thumbnail.kind.value}, {thumbnail.columns} x {thumbnail.rows} pixels")


def _encode(pixels: Any, text: str = "") -> Shown:
    data = encode_picture(Picture(pixels), _ENCODING).data
    return Shown(f"data:image/jpeg;base64,{base64.b64encode(data).decode('ascii')}", text)
