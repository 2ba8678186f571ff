"""The JSON of Radiopaedia's two viewers, brought into one form."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

_IMAGES = "https://prod-images-static.radiopaedia.org/images"
# Best first. "original" is the file as its author gave it; the rest are made from it. H: several programs use these.
_SIZES = ("original", "jumbo", "big_gallery", "gallery", "large", "medium")
_KEY_FLAGS = ("show_stack_key_image", "show_case_key_image", "show_feature")


@dataclass(frozen=True, slots=True)
class Frame:
    """One image of a series: its addresses, best first, its place in the series, and whether an editor marked it."""

    urls: tuple[str, ...]
    position: int
    is_key: bool


@dataclass(frozen=True, slots=True)
class Series:
    """Images that belong together; ``pointer`` is where in the JSON they stand."""

    modality: str
    perspective: str
    specifics: str
    frames: tuple[Frame, ...]
    pointer: str


@dataclass(frozen=True, slots=True)
class Viewer:
    """What a viewer shows of one study; ``findings`` is HTML. ``skipped`` counts entries that name no image."""

    series: tuple[Series, ...]
    findings: str = ""
    skipped: int = 0


def read_viewer(document: Any) -> Viewer | None:
    """Return what a JSON document of either viewer shows; None if it is neither. Nothing in it is trusted."""
    if isinstance(document, dict):
        study = document.get("study", document)
        if isinstance(study, dict) and isinstance(study.get("series"), list):
            return _read_annotated(study)
        document = document.get("stacks")
    if isinstance(document, list) and all(isinstance(stack, dict) for stack in document):
        if document and all("images" not in stack for stack in document):
            # `var stackedImages` of one stack is the list of its images itself.
            document = [{"images": document}]
        return _read_stacks(document)
    return None


def _read_stacks(stacks: list[dict[str, Any]]) -> Viewer:
    """Read the list of stacks that the viewer had until 2023 or so."""
    series, skipped = [], 0
    for number, stack in enumerate(stacks):
        images = [image for image in _list(stack.get("images")) if isinstance(image, dict)]
        frames = []
        for place, image in enumerate(images):
            urls = tuple(url for key in ("public_filename", "fullscreen_filename") if (url := _on_host(image.get(key))))
            if urls:
                position = image.get("position")
                place = position if type(position) is int else place
                frames.append(Frame(urls, place, any(image.get(flag) is True for flag in _KEY_FLAGS)))
        skipped += len(images) - len(frames)
        first = images[0] if images else {}
        frames.sort(key=lambda frame: frame.position)
        texts = (_text(stack.get("modality")), _text(first.get("plane_projection")), _text(first.get("aux_modality")))
        series.append(Series(*texts, tuple(frames), f"/{number}/images"))
    return Viewer(tuple(series), "", skipped)


def _read_annotated(study: dict[str, Any]) -> Viewer:
    """Read the study that the viewer has had since 2023 or so."""
    series, skipped = [], 0
    for number, one in enumerate(_list(study.get("series"))):
        if not isinstance(one, dict):
            skipped += 1
            continue
        encodings = one.get("encodings")
        sizes = _list(encodings.get("thumbnailed_files")) if isinstance(encodings, dict) else []
        pairs = list(zip(_list(one.get("frames")), sizes, strict=False))
        frames = []
        for place, (frame, files) in enumerate(pairs):
            urls = tuple(_urls(frame, files))
            if urls:
                key = frame.get("current") is True or frame.get("id") == study.get("case_key_image_id")
                frames.append(Frame(urls, place, key))
        skipped += max(len(_list(one.get("frames"))), len(sizes)) - len(frames)
        texts = (_text(study.get("modality")), _text(one.get("perspective")), _text(one.get("specifics")))
        series.append(Series(*texts, tuple(frames), f"/study/series/{number}/frames"))
    return Viewer(tuple(series), _text(study.get("findings")), skipped)


def _urls(frame: Any, files: Any) -> Iterator[str]:
    if not isinstance(frame, dict) or not isinstance(files, dict):
        return
    number = frame.get("id")
    if type(number) is not int:
        return
    for size in _SIZES:
        name = files.get(size)
        # A name that leads elsewhere is none.
        if isinstance(name, str) and re.fullmatch(r"[^/\\?#%\s][^/\\?#%]{0,200}", name) and ".." not in name:
            yield f"{_IMAGES}/{number}/{quote(name)}"


def _on_host(url: Any) -> str:
    if not isinstance(url, str):
        return ""
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return ""
    host = parts.hostname or ""
    fits = parts.scheme == "https" and (host == "radiopaedia.org" or host.endswith(".radiopaedia.org"))
    return url.strip() if fits and "/images/" in parts.path else ""


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
