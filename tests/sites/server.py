"""The loopback server: one port, the first part of the path says which host is meant."""

from __future__ import annotations

import gzip
import re
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from . import coronacases, eurorad, radiopaedia, sirm
from .faults import Fault, commit
from .reply import Reply

_HOSTS: dict[str, Callable[[str, dict[str, str]], Reply | None]] = {
    "radiopaedia.org": radiopaedia.respond,
    "prod-images-static.radiopaedia.org": radiopaedia.respond_cdn,
    "www.eurorad.org": eurorad.respond,
    "www.sirm.org": sirm.respond,
    "coronacases.org": coronacases.respond,
    "static.raioss.com": coronacases.respond_files,
}
_CHANGED = formatdate(1_600_000_000, usegmt=True)


@dataclass
class Seen:
    """A request that came in."""

    time: float
    host: str
    path: str
    headers: dict[str, str]
    status: int = 0


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: connections are broken off here on purpose."""


class SiteServer:
    """Serves all sites while it is entered; ``requests`` remembers who asked for what."""

    def __init__(self) -> None:
        self.requests: list[Seen] = []
        self.max_concurrent: Counter[str] = Counter()
        self._faults: list[Fault] = []
        self._now: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), _handler_of(self))
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def mirrors(self) -> dict[str, str]:
        return {f"https://{host}": f"{self.url}/{host}" for host in _HOSTS}

    def __enter__(self) -> SiteServer:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def misbehave(self, *faults: Fault) -> None:
        """Let faults happen from now on, the first that fits a request."""
        self._faults.extend(faults)

    def reset(self) -> None:
        """Behave again, and forget the requests."""
        self._faults.clear()
        self.requests.clear()

    def asked(self, host: str = "", *, robots: bool = False) -> list[str]:
        """Return the paths asked for, without robots.txt unless it is wanted."""
        return [
            seen.path
            for seen in self.requests
            if (not host or seen.host == host) and (robots or seen.path != "/robots.txt")
        ]

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        host, _, rest = handler.path.lstrip("/").partition("/")
        path = f"/{rest}"
        seen = Seen(time.monotonic(), host, path, {name.lower(): text for name, text in handler.headers.items()})
        with self._lock:
            self.requests.append(seen)
            self._now[host] += 1
            self.max_concurrent[host] = max(self.max_concurrent[host], self._now[host])
        try:
            seen.status = self._answer(handler, host, path)
        finally:
            with self._lock:
                self._now[host] -= 1

    def _answer(self, handler: BaseHTTPRequestHandler, host: str, path: str) -> int:
        parts = urlsplit(path)
        respond = _HOSTS.get(host)
        if parts.path == "/robots.txt":
            reply: Reply | None = Reply(b"User-agent: *\nDisallow: /admin\n", "text/plain")
        else:
            reply = respond(parts.path, dict(parse_qsl(parts.query))) if respond else None
        reply = reply or Reply(b"<html>not found</html>", status=404)
        fault = self._fault_for(host, path)
        if fault is not None:
            return commit(fault, handler, reply.body, reply.kind)
        return _send(handler, reply)

    def _fault_for(self, host: str, path: str) -> Fault | None:
        for fault in self._faults:
            fits = (not fault.host or fault.host == host) and re.search(fault.path, path)
            if not fits or fault.times == 0 or (path == "/robots.txt" and "robots" not in fault.path):
                continue
            with self._lock:
                if fault.after > 0:
                    fault.after -= 1
                    continue
                fault.times -= fault.times > 0
            return fault
        return None


def _send(handler: BaseHTTPRequestHandler, reply: Reply) -> int:
    status, body, headers = reply.status, reply.body, dict(reply.headers)
    if status == 200:
        headers |= {"ETag": reply.etag, "Last-Modified": _CHANGED, "Accept-Ranges": "bytes"}
        asked = handler.headers
        start = re.fullmatch(r"bytes=(\d+)-", asked.get("Range", ""))
        if asked.get("If-None-Match") == reply.etag:
            status, body = 304, b""
        elif start and asked.get("If-Range") in {reply.etag, _CHANGED}:
            status, body = 206, body[int(start[1]) :]
            headers["Content-Range"] = f"bytes {start[1]}-{len(reply.body) - 1}/{len(reply.body)}"
        elif reply.kind.startswith("text/html") and "gzip" in asked.get("Accept-Encoding", ""):
            body, headers["Content-Encoding"] = gzip.compress(body), "gzip"
    handler.send_response(status)
    for name, text in {**headers, "Content-Type": reply.kind, "Content-Length": str(len(body))}.items():
        handler.send_header(name, text)
    handler.end_headers()
    handler.wfile.write(body)
    return status


def _handler_of(site: SiteServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            try:
                site.answer(self)
            except (ConnectionError, OSError):
                self.close_connection = True

        def log_message(self, *arguments: Any) -> None:
            pass

    return Handler
