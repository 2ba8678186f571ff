"""One file a site: how its addresses look, and how its pages become a case."""

from covidcurate.sources.draft import Ask, CaseRef, DraftCase, DraftImage, DraftStudy
from covidcurate.sources.page import Page
from covidcurate.sources.registry import find_case, find_site, site_names
from covidcurate.sources.source import Options, Site, Slices

__all__ = [
    "Ask",
    "CaseRef",
    "DraftCase",
    "DraftImage",
    "DraftStudy",
    "Options",
    "Page",
    "Site",
    "Slices",
    "find_case",
    "find_site",
    "site_names",
]
