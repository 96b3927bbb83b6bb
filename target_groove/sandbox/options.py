"""What can be set while the sandbox runs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from target_groove.sandbox.graphql.schema import ACCESS
from target_groove.sandbox.limit import RETRY_AFTER_FORMS, WINDOWS

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Options:
    """How the sandbox treats its calls.

    Attributes:
        token: The token that calls must carry.
        more_tokens: Others that they may carry in its place, apart by commas.
        latency_ms: How long every call waits before it is answered.
        requests_per_minute: Calls per window and token; 0 is no limit.
        retry_after: The form of Retry-After on a 429.
        window: ``sliding`` or ``fixed``.
        window_seconds: Length of the window.
        max_in_flight: Calls under way at a time, one more is answered with 429; 0 is no limit.
        latency_knee: Calls under way from which on each waits longer, in proportion; 0 is never.
        graphql: What the token sees of the GraphQL API: ``full``, ``no_crm`` (neither contacts,
            companies nor custom fields), ``no_field_creation``, ``bulk_renamed`` (the bulk update
            is called ``customFieldBulkUpdate``), or ``off`` (404).
        bulk_seconds: How long after a bulk update its changes are to be seen.
        profile_url: The user's server for Custom Profile; empty shows no panel.
        profile_template: The Liquid template of the panel; empty shows a plain table.
        profile_headline: What stands above the panel.
    """

    token: str = "sandbox-token"  # noqa: S105 - opens nothing but the sandbox
    more_tokens: str = ""
    latency_ms: float = 0
    requests_per_minute: int = 0
    retry_after: str = "seconds"
    window: str = "sliding"
    window_seconds: float = 60.0
    max_in_flight: int = 0
    latency_knee: int = 0
    graphql: str = "full"
    bulk_seconds: float = 0
    profile_url: str = ""
    profile_template: str = ""
    profile_headline: str = "Custom Profile"

    def changed(self, changes: Mapping[str, Any]) -> Options:
        """Return these options with some of them changed.

        Raises:
            ValueError: An option is unknown or its value is wrong; says which.
        """
        for name, value in changes.items():
            if name not in _OPTION_TYPES:
                message = f"unknown option {name!r}; there are {', '.join(_OPTION_TYPES)}"
            elif isinstance(value, bool) or not isinstance(value, _OPTION_TYPES[name]):
                message = f"wrong value {value!r} for {name!r}"
            elif name in _WORDS and value not in _WORDS[name]:
                message = f"{name!r} must be one of {', '.join(_WORDS[name])}"
            elif name == "profile_url" and value and not str(value).startswith(_WEB):
                message = f"{name!r} must be an address, not {value!r}"
            elif isinstance(value, int | float) and value < _LEAST.get(name, 0):
                message = f"{name!r} must not be {value!r}"
            else:
                continue
            raise ValueError(message)
        return replace(self, **changes)

    def number_of(self, token: str) -> int | None:
        """Tell which of the tokens this is, ``token`` being number 0; None if it is none."""
        if token == self.token:
            return 0
        others = self.more_tokens.split(",") if token else []
        return others.index(token) + 1 if token in others else None

    def crowded(self, in_flight: int) -> bool:
        """Tell whether a call is one too many, with so many under way including itself."""
        return 0 < self.max_in_flight < in_flight

    def latency(self, in_flight: int) -> float:
        """Return how long a call waits, in seconds, with so many under way including itself."""
        factor = max(1.0, in_flight / self.latency_knee) if self.latency_knee else 1.0
        return self.latency_ms / 1000 * factor


_OPTION_TYPES: dict[str, type | tuple[type, ...]] = {
    "token": str,
    "more_tokens": str,
    "latency_ms": (int, float),
    "requests_per_minute": int,
    "retry_after": str,
    "window": str,
    "window_seconds": (int, float),
    "max_in_flight": int,
    "latency_knee": int,
    "graphql": str,
    "bulk_seconds": (int, float),
    "profile_url": str,
    "profile_template": str,
    "profile_headline": str,
}
_WEB = ("http://", "https://")
_LEAST = {"window_seconds": 0.001}
_WORDS: dict[str, tuple[str, ...]] = {
    "retry_after": RETRY_AFTER_FORMS,
    "window": WINDOWS,
    "graphql": ACCESS,
}
