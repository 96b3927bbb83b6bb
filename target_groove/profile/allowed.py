"""The attributes of a profile that the widget script may show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from target_groove.subjects.custom_fields import ADDRESS_PARTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_LINK_PARTS: Final = frozenset({"link", "url", "text"})
_LINKS: Final = frozenset({"link", "url"})


def allowed_attributes(names: Iterable[str], attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Take the attributes that are named, and nothing else.

    In the profile an address or link is several attributes (`home_street`, `home_city`). Its name
    (`home`) stands for them, if nothing else begins so.

    Args:
        names: What is allowed.
        attributes: The profile.

    Returns:
        Names and values; an object for an address or link.
    """
    found = {
        name: attributes[name] if name in attributes else _parts(name, attributes) for name in names
    }
    return {name: each for name, each in found.items() if each is not None}


def _parts(name: str, attributes: Mapping[str, Any]) -> dict[str, Any] | None:
    start = f"{name}_"
    parts = {
        each.removeprefix(start): value
        for each, value in attributes.items()
        if each.startswith(start)
    }
    is_link = parts.keys() <= _LINK_PARTS and parts.keys() & _LINKS
    is_address = parts.keys() <= ADDRESS_PARTS.keys()
    return parts if parts and (is_link or is_address) else None
