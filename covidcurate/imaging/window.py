"""Windows: which values become black, which white, and how those between are spread (DICOM PS3.3 C.11.2.1)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from covidcurate.errors import UsageError

if TYPE_CHECKING:
    import numpy

    Numbers = numpy.ndarray[Any, numpy.dtype[numpy.float64]]


class WindowFunction(Enum):
    """How the values of a window are spread; the value is that of VOILUTFunction (0028,1056)."""

    LINEAR = "LINEAR"
    """Straight, by the formula with half a value to each side; the default."""
    LINEAR_EXACT = "LINEAR_EXACT"
    """Straight from one edge to the other."""
    SIGMOID = "SIGMOID"
    """A logistic curve, which never quite reaches black or white."""


@dataclass(frozen=True, slots=True)
class Window:
    """Center and width in the unit of the values that it is applied to, such as HU."""

    center: float
    width: float
    function: WindowFunction = WindowFunction.LINEAR

    def is_valid(self) -> bool:
        """Whether the standard allows the width: at least 1 if linear, else above 0."""
        return self.width >= 1 if self.function is WindowFunction.LINEAR else self.width > 0

    def apply(self, values: Numbers) -> Numbers:
        """Return brightness from 0 (black) to 1 (white)."""
        import numpy

        if self.function is WindowFunction.SIGMOID:
            # Beyond 700 the exponential overflows; it is nothing by then.
            return 1 / (1 + numpy.exp(numpy.clip(-4 * (values - self.center) / self.width, -700, 700)))
        half = 0.5 if self.function is WindowFunction.LINEAR else 0.0
        low = self.center - half - (self.width - 2 * half) / 2
        span = self.width - 2 * half
        if span == 0:
            return (values > low).astype(numpy.float64)
        return numpy.clip((values - low) / span, 0, 1)


PRESETS = {
    "lung": Window(-600, 1500),
    "mediastinum": Window(40, 400),
    "bone": Window(400, 1800),
}
"""Usual windows of a chest CT in HU."""


@dataclass(frozen=True, slots=True)
class WindowChoice:
    """What ``--window`` asks for: ``auto`` (as the file says), ``full`` (all values there are), or a window."""

    name: str = "auto"
    window: Window | None = None

    @classmethod
    def parse(cls, text: str) -> WindowChoice:
        """Return the choice that a text such as ``lung`` or ``-600,1500`` means.

        Raises
        ------
        UsageError
            It means none.
        """
        if text in {"auto", "full"}:
            return cls(text)
        if text in PRESETS:
            return cls(text, PRESETS[text])
        number = r"\s*([+-]?\d+(?:\.\d+)?)\s*"
        match = re.fullmatch(f"{number},{number}", text)
        if match is None or not (window := Window(float(match[1]), float(match[2]))).is_valid():
            raise UsageError(
                f"the window {text!r} is none of auto, full, {', '.join(PRESETS)} or CENTER,WIDTH, with a width from 1",
                remedy="Such as: --window lung, or --window -600,1500",
            )
        return cls(text, window)
