"""Overlays (60xx): drawings in a plane of their own, burned in only where the user asks for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from covidcurate.imaging.dicom.read import quiet

if TYPE_CHECKING:
    import numpy
    from pydicom import FileDataset

    Pixels = numpy.ndarray[Any, numpy.dtype[Any]]

_GROUPS = range(0x6000, 0x6020, 2)


def draw_overlays(dataset: FileDataset, pixels: Pixels, frame: int = 0) -> Pixels:
    """Return a copy of the picture with the overlays that can be read in white."""
    import numpy

    drawn = pixels.copy()
    white = numpy.iinfo(drawn.dtype).max
    with quiet():
        for group in _GROUPS:
            if (group, 0x3000) not in dataset:
                continue
            try:
                planes = dataset.overlay_array(group)
                origin = dataset.get((group, 0x0050))
                top, left = (int(number) - 1 for number in (origin.value if origin else (1, 1)))
            except Exception:  # noqa: S112 - a broken overlay is no fault of the picture
                continue
            plane = planes[min(frame, len(planes) - 1)] if planes.ndim == 3 else planes
            rows, columns = drawn.shape[:2]
            plane = plane[max(0, -top) :, max(0, -left) :]
            top, left = max(0, top), max(0, left)
            plane = plane[: max(0, rows - top), : max(0, columns - left)]
            drawn[top : top + plane.shape[0], left : left + plane.shape[1]][plane > 0] = white
    return drawn
