"""Find duplicates among files: fingerprint, look for candidates, let the pixels decide, report."""

from covidcurate.dedupe.render import RENDERERS, exit_code_of
from covidcurate.dedupe.run import Kind, Pair, Search, Wish, find_duplicates

__all__ = ["RENDERERS", "Kind", "Pair", "Search", "Wish", "exit_code_of", "find_duplicates"]
