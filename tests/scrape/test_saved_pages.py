"""Pages that a person saved with a browser: read by the same code, without asking anybody."""

from __future__ import annotations

import base64
import json
from email.message import EmailMessage
from pathlib import Path

import pytest
from scrape.conftest import Scrape
from sites import SiteServer
from sites.images import picture

from covidcurate.errors import UnreadableError, UsageError
from covidcurate.scrape.saved import read_saved

CASE = "https://www.eurorad.org/case/90001"
STYLE = "/sites/default/files/styles/figure_image/public/figure_image/2020-03"


@pytest.fixture
def eurorad_page(sites: SiteServer) -> bytes:
    from sites.eurorad import respond

    reply = respond("/case/90001", {})
    assert reply is not None
    return reply.body


@pytest.fixture
def no_permission(scrape: Scrape) -> Scrape:
    config = scrape.home / "covidcurate.toml"
    config.write_text(config.read_text("utf-8").replace("permission =", "# permission ="), encoding="utf-8")
    return scrape


def har(entries: list[tuple[str, bytes, str]]) -> str:
    return json.dumps({"log": {"entries": [
        {
            "request": {"url": url, "headers": [{"name": "Cookie", "value": "session=PRIVATE"}]},
            "response": {"status": 200, "content": {
                "mimeType": kind, "encoding": "base64", "text": base64.b64encode(body).decode(),
            }},
        }
        for url, body, kind in entries
    ]}})  # fmt: skip


def radiopaedia_recording(*images: int) -> str:
    """Return a recording of a case, of one of its studies, and of some of its images."""
    from sites.radiopaedia import respond, respond_cdn

    pages = [("/cases/synthetic-pneumonia-1", "text/html"), ("/studies/70001/stacks", "application/json")]
    entries = [
        (f"https://radiopaedia.org{path}?lang=us", reply.body, kind)
        for path, kind in pages
        if (reply := respond(path, {})) is not None
    ]
    for number in images:
        path = f"/images/{number}/{number:032x}.png"
        if (reply := respond_cdn(path, {})) is not None:
            entries.append((f"https://prod-images-static.radiopaedia.org{path}", reply.body, "image/png"))
    return har(entries)


def test_a_complete_page_with_its_folder(
    scrape: Scrape, sites: SiteServer, eurorad_page: bytes, tmp_path: Path
) -> None:
    page = eurorad_page.decode()
    (tmp_path / "case_files").mkdir()
    for number, name in enumerate(("90001_1_1.jpg", "90001_1_2.jpg", "90001_2_1.png")):
        (tmp_path / "case_files" / name).write_bytes(picture(number, "PNG" if "png" in name else "JPEG"))
        begin = page.index('<img typeof="foaf:Image" src="/sites')
        end = page.index('">', begin)
        page = page[:begin] + f'<img typeof="foaf:Image" src="./case_files/{name}' + page[end:]
    (tmp_path / "case.html").write_text(f"<!-- saved from url=(0034){CASE} -->\n{page}", encoding="utf-8")
    assert scrape("eurorad", "--from", str(tmp_path / "case.html")) == 0
    assert sites.requests == []
    assert len(scrape.files("eurorad-90001")) == 4
    case = scrape.case("eurorad-90001")
    assert case["values"]["age"]["value"] == "61"
    assert case["provenance"]["retrieved_by"].startswith("a person")
    assert str(tmp_path) not in json.dumps(case)


def test_a_page_without_its_images_gets_them_from_the_site(
    scrape: Scrape, sites: SiteServer, eurorad_page: bytes, tmp_path: Path
) -> None:
    (tmp_path / "case.html").write_bytes(f"<!-- saved from url=(0034){CASE} -->\n".encode() + eurorad_page)
    assert scrape("--from", str(tmp_path)) == 0
    assert all(path.startswith("/sites/default/files") for path in sites.asked())
    assert len(scrape.files("eurorad-90001")) == 4


