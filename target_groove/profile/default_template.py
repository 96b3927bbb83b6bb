"""A template for the sidebar, made from the attributes that profiles have."""

from __future__ import annotations

import re
from collections import defaultdict
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from target_groove.profile.emails import comparable
from target_groove.profile.flattening import RESERVED, RESERVED_PREFIX

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from target_groove.profile.store import Sample

_SAYABLE: Final = re.compile(r"[A-Za-z_][\w-]*", re.ASCII)
_LINK: Final = re.compile(r"https?://\S+")
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d.*)?")
_LIQUIDS_OWN: Final = frozenset(
    {
        *("and", "as", "blank", "cols", "contains", "continue", "else", "empty", "false", "for"),
        *("if", "in", "limit", "nil", "not", "null", "offset", "or", "reversed", "true", "with"),
    }
)
"""Words that mean something else, or nothing, where a template could name a variable."""
_RENAMED: Final = {f"{RESERVED_PREFIX}{name}": name for name in RESERVED}
_LABEL_STYLE: Final = "color:#6b7280;padding:2px 12px 2px 0;vertical-align:top;white-space:nowrap"
_HEADING_STYLE: Final = "margin:14px 0 4px;font-size:13px;color:#374151"


class Kind(StrEnum):
    """How an attribute is best shown."""

    TEXT = "text"
    NUMBER = "number"
    YES_NO = "yes or no"
    DAY = "day"
    LINK = "link"
    OWN_EMAIL = "own e-mail"


def default_template(samples: Iterable[Sample]) -> str:
    """Make a Liquid template.

    Args:
        samples: What records of each stream say.

    Returns:
        A section for each stream, in it a line for each attribute, shown where a customer has it.
        What is never anything but the customer's e-mail is left out: Groove shows that itself.
    """
    found: defaultdict[str, dict[str, set[Kind]]] = defaultdict(dict)
    first_in: dict[str, str] = {}
    for stream, email, attributes in samples:
        for name, value in attributes.items():
            kinds = found[first_in.setdefault(name, stream)].setdefault(name, set())
            if value is not None:
                is_email = isinstance(value, str) and comparable(value) == email
                kinds.add(Kind.OWN_EMAIL if is_email else _kind(value))
    sections = [
        _section(stream, of_stream, many=len(found) > 1) for stream, of_stream in found.items()
    ]
    shown = [each for each in sections if each]
    if not shown:
        return "<p>No attributes yet: load profiles, and make this template again.</p>\n"
    return "\n".join(shown)


def _section(stream: str, found: Mapping[str, set[Kind]], *, many: bool) -> str:
    names = [
        name
        for name, kinds in found.items()
        if _SAYABLE.fullmatch(name) and kinds != {Kind.OWN_EMAIL}
    ]
    if not names:
        return ""
    lines = [_line(name, found[name]) for name in names]
    if many:
        # A customer may be unknown to one of several sources.
        condition = " or ".join(_said(name) for name in names)
        lines = [
            f"{{% if {condition} %}}",
            f'<h4 style="{_HEADING_STYLE}">{_label(stream)}</h4>',
            _table(lines),
            "{% endif %}",
        ]
        return "\n".join(lines) + "\n"
    return _table(lines) + "\n"


def _table(lines: Sequence[str]) -> str:
    return "\n".join(['<table style="border-collapse:collapse">', *lines, "</table>"])


def _line(name: str, kinds: set[Kind]) -> str:
    kind = next(iter(kinds)) if len(kinds) == 1 else Kind.TEXT
    label = f'<td style="{_LABEL_STYLE}">{_label(_RENAMED.get(name, name))}</td>'
    said = _said(name)
    condition = f"{said} != nil" if kind is Kind.YES_NO else f'{said} and {said} != ""'
    return f"{{% if {condition} %}}<tr>{label}<td>{_shown(said, kind)}</td></tr>{{% endif %}}"


def _said(name: str) -> str:
    """Write a name as a template can say it."""
    return f'["{name}"]' if name in _LIQUIDS_OWN else name


def _shown(said: str, kind: Kind) -> str:
    # The kind is that of some customers: another one's value may be anything, so all is escaped.
    text = f"{{{{ {said} | escape }}}}"
    match kind:
        case Kind.YES_NO:
            return f"{{% if {said} %}}yes{{% else %}}no{{% endif %}}"
        case Kind.DAY:
            return f'{{{{ {said} | date: "%b %-d, %Y" | escape }}}}'
        case Kind.LINK:
            return (
                f'{{% assign _begins = {said} | slice: 0, 4 %}}{{% if _begins == "http" %}}'
                f'<a href="{text}" target="_blank">{text}</a>'
                f"{{% else %}}{text}{{% endif %}}"
            )
        case _:
            return text


def _kind(value: Any) -> Kind:
    if isinstance(value, bool):
        return Kind.YES_NO
    if isinstance(value, int | float | Decimal):
        return Kind.NUMBER
    if isinstance(value, str) and _LINK.fullmatch(value):
        return Kind.LINK
    if isinstance(value, str) and _DAY.fullmatch(value):
        return Kind.DAY
    return Kind.TEXT


def _label(name: str) -> str:
    """Write a name for people; whatever is no letter or digit is a space."""
    words = " ".join(re.findall(r"[^\W_]+", name)) or "Attributes"
    return words[0].upper() + words[1:]
