"""One HTTP call: bearer token, keep-alive, no redirects, bounds on time and on the answer."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Final

import requests
from requests.adapters import HTTPAdapter
from requests.structures import CaseInsensitiveDict
from requests.utils import get_environ_proxies
from urllib3.exceptions import HTTPError as Urllib3Error
from urllib3.exceptions import MaxRetryError, NewConnectionError

from target_groove import __version__
from target_groove.delivery.answer import Answer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from target_groove.settings import Settings

MAX_ANSWER_BYTES: Final = 8 * 1024 * 1024
"""What is read of an answer; Groove's largest documented page is 50 objects."""
_CHUNK_BYTES: Final = 65_536
_SHORTEST_SECRET: Final = 8
"""Characters; what is shorter is no token of Groove's, and would be found in any answer."""


class NotSent(Exception):
    """The request certainly did not reach Groove; the text says why."""


class NoAnswer(Exception):
    """The request may have reached Groove, but no answer came; the text says why."""


class _Bearer(requests.auth.AuthBase):
    """Sets the token itself, so that no `.netrc` replaces it."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


class Client:
    """A session with Groove's hosts."""

    def __init__(self, settings: Settings, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Open a session; nothing is sent yet.

        Args:
            settings: Token, base URLs and time-out.
            clock: Gives seconds that only grow.
        """
        self._timeout = settings.request_timeout_seconds
        self._clock = clock
        self._auth = _Bearer(settings.api_token)
        self._token = settings.api_token
        self._session = requests.Session()
        self._session.headers.update(
            {"User-Agent": f"target-groove/{__version__}", "Accept": "application/json"}
        )
        # What the environment says about proxies and certificates is read once, not at each call.
        self._session.trust_env = False
        self._session.proxies.update(get_environ_proxies(settings.api_url))
        bundle = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE")
        self._session.verify = bundle or True
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, HTTPAdapter(max_retries=0))

    def call(
        self, method: str, url: str, *, headers: Mapping[str, str], body: bytes | None
    ) -> Answer:
        """Send one request and read its answer.

        Args:
            method: HTTP method.
            url: Absolute URL on one of Groove's hosts.
            headers: Headers beside the session's.
            body: The body, None for none.

        Raises:
            NotSent: It did not reach Groove.
            NoAnswer: It may have reached Groove.
        """
        deadline = self._clock() + self._timeout
        try:
            response = self._session.request(
                method,
                url,
                headers=dict(headers),
                data=body,
                auth=self._auth,
                timeout=self._timeout,
                allow_redirects=False,
                stream=True,
            )
        except (requests.ConnectTimeout, requests.exceptions.ProxyError) as error:
            raise NotSent(_why(error)) from error
        except requests.exceptions.SSLError as error:
            raise NotSent(_why(error)) from error
        except requests.ConnectionError as error:
            if _never_connected(error):
                raise NotSent(_why(error)) from error
            raise NoAnswer(_why(error)) from error
        except requests.RequestException as error:
            raise NoAnswer(_why(error)) from error
        with response:
            content = self._read(response, deadline)
        headers = {name: self._masked(value) for name, value in response.headers.items()}
        content = self._masked(content.decode("latin-1")).encode("latin-1")
        return Answer(response.status_code, CaseInsensitiveDict(headers), content)

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def _masked(self, text: str) -> str:
        """Hide the token, should Groove or a proxy repeat it: answers go into logs and files."""
        if len(self._token) < _SHORTEST_SECRET:
            return text
        return text.replace(self._token, "***")

    def _read(self, response: requests.Response, deadline: float) -> bytes:
        content = bytearray()
        try:
            while len(content) < MAX_ANSWER_BYTES:
                chunk = response.raw.read1(_CHUNK_BYTES, decode_content=True)
                if not chunk:
                    break
                content += chunk
                if self._clock() > deadline:
                    msg = f"the answer was not complete after {self._timeout} s"
                    raise NoAnswer(msg)
        except (Urllib3Error, OSError) as error:
            raise NoAnswer(_why(error)) from error
        return bytes(content)


def _never_connected(error: requests.ConnectionError) -> bool:
    inner = error.args[0] if error.args else None
    if isinstance(inner, MaxRetryError):
        inner = inner.reason
    return isinstance(inner, NewConnectionError)


def _why(error: Exception) -> str:
    """Name the innermost cause in a few words, without addresses of objects or URLs."""
    if isinstance(error, requests.ReadTimeout):
        return "no answer within the time-out"
    if isinstance(error, requests.ConnectTimeout):
        return "no connection within the time-out"
    cause: BaseException = error
    while (deeper := cause.__cause__ or cause.__context__) is not None:
        cause = deeper
    if isinstance(cause, OSError) and cause.strerror:
        return cause.strerror
    return type(cause).__name__ + (f": {cause}" if str(cause) else "")
