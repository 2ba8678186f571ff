"""A DICOM image as people see it: grey levels or RGB, frame by frame."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from covidcurate.errors import UnreadableError
from covidcurate.imaging.dicom.functional import transforms_of_frame
from covidcurate.imaging.dicom.header import get_numbers, get_text
from covidcurate.imaging.dicom.layout import PixelLayout, read_layout
from covidcurate.imaging.dicom.overlays import draw_overlays
from covidcurate.imaging.dicom.pixels import decode_frames
from covidcurate.imaging.dicom.read import quiet
from covidcurate.imaging.dicom.shades import Shades, read_shades
from covidcurate.imaging.polarity import looks_inverted
from covidcurate.imaging.window import WindowChoice

if TYPE_CHECKING:
    import numpy
    from pydicom import FileDataset

    Pixels = numpy.ndarray[Any, numpy.dtype[Any]]

_MOST_ASPECT = 8.0


@dataclass(frozen=True, slots=True)
class Look:
    """How images are to be rendered; ``bits`` a grey level has, 8 or 16."""

    window: WindowChoice = field(default_factory=WindowChoice)
    bits: int = 8
    overlays: bool = False
    invert: bool = False


@dataclass(frozen=True, slots=True)
class Rendered:
    """A picture: rows x columns, or rows x columns x 3 for RGB; ``height_over_width`` of one of its pixels."""

    pixels: Pixels
    height_over_width: float = 1.0
    notes: list[str] = field(default_factory=list)


def render_frames(
    dataset: FileDataset, look: Look | None = None, indices: Iterable[int] | None = None
) -> Iterator[Rendered]:
    """Yield each frame of a DICOM image as it is to be seen.

    Raises
    ------
    UnreadableError
        Pixels or header are broken.
    ConfigError
        A decoder is missing.
    """
    look = look or Look()
    layout = read_layout(dataset)
    aspect = _read_aspect(dataset)
    for index in range(layout.frames) if indices is None else indices:
        (frame,) = decode_frames(dataset, layout, [index])
        notes: list[str] = []
        if layout.is_monochrome:
            shades = read_shades(dataset, layout, transforms_of_frame(dataset, index))
            notes += shades.notes
            pixels = render_grey(frame, shades, look)
            if get_text(dataset, "Modality") in {"CR", "DX", "DR", "RG"} and looks_inverted(pixels):
                notes.append(
                    f"it looks inverted although it says {layout.photometric}: have a look, and use --invert if it is"
                )
        else:
            pixels = _render_color(dataset, frame, layout)
        if look.overlays:
            pixels = draw_overlays(dataset, pixels, index)
        yield Rendered(pixels, aspect, notes)


def render_grey(frame: Pixels, shades: Shades, look: Look) -> Pixels:
    """Return grey levels of stored values; padding is black, whatever the polarity."""
    import numpy

    most = (1 << look.bits) - 1
    kind = numpy.uint8 if look.bits == 8 else numpy.uint16
    if frame.dtype.kind in "iu" and frame.dtype.itemsize <= 2:
        # One entry for each value that there can be; signed ones are looked up by their bits.
        unsigned = frame.view(f"u{frame.dtype.itemsize}")
        values = numpy.arange(1 << (8 * frame.dtype.itemsize)).astype(unsigned.dtype).view(frame.dtype)
        present = numpy.zeros(len(values), dtype=bool)
        present[unsigned] = True
        table = _shade(values.astype(numpy.float64), present, shades, look, most).astype(kind)
        pixels: Pixels = table[unsigned]
        return pixels
    real = numpy.isfinite(frame) if frame.dtype.kind == "f" else numpy.ones(frame.shape, dtype=bool)
    numbers = numpy.where(real, frame, 0).astype(numpy.float64)
    return numpy.where(real, _shade(numbers, real, shades, look, most), 0).astype(kind)


def _shade(values: Pixels, present: Pixels, shades: Shades, look: Look, most: int) -> Pixels:
    import numpy

    padding = shades.is_padding(values)
    brightness = shades.to_brightness(shades.to_units(values), present & ~padding, look.window)
    if shades.inverted != look.invert:
        brightness = 1 - brightness
    return numpy.where(padding, 0, numpy.floor(numpy.clip(brightness, 0, 1) * most + 0.5))


def _render_color(dataset: FileDataset, frame: Pixels, layout: PixelLayout) -> Pixels:
    """Return RGB of 8 bits; a palette is applied."""
    import numpy

    if layout.photometric == "PALETTE COLOR":
        from pydicom.pixels.processing import apply_color_lut

        with quiet():
            try:
                frame = apply_color_lut(frame, dataset)
            except Exception as error:
                raise UnreadableError(f"its palette is broken ({type(error).__name__})") from error
        stored = 8 * frame.dtype.itemsize
    else:
        stored = layout.stored
    if frame.ndim != 3 or frame.shape[2] < 3:
        raise UnreadableError(f"its pixels are {layout.photometric} with one sample each, which is no color")
    frame = frame[..., :3]
    scaled: Pixels = frame.astype(numpy.float64) * 255 / ((1 << stored) - 1) + 0.5
    return frame if stored == 8 else scaled.astype(numpy.uint8)


def _read_aspect(dataset: FileDataset) -> float:
    """Return the height of a pixel over its width; 1 where nothing reasonable is stated."""
    for keyword in ("PixelSpacing", "ImagerPixelSpacing", "NominalScannedPixelSpacing", "PixelAspectRatio"):
        try:
            pair = get_numbers(dataset, keyword, 2)
        except UnreadableError:
            continue
        if pair and min(pair) > 0 and 1 / _MOST_ASPECT < pair[0] / pair[1] < _MOST_ASPECT:
            return pair[0] / pair[1]
    return 1.0
