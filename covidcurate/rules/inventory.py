"""The image files of a dataset as rules look at them: each opened once, and only if a rule asks."""

from __future__ import annotations

import os
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from covidcurate.dataset import Dataset
from covidcurate.errors import UnreadableError
from covidcurate.imaging import FileType
from covidcurate.model import PixelCheck
from covidcurate.rules.looks import Means, Seen, digest_files, is_worth_remembering, look_at_files
from covidcurate.rules.registry import Finding
from covidcurate.rules.view import TableView

_UNSEEN = UnreadableError("nobody has looked at it")


@dataclass
class ImageFile:
    """One file of a media folder; ``line`` is that of its first row, 0 if it has none."""

    folder: str
    name: str
    at: str
    status: os.stat_result | None
    is_link: bool
    line: int
    look: Seen = _UNSEEN
    """What it says of itself, or why it cannot be read; of files that come from :attr:`Inventory.looked_at`."""

    @property
    def size(self) -> int:
        """Bytes; -1 where that cannot be had, as of a link that leads nowhere."""
        return -1 if self.status is None else self.status.st_size

    @cached_property
    def path(self) -> Path:
        """Where the file stands."""
        return Path(self.at)

    @property
    def kind(self) -> FileType | UnreadableError:
        """What the file is by its content, or why it cannot be read."""
        return self.look if isinstance(self.look, UnreadableError) else self.look.kind

    @property
    def shown(self) -> str:
        """What people call the file: its folder and name."""
        return f"{self.folder}/{self.name}"

    def finding(self, message: str, remedy: str = "", related_line: int = 0) -> Finding:
        """Make a finding that points at the file's row, or at the file itself if it has none."""
        file = "" if self.line else str(self.path)
        return Finding(
            f"{self.shown} {message}",
            remedy,
            column="filename",
            value=self.name,
            line=self.line,
            related_line=related_line,
            key=self.name,
            file=file,
        )


class Inventory:
    """All files of a dataset's media folders, sorted by folder and name.

    Parameters
    ----------
    pixels
        What pixels show, if somebody looked; files are then looked at as a whole as well.
    absent
        Files, by resolved folders, that count as if they were not there.
    means
        What is remembered of files, and how many processes look at others.
    """

    def __init__(
        self,
        dataset: Dataset,
        view: TableView,
        pixels: PixelCheck | None = None,
        absent: Collection[Path] = (),
        means: Means | None = None,
    ) -> None:
        self.dataset = dataset
        self.pixels = pixels
        self._means = means or Means()
        # Where a folder is may be said by links; a link in it is a file like others.
        places = {folder: os.path.realpath(dataset.root / folder) for folder in dataset.media_folders if absent}
        found = [
            file for file in dataset.list_files() if not absent or Path(places[file.folder], file.name) not in absent
        ]
        present = {(file.folder, file.name) for file in found}
        lines: dict[tuple[str, str], int] = {}
        misplaced: dict[str, int] = {}
        for row, at in enumerate(zip(view.column("folder"), view.column("filename"), strict=True)):
            lines.setdefault(at, view.lines[row])
            if at not in present:
                # A row that names no folder, as in old tables, or a wrong one, stands for a file of any.
                misplaced.setdefault(at[1], view.lines[row])
        self._found = found
        self.files = [
            ImageFile(*file, lines.get((file.folder, file.name)) or misplaced.get(file.name, 0)) for file in found
        ]

    @cached_property
    def looked_at(self) -> list[ImageFile]:
        """All files, each with a look at it."""
        looks = look_at_files(self._found, self._means, whole=self.pixels is not None)
        for file, look in zip(self.files, looks, strict=True):
            file.look = look
        return self.files

    def digests(self, files: Collection[ImageFile]) -> dict[Path, bytes]:
        """Return the digests of files (SHA-256) by their paths, of those that can be read."""
        # What few files there are is hashed sooner than a cache is opened.
        means = self._means if is_worth_remembering(len(self.files), whole=self.pixels is not None) else Means()
        return digest_files([file.path for file in files], means)
