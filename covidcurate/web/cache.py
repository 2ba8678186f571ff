"""Pages that were fetched before, with what is needed to ask whether they changed."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from covidcurate.durable import replace_durably
from covidcurate.errors import DatasetError


@dataclass(frozen=True)
class Response:
    """An answer that was received whole: ``body`` is decoded, header names are in lower case.

    ``retrieved`` is the time at which the site last said so, in seconds since 1970; ``asked`` is False if the site was
    not asked in this run.
    """

    url: str
    final_url: str
    status: int
    headers: dict[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    retrieved: float
    asked: bool = True

    @property
    def sha256(self) -> str:
        """Digest of the body in hexadecimal."""
        return hashlib.sha256(self.body).hexdigest()

    @property
    def validators(self) -> dict[str, str]:
        """Headers that ask the site whether this answer is still good."""
        pairs = {"If-None-Match": self.headers.get("etag"), "If-Modified-Since": self.headers.get("last-modified")}
        return {name: value for name, value in pairs.items() if value}


class PageCache:
    """A folder with two files for each page: its body, and what was said about it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def load(self, url: str) -> Response | None:
        """Return the kept answer for a URL; None if there is none, or if it is damaged."""
        about, body = self._paths(url)
        try:
            facts: dict[str, Any] = json.loads(about.read_bytes())
            response = Response(
                url=str(facts["url"]),
                final_url=str(facts["final_url"]),
                status=int(facts["status"]),
                headers={str(name): str(value) for name, value in facts["headers"].items()},
                body=body.read_bytes(),
                retrieved=float(facts["retrieved"]),
                asked=False,
            )
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return None
        return response if response.url == url and response.sha256 == facts.get("sha256") else None

    def save(self, response: Response) -> None:
        """Keep an answer.

        Raises
        ------
        DatasetError
            The disk refuses.
        """
        about, body = self._paths(response.url)
        facts = {
            "url": response.url,
            "final_url": response.final_url,
            "status": response.status,
            "headers": response.headers,
            "retrieved": response.retrieved,
            "sha256": response.sha256,
        }
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            # A crash between the two leaves a body that the digest disowns, so that the page is fetched again.
            replace_durably(body, response.body)
            replace_durably(about, json.dumps(facts, indent=1).encode("utf-8"))
        except OSError as error:
            raise DatasetError(f"{self._folder}: cannot be written: {error.strerror}") from error

    def _paths(self, url: str) -> tuple[Path, Path]:
        name = hashlib.sha256(url.encode("utf-8", errors="surrogatepass")).hexdigest()
        return self._folder / f"{name}.json", self._folder / f"{name}.body"
