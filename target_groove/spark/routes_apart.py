"""Of which routes each record is about an object of its own, so that no order is to be kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from target_groove.endpoints.custom import CUSTOM

if TYPE_CHECKING:
    from target_groove.routes import Route


def is_apart(route: Route) -> bool:
    """Say whether each record of a route is about an object of its own."""
    template = route.template
    if template.id == CUSTOM and template.method != "POST":
        return False
    if template.is_local:
        return False  # Rows of several keys may be about one customer.
    return not template.path_params and not shares_requests(route)


def shares_requests(route: Route) -> bool:
    """Say whether records of a route are sent together, so that all of them belong together.

    Contacts are among them: two that are new may belong to one company, which is created once.
    """
    return route.batch is not None or route.template.subject is not None
