"""What is fuzzed: functions that are given the path of a file and may raise nothing but a CovidcurateError.

Add a function here and to TARGETS, and it is fuzzed. Modules are imported when a target first runs; one whose module
is not there is left out, and said to be.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from itertools import islice
from pathlib import Path

MOST_FRAMES = 3
GETTERS = {
    "get_text": [
        "PatientName",
        "StudyDate",
        "SeriesInstanceUID",
        "Modality",
        "ImageType",
        "PixelSpacing",
        "PatientAge",
    ],
    "get_int": ["Rows", "Columns", "NumberOfFrames", "BitsStored", "InstanceNumber", "SamplesPerPixel"],
    "get_numbers": ["PixelSpacing", "ImagePositionPatient", "ImageOrientationPatient", "WindowCenter", "RescaleSlope"],
    "get_items": ["VOILUTSequence", "SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence"],
}


def verify(path: Path) -> None:
    from covidcurate.imaging import verify_image

    verify_image(path)


def metadata(path: Path) -> None:
    from covidcurate.imaging import find_metadata, sniff_file, without_metadata

    kind = sniff_file(path)
    find_metadata(path, kind)
    without_metadata(path.read_bytes(), kind)


def inspect(path: Path) -> None:
    from covidcurate.imaging import read_mode, read_orientation

    read_mode(path)
    read_orientation(path)


def header(path: Path) -> None:
    from covidcurate.errors import CovidcurateError
    from covidcurate.imaging.dicom import header as getters
    from covidcurate.imaging.dicom import read_dicom

    dataset = read_dicom(path, pixels=False)
    for name, keywords in GETTERS.items():
        for keyword in keywords:
            try:
                getattr(getters, name)(dataset, keyword)
            except CovidcurateError:
                continue  # the next value may be readable


def frames(path: Path) -> None:
    from covidcurate.imaging.dicom import read_dicom
    from covidcurate.imaging.dicom.pixels import decode_frames

    for _ in islice(decode_frames(read_dicom(path)), MOST_FRAMES):
        pass


def render(path: Path) -> None:
    from covidcurate.imaging.dicom import read_dicom
    from covidcurate.imaging.dicom.render import Look, render_frames
    from covidcurate.imaging.window import WindowChoice

    look = Look(WindowChoice.parse("auto"), 8, True, False)
    for _ in islice(render_frames(read_dicom(path), look), MOST_FRAMES):
        pass


def volume(path: Path) -> None:
    from covidcurate.convert.inputs import Source
    from covidcurate.convert.look import look
    from covidcurate.errors import UnreadableError
    from covidcurate.imaging.dicom.build import Grids, Tilt, build_volume
    from covidcurate.imaging.dicom.series import plan_volumes
    from covidcurate.imaging.dicom.volume import SliceReader
    from covidcurate.imaging.nifti_write import write_nifti

    looked = look(Source(path, path.name))
    if looked is None:
        return
    if not looked.slices:
        raise UnreadableError(looked.no_slices)
    for plan in plan_volumes(looked.slices, lambda pairs: [SliceReader().same_pixels(*pair) for pair in pairs]):
        write_nifti(io.BytesIO(), build_volume(plan, Grids(True, Tilt.SHEAR)), compress=False)


def raster(path: Path) -> None:
    from covidcurate.imaging.picture import Encoding, encode_picture
    from covidcurate.imaging.raster import read_raster

    for picture in islice(read_raster(path), MOST_FRAMES):
        encode_picture(picture, Encoding("png", 8, 64))


def planes(path: Path) -> None:
    from covidcurate.imaging.planes import Cut, cut_volume

    for _ in cut_volume(path, Cut(which="middle")):
        pass


def describe(path: Path) -> None:
    from covidcurate.imaging.describe import describe as tell

    tell(path)


def deidentify(path: Path) -> None:
    from covidcurate.imaging.deidentify.clean import clean_dataset
    from covidcurate.imaging.dicom import read_dicom

    clean_dataset(read_dicom(path), b"synthetic key of a fuzzer".ljust(32))


def identifiers(path: Path) -> None:
    from covidcurate.imaging.dicom import read_dicom
    from covidcurate.imaging.leaks import identifiers_of_dataset

    identifiers_of_dataset(read_dicom(path))


TARGETS: dict[str, Callable[[Path], None]] = {
    "verify": verify, "metadata": metadata, "inspect": inspect, "header": header, "frames": frames, "render": render,
    "volume": volume, "raster": raster, "planes": planes, "describe": describe, "deidentify": deidentify,
    "identifiers": identifiers,
}  # fmt: skip
