"""What the resolvers of one call work with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import TypeAlias

    from graphql import GraphQLResolveInfo

    from target_groove.sandbox.desk import Desk

    Info: TypeAlias = GraphQLResolveInfo["Context"]


@dataclass(frozen=True, slots=True)
class Context:
    """The surroundings of a call.

    Attributes:
        desk: The help desk.
        bulk_seconds: How long after a bulk update its changes are to be seen.
    """

    desk: Desk
    bulk_seconds: float
