"""Every error that covidcurate raises on purpose, each with the exit code it ends a command with.

::

    CovidcurateError            3   something could not be done; the base of all
    ├── UsageError              2   the command was called in a way that cannot work
    ├── UnreadableError         3   a file cannot be read as what it claims to be
    │   ├── NotAnImageError     3   a file is well, but no image
    │   ├── TableEncodingError  3   a table holds bytes that are not UTF-8
    │   └── TableStructureError 3   a table is broken where an edit would have to trust it
    ├── ConfigError             3   a specification or ``covidcurate.toml`` is wrong
    ├── DatasetError            3   the folder is no dataset, or cannot be written
    │   └── LockedError         3   another run holds the dataset
    ├── FetchError              3   an address could not be fetched; others still may
    │   ├── NotThereError       3   the site says that there is nothing, or nothing for everybody, at the address
    │   └── HostError           3   a host cannot be reached, or asks for a rest: nothing more is asked of it
    └── PolicyError             5   refused by a license, a site's terms or the protection of patients
"""

from __future__ import annotations

from enum import IntEnum
from typing import ClassVar


class ExitCode(IntEnum):
    """Exit codes of every command; they are a contract with scripts and CI."""

    CLEAN = 0
    """Nothing at or above the level that was asked for."""
    FINDINGS = 1
    """Findings at or above ``--fail-on``."""
    USAGE = 2
    """The command line was wrong."""
    COULD_NOT_RUN = 3
    """A file could not be read, a configuration is wrong, or covidcurate has a bug."""
    NEEDS_ATTENTION = 4
    """The run finished, but some items failed or need a person."""
    REFUSED = 5
    """Refused by policy: license, robots, terms, or a patient's identity."""
    INTERRUPTED = 130
    """Stopped with Ctrl-C; what was begun was taken back."""


class CovidcurateError(Exception):
    """An expected failure: what is wrong, and what to do about it.

    Parameters
    ----------
    message
        One sentence that names the place and the value.
    remedy
        What the user can do next; shown on a line of its own.
    """

    exit_code: ClassVar[ExitCode] = ExitCode.COULD_NOT_RUN

    def __init__(self, message: str, *, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy


class UsageError(CovidcurateError):
    """The command was called in a way that cannot work."""

    exit_code = ExitCode.USAGE


class UnreadableError(CovidcurateError):
    """A file cannot be read as what it claims to be."""


class NotAnImageError(UnreadableError):
    """A file is well, but no image: an index, a text, a program."""


class TableEncodingError(UnreadableError):
    """A table holds bytes that are not UTF-8.

    Parameters
    ----------
    line
        Physical line of the first such byte, counted from 1.
    """

    def __init__(self, message: str, *, remedy: str = "", line: int = 0) -> None:
        super().__init__(message, remedy=remedy)
        self.line = line


class TableStructureError(UnreadableError):
    """A table is broken at a place where an edit would have to trust it."""


class ConfigError(CovidcurateError):
    """A specification or ``covidcurate.toml`` is wrong."""


class DatasetError(CovidcurateError):
    """The folder is no dataset, or it cannot be written."""


class LockedError(DatasetError):
    """Another run holds the dataset."""


class FetchError(CovidcurateError):
    """An address could not be fetched; others still may."""


class NotThereError(FetchError):
    """The site says that there is nothing, or nothing for everybody, at the address."""


class HostError(FetchError):
    """A host cannot be reached, or asks for a rest: nothing more is asked of it in this run."""


class PolicyError(CovidcurateError):
    """Refused by a license, a site's terms or the protection of patients."""

    exit_code = ExitCode.REFUSED
