"""Pictures against the reference of tests/imaging/dicom/synthetic_films.py: each pixel within one grey level."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from pydicom import Dataset, dcmread
from pydicom.encaps import encapsulate
from pydicom.uid import JPEGBaseline8Bit

from covidcurate.cli.main import run
from tests.imaging.dicom.synthetic_films import Film, Lut, random_film, write_color
from tests.imaging.dicom.synthetic_series import Plane, stack, write_enhanced

RAMP = np.arange(4096, dtype=np.uint16).reshape(64, 64)
SIGNED = (np.arange(4096) - 2048).astype(np.int16).reshape(64, 64)
ROOT = tuple(int(x) for x in np.sqrt(np.arange(1500) / 1499) * 1023)


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def pictures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[list[Any], dict[str, Any]]]:
    """Return a function that converts ``film.dcm`` to PNG, and gives the pictures in order, and the item."""

    def make(*options: str) -> tuple[list[Any], dict[str, Any]]:
        out = tmp_path / f"out{'-'.join(options)}"
        code = run(["convert", str(tmp_path / "film.dcm"), str(out), "--to", "png", "--format", "json", *options])
        (item,) = json.loads(capsys.readouterr().out)["items"]
        assert code == 0, item
        return [np.asarray(Image.open(path)).astype(np.float64) for path in sorted(out.iterdir())], item

    return make


def _with_padding(stored: Any, value: int) -> Any:
    stored = stored.copy()
    stored[:9, :] = value
    return stored


FILMS: dict[str, Film] = {
    "ramp": Film(RAMP),
    "LINEAR": Film(RAMP, window=(2000, 1500)),
    "LINEAR of width 2": Film(RAMP, window=(2000, 2)),
    "LINEAR of width 1": Film(RAMP, window=(2000, 1)),
    "LINEAR, fractions": Film(RAMP, window=(1999.7, 12.3)),
    "LINEAR_EXACT": Film(RAMP, window=(2000, 1500), function="LINEAR_EXACT"),
    "LINEAR_EXACT narrower than 1": Film(RAMP, window=(2000, 0.5), function="LINEAR_EXACT"),
    "SIGMOID": Film(RAMP, window=(2000, 700), function="SIGMOID"),
    "SIGMOID, narrow": Film(RAMP, window=(2000, 0.25), function="SIGMOID"),
    "MONOCHROME1": Film(RAMP, photometric="MONOCHROME1", window=(2000, 1500)),
    "INVERSE": Film(RAMP, shape="INVERSE", window=(2000, 1500)),
    "MONOCHROME1, and INVERSE as it has to be": Film(RAMP, photometric="MONOCHROME1", shape="INVERSE"),
    "rescale": Film(RAMP, slope=0.5, intercept=-512.0, window=(100, 900)),
    "rescale, no window": Film(RAMP, slope=-2.0, intercept=77.0),
    "signed": Film(SIGNED, window=(-100, 900)),
    "signed, no window": Film(SIGNED),
    "16 bits": Film((RAMP * 16).astype(np.uint16), bits=16, window=(40000, 30000)),
    "signed 16 bits": Film((SIGNED * np.int16(15)).astype(np.int16), bits=16, window=(-9000, 30000)),
    "32 bits": Film(RAMP.astype(np.uint32) * 70000, bits=32, window=(1e8, 2e8)),
    "VOI LUT": Film(RAMP, voi=Lut(900, ROOT, 10)),
    "VOI LUT, inverted": Film(RAMP, voi=Lut(900, ROOT, 10), photometric="MONOCHROME1"),
    "VOI LUT from below 0": Film(SIGNED, voi=Lut(-700, ROOT, 10)),
    "VOI LUT from below 0 of unsigned values": Film(RAMP, slope=1.0, intercept=-2048.0, voi=Lut(-700, ROOT, 10)),
    "VOI LUT of 65536 entries": Film(
        (RAMP * 16).astype(np.uint16), bits=16, voi=Lut(0, tuple(range(65535, -1, -1)), 16)
    ),
    "modality LUT": Film(RAMP, modality=Lut(100, tuple(range(3000, 0, -1)), 16), window=(1500, 2000)),
    "modality LUT from below 0": Film(SIGNED, modality=Lut(-1500, tuple(range(3000)), 16), window=(1500, 2000)),
    "modality LUT, then VOI LUT": Film(RAMP, modality=Lut(0, tuple(range(4096)), 16), voi=Lut(900, ROOT, 10)),
    "padding": Film(_with_padding(RAMP, 4095), padding=(4095,)),
    "padding in MONOCHROME1": Film(_with_padding(RAMP, 0), padding=(0,), photometric="MONOCHROME1"),
    "padding and a window": Film(_with_padding(RAMP, 4095), padding=(4095,), window=(2000, 1500)),
    "padding, signed": Film(_with_padding(SIGNED, -2048), padding=(-2048,), slope=1.0, intercept=-3.0),
    "range of padding": Film(RAMP, padding=(3000, 4095)),
    "range of padding, the other way": Film(RAMP, padding=(200, 0), photometric="MONOCHROME1"),
    "padding and a VOI LUT": Film(_with_padding(RAMP, 2000), padding=(2000,), voi=Lut(900, ROOT, 10)),
}


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("name", FILMS)
def test_levels_are_those_of_the_formulas(name: str, bits: int, tmp_path: Path, pictures: Any) -> None:
    FILMS[name].write(tmp_path / "film.dcm")
    _check(FILMS[name], bits, pictures)


@pytest.mark.parametrize("seed", range(80))
def test_films_drawn_at_random(seed: int, tmp_path: Path, pictures: Any) -> None:
    film = random_film(seed)
    film.write(tmp_path / "film.dcm")
    _check(film, 16 if seed % 2 else 8, pictures)


def _check(film: Film, bits: int, pictures: Any) -> None:
    (pixels,), _ = pictures("--bits", str(bits))
    expected = film.expected((1 << bits) - 1)
    off = np.abs(pixels - expected)
    assert off.max() <= 1, (
        film.stored.ravel()[off.argmax()],
        pixels.ravel()[off.argmax()],
        expected.ravel()[off.argmax()],
    )


@pytest.mark.parametrize("width", ["0", "-5"])
def test_a_width_that_is_none_is_not_followed_but_said(width: str, tmp_path: Path, pictures: Any) -> None:
    Film(RAMP, header={"WindowCenter": "2000", "WindowWidth": width}).write(tmp_path / "film.dcm")
    (pixels,), item = pictures()
    assert np.abs(pixels - Film(RAMP).expected()).max() <= 1
    assert any("indow" in note for note in item["notes"])


def test_the_first_of_several_windows_is_used(tmp_path: Path, pictures: Any) -> None:
    header = {"WindowCenter": ["2000", "100"], "WindowWidth": ["1500", "20"]}
    Film(RAMP, header=header).write(tmp_path / "film.dcm")
    (pixels,), _ = pictures()
    assert np.abs(pixels - FILMS["LINEAR"].expected()).max() <= 1


@pytest.mark.parametrize("value", [0, 7, 4095])
def test_a_film_of_one_value_is_one_level(value: int, tmp_path: Path, pictures: Any) -> None:
    Film(np.full((5, 6), value, np.uint16)).write(tmp_path / "film.dcm")
    (pixels,), _ = pictures()
    assert np.unique(pixels).size == 1


def test_nothing_but_padding_is_black(tmp_path: Path, pictures: Any) -> None:
    Film(np.full((5, 6), 9, np.uint16), padding=(9,), photometric="MONOCHROME1").write(tmp_path / "film.dcm")
    (pixels,), _ = pictures()
    assert not pixels.any()


def test_padding_may_be_written_without_its_sign(tmp_path: Path, pictures: Any) -> None:
    """-2000 as 63536: the VR is that of unsigned values, as many scanners write."""
    film = Film(_with_padding(SIGNED, -2000), bits=16, padding=(-2000,))
    film.write(tmp_path / "film.dcm")
    image = dcmread(tmp_path / "film.dcm")
    image.add_new("PixelPaddingValue", "US", 63536)
    image.save_as(tmp_path / "film.dcm")
    _check(film, 8, pictures)


def test_each_frame_of_an_enhanced_image_has_its_own_rescale_and_window(tmp_path: Path, pictures: Any) -> None:
    planes: list[Plane] = stack(8, count=3, shape=(16, 16))
    films = []
    for number, plane in enumerate(planes):
        plane.slope, plane.intercept = 1.0 + number, -1000.0 * number
        films.append(Film(plane.stored, slope=plane.slope, intercept=plane.intercept, window=(300 + 500 * number, 900)))
    write_enhanced(tmp_path / "film.dcm", planes, [0, 1, 2])
    image = dcmread(tmp_path / "film.dcm")
    for frame, film in zip(image.PerFrameFunctionalGroupsSequence, films, strict=True):
        item = Dataset()
        assert film.window
        item.WindowCenter, item.WindowWidth = film.window
        frame.FrameVOILUTSequence = [item]
    image.save_as(tmp_path / "film.dcm")
    made, _ = pictures()
    assert len(made) == 3
    for pixels, film in zip(made, films, strict=True):
        assert np.abs(pixels - film.expected()).max() <= 1


def test_frames_of_single_bits_follow_each_other_without_a_gap(tmp_path: Path, pictures: Any) -> None:
    frames = np.random.default_rng(2).integers(0, 2, (3, 7, 9)).astype(np.uint8)
    Film(frames[0], bits=8).write(tmp_path / "film.dcm")
    image = dcmread(tmp_path / "film.dcm")
    image.NumberOfFrames, image.BitsAllocated, image.BitsStored, image.HighBit = 3, 1, 1, 0
    packed = np.packbits(frames.ravel(), bitorder="little").tobytes()
    image.PixelData = packed + b"\0" * (len(packed) % 2)
    image.save_as(tmp_path / "film.dcm")
    made, _ = pictures()
    assert np.array_equal(np.stack(made), frames * 255.0)


COLORS = np.random.default_rng(5).integers(0, 256, (13, 11, 3)).astype(np.uint8)


@pytest.mark.parametrize("planar", [0, 1])
def test_rgb(planar: int, tmp_path: Path, pictures: Any) -> None:
    data = COLORS.transpose(2, 0, 1) if planar else COLORS
    write_color(tmp_path / "film.dcm", data.tobytes(), COLORS.shape, "RGB", PlanarConfiguration=planar)
    (pixels,), _ = pictures()
    assert np.array_equal(pixels, COLORS)


def _ybr(colors: Any) -> Any:
    """Return YBR_FULL of RGB (C.7.6.3.1.2)."""
    matrix = np.array([[0.2990, 0.5870, 0.1140], [-0.1687, -0.3313, 0.5000], [0.5000, -0.4187, -0.0813]])
    return np.clip(np.rint(colors @ matrix.T + (0, 128, 128)), 0, 255).astype(np.uint8)


@pytest.mark.parametrize("planar", [0, 1])
def test_ybr_full(planar: int, tmp_path: Path, pictures: Any) -> None:
    data = _ybr(COLORS).transpose(2, 0, 1) if planar else _ybr(COLORS)
    write_color(tmp_path / "film.dcm", data.tobytes(), COLORS.shape, "YBR_FULL", PlanarConfiguration=planar)
    (pixels,), _ = pictures()
    # What was rounded to whole numbers of Y, B and R comes back so well and no better.
    assert np.abs(pixels - COLORS).max() <= 2


def test_ybr_full_422(tmp_path: Path, pictures: Any) -> None:
    colors = np.repeat(COLORS[:, :6], 2, axis=1)
    ybr = _ybr(colors)
    halved = np.stack([ybr[:, ::2, 0], ybr[:, 1::2, 0], ybr[:, ::2, 1], ybr[:, ::2, 2]], axis=2)
    write_color(tmp_path / "film.dcm", halved.tobytes(), colors.shape, "YBR_FULL_422")
    (pixels,), _ = pictures()
    assert np.abs(pixels - colors).max() <= 2


def test_jpeg_in_color(tmp_path: Path, pictures: Any) -> None:
    flat = np.zeros((32, 32, 3), np.uint8)
    flat[:, :16], flat[:, 16:] = (200, 30, 60), (20, 160, 90)
    jpeg = io.BytesIO()
    Image.fromarray(flat).save(jpeg, "JPEG", quality=98, subsampling=0)
    write_color(tmp_path / "film.dcm", flat.tobytes(), flat.shape, "YBR_FULL_422")
    image = dcmread(tmp_path / "film.dcm")
    image.file_meta.TransferSyntaxUID = JPEGBaseline8Bit
    image.PixelData = encapsulate([jpeg.getvalue()])
    image["PixelData"].is_undefined_length = True
    image.save_as(tmp_path / "film.dcm")
    (pixels,), _ = pictures()
    assert np.abs(pixels - flat)[:, (*range(12), *range(20, 32))].max() <= 4


@pytest.mark.parametrize("first", [0, 20, 250])
@pytest.mark.parametrize("bits", [8, 16])
def test_palettes_map_from_their_first_value(first: int, bits: int, tmp_path: Path, pictures: Any) -> None:
    stored = np.arange(256, dtype=np.uint8).reshape(16, 16)
    table = np.random.default_rng(first).integers(0, 256, (3, 100))
    header: dict[str, Any] = {"SamplesPerPixel": 1, "PlanarConfiguration": None}
    for band, color in enumerate(("Red", "Green", "Blue")):
        header[f"{color}PaletteColorLookupTableDescriptor"] = [100, first, bits]
        # 16 bits: 0..65535 for 0..255; 8 bits: two entries a word.
        entries = (table[band] * 257).astype("<u2") if bits == 16 else table[band].astype(np.uint8)
        header[f"{color}PaletteColorLookupTableData"] = entries.tobytes()
    write_color(tmp_path / "film.dcm", stored.tobytes(), (16, 16), "PALETTE COLOR", **header)
    (pixels,), _ = pictures()
    expected = table[:, np.clip(stored.astype(int) - first, 0, 99)].transpose(1, 2, 0)
    assert np.abs(pixels - expected).max() <= 1


@pytest.mark.parametrize(("ratio", "shape"), [(["1", "2"], (40, 80)), (["2", "1"], (80, 40)), (["3", "3"], (40, 40))])
def test_pixels_become_square_and_what_is_even_stays_so(
    ratio: list[str], shape: tuple[int, int], tmp_path: Path, pictures: Any
) -> None:
    halves = np.zeros((40, 40), np.uint16)
    halves[:, 20:] = 3000
    halves[30:, :] = 1500
    Film(halves, header={"PixelAspectRatio": ratio}).write(tmp_path / "film.dcm")
    (pixels,), _ = pictures()
    assert pixels.shape == shape
    # Away from the edges the levels are the same, wherever a resize puts the edges to a pixel.
    rows, columns = shape
    for row, column, level in ((0.2, 0.2, 0), (0.2, 0.8, 255), (0.9, 0.2, 127.5), (0.9, 0.8, 127.5)):
        assert abs(pixels[int(rows * row), int(columns * column)] - level) <= 1
    assert np.abs(pixels[: int(rows * 0.6), columns // 2 - 3]).max() <= 40
    assert np.abs(pixels[: int(rows * 0.6), columns // 2 + 3] - 255).max() <= 40
