"""What a site answers."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field


@dataclass
class Reply:
    """An answer before anything goes wrong with it."""

    body: bytes
    kind: str = "text/html; charset=utf-8"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def etag(self) -> str:
        return f'"{hashlib.sha256(self.body).hexdigest()[:16]}"'


def html(title: str, body: str, head: str = "") -> Reply:
    """Return a page; it says what it is."""
    text = (
        "<!DOCTYPE html><html><!-- synthetic: written for the tests of covidcurate -->"
        f"<head><meta charset='utf-8'><title>{title}</title>{head}</head><body>{body}</body></html>"
    )
    return Reply(text.encode())


def redirect(to: str) -> Reply:
    return Reply(b"", status=302, headers={"Location": to})
