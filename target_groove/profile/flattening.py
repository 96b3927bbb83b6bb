"""The attributes of a profile: one level, with names that a Liquid template can say.

Groove wants "non-nested JSON" whose keys have no spaces, and puts its own values over six names
(https://help.groovehq.com/help/setting-up-your-custom-profile-app).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final, NamedTuple

from target_groove.delivery.encoding import to_json

RESERVED: Final = frozenset({"name", "status", "email", "first_name", "last_name", "full_name"})
"""What Groove always overwrites."""
RESERVED_PREFIX: Final = "customer_"
_UNSAYABLE: Final = re.compile(r"[^\w-]")
"""In a template a dot leads into an object, and a space ends the name."""
_METADATA: Final = "_sdc_"
"""What the loader itself adds to records begins so; it says nothing about a customer."""

_PLAIN: Final = frozenset({str, int, float, bool, Decimal, type(None)})
"""Values that stay as they are; most of them are such."""


class Flat(NamedTuple):
    """The attributes of a record.

    Attributes:
        attributes: One level of names and values.
        renamed: Names that Groove reserves, and those that they have now.
        doubled: Names that two attributes came to have; the later one counts.
    """

    attributes: dict[str, Any]
    renamed: dict[str, str]
    doubled: list[str]


def flattened(record: Mapping[str, Any], prefix: str = "") -> Flat:
    """Flatten a record; what begins with a digit gets a `_` before it.

    Objects are joined to their attributes with `_`. A list of plain values becomes a text, with
    commas; of other lists each place is an attribute (`orders_0_total`).

    Args:
        record: The record; it is left as it is.
        prefix: What all names begin with; a `_` stands behind it.
    """
    flat = Flat({}, {}, [])
    start = f"{prefix.removesuffix('_')}_" if prefix else ""
    for name, value in record.items():
        if not name.startswith(_METADATA):
            sayable = start + _sayable(name)
            _add(flat, f"_{sayable}" if sayable[0].isdigit() else sayable, value)
    return flat


def _add(flat: Flat, name: str, value: Any) -> None:
    if type(value) in _PLAIN:
        pass
    elif isinstance(value, Mapping):
        for key, each in value.items():
            _add(flat, f"{name}_{_sayable(str(key))}", each)
        return
    elif isinstance(value, list | tuple):
        if any(isinstance(each, Mapping | list | tuple) for each in value):
            for place, each in enumerate(value):
                _add(flat, f"{name}_{place}", each)
            return
        value = _as_text(value)
    if name in RESERVED:
        flat.renamed[name] = name = RESERVED_PREFIX + name
    if name in flat.attributes:
        flat.doubled.append(name)
    flat.attributes[name] = value


@lru_cache(maxsize=10_000)
def _sayable(name: str) -> str:
    return _UNSAYABLE.sub("_", name.strip()) or "_"


def _as_text(values: Iterable[Any]) -> str:
    return ", ".join(
        each if isinstance(each, str) else to_json(each).decode()
        for each in values
        if each is not None
    )
