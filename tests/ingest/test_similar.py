"""Candidates are held against the images that are there; all films are synthetic."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageOps

from covidcurate.cli.main import run
from covidcurate.dataset import Dataset
from covidcurate.imaging.thumbnail import Thumbnail, read_thumbnail
from covidcurate.ingest import Reading, Seen, Terms, apply_plan, make_plan, read_inputs
from covidcurate.table import Table
from tests.dedupe.synthetic_films import film

Make = Callable[..., Path]


@pytest.fixture
def films(dataset: Path) -> Path:
    """A dataset with three films, of which one has no row."""
    for number in range(3):
        film(number).save(dataset / "images" / f"film-{number}.png")
    return dataset


@pytest.fixture
def ingest(films: Path, contribution: Make, capsys: pytest.CaptureFixture[str]) -> Any:
    """Return a function that offers pictures to the dataset; gives the exit code and the verdicts by name."""

    def do(pictures: dict[str, Image.Image], *options: str) -> tuple[int, dict[str, Any]]:
        folder = contribution(*({"filename": name} for name in pictures), name=f"input{len(pictures)}")
        for name, picture in pictures.items():
            picture.save(folder / name)
        code = run(["ingest", str(folder), "-d", str(films), "--format", "json", "--yes", *options])
        images = json.loads(capsys.readouterr().out)["images"]
        return code, {image["name"]: image for image in images}

    return do


def test_pixels_that_are_there_are_not_added_again(ingest: Any, films: Path) -> None:
    code, images = ingest({"again.png": film(1).convert("RGB"), "new.png": film(7)})
    assert code == 0
    assert (images["again.png"]["verdict"], images["new.png"]["verdict"]) == ("duplicate", "add")
    assert "same pixels as images/film-1.png of the dataset" in images["again.png"]["reasons"][0]
    assert not (films / "images" / "again.png").exists()


def test_an_image_that_is_there_in_another_form_needs_a_review_and_says_what_was_done(ingest: Any) -> None:
    code, images = ingest({"inverted.png": ImageOps.invert(film(2)), "new.png": film(8)})
    assert code == 4
    assert images["inverted.png"]["verdict"] == "needs review"
    (reason,) = images["inverted.png"]["reasons"]
    assert "shows the same image as images/film-2.png of the dataset" in reason
    assert "black and white exchanged" in reason
    assert "--allow-similar" in reason
    assert images["new.png"]["verdict"] == "add"


def test_it_enters_where_a_person_says_so_and_is_noted(ingest: Any, films: Path) -> None:
    code, images = ingest({"mirrored.png": ImageOps.mirror(film(2)), "new.png": film(8)}, "--allow-similar")
    assert code == 0
    assert images["mirrored.png"]["verdict"] == "add"
    (alike,) = images["mirrored.png"]["resembles"]
    assert "shows the same image as images/film-2.png" in alike["words"]
    assert (films / "images" / "mirrored.png").exists()


def test_of_two_candidates_that_are_one_image_the_first_is_taken(ingest: Any) -> None:
    _, images = ingest({"z.png": film(9), "a.png": film(9).resize((300, 260)), "m.png": film(4)})
    assert [images[name]["verdict"] for name in ("z.png", "a.png", "m.png")] == ["add", "needs review", "add"]


@pytest.mark.parametrize("options", [(), ("--no-cache",), ("--dry-run",)])
def test_a_film_that_was_decoded_to_be_checked_is_not_decoded_again_to_be_compared(
    ingest: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, options: tuple[str, ...]
) -> None:
    log = tmp_path / "decoded.txt"

    def noted(path: Path, *, coarse: bool = False) -> Thumbnail:
        # In processes of their own, too, which are forks of this one.
        with log.open("a") as stream:
            stream.write(f"{path.name}\n")
        return read_thumbnail(path, coarse=coarse)

    monkeypatch.setattr("covidcurate.dedupe.pictures.read_thumbnail", noted)
    code, images = ingest({"new-1.png": film(11), "new-2.png": film(12)}, *options)
    assert code == 0
    assert {image["verdict"] for image in images.values()} == {"add"}
    decoded = log.read_text().split()
    assert "film-1.png" in decoded
    assert not {"new-1.png", "new-2.png"} & set(decoded)


def test_all_that_takes_long_shows_how_far_it_is(films: Path, contribution: Make) -> None:
    shown: dict[str, list[int]] = {}

    @contextmanager
    def progress(text: str, total: int) -> Iterator[Callable[[], None]]:
        counts = shown[text] = [total, 0]

        def advance() -> None:
            counts[1] += 1

        yield advance

    dataset = Dataset.open(films)
    inputs = read_inputs([contribution({}, {})], Reading(dataset.specification, films))
    plan = make_plan(dataset, inputs, Terms(seen=Seen(progress=progress)), workers=1)
    apply_plan(dataset, plan)
    # Beside the films of the dataset there is one of its fixture.
    assert shown == {"Opening": [2, 2], "Comparing": [6, 6], "Writing": [2, 2]}


def test_a_page_that_the_dataset_has_is_pointed_out(ingest: Any, films: Path, contribution: Make) -> None:
    table = Table.load(films / "metadata.csv")
    page = "https://radiopaedia.org/cases/synthetic-1"
    table.append(
        [{"patientid": "9", "finding": "Pneumonia", "folder": "images", "filename": "film-0.png", "url": page}]
    )
    (films / "metadata.csv").write_bytes(table.to_bytes())
    folder = contribution({"filename": "new.png", "url": f"{page}?lang=us"}, name="paged")
    film(11).save(folder / "new.png")
    assert run(["ingest", str(folder), "-d", str(films), "--plan", str(films / "plan.json")]) == 0
    (image,) = json.loads((films / "plan.json").read_text())["images"]
    assert any("same case as images/film-0.png" in alike["words"] for alike in image["resembles"])
