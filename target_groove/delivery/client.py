"""One HTTP call: bearer token, keep-alive, no redirects, bounds on time and on the answer."""

from __future__ import annotations

import os
import ssl
import time
from http import HTTPStatus
from http.client import HTTPException
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import requests
from requests.exceptions import InvalidProxyURL, InvalidSchema
from requests.structures import CaseInsensitiveDict
from requests.utils import get_environ_proxies, select_proxy
from urllib3.exceptions import HTTPError as Urllib3Error
from urllib3.exceptions import LocationParseError, ReadTimeoutError
from urllib3.util import parse_url

from target_groove import __version__
from target_groove.delivery.answer import MAX_REASON_CHARACTERS, Answer
from target_groove.delivery.connection import Call, NotingAdapter, noted_on

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from target_groove.settings import Settings

MAX_ANSWER_BYTES: Final = 8 * 1024 * 1024
"""What is read of an answer; Groove's largest documented page is 50 objects."""
_CHUNK_BYTES: Final = 65_536
_SHORTEST_SECRET: Final = 8
"""Characters; what is shorter is no token of Groove's, and would be found in any answer."""


class NotSent(Exception):
    """The request certainly did not reach Groove; the text says why.

    Attributes:
        final: Whether it will be the same at the next attempt.
    """

    def __init__(self, text: str, *, final: bool = False) -> None:
        """Say why, and whether another attempt is worth while."""
        super().__init__(text)
        self.final = final


class Unsendable(Exception):
    """The request cannot be sent as it is, and was not; the text says why."""


class NoAnswer(Exception):
    """The request may have reached Groove, but no answer came; the text says why."""


class _Bearer(requests.auth.AuthBase):
    """Sets the token itself, so that no `.netrc` replaces it."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


class _Session(requests.Session):
    """A session for which no answer is a redirect.

    Without following them, requests still parses where they lead to and reads their bodies whole.
    """

    def get_redirect_target(self, resp: requests.Response) -> None:  # noqa: ARG002 - see above
        return None


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
        self._session = _Session()
        self._session.headers.update(
            {"User-Agent": f"target-groove/{__version__}", "Accept": "application/json"}
        )
        # What the environment says about proxies and certificates is read once (about proxies:
        # for each host), not at each call.
        self._session.trust_env = False
        self._proxies: dict[str, dict[str, str]] = {}
        bundle = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE")
        self._session.verify = bundle or True
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, NotingAdapter(max_retries=0))

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
            Unsendable: It did not leave, and never will.
            NoAnswer: It may have reached Groove.
        """
        call = Call(self._clock, self._timeout)
        try:
            with noted_on(call):
                response = self._session.request(
                    method,
                    url,
                    headers=dict(headers),
                    data=body,
                    auth=self._auth,
                    timeout=self._timeout,
                    allow_redirects=False,
                    stream=True,
                    proxies=self._proxies_for(url),
                )
        except (OSError, ValueError, HTTPException, Urllib3Error) as error:
            raise self._failure(call, error) from error
        with response:
            if response.status_code < HTTPStatus.OK:
                # Only a 100 is skipped. The real answer is still to come, and must not be taken
                # for the next request's: the unread answer closes the connection.
                msg = f"only an interim {response.status_code}"
                raise NoAnswer(msg)
            content = self._read(response)
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

    def _proxies_for(self, url: str) -> dict[str, str]:
        host = urlsplit(url).netloc
        if (proxies := self._proxies.get(host)) is None:
            proxies = get_environ_proxies(url)
            try:
                parse_url(select_proxy(url, proxies) or "")
            except LocationParseError as error:
                # Not with its text: the address may have a password in it.
                msg = "the environment's proxy is no address"
                raise NotSent(msg, final=True) from error
            self._proxies[host] = proxies
        return proxies

    def _failure(self, call: Call, error: Exception) -> Exception:
        """Tell what failed by what was noted; an error's class only tells if it stays so."""
        why = self._masked(_why(error))
        if call.has_begun:
            return NoAnswer(why)
        if isinstance(error, InvalidProxyURL | InvalidSchema):
            return NotSent(why, final=True)
        if isinstance(error, ValueError):
            return Unsendable(why)
        # A plain OSError: the bundle of certificates is not where the environment says.
        final = type(error) is OSError or any(
            isinstance(each, ssl.SSLCertVerificationError) for each in _causes(error)
        )
        return NotSent(why, final=final)

    def _read(self, response: requests.Response) -> bytes:
        content = bytearray()
        try:
            while len(content) < MAX_ANSWER_BYTES:
                chunk = response.raw.read1(_CHUNK_BYTES, decode_content=True)
                if not chunk:
                    break
                content += chunk
        except ReadTimeoutError as error:
            msg = f"the answer was not complete after {self._timeout} s"
            raise NoAnswer(msg) from error
        except (Urllib3Error, OSError) as error:
            raise NoAnswer(self._masked(_why(error))) from error
        return bytes(content)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Give an error and what it came from, the innermost last."""
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__


def _why(error: Exception) -> str:
    """Name the innermost cause in a few words, without addresses of objects or URLs."""
    if isinstance(error, requests.ReadTimeout):
        return "no answer within the time-out"
    if isinstance(error, requests.ConnectTimeout):
        return "no connection within the time-out"
    *_, cause = _causes(error)
    if isinstance(cause, OSError) and cause.strerror:
        return cause.strerror
    words = type(cause).__name__ + (f": {cause}" if str(cause) else "")
    return words[:MAX_REASON_CHARACTERS]
