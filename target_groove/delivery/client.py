"""One HTTP call: bearer token, keep-alive, no redirects, bounds on time and on the answer."""

from __future__ import annotations

import functools
import ssl
import time
from http import HTTPStatus
from http.client import HTTPException
from typing import TYPE_CHECKING, Final

from requests.structures import CaseInsensitiveDict
from requests.utils import check_header_validity, default_headers
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError, ReadTimeoutError
from urllib3.exceptions import HTTPError as Urllib3Error
from urllib3.util import Retry, Timeout

from target_groove import __version__
from target_groove.delivery.answer import MAX_REASON_CHARACTERS, Answer
from target_groove.delivery.connection import CURRENT, Call
from target_groove.delivery.hosts import Hosts, NoWay

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from urllib3.response import BaseHTTPResponse

    from target_groove.settings import Settings

MAX_ANSWER_BYTES: Final = 8 * 1024 * 1024
"""What is read of an answer; Groove's largest documented page is 50 objects."""
_CHUNK_BYTES: Final = 65_536
_SHORTEST_SECRET: Final = 8
"""Characters; what is shorter is no token of Groove's, and would be found in any answer."""
_MASK: Final = "***"
_LATEST_HEADERS: Final = 64
"""Sets of headers that are remembered: nearly all requests of a route have the same."""
_NO_RETRIES: Final = Retry(total=False)


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


class Client:
    """Connections to Groove's hosts, for any number of threads.

    No redirect is followed, and no cookie kept: the token says who is calling.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        connections: int = 1,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take the settings; nothing is sent yet.

        Args:
            settings: Token, base URLs and time-out.
            connections: How many there may be to each host, for as many threads that call at
                once. Of more threads each waits for a connection to be free.
            clock: Gives seconds that only grow.
        """
        self._timeout = settings.request_timeout_seconds
        self._timeouts = Timeout(connect=self._timeout, read=self._timeout)
        self._clock = clock
        self._token = settings.api_token
        self._hosts = Hosts(connections=connections)
        self._headers = functools.lru_cache(_LATEST_HEADERS)(self._merged_headers)

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
        before = CURRENT.set(call)
        try:
            response = self._send(method.upper(), url, headers, body or None)
        except NoWay as error:
            raise NotSent(self._masked(str(error)), final=True) from error
        except (OSError, ValueError, HTTPException, Urllib3Error) as error:
            raise self._failure(call, error) from error
        finally:
            CURRENT.reset(before)
        try:
            return self._answer(response)
        finally:
            if response.connection is not None:
                # What is unread must not be taken for the next request's answer.
                response.close()
                response.release_conn()

    def headers_of(
        self, method: str, given: Mapping[str, str], body: bytes | None
    ) -> Mapping[str, str]:
        """Give all headers of a request but `Host`, the token among them.

        Args:
            method: HTTP method, in capitals.
            given: Headers beside the session's.
            body: The body, None for none.

        Raises:
            ValueError: One of them is no header.
        """
        headers = self._headers(tuple(given.items()))
        if body is not None or method not in {"GET", "HEAD"}:
            headers = {**headers, "Content-Length": str(len(body or b""))}
        return headers

    def close(self) -> None:
        """Close the connections."""
        self._hosts.close()

    def _send(
        self, method: str, url: str, given: Mapping[str, str], body: bytes | None
    ) -> BaseHTTPResponse:
        target = self._hosts.target(url)
        headers = self.headers_of(method, given, body)
        return target.pool.urlopen(
            method,
            target.url,
            body=body,
            headers=headers,
            retries=_NO_RETRIES,
            redirect=False,
            assert_same_host=False,
            timeout=self._timeouts,
            preload_content=False,
            decode_content=False,
        )

    def _merged_headers(self, given: tuple[tuple[str, str], ...]) -> dict[str, str]:
        """Merge a request's headers into those of all requests; names in any case are the same.

        Raises:
            ValueError: One of them is no header.
        """
        headers = CaseInsensitiveDict(
            {
                **default_headers(),
                "User-Agent": f"target-groove/{__version__}",
                "Accept": "application/json",
            }
        )
        for each in given:
            check_header_validity(each)
        headers.update(given)
        headers["Authorization"] = f"Bearer {self._token}"
        return dict(headers)

    def _answer(self, response: BaseHTTPResponse) -> Answer:
        if response.status < HTTPStatus.OK:
            # Only a 100 is skipped; the real answer is still to come.
            msg = f"only an interim {response.status}"
            raise NoAnswer(msg)
        content = self._read(response)
        headers: Mapping[str, str] = response.headers
        if len(self._token) >= _SHORTEST_SECRET:
            # Should Groove or a proxy repeat the token: answers go into logs and files.
            content = content.replace(self._token.encode(), _MASK.encode())
            if any(self._token in value for value in headers.values()):
                masked = {name: self._masked(headers[name]) for name in headers}
                headers = CaseInsensitiveDict(masked)
        return Answer(response.status, headers, content)

    def _masked(self, text: str) -> str:
        return text if len(self._token) < _SHORTEST_SECRET else text.replace(self._token, _MASK)

    def _failure(self, call: Call, error: Exception) -> Exception:
        """Tell what failed by what was noted; an error's class only tells if it stays so."""
        why = self._masked(_why(error))
        if call.has_begun:
            return NoAnswer(why)
        if isinstance(error, ValueError):
            return Unsendable(why)
        final = any(isinstance(each, ssl.SSLCertVerificationError) for each in _causes(error))
        return NotSent(why, final=final)

    def _read(self, response: BaseHTTPResponse) -> bytes:
        content = bytearray()
        encoded = "Content-Encoding" in response.headers
        try:
            while len(content) < MAX_ANSWER_BYTES:
                chunk = response.read1(_CHUNK_BYTES, decode_content=encoded)
                content += chunk
                if not chunk or (response.length_remaining == 0 and not encoded):
                    break
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
    if isinstance(error, ReadTimeoutError):
        return "no answer within the time-out"
    if isinstance(error, ConnectTimeoutError) and not isinstance(error, NewConnectionError):
        return "no connection within the time-out"
    *_, cause = _causes(error)
    if isinstance(cause, OSError) and cause.strerror:
        return cause.strerror
    words = type(cause).__name__ + (f": {cause}" if str(cause) else "")
    return words[:MAX_REASON_CHARACTERS]
