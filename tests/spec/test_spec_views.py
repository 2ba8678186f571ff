"""Words of sources in several languages, and the view or modality each means."""

from __future__ import annotations

import pytest

from covidcurate.spec import Views, load_specification


@pytest.fixture(scope="module")
def views() -> Views:
    return load_specification().views


@pytest.mark.parametrize(
    ("wording", "view"),
    [
        ("PA", "PA"),
        ("pa", "PA"),
        ("  Postero-Anterior ", "PA"),
        ("(AP) Sitting", "AP"),
        ("Seduto", "AP"),
        ("seduto  a\tletto", "AP"),
        ("Semi-Erect", "AP"),
        ("Semiseduto", "AP"),
        ("APS", "AP Supine"),
        ("Supine", "AP Supine"),
        ("Supino", "AP Supine"),
        ("SUP", "AP Supine"),
        ("Semi-Supine", "AP Supine"),
        ("Bettaufnahme", "AP Supine"),
        ("Liegend", "AP Supine"),
        ("DECÚBITO SUPINO", "AP Supine"),
        ("couché", "AP Supine"),
        ("a.p. stehend", "AP Erect"),
        ("AP Erect", "AP Erect"),
        ("profil", "L"),
        ("seitlich", "L"),
        ("assiale", "Axial"),
        ("koronar", "Coronal"),
        ("sagital", "Sagittal"),
    ],
)
def test_view_of_a_wording(views: Views, wording: str, view: str) -> None:
    assert views.view_of(wording) == view


@pytest.mark.parametrize(
    "wording", ["frontal", "Frontal", "FRONTALE", "portable", "bedside", "a letto", "chest", "", "xyz"]
)
def test_words_that_do_not_decide_are_never_a_view(views: Views, wording: str) -> None:
    assert views.view_of(wording) == ""


@pytest.mark.parametrize("word", ["frontal", "frontale", "portable", "a letto", "oblique"])
def test_words_that_do_not_decide_say_why(views: Views, word: str) -> None:
    assert "PA from AP" in views.undecided[word]


@pytest.mark.parametrize(
    ("wording", "modality"),
    [
        ("X-ray", "X-ray"),
        ("x-RAY", "X-ray"),
        ("CXR", "X-ray"),
        ("Röntgen", "X-ray"),
        ("RX torace", "X-ray"),
        ("radiografía", "X-ray"),
        ("CT", "CT"),
        ("HRCT", "CT"),
        ("TC torace", "CT"),
        ("TDM", "CT"),
        ("MRI", ""),
        ("", ""),
    ],
)
def test_modality_of_a_wording(views: Views, wording: str, modality: str) -> None:
    assert views.modality_of(wording) == modality
