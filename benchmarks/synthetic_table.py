"""Make large synthetic tables: plausible rows that differ, and a share of rows with something wrong.

All is made up here. Two runs with the same numbers give the same bytes.

    python benchmarks/synthetic_table.py OUTPUT.csv [--rows N] [--bad SHARE] [--seed N]
"""

from __future__ import annotations

import argparse
import csv
import datetime
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

Cells = dict[str, str]

_SITES = (
    ("https://radiopaedia.org/cases/viral-pneumonia-{0}", "CC BY-NC-SA 3.0"),
    ("https://www.eurorad.org/case/{0}", "CC BY-NC-SA 4.0"),
    ("https://journal.example.org/articles/2020/{0}/full", "CC BY 4.0"),
    ("https://case-reports.example.net/view?id={0}", "CC BY-NC-SA 4.0"),
    ("https://hospital.example.com/release/films/{0}/", "CC0"),
)
_TOWNS = [
    f"{word}{end}" for word in ("Alten", "Berg", "Nord", "Salz", "Stein", "Wald") for end in ("au", "feld", "heim")
]
_PLACES = [
    f"{kind} {town}, {town}, Nowhere" for kind in ("University Hospital", "St. Anna", "Clinic") for town in _TOWNS
]
_FINDINGS = (
    ("Pneumonia/Viral/COVID-19", 70),
    ("Pneumonia/Viral/SARS", 5),
    ("Pneumonia/Bacterial/Streptococcus", 5),
    ("Pneumonia/Fungal/Pneumocystis", 5),
    ("Pneumonia", 10),
    ("No Finding", 5),
)
_SENTENCES = (
    "Day {0} after the first complaint, seen in the emergency room with dry cough and fatigue",
    "Frontal film: patchy opacities in the left lower zone, {0} cm, no effusion",
    "Consolidation on the right, more than on the film of {0} days before",
    'The report says "no change" for {0} days',
    "The heart is of normal size, the hila are slim; film {0} of the series",
    "C-reactive protein {0} mg/l, lactate dehydrogenase raised, lymphocytes low",
    "Respiratory rate {0} per minute, saturation falls on exertion",
    "Ground glass in {0} segments, mostly below the pleura and on both sides",
    "Treated with oxygen for {0} days and sent home without complaints",
    "A tube ends {0} cm above the carina, the line is well placed",
)
_FOREIGN = "Verlauf über {0} Tage bei 38,5 °C, Entlassung in häusliche Pflege"


def table_rows(rows: int, bad: float = 0.01, seed: int = 1) -> Iterator[Cells]:
    """Yield rows; each ``bad`` part of them has one thing wrong, each kind in its turn."""
    random, number, spoiled = Random(seed), 0, 0
    patient = 0
    while number < rows:
        patient += 1
        person = _patient(random, patient)
        for image in range(min(random.choice((1, 1, 2, 2, 3, 4)), rows - number)):
            row = _image(random, person, patient, image)
            number += 1
            # Bad rows stand at even distances, so that their number is exact.
            if int(number * bad) > spoiled:
                SPOILED[spoiled % len(SPOILED)](row)
                spoiled += 1
            yield row


def write_table(path: Path, rows: int, bad: float = 0.01, seed: int = 1) -> None:
    """Write a table with the columns of the specification."""
    from covidcurate.spec import load_specification

    header = [column.name for column in load_specification().columns if not column.legacy]
    # A trailing column without a name makes thirty, as in the files of the collection.
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, [*header, ""][:30], restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(table_rows(rows, bad, seed))


