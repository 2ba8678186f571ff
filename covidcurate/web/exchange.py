"""One request to one address with all its attempts, and the way through its redirects."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from urllib.parse import urljoin, urlsplit

import requests
import urllib3
from urllib3.util.retry import Retry

from covidcurate.errors import FetchError, HostError
from covidcurate.web.guard import proxies_for
from covidcurate.web.mirrors import Mirrors
from covidcurate.web.pace import Pace
from covidcurate.web.receive import Answer, BadAnswerError, Limits, Receiver

_TRANSIENT = {408, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524}
"""What may pass by itself; those from 520 on are Cloudflare's words for a site that it cannot reach."""


class Exchange:
    """Sends requests one at a time, keeps the pauses of hosts, and tries again where that can help."""

    def __init__(self, session: requests.Session, pace: Pace, mirrors: Mirrors, limits: Limits) -> None:
        self._session, self._pace, self._mirrors, self._limits = session, pace, mirrors, limits

    def ask(self, url: str, receiver: Receiver, check: Callable[[str], float]) -> Answer:
        """Ask for a URL and follow its redirects.

        Parameters
        ----------
        check
            Called with each address on the way before it is asked; raises if it must not be, else returns the
            pause in seconds that its host is owed.

        Raises
        ------
        FetchError
            There is no whole answer, or too many redirects.
        HostError
            The host cannot be reached, or asks for a rest.
        """
        first = url
        for _ in range(self._limits.redirects + 1):
            interval = check(url)
            answer = self._attempt(url, receiver, interval)
            location = answer.headers.get("location", "")
            if answer.status not in {301, 302, 303, 307, 308} or not location:
                return answer
            url = self._next(url, location)
        raise FetchError(f"{first} leads from one address to the next more than {self._limits.redirects} times")

    def _next(self, url: str, location: str) -> str:
        """Return where a redirect leads, by its canonical name."""
        try:
            return self._mirrors.canonical(urljoin(url, location.strip())).partition("#")[0]
        except ValueError:
            raise FetchError(f"{url} leads to {location!r:.200}, which is no address") from None

    def _attempt(self, url: str, receiver: Receiver, interval: float) -> Answer:
        host = urlsplit(url).hostname or ""
        retry: Retry = Retry(total=self._limits.attempts - 1, backoff_factor=1.0, backoff_jitter=0.5, backoff_max=60)
        while True:
            self._pace.wait(host, interval)
            problem: FetchError
            rest: float | None = None
            try:
                answer = self._send(url, receiver)
            except (requests.exceptions.SSLError, urllib3.exceptions.SSLError) as error:
                raise HostError(
                    f"{host} cannot prove who it is ({_reason(error)})",
                    remedy="If your network puts its own certificate in place, name it in REQUESTS_CA_BUNDLE.",
                ) from error
            except requests.exceptions.InvalidURL as error:
                raise FetchError(f"{url!r:.200} is no address", remedy="Correct the address.") from error
            except requests.ConnectionError as error:
                problem = HostError(f"{host} cannot be reached ({_reason(error)})", remedy="Try again later.")
            except (requests.RequestException, urllib3.exceptions.HTTPError, BadAnswerError) as error:
                problem = FetchError(f"{url} gave no whole answer ({_reason(error)})", remedy="Try again later.")
            else:
                if answer.status not in _TRANSIENT:
                    self._pace.succeeded(host)
                    return answer
                rest = _retry_after(retry, answer.headers)
                kind = HostError if answer.status == 429 else FetchError
                problem = kind(f"{url} answers with HTTP {answer.status}", remedy="Try again later.")
            try:
                retry = retry.increment("GET", url, error=urllib3.exceptions.ProtocolError())
            except urllib3.exceptions.MaxRetryError:
                self._pace.failed(host)
                if rest:
                    self._pace.rest(host, rest)
                raise problem from None
            self._pace.rest(host, retry.get_backoff_time() if rest is None else rest)

    def _send(self, url: str, receiver: Receiver) -> Answer:
        address = self._mirrors.address_of(url)
        response = self._session.get(
            address,
            headers=receiver.headers(),
            stream=True,
            allow_redirects=False,
            timeout=(self._limits.connect_seconds, self._limits.silent_seconds),
            proxies=proxies_for(address),
        )
        with response:
            answer = Answer(url, response.status_code, {name.lower(): text for name, text in response.headers.items()})
            if answer.status not in _TRANSIENT and "location" not in answer.headers and answer.status != 304:
                receiver.receive(answer, response.raw)
            return answer


def _retry_after(retry: Retry, headers: Mapping[str, str]) -> float | None:
    """Return the rest in seconds that an answer asks for, in either form; None if it asks for none we can read."""
    text = headers.get("retry-after")
    try:
        return None if text is None else float(retry.parse_retry_after(text))
    except (urllib3.exceptions.InvalidHeader, ValueError, OverflowError):
        return None


def _reason(error: BaseException) -> str:
    """Return the innermost cause in a few words; libraries wrap it three times."""
    while True:
        inner = getattr(error, "reason", None)
        if not isinstance(inner, BaseException):
            inner = next((one for one in error.args if isinstance(one, BaseException)), None)
        if inner is None or inner is error:
            break
        error = inner
    text = str(error).rpartition(": ")[2] or type(error).__name__
    return text[:160]
