"""How often the rules of each column are right, as measured on notes that people had filled in by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Measured:
    """Figures of ``benchmarks/clinical_text.py`` for one column, on patients that the rules were not tuned on.

    ``judged`` readings could be compared with a cell filled by hand, ``right`` of them agreed, and ``filled`` cells
    there were at all. A column is offered if at least 0.97 of 10 or more judged readings are right; fewer tell nothing.
    """

    judged: int
    right: int
    filled: int

    @property
    def offered(self) -> bool:
        """Whether a reading is offered as a value rather than as a hint."""
        return self.judged >= 10 and self.right >= 0.97 * self.judged


FIELDS: Mapping[str, Measured] = {
    "RT_PCR_positive": Measured(0, 0, 0),
    "age": Measured(55, 52, 124),
    "extubated": Measured(0, 0, 5),
    "in_icu": Measured(0, 0, 27),
    "intubated": Measured(12, 12, 36),
    "intubation_present": Measured(1, 0, 45),
    "leukocyte_count": Measured(1, 1, 12),
    "lymphocyte_count": Measured(0, 0, 8),
    "modality": Measured(67, 63, 146),
    "needed_supplemental_O2": Measured(1, 1, 11),
    "neutrophil_count": Measured(0, 0, 3),
    "offset": Measured(28, 13, 160),
    "pO2_saturation": Measured(14, 14, 28),
    "sex": Measured(52, 52, 122),
    "survival": Measured(4, 4, 41),
    "temperature": Measured(13, 12, 33),
    "view": Measured(14, 11, 178),
    "went_icu": Measured(2, 1, 28),
}
"""Measured in November 2026 on the table of 4 June 2020 of the COVID-19 image data collection."""