def test_mhtml(scrape: Scrape, sites: SiteServer, eurorad_page: bytes, tmp_path: Path) -> None:
    message = EmailMessage()
    message["Snapshot-Content-Location"] = CASE
    message.make_mixed()
    message.add_attachment(eurorad_page, "text", "html", headers=[f"Content-Location: {CASE}"])
    for name in ("90001_1_1.jpg", "90001_1_2.jpg", "90001_2_1.png"):
        address = f"https://www.eurorad.org{STYLE}/{name}"
        message.add_attachment(picture(5), "image", "jpeg", headers=[f"Content-Location: {address}"])
    (tmp_path / "case.mhtml").write_bytes(message.as_bytes(policy=message.policy.clone(max_line_length=0)))
    assert scrape("eurorad", "--from", str(tmp_path / "case.mhtml")) == 0
    assert sites.requests == []
    assert "eurorad-90001-2.jpg" in scrape.files("eurorad-90001")  # named by its content


def test_a_recording_of_radiopaedia_needs_no_permission(
    no_permission: Scrape, sites: SiteServer, tmp_path: Path
) -> None:
    (tmp_path / "case.har").write_text(radiopaedia_recording(70001001, 70001501), encoding="utf-8")
    assert no_permission("radiopaedia", "--from", str(tmp_path / "case.har")) == 0
    assert sites.requests == []
    case = no_permission.case("radiopaedia-900101")
    assert [len(study["images"]) for study in case["studies"]] == [2]
    assert any("70002" in warning for warning in case["warnings"])
    for path in (no_permission.home / "candidates").rglob("*.json"):
        assert "PRIVATE" not in path.read_text("utf-8")


def test_images_that_were_not_saved_are_missing_where_the_site_may_not_be_asked(
    no_permission: Scrape, sites: SiteServer, tmp_path: Path
) -> None:
    (tmp_path / "case.har").write_text(radiopaedia_recording(70001001), encoding="utf-8")
    assert no_permission("radiopaedia", "--from", str(tmp_path / "case.har")) == 4
    assert "missing: radiopaedia-900101-70001-2-001: no program may ask" in no_permission.out
    assert sites.requests == []


def test_a_page_may_not_name_files_elsewhere_on_the_disk(tmp_path: Path) -> None:
    (tmp_path / "secret.jpg").write_bytes(picture(1))
    folder = tmp_path / "saved"
    folder.mkdir()
    (folder / "link.jpg").symlink_to(tmp_path / "secret.jpg")
    page = f'<!-- saved from url=(0034){CASE} --><img src="../secret.jpg"><img src="link.jpg"><img src="/etc/passwd">'
    (folder / "case.html").write_text(page, encoding="utf-8")
    saved = read_saved([folder / "case.html"])
    for name in ("secret.jpg", "case/link.jpg", "link.jpg", "etc/passwd"):
        assert saved.file(f"https://www.eurorad.org/{name}") is None
        assert saved.file(f"https://www.eurorad.org/case/{name}") is None


@pytest.mark.parametrize(("name", "content", "said"), [
    ("a.html", b"<p>nothing</p>", "which address it was saved from"), ("a.har", b"{}", "is no HTTP archive"),
    ("a.har", b'{"log": {"entries": 3}}', "is no HTTP archive"), ("a.mhtml", b"no mail", "holds no page"),
    ("a.har", b"\xff\xfe", "is no HTTP archive"), ("a.mhtml", b"", "holds no page"),
])  # fmt: skip
def test_what_is_no_saved_page_is_said(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UnreadableError, match=said):
        read_saved([tmp_path / name])


def test_folders_without_pages_and_pages_without_cases(scrape: Scrape, tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    with pytest.raises(UsageError, match="is no saved page"):
        read_saved([tmp_path / "x"])
    (tmp_path / "a.html").write_text("<!-- saved from url=(0019)https://example.org/ -->", encoding="utf-8")
    assert scrape("--from", str(tmp_path / "a.html")) == 2
    assert "none of the saved pages shows a case" in scrape.err


@pytest.mark.parametrize("entry", [{}, {"request": {"url": 3}}, 7, None, {"request": {"url": "x"}, "response": {}}])
def test_entries_of_a_recording_that_are_none_are_passed_over(tmp_path: Path, entry: object) -> None:
    (tmp_path / "a.har").write_text(json.dumps({"log": {"entries": [entry]}}), encoding="utf-8")
    assert read_saved([tmp_path / "a.har"]).pages == []
