"""How messages speak."""

from __future__ import annotations


def counted(count: int, noun: str, plural: str = "") -> str:
    """Return a number with its noun: ``1 row``, ``2 rows``; with ``plural`` where an s alone does not make it."""
    return f"{count} {noun if count == 1 else plural or noun + 's'}"
