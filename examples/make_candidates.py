"""Draw the candidates of the demo: synthetic images that show nobody, each marked so in the picture.

Run it to make ``examples/candidates``, ``examples/contribution`` and ``examples/refused`` anew; the result is the same
to the byte. The images are drawn from ellipses and noise and are good for nothing but to try the program.
"""

from __future__ import annotations

import csv
import hashlib
import json
from pathlib import Path

import nibabel
import numpy as np
from PIL import Image, ImageDraw, ImageFilter

HERE = Path(__file__).resolve().parent
SIZE = 192


def draw_film(seed: int, *, lateral: bool = False, haze: float = 0.0) -> Image.Image:
    """Return a picture in gray that has the outline of a chest film; ``haze`` (0 to 1) whitens the lower lungs.

    Each seed has a body of its own, so that no film is taken for another one, changed.
    """
    random = np.random.default_rng(seed)

    def about(place: float, spread: int = 9) -> int:
        return int(place) + int(random.integers(-spread, spread + 1))

    image = Image.new("L", (SIZE, SIZE), 20)
    draw = ImageDraw.Draw(image)
    draw.ellipse((about(14), about(8, 6), SIZE - about(14), SIZE + about(40)), fill=about(150))
    fields = [(60, 34, 132, 160)] if lateral else [(34, 36, 88, 150), (104, 36, 158, 150)]
    gap = about(18, 4)
    for field in fields:
        left, top, right, bottom = (about(edge) for edge in field)
        draw.ellipse((left, top, right, bottom), fill=about(52, 12))
        for rib in range(top + about(14, 5), bottom - 10, gap):
            draw.arc((left, rib - about(14, 4), right, rib + 10), 200, 340, fill=92, width=3)
        if haze:
            draw.ellipse((left + 8, bottom - about(56, 14), right - 8, bottom - 8), fill=52 + int(90 * haze))
    draw.ellipse((about(84), about(88), about(136), about(152)), fill=138)
    image = image.filter(ImageFilter.GaussianBlur(2))
    noisy = np.asarray(image, dtype=float) + random.normal(0, 3, (SIZE, SIZE))
    for cells, depth in ((5, 14), (11, 10), (23, 8)):
        coarse = Image.fromarray(random.normal(0, depth, (cells, cells)).astype(np.float32))
        noisy += np.asarray(coarse.resize((SIZE, SIZE), Image.Resampling.BICUBIC))
    image = Image.fromarray(noisy.clip(0, 255).astype(np.uint8))
    ImageDraw.Draw(image).text((6, SIZE - 14), "SYNTHETIC", fill=255)
    return image


def draw_volume(seed: int) -> nibabel.Nifti1Image:
    """Return a small CT volume in Hounsfield units: a body of water density with two lungs, 4 x 4 x 8 mm."""
    random = np.random.default_rng(seed)
    x, y, _ = np.mgrid[-1:1:40j, -1:1:40j, -1:1:12j]
    voxels = np.full(x.shape, -1000.0)
    voxels[(x / 0.9) ** 2 + (y / 0.7) ** 2 < 1] = 30
    for side in (-0.4, 0.4):
        voxels[((x - side) / 0.28) ** 2 + (y / 0.45) ** 2 < 1] = -820
    voxels += random.normal(0, 12, x.shape)
    return nibabel.Nifti1Image(voxels.astype(np.int16), np.diag([4.0, 4.0, 8.0, 1.0]))


def stated(text: str, where: str) -> dict[str, object]:
    """Return a value of ``case.json`` that its source states."""
    return {"value": text, "evidence": {"kind": "stated", "text": text, "where": where}}


def write_case(folder: Path, case_id: str, facts: dict[str, str], studies: list[dict[str, object]]) -> None:
    """Write ``case.json`` beside the images that its studies name."""
    for study in studies:
        for image in study["images"]:  # type: ignore[attr-defined]
            image["sha256"] = hashlib.sha256((folder / image["file"]).read_bytes()).hexdigest()
    document = {
        "format": "covidcurate-case/1",
        "source": "synthetic demo",
        "id": case_id,
        "values": {column: stated(text, f"facts/{column}") for column, text in facts.items()},
        "studies": studies,
    }
    text = json.dumps(document, indent=2)
    (folder / "case.json").write_text(text + "\n", encoding="utf-8")


