"""A local stand-in for the Groove help desk, to try things against.

It serves the documented part of Groove's REST API, and contacts and companies of its
GraphQL API, on loopback, keeps what arrives, shows it on a web page, and misbehaves on
request. It shares no code with the rest of the package, so that loader and sandbox cannot
share a mistake.

The web server is an optional extra (``pip install 'target-groove[sandbox]'``), which
is why the names below are looked up only when they are used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from target_groove.sandbox.foreground import run
    from target_groove.sandbox.server import Sandbox

__all__ = ["Sandbox", "run"]


def __getattr__(name: str) -> Any:
    """Load the server on first use.

    Raises:
        AttributeError: For a name that this package does not offer.
    """
    if name not in __all__:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    from target_groove.sandbox import foreground  # noqa: PLC0415 - the optional extra

    return getattr(foreground, name)
