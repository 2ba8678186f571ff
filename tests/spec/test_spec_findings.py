"""Cells of the finding column: parting, resolving, suggesting, labels."""

from __future__ import annotations

import pytest

from covidcurate.spec import Findings, load_specification


@pytest.fixture(scope="module")
def findings() -> Findings:
    return load_specification().findings


@pytest.fixture
def small() -> Findings:
    return Findings(
        paths=("Cold", "Cold/Wet, dry", "Warm"),
        synonyms={"chilly": "Cold"},
        historical={"Old": ("Cold", "Warm"), "Odd, old": ("Warm",)},
        in_progress={"todo": "still to come"},
    )


@pytest.mark.parametrize(
    ("cell", "parts"),
    [
        ("", ()),
        ("   ", ()),
        ("Cold", ("Cold",)),
        (" Cold ", ("Cold",)),
        ("Cold, Warm", ("Cold", "Warm")),
        ("Cold,Warm,", ("Cold", "Warm")),
        (", ,", ()),
        ("Cold/Wet, dry", ("Cold/Wet, dry",)),
        ("todo", ()),
        (" todo ", ()),
        ("Else", ("Else",)),
    ],
)
def test_split_parts_at_commas_except_in_known_names(small: Findings, cell: str, parts: tuple[str, ...]) -> None:
    assert small.split(cell) == parts


@pytest.mark.parametrize(
    ("cell", "paths"),
    [
        ("Old", ("Cold", "Warm")),
        (" Old ", ("Cold", "Warm")),
        ("Odd, old", ("Warm",)),
        ("Old, Warm", ("Cold", "Warm")),
        ("Cold", ("Cold",)),
        ("Else, Old", ("Else", "Cold", "Warm")),
        ("todo", ()),
        ("", ()),
    ],
)
def test_resolve_leads_old_values_into_the_tree(small: Findings, cell: str, paths: tuple[str, ...]) -> None:
    assert small.resolve(cell) == paths


def test_resolve_is_case_sensitive_and_guesses_nothing(small: Findings) -> None:
    assert small.resolve("old") == ("old",)
    assert small.resolve("chilly") == ("chilly",)


@pytest.mark.parametrize(
    ("wording", "path"),
    [("CHILLY", "Cold"), (" cold ", "Cold"), ("Old", "Cold, Warm"), ("COLD/WET, DRY", "Cold/Wet, dry"), ("mild", "")],
)
def test_suggest_knows_wordings_in_any_case(small: Findings, wording: str, path: str) -> None:
    assert small.suggest(wording) == path


@pytest.mark.parametrize(
    ("path", "labels"),
    [
        ("Pneumonia/Viral/COVID-19", ("Pneumonia", "Viral", "COVID-19")),
        ("Pneumonia/Viral/Herpes ", ("Pneumonia", "Viral", "Herpes")),
        ("ARDS", ("ARDS",)),
        ("A//B/", ("A", "B")),
        ("", ()),
    ],
)
def test_labels_are_the_pieces_of_a_path(path: str, labels: tuple[str, ...]) -> None:
    assert Findings.labels(path) == labels


@pytest.mark.parametrize(
    ("cell", "paths"),
    [
        ("COVID-19", ("Pneumonia/Viral/COVID-19",)),
        ("COVID-19, ARDS", ("Pneumonia/Viral/COVID-19", "ARDS")),
        ("Pneumonia/Viral/MERS", ("Pneumonia/Viral/MERS-CoV",)),
        ("Pneumonia/Viral/Herpes ", ("Pneumonia/Viral/Herpes",)),
        ("Unknown", ()),
    ],
)
def test_values_of_the_collection_resolve(findings: Findings, cell: str, paths: tuple[str, ...]) -> None:
    assert findings.resolve(cell) == paths


@pytest.mark.parametrize(
    ("wording", "path"),
    [
        ("Pneumocystis jirovecii pneumonia", "Pneumonia/Fungal/Pneumocystis"),
        ("complicated Legionnaires' disease", "Pneumonia/Bacterial/Legionella"),
        ("fire-eater's pneumonia", "Pneumonia/Lipoid"),
        ("miliary tuberculosis", "Tuberculosis"),
        ("left lower lobe pneumonia", "Pneumonia"),
    ],
)
def test_wordings_that_the_collection_folded(findings: Findings, wording: str, path: str) -> None:
    assert findings.suggest(wording) == path