def make_case_of_films() -> None:
    """Make a patient with two studies: films on day 3, and a bedside film on day 9."""
    folder = HERE / "candidates" / "synthetic-1"
    folder.mkdir(parents=True, exist_ok=True)
    draw_film(1, haze=0.3).save(folder / "synthetic-1-day3-pa.png")
    draw_film(2, lateral=True, haze=0.3).save(folder / "synthetic-1-day3-l.png")
    # A comment and EXIF, so that the demo shows that ingest takes them out.
    film = draw_film(3, haze=0.8)
    exif = Image.Exif()
    exif[0x013B] = "covidcurate demo"
    film.save(folder / "synthetic-1-day9.jpg", quality=90, comment=b"a synthetic image", exif=exif)
    facts = {
        "sex": "F", "age": "61", "finding": "Pneumonia/Viral/COVID-19", "RT_PCR_positive": "Y", "survival": "Y",
        "modality": "X-ray", "license": "CC0-1.0", "url": "https://example.org/covidcurate-demo/1",
        "clinical_notes": "Synthetic: drawn by a program, shows nobody.",
    }  # fmt: skip
    films = [("synthetic-1-day3-pa.png", "PA"), ("synthetic-1-day3-l.png", "L")]
    images = [{"file": name, "values": {"view": stated(view, f"images/{name}")}} for name, view in films]
    bedside = [{"file": "synthetic-1-day9.jpg", "values": {"view": stated("AP Supine", "images/synthetic-1-day9.jpg")}}]
    studies: list[dict[str, object]] = [
        {"id": "day 3", "values": {"offset": stated("3", "studies/1")}, "images": images},
        {"id": "day 9", "values": {"offset": stated("9", "studies/2")}, "images": bedside},
    ]
    write_case(folder, "1", facts, studies)


def make_case_of_volume() -> None:
    """Make a patient with a CT volume."""
    folder = HERE / "candidates" / "synthetic-2"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "synthetic-2.nii.gz"
    nibabel.save(draw_volume(4), path)
    facts = {
        "sex": "M", "age": "45", "finding": "Pneumonia/Viral/COVID-19", "modality": "CT", "view": "Axial",
        "license": "CC BY 4.0", "url": "https://example.org/covidcurate-demo/2",
    }  # fmt: skip
    write_case(folder, "2", facts, [{"id": "ct", "images": [{"file": path.name}]}])


def write_contribution(folder: Path, rows: list[dict[str, str]]) -> None:
    """Write a folder as a contributor sends it: images, and a CSV with a row for each."""
    header = ["patientid", "sex", "age", "finding", "view", "modality", "date", "filename", "license", "url"]
    with (folder / "rows.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, header, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def make_contribution() -> None:
    """Make three films of two patients with a CSV."""
    folder = HERE / "contribution"
    folder.mkdir(parents=True, exist_ok=True)
    common = {"modality": "X-ray", "license": "CC BY 4.0", "date": "2020-04", "sex": "M"}
    facts = [
        {"patientid": "1", "age": "70", "finding": "Pneumonia/Bacterial/Streptococcus", "view": "PA"},
        {"patientid": "1", "age": "70", "finding": "Pneumonia/Bacterial/Streptococcus", "view": "AP"},
        {"patientid": "2", "age": "33", "finding": "No Finding", "view": "PA"},
    ]
    rows = []
    for number, fact in enumerate(facts, start=1):
        name = f"synthetic-film-{number}.png"
        draw_film(10 + number, haze=0.5 if number < 3 else 0).save(folder / name)
        url = f"https://example.org/covidcurate-demo/films/{fact['patientid']}"
        rows.append({**common, **fact, "filename": name, "url": url})
    write_contribution(folder, rows)


def make_refused() -> None:
    """Make films that are refused: of a child, with an unknown license, cut short, with a view that is none."""
    folder = HERE / "refused"
    folder.mkdir(parents=True, exist_ok=True)
    rows = []
    for number, (age, license_, view) in enumerate(
        [("7", "CC0-1.0", "PA"), ("50", "ask me", "PA"), ("50", "CC0-1.0", "PA"), ("50", "CC0-1.0", "Frontal")], start=1
    ):
        name = f"synthetic-refused-{number}.png"
        draw_film(20 + number).save(folder / name)
        rows.append(
            {
                "age": age,
                "license": license_,
                "view": view,
                "modality": "X-ray",
                "finding": "No Finding",
                "filename": name,
                "url": f"https://example.org/covidcurate-demo/refused/{number}",
            }
        )
    cut = folder / "synthetic-refused-3.png"
    cut.write_bytes(cut.read_bytes()[:4000])
    write_contribution(folder, rows)


if __name__ == "__main__":
    make_case_of_films()
    make_case_of_volume()
    make_contribution()
    make_refused()
