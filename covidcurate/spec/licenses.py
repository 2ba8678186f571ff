"""Licenses: their identifiers, their spellings and what each allows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from covidcurate.spec.toml import Entry


class Permission(Enum):
    """Whether a license allows a use."""

    YES = "yes"
    """The terms allow it."""
    NO = "no"
    """The terms forbid it."""
    UNKNOWN = "unknown"
    """The source does not say; nobody should rely on it."""


@dataclass(frozen=True, slots=True)
class License:
    """One license as ``schema/licenses.toml`` describes it; ``id`` is a SPDX identifier or a ``LicenseRef-``."""

    id: str
    spellings: tuple[str, ...]
    redistribute: Permission
    commercial: Permission
    derivatives: Permission
    share_alike: bool
    attribution: bool
    version_known: bool
    text: str = ""

    @property
    def is_spdx(self) -> bool:
        """Whether ``id`` is on the SPDX license list."""
        return not self.id.startswith("LicenseRef-")


def read_licenses(document: Entry, base: tuple[License, ...] = ()) -> tuple[License, ...]:
    """Make the licenses of a TOML document; one of ``base`` with the same id is replaced."""
    licenses = {license_.id: license_ for license_ in base}
    for entry in document.take_entries("license", "id"):
        license_ = License(
            id=entry.take("id", str),
            spellings=entry.take_strings("spellings"),
            redistribute=entry.take_enum("redistribute", Permission),
            commercial=entry.take_enum("commercial", Permission),
            derivatives=entry.take_enum("derivatives", Permission),
            share_alike=entry.take("share_alike", bool),
            attribution=entry.take("attribution", bool),
            version_known=entry.take("version_known", bool),
            text=entry.take("text", str, ""),
        )
        entry.done()
        licenses[license_.id] = license_
    return tuple(licenses.values())


def say_identifier(licenses: Iterable[License], wording: str) -> str:
    """Return what to write for a license that is named in other words than its identifier; blank if it is none."""
    folded = wording.casefold()
    ids = [one.id for one in licenses if folded in map(str.casefold, one.spellings)]
    return f"Write the license's identifier: {ids[0]}" if ids else ""
