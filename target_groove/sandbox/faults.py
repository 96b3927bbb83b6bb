"""Rules by which the sandbox misbehaves."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Content = bytes

# What happens instead of the call, and what happens to its answer.
BEFORE = ("status", "reset_before", "hang_before", "redirect")
AFTER = ("status_after", "reset_after", "hang_after", "drip", "big", "malformed", "delay")
ACTIONS = (*BEFORE, *AFTER)

_TYPES: dict[str, type | tuple[type, ...]] = {
    "method": str,
    "path": str,
    "body": str,
    "every": int,
    "at": list,
    "times": int,
    "action": str,
    "status": int,
    "headers": dict,
    "body_text": str,
    "content_type": str,
    "seconds": (int, float),
    "bytes": int,
}


@dataclass(slots=True)
class Rule:
    """One rule, and how often it matched and fired.

    Attributes:
        action: One of ``ACTIONS``.
        method: Only calls of this method.
        path: Only calls whose path (as sent) this regular expression finds.
        body: Only calls whose body contains this text.
        every: Of those, every n-th.
        at: Of those, the first, the fifth, ... by ordinal from 1.
        times: Fire at most so often.
        status: The status to answer with.
        headers: Headers to answer with, in addition.
        body_text: The body to answer with.
        content_type: The type of that body.
        seconds: How long to hang or delay; between two bytes of a dripping answer.
        bytes: The size of a big answer.
    """

    action: str
    method: str | None = None
    path: str | None = None
    body: str | None = None
    every: int | None = None
    at: list[int] | None = None
    times: int | None = None
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body_text: str | None = None
    content_type: str = "application/json"
    seconds: float = 0.0
    # Named as in the rules; it hides the type of that name in this class.
    bytes: int = 1_000_000
    matched: int = 0
    fired: int = 0

    def due(self, method: str, path: str, content: Content) -> bool:
        """Count a call, and tell whether it is this rule's turn."""
        if self.method is not None and self.method.upper() != method:
            return False
        if self.path is not None and not re.search(self.path, path):
            return False
        if self.body is not None and self.body.encode() not in content:
            return False
        self.matched += 1
        if self.times is not None and self.fired >= self.times:
            return False
        if self.at is not None and self.matched not in self.at:
            return False
        return self.every is None or self.matched % self.every == 0


def read_rules(rules: Iterable[Mapping[str, Any]]) -> list[Rule]:
    """Check rules and return them ready for use.

    Raises:
        ValueError: A rule is wrong; says how.
    """
    if isinstance(rules, dict | str) or not hasattr(rules, "__iter__"):
        message = "fault rules must be a list"
        raise ValueError(message)
    return [_read_rule(rule) for rule in rules]


def _read_rule(rule: Mapping[str, Any]) -> Rule:
    if not isinstance(rule, dict):
        message = f"a fault rule must be an object, not {rule!r}"
        raise ValueError(message)  # noqa: TRY004 - one kind of complaint
    given = {name: value for name, value in rule.items() if value is not None}
    for name, value in given.items():
        if name not in _TYPES:
            message = f"unknown key {name!r} in a fault rule"
            raise ValueError(message)
        if not isinstance(value, _TYPES[name]) or isinstance(value, bool):
            message = f"wrong value {value!r} for {name!r} in a fault rule"
            raise ValueError(message)  # noqa: TRY004 - one kind of complaint
    if given.get("action") not in ACTIONS:
        message = f"the action of a fault rule must be one of {', '.join(ACTIONS)}"
        raise ValueError(message)
    if given.get("every", 1) < 1:
        message = "'every' in a fault rule must be at least 1"
        raise ValueError(message)
    try:
        re.compile(given.get("path", ""))
    except re.error as error:
        message = f"the path of a fault rule is no regular expression: {error}"
        raise ValueError(message) from error
    return Rule(**given)


class Faults:
    """The rules in force."""

    def __init__(self) -> None:
        """Start with none."""
        self._rules: list[Rule] = []

    def replace(self, rules: Iterable[Mapping[str, Any]]) -> None:
        """Put these rules in place of the others.

        Raises:
            ValueError: A rule is wrong; then the old ones stay.
        """
        self._rules = read_rules(rules)

    def choose(self, method: str, path: str, content: bytes) -> Rule | None:
        """Return the first rule whose turn it is; every rule counts the calls it matches."""
        due = [rule for rule in self._rules if rule.due(method, path, content)]
        if not due:
            return None
        due[0].fired += 1
        return due[0]
