"""A plan as one page without server or network: look at each image, correct its row, accept or reject it."""

from covidcurate.ingest.review.build import as_html, write_review

__all__ = ["as_html", "write_review"]
