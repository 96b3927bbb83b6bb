"""Reaching into nested data by dotted paths, and leaving parts of it out."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any

Reader = Callable[[Mapping[str, Any]], Any]
"""Takes a record, gives a value; None if the record has none."""


def path_reader(path: str, *, absent: Any = None) -> Reader:
    """Make a reader for an attribute.

    Args:
        path: Name of an attribute, or a dotted path (`customer.email`, `lines.0.sku`). An attribute
            whose own name has dots goes first.
        absent: What the reader returns for a record that lacks the attribute. Null stays null, and
            all that would be inside of it is null.
    """
    if "." not in path:
        return lambda record: record.get(path, absent)
    segments = path.split(".")

    def read(record: Mapping[str, Any]) -> Any:
        if path in record:
            return record[path]
        value: Any = record
        for segment in segments:
            if isinstance(value, Mapping):
                value = value.get(segment, absent)
            elif isinstance(value, list) and segment.isdecimal() and int(segment) < len(value):
                value = value[int(segment)]
            else:
                return None if value is None else absent
        return value

    return read


def without(data: dict[str, Any], patterns: Collection[str]) -> dict[str, Any]:
    """Copy data without the attributes that match.

    Args:
        data: An object; it is left as it is.
        patterns: Dotted paths; in each part `*` stands for any characters. In a list, a path
            applies to each item. An object or list that becomes empty by it is left out too.
    """
    if not patterns:
        return data
    return _pruned_object(data, [tuple(only_star(each).split(".")) for each in patterns])


def leaves_out(patterns: Iterable[str], path: str, *, partly: bool = False) -> bool:
    """Tell whether `without` takes an attribute away.

    Args:
        patterns: As for `without`.
        path: Dotted path of the attribute.
        partly: Also if something inside of it is named, not by `*`, and taken away.
    """
    parts = path.split(".")
    for pattern in patterns:
        tail = only_star(pattern).split(".")
        if fnmatchcase(path, only_star(pattern)) or (partly and pattern.startswith(f"{path}.")):
            return True
        if len(tail) <= len(parts) and all(map(fnmatchcase, parts, tail)):
            return True
    return False


def only_star(pattern: str) -> str:
    """Take the meaning of `?` and `[` in `fnmatch` away: names of attributes contain them."""
    return pattern.replace("[", "[[]").replace("?", "[?]")


def _pruned_object(data: dict[str, Any], tails: list[tuple[str, ...]]) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for name, value in data.items():
        if any(fnmatchcase(name, ".".join(tail)) for tail in tails):
            continue
        deeper = [tail[1:] for tail in tails if len(tail) > 1 and fnmatchcase(name, tail[0])]
        pruned = _pruned(value, deeper) if deeper else value
        if pruned or not deeper or not value:
            kept[name] = pruned
    return kept


def _pruned(value: Any, tails: list[tuple[str, ...]]) -> Any:
    if isinstance(value, dict):
        return _pruned_object(value, tails)
    if not isinstance(value, list):
        return value
    kept = []
    for index, item in enumerate(value):
        into = [tail[1:] for tail in tails if tail[0] in {"*", str(index)}]
        if () in into:
            continue
        pruned = _pruned(item, [*(tail for tail in into if tail), *tails])
        if pruned or not item:
            kept.append(pruned)
    return kept
