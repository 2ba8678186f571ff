"""Describe a NIfTI file."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

from covidcurate.errors import UnreadableError
from covidcurate.imaging.describe.description import Description, Fact
from covidcurate.imaging.filetype import FileType
from covidcurate.imaging.nibabel_quietly import import_nibabel
from covidcurate.imaging.strip import find_metadata

_TEXTS = ("data_type", "db_name", "descrip", "aux_file", "intent_name")
_AGREE = 1e-3
"""Millimeters by which sform and qform may differ."""


def describe_nifti(path: Path, kind: FileType, odd: list[str], *, show_phi: bool) -> Description:
    """Return the description of a NIfTI file; ``odd`` is what is known of it already."""
    nibabel = import_nibabel()
    import numpy

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            image = nibabel.load(path)
            header = image.header
            odd += _oddities(numpy, image)
            hidden = _texts(header)
            facts = _facts(nibabel, image)
    except Exception as error:
        # Whatever a reader raises, the file is at fault.
        raise UnreadableError(f"{path.name}: its header cannot be read ({type(error).__name__})") from error
    # Of a pair, the header cannot be cleaned, and is not looked into further.
    found = find_metadata(path, kind) if kind is not FileType.NIFTI_PAIR else tuple(hidden)
    shown = {name: (text,) for name, text in hidden.items()} if show_phi else {}
    return Description(kind, path.stat().st_size, facts, tuple(odd), dict.fromkeys(found, 1), {}, shown)


def _facts(nibabel: Any, image: Any) -> dict[str, Fact]:
    header = image.header
    slope, intercept = header.get_slope_inter()
    return {
        "format": type(image).__name__,
        "voxels": [int(length) for length in image.shape],
        "voxel size": [round(float(size), 6) for size in header.get_zooms()],
        "units": " ".join(header.get_xyzt_units()),
        "orientation": "".join(axis or "?" for axis in nibabel.aff2axcodes(image.affine)),
        "data type": str(header.get_data_dtype().name),
        "byte order": "big endian" if header.endianness == ">" else "little endian",
        "scaling": f"x {slope:g} + {intercept:g}" if slope is not None else "none",
        "qform code": int(header["qform_code"]),
        "sform code": int(header["sform_code"]),
    }


def _oddities(numpy: Any, image: Any) -> list[str]:
    header, found = image.header, []
    codes = int(header["qform_code"]), int(header["sform_code"])
    if not any(codes):
        found.append("neither qform nor sform is set, so that nothing says what is left and right")
    if not numpy.isfinite(image.affine).all():
        found.append("its affine is not finite")
    elif all(codes):
        difference = float(numpy.abs(header.get_qform() - header.get_sform()).max())
        if difference > _AGREE:
            found.append(f"qform and sform differ by up to {difference:.3f}")
    sizes = [float(size) for size in header.get_zooms()[:3]]
    if min(sizes, default=1) <= 0:
        found.append("a voxel size is not above 0")
    columns = image.affine[:3, :3]
    lengths = numpy.linalg.norm(columns, axis=0)
    if numpy.isfinite(columns).all() and lengths.min() > 0:
        cosines = (columns / lengths).T @ (columns / lengths) - numpy.eye(3)
        if numpy.abs(cosines).max() > _AGREE:
            found.append("its affine is sheared, which some programs refuse")
    return found


def _texts(header: Any) -> dict[str, str]:
    """Return the text fields that are not blank."""
    texts = {}
    for name in _TEXTS:
        if name in header.keys():  # noqa: SIM118 - a header is no dict
            text = bytes(header[name].item()).decode("latin-1").strip("\x00 ")
            if text:
                texts[name] = text
    for number, extension in enumerate(getattr(header, "extensions", ()), start=1):
        texts[f"extension {number} (code {extension.get_code()})"] = str(extension.get_content())[:2000]
    return texts
