"""Paths of a hospital's files are shown as far as they mean nobody."""

from __future__ import annotations

from pathlib import Path

import pytest

from covidcurate.ingest.shown import shown_place


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("S1/IM0001", "S1/IM0001"),
        ("DICOM/series 2/slice-00017.dcm", "DICOM/series 2/slice-00017.dcm"),
        ("CT THORAX/axial_5.dcm", "CT THORAX/axial_5.dcm"),
        ("SYNTHMANN_EVA/S1/IM1", "#1/S1/IM1"),
        ("chest/Müllerova.dcm", "chest/#1"),
        ("19501231/IM1", "#1/IM1"),
        ("PA0/ST0/SE0/IM0", "PA0/ST0/SE0/IM0"),
        ("1975-03-12/IM1", "#1/IM1"),
        ("12.3.75/IM1", "#1/IM1"),
        ("123-45-6789/IM1", "#1/IM1"),
        ("Bo Li/IM1", "#1/IM1"),
        ("Max Long/IM1", "#1/IM1"),
        ("王伟/IM1", "#1/IM1"),
        ("राम/IM1", "#1/IM1"),
        ("Zo\u0308e\u0308/IM1", "#1/IM1"),
        ("S\n1/IM1", "#1/IM1"),
        ("\x1b[31mS1/IM1", "#1/IM1"),
        ("1.2.840.10008.5/IM1.dcm", "#1/IM1.dcm"),
        ("1.2.276.0.7230010.3/1.dcm", "#1/1.dcm"),
    ],
)
def test_a_part_that_may_be_somebodys_is_a_number(path: str, shown: str, tmp_path: Path) -> None:
    file = tmp_path / path
    file.parent.mkdir(parents=True)
    file.touch()
    assert shown_place(file, tmp_path, hidden=False) == shown


def test_the_number_finds_the_file_again_and_all_can_be_hidden(tmp_path: Path) -> None:
    for name in ("b", "a", "Synthmann", "IM1"):
        (tmp_path / "chest" / name).mkdir(parents=True)
    place = tmp_path / "chest" / "Synthmann"
    assert shown_place(place, tmp_path, hidden=False) == "chest/#2"
    assert sorted(entry.name for entry in (tmp_path / "chest").iterdir())[1] == "Synthmann"
    assert shown_place(place, tmp_path, hidden=True) == "#1/#2"
