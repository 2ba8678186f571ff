"""What the inputs of an ingest hold: images, each with its values and where these come from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from covidcurate.casefile import read_case
from covidcurate.errors import CovidcurateError, UnreadableError
from covidcurate.imaging.dicom.series import VolumePlan
from covidcurate.model import Question, Value


@dataclass(frozen=True, slots=True)
class Part:
    """One of several files that make an image, with its digest if it is recorded."""

    path: Path
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class Base:
    """Where files of a candidate lie now, and what the user named: a folder, or the archive that was unpacked."""

    named: Path
    folder: Path


@dataclass(frozen=True, slots=True)
class Candidate:
    """One image that might enter a dataset.

    ``patient`` tells the people of an input apart; it never reaches a dataset or a report. ``origin`` names the place
    the values were read from, ``group`` what slices of one series share. A volume of DICOM has its slices as ``parts``.
    ``texts`` are the words of the source, by the names that evidence calls their place. Where there is a ``base``,
    paths are not to be written down: they are gone after the run, or say who the patient is.
    """

    path: Path
    name: str
    values: Mapping[str, Value]
    patient: str
    origin: str
    sha256: str = ""
    questions: tuple[Question, ...] = ()
    group: str = ""
    parts: tuple[Part, ...] = ()
    volume: VolumePlan | None = None
    texts: Mapping[str, str] = field(default_factory=dict)
    base: Base | None = None

    @property
    def files(self) -> list[Path]:
        """The files that it is made of: one, or the slices of a volume."""
        return [part.path for part in self.parts] or [self.path]

    @property
    def shown(self) -> str:
        """What people know it by: its path, or where it was found if that may not be written down."""
        return str(self.path) if self.base is None else self.origin


@dataclass
class Inputs:
    """Everything that was found, what could not be read, and what people should know."""

    candidates: list[Candidate] = field(default_factory=list)
    problems: list[CovidcurateError] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def read_case_folder(path: Path) -> Iterator[Candidate]:
    """Yield a candidate for each image of a ``case.json``.

    Raises
    ------
    UnreadableError
        It is none, or a file of it is not there.
    """
    case = read_case(path)
    patient = f"case\0{case.source}\0{case.id}\0{case.patient}"
    for study, image, values in case.images():
        file = path_inside(path.parent, image.file, str(path))
        origin = f"{path}: study {study.id}, {image.file}"
        digest = image.sha256.casefold()
        yield Candidate(
            file, file.name, values, patient, origin, digest, case.questions, f"{path}\0{study.id}", texts=case.texts
        )


def path_inside(root: Path, name: str, place: str) -> Path:
    """Return the path of a file of an input.

    Raises
    ------
    UnreadableError
        The path leads out of the input's folder, by ``..`` or by a link; or there is no such file.
    """
    path = root / name
    if not path.resolve().is_relative_to(root.resolve()):
        raise UnreadableError(
            f"{place}: {name!r} leads out of the folder {root}", remedy="Put the file into the folder."
        )
    if not path.exists():
        raise UnreadableError(f"{place}: the file {name!r} is not there", remedy="Add the file, or correct its name.")
    return path
