"""Whether a program may ask a host at all, by what its terms say and what is on record."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable

from covidcurate.errors import ConfigError, FetchError, PolicyError
from covidcurate.spec import Source
from covidcurate.spec.sources import AutomatedAccess
from covidcurate.spec.specification import CONFIG_NAME


def require_permission(host: str, sources: Iterable[Source]) -> Source:
    """Return the source that a host belongs to, if a program may ask it.

    Raises
    ------
    FetchError
        The host belongs to no source: pages link to places of which nobody has read the terms.
    PolicyError
        The terms forbid it, or ask for a permission that is not on record.
    """
    source = next((one for one in sources if one.serves(host)), None)
    if source is None:
        raise FetchError(
            f"{host} belongs to no known source, and is not asked",
            remedy=f"If its terms allow it, describe it as a [[source]] in {CONFIG_NAME}.",
        )
    allowed = source.automated in (AutomatedAccess.YES, AutomatedAccess.UNKNOWN)
    if allowed or (source.automated is AutomatedAccess.PERMISSION and source.permission):
        return source
    read = f", as read on {source.read}" if source.read else ""
    by_hand = f"Or save pages with a browser, by hand, and use them: covidcurate scrape {source.id} --from FILE"
    if source.automated is AutomatedAccess.PERMISSION:
        by_hand = (
            f'Ask {source.ask}, and record the answer in {CONFIG_NAME}: [sources.{source.id}] permission = "who, when, '
            f'what". {by_hand}'
        )
    where = f" ({source.terms}{read})" if source.terms else ""
    raise PolicyError(f"no program may ask {host}: {source.note.rstrip('.')}{where}", remedy=by_hand)


def user_agent(contact: str, version: str) -> str:
    """Return the name under which sites are asked: project, version, and whom to write to.

    Raises
    ------
    ConfigError
        The contact is missing, or leads to nobody.
    """
    if not (contact.isascii() and re.fullmatch(r"\S*(?:[^@\s]@[^@\s]+\.|https?://[^/\s])\S+", contact)):
        said = f"the contact {contact!r} is neither a mail address nor a web page" if contact else "no contact is known"
        raise ConfigError(
            f"{said}: a site must be able to write to whoever asks it",
            remedy=f'Write it into {CONFIG_NAME}: [web] contact = "you@example.org" (or set COVIDCURATE_CONTACT).',
        )
    return f"covidcurate/{version} (curates a public collection of chest images; contact: {contact})"


def contact_from(configured: str) -> str:
    """Return the contact that the environment names for this machine's user, else the configured one."""
    return os.environ.get("COVIDCURATE_CONTACT", "").strip() or configured
