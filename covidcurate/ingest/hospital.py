"""DICOM files as a hospital sends them: no table, any names, patients and series side by side, reports between."""

from __future__ import annotations

import hashlib
import hmac
from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from pathlib import Path

from covidcurate.convert.inputs import walk
from covidcurate.dataset.folder import sha256_of
from covidcurate.errors import CovidcurateError, NotAnImageError, UnreadableError
from covidcurate.imaging.dicom.directory import read_directory
from covidcurate.imaging.dicom.entry import DicomEntry, read_entry
from covidcurate.imaging.filetype import FileType, sniff_file
from covidcurate.ingest.candidates import Candidate, Inputs
from covidcurate.ingest.patients import patient_of_dicom
from covidcurate.ingest.shown import MODALITIES, shown_place
from covidcurate.jobs import run_isolated
from covidcurate.model import Question, Value

_LETTERS = str.maketrans("0123456789", "ghijklmnop")
"""A digest that stands in a name is of letters alone: the end of a name with digits would be taken for a number."""
_SHOWN = 8
_NOBODY = "dicom\0files\0"
"""How patients begin of whom the header has no id, but the digest of the files."""
_ASKED = Question(
    "patientid",
    "the header has neither an id of the patient nor of a study, so that slices of one folder count as one's",
)
_UNSURE = (
    "a patient id comes with more than one issuer, birth date or sex, or in studies of which nobody said who numbered "
    "their patients (a map can: source = ...)"
)


def holds_dicom(folder: Path) -> bool:
    """Whether a DICOM file lies in a folder or under it."""
    return any(_kind_of(path) is FileType.DICOM for path in walk(folder))


def read_hospital_folder(
    folder: Path, key: bytes, values: Mapping[str, Value], source: str, *, archive: Path | None = None, workers: int = 0
) -> Inputs:
    """Return a candidate for each DICOM image under a folder, in the order of patients, series and instances.

    Who a patient is, :mod:`covidcurate.ingest.patients` says. What is no image, and no DICOM, is counted in the notes.

    Parameters
    ----------
    key
        The secret that names of files are made with, so that nobody can go back from them to a series.
    values
        What holds for all of them.
    source
        Who numbered the patients, where headers do not say it; blank if nobody said.
    archive
        What the folder was unpacked from: then it is named, and no folder or file of it.
    """
    inputs = Inputs()
    shown = str(archive or folder)
    kinds = {path: _kind_of(path) for path in walk(folder)}
    dicom = [path for path, kind in kinds.items() if kind is FileType.DICOM]
    entries, directories = [], []
    for number, outcome in enumerate(run_isolated(read_entry, dicom, workers=workers), start=1):
        if outcome.value is not None:
            entries.append(outcome.value)
        elif isinstance(outcome.error, NotAnImageError):
            directories.append(outcome.item)
        else:
            inputs.problems.append(_unreadable(shown, number, outcome.error))
    patients = _patients_of([one for one in entries if one.is_image], source)
    images = sorted(
        (one for one in entries if one.is_image),
        key=lambda one: (patients[one.path], one.study, one.series, one.number, one.instance, str(one.path)),
    )
    inputs.candidates.extend(_candidates(shown, images, patients, key, values, None if archive else folder))
    inputs.notes.extend(_notes(shown, entries, [kind for kind in kinds.values() if kind is not FileType.DICOM]))
    inputs.notes.extend(_notes_on_patients(shown, images, patients))
    for path in directories:
        inputs.notes.extend(_notes_on_directory(shown, path))
    return inputs


def _kind_of(path: Path) -> FileType:
    try:
        return sniff_file(path)
    except UnreadableError:
        return FileType.UNKNOWN


def _patients_of(images: Sequence[DicomEntry], source: str) -> dict[Path, str]:
    """Return the patient of each image.

    Where a header has no id of anything, a film is a patient of its own. The slices of a folder are taken for one, for
    otherwise there would be no series, and a person is asked.
    """
    patients = {entry.path: patient_of_dicom(entry, source) for entry in images}
    folders: dict[Path, list[str]] = {}
    for entry in images:
        if not patients[entry.path]:
            place = entry.path.parent if entry.is_slice else entry.path
            folders.setdefault(place, []).append(sha256_of(entry.path))
    for entry in images:
        if not patients[entry.path]:
            digests = folders[entry.path.parent if entry.is_slice else entry.path]
            whole = hashlib.sha256("".join(sorted(digests)).encode()).hexdigest()
            patients[entry.path] = f"{_NOBODY}{whole}"
    return patients


