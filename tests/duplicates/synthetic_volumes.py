"""Synthetic chests: a body on a table, lungs, a spine, vessels and noise in HU; no two seeds are one person."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
from PIL import Image

SHAPE = (112, 96, 40)
SIZES = (3.0, 3.0, 5.0)


def chest(seed: int, noise: int | None = None) -> Any:
    """Return voxels (int16) with axes to the right, front and head; ``noise`` is a seed of its own."""
    random = np.random.default_rng(seed)
    x, y, z = np.meshgrid(*(np.linspace(-1, 1, length) for length in SHAPE), indexing="ij")
    values = np.full(SHAPE, -1000.0)
    width, depth = random.uniform(0.7, 0.8), random.uniform(0.5, 0.6)
    values[(x / width) ** 2 + (y / depth) ** 2 < 1] = 40
    for side in (-1, 1):
        reach = random.uniform(0.25, 0.32) * (1.1 - 0.4 * (z - random.uniform(-0.3, 0.3)) ** 2)
        lung = ((x - side * random.uniform(0.34, 0.4)) / reach) ** 2 + (y / (depth * 0.8)) ** 2 < 1
        values[lung] = -850
    for _ in range(40):
        middle, size = random.uniform(-0.55, 0.55, 3), random.uniform(0.02, 0.12)
        at = ((x - middle[0]) ** 2 + (y - 0.8 * middle[1]) ** 2 + ((z - 1.6 * middle[2]) / 2) ** 2) < size**2
        values[at] = random.choice([-300, 60, 120])
    values[x**2 + (y + 0.6 * depth) ** 2 < 0.012 * (1.2 + np.sin(9 * z + seed))] = 500
    values[:, 8:10, :] = np.maximum(values[:, 8:10, :], -100)
    values += np.random.default_rng(seed + 1000 if noise is None else noise).normal(0, 15, SHAPE)
    return np.clip(np.rint(values), -1024, 3071).astype(np.int16)


def write_nifti(path: Path, voxels: Any, affine: Any = None) -> Path:
    """Write a NIfTI file; the affine is upright if none is given."""
    path.parent.mkdir(parents=True, exist_ok=True)
    nib.save(nib.Nifti1Image(voxels, np.diag([*SIZES, 1.0]) if affine is None else affine), path)
    return path


def windowed(voxels: Any, center: float, width: float) -> Any:
    """Return grey levels (uint8) of voxels seen through a window."""
    return (np.clip((voxels - (center - width / 2)) / width, 0, 1) * 255 + 0.5).astype(np.uint8)


def picture(voxels: Any, number: int, center: float = -600, width: float = 1500) -> Image.Image:
    """Return an axial slice, counted from 1, as radiologists see it."""
    return Image.fromarray(np.ascontiguousarray(windowed(voxels[:, ::-1, number - 1][::-1].T, center, width)))
