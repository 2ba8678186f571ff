"""Text that is burned into pixels: where it is, and whether it is a marker, an identity, or something to be looked at.

A third of all films carry some text, most of it markers of side and projection; so this asks and does not forbid,
except where a text is one that the header names too. The engine is rapidocr-onnxruntime, in the extra ``ocr``; it
carries its models in its wheel and asks no network.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from enum import Enum
from functools import cache
from typing import TYPE_CHECKING, Any

from covidcurate.errors import ConfigError

if TYPE_CHECKING:
    import numpy

    Pixels = numpy.ndarray[Any, numpy.dtype[Any]]

_MARKERS = {
    "L", "R", "LT", "RT", "LEFT", "RIGHT", "LI", "RE", "AP", "PA", "LAT", "LATERAL", "LL", "RL", "PORTABLE", "PORT",
    "MOBILE", "SUPINE", "ERECT", "UPRIGHT", "SITTING", "SEMI", "SEMIERECT", "STANDING", "SEATED", "BED", "INSP", "EXP",
    "CM", "MM", "KV", "KVP", "MA", "MAS", "W", "C",
}  # fmt: skip
"""Words that say how a film was made, and nothing of whom."""
_LIKE = str.maketrans({"0": "O", "Q": "O", "1": "I", "L": "I", "|": "I", "5": "S", "8": "B", "2": "Z", "6": "G"})
"""Letters that are read for each other."""
_SHORTEST = 4
_MARGIN = 0.25
"""Share of its height by which a box is enlarged before it is blackened."""
_MOST_CERTAIN = 0.5


class TextKind(Enum):
    """What a text in the pixels is."""

    IDENTITY = "identity"
    """It is, or holds, a name, an id or a date of the header."""
    OTHER = "other"
    """Somebody has to look."""
    MARKER = "marker"
    """Side, projection or posture."""


@dataclass(frozen=True, slots=True)
class TextBox:
    """One text in the pixels: ``box`` is left, top, right, bottom in pixels, ``score`` how sure the reader is, to 1.

    The text itself is not shown: it may be a name.
    """

    kind: TextKind
    box: tuple[int, int, int, int]
    score: float
    text: str = field(repr=False)


def is_ocr_available() -> bool:
    """Whether the extra ``ocr`` is installed."""
    try:
        import rapidocr_onnxruntime  # noqa: F401
    except ImportError:
        return False
    return True


def require_ocr() -> None:
    """Do nothing if the extra ``ocr`` is installed.

    Raises
    ------
    ConfigError
        It is not.
    """
    if not is_ocr_available():
        raise ConfigError(
            "pixels cannot be read for burned-in text: no engine is installed",
            remedy="Install it with: pip install 'covidcurate[ocr]'",
        )


def find_text(pixels: Pixels, identities: Collection[str] = ()) -> tuple[TextBox, ...]:
    """Return the texts in a picture, identities first, then by size.

    Parameters
    ----------
    pixels
        Rows x columns of grey levels, or rows x columns x 3 of RGB; uint8.
    identities
        Values of the header that would identify somebody.

    Raises
    ------
    ConfigError
        The extra ``ocr`` is not installed.
    """
    require_ocr()
    import numpy

    color = numpy.ascontiguousarray(numpy.repeat(pixels[..., None], 3, axis=2) if pixels.ndim == 2 else pixels)
    found, _ = _engine()(color)
    boxes = []
    for corners, text, score in found or ():
        xs, ys = [float(x) for x, _ in corners], [float(y) for _, y in corners]
        box = (int(min(xs)), int(min(ys)), int(max(xs)) + 1, int(max(ys)) + 1)
        boxes.append(TextBox(judge(str(text), identities), box, float(score), str(text)))
    kept = [one for one in boxes if one.score >= _MOST_CERTAIN or one.kind is TextKind.IDENTITY]
    return tuple(sorted(kept, key=lambda one: (list(TextKind).index(one.kind), -_area(one), one.box)))


def judge(text: str, identities: Iterable[str] = ()) -> TextKind:
    """Return what a text is; letters that are read for each other count as one."""
    plain = _fold(text)
    for identity in identities:
        folded = _fold(identity)
        whole = len(folded) >= _SHORTEST and folded in plain
        if whole or (len(plain) >= _SHORTEST and plain in folded):
            return TextKind.IDENTITY
    words = re.findall(r"[^\W_]+", text.upper())
    is_marker = all(word in _MARKERS or (word.isdigit() and len(word) < _SHORTEST) for word in words)
    return TextKind.MARKER if is_marker else TextKind.OTHER


def mask(pixels: Pixels, boxes: Iterable[TextBox], value: float = 0) -> Pixels:
    """Return a copy in which boxes, a little enlarged, have one value; black by default."""
    masked = pixels.copy()
    rows, columns = pixels.shape[:2]
    for one in boxes:
        left, top, right, bottom = one.box
        margin = round((bottom - top) * _MARGIN) + 1
        masked[
            max(0, top - margin) : min(rows, bottom + margin), max(0, left - margin) : min(columns, right + margin)
        ] = value
    return masked


def summarize(boxes: Collection[TextBox]) -> str:
    """Return what was found, in words that quote nothing; empty if it was nothing or markers alone."""
    others = [one for one in boxes if one.kind is not TextKind.MARKER]
    if not others:
        return ""
    places = "; ".join("{}, {} to {}, {}".format(*one.box) for one in others[:_SHORTEST])
    more = f" and {len(others) - _SHORTEST} more" if len(others) > _SHORTEST else ""
    return (
        f"text is burned into its pixels (left, top to right, bottom): {places}{more}; look whether it names somebody"
    )


def _fold(text: str) -> str:
    return "".join(sign for sign in text.upper().translate(_LIKE) if sign.isalnum())


def _area(one: TextBox) -> int:
    left, top, right, bottom = one.box
    return (right - left) * (bottom - top)


@cache
def _engine() -> Any:
    """Return the engine; loading its models takes half a second, so it is kept."""
    import logging

    from rapidocr_onnxruntime import RapidOCR

    logging.getLogger("rapidocr_onnxruntime").setLevel(logging.CRITICAL + 1)
    return RapidOCR(intra_op_num_threads=1)
