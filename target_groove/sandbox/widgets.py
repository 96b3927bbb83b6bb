"""Widgets and their settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from target_groove.sandbox.checks import Field, checked, filled, flag, text
from target_groove.sandbox.exchange import Answer, created, existing, reply

if TYPE_CHECKING:
    from target_groove.sandbox.call import Call
    from target_groove.sandbox.desk import Desk
    from target_groove.sandbox.store import Thing

FIELDS = (Field("name", filled, required=True),)
_ON = ("branding_disabled", "contact.name_field_enabled", "contact.subject_field_enabled")
_OFF = (
    "contact.article_suggestions_enabled",
    "contact.attachments_enabled",
    "contact.consent_enabled",
    "contact.consent_optin_enabled",
    "contact.consent_optin_selected",
    "contact.enabled",
    "enabled",
    "kb.enabled",
    "kb.featured_enabled",
    "kb.ratings_enabled",
    "kb.ratings_count_enabled",
    "kb.ratings_negative_action_enabled",
    "kb.ratings_negative_action_kb_enabled",
    "kb.ratings_negative_action_contact_enabled",
)
_WORDS = (
    "contact.id",
    "icon",
    "icon_display",
    "icon_position",
    "icon_style",
    "icon_text",
    "kb.id",
    "logo_image_url",
    "primary_color",
    "widget_style",
    "z_index",
)
SETTINGS = (
    *(Field(name, flag) for name in (*_ON, *_OFF)),
    *(Field(name, text) for name in _WORDS),
)
_DEFAULTS: dict[str, Any] = {
    **dict.fromkeys(_ON, True),
    **dict.fromkeys(_OFF, False),
    **dict.fromkeys(_WORDS),
}


def widget_form(_desk: Desk, widget: Thing) -> dict[str, Any]:
    """Write a widget as the API does."""
    return {
        "id": widget["id"],
        "uuid": widget["uuid"],
        "name": widget["name"],
        "published_settings": {},
        "created_at": widget["created_at"],
        "updated_at": widget["updated_at"],
    }


def add_widget(desk: Desk, name: str) -> Thing:
    """Store a new widget."""
    now, count = desk.now(), desk.store.count("widget")
    # Recognisable, and the same in every sandbox that creates the same things.
    uuid = str(UUID(int=(0x5A4DB0C5 << 96) + (4 << 76) + (8 << 60) + count))
    settings: dict[str, Any] = {}
    return desk.add(
        "widgets", uuid=uuid, name=name, settings=settings, created_at=now, updated_at=now
    )


def list_widgets(desk: Desk, _call: Call) -> Answer:
    """GET /widgets."""
    return reply({"widgets": [widget_form(desk, item) for item in desk.store.all("widgets")]})


def create_widget(desk: Desk, call: Call) -> Answer:
    """POST /widgets."""
    widget = add_widget(desk, checked(call, *FIELDS)["name"])
    return created({"widget": widget_form(desk, widget)}, desk.href(f"/widgets/{widget['id']}"))


def update_widget(desk: Desk, call: Call) -> Answer:
    """PUT /widgets/:id."""
    widget = desk.get("widgets", call.params[0], "widget")
    fields = checked(call, *FIELDS, partial=True)
    widget = desk.store.change("widgets", widget, **fields, updated_at=desk.now())
    return reply({"widget": widget_form(desk, widget)})


def settings_form(widget: Thing) -> dict[str, Any]:
    """Write the settings of a widget: flat, under dotted names."""
    return {**_DEFAULTS, **widget["settings"], "published": False}


def get_settings(desk: Desk, call: Call) -> Answer:
    """GET /widgets/:id/settings."""
    return reply({"settings": settings_form(desk.get("widgets", call.params[0], "widget"))})


def update_settings(desk: Desk, call: Call) -> Answer:
    """PUT /widgets/:id/settings: a flat body whose keys are dotted names."""
    widget = desk.get("widgets", call.params[0], "widget")
    settings = {**widget["settings"], **checked(call, *SETTINGS)}
    widget = desk.store.change("widgets", widget, settings=settings, updated_at=desk.now())
    return reply({"settings": settings_form(widget)})


def get_public_widget(desk: Desk, call: Call) -> Answer:
    """GET /public/widgets/:uuid, without a token."""
    widget = existing(desk.store.first("widgets", "uuid", call.params[0]), "widget")
    form = widget_form(desk, widget)
    enabled = settings_form(widget)["enabled"]
    public = {**form, "account_id": "0000000001", "company": "Sandbox", "enabled": enabled}
    return reply({"widget": public})
