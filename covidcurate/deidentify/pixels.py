"""Look for text that is burned into pixels, and blacken it if that is asked."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import Any

from covidcurate.errors import PolicyError
from covidcurate.imaging.burned_in import TextBox, TextKind, find_text, mask, summarize
from covidcurate.imaging.dicom.blacken import blacken
from covidcurate.imaging.dicom.layout import has_pixels
from covidcurate.imaging.dicom.render import render_frames
from covidcurate.imaging.leaks import identifiers_of_dataset
from covidcurate.imaging.picture import to_8_bits

NOTHING_FOUND = "no text but markers was found in its pixels"
_IDENTITY = "a text in its pixels is one that identifies somebody in its header"


class PixelCheck(Enum):
    """What is done about text in pixels."""

    NONE = "none"
    """Nobody looks."""
    LOOK = "look"
    """It is reported; what identifies somebody by the header is refused."""
    MASK = "mask"
    """Everything but markers is blackened, and looked for again."""


def check_picture(pixels: Any, identities: Sequence[str], check: PixelCheck) -> tuple[Any, list[str]]:
    """Return the pixels, blackened where that was asked and needed, and what is to be said.

    Raises
    ------
    PolicyError
        An identity of the header stands in the pixels, and nothing is to be blackened; or some is still read after.
    """
    boxes = find_text(to_8_bits(pixels), identities)
    if check is PixelCheck.LOOK:
        _refuse_identity(boxes)
        return pixels, [summarize(boxes) or NOTHING_FOUND]
    others = _all_but_markers(boxes)
    if not others:
        return pixels, [NOTHING_FOUND]
    masked = mask(pixels, others)
    _refuse_identity(find_text(to_8_bits(masked), identities))
    return masked, [f"{len(others)} texts in its pixels were blackened"]


def check_dicom(dataset: Any, check: PixelCheck) -> list[str]:
    """Look for text in the frames of a DICOM image; blacken it in the data set where that was asked.

    Raises
    ------
    PolicyError
        As :func:`check_picture`.
    UnreadableError
        The pixels cannot be decoded, or not be blackened.
    """
    if not has_pixels(dataset):
        return []
    identities = [one.value for one in identifiers_of_dataset(dataset) if one.personal]
    found = [find_text(to_8_bits(frame.pixels), identities) for frame in render_frames(dataset)]
    if check is PixelCheck.LOOK:
        for boxes in found:
            _refuse_identity(boxes)
        notes = [summarize(boxes) for boxes in found]
        return list(dict.fromkeys(filter(None, notes))) or [NOTHING_FOUND]
    others = [_all_but_markers(boxes) for boxes in found]
    if not any(others):
        return [NOTHING_FOUND]
    blacken(dataset, others)
    for frame in render_frames(dataset):
        _refuse_identity(find_text(to_8_bits(frame.pixels), identities))
    return [f"{sum(map(len, others))} texts in its pixels were blackened"]


def _all_but_markers(boxes: Sequence[TextBox]) -> list[TextBox]:
    return [one for one in boxes if one.kind is not TextKind.MARKER]


def _refuse_identity(boxes: Sequence[TextBox]) -> None:
    if any(one.kind is TextKind.IDENTITY for one in boxes):
        raise PolicyError(_IDENTITY, remedy="Blacken it: --mask.")
