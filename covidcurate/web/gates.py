"""Recognize what says "no programs here": challenge pages, captchas, sign-in pages, and words in headers and pages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from covidcurate.errors import FetchError, NotThereError, PolicyError

LARGEST_GATE = 100_000
"""A gate is a short page; a long one that speaks of captchas is an article."""

_MOST_WORDS = 1_000
"""Visible characters of a gate; a page that says more and carries a widget as well is a page."""

# Seen at the sites or usual with the services that guard them; no case page says this.
_GATE_PHRASES = re.compile(
    rb"please wait while your request is being verified"
    rb"|checking (?:your browser|if the site connection is secure)"
    rb"|verify(?:ing)? (?:that )?you are (?:a )?human"
    rb"|just a moment\.\.\.</title>|attention required! \| cloudflare"
    rb"|please (?:resolve|solve|complete) the captcha|enable javascript and cookies to continue",
    re.IGNORECASE,
)
# What guards leave on ordinary pages too, such as a captcha beside a form: it makes a gate of a page with few words.
_WIDGETS = re.compile(
    rb"class=[\"'](?:g-recaptcha|h-captcha|cf-turnstile)|challenges\.cloudflare\.com|/cdn-cgi/challenge-platform"
    rb"|cf-browser-verification|cf_chl_|captcha-delivery\.com|_incapsula_resource",
    re.IGNORECASE,
)
_INVISIBLE = re.compile(rb"<(script|style|noscript)\b.*?(?:</\1|$)|<[^>]*>|\s+", re.IGNORECASE | re.DOTALL)
_SIGN_IN = re.compile(r"/(?:users?/)?(?:sign[_-]?in|log[_-]?in)(?:/|$|\.)", re.IGNORECASE)
_NO_AI = {"noai", "noimageai"}
_META = re.compile(rb"<meta\s[^>]{0,300}>", re.IGNORECASE)
_META_ROBOTS = re.compile(rb"name\s*=\s*[\"']?(?:robots|covidcurate)\b", re.IGNORECASE)
_META_CONTENT = re.compile(rb"content\s*=\s*[\"']([^\"']*)", re.IGNORECASE)


def is_gate(headers: Mapping[str, str], body: bytes) -> bool:
    """Whether an answer is a challenge to the visitor in place of what was asked for."""
    if headers.get("cf-mitigated", "").casefold() == "challenge":
        return True
    if len(body) > LARGEST_GATE or not _is_markup(body):
        return False
    if _GATE_PHRASES.search(body):
        return True
    return _WIDGETS.search(body) is not None and len(_INVISIBLE.sub(b" ", body)) < _MOST_WORDS


def require_welcome(url: str, headers: Mapping[str, str], body: bytes) -> None:
    """Stop at an answer that programs are not welcome to.

    Raises
    ------
    PolicyError
        It is a gate, or it says that its content is not for machine learning (``noai``, ``noimageai``).
    NotThereError
        It is a page to sign in.
    """
    host = urlsplit(url).hostname
    if is_gate(headers, body):
        raise PolicyError(
            f"{host} asks its visitors to prove that they are people ({url}), and a program does not answer that",
            remedy="Open the page in a browser, save it, and give it to: covidcurate scrape --from FILE",
        )
    said = _NO_AI & _directives(headers.get("x-robots-tag", ""), body)
    if said:
        raise PolicyError(
            f"{host} says {' and '.join(sorted(said))} ({url}): its content is not for machine learning",
            remedy="Ask the site for permission; nothing more is fetched from it.",
        )
    if _SIGN_IN.search(urlsplit(url).path):
        raise NotThereError(f"{url} is a page to sign in: the case is not public", remedy="Leave it out.")


def _directives(header: str, body: bytes) -> set[str]:
    """Return what ``X-Robots-Tag`` and ``<meta name="robots">`` say to everybody or to us."""
    found = set()
    for part in header.casefold().split(","):
        agent, colon, word = part.strip().partition(":")
        # Headers that came apart are joined with commas, so that an agent's name holds for its own word alone.
        if not colon or agent.strip() == "covidcurate":
            found.add((word if colon else agent).strip())
    for tag in _META.findall(body[:LARGEST_GATE]) if _is_markup(body) else ():
        content = _META_CONTENT.search(tag)
        if content and _META_ROBOTS.search(tag):
            found.update(word.strip() for word in content[1].decode("latin-1").casefold().split(","))
    return found


def _is_markup(body: bytes) -> bool:
    return body[:512].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")


def describe_status(url: str, status: int) -> FetchError:
    """Return the error for an answer that is neither a page nor a file."""
    if status in {404, 410}:
        return NotThereError(f"{url} is not there (HTTP {status})", remedy="Correct the address, or leave it out.")
    if status in {401, 403, 451}:
        return NotThereError(f"{url} is not for everybody (HTTP {status})", remedy="Leave it out, or ask the site.")
    return FetchError(f"{url} answers with HTTP {status}", remedy="Try again later.")
