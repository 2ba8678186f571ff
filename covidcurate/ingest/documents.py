"""Read the JSON files of an ingest, with errors that name the file and the place."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from covidcurate.errors import ConfigError, UnreadableError
from covidcurate.spec.toml import Entry


@contextmanager
def open_document(path: Path, format_: str, remedy: str) -> Iterator[Entry]:
    """Yield the document of a file, whose ``format`` is taken already.

    Parameters
    ----------
    remedy
        Where such a file is to be had.

    Raises
    ------
    UnreadableError
        The file cannot be read, is no JSON in UTF-8, or is in another format; or what was asked of it is not there.
    """
    try:
        document = json.loads(path.read_bytes().decode("utf-8"))
    except OSError as error:
        raise UnreadableError(f"{path}: cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise UnreadableError(f"{path}: is not JSON in UTF-8", remedy=remedy) from error
    try:
        root = Entry(document, str(path))
        if (found := root.take("format", str)) != format_:
            raise ConfigError(f"{path}: format is {found!r}, but should be {format_!r}")
        yield root
    except ConfigError as error:
        raise UnreadableError(error.message, remedy=error.remedy or remedy) from error
