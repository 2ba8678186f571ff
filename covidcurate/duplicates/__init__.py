"""Have we seen this image before? Fingerprints find candidates, pixels decide, every pair comes with its reasons."""

from covidcurate.duplicates.candidates import Candidate, find_candidates
from covidcurate.duplicates.compare import Match, compare, read_picture
from covidcurate.duplicates.fingerprint import Fingerprint, fingerprint

__all__ = [
    "Candidate",
    "Fingerprint",
    "Match",
    "compare",
    "find_candidates",
    "fingerprint",
    "read_picture",
]
