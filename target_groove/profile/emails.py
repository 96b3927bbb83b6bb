"""When two e-mail addresses are the same."""

from __future__ import annotations


def comparable(email: str) -> str:
    """Write an e-mail so that equal texts mean the same address.

    Spaces around it and case do not count (`str.casefold`). Groove itself stores addresses in
    lower case and links to them as they were written.
    """
    return email.strip().casefold()
