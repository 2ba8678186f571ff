"""Have we seen this image before? Fingerprints find candidates, pixels decide, every pair comes with its reasons."""

from covidcurate.duplicates.candidates import Candidate, find_candidates, nearest_candidate
from covidcurate.duplicates.compare import ALIKE, SAME, Match, Picture, compare, read_picture
from covidcurate.duplicates.fingerprint import Fingerprint, fingerprint

__all__ = [
    "ALIKE",
    "SAME",
    "Candidate",
    "Fingerprint",
    "Match",
    "Picture",
    "compare",
    "find_candidates",
    "fingerprint",
    "nearest_candidate",
    "read_picture",
]
