"""Posts of SIRM in their many forms. All pages, names and texts here are synthetic."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup
from reading_pages import OPTIONS, drive, read, site

from covidcurate.errors import NotThereError
from covidcurate.model import EvidenceKind
from covidcurate.sources import DraftCase, Page

POST = "https://www.sirm.org/2020/03/11/covid-19-caso-40/"
UPLOADS = "https://www.sirm.org/wp-content/uploads/2020/03/"
LEAD = "<p>Anna INVENTATA, Bruno De Nessuno.</p><p>AORN – Napoli</p>"
STORY = "<p>Uomo di 65 anni.</p>"
LIST = "https://www.sirm.org/category/senza-categoria/covid-19/"


def post(body: str, *, head: str = '<h1 class="entry-title">COVID-19: caso 40</h1>', url: str = POST) -> DraftCase:
    return read("sirm", url, f'<html>{head}<div class="td-post-content">{body}</div></html>')


def addresses(draft: DraftCase) -> list[list[str]]:
    return [[url.removeprefix(UPLOADS) for url in image.urls] for study in draft.studies for image in study.images]


def listing(*numbers: int, pager: str = "", day: str = "2020/03/11") -> str:
    entries = "".join(
        f'<div class="td_module_wrap"><a class="td-image-wrap" href="/{day}/covid-19-caso-{number}/">'
        f'<img title="COVID-19: caso {number}"></a></div>'
        for number in numbers
    )
    return f'{entries}<div class="page-nav td-pb-padding-side">{pager}</div>'


def search(term: str, pages: dict[str, str]) -> tuple[list[str], list[str]]:
    _, found, asked = drive(site("sirm").search(term), pages.get)
    return [ref.id for ref in found], asked


def test_a_post_is_parted_into_authors_place_and_story() -> None:
    draft = post(LEAD + STORY)
    assert draft.provenance["authors"] == "Anna INVENTATA, Bruno De Nessuno."
    assert draft.provenance["hospital"] == "AORN – Napoli"
    assert draft.provenance["published"] == "2020-03-11"
    assert draft.values["clinical_notes"].text == "Uomo di 65 anni."
    assert draft.values["sex"].text == "M"
    assert draft.values["sex"].evidence.kind is not EvidenceKind.STATED
    assert not {"date", "location", "license"} & draft.values.keys()
    assert [question.column for question in draft.questions] == ["license"]


@pytest.mark.parametrize("body", [
    "<p>Anna Inventata, Bruno Nessuno<br>Ospedale Maggiore, Bologna<br>Maschio, 51 anni.</p>",
    "<p><b>Anna&nbsp;Inventata</b>, <i>Bruno Nessuno</i></p><p><i>Ospedale</i> Maggiore, Bologna</p><p>Maschio,&nbsp;<b>51</b> anni.",
    "Anna Inventata, Bruno Nessuno<p>Ospedale Maggiore, Bologna</p><div>Maschio, 51 anni.</div>",
])  # fmt: skip
def test_lines_are_found_in_any_markup(body: str) -> None:
    draft = post(body)
    assert draft.provenance["hospital"] == "Ospedale Maggiore, Bologna"
    assert draft.texts["text"] == "Maschio, 51 anni."


@pytest.mark.parametrize("line", [
    "Paziente trasferita in Ospedale per febbre e dispnea.", "Donna ricoverata presso la Clinica Immaginaria.",
    "Patient was admitted to the Hospital with cough.", "75enne giunge al Policlinico.",
])  # fmt: skip
def test_a_patient_who_came_to_a_hospital_is_no_hospital(line: str) -> None:
    draft = post(f"<p>Anna Inventata, Bruno Nessuno</p><p>{line}</p>")
    assert "hospital" not in draft.provenance
    assert draft.texts["text"] == line


def test_without_names_and_places_all_is_story() -> None:
    draft = post("<p>Paziente di sesso femminile, 75 anni.</p><p>Ospedale.</p>")
    assert not {"authors", "hospital"} & draft.provenance.keys()
    assert draft.texts["text"].startswith("Paziente")


def test_scripts_comments_and_sharing_are_no_story() -> None:
    draft = post(
        f"<script>'Uomo di 99 anni'</script>{LEAD}{STORY}<style>.x{{}}</style><!-- Donna di 33 anni -->"
        '<div class="sharedaddy">Donna di 44 anni</div><aside>Donna di 55 anni</aside>'
    )
    assert draft.texts["text"] == "Uomo di 65 anni."


def test_accents_and_hard_blanks() -> None:
    draft = post("<p>José&nbsp;D’Inventato</p><p>Università&nbsp;di Città</p><p>È&nbsp;più grave; perché è così.</p>")
    assert draft.texts["text"] == "È più grave; perché è così."
    assert draft.provenance["authors"] == "José D’Inventato"


def test_an_english_post() -> None:
    draft = post("<p>Male, 51 years old.</p>", url="https://www.sirm.org/en/2020/03/31/covid-19-case-5/", head="")
    assert (draft.ref.id, draft.language) == ("5-en", "en")
    assert any("title" in warning for warning in draft.warnings)


@pytest.mark.parametrize(("body", "wanted"), [
    ('<a href="{0}x.jpg"><img src="{0}x-300x225.jpg"></a>', ["x.jpg", "x-scaled.jpg", "x-300x225.jpg"]),
    ('<img src="{0}x-300x225.jpg" srcset="{0}x-768x576.jpg 768w, {0}x-1024x768.jpg 1024w">',
     ["x.jpg", "x-scaled.jpg", "x-1024x768.jpg", "x-768x576.jpg", "x-300x225.jpg"]),
    ('<img src="{0}x-scaled.jpg">', ["x.jpg", "x-scaled.jpg"]),
    ('<img src="data:image/gif;base64,R0" data-img-url="{0}x.jpg">', ["x.jpg"]),
    ('<img src="/wp-content/uploads/2020/03/x.jpg?resize=3">', ["x.jpg"]),
    ('<a href="{0}x.jpg">RX torace</a>', ["x.jpg"]),
    ('<a href="{0}x.pdf"><img src="{0}y.jpg"></a>', ["y.jpg"]),
    ('<a href="javascript:alert(1)"><img src="{0}x.jpg"></a>', ["x.jpg"]),
    ('<img src="{0}x.jpg" srcset="nonsense, , {0}x-1x1.jpg ' + "9" * 5000 + 'w">', ["x.jpg", "x-1x1.jpg"]),
])  # fmt: skip
def test_the_largest_form_of_an_image_comes_first(body: str, wanted: list[str]) -> None:
    assert addresses(post(LEAD + STORY + body.format(UPLOADS))) == [wanted]


def test_one_image_counts_once() -> None:
    draft = post(
        f'{LEAD}<div class="td-post-featured-image"><img src="{UPLOADS}a-696x385.jpg"></div>{STORY}'
        f'<img src="{UPLOADS}a.jpg"><img data-src="{UPLOADS}b-9x99.jpg"><img src="{UPLOADS}b-99x99.jpg">'
        f'<noscript><img src="{UPLOADS}b.jpg"></noscript><img src="{UPLOADS.replace("03", "04")}a.jpg"><img src="{UPLOADS}a-1.jpg">'
    )
    assert [urls[0] for urls in addresses(draft)] == [
        "a.jpg",
        "b-9x99.jpg",
        "b.jpg",
        draft.studies[0].images[3].urls[0],
        "a-1.jpg",
    ]
    assert [image.name for image in draft.studies[0].images] == [f"sirm-40-{place}" for place in range(1, 6)]


@pytest.mark.parametrize("image", [
    "https://evil.example/wp-content/uploads/x.jpg", "https://www.sirm.org@evil.example/wp-content/uploads/x.jpg",
    "https://user:word@www.sirm.org/wp-content/uploads/x.jpg", "http://[::1/wp-content/uploads/x.jpg", "javascript:alert(1)",
    "https://www.sirm.org:99999/wp-content/uploads/x.jpg", "file:///wp-content/uploads/x.jpg", "https://notsirm.org/wp-content/uploads/x.jpg",
    "https://www.sirm.org/wp-content/uploads/x.php", "https://www.sirm.org/wp-content/themes/x.jpg",
])  # fmt: skip
def test_what_is_no_upload_is_left_out_and_named(image: str) -> None:
    draft = post(f'{LEAD}{STORY}<img src="{image}">')
    assert draft.studies == ()
    assert any(image in warning for warning in draft.warnings)


def test_films_and_documents_are_named() -> None:
    draft = post(f'{LEAD}{STORY}<a href="{UPLOADS}x.mp4">TC</a><a href="https://example.org/">x</a>')
    assert any("x.mp4" in warning for warning in draft.warnings)
    assert not any("example.org" in warning for warning in draft.warnings)


def test_images_around_the_post_are_not_its_own() -> None:
    body = f'<div class="td-post-content">{LEAD}<img src="{UPLOADS}a.jpg"></div>'
    page = f'<header><img src="{UPLOADS}logo.png"></header>{body}<div class="td-related"><img src="{UPLOADS}other.jpg"></div>'
    assert addresses(read("sirm", POST, page)) == [["a.jpg"]]


@pytest.mark.parametrize(("name", "values"), [
    ("39EE8E69-5801-48DE-B6E3-BE7D1BCF3092.jpeg", {}), ("case_72_RX-TORACE1.jpg", {"modality": "X-ray"}),
    ("covid-19-caso-70-1-PA.jpg", {"view": "PA"}), ("RX-torace-unica-proiezione-AP-1-1.jpeg", {"modality": "X-ray", "view": "AP"}),
    ("x-PA-AP.png", {}), ("RX-TC.png", {}), ("paziente-app.png", {}),
])  # fmt: skip
def test_file_names_only_hint(name: str, values: dict[str, str]) -> None:
    (image,) = post(f'{LEAD}{STORY}<img src="{UPLOADS}{name}">').studies[0].images
    assert {column: value.text for column, value in image.values.items()} == values
    assert all(value.evidence.kind is not EvidenceKind.STATED for value in image.values.values())
    assert all(value.evidence.where == UPLOADS + name for value in image.values.values())


@pytest.mark.parametrize("figure", [
    '<figure class="wp-block-image">{0}<figcaption>TC torace assiale</figcaption></figure>',
    '<figure><figure>{0}<figcaption>TC torace assiale</figcaption></figure><figure><figcaption>RX</figcaption></figure></figure>',
    '<dl class="gallery-item"><dt>{0}</dt><dd class="gallery-caption">TC torace assiale</dd></dl>',
    '<div class="wp-caption alignnone"><a href="#">{0}</a><p class="wp-caption-text">TC torace assiale</p></div>',
])  # fmt: skip
def test_captions_are_kept_and_read(figure: str) -> None:
    draft = post(LEAD + STORY + figure.format(f'<img src="{UPLOADS}a.jpg">'))
    assert draft.texts["caption 1"] == "TC torace assiale"
    assert "TC" not in draft.texts["text"]
    assert draft.studies[0].images[0].values["modality"].text == "CT"


def test_the_caption_of_a_gallery_is_kept_but_states_nothing_of_one_image() -> None:
    images = "".join(f'<figure><img src="{UPLOADS}{name}.jpg"></figure>' for name in "ab")
    draft = post(f"{LEAD}{STORY}<figure>{images}<figcaption>RX torace AP</figcaption></figure>")
    assert [draft.texts[f"caption {place}"] for place in (1, 2)] == ["RX torace AP"] * 2
    assert all(not image.values for image in draft.studies[0].images)


def test_evidence_in_texts_can_be_found_there() -> None:
    draft = post(
        f'{LEAD}{STORY}<figure><img src="{UPLOADS}a.jpg"><figcaption>RX torace in proiezione AP</figcaption></figure>'
    )
    values = [*draft.values.values(), *(value for image in draft.studies[0].images for value in image.values.values())]
    places = [value.evidence.where for value in values if value.evidence.where.startswith("texts/")]
    assert len(places) > 2
    assert {place.removeprefix("texts/").partition("[")[0] for place in places} <= draft.texts.keys()


def test_another_theme_keeps_title_and_text() -> None:
    page = f'<article><header><h1 class="entry-title">COVID-19: caso 40</h1></header>{LEAD}{STORY}</article>'
    draft = read("sirm", POST, page)
    assert draft.texts == {"title": "COVID-19: caso 40", "text": "Uomo di 65 anni."}


def test_a_page_can_be_read_twice() -> None:
    body = f'<div class="td-post-content">{LEAD}{STORY}<figure><img src="{UPLOADS}a.jpg"><figcaption>RX</figcaption></figure></div>'
    page = Page(POST, body.encode(), "utf-8")
    drafts = []
    for _ in range(2):
        ref = site("sirm").find_case(POST)
        assert ref is not None
        reading = site("sirm").read(ref, OPTIONS)
        next(reading)
        with pytest.raises(StopIteration) as stop:
            reading.send(page)
        drafts.append(stop.value.value)
    assert drafts[0] == drafts[1]


def test_a_page_of_another_case_is_named() -> None:
    draft = post(LEAD + STORY, head='<h1 class="entry-title">COVID-19: caso 41</h1>')
    assert any("calls itself case 41" in warning for warning in draft.warnings)


@pytest.mark.parametrize("page", ["", "<", "<html></html>", "\0", "<div>" * 3000])
def test_a_page_of_nothing_gives_warnings_that_name_fields_and_selectors(page: str) -> None:
    draft = read("sirm", POST, page)
    assert draft.studies == () and draft.values.keys() == {"url"}
    warnings = "\n".join(draft.warnings)
    assert "td-post-content" in warnings and "entry-title" in warnings and "images" in warnings


def test_each_element_may_be_missing() -> None:
    body = (
        f'<html><h1 class="entry-title">COVID-19: caso 40</h1><div class="td-post-content">{LEAD}{STORY}<p><a href="{UPLOADS}a.jpg">'
        f'<img src="{UPLOADS}a-9x99.jpg"></a></p><figure><img src="{UPLOADS}b.jpg"><figcaption>RX torace</figcaption></figure></div></html>'
    )
    number = len(BeautifulSoup(body, "html.parser").find_all(True))
    for place in range(number):
        soup = BeautifulSoup(body, "html.parser")
        soup.find_all(True)[place].decompose()
        draft = read("sirm", POST, str(soup))
        assert draft.values["url"].text == POST
        assert draft.values.get("sex") is None or draft.values["sex"].text == "M"


def test_a_page_in_latin_1() -> None:
    body = "<meta charset='iso-8859-1'><div class='td-post-content'><p>È più grave, perché è così.</p></div>"
    assert read("sirm", POST, body.encode("latin-1")).texts["text"] == "È più grave, perché è così."


@pytest.mark.parametrize("text", ["0", "٤٠", "caso 40", "https://www.sirm.org/2020/03/11/covid-19-caso-0/", "-en", "1000",
                                  "https://www.sirm.org/2020/03/11/covid-19-caso-40/feed/"])  # fmt: skip
def test_what_is_no_case(text: str) -> None:
    assert site("sirm").find_case(text) is None


def test_a_list_is_followed_to_its_last_page() -> None:
    pager = '<a class="page">2</a><a class="last" title="3">3</a>'
    pages = {
        LIST: listing(40, 41, pager=pager),
        f"{LIST}page/2/": listing(41, 42, pager=pager),
        f"{LIST}page/3/": listing(43),
    }
    found, asked = search("covid", pages)
    assert found == ["40", "41", "42", "43"]
    assert [url for url in asked if url.startswith(LIST)] == list(pages)


def test_a_list_without_a_pager_is_followed_until_it_ends() -> None:
    found, asked = search("", {LIST: listing(40), f"{LIST}page/2/": listing(41)})
    assert found == ["40", "41"]
    assert f"{LIST}page/3/" in asked


@pytest.mark.parametrize("last", ["999999999", "9" * 5000, "²", "next"])
def test_a_list_never_runs_in_circles(last: str) -> None:
    pager = f'<a class="last">{last}</a>'
    _, found, asked = drive(site("sirm").search("covid"), lambda _: listing(40, pager=pager))
    assert [ref.id for ref in found] == ["40"]
    assert len(asked) <= 4
    number = iter(range(1, 1000))
    _, found, asked = drive(site("sirm").search(""), lambda _: listing(next(number), pager=pager))
    assert len(asked) <= 120


@pytest.mark.parametrize(
    "page", ["", "<html></html>", listing(), "<div class='td_module_wrap'><a href='http://[::1'>x</a></div>"]
)
def test_an_empty_list(page: str) -> None:
    assert search("covid", {LIST: page})[0] == []


@pytest.mark.parametrize(("term", "found"), [
    ("", ["40", "11"]), ("covid", ["40", "11"]), ("COVID-19", ["40", "11"]), ("covid19 caso", ["40", "11"]), ("caso 11", ["11"]),
    ("caso 4", []), ("2020", []), ("sirm", []), ("influenza", []),
])  # fmt: skip
def test_each_word_of_a_term_stands_in_the_title(term: str, found: list[str]) -> None:
    assert search(term, {LIST: listing(40, 11)})[0] == found


def test_the_english_post_of_a_case_that_was_found_is_left_out() -> None:
    english = "https://www.sirm.org/en/category/articles/covid-19-database/"
    page = listing(40, 5, day="en/2020/03/31").replace("caso", "case")
    assert search("covid", {LIST: listing(40), english: page})[0] == ["40", "5-en"]
    assert search("case 40", {LIST: listing(40), english: page})[0] == ["40-en"]


def test_a_number_is_looked_up_in_the_list() -> None:
    ref = site("sirm").find_case("41")
    assert ref is not None and ref.url == ""
    pages = {
        LIST: listing(40),
        f"{LIST}page/2/": listing(41),
        POST.replace("40", "41"): f'<div class="td-post-content">{STORY}</div>',
    }
    draft, _, asked = drive(site("sirm").read(ref, OPTIONS), pages.get)
    assert draft.ref.url == POST.replace("40", "41")
    assert asked == list(pages)
    for missing in ("42", "41-en"):
        ref = site("sirm").find_case(missing)
        assert ref is not None
        with pytest.raises(NotThereError):
            drive(site("sirm").read(ref, OPTIONS), pages.get)


def test_a_post_that_is_not_there() -> None:
    with pytest.raises(NotThereError):
        read("sirm", POST, None)
