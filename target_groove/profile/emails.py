"""When two e-mail addresses are the same."""

from __future__ import annotations

import unicodedata


def comparable(email: str) -> str:
    """Write an e-mail so that equal texts mean the same address.

    Spaces around it, case, and how an accent is encoded do not count. Groove itself stores
    addresses in lower case and links to them as they were written. `str.casefold` would go too
    far: it makes one of `strasse` and `straße`, which may belong to two people.
    """
    return unicodedata.normalize("NFC", email.strip().lower())
