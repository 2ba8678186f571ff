"""The films of a collection, halved by patient, with edited copies of some; and what is true about a pair of files."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from duplicate_edits import EDITS, OTHER_EDITS, Edit
from PIL import Image

SIDE = 1024
"""Pixels of the longer side of an edited film at most."""
SETS: tuple[dict[str, Edit], ...] = (EDITS, OTHER_EDITS)
_MARK = "--"


class Truth(Enum):
    """What two files are to each other."""

    SAME = "the same film"
    KNOWN = "the same film in two files of the collection, as somebody saw"
    PATIENT = "another film of the same patient"
    OTHERS = "films of different patients"


@dataclass(frozen=True)
class Films:
    """The files to look through: the films of a collection (by name) and the edited copies of ``edited`` ones."""

    paths: dict[str, Path]
    patients: dict[str, frozenset[str]]
    edited: list[str] = field(default_factory=list)
    known: frozenset[frozenset[str]] = frozenset()

    def truth(self, first: str, second: str) -> Truth:
        """Return what two files (by name) are to each other."""
        one, other = origin(first), origin(second)
        if one == other:
            return Truth.SAME
        if frozenset((one, other)) in self.known:
            return Truth.KNOWN
        return Truth.PATIENT if self.patients[one] & self.patients[other] else Truth.OTHERS

    def edit(self, folder: Path, edits: dict[str, Edit]) -> Iterator[tuple[str, Path]]:
        """Write the edited copies into a folder, and yield the name and path of each."""
        for name in self.edited:
            with Image.open(self.paths[name]) as image:
                grey = image.convert("L")
                grey.thumbnail((SIDE, SIDE))
            for title, edit in edits.items():
                shown = edited_name(name, title)
                edit(grey).save(folder / shown, compress_level=1)
                yield shown, folder / shown


def edited_name(name: str, title: str) -> str:
    """Return the name of an edited copy."""
    return f"{name}{_MARK}{title}.png"


def origin(name: str) -> str:
    """Return the name of the film that a file was made from."""
    return name.partition(_MARK)[0]


def read_films(folder: Path, half: int, edited: int, known: Path | None) -> Films:
    """Return the films of a folder, of which some of one half of the patients will be edited.

    Parameters
    ----------
    folder
        Images; ``metadata.csv`` beside it tells whose they are (``patientid``, ``filename``), else each is a patient.
    half
        0 or 1.
    edited
        How many films at most: all of the half, or spread evenly over it.
    known
        A file with two names of images a line, separated by a tab, that are known to be the same film.
    """
    paths = {path.name: path for path in sorted(folder.iterdir()) if path.is_file()}
    whose = _patients(folder.parent / "metadata.csv", paths)
    pairs = [line.split("\t")[:2] for line in known.read_text().splitlines() if "\t" in line] if known else []
    names = _half(paths, whose, half)
    step = max(1.0, len(names) / max(1, edited))
    chosen = [names[int(place * step)] for place in range(min(edited, len(names)))]
    return Films(paths, whose, chosen, frozenset(frozenset(pair) for pair in pairs))


def _patients(table: Path, names: Iterable[str]) -> dict[str, frozenset[str]]:
    whose: dict[str, set[str]] = {}
    if table.is_file():
        with table.open(encoding="utf-8-sig", errors="replace", newline="") as stream:
            for row in csv.DictReader(stream):
                whose.setdefault(row["filename"], set()).add(row["patientid"])
    return {name: frozenset(whose.get(name, {name})) for name in names}


def _half(names: Iterable[str], whose: dict[str, frozenset[str]], half: int) -> list[str]:
    """Return the films of every second patient; patients who share a film go together."""
    groups: list[set[str]] = []
    for patients in sorted(set(whose.values()), key=min):
        together = [group for group in groups if group & patients]
        groups = [group for group in groups if group not in together]
        groups.append(set(patients).union(*together))
    chosen = set().union(*sorted(groups, key=min)[half::2])
    return [name for name in names if whose[name] & chosen]
