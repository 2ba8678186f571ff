"""A folder of images with a CSV that has a row for each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from covidcurate.dataset.folder import sha256_of
from covidcurate.errors import UnreadableError
from covidcurate.imaging.filetype import extension_of
from covidcurate.ingest.candidates import Candidate, Inputs, path_inside
from covidcurate.ingest.mapping import HeaderMap, MappedCell, table_notes
from covidcurate.ingest.patients import patient_of_row
from covidcurate.ingest.shown import shown_place
from covidcurate.model import Evidence, EvidenceKind, Question, Value
from covidcurate.spec import Specification
from covidcurate.spec.specification import fold_header
from covidcurate.table import Row, RowProblem, TableReader


def read_csv_folder(
    path: Path, specification: Specification, map_: HeaderMap | None, inputs: Inputs, *, names_shown: bool = True
) -> None:
    """Add a candidate for each row of a CSV; headers may be ours or historical, or those that a map knows.

    Parameters
    ----------
    names_shown
        Whether the places of files that no row speaks of may be shown, as far as they mean nobody.
    """
    named = set()
    with TableReader(path) as reader:
        names = _names_of(path, reader.header, specification, map_, inputs)
        rows = [row for row in reader if any(row.fields)]
        reader.require_utf8()
    table = _Table(path, sha256_of(path), tuple(names), specification, map_)
    for row in rows:
        try:
            candidate = _read_row(table, row)
        except UnreadableError as error:
            inputs.problems.append(error)
            continue
        named.add(candidate.path)
        inputs.candidates.append(candidate)
    _note_unnamed(path.parent, named, inputs, names=names_shown)


@dataclass(frozen=True, slots=True)
class _Table:
    """A CSV with what its columns are called here, or by a map."""

    path: Path
    sha256: str
    names: tuple[str, ...]
    specification: Specification
    map_: HeaderMap | None


def _names_of(
    path: Path, header: Sequence[str], specification: Specification, map_: HeaderMap | None, inputs: Inputs
) -> list[str]:
    """Return how the columns of a CSV are called: by us, or where there is a map of columns, by them.

    Raises
    ------
    UnreadableError
        The column with the file names is missing, or one that is read is there twice.
    """
    if map_ is not None and map_.columns:
        names = [name.strip() for name in header]
        read = {column.source for column in map_.columns}
        file = next(column.source for column in map_.columns if column.target == "filename")
        notes = list(table_notes(map_, names, f"{path}:1"))
    else:
        names = [specification.by_alias.get(fold_header(name), name) for name in header]
        read, file = set(specification.by_name) - {""}, "filename"
        notes = [
            f"{path}:1: the column {name!r} is not in the specification; its values stay behind"
            for name in names
            if name not in specification.by_name
        ]
    if file not in names:
        raise UnreadableError(
            f"{path}:1: there is no column {file!r}, so rows and images cannot be brought together",
            remedy=f"Call the column with the file names {file!r}.",
        )
    for name in read:
        if names.count(name) > 1:
            raise UnreadableError(f"{path}:1: the column {name!r} is there twice", remedy="Leave one of the two out.")
    # Where the header was left out, its line is a patient, of whom nothing is said.
    inputs.notes.extend(notes)
    return names


_IMAGE_ENDINGS = {".png", ".jpg", ".jpeg", ".nii", ".nii.gz", ".dcm", ".tif", ".tiff", ".bmp", ".gif", ".webp"}


def _note_unnamed(folder: Path, named: set[Path], inputs: Inputs, *, names: bool) -> None:
    left = [
        file
        for file in sorted(folder.rglob("*"))
        if file.is_file()
        and named.isdisjoint((file, *file.parents))
        and extension_of(file.name).casefold() in _IMAGE_ENDINGS
    ]
    if names:
        # The folder may be a hospital's, in which files are called after patients.
        places = [f"{folder}/{shown_place(file, folder, hidden=False)}" for file in left]
        inputs.notes.extend(f"{place}: no row names it, so it stays behind" for place in places)
    elif left:
        inputs.notes.append(f"{folder}: no row names {len(left)} of its images, so they stay behind")


def _read_row(table: _Table, row: Row) -> Candidate:
    path, names = table.path, table.names
    place = f"{path}:{row.first_line}"
    if row.problem is not RowProblem.NONE or len(row.fields) != len(names):
        raise UnreadableError(
            f"{place}: the row has {len(row.fields)} cells, the header has {len(names)}",
            remedy="Mend its quotes and delimiters.",
        )
    stated = {name: text.strip() for name, text in zip(names, row.fields, strict=True) if text.strip()}
    questions: list[Question] = []
    if table.map_ is not None and table.map_.columns:
        cells, questions = table.map_.apply(stated)
    else:
        cells = {name: MappedCell(text, text, name) for name, text in stated.items()}
    values = table.map_.constant_values() if table.map_ is not None else {}
    rule = "map" if table.map_ is not None else "csv"
    values |= {
        name: Value(cell.text, Evidence(EvidenceKind.STATED, cell.said, f"{place}:{cell.header}", rule))
        for name, cell in cells.items()
        if name in table.specification.by_name
    }
    name, folder = (values.pop(column).text if column in values else "" for column in ("filename", "folder"))
    if not name:
        raise UnreadableError(f"{place}: filename is blank", remedy="Name the file of the row.")
    file = _find(path.parent, name, folder, place)
    # An address that stands for a whole collection is no page of one patient.
    patient, page = (cells[column].text if column in cells else "" for column in ("patientid", "url"))
    source = table.map_.source if table.map_ is not None else ""
    who = patient_of_row(source, table.sha256, patient, page, row.first_line)
    return Candidate(file, name, values, who, place, questions=tuple(questions), group=str(file.parent))


def _find(root: Path, name: str, folder: str, place: str) -> Path:
    """Return the file of a row: in its folder, else beside the CSV, else in a folder ``images`` or ``volumes``."""
    for parent in (folder, ".", "images", "volumes"):
        # A folder stands for the slices of a series.
        if parent and ((root / parent / name).is_file() or (root / parent / name).is_dir()):
            return path_inside(root, f"{parent}/{name}", place)
    return path_inside(root, f"{folder or '.'}/{name}", place)
