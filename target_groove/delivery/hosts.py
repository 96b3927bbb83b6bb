"""The connections to each host, with the proxies and certificates that the environment names."""

from __future__ import annotations

import functools
import os
import re
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from requests import PreparedRequest
from requests.adapters import HTTPAdapter
from requests.exceptions import InvalidProxyURL, InvalidSchema
from requests.utils import DEFAULT_CA_BUNDLE_PATH, get_environ_proxies, select_proxy
from urllib3.exceptions import LocationParseError, URLSchemeUnknown
from urllib3.util import parse_url
from urllib3.util.ssl_ import create_urllib3_context

from target_groove.delivery.connection import noting

if TYPE_CHECKING:
    import ssl

    from urllib3 import HTTPConnectionPool

_PLAIN_URL: Final = re.compile(r"(https?://[a-z0-9.:-]+)((?:/[A-Za-z0-9_-]+)+)")
"""Nothing in it is to be escaped, as in most; finding out for others takes a sixth of a call."""


class NoWay(Exception):
    """There is no way to the host, now or later; the text says why."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where a request goes.

    Attributes:
        pool: The connections to the host, or to the proxy before it.
        url: What is asked for: path and query, or the whole URL if a proxy is asked.
    """

    pool: HTTPConnectionPool
    url: str


@dataclass(frozen=True, slots=True)
class _Way:
    pool: HTTPConnectionPool
    proxies: dict[str, str]
    is_asked_for_paths: bool


class Hosts:
    """Finds the way to a host once, and keeps its connections for all threads.

    Proxies are those of `requests.utils.get_environ_proxies`, certificates those that
    `REQUESTS_CA_BUNDLE` or `CURL_CA_BUNDLE` names, else certifi's.
    """

    def __init__(self, *, connections: int) -> None:
        """Read which certificates are wanted; nothing is connected yet.

        Args:
            connections: How many there may be to each host. A thread waits for one to be free.
        """
        bundle = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE")
        self._adapter = _Adapter(bundle or DEFAULT_CA_BUNDLE_PATH, connections)
        self._ways: dict[str, _Way] = {}
        self._lock = threading.Lock()

    def close(self) -> None:
        """Close the connections."""
        self._adapter.close()

    def target(self, url: str) -> Target:
        """Escape a URL as `requests` does and find the way to its host.

        Raises:
            ValueError: It is no URL.
            NoWay: The environment, or the URL's scheme, allows none.
        """
        plain = _PLAIN_URL.fullmatch(url)
        if plain and (way := self._ways.get(plain[1])) and way.is_asked_for_paths:
            return Target(way.pool, plain[2])
        prepared = PreparedRequest()
        prepared.prepare_url(url, None)
        prepared.headers = {}  # type: ignore[assignment] # only to count as prepared
        escaped = str(prepared.url)
        scheme, separator, rest = escaped.partition("://")
        host = f"{scheme.lower()}{separator}{rest.partition('/')[0]}"
        with self._lock:
            if (way := self._ways.get(host)) is None:
                way = self._ways[host] = self._way(prepared, escaped)
        return Target(way.pool, self._adapter.request_url(prepared, way.proxies))

    def _way(self, prepared: PreparedRequest, url: str) -> _Way:
        if not url.lower().startswith(("http://", "https://")):
            msg = f"{url!r} begins neither with http:// nor with https://"
            raise NoWay(msg)
        proxies = get_environ_proxies(url)
        if not _is_address(select_proxy(url, proxies) or ""):
            # Not with its text: the address may have a password in it.
            msg = "the environment's proxy is no address"
            raise NoWay(msg)
        try:
            pool: Any = self._adapter.get_connection_with_tls_context(
                prepared, verify=True, proxies=proxies
            )
        except (InvalidProxyURL, InvalidSchema, URLSchemeUnknown) as error:
            msg = f"the environment's proxy cannot be used: {error}"
            raise NoWay(msg) from error
        path = self._adapter.request_url(prepared, proxies)
        return _Way(pool, proxies, is_asked_for_paths=path.startswith("/"))


class _Adapter(HTTPAdapter):
    """Connects as `HTTPAdapter` does, by connections that note, and always verifies."""

    def __init__(self, bundle: str, connections: int) -> None:
        self._bundle = bundle
        # No host's pool is ever thrown out for another's: it would be closed while in use.
        super().__init__(pool_connections=sys.maxsize, pool_maxsize=connections, pool_block=True)

    def init_poolmanager(self, *arguments: Any, **named: Any) -> None:
        """Make the manager of direct connections."""
        super().init_poolmanager(*arguments, **named)
        _let_note(self.poolmanager)

    def proxy_manager_for(self, proxy: str, **named: Any) -> Any:
        """Make or find the manager of connections through a proxy."""
        if proxy.lower().startswith("https:"):
            named |= {"proxy_ssl_context": self._tls, "ssl_context": self._tls}
        manager = super().proxy_manager_for(proxy, **named)
        _let_note(manager)
        return manager

    def build_connection_pool_key_attributes(
        self,
        request: PreparedRequest,
        verify: bool | str,  # noqa: FBT001 - as HTTPAdapter has it
        cert: Any = None,
    ) -> tuple[Any, Any]:
        """Say to whom to connect, and with which certificates."""
        host, _ = super().build_connection_pool_key_attributes(request, verify, cert)
        return host, {"ssl_context": self._tls} if host["scheme"] == "https" else {}

    @functools.cached_property
    def _tls(self) -> ssl.SSLContext:
        """One for all connections: reading the certificates takes longer than many calls."""
        path = Path(self._bundle)
        if not path.exists():
            msg = f"the environment's certificates are not there: {path}"
            raise NoWay(msg)
        context = create_urllib3_context()
        try:
            if path.is_dir():
                context.load_verify_locations(capath=path)
            else:
                context.load_verify_locations(cafile=path)
        except OSError as error:
            msg = f"the environment's certificates cannot be read from {path}: {error}"
            raise NoWay(msg) from error
        return context


def _is_address(proxy: str) -> bool:
    try:
        parse_url(proxy)
    except LocationParseError:
        return False
    return True


def _let_note(manager: Any) -> None:
    pools = manager.pool_classes_by_scheme
    manager.pool_classes_by_scheme = {scheme: noting(pool) for scheme, pool in pools.items()}
