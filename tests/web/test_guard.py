"""Addresses that may be asked, and answers that say that a program is not welcome."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pytest

from covidcurate.errors import ConfigError, FetchError, NotThereError, PolicyError
from covidcurate.spec import load_specification
from covidcurate.web.gates import require_welcome
from covidcurate.web.guard import is_public, make_session, require_web_address
from covidcurate.web.mirrors import Mirrors
from covidcurate.web.permission import require_permission, user_agent
from covidcurate.web.robots import Robots


@pytest.mark.parametrize("address", [
    "127.0.0.1", "127.9.9.9", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
    "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "ff02::1", "::ffff:127.0.0.1",
    "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "2001:0:1::", "not an address", "",
])  # fmt: skip
def test_private_addresses(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "1.1.1.1", "2606:4700::1111", "::ffff:8.8.8.8"])
def test_public_addresses(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("url", [
    "file:///etc/passwd", "ftp://example.org/x", "javascript:alert(1)", "//example.org/x", "https://", "", "https://[::1",
    "https://user:word@example.org/", "https://user@example.org/", "data:text/html,x", "http://example.org:99999/",
])  # fmt: skip
def test_addresses_that_are_never_asked(url: str) -> None:
    with pytest.raises(FetchError):
        require_web_address(url)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]", "2130706433", "0x7f.1"])
def test_a_name_that_leads_home_is_not_connected_to(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the name says: the address that it is looked up to counts."""
    monkeypatch.setenv("NO_PROXY", "*")
    server = socket.create_server(("127.0.0.1", 0))
    with make_session(allow_private_hosts=False) as session, server:
        server.settimeout(0.2)
        with pytest.raises(FetchError, match="no public address"):
            session.get(f"http://{host}:{server.getsockname()[1]}/", timeout=2)
        with pytest.raises(TimeoutError):
            server.accept()


