"""Every form of a report, read by a parser that is not ours, with texts that would break a careless one."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from junitparser import Failure, JUnitXml, Skipped
from markdown_it import MarkdownIt
from pydantic import ValidationError
from pydantic_sarif.model import StaticAnalysisResultsFormatSarifVersion210JsonSchema as Sarif

from covidcurate.cli.main import run
from covidcurate.model import Issue, Report, RuleText, Severity
from covidcurate.report import REPORTERS
from covidcurate.report.fingerprint import fingerprints
from covidcurate.report.load import load_report
from covidcurate.words import is_formula

NASTY = [
    "a, b: c%0A::error::no",
    "line\nbreak\r\nand <b>html</b> & \"quotes\" 'too'",
    "]]> | `code` | **bold** [link](https://example.org) <script>",
    "::error file=x,line=1::injected",
    "Ünïcode 🫁 \u2028 \u0007 \ufffe",
    "lone \udc80 surrogate",
]
texts = st.text(st.characters(exclude_categories=()), max_size=30) | st.sampled_from(NASTY)


def issue(text: str, severity: Severity = Severity.ERROR, line: int = 4, **more: object) -> Issue:
    values = {"column": text, "value": text, "key": text, **more}
    return Issue("VIEW-VALUE", severity, f"folder/{text or 'x'}.csv", text or "message", text, line, line, **values)  # type: ignore[arg-type]


def report_of(*issues: Issue) -> Report:
    rules = {"VIEW-VALUE": RuleText("VIEW-VALUE", Severity.ERROR, "A view is none", "It matters", "Correct it.")}
    return Report(list(issues), 9, 2, ["a note, 100 % <true>"], rules)


def said(report: Report, name: str) -> str:
    return "\n".join(REPORTERS[name](report, "data"))


def decode(text: str, *, of_property: bool = False) -> str:
    """Read a workflow command back as GitHub's runner documents it."""
    pairs = [("%0D", "\r"), ("%0A", "\n"), *([("%3A", ":"), ("%2C", ",")] if of_property else []), ("%25", "%")]
    for written, meant in pairs:
        text = text.replace(written, meant)
    return text


@given(texts, st.sampled_from(Severity), st.integers(0, 99))
@settings(max_examples=60, deadline=None)
def test_github_reads_back_what_was_written(text: str, severity: Severity, line: int) -> None:
    written = said(report_of(issue(text, severity, line)), "github")
    assert len(re.split(r"[\r\n]", written)) == 1
    command, properties, message = re.fullmatch(r"::(\w+) (.*?)::(.*)", written, re.DOTALL).groups()  # type: ignore[union-attr]
    assert command == {"error": "error", "warning": "warning", "info": "notice"}[severity.value]
    values = dict(one.split("=", 1) for one in properties.split(","))
    assert decode(values["file"], of_property=True).startswith("folder/")
    assert values.get("line", "0") == str(line)
    assert decode(message).startswith(text or "message")


def test_github_shows_ten_of_a_kind_and_says_how_many_more() -> None:
    issues = [issue(f"{number}", Severity.WARNING, number) for number in range(1, 26)]
    lines = said(report_of(*issues, issue("bad")), "github").splitlines()
    assert [line.split(" ")[0] for line in lines] == ["::error", *["::warning"] * 10]
    assert "16 more" in lines[-1]
    assert "more" not in said(report_of(*issues[:10]), "github")


PAGES = "https://example.org/docs/rules"


def test_codes_link_to_their_pages_where_it_is_known_where_these_are() -> None:
    report = report_of(issue("a"))
    for format_ in ("github", "markdown", "sarif", "json"):
        assert PAGES not in said(report, format_)
    known = report.with_pages(f"{PAGES}/")
    page = f"{PAGES}/VIEW-VALUE.md"
    assert said(known, "github").splitlines()[0].endswith(f" {page}")
    tokens = MarkdownIt("commonmark").enable("table").parse(said(known, "markdown"))
    assert page in [one.attrs.get("href") for token in tokens for one in token.children or []]
    rule = Sarif.model_validate(json.loads(said(known, "sarif"))).runs[0].tool.driver.rules[0]
    assert str(rule.helpUri) == page
    assert json.loads(said(known, "json"))["rules"]["VIEW-VALUE"]["page"] == page


def test_markdown_calls_nobody_and_fits_into_a_comment() -> None:
    written = said(report_of(issue("see @octocat, a@b.org and #12; owner/name#3")), "markdown")
    # GitHub looks for names and numbers in runs of text, which a comment ends.
    assert not any(re.search(r"@\w|#\d", run) for run in re.split(r"<!--.*?-->", written))
    many = [issue(f"{number} " + "x" * 200, Severity.ERROR, number) for number in range(1, 2000)]
    long = said(report_of(*many), "markdown")
    assert len(long) < 65_536
    shown = sum(line.startswith("| error | folder") for line in long.splitlines())
    assert shown > 40
    assert f"and {1999 - shown} more" in long


