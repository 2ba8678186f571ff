"""Who a patient of an input is, and which patient of the dataset that is.

A patient is told apart by what whoever sent the images numbered them by, and never by a guess:

- of a case page: the site, the id of the case, and which patient of the case;
- of a row of a CSV: the patient id, within the source that a map names; where none is named, within this very file;
- of DICOM: the PatientID with its issuer, birth date and sex. The issuer is the one in the header, else the source of a
  map, else the institution; where there is none of these, or the id holds no number (``ANONYMOUS``), the study alone. A
  name alone is nobody, and two spellings of an id are two patients.

So it may happen that one person counts as two, which people are told where it can be seen; that two count as one, not.

What is kept of it is a keyed digest: ``patients.jsonl`` in the state folder has, for each image that entered, that of
its patient, the file name and the digest of the file. Which id the patient has, the table says: an entry counts only
where a row names that file, and the file is the very same. So a row that was taken back, or never came to be as the run
was killed, gives its patient no id, and the entry may be written ahead of the row; and who was renumbered by a person
keeps the new number.
"""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Iterator, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import BinaryIO

from covidcurate.dataset import Dataset
from covidcurate.dataset.folder import STATE_FOLDER, sha256_of
from covidcurate.durable import sync_folder
from covidcurate.errors import DatasetError
from covidcurate.imaging.dicom.entry import DicomEntry
from covidcurate.imaging.filetype import extension_of
from covidcurate.ingest.planned import PlannedImage
from covidcurate.table import Table

BOOK_NAME = "patients.jsonl"
_LONGEST_LINE = 1 << 16
"""Bytes that an entry may have: a file name has at most 255, each of which may become six."""


def patient_of_row(source: str, table: str, patient: str, page: str, line: int) -> str:
    """Return who the patient of a row is.

    Parameters
    ----------
    source
        Who numbered the patients; blank where nobody said.
    table
        The digest of the CSV.
    page
        The address of the row's own page: without an id, images of one page might show one person, so they share one,
        since a split must not part them.
    """
    if patient:
        return f"source\0{source}\0{patient}" if source else f"table\0{table}\0id\0{patient}"
    return f"page\0{page}" if page else f"table\0{table}\0row\0{line}"


def patient_of_dicom(entry: DicomEntry, source: str = "") -> str:
    """Return who the patient of a DICOM file is; blank if the header says nothing at all."""
    issuer = entry.issuer or source or entry.institution
    if issuer and any(sign in "123456789" for sign in entry.patient):
        return "\0".join(("dicom", issuer, entry.patient, entry.birth_date, entry.sex))
    unique = entry.study or entry.series or entry.instance
    return f"dicom\0study\0{unique}\0{entry.patient}" if unique else ""


@dataclass(frozen=True, slots=True)
class _Entry:
    patient: str
    file: str
    sha256: str


def find_known_patients(dataset: Dataset, table: Table, patients: Collection[str]) -> dict[str, str]:
    """Return the ids that patients of earlier runs have, by their digests; those with several by now are left out.

    Raises
    ------
    DatasetError
        What is remembered cannot be read.
    """
    entries = list(_read(dataset, set(patients)))
    rows = _rows_by_stem(table, {_stem(entry.file) for entry in entries})
    found: dict[str, set[str]] = {}
    for entry in entries:
        ids = found.setdefault(entry.patient, set())
        for id_, folder, file in rows.get(_stem(entry.file), ()):
            if id_ and id_ not in ids and _has_bytes(dataset.root / folder / file, entry.sha256):
                ids.add(id_)
    return {patient: ids.pop() for patient, ids in found.items() if len(ids) == 1}


def remember_patients(dataset: Dataset, added: Sequence[PlannedImage]) -> None:
    """Note whose images enter, before they do.

    Raises
    ------
    DatasetError
        The file cannot be written.
    """
    new = [
        _Entry(image.candidate.patient, image.name, image.content.clean_sha256)
        for image in added
        if image.content is not None
    ]
    path = dataset.state_folder() / BOOK_NAME
    try:
        with path.open("a+b") as stream:
            stream.seek(0)
            # A line that was cut short says nothing of a row: it was written ahead.
            stream.truncate(_end_of_lines(stream))
            stream.write("".join(f"{json.dumps(astuple(entry))}\n" for entry in new).encode())
            stream.flush()
            os.fsync(stream.fileno())
        sync_folder(path.parent)
    except OSError as error:
        raise DatasetError(f"{path}: cannot be written: {error.strerror}; nothing was changed") from error


def _end_of_lines(stream: BinaryIO) -> int:
    """Return where the last whole line of a file ends."""
    size = stream.seek(0, os.SEEK_END)
    stream.seek(max(0, size - _LONGEST_LINE))
    tail = stream.read()
    return size - len(tail) + tail.rfind(b"\n") + 1


def _read(dataset: Dataset, patients: Collection[str]) -> Iterator[_Entry]:
    """Yield the entries of some patients; a digest stands where a line begins, so that no other line is parsed."""
    path = dataset.root / STATE_FOLDER / BOOK_NAME
    if not path.is_file():
        return
    try:
        with path.open("rb") as stream:
            for line in stream:
                if not line.endswith(b"\n"):
                    return
                if not line.startswith(b'["'):
                    raise ValueError("is no entry")
                if line[2:66].decode("ascii") in patients:
                    patient, file, digest = json.loads(line)
                    yield _Entry(str(patient), str(file), str(digest))
    except OSError as error:
        raise DatasetError(f"{path}: cannot be read: {error.strerror}") from error
    except (ValueError, TypeError, RecursionError) as error:
        raise DatasetError(
            f"{path}: is damaged, so that patients of earlier runs would not be known again",
            remedy="Restore it from a backup; or delete it, and see to it yourself that they keep their ids.",
        ) from error


def _rows_by_stem(table: Table, stems: Collection[str]) -> dict[str, list[tuple[str, str, str]]]:
    """Return patient id, folder and file name of the rows of some files."""
    found: dict[str, list[tuple[str, str, str]]] = {}
    if not stems or not {"patientid", "filename"} <= set(table.header):
        return found
    id_, file = table.header.index("patientid"), table.header.index("filename")
    folder = table.header.index("folder") if "folder" in table.header else -1
    for row in table.rows:
        if max(id_, file, folder) < len(row.fields) and (stem := _stem(row.fields[file].strip())) in stems:
            where = row.fields[folder].strip() if folder >= 0 else ""
            found.setdefault(stem, []).append((row.fields[id_].strip(), where, row.fields[file].strip()))
    return found


def _stem(name: str) -> str:
    """Return a file name without its ending, which may be corrected later."""
    return name.removesuffix(extension_of(name)).casefold()


def _has_bytes(path: Path, sha256: str) -> bool:
    try:
        return path.is_file() and sha256_of(path) == sha256
    except (OSError, ValueError):
        return False
