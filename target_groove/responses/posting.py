"""One array of answers, posted to the receiver of `responses_webhook_url`."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import requests

from target_groove import __version__
from target_groove.delivery.judgement import retry_after

if TYPE_CHECKING:
    from collections.abc import Sequence

    from target_groove.ledger.outbox import Written

TIMEOUT_SECONDS: Final = 10.0
"""For the connection, and for the answer."""
_LONGEST_HOST: Final = 64
"""Characters; the ledger has room for a hundred with what stands around them."""


class NotTaken(Exception):
    """The receiver did not take an array; the text says why.

    Attributes:
        may_be_repeated: Whether it may take it later.
        retry_after: Seconds that it asks to wait; None if it does not.
    """

    def __init__(
        self, text: str, *, may_be_repeated: bool, retry_after: float | None = None
    ) -> None:
        """Say why, and what may be done."""
        super().__init__(text)
        self.may_be_repeated = may_be_repeated
        self.retry_after = retry_after


class Poster:
    """Posts arrays to one address.

    Groove's token is not sent, no redirect is followed, and nothing of the answer's body is read.
    """

    def __init__(self, url: str, *, timeout: float = TIMEOUT_SECONDS) -> None:
        """Take the address; nothing is sent yet."""
        self._url = url
        self._timeout = timeout
        self._session = requests.Session()
        self._session.headers["User-Agent"] = f"target-groove/{__version__}"
        self._session.headers["Content-Type"] = "application/json"

    def __call__(self, answers: Sequence[Written]) -> None:
        """Post one array.

        Raises:
            NotTaken: The receiver did not take it.
        """
        body = f"[{','.join(each.text for each in answers)}]".encode()
        try:
            answer = self._session.post(
                self._url, data=body, timeout=self._timeout, allow_redirects=False, stream=True
            )
        except (requests.RequestException, OSError, ValueError) as error:
            # The text of the error may hold the address, and that a secret.
            msg = f"it cannot be reached ({type(error).__name__})"
            raise NotTaken(msg, may_be_repeated=True) from error
        status, wait = answer.status_code, answer.headers.get("Retry-After")
        answer.close()
        if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            return
        is_busy = status in {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS}
        msg = f"it answered {status}"
        raise NotTaken(
            msg,
            may_be_repeated=is_busy or status >= HTTPStatus.INTERNAL_SERVER_ERROR,
            retry_after=retry_after(wait, now=datetime.now(UTC)),
        )


def name_of(url: str) -> str:
    """Name a receiver without what may be a secret in its address."""
    digest = hashlib.blake2b(url.encode(), digest_size=6).hexdigest()
    return f"responses_webhook_url {str(urlsplit(url).hostname)[:_LONGEST_HOST]} {digest}"