@given(texts, st.sampled_from(Severity), st.integers(0, 99))
@settings(max_examples=40, deadline=None)
def test_sarif_is_read_strictly(text: str, severity: Severity, line: int) -> None:
    report = report_of(issue(text, severity, line, related_line=2 if line else 0))
    document = json.loads(said(report, "sarif"))
    # Half a character is none that JSON may carry in UTF-8; what is written to a file has it escaped.
    log = Sarif.model_validate(json.loads(json.dumps(document).encode("utf-8", "backslashreplace")))
    (result,) = log.runs[0].results or []
    assert result.ruleId == "VIEW-VALUE"
    assert log.runs[0].tool.driver.rules[result.ruleIndex].id == "VIEW-VALUE"
    (place,) = document["runs"][0]["results"][0]["locations"]
    uri = place["physicalLocation"]["artifactLocation"]["uri"]
    assert re.fullmatch(r"[A-Za-z0-9/._~%-]+", uri)
    assert unquote(uri).startswith("folder/")
    assert ("region" in place["physicalLocation"]) is (line > 0)


@pytest.mark.parametrize(
    ("key", "value"), [("bogus", 1), ("ruleIndex", -7), ("level", "fatal"), ("partialFingerprints", {"a": 1})]
)
def test_the_reader_of_sarif_is_strict(key: str, value: object) -> None:
    document = json.loads(said(report_of(issue("text")), "sarif"))
    document["runs"][0]["results"][0][key] = value
    with pytest.raises(ValidationError):
        Sarif.model_validate(document)


@given(texts, st.sampled_from(Severity))
@settings(max_examples=40, deadline=None)
def test_junit_is_read_by_another_parser(text: str, severity: Severity) -> None:
    written = said(report_of(issue(text, severity), issue("other")), "junit")
    suites = JUnitXml.fromstring(written.encode("utf-8", "strict"))
    cases = [case for suite in suites for case in suite]
    assert len(cases) == 2
    assert isinstance(cases[0].result[0], Skipped if severity is Severity.INFO else Failure)
    assert suites.failures == 1 + (severity is not Severity.INFO)
    assert JUnitXml.fromstring(said(Report(), "junit").encode()).tests == 1


@pytest.mark.parametrize("text", ["=1+1", '@SUM("x")', "+cmd", "-x", " =1", "\t=1"])
def test_no_spreadsheet_program_computes_a_value(text: str) -> None:
    (row,) = csv.DictReader(io.StringIO(said(report_of(issue("m", value=text)), "csv"), newline=""))
    assert row["value"] == f"'{text}"
    (row,) = csv.DictReader(io.StringIO(said(report_of(issue("m", value="-3.5")), "csv"), newline=""))
    assert row["value"] == "-3.5"


@pytest.mark.parametrize("name", ["json", "jsonl", "sarif", "codeclimate", "markdown"])
def test_what_cannot_be_printed_is_escaped(name: str) -> None:
    odd = "\x9b31m \u202e \u2028 \udcff \U000e0041"
    assert all(line.isprintable() for line in said(report_of(issue(odd, column=odd)), name).split("\n"))


@given(texts)
@settings(max_examples=40, deadline=None)
def test_markdown_holds_no_markup_but_its_own(text: str) -> None:
    lines = said(report_of(issue(text)), "markdown")
    tokens = MarkdownIt("commonmark").enable("table").parse(lines)
    kinds = {token.type for token in tokens} | {one.type for token in tokens for one in token.children or []}
    assert kinds <= {
        "heading_open", "heading_close", "inline", "text", "text_special", "paragraph_open", "paragraph_close",
        "table_open", "table_close", "thead_open", "thead_close", "tbody_open", "tbody_close", "tr_open", "tr_close",
        "th_open", "th_close", "td_open", "td_close", "html_inline",
    }  # fmt: skip
    html = {one.content for token in tokens for one in token.children or [] if one.type == "html_inline"}
    assert html <= {"<!-- -->"}
    assert sum(token.type == "tr_open" for token in tokens) == 4


