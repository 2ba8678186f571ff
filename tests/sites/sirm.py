"""Synthetic posts of sirm.org in Italian and English, and their lists; the Italian is invented too."""

from __future__ import annotations

import re

from .images import picture
from .reply import Reply, html

SITE = "https://www.sirm.org"
_UPLOADS = "https://www.sirm.org/wp-content/uploads/2020/03"
_STORY = (
    "<p>Anna INVENTATA, Bruno Nessuno.</p><p>U.O. Radiologia – Ospedale Immaginario, Città</p>"
    "<p>Paziente di sesso femminile, 75&nbsp;anni, con febbre da 5 giorni. La saturazione è pari al 92%.</p>"
    "<p>Il tampone per COVID-19 è risultato positivo. Non intubata, dimessa a domicilio. È guarita.</p>"
)
_ENGLISH = (
    "<p>Anna INVENTED, Bruno Nobody.</p><p>Department of Radiology, Imaginary Hospital</p><p>Male, 51 years old.</p>"
)
POSTS = {
    "/2020/03/11/covid-19-caso-40/": (_STORY, "resized"),
    "/2020/03/03/covid19-caso-2/": (_STORY, "gallery"),
    "/2020/03/12/covid-19-caso-41/": ("", "resized"),
    "/2020/03/13/covid-19-caso-42/": (_STORY, "none"),
    "/2020/05/31/covid-19-caso-111/": (_STORY, "scaled"),
    "/en/2020/03/31/covid-19-case-5/": (_ENGLISH, "resized"),
    "/en/2020/03/31/covid-19-case-40/": (_ENGLISH, "resized"),
}
_NAME = "39EE8E69-0000-48DE-B6E3-BE7D1BCF3092"
FILES = {f"{_NAME}.jpeg", f"{_NAME}-300x225.jpeg", "RX-torace-proiezione-AP.jpg", "case_111_figura1-scaled.png"}


def respond(path: str, query: dict[str, str]) -> Reply | None:
    """Return the page or image at a path; None if there is none."""
    if match := re.fullmatch(r"/category/senza-categoria/covid-19/(?:page/(\d+)/)?", path):
        return _list([post for post in POSTS if not post.startswith("/en/")], int(match[1] or 1))
    if match := re.fullmatch(r"/en/category/articles/covid-19-database/(?:page/(\d+)/)?", path):
        return _list([post for post in POSTS if post.startswith("/en/")], int(match[1] or 1))
    if path in POSTS:
        return _post(path)
    if match := re.fullmatch(r"/wp-content/uploads/2020/03/([\w.-]+)", path):
        kind = "PNG" if match[1].endswith(".png") else "JPEG"
        seed = sum(map(ord, match[1]))
        return Reply(picture(seed, kind, 64), f"image/{kind.casefold()}") if match[1] in FILES else None
    return None


def _list(posts: list[str], number: int) -> Reply | None:
    shown = posts[2 * (number - 1) : 2 * number]
    if not shown:
        return None
    entries = "".join(
        '<div class="td_module_19 td_module_wrap td-animation-stack td-meta-info-hide">'
        f'<a class="td-image-wrap" href="{SITE}{post}"><img class="entry-thumb" title="COVID-19: {post[12:-1]}" '
        f'data-img-url="{_UPLOADS}/x.jpeg"></a><h3><a href="{SITE}{post}">COVID-19: caso {_number(post)}</a></h3></div>'
        for post in shown
    )
    last = -(-len(posts) // 2)
    return html("COVID-19", f'{entries}<div class="page-nav td-pb-padding-side"><a class="last">{last}</a></div>')


def _number(post: str) -> str:
    return post.rstrip("/").rpartition("-")[2]


def _post(path: str) -> Reply:
    story, images = POSTS[path]
    shown = {
        "resized": f'<p><a href="{_UPLOADS}/{_NAME}.jpeg"><img class="size-medium" src="{_UPLOADS}/{_NAME}-300x225.jpeg" '
        f'srcset="{_UPLOADS}/{_NAME}-1024x768.jpeg 1024w"></a></p>',
        "gallery": '<figure class="wp-block-image"><img data-img-url="'
        f'{_UPLOADS}/RX-torace-proiezione-AP-300x225.jpg" src="data:image/gif;base64,R0lGOD">'
        "<figcaption>RX torace</figcaption></figure>",
        "scaled": f'<p><img src="{_UPLOADS}/case_111_figura1-scaled.png"><img src="https://ads.example.org/x.png"></p>',
        "none": "",
    }[images]
    body = (
        f'<header><img src="{_UPLOADS}/logo.png"></header><h1 class="entry-title">COVID-19: caso {_number(path)}</h1>'
        f'<div class="td-post-content">{story}{shown}</div>'
        f'<div class="td-related"><img src="{_UPLOADS}/other.jpeg"></div>'
    )
    return html(f"COVID-19: caso {_number(path)} - SIRM", body)
