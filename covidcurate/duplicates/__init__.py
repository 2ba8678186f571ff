"""Have we seen this image before? Fingerprints find candidates, pixels decide, every pair comes with its reasons."""

from covidcurate.duplicates.candidates import Candidate, find_candidates, nearest_candidate
from covidcurate.duplicates.compare import Match, Picture, compare, read_picture
from covidcurate.duplicates.fingerprint import Fingerprint, fingerprint

__all__ = [
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
