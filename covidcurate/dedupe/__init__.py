"""Find duplicates among files: fingerprint, look for candidates, let the pixels decide, report."""

from covidcurate.dedupe.check import check_pixels
from covidcurate.dedupe.explain import explain_pair
from covidcurate.dedupe.inputs import files_to_compare
from covidcurate.dedupe.model import Group, Kind, Pair, Search, Wish
from covidcurate.dedupe.render import RENDERERS, exit_code_of
from covidcurate.dedupe.run import find_duplicates

__all__ = [
    "RENDERERS",
    "Group",
    "Kind",
    "Pair",
    "Search",
    "Wish",
    "check_pixels",
    "exit_code_of",
    "explain_pair",
    "files_to_compare",
    "find_duplicates",
]
