"""A folder of images with a CSV that has a row for each."""

from __future__ import annotations

from pathlib import Path

from covidcurate.errors import UnreadableError
from covidcurate.imaging.filetype import extension_of
from covidcurate.ingest.candidates import Candidate, Inputs, path_inside
from covidcurate.ingest.mapping import HeaderMap, table_notes
from covidcurate.model import Evidence, EvidenceKind, Question, Value
from covidcurate.spec import Specification
from covidcurate.spec.specification import fold_header
from covidcurate.table import Row, RowProblem, TableReader


def read_csv_folder(path: Path, specification: Specification, map_: HeaderMap | None, inputs: Inputs) -> None:
    """Add a candidate for each row of a CSV; headers may be ours or historical, or those that a map knows."""
    named = set()
    with TableReader(path) as reader:
        if map_ is None:
            names = [specification.by_alias.get(fold_header(name), name) for name in reader.header]
        else:
            names = [name.strip() for name in reader.header]
            inputs.notes.extend(table_notes(map_, names, f"{path}:1"))
        if map_ is None and "filename" not in names:
            raise UnreadableError(
                f"{path}:1: there is no column 'filename', so rows and images cannot be brought together",
                remedy="Call the column with the file names 'filename'.",
            )
        for name in names if map_ is None else ():
            if name not in specification.by_name:
                inputs.notes.append(
                    f"{path}:1: the column {name!r} is not in the specification; its values stay behind"
                )
        rows = [row for row in reader if any(row.fields)]
        reader.require_utf8()
    for row in rows:
        try:
            candidate = _read_row(path, names, row, specification, map_)
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


def _read_row(
    path: Path, names: list[str], row: Row, specification: Specification, map_: HeaderMap | None
) -> Candidate:
    place = f"{path}:{row.first_line}"
    if row.problem is not RowProblem.NONE or len(row.fields) != len(names):
        raise UnreadableError(
            f"{place}: the row has {len(row.fields)} cells, the header has {len(names)}",
            remedy="Mend its quotes and delimiters.",
        )
    cells = {name: text.strip() for name, text in zip(names, row.fields, strict=True) if text.strip()}
    questions: list[Question] = []
    if map_ is not None:
        cells, questions = map_.apply(cells)
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
    patient_key = f"{path.resolve()}\0{key}"
    return Candidate(file, name, values, patient_key, place, questions=tuple(questions), group=str(file.parent))


def _find(root: Path, name: str, folder: str, place: str) -> Path:
    """Return the file of a row: in its folder, else beside the CSV, else in a folder ``images`` or ``volumes``."""
    for parent in (folder, ".", "images", "volumes"):
        # A folder stands for the slices of a series.
        if parent and ((root / parent / name).is_file() or (root / parent / name).is_dir()):
            return path_inside(root, f"{parent}/{name}", place)
    return path_inside(root, f"{folder or '.'}/{name}", place)
