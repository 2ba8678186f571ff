"""Duplicates as one page without server or network: pairs side by side, one over the other, and as difference."""

from covidcurate.dedupe.page.build import as_html

__all__ = ["as_html"]