@given(texts, st.sampled_from(Severity), st.integers(0, 99))
@settings(max_examples=40, deadline=None)
def test_csv_jsonl_and_codeclimate_give_every_text_back(text: str, severity: Severity, line: int) -> None:
    one = issue(text, severity, line)
    (row,) = csv.DictReader(io.StringIO(said(report_of(one), "csv"), newline=""))
    assert (row["line"], row["severity"]) == (str(line), severity.value)
    for name, text in (("value", one.value), ("message", one.message)):
        # An apostrophe keeps a spreadsheet program from computing it.
        assert row[name] == f"'{text}" * is_formula(text) or row[name] == text
        assert not is_formula(row[name])
    assert json.loads(said(report_of(one), "jsonl"))["value"] == one.value
    (entry,) = json.loads(said(report_of(one), "codeclimate"))
    assert entry["severity"] in {"info", "minor", "major", "critical", "blocker"}
    assert entry["location"]["lines"]["begin"] >= 1
    assert re.fullmatch(r"[0-9a-f]{32}", entry["fingerprint"])


def test_fingerprints_do_not_move_with_lines_and_are_each_their_own() -> None:
    issues = [issue("a"), issue("a"), issue("b")]
    moved = [issue("a", line=90), issue("a", line=91), issue("b", line=5)]
    assert list(fingerprints(issues)) == list(fingerprints(moved))
    assert len(set(fingerprints(issues))) == 3


@given(texts, st.sampled_from(Severity))
@settings(max_examples=30, deadline=None)
def test_a_saved_report_is_the_same_again(text: str, severity: Severity) -> None:
    report = report_of(issue(text.replace("\udc80", ""), severity))
    try:
        said(report, "json").encode()
    except UnicodeEncodeError:
        return
    path = Path(".pytest_cache") / "saved-report.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(said(report, "json"), encoding="utf-8")
    assert load_report(path) == (report, "data")


HEAD = b'{"format": 1, "dataset": "x", "files": 0, "notes": [], '
NO_REPORTS = [
    b"",
    b"\xff",
    b"[]",
    b"{}",
    b'{"format": 2}',
    b"[" * 5000,
    HEAD + b'"rows": -1, "issues": []}',
    HEAD + b'"rows": 1, "issues": [{}]}',
]


@pytest.mark.parametrize("content", NO_REPORTS)
def test_what_is_no_report_is_told(content: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "r.json").write_bytes(content)
    assert run(["validate", "--load", str(tmp_path / "r.json")]) == 3
    assert "Save one with" in capsys.readouterr().err


@pytest.fixture
def faulty(dataset: Path) -> Path:
    """A dataset with an unknown view, a blank license and a number out of range."""
    table = dataset / "metadata.csv"
    text = table.read_text().replace(",PA,", ",Sideways,").replace("CC0-1.0", "")
    table.write_text(text)
    return dataset


def codes(out: str) -> set[str]:
    return {line["code"] for line in map(json.loads, out.splitlines())}


