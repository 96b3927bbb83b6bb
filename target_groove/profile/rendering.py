"""A profile in the sidebar: the Liquid template with a customer's attributes, as Groove does it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from liquid import Environment, Undefined
from liquid.exceptions import LiquidError, TemplateNotFoundError

from target_groove.errors import TargetGrooveError
from target_groove.liquid import MOST_TURNS
from target_groove.profile.flattening import RESERVED, RESERVED_PREFIX

if TYPE_CHECKING:
    from collections.abc import Mapping

HEADLINE: Final = "Custom Profile"
"""What stands above the panel if nobody says; `name` in the template."""
_STATUS: Final = "status in Groove"


class TemplateError(TargetGrooveError):
    """A template cannot be rendered; the text is the sentence that the user reads."""


class _Bounded(Environment):
    """Renders no template for ever."""

    loop_iteration_limit = MOST_TURNS


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """A rendered template.

    Attributes:
        html: What it became.
        filled: The names that Groove fills itself, and what was taken for them here.
        printed: Names that it prints and the customer does not have.
        asked: Other names in it that the customer does not have; an `if` guards them, it seems.
    """

    html: str
    filled: Mapping[str, str]
    printed: tuple[str, ...]
    asked: tuple[str, ...]


def render(
    source: str, attributes: Mapping[str, Any], *, email: str, headline: str = HEADLINE
) -> Panel:
    """Render a template as Groove would.

    Args:
        source: The Liquid template.
        attributes: What the service answers for the customer.
        email: The customer.
        headline: What stands above the panel.

    Raises:
        TemplateError: It is no template, or fails on this customer.
    """
    filled = reserved_values(attributes, email=email, headline=headline)
    values = {name: _as_groove_reads(value) for name, value in attributes.items()} | filled
    printed: dict[str, None] = {}

    class Noted(Undefined):
        """Prints nothing, and remembers that it did."""

        __slots__ = ()

        def __str__(self) -> str:
            printed[self.name] = None
            return ""

    try:
        template = _Bounded(undefined=Noted).from_string(source)
        used = template.analyze().globals
        html = template.render(values)
    except Exception as error:  # any error of Python's comes out of filters
        text = str(error).strip() or type(error).__name__
        reason = text.splitlines()[0] if isinstance(error, LiquidError) else text
        if isinstance(error, TemplateNotFoundError):
            reason = f"it includes {reason}, and there are no other templates"
        msg = f"The template cannot be rendered: {reason}."
        raise TemplateError(msg) from error
    unknown = sorted(used.keys() - values.keys())
    return Panel(
        html=html,
        filled=filled,
        printed=tuple(name for name in unknown if name in printed),
        asked=tuple(name for name in unknown if name not in printed),
    )


def reserved_values(attributes: Mapping[str, Any], *, email: str, headline: str) -> dict[str, str]:
    """Guess what Groove would fill in itself.

    The names of the customer are Groove's own; here they are those of the record, if it had any.
    """
    values = dict.fromkeys(sorted(RESERVED), "")
    for name in ("first_name", "last_name", "full_name"):
        values[name] = str(attributes.get(RESERVED_PREFIX + name) or "")
    whole = values["full_name"] or str(attributes.get(f"{RESERVED_PREFIX}name") or "")
    first, _, rest = whole.partition(" ")
    values["first_name"] = values["first_name"] or first
    values["last_name"] = values["last_name"] or rest
    values["full_name"] = whole or f"{values['first_name']} {values['last_name']}".strip()
    return values | {"email": email, "name": headline, "status": _STATUS}


def _as_groove_reads(value: Any) -> Any:
    """Give a number the form that it has behind a JSON parser, where 1.10 is 1.1."""
    return float(value) if isinstance(value, Decimal) else value
