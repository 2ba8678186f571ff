"""A table has the same faults whether it is cut in blocks or read row by row, and however rows are compared."""

from __future__ import annotations

import csv
import io
import random
from collections import Counter
from collections.abc import Iterable

import pytest

from covidcurate.rules import Scope, all_rules, columns, hashes
from covidcurate.rules.engine import check_table
from covidcurate.spec import load_specification
from covidcurate.table import TableReader, reader

SPECIFICATION = load_specification()
HEADER = [column.name for column in SPECIFICATION.columns if not column.legacy]
ROWS = 400
_NEVER = 1 << 60

# In each of these a hash sign is a digit, another one each time, so that many texts are of one shape.
_URLS = (
    "https://radiopaedia.org/cases/covid-19-pneumonia-##", "http://www.radiopaedia.org/cases/covid-19-pneumonia-##/",
    "https://radiopaedia.org/cases/#####?lang=us", "https://radiopaedia.org/cases/COVID-##",
    "HTTPS://RADIOPAEDIA.ORG/cases/covid-##", "https://images.radiopaedia.org/cases/covid-##",
    "https://radiopaedia.org/articles/covid-##", "https://www.eurorad.org/case/#####", "https://eurorad.org/case/0####",
    "https://eurorad.org/case.php?id=####", "https://www.sirm.org/2020/03/##/covid-19-caso-##/",
    "https://sirm.org/2020/0#/##/covid-19-caso-0#-#", "https://coronacases.org/forum/case-00#",
    "https://github.com/ml-workgroup/covid-19-image-repository/tree/master/#", "https://example.org/a/##",
    "http://example.org/a/##/", "https://www.Example.org/a/##", "https://example.org/a/##?x=#&utm_#=#",
    "https://example.org/a/##?utm_#=##&x=#", "https://example.org/a?#&&#", "https://example.org/%4#/#",
    "https://example.org/fälle/##", "https://h#.example.org/#", "https://example.org?#", "https://example.org#a/#",
    " https://example.org/a/##", "https://example.org/a/## ", "https://example.org/a b/#", "ftp://example.org/#",
    "https://example.org/" + "long/" * 25 + "##",
    "https://example.org/doi/10.####/x.##", "https://example.org/doi/full/10.5555/(a)##/", "https://e.org/a?b=1%##10.5555",
    "https://example.org/a?doi=10.###%2Fx", "example.org/##", "", "", " ", "\u00a0", "\u00a0", "not known",
)  # fmt: skip
_DOIS = (
    "10.####/x.##", "10.5555/(a)##", "10.###/x", "1#.5555/x", "https://doi.org/10.5555/x.##", "doi: 10.5555/##",
    "10.5555/a b##", " 10.5555/x.##", "10.5555/é##", '10.5555/"#"', "", "", "", "\t", "\u2003", "unknown",
)  # fmt: skip
_NAMES = (
    "film-###.png", "film-####.png", "FILM-###.png", "film-###-L.png", "film-###.PNG", "com#.png", "Com#.a.png",
    "com#x.png", "lpt#", "con.png", "aux .jpg", "é-##.png", "e\u0301-##.png", "É-##.PNG", "##.", "##", "a:##.png",
    "a/##.png", "..", " film-###.png", "film-###.png ", 'f"##.png', "film ##.png", "n" * 120 + "##.png",
    "n" * 126 + ".png", "n" * 240 + "##.png", "n" * 252 + "#.png", "",
    "figure#-a.png", "figure#-b.png", "volume-##.nii.gz",
)  # fmt: skip
_CREDITS = (
    "Case courtesy of Dr A. Nobody, Radiopaedia.org, rID: ####", "Radiopaedia.org, rID: #", "Radiopaedia.org, rID ##",
    'Credit to A. "B" Nobody, Radiopaedia.org, rID: ###', "Radiopaedia.org, rID: ##é",
    "Radiopaedia.org, rID: #########1",
    "CC BY-NC-SA", "CC BY 4.0", "(https://creativecommons.org/licenses/by-nc/4.0/)", "", "", "of somebody, ##",
)  # fmt: skip
_IDS = ("##", "##", "###", "1##a", " ##", "## ", "", "x##", "0##", "##A", "²", "#é", "\u00a0##", "##\u3000")
_OTHERS = {
    "sex": ("M", "F", "F", "M", "", "m", "female", "Ü"),
    "age": ("##", "##", "##", "", "5#.5", " 4#", "about 5#", "1##"),
    "offset": ("#", "##", "", "-#", "x"),
    "finding": (
        "Pneumonia/Viral/COVID-19",
        "Pneumonia",
        "",
        "pneumonia",
        "No Finding",
        "todo",
        "COVID-19",
        "Pneumonia, COVID-19",
    ),
    "view": ("PA", "AP", "L", "AP Supine", "Axial", "Coronal", ""),
    "modality": ("X-ray", "X-ray", "CT", "xray", ""),
    "date": ("2020-03-1#", "2020", "1#/03/2020", "March #, 2020", "", "Jan 2#", "2099-01-01", "2020-13-4#"),
    "location": ("Cityville, Nowhere", "Nowhere", "Ünder, Nowhere", "", " Nowhere"),
    "folder": ("images", "images", "volumes", "Images", ""),
    "license": (
        "CC BY 4.0",
        "CC BY-NC-SA",
        "CC0",
        "cc by",
        "",
        "Apache 2.0",
        "CC BY-ND 4.0",
        "CC BY-SA 4.0",
        "CC BY-NC-ND",
        "none",
    ),
    "temperature": ("3#.#", "", "3#,#", "10#"),
    "RT_PCR_positive": ("Y", "N", "", "Unclear"),
    "went_icu": ("Y", "N", "N", ""),
    "in_icu": ("Y", "N", "N", ""),
    "url": _URLS,
    "doi": _DOIS,
    "filename": _NAMES,
    "other_notes": _CREDITS,
}


