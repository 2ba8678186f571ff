"""The image files of a dataset as rules look at them: each opened once, and only if a rule asks."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from covidcurate.dataset import Dataset
from covidcurate.errors import UnreadableError
from covidcurate.imaging import FileType, find_metadata, read_mode, sniff_file
from covidcurate.model import PixelCheck
from covidcurate.rules.registry import Finding
from covidcurate.rules.view import TableView


@dataclass
class ImageFile:
    """One file of a media folder; ``line`` is that of its first row, 0 if it has none."""

    folder: str
    name: str
    path: Path
    size: int
    line: int

    @cached_property
    def kind(self) -> FileType | UnreadableError:
        """What the file is by its content, or why it cannot be read."""
        try:
            return sniff_file(self.path)
        except UnreadableError as error:
            return error

    @property
    def shown(self) -> str:
        """What people call the file: its folder and name."""
        return f"{self.folder}/{self.name}"

    @property
    def is_raster(self) -> bool:
        """Whether it is an image that Pillow opens."""
        return isinstance(self.kind, FileType) and self.kind.is_raster

    def mode(self) -> str:
        """Return Pillow's mode of a raster image; an empty string if its header cannot be read."""
        try:
            return read_mode(self.path) if self.is_raster else ""
        except UnreadableError:
            return ""

    def metadata(self) -> tuple[str, ...]:
        """Return the names of what it carries beside pixels; raises UnreadableError if it is damaged."""
        if not isinstance(self.kind, FileType):
            return ()
        return find_metadata(self.path, self.kind)

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
    """All files of a dataset's media folders, sorted by folder and name; ``pixels`` are there if somebody looked.

    ``absent`` are files, as resolved paths, that count as if they were not there.
    """

    def __init__(
        self,
        dataset: Dataset,
        view: TableView,
        pixels: PixelCheck | None = None,
        absent: Collection[Path] = (),
    ) -> None:
        self.dataset = dataset
        self.pixels = pixels
        found = [file for file in dataset.list_files() if not absent or file.path.resolve() not in absent]
        present = {(file.folder, file.name) for file in found}
        lines: dict[tuple[str, str], int] = {}
        misplaced: dict[str, int] = {}
        for row, at in enumerate(zip(view.column("folder"), view.column("filename"), strict=True)):
            lines.setdefault(at, view.lines[row])
            if at not in present:
                # A row that names no folder, as in old tables, or a wrong one, stands for a file of any.
                misplaced.setdefault(at[1], view.lines[row])
        self.files = [
            ImageFile(*file, line=lines.get((file.folder, file.name)) or misplaced.get(file.name, 0)) for file in found
        ]
