"""The secret from which pseudonyms are made: the same person or UID gets the same one, and nobody can go back.

A plain hash would not do: whoever has a list of patients or UIDs could hash them all and compare.
"""

from __future__ import annotations

import hmac
import os
import secrets
from pathlib import Path

from covidcurate.errors import ConfigError

KEY_NAME = "deidentify.key"
_LENGTH = 32


def load_key(folder: Path, new: bytes = b"") -> bytes:
    """Return the key of a folder, 32 bytes; a new one is made if there is none, readable by its owner alone.

    Parameters
    ----------
    folder
        The state folder (``.covidcurate``) of a dataset or working folder, which git does not see.
    new
        The key to make, which was invented earlier in this run; by default one is invented.

    Raises
    ------
    ConfigError
        The file cannot be read or written, or is no key.
    """
    path = folder / KEY_NAME
    try:
        if not path.exists():
            # Two runs at once must not each make one: whoever comes second reads that of the first.
            staged = path.with_name(f".{KEY_NAME}.{os.getpid()}")
            descriptor = os.open(staged, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "wb") as stream:
                stream.write((new or secrets.token_bytes(_LENGTH)).hex().encode("ascii") + b"\n")
            try:
                os.link(staged, path)
            except FileExistsError:
                pass
            finally:
                staged.unlink()
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read or written: {error.strerror}") from error
    return read_key(path)


def read_key(path: Path) -> bytes:
    """Return the key that a file holds: 32 bytes as hexadecimal digits.

    Raises
    ------
    ConfigError
        The file cannot be read, or is no key.
    """
    try:
        key = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise ConfigError(f"{path}: is no key: it holds something else than hexadecimal digits") from error
    if len(key) != _LENGTH:
        raise ConfigError(
            f"{path}: is no key: it has {len(key)} bytes where there are to be {_LENGTH}",
            remedy="Restore it; with another key the same patient gets another pseudonym.",
        )
    return key


def pseudonym(key: bytes, kind: str, value: str, length: int = 12) -> str:
    """Return lower-case hexadecimal digits that stand for a value: HMAC-SHA-256, shortened to ``length``.

    Parameters
    ----------
    kind
        What the value is, such as ``patient``: equal values of different kinds get different pseudonyms. One that is
        the name of a file may hold bytes that are no text.
    """
    return hmac.new(key, f"{kind}\0{value}".encode("utf-8", "surrogateescape"), "sha256").hexdigest()[:length]