def text_of(shape: str, chance: random.Random) -> str:
    # Mostly the same digit, so that ids, pages and names come again.
    return "".join(chance.choice("1111110123456789") if sign == "#" else sign for sign in shape)


def notes(chance: random.Random) -> list[str]:
    """Return some notes, most of them with about as many characters as make equal ones tell something."""
    words = ("Fieber", "38,5 °C", 'the "first" film', '"', "漢字", "was it?", "dry cough,", "CC BY 4.0", "Ã¼ber",
             "40º C", "J?rgen", "w\ufffdrd", "a\u200bb", "\u00a0")  # fmt: skip
    texts = [" ".join(chance.choices(words, k=20))[: chance.randint(76, 84)] for _ in range(40)]
    return ["", "", "=1+1", "line\nline", "a\tb", " outside ", *texts]


def make_rows(seed: int) -> list[list[str]]:
    """Return the rows of a table; in some of them each second cell is wrong, in others each hundredth."""
    chance = random.Random(seed)  # noqa: S311 - nothing is secret
    few = chance.choice([1, 3, 30])
    shapes = {name: (*chance.choices(some, k=few), *some) for name, some in _OTHERS.items()}
    weights = {name: [20] * few + [chance.choice([0, 1])] * len(_OTHERS[name]) for name in shapes}
    some_notes = notes(chance)
    rows: list[list[str]] = []
    while len(rows) < ROWS:
        row = {name: text_of(chance.choices(of, weights[name])[0], chance) for name, of in shapes.items()}
        row |= {"patientid": text_of(chance.choice(_IDS), chance), "clinical_notes": chance.choice(some_notes)}
        for _ in range(chance.choice([1, 1, 2, 3, 9])):
            name = chance.choice([*shapes, "clinical_notes"])
            changed = text_of(chance.choice(shapes.get(name, some_notes)), chance)
            row |= {"filename": text_of(chance.choice(shapes["filename"]), chance), name: changed}
            rows.append([row.get(column, "") for column in HEADER])
    return rows


