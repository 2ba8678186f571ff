"""What is known of each site, for people who are about to ask it."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from covidcurate.errors import UsageError
from covidcurate.sources.registry import find_site, site_names
from covidcurate.sources.source import Site
from covidcurate.spec import Specification
from covidcurate.spec.sources import AutomatedAccess, Source
from covidcurate.spec.specification import CONFIG_NAME


def all_facts(specification: Specification, name: str | None = None) -> list[dict[str, str]]:
    """Return the facts of the named site, or of all, as texts by key.

    Raises
    ------
    UsageError
        There is no site of that name.
    """
    if name is not None and find_site(name) is None:
        raise UsageError(f"there is no source {name!r}", remedy=f"Sources: {', '.join(site_names())}.")
    sites = (find_site(one) for one in site_names() if name is None or one == name.casefold())
    return [_facts(site, source_of(site, specification)) for site in sites if site is not None]


def source_of(site: Site, specification: Specification) -> Source:
    """Return what the specification knows of a site."""
    host = urlsplit(site.examples[0]).hostname or ""
    return next(source for source in specification.sources if source.id == site.id and source.serves(host))


def _facts(site: Site, source: Source) -> dict[str, str]:
    license_ = " or ".join(one for one in (source.license, source.conflict) if one) or "none stated"
    return {
        "source": site.id,
        "name": site.name,
        "license": license_,
        "terms": source.terms or "not known",
        "terms read": source.read or "by nobody yet",
        "automated access": _access(source),
        "pause": f"{source.interval:g} s between two requests, or more where robots.txt asks for it",
        "note": source.note,
        "needed": _needed(source),
        "case": site.case_help,
        "example": site.examples[0],
    }


def _access(source: Source) -> str:
    if source.automated is AutomatedAccess.PERMISSION:
        return f"permitted: {source.permission}" if source.permission else "forbidden without a permission on record"
    known = {AutomatedAccess.YES: "allowed", AutomatedAccess.NO: "forbidden"}
    return known.get(source.automated, "no terms that speak of it are known; robots.txt and gates are obeyed")


def _needed(source: Source) -> str:
    contact = f'[web] contact = "you@example.org" in {CONFIG_NAME}'
    if source.automated is AutomatedAccess.NO:
        return "pages that a person saved: --from PATH"
    if source.automated is AutomatedAccess.PERMISSION and not source.permission:
        permission = f'[sources.{source.id}] permission = "who, when, what"'
        return f"a permission ({source.ask}), recorded as {permission}, and {contact}; or saved pages: --from PATH"
    return contact


def describe(facts: dict[str, str]) -> Iterator[str]:
    """Yield the lines that show the facts of a site."""
    yield f"{facts['source']} ({facts['name']})"
    for key, text in facts.items():
        if key not in {"source", "name"} and text:
            yield f"  {key:<17} {text}"