def _patient(random: Random, number: int) -> Cells:
    """Return the cells that all images of a patient share."""
    site, license_ = random.choice(_SITES)
    names, weights = zip(*_FINDINGS, strict=True)
    intubated = random.choice(("Y", "N", "N", "", ""))
    icu = "Y" if intubated == "Y" else random.choice(("Y", "N", "", ""))
    return {
        "patientid": str(number),
        "sex": random.choice("MF"),
        "age": str(random.randint(18, 95)),
        "finding": random.choices(names, weights)[0],
        "RT_PCR_positive": random.choice(("Y", "Y", "")),
        "survival": random.choice(("Y", "Y", "N", "", "", "")),
        "intubated": intubated,
        "went_icu": icu,
        "needed_supplemental_O2": "Y" if intubated == "Y" else random.choice(("Y", "N", "", "", "", "")),
        "extubated": random.choice(("Y", "")) if intubated == "Y" else "",
        "location": random.choice(_PLACES),
        "doi": f"10.5555/case.{number}" if random.random() < 0.4 else "",
        "url": site.format(number),
        "license": license_,
        "other_notes": f"Credit to the authors of case {number}" if random.random() < 0.5 else "",
    }


def _image(random: Random, person: Cells, number: int, image: int) -> Cells:
    offset = image * 3 + random.randint(0, 2)
    day = datetime.date(2020, 1, 10) + datetime.timedelta(days=number % 300 + offset)
    ct = random.random() < 0.12
    sentences = random.sample(_SENTENCES, random.randint(2, 6))
    if random.random() < 0.1:
        sentences.append(_FOREIGN)
    # Nobody writes the same paragraph of two people.
    note = f"Case {number}: " + ". ".join(sentence.format(random.randint(2, 29)) for sentence in sentences)
    if random.random() < 0.005:
        note = note.replace(". ", ".\n", 1)
    row = {
        **person,
        "offset": str(offset),
        "view": random.choice(("Axial", "Coronal")) if ct else random.choice(("PA", "PA", "AP", "AP Supine", "L")),
        "modality": "CT" if ct else "X-ray",
        "date": random.choice((day.isoformat(), day.isoformat(), str(day.year), "")),
        "folder": "images",
        "filename": f"case-{number:07d}-{image + 1}.png",
        "clinical_notes": f"{note}.",
    }
    if random.random() < 0.2:
        row["temperature"] = f"{random.uniform(36, 40):.1f}"
        row["pO2_saturation"] = str(random.randint(70, 100))
    if random.random() < 0.05:
        row["leukocyte_count"] = f"{random.uniform(2, 15):.2f}"
        row["neutrophil_count"] = f"{random.uniform(1, 10):.2f}"
        row["lymphocyte_count"] = f"{random.uniform(0.3, 4):.2f}"
    return row


def _put(column: str, text: str) -> Callable[[Cells], None]:
    def spoil(row: Cells) -> None:
        row[column] = text

    return spoil


def _mix(**cells: str) -> Callable[[Cells], None]:
    return lambda row: row.update(cells)


def _repeat_name(row: Cells) -> None:
    # The first file of another patient, far from here.
    row["filename"] = f"case-{max(1, int(row['patientid']) // 2):07d}-1.png"


def _pad(row: Cells) -> None:
    row["location"] += " "


def _lose_a_letter(row: Cells) -> None:
    row["clinical_notes"] = row["clinical_notes"].replace("e", "\ufffd", 1)


SPOILED: tuple[Callable[[Cells], None], ...] = (
    _put("view", "PA view"), _put("age", "150"), _put("temperature", "101.3"), _put("license", "CC-BY-NX"),
    _put("date", "13/13/2020"), _put("survival", "yes"), _put("patientid", "P 17"), _put("finding", "Pneumnia"),
    _put("modality", "Xray"), _put("url", "example.org"), _put("license", ""), _put("date", "03/09/20"),
    _put("intubated", "Not visible"), _put("pO2_saturation", "340"), _put("leukocyte_count", "0,23"),
    _put("filename", ""), _put("view", ""), _put("age", "12"), _put("doi", "see paper"), _put("folder", "image"),
    _mix(modality="CT", view="PA"), _mix(extubated="Y", intubated=""), _mix(in_icu="Y", went_icu="N"),
    _repeat_name, _pad, _lose_a_letter,
)  # fmt: skip
"""The ways in which a bad row is bad."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("output", type=Path)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--bad", type=float, default=0.01)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    write_table(arguments.output, arguments.rows, arguments.bad, arguments.seed)


if __name__ == "__main__":
    main()
