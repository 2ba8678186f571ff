"""Values of a DICOM header, asked for so that a broken one is an error with its tag and never with its content."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

from covidcurate.errors import UnreadableError
from covidcurate.imaging.dicom.read import quiet

if TYPE_CHECKING:
    from pydicom import Dataset

T = TypeVar("T")


def get_text(dataset: Dataset, keyword: str) -> str:
    """Return the text of an element, several values joined by a backslash; empty if it is absent or cannot be read."""
    try:
        return _convert(dataset, keyword, _as_text) or ""
    except UnreadableError:
        return ""


def says_yes(dataset: Dataset, keyword: str) -> bool:
    """Whether an element says YES, however that is spelled: whoever asks is about to let something pass."""
    return get_text(dataset, keyword).strip().upper().startswith("Y")


def get_numbers(dataset: Dataset, keyword: str, count: int = 0) -> tuple[float, ...]:
    """Return the finite numbers of an element; none if it is absent or empty.

    Parameters
    ----------
    keyword
        Keyword of the element in the DICOM dictionary, such as ``PixelSpacing``.
    count
        How many there must be; 0 for any.

    Raises
    ------
    UnreadableError
        They are no numbers, not finite, or not as many as there must be.
    """
    numbers = _convert(dataset, keyword, _as_numbers) or ()
    if not all(math.isfinite(number) for number in numbers):
        raise UnreadableError(f"{name_of(keyword)} is not finite")
    if numbers and count and len(numbers) != count:
        raise UnreadableError(f"{name_of(keyword)} has {len(numbers)} values where there are to be {count}")
    return numbers


def get_int(dataset: Dataset, keyword: str, default: int | None = None) -> int:
    """Return the whole number of an element.

    Raises
    ------
    UnreadableError
        It is no whole number, or it is absent and there is no default.
    """
    numbers = get_numbers(dataset, keyword)
    if not numbers:
        if default is None:
            raise UnreadableError(f"{name_of(keyword)} is missing")
        return default
    if len(numbers) > 1 or not numbers[0].is_integer():
        raise UnreadableError(f"{name_of(keyword)} is no whole number")
    return int(numbers[0])


def get_items(dataset: Dataset, keyword: str) -> list[Dataset]:
    """Return the items of a sequence; none if it is absent.

    Raises
    ------
    UnreadableError
        The element is no sequence.
    """
    return _convert(dataset, keyword, _as_items) or []


def get_bytes(dataset: Dataset, keyword: str) -> bytes:
    """Return the value of an element of bytes; empty if it is absent."""
    return _convert(dataset, keyword, lambda value: value if isinstance(value, bytes) else b"") or b""


def name_of(keyword: str) -> str:
    """Return the name of an element for messages, as in ``PixelSpacing (0028,0030)``."""
    tag = _tag_of(keyword)
    return f"{keyword} ({tag >> 16:04X},{tag & 0xFFFF:04X})"


def make_uid(text: str) -> Any:
    """Return a UID of pydicom's, which would otherwise repeat one that is none on standard error."""
    from pydicom import config
    from pydicom.uid import UID

    return UID(text, validation_mode=config.IGNORE)


@cache
def _tag_of(keyword: str) -> Any:
    """Return the tag of an element, as pydicom asks for it most quickly."""
    from pydicom.tag import Tag

    return Tag(keyword)


def _convert(dataset: Dataset, keyword: str, convert: Callable[[Any], T]) -> T | None:
    """Convert the value of an element; None if it is absent or empty.

    pydicom converts values only now, so that anything may be raised here.
    """
    with quiet():
        try:
            tag = _tag_of(keyword)
            value = dataset[tag].value if tag in dataset else None
            return None if value is None or value == "" else convert(value)
        except Exception as error:
            raise UnreadableError(f"{name_of(keyword)} cannot be read ({type(error).__name__})") from error


def _as_text(value: Any) -> str:
    if isinstance(value, str):
        return value.strip("\x00 ")
    if isinstance(value, bytes):
        return value.decode("latin-1").strip("\x00 ")
    many = hasattr(value, "__iter__") and not hasattr(value, "components")
    return "\\".join(str(part).strip() for part in value) if many else str(value).strip()


def _as_numbers(value: Any) -> tuple[float, ...]:
    if isinstance(value, bytes | str):
        # Private or mistyped elements come as they are.
        text = value.decode("latin-1") if isinstance(value, bytes) else value
        value = [part for part in text.strip("\x00 ").split("\\") if part.strip()]
    parts = value if hasattr(value, "__iter__") else [value]
    return tuple(float(part) for part in parts)


def _as_items(value: Any) -> list[Dataset]:
    from pydicom import Sequence

    if not isinstance(value, Sequence):
        raise TypeError("no sequence")
    return list(value)
