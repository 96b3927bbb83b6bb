"""JavaScript of calls and nothing else, in which no value can be anything but a value."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

NOTHING: Final = "/* nothing */\n"
"""The script that does nothing."""
_ESCAPED: Final = str.maketrans({each: f"\\u{ord(each):04x}" for each in "<>&'"})
"""Besides what JSON escapes, what could end a script, begin a comment or matter in an attribute."""
_ONCE: Final = """\
  function once(key) {
    try {
      if (sessionStorage.getItem(key)) return false;
      sessionStorage.setItem(key, "1");
    } catch (error) { /* A browser may refuse to keep anything. */ }
    return true;
  }
"""
_DIGITS_OF_A_KEY: Final = 16


class Call(NamedTuple):
    """A call of a widget's function.

    Attributes:
        function: Its name, perhaps with that of an object before it; never from a record.
        arguments: Texts, objects and lists of texts.
        when: An expression that must be true, with `widget` for the widget; never from a record.
        once: Whether it is made once in a browser's tab, as long as its arguments are the same.
    """

    function: str
    arguments: tuple[Any, ...] = ()
    when: str | None = None
    once: bool = False


def script(widget: str, calls: Iterable[Call]) -> str:
    """Write a script; without the widget on its page, and without calls, it does nothing.

    Args:
        widget: An expression for the widget; never from a record.
        calls: The calls, in their order.
    """
    made = list(calls)
    if not made:
        return NOTHING
    lines = [f"  {_written(each)}\n" for each in made]
    if any(each.once for each in made):
        lines.insert(0, _ONCE)
    return f"(function (widget) {{\n  if (!widget) return;\n{''.join(lines)}}})({widget});\n"


def literal(value: Any) -> str:
    """Write a value as JavaScript, in ASCII.

    So neither U+2028, which ends a line in older browsers, nor the page's character encoding
    matters.
    """
    return json.dumps(value, ensure_ascii=True).translate(_ESCAPED)


def _written(call: Call) -> str:
    arguments = ", ".join(literal(each) for each in call.arguments)
    written = f"widget.{call.function}({arguments});"
    conditions = [call.when] if call.when else []
    if call.once:
        digest = hashlib.sha256(written.encode()).hexdigest()[:_DIGITS_OF_A_KEY]
        conditions.append(f'once("target-groove-{digest}")')
    return f"if ({' && '.join(conditions)}) {written}" if conditions else written
