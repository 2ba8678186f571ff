"""Let no request leave for an address that a public page has no business to name."""

from __future__ import annotations

import ipaddress
import os
import re
import socket
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import urlsplit

import requests
import requests.adapters
import requests.utils
import urllib3.connection
import urllib3.connectionpool

from covidcurate.errors import FetchError

_NAT64 = ipaddress.ip_network("64:ff9b::/96")


def require_web_address(url: str) -> str:
    """Return the host of a URL that may be asked for at all.

    Raises
    ------
    FetchError
        It is not http or https, has no host, or carries a user name or password.
    """
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        _ = parts.port
    except ValueError:
        raise FetchError(f"{url!r:.200} is no address", remedy="Correct the address.") from None
    if parts.scheme not in {"http", "https"} or not host:
        raise FetchError(f"{url!r:.200} is not fetched: only http and https are", remedy="Use the address of a page.")
    if parts.username is not None or parts.password is not None:
        raise FetchError(f"an address at {host} carries a user name or password, and is not fetched")
    return host.casefold()


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the public internet, also when it hides in another form of writing."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is not None:
            return is_public(str(ip.ipv4_mapped))
        if ip in _NAT64:
            return is_public(str(ipaddress.IPv4Address(ip.packed[-4:])))
        if ip.sixtofour is not None or ip.teredo is not None:
            return False
    return ip.is_global and not ip.is_multicast


def make_session(*, allow_private_hosts: bool) -> requests.Session:
    """Return a session that keeps no cookies, reads no password file, and connects to public addresses alone.

    A proxy that the environment names is used; what it connects to is its own affair then. ``REQUESTS_CA_BUNDLE`` names
    further certificates; that they are checked cannot be switched off.
    """
    session = requests.Session()
    session.trust_env = False
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.verify = os.environ.get("REQUESTS_CA_BUNDLE") or True
    adapter = requests.adapters.HTTPAdapter() if allow_private_hosts else _GuardedAdapter()
    for scheme in ("http://", "https://"):
        session.mount(scheme, adapter)
    return session


def proxies_for(address: str) -> dict[str, str]:
    """Return the proxies that the environment names for an address; this machine and its network need none."""
    host = urlsplit(address).hostname or ""
    if host == "localhost" or (re.fullmatch(r"[0-9a-f.:]+", host) and not is_public(host)):
        return {}
    found: dict[str, str] = requests.utils.get_environ_proxies(address)
    return found


def _connect(connection: urllib3.connection.HTTPConnection, connect: Any) -> socket.socket:
    """Connect if the name leads to public addresses alone, and keep the connection if its other end is one.

    The second look is what counts: a name may lead elsewhere the moment after it was looked up.
    """
    found = socket.getaddrinfo(connection.host, connection.port, type=socket.SOCK_STREAM)
    for *_, place in found:
        _require_public(str(place[0]), connection.host)
    opened: socket.socket = connect()
    try:
        _require_public(str(opened.getpeername()[0]), connection.host)
    except BaseException:
        opened.close()
        raise
    return opened


def _require_public(address: str, host: str) -> None:
    if not is_public(address):
        raise FetchError(
            f"{host} leads to {address}, which is no public address, and is not asked",
            remedy="For a copy of a site on this machine or in your own network: --allow-private-hosts.",
        )


class _GuardedHTTPConnection(urllib3.connection.HTTPConnection):
    def _new_conn(self) -> socket.socket:
        return _connect(self, super()._new_conn)


class _GuardedHTTPSConnection(urllib3.connection.HTTPSConnection):
    def _new_conn(self) -> socket.socket:
        return _connect(self, super()._new_conn)


class _GuardedHTTPPool(urllib3.connectionpool.HTTPConnectionPool):
    ConnectionCls = _GuardedHTTPConnection


class _GuardedHTTPSPool(urllib3.connectionpool.HTTPSConnectionPool):
    ConnectionCls = _GuardedHTTPSConnection


class _GuardedAdapter(requests.adapters.HTTPAdapter):
    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        super().init_poolmanager(*arguments, **options)
        self.poolmanager.pool_classes_by_scheme = {"http": _GuardedHTTPPool, "https": _GuardedHTTPSPool}
