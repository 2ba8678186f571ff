"""Duplicates as one page without server or network: pairs side by side, one over the other, and as difference."""

from covidcurate.dedupe.page.build import as_html
from covidcurate.dedupe.page.pictures import Shown, show_file

__all__ = ["Shown", "as_html", "show_file"]
