"""The frame of a page that people open from a file: every text escaped, nothing asked of anybody."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator
from html import escape
from importlib import resources

from covidcurate.model import printable


def page(title: str, package: str, body: Iterable[str]) -> Iterator[str]:
    """Yield a page around a body, with ``page.css`` and ``page.js`` of a package inside.

    The policy in it forbids everything from outside, and any script but this one.
    """
    style, script = _read(package, "page.css"), _read(package, "page.js")
    policy = (
        f"default-src 'none'; img-src data:; style-src '{_hash_of(style)}'; script-src '{_hash_of(script)}'; "
        "base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'"
    )
    yield '<!doctype html><html lang="en"><head><meta charset="utf-8">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{escape(policy)}">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield '<meta name="referrer" content="no-referrer">'
    yield f"<title>{safe(title)}</title><style>{style}</style></head><body>"
    yield from body
    yield f"<script>{script}</script></body></html>"


def safe(text: str) -> str:
    """Return a text as a page may hold it, in attributes too; what is not to be seen in it, as an escape.

    It is ASCII, so that a page reads the same whatever the encoding of the terminal or pipe that it went through.
    """
    return _ascii(printable(text))


def exact(text: str) -> str:
    """Return a text that reads back from a page as it is, line breaks and all: for what a script takes from there."""
    return _ascii(text).replace("\r", "&#13;").replace("\n", "&#10;")


def _ascii(text: str) -> str:
    return escape(text).encode("ascii", "xmlcharrefreplace").decode("ascii")


def _read(package: str, name: str) -> str:
    return resources.files(package).joinpath(name).read_text(encoding="utf-8")


def _hash_of(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode('ascii')}"
