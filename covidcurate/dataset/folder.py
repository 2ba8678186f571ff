"""Find a dataset, and know where its table and its files stand."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from shlex import quote
from typing import NamedTuple

from covidcurate.errors import DatasetError
from covidcurate.spec import Specification, load_specification
from covidcurate.spec.specification import CONFIG_NAME

STATE_FOLDER = ".covidcurate"
"""Folder of what covidcurate keeps for itself in a dataset: lock, journal, staged files."""

JOURNAL_NAME = "transaction.json"
"""Name of the journal of a transaction in the state folder; it is there while a change is under way, or was stopped."""

STAGING_NAME = "staging"
"""Name of the folder of what such a change has prepared."""

AHEAD_NAME = "ahead"
"""Name of the folder of files that are written ahead of a change; it goes with the last run that has any."""


class MediaFile(NamedTuple):
    """A file of a media folder; ``status`` is that of what a link leads to, None where it leads nowhere.

    ``at`` is its path as text, since of thousands of files the paths alone take as long to make as the list of them.
    """

    folder: str
    name: str
    at: str
    status: os.stat_result | None
    is_link: bool = False

    @property
    def path(self) -> Path:
        """Where the file stands."""
        return Path(self.at)

    @property
    def size(self) -> int:
        """Bytes; -1 where that cannot be had."""
        return -1 if self.status is None else self.status.st_size


def sha256_of(path: Path) -> str:
    """Return the digest of a file's bytes, in hexadecimal."""
    import hashlib  # loads OpenSSL, which a check of the table alone does without

    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


class Dataset:
    """One dataset: a table, and the folders of its files beside it.

    Parameters
    ----------
    table
        Path of the table; its folder is the dataset's.
    table_only
        The user pointed at the table, not at a dataset, so that missing folders are no defect.
    """

    def __init__(self, table: Path, *, table_only: bool = False) -> None:
        self.table = table
        self.root = table.parent
        self.table_only = table_only

    @classmethod
    def open(cls, path: Path) -> Dataset:
        """Open the dataset at a folder or at its table.

        Raises
        ------
        DatasetError
            There is nothing at the path, or no table in the folder.
        """
        # os.path answers False for names that no system can have; Path raises for some of them.
        if os.path.isfile(path):  # noqa: PTH113
            return cls(path, table_only=True)
        if os.path.exists(path) and not os.path.isdir(path):  # noqa: PTH110, PTH112
            raise DatasetError(
                f"{path}: is neither a file nor a folder, but a pipe or a device",
                remedy="Save the table to a file first.",
            )
        if not os.path.isdir(path):  # noqa: PTH112
            raise DatasetError(f"{path}: no such file or folder")
        table = path / load_specification(path).table_file
        if not table.is_file():
            raise DatasetError(
                f"{path}: is no dataset: it has no {table.name}",
                remedy=f"Make a new one with: covidcurate init {quote(str(path))}",
            )
        return cls(table)

    @classmethod
    def find(cls, start: Path) -> Dataset:
        """Open the dataset that a folder is in: the folder itself, or the nearest one above it.

        Raises
        ------
        DatasetError
            No folder from ``start`` upwards is a dataset.
        """
        name = load_specification().table_file
        for folder in (start, *start.resolve().parents):
            if (folder / name).is_file() or (folder / CONFIG_NAME).is_file():
                return cls.open(folder)
        raise DatasetError(
            f"{start}: neither this folder nor one above it is a dataset (none has {name} or {CONFIG_NAME})",
            remedy="Name it with -d DIR, or make a new one with: covidcurate init DIR",
        )

    @cached_property
    def specification(self) -> Specification:
        """What this dataset must look like."""
        return load_specification(self.root)

    @cached_property
    def media_folders(self) -> tuple[str, ...]:
        """Names of the folders that hold image files, as the specification has them."""
        modalities = self.specification.views.modalities.values()
        return tuple(dict.fromkeys(folder for modality in modalities for folder in modality.folders))

    def read_table(self) -> bytes:
        """Return the bytes of the table.

        Raises
        ------
        DatasetError
            It cannot be read.
        """
        try:
            return self.table.read_bytes()
        except OSError as error:
            raise DatasetError(f"{self.table}: cannot be read: {error.strerror}") from error

    def has_files(self) -> bool:
        """Whether at least one of the folders for image files is there."""
        return any(self.has_folder(folder) for folder in self.media_folders)

    def has_folder(self, folder: str) -> bool:
        """Whether a folder is there."""
        return os.path.isdir(self.root / folder)  # noqa: PTH112

    def list_files(self) -> Iterator[MediaFile]:
        """Yield each file of the media folders, sorted by folder and name; hidden files are left out."""
        for folder in self.media_folders:
            if self.has_folder(folder):
                with os.scandir(self.root / folder) as entries:
                    for entry in sorted(entries, key=lambda entry: entry.name):
                        if not entry.name.startswith(".") and (entry.is_symlink() or entry.is_file()):
                            yield MediaFile(folder, entry.name, entry.path, _status_of(entry), entry.is_symlink())

    def is_unsettled(self) -> bool:
        """Whether a change is under way, or was stopped; it costs a look at two names."""
        state = f"{self.root}/{STATE_FOLDER}"
        return os.path.exists(f"{state}/{JOURNAL_NAME}") or os.path.exists(f"{state}/{STAGING_NAME}")  # noqa: PTH110

    def has_files_ahead(self) -> bool:
        """Whether a run has written files ahead of its change, or was killed before they were gone."""
        return os.path.exists(f"{self.root}/{STATE_FOLDER}/{AHEAD_NAME}")  # noqa: PTH110

    def state_folder(self) -> Path:
        """Return the folder for lock and journal, made if it is missing, and kept out of git."""
        return state_folder_in(self.root)


def state_folder_in(root: Path) -> Path:
    """Return the state folder of any folder, made if it is missing, and kept out of git.

    Raises
    ------
    DatasetError
        It cannot be written.
    """
    folder = root / STATE_FOLDER
    try:
        folder.mkdir(exist_ok=True)
        ignore = folder / ".gitignore"
        if not ignore.exists():
            ignore.write_text("*\n", encoding="utf-8")
    except OSError as error:
        raise DatasetError(f"{folder}: cannot be written: {error.strerror}") from error
    return folder


def is_ours(folder: Path) -> bool:
    """Whether a folder belongs to who runs this, as far as the system says: another owner could not clean up in it."""
    try:
        return not hasattr(os, "geteuid") or folder.stat().st_uid == os.geteuid()
    except OSError:
        return False


def _status_of(entry: os.DirEntry[str]) -> os.stat_result | None:
    try:
        return entry.stat()
    except OSError:
        return None
