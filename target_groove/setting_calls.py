"""What the script calls of web1on1: the entries of `widget_calls`, read and checked.

The calls and commands are those of web1on1's page on its widget API.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from target_groove.wording import shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping


class _Form(NamedTuple):
    """What belongs to a call."""

    needs: tuple[str, ...] = ()
    may_have: tuple[str, ...] = ()


_FORMS: Final[Mapping[str, _Form]] = {
    "open": _Form(),
    "close": _Form(),
    "predefined_message": _Form(("text",)),
    "agent_message": _Form(("text",), ("name",)),
    "message": _Form(("text",)),
    "field": _Form(("name", "value")),
    "form": _Form(("id",)),
    "category": _Form(("value",)),
    "meta": _Form(("name", "value")),
    "assign": _Form(("id",)),
    "notify": _Form((), ("id",)),
    "mention": _Form(("id", "text")),
}
"""The calls, and what they are made of."""
_WHEN: Final = ("opened", "closed")
_ASKING: Final = frozenset({"open", "close"})
"""Calls that depend on whether the widget is open anyway."""
_NAMED: Final = frozenset({"field", "meta"})
"""Calls whose `name` is part of a command; no template, so that no value can make another of it."""
_NAME: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class WidgetCall:
    """A call of web1on1.

    Attributes:
        call: One of `open`, `close`, `predefined_message`, `agent_message`, `message`, `field`,
            `form`, `category`, `meta`, `assign`, `notify`, `mention`.
        name: Of a field or meta variable: its name.
        templates: Liquid templates by what they are for: `text`, `value`, `id`, an agent's `name`.
        when: `opened` or `closed`, if the call depends on it.
        once: Whether it is made once in a browser's tab.
    """

    call: str
    name: str = ""
    templates: Mapping[str, str]
    when: str | None = None
    once: bool = False


def read_calls(entries: Iterable[Mapping[str, Any]]) -> tuple[list[WidgetCall], list[str]]:
    """Read the entries of `widget_calls`.

    Args:
        entries: Objects with `call`, what belongs to that call, and perhaps `when` and `once`.

    Returns:
        The calls, and what is wrong, as sentences.
    """
    calls, problems = [], []
    for index, given in enumerate(entries):
        ends = list(_problems(given))
        problems += [f"Setting widget_calls[{index}] {end}." for end in ends]
        if not ends:
            calls.append(_call(given))
    return calls, problems


def _call(given: Mapping[str, Any]) -> WidgetCall:
    kind = given["call"]
    parts = {
        name: each
        for name, each in given.items()
        if name not in {"call", "when", "once"} and each is not None
    }
    name = parts.pop("name") if kind in _NAMED else ""
    return WidgetCall(
        call=kind,
        name=name,
        templates=parts,
        when=given.get("when"),
        once=given.get("once", False),
    )


def _problems(given: Mapping[str, Any]) -> Iterator[str]:
    """Find what is wrong with an entry; the ends of sentences that begin with its place."""
    kind = given.get("call")
    if not isinstance(kind, str) or kind not in _FORMS:
        yield f"has the call {shown(kind)}; allowed are {', '.join(_FORMS)}"
        return
    for name in _FORMS[kind].needs:
        if given.get(name) is None:
            yield f"lacks {name}, which {kind} needs"
    for name, value in given.items():
        if name == "when" and kind not in _ASKING:
            if value not in (None, *_WHEN):
                yield f"has when: {shown(value)}; allowed are {', '.join(_WHEN)}"
        elif name == "once":
            if not isinstance(value, bool):
                yield f"has once: {shown(value)}; true or false is allowed"
        elif name != "call" and value is not None:
            yield from _part_problems(kind, name, value)


def _part_problems(kind: str, name: str, value: Any) -> Iterator[str]:
    parts = (*_FORMS[kind].needs, *_FORMS[kind].may_have)
    if name not in parts:
        yield f"has {name}, which {kind} has not ({', '.join(parts) or 'it takes nothing'})"
    elif not isinstance(value, str) or not value.strip():
        yield f"has {name}: {shown(value)}; it must be text"
    elif name == "name" and kind in _NAMED and not _NAME.fullmatch(value):
        yield f"has the name {shown(value)}; letters, digits, _, . and - are allowed"
