"""What a dataset takes of files: how large and how small they may be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from covidcurate.errors import ConfigError
from covidcurate.spec.toml import Entry


@dataclass(frozen=True, slots=True)
class FileLimits:
    """Limits in bytes and pixels; 0 stands for none."""

    most_bytes: int
    """A larger file is an error."""
    many_bytes: int
    """A larger file is worth a note."""
    least_bytes: int
    """A smaller file is no image that anybody can use."""
    smallest_side: int
    """Pixels that each side of an image should have."""
    most_pixels: int
    """More has no radiograph."""

    names: ClassVar = ("most_bytes", "many_bytes", "least_bytes", "smallest_side", "most_pixels")


def read_file_limits(entry: Entry, base: FileLimits | None = None) -> FileLimits:
    """Read ``[files]``; what is not there is that of ``base``.

    Raises
    ------
    ConfigError
        A key is unknown or missing, or no number from 0 on.
    """
    limits = {name: entry.take(name, int, getattr(base, name) if base else None) for name in FileLimits.names}
    entry.done()
    for name, limit in limits.items():
        if limit < 0:
            raise ConfigError(f"{entry.where}: {name!r} is {limit}, but should be 0 (no limit) or more")
    return FileLimits(**limits)
