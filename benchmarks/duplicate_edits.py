"""What is done to films to see whether they are still found: two sets of edits.

Add a function to EDITS or OTHER_EDITS, and it is measured. The second set has other parameters, other kinds of edits,
and pairs of them. Thresholds and windows were chosen on films of one half of the patients, mostly with the first set;
the second was looked at there too, and three of its edits (crops of 7 and 12 %, a caption) had a say in the windows.
Of the other half nothing was looked at before it was reported.
"""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw, ImageFont, ImageOps

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


def clahe(image: Image.Image, tiles: int = 8, limit: float = 3.0) -> Image.Image:
    """Contrast-limited adaptive histogram equalization (Zuiderveld 1994), ``limit`` in means of the histogram."""
    values = np.asarray(image)
    rows = np.array_split(np.arange(values.shape[0]), tiles)
    columns = np.array_split(np.arange(values.shape[1]), tiles)
    maps = np.empty((tiles, tiles, 256))
    for row, down in enumerate(rows):
        for column, across in enumerate(columns):
            counts = np.bincount(values[np.ix_(down, across)].ravel(), minlength=256).astype(float)
            most = limit * counts.mean()
            counts = np.minimum(counts, most) + np.maximum(counts - most, 0).sum() / 256
            maps[row, column] = counts.cumsum() * 255 / counts.sum()
    top, below, down_share = _between_tiles(values.shape[0], tiles)
    left, right, across_share = _between_tiles(values.shape[1], tiles)
    down_share = down_share[:, None]
    upper = maps[top[:, None], left, values] * (1 - across_share) + maps[top[:, None], right, values] * across_share
    lower = maps[below[:, None], left, values] * (1 - across_share) + maps[below[:, None], right, values] * across_share
    return Image.fromarray((upper * (1 - down_share) + lower * down_share).astype(np.uint8))


def _between_tiles(length: int, tiles: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the tiles before and after each pixel, and how near it is to the second."""
    places = np.clip((np.arange(length) + 0.5) * tiles / length - 0.5, 0, tiles - 1)
    before = places.astype(int)
    return before, np.minimum(before + 1, tiles - 1), places - before


def crop(image: Image.Image, share: float, down: float = 0.0, across: float | None = None) -> Image.Image:
    """Cut a share off each side, the window moved down and across (as far as down, if not said) by shares."""
    width, height = image.size
    across = down if across is None else across
    left, right = round(width * (share + across)), round(width * (1 - share + across))
    return image.crop((left, round(height * (share + down)), right, round(height * (1 - share + down))))


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


def arrows(image: Image.Image) -> Image.Image:
    marked = image.copy()
    draw = ImageDraw.Draw(marked)
    width, height = image.size
    thick, head = max(2, width // 150), width * 0.03
    for x, y in ((0.3, 0.35), (0.68, 0.45), (0.35, 0.65), (0.7, 0.7)):
        tip, tail = (width * x, height * y), (width * (x - 0.09), height * (y - 0.07))
        draw.line((*tail, *tip), fill=255, width=thick)
        draw.polygon((tip, (tip[0] - head, tip[1] - head / 4), (tip[0] - head / 4, tip[1] - head)), fill=255)
    return marked


def captioned(image: Image.Image) -> Image.Image:
    """Put a bar with words below, as figures in articles have."""
    bar = max(20, image.height // 12)
    marked = ImageOps.expand(image, (0, 0, 0, bar), 255)
    font = ImageFont.load_default(bar * 0.5)
    ImageDraw.Draw(marked).text(
        (image.width * 0.03, image.height + bar * 0.2), "Figure 2. Day 5 after admission", 0, font
    )
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
"""The edits that thresholds are chosen with; their numbers are those of the measurements of other tools."""
OTHER_EDITS: dict[str, Edit] = {
    "40 % of the size": lambda image: scaled(image, 0.4),
    "JPEG 20": lambda image: jpeg(image, 20),
    "window 10-90 %": lambda image: window(image, 10, 90),
    "window 1-70 %": lambda image: window(image, 1, 70),
    "gamma 0.75": lambda image: gamma(image, 0.75),
    "gamma 1.4": lambda image: gamma(image, 1.4),
    "CLAHE": clahe,
    "crop 3 %": lambda image: crop(image, 0.03),
    "crop 7 %": lambda image: crop(image, 0.07),
    "crop 12 %": lambda image: crop(image, 0.12),
    "crop 15 %": lambda image: crop(image, 0.15),
    "crop 8 % of one corner": lambda image: crop(image, 0.04, 0.04, -0.04),
    "gray border 3 %": lambda image: ImageOps.expand(image, max(1, image.width * 3 // 100), 128),
    "gray border 8 %": lambda image: ImageOps.expand(image, image.width * 8 // 100, 128),
    "turned 2 degrees": lambda image: image.rotate(2, Image.Resampling.BILINEAR),
    "mirrored, inverted": lambda image: ImageOps.invert(ImageOps.mirror(image)),
    "half turn": lambda image: image.transpose(Image.Transpose.ROTATE_180),
    "arrows": arrows,
    "caption below": captioned,
    "crop 6 %, inverted": lambda image: ImageOps.invert(crop(image, 0.06)),
    "border 4 %, window 5-90 %": lambda image: ImageOps.expand(window(image, 5, 90), image.width // 25, 0),
}
"""Edits with other parameters, and pairs of edits."""
