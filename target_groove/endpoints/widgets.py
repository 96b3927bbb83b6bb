"""Widgets and their settings, whose keys are dotted."""

from __future__ import annotations

from typing import Final

from target_groove.delivery.outcome import AnswerRule
from target_groove.endpoints.find_named import find_widget
from target_groove.endpoints.later_calls import Update
from target_groove.endpoints.template import (
    Certainty,
    Field,
    FieldType,
    PathParam,
    Payload,
    Template,
)

SETTINGS_PAGE: Final = "http://www.groovehq.com/docs/widget-settings"
WIDGET: Final = AnswerRule(resource="widget")
WIDGET_ID: Final = PathParam(
    name="widget_id", synonyms=("id",), description="Id of the widget, not its uuid."
)
SWITCHES: Final = (
    "branding_disabled",
    "contact.article_suggestions_enabled",
    "contact.attachments_enabled",
    "contact.consent_enabled",
    "contact.consent_optin_enabled",
    "contact.consent_optin_selected",
    "contact.enabled",
    "contact.name_field_enabled",
    "contact.subject_field_enabled",
    "enabled",
    "kb.enabled",
    "kb.featured_enabled",
    "kb.ratings_enabled",
    "kb.ratings_count_enabled",
    "kb.ratings_negative_action_enabled",
    "kb.ratings_negative_action_kb_enabled",
    "kb.ratings_negative_action_contact_enabled",
)
TEXTS: Final = (
    "contact.id",
    "icon",
    "icon_display",
    "icon_position",
    "icon_style",
    "icon_text",
    "widget_style",
    "z_index",
    "primary_color",
    "logo_image_url",
    "kb.id",
)


def dotted(payload: Payload) -> Payload:
    """Write nested settings (`{"contact": {"enabled": true}}`) with Groove's dotted keys.

    Where a setting comes in both forms the first counts: the record's, then the route's default.
    """
    flat: Payload = {}
    for name, value in payload.items():
        if isinstance(value, dict):
            settings = {f"{name}.{inner}": each for inner, each in dotted(value).items()}
        else:
            settings = {name: value}
        flat |= {each: settings[each] for each in settings if flat.get(each) is None}
    return flat


TEMPLATES: Final = (
    Template(
        id="create_widget",
        summary="Create a widget",
        method="POST",
        path="/widgets",
        certainty=Certainty.DOCUMENTED,
        source="http://www.groovehq.com/docs/widgets",
        update=Update(endpoint="update_widget", id_param="widget_id"),
        find=find_widget,
        answer=WIDGET,
        fields=(Field(name="name", required=True, description="The widget's name."),),
    ),
    Template(
        id="update_widget",
        summary="Update a widget",
        method="PUT",
        path="/widgets/{widget_id}",
        certainty=Certainty.INFERRED,
        source="amp-labs/connectors sends it for any object; unproven",
        path_params=(WIDGET_ID,),
        repeatable=True,
        answer=WIDGET,
        open_fields=True,
        fields=(Field(name="name", description="The widget's name."),),
    ),
    Template(
        id="update_widget_settings",
        summary="Update a widget's settings",
        method="PUT",
        path="/widgets/{widget_id}/settings",
        certainty=Certainty.DOCUMENTED,
        source=SETTINGS_PAGE,
        path_params=(WIDGET_ID,),
        repeatable=True,
        answer=AnswerRule(resource="settings", id_attributes=()),
        prepare=dotted,
        fields=(
            *(
                Field(name=name, type=FieldType.BOOLEAN, description="A switch.")
                for name in SWITCHES
            ),
            *(Field(name=name, description="Text.") for name in TEXTS),
        ),
    ),
)
