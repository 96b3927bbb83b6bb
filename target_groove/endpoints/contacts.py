"""Contacts and companies over GraphQL: found by a field that is unique, created if there are none.

What a person or a company may have are custom fields, Groove's own among them, so that only the
account knows the whole list. `target_groove/subjects` carries these two out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from target_groove.endpoints.template import (
    Certainty,
    Field,
    FieldType,
    Payload,
    SubjectKind,
    Template,
)

_WIDGET_PAGE: Final = (
    "https://help.groovehq.com/help/updating-custom-fields-through-the-groove-widget"
)
_SOURCE: Final = (
    "the mutations and their inputs are those of github.com/GrooveHQ/docs, and the keys those of "
    f"{_WIDGET_PAGE}; that Groove takes several in one document is not written there"
)
IDENTIFIERS: Final[Mapping[SubjectKind, tuple[str, ...]]] = {
    SubjectKind.CONTACT: (
        "contact_email",
        "contact_secondary_emails",
        "contact_facebook",
        "contact_twitter",
    ),
    SubjectKind.COMPANY: (
        "company_domain",
        "company_secondary_domains",
        "company_facebook",
        "company_twitter",
        "company_linkedin",
    ),
}
"""Groove's own unique fields, in the order in which a record is identified by them."""

_CONTACT_FIELDS: Final = (
    Field(
        name="contact_email",
        synonyms=("email",),
        email=True,
        description="The e-mail; identifies the contact.",
    ),
    Field(
        name="contact_secondary_emails",
        type=FieldType.STRINGS,
        synonyms=("secondary_emails",),
        description="Further e-mails; the first identifies a contact without contact_email.",
    ),
    Field(
        name="contact_facebook",
        synonyms=("facebook",),
        description="Name at Facebook; identifies a contact without e-mails.",
    ),
    Field(
        name="contact_twitter",
        synonyms=("twitter",),
        description="Name at Twitter; identifies a contact without any of those.",
    ),
    Field(name="contact_first_name", synonyms=("first_name",), description="First name."),
    Field(name="contact_last_name", synonyms=("last_name",), description="Last name."),
    Field(
        name="contact_phone_number",
        type=FieldType.ANY,
        synonyms=("phone_number", "phone"),
        description="Phone number.",
    ),
)
_COMPANY_FIELDS: Final = (
    Field(name="company_domain", description="The domain; identifies the company."),
    Field(
        name="company_secondary_domains",
        type=FieldType.STRINGS,
        description="Further domains; the first identifies a company without company_domain.",
    ),
    Field(
        name="company_facebook",
        description="Name at Facebook; identifies a company without domains.",
    ),
    Field(
        name="company_twitter",
        description="Name at Twitter; identifies a company without any of those.",
    ),
    Field(
        name="company_linkedin",
        description="Name at LinkedIn; identifies a company without any of those.",
    ),
    Field(name="company_name", description="Its name."),
)


def _with_short_names(fields: tuple[Field, ...]) -> tuple[Field, ...]:
    return tuple(
        Field(
            name=each.name,
            type=each.type,
            synonyms=(each.name.removeprefix("company_"),),
            description=each.description,
        )
        for each in fields
    )


def _prepare(payload: Payload) -> Payload:
    """Take `company` and `contact`, where they are objects, apart: `company.domain` is a field."""
    flat: Payload = {}
    for name, value in payload.items():
        if name in {"contact", "company"} and isinstance(value, Mapping):
            for key, each in value.items():
                inner = key if key.startswith(f"{name}_") else f"{name}_{key}"
                if payload.get(inner) is None and flat.get(inner) is None:
                    flat[inner] = each
        else:
            flat.setdefault(name, value)
    return flat


TEMPLATES: Final = (
    Template(
        id="upsert_contact",
        summary="Create or update a contact, and attach it to its company",
        method="POST",
        path="/v2/graphql",
        certainty=Certainty.INFERRED,
        source=_SOURCE,
        fields=(*_CONTACT_FIELDS, *_COMPANY_FIELDS),
        open_fields=True,
        repeatable=True,
        prepare=_prepare,
        subject=SubjectKind.CONTACT,
    ),
    Template(
        id="upsert_company",
        summary="Create or update a company",
        method="POST",
        path="/v2/graphql",
        certainty=Certainty.INFERRED,
        source=_SOURCE,
        fields=_with_short_names(_COMPANY_FIELDS),
        open_fields=True,
        repeatable=True,
        prepare=_prepare,
        subject=SubjectKind.COMPANY,
    ),
)
