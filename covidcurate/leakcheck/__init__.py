"""Check de-identified outputs against their inputs: collect, search, report."""

from covidcurate.leakcheck.run import RENDERERS, Check, verify

__all__ = ["RENDERERS", "Check", "verify"]
