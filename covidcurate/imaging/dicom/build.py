"""Make the volume of a plan: exact where the slices are regular, resampled where the user asks for it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from covidcurate.errors import UnreadableError
from covidcurate.imaging.dicom.resample import resample
from covidcurate.imaging.dicom.series import VolumePlan
from covidcurate.imaging.dicom.volume import Frames, Volume, planes_of, read_frames, read_voxels


class Tilt(Enum):
    """What is done about slices that are not stacked along their normal."""

    KEEP = "keep"
    """Every value stays as it was measured; the affine is sheared, which some programs refuse to read."""
    SHEAR = "shear"
    """Slices are moved sideways onto an upright grid, and values interpolated."""


@dataclass(frozen=True, slots=True)
class Grids:
    """What may be done to slices that make no upright, regular grid."""

    resample: bool = False
    tilt: Tilt = Tilt.KEEP


def build_volume(plan: VolumePlan, grids: Grids | None = None, frames: Frames = read_frames) -> Volume:
    """Read the voxels of a plan and give them their place.

    Parameters
    ----------
    frames
        What reads slices that have to be decoded.

    Raises
    ------
    UnreadableError
        The plan says why it makes no volume, or a slice cannot be read.
    """
    grids = grids or Grids()
    grid, notes = plan.grid, list(plan.notes)
    if grid is None:
        if plan.irregular is None or not grids.resample:
            raise UnreadableError(plan.reason, remedy=plan.remedy)
        notes.append(plan.reason)
    if grid is None or (grid.sheared and grids.tilt is Tilt.SHEAR):
        voxels, slope, intercept = read_voxels(plan.slices, frames)
        # A grid is made anew: nothing looks at the affine of this one.
        return resample(Volume(voxels, voxels, slope, intercept, notes=notes), plan.slices)
    if grid.sheared:
        notes.append("kept as measured with a sheared affine; --tilt shear makes it upright by interpolation")
    if (planes := planes_of(plan.slices)) is not None:
        return Volume(planes, grid.affine, sheared=grid.sheared, notes=notes)
    voxels, slope, intercept = read_voxels(plan.slices, frames)
    return Volume(voxels, grid.affine, slope, intercept, grid.sheared, notes)
