"""The calls of web1on1's widget, made of a visitor's attributes.

They are those of web1on1's page on its widget API; what begins with `>cs` is a command there.
"""

from __future__ import annotations

import logging
import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from target_groove.liquid import compile_liquid, is_liquid, variables_of
from target_groove.profile.allowed import allowed_attributes
from target_groove.profile.script import NOTHING, Call, script
from target_groove.setting_calls import read_calls
from target_groove.setting_widget import read_widget_fields

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from target_groove.setting_calls import WidgetCall
    from target_groove.settings import Settings

    Reader = Callable[[Mapping[str, Any]], str | None]

_LOGGER: Final = logging.getLogger("target-groove.profile")
_WIDGET: Final = "window.web1on1"
_IS_OPENED: Final = "widget.isOpened()"
_IS_CLOSED: Final = f"!{_IS_OPENED}"
_WHEN: Final = {"opened": _IS_OPENED, "closed": _IS_CLOSED}
_SEND: Final = "api.sendClientMessage"
_COMMANDS: Final = {
    "field": ".{name} {value}",
    "form": "+{id}",
    "category": "/set @category {value}",
    "meta": "/set {name} {value}",
    "assign": "/assign {id}",
    "notify": "/notify {id}",
    "notify_all": "/notify",
    "mention": "@{id} {text}",
}
_ALWAYS_THERE: Final = frozenset({"email", "record"})
"""What a template may use besides what `widget_fields` names: who the visitor is, is no secret."""
_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,100}", re.ASCII)
_LINES: Final = frozenset({"Cc", "Zl", "Zp"})
"""Unicode's categories of characters that end a line or steer a terminal."""
_UNSEEN: Final = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Letters and symbols that show nothing."""
_COMMAND: Final = re.compile("> *c *s")
"""What begins a command, in the form of `_reads_like`."""
_LOOKS_LIKE_IT: Final = "\u203a"


class Web1on1Dialect:
    """Writes scripts for web1on1's widget.

    Attributes:
        problems: What is wrong with the templates, as sentences.
    """

    def __init__(self, calls: Sequence[WidgetCall], names: Iterable[str]) -> None:
        """Take the calls.

        Args:
            calls: The calls, in their order.
            names: The attributes that may be shown.
        """
        self._names = frozenset(names)
        self.problems: list[str] = []
        self._calls = [
            (
                each,
                {part: self._reader(number, part, of) for part, of in each.templates.items()},
            )
            for number, each in enumerate(calls)
        ]
        self._said: set[int] = set()

    def for_nobody(self) -> str:
        """Write the script for a page without a visitor: web1on1's page names no call for it."""
        return NOTHING

    def for_visitor(self, email: str, profile: Mapping[str, Any]) -> str:
        """Write the script for a visitor; calls that come out without a value are left out.

        Args:
            email: The visitor's e-mail.
            profile: The attributes of that customer, empty if there are none.
        """
        view = {**allowed_attributes(self._names, profile), "email": email}
        written = []
        for number, (call, readers) in enumerate(self._calls):
            try:
                parts = {name: harmless(read(view) or "") for name, read in readers.items()}
            except ValueError:
                # What it says may hold the customer's value, which does not belong into a log.
                if number not in self._said:
                    self._said.add(number)
                    _LOGGER.warning(
                        "widget_calls[%d] is left out for some visitors: its template fails.",
                        number,
                    )
                continue
            if made := _made(call, parts):
                written.append(made)
        return script(_WIDGET, written)

    def _reader(self, number: int, part: str, source: str) -> Reader:
        if not is_liquid(source):
            return lambda _: source
        try:
            read = compile_liquid(source)
            hidden = sorted(variables_of(source) - self._names - _ALWAYS_THERE)
        except ValueError as error:
            self.problems.append(f"Setting widget_calls[{number}].{part} {error}.")
            return lambda _: None
        self.problems += [
            f"Setting widget_calls[{number}].{part} uses {each}, which widget_fields does not name."
            for each in hidden
        ]
        return read


def web1on1_dialect(settings: Settings) -> Web1on1Dialect:
    """Make the dialect of a configuration; see its `problems`."""
    fields, _ = read_widget_fields(settings.widget_fields)
    calls, _ = read_calls(settings.widget_calls)
    return Web1on1Dialect(calls, {each.attribute for each in fields})


def harmless(text: str) -> str:
    """Take from a text what could make a command of it, or two messages.

    Line breaks and control characters become spaces; the `>` of what may be read as `>cs` becomes
    the similar `\u203a`, wherever it stands, also if what is between is not to be seen or the
    letters are other forms of these.
    """
    line = [" " if unicodedata.category(each) in _LINES else each for each in text]
    for found in _COMMAND.finditer("".join(map(_reads_like, line))):
        line[found.start()] = _LOOKS_LIKE_IT
    return "".join(line).strip()


@lru_cache(maxsize=10_000)
def _reads_like(character: str) -> str:
    """Give what a character may be read as: one of `>`, `c` and `s`, nothing at all, or other."""
    if unicodedata.category(character)[0] in "ZCM" or character in _UNSEEN:
        return " "
    plain = unicodedata.normalize("NFKC", character).casefold()
    return plain if plain in {">", "c", "s"} else "-"


def _made(call: WidgetCall, parts: Mapping[str, str]) -> Call | None:
    """Make a call; None if a part of it has no value, or an id is none."""
    # Only an agent's name may be without a value.
    lacks = any(not each for name, each in parts.items() if name != "name")
    if lacks or ("id" in parts and not _ID.fullmatch(parts["id"])):
        return None
    when = _WHEN.get(call.when or "")
    match call.call:
        case "open":
            return Call("open", when=_IS_CLOSED, once=call.once)
        case "close":
            return Call("close", when=_IS_OPENED, once=call.once)
        case "agent_message":
            said = tuple(filter(None, (parts["text"], parts.get("name"))))
            return Call("api.showFakeAgentMessage", said, when, call.once)
        case "predefined_message":
            return Call("setPredefinedMessage", (parts["text"],), when, call.once)
        case _:
            return Call(_SEND, (_message(call, parts),), when, call.once)


def _message(call: WidgetCall, parts: Mapping[str, str]) -> str:
    if call.call == "message":
        return parts["text"]
    command = _COMMANDS[call.call if parts else "notify_all"]
    return f">cs {command.format(name=call.name, **parts)}"
