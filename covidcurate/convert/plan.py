"""What would become of each input: which files make one output, what it is called, and what is refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from covidcurate.convert.decode import compare_slices
from covidcurate.convert.inputs import Source
from covidcurate.convert.look import Looked, count_pictures, look, read_personal_values
from covidcurate.convert.names import Names, is_harmless, stem_of
from covidcurate.convert.terms import Terms
from covidcurate.errors import CovidcurateError, NotAnImageError, PolicyError, UnreadableError, UsageError
from covidcurate.imaging.deidentify import pseudonym
from covidcurate.imaging.dicom.build import Grids
from covidcurate.imaging.dicom.render import Look
from covidcurate.imaging.dicom.series import VolumePlan, plan_volumes
from covidcurate.imaging.dicom.slices import Slice
from covidcurate.imaging.picture import Encoding
from covidcurate.imaging.planes import Cut
from covidcurate.jobs import run_jobs

ENDINGS = {".png": "png", ".jpg": "jpg", ".jpeg": "jpg", ".nii.gz": "nii.gz", ".nii": "nii", ".json": "dcm-info"}
"""Endings of an output that say what it is to be."""
VOLUMETRIC = {"CT", "MR", "PT"}
_PARALLEL = 1000
"""Fewer headers are read sooner than processes are up."""


class Status(Enum):
    """What became of an input."""

    PLANNED = "planned"
    """It would be converted."""
    WRITTEN = "written"
    """Its output is there."""
    LEFT_OUT = "left out"
    """It is none of what was asked for, as a scout beside the slices of a volume."""
    REFUSED = "refused"
    """It could be converted, but would be wrong, or is not allowed to be."""
    FAILED = "failed"
    """It could not be read or written."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What the user asks for; ``to`` is empty where the kind of input decides."""

    to: str = ""
    look: Look = field(default_factory=Look)
    encoding: Encoding = field(default_factory=Encoding)
    grids: Grids = field(default_factory=Grids)
    cut: Cut = field(default_factory=Cut)
    series: str = ""
    frame: int = 0
    level: int | None = None
    overwrite: bool = False
    private: bool = False
    workers: int = 0


@dataclass(slots=True)
class Item:
    """Inputs that become one output, or several pictures; and how far that has come."""

    inputs: tuple[Source, ...]
    status: Status = Status.PLANNED
    to: str = ""
    outputs: tuple[Path, ...] = ()
    looked: Looked | None = None
    volume: VolumePlan | None = None
    reason: str = ""
    remedy: str = ""
    notes: tuple[str, ...] = ()
    by_policy: bool = False

    def fail(self, error: CovidcurateError, status: Status = Status.FAILED) -> Item:
        """Record why it came to nothing, and return it."""
        self.status, self.reason = status, error.message
        self.remedy = error.remedy or ("Get the file again, or leave it out." if status is Status.FAILED else "")
        self.by_policy = isinstance(error, PolicyError)
        self.outputs = ()
        return self


def plan_outputs(sources: Sequence[Source], output: Path, wish: Wish, key: bytes) -> list[Item]:
    """Return what would become of each source, in their order; volumes come where their first slice does.

    Parameters
    ----------
    output
        A folder, or a file where there is one output.
    key
        The secret from which names of volumes are made.

    Raises
    ------
    UsageError
        Several outputs are to go into one file.
    """
    terms = None if wish.private else Terms()
    pictures: list[tuple[Source, Looked]] = []
    slices: list[tuple[Source, Looked]] = []
    items: list[Item] = []
    workers = wish.workers if len(sources) > _PARALLEL else 1
    for outcome in run_jobs(look, sources, workers=workers):
        source = outcome.item
        try:
            if outcome.error is not None:
                raise outcome.error
            if terms is not None:
                terms.require_derivatives(source.path)
        except CovidcurateError as error:
            items.append(Item((source,)).fail(error, _status_of(error, source)))
            continue
        looked = outcome.value
        if looked is None or (wish.series and looked.series != wish.series):
            continue
        (slices if _is_for_volume(looked, wish) else pictures).append((source, looked))
    volumes, single = _plan_volumes(slices, wish)
    items += volumes
    items += [_plan_picture(source, looked, wish) for source, looked in pictures + single]
    order = {source: number for number, source in enumerate(sources)}
    items.sort(key=lambda item: order[item.inputs[0]])
    if wish.series and not items:
        raise UsageError("no input belongs to the series that --series names")
    return _name(items, output, wish, key)


def _status_of(error: CovidcurateError, source: Source) -> Status:
    """Return what an error makes of an input: a text or an index in a folder is no failure, unless it was named."""
    if isinstance(error, PolicyError):
        return Status.REFUSED
    return Status.LEFT_OUT if isinstance(error, NotAnImageError) and not source.named else Status.FAILED


