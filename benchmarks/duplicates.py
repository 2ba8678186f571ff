"""Recall and precision of `covidcurate dedupe --thorough` on real films and 26 edits of some of them.

    python benchmarks/duplicates.py FOLDER_OF_IMAGES [--edited 20] [--seed 0]

Every second film is set aside: thresholds were chosen on the others. Any pair of different originals counts against
precision, whatever their edits; pairs of originals are listed, since real collections hide real duplicates.
"""

from __future__ import annotations

import argparse
import io
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont, ImageOps

from covidcurate.convert.inputs import Source
from covidcurate.dedupe import Wish, find_duplicates

SIDE = 1024
Edit = Callable[[Image.Image], Image.Image]


def jpeg(image: Image.Image, quality: int) -> Image.Image:
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=quality)
    return Image.open(stream).convert("L")


def scaled(image: Image.Image, share: float) -> Image.Image:
    return image.resize((round(image.width * share), round(image.height * share)), Image.Resampling.LANCZOS)


def window(image: Image.Image, low: float, high: float) -> Image.Image:
    values = np.asarray(image).astype(float)
    bottom, top = np.percentile(values, low), np.percentile(values, high)
    return Image.fromarray(np.clip((values - bottom) * 255 / max(1, top - bottom), 0, 255).astype(np.uint8))


def gamma(image: Image.Image, power: float) -> Image.Image:
    return image.point([round(255 * (value / 255) ** power) for value in range(256)])


def crop(image: Image.Image, share: float, shift: float = 0.0) -> Image.Image:
    width, height = image.size
    ends = (share + shift, 1 - share + shift)
    return image.crop(
        (round(width * ends[0]), round(height * ends[0]), round(width * ends[1]), round(height * ends[1]))
    )


def text(image: Image.Image) -> Image.Image:
    marked = image.copy()
    draw, font = ImageDraw.Draw(marked), ImageFont.load_default(max(12, image.height // 25))
    draw.text((image.width * 0.05, image.height * 0.05), "PORTABLE 12:30 AP", fill=255, font=font)
    draw.text((image.width * 0.6, image.height * 0.9), "R day 3", fill=255, font=font)
    return marked


def logo(image: Image.Image) -> Image.Image:
    marked = image.copy()
    draw = ImageDraw.Draw(marked)
    width, height = image.size
    draw.rectangle((int(width * 0.7), int(height * 0.8), int(width * 0.97), int(height * 0.97)), fill=230)
    font = ImageFont.load_default(max(12, height // 15))
    draw.text((width * 0.72, height * 0.84), "Site", fill=10, font=font)
    return marked


EDITS: dict[str, Edit] = {
    "half size": lambda image: scaled(image, 0.5),
    "224 x 224": lambda image: image.resize((224, 224)),
    "JPEG 30": lambda image: jpeg(image, 30),
    "JPEG 10, half size": lambda image: jpeg(scaled(image, 0.5), 10),
    "window 5-95 %": lambda image: window(image, 5, 95),
    "window 20-80 %": lambda image: window(image, 20, 80),
    "gamma 0.6": lambda image: gamma(image, 0.6),
    "gamma 1.8": lambda image: gamma(image, 1.8),
    "partly equalized": lambda image: Image.blend(image, ImageOps.equalize(image), 0.6),
    "equalized": ImageOps.equalize,
    "inverted": ImageOps.invert,
    "crop 2 %": lambda image: crop(image, 0.02),
    "crop 5 %": lambda image: crop(image, 0.05),
    "crop 10 %": lambda image: crop(image, 0.1),
    "crop 20 %": lambda image: crop(image, 0.2),
    "crop off center": lambda image: crop(image, 0.05, 0.05),
    "border 5 %": lambda image: ImageOps.expand(image, image.width // 20, 0),
    "white border 10 %": lambda image: ImageOps.expand(image, image.width // 10, 255),
    "padded to a square": lambda image: ImageOps.pad(image, (max(image.size),) * 2),
    "turned 1 degree": lambda image: image.rotate(1, Image.Resampling.BILINEAR),
    "turned 3 degrees": lambda image: image.rotate(3, Image.Resampling.BILINEAR),
    "mirrored": ImageOps.mirror,
    "quarter turn": lambda image: image.transpose(Image.Transpose.ROTATE_90),
    "text": text,
    "logo": logo,
    "combination": lambda image: jpeg(text(crop(gamma(image, 1.3), 0.03)), 40),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--edited", type=int, default=20, help="how many films are edited")
    parser.add_argument("--half", type=int, choices=[0, 1], default=1, help="which half the films are of")
    arguments = parser.parse_args()
    films = sorted(path for path in arguments.folder.iterdir() if path.is_file())
    with tempfile.TemporaryDirectory() as scratch:
        sources = [Source(path, path.name) for path in films]
        edited = films[arguments.half :: 2][: arguments.edited]
        for path in edited:
            with Image.open(path) as image:
                grey = image.convert("L")
                grey.thumbnail((SIDE, SIDE))
            for name, edit in EDITS.items():
                target = Path(scratch) / f"{path.name}--{name}.png"
                edit(grey).save(target)
                sources.append(Source(target, target.name))
        report(sources, edited)


def report(sources: list[Source], edited: list[Path]) -> None:
    begun = time.perf_counter()
    search = find_duplicates(sources, Wish(thorough=True))
    seconds = time.perf_counter() - begun
    found = {frozenset((pair.first.shown, pair.second.shown)) for pair in search.pairs}
    recall = {
        name: np.mean([frozenset((path.name, f"{path.name}--{name}.png")) in found for path in edited])
        for name in EDITS
    }
    for name, share in recall.items():
        print(f"{name:22}{share:7.2f}")
    true = sum(len({shown.partition("--")[0] for shown in pair}) == 1 for pair in found)
    print(
        f"mean recall {np.mean(list(recall.values())):.3f}, precision {true / max(1, len(found)):.4f}, {seconds:.0f} s"
    )
    print(f"{len(sources)} files, {len(found)} pairs, of them {len(found) - true} of different originals:")
    for pair in search.pairs:
        if pair.first.shown.partition("--")[0] != pair.second.shown.partition("--")[0]:
            print(f"  {pair.score:.2f} {pair.first.shown}  {pair.second.shown}")


if __name__ == "__main__":
    main()
