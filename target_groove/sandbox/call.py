"""One call, as a value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from target_groove.sandbox.bodies import Body


@dataclass(frozen=True, slots=True)
class Call:
    """A request that reached the API.

    Attributes:
        method: HTTP method, upper case.
        path: The path as sent, percent-encoding and all, without the query.
        query: The decoded query; of a repeated name the last value.
        body: The body, read but not yet checked.
        params: The values of the path's parameters, decoded, in order.
    """

    method: str
    path: str
    query: Mapping[str, str]
    body: Body
    params: tuple[str, ...] = ()
