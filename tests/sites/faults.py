"""What a server can do wrong."""

from __future__ import annotations

import gzip
import socket
import time
from dataclasses import dataclass
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler
from typing import Any

GATE = (
    b"<html><head><title>eurorad.org</title></head><body>Please wait while your request is being verified</body></html>"
)
CAPTCHA = b'<html><title>Just a moment...</title><body><div class="g-recaptcha"></div></body></html>'


@dataclass
class Fault:
    """One kind of misbehavior for requests whose host and path (with query) fit.

    ``path`` is searched as a regular expression; ``after`` requests pass first, then ``times`` are hit (-1: all).
    """

    kind: str
    host: str = ""
    path: str = ".*"
    times: int = -1
    after: int = 0
    argument: Any = None


def commit(fault: Fault, handler: BaseHTTPRequestHandler, body: bytes, kind: str) -> int:
    """Answer a request as the fault wants; return the status that was sent."""
    function = _KINDS[fault.kind]
    return int(function(handler, fault.argument, body, kind))


def _send(handler: BaseHTTPRequestHandler, status: int, body: bytes = b"", **headers: str) -> int:
    handler.send_response(status)
    for name, text in {"content_length": str(len(body)), "content_type": "text/html", **headers}.items():
        handler.send_header(name.replace("_", "-"), text)
    handler.end_headers()
    handler.wfile.write(body)
    return status


def _status(status: int, **headers: str) -> Any:
    return lambda handler, *_: _send(handler, status, **headers)


def _page(status: int, page: bytes) -> Any:
    return lambda handler, *_: _send(handler, status, page)


def _with_header(name: str, text: str) -> Any:
    return lambda handler, _, body, kind: _send(handler, 200, body, content_type=kind, **{name: text})


def _cut(handler: BaseHTTPRequestHandler, _: Any, body: bytes, kind: str) -> int:
    handler.send_response(200)
    handler.send_header("Content-Type", kind)
    handler.send_header("Content-Length", str(len(body)))
    handler.send_header("ETag", '"steady"')
    handler.end_headers()
    handler.wfile.write(body[: len(body) // 2])
    return _close(handler)


def _close(handler: BaseHTTPRequestHandler, *_: Any) -> int:
    handler.wfile.flush()
    handler.connection.shutdown(socket.SHUT_RDWR)
    handler.close_connection = True
    return 200


def _length(change: int) -> Any:
    def answer(handler: BaseHTTPRequestHandler, _: Any, body: bytes, kind: str) -> int:
        handler.send_response(200)
        handler.send_header("Content-Type", kind)
        handler.send_header("Content-Length", str(max(1, len(body) + change)))
        handler.end_headers()
        handler.wfile.write(body)
        return _close(handler)

    return answer


def _drip(handler: BaseHTTPRequestHandler, seconds: Any, body: bytes, kind: str) -> int:
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    for byte in body:
        handler.wfile.write(bytes([byte]))
        handler.wfile.flush()
        time.sleep(seconds or 0.05)
    return 200


def _stall(handler: BaseHTTPRequestHandler, seconds: Any, body: bytes, kind: str) -> int:
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.flush()
    time.sleep(seconds or 1)
    return _close(handler)


def _no_answer(handler: BaseHTTPRequestHandler, seconds: Any, *_: Any) -> int:
    time.sleep(seconds or 1)
    return _close(handler)


def _bomb(handler: BaseHTTPRequestHandler, mebibytes: Any, *_: Any) -> int:
    block = b"\0" * (1 << 20)
    packed = gzip.compress(block) * (mebibytes or 100)
    return _send(handler, 200, packed, content_encoding="gzip")


def _huge(handler: BaseHTTPRequestHandler, mebibytes: Any, *_: Any) -> int:
    handler.send_response(200)
    handler.end_headers()
    for _ in range(mebibytes or 100):
        handler.wfile.write(b"x" * (1 << 20))
    return _close(handler)


def _garbage(handler: BaseHTTPRequestHandler, *_: Any) -> int:
    handler.wfile.write(b"this is no HTTP\r\n\r\n")
    return _close(handler)


def _redirect(default: str) -> Any:
    return lambda handler, to, *_: _send(handler, 302, location=to or default)


def _loop(handler: BaseHTTPRequestHandler, *_: Any) -> int:
    return _send(handler, 302, location=f"/{handler.path.lstrip('/').partition('/')[2]}")


def _bad_range(handler: BaseHTTPRequestHandler, _: Any, body: bytes, kind: str) -> int:
    if "Range" not in handler.headers:
        return _cut(handler, None, body, kind)
    return _send(handler, 206, body[5:], content_range=f"bytes 5-{len(body) - 1}/{len(body)}", content_type=kind)


def _other_version(handler: BaseHTTPRequestHandler, other: Any, body: bytes, kind: str) -> int:
    """Break off the first answer; the next finds another file under the address."""
    if "Range" not in handler.headers:
        return _cut(handler, None, body, kind)
    return _send(handler, 200, other, content_type=kind, etag='"other"')


_KINDS: dict[str, Any] = {
    "429-seconds": lambda handler, seconds, *_: _send(handler, 429, retry_after=str(seconds or 1)),
    "429-date": lambda handler, seconds, *_: _send(
        handler, 429, retry_after=formatdate(time.time() + (seconds or 2), usegmt=True)
    ),
    "429": _status(429),
    "429-nonsense": _status(429, retry_after="soon"),
    "500": _status(500),
    "503": _status(503),
    "503-retry-after": lambda handler, seconds, *_: _send(handler, 503, retry_after=str(seconds or 1)),
    "404": _status(404),
    "410": _status(410),
    "403": _status(403),
    "cut": _cut,
    "close": _close,
    "wrong-length": _length(1000),
    "short-length": _length(-200),
    "drip": _drip,
    "stall": _stall,
    "no-answer": _no_answer,
    "gzip-bomb": _bomb,
    "huge": _huge,
    "garbage": _garbage,
    "empty": _page(200, b""),
    "redirect": _redirect("http://127.0.0.1:1/"),
    "redirect-file": _redirect("file:///etc/passwd"),
    "redirect-loop": _loop,
    "html-for-image": lambda handler, *_: _send(handler, 200, b"<html>no image</html>", content_type="image/jpeg"),
    "expired-etag": lambda handler, _, body, kind: _send(
        handler, 200, body, content_type=kind, etag=f'"{time.monotonic_ns()}"'
    ),
    "bad-range": _bad_range,
    "other-version": _other_version,
    "gate": _page(200, GATE),
    "gate-403": _page(403, GATE),
    "captcha": _page(200, CAPTCHA),
    "sign-in": _redirect("/users/sign_in"),
    "noai": _with_header("x_robots_tag", "noai"),
    "noimageai": _with_header("x_robots_tag", "otherbot: noindex, noimageai"),
    "broken-json": lambda handler, _, body, kind: _send(handler, 200, body[: len(body) // 2], content_type=kind),
    "broken-html": lambda handler, _, body, kind: _send(
        handler, 200, b"<div><p>" + body[: len(body) // 3] + b"\xff\xfe<"
    ),
    "set-cookie": _with_header("set_cookie", "visitor=1; Path=/"),
    "text": lambda handler, text, *_: _send(handler, 200, str(text).encode(), content_type="text/plain"),
}