def written(rows: Iterable[list[str]], header: list[str], newline: str = "\n") -> bytes:
    """Return a table with some of the columns."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator=newline)
    places = [HEADER.index(name) for name in header]
    writer.writerow(header)
    writer.writerows([row[place] for place in places] for row in rows)
    return stream.getvalue().encode()


def damaged(content: bytes, seed: int) -> bytes:
    """Return a table of which some lines are blank, broken, no UTF-8 or of other width."""
    chance = random.Random(seed)  # noqa: S311 - nothing is secret
    others = [
        b"\n",
        b",,,\n",
        b"1,2,3\n",
        b'x"y,"\n',
        b"\xff,1\n",
        b"\x00\n",
        b"a\x0bb\n",
        b"," * (len(HEADER) - 1) + b"\n",
    ]
    lines = content.splitlines(keepends=True)
    for _ in range(12):
        lines.insert(chance.randint(1, len(lines)), chance.choice(others))
    return b"".join(lines)


def said_of(content: bytes, large: int, many: int, block: int) -> dict[str, object]:
    """Return all that the engine says of a table, and what it keeps of it for other rules."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reader, "LARGE", large)
        patch.setattr(reader, "BLOCK", block)
        patch.setattr(columns, "MANY", many)
        patch.setattr(hashes, "_RUN", 50)
        with TableReader(content) as table:
            report, view = check_table(table, SPECIFICATION)
        # Of one line they come column by column, as reports have them.
        issues = sorted(report.issues, key=lambda issue: (issue.line, issue.code))
        kept: dict[str, object] = {name: list(texts) for name, texts in view.cells.items()}
        kept |= {name: list(column.numbers) for name, column in view.derived.items()}
        # Which number a page has is left to how the table was read; 0 is none.
        firsts = {0: -1}
        kept["page of url"] = [firsts.setdefault(page, row) for row, page in enumerate(view.numbers("page of url"))]
        odd = (view.odd_rows, view.row_count, view.bad_bytes, view.utf8_line, view.other_newlines)
        return {"issues": issues, "lines": list(view.lines), "odd": odd, **kept}


def compare(content: bytes) -> Counter[str]:
    """Hold all ways to read a table against each other; return how often each code is found."""
    expected = said_of(content, _NEVER, _NEVER, 1)
    for large, many, block in ((0, _NEVER, 1 << 20), (0, 0, 1 << 20), (0, 0, 9000), (0, 0, 1000), (_NEVER, 0, 1)):
        said = said_of(content, large, many, block)
        for name, value in expected.items():
            assert said[name] == value, (name, large, many, block)
    issues = expected["issues"]
    assert isinstance(issues, list)
    return Counter(issue.code for issue in issues)


_SEEDS = range(6)


@pytest.mark.parametrize("seed", _SEEDS)
def test_a_table_has_the_same_faults_however_it_is_read(seed: int) -> None:
    compare(written(make_rows(seed), HEADER, "\r\n" if seed % 4 == 3 else "\n"))


@pytest.mark.parametrize("seed", range(3))
def test_a_table_with_broken_lines_has_the_same_faults_however_it_is_read(seed: int) -> None:
    compare(damaged(written(make_rows(100 + seed), HEADER), seed))


@pytest.mark.parametrize("lacking", [{"doi"}, {"url", "clinical_notes"}, {"other_notes", "patientid"}, {"filename"}])
def test_a_table_that_lacks_columns_has_the_same_faults_however_it_is_read(lacking: set[str]) -> None:
    header = [name for name in reversed(HEADER) if name not in lacking]
    rows = make_rows(len(lacking))
    found = compare(written(rows, header))
    if lacking == {"doi"}:
        assert found["ORIGIN-NONE"] == sum(not row[HEADER.index("url")].strip() for row in rows)


def test_these_tables_have_faults_of_nearly_all_kinds() -> None:
    """Else that they have the same ones would say little."""
    others = {"LICENSE-ALLOWED", "TEXT-SPILL", "VIEW-VALUE"}
    tables = [said_of(written(make_rows(seed), HEADER), _NEVER, _NEVER, 1)["issues"] for seed in _SEEDS]
    found = {issue.code for issues in tables if isinstance(issues, list) for issue in issues}
    rules = {code for code, rule in all_rules().items() if rule.scope in (Scope.CELL, Scope.ROW, Scope.TABLE)}
    # How the file is written, and what it lacks, is held elsewhere.
    assert {code for code in rules - found if not code.startswith(("CSV-", "HEADER-"))} == others
