"""All sites that covidcurate can read."""

from __future__ import annotations

from covidcurate.errors import UsageError
from covidcurate.sources.coronacases import Coronacases
from covidcurate.sources.draft import CaseRef
from covidcurate.sources.eurorad import Eurorad
from covidcurate.sources.radiopaedia import Radiopaedia
from covidcurate.sources.sirm import Sirm
from covidcurate.sources.source import Site

_SITES: tuple[Site, ...] = (Coronacases(), Eurorad(), Radiopaedia(), Sirm())


def site_names() -> tuple[str, ...]:
    """Return the names of all sites, sorted."""
    return tuple(site.id for site in _SITES)


def find_site(name: str) -> Site | None:
    """Return the site of a name as it is written on the command line; None if there is none."""
    return next((site for site in _SITES if site.id == name.casefold()), None)


def find_case(text: str, site: Site | None = None) -> tuple[Site, CaseRef]:
    """Return the case that an address means, or a number if its site is known.

    Raises
    ------
    UsageError
        It means no case.
    """
    if site is not None:
        ref = site.find_case(text)
        if ref is None:
            raise UsageError(f"{text!r} is no case of {site.name}", remedy=f"Give {site.case_help}.")
        return site, ref
    for one in _SITES:
        if one.pattern.fullmatch(text.strip()) and (ref := one.find_case(text)) is not None:
            return one, ref
    raise UsageError(
        f"{text!r} is no address of a case on a known site",
        remedy=f"Known sites: {', '.join(site_names())}. For a case number, name the site first.",
    )
