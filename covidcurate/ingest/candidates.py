"""Find what the inputs of an ingest hold: images, each with its values and where these come from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from covidcurate.casefile import read_case
from covidcurate.errors import CovidcurateError, UnreadableError, UsageError
from covidcurate.imaging.dicom.series import VolumePlan
from covidcurate.imaging.filetype import extension_of
from covidcurate.model import Evidence, EvidenceKind, Question, Value
from covidcurate.spec import Specification
from covidcurate.spec.specification import fold_header
from covidcurate.table import Row, RowProblem, TableReader


@dataclass(frozen=True, slots=True)
class Part:
    """One of several files that make an image, with its digest if it is recorded."""

    path: Path
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One image that might enter a dataset.

    ``patient`` tells the people of an input apart; it never reaches a dataset or a report. ``origin`` names the place
    the values were read from, ``group`` what slices of one series share. A volume of DICOM has its slices as ``parts``.
    ``texts`` are the words of the source, by the names that evidence calls their place.
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


@dataclass
class Inputs:
    """Everything that was found, what could not be read, and what people should know."""

    candidates: list[Candidate] = field(default_factory=list)
    problems: list[CovidcurateError] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def read_inputs(paths: Sequence[Path], specification: Specification) -> Inputs:
    """Read inputs: candidate folders (``case.json`` and files), folders of such folders, or folders with a CSV.

    A case or row that cannot be read is a problem of its own and does not stop the others.

    Raises
    ------
    UsageError
        A path is neither.
    """
    inputs = Inputs()
    for path in paths:
        for found in _expand(path):
            try:
                if found.name == "case.json":
                    inputs.candidates.extend(_read_case_folder(found))
                else:
                    _read_csv_folder(found, specification, inputs)
            except UnreadableError as error:
                inputs.problems.append(error)
    return inputs


def _expand(path: Path) -> Iterator[Path]:
    """Yield the ``case.json`` and CSV files that an input stands for."""
    if path.is_file() and (path.name == "case.json" or path.suffix.casefold() == ".csv"):
        yield path
        return
    if not path.is_dir():
        raise UsageError(
            f"{path}: is neither a folder, nor a case.json, nor a CSV" if path.exists() else f"{path}: is not there"
        )
    if (path / "case.json").is_file():
        yield path / "case.json"
        return
    tables = sorted(entry for entry in path.iterdir() if entry.suffix.casefold() == ".csv" and entry.is_file())
    tables = [table for table in tables if table.name == "metadata.csv"] or tables
    if len(tables) > 1:
        raise UsageError(
            f"{path}: has {len(tables)} CSV files: {', '.join(table.name for table in tables)}",
            remedy="Name the one that describes the images.",
        )
    cases = sorted(path.glob("*/case.json"))
    if not tables and not cases:
        raise UsageError(
            f"{path}: has neither a case.json nor a CSV, nor folders with a case.json",
            remedy="Images come with their facts: add a CSV with a row for each, with at least filename and modality.",
        )
    yield from tables or cases


def _read_case_folder(path: Path) -> Iterator[Candidate]:
    case = read_case(path)
    patient = f"{case.source}\0{case.id}\0{case.patient}"
    for study, image, values in case.images():
        file = _inside(path.parent, image.file, str(path))
        origin = f"{path}: study {study.id}, {image.file}"
        digest = image.sha256.casefold()
        yield Candidate(
            file, file.name, values, patient, origin, digest, case.questions, f"{path}\0{study.id}", texts=case.texts
        )


def _read_csv_folder(path: Path, specification: Specification, inputs: Inputs) -> None:
    """Add a candidate for each row of a CSV; headers may be ours or historical."""
    named = set()
    with TableReader(path) as reader:
        names = [specification.by_alias.get(fold_header(name), name) for name in reader.header]
        if "filename" not in names:
            raise UnreadableError(
                f"{path}:1: there is no column 'filename', so rows and images cannot be brought together",
                remedy="Call the column with the file names 'filename'.",
            )
        for name in names:
            if name not in specification.by_name:
                inputs.notes.append(
                    f"{path}:1: the column {name!r} is not in the specification; its values stay behind"
                )
        rows = [row for row in reader if any(row.fields)]
        reader.require_utf8()
    for row in rows:
        try:
            candidate = _read_row(path, names, row, specification)
        except UnreadableError as error:
            inputs.problems.append(error)
            continue
        named.add(candidate.path)
        inputs.candidates.append(candidate)
    for file in sorted(path.parent.rglob("*")):
        if (
            file.is_file()
            and named.isdisjoint((file, *file.parents))
            and extension_of(file.name).casefold() in _IMAGE_ENDINGS
        ):
            inputs.notes.append(f"{file}: no row names it, so it stays behind")


_IMAGE_ENDINGS = {".png", ".jpg", ".jpeg", ".nii", ".nii.gz", ".dcm", ".tif", ".tiff", ".bmp", ".gif", ".webp"}


def _read_row(path: Path, names: list[str], row: Row, specification: Specification) -> Candidate:
    place = f"{path}:{row.first_line}"
    if row.problem is not RowProblem.NONE or len(row.fields) != len(names):
        raise UnreadableError(
            f"{place}: the row has {len(row.fields)} cells, the header has {len(names)}",
            remedy="Mend its quotes and delimiters.",
        )
    cells = {name: text.strip() for name, text in zip(names, row.fields, strict=True) if text.strip()}
    name = cells.pop("filename", "")
    if not name:
        raise UnreadableError(f"{place}: filename is blank", remedy="Name the file of the row.")
    file = _find(path.parent, name, cells.pop("folder", ""), place)
    patient = cells.pop("patientid", "")
    # Without an id, images of one page might show one person, so they share one: a split must not part them.
    key = f"id\0{patient}" if patient else f"url\0{cells['url']}" if "url" in cells else f"row\0{row.first_line}"
    values = {
        name: Value(text, Evidence(EvidenceKind.STATED, text, f"{place}:{name}", "csv"))
        for name, text in cells.items()
        if name in specification.by_name
    }
    if patient:
        values["patientid"] = Value(patient, Evidence(EvidenceKind.STATED, patient, f"{place}:patientid", "csv"))
    return Candidate(file, name, values, f"{path.resolve()}\0{key}", place, group=str(file.parent))


def _find(root: Path, name: str, folder: str, place: str) -> Path:
    """Return the file of a row: in its folder, else beside the CSV, else in a folder ``images`` or ``volumes``."""
    for parent in (folder, ".", "images", "volumes"):
        # A folder stands for the slices of a series.
        if parent and ((root / parent / name).is_file() or (root / parent / name).is_dir()):
            return _inside(root, f"{parent}/{name}", place)
    return _inside(root, f"{folder or '.'}/{name}", place)


def _inside(root: Path, name: str, place: str) -> Path:
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
