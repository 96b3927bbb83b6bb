"""Signed visitors: who a page's visitor is, until when, and that one of ours said so.

A signed visitor is `1.EXPIRY.EMAIL.SIGNATURE`: the version, seconds since 1970, the e-mail's UTF-8
in lower-case hexadecimal digits, and those of an HMAC-SHA256 of what stands before the last dot. So
ten lines of any language make one.
"""

from __future__ import annotations

import hmac
import re
from typing import TYPE_CHECKING, Final, NamedTuple

from target_groove.endpoints.values import is_email

if TYPE_CHECKING:
    from target_groove.settings import Settings

LONGEST_SECONDS: Final = 31 * 24 * 3600
"""What expires later is taken for a mistake: a page that counts milliseconds, for instance."""
LONGEST_EMAIL: Final = 254
"""Bytes; more than any mail server takes (RFC 5321, 4.5.3.1.3)."""
_VERSION: Final = "1"
_PURPOSE: Final = b"target-groove widget visitor"
"""Keeps a key that is made of the API token apart from whatever else is made of it."""
_FORM: Final = re.compile(
    rf"(?P<said>{_VERSION}\.(?P<expiry>[1-9][0-9]{{0,11}})\.(?P<email>(?:[0-9a-f]{{2}})+))"
    r"\.(?P<signature>[0-9a-f]{64})"
)
_MOST_CHARACTERS: Final = 1_000


class Visitor(NamedTuple):
    """A visitor of a page.

    Attributes:
        email: The e-mail.
        expires_at: When it is no longer to be believed, seconds since 1970.
    """

    email: str
    expires_at: int

    def is_current(self, now: float) -> bool:
        """Whether it may be believed now.

        Args:
            now: The time, in seconds since 1970.
        """
        return now < self.expires_at <= now + LONGEST_SECONDS


def signing_key(settings: Settings) -> bytes:
    """Give the key that visitors are signed with.

    That is `widget_secret`, if it is set: then whoever makes pages need not have the account's
    token, and each of the two can be replaced without the other. Otherwise it is made of the token,
    which cannot be told from it.
    """
    if settings.widget_secret:
        return settings.widget_secret.encode()
    return hmac.digest(settings.api_token.encode(), _PURPOSE, "sha256")


def sign(visitor: Visitor, key: bytes) -> str:
    """Write a visitor so that the service believes it.

    Raises:
        ValueError: It has no e-mail address, or one that is too long.
    """
    email = visitor.email.strip()
    written = email.encode()
    if not is_email(email) or not email.isprintable() or len(written) > LONGEST_EMAIL:
        msg = f"{email!r} is no e-mail address"
        raise ValueError(msg)
    said = f"{_VERSION}.{visitor.expires_at}.{written.hex()}"
    return f"{said}.{_signature(said, key)}"


def verified(token: str, key: bytes) -> Visitor | None:
    """Read a signed visitor, whether or not it has expired.

    Args:
        token: What a page brought.
        key: The key.

    Returns:
        The visitor; None if nobody with the key has signed exactly this.
    """
    if len(token) > _MOST_CHARACTERS or not (found := _FORM.fullmatch(token)):
        return None
    if not hmac.compare_digest(_signature(found["said"], key), found["signature"]):
        return None
    try:
        email = bytes.fromhex(found["email"]).decode()
    except UnicodeDecodeError:
        return None
    return Visitor(email, int(found["expiry"])) if is_email(email) else None


def _signature(said: str, key: bytes) -> str:
    return hmac.digest(key, said.encode(), "sha256").hex()
