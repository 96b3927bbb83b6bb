"""The value of one setting: the type it needs, and the sentence for what it cannot be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from target_groove.wording import shown


class _Items(NamedTuple):
    """What a list may hold, and the words for one of it and for several."""

    types: tuple[type, ...]
    one: str
    several: str


_ITEMS: Final[Mapping[tuple[str, ...], _Items]] = {
    ("text",): _Items((str,), "text", "names"),
    ("object",): _Items((Mapping,), "an object", "objects"),
    ("text", "object"): _Items((str, Mapping), "text or an object", "names and objects"),
}


def checked_value(setting: Mapping[str, Any], value: Any) -> Any:
    """Give a value the type of its setting.

    Args:
        setting: The description of the setting.
        value: What the configuration says, not null.

    Raises:
        ValueError: It cannot be meant; the text is a sentence's end, from the setting's name on.
    """
    match setting["kind"]:
        case "integer":
            return _whole_number(setting, value)
        case "boolean":
            return _yes_or_no(value)
        case "array":
            return _list_of(setting, value)
        case _:
            return _text(setting, value)


def _whole_number(setting: Mapping[str, Any], value: Any) -> int:
    try:
        number = int(str(value))
    except ValueError:
        number = None
    if number is None or number < setting["minimum"]:
        msg = f"is {shown(value)}; a whole number from {setting['minimum']} is allowed"
        raise ValueError(msg)
    return number


def _yes_or_no(value: Any) -> bool:
    word = str(value).strip().lower()
    if word not in {"true", "false"}:
        msg = f"is {shown(value)}; true or false is allowed"
        raise ValueError(msg)
    return word == "true"


def _list_of(setting: Mapping[str, Any], value: Any) -> tuple[Any, ...]:
    name = setting["name"]
    items = _ITEMS[setting["items"]]
    if not isinstance(value, list | tuple):
        # From the environment an object may have come as the text it is.
        is_object = isinstance(value, Mapping) or str(value).lstrip().startswith("{")
        hint = "; put it into a list" if is_object else " (in an environment variable: JSON)"
        msg = f"must be a list of {items.several}{hint}"
        raise ValueError(msg)  # noqa: TRY004 - the value is wrong, not the program
    for index, one in enumerate(value):
        if not isinstance(one, items.types):
            msg = f"must be a list of {items.several}; {name}[{index}] must be {items.one}"
            raise ValueError(msg)  # noqa: TRY004 - the value is wrong, not the program
    return tuple(value)


def _text(setting: Mapping[str, Any], value: Any) -> str:
    if not isinstance(value, str):
        msg = "must be text" if setting["secret"] else f"is {shown(value)}; it must be text"
        raise ValueError(msg)  # noqa: TRY004 - the value is wrong, not the program
    if setting["choices"] and value not in setting["choices"]:
        msg = f"is {shown(value)}; allowed are {', '.join(setting['choices'])}"
        raise ValueError(msg)
    if setting["name"] == "api_token" and not is_token(value):
        msg = "has characters that no token has (a space, a line break?)"
        raise ValueError(msg)
    return value


def is_token(text: str) -> bool:
    """Say whether a text has only characters that a token may have."""
    return text.isascii() and text.isprintable() and " " not in text
