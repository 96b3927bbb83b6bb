"""Node ids: a prefix that tells the type, and the ten digits of the REST API's id.

That form is Groove's; the prefixes of the types here are inferred from those that are known
(``cnv_``, ``ag_``, ``ch_``, ``msg_``).
"""

from __future__ import annotations

ACCOUNT, COMPANY, CONTACT = "acc", "cmp", "ct"
CATEGORY, FIELD, VALUE = "cfc", "cf", "cfv"


def node_id(prefix: str, digits: str) -> str:
    """Return the id of a node of the type with this prefix."""
    return f"{prefix}_{digits}"


def digits_of(prefix: str, identity: str) -> str:
    """Return the digits of a node id, or "" if it belongs to another type."""
    found, _, digits = identity.partition("_")
    return digits if found == prefix else ""
