"""Where the files of a plan are found again, without writing down paths that may say who the patient is."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from covidcurate.archives import is_archive
from covidcurate.convert.inputs import unpack_archive, walk
from covidcurate.errors import UnreadableError
from covidcurate.ingest.candidates import Base, Candidate, path_inside


def place_of(path: Path, candidate: Candidate) -> str:
    """Return how a file is found again: its path, or where paths are not to be written down its number in its base."""
    if candidate.base is None:
        return str(path.absolute())
    files = _files_in(candidate.base.folder)
    # A folder of slices is named by a row, and so said already.
    return str(files[path]) if path in files else f"./{path.relative_to(candidate.base.folder).as_posix()}"


@lru_cache(maxsize=8)
def _files_in(folder: Path) -> dict[Path, int]:
    return {path: number for number, path in enumerate(walk(folder))}


class Bases:
    """The folders and archives in which files of a plan are found by number."""

    def __init__(self, scratch: Path) -> None:
        self._scratch = scratch
        self._bases: dict[str, Base] = {}
        self._files: dict[str, list[Path]] = {}

    def base_of(self, named: str) -> Base | None:
        """Return a base by what the user named; None for a blank. An archive is unpacked once.

        Raises
        ------
        UnreadableError
            It is not there any more, or is damaged.
        """
        if named and named not in self._bases:
            path = Path(named)
            if not path.exists():
                raise UnreadableError(f"{named}: is not there any more", remedy="Make the plan again from its inputs.")
            folder = unpack_archive(path, self._scratch) if is_archive(path) else path
            self._bases[named] = Base(path, folder)
            self._files[named] = list(walk(folder))
        return self._bases.get(named)

    def find(self, place: str, named: str) -> Path:
        """Return the file at a place, as :func:`place_of` wrote it, of a base or of none.

        Raises
        ------
        UnreadableError
            The base is gone, or holds fewer files by now.
        """
        base = self.base_of(named)
        if base is None:
            return Path(place)
        if place.startswith("./"):
            return path_inside(base.folder, place, named)
        files = self._files[named]
        if not place.isdecimal() or int(place) >= len(files):
            raise UnreadableError(f"{named}: holds fewer files by now", remedy="Make the plan again from its inputs.")
        return files[int(place)]
