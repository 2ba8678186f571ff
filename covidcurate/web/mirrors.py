"""Copies of a site under another address: pages keep the names that the site gives them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping


class Mirrors:
    """Origins that are asked for at another address, such as a copy of a site that has gone.

    Parameters
    ----------
    addresses
        Canonical origin (``https://example.org``) to the address that stands for it; both without a closing ``/``.
    """

    def __init__(self, addresses: Mapping[str, str]) -> None:
        self._addresses = dict(addresses)

    def address_of(self, url: str) -> str:
        """Return where a canonical URL is asked for."""
        return _swap(url, self._addresses.items())

    def canonical(self, address: str) -> str:
        """Return the canonical URL that an address stands for."""
        return _swap(address, ((mirror, origin) for origin, mirror in self._addresses.items()))


def _swap(url: str, pairs: Iterable[tuple[str, str]]) -> str:
    for old, new in pairs:
        if url == old or url.startswith((f"{old}/", f"{old}?")):
            return f"{new}{url[len(old) :]}"
    return url
