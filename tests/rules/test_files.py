"""What the cases of rules on files cannot hold: folders that not every system can have."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest

from covidcurate.dataset import Dataset
from covidcurate.imaging.filetype import extension_of
from covidcurate.model import Issue, Severity
from covidcurate.rules import check_dataset, files

PNG = (Path(__file__).resolve().parent.parent / "cases/FILE-TYPE/good/images/film.png").read_bytes()


def issues(folder: Path, names: list[str], rows: list[str], code: str) -> list[Issue]:
    (folder / "images").mkdir()
    for number, name in enumerate(names):
        (folder / "images" / name).write_bytes(PNG + bytes(number))
    table = folder / "metadata.csv"
    table.write_text("filename,folder\n" + "".join(f"{name},images\n" for name in rows), encoding="utf-8")
    return [issue for issue in check_dataset(Dataset.open(folder)).issues if issue.code == code]


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("a.png", "A.png"),
        ("film.png", "film.PNG"),
        (unicodedata.normalize("NFC", "übersicht.png"), unicodedata.normalize("NFD", "übersicht.png")),
        (unicodedata.normalize("NFC", "übersicht.png"), unicodedata.normalize("NFD", "Übersicht.png")),
    ],
)
def test_two_files_that_are_one_on_other_systems(tmp_path: Path, name: str, other: str) -> None:
    found = issues(tmp_path, [name, other], [name], "FILE-UNLINKED")
    if len(list((tmp_path / "images").iterdir())) < 2:
        pytest.skip("this system takes both names for one")
    assert [(issue.severity, issue.value, issue.related_line) for issue in found] == [(Severity.ERROR, other, 2)]
    assert f"is one file with {name}" in found[0].message


def test_of_two_such_files_without_a_row_one_is_without_a_row_and_the_other_an_error(tmp_path: Path) -> None:
    found = issues(tmp_path, ["a.png", "A.png", "b.png"], [], "FILE-UNLINKED")
    if len(list((tmp_path / "images").iterdir())) < 3:
        pytest.skip("this system takes both names for one")
    assert sorted((issue.severity.value, issue.value) for issue in found) == [
        ("error", "a.png"),
        ("warning", "A.png"),
        ("warning", "b.png"),
    ]


@pytest.mark.parametrize("absolute", [False, True])
def test_a_link_is_judged_by_where_it_leads_on_any_machine(tmp_path: Path, absolute: bool) -> None:
    (tmp_path / "images").mkdir()
    (tmp_path / "kept").mkdir()
    target = tmp_path / "kept" / "film.png"
    target.write_bytes(PNG)
    (tmp_path / "images" / "film.png").symlink_to(target if absolute else "../kept/film.png")
    (tmp_path / "images" / "circle.png").symlink_to("circle.png")
    (tmp_path / "metadata.csv").write_text("filename,folder\nfilm.png,images\n", encoding="utf-8")
    found = [issue for issue in check_dataset(Dataset.open(tmp_path)).issues if issue.code == "FILE-LINK"]
    assert [issue.value for issue in found] == (["film.png"] if absolute else [])
    assert all("kept" not in issue.message for issue in found)


@pytest.mark.parametrize(
    "name",
    [
        "film.png",
        "film",
        ".png",
        "..png",
        "film.",
        "a.b/c",
        "a/b.png",
        "..",
        ".",
        "",
        "a.b.c",
        "a//",
        "x.nii.gz",
        "X.NII.GZ",
    ],
)
def test_the_extension_of_a_name_is_that_of_its_path(name: str) -> None:
    assert extension_of(name) == (name[-7:] if name.casefold().endswith(".nii.gz") else Path(name).suffix)


def test_where_missing_files_might_be_is_looked_up_and_not_searched_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    stem_of = files.stem_of
    monkeypatch.setattr(files, "stem_of", lambda name: asked.append(name) or stem_of(name))
    names, rows = [f"have-{n}.png" for n in range(50)], [f"want-{n}.png" for n in range(49)]
    found = issues(tmp_path, names, [*rows, "have-7.jpg", "HAVE-8.PNG"], "FILE-MISSING")
    assert [issue.remedy for issue in found[-2:]] == [
        "There is 'have-7.png': correct the name.",
        "There is 'have-8.png': correct the name.",
    ]
    assert len(found) == 51
    assert len(asked) <= 2 * (len(names) + len(found))


def test_of_equal_files_the_one_without_a_row_is_the_copy(tmp_path: Path) -> None:
    found = issues(tmp_path, ["a.png", "b.png", "c.png"], ["b.png", "c.png"], "FILE-COPY")
    assert found == []
    for name in ("a.png", "c.png"):
        (tmp_path / "images" / name).write_bytes((tmp_path / "images" / "b.png").read_bytes())
    copies = [issue for issue in check_dataset(Dataset.open(tmp_path)).issues if issue.code == "FILE-COPY"]
    assert [(issue.value, issue.line, issue.related_line) for issue in copies] == [("c.png", 3, 2), ("a.png", 0, 2)]
