"""The pictures of a pair as they stand in a page: small, and made of pixels alone."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, replace
from functools import lru_cache

from covidcurate.convert.inputs import Source
from covidcurate.dedupe.model import Kind, Pair
from covidcurate.dedupe.volumes import VolumeSource, load_volume
from covidcurate.duplicates.overlay import overlay
from covidcurate.errors import CovidcurateError
from covidcurate.imaging.filetype import FileType, sniff_file
from covidcurate.imaging.picture import Encoding, Picture, encode_picture
from covidcurate.imaging.thumbnail import read_thumbnail
from covidcurate.imaging.volume_sample import Upright

_ENCODING = Encoding("jpg", max_size=512, quality=85)
_OVERLAID = (Kind.INSTANCE, Kind.IMAGE, Kind.RELATED)
"""Kinds of which the one can be laid over the other: of the surer ones there is no difference to be seen."""
_SLICE = re.compile(r"slice (\d+) of \d+")
"""How the evidence names the slice that a picture shows."""


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
    first, second = _shown(pair.first, pair), _shown(pair.second, pair)
    if pair.kind not in _OVERLAID or not (first.address and second.address):
        return PairPictures(first, second)
    try:
        laid = overlay(pair.first.path, pair.second.path)
    except CovidcurateError:
        laid = None
    if laid is None:
        return PairPictures(first, second)
    over = (_encode(Picture(one)) for one in (laid.first, laid.second, laid.colored_difference))
    return PairPictures(first, second, (next(over), next(over), next(over)))


def _shown(source: Source, pair: Pair) -> Shown:
    named = _SLICE.search("\n".join(pair.evidence)) if pair.kind is Kind.SLICE else None
    shown = show_file(source, int(named[1]) if named else 0)
    is_volume = pair.kind is Kind.VOLUME or (pair.kind is Kind.SLICE and source == pair.second)
    if is_volume and shown.text.startswith(FileType.DICOM.value):
        return replace(shown, text=f"{shown.text}, one of its series")
    return shown


def show_file(source: Source, number: int = 0) -> Shown:
    """Return the picture of a file; of a volume the axial slice of a number from the feet, or the middle one."""
    try:
        if sniff_file(source.path).is_nifti:
            return _slice_of(_read_volume(source), number)
        thumbnail = read_thumbnail(source.path)
    except CovidcurateError as error:
        return Shown(text=error.message)
    text = f"{thumbnail.kind.value}, {thumbnail.columns} x {thumbnail.rows} pixels"
    return _encode(Picture(thumbnail.pixels), text)


@lru_cache(maxsize=1)
def _read_volume(source: Source) -> Upright:
    # Pairs of one volume mostly follow each other.
    return load_volume(VolumeSource(source, (source,)))


def _slice_of(volume: Upright, number: int) -> Shown:
    shape = volume.voxels.shape
    number = min(number, shape[2]) if number else (shape[2] + 1) // 2
    text = f"{' x '.join(str(length) for length in shape)} voxels of NIfTI, slice {number} from the feet"
    return _encode(Picture(volume.show(number - 1), volume.sizes[1] / volume.sizes[0]), text)


def _encode(picture: Picture, text: str = "") -> Shown:
    data = encode_picture(picture, _ENCODING).data
    return Shown(f"data:image/jpeg;base64,{base64.b64encode(data).decode('ascii')}", text)
