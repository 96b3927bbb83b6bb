"""The templates: one declarative block for each Groove endpoint."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from target_groove.endpoints import (
    articles,
    contacts,
    customers,
    groups,
    knowledge_bases,
    messages,
    profiles,
    tickets,
    webhooks,
    widgets,
)

if TYPE_CHECKING:
    from target_groove.endpoints.template import Template

_RESOURCES: Final = (
    tickets,
    messages,
    webhooks,
    groups,
    knowledge_bases,
    articles,
    widgets,
    customers,
    contacts,
    profiles,
)
TEMPLATES: Final[dict[str, Template]] = {
    template.id: template for resource in _RESOURCES for template in resource.TEMPLATES
}
"""Every template by its id."""


def makers_of(template: Template) -> tuple[str, ...]:
    """Name the templates whose things are of the same kind, and are told apart by one id.

    Args:
        template: One that creates and can be looked up.
    """
    return tuple(each.id for each in TEMPLATES.values() if each.find is template.find)
