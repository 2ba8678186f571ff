"""Titles, ages and diagnoses as sites write them, and what they state."""

from __future__ import annotations

import pytest

from covidcurate.sources.suggest import age_of, finding_of, image_values, sex_of
from covidcurate.spec import load_specification

SPECIFICATION = load_specification()


@pytest.mark.parametrize(("title", "stated"), [
    ("Chest X-ray", {"modality": "X-ray"}), ("Chest X-ray, PA", {"modality": "X-ray", "view": "PA"}),
    ("AP chest radiograph", {"modality": "X-ray", "view": "AP"}), ("Frontal chest X-ray", {"modality": "X-ray"}),
    ("Portable chest radiograph", {"modality": "X-ray"}), ("chest radiograph, lateral view", {"modality": "X-ray", "view": "L"}),
    ("CT", {"modality": "CT"}), ("Axial CT image", {"modality": "CT", "view": "Axial"}), ("CT (coronal)", {"modality": "CT", "view": "Coronal"}),
    ("Axial X-ray", {}), ("PA CT", {}), ("Chest", {}), ("Frontal", {}), ("", {}), ("MRI", {}), ("Ultrasound of the chest", {}),
    ("X-ray or CT of this patient", {}), ("The chest X-ray shows drawn shadows in both lower zones", {}),
])  # fmt: skip
def test_a_title_of_terms_states_them(title: str, stated: dict[str, str]) -> None:
    values = image_values({"figure 1": title}, "figure 1", "en", SPECIFICATION, "span")
    assert {column: value.text for column, value in values.items() if value.evidence.kind.value == "stated"} == stated


@pytest.mark.parametrize(("text", "age"), [
    ("61 years", "61"), ("60 year", "60"), ("34 years old", "34"), ("3 months", "0.25"), ("60 yo", "60"), ("45", "45"),
    ("8 weeks", "0.15"), ("65-70 years", None), ("60s", None), ("Adult", None), ("", None), ("sixty", None), ("> 60 years", None),
])  # fmt: skip
def test_ages(text: str, age: str | None) -> None:
    assert {column: value.text for column, value in age_of(text, "", "").items()} == ({"age": age} if age else {})


@pytest.mark.parametrize(("text", "sex"), [
    ("Male", "M"), ("female", "F"), (" Female ", "F"), ("unknown", None), ("", None), ("female?", None), ("Not stated", None), ("woman", "F"),
])  # fmt: skip
def test_sexes(text: str, sex: str | None) -> None:
    """A sex that is missing or unknown was once made "M" or "F" by the letters in its word."""
    assert {column: value.text for column, value in sex_of(text, "", "").items()} == ({"sex": sex} if sex else {})


@pytest.mark.parametrize(("title", "finding"), [
    ("COVID-19 pneumonia", "Pneumonia/Viral/COVID-19"), ("COVID-19 pneumonia 40", "Pneumonia/Viral/COVID-19"),
    ("Covid-19 pneumonia - case 3", "Pneumonia/Viral/COVID-19"), ("Bacterial pneumonia", "Pneumonia/Bacterial"),
    ("Tuberculosis", "Tuberculosis"), ("ARDS mimic", None), ("COVID-19 pneumonia with ARDS", None), ("Not COVID-19", None), ("", None),
])  # fmt: skip
def test_a_diagnosis_is_suggested_by_its_whole_words(title: str, finding: str | None) -> None:
    values = finding_of(title, "texts/title", SPECIFICATION)
    assert [(value.text, value.evidence.kind.value) for value in values.values()] == (
        [(finding, "inferred")] if finding else []
    )
