"""Grey levels of DICOM pictures against the formulas of DICOM PS3.3 C.7.6.3 and C.11, written down once more here."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from pydicom import Dataset, Sequence
from pydicom.uid import DigitalXRayImageStorageForPresentation, ExplicitVRBigEndian

from covidcurate.cli.main import run
from tests.convert.synthetic_series import header, save

RAMP = np.arange(4096, dtype=np.uint16).reshape(64, 64)


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def film(stored: Any = RAMP, **attributes: Any) -> Dataset:
    """Return a synthetic film; attributes change its header."""
    image = header("2.25.7", 1, stored)
    image.SOPClassUID = image.file_meta.MediaStorageSOPClassUID = DigitalXRayImageStorageForPresentation
    image.Modality, image.PatientName = "DX", "SYNTHETIC^FILM"
    image.BitsAllocated = 8 * stored.dtype.itemsize
    for keyword, value in attributes.items():
        setattr(image, keyword, value)
    return image


@pytest.fixture
def render(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[Any, list[str]]]:
    """Return a function that converts a film with the program, and gives the picture and the notes."""

    def make(image: Dataset, *options: str, ending: str = "png") -> tuple[Any, list[str]]:
        save(image, tmp_path / "film.dcm")
        out = tmp_path / f"picture.{ending}"
        code = run(["convert", "film.dcm", str(out), "--overwrite", "--format", "json", "-q", *options])
        (item,) = json.loads(capsys.readouterr().out)["items"]
        assert code == 0, item
        with Image.open(out) as picture:
            return np.asarray(picture).astype(np.float64), item["notes"]

    return make


def linear(x: Any, center: float, width: float) -> Any:
    """C.11.2.1.2.1, word for word."""
    low, high = center - 0.5 - (width - 1) / 2, center - 0.5 + (width - 1) / 2
    with np.errstate(all="ignore"):
        middle = ((x - (center - 0.5)) / (width - 1) + 0.5) * 255
    return np.where(x <= low, 0, np.where(x > high, 255, middle))


def linear_exact(x: Any, center: float, width: float) -> Any:
    """C.11.2.1.3.2."""
    middle = ((x - center) / width + 0.5) * 255
    return np.where(x <= center - width / 2, 0, np.where(x > center + width / 2, 255, middle))


def sigmoid(x: Any, center: float, width: float) -> Any:
    """C.11.2.1.3.1."""
    return 255 / (1 + np.exp(-4 * (x - center) / width))


def item(**values: Any) -> Sequence:
    entry = Dataset()
    for keyword, value in values.items():
        setattr(entry, keyword, value)
    return Sequence([entry])


def voi_lut(first: int, entries: Any, bits: int) -> Sequence:
    entry = Dataset()
    entry.add_new("LUTDescriptor", "SS" if first < 0 else "US", [len(entries) % 65536, first, bits])
    entry.add_new("LUTData", "OW", np.asarray(entries, "<u2").tobytes())
    return Sequence([entry])


X = RAMP.astype(np.float64)
CURVE = (np.sqrt(np.arange(2048) / 2047) * 4095).astype(int)
PADDED = np.where(np.arange(4096).reshape(64, 64) < 500, 4095, RAMP % 2000 + 100).astype(np.uint16)
FULL = X * 255 / 4095

# The header of a film, and what its grey levels are to be.
CASES: dict[str, tuple[Dataset, Any]] = {
    "no window": (film(), FULL),
    "LINEAR": (film(WindowCenter=1500, WindowWidth=1000), linear(X, 1500, 1000)),
    "LINEAR of an even width": (film(WindowCenter=1500, WindowWidth=3), linear(X, 1500, 3)),
    "LINEAR_EXACT": (
        film(WindowCenter=1500, WindowWidth=1000, VOILUTFunction="LINEAR_EXACT"), linear_exact(X, 1500, 1000),
    ),
    "SIGMOID": (film(WindowCenter=1500, WindowWidth=1000, VOILUTFunction="SIGMOID"), sigmoid(X, 1500, 1000)),
    "several windows": (film(WindowCenter=[900, 2000], WindowWidth=[800, 50]), linear(X, 900, 800)),
    "rescale, then window": (
        film(RescaleSlope=2, RescaleIntercept=-1000, WindowCenter=500, WindowWidth=3000),
        linear(X * 2 - 1000, 500, 3000),
    ),
    "negative slope": (film(RescaleSlope=-1, RescaleIntercept=4095), 255 - FULL),
    "window that no pixel fills": (film(WindowCenter=4000, WindowWidth=8000), linear(X, 4000, 8000)),
    "MONOCHROME1": (
        film(PhotometricInterpretation="MONOCHROME1", WindowCenter=1500, WindowWidth=1000), 255 - linear(X, 1500, 1000),
    ),
    "PresentationLUTShape INVERSE": (
        film(PresentationLUTShape="INVERSE", WindowCenter=1500, WindowWidth=1000), 255 - linear(X, 1500, 1000),
    ),
    "MONOCHROME1 and INVERSE": (
        film(PhotometricInterpretation="MONOCHROME1", PresentationLUTShape="INVERSE"), 255 - FULL,
    ),
    "VOI LUT": (
        film(VOILUTSequence=voi_lut(1000, CURVE, 12)), CURVE[np.clip(RAMP.astype(int) - 1000, 0, 2047)] * 255 / 4095,
    ),
    "VOI LUT from a negative value": (
        film(RescaleSlope=1, RescaleIntercept=-2000, VOILUTSequence=voi_lut(-1000, CURVE, 12)),
        CURVE[np.clip(RAMP.astype(int) - 1000, 0, 2047)] * 255 / 4095,
    ),
    "modality LUT": (
        film(ModalityLUTSequence=voi_lut(0, 4095 - np.arange(4096), 16), WindowCenter=2000, WindowWidth=4000),
        linear(4095 - X, 2000, 4000),
    ),
    "padding": (
        film(PADDED, PixelPaddingValue=4095), np.where(PADDED == 4095, 0, (PADDED - 100.0) * 255 / 1999),
    ),
    "padding, inverted": (
        film(PADDED, PixelPaddingValue=4095, PhotometricInterpretation="MONOCHROME1"),
        np.where(PADDED == 4095, 0, 255 - (PADDED - 100.0) * 255 / 1999),
    ),
    "range of padding": (
        film(PADDED, PixelPaddingValue=4095, PixelPaddingRangeLimit=2000),
        np.where(PADDED >= 2000, 0, (PADDED - 100.0) * 255 / 1899),
    ),
    "width 1": (film(WindowCenter=1500, WindowWidth=1), np.where(X <= 1499.5, 0, 255)),
    "width 0 is not allowed": (film(WindowCenter=1500, WindowWidth=0), FULL),
    "width below 0, then a good one": (film(WindowCenter=[5, 900], WindowWidth=[-3, 800]), linear(X, 900, 800)),
    "8 bits": (
        film((RAMP % 256).astype(np.uint8), BitsStored=8, HighBit=7), (RAMP % 256).astype(np.float64),
    ),
    "signed": (
        film((RAMP.astype(np.int32) - 2048).astype(np.int16), WindowCenter=0, WindowWidth=2000),
        linear(X - 2048, 0, 2000),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_grey_levels_are_those_of_the_standard(name: str, render: Any) -> None:
    image, expected = CASES[name]
    pixels, notes = render(image)
    assert np.abs(pixels - expected).max() <= 1
    if "several" in name:
        assert any("2 windows; the first is used" in note for note in notes)
    if "not allowed" in name or "below 0" in name:
        assert any("WindowWidth (0028,1051) is below what the standard allows" in note for note in notes)


@pytest.mark.parametrize("name", CASES)
def test_sixteen_bits_are_the_same_more_finely(name: str, render: Any) -> None:
    image, expected = CASES[name]
    pixels, _ = render(image, "--bits", "16")
    assert pixels.max() > 255
    assert np.abs(pixels / 257 - expected).max() <= 1
    if name == "no window":
        assert np.abs(pixels - X * 65535 / 4095).max() <= 1


def test_the_window_of_the_user_wins(render: Any) -> None:
    image = film(RescaleSlope=1, RescaleIntercept=-1024, WindowCenter=9, WindowWidth=9)
    for option, window in {
        "lung": (-600, 1500),
        "mediastinum": (40, 400),
        "bone": (400, 1800),
        "-5,77": (-5, 77),
    }.items():
        pixels, _ = render(image, "--window", option)
        assert np.abs(pixels - linear(X - 1024, *window)).max() <= 1
    pixels, _ = render(image, "--window", "full")
    assert np.abs(pixels - FULL).max() <= 1


def test_invert_and_overlays_only_when_asked(render: Any) -> None:
    image = film()
    plane = np.zeros((64, 64), np.uint8)
    plane[10:20, 30:40] = 1
    block = {0x0010: ("US", 64), 0x0011: ("US", 64), 0x0050: ("SS", [1, 1]), 0x0100: ("US", 1), 0x0102: ("US", 0)}
    for element, (vr, value) in {**block, 0x0040: ("CS", "G")}.items():
        image.add_new((0x6000, element), vr, value)
    image.add_new((0x6000, 0x3000), "OW", np.packbits(plane, bitorder="little").tobytes())
    assert np.abs(render(image)[0] - FULL).max() <= 1
    assert np.abs(render(image, "--invert")[0] - (255 - FULL)).max() <= 1
    drawn, _ = render(image, "--overlays")
    assert (drawn[plane == 1] == 255).all()
    assert np.abs(drawn - FULL)[plane == 0].max() <= 1


@pytest.mark.parametrize("ratio", [["1", "2"], ["2", "1"]])
def test_pixels_become_square(ratio: list[str], render: Any) -> None:
    pixels, notes = render(film(PixelAspectRatio=ratio))
    assert pixels.shape == ((64, 128) if ratio == ["1", "2"] else (128, 64))
    assert any("resized from 64 x 64" in note for note in notes)


def test_the_longer_side_is_bounded(render: Any) -> None:
    pixels, notes = render(film(RAMP[:32]), "--max-size", "16")
    assert pixels.shape == (8, 16)
    assert any("resized from 64 x 32 to 16 x 8" in note for note in notes)


def test_one_bit_pixels(render: Any) -> None:
    bits = (np.arange(64 * 9) % 3 == 0).astype(np.uint8).reshape(9, 64)
    image = film(
        bits, BitsAllocated=1, BitsStored=1, HighBit=0, PixelData=np.packbits(bits, bitorder="little").tobytes()
    )
    assert np.array_equal(render(image)[0], bits * 255.0)


COLORS = np.random.default_rng(3).integers(0, 256, (12, 10, 3)).astype(np.uint8)


@pytest.mark.parametrize("planar", [0, 1])
def test_color_by_pixel_and_by_plane(planar: int, render: Any) -> None:
    data = np.moveaxis(COLORS, 2, 0) if planar else COLORS
    image = film(COLORS[..., 0], SamplesPerPixel=3, PlanarConfiguration=planar, PhotometricInterpretation="RGB")
    image.Rows, image.Columns, image.BitsStored, image.HighBit = 12, 10, 8, 7
    image.PixelData = data.tobytes()
    assert np.array_equal(render(image)[0], COLORS)


def test_ybr(render: Any) -> None:
    r, g, b = (COLORS[..., band].astype(np.float64) for band in range(3))
    # PS3.3 C.7.6.3.1.2, YBR_FULL.
    ybr = (
        0.299 * r + 0.587 * g + 0.114 * b, -0.168736 * r - 0.331264 * g + 0.5 * b + 128,
        0.5 * r - 0.418688 * g - 0.081312 * b + 128,
    )  # fmt: skip
    stored = np.clip(np.rint(np.stack(ybr, axis=2)), 0, 255).astype(np.uint8)
    image = film(COLORS[..., 0], SamplesPerPixel=3, PlanarConfiguration=0, PhotometricInterpretation="YBR_FULL")
    image.Rows, image.Columns, image.BitsStored, image.HighBit, image.PixelData = 12, 10, 8, 7, stored.tobytes()
    assert np.abs(render(image)[0] - COLORS).max() <= 2


@pytest.mark.parametrize("bits", [8, 16])
def test_palettes(bits: int, render: Any) -> None:
    indices = np.arange(256, dtype=np.uint8).reshape(16, 16)
    image = film(indices, PhotometricInterpretation="PALETTE COLOR", BitsStored=8, HighBit=7)
    table = np.random.default_rng(4).integers(0, 256, (3, 256))
    for band, color in enumerate(("Red", "Green", "Blue")):
        setattr(image, f"{color}PaletteColorLookupTableDescriptor", [256, 0, bits])
        entries = (table[band] * 257).astype("<u2") if bits == 16 else table[band].astype(np.uint8)
        image.add_new(f"{color}PaletteColorLookupTableData", "OW", entries.tobytes())
    pixels, _ = render(image)
    assert np.abs(pixels - np.moveaxis(table, 0, 2 - 1)[indices.reshape(-1)].reshape(16, 16, 3)).max() <= 1


def test_each_frame_is_a_file_or_the_one_that_is_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    frames = np.stack([np.full((8, 8), number * 1000, np.uint16) for number in (1, 2, 3)])
    image = film(frames, NumberOfFrames=3, WindowCenter=2048, WindowWidth=4096)
    save(image, tmp_path / "cine.dcm")
    assert run(["convert", "cine.dcm", "out", "-q"]) == 0
    levels = [np.asarray(Image.open(tmp_path / "out" / f"cine-{number:04d}.png"))[0, 0] for number in (1, 2, 3)]
    assert levels == [62, 125, 187]
    assert run(["convert", "cine.dcm", "second.png", "--frame", "2", "-q"]) == 0
    assert np.asarray(Image.open(tmp_path / "second.png"))[0, 0] == 125
    assert run(["convert", "cine.dcm", "fourth.png", "--frame", "4", "-q"]) == 4
    assert "it has 3 frames, so there is no frame 4" in capsys.readouterr().out


def test_big_endian(render: Any) -> None:
    image = film(RAMP.astype(">u2"))
    image.file_meta.TransferSyntaxUID = ExplicitVRBigEndian
    assert np.abs(render(image)[0] - FULL).max() <= 1


def test_jpeg_has_the_quality_that_is_asked_for(render: Any, tmp_path: Path) -> None:
    fine, _ = render(film(), "--quality", "100", ending="jpg")
    assert np.abs(fine - FULL).max() <= 3
    size = (tmp_path / "picture.jpg").stat().st_size
    render(film(), "--quality", "30", ending="jpg")
    assert (tmp_path / "picture.jpg").stat().st_size < size


def test_a_png_holds_pixels_and_nothing_else(render: Any, tmp_path: Path) -> None:
    render(film(PatientComments="SYNTHETIC COMMENT", PixelSpacing=[0.1, 0.1]))
    data = (tmp_path / "picture.png").read_bytes()
    kinds, place = [], 8
    while place < len(data):
        kinds.append(data[place + 4 : place + 8])
        place += 12 + int.from_bytes(data[place : place + 4], "big")
    assert kinds == [b"IHDR", b"IDAT", b"IEND"]


def test_real_films_are_upright_and_the_falsely_labeled_one_is_reported(
    shared_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["convert", str(shared_data / "dicom" / "chest-cr"), "out", "--format", "json", "-q"]) == 0
    items = json.loads(capsys.readouterr().out)["items"]
    noted = [item["inputs"][0] for item in items if any("looks inverted" in note for note in item["notes"])]
    assert [Path(name).name for name in noted] == ["Fake_MONOHR1.dcm"]
    assert len(items) == 5
