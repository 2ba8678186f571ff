"""A dataset as it will look when its files have their new names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from covidcurate.dataset import Dataset
from covidcurate.dataset.folder import MediaFile

Place = tuple[str, str]
"""Folder and name of a file."""


class RenamedDataset(Dataset):
    """A dataset whose files are listed under new names; each is read where it still stands.

    Parameters
    ----------
    names
        New name by folder and name of today.
    """

    def __init__(self, dataset: Dataset, names: Mapping[Place, str]) -> None:
        super().__init__(dataset.table, table_only=dataset.table_only)
        self.specification = dataset.specification
        self._names = names

    def list_files(self) -> Iterator[MediaFile]:
        """Yield each file of the media folders, sorted by folder and name as it will be."""
        files = [
            file._replace(name=self._names.get((file.folder, file.name), file.name)) for file in super().list_files()
        ]
        order = {folder: place for place, folder in enumerate(self.media_folders)}
        yield from sorted(files, key=lambda file: (order[file.folder], file.name))
