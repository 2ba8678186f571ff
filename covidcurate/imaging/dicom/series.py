"""Which slices belong to one volume, and which do not: by series, by geometry, and by acquisition where it must be."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from covidcurate.errors import CovidcurateError
from covidcurate.imaging.dicom.geometry import SUBVOXEL, Grid, Irregular, Stack, fit_grid, stack_slices
from covidcurate.imaging.dicom.slices import Slice
from covidcurate.words import counted

_THICKER = 1e-3
"""Share by which slices may be thicker than they are apart without overlapping."""
_NOTEWORTHY = 0.01
"""Millimeters by which a slice may lie beside the grid without a word."""
_MISSING = "Get the missing slices; or let covidcurate convert --resample fill in what lies between, which it says."
_UNEVEN = "covidcurate convert --resample puts them on a regular grid, which it says; or convert the parts one by one."


@dataclass(frozen=True)
class VolumePlan:
    """Slices that make a volume, in order, or why they make none.

    ``part`` tells the volumes of a series apart, in words. ``left_out`` marks scouts, which no volume is made of on
    purpose; ``reason`` is why there is none otherwise. ``irregular`` are slices that could be resampled.
    """

    slices: tuple[Slice, ...]
    part: str = ""
    grid: Grid | None = None
    irregular: Irregular | None = None
    left_out: bool = False
    reason: str = ""
    remedy: str = ""
    notes: tuple[str, ...] = ()

    @property
    def part_of_name(self) -> str:
        """``part`` as it stands in the name of a file; empty where the volume is the only one of its series."""
        return self.part.replace(" of ", "-of-").replace(", ", "-").replace(" ", "")


Compare = Callable[[Sequence[tuple[Slice, Slice]]], Sequence[bool | CovidcurateError]]


def plan_volumes(slices: Sequence[Slice], compare: Compare) -> list[VolumePlan]:
    """Return the volumes that slices make, ordered by series number, UID and place.

    Parameters
    ----------
    slices
        Slices of any number of series.
    compare
        Says of pairs of slices that lie in one place whether they show the same, or what kept it from seeing that;
        asked only where it matters.
    """
    plans = []
    series: dict[tuple[str, str], list[Slice]] = {}
    for one in sorted(slices, key=lambda one: (_number(one.series_number), one.series, str(one.path), one.frame)):
        series.setdefault((one.study, one.series), []).append(one)
    for members in series.values():
        groups = _alike(members)
        for number, group in enumerate(groups, start=1):
            part = f"part {number} of {len(groups)}" if len(groups) > 1 else ""
            plans.extend(_plan_group(group, part, compare))
    return plans


def _number(text: str) -> float:
    return float(text) if text.strip().lstrip("-").isdigit() else 0.0


def _alike(slices: Sequence[Slice]) -> list[list[Slice]]:
    """Return groups of one size, spacing and orientation, the largest first; scouts apart."""
    groups: list[list[Slice]] = []
    for one in slices:
        for group in groups:
            if _is_alike(group[0], one):
                group.append(one)
                break
        else:
            groups.append([one])
    return sorted(groups, key=len, reverse=True)


def _is_alike(one: Slice, other: Slice) -> bool:
    # What may differ moves no pixel by more than a small share of a voxel, the last of a row neither.
    limit = SUBVOXEL / max(one.rows, one.columns)
    cosines = zip(one.along_row + one.along_column, other.along_row + other.along_column, strict=True)
    spacings = ((one.row_spacing, other.row_spacing), (one.column_spacing, other.column_spacing))
    return (
        (one.rows, one.columns, one.is_localizer, one.modality)
        == (other.rows, other.columns, other.is_localizer, other.modality)
        and all(abs(a - b) <= limit for a, b in cosines)
        and all(abs(a - b) <= limit * a for a, b in spacings)
    )


def _plan_group(group: list[Slice], part: str, compare: Compare) -> list[VolumePlan]:
    if group[0].is_localizer:
        reason = f"{counted(len(group), 'scout image')} (ImageType LOCALIZER), no part of a volume"
        return [VolumePlan(tuple(group), part, left_out=True, reason=reason)]
    whole = _plan_stack(group, part)
    if whole.grid is not None:
        return [whole]
    for parts in _split_by_moment(group):
        plans = [
            _plan_stack(members, ", ".join(filter(None, (part, f"acquisition {number} of {len(parts)}"))))
            for number, members in enumerate(parts, start=1)
        ]
        if all(plan.grid is not None and len(plan.slices) > 1 for plan in plans):
            return plans
    return [_without_copies(group, part, compare)]


def _plan_stack(group: Sequence[Slice], part: str, notes: tuple[str, ...] = ()) -> VolumePlan:
    """Plan a volume of all slices of a group, as it is."""
    stack = stack_slices(group)
    ordered = tuple(group[index] for index in stack.order)
    if shared := stack.shared_places():
        where = ", ".join(f"{stack.places[run[0]]:.2f} mm ({len(run)} slices)" for run in shared[:3])
        more = f" and {len(shared) - 3} more places" if len(shared) > 3 else ""
        return VolumePlan(
            ordered,
            part,
            reason=f"several slices lie in one place and show different things: at {where}{more}",
            remedy="Nothing in their headers tells the acquisitions apart; sort them into folders, one for each.",
            notes=notes,
        )
    grid = fit_grid(group, stack)
    if isinstance(grid, Grid):
        return VolumePlan(ordered, part, grid, notes=(*notes, *_remarks(grid, group, stack)))
    remedy = _MISSING if "missing" in grid.reason else _UNEVEN
    return VolumePlan(ordered, part, irregular=grid, reason=grid.reason, remedy=remedy, notes=notes)


def _remarks(grid: Grid, group: Sequence[Slice], stack: Stack) -> list[str]:
    """Return what people should know of a volume that could be made."""
    remarks = []
    if grid.sheared:
        remarks.append(f"the slices lean by {grid.tilt:.2f} degrees, as those of a tilted gantry do")
    if grid.drift > _NOTEWORTHY:
        remarks.append(f"slices lie up to {grid.drift:.3f} mm beside the regular grid that fits them best")
    if len(group) == 1:
        remarks.append("a single slice: the distance to the next is not known")
    elif group[0].thickness > stack.usual_gap * (1 + _THICKER):
        remarks.append(f"slices overlap: {group[0].thickness:g} mm thick, {stack.usual_gap:.3f} mm apart")
    return remarks


def _split_by_moment(group: Sequence[Slice]) -> list[list[list[Slice]]]:
    """Return the ways to take a group apart by what tells acquisitions apart: number, time, temporal position."""
    ways = []
    for place in range(len(group[0].moments)):
        parts: dict[str, list[Slice]] = {}
        for one in group:
            parts.setdefault(one.moments[place], []).append(one)
        if 1 < len(parts) <= len(group) // 2 and "" not in parts:
            ways.append([parts[moment] for moment in sorted(parts, key=lambda text: (_number(text), text))])
    return ways


def _without_copies(group: Sequence[Slice], part: str, compare: Compare) -> VolumePlan:
    """Plan a volume without slices that are in the same place as another and show the same."""
    stack = stack_slices(group)
    pairs = []
    for run in stack.shared_places():
        first, *others = (group[stack.order[position]] for position in run)
        pairs += [(first, other) for other in others]
    copies = set()
    for (_, other), same in zip(pairs, compare(pairs), strict=True):
        if isinstance(same, CovidcurateError):
            reason = f"slices lie in one place, and cannot be compared: {same.message}"
            return VolumePlan(tuple(group), part, reason=reason, remedy=same.remedy or "Leave the broken one out.")
        if same:
            copies.add(id(other))
    kept = [one for one in group if id(one) not in copies]
    note = f"{len(copies)} of {len(group)} slices were left out: each is in the place of another and shows the same"
    return _plan_stack(kept, part, (note,) if copies else ())
