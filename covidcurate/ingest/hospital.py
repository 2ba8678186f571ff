"""DICOM files as a hospital sends them: no table, any names, patients and series side by side, reports between."""

from __future__ import annotations

import hmac
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from covidcurate.convert.inputs import walk
from covidcurate.errors import CovidcurateError, UnreadableError
from covidcurate.imaging.dicom.entry import DicomEntry, read_entry
from covidcurate.imaging.filetype import FileType, sniff_file
from covidcurate.ingest.candidates import Candidate, Inputs
from covidcurate.jobs import run_isolated

_LETTERS = str.maketrans("0123456789", "ghijklmnop")
"""A digest that stands in a name is of letters alone: the end of a name with digits would be taken for a number."""
_SHOWN = 8


def holds_dicom(folder: Path) -> bool:
    """Whether a DICOM file lies in a folder or under it."""
    return any(_is_dicom(path) for path in walk(folder))


def read_hospital_folder(folder: Path, key: bytes, workers: int = 0) -> Inputs:
    """Return a candidate for each DICOM image under a folder, in the order of patients, series and instances.

    A patient is an id with its issuer, as written: two spellings are two patients, which is said. Where there is no id,
    a study is a patient. What is no image, and no DICOM, is counted in the notes.

    Parameters
    ----------
    key
        The secret that names of files are made with, so that nobody can go back from them to a series.
    """
    inputs = Inputs()
    files = list(walk(folder))
    dicom = [path for path in files if _is_dicom(path)]
    entries = []
    for number, outcome in enumerate(run_isolated(read_entry, dicom, workers=workers), start=1):
        if outcome.value is not None:
            entries.append(outcome.value)
        else:
            inputs.problems.append(_unreadable(folder, number, outcome.error))
    images = sorted((one for one in entries if one.is_image), key=_place)
    inputs.candidates.extend(_candidates(folder, images, key))
    inputs.notes.extend(_notes(folder, entries, len(files) - len(dicom)))
    return inputs


def _is_dicom(path: Path) -> bool:
    try:
        return sniff_file(path) is FileType.DICOM
    except UnreadableError:
        return False


def _place(entry: DicomEntry) -> tuple[str, str, str, int, str]:
    return _patient_of(entry), entry.study, entry.series, entry.number, entry.instance


def _patient_of(entry: DicomEntry) -> str:
    return f"id\0{entry.patient}" if entry.patient else f"study\0{entry.study or entry.path}"


def _candidates(folder: Path, images: Sequence[DicomEntry], key: bytes) -> Iterator[Candidate]:
    patients: dict[str, int] = {}
    counts: Counter[str] = Counter()
    for number, entry in enumerate(images, start=1):
        who = _patient_of(entry)
        patient = patients.setdefault(who, len(patients) + 1)
        series = entry.series or entry.instance or str(entry.path)
        digest = hmac.new(key, series.encode("utf-8", "backslashreplace"), "sha256").hexdigest()[:10]
        counts[series] += 1
        name = f"{entry.modality.casefold() or 'dicom'}-{digest.translate(_LETTERS)}-{counts[series]:04d}.dcm"
        shown = entry.path.relative_to(folder).as_posix()
        place = f"image {number}, of patient {patient}" if entry.tells_who else shown
        yield Candidate(entry.path, name, {}, f"dicom\0{who}", f"{folder}: {place}", group=f"{entry.study}\0{series}")


def _unreadable(folder: Path, number: int, error: CovidcurateError | None) -> CovidcurateError:
    # The message of a reader names the file, which may be called after the patient.
    return UnreadableError(
        f"{folder}: DICOM file {number} is broken ({type(error).__name__})", remedy="Ask the sender for it again."
    )


def _notes(folder: Path, entries: Sequence[DicomEntry], others: int) -> Iterator[str]:
    kinds = Counter(one.kind for one in entries if not one.is_image)
    if kinds:
        said = ", ".join(f"{kind} ({count})" for kind, count in kinds.most_common(_SHOWN))
        yield f"{folder}: {sum(kinds.values())} DICOM files hold no image and stay behind: {said}"
    if others:
        yield f"{folder}: {others} files are no DICOM, and stay behind as no row names them"
    folded: dict[str, set[str]] = {}
    for entry in entries:
        if entry.patient:
            folded.setdefault("".join(entry.patient.casefold().split()).lstrip("0"), set()).add(entry.patient)
    spelled = sum(len(ids) > 1 for ids in folded.values())
    if spelled:
        yield f"{folder}: {spelled} patient ids are written in more than one way, and count as several patients"