def _candidates(
    shown: str,
    images: Sequence[DicomEntry],
    patients: Mapping[Path, str],
    key: bytes,
    values: Mapping[str, Value],
    root: Path | None,
) -> Iterator[Candidate]:
    """Yield candidates; their paths from ``root`` are shown where it is given, as far as they mean nobody."""
    people: dict[str, int] = {}
    taken: set[str] = set()
    for number, entry in enumerate(images, start=1):
        patient = patients[entry.path]
        person = people.setdefault(patient, len(people) + 1)
        lost = entry.is_slice and patient.startswith(_NOBODY)
        series = entry.series or (patient if lost else entry.instance or sha256_of(entry.path))
        modality = entry.modality.upper()
        stem = f"{modality.casefold() if modality in MODALITIES else 'dicom'}-{_digest(key, series)[:10]}"
        # The slices of a series differ in digits alone, which the name of the volume does without.
        place = int(hmac.new(key, (entry.instance or str(number)).encode(), "sha256").hexdigest(), 16) % 10**8
        name = f"{stem}-{place:08d}.dcm"
        if name in taken:
            name = f"{stem}-{place:08d}{number:06d}.dcm"
        taken.add(name)
        where = f"image {number}, of patient {person}"
        if root is not None:
            where = shown_place(entry.path, root, hidden=entry.tells_who)
        yield Candidate(
            entry.path,
            name,
            values,
            patient,
            f"{shown}: {where}",
            questions=(_ASKED,) if lost else (),
            group=f"{entry.study}\0{series}",
        )


def _digest(key: bytes, text: str) -> str:
    return hmac.new(key, text.encode("utf-8", "backslashreplace"), "sha256").hexdigest().translate(_LETTERS)


def _unreadable(shown: str, number: int, error: CovidcurateError | None) -> CovidcurateError:
    # The message of a reader names the file, which may be called after the patient.
    return UnreadableError(
        f"{shown}: DICOM file {number} is broken ({type(error).__name__})", remedy="Ask the sender for it again."
    )


def _notes(shown: str, entries: Sequence[DicomEntry], others: Sequence[FileType]) -> Iterator[str]:
    kinds = Counter(one.kind for one in entries if not one.is_image)
    if kinds:
        said = ", ".join(f"{kind} ({count})" for kind, count in kinds.most_common(_SHOWN))
        yield f"{shown}: {sum(kinds.values())} DICOM files hold no image and stay behind: {said}"
    if others:
        said = ", ".join(f"{kind.value} ({count})" for kind, count in Counter(others).most_common(_SHOWN))
        yield (
            f"{shown}: {len(others)} files are no DICOM, and stay behind as no row names them: {said}; "
            "archives among them are not opened"
        )


def _notes_on_patients(shown: str, images: Sequence[DicomEntry], patients: Mapping[Path, str]) -> Iterator[str]:
    """Yield what makes one think that two patients are one person; nothing is joined for it."""
    looks: list[tuple[str, Callable[[DicomEntry], Hashable]]] = [
        (_UNSURE, lambda one: one.patient),
        ("a patient id is written in more than one way", lambda one: _plain(one.patient)),
        (
            "a name and birth date come with more than one patient id",
            lambda one: (_plain(one.name), one.birth_date) if one.name and one.birth_date else "",
        ),
    ]
    told: set[frozenset[str]] = set()
    for why, look in looks:
        together: dict[Hashable, set[str]] = {}
        for one in images:
            if look(one):
                together.setdefault(look(one), set()).add(patients[one.path])
        groups = {frozenset(group) for group in together.values() if len(group) > 1} - told
        told |= groups
        if groups:
            count = len(frozenset().union(*groups))
            yield f"{shown}: {count} patients might be {len(groups)}: {why}. They were not joined; compare them"


def _plain(text: str) -> str:
    return "".join(sign for sign in text.casefold() if sign.isalnum()).lstrip("0")


def _notes_on_directory(shown: str, path: Path) -> Iterator[str]:
    try:
        files = read_directory(path)
    except UnreadableError:
        yield f"{shown}: its DICOMDIR is broken; the files were looked for without it"
        return
    there = {file.relative_to(path.parent).as_posix().casefold() for file in walk(path.parent)}
    missing = sum("/".join(file).casefold() not in there for file in files)
    if missing:
        yield f"{shown}: its DICOMDIR names {len(files)} files, of which {missing} are not there"
