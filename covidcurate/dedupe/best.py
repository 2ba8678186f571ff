"""What a copy of an image is worth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from covidcurate.convert.inputs import Source
from covidcurate.dedupe.groups import Worth
from covidcurate.dedupe.model import Pair
from covidcurate.dedupe.rows import RowFacts
from covidcurate.duplicates import Fingerprint
from covidcurate.errors import CovidcurateError
from covidcurate.imaging.describe import Description, describe
from covidcurate.imaging.filetype import FileType


@dataclass(frozen=True)
class Appraiser:
    """Appraises files by their headers, by the pairs that they are in, and by their rows where they have one."""

    prints: Mapping[Source, Fingerprint]
    rows: Mapping[Source, RowFacts]

    def __call__(self, source: Source, pairs: Sequence[Pair]) -> Worth:
        """Return what a file is worth; of one that cannot be described, what is known without."""
        licensed = self.rows[source].licensed if source in self.rows else 0
        unmarked = -int(any(source in pair.marked for pair in pairs))
        known = self.prints.get(source)
        pixels = known.rows * known.columns if known else 0
        try:
            description = describe(source.path)
        except CovidcurateError:
            return Worth(pixels, unmarked=unmarked, licensed=licensed)
        is_dicom = description.kind is FileType.DICOM
        return Worth(
            pixels or _pixels_of(description),
            _bits_of(description),
            unmarked,
            int(not _is_lossy(description)),
            int(is_dicom),
            licensed,
        )


def _pixels_of(description: Description) -> int:
    size = description.facts.get("columns x rows")
    return int(size[0]) * int(size[1]) if isinstance(size, list) else 0


def _bits_of(description: Description) -> int:
    """Return the bits of a grey level; a DICOM header says ``12 of 16, unsigned``."""
    bits = description.facts.get("bits", 0)
    return int(str(bits).partition(" ")[0]) if str(bits)[:1].isdigit() else 0


def _is_lossy(description: Description) -> bool:
    lossy = description.facts.get("lossy compression") in (True, "01")
    return description.kind is FileType.JPEG or lossy