def test_a_name_that_changes_its_mind_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first look finds a public address, the connection goes home: nothing is sent on it."""
    server = socket.create_server(("127.0.0.1", 0))
    port = server.getsockname()[1]
    original = socket.getaddrinfo
    answers = iter(["8.8.8.8"])

    def lie(host: Any, *arguments: Any, **options: Any) -> Any:
        address = next(answers, "127.0.0.1")
        if address == "8.8.8.8":
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]
        return original(address, *arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", lie)
    with make_session(allow_private_hosts=False) as session, server:
        with pytest.raises(FetchError, match="no public address"):
            session.get(f"http://example.org:{port}/", timeout=2)
        connection, _ = server.accept()
        with connection:
            assert connection.recv(100) == b""


def test_certificates_are_checked_and_passwords_of_the_user_are_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    with make_session(allow_private_hosts=True) as session:
        assert session.verify is True
        assert session.trust_env is False


WELCOME: list[tuple[dict[str, str], bytes]] = [
    ({}, b"<html>a case about captcha studies</html>"),
    ({"x-robots-tag": "noindex, nofollow"}, b"<html></html>"),
    ({"x-robots-tag": "otherbot: noai"}, b"<html></html>"),
    ({"x-robots-tag": "max-snippet: 20"}, b"<html></html>"),
    ({}, b'<meta name="robots" content="noindex"><p>'),
    ({}, b'{"text": "just a moment...</title>"}'),
    ({}, b"\xff\xd8\xff captcha-delivery.com"),
    ({}, b"<html>" + b"x" * 200_000 + b"g-recaptcha"),
    ({}, b"<html><script src=/cdn-cgi/challenge-platform/scripts/jsd/main.js></script>" + b"<p>many words</p> " * 200),
]


@pytest.mark.parametrize(("headers", "body"), WELCOME)
def test_answers_that_are_welcome(headers: dict[str, str], body: bytes) -> None:
    require_welcome("https://example.org/case/1", headers, body)


@pytest.mark.parametrize(("headers", "body"), [
    ({"cf-mitigated": "challenge"}, b""), ({}, b"<title>Just a moment...</title>"),
    ({}, b'<div class="h-captcha">'), ({}, b"<html><script src=/cdn-cgi/challenge-platform/h/g/orchestrate></script><p>wait"),
    ({}, b"\n <!doctype html>Please wait while your request is being verified"),
    ({"x-robots-tag": "noai"}, b""), ({"x-robots-tag": "noindex, NoImageAI"}, b""), ({"x-robots-tag": "covidcurate: noai"}, b""),
    ({"x-robots-tag": "otherbot: noindex, noai"}, b""), ({}, b"<meta name='robots' content='index, noai'>"),
    ({}, b'<html><meta content="noimageai" name=robots>'),
])  # fmt: skip
def test_answers_that_are_not(headers: dict[str, str], body: bytes) -> None:
    with pytest.raises(PolicyError):
        require_welcome("https://example.org/case/1", headers, body)


def test_a_sign_in_page_is_no_case() -> None:
    with pytest.raises(NotThereError, match="sign in"):
        require_welcome("https://radiopaedia.org/users/sign_in", {}, b"<html>")


@pytest.mark.parametrize("contact", ["you@example.org", "mailto:you@example.org", "https://example.org/about"])
def test_contacts(contact: str) -> None:
    assert contact in user_agent(contact, "1")


@pytest.mark.parametrize(
    "contact", ["", "x", "a@b", "https://", "you@example.org\r\nX: y", "a b@example.org", "ä@example.org"]
)
def test_contacts_that_lead_to_nobody(contact: str) -> None:
    with pytest.raises(ConfigError):
        user_agent(contact, "1")


def test_only_hosts_of_known_sources_are_asked() -> None:
    sources = load_specification().sources
    assert require_permission("www.eurorad.org", sources).id == "eurorad"
    assert require_permission("static.raioss.com", sources).id == "coronacases"
    for host in ("example.org", "eurorad.org.evil.example", "noteurorad.org", "127.0.0.1"):
        with pytest.raises(FetchError, match="no known source"):
            require_permission(host, sources)
    for host in ("radiopaedia.org", "www.radiopaedia.org", "prod-images-static.radiopaedia.org", "RADIOPAEDIA.ORG."):
        with pytest.raises(PolicyError, match="terms forbid"):
            require_permission(host, sources)


def test_a_source_that_forbids_is_not_asked_whatever_is_on_record(tmp_path: Path) -> None:
    text = '[[source]]\nhost = "example.org"\nid = "example"\nautomated = "no"\nnote = "No."\n[sources.example]\npermission = "me"\n'
    (tmp_path / "covidcurate.toml").write_text(text, encoding="utf-8")
    with pytest.raises(PolicyError, match=r"no program may ask example\.org"):
        require_permission("example.org", load_specification(tmp_path).sources)


def test_robots() -> None:
    text = b"\xef\xbb\xbfUser-agent: *\nDisallow: /*?*lang=\nAllow: /\nCrawl-delay: 3\nRequest-rate: 2/10\n"
    robots = Robots.parse(text)
    robots.require_allowed("https://example.org/cases/1")
    with pytest.raises(PolicyError, match=r"robots\.txt disallows"):
        robots.require_allowed("https://example.org/cases/1?lang=us")
    assert robots.interval() == 5
    assert Robots().interval() == 0
    for garbage in (
        b"",
        b"\xff\xfe\x00",
        b"<html>",
        b"Disallow: /",
        b"x" * 600_000,
        b"Crawl-delay: -3\nRequest-rate: 1/0",
    ):
        assert Robots.parse(garbage).interval() >= 0
        Robots.parse(garbage).require_allowed("https://example.org/x")


def test_mirrors_keep_the_names_of_the_site() -> None:
    mirrors = Mirrors({"https://example.org": "http://127.0.0.1:1/example.org"})
    assert mirrors.address_of("https://example.org/a?b") == "http://127.0.0.1:1/example.org/a?b"
    assert mirrors.address_of("https://example.org") == "http://127.0.0.1:1/example.org"
    assert mirrors.address_of("https://example.org.evil/a") == "https://example.org.evil/a"
    assert mirrors.canonical("http://127.0.0.1:1/example.org/a") == "https://example.org/a"
