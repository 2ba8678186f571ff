"""Headers that break the rules are written here on purpose."""

from __future__ import annotations

from tests.imaging.deidentify.conftest import _writes_anything  # noqa: F401
