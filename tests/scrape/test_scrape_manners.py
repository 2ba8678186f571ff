"""How scrape behaves towards sites: what it asks, what it does not, and what it says when something goes wrong."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from scrape.conftest import Scrape
from sites import Fault, SiteServer
from sites.images import picture

EURORAD, IMAGES = "www.eurorad.org", "/sites/default/files/"
CASE = r"^/case/90001$"


def image_files(scrape: Scrape, name: str = "eurorad-90001") -> list[str]:
    return [file for file in scrape.files(name) if file != "case.json"]


def test_the_second_run_asks_for_nothing(scrape: Scrape, sites: SiteServer) -> None:
    assert scrape("eurorad", "90001", "90002") == 0
    before = scrape.case("eurorad-90001")
    sites.requests.clear()
    assert scrape("eurorad", "90001", "90002") == 0
    assert sites.requests == []
    assert scrape.out.count("was scraped before") == 2
    assert scrape.case("eurorad-90001") == before


def test_refresh_asks_with_validators_and_fetches_nothing_that_is_unchanged(scrape: Scrape, sites: SiteServer) -> None:
    assert scrape("eurorad", "90001") == 0
    sites.requests.clear()
    assert scrape("eurorad", "90001", "--refresh") == 0
    asked = [seen for seen in sites.requests if seen.path != "/robots.txt"]
    assert [seen.status for seen in asked] == [304] * 4
    assert all("if-none-match" in seen.headers for seen in asked)


def test_an_etag_that_never_fits_costs_a_download_and_no_more(scrape: Scrape, sites: SiteServer) -> None:
    assert scrape("eurorad", "90001") == 0
    sites.misbehave(Fault("expired-etag"))
    assert scrape("eurorad", "90001", "--refresh") == 0
    assert len(image_files(scrape)) == 3


def test_what_a_person_decided_stays(scrape: Scrape) -> None:
    assert scrape("eurorad", "90001") == 0
    path = scrape.home / "candidates/eurorad-90001/case.json"
    document = scrape.case("eurorad-90001")
    decided = {"value": "Pneumonia/Viral", "evidence": {"kind": "human", "text": "read again"}}
    document["values"]["finding"] = decided
    document["studies"][0]["images"][1]["values"]["view"] = {"value": "AP", "evidence": {"kind": "human"}}
    path.write_text(json.dumps(document), encoding="utf-8")
    assert scrape("eurorad", "90001", "--refresh") == 0
    after = scrape.case("eurorad-90001")
    assert after["values"]["finding"] == decided
    assert after["studies"][0]["images"][1]["values"]["view"]["value"] == "AP"


def test_a_case_file_that_cannot_be_read_is_kept_beside(scrape: Scrape) -> None:
    assert scrape("eurorad", "90001") == 0
    path = scrape.home / "candidates/eurorad-90001/case.json"
    path.write_text("{half", encoding="utf-8")
    assert scrape("eurorad", "90001", "--refresh") == 0
    assert path.with_name("case.json.unreadable").read_text(encoding="utf-8") == "{half"


def test_robots_comes_first_and_the_name_has_a_contact(scrape: Scrape, sites: SiteServer) -> None:
    assert scrape("eurorad", "90001") == 0
    assert sites.requests[0].path == "/robots.txt"
    assert all("contact: demo@example.org" in seen.headers["user-agent"] for seen in sites.requests)
    assert all(seen.headers["user-agent"].startswith("covidcurate/") for seen in sites.requests)
    assert max(sites.max_concurrent.values()) == 1


def test_a_proxy_is_not_asked_for_this_machine(
    scrape: Scrape, sites: SiteServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://192.0.2.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    assert scrape("eurorad", "90001") == 0


def test_the_contact_may_come_from_the_environment(
    scrape: Scrape, sites: SiteServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COVIDCURATE_CONTACT", "somebody@example.net")
    assert scrape("eurorad", "90001") == 0
    assert all("somebody@example.net" in seen.headers["user-agent"] for seen in sites.requests)


def test_without_a_dataset_the_current_folder_is_home(
    scrape: Scrape, sites: SiteServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from covidcurate.cli.main import run

    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "covidcurate.toml").write_bytes((scrape.home / "covidcurate.toml").read_bytes())
    monkeypatch.chdir(tmp_path / "elsewhere")
    for asked in (5, 0):
        sites.requests.clear()
        assert run(["scrape", "eurorad", "90001", "--allow-private-hosts"]) == 0
        assert len(sites.requests) == asked
    assert Path("candidates/eurorad-90001/case.json").is_file()


def test_cookies_are_not_sent_back(scrape: Scrape, sites: SiteServer) -> None:
    sites.misbehave(Fault("set-cookie", path=CASE))
    assert scrape("eurorad", "90001") == 0
    assert not any("cookie" in seen.headers for seen in sites.requests)


FAULTS: list[tuple[str, Fault, int, str]] = [
    ("429, Retry-After in seconds", Fault("429-seconds", path=CASE, times=1, argument=7), 0, "done"),
    ("429, Retry-After as a date", Fault("429-date", path=CASE, times=1, argument=9), 0, "done"),
    ("429, Retry-After that is none", Fault("429-nonsense", path=CASE, times=1), 0, "done"),
    ("429 for ever", Fault("429", path=CASE), 3, "HTTP 429"),
    ("429, an hour of rest", Fault("429-seconds", path=CASE, argument=3600), 3, "asks not to be asked before"),
    ("503 twice", Fault("503", path=CASE, times=2), 0, "done"),
    ("503 with Retry-After", Fault("503-retry-after", path=CASE, times=1, argument=3), 0, "done"),
    ("500 for ever", Fault("500", path=CASE), 4, "HTTP 500"),
    ("page cut short once", Fault("cut", path=CASE, times=1), 0, "done"),
    ("page cut short for ever", Fault("cut", path=CASE), 4, "gave no whole answer"),
    ("connection closed once", Fault("close", path=CASE, times=1), 0, "done"),
    ("no HTTP at all", Fault("garbage", path=CASE), 3, "cannot be reached"),
    ("page of wrong length", Fault("wrong-length", path=CASE), 4, "gave no whole answer"),
    ("image cut short once", Fault("cut", path=IMAGES, times=1), 0, "done"),
    ("image with a wrong range", Fault("bad-range", path=IMAGES, times=2), 0, "done"),
    ("image longer than said", Fault("short-length", path=r"90001_1_1"), 4, "is no image"),
    ("image shorter than said", Fault("wrong-length", path=r"90001_1_1"), 4, "gave no whole answer"),
    ("HTML for an image", Fault("html-for-image", path=r"90001_1_1"), 4, "is no image"),
    ("an empty image", Fault("empty", path=r"90001_1_1"), 4, "is no image"),
    ("images 404", Fault("404", path=IMAGES), 4, "no image of it is to be had"),
    ("an image 403", Fault("403", path=r"90001_1_1"), 4, "not for everybody"),
    ("page 404", Fault("404", path=CASE), 4, "is not there"),
    ("page 403", Fault("403", path=CASE), 5, "refuses"),
    ("gate", Fault("gate", path=CASE), 5, "prove that they are people"),
    ("gate with 403", Fault("gate-403", path=CASE), 5, "prove that they are people"),
    ("captcha for an image", Fault("captcha", path=IMAGES), 5, "prove that they are people"),
    ("sign-in page", Fault("sign-in", path=CASE), 4, "is not there, or not for everybody"),
    ("X-Robots-Tag: noai", Fault("noai", path=CASE), 5, "not for machine learning"),
    ("redirect to 127.0.0.1", Fault("redirect", path=CASE), 4, "belongs to no known source"),
    ("redirect to file:", Fault("redirect-file", path=CASE), 4, "only http and https"),
    ("redirect loop", Fault("redirect-loop", path=CASE), 4, "more than 8 times"),
    ("gzip bomb", Fault("gzip-bomb", path=CASE, argument=200), 4, "larger than 32 MiB"),
    ("endless page", Fault("huge", path=CASE, argument=60), 4, "larger than 32 MiB"),
    ("broken HTML", Fault("broken-html", path=CASE), 4, "name no images"),
    ("empty page", Fault("empty", path=CASE), 4, "name no images"),
    ("robots.txt forbids", Fault("text", path="robots", argument="User-agent: *\nDisallow: /"), 5, "disallows"),
    ("robots.txt forbids us by name", Fault("text", path="robots", argument="User-agent: covidcurate\nDisallow: /case/"), 5, "disallows"),
    ("robots.txt with wildcards", Fault("text", path="robots", argument="User-agent: *\nDisallow: /*/90001$"), 5, "disallows"),
    ("robots.txt allows us by name", Fault("text", path="robots", argument="User-agent: *\nDisallow: /\n\nUser-agent: covidcurate\nAllow: /"), 0, "done"),
    ("robots.txt answers 500", Fault("500", path="robots"), 5, "nothing is asked of the site"),
    ("robots.txt answers 403", Fault("403", path="robots"), 5, "nothing is asked of the site"),
    ("robots.txt answers 404", Fault("404", path="robots"), 0, "done"),
    ("a gate for robots.txt", Fault("gate", path="robots"), 5, "prove that they are people"),
]  # fmt: skip


@pytest.mark.parametrize(("fault", "code", "said"), [one[1:] for one in FAULTS], ids=[one[0] for one in FAULTS])
def test_faults(scrape: Scrape, sites: SiteServer, fault: Fault, code: int, said: str) -> None:
    sites.misbehave(fault)
    assert scrape("eurorad", "90001") == code
    assert said in scrape.out + scrape.err
    for file in image_files(scrape):
        assert file.startswith((".", "eurorad-90001-")), file
        if not file.startswith("."):
            assert (scrape.home / "candidates/eurorad-90001" / file).stat().st_size > 100
    for record in scrape.journal():
        if record["event"] == "kept":
            assert (scrape.home / "candidates/eurorad-90001" / record["file"]).stat().st_size == record["bytes"]
    if code == 5:
        assert not (scrape.home / "candidates/eurorad-90001/case.json").exists()


@pytest.mark.parametrize("fault", [
    Fault("stall", path=CASE, argument=3), Fault("no-answer", path=CASE, argument=3), Fault("drip", path=CASE, argument=0.1),
    Fault("drip", path=IMAGES, argument=0.1), Fault("no-answer", path="robots", argument=3),
], ids=["stall", "no answer", "dripping page", "dripping images", "robots.txt times out"])  # fmt: skip
def test_slowness_has_an_end(scrape: Scrape, sites: SiteServer, fault: Fault, monkeypatch: pytest.MonkeyPatch) -> None:
    from covidcurate.web.receive import Limits

    limits = Limits(silent_seconds=0.3, page_seconds=0.6, file_seconds=0.6, attempts=2)
    monkeypatch.setattr("covidcurate.web.client.Limits", lambda: limits)
    sites.misbehave(fault)
    started = time.monotonic()
    assert scrape("eurorad", "90001") == (5 if "robots" in fault.path else 4)
    assert time.monotonic() - started < 60
    assert "takes longer than" in scrape.out or "gave no whole answer" in scrape.out or "cannot be read" in scrape.out


def test_two_versions_of_an_image_are_never_spliced(scrape: Scrape, sites: SiteServer) -> None:
    other = picture(4711, "JPEG", 64)
    sites.misbehave(Fault("other-version", path="90001_1_1", times=2, argument=other))
    assert scrape("eurorad", "90001") == 0
    assert (scrape.home / "candidates/eurorad-90001/eurorad-90001-1a.jpg").read_bytes() == other


def test_retry_after_is_kept(scrape: Scrape, sites: SiteServer, waits: list[float]) -> None:
    sites.misbehave(
        Fault("429-seconds", path=CASE, times=1, argument=7), Fault("429-date", path=IMAGES, times=1, argument=40)
    )
    assert scrape("eurorad", "90001") == 0
    assert any(6 < wait <= 7 for wait in waits)
    assert any(37 < wait <= 40 for wait in waits)


def test_a_long_rest_is_remembered_by_the_next_run(scrape: Scrape, sites: SiteServer) -> None:
    sites.misbehave(Fault("429-seconds", path=CASE, argument=3600))
    assert scrape("eurorad", "90001") == 3
    sites.reset()
    assert scrape("eurorad", "90001") == 3
    assert sites.requests == []


def test_crawl_delay_and_request_rate_are_kept(scrape: Scrape, sites: SiteServer, waits: list[float]) -> None:
    sites.misbehave(
        Fault("text", path="robots", argument="User-agent: *\nCrawl-delay: 11\nRequest-rate: 1/30\nAllow: /")
    )
    assert scrape("eurorad", "90001") == 0
    assert sum(29 < wait <= 30 for wait in waits) == 4


def test_a_host_that_fails_again_and_again_is_left_alone(scrape: Scrape, sites: SiteServer) -> None:
    sites.misbehave(Fault("500", path="^/case/"))
    assert scrape("eurorad", *[str(number) for number in range(90020, 90030)]) == 4
    assert "failed 3 times in a row" in scrape.out
    assert len(sites.asked()) == 12


def test_an_image_that_came_late_is_fetched_by_the_next_run_alone(scrape: Scrape, sites: SiteServer) -> None:
    sites.misbehave(Fault("500", path=r"90001_1_1"))
    assert scrape("eurorad", "90001") == 4
    assert scrape("eurorad", "90001") == 4
    sites.reset()
    assert scrape("eurorad", "90001") == 0
    assert [path for path in sites.asked() if "90001_1_1" not in path] == []
    assert len(image_files(scrape)) == 3


def test_an_image_that_is_gone_is_not_asked_for_again(scrape: Scrape, sites: SiteServer) -> None:
    sites.misbehave(Fault("404", path=r"90001_1_1"))
    assert scrape("eurorad", "90001") == 4
    sites.requests.clear()
    assert scrape("eurorad", "90001") == 4
    assert sites.asked() == []


def test_a_broken_download_is_gone_on_with(scrape: Scrape, sites: SiteServer) -> None:
    sites.misbehave(Fault("503", path=r"90001_2_1", after=1), Fault("cut", path=r"90001_2_1", times=1))
    scrape("eurorad", "90001")
    sites.reset()
    (part,) = [file for file in image_files(scrape) if file.endswith(".part")]
    size = (scrape.home / "candidates/eurorad-90001" / part).stat().st_size
    assert scrape("eurorad", "90001") == 0
    ranges = [seen.headers.get("range") for seen in sites.requests if "90001_2_1" in seen.path]
    assert ranges == [f"bytes={size}-"]
    assert not [file for file in image_files(scrape) if file.startswith(".")]


@pytest.mark.parametrize("words", [("900101",), ("--search", "covid")])
def test_radiopaedia_is_not_asked_without_permission(scrape: Scrape, sites: SiteServer, words: tuple[str, ...]) -> None:
    config = scrape.home / "covidcurate.toml"
    config.write_text(config.read_text("utf-8").replace("permission =", "# permission ="), encoding="utf-8")
    assert scrape("radiopaedia", *words) == 5
    assert sites.requests == []
    for part in ("terms forbid", "general@radiopaedia.org", "permission =", "--from FILE"):
        assert part in scrape.err


def test_no_redirect_leads_to_radiopaedia_without_permission(scrape: Scrape, sites: SiteServer) -> None:
    config = scrape.home / "covidcurate.toml"
    config.write_text(config.read_text("utf-8").replace("permission =", "# permission ="), encoding="utf-8")
    sites.misbehave(Fault("redirect", path=CASE, argument="https://radiopaedia.org/cases/synthetic-chest-2"))
    assert scrape("eurorad", "90001") == 5
    assert sites.asked("radiopaedia.org", robots=True) == []


def test_without_a_contact_nothing_is_asked(scrape: Scrape, sites: SiteServer) -> None:
    config = scrape.home / "covidcurate.toml"
    text = config.read_text("utf-8")
    for contact in ("", "nobody", "x@y"):
        config.write_text(text.replace("demo@example.org", contact), encoding="utf-8")
        assert scrape("eurorad", "90001") == 3
        assert "contact" in scrape.err
    assert sites.requests == []


def test_private_addresses_are_not_asked_unless_they_are_allowed(home: Path, sites: SiteServer) -> None:
    from covidcurate.cli.main import run

    assert run(["scrape", "eurorad", "90001", "-d", str(home), "--out", str(home / "candidates")]) in {3, 4, 5}
    assert sites.requests == []


def test_a_run_that_is_killed_is_gone_on_with(scrape: Scrape, sites: SiteServer, home: Path) -> None:
    """kill -9 in the middle of a series of 301 slices; the next run asks for what is missing, and for no more."""
    command = [
        sys.executable, "-m", "covidcurate", "scrape", "radiopaedia", "900101", "--slices", "all", "-d", str(home),
        "--out", str(home / "candidates"), "--allow-private-hosts",
    ]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        deadline = time.monotonic() + 60
        while len(sites.asked("prod-images-static.radiopaedia.org")) < 120 and time.monotonic() < deadline:
            time.sleep(0.01)
        os.kill(process.pid, signal.SIGKILL)
    kept = [record for record in scrape.journal()[:-1] if record["event"] == "kept"]
    assert 100 < len(kept) < 341
    assert not (home / "candidates/radiopaedia-900101/case.json").exists()
    sites.requests.clear()
    assert scrape("radiopaedia", "900101", "--slices", "all") == 0
    assert len(scrape.files("radiopaedia-900101")) == 343 + 1
    asked = sites.asked()
    assert len(asked) <= 343 - len(kept) + 1
    assert all("/images/" in path for path in asked)


def test_search_goes_through_all_pages_and_counts_new_cases_only(scrape: Scrape, sites: SiteServer) -> None:
    assert scrape("eurorad", "--search", "COVID", "--limit", "2", "--no-images") == 0
    assert "2 done" in scrape.out
    assert scrape("eurorad", "--search", "COVID", "--no-images") == 0
    assert "21 done" in scrape.out
    listed = [path for path in sites.asked() if path.startswith("/advanced-search")]
    assert len(listed) == 3  # each page once: the list is believed for an hour
    assert scrape("eurorad", "--search", "nothing of the kind") == 0
    assert "no case was found" in scrape.out


@pytest.mark.parametrize(("site", "number"), [("radiopaedia", 6), ("sirm", 6), ("coronacases", 10)])
def test_search_of_the_other_sites(scrape: Scrape, sites: SiteServer, site: str, number: int) -> None:
    assert scrape(site, "--search", "covid", "--dry-run") == 0 if site == "coronacases" else True
    scrape(site, "--search", "covid", "--no-images", "--format", "json")
    cases = json.loads(scrape.out)["cases"]
    assert len(cases) == number
    assert len({case["id"] for case in cases}) == number


def test_a_search_leaves_out_what_the_dataset_has(scrape: Scrape, sites: SiteServer) -> None:
    table = scrape.home / "metadata.csv"
    columns = table.read_text("utf-8").strip().split(",")
    row = ["https://eurorad.org/case/90020/" if name == "url" else "" for name in columns]
    table.write_text(",".join(columns) + "\n" + ",".join(row) + "\n", encoding="utf-8")
    assert scrape("eurorad", "--search", "covid", "--limit", "1", "--no-images") == 0
    assert "its address is in the dataset already" in scrape.out
    assert "/case/90020" not in sites.asked()


def test_a_dry_run_asks_nobody_and_writes_nothing(scrape: Scrape, sites: SiteServer) -> None:
    assert scrape("eurorad", "90001", "--dry-run") == 0
    assert "would ask for https://www.eurorad.org/case/90001 (case page)" in scrape.out
    assert scrape("sirm", "--search", "covid", "--dry-run") == 0
    assert "would ask for https://www.sirm.org/category/senza-categoria/covid-19/" in scrape.out
    assert sites.requests == []
    assert scrape.journal() == []
    assert not (scrape.home / "candidates").exists()


def test_images_left_out_are_fetched_by_a_later_run(scrape: Scrape, sites: SiteServer) -> None:
    assert scrape("eurorad", "90001", "--no-images") == 0
    assert image_files(scrape) == []
    assert scrape("eurorad", "90001") == 0
    assert len(image_files(scrape)) == 3
    assert sites.asked().count("/case/90001") == 1


def test_other_slices_are_fetched_and_those_at_hand_are_not(scrape: Scrape, sites: SiteServer) -> None:
    assert scrape("radiopaedia", "900101") == 0
    sites.requests.clear()
    assert scrape("radiopaedia", "900101", "--slices", "3") == 0
    assert sorted(path.partition("/images/")[2][:8] for path in sites.asked()) == [
        "70002051", "70002151", "70002251", "70002507", "70002521", "70002534",
    ]  # fmt: skip
    assert scrape("radiopaedia", "900101", "--slices", "3") == 0
    assert "was scraped before" in scrape.out


def test_a_search_stops_asking_when_it_has_enough(scrape: Scrape, sites: SiteServer) -> None:
    assert scrape("eurorad", "--search", "COVID", "--limit", "9", "--no-images") == 0
    assert len([path for path in sites.asked() if path.startswith("/advanced-search")]) == 1


def test_two_runs_at_once_are_kept_apart(scrape: Scrape) -> None:
    from covidcurate.dataset.folder import state_folder_in
    from covidcurate.dataset.lock import Lock

    web = state_folder_in(scrape.home) / "web"
    web.mkdir()
    with Lock(web / "lock"):
        assert scrape("eurorad", "90001") == 3
    assert "held by" in scrape.err


@pytest.mark.parametrize(("words", "said"), [
    ((), "no case is named"), (("eurorad",), "no case is named"), (("16660",), "is no address of a case on a known site"),
    (("eurorad", "x"), "is no case of Eurorad"), (("--search", "x"), "--search needs the site"),
    (("https://example.org/case/1",), "Known sites: coronacases, eurorad, radiopaedia, sirm"),
    (("eurorad", "1", "--slices", "many"), "neither 'key' nor 'all'"), (("eurorad", "1", "--from", "/nowhere"), "is not there"),
])  # fmt: skip
def test_wrong_usage(scrape: Scrape, words: tuple[str, ...], said: str) -> None:
    assert scrape(*words) == 2
    assert said in scrape.err


def test_a_torn_journal_is_gone_on_with(scrape: Scrape, sites: SiteServer) -> None:
    assert scrape("eurorad", "90001") == 0
    journal = scrape.home / ".covidcurate" / "journal.jsonl"
    journal.write_bytes(journal.read_bytes() + b'{"event": "ca')
    assert scrape("eurorad", "90002") == 0
    assert journal.read_bytes().count(b'{"event": "ca\n') == 1
    sites.requests.clear()
    assert scrape("eurorad", "90001", "90002") == 0
    assert sites.requests == []