def test_a_run_asks_for_a_rule_that_the_dataset_has_turned_off(
    faulty: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for text in ('[rules.severity]\nLICENSE-BLANK = "off"\n', '[rules]\nignore = ["LICENSE"]\n'):
        (faulty / "covidcurate.toml").write_text(text)
        for options in (["--select", "LICENSE-BLANK"], ["--select", "LICENSE"]):
            run(["validate", str(faulty), "--format", "jsonl", *options])
            assert codes(capsys.readouterr().out) == {"LICENSE-BLANK"}, (text, options)
        run(["validate", str(faulty), "--format", "jsonl"])
        assert "LICENSE-BLANK" not in codes(capsys.readouterr().out)


@pytest.mark.parametrize(
    "text",
    ['[rules.severity]\nLICENSE-BLNK = "info"\n', '[rules]\nignore = ["LICENSE-BLNK"]\n', "[rules]\nselect = ['X']\n"],
)
def test_a_code_that_is_none_is_told_with_the_file_that_names_it(
    text: str, faulty: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (faulty / "covidcurate.toml").write_text(text)
    assert run(["validate", str(faulty)]) == 3
    assert f"error: {faulty}/covidcurate.toml [rules" in capsys.readouterr().err


def test_a_run_and_a_dataset_choose_rules(faulty: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def find(*options: str) -> tuple[int, set[str]]:
        code = run(["validate", str(faulty), "--format", "jsonl", *options])
        return code, codes(capsys.readouterr().out)

    assert find() == (1, {"VIEW-VALUE", "LICENSE-BLANK"})
    assert find("--select", "license") == (0, {"LICENSE-BLANK"})
    assert find("--ignore", "VIEW-VALUE,LICENSE-VERSION") == (0, {"LICENSE-BLANK"})
    assert find("--ignore", "VIEW-VALUE", "--ignore", "LICENSE-VERSION") == (0, {"LICENSE-BLANK"})
    assert find("--select", "VIEW", "--select", "LICENSE-BLANK") == (1, {"VIEW-VALUE", "LICENSE-BLANK"})
    assert find("--severity", "LICENSE-BLANK=error", "--ignore", "VIEW") == (1, {"LICENSE-BLANK"})
    assert find("--severity", "VIEW-VALUE=off", "--fail-on", "warning") == (1, {"LICENSE-BLANK"})
    with (faulty / "covidcurate.toml").open("a") as stream:
        stream.write('\n[rules]\nignore = ["LICENSE-BLANK"]\n[validate]\nfail_on = "never"\n')
    assert find() == (0, {"VIEW-VALUE"})
    assert find("--fail-on", "error") == (1, {"VIEW-VALUE"})
    assert find("--select", "LICENSE-BLANK") == (0, {"LICENSE-BLANK"})
    assert run(["validate", str(faulty), "--select", "VIEW-VALU"]) == 3
    assert "VIEW-VALUE" in capsys.readouterr().err
    assert run(["validate", str(faulty), "--severity", "VIEW-VALUE=fatal"]) == 2
    (faulty / "covidcurate.toml").write_text('[validate]\nfail_on = "sometimes"\n')
    assert run(["validate", str(faulty)]) == 3


def test_the_summary_of_a_step_is_written(
    faulty: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    (tmp_path / "summary.md").write_text("before\n")
    assert run(["validate", str(faulty), "--format", "github"]) == 1
    assert "::error file=" in capsys.readouterr().out
    summary = (tmp_path / "summary.md").read_text()
    assert summary.startswith("before\n## covidcurate: 1 row,")
    assert "VIEW\\-VALUE" in summary


def test_a_summary_that_cannot_be_written_does_not_hide_findings(
    faulty: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "nowhere" / "summary.md"))
    assert run(["validate", str(faulty), "--format", "github"]) == 1
    shown = capsys.readouterr()
    assert "::error file=" in shown.out
    assert "summary of the step is missing" in shown.err


@given(texts, st.sampled_from(Severity))
@settings(max_examples=60, deadline=None)
def test_text_is_a_line_for_each_issue_that_speaks_to_nobody_but_people(text: str, severity: Severity) -> None:
    report = Report([issue(text, severity)], notes=[text])
    shown = list(REPORTERS["text"](report, "data", lowest=Severity.INFO, style=lambda word, _: word))
    assert len(shown) == 5
    assert all(line.isprintable() for line in shown)


@pytest.mark.parametrize("format_", ["csv", "jsonl", "text", "github"])
def test_standard_output_has_what_the_file_has(format_: str, tmp_path: Path) -> None:
    """What looks like a color in a cell is data, and lost neither here nor there."""
    saved, written = tmp_path / "r.json", tmp_path / "out"
    text = said(report_of(issue("\x1b[31mred, \ud800")), "json")
    saved.write_text(text, encoding="utf-8", errors="backslashreplace")
    command = [sys.executable, "-m", "covidcurate", "validate", "--load", str(saved), "--format", format_]
    shown = subprocess.run(command, capture_output=True, check=False).stdout
    assert subprocess.run([*command, "--output", str(written)], check=False).returncode == 1
    assert shown == written.read_bytes()
    assert b"[31mred" in shown


@pytest.mark.parametrize(
    "more", [["data"], ["--select", "LICENSE"], ["--severity", "VIEW-VALUE=off"], ["--staged"], ["--files"]]
)
def test_a_report_that_is_loaded_is_not_checked_again(
    more: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "r.json").write_text(said(report_of(issue("text")), "json"))
    assert run(["validate", "--load", str(tmp_path / "r.json"), *more]) == 2
    assert "--load checks nothing" in capsys.readouterr().err


def test_text_shows_some_of_each_code(faulty: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = faulty / "metadata.csv"
    rows = table.read_text().splitlines()
    table.write_text("\n".join([rows[0], *[rows[1].replace("synthetic-1", f"film-{n}") for n in range(6)], ""]))
    run(["validate", str(table), "--max-per-code", "2"])
    out = capsys.readouterr().out
    assert out.count(" VIEW-VALUE ") == 2
    assert "VIEW-VALUE: and 4 more" in out
    assert "12 errors" in out


@pytest.mark.parametrize("name", ["json", "sarif", "codeclimate"])
@pytest.mark.parametrize("count", [0, 1, 3])
def test_a_document_is_written_finding_by_finding(name: str, count: int) -> None:
    """Of a million findings it does not stand in memory as a whole, and lines of two versions can be compared."""
    report = report_of(*(issue('"results": [] "issues": []', Severity.ERROR, number + 2) for number in range(count)))
    lines = list(REPORTERS[name](report, "data", lowest=Severity.INFO, style=lambda word, _: word))
    assert len(lines) == count + 2
    document = json.loads("\n".join(lines))
    found = {"json": lambda: document["issues"], "sarif": lambda: document["runs"][0]["results"]}
    assert len(found.get(name, lambda: document)()) == count
