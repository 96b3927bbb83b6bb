"""Custom Profile: kept here, as Groove asks for it and takes nothing."""

from __future__ import annotations

from typing import Final

from target_groove.endpoints.template import Certainty, Field, Template

TEMPLATES: Final = (
    Template(
        id="custom_profile",
        summary="Keep a customer's attributes for the sidebar; Groove fetches them (profile serve)",
        method="LOCAL",
        path="/",
        certainty=Certainty.DOCUMENTED,
        source="https://help.groovehq.com/help/setting-up-your-custom-profile-app",
        fields=(
            Field(
                name="email",
                required=True,
                email=True,
                description="The customer's e-mail; compared without case.",
            ),
        ),
        open_fields=True,
        repeatable=True,
        is_local=True,
    ),
)