def _is_for_volume(looked: Looked, wish: Wish) -> bool:
    if not looked.is_dicom or not looked.frames or wish.to not in {"", "nii", "nii.gz"}:
        return False
    return bool(wish.to) or (looked.modality in VOLUMETRIC and bool(looked.slices))


def _plan_volumes(found: list[tuple[Source, Looked]], wish: Wish) -> tuple[list[Item], list[tuple[Source, Looked]]]:
    """Return an item for each volume; and the lone slices of which pictures are made where nothing else is asked."""
    sources = {source.path: (source, looked) for source, looked in found}
    items = [
        Item((source,)).fail(UnreadableError(f"{source.shown}: {looked.no_slices}"))
        for source, looked in found
        if not looked.slices
    ]
    slices: list[Slice] = [one for _, looked in found for one in looked.slices]
    single = []
    for plan in plan_volumes(slices, compare_slices):
        members = tuple(sources[path][0] for path in dict.fromkeys(one.path for one in plan.slices))
        if not wish.to and len(plan.slices) == 1 and not plan.left_out:
            single.append(sources[plan.slices[0].path])
            continue
        item = Item(members, to=wish.to or "nii.gz", volume=plan, notes=plan.notes)
        if plan.left_out:
            item.status, item.reason = Status.LEFT_OUT, plan.reason
        elif plan.grid is None and not (plan.irregular and wish.grids.resample):
            item.fail(UnreadableError(plan.reason, remedy=plan.remedy), Status.REFUSED)
        items.append(item)
    return items, single


def _plan_picture(source: Source, looked: Looked, wish: Wish) -> Item:
    to = wish.to or "png"
    item = Item((source,), to=to, looked=looked)
    if looked.is_dicom and looked.frames == 0 and to != "dcm-info":
        item.status = Status.LEFT_OUT
        item.reason = f"{looked.modality or 'it'} without pixels: a report, document or plan, and no image"
        return item
    if not looked.is_dicom and to == "dcm-info":
        return item.fail(UnreadableError(f"{source.shown}: is {looked.kind.value} and no DICOM"))
    if to in {"nii", "nii.gz"} and not looked.is_nifti:
        return item.fail(UnreadableError(f"{source.shown}: is {looked.kind.value}, of which no volume is made"))
    return item


def _name(items: list[Item], output: Path, wish: Wish, key: bytes) -> list[Item]:
    """Give each item its outputs."""
    ending = next((ending for ending in ENDINGS if output.name.casefold().endswith(ending)), "")
    planned = [item for item in items if item.status is Status.PLANNED]
    if ending and not output.is_dir():
        if len(planned) > 1 or any(_count(item, wish) > 1 for item in planned):
            raise UsageError(
                f"{output}: there are several outputs, and this is one file", remedy="Name a folder for them."
            )
        for item in planned:
            item.outputs = (output,)
    else:
        names = Names()
        for item in planned:
            item.outputs = tuple(output / name for name in _names_of(item, names, wish, key))
    for item in planned:
        there = next((path for path in item.outputs if path.exists()), None)
        if there is not None and not wish.overwrite:
            error = UnreadableError(f"{there}: is there already", remedy="Use --overwrite, or another output.")
            item.fail(error, Status.REFUSED)
    return items


def _count(item: Item, wish: Wish) -> int:
    if item.looked is None or item.to in {"nii", "nii.gz", "dcm-info"}:
        return 1
    return 1 if wish.frame else count_pictures(item.inputs[0].path, item.looked, wish.cut)


def _names_of(item: Item, names: Names, wish: Wish, key: bytes) -> list[str]:
    ending = ".json" if item.to == "dcm-info" else f".{item.to}"
    if item.volume is not None:
        first = item.volume.slices[0]
        digest = pseudonym(key, "series", first.series, 8)
        number = first.series_number if first.series_number.isdigit() and len(first.series_number) < 5 else ""
        stem = "-".join(filter(None, (first.modality.lower() or "volume", number, digest, item.volume.part_of_name)))
        return [names.give(stem_of(stem), ending, digest)]
    assert item.looked is not None  # noqa: S101 - volumes are dealt with above
    stem, other = stem_of(item.inputs[0].path.name), pseudonym(key, "file", item.inputs[0].shown, 8)
    if item.looked.is_dicom and not is_harmless(stem, read_personal_values(item.inputs[0].path)):
        stem = f"{item.looked.modality.lower() or 'image'}-{pseudonym(key, 'instance', item.looked.instance, 12)}"
    count = _count(item, wish)
    if count == 1:
        return [names.give(stem, ending, other)]
    kind = f"-{wish.cut.plane.value}" if item.looked.is_nifti else ""
    return [names.give(f"{stem}{kind}-{number + 1:04d}", ending, other) for number in range(count)]
