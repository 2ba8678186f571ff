"""Find what the inputs of an ingest hold, whatever form they come in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from covidcurate.archives import is_archive
from covidcurate.convert.inputs import unpack_archive
from covidcurate.errors import UnreadableError, UsageError
from covidcurate.ingest.candidates import Base, Inputs, read_case_folder
from covidcurate.ingest.csv_folder import read_csv_folder
from covidcurate.ingest.hospital import holds_dicom, read_hospital_folder
from covidcurate.ingest.mapping import HeaderMap
from covidcurate.model import Value
from covidcurate.spec import Specification


@dataclass(frozen=True)
class Reading:
    """How inputs are read.

    Parameters
    ----------
    specification
        The columns that rows may have.
    scratch
        A folder in which archives are unpacked; what lies there must stay until the plan is carried out.
    map_
        How CSV files of another layout are read.
    key
        The secret that names of DICOM files without a table are made with.
    """

    specification: Specification
    scratch: Path
    map_: HeaderMap | None = None
    key: bytes = b""
    workers: int = 0


def read_inputs(paths: Sequence[Path], reading: Reading) -> Inputs:
    """Read inputs: candidate folders, folders of such, folders with a CSV, DICOM folders, and archives of these.

    A case or row that cannot be read is a problem of its own and does not stop the others.

    Raises
    ------
    UsageError
        A path is none of these.
    UnreadableError
        An archive is damaged, leads out of its folder, or unpacks to more than any collection.
    """
    inputs = Inputs()
    for path in paths:
        archive = path if is_archive(path) else None
        folder = unpack_archive(path, reading.scratch) if archive else path
        for number, place in enumerate(_expand(folder, path), start=1):
            found = Inputs()
            _read_place(place, reading, found, archive)
            if archive:
                _name_archive(found, Base(archive, folder), place, number)
            inputs.candidates += found.candidates
            inputs.problems += found.problems
            inputs.notes += found.notes
    return inputs


def _read_place(place: Path, reading: Reading, inputs: Inputs, archive: Path | None) -> None:
    try:
        if place.name == "case.json":
            inputs.candidates.extend(read_case_folder(place))
        elif place.is_dir():
            constants = reading.map_.constant_values() if reading.map_ else {}
            source = reading.map_.source if reading.map_ else ""
            found = read_hospital_folder(
                place, reading.key, constants, source, archive=archive, workers=reading.workers
            )
            inputs.candidates += [replace(one, base=Base(place, place)) for one in found.candidates]
            inputs.problems += found.problems
            inputs.notes += found.notes
        else:
            read_csv_folder(place, reading.specification, reading.map_, inputs, names_shown=archive is None)
    except UnreadableError as error:
        inputs.problems.append(error)


def _name_archive(inputs: Inputs, base: Base, place: Path, number: int) -> None:
    """Say of everything that came from an archive that it did, and neither where it was unpacked nor under which name.

    Names in an archive may be those of patients.
    """
    named = str(base.named)
    label = f"{named} ({'its table' if place.suffix.casefold() == '.csv' else f'case {number}'})"

    def rename(text: str) -> str:
        for path, instead in ((place, label), (place.parent, named), (base.folder, named)):
            text = text.replace(str(path), instead)
        return text

    inputs.candidates = [
        replace(
            one,
            base=base,
            origin=rename(one.origin),
            values={
                column: Value(value.text, replace(value.evidence, where=rename(value.evidence.where)))
                for column, value in one.values.items()
            },
        )
        for one in inputs.candidates
    ]
    inputs.notes = [rename(note) for note in inputs.notes]
    inputs.problems = [UnreadableError(rename(one.message), remedy=one.remedy) for one in inputs.problems]


def _expand(path: Path, named: Path) -> Iterator[Path]:
    """Yield the ``case.json`` and CSV files that an input stands for, or the folder itself if it holds DICOM alone."""
    if path.is_file() and path.name.casefold() == "dicomdir":
        path = path.parent
    if path.is_file() and (path.name == "case.json" or path.suffix.casefold() == ".csv"):
        yield path
        return
    if not path.is_dir():
        raise UsageError(
            f"{path}: is neither a folder, nor an archive, a case.json, a CSV or a DICOMDIR"
            if path.exists()
            else f"{path}: is not there"
        )
    if (path / "case.json").is_file():
        yield path / "case.json"
        return
    tables = sorted(entry for entry in path.iterdir() if entry.suffix.casefold() == ".csv" and entry.is_file())
    tables = [table for table in tables if table.name == "metadata.csv"] or tables
    if len(tables) > 1:
        # The names of members of an archive are not shown.
        said = f": {', '.join(table.name for table in tables)}" if path.is_relative_to(named) else ""
        raise UsageError(
            f"{named}: has {len(tables)} CSV files{said}", remedy="Name the one that describes the images."
        )
    cases = sorted(path.glob("*/case.json"))
    inner = [entry for entry in path.iterdir() if not entry.name.startswith(".")]
    if not tables and not cases and len(inner) == 1 and inner[0].is_dir() and path != named:
        # Most archives hold one folder.
        yield from _expand(inner[0], named)
    elif tables or cases:
        yield from tables or cases
    elif holds_dicom(path):
        yield path
    else:
        raise UsageError(
            f"{named}: has neither a case.json nor a CSV, nor folders with a case.json, nor DICOM files",
            remedy="Images come with their facts: add a CSV with a row for each, with at least filename and modality.",
        )
