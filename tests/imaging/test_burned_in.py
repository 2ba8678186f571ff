"""Text in pixels: what it is, where it is, and that it is gone once it is blackened; read by the real engine."""

from __future__ import annotations

import builtins
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from covidcurate.cli.main import run
from covidcurate.imaging.burned_in import TextBox, TextKind, find_text, is_ocr_available, judge, mask, summarize
from tests.convert.synthetic_series import header, save

needs_ocr = pytest.mark.skipif(not is_ocr_available(), reason="the extra `ocr` is not installed")


def picture(*texts: tuple[str, int, int], size: int = 24) -> Any:
    """Return a synthetic film-like picture with texts at places."""
    y, x = np.mgrid[-1:1:400j, -1:1:500j]
    shade = 60 + 80 * np.exp(-(x**2 + y**2) * 3) + np.random.default_rng(1).normal(0, 3, x.shape)
    image = Image.fromarray(np.clip(shade, 0, 255).astype(np.uint8))
    draw = ImageDraw.Draw(image)
    for text, left, top in texts:
        draw.text((left, top), text, fill=255, font=ImageFont.load_default(size))
    return np.asarray(image)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("L", TextKind.MARKER), ("R", TextKind.MARKER), ("AP SUPINE", TextKind.MARKER), ("PORTABLE", TextKind.MARKER),
        ("PA 12", TextKind.MARKER), ("120 KV", TextKind.MARKER), ("PLANTEROTH", TextKind.IDENTITY),
        ("PLANTER0TH", TextKind.IDENTITY), ("plant eroth, A.", TextKind.IDENTITY), ("QX OO47II0", TextKind.IDENTITY),
        ("ANTEROTH", TextKind.IDENTITY), ("Siemens", TextKind.OTHER), ("12345678", TextKind.OTHER),
    ],
)  # fmt: skip
def test_what_a_text_is(text: str, kind: TextKind) -> None:
    assert judge(text, ["Planteroth", "QX-0047110"]) is kind


def test_boxes_do_not_show_their_text() -> None:
    box = TextBox(TextKind.OTHER, (10, 20, 60, 40), 0.9, "Planteroth")
    assert "Planteroth" not in repr(box) + summarize([box])
    assert "10, 20 to 60, 40" in summarize([box])
    assert summarize([TextBox(TextKind.MARKER, (0, 0, 9, 9), 1, "L")]) == ""


def test_blackening_leaves_the_rest() -> None:
    pixels = np.full((50, 50), 9, np.uint16)
    masked = mask(pixels, [TextBox(TextKind.OTHER, (10, 20, 30, 28), 1, "x")], 2)
    assert (masked[20:28, 10:30] == 2).all()
    assert (masked[:15] == 9).all()
    assert (pixels == 9).all()


@needs_ocr
def test_texts_are_found_and_ranked() -> None:
    boxes = find_text(picture(("R", 30, 30), ("PLANTEROTH A", 120, 340), ("SOMETHING ELSE", 200, 60)), ["Planteroth"])
    assert boxes[0].kind is TextKind.IDENTITY
    left, top, right, bottom = boxes[0].box
    assert left < 130 < 200 < right
    assert top < 350 < bottom + 10
    assert TextKind.OTHER in {one.kind for one in boxes}


@needs_ocr
def test_a_picture_without_text() -> None:
    assert find_text(picture()) == ()


@needs_ocr
@pytest.mark.parametrize("size", [12, 16, 30])
def test_what_is_blackened_is_not_read_again(size: int) -> None:
    pixels = picture(("PLANTEROTH A", 120, 300), size=size)
    boxes = find_text(pixels, ["Planteroth"])
    assert [one.kind for one in boxes] == [TextKind.IDENTITY]
    assert find_text(mask(pixels, boxes), ["Planteroth"]) == ()


def film(path: Path, *texts: tuple[str, int, int]) -> None:
    image = header("2.25.77", 1, picture(*texts).astype(np.uint16) * 16)
    image.Modality, image.PatientName = "DX", "Planteroth^Annegret"
    save(image, path)


@needs_ocr
def test_deidentify_looks_refuses_and_blackens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    film(Path("named.dcm"), ("PLANTEROTH A", 120, 300), ("L", 30, 30))
    film(Path("other.dcm"), ("GENERAL HOSPITAL", 120, 300))
    film(Path("none.dcm"))
    assert run(["deidentify", "named.dcm", "out", "-q"]) == 0
    assert "pixels not checked for burned-in text" in capsys.readouterr().out
    assert run(["deidentify", "named.dcm", "out", "-q", "--check-pixels"]) == 5
    shown = capsys.readouterr().out
    assert "identifies somebody in its header" in shown
    assert "PLANTEROTH" not in shown
    assert run(["deidentify", "other.dcm", "none.dcm", "out2", "-q", "--check-pixels"]) == 0
    shown = capsys.readouterr().out
    assert "text is burned into its pixels" in shown
    assert "no text but markers was found" in shown
    assert run(["deidentify", "named.dcm", "out3", "-q", "--mask"]) == 0
    assert "1 texts in its pixels were blackened" in capsys.readouterr().out
    (cleaned,) = Path("out3").rglob("*.dcm")
    assert run(["convert", str(cleaned), "after.png", "-q"]) == 0
    with Image.open("after.png") as after:
        boxes = find_text(np.asarray(after), ["Planteroth"])
    assert TextKind.IDENTITY not in {one.kind for one in boxes}


@needs_ocr
def test_ingest_asks_a_person_and_refuses_an_identity(
    dataset: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "input"
    folder.mkdir()
    film(folder / "one.dcm", ("PLANTEROTH A", 120, 300))
    film(folder / "two.dcm", ("GENERAL HOSPITAL", 120, 300))
    Image.fromarray(picture(("L", 30, 30))).save(folder / "three.png")
    rows = ["filename,finding,view,modality,license,url"]
    rows += [
        f"{name},No Finding,PA,X-ray,CC0-1.0,https://example.org/{name}" for name in ("one.dcm", "two.dcm", "three.png")
    ]
    (folder / "rows.csv").write_text("\n".join(rows) + "\n")
    assert run(["ingest", str(folder), "-d", str(dataset), "--check-pixels", "--format", "json", "--yes"]) == 5
    images = {Path(image["name"]).stem: image for image in json.loads(capsys.readouterr().out)["images"]}
    assert images["one"]["verdict"] == "refused"
    assert any("text is burned into its pixels" in text for text in images["two"]["waiting"])
    assert images["three"]["waiting"] == []


def test_without_the_extra_it_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    real = builtins.__import__

    def missing(name: str, *rest: Any, **more: Any) -> Any:
        if name.startswith("rapidocr"):
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", missing)
    monkeypatch.chdir(tmp_path)
    film(Path("a.dcm"))
    assert run(["deidentify", "a.dcm", "out", "--check-pixels"]) == 3
    assert "pip install 'covidcurate[ocr]'" in capsys.readouterr().err
