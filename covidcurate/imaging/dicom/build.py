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
    if plan.grid is None and not (plan.irregular is not None and grids.resample):
        raise UnreadableError(plan.reason, remedy=plan.remedy)
    kept = plan.grid is not None and not (plan.grid.sheared and grids.tilt is Tilt.SHEAR)
    if plan.grid is not None and kept and (planes := planes_of(plan.slices)) is not None:
        volume = Volume(planes, plan.grid.affine, 1.0, 0.0, plan.grid.sheared, list(plan.notes))
        return _with_remark(volume)
    voxels, slope, intercept = read_voxels(plan.slices, frames)
    if plan.grid is None:
        volume = Volume(voxels, voxels, slope, intercept, notes=list(plan.notes))
        volume.notes.append(plan.reason)
        return resample(volume, plan.slices)
    volume = Volume(voxels, plan.grid.affine, slope, intercept, plan.grid.sheared, list(plan.notes))
    if plan.grid.sheared and grids.tilt is Tilt.SHEAR:
        return resample(volume, plan.slices)
    return _with_remark(volume)


def _with_remark(volume: Volume) -> Volume:
    if volume.sheared:
        volume.notes.append("kept as measured with a sheared affine; --tilt shear makes it upright by interpolation")
    return volume
