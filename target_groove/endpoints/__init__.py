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
)
TEMPLATES: Final[dict[str, Template]] = {
    template.id: template for resource in _RESOURCES for template in resource.TEMPLATES
}
"""Every template by its id."""
