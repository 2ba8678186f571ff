"""Synthetic films, and what may be done to one."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image, ImageDraw, ImageFont


def film(seed: int, size: tuple[int, int] = (420, 360)) -> Image.Image:
    """Return a synthetic film: two dark lungs, ribs, and texture of its own; no two seeds look alike."""
    random = np.random.default_rng(seed)
    width, height = size
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    shade = 150 + 40 * y
    for side in (-1, 1):
        center, slope = side * random.uniform(0.35, 0.5), random.uniform(0.5, 0.8)
        shade -= 90 * np.exp(-((((x - center) / 0.28) ** 2 + ((y + 0.1) / slope) ** 2) ** 2))
    shade += 12 * np.sin(random.uniform(14, 22) * (y + random.uniform(0.1, 0.6) * x**2 + random.uniform(0, 1)))
    for scale in (6, 14, 30, 60):
        coarse = random.normal(0, 1, (scale, scale)).astype(np.float32)
        shade += 9 * np.asarray(Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC))
    return Image.fromarray(np.clip(shade, 1, 254).astype(np.uint8))


def jpeg(image: Image.Image, quality: int) -> Image.Image:
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=quality)
    return Image.open(stream).convert("L")


def written_on(image: Image.Image) -> Image.Image:
    marked = image.copy()
    draw = ImageDraw.Draw(marked)
    draw.text((20, 20), "PORTABLE", fill=255, font=ImageFont.load_default(28))
    draw.line((200, 200, 260, 150), fill=255, width=4)
    return marked


def crop(image: Image.Image, share: float) -> Image.Image:
    across, down = (round(side * share) for side in image.size)
    return image.crop((across, down, image.width - across, image.height - down))
