"""Whether the license of an image allows that it is changed; asked of images that belong to a dataset."""

from __future__ import annotations

from pathlib import Path

from covidcurate.dataset import Dataset
from covidcurate.errors import CovidcurateError, PolicyError
from covidcurate.licenses import LicenseBook
from covidcurate.spec.licenses import Permission
from covidcurate.table import TableReader


class Terms:
    """Knows the licenses of the datasets that inputs lie in; each table is read once."""

    def __init__(self) -> None:
        self._forbidden: dict[Path, dict[str, str]] = {}

    def require_derivatives(self, path: Path) -> None:
        """Allow that an image is changed, as every image does that is in no dataset.

        Raises
        ------
        PolicyError
            The dataset's table says that it is under a license without derivatives.
        """
        folder = path.resolve().parent
        if folder not in self._forbidden:
            self._forbidden[folder] = _find_forbidden(folder)
        license_ = self._forbidden[folder].get(path.name)
        if license_ is not None:
            raise PolicyError(
                f"{path}: is under {license_}, which forbids that a changed image is passed on",
                remedy="For your own use alone: --private.",
            )


def _find_forbidden(folder: Path) -> dict[str, str]:
    """Return the files of a media folder whose license forbids derivatives, each with the license."""
    try:
        dataset = Dataset.find(folder)
        if folder.parent != dataset.root.resolve() or folder.name not in dataset.media_folders:
            return {}
        book = LicenseBook(dataset.specification)
        forbidden = {}
        with TableReader(dataset.table) as reader:
            places = {name: place for place, name in enumerate(reader.header)}
            for row in reader:
                cells = {name: row.fields[place] for name, place in places.items() if place < len(row.fields)}
                license_ = book.resolve(cells.get("license", ""))
                if license_ is not None and license_.derivatives is Permission.NO:
                    forbidden[cells.get("filename", "").strip()] = license_.id
        return forbidden
    except CovidcurateError:
        # No dataset, or none that can be read: then nothing is known of a license.
        return {}
