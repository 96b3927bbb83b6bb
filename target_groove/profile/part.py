"""A part of the service: its routes, and how OpenAPI describes them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starlette.routing import BaseRoute


@dataclass(frozen=True, slots=True)
class Part:
    """What a part adds to the service.

    Attributes:
        routes: Its routes.
        paths: Their description: the `paths` of an OpenAPI document.
    """

    routes: Sequence[BaseRoute]
    paths: Mapping[str, Any] = field(default_factory=dict)
