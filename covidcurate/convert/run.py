"""Do what a plan says, item by item, in processes of which one may die without harm to the others."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from covidcurate.convert.decode import frames_on
from covidcurate.convert.inputs import Source
from covidcurate.convert.plan import Item, Status, Wish
from covidcurate.durable import remove_leftovers, staged
from covidcurate.errors import CovidcurateError, UnreadableError
from covidcurate.imaging import FileType, find_metadata, without_metadata
from covidcurate.imaging.deflate import check_level, split_blocks, write_gzip
from covidcurate.imaging.describe import dicom_facts
from covidcurate.imaging.dicom.build import build_volume
from covidcurate.imaging.dicom.read import read_dicom
from covidcurate.imaging.dicom.render import render_frames
from covidcurate.imaging.dicom.volume import read_frames
from covidcurate.imaging.filetype import sniff_file
from covidcurate.imaging.inspect import read_orientation
from covidcurate.imaging.nifti_write import write_nifti
from covidcurate.imaging.picture import Encoded, Encoding, Picture, encode_picture
from covidcurate.imaging.planes import cut_volume
from covidcurate.imaging.raster import read_raster
from covidcurate.jobs import run_isolated, run_jobs


@dataclass(frozen=True, slots=True)
class _Job:
    item: Item
    wish: Wish
    threads: int
    alone: bool = False


def convert(items: Sequence[Item], wish: Wish) -> Iterator[Item]:
    """Convert what is planned; yield each such item when it is done, in their order.

    Raises
    ------
    UsageError
        The level of compression is none that the compressor has.
    """
    check_level(wish.level)
    planned = [item for item in items if item.status is Status.PLANNED]
    cores = wish.workers or os.cpu_count() or 1
    # A single volume is made here: its slices are plain numbers, or decoded one by one in processes that may die.
    alone = len(planned) == 1 and _is_of_single_slices(planned[0])
    jobs = [_Job(item, wish, max(1, cores // max(1, len(planned))), alone) for item in planned]
    outcomes = run_jobs(_make, jobs, workers=1) if alone else run_isolated(_make, jobs, workers=wish.workers)
    folders = {path.parent for item in planned for path in item.outputs}
    try:
        with contextlib.closing(outcomes):
            for item, outcome in zip(planned, outcomes, strict=True):
                if outcome.error is not None:
                    item.fail(outcome.error)
                else:
                    item.status, item.notes = Status.WRITTEN, tuple(outcome.value or ())
                yield item
    finally:
        # Whoever is interrupted, or crashes, leaves what it had begun.
        for folder in folders:
            remove_leftovers(folder)


def _is_of_single_slices(item: Item) -> bool:
    """Whether an item is a volume each slice of which is a file of its own."""
    return item.volume is not None and len({one.path for one in item.volume.slices}) == len(item.volume.slices)


def _make(job: _Job) -> list[str]:
    """Write the outputs of an item and return what is to be said of them."""
    item = job.item
    source = item.inputs[0]
    try:
        for path in item.outputs:
            path.parent.mkdir(parents=True, exist_ok=True)
        return _MAKERS[_kind_of(item)](job)
    except OSError as error:
        raise UnreadableError(
            f"{item.outputs[0]}: cannot be written: {error.strerror}", remedy="Choose another OUTPUT, or make room."
        ) from error
    except MemoryError as error:
        raise UnreadableError(f"{source.shown}: is too large for the memory of this machine") from error
    except CovidcurateError as error:
        if source.shown in error.message or item.volume is not None:
            raise
        name = source.path.name
        message = error.message.removeprefix(f"{name}: ")
        raise type(error)(f"{source.shown}: {message}", remedy=error.remedy) from error


def _kind_of(item: Item) -> str:
    if item.volume is not None:
        return "volume"
    if item.to in {"nii", "nii.gz"}:
        return "nifti"
    return "description" if item.to == "dcm-info" else "pictures"


def _make_volume(job: _Job) -> list[str]:
    plan = job.item.volume
    assert plan is not None  # noqa: S101 - by the kind of the item
    plain = all(one.direct is not None for one in plan.slices)
    frames = frames_on(job.threads) if job.alone and not plain else read_frames
    volume = build_volume(plan, job.wish.grids, frames)
    with staged(job.item.outputs[0]) as path, path.open("wb") as stream:
        write_nifti(stream, volume, compress=job.item.to == "nii.gz", level=job.wish.level, workers=job.threads)
    return volume.notes


def _make_nifti(job: _Job) -> list[str]:
    """Write a NIfTI file again, without what its header says of people."""
    path = job.item.inputs[0].path
    kind = sniff_file(path)
    clean = without_metadata(path.read_bytes(), kind)
    with staged(job.item.outputs[0]) as target, target.open("wb") as stream:
        if kind is FileType.NIFTI and job.item.to == "nii.gz":
            write_gzip(stream, split_blocks(clean), level=job.wish.level, workers=job.threads)
        else:
            stream.write(clean)
    return ["text of its header is blank"]


def _make_description(job: _Job) -> list[str]:
    description = dicom_facts(read_dicom(job.item.inputs[0].path))
    with staged(job.item.outputs[0]) as path:
        path.write_text(json.dumps(description, indent=1) + "\n", encoding="utf-8")
    return []


def _make_pictures(job: _Job) -> list[str]:
    wish, item = job.wish, job.item
    encoding = replace(wish.encoding, kind=item.to)
    notes: dict[str, None] = {}
    made = 0
    for path, encoded in zip(item.outputs, _encode(item.inputs[0], wish, encoding), strict=False):
        with staged(path) as target:
            target.write_bytes(encoded.data)
        made += 1
        notes.update(dict.fromkeys(encoded.notes))
    if made < len(item.outputs):
        raise UnreadableError(f"it has {made} pictures where its header speaks of {len(item.outputs)}")
    return list(notes)


def _encode(source: Source, wish: Wish, encoding: Encoding) -> Iterator[Encoded]:
    """Yield the files of the pictures of an input."""
    kind = sniff_file(source.path)
    if kind is FileType.JPEG and (encoded := _as_it_is(source.path, kind, encoding)) is not None:
        yield encoded
        return
    for number, picture in enumerate(_pictures(source.path, kind, wish), start=1):
        # The frames of a DICOM file are chosen before they are decoded.
        if kind is FileType.DICOM or wish.frame in (0, number) or kind not in _WITH_FRAMES:
            yield encode_picture(picture, encoding)


_WITH_FRAMES = {FileType.GIF, FileType.TIFF, FileType.WEBP, FileType.PNG}


def _as_it_is(path: Path, kind: FileType, encoding: Encoding) -> Encoded | None:
    """Return a JPEG that is to stay one with its pixels as they were compressed; None if it has to be changed."""
    if encoding.kind != "jpg" or encoding.max_size or read_orientation(path) != 1:
        return None
    return Encoded(without_metadata(path.read_bytes(), kind), ["its pixels are as they were compressed"])


def _pictures(path: Path, kind: FileType, wish: Wish) -> Iterator[Picture]:
    if kind is FileType.DICOM:
        indices = [wish.frame - 1] if wish.frame else None
        for frame in render_frames(read_dicom(path), wish.look, indices):
            yield Picture(frame.pixels, frame.height_over_width, "", tuple(frame.notes))
    elif kind.is_raster:
        # Pillow is content when it has all pixels; the container has to be whole as well.
        find_metadata(path, kind)
        yield from read_raster(path)
    else:
        yield from cut_volume(path, wish.cut)


_MAKERS: dict[str, Callable[[_Job], list[str]]] = {
    "volume": _make_volume,
    "nifti": _make_nifti,
    "description": _make_description,
    "pictures": _make_pictures,
}
