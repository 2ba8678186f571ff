"""De-identify files of all kinds, each into a file whose name says nothing."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from covidcurate.convert.inputs import Source
from covidcurate.dataset.folder import sha256_of
from covidcurate.deidentify.pixels import PixelCheck, check_dicom, check_picture
from covidcurate.durable import remove_leftovers, staged
from covidcurate.errors import CovidcurateError, PolicyError, UnreadableError
from covidcurate.imaging import FileType, find_metadata, read_orientation, sniff_file, without_metadata
from covidcurate.imaging.burned_in import require_ocr
from covidcurate.imaging.deidentify import Dates, Substitutes, clean_dataset, encode_part10, patient_of, pseudonym
from covidcurate.imaging.dicom.header import get_text
from covidcurate.imaging.dicom.read import read_dicom
from covidcurate.imaging.leaks.files import identifiers_of_file
from covidcurate.imaging.picture import Encoding, Picture, encode_picture
from covidcurate.imaging.raster import read_raster
from covidcurate.jobs import run_isolated

_CLEANABLE = {FileType.JPEG, FileType.PNG, FileType.NIFTI, FileType.NIFTI_GZIP}
"""Kinds whose metadata can be cut out without decoding the pixels."""


@dataclass(frozen=True, slots=True)
class Task:
    """One file and how it is to be done."""

    source: Source
    folder: Path
    key: bytes = field(repr=False)
    dates: Dates = Dates.SHIFTED
    overwrite: bool = False
    pixels: PixelCheck = PixelCheck.NONE


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a file: the name of its output in the folder, and what went and was replaced, by name."""

    output: str = ""
    removed: tuple[tuple[str, int], ...] = ()
    replaced: tuple[tuple[str, int], ...] = ()
    notes: tuple[str, ...] = ()


def plan_tasks(
    sources: Sequence[Source],
    folder: Path,
    key: bytes,
    *,
    dates: Dates,
    overwrite: bool,
    pixels: PixelCheck = PixelCheck.NONE,
) -> list[Task]:
    """Return a task for each source.

    Raises
    ------
    ConfigError
        Pixels are to be looked at, and no engine for it is installed.
    """
    if pixels is not PixelCheck.NONE:
        require_ocr()
    return [Task(source, folder, key, dates, overwrite, pixels) for source in sources]


def deidentify(tasks: Sequence[Task], workers: int = 0) -> Iterator[tuple[Task, Outcome | CovidcurateError]]:
    """De-identify files; yield each with its outcome, or the error that kept it back, in their order."""
    try:
        with contextlib.closing(run_isolated(_do, tasks, workers=workers)) as outcomes:
            for done in outcomes:
                yield done.item, done.error or done.value or Outcome()
    finally:
        # Whoever is interrupted, or crashes, leaves what it had begun.
        for folder in {task.folder for task in tasks}:
            remove_leftovers(folder, deep=True)


def _do(task: Task) -> Outcome:
    """Write the de-identified file of a task.

    Raises
    ------
    UnreadableError
        It cannot be read or written, or is of a kind that cannot be de-identified.
    PolicyError
        It must not pass.
    """
    path = task.source.path
    try:
        kind = sniff_file(path)
        if kind is FileType.DICOM:
            return _do_dicom(task)
        if kind.is_raster and task.pixels is not PixelCheck.NONE:
            return _do_checked_raster(task, kind)
        if kind in _CLEANABLE:
            return _write_cleaned(task, kind)
        if kind.is_raster:
            note = f"written as PNG, since {kind.value} cannot be cleaned without decoding"
            return _write_anew(task, _read_picture(path), note)
        raise UnreadableError(
            f"is {kind.value}, which cannot be de-identified", remedy="Leave it out, or write it anew by hand."
        )
    except OSError as error:
        raise UnreadableError(f"{task.source.shown}: cannot be read or written: {error.strerror}") from error
    except (UnreadableError, PolicyError) as error:
        message = error.message.removeprefix(f"{path.name}: ")
        raise type(error)(f"{task.source.shown}: {message}", remedy=error.remedy) from error


def _do_checked_raster(task: Task, kind: FileType) -> Outcome:
    """Look for text in a raster image, which has to be written anew if some of it is blackened."""
    picture = _read_picture(task.source.path)
    identities = [one.value for one in identifiers_of_file(task.source.path) if one.personal]
    pixels, notes = check_picture(picture.pixels, identities, task.pixels)
    if kind in _CLEANABLE and pixels is picture.pixels:
        return _write_cleaned(task, kind, *notes)
    return _write_anew(task, Picture(pixels), *notes)


def _read_picture(path: Path) -> Picture:
    pictures = list(read_raster(path))
    if len(pictures) > 1:
        raise UnreadableError("has several frames", remedy="Convert it with covidcurate convert.")
    return pictures[0]


def _write_cleaned(task: Task, kind: FileType, *notes: str) -> Outcome:
    """Write a file of a kind whose metadata can be cut out; its pixels stay as they are."""
    path = task.source.path
    orientation = read_orientation(path) if kind.is_raster else 1
    clean = without_metadata(path.read_bytes(), kind, orientation)
    gone = tuple((name, 1) for name in find_metadata(path, kind))
    return _write(task, clean, f"image-{_digest(task)}{kind.extensions[0]}", gone, notes)


def _write_anew(task: Task, picture: Picture, *notes: str) -> Outcome:
    """Write a picture as PNG, with nothing of the file that it came from but pixels."""
    return _write(task, encode_picture(picture, Encoding()).data, f"image-{_digest(task)}.png", (), notes)


def _do_dicom(task: Task) -> Outcome:
    dataset = read_dicom(task.source.path)
    notes = [] if task.pixels is PixelCheck.NONE else check_dicom(dataset, task.pixels)
    cleaned = clean_dataset(dataset, task.key, task.dates)
    cleaned.notes += notes
    data = encode_part10(cleaned.dataset, dataset)
    names = (
        Substitutes(task.key, patient_of(dataset)).patient,
        pseudonym(task.key, "study", get_text(dataset, "StudyInstanceUID")),
        pseudonym(task.key, "series", get_text(dataset, "SeriesInstanceUID")),
        # By its content too: files that share a UID and differ are not rare.
        pseudonym(task.key, "instance", f"{get_text(dataset, 'SOPInstanceUID')}\0{sha256_of(task.source.path)}")
        + ".dcm",
    )
    removed, replaced = sorted(cleaned.removed.items()), sorted(cleaned.replaced.items())
    return _write(task, data, "/".join(names), tuple(removed), tuple(cleaned.notes), tuple(replaced))


def _write(
    task: Task,
    data: bytes,
    name: str,
    removed: tuple[tuple[str, int], ...],
    notes: tuple[str, ...] = (),
    replaced: tuple[tuple[str, int], ...] = (),
) -> Outcome:
    target = task.folder / name
    if target.exists() and not task.overwrite:
        if target.read_bytes() == data:
            return Outcome(name, removed, replaced, (*notes, "it was there already, the same to the byte"))
        raise UnreadableError(f"{target} is there already, and differs", remedy="Use --overwrite.")
    target.parent.mkdir(parents=True, exist_ok=True)
    with staged(target) as path:
        path.write_bytes(data)
    return Outcome(name, removed, replaced, notes)


def _digest(task: Task) -> str:
    return pseudonym(task.key, "file", task.source.shown)
