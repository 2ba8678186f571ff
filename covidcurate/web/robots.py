"""What a host's robots.txt allows (RFC 9309), and how slowly it wants to be asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from covidcurate.errors import PolicyError

if TYPE_CHECKING:
    from protego import Protego

AGENT = "covidcurate"
"""The product token that a group of robots.txt may name."""

LARGEST_ROBOTS = 500 * 1024
"""Bytes of robots.txt that are read; RFC 9309 asks for no more."""


@dataclass(frozen=True)
class Robots:
    """The rules of one origin.

    ``policy`` is None where there is no robots.txt, so that everything is allowed; ``refusal`` says why nothing is.
    """

    policy: Protego | None = None
    refusal: str = ""

    @classmethod
    def parse(cls, body: bytes) -> Robots:
        """Read the text of a robots.txt; what cannot be read in it allows nothing and forbids nothing."""
        from protego import Protego

        return cls(Protego.parse(body[:LARGEST_ROBOTS].decode("utf-8", errors="replace").removeprefix("\ufeff")))

    def require_allowed(self, url: str) -> None:
        """Raise unless an address may be asked for.

        Raises
        ------
        PolicyError
            robots.txt disallows it, or could not be read, which counts as disallowing everything.
        """
        if self.refusal:
            raise PolicyError(
                f"{self.refusal}, so nothing is asked of the site (RFC 9309)",
                remedy="Try again later, or save the pages with a browser and use --from FILE.",
            )
        if self.policy is not None and not self.policy.can_fetch(url, AGENT):
            raise PolicyError(
                f"the site's robots.txt disallows {url}",
                remedy="Ask the site, or save the page with a browser and use --from FILE.",
            )

    def interval(self) -> float:
        """Return the pause in seconds that ``Crawl-delay`` and ``Request-rate`` ask for; 0 if they are silent."""
        if self.policy is None:
            return 0.0
        delay = self.policy.crawl_delay(AGENT) or 0.0
        rate = self.policy.request_rate(AGENT)
        return max(float(delay), rate.seconds / rate.requests if rate and rate.requests else 0.0)
