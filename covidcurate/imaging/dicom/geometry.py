"""The places of slices in the patient: their order, whether they make a regular grid, and the affine of that grid.

Everything comes from ImagePositionPatient and ImageOrientationPatient of every slice: file names, instance numbers,
SliceLocation and SliceThickness are wrong too often, and the first gap alone drifts over a long stack.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy

    from covidcurate.imaging.dicom.slices import Slice

    Numbers = numpy.ndarray[Any, numpy.dtype[numpy.float64]]

SUBVOXEL = 0.05
"""Share of a voxel by which a slice may lie beside its place in a regular grid."""
_SNAP = 0.02
"""Share of a pixel by which a grid may be off over its whole length to count as upright."""
SAME_PLACE = 0.01
"""Share of the usual gap (and mm, at most) below which two slices lie in one place."""


@dataclass(frozen=True)
class Stack:
    """Slices of one orientation in the order of their places.

    ``order`` are indices into the slices given, ``places`` mm along the normal; ``gaps`` those between neighbors.
    """

    order: tuple[int, ...]
    places: Numbers
    normal: Numbers

    @property
    def gaps(self) -> Numbers:
        """Distances of neighbors along the normal in mm."""
        return self.places[1:] - self.places[:-1]

    @property
    def usual_gap(self) -> float:
        """The median distance of neighbors that do not share a place; 0 if there are none."""
        import numpy

        gaps = self.gaps[self.gaps > SAME_PLACE]
        return float(numpy.median(gaps)) if len(gaps) else 0.0

    def shared_places(self) -> list[list[int]]:
        """Return runs of positions in ``order`` that lie in one place, of two or more."""
        limit = min(SAME_PLACE, self.usual_gap * SAME_PLACE) if self.usual_gap else SAME_PLACE
        runs: list[list[int]] = [[0]]
        for position, gap in enumerate(self.gaps, start=1):
            if gap <= limit:
                runs[-1].append(position)
            else:
                runs.append([position])
        return [run for run in runs if len(run) > 1]


@dataclass(frozen=True)
class Grid:
    """A regular grid: ``affine`` (4 x 4) takes column, row and slice number to RAS in mm.

    ``sheared`` says that the slices are not stacked along their normal, as those of a tilted gantry are; ``tilt`` is
    that angle in degrees, ``drift`` the largest distance of a slice from its place, in mm.
    """

    affine: Numbers
    sheared: bool
    tilt: float
    drift: float


@dataclass(frozen=True)
class Irregular:
    """Why slices make no regular grid, in words for people, and the distances that show it."""

    reason: str
    gaps: tuple[float, ...] = field(default_factory=tuple)


def stack_slices(slices: Sequence[Slice]) -> Stack:
    """Order slices of one orientation along their normal; those in one place keep the order given."""
    import numpy

    row, column = numpy.array(slices[0].along_row), numpy.array(slices[0].along_column)
    normal = numpy.cross(row, column)
    normal /= numpy.linalg.norm(normal)
    places = numpy.array([one.position for one in slices]) @ normal
    order = numpy.argsort(places, kind="stable")
    return Stack(tuple(int(index) for index in order), places[order], normal)


def fit_grid(slices: Sequence[Slice], stack: Stack) -> Grid | Irregular:
    """Return the grid that ordered slices make, or why they make none.

    The step from slice to slice is fitted to all positions by least squares.
    """
    import numpy

    first = slices[0]
    positions = numpy.array([slices[index].position for index in stack.order])
    numbers = numpy.arange(len(positions))
    if len(positions) == 1:
        return Grid(affine_of(first, positions[0], stack.normal * _lone_step(first)), False, 0.0, 0.0)
    # Fitted as a straight line in three dimensions: the origin, and the step from slice to slice.
    design = numpy.column_stack([numpy.ones(len(positions)), numbers])
    (origin, step), *_ = numpy.linalg.lstsq(design, positions, rcond=None)
    gap = float(step @ stack.normal)
    off = positions - (origin + numbers[:, None] * step)
    along = numpy.abs(off @ stack.normal)
    if gap <= 0 or along.max() > SUBVOXEL * gap:
        return _irregular(stack)
    across = numpy.linalg.norm(off - numpy.outer(off @ stack.normal, stack.normal), axis=1)
    pixel = min(first.row_spacing, first.column_spacing)
    if across.max() > SUBVOXEL * pixel:
        worst = int(across.argmax()) + 1
        return Irregular(f"slice {worst} of {len(positions)} is shifted sideways by {across.max():.2f} mm")
    sideways = step - gap * stack.normal
    lean = float(numpy.linalg.norm(sideways))
    if lean * (len(positions) - 1) <= _SNAP * pixel:
        # No more than the rounding of the header.
        return Grid(affine_of(first, origin, gap * stack.normal), False, 0.0, float(along.max()))
    tilt = float(numpy.degrees(numpy.arctan2(lean, gap)))
    return Grid(affine_of(first, origin, step), True, tilt, float(max(along.max(), across.max())))


def affine_of(one: Slice, origin: Numbers, step: Numbers) -> Numbers:
    """Return the affine (4 x 4, RAS in mm) of a grid with the pixels of a slice, an origin and a step in LPS."""
    import numpy

    affine = numpy.eye(4)
    affine[:3, 0] = numpy.array(one.along_row) * one.column_spacing
    affine[:3, 1] = numpy.array(one.along_column) * one.row_spacing
    affine[:3, 2] = step
    affine[:3, 3] = origin
    # DICOM counts to the left and to the back, NIfTI to the right and to the front.
    return numpy.diag([-1.0, -1.0, 1.0, 1.0]) @ affine


def _lone_step(one: Slice) -> float:
    """Return the step of a slice without neighbors: how thick it is, or as long as a pixel if that is not stated."""
    return one.thickness or min(one.row_spacing, one.column_spacing)


def _irregular(stack: Stack) -> Irregular:
    """Say what is wrong with gaps that are not all the same."""
    gaps, usual = stack.gaps, stack.usual_gap
    listed = tuple(float(gap) for gap in gaps)
    holes = [
        (number, round(gap / usual) - 1)
        for number, gap in enumerate(listed, start=1)
        if usual and gap > 1.5 * usual and abs(gap / usual - round(gap / usual)) < 2 * SUBVOXEL
    ]
    others = [gap for gap in listed if abs(gap - usual) > SUBVOXEL * usual]
    if holes and len(holes) == len(others) and len(holes) <= max(1, len(listed) // 10):
        places = ", ".join(
            f"{count} after slice {number} (at {stack.places[number - 1]:.2f} mm)" for number, count in holes[:5]
        )
        more = f" and {len(holes) - 5} more places" if len(holes) > 5 else ""
        return Irregular(f"slices are missing: {places}{more}; the others are {usual:.3f} mm apart", listed)
    low, high = min(listed), max(listed)
    changes = (number for number, gap in enumerate(listed, start=1) if abs(gap - listed[0]) > SUBVOXEL * usual)
    place = next(changes, 1)
    return Irregular(
        f"the distance of slices varies from {low:.3f} to {high:.3f} mm; it first changes after slice {place}", listed
    )
